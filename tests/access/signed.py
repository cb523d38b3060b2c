"""The real application around the fake engine, with sign-in asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from assistant.access.model import Role
from assistant.access.sign_in import SignIn
from assistant.api.app import create_app
from assistant.settings import Settings
from tests.api.fake import FakeEngine

BASE = "http://127.0.0.1:7860"


def signed_client(
    folder: Path,
    engine: FakeEngine | None = None,
    *,
    peer: str = "127.0.0.1",
    base: str = BASE,
    **options: Any,
) -> tuple[TestClient, SignIn]:
    """A client who is nobody yet, and what recognises people.

    Args:
        folder: of the index.
        engine: what answers.
        peer: the address that the client connects from.
        base: the address that it types.
        options: of the server; keys by default.
    """
    options = {"sign_in": "cles", **options}
    settings = Settings(index_dir=folder, **options)  # type: ignore[call-arg]
    app = create_app(engine or FakeEngine(folder), settings)
    client = TestClient(
        app,
        base_url=base,
        client=(peer, 50_000),
        raise_server_exceptions=False,
        follow_redirects=False,
    )
    return client, app.state.sign_in


def bearer(sign_in: SignIn, role: Role, **options: Any) -> str:
    """The header of a new key."""
    _, secret = sign_in.keys.create(role.value, role, **options)
    return f"Bearer {secret}"
