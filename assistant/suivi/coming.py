"""The next meeting, from the lines that announce it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from assistant.language.normalise import fold
from assistant.model import BlockKind, Span
from assistant.suivi import wordings
from assistant.suivi.dates import find_moments
from assistant.suivi.fields import as_due
from assistant.suivi.lines import Line
from assistant.suivi.model import Extract, NextMeeting
from assistant.suivi.places import place_after
from assistant.suivi.proof import Proof

NEXT: Final = re.compile(r"\bprochaine? (?:reunion|comite|copil|cofil|seance|rencontre|instance)\b")
_DATES_IT: Final = re.compile(
    r"(?:date|le|copil|cofil|comite|reunion|seance|prochaine?|lundi|mardi|mercredi|jeudi|vendredi|\d)"
)
_FEW: Final = 12


def next_meeting(found: Sequence[Extract], proof: Proof) -> NextMeeting | None:
    """The next meeting, with its date and place if they are written.

    Args:
        found: the lines that announce it, in order.
        proof: of the same document.

    Returns:
        `None` when nothing announces it. The date of a work to hand in before it is not its date.
    """
    if not found:
        return None
    date, place = None, None
    for extract in found:
        text = fold(extract.text)
        citation = extract.citation
        span = Span(citation.page, citation.start, citation.end)
        raw = proof.raw(span)
        if place is None and wordings.PLACE_LABEL.match(text):
            place = proof.part(Span(span.page, span.start + raw.index(":") + 1, span.end))
        own = _DATES_IT.match(text) or NEXT.search(text)
        moments = find_moments(raw)
        if date is not None or not own or not moments or re.search(r"\bavant le\b", text):
            continue
        first = moments[0]
        part = proof.part(Span(span.page, span.start + first.start, span.start + first.end))
        date = None if part is None else as_due(part)
        if place is None and (where := place_after(raw, first.end, coming=True)):
            place = proof.part(Span(span.page, span.start + where[0], span.start + where[1]))
    return NextMeeting(lines=[*found], date=date, place=place)


def announces_next(line: Line) -> bool:
    """Whether a sentence, under any heading, dates the next meeting."""
    if line.block.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
        return False
    match = NEXT.search(fold(line.text))
    return match is not None and bool(find_moments(line.text))


def names_next(line: Line) -> bool:
    """Whether a step among actions is itself a meeting (« Second COPIL »)."""
    return len(line.text.split()) <= _FEW and bool(wordings.MEETING.search(fold(line.text)))
