"""One document of minutes, read whole: the meeting, what it decided, what it marks as added."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from assistant.generation.untrusted import addresses_a_model
from assistant.ingestion.colours import declared_hue
from assistant.language.normalise import fold, squash
from assistant.language.typography import typeset
from assistant.model import BlockKind, Passage, Span
from assistant.suivi import wordings
from assistant.suivi.coming import next_meeting
from assistant.suivi.dates import find_moments
from assistant.suivi.folded import folded
from assistant.suivi.lines import TITLES, Line, read_lines
from assistant.suivi.model import (
    Addition,
    Extract,
    Meeting,
    MeetingDate,
    Unreadable,
)
from assistant.suivi.places import place_after
from assistant.suivi.proof import Proof
from assistant.suivi.prose import ProseReader, ProseResult
from assistant.suivi.tables import read_tables
from assistant.suivi.wordings import topic

_FIRST: Final = 14
"""Lines at the start of a document that may say what it is."""
_OTHER_MEETING: Final = re.compile(
    r"\b(?:approbation|validation|precedent\w*|dernier\w*|suites?|rappel|prochain\w*|adoption)\b"
)
_ALMOST: Final = 0.9
"""Share of a line above which it is coloured whole: its number or bullet often is not."""


def read_meeting(passages: Sequence[Passage], proof: Proof) -> Meeting:
    """Read the minutes of one meeting.

    Args:
        passages: of the document, in order.
        proof: proves what is found on the pages of the same document.
    """
    everything = read_lines(passages)
    lines = [line for line in everything if not addresses_a_model(line.text)]
    tables = read_tables(lines, proof)
    prose = ProseReader(proof, lines, tables.used).read()
    document = proof.document
    additions = _additions(lines, proof)
    decisions = sorted((*tables.decisions, *prose.decisions), key=lambda one: _place(one.text))
    actions = sorted((*tables.actions, *prose.actions), key=lambda one: _place(one.text))
    read = {(one.text.citation.page, one.text.citation.start) for one in actions}
    return Meeting(
        file=document.file,
        document=document.metadata.title,
        document_id=document.id,
        unit=document.metadata.unit,
        committee=0,
        date=_date(lines, proof),
        number=_number(lines, proof),
        place=_meeting_place(lines, proof),
        participants=prose.participants,
        decisions=decisions,
        actions=actions,
        additions=additions,
        points=prose.points,
        rhythm=prose.rhythm,
        next=next_meeting(prose.next_lines, proof),
        unreadable=_unreadable(lines, prose, read, proof),
        notes=[
            *_notes(len(everything) - len(lines), actions == [], proof),
            *_colour_note(additions),
        ],
    )


def _place(extract: Extract) -> tuple[int, int]:
    return extract.citation.page, extract.citation.start


def _first_lines(lines: Sequence[Line]) -> list[Line]:
    first = [line for line in lines if line.block.kind is not BlockKind.TABLE_ROW][:_FIRST]
    return [line for line in first if line.page <= 2 and line.topic not in ("agenda", "next")]


def _date(lines: Sequence[Line], proof: Proof) -> MeetingDate | None:
    """Date of the meeting: that of its own title, or the date of the document.

    The date of the document may be that of the minutes, written days after the meeting: words
    that date the meeting itself are believed first.
    """
    known = proof.document.metadata.date
    same: MeetingDate | None = None
    for line in _first_lines(lines):
        span = line.spans[0]
        raw = proof.raw(span)
        for moment in find_moments(raw):
            exact = moment.last is not None and re.search(r"\d", raw[moment.start : moment.end])
            if moment.last is None or not exact or _is_period(raw[moment.start : moment.end]):
                continue
            before = re.sub(r"\s+", " ", fold(raw[: moment.start]))
            if _OTHER_MEETING.search(before):
                continue
            extract = proof.part(
                Span(span.page, span.start + moment.start, span.start + moment.end)
            )
            found = MeetingDate(iso=moment.last.isoformat(), extract=extract)
            if wordings.MEETING_DATE.search(before):
                return found
            if found.iso == known and same is None:
                same = found
    if same is not None:
        return same
    return MeetingDate(iso=known) if known else None


def _is_period(written: str) -> bool:
    """Whether a date names no day (« octobre 2025 », « 1er trimestre 2026 »)."""
    return re.search(r"\d{1,2}(?:er)?\W", fold(written)) is None or "tri" in fold(written)


def _number(lines: Sequence[Line], proof: Proof) -> Extract | None:
    for line in _first_lines(lines)[:6]:
        span = line.spans[0]
        text = folded(proof.raw(span))
        if (match := text.search(wordings.MEETING_NUMBER)) and not _OTHER_MEETING.search(
            text.text[: match.start()]
        ):
            start, end = text.raw(*match.span("n" if match["n"] else "m"))
            return proof.part(Span(span.page, span.start + start, span.start + end))
    return None


def _meeting_place(lines: Sequence[Line], proof: Proof) -> Extract | None:
    """Place of the meeting: after « Lieu : », or right after its date (`place_after`)."""
    for line in _first_lines(lines):
        span = line.spans[0]
        raw = proof.raw(span)
        text = folded(raw)
        if match := text.search(re.compile(r"(?:^|[\s|·])lieux? ?: ?")):
            start, _ = text.raw(match.end(), len(text.text))
            return proof.part(Span(span.page, span.start + start, span.end))
        for moment in find_moments(raw):
            if where := place_after(raw, moment.end, coming=False):
                place = Span(span.page, span.start + where[0], span.start + where[1])
                return proof.part(place)
    return None


def _additions(lines: Sequence[Line], proof: Proof) -> list[Addition]:
    """Lines that the document marks as added, the sentence that says so left out."""
    found: list[Addition] = []
    said: set[str] = set()
    for line in lines:
        coloured = line.block.coloured
        if declared_hue([line.text]) or squash(line.text) in said:
            continue
        if not coloured and not wordings.ADDED.search(fold(line.text)):
            continue
        whole = proof.extract(line.spans, coloured)
        if whole is None:
            continue
        parts = [proof.part(span, coloured) for span in coloured]
        marked = [part for part in parts if part is not None]
        if coloured and not marked:
            continue
        said.add(squash(line.text))
        size = sum(len(proof.raw(span).strip()) for span in line.spans)
        inside = sum(len(proof.raw(span).strip()) for span in coloured)
        found.append(
            Addition(
                line=whole,
                marked=marked or [whole],
                whole=not coloured or inside >= _ALMOST * size - 4,
                how="couleur" if coloured else "mention",
                section=list(line.section),
            )
        )
    return found


def _colour_note(additions: Sequence[Addition]) -> list[str]:
    """Say that a few coloured words in a line may be an addition or a mere emphasis."""
    partial = sum(not one.whole for one in additions)
    if not partial:
        return []
    return [
        typeset(
            f"{partial} ligne{'s' if partial > 1 else ''} n’{'ont' if partial > 1 else 'a'} que "
            "quelques mots dans la couleur des ajouts : ajout ou simple mise en relief, le "
            "document ne le dit pas."
        )
    ]


def _unreadable(
    lines: Sequence[Line], prose: ProseResult, read: set[tuple[int, int]], proof: Proof
) -> list[Unreadable]:
    """Headings of actions or of a roadmap under which nothing of it can be read."""
    groups = _by_heading(lines)
    found: list[Unreadable] = []
    bare: list[tuple[int, Unreadable]] = []
    named: set[int] = set()
    for rank, (heading, below) in enumerate(groups):
        about = topic(heading.text)
        if about not in ("actions", "roadmap"):
            continue
        echoes = [line for line in below if line.spans in prose.echoes]
        if len(echoes) != len(below):
            continue
        spans = [*heading.spans, *(span for line in echoes for span in line.spans)]
        extract = proof.extract(spans)
        if extract is None:
            continue
        warned = proof.page(heading.page).warnings
        if echoes:
            named.add(rank)
            reason = (
                "Aucune action n’est lisible sous ce titre : si la page montre un tableau, "
                "c’est une image."
            )
            found.append(Unreadable(heading=extract, reason=_told(reason, warned)))
            continue
        reason = (
            "La page ne porte que ce titre : c’est un intertitre, ou ce qu’elle montre est une "
            "image."
        )
        bare.append((rank, Unreadable(heading=extract, reason=_told(reason, warned))))
    for rank, one in bare:
        after = groups[rank + 1] if rank + 1 < len(groups) else None
        about = topic(groups[rank][0].text)
        if after is not None and rank + 1 in named:
            continue
        # A title alone before the goals or the steps of the roadmap opens them; the same title
        # said again, alone, does not.
        again = any(title.text == one.heading.text for title, below in groups[:rank] if below)
        following = topic(after[0].text) if after is not None else ""
        if about == "roadmap" and following in ("goals", "roadmap") and not again:
            continue
        inside = after is not None and any(
            (line.page, span.start) in read for line in after[1] for span in line.spans
        )
        if about == "actions" and inside:
            continue
        found.append(one)
    return sorted(found, key=lambda one: _place(one.heading))


def _by_heading(lines: Sequence[Line]) -> list[tuple[Line, list[Line]]]:
    starts = [rank for rank, line in enumerate(lines) if line.block.kind in TITLES]
    return [
        (lines[start], [*lines[start + 1 : end]]) for start, end in pairwise([*starts, len(lines)])
    ]


def _told(reason: str, warnings: Sequence[str]) -> str:
    return typeset(" ".join([reason, *warnings]))


def _notes(hostile: int, without_actions: bool, proof: Proof) -> list[str]:
    notes = []
    if hostile:
        plural = "s" if hostile > 1 else ""
        notes.append(
            f"{hostile} ligne{plural} laissée{plural} de côté : "
            f"elle{plural} s’adresse{'nt' if hostile > 1 else ''} à un programme, pas au lecteur."
        )
    counts = proof.document.status_counts
    if lost := counts.get("unreadable", 0):
        plural = "s" if lost > 1 else ""
        notes.append(
            f"{lost} page{plural} illisible{plural} : ce qu’elle{plural} "
            f"contien{'nent' if lost > 1 else 't'} manque ici."
        )
    if without_actions:
        notes.append("Aucune action n’a été lue dans ce document.")
    return [typeset(note) for note in notes]
