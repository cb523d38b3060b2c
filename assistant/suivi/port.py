"""What reading minutes asks of the assistant."""

from __future__ import annotations

from typing import Any, Protocol

from assistant.model import Document, Page, Passage


class Minutes(Protocol):
    """What is asked of the engine; `assistant.engine.Assistant` satisfies it."""

    def documents(self) -> list[Document]:
        """List the documents of the index."""

    def passages(self, document_id: str) -> list[Passage]:
        """Give the passages of a document, in order."""

    def page(self, document_id: str, number: int) -> Page:
        """Give one page as it was read."""

    def status(self) -> dict[str, Any]:
        """Describe the index."""
