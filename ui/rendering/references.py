"""Pages that an answer cites or offers, numbered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from assistant.model import Answer, Citation, Document, Sentence, Source


@dataclass(slots=True)
class Reference:
    """A page of the sources panel.

    Attributes:
        number: the number its citations carry, `None` when no sentence cites it.
        unit: what it is: `page`, `slide` or `section`.
        citations: the citations that stand on it.
        source: what retrieval said of it, if it did.
    """

    document_id: str
    document: str
    page: int
    page_label: str
    number: int | None = None
    unit: str = "page"
    citations: list[Citation] = field(default_factory=list)
    source: Source | None = None


def references(answer: Answer, documents: Mapping[str, Document] | None = None) -> list[Reference]:
    """Pages of an answer: cited ones numbered in reading order, then the other sources.

    Args:
        answer: the answer.
        documents: the documents by identifier, to say what their pages are; may miss some.
    """
    compared = [value.citation for one in answer.differing for value in one.values]
    return numbered(answer.sentences, answer.sources, documents, compared=compared)


def numbered(
    sentences: Iterable[Sentence],
    sources: Iterable[Source],
    documents: Mapping[str, Document] | None = None,
    *,
    compared: Iterable[Citation] = (),
) -> list[Reference]:
    """The same for sentences and sources that make no whole answer yet.

    Args:
        sentences: in reading order.
        sources: the pages found.
        documents: as for `references`.
        compared: citations shown besides those of the sentences.
    """
    found: dict[tuple[str, int], Reference] = {}
    for citation in (*(one for item in sentences for one in item.citations), *compared):
        reference = found.setdefault(
            (citation.document_id, citation.page),
            Reference(
                citation.document_id,
                citation.document,
                citation.page,
                citation.page_label,
                number=len(found) + 1,
            ),
        )
        reference.citations.append(citation)
    for source in sources:
        reference = found.setdefault(
            (source.document_id, source.page),
            Reference(source.document_id, source.document, source.page, source.page_label),
        )
        reference.source = reference.source or source
    for reference in found.values():
        document = (documents or {}).get(reference.document_id)
        reference.unit = document.metadata.unit if document else "page"
    return list(found.values())


Cards = Mapping[tuple[str, int], Reference]
"""Numbered pages by document and page."""


def cards_of(pages: Iterable[Reference]) -> Cards:
    """The numbered ones among these pages."""
    return {(page.document_id, page.page): page for page in pages if page.number}
