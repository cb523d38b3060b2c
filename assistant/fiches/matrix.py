"""Place of a fiche in the impact / effort matrix, from its notes alone.

Each level is worth 0 (lowest) to 1 (highest), as the grid says. On one side (impact, effort) of
n criteria of which k are noted, with a sum S of the noted values:

- the point is S / k, and does not exist while k = 0;
- the box runs from S / n (every missing note at the lowest) to (S + n - k) / n (at the highest).

So a missing note widens the box and never moves the point; S / k is always within the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from assistant.fiches.method import Method
from assistant.fiches.model import Position, Score, Side

MIDDLE: Final = 0.5

_QUADRANTS: Final = {
    (True, False): "impact fort, effort faible",
    (True, True): "impact fort, effort fort",
    (False, False): "impact faible, effort faible",
    (False, True): "impact faible, effort fort",
}


def place(scores: Sequence[Score], method: Method) -> Position:
    """Compute the position of a fiche, with the formula as a reader can check it.

    Args:
        scores: notes of the fiche; a criterion without a note, or absent, counts as unknown.
        method: the grid, for the criteria of each side and the worth of their levels.

    Returns:
        Point and box on [0, 1]², the quadrants that the box touches (that of the point first
        when it exists), and the computation in French.
    """
    levels = {one.code: one.level for one in scores}
    impact, impact_low, impact_high, impact_said = _side("impact", levels, method)
    effort, effort_low, effort_high, effort_said = _side("effort", levels, method)
    touched = [
        name
        for (strong, hard), name in _QUADRANTS.items()
        if _reaches(impact_low, impact_high, above=strong)
        and _reaches(effort_low, effort_high, above=hard)
    ]
    if impact is not None and effort is not None:
        own = _QUADRANTS[impact >= MIDDLE, effort >= MIDDLE]
        touched = [own, *(name for name in touched if name != own)]
    return Position(
        impact=impact,
        impact_low=impact_low,
        impact_high=impact_high,
        effort=effort,
        effort_low=effort_low,
        effort_high=effort_high,
        quadrants=touched,
        formula=f"{impact_said} {effort_said}",
    )


def _reaches(low: float, high: float, *, above: bool) -> bool:
    return high >= MIDDLE if above else low < MIDDLE


def _side(
    side: Side, levels: dict[str, str | None], method: Method
) -> tuple[float | None, float, float, str]:
    """Point, box and French computation of one side; nothing known gives the whole range."""
    criteria = method.criteria_of(side)
    noted: list[tuple[str, float]] = []
    for criterion in criteria:
        code = levels.get(criterion.code)
        level = method.scale_of(criterion).level(code) if code else None
        if level is not None:
            noted.append((criterion.code, level.value))
    name, total, known = side.capitalize(), len(criteria), len(noted)
    if not total:
        return None, 0.0, 1.0, f"{name}\u00a0: la grille n’a aucun critère."
    if not known:
        return None, 0.0, 1.0, f"{name}\u00a0: aucun critère noté sur {total}."
    amount = sum(value for _, value in noted)
    low, high = amount / total, (amount + total - known) / total
    terms = " + ".join(f"{code} {number(value)}" for code, value in noted)
    said = (
        f"{name}\u00a0: ({terms}) / {known} = {number(amount / known)}\u00a0; "
        f"{known} critère{'s' if known > 1 else ''} noté{'s' if known > 1 else ''} sur {total}, "
        f"donc entre {number(low)} et {number(high)}."
    )
    return round(amount / known, 4), round(low, 4), round(high, 4), said


def number(value: float) -> str:
    """Two decimals at most, halves rounded up as is taught, with the French comma."""
    shown = Decimal(str(round(value, 4))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{shown:f}".rstrip("0").rstrip(".").replace(".", ",")
