"""Answers and pages for the tests of conversations."""

from __future__ import annotations

from assistant.errors import DocumentNotFoundError, PageNotFoundError
from assistant.model import Answer, Citation, ModelIds, Page, PageStatus, Sentence

TEXT = "Titre.\nLe soutien s’élève à 40 000 euros.\nFin."
QUOTE = "Le soutien s’élève à 40 000 euros."


def citation(quote: str = QUOTE, start: int = 7, document_id: str = "a", page: int = 1) -> Citation:
    return Citation(
        file="ami.pdf",
        document="AMI d’essai",
        document_id=document_id,
        page=page,
        page_label=str(page),
        quote=quote,
        start=start,
        end=start + len(quote),
        boxes=[(72.0, 100.0, 200.0, 112.0)],
    )


def an_answer(question: str = "Quel soutien ?", text: str = QUOTE) -> Answer:
    return Answer(
        question=question,
        abstained=False,
        confidence=0.9,
        sentences=[Sentence(text=text, kind="extract", citations=[citation()])],
        index_generation="g1",
        models=ModelIds(embedding="e5"),
        timings_ms={"answer": 1.25},
    )


class Pages:
    """Stored pages of one document."""

    def __init__(self, text: str = TEXT, document_id: str = "a") -> None:
        self.text, self.document_id = text, document_id

    def __call__(self, document_id: str, number: int) -> Page:
        if document_id != self.document_id:
            raise DocumentNotFoundError("Document inconnu.")
        if number != 1:
            raise PageNotFoundError("Page inconnue.")
        return Page(1, "1", 595.0, 842.0, PageStatus.TEXT, self.text)
