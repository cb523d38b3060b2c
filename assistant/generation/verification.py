"""Nothing is shown that code has not found in a page.

A citation is built from a span by reading the stored page again: its quote is what the page
says there, not what the passage remembers. A sentence whose text is not that quote is
dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.errors import PageNotFoundError
from assistant.generation.units import GetPage, Piece
from assistant.language.normalise import display_text, squash
from assistant.model import Box, Citation, Document, Hit, Page, Sentence, Span

BoxesForSpan = Callable[[Page, int, int], Sequence[Box]]
"""Gives the boxes, one a line, of the characters `[start, end)` of a page."""


def cite(
    document: Document,
    span: Span,
    *,
    get_page: GetPage,
    boxes_for_span: BoxesForSpan,
    coloured: Sequence[Span] = (),
) -> Citation | None:
    """Build the proof of a span from the stored page.

    Args:
        document: the document it belongs to.
        span: where the quote stands.
        get_page: gives the stored page.
        boxes_for_span: gives its boxes on the page.
        coloured: spans known to be coloured additions.

    Returns:
        The citation, or `None` when the stored page has no such text (re-read since, or
        gone).
    """
    try:
        page = get_page(document.id, span.page)
    except PageNotFoundError:
        return None
    if page.number != span.page or not 0 <= span.start < span.end <= len(page.text):
        return None
    quote = page.text[span.start : span.end]
    if not display_text(quote):
        return None
    return Citation(
        file=document.file,
        document=document.metadata.title,
        document_id=document.id,
        page=page.number,
        page_label=page.label,
        quote=quote,
        start=span.start,
        end=span.end,
        boxes=list(boxes_for_span(page, span.start, span.end)),
        addition=any(
            other.page == span.page and other.start < span.end and span.start < other.end
            for other in coloured
        ),
    )


def holds(sentence: Sentence, get_page: GetPage) -> bool:
    """Check a displayed sentence against the stored pages.

    An extract must be, to the character, the display form of its one quote, and the quote
    must stand at its offsets in the stored page. Each word of a template that is not fixed
    wording must stand in a cited quote. A generated sentence must have quotes, all at their
    offsets; that they say what it says is told by `support.check_support`.

    Args:
        sentence: as it would be shown.
        get_page: gives the stored pages.

    Returns:
        Whether it may be shown.
    """
    for citation in sentence.citations:
        try:
            page = get_page(citation.document_id, citation.page)
        except PageNotFoundError:
            return False
        if page.text[citation.start : citation.end] != citation.quote:
            return False
    if sentence.kind == "extract":
        return len(sentence.citations) == 1 and sentence.text == display_text(
            sentence.citations[0].quote
        )
    if sentence.kind == "template":
        quoted = {
            word
            for citation in sentence.citations
            for word in squash(display_text(citation.quote)).split()
        }
        return set(squash(sentence.text).split()) <= quoted
    return bool(sentence.citations)


def sentences_of(
    hit: Hit,
    pieces: Sequence[Piece],
    *,
    get_page: GetPage,
    boxes_for_span: BoxesForSpan,
) -> list[Sentence]:
    """Turn pieces of one hit into verified sentences; those that fail are left out.

    Args:
        hit: what the pieces were cut from.
        pieces: what to show, in order.
        get_page: gives the stored pages.
        boxes_for_span: gives the boxes of a span on its page.
    """
    coloured = [span for block in hit.passage.blocks for span in block.coloured]
    found: list[Sentence] = []

    def proof(span: Span) -> Citation | None:
        return cite(
            hit.document,
            span,
            get_page=get_page,
            boxes_for_span=boxes_for_span,
            coloured=coloured,
        )

    for piece in pieces:
        citation = proof(piece.span)
        if citation is None:
            continue
        extract = Sentence(text=piece.text, kind="extract", citations=[citation], role=piece.role)
        if not holds(extract, get_page):
            continue
        if piece.label:
            named = [proof(span) for span in piece.label_spans]
            label = Sentence(
                text=piece.label,
                kind="template",
                citations=[one for one in named if one is not None],
                role=piece.role,
            )
            if holds(label, get_page):
                found.append(label)
        found.append(extract)
    return found
