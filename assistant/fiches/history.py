"""What changed in a fiche, from a revision to another.

A fiche is a set of named parts: its fields by key, and what belongs to the whole (« @state »,
« @request »…). A change is a part before and after; a former revision is the present one with
its changes undone, so that nothing has to be kept twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from assistant.fiches.model import Fiche, FicheField

RevisionKind = Literal["creation", "import", "saisie", "automatique", "etat", "rafraichissement"]
"""« automatique » is what a person typed, saved before that person asked for it."""

COALESCED: Final = timedelta(minutes=15)
"""Automatic saves of a field by one person are read as one when no longer than this apart."""

WHOLE_LABELS: Final[dict[str, str]] = {
    "state": "État",
    "request": "Demande",
    "method": "Grille",
    "today": "Date de comparaison des échéances",
    "index_generation": "Génération de l’index",
    "models": "Modèles",
    "similar": "Fiches proches",
    "notes": "Remarques",
}
"""Attributes of the whole fiche that may change, and what they are called."""

_ORDER: Final = "@fields"
_WHO: Final = ("author", "updated")


class _Public(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FieldChange(_Public):
    """A part of a fiche before and after; `None` where it did not exist.

    Attributes:
        key: of the field, or the name of an attribute of the fiche after « @ ».
        label: what it is called, in French.
        before, after: JSON of the part: that of a field is a `FicheField`.
    """

    key: str
    label: str
    before: Any = None
    after: Any = None


class Revision(_Public):
    """A change of a fiche; `comment` says why, when somebody did."""

    number: int
    at: datetime
    author: str | None
    kind: RevisionKind
    comment: str = ""
    changes: list[FieldChange]


class Comment(_Public):
    """What somebody says of a field, or of the whole fiche when `key` is empty."""

    id: int
    key: str
    text: str
    author: str | None
    at: datetime
    revision: int


def content(field: FicheField) -> dict[str, Any]:
    """What a field says, without who wrote it and when."""
    return field.model_dump(mode="json", exclude=set(_WHO))


def parts_of(fiche: Fiche) -> dict[str, Any]:
    """The parts of a fiche as JSON, by name; none is `None`."""
    dumped = fiche.model_dump(mode="json")
    parts: dict[str, Any] = {f"@{name}": dumped[name] for name in WHOLE_LABELS}
    parts[_ORDER] = [field["key"] for field in dumped["fields"]]
    parts.update({field["key"]: field for field in dumped["fields"]})
    return parts


def rebuilt(fiche: Fiche, parts: Mapping[str, Any], *, revision: int, updated: datetime) -> Fiche:
    """The fiche with other parts."""
    whole = {name: parts[f"@{name}"] for name in WHOLE_LABELS}
    fields = [parts[key] for key in parts[_ORDER]]
    dumped = fiche.model_dump(mode="json")
    dumped |= {**whole, "fields": fields, "revision": revision, "updated": updated}
    return Fiche.model_validate(dumped)


def changes_between(before: Fiche, after: Fiche) -> list[FieldChange]:
    """What differs between two states of a fiche; who wrote a field is no difference by itself."""
    old, new = parts_of(before), parts_of(after)
    labels = {field.key: field.label for one in (before, after) for field in one.fields}
    labels |= {f"@{name}": label for name, label in WHOLE_LABELS.items()}
    labels[_ORDER] = "Champs de la grille"
    return [
        FieldChange(key=key, label=labels[key], before=old.get(key), after=new.get(key))
        for key in dict.fromkeys([*old, *new])
        if _said(old.get(key)) != _said(new.get(key))
    ]


def undone(parts: dict[str, Any], changes: Iterable[FieldChange]) -> dict[str, Any]:
    """Parts before some changes."""
    found = dict(parts)
    for change in changes:
        if change.before is None:
            found.pop(change.key, None)
        else:
            found[change.key] = change.before
    return found


def _said(part: Any) -> Any:
    if isinstance(part, dict) and "key" in part:
        return {name: value for name, value in part.items() if name not in _WHO}
    return part


def coalesced(revisions: Iterable[Revision]) -> list[Revision]:
    """A history in which the automatic saves of one sitting, and the save that ends it, are one.

    Every revision stays in the file: whoever read one of those that are not told any more can
    still be answered from it.

    Args:
        revisions: the first one first.
    """
    found: list[Revision] = []
    for one in revisions:
        if found and _goes_on(found[-1], one):
            changes = _joined(found[-1].changes, one.changes)
            found[-1] = one.model_copy(update={"changes": changes})
        else:
            found.append(one)
    return found


def _goes_on(before: Revision, after: Revision) -> bool:
    """Whether a revision is the same person going on with the same field."""
    if before.kind != "automatique" or after.kind not in {"automatique", "saisie"}:
        return False
    one, other = ({change.key for change in side.changes} for side in (before, after))
    return (
        before.author == after.author
        and after.at - before.at <= COALESCED
        # What is computed from a field may change with it, or not.
        and (one <= other or other <= one)
    )


def _joined(before: Sequence[FieldChange], after: Sequence[FieldChange]) -> list[FieldChange]:
    """Two changes in a row as one; nothing of what came back to what it was."""
    parts = {change.key: change for change in before}
    for change in after:
        first = parts.get(change.key, change)
        parts[change.key] = change.model_copy(update={"before": first.before})
    return [one for one in parts.values() if _said(one.before) != _said(one.after)]
