"""What the form of a field shows of it, and the edit that its values make."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.fiches.editing import FieldEdit, ScoreEdit
from assistant.fiches.method import Method
from assistant.fiches.model import STATUS_LABELS, FicheField, Score, Statement, Status
from assistant.fiches.shown import coded, criterion_name, day
from assistant.language.typography import NBSP

SHOWN_CHARS = 160
"""Characters of an extract in the list of those that are kept."""
NO_AXIS = "aucun"
NO_LEVEL = "non-note"
COMPUTED = "contenu"
UNATTACHED_LABEL = "Non rattachable"

_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n+")

Listed = list[tuple[str, str]]
"""Choices of a component: what is read, what it is worth."""


@dataclass(frozen=True, slots=True)
class Form:
    """Values of the form of a field, as its components give them."""

    keep: Sequence[str] = ()
    windows: Sequence[str] = ()
    axis: str | None = None
    functions: Sequence[str] = ()
    criterion: str | None = None
    level: str | None = None
    argument: str = ""
    typed: str = ""
    status: str = COMPUTED


@dataclass(slots=True)
class Sitting:
    """What was saved by itself of a form since it was opened.

    Attributes:
        own: revision of the last of these saves.
        written: the field as it was saved then.
        notes: criteria noted, by code: the form shows one at a time.
        criterion: code of the one that it shows.
        ended: whether the person saved, so that a late automatic save has nothing to say.
        lock: one save at a time.
    """

    own: int | None = None
    written: FicheField | None = None
    notes: dict[str, ScoreEdit] = field(default_factory=dict)
    criterion: str | None = None
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Editing:
    """The field being edited, as the person read it."""

    fiche_id: str
    revision: int
    base: FicheField
    conflict: FicheField | None = field(default=None)
    sitting: Sitting = field(default_factory=Sitting)

    @property
    def mark(self) -> str:
        """What names this form on the screen; `fiches.js` reads it there."""
        return f"edition:{self.fiche_id}:{self.base.key}:{self.revision}"


def proofs(one: FicheField) -> Listed:
    """Statements that a person keeps or drops, by rank."""
    return [
        (_short(statement), str(rank))
        for rank, statement in enumerate(one.statements)
        if statement.origin != "saisie"
    ]


def _short(statement: Statement) -> str:
    said = " ".join(statement.text.split())
    cut = said if len(said) <= SHOWN_CHARS else f"{said[:SHOWN_CHARS].rsplit(' ', 1)[0]} …"
    places = {f"{one.document}, p.{NBSP}{one.page_label}": None for one in statement.citations}
    return f"{cut} ({' ; '.join(places)})" if places else cut


def windows(one: FicheField) -> Listed:
    """Funding windows, by rank."""
    return [
        (window.title + (f", {day(window.deadline)}" if window.deadline else ""), str(rank))
        for rank, window in enumerate(one.windows)
    ]


def choices(one: FicheField) -> Listed:
    """Axes or functions, the most likely first."""
    ranked = sorted(one.choices, key=lambda choice: -choice.share)
    return [(coded(choice.code, choice.label), choice.code) for choice in ranked]


def chosen(one: FicheField) -> list[str]:
    """Codes of the choices retained."""
    return [choice.code for choice in one.choices if choice.chosen]


def criteria(one: FicheField) -> Listed:
    """Criteria to note."""
    return [(criterion_name(score), score.code) for score in one.scores]


def levels(score: Score, method: Method) -> Listed:
    """Levels of the scale of a criterion, the lowest first, then « non noté »."""
    criterion = next((one for one in method.criteria if one.code == score.code), None)
    known = method.scale_of(criterion).levels if criterion else ()
    named = [
        (f"{one.label}{NBSP}: {one.meaning}" if one.meaning else one.label, one.code)
        for one in known
    ]
    return [*named, ("Non noté", NO_LEVEL)]


def argument(score: Score) -> str:
    """What a person wrote to justify a note."""
    return "\n\n".join(one.text for one in score.statements if one.origin == "saisie")


def typed(one: FicheField) -> str:
    """What people wrote in a field, a blank line between two statements."""
    return "\n\n".join(said.text for said in one.statements if said.origin == "saisie")


def paragraphs(written: str) -> list[str]:
    """Statements of a text: a blank line ends one."""
    return [
        part.strip() for part in _PARAGRAPHS.split(written.replace("\r\n", "\n")) if part.strip()
    ]


def statuses() -> Listed:
    """What a person may say of a field."""
    return [
        ("Déduit du contenu", COMPUTED),
        *((said.capitalize(), key) for key, said in STATUS_LABELS.items()),
    ]


def edit_of(base: FicheField, form: Form, *, single: bool, asked: bool = True) -> FieldEdit | None:
    """The edit that a form makes; `None` when nothing differs from what was read.

    Args:
        base: the field as it was read.
        form: values of its form.
        single: whether one choice at most is retained.
        asked: whether the person saves; what saves itself retains no suggestion.
    """
    edit = FieldEdit()
    if paragraphs(form.typed) != paragraphs(typed(base)):
        edit.typed = paragraphs(form.typed)
    if {value for _, value in proofs(base)} != set(form.keep):
        # Ranks count every statement: those typed are kept apart.
        edit.keep = sorted(int(one) for one in form.keep)
    if {value for _, value in windows(base)} != set(form.windows):
        edit.windows = sorted(int(one) for one in form.windows)
    if base.choices:
        wanted = [form.axis] if form.axis and form.axis != NO_AXIS else []
        if not single:
            wanted = list(form.functions)
        # To save a suggestion as it is means to retain it.
        if asked or set(wanted) != set(chosen(base)):
            edit.chosen = wanted
    note = _note(base, form)
    if note is not None:
        edit.scores = [note]
    if form.status not in {COMPUTED, base.status}:
        edit.status = _status(form.status)
    changed = edit != FieldEdit()
    return edit if changed else None


def pending(editing: Editing, form: Form, *, single: bool, asked: bool = True) -> FieldEdit | None:
    """The edit that a form makes, with what its sitting noted; `None` when it makes none.

    Args:
        editing: the field as it was read; the notes of its sitting are brought up to date.
        form: values of its form.
        single: whether one choice at most is retained.
        asked: whether the person saves.
    """
    sitting = editing.sitting
    edit = edit_of(editing.base, form, single=single, asked=asked) or FieldEdit()
    jot(editing, form)
    edit.scores = list(sitting.notes.values()) or None
    # What saved itself is taken back by a form left as it was.
    return None if edit == FieldEdit() and sitting.own is None else edit


def jot(editing: Editing, form: Form) -> None:
    """Keep, until the form is saved, the note of the criterion that it shows."""
    notes = editing.sitting.notes
    if form.criterion:
        notes.pop(form.criterion, None)
    note = _note(editing.base, form)
    if note is not None:
        notes[note.code] = note


def _status(value: str) -> Status | None:
    return next((key for key in ("documente", "partiel", "a_completer") if key == value), None)


def _note(base: FicheField, form: Form) -> ScoreEdit | None:
    score = next((one for one in base.scores if one.code == form.criterion), None)
    if score is None:
        return None
    level = None if form.level in {None, NO_LEVEL} else form.level
    if level == score.level and form.argument.strip() == argument(score).strip():
        return None
    return ScoreEdit(code=score.code, level=level, argument=form.argument)


def rebased(
    editing: Editing, form: Form, theirs: FicheField, revision: int
) -> tuple[Editing, Form]:
    """The same form over the field as somebody else left it.

    What the person dropped stays dropped, by its text; what came since is kept.
    """
    shown = {value for _, value in proofs(editing.base)}
    dropped = {editing.base.statements[int(one)].text for one in shown - set(form.keep)}
    keep = [
        value for _, value in proofs(theirs) if theirs.statements[int(value)].text not in dropped
    ]
    closed = {value for _, value in windows(editing.base)} - set(form.windows)
    gone = {editing.base.windows[int(one)].title for one in closed}
    left = [value for _, value in windows(theirs) if theirs.windows[int(value)].title not in gone]
    jotted = Sitting(notes=dict(editing.sitting.notes), criterion=editing.sitting.criterion)
    moved = Editing(editing.fiche_id, revision, theirs, conflict=theirs, sitting=jotted)
    return moved, replace(form, keep=keep, windows=left)


def joined(theirs: FicheField, mine: str) -> str:
    """Both texts, theirs first, each statement once."""
    return "\n\n".join(dict.fromkeys([*paragraphs(typed(theirs)), *paragraphs(mine)]))
