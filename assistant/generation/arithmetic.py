"""Figures of one sentence that do not agree: quoted as they stand, with a remark of ours.

« 30 minutes par jour pour 50 soignants représente 750 heures chaque jour »: thirty minutes
fifty times make 25 hours. The document is never corrected; its reader is told.
"""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.language.entities import find_durations
from assistant.language.normalise import fold
from assistant.language.quantities import read_number

_MINUTES = {"min": 1.0, "h": 60.0}
_PER = re.compile(
    r"(?:\bpar|\bchaque|/)\s?(jour|semaine|mois|an|annee|heure)\b|\bde la (journee)\b"
)
_PEOPLE = re.compile(
    r"(?:\bpour|\bchez|\bde|\bx|×|\*)\s(?P<n>\d[\d\s\u00a0\u202f]*)\s?(?=[a-z])"
    r"(?!\s?(?:min|h\b|heure|jour|semaine|mois|an\b|ans\b|annee|%|euro|€))"
)
_MAKES = re.compile(
    r"represent|\bsoit\b|equiva|\bfont\b|\bfait\b|recuper|\bgagn|economis|liber|degag|au total|="
)
_TOLERANCE = 0.06
"""Relative difference that rounding explains (« environ 1 700 heures » for 1,625)."""


def arithmetic_remark(text: str) -> str | None:
    """Say that « so much each, for so many, makes so much » does not add up.

    Only the plain case is judged: one duration each, one number of people or units after it,
    one total duration, over the same period or none.

    Returns:
        A French remark with the calculation; `None` when the figures agree or are not of that
        kind.
    """
    folded = fold(text)
    if len(folded) != len(text):  # a ligature: places would not be those of the text
        return None
    durations = [
        (found, float(value[0].replace(",", ".")), value[1])
        for found in find_durations(text)
        if len(value := found.value.split()) == 2 and value[1] in _MINUTES
    ]
    for (each, count, unit), (total, printed, total_unit) in pairwise(durations):
        between = folded[each.end : total.start]
        people = list(_PEOPLE.finditer(between))
        if len(people) != 1 or not _MAKES.search(folded[each.end :]):
            continue
        if _period(folded[each.end : total.start]) != _period(folded[total.end :]):
            continue
        read = read_number(between, people[0].start("n"))
        if read is None:
            continue
        times = float(read.value)
        made = count * _MINUTES[unit] * times
        said = printed * _MINUTES[total_unit]
        if said and abs(made - said) / said > _TOLERANCE:
            return (
                f"Le calcul ne tombe pas juste : {each.text} × {_number(times)} = "
                f"{_hours(made, total_unit)}, et non {total.text}. Le document est cité tel quel."
            )
    return None


def _period(text: str) -> str | None:
    match = _PER.search(text)
    if match is None:
        return None
    return "jour" if match[2] else match[1].replace("annee", "an")


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f")


def _hours(minutes: float, unit: str) -> str:
    value, name = (minutes / 60, "heure") if unit == "h" else (minutes, "minute")
    shown = f"{value:,.1f}".removesuffix(".0").replace(",", "\u202f").replace(".", ",")
    return f"{shown} {name}{'s' if value >= 2 else ''}"
