"""A client of the real application around the fake engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.api.app import create_app
from assistant.settings import Settings
from tests.api.fake import FakeEngine

BASE = "http://127.0.0.1:7860"

Served = tuple[TestClient, FakeEngine, Path]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One application for all tests: building it costs more than what they ask of it."""
    folder = tmp_path_factory.mktemp("api")
    engine = FakeEngine(folder)
    settings = Settings(  # type: ignore[call-arg]
        index_dir=folder, uploads_dir=folder / "depots", organisation="ARS Essai"
    )
    app = create_app(engine, settings)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client, engine, folder


@pytest.fixture
def folder(served: Served) -> Path:
    """The folder of the index, as empty as on the first day."""
    _, engine, folder = served
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    vars(engine).update(vars(FakeEngine(folder)))
    return folder


@pytest.fixture
def engine(served: Served, folder: Path) -> FakeEngine:
    return served[1]


@pytest.fixture
def client(served: Served, folder: Path) -> TestClient:
    client = served[0]
    client.cookies.clear()
    return client
