"""Extracts looked for on the pages they cite: the one figure that needs the text of the pages."""

from __future__ import annotations

from collections.abc import Callable

from assistant.language.normalise import squash
from assistant.model import Answer


def unverified(answer: Answer, page_text: Callable[[str, int], str]) -> int:
    """Displayed extracts that are not on a page they cite, word for word.

    Args:
        answer: as the assistant gave it.
        page_text: raw text of a page, by document identifier and physical number.
    """
    return sum(
        not any(
            _compact(sentence.text) in _compact(page_text(citation.document_id, citation.page))
            for citation in sentence.citations
        )
        for sentence in answer.sentences
        if sentence.kind == "extract"
    )


def _compact(text: str) -> str:
    """Letters and digits alone: a word cut at a line's end is shown whole."""
    return squash(text).replace(" ", "")
