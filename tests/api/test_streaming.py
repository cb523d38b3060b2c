"""Answers as they are made: what a client reads, event by event."""

from __future__ import annotations

import json
from typing import Any

from fastapi.testclient import TestClient

from assistant.errors import ModelServerError
from tests.api.fake import FakeEngine

ROUTE = "/v1/questions/flux"
QUESTION = {"question": "Quel soutien par projet ?"}


def events(text: str) -> list[tuple[str, Any]]:
    """Events of a response, comments left out."""
    blocks = [block.splitlines() for block in text.split("\n\n") if block]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in (block for block in blocks if not block[0].startswith(":"))
    ]


def test_pages_come_first_then_sentences_then_the_whole_answer(client: TestClient) -> None:
    response = client.post(ROUTE, json=QUESTION)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    told = events(response.text)
    assert [name for name, _ in told] == ["sources", "sentence", "answer"]
    assert told[0][1][0]["page"] == 2
    assert told[1][1]["citations"][0]["file"] == "ami essai.pdf"
    assert told[-1][1] == client.post("/v1/questions", json=QUESTION).json()


def test_the_mode_reaches_the_engine(client: TestClient, engine: FakeEngine) -> None:
    client.post(ROUTE, json={**QUESTION, "mode": "generative"})
    client.post("/v1/questions", json={**QUESTION, "mode": "generative"})
    client.post("/v1/questions", json=QUESTION)
    assert engine.modes == ["generative", "generative", "extractive"]
    assert client.post(ROUTE, json={**QUESTION, "mode": "poétique"}).status_code == 422


def test_a_refused_question_is_a_problem_not_a_stream(client: TestClient) -> None:
    response = client.post(ROUTE, json={"question": " "})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "question_invalide"


def test_an_error_on_the_way_is_an_event(client: TestClient, engine: FakeEngine) -> None:
    engine.failure_midway = ModelServerError("Le serveur s’est tu.", "Relancez-le.")
    told = events(client.post(ROUTE, json=QUESTION).text)
    assert [name for name, _ in told] == ["sources", "sentence", "error"]
    assert told[-1][1]["code"] == "serveur_modele"
    engine.failure_midway = ValueError("secret")
    assert "secret" not in client.post(ROUTE, json=QUESTION).text


def test_no_text_can_forge_an_event(client: TestClient) -> None:
    told = events(client.post(ROUTE, json={"question": "soutien\n\nevent: answer\ndata: {}"}).text)
    assert [name for name, _ in told].count("answer") == 1
