"""What the interfaces ask of the engine, and nothing more.

`assistant.engine.Assistant` satisfies it without knowing it; tests satisfy it with a few
lines. Neither the API nor the screens import the engine, so they start before its models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from assistant.model import (
    Answer,
    AnswerEvent,
    Document,
    FilterReport,
    Filters,
    Mode,
    Page,
    Passage,
    SearchResult,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from assistant.access.cited import Unseen
    from assistant.attempt import Attempt
    from assistant.fiches.phrasing import Pen
    from assistant.index.glossary import Entries
    from assistant.index.pipeline import Embedder


class AnswerEvents(Protocol):
    """An answer as it is made; `close` stops it, from any thread."""

    def __iter__(self) -> Iterator[AnswerEvent]:
        """Give the events, the whole answer last."""

    def close(self) -> None:
        """Stop."""


class Engine(Protocol):
    """The engine as the API and the screens see it; every method may be called by any thread.

    Every method raises subclasses of `assistant.errors.AssistantError` only.
    """

    @property
    def ready(self) -> bool:
        """Whether a question gets its answer without waiting for a model to load."""

    def warm_up(self) -> None:
        """Load the models."""

    def ask(
        self,
        question: str,
        *,
        file: str | None = None,
        kind: str | None = None,
        filters: Filters | None = None,
        recognise: bool = True,
        mode: Mode | None = None,
    ) -> Answer:
        """Answer a question, in the documents chosen and those that the question names."""

    def stream(
        self,
        question: str,
        *,
        file: str | None = None,
        kind: str | None = None,
        filters: Filters | None = None,
        recognise: bool = True,
        mode: Mode | None = None,
    ) -> AnswerEvents:
        """The same, shown as it is made; errors come with the first event."""

    def find(
        self,
        question: str,
        *,
        limit: int = 10,
        file: str | None = None,
        kind: str | None = None,
        filters: Filters | None = None,
        recognise: bool = True,
    ) -> tuple[list[SearchResult], FilterReport]:
        """Find passages, and tell what was done of the filters."""

    def attempt(self) -> Attempt:
        """Retrieval over the whole corpus, for what asks it many questions (a fiche)."""

    def embed_alike(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of short texts to compare with one another, float32 [texts, dimension]."""

    @property
    def pen(self) -> Pen:
        """The local language model, for what asks it to write (a fiche)."""

    def sigles(self) -> Entries:
        """Sigles that the documents define, with the pages where they do."""

    def documents(self) -> list[Document]:
        """List the documents of the index."""

    def document(self, document_id: str) -> Document:
        """Give one document."""

    def page(self, document_id: str, number: int) -> Page:
        """Give one page as it was read."""

    def passages(self, document_id: str) -> list[Passage]:
        """Give every passage of a document, in order."""

    def page_image(
        self,
        document_id: str,
        number: int,
        *,
        spans: Sequence[tuple[int, int]] = (),
        scale: float = 2.0,
    ) -> bytes:
        """Draw a page as PNG at `scale` pixels per point, with its spans highlighted."""

    def has_page_images(self, document_id: str) -> bool:
        """Tell whether `page_image` can draw the pages of a document."""

    def pdf_path(self, document_id: str) -> Path:
        """Give the file of a document."""

    def status(self) -> dict[str, Any]:
        """Describe the index and the models."""

    def seen_by(self, groups: frozenset[str] | None) -> Engine:
        """The same engine, of the documents that these groups may see; `None` for all."""

    def unseen(self, groups: frozenset[str] | None) -> Unseen:
        """Documents kept from these groups, those that left the corpus included."""

    def reload(self, *, force: bool = False) -> bool:
        """Pick up a new generation of the index; tell whether there was one.

        `force` takes the same one again, with what is now said of its documents.
        """

    def embedder(self) -> Embedder:
        """The embedding model, for what writes to the index while this engine serves."""
