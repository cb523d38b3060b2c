"""The follow-up as a document to hand over, or as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Final

from assistant.errors import InvalidFormatError
from assistant.exports.answer import MEDIA_TYPES as DOCUMENT_TYPES
from assistant.exports.answer import write
from assistant.exports.document import (
    Block,
    ExportDocument,
    Heading,
    Items,
    Paragraph,
    Run,
    Table,
)
from assistant.exports.spreadsheet import csv_bytes
from assistant.language.normalise import display_text
from assistant.language.typography import place_mark, typeset
from assistant.suivi.model import (
    CHANGE_LABELS,
    Addition,
    Comparison,
    Decision,
    Extract,
    FollowUp,
    Meeting,
    Track,
)

MEDIA_TYPES: Final[dict[str, str]] = {
    **{str(name): kind for name, kind in DOCUMENT_TYPES.items()},
    "csv": "text/csv; charset=utf-8",
}

COLUMNS: Final = (
    "Comité",
    "N°",
    "Ligne",
    "Pilote",
    "Échéance",
    "Dernier jour",
    "État",
    "En retard",
    "Dans le dernier compte rendu",
    "Fichier",
    "Page",
)
"""Columns of the CSV table."""

_QUOTE: Final = 400
"""Characters of a quote repeated in a footnote."""

_NOT_SAID: Final = "non dit"


def export_follow_up(
    follow: FollowUp, format_: str, *, made: datetime | None = None, organisation: str = ""
) -> bytes:
    """Write a follow-up.

    Args:
        follow: as `follow_up` gave it.
        format_: one of `MEDIA_TYPES`.
        made: when the document is made; the day of the follow-up when `None`.
        organisation: whose document it is, said at its foot; nobody's when empty.

    Raises:
        InvalidFormatError: another format.
    """
    if format_ == "json":
        return (follow.model_dump_json(indent=1) + "\n").encode()
    if format_ == "csv":
        return table_csv(follow)
    if format_ not in MEDIA_TYPES:
        raise InvalidFormatError(
            f"Le format « {format_[:20]} » n'existe pas.",
            f"Formats possibles\u00a0: {', '.join(MEDIA_TYPES)}.",
        )
    return write(format_, lambda: follow_document(follow, made), organisation)


def table_csv(follow: FollowUp) -> bytes:
    """Every followed action on a line, for a French spreadsheet; text is never a formula."""
    return csv_bytes(
        COLUMNS,
        [
            (
                follow.committees[track.committee],
                _text(track.number),
                track.text.text,
                _text(track.owner),
                _text(track.due),
                track.due.last if track.due else None,
                _text(track.state),
                "oui" if track.late else "",
                "oui" if track.mentioned else "non",
                track.text.citation.file,
                track.text.citation.page_label,
            )
            for track in follow.tracks
        ],
    )


def follow_document(follow: FollowUp, made: datetime | None = None) -> ExportDocument:
    """Lay a follow-up out: where actions stand, what changed, then each meeting."""
    return ExportDocument(
        title="Suivi des comités" if len(follow.committees) > 1 else "Suivi du comité",
        subject=typeset(
            f"État au {french_date(follow.today)}. Chaque ligne est reprise mot pour mot du compte "
            "rendu cité en note ; un pilote, une échéance ou un état ne figure que s’il est écrit."
        ),
        blocks=tuple(_blocks(follow)),
        made=made or datetime.combine(follow.today, time()),
        footer="Assistant – suivi et citations vérifiées",
    )


def french_date(day: date) -> str:
    """« 31/07/2025 »."""
    return f"{day:%d/%m/%Y}"


def meeting_name(meeting: Meeting) -> str:
    """A meeting by its date, its document and its file."""
    when = "sans date"
    if meeting.date is not None:
        try:
            when = french_date(date.fromisoformat(meeting.date.iso))
        except ValueError:
            when = meeting.date.iso
    return f"{meeting.document} ({when})"


def source_of(follow: FollowUp, extract: Extract) -> str:
    """« copil-2.pdf, p. 10 »."""
    citation = extract.citation
    unit = follow.meeting(citation.document_id).unit
    return f"{citation.file}, {place_mark(citation.page_label, unit)}"


def _blocks(follow: FollowUp) -> Iterator[Block]:
    if follow.notes:
        yield Items(tuple((Run(note),) for note in follow.notes))
    for rank, name in enumerate(follow.committees):
        level = 1
        if len(follow.committees) > 1:
            yield Heading(name, 1)
            level = 2
        yield Heading("Actions suivies", level)
        tracks = [track for track in follow.tracks if track.committee == rank]
        if tracks:
            yield _tracks(follow, tracks)
        else:
            yield Paragraph((Run("Aucune action n’a été lue."),))
        for comparison in follow.comparisons:
            if comparison.committee == rank:
                yield from _changes(follow, comparison, level)
        for meeting in reversed(follow.meetings):
            if meeting.committee == rank:
                yield from _meeting(follow, meeting, level)


def _tracks(follow: FollowUp, tracks: Sequence[Track]) -> Table:
    rows = []
    for track in tracks:
        number = f"{track.number.text} – " if track.number else ""
        if track.number and track.text.text.startswith(track.number.text):
            number = ""
        state = [_run(follow, track.state, base=track.text)]
        if track.late:
            state.append(Run(" (échéance passée)", strong=True))
        if not track.mentioned:
            state.append(Run(typeset(" ; n’est plus mentionnée")))
        rows.append(
            (
                (Run(number + track.text.text, (note(follow, track.text),)),),
                (_run(follow, track.owner, base=track.text),),
                (_run(follow, track.due, base=track.text),),
                tuple(state),
                (Run(source_of(follow, track.text)),),
            )
        )
    return Table(
        header=("Ligne", "Pilote", "Échéance", "État", "Source"),
        rows=tuple(rows),
        caption=f"Actions et leur dernier état connu au {french_date(follow.today)}",
        widths=(4.0, 2.0, 1.6, 1.8, 2.0),
    )


def _changes(follow: FollowUp, comparison: Comparison, level: int) -> Iterator[Block]:
    before, after = (
        meeting_name(follow.meeting(one)) for one in (comparison.previous, comparison.current)
    )
    yield Heading("Ce qui change", level)
    yield Paragraph((Run(typeset(f"De : {before}.")),))
    yield Paragraph((Run(typeset(f"À : {after}.")),))
    if not comparison.changes:
        yield Paragraph((Run("Aucun changement n’a été lu."),))
        return
    yield Table(
        header=("Changement", "Ligne", "Avant", "Maintenant"),
        rows=tuple(
            (
                (Run(CHANGE_LABELS[one.kind], strong=True),)
                + ((Run(f" – {one.remark}"),) if one.remark else ()),
                (Run(one.text.text, (note(follow, one.text),)),),
                (_run(follow, one.before, base=one.text) if one.before else Run(""),),
                (_run(follow, one.after, base=one.text) if one.after else Run(""),),
            )
            for one in comparison.changes
        ),
        caption="Changements d’une séance à la suivante",
        widths=(2.2, 4.0, 2.4, 2.4),
    )


def _meeting(follow: FollowUp, meeting: Meeting, level: int) -> Iterator[Block]:
    yield Heading(meeting_name(meeting), level)
    facts: list[tuple[Run, ...]] = []
    if meeting.place:
        facts.append((Run(typeset("Lieu : ")), _run(follow, meeting.place)))
    for rhythm in meeting.rhythm:
        facts.append((Run(typeset("Rythme : ")), _run(follow, rhythm)))
    if meeting.next:
        facts += [
            (Run(typeset("Prochaine séance : ")), _run(follow, line)) for line in meeting.next.lines
        ]
    facts += [(Run(one),) for one in meeting.notes]
    if facts:
        yield Items(tuple(facts))
    yield from _list(follow, "Décisions", meeting.decisions, level)
    if meeting.points:
        yield Heading("Points d’attention et propositions", level + 1)
        yield Items(tuple((_run(follow, one.text),) for one in meeting.points))
    if meeting.additions:
        yield Heading("Ajouts", level + 1)
        yield Items(tuple(_addition(follow, one) for one in meeting.additions))
    if meeting.unreadable:
        yield Heading("Ce qui ne se lit pas", level + 1)
        yield Items(
            tuple(
                (_run(follow, one.heading), Run(f" – {one.reason}")) for one in meeting.unreadable
            )
        )
    if meeting.participants:
        yield Heading("Participants", level + 1)
        yield Items(
            tuple(
                (_run(follow, one.text), Run("" if one.presence == "non_dit" else
                                             f" ({PRESENCE[one.presence]})"))
                for one in meeting.participants
            )
        )  # fmt: skip


PRESENCE: Final = {"present": "présent", "excuse": "excusé", "absent": "absent", "non_dit": ""}


def _list(
    follow: FollowUp, title: str, decisions: Sequence[Decision], level: int
) -> Iterator[Block]:
    yield Heading(title, level + 1)
    if decisions:
        yield Items(tuple((_run(follow, one.text),) for one in decisions))
    else:
        yield Paragraph((Run("Aucune décision n’a été lue."),))


def _addition(follow: FollowUp, addition: Addition) -> tuple[Run, ...]:
    line = _run(follow, addition.line)
    if addition.whole:
        return (line,)
    words = " ; ".join(f"« {one.text} »" for one in addition.marked)
    return (line, Run(typeset(f" – en couleur : {words}")))


def _run(follow: FollowUp, extract: Extract | None, *, base: Extract | None = None) -> Run:
    """An extract with its footnote, unless it stands on the page of the line it completes."""
    if extract is None:
        return Run(_NOT_SAID)
    beside = base is not None and (
        extract.citation.document_id,
        extract.citation.page,
    ) == (base.citation.document_id, base.citation.page)
    return Run(extract.text, () if beside else (note(follow, extract),))


def note(follow: FollowUp, extract: Extract) -> str:
    """Footnote of an extract: document, file, page, quote."""
    citation = extract.citation
    quote = " ".join(display_text(one.quote) for one in extract.citations)
    if len(quote) > _QUOTE:
        quote = quote[:_QUOTE].rsplit(" ", 1)[0] + " …"
    return f"{citation.document}, {source_of(follow, extract)}\u00a0: «\u00a0{quote}\u00a0»"


def _text(extract: Extract | None) -> str:
    return extract.text if extract else ""
