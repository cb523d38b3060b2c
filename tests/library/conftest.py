"""A library over a small real index; files are read in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.engine import Assistant
from assistant.index import pipeline
from assistant.library.desk import Library
from assistant.library.model import Job
from assistant.settings import Settings
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here, read_all_here

MakePdf = Callable[..., Path]

BASE_LINES = ["Le schéma régional de santé fixe douze objectifs pour 2028."]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(  # type: ignore[call-arg]
        index_dir=tmp_path / "index", uploads_dir=tmp_path / "depots", max_file_mb=1
    )


def small_engine(settings: Settings, folder: Path, make_pdf: MakePdf) -> Assistant:
    """An assistant of one document, which lies in a folder managed elsewhere."""
    embedder = WordHashEmbedder()
    make_pdf(folder / "socle.pdf", [BASE_LINES])
    ingest_here(
        settings.index_dir,
        [folder],
        embedder=lambda: embedder,
        limits=pipeline.ReadLimits(1 << 20, 50, 60.0, 1000, 60.0),
    )
    assistant = Assistant.open(settings)
    assistant._embedder = embedder  # type: ignore[assignment]
    return assistant


@pytest.fixture
def engine(tmp_path: Path, settings: Settings, make_pdf: MakePdf) -> Assistant:
    return small_engine(settings, tmp_path / "dossier", make_pdf)


@pytest.fixture
def library(
    settings: Settings, engine: Assistant, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Library]:
    monkeypatch.setattr(pipeline, "read_all", read_all_here)
    desk = Library(settings, engine)
    yield desk
    desk.close(10)


@pytest.fixture
def pdf(tmp_path: Path, make_pdf: MakePdf) -> Callable[..., bytes]:
    """The bytes of a PDF of one page that holds these lines."""

    def make(*lines: str) -> bytes:
        return make_pdf(tmp_path / "fait.pdf", [lines]).read_bytes()

    return make


def ended(library: Library, job: Job | None) -> Job:
    """The job, once it is over."""
    assert job is not None
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        found = library.job(job.id)
        assert found is not None
        if not found.running:
            return found
        time.sleep(0.01)
    raise AssertionError("the job never ends")
