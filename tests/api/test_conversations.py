"""Conversations over HTTP: asked in, read again with their proofs, judged, exported, deleted."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from docx import Document as open_docx
from fastapi.testclient import TestClient

from assistant.access.model import Role
from assistant.api.app import create_app
from assistant.conversations.models import Conversation
from assistant.conversations.store import FILE
from assistant.model import Answer
from assistant.settings import Settings
from tests.access.signed import bearer, signed_client
from tests.api.conftest import BASE
from tests.api.fake import AMI, LINES, FakeEngine

SUPPORT = "Quel soutien l’AMI d’essai accorde-t-il par projet ?"


def opened(client: TestClient, title: str = "") -> str:
    answer = client.post("/v1/conversations", json={"title": title})
    assert answer.status_code == 201
    return str(answer.json()["id"])


def ask(client: TestClient, conversation: str, question: str, **more: Any) -> dict[str, Any]:
    body = {"question": question, "conversation_id": conversation, **more}
    answer = client.post("/v1/questions", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_follow_up_is_completed_or_asked_as_typed(client: TestClient, engine: FakeEngine) -> None:
    conversation = opened(client)
    assert ask(client, conversation, SUPPORT)["understood"] is None
    followed = ask(client, conversation, "et la date limite ?")
    assert followed["question"] == "et la date limite ?"
    assert "AMI" in followed["understood"]
    assert engine.asked[-1][0] == followed["understood"]
    assert (followed["conversation_id"], followed["turn"]) == (conversation, 2)
    refused = ask(client, conversation, "et la date limite ?", suite=False)
    assert refused["understood"] is None
    assert engine.asked[-1][0] == "et la date limite ?"


def test_outside_a_conversation_the_answer_is_the_contract(client: TestClient) -> None:
    answer = client.post("/v1/questions", json={"question": SUPPORT}).json()
    assert "conversation_id" not in answer
    assert Answer.model_validate(answer).question == SUPPORT
    assert client.get("/v1/conversations").json()["total"] == 0


def test_a_conversation_read_again_shows_the_same_proofs(client: TestClient) -> None:
    conversation = opened(client)
    shown = ask(client, conversation, SUPPORT)
    again = client.get(f"/v1/conversations/{conversation}").json()
    assert again["title"] == SUPPORT
    (turn,) = Conversation.model_validate(again).turns
    kept = {key: value for key, value in shown.items() if key not in {"conversation_id", "turn"}}
    assert turn.answer == Answer.model_validate(kept)
    assert turn.doubts == []


def test_a_proof_that_changed_is_to_be_checked_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = opened(client)
    ask(client, conversation, SUPPORT)
    monkeypatch.setitem(LINES, AMI, ["Tout autre texte."])
    (turn,) = client.get(f"/v1/conversations/{conversation}").json()["turns"]
    assert "ne se trouve plus" in turn["doubts"][0]["reason"]
    content = client.get(f"/v1/conversations/{conversation}/export?format=md").text
    assert "À revérifier" in content


def test_list_search_rename_delete(client: TestClient) -> None:
    first, second = opened(client, "Budgets"), opened(client)
    ask(client, second, SUPPORT)
    found = client.get("/v1/conversations").json()
    assert [item["id"] for item in found["conversations"]] == [second, first]
    assert found["conversations"][0]["count"] == 1
    found = client.get("/v1/conversations", params={"recherche": "soutien"}).json()
    assert (found["total"], found["conversations"][0]["id"]) == (1, second)
    renamed = client.patch(f"/v1/conversations/{first}", json={"title": "Budgets 2026"})
    assert renamed.status_code == 204
    assert client.get(f"/v1/conversations/{first}").json()["title"] == "Budgets 2026"
    assert client.delete(f"/v1/conversations/{first}").status_code == 204
    assert client.get(f"/v1/conversations/{first}").status_code == 404
    assert client.delete("/v1/conversations", params={"jours": 30}).json() == {"deleted": 0}
    assert client.delete("/v1/conversations", params={"tout": True}).json() == {"deleted": 1}


def test_an_opinion_is_kept_with_its_answer(client: TestClient) -> None:
    conversation = opened(client)
    ask(client, conversation, SUPPORT)
    address = f"/v1/conversations/{conversation}/tours/1/avis"
    said = client.post(address, json={"verdict": "incomplet", "comment": "Et la date ?"})
    assert said.status_code == 200
    (turn,) = client.get(f"/v1/conversations/{conversation}").json()["turns"]
    assert turn["feedback"]["comment"] == "Et la date ?"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        (
            "POST",
            "/v1/questions",
            {"question": "Quel soutien ?", "conversation_id": "x"},
            404,
            "conversation_inconnue",
        ),
        ("GET", "/v1/conversations/x", None, 404, "conversation_inconnue"),
        ("DELETE", "/v1/conversations/x", None, 404, "conversation_inconnue"),
        ("DELETE", "/v1/conversations", None, 422, "confirmation_requise"),
        ("PATCH", "/v1/conversations/x", {"title": " "}, 422, "titre_invalide"),
        ("PATCH", "/v1/conversations/x", {"title": "y" * 200}, 422, "requete_invalide"),
        ("POST", "/v1/conversations", {"titre": "x"}, 422, "requete_invalide"),
        ("POST", "/v1/conversations/x/tours/1/avis", {"verdict": "bof"}, 422, "requete_invalide"),
        (
            "POST",
            "/v1/conversations/x/tours/1/avis",
            {"verdict": "faux", "comment": "é" * 2001},
            422,
            "requete_invalide",
        ),
        (
            "POST",
            "/v1/conversations/x/tours/1/avis",
            {"verdict": "faux"},
            404,
            "conversation_inconnue",
        ),
        ("POST", "/v1/reponses/export", {"question": "x"}, 422, "reponse_invalide"),
        ("GET", "/v1/conversations/x/export", None, 404, "conversation_inconnue"),
    ],
)
def test_errors_are_problems_that_say_what_to_do(
    client: TestClient, method: str, path: str, body: object, status: int, code: str
) -> None:
    answer = client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["remedy"]


def test_conversations_leave_as_files(client: TestClient) -> None:
    conversation = opened(client, "Étude « œuvre » / 1")
    ask(client, conversation, SUPPORT)
    ask(client, conversation, "et la date limite ?")
    client.post(f"/v1/conversations/{conversation}/tours/1/avis", json={"verdict": "utile"})
    base = f"/v1/conversations/{conversation}"
    word = client.get(f"{base}/export", params={"format": "docx"})
    assert word.headers["content-disposition"].endswith('.docx"')
    text = "\n".join(line.text for line in open_docx(io.BytesIO(word.content)).paragraphs)
    assert "40 000 euros" in text
    assert "Question comprise" in text
    assert "Utile" in text
    data = Conversation.model_validate(client.get(f"{base}/export?format=json").json())
    assert len(data.turns) == 2
    assert client.get(f"{base}/tours/2/export?format=md").text.startswith("# Réponse")
    # Whose document it is stands at its foot.
    for address in (f"{base}/export", f"{base}/tours/2/export"):
        assert "_ARS Essai – " in client.get(f"{address}?format=md").text
    assert client.get(f"{base}/tours/9/export").status_code == 404
    refused = client.get(f"{base}/export", params={"format": "exe"})
    assert (refused.status_code, refused.json()["code"]) == (422, "format_inconnu")


def test_an_answer_leaves_without_a_conversation(client: TestClient) -> None:
    answer = client.post("/v1/questions", json={"question": SUPPORT}).json()
    exported = client.post("/v1/reponses/export", params={"format": "md"}, json=answer)
    assert exported.status_code == 200
    assert "À revérifier" not in exported.text
    assert "relues dans le corpus" in exported.text


def test_a_forged_answer_is_marked(client: TestClient) -> None:
    answer = client.post("/v1/questions", json={"question": SUPPORT}).json()
    sentence = answer["sentences"][0]
    sentence["text"] = "Le soutien est de 900 000 euros."
    exported = client.post("/v1/reponses/export", params={"format": "md"}, json=answer)
    assert "À revérifier" in exported.text
    sentence["citations"][0]["quote"] = sentence["text"]
    exported = client.post("/v1/reponses/export", params={"format": "md"}, json=answer)
    assert "ne se trouve plus sur la page" in exported.text
    refused = client.post("/v1/reponses/export", params={"format": "json"}, json=answer)
    assert (refused.status_code, refused.json()["code"]) == (422, "reponse_invalide")


def test_an_administrator_may_keep_nothing(engine: FakeEngine, tmp_path: Path) -> None:
    settings = Settings(index_dir=tmp_path, conversations=False)  # type: ignore[call-arg]
    with TestClient(create_app(engine, settings), base_url=BASE) as client:
        for answer in (
            client.get("/v1/conversations"),
            client.post("/v1/conversations", json={}),
            client.post("/v1/questions", json={"question": SUPPORT, "conversation_id": "x"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (
                404,
                "conversations_desactivees",
            )
        assert client.post("/v1/questions", json={"question": SUPPORT}).status_code == 200
        assert not (tmp_path / FILE).exists()


def test_a_damaged_file_costs_no_answer(client: TestClient, folder: Path) -> None:
    (folder / FILE).write_bytes(b"SQLite format 3\x00" + b"\x07" * 4096)
    answer = client.get("/v1/conversations")
    assert (answer.status_code, answer.json()["code"]) == (503, "conversations_illisibles")
    body = {"question": SUPPORT, "conversation_id": "x"}
    found = client.post("/v1/questions", json=body).json()
    assert found["sentences"]
    assert found["turn"] is None
    assert "n’a pas pu" in json.dumps(found["notes"], ensure_ascii=False).replace("'", "’")


def test_another_site_cannot_read_nor_delete(client: TestClient) -> None:
    conversation = opened(client)
    answer = client.delete(
        f"/v1/conversations/{conversation}", headers={"Origin": "https://ailleurs.example"}
    )
    assert answer.status_code == 403
    assert client.get(f"/v1/conversations/{conversation}").status_code == 200


def test_the_conversations_of_another_are_unknown(engine: FakeEngine, folder: Path) -> None:
    ada, sign_in = signed_client(folder, engine)
    ada.headers["Authorization"] = bearer(sign_in, Role.ADMINISTRATOR)
    ben = TestClient(ada.app, base_url=BASE)
    ben.headers["Authorization"] = bearer(sign_in, Role.ADMINISTRATOR)
    hers = opened(ada, "Dossier réservé")
    ask(ada, hers, SUPPORT)
    assert ben.get("/v1/conversations?recherche=réservé").json()["total"] == 0
    asked = {"question": SUPPORT, "conversation_id": hers}
    for method, path, body in (
        ("GET", f"/v1/conversations/{hers}", None),
        ("PATCH", f"/v1/conversations/{hers}", {"title": "À moi"}),
        ("DELETE", f"/v1/conversations/{hers}", None),
        ("POST", f"/v1/conversations/{hers}/tours/1/avis", {"verdict": "faux"}),
        ("GET", f"/v1/conversations/{hers}/export?format=md", None),
        ("GET", f"/v1/conversations/{hers}/tours/1/export?format=md", None),
        ("POST", "/v1/questions", asked),
        ("POST", "/v1/questions/flux", asked),
    ):
        refused = ben.request(method, path, json=body)
        never = ben.request(
            method,
            path.replace(hers, "aucune"),
            json=body and {**body, **({"conversation_id": "aucune"} if body is asked else {})},
        )
        assert (refused.status_code, refused.json()) == (404, never.json()), path
    assert ben.delete("/v1/conversations?tout=true").json() == {"deleted": 0}
    assert ada.get("/v1/conversations").json()["total"] == 1
