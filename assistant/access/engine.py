"""The engine as the person served now may use it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.access import current, watching
from assistant.access.cited import Unseen
from assistant.engine_port import AnswerEvents, Engine
from assistant.model import (
    Answer,
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

    from assistant.attempt import Attempt
    from assistant.fiches.phrasing import Pen
    from assistant.index.glossary import Entries
    from assistant.index.pipeline import Embedder


def for_caller(engine: Engine) -> Engine:
    """The engine, limited at each call to what the person served may see."""
    return engine if isinstance(engine, ForCaller) else ForCaller(engine)


class ForCaller:
    """An engine whose every answer comes from the documents that the person served may see.

    What does not speak of documents (models, readiness, the newest generation) is the same for
    everyone. Two of them over one engine are equal.

    Attributes:
        whole: the engine of every document, for what serves nobody in particular.
    """

    def __init__(self, whole: Engine) -> None:
        """Bind to the engine of every document."""
        self.whole = whole

    def __eq__(self, other: object) -> bool:
        """Whether it is the same engine."""
        return isinstance(other, ForCaller) and other.whole is self.whole

    def __hash__(self) -> int:
        """As it compares."""
        return hash(id(self.whole))

    @property
    def _mine(self) -> Engine:
        return self.whole.seen_by(current.person().sees)

    @property
    def ready(self) -> bool:
        """Whether the models are loaded."""
        return self.whole.ready

    def warm_up(self) -> None:
        """Load the models."""
        self.whole.warm_up()

    @property
    def pen(self) -> Pen:
        """The local language model."""
        return self.whole.pen

    def embed_alike(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of short texts to compare with one another."""
        return self.whole.embed_alike(texts)

    def reload(self, *, force: bool = False) -> bool:
        """Pick up a new generation of the index."""
        return self.whole.reload(force=force)

    def embedder(self) -> Embedder:
        """The embedding model."""
        return self.whole.embedder()

    def seen_by(self, groups: frozenset[str] | None) -> Engine:
        """What these groups may see of what the person served may see."""
        return self._mine.seen_by(groups)

    def unseen(self, groups: frozenset[str] | None) -> Unseen:
        """Documents kept from these groups."""
        return self.whole.unseen(groups)

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
        """Answer a question."""
        return watching.ask(
            question,
            lambda: self._mine.ask(
                question, file=file, kind=kind, filters=filters, recognise=recognise, mode=mode
            ),
        )

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
        """The same, shown as it is made."""
        return watching.Stream(
            question,
            lambda: self._mine.stream(
                question, file=file, kind=kind, filters=filters, recognise=recognise, mode=mode
            ),
        )

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
        """Find passages."""
        return watching.find(
            question,
            lambda: self._mine.find(
                question, limit=limit, file=file, kind=kind, filters=filters, recognise=recognise
            ),
        )

    def attempt(self) -> Attempt:
        """Retrieval for what asks many questions."""
        return self._mine.attempt()

    def sigles(self) -> Entries:
        """Sigles that the documents define."""
        return self._mine.sigles()

    def documents(self) -> list[Document]:
        """List the documents."""
        return self._mine.documents()

    def document(self, document_id: str) -> Document:
        """Give one document."""
        return self._mine.document(document_id)

    def page(self, document_id: str, number: int) -> Page:
        """Give one page."""
        return self._mine.page(document_id, number)

    def passages(self, document_id: str) -> list[Passage]:
        """Give every passage of a document."""
        return self._mine.passages(document_id)

    def page_image(
        self,
        document_id: str,
        number: int,
        *,
        spans: Sequence[tuple[int, int]] = (),
        scale: float = 2.0,
    ) -> bytes:
        """Draw a page."""
        return self._mine.page_image(document_id, number, spans=spans, scale=scale)

    def has_page_images(self, document_id: str) -> bool:
        """Tell whether the pages of a document can be drawn."""
        return self._mine.has_page_images(document_id)

    def pdf_path(self, document_id: str) -> Path:
        """Give the file of a document."""
        return self._mine.pdf_path(document_id)

    def status(self) -> dict[str, Any]:
        """Describe the index and the models."""
        return self._mine.status()
