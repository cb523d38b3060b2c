"""What a fiche says in few words, the same in every document, table and chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, Literal

from assistant.fiches.matrix import number
from assistant.fiches.method import FieldKind, Method
from assistant.fiches.model import (
    Choice,
    Fiche,
    FicheField,
    Position,
    Score,
    Status,
    Window,
)
from assistant.generation.differing import dated
from assistant.language.typography import typeset
from assistant.model import Citation

UNKNOWN_LABEL: Final = "intitulé non connu"
WINDOW_LABELS: Final[dict[str, str]] = {
    "ouvert": "ouverte",
    "passe": "passée",
    "inconnu": "date limite non trouvée",
}
STATUSES: Final[tuple[Status, ...]] = ("documente", "partiel", "a_completer")


def title_of(fiche: Fiche, method: Method | None = None) -> str:
    """The title as somebody may have corrected it, else as it was typed first.

    Args:
        fiche: the fiche.
        method: its grid, which may name the field of the title otherwise.
    """
    field = next(iter(_of_kind(fiche, "titre", "intitule", method)), None)
    corrected = field.statements[0].text if field and field.statements else ""
    return corrected if 0 < len(corrected) <= 200 else fiche.request.title


def choices_of(
    fiche: Fiche, kind: Literal["axe", "fonctions"], method: Method | None = None
) -> list[Choice]:
    """Every axis or function of a fiche, retained or not.

    Args:
        fiche: the fiche.
        kind: kind of the field, also its key in the grid that comes with the software.
        method: another grid, where the key may differ.
    """
    return [choice for one in _of_kind(fiche, kind, kind, method) for choice in one.choices]


def _of_kind(fiche: Fiche, kind: FieldKind, usual: str, method: Method | None) -> list[FicheField]:
    """Fields of a kind; by their usual key when the fiche has none that the grid names."""
    named_so = {one.key for one in method.fields if one.kind == kind} if method else set()
    found = [one for one in fiche.fields if one.key in named_so]
    return found or [one for one in fiche.fields if one.key == usual]


def retained(choices: Sequence[Choice]) -> list[Choice]:
    """Those that are chosen."""
    return [one for one in choices if one.chosen]


def coded(code: str, label: str) -> str:
    """An axis by number and name, a function by name: a code in letters adds nothing."""
    return f"{code}. {label}" if code.isdigit() else label


def named(choices: Sequence[Choice]) -> str:
    """Those that are retained, in words."""
    return ", ".join(coded(one.code, one.label) for one in retained(choices))


def position_of(fiche: Fiche) -> Position | None:
    """Place in the matrix, when the fiche has one."""
    return next((one.position for one in fiche.fields if one.position), None)


def counts_of(fiche: Fiche) -> dict[Status, int]:
    """Number of fields by status, every status present."""
    found = Counter(one.status for one in fiche.fields)
    return {status: found[status] for status in STATUSES}


def lacking(fiche: Fiche) -> list[FicheField]:
    """Fields that are not documented and have a question to ask, in order."""
    return [one for one in fiche.fields if one.status != "documente" and one.question]


def windows_of(fiche: Fiche) -> list[Window]:
    """Every funding window of a fiche."""
    return [window for one in fiche.fields for window in one.windows]


def cited(fiche: Fiche) -> Iterator[tuple[FicheField, Citation]]:
    """Every citation of a fiche with its field, in the order of reading."""
    for field in fiche.fields:
        for statement in field.statements:
            yield from ((field, one) for one in statement.citations)
        for score in field.scores:
            for statement in score.statements:
                yield from ((field, one) for one in statement.citations)
        for window in field.windows:
            yield from ((field, one) for one in window.citations)


def criterion_name(score: Score) -> str:
    """Code and title of a criterion; a title that the source does not give is said unknown."""
    return f"{score.code} – {score.label or UNKNOWN_LABEL}"


def level_name(score: Score, method: Method | None = None) -> str:
    """The note in words.

    Args:
        score: the note, or none.
        method: the grid, for the label and the meaning of the level; the code serves without it.
    """
    if score.level is None:
        return "non noté"
    criteria = method.criteria if method else ()
    criterion = next((one for one in criteria if one.code == score.code), None)
    level = method.scale_of(criterion).level(score.level) if method and criterion else None
    if level is None:
        return score.level.capitalize()
    return typeset(f"{level.label} : {level.meaning}") if level.meaning else level.label


def placed(position: Position) -> str:
    """Coordinates in words, with the interval of each: « impact 0,5 (de 0,25 à 0,75) »."""
    sides = (
        ("impact", position.impact, position.impact_low, position.impact_high),
        ("effort", position.effort, position.effort_low, position.effort_high),
    )
    said = [
        f"{name} non noté"
        if point is None
        else f"{name} {number(point)}"
        + (f" (de {number(low)} à {number(high)})" if low < high else "")
        for name, point, low, high in sides
    ]
    return typeset(" ; ".join(said))


def quadrant_of(position: Position) -> str:
    """The quadrant of the point, and whether the missing notes leave others possible."""
    if position.impact is None or position.effort is None or not position.quadrants:
        return "non déterminé, faute de notes"
    others = " (un autre reste possible, faute de notes)" if len(position.quadrants) > 1 else ""
    return position.quadrants[0] + others


def day(value: date) -> str:
    """A date in full: « 31 juillet 2025 »."""
    return dated(value.isoformat()[:10])


def plural(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{count}\u00a0{one if count < 2 else many}"
