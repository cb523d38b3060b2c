"""What every test shares: small builders, and no heavy library."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import hypothesis
import numpy as np
import numpy.typing as npt
import pytest

from assistant.access.current import acting_as
from assistant.access.model import LOCAL
from assistant.audit import trail
from assistant.egress import install, quiet_environment
from assistant.language.analyser import analyse

quiet_environment()
install()


@pytest.fixture(autouse=True)
def _on_a_machine_that_asks_nobody_to_sign_in() -> Iterator[None]:
    """What a test calls directly is called by the local person, unless the test says who."""
    with acting_as(LOCAL):
        yield
    trail.install(None)  # a command run in this process named its own log


class WordHashEmbedder:
    """A stand-in for the model: texts that share words have close vectors."""

    fingerprint = "mots-1"
    dimension = 64

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def _vector(self, text: str) -> npt.NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        for term in analyse(text):
            vector[sum(ord(letter) * 31**at for at, letter in enumerate(term)) % 64] += 1
        return vector / np.linalg.norm(vector)

    def embed_documents(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.embedded += texts
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    def embed_query(self, text: str) -> npt.NDArray[np.float32]:
        return self._vector(text)

    def embed_queries(self, texts: Sequence[str]) -> list[npt.NDArray[np.float32]]:
        return [self._vector(text) for text in texts]


@pytest.fixture
def embedder() -> WordHashEmbedder:
    return WordHashEmbedder()


@pytest.fixture(scope="session")
def make_pdf() -> Callable[[Path, Sequence[Sequence[str]]], Path]:
    """Write a PDF whose pages hold the given lines."""
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")

    def write(path: Path, pages: Sequence[Sequence[str]]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        document = canvas.Canvas(str(path), invariant=1)
        for lines in pages:
            for row, line in enumerate(lines):
                document.drawString(72, 760 - 16 * row, line)
            document.showPage()
        document.save()
        return path

    return write


@pytest.fixture(scope="session")
def real_corpus() -> Path:
    """The real PDFs, when this machine has them."""
    default = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
    folder = Path(os.environ.get("ASSISTANT_CORPUS_REEL", default))
    if not folder.is_dir():
        pytest.skip(f"les PDF réels sont absents ({folder}) ; voir ASSISTANT_CORPUS_REEL")
    return folder


# Longest first; among them, those that drive a browser.
LONGEST = (
    "navigateur/test_fiches.py",
    "navigateur/test_filtres.py",
    "navigateur/test_question.py",
    "navigateur/test_conversations.py",
    "navigateur/",
    "access/test_visibility",
    "api/test_schema.py",
    "test_server.py",
    "eval/test_bancs.py",
    "ingestion/test_guards.py",
    "index/test_embedding.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first: a worker that begins one last makes the other wait."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix()
        found = (at for at, start in enumerate(LONGEST) if path.startswith(start))
        return next(found, len(LONGEST))

    items.sort(key=rank)
    for item in items:
        # A second try, shown as such in the report: a fault of ours fails both.
        if item.get_closest_marker("navigateur"):
            item.add_marker(pytest.mark.flaky(reruns=1))


# Times are for benchmarks: a loaded machine must fail no property, neither for an example that
# takes long nor for one that is long to draw. ASSISTANT_TESTS_PROFIL=long looks further.
_EASY = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
# The suite draws the same examples everywhere: it says whether a change broke something. The long
# profile looks for faults that were there before.
hypothesis.settings.register_profile("suite", max_examples=60, derandomize=True, **_EASY)
hypothesis.settings.register_profile("long", max_examples=2000, **_EASY)
hypothesis.settings.load_profile(os.environ.get("ASSISTANT_TESTS_PROFIL", "suite"))
