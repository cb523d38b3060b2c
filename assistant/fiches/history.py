"""What changed in a fiche, from a revision to another.

A fiche is a set of named parts: its fields by key, and what belongs to the whole (« @state »,
« @request »…). A change is a part before and after; a former revision is the present one with
its changes undone, so that nothing has to be kept twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from assistant.fiches.model import Fiche, FicheField

RevisionKind = Literal["creation", "import", "saisie", "etat", "rafraichissement"]

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
