"""What is kept (fiches, conversations, evaluations) does not tell what it was drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assistant.access.current import acting_as
from assistant.access.model import LOCAL, Person, Role
from assistant.fiches.store import open_store as open_fiches
from assistant.model import Citation
from assistant.settings import Settings
from eval.asking import NothingToAskError
from eval.desk import EvaluationDesk
from eval.question_rules import checked
from eval.records import Asked, RankedPage
from eval.runs import RunNotFoundError
from tests.access.visible import SECRETS, MakePdf, Place, restricted
from tests.fiches.samples import a_fiche, typed

READER = Person("lecteur", "Mme Essai", Role.READER, means="session")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, make_pdf: MakePdf) -> Iterator[Place]:
    found = restricted(tmp_path_factory.mktemp("gardes"), make_pdf)
    with found.client:
        yield found


def settings_of(here: Place) -> Settings:
    return Settings(index_dir=here.folder)  # type: ignore[call-arg]


def quote(here: Place, name: str, words: str) -> Citation:
    """A citation of a page of this index."""
    document = here.assistant.document(here.id_of(name))
    text = here.assistant.page(document.id, 1).text
    start = text.index(words)
    return Citation(
        file=document.file,
        document=document.metadata.title,
        document_id=document.id,
        page=1,
        page_label="1",
        quote=words,
        start=start,
        end=start + len(words),
    )


def fiche_quoting(here: Place, title: str, *cited: Citation, similar: Any = ()) -> str:
    """A kept fiche whose need is these quotes and nothing else; its identifier."""
    drafted = a_fiche(title, filled=False, levels={}, similar=list(similar), notes=[])
    said = [
        typed(one.quote).model_copy(
            update={"origin": "corpus", "kind": "extract", "citations": [one]}
        )
        for one in cited
    ]
    fields = [
        one.model_copy(update={"statements": said}) if one.key == "besoin" else one
        for one in drafted.fields
    ]
    store = open_fiches(settings_of(here))
    assert store is not None
    return store.add(drafted.model_copy(update={"fields": fields}), "M. Essai").id


@pytest.fixture(scope="module")
def fiches(here: Place) -> tuple[str, str]:
    """A fiche anybody may see, which names the other as alike, and one of the committee."""
    from assistant.fiches.model import Similar

    secret = fiche_quoting(here, "Suivi de Zibeline", quote(here, "zibeline.pdf", "987 654 euros"))
    alike = [Similar(id=secret, title="Suivi de Zibeline", share=0.9)]
    budget = quote(here, "guide.pdf", "120 000 euros")
    return fiche_quoting(here, "Accueil des urgences", budget, similar=alike), secret


FICHE_ROUTES = [
    ("GET", "", None),
    ("GET", "?revision=1", None),
    ("GET", "/export?format=json", None),
    ("GET", "/historique", None),
    ("GET", "/commentaires", None),
    ("GET", "/differences?de=1", None),
    ("DELETE", "", None),
    ("POST", "/commentaires", {"key": "", "text": "Vu.", "author": "M."}),
    ("POST", "/etat", {"state": "en_revue", "author": "M."}),
    ("POST", "/rafraichir", {"appliquer": True}),
]


@pytest.mark.parametrize(("method", "path", "body"), FICHE_ROUTES)
def test_a_fiche_that_quotes_a_hidden_document_is_unknown(
    here: Place, fiches: tuple[str, str], method: str, path: str, body: Any
) -> None:
    headers = here.key(Role.LEAD)
    found = [
        here.client.request(method, f"/v1/fiches/{one}{path}", json=body, headers=headers)
        for one in (fiches[1], "inconnue")
    ]
    assert found[0].status_code == 404
    assert found[0].text.replace(fiches[1], "inconnue") == found[1].text


@pytest.mark.parametrize(
    "path",
    [
        "",
        "?recherche=zibeline",
        "/portefeuille/tableau?format=csv",
        "/portefeuille/matrice",
        "/portefeuille/axes",
    ],
)
def test_lists_counts_and_charts_leave_it_out(
    here: Place, fiches: tuple[str, str], path: str
) -> None:
    found = here.client.get(f"/v1/fiches{path}", headers=here.key(Role.READER))
    assert found.status_code == 200
    assert [one for one in SECRETS if one in found.text.lower()] == []
    if path == "":
        assert found.json()["total"] == 1


def test_a_fiche_that_stays_does_not_name_it(here: Place, fiches: tuple[str, str]) -> None:
    shown = here.client.get(f"/v1/fiches/{fiches[0]}", headers=here.key(Role.READER)).json()
    assert shown["similar"] == []
    committee = here.key(Role.READER, "dg")
    shown = here.client.get(f"/v1/fiches/{fiches[0]}", headers=committee).json()
    assert [one["id"] for one in shown["similar"]] == [fiches[1]]
    assert here.client.get("/v1/fiches", headers=committee).json()["total"] == 2


def test_a_quote_taken_out_still_hides_the_history(here: Place) -> None:
    fiche = fiche_quoting(here, "Autre suivi", quote(here, "zibeline.pdf", "987 654 euros"))
    headers = here.key(Role.LEAD, "dg") | {"If-Match": '"1"'}
    edit = {"typed": ["Un texte."], "keep": [], "author": "M."}
    changed = here.client.patch(f"/v1/fiches/{fiche}/champs/besoin", json=edit, headers=headers)
    assert changed.status_code == 200
    assert "987 654" not in changed.text
    for path in ("", "/historique"):
        address = f"/v1/fiches/{fiche}{path}"
        assert here.client.get(address, headers=here.key(Role.LEAD)).status_code == 404
        assert here.client.get(address, headers=here.key(Role.LEAD, "dg")).status_code == 200
    here.client.delete(f"/v1/fiches/{fiche}", headers=here.key(Role.LEAD, "dg"))


def test_an_import_takes_another_name_than_a_fiche_one_does_not_see(
    here: Place, fiches: tuple[str, str]
) -> None:
    raw = a_fiche("Importée", filled=False, similar=[], notes=[]).model_copy(
        update={"id": fiches[1]}
    )
    made = here.client.post(
        "/v1/fiches/import", content=raw.model_dump_json(), headers=here.key(Role.LEAD)
    )
    assert made.status_code == 201
    assert made.json()["id"] != fiches[1]
    here.client.delete(f"/v1/fiches/{made.json()['id']}", headers=here.key(Role.LEAD))


def test_a_conversation_loses_the_words_of_what_was_closed_since(here: Place) -> None:
    _, secret = here.client.app.state.sign_in.keys.create(  # type: ignore[attr-defined]
        "M. Essai", Role.READER, groups=["dg"]
    )
    headers = {"Authorization": f"Bearer {secret}"}
    kept = here.client.post("/v1/conversations", json={}, headers=headers).json()["id"]
    body = {"question": "Quel est le budget de Zibeline ?", "conversation_id": kept}
    assert "987 654" in here.client.post("/v1/questions", json=body, headers=headers).text
    address = f"/v1/conversations/{kept}"
    assert "987 654" in here.client.get(address, headers=headers).text
    from assistant.access.restrictions import RestrictionStore, TargetKind

    rules, copil = RestrictionStore(here.folder), str(here.files / "copil")
    rules.put(TargetKind.FOLDER, copil, ["direction"])
    try:
        for path in ("", "/export?format=md", "/tours/1/export?format=json"):
            said = here.client.get(f"{address}{path}", headers=headers)
            assert said.status_code == 200
            assert not [
                one for one in ("987 654", "tilleuls", "ournac", "copil-") if one in said.text
            ]
        turn = here.client.get(address, headers=headers).json()["turns"][0]
        assert len(turn["doubts"]) == len(turn["answer"]["sentences"]) > 0
    finally:
        rules.put(TargetKind.FOLDER, copil, ["dg"])


def question(number: int, file: str, fact: str) -> Any:
    return checked(
        {
            "id": f"q-{number}",
            "split": "dev",
            "question": "Quel est le budget ?",
            "kind": "nombre",
            "file": file,
            "page": 1,
            "facts": [fact],
        }
    )


def test_a_run_asks_what_everybody_sees_and_hides_what_it_quotes(here: Place) -> None:
    from assistant.access.engine import for_caller

    desk = EvaluationDesk(for_caller(here.assistant), settings_of(here))
    guide, secret = "ouverts/guide.pdf", "copil/copil-zibeline.pdf"
    # Whoever starts it, and whatever they see.
    with acting_as(LOCAL):
        run = desk.background.start(
            "essai", "dev", [question(1, guide, "120 000"), question(2, secret, "987 654")]
        )
        desk.background.wait(60)
        with pytest.raises(NothingToAskError):
            desk.background.start("essai", "dev", [question(2, secret, "987 654")])
    assert run.conditions.settings["documents_absents"] == [secret]
    assert run.questions == 1
    with acting_as(READER):
        asked = desk.runs.asked(run.id)
        assert [one.question.id for one in asked] == ["q-1"]
        assert {page.file for page in asked[0].ranking} <= {guide, "ouverts/bilan.pdf"}
    # One that the command line asked of everything.
    with acting_as(LOCAL):
        answer = here.assistant.ask("Quel est le budget de Zibeline ?")
        whole = desk.runs.start(run.conditions, 1)
        ranking = (RankedPage(file=secret, page=1, score=1.0),)
        desk.runs.record(
            whole.id,
            [
                (
                    0,
                    Asked(
                        question=question(1, guide, "x"), answer=answer, ranking=ranking, wall_ms=1
                    ),
                )
            ],
        )
        assert desk.runs.count() == 2
    with acting_as(READER):
        assert [one.id for one in desk.runs.list()] == [run.id]
        assert desk.runs.count() == 1
        with pytest.raises(RunNotFoundError):
            desk.runs.get(whole.id)
