"""Who may ask what, and what every response carries."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from assistant.api.app import accepted_hosts
from assistant.api.security import host_name
from assistant.settings import Settings
from tests import loops
from tests.api.fake import AMI, FakeEngine


@pytest.mark.parametrize(
    "path",
    ["/", "/docs", "/openapi.json", "/v1/sante", "/v1/inconnu", f"/v1/documents/{AMI}/pages/1"],
)
def test_every_response_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    policy = headers["content-security-policy"]
    assert policy.startswith(("default-src 'self'", "default-src 'none'"))
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    # Inline scripts never run; inline styles are Gradio's.
    assert "'unsafe-inline'" not in policy.replace("style-src 'self' 'unsafe-inline'", "")
    assert "http" not in policy
    assert "server" not in headers


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost.fr"]
)
@pytest.mark.parametrize("path", ["/", "/v1/documents", "/docs"])
def test_another_host_name_is_refused(client: TestClient, host: str, path: str) -> None:
    # DNS rebinding: a page elsewhere makes its own name point at this machine.
    response = client.get(path, headers={"Host": host})
    assert response.status_code == 421
    assert response.json()["code"] == "hote_refuse"


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:1234", "[::1]:7860", "LOCALHOST"])
def test_this_machine_is_accepted_under_its_names(client: TestClient, host: str) -> None:
    assert client.get("/v1/sante/vivant", headers={"Host": host}).status_code == 200


def test_names_are_read_without_port_nor_brackets() -> None:
    assert host_name("[::1]:7860") == "::1"
    assert host_name("LocalHost:80") == "localhost"


def test_the_names_accepted_are_those_of_this_machine_and_of_the_settings(tmp_path: Path) -> None:
    def accepted(**options: Any) -> set[str]:
        settings = Settings(index_dir=tmp_path, **options)  # type: ignore[call-arg]
        return set(accepted_hosts(settings)) - {"127.0.0.1", "localhost", "::1"}

    assert accepted() == set()
    assert accepted(host="127.0.0.2") == {"127.0.0.2"}
    # Every address is no name: what people type must be said.
    assert accepted(host="0.0.0.0") == set()
    assert accepted(host="0.0.0.0", hosts=("Assistant.test",)) == {"assistant.test"}
    assert accepted(public_url="https://assistant.test:8443/") == {"assistant.test"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_web_page_cannot_ask_questions(
    client: TestClient, engine: FakeEngine, headers: dict[str, str]
) -> None:
    response = client.post("/v1/questions", json={"question": "Quel soutien ?"}, headers=headers)
    assert response.status_code == 403
    assert response.json()["code"] == "origine_refusee"
    assert engine.asked == []


def test_our_own_page_can(client: TestClient) -> None:
    headers = {"Origin": "http://127.0.0.1:7860", "Sec-Fetch-Site": "same-origin"}
    response = client.post("/v1/questions", json={"question": "Quel soutien ?"}, headers=headers)
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


def test_the_address_of_the_screens_waits_for_them(client: TestClient) -> None:
    response = client.get("/")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert 'lang="fr"' in response.text
    assert "<script" not in response.text


def test_a_body_that_never_ends_does_not_hold_a_place(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.api.security.BODY_WITHIN_S", 0.05)
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.sleep(60)

    async def keep(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:7860"), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/questions",
        "query_string": b"",
        "headers": headers,
    }
    loops.run(client.app(scope, never, keep))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408


def test_nothing_speaks_over_a_socket_of_its_own(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/gradio_api/queue/join"):
        pass
