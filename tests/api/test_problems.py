"""Bad calls: a clear French message, the right status, never a stack trace."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import errors
from assistant.api import problems
from tests.api.fake import AMI, FakeEngine

IMAGE = f"/v1/documents/{AMI}/pages/1/image"


def check(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """A problem as RFC 9457 and the project want it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"/docs#erreur-{code}"
    assert body["title"]
    assert body["detail"]
    assert body["remedy"]
    assert "Traceback" not in response.text
    return body


@pytest.mark.parametrize("question", ["", "   ", "\n\t"])
def test_an_empty_question(client: TestClient, question: str) -> None:
    body = check(
        client.post("/v1/questions", json={"question": question}), 422, "question_invalide"
    )
    assert body["detail"] == "La question est vide."


@pytest.mark.parametrize("route", ["/v1/questions", "/v1/recherche"])
def test_a_question_of_twenty_thousand_characters(client: TestClient, route: str) -> None:
    body = check(client.post(route, json={"question": "é" * 20_000}), 422, "question_invalide")
    assert "20000" in body["detail"]
    assert "2000" in body["detail"]


@pytest.mark.parametrize("question", ["x" * (2 << 20), "é" * (1 << 20)])
def test_a_body_too_large_is_not_even_read(
    client: TestClient, engine: FakeEngine, question: str
) -> None:
    response = client.post("/v1/questions", json={"question": question})
    check(response, 413, "requete_trop_volumineuse")
    assert engine.asked == []


def test_a_large_body_that_hides_its_length(client: TestClient, engine: FakeEngine) -> None:
    def chunks() -> Any:
        yield b'{"question": "'
        for _ in range(40):
            yield b"x" * 65536
        yield b'"}'

    response = client.post(
        "/v1/questions", content=chunks(), headers={"Content-Type": "application/json"}
    )
    check(response, 413, "requete_trop_volumineuse")
    assert engine.asked == []


@pytest.mark.parametrize(
    "identifier", ["inconnu", "é", "..%2f..%2fetc%2fpasswd", "%00", "a" * 5000]
)
@pytest.mark.parametrize("rest", ["", "/pages/1", "/pages/1/image", "/fichier"])
def test_an_unknown_document(client: TestClient, identifier: str, rest: str) -> None:
    response = client.get(f"/v1/documents/{identifier}{rest}")
    assert response.status_code == 404
    assert response.json()["code"] in {"document_inconnu", "adresse_inconnue"}
    assert response.json()["detail"]


@pytest.mark.parametrize("rest", ["/pages/99", "/pages/99/image"])
def test_an_unknown_page(client: TestClient, rest: str) -> None:
    check(client.get(f"/v1/documents/{AMI}{rest}"), 404, "page_inconnue")


def test_a_file_that_left_the_disk(client: TestClient, engine: FakeEngine) -> None:
    engine.pdf_path(AMI).unlink()
    check(client.get(f"/v1/documents/{AMI}/fichier"), 404, "document_inconnu")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("debut=1", "fin"),
        ("debut=5&fin=5", "ne se trouve pas"),
        ("debut=9&fin=2", "ne se trouve pas"),
        ("debut=0&fin=999999", "ne se trouve pas"),
        ("&".join(["debut=0&fin=1"] * 51), "50"),
    ],
)
def test_spans_that_do_not_stand_on_the_page(client: TestClient, query: str, words: str) -> None:
    body = check(client.get(f"{IMAGE}?{query}"), 422, "position_invalide")
    assert words in body["detail"]


@pytest.mark.parametrize(
    ("request_", "field", "message"),
    [
        (("POST", "/v1/questions", b"{}"), "question", "ce champ est obligatoire"),
        (("POST", "/v1/questions", b"[]"), "", "un objet JSON est attendu"),
        (("POST", "/v1/questions", b"{oups"), "", "ce n’est pas du JSON valide"),
        (("POST", "/v1/questions", b'{"question": 3}'), "question", "un texte est attendu"),
        (
            ("POST", "/v1/questions", b'{"question": "a", "fichier": "b"}'),
            "fichier",
            "ce champ n’existe pas",
        ),
        (
            ("POST", "/v1/recherche", b'{"question": "a", "limite": 500}'),
            "limite",
            "la valeur maximale est 50",
        ),
        (("GET", f"/v1/documents/{AMI}/pages/0", b""), "number", "la valeur minimale est 1"),
        (("GET", f"/v1/documents/{AMI}/pages/un", b""), "number", "un nombre entier est attendu"),
        (("GET", f"{IMAGE}?echelle=100", b""), "echelle", "la valeur maximale est 4"),
        (("GET", f"{IMAGE}?echelle=nan", b""), "echelle", ""),
        (("GET", f"{IMAGE}?debut=-1&fin=2", b""), "debut.0", "la valeur minimale est 0"),
    ],
)
def test_a_request_that_does_not_follow_the_description(
    client: TestClient, request_: tuple[str, str, bytes], field: str, message: str
) -> None:
    method, path, content = request_
    headers = {"Content-Type": "application/json"} if content else {}
    response = client.request(method, path, content=content, headers=headers)
    body = check(response, 422, "requete_invalide")
    assert [item["champ"] for item in body["errors"]] == [field]
    assert message in body["errors"][0]["message"]


