"""Days and proofs of funding windows, wherever they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

from assistant.fiches.reading import Library
from assistant.generation.verification import cite
from assistant.language.entities import find_dates
from assistant.model import Citation, Document, Span

_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d")


def state_of(deadline: date | None, today: date) -> Literal["ouvert", "passe", "inconnu"]:
    """The last day to apply is still open."""
    if deadline is None:
        return "inconnu"
    return "ouvert" if today <= deadline else "passe"


def is_day(value: str) -> bool:
    """Whether a date found in a text is whole and exists."""
    if not _ISO.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def days_in(text: str) -> list[date]:
    """Every whole day that a text gives, in the order of time."""
    return sorted(date.fromisoformat(one.value) for one in find_dates(text) if is_day(one.value))


def day_in(text: str, today: date) -> date | None:
    """The day that a cell of a table gives: the next one when it gives several."""
    days = days_in(text)
    coming = [day for day in days if day >= today]
    return coming[0] if coming else (days[-1] if days else None)


def cited(library: Library, document: Document, spans: Iterable[Span]) -> list[Citation]:
    """Spans of a document as citations; those that no page holds any more are left out."""
    found = (
        cite(
            document,
            span,
            get_page=library.attempt.pages.page,
            boxes_for_span=library.attempt.pages.boxes,
        )
        for span in dict.fromkeys(spans)
    )
    return [one for one in found if one is not None]
