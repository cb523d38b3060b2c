"""What is counted, what is written down, and what neither ever tells."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from assistant import counters, logs, stopping
from assistant.access.current import person
from assistant.access.model import Role
from assistant.api import observing, streaming
from assistant.audit import trail
from assistant.audit.model import Action, Entry
from assistant.audit.store import FILE, AuditLog
from assistant.errors import StorageError
from assistant.model import AnswerEvent
from tests.access.signed import bearer, signed_client
from tests.api.fake import FakeEngine

SUPPORT = "Quel soutien l’AMI d’essai accorde-t-il par projet ?"
PERSONAL = "Que répondre à Mme Hélène Vasseur, 06 12 34 56 78, sur l’AMI d’essai ?"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[AuditLog]:
    found = AuditLog(tmp_path / FILE)
    trail.install(found, acting=person)
    yield found
    trail.install(None)


def lines(log: AuditLog, *actions: Action) -> list[Entry]:
    return [one for one in log.entries() if not actions or one.event.action in actions]


# Metrics


def samples(client: TestClient) -> dict[str, float]:
    text = client.get("/v1/metriques").text
    return {
        f"{one.name}{json.dumps(one.labels, sort_keys=True, ensure_ascii=False)}": one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_requests_and_questions_are_counted_by_outcome(client: TestClient) -> None:
    counters.counters.cache_clear()
    client.post("/v1/questions", json={"question": SUPPORT})
    client.post("/v1/questions", json={"question": "x" * 5000})
    client.get("/v1/documents/inconnu")
    client.get("/v1/documents/autre-inconnu/pages/3")
    found = samples(client)
    route = '{"methode": "GET", "route": "/v1/documents/{document_id}", "statut": "404"}'
    assert found[f"assistant_requetes_total{route}"] == 1
    assert found['assistant_questions_total{"issue": "repondu", "mode": "extractive"}'] == 1
    assert found['assistant_reponse_secondes_count{"mode": "extractive"}'] == 1
    assert found["assistant_pret{}"] in {0, 1}
    assert found["assistant_process_resident_memory_bytes{}"] > 1e6
    assert "assistant_connexions_bloquees_total{}" in found


def test_work_on_the_index_is_counted_while_it_waits_while_it_runs_and_once_it_ended(
    client: TestClient,
) -> None:
    counters.counters.cache_clear()
    jobs = client.app.state.library._jobs  # type: ignore[attr-defined]
    held = threading.Event()

    def told() -> list[float]:
        found = samples(client)
        ended = 'assistant_travail_secondes_count{{"issue": "{}", "travail": "reindexation"}}'
        return [
            found['assistant_travaux{"etat": "en_attente"}'],
            found['assistant_travaux{"etat": "en_cours"}'],
            *(found.get(ended.format(issue), 0) for issue in ("fait", "travail_arrete")),
        ]

    def until(wanted: list[float]) -> None:
        limit = time.monotonic() + 60
        while told() != wanted:
            assert time.monotonic() < limit, told()

    jobs.submit("reindexation", lambda _: held.wait(60))
    second = jobs.submit("reindexation", lambda _: None)
    until([1, 1, 0, 0])
    jobs.stop(second.id)
    held.set()
    until([0, 0, 1, 1])


def test_no_label_tells_a_document_a_question_or_a_person(
    client: TestClient, engine: FakeEngine
) -> None:
    counters.counters.cache_clear()
    document = engine.documents()[0]
    client.post("/v1/questions", json={"question": PERSONAL})
    client.get(f"/v1/documents/{document.id}/pages/1")
    client.get("/v1/secret-tape-par-quelqu-un")
    client.get("/secret-tape-par-quelqu-un")
    client.request("SECRET", "/v1/sante")
    text = client.get("/v1/metriques").text
    for secret in (document.id, document.file, "Vasseur", "06 12", "secret", "SECRET"):
        assert secret not in text
    labels = set(re.findall(r"(\w+)=\"", text))
    about = {"methode", "route", "statut", "issue", "mode", "etape", "travail", "etat"}
    assert labels <= about | {"le", "version"}


# The audit log


def test_a_question_is_written_without_its_text(client: TestClient, log: AuditLog) -> None:
    answer = client.post("/v1/questions", json={"question": PERSONAL}).json()
    client.post("/v1/questions", json={"question": PERSONAL})
    first, second = (one.event for one in lines(log, Action.QUESTION))
    assert (first.person, first.means) == ("local", "local")
    assert first.index == answer["index_generation"]
    assert first.details["longueur"] == len(PERSONAL)
    assert first.details["empreinte_question"] == second.details["empreinte_question"]
    raw = b"".join(path.read_bytes() for path in log.path.parent.glob(f"{FILE}*"))
    assert b"Vasseur" not in raw and b"06 12 34" not in raw
    assert log.verify().sound


def test_kept_when_the_settings_say_so_personal_data_are_masked(
    client: TestClient, log: AuditLog
) -> None:
    log.questions = True
    client.post("/v1/questions", json={"question": PERSONAL})
    kept = str(lines(log, Action.QUESTION)[0].event.details["question"])
    assert kept.startswith("Que répondre à Mme [nom de personne], [numéro de téléphone]")


def test_the_author_of_a_question_is_warned(client: TestClient) -> None:
    asked = client.post("/v1/conversations", json={"title": ""}).json()["id"]
    answer = client.post(
        "/v1/questions", json={"question": PERSONAL, "conversation_id": asked}
    ).json()
    assert "un nom de personne et un numéro de téléphone" in answer["notes"][0]
    (listed,) = client.get("/v1/conversations").json()["conversations"]
    assert "Vasseur" not in listed["title"]
    streamed = client.post("/v1/questions/flux", json={"question": PERSONAL}).text
    assert streamed.index("event: note") < streamed.index("event: answer")
    plain = client.post("/v1/questions", json={"question": SUPPORT}).json()
    assert not any("Votre question semble" in note for note in plain["notes"])


def test_what_is_opened_exported_streamed_or_deleted_is_written(
    client: TestClient, engine: FakeEngine, log: AuditLog
) -> None:
    document = engine.documents()[0].id
    client.get(f"/v1/documents/{document}/pages/1")
    client.get("/v1/documents/inconnu/pages/1")
    client.post("/v1/questions/flux", json={"question": SUPPORT})
    client.post("/v1/recherche", json={"question": SUPPORT})
    made = client.post("/v1/conversations", json={"title": "Essai"}).json()["id"]
    client.get(f"/v1/conversations/{made}/export?format=md")
    client.delete(f"/v1/conversations/{made}")
    client.put("/v1/glossaire/ABC", json={"senses": ["agence de bassin de coordination"]})
    client.delete("/v1/glossaire/ABC")
    client.delete("/v1/glossaire/ABC?retablir=true")
    found = [(one.event.action, one.event.targets) for one in log.entries()]
    assert found[0] == (Action.PAGE, (document, "1"))
    assert [action for action, _ in found] == [
        *(Action.PAGE, Action.QUESTION, Action.SEARCH, Action.EXPORT),
        Action.CONVERSATION_DELETED,
        *[Action.GLOSSARY] * 3,
    ]
    assert [targets for _, targets in found[-4:]] == [(made,), *[("ABC",)] * 3]
    kinds = [one.event.details["genre"] for one in lines(log, Action.GLOSSARY)]
    assert kinds == ["correction", "retrait", "retablissement"]


def test_a_refused_access_is_written_with_no_word_of_the_request(
    client: TestClient, log: AuditLog
) -> None:
    refused = client.post("/v1/secret", json={}, headers={"Origin": "https://ailleurs.example"})
    assert refused.status_code == 403
    (entry,) = lines(log)
    assert (entry.event.action, entry.event.outcome) == (Action.REFUSED, "403")
    assert "secret" not in json.dumps(dict(entry.event.details))


def test_nothing_is_answered_that_cannot_be_written_when_the_settings_want_it(
    client: TestClient, log: AuditLog, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(events: object) -> None:
        raise StorageError("Le disque est plein.", "Libérez de la place.")

    monkeypatch.setattr(log, "_append", refuse)
    address = f"/v1/documents/{engine.documents()[0].id}/pages/1"
    assert client.get(address).status_code == 200  # by default, reading goes on
    assert log.late == 1
    log.strict = True
    for answer in (
        client.get(address),
        client.post("/v1/questions", json={"question": SUPPORT}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "journal_indisponible")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/v1/sante/vivant").status_code == 200


# Requests and the technical log


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-123.DEF_456", True),
        ("court", False),
        ("x" * 65, False),
        ("abcdefgh\tijk", False),
        ("<script>alert</script>", False),
    ],
)
def test_a_request_keeps_its_identifier_when_it_is_harmless(
    client: TestClient, given: str, kept: bool
) -> None:
    answer = client.get("/v1/sante/vivant", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept
    assert re.fullmatch(r"[\w.\-]{8,64}", answer.headers["X-Request-ID"])


def logged(form: logging.Formatter, message: str, *values: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    logger = logging.Logger("essai")
    logger.addHandler(handler)
    try:
        raise ValueError("fin\n2026-01-01 erreur faux : forgé")
    except ValueError:
        logger.exception(message, *values)
    return stream.getvalue()


def test_nothing_typed_can_forge_a_line_nor_leave_a_secret() -> None:
    hostile = "a\n2026 erreur x\r\x1b[31m\u2028b Bearer abcdefghijk asst_12ab_SECRET"
    (line,) = logged(logs.JsonLines(), "Reçu %s", hostile).splitlines()
    read = json.loads(line)
    assert (read["level"], read["logger"]) == ("erreur", "essai")
    assert "SECRET" not in line and "abcdefghijk" not in line
    first, *trace = logged(logs.TextLines(), "Reçu %s", hostile).splitlines()
    assert "\\n2026" in first and "\x1b" not in first
    assert trace and all(one.startswith("    ") for one in trace)


class Endless:
    """Events that never end by themselves."""

    closed = False

    def __iter__(self) -> Iterator[AnswerEvent]:
        yield AnswerEvent(event="note", note="début")
        while not self.closed:
            time.sleep(0.01)

    def close(self) -> None:
        self.closed = True


def test_a_stream_ends_by_saying_that_the_service_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "KEEP_ALIVE_S", 0.05)
    endless = Endless()
    making = streaming.Making(lambda _: endless, lambda ask: ask(SUPPORT))
    assert making.first().note == "début"  # type: ignore[union-attr]
    items = making.items()
    assert next(items) is None
    monkeypatch.setattr(stopping, "requested", lambda: True)
    with pytest.raises(stopping.ServiceStoppingError):
        list(items)
    making.close()


def test_who_was_refused_who_signed_in_and_which_key_was_made_are_written(
    engine: FakeEngine, folder: Path, log: AuditLog
) -> None:
    client, sign_in = signed_client(folder, engine)
    reader = {"Authorization": bearer(sign_in, Role.READER)}
    (made,) = lines(log, Action.KEY_CREATED)
    assert client.get("/v1/metriques", headers=reader).status_code == 403
    assert client.get("/v1/metriques").status_code == 401
    wrong = {"Authorization": "Bearer asst_0000_faux"}
    assert client.get("/v1/metriques", headers=wrong).status_code == 401
    refused = [one.event for one in lines(log, Action.REFUSED)]
    holder = f"cle:{made.event.targets[0]}"
    assert [(one.person, one.outcome) for one in refused] == [
        (holder, "403"),
        ("", "401"),
        ("", "401"),
    ]
    assert client.get("/v1/metriques", headers=reader).headers["X-Request-ID"]
    client.post("/v1/questions", json={"question": SUPPORT}, headers=reader)
    assert lines(log, Action.QUESTION)[0].event.person == holder
    same = {"Origin": str(client.base_url)}
    assert client.post("/connexion", data={"cle": "x"}, headers=same).status_code == 403
    elsewhere = {"Origin": "https://ailleurs.example"}
    assert client.post("/connexion", headers=elsewhere).status_code == 403
    stale, foreign = (one.event for one in lines(log, Action.REFUSED)[-2:])
    assert (stale.outcome, stale.details["motif"]) == ("403", "formulaire_perime")
    assert (foreign.outcome, foreign.details["motif"]) == ("403", None)
    assert b"asst_" not in log.path.read_bytes()


def test_whoever_is_refused_again_and_again_does_not_fill_the_log() -> None:
    now = 0.0
    flood = observing.Flood(lambda: now)
    said = [flood.unsaid("10.0.0.9") for _ in range(50)]
    assert said == [0] * 20 + [None] * 30
    assert flood.unsaid("10.0.0.8") == 0
    now = 61.0
    assert flood.unsaid("10.0.0.9") == 30
    assert flood.unsaid("10.0.0.9") == 0
