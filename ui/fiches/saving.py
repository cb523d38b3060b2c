"""The form of a field written: when the person asks for it, and by itself meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assistant.errors import AssistantError
from assistant.fiches.asking import author_name
from assistant.fiches.errors import FicheConflictError
from assistant.fiches.model import Fiche
from assistant.language.typography import NBSP, typeset
from ui.conversations import said
from ui.fiches import editor, forms
from ui.fiches.desk import NAME_MISSING, Desk, refusal, to_name
from ui.fiches.forms import Editing, Form
from ui.rendering import text


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving gave: the fiche when it was written, and the new state of the form."""

    fiche: Fiche | None
    updates: list[Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """What saving by itself gave: the fiche when it was written, and what is said of it."""

    fiche: Fiche | None
    said: str


def saved(desk: Desk, editing: Editing | None, author: str, values: Sequence[Any]) -> Saved:
    """Write the form, or say why not; what was typed stays on the screen."""
    if editing is None:
        return Saved(None, editor.closed())
    form, sitting, key = _form(values), editing.sitting, editing.base.key
    try:
        if not author_name(author):
            raise NAME_MISSING
        with sitting.lock:
            last = sitting.own or editing.revision
            edit = forms.pending(editing, form, single=editor.is_single(desk, editing.base))
            if edit is None:
                return Saved(None, editor.only_said(said("Rien n’a changé dans ce champ.")))
            fiche = desk.store.set_field(
                *(editing.fiche_id, key, edit),
                revision=editing.revision,
                author=author,
                own=sitting.own,
            )
            sitting.ended = True
        message = f"Enregistré : révision {fiche.revision}."
        if fiche.revision > last + 1:
            message += " D’autres champs ont été modifiés entre-temps : tout est réuni."
        shown = editor.opened(desk, fiche, key, said(message), form.criterion or "")
        return Saved(fiche, shown)
    except FicheConflictError as error:
        return Saved(None, editor.conflicting(desk, editing, form, error))
    except AssistantError as error:
        return Saved(None, editor.only_said(refusal(error)))


def saved_alone(
    desk: Desk, command: str, editing: Editing | None, author: str, values: Sequence[Any]
) -> Kept | None:
    """Write the form without being asked; the form itself is left as it is.

    Args:
        desk: the fiches.
        command: the mark of the form that the values are of, then « # » and the rank of the call.
        editing: the form that is open.
        author: who types.
        values: of the components of the form.

    Returns:
        `None` when that form is no longer open: its words are somebody else's business.
    """
    mark, _, rank = command.rpartition("#")
    if editing is None or mark != editing.mark or editing.conflict is not None:
        return None
    form, sitting = _form(values), editing.sitting
    try:
        if not author_name(author):
            raise NAME_MISSING
        with sitting.lock:
            if sitting.ended:
                return None
            single = editor.is_single(desk, editing.base)
            edit = forms.pending(editing, form, single=single, asked=False)
            if edit is None:
                return Kept(None, _alone(rank, ""))
            fiche = desk.store.set_field(
                *(editing.fiche_id, editing.base.key, edit),
                revision=editing.revision,
                author=author,
                own=sitting.own,
                automatic=True,
            )
            sitting.own, sitting.written = fiche.revision, fiche.field(editing.base.key)
        now = datetime.now().astimezone()
        message = f"Enregistré automatiquement à {now:%H}{NBSP}h{NBSP}{now:%M}."
        return Kept(fiche, _alone(rank, message))
    except FicheConflictError as error:
        who = error.theirs.author or "Quelqu’un d’autre"
        message = (
            f"{who} a modifié ce champ depuis votre lecture : vos mots sont gardés par ce "
            "navigateur. « Enregistrer » montrera les deux versions."
        )
    except AssistantError as error:
        message = f"{error.message} {error.remedy} D’ici là, ce navigateur garde vos mots."
    return Kept(None, _alone(rank, message, failed=True))


def _alone(rank: str, message: str, *, failed: bool = False) -> str:
    """What is said under the form; `fiches.js` reads there which call it answers."""
    number = int(rank) if rank.isdecimal() else 0
    style = "attention" if failed else "discret"
    return to_name(f"<p class='{style} rang-{number}' role='status'>{text(typeset(message))}</p>")


def _form(values: Sequence[Any]) -> Form:
    keep, windows, axis, functions, criterion, level, argument, typed, status = values
    return Form(
        keep or (),
        windows or (),
        axis,
        functions or (),
        criterion,
        level,
        argument or "",
        typed or "",
        status or forms.COMPUTED,
    )
