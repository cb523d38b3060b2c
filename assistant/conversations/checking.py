"""Whether a kept answer still holds: its citations read again in the stored pages.

A citation is bound to the content of a document (its identifier is a hash) and to a span. A new
index of the same file changes neither; a page read differently may move the quote, which is then
followed; a file that changed or left makes the sentence one to check again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from assistant.conversations.models import Doubt
from assistant.errors import DocumentNotFoundError, PageNotFoundError
from assistant.language.normalise import display_text, squash
from assistant.language.typography import typeset
from assistant.model import Answer, Citation, Page, Sentence

GetPage = Callable[[str, int], Page]
"""Gives a stored page of a document, or raises that there is none."""

_GONE = "Le document cité n'est plus dans le corpus, ou son contenu a changé."
_CHANGED = "La citation ne se trouve plus sur la page."
_ALTERED = "La phrase n'est pas mot pour mot celle que la page porte."
_UNPROVEN = "La phrase n'a pas de citation : rien ne la prouve."
_WRITTEN = "La phrase est rédigée : seules ses citations ont été relues, non son sens."


def recheck(
    answer: Answer, get_page: GetPage, *, foreign: bool = False
) -> tuple[Answer, list[Doubt]]:
    """Read every citation of an answer again.

    Args:
        answer: as it was shown.
        get_page: gives the stored pages.
        foreign: whether the answer comes from outside, so that its wording proves nothing: then
            an extract must be its quote, and a sentence must have one.

    Returns:
        The answer, with the offsets of the quotes that moved on their page brought up to date,
        and the sentences whose proof does not hold any more.
    """
    read = lru_cache(maxsize=None)(get_page)
    doubts: list[Doubt] = []
    sentences: list[Sentence] = []
    for rank, sentence in enumerate(answer.sentences):
        citations: list[Citation] = []
        reason: tuple[Citation | None, str] | None = None
        for citation in sentence.citations:
            found, why = _relocated(citation, read)
            citations.append(found)
            if why and reason is None:
                reason = citation, why
        if reason is None and foreign:
            why = _forged(sentence)
            reason = (sentence.citations[0] if sentence.citations else None, why) if why else None
        if reason is not None:
            cited, why = reason
            doubts.append(
                Doubt(
                    sentence=rank,
                    file=cited.file if cited else "",
                    page=cited.page if cited else 1,
                    reason=typeset(why),
                )
            )
        sentences.append(sentence.model_copy(update={"citations": citations}))
    return answer.model_copy(update={"sentences": sentences}), doubts


def _relocated(citation: Citation, read: GetPage) -> tuple[Citation, str]:
    """A citation at its place in the page as stored now, and why it does not hold if so."""
    try:
        page = read(citation.document_id, citation.page)
    except (DocumentNotFoundError, PageNotFoundError):
        return citation, _GONE
    if page.text[citation.start : citation.end] == citation.quote:
        return citation, ""
    start = page.text.find(citation.quote) if citation.quote.strip() else -1
    if start < 0:
        return citation, _CHANGED
    moved = {"start": start, "end": start + len(citation.quote), "boxes": []}
    return citation.model_copy(update=moved), ""


def _forged(sentence: Sentence) -> str:
    """Why the wording of a sentence from outside is not proven by its quotes; empty if it is."""
    quoted = " ".join(squash(display_text(one.quote)) for one in sentence.citations)
    if sentence.kind == "generated":
        return _WRITTEN
    if not sentence.citations:
        return _UNPROVEN
    if sentence.kind == "extract":
        same = any(sentence.text == display_text(one.quote) for one in sentence.citations)
        return "" if same else _ALTERED
    return "" if set(squash(sentence.text).split()) <= set(quoted.split()) else _ALTERED
