"""`assistant copil`: what committees decided, who does what, when, and what changed."""

from __future__ import annotations

import shutil
import textwrap
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli_support import (
    IndexOption,
    JsonOption,
    french_errors,
    logs_apart,
    open_settings,
    print_json,
)
from assistant.language.typography import inert, typeset

if TYPE_CHECKING:
    from assistant.suivi.model import Change, Comparison, Extract, FollowUp, Meeting, Track


def copil(
    fichiers: Annotated[
        list[str] | None,
        typer.Argument(
            help="Comptes rendus d'un même comité, par nom de fichier (sinon tous ceux du corpus)."
        ),
    ] = None,
    sortie: Annotated[
        Path | None,
        typer.Option(
            "--sortie", help="Écrire aussi le suivi : .docx, .odt, .pdf, .md, .csv ou .json."
        ),
    ] = None,
    au: Annotated[
        datetime | None,
        typer.Option(
            "--au",
            formats=["%Y-%m-%d", "%d/%m/%Y"],
            help="Date à laquelle comparer les échéances (sinon aujourd'hui).",
        ),
    ] = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Suivre les comités : décisions, actions, pilotes, échéances, et ce qui a changé."""
    with french_errors(), logs_apart():
        from assistant.engine import Assistant
        from assistant.suivi.followup import follow_up

        if sortie is not None:
            _format_of(sortie)
        engine = Assistant.open(open_settings(index))
        follow = follow_up(engine, fichiers, today=au.date() if au else None)
        if json_output:
            print_json(follow.model_dump(mode="json"))
        else:
            typer.echo(follow_up_text(follow))
        if sortie is not None:
            from assistant.cli_conversations import save
            from assistant.suivi.export import export_follow_up

            content = export_follow_up(
                follow,
                _format_of(sortie),
                made=datetime.now(),
                organisation=open_settings(index).organisation,
            )
            save(sortie, content)


def _format_of(path: Path) -> str:
    from assistant.errors import InvalidFormatError
    from assistant.suivi.export import MEDIA_TYPES

    format_ = path.suffix.lower().removeprefix(".")
    if format_ not in MEDIA_TYPES:
        raise InvalidFormatError(
            f"Le nom « {path.name} » ne dit pas le format.",
            f"Terminez-le par : {', '.join(f'.{name}' for name in MEDIA_TYPES)}.",
        )
    return format_


def follow_up_text(follow: FollowUp) -> str:
    """A follow-up for a terminal: where actions stand, what changed, then each meeting."""
    lines: list[str] = []
    for rank, name in enumerate(follow.committees):
        lines += ["", name, "=" * min(len(name), 80)]
        tracks = [track for track in follow.tracks if track.committee == rank]
        lines += ["", typeset(f"Actions suivies au {follow.today:%d/%m/%Y} :")]
        for track in tracks:
            lines += _track(follow, track)
        if not tracks:
            lines.append("  aucune action lue")
        for comparison in follow.comparisons:
            if comparison.committee == rank:
                lines += _comparison(follow, comparison)
        for meeting in reversed(follow.meetings):
            if meeting.committee == rank:
                lines += _meeting(follow, meeting)
    lines += ["", *(line for note in follow.notes for line in _wrap(note))]
    return inert("\n".join(lines).strip("\n") + "\n")


def _track(follow: FollowUp, track: Track) -> list[str]:
    number = f"{track.number.text} " if track.number else ""
    if track.number and track.text.text.startswith(track.number.text):
        number = ""
    said = [f"pilote : {_said(track.owner)}", f"échéance : {_said(track.due)}"]
    said.append(f"état : {_said(track.state)}")
    if track.late:
        said.append("ÉCHÉANCE PASSÉE")
    if not track.mentioned:
        said.append("n’est plus mentionnée")
    return [
        *_wrap(f"• {number}{track.text.text} [{_place(follow, track.text)}]"),
        *_wrap(f"  {typeset(' ; '.join(said))}", indent="  "),
    ]


def _comparison(follow: FollowUp, comparison: Comparison) -> list[str]:
    from assistant.suivi.export import meeting_name

    before = meeting_name(follow.meeting(comparison.previous))
    after = meeting_name(follow.meeting(comparison.current))
    lines = ["", *_wrap(typeset(f"Ce qui change, de « {before} » à « {after} » :"))]
    if not comparison.changes:
        lines.append("  rien de lu")
    for change in comparison.changes:
        lines += _change(follow, change)
    return lines


def _change(follow: FollowUp, change: Change) -> list[str]:
    from assistant.suivi.model import CHANGE_LABELS

    lines = _wrap(
        f"• {typeset(CHANGE_LABELS[change.kind] + ' : ')}{change.text.text} "
        f"[{_place(follow, change.text)}]"
    )
    shown = [one for one in (change.before, change.after) if one is not None]
    if change.before is not None and change.after is not None:
        lines += _wrap(
            f"  {change.before.text} [{_place(follow, change.before)}] → "
            f"{change.after.text} [{_place(follow, change.after)}]",
            indent="    ",
        )
    elif shown and shown[0].text != change.text.text:
        lines += _wrap(f"  {shown[0].text} [{_place(follow, shown[0])}]", indent="    ")
    if change.remark:
        lines += _wrap(f"  {change.remark}", indent="    ")
    return lines


def _meeting(follow: FollowUp, meeting: Meeting) -> list[str]:
    from assistant.suivi.export import PRESENCE, meeting_name

    title = meeting_name(meeting)
    lines = ["", title, "-" * min(len(title), 80)]
    groups: list[tuple[str, list[tuple[Extract, str]]]] = [
        ("Décisions", [(one.text, "") for one in meeting.decisions]),
        ("Points d’attention et propositions", [(one.text, "") for one in meeting.points]),
        ("Ajouts", [(one.line, _marked(one.marked, one.whole)) for one in meeting.additions]),
        ("Ne se lit pas", [(one.heading, f" – {one.reason}") for one in meeting.unreadable]),
        (
            "Participants",
            [
                (one.text, f" ({PRESENCE[one.presence]})" if PRESENCE[one.presence] else "")
                for one in meeting.participants
            ],
        ),
        ("Rythme", [(one, "") for one in meeting.rhythm]),
        ("Prochaine séance", [(one, "") for one in (meeting.next.lines if meeting.next else [])]),
    ]
    for name, extracts in groups:
        if extracts:
            lines.append(typeset(f"{name} :"))
        for extract, after in extracts:
            lines += _wrap(f"• {extract.text}{after} [{_place(follow, extract)}]")
    return [*lines, *(line for note in meeting.notes for line in _wrap(note))]


def _marked(marked: list[Extract], whole: bool) -> str:
    if whole:
        return ""
    return typeset(" – en couleur : " + " ; ".join(f"« {one.text} »" for one in marked))


def _said(extract: Extract | None) -> str:
    return extract.text if extract is not None else "non dit"


def _place(follow: FollowUp, extract: Extract) -> str:
    from assistant.suivi.export import source_of

    return source_of(follow, extract)


def _wrap(text: str, indent: str = "  ") -> list[str]:
    width = max(40, min(shutil.get_terminal_size().columns, 100))
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
