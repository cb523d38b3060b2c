"""Who is let in, where: the whole table of addresses, role by role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.access.current import person
from assistant.access.model import PERMISSIONS, Permission, Role
from assistant.access.sign_in import SignIn
from assistant.api.permissions import OWN_PATHS, OWN_PREFIXES, ROUTES, Anyone
from tests.access.signed import BASE, bearer, signed_client
from tests.api.fake import AMI, FakeEngine

Served = tuple[TestClient, SignIn]
QUESTION = {"question": "Quel soutien l’AMI d’essai accorde-t-il par projet ?"}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    client, sign_in = signed_client(tmp_path_factory.mktemp("acces"))
    with client:
        yield client, sign_in


@pytest.fixture(scope="module")
def bearers(signed: Served) -> dict[Role, str]:
    return {role: bearer(signed[1], role) for role in Role}


@pytest.fixture
def nobody(signed: Served) -> TestClient:
    client, sign_in = signed
    client.cookies.clear()
    # Each test its own failures and its own haste.
    sign_in.failures._buckets.clear()
    if sign_in.requests:
        sign_in.requests._buckets.clear()
    return client


def test_what_the_api_answers_is_never_taken_for_a_screen() -> None:
    for line in ROUTES:
        path = line.partition(" ")[2]
        assert path in OWN_PATHS or path.startswith(OWN_PREFIXES), line


def _filled(line: str) -> tuple[str, str]:
    method, _, path = line.partition(" ")
    return method, re.sub(r"\{\w+\}", "1", path)


GUARDED = sorted(line for line, need in ROUTES.items() if need is not Anyone.OPEN)


def test_what_a_reader_may_change_is_their_own() -> None:
    # Said here a second time, by hand: a line of the table that slips would open more than meant.
    reader = PERMISSIONS[Role.READER]
    changes = {line for line in GUARDED if not line.startswith("GET ") and ROUTES[line] in reader}
    asking = {"questions", "questions/flux", "recherche", "reponses/export", "chat/completions"}
    conversation = "/v1/conversations/{conversation_id}"
    assert changes == {f"POST /v1/{one}" for one in asking} | {
        "POST /mcp",
        "DELETE /mcp",
        "POST /v1/conversations",
        "DELETE /v1/conversations",
        f"PATCH {conversation}",
        f"DELETE {conversation}",
        f"POST {conversation}/tours/{{number}}/avis",
    }


@pytest.mark.parametrize(
    ("prefix", "safe", "change"),
    [
        ("/v1/fiches", Permission.READ_FICHES, Permission.WRITE_FICHES),
        ("/v1/evaluations", Permission.EVALUATE, Permission.EVALUATE),
        ("/v1/jeux", Permission.EVALUATE, Permission.EVALUATE),
        ("/v1/documents", Permission.ASK, Permission.MANAGE_CORPUS),
        ("/v1/glossaire", Permission.ASK, Permission.MANAGE_CORPUS),
        ("/v1/corpus", Permission.MANAGE_CORPUS, Permission.MANAGE_CORPUS),
        ("/v1/metriques", Permission.ADMINISTER, Permission.ADMINISTER),
    ],
)
def test_each_part_of_the_api_asks_for_its_own_permission(
    prefix: str, safe: Permission, change: Permission
) -> None:
    lines = [line for line in ROUTES if line.partition(" ")[2].startswith(prefix)]
    assert lines
    for line in lines:
        assert ROUTES[line] == (safe if line.startswith("GET ") else change), line


def test_what_is_not_in_the_table_does_not_exist(
    nobody: TestClient, bearers: dict[Role, str]
) -> None:
    headers = {"Authorization": bearers[Role.ADMINISTRATOR]}
    assert isinstance(nobody.app, FastAPI)
    nobody.app.add_api_route("/v1/oubliee", lambda: "ouverte", methods=["GET"])
    assert nobody.get("/v1/oubliee").status_code == 401
    assert nobody.get("/v1/oubliee", headers=headers).status_code == 404
    wrong = nobody.put("/v1/questions", headers=headers)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    # Spellings that a router could take for another address.
    for path in ("/v1//questions", "//v1/questions", "/V1/questions", "/v1/questions/"):
        assert nobody.post(path, json=QUESTION).status_code in {401, 404}, path


@pytest.mark.parametrize(
    "path", ["/v1/sante/vivant", "/v1/sante/pret", "/interface/assistant.css", "/connexion"]
)
def test_what_is_for_everybody_asks_nobody(nobody: TestClient, path: str) -> None:
    assert nobody.get(path).status_code in {200, 204}


@pytest.mark.parametrize(
    "path", ["/config", "/theme.css", "/assets/index.js", "/gradio_api/queue/data"]
)
def test_the_screens_are_behind_the_door_too(nobody: TestClient, path: str) -> None:
    assert nobody.get(path).status_code == 401
    assert nobody.post("/gradio_api/queue/join").status_code == 401
    home = nobody.get("/")
    assert (home.status_code, home.headers["location"]) == (303, "/connexion")


def test_keys_that_open_nothing_are_all_refused_alike(nobody: TestClient, signed: Served) -> None:
    info, revoked = signed[1].keys.create("Ada", Role.READER)
    signed[1].keys.revoke(info.id)
    said = set()
    for secret in (revoked, "asst_00000000_rien", "sk-autre", "x" * 5000):
        response = nobody.get("/v1/moi", headers={"Authorization": f"Bearer {secret}"})
        assert response.status_code == 401
        assert 'error="invalid_token"' in response.headers["www-authenticate"]
        assert secret not in response.text
        said.add(response.text)
    assert len(said) == 1


def test_a_wrong_key_does_not_fall_back_on_the_session(nobody: TestClient, signed: Served) -> None:
    info, _ = signed[1].keys.create("Ada", Role.READER)
    nobody.cookies.set("assistant_session", signed[1].sessions.open(info))
    assert nobody.get("/v1/moi").json()["moyen"] == "session"
    wrong = nobody.get("/v1/moi", headers={"Authorization": "Bearer asst_1_2"})
    assert wrong.status_code == 401


def test_everybody_may_know_who_they_are(nobody: TestClient, signed: Served) -> None:
    headers = {"Authorization": bearer(signed[1], Role.ADMINISTRATOR, scopes=[Permission.ASK])}
    assert nobody.get("/v1/moi", headers=headers).json() == {
        "nom": "administrateur",
        "role": "administrateur",
        "droits": ["questions"],
        "moyen": "cle",
        "connexion": "cles",
        "deconnexion": "",
    }


def test_what_answers_knows_whom_it_serves_its_threads_included(tmp_path: Path) -> None:
    seen: list[str] = []

    class Curious(FakeEngine):
        def ask(self, question: str, **options: Any) -> Any:  # type: ignore[override]
            seen.append(person().id)
            return super().ask(question, **options)

    client, sign_in = signed_client(tmp_path, Curious(tmp_path))
    info, secret = sign_in.keys.create("Ada", Role.READER)
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.post("/v1/questions", json=QUESTION, headers=headers).status_code == 200
    streamed = client.post("/v1/questions/flux", json=QUESTION, headers=headers)
    assert "event: answer" in streamed.text
    assert seen == [f"cle:{info.id}"] * 2


def test_whoever_asks_too_often_waits(tmp_path: Path) -> None:
    client, sign_in = signed_client(tmp_path, requests_per_minute=3)
    assert sign_in.requests is not None
    now = [0.0]
    sign_in.requests.clock = lambda: now[0]
    ada, ben = ({"Authorization": bearer(sign_in, Role.READER)} for _ in range(2))
    assert [client.get("/v1/moi", headers=ada).status_code for _ in range(4)] == [200] * 3 + [429]
    refused = client.get("/v1/moi", headers=ada)
    assert refused.headers["retry-after"] == "21"
    assert refused.json()["code"] == "trop_de_requetes"
    assert client.get("/v1/moi", headers=ben).status_code == 200
    now[0] += 20
    assert client.get("/v1/moi", headers=ada).status_code == 200
    # Loading the pages is not asking.
    assert client.get("/interface/assistant.css", headers=ada).status_code == 200


def test_without_sign_in_nobody_waits(client: TestClient) -> None:
    answers = {client.get("/v1/moi").status_code for _ in range(50)}
    assert answers == {200}
    assert client.get("/v1/moi").json()["moyen"] == "local"


def test_wrong_keys_are_counted_and_never_lock_out_a_right_one(
    nobody: TestClient, bearers: dict[Role, str]
) -> None:
    wrong = {"Authorization": "Bearer asst_1_2"}
    statuses = [nobody.get("/v1/moi", headers=wrong).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    right = {"Authorization": bearers[Role.READER]}
    assert nobody.get("/v1/moi", headers=right).status_code == 200


def test_a_cookie_changes_nothing_without_saying_which_page_asks(
    nobody: TestClient, signed: Served
) -> None:
    info, _ = signed[1].keys.create("Ada", Role.READER)
    nobody.cookies.set("assistant_session", signed[1].sessions.open(info))
    said = nobody.post("/v1/questions", json=QUESTION)
    assert (said.status_code, said.json()["code"]) == (403, "origine_refusee")
    assert nobody.post("/v1/questions", json=QUESTION, headers={"Origin": BASE}).status_code == 200
    foreign = {"Origin": "https://ailleurs.example"}
    assert nobody.post("/v1/questions", json=QUESTION, headers=foreign).status_code == 403


def test_the_documentation_says_how_to_sign_in_and_what_is_asked(
    nobody: TestClient, bearers: dict[Role, str]
) -> None:
    headers = {"Authorization": bearers[Role.READER]}
    document = nobody.get("/openapi.json", headers=headers).json()
    assert set(document["components"]["securitySchemes"]) == {"cle", "session"}
    ask = document["paths"]["/v1/questions"]["post"]
    assert ask["security"] == [{"cle": []}, {"session": []}]
    assert {"401", "403", "429"} <= set(ask["responses"])
    assert "`questions`" in ask["description"]
    assert document["paths"]["/v1/sante/vivant"]["get"]["security"] == []
    assert "Authorization: Bearer" in nobody.get("/docs", headers=headers).text


def test_without_sign_in_the_documentation_speaks_of_none(client: TestClient) -> None:
    assert "securitySchemes" not in client.get("/openapi.json").json()["components"]


def test_bodies_are_larger_only_where_files_are_taken(tmp_path: Path) -> None:
    client, sign_in = signed_client(tmp_path, max_file_mb=2)
    headers = {"Authorization": bearer(sign_in, Role.LEAD)}
    much = b"x" * (1 << 20) + b"x"
    assert client.post("/v1/questions", content=much, headers=headers).status_code == 413
    assert client.post("/v1/fiches/import", content=much, headers=headers).status_code == 422
    assert client.post(f"/v1/documents/{AMI}", content=much, headers=headers).status_code == 413
    # Refused for what they are, not for their size; then for their size.
    assert client.post("/v1/documents", content=much, headers=headers).status_code == 403
    assert client.post("/v1/documents", content=much * 4, headers=headers).status_code == 413
