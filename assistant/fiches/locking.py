"""Whether an edit made from a former reading may be written, and what is said when it may not."""

from __future__ import annotations

from typing import Final

from assistant.fiches.editing import FieldEdit
from assistant.fiches.errors import FicheConflictError, FicheLockedError
from assistant.fiches.model import STATE_LABELS, Fiche, FicheField

EDITABLE: Final = ("brouillon", "en_revue")
"""States in which a fiche may be changed."""


def check_editable(fiche: Fiche) -> None:
    """Refuse to change a fiche that is validated or archived.

    Raises:
        FicheLockedError: it is.
    """
    if fiche.state not in EDITABLE:
        raise FicheLockedError(
            f"La fiche est {STATE_LABELS[fiche.state]}\u00a0: elle ne se modifie plus.",
            "Ramenez-la d’abord au brouillon, avec un commentaire.",
        )


def put_back(fiche: Fiche, field: FicheField) -> Fiche:
    """The fiche with a field put back as it was."""
    fields = [field if one.key == field.key else one for one in fiche.fields]
    return fiche.model_copy(update={"fields": fields})


def apart(edit: FieldEdit, read: FicheField, present: FicheField) -> bool:
    """Whether an edit only notes criteria that nobody noted since."""
    if not edit.only_scores:
        return False
    codes = {one.code for one in edit.scores or []}
    before = {one.code: one for one in read.scores}
    now = {one.code: one for one in present.scores}
    return all(before.get(code) == now.get(code) for code in codes)


def conflict_of(current: Fiche, read: FicheField, mine: FicheField) -> FicheConflictError:
    """Both texts of a field that changed since it was read."""
    present = current.field(read.key)
    who = f"par {present.author}" if present.author else "par quelqu’un d’autre"
    return FicheConflictError(
        f"Le champ « {present.label} » a été modifié {who} depuis votre lecture\u00a0: rien n’a "
        "été écrasé, et votre texte est rendu avec l’autre.",
        f"Comparez les deux textes, puis enregistrez à partir de la révision {current.revision}.",
        key=read.key,
        revision=current.revision,
        base=read,
        theirs=present,
        yours=mine,
    )
