"""Figures of one sentence that do not agree: quoted as they stand, with a remark of ours.

« 30 minutes par jour pour 50 soignants représente 750 heures chaque jour »: thirty minutes
fifty times make 25 hours. The document is never corrected; its reader is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.language.entities import find_durations
from assistant.language.normalise import fold
from assistant.language.quantities import read_number
from assistant.model import Passage, Sentence

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
_SHARE = re.compile(
    r"(?P<part>\d[\d\s\u00a0\u202f]*)(?:[a-z'’-]+ ){0,4}(?:sur|parmi)(?: un total de)?(?: les)? "
    r"(?P<whole>\d[\d\s\u00a0\u202f]*)(?:[a-z'’-]+ ?){0,4}"
    r"(?:, ?soit|,? soit|\(soit|\(|,? ce qui represente|: ?) ?(?:environ |pres de )?"
    r"(?P<rate>\d+(?:[.,]\d+)?)\s?(?:%|pour ?cents?)(?! d)"
)
_POINTS = 1.0
"""Percentage points that rounding explains (« 12 sur 48, soit 25 % »)."""
_MIN_ROWS = 2


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
    if share := _share_remark(folded):
        return share
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


def _share_remark(folded: str) -> str | None:
    """« 12 projets sur 48, soit 30 % »: the share printed is not the one the numbers make."""
    for found in _SHARE.finditer(folded):
        part, whole = (read_number(found[name], 0) for name in ("part", "whole"))
        if part is None or whole is None or not float(whole.value):
            continue
        made = 100 * float(part.value) / float(whole.value)
        said = float(found["rate"].replace(",", "."))
        if made <= 100 and abs(made - said) > _POINTS:
            return (
                f"Le calcul ne tombe pas juste : {_number(float(part.value))} sur "
                f"{_number(float(whole.value))} font {_decimal(made)} %, et non "
                f"{_decimal(said)} %. Le document est cité tel quel."
            )
    return None


def total_remark(passage: Passage, shown: Sequence[Sentence]) -> str | None:
    """Say that a column of a table does not make the total printed under it.

    Only the plain case is judged: the table opens in the passage, each of its rows gives one
    number for the column, none is a subtotal, and the total is shown.

    Args:
        passage: where the sentences come from.
        shown: sentences of the answer.

    Returns:
        A French remark with the sum; `None` when it agrees or cannot be judged.
    """
    rows = [block for block in passage.blocks if block.cells]
    if len(rows) <= _MIN_ROWS or passage.blocks[0].cells:
        return None
    last = rows[-1]
    names = [fold(row.cells[0].text).strip(" :") for row in rows]
    if names[-1] not in ("total", "total general", "totaux", "ensemble") or any(
        "total" in name for name in names[:-1]
    ):
        return None
    places = {
        (one.page, one.start) for each in shown for one in each.citations if each.kind == "extract"
    }
    for column, cell in enumerate(last.cells[1:], start=1):
        if (cell.span.page, cell.span.start) not in places:
            continue
        values = [_whole(row.cells[column].text) for row in rows if len(row.cells) > column]
        numbers = [value for value in values if value is not None]
        if len(numbers) != len(rows):
            continue
        made, said = sum(numbers[:-1]), numbers[-1]
        if abs(made - said) > 0.005 * len(rows) * max(1.0, abs(said) ** 0.5):
            terms = " + ".join(_decimal(number) for number in numbers[:-1])
            named = f"« {cell.header} » " if cell.header else ""
            return (
                f"La colonne {named}ne fait pas le total imprimé : {terms} = {_decimal(made)}, et "
                f"non {_decimal(said)}. Le document est cité tel quel."
            )
    return None


def _whole(text: str) -> float | None:
    """The number that a cell holds and nothing else, a currency set apart."""
    stripped = text.strip()
    read = read_number(stripped, 0)
    if read is None or read.unit == "pourcent" or read.end != len(stripped):
        return None
    return float(read.value)


def _decimal(value: float) -> str:
    shown = f"{value:,.1f}".removesuffix(".0")
    return shown.replace(",", "\u202f").replace(".", ",")


def _period(text: str) -> str | None:
    match = _PER.search(text)
    if match is None:
        return None
    return "jour" if match[2] else match[1].replace("annee", "an")


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f")


def _hours(minutes: float, unit: str) -> str:
    value, name = (minutes / 60, "heure") if unit == "h" else (minutes, "minute")
    return f"{_decimal(value)} {name}{'s' if value >= 2 else ''}"
