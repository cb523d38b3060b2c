"""From a place on a page to a verified extract: what cannot be proved is not shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.generation.verification import cite, holds
from assistant.language.normalise import display_text
from assistant.model import Citation, Document, Page, Sentence, Span
from assistant.suivi.model import Extract
from assistant.suivi.port import Minutes

_EDGES = " \t\r\n\u00a0\u202f:;,.–—-|·•(["
"""What a part of a line is stripped of at its start."""

_TAIL = " \t\r\n\u00a0\u202f:;,–—-|·•"


class Proof:
    """Reads the pages of one document and turns their spans into extracts."""

    def __init__(self, engine: Minutes, document: Document) -> None:
        """Prepare; pages are read at the first need and kept."""
        self._engine = engine
        self.document = document
        self._pages: dict[int, Page] = {}

    def page(self, number: int) -> Page:
        """A stored page of the document."""
        if number not in self._pages:
            self._pages[number] = self._engine.page(self.document.id, number)
        return self._pages[number]

    def raw(self, span: Span) -> str:
        """Raw text of a span."""
        return self.page(span.page).text[span.start : span.end]

    def extract(self, spans: Iterable[Span], coloured: Sequence[Span] = ()) -> Extract | None:
        """A verified extract of these spans; `None` when one of them does not hold.

        Args:
            spans: where it stands, in reading order.
            coloured: spans known to be coloured additions.
        """
        from assistant.ingestion.render import boxes_for_span

        citations: list[Citation] = []
        for span in spans:
            citation = cite(
                self.document,
                span,
                get_page=self._get_page,
                boxes_for_span=boxes_for_span,
                coloured=coloured,
            )
            if citation is None:
                return None
            shown = Sentence(
                text=display_text(citation.quote), kind="extract", citations=[citation]
            )
            if not holds(shown, self._get_page):
                return None
            citations.append(citation)
        if not citations:
            return None
        text = " ".join(display_text(one.quote) for one in citations)
        return Extract(text=text, citations=citations)

    def part(self, span: Span, coloured: Sequence[Span] = ()) -> Extract | None:
        """An extract of a part of a line, without the marks that hold it to the rest."""
        return self.extract([trim], coloured) if (trim := trimmed(span, self.raw(span))) else None

    def _get_page(self, document_id: str, number: int) -> Page:
        return self.page(number)


def trimmed(span: Span, raw: str) -> Span | None:
    """A span without the punctuation at its ends; `None` when nothing is left."""
    left = len(raw) - len(raw.lstrip(_EDGES))
    kept = raw[left:].rstrip(_TAIL)
    # A closing bracket whose opening one is elsewhere belongs to the line, not to the part.
    while kept[-1:] in (")", "]") and kept.count("(") + kept.count("[") < kept.count(
        ")"
    ) + kept.count("]"):
        kept = kept[:-1].rstrip(_TAIL)
    if kept.count("(") > kept.count(")"):
        kept = kept[: kept.rindex("(")].rstrip(_TAIL)
    return Span(span.page, span.start + left, span.start + left + len(kept)) if kept else None
