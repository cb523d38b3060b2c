"""Citations read again in the stored pages: do they stand, and do they prove what is said?

A citation is bound to the content of a document (its identifier is a hash) and to a span. A new
index of the same file changes neither; a page read differently may move the quote, which is then
followed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from assistant.errors import DocumentNotFoundError, PageNotFoundError
from assistant.language.normalise import display_text, squash
from assistant.model import Citation, Page

GetPage = Callable[[str, int], Page]
"""Gives a stored page of a document, or raises that there is none."""

GONE: Final = "Le document cité n'est plus dans le corpus, ou son contenu a changé."
CHANGED: Final = "La citation ne se trouve plus sur la page."
ALTERED: Final = "La phrase n'est pas mot pour mot celle que la page porte."
UNPROVEN: Final = "La phrase n'a pas de citation : rien ne la prouve."
WRITTEN: Final = "La phrase est rédigée : seules ses citations ont été relues, non son sens."


def relocated(citation: Citation, read: GetPage) -> tuple[Citation, str]:
    """A citation at its place in the page as stored now, and why it does not hold if so."""
    try:
        page = read(citation.document_id, citation.page)
    except (DocumentNotFoundError, PageNotFoundError):
        return citation, GONE
    if page.text[citation.start : citation.end] == citation.quote:
        return citation, ""
    start = page.text.find(citation.quote) if citation.quote.strip() else -1
    if start < 0:
        return citation, CHANGED
    moved = {"start": start, "end": start + len(citation.quote), "boxes": []}
    return citation.model_copy(update=moved), ""


def unproven(kind: str, text: str, citations: Sequence[Citation]) -> str:
    """Why the wording of what comes from outside is not proven by its quotes; empty if it is.

    Args:
        kind: `extract`, `generated` or `template`.
        text: what is said.
        citations: its proofs, already found on their pages.
    """
    if kind == "generated":
        return WRITTEN
    if not citations:
        return UNPROVEN
    if kind == "extract":
        same = any(text == display_text(one.quote) for one in citations)
        return "" if same else ALTERED
    return "" if words_quoted(text, citations) else ALTERED


def words_quoted(text: str, citations: Sequence[Citation]) -> bool:
    """Whether every word of a text stands in some quote."""
    quoted = " ".join(squash(display_text(one.quote)) for one in citations)
    return set(squash(text).split()) <= set(quoted.split())