def test_the_messages_of_validation_are_french_for_every_type_the_schemas_can_raise() -> None:
    # Pydantic's own wording would be English: an unknown type falls back on a French one.
    error = problems.RequestValidationError(
        [
            {
                "type": "a_type_of_the_future",
                "loc": ("body", "x"),
                "msg": "Input should be",
                "ctx": {},
            }
        ]
    )
    assert b"Input" not in problems.of_validation(error).body


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/inconnu", 404, "adresse_inconnue"),
        ("GET", "/v1", 404, "adresse_inconnue"),
        ("GET", "/nulle/part", 404, "adresse_inconnue"),
        ("GET", "/interface/..%2fapp.py", 404, "adresse_inconnue"),
        ("GET", "/interface/absent.js", 404, "adresse_inconnue"),
        ("GET", "/v1/questions", 405, "methode_refusee"),
        ("PUT", f"/v1/documents/{AMI}", 405, "methode_refusee"),
        ("PUT", "/", 404, "adresse_inconnue"),
    ],
)
def test_addresses_and_methods_that_do_not_exist(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    check(client.request(method, path), status, code)


def test_405_says_what_is_allowed(client: TestClient) -> None:
    assert client.get("/v1/questions").headers["allow"] == "POST"
    # Each method is a route of its own: all are told, and none of a neighbour's.
    assert client.put("/v1/conversations").headers["allow"] == "DELETE, GET, POST"
    assert client.put("/v1/jeux/verification").headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("kind", "status", "retryable"),
    [
        (errors.IndexLockedError, 503, True),
        (errors.StorageError, 503, True),
        (errors.IndexMissingError, 503, False),
        (errors.IndexCorruptError, 503, False),
        (errors.ModelMissingError, 503, False),
        (errors.ModelMismatchError, 503, False),
        (errors.NetworkForbiddenError, 500, False),
    ],
)
def test_errors_of_the_engine(
    client: TestClient,
    engine: FakeEngine,
    kind: type[errors.AssistantError],
    status: int,
    retryable: bool,
) -> None:
    engine.failure = kind("Cela s’est passé.", "Faites ceci.")
    response = client.post("/v1/questions", json={"question": "Quel soutien ?"})
    body = check(response, status, kind.code)
    assert (body["detail"], body["remedy"]) == ("Cela s’est passé.", "Faites ceci.")
    assert body["retryable"] is retryable
    assert ("retry-after" in response.headers) is retryable


def test_every_domain_error_has_a_status() -> None:
    def subclasses(kind: type) -> set[type]:
        return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))

    known = {
        kind
        for kind in subclasses(errors.AssistantError)
        if kind.__module__ == "assistant.errors" and kind is not errors.AssistantError
    }
    assert known <= set(problems.DOMAIN)


def test_an_unexpected_error_shows_nothing_of_the_code(
    client: TestClient, engine: FakeEngine
) -> None:
    engine.failure = ZeroDivisionError("secret interne")
    response = client.post("/v1/questions", json={"question": "Quel soutien ?"})
    check(response, 500, "erreur_interne")
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(question=st.text(max_size=300))
def test_no_text_whatever_breaks_a_question(client: TestClient, question: str) -> None:
    response = client.post("/v1/questions", json={"question": question})
    assert response.status_code in {200, 422}


def test_half_an_emoji_is_refused_politely(client: TestClient) -> None:
    response = client.post(
        "/v1/questions",
        content=b'{"question": "\\ud83d"}',
        headers={"Content-Type": "application/json"},
    )
    check(response, 422, "requete_invalide")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/recherche", {"question": "soins", "reconnaitre": 1}),
        ("POST", "/v1/recherche", {"question": "soins", "limite": "3"}),
        ("GET", "/v1/copil?aujourdhui=0", None),
    ],
)
def test_what_only_looks_like_the_value_described_is_refused(
    client: TestClient, method: str, path: str, body: dict[str, object] | None
) -> None:
    response = client.request(method, path, json=body)
    assert response.status_code == 422
    assert "attendu" in response.json()["detail"]
