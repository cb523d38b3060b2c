"""Due dates as minutes write them: a day, a month, a quarter, the end of a year.

A due date is read as the last day it may mean, so that nothing is called late too early:
« septembre 2025 » ends on the 30th, « 1er trimestre 2026 » on 31 March. Without a year nothing is
computed: the year is not guessed.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from assistant.language.entities import find_dates

_S: Final = r"[\s\u00a0\u202f]"
_YEAR: Final = r"(?P<y>20\d\d)(?!\d)"
_RANK: Final = r"(?P<r>[1-4]|premier|deuxi[eè]me|second|troisi[eè]me|quatri[eè]me)"
_PERIODS: Final = (
    (
        3,
        re.compile(
            rf"(?<!\w){_RANK}(?:er|re|ère|e|è|ème|nd|ᵉʳ|ᵉ)?{_S}{{1,2}}trim(?:estre|\.)?{_S}*(?:de{_S}+)?{_YEAR}"
            rf"|(?<!\w)T(?P<t>[1-4]){_S}*[-–/]?{_S}*(?P<ty>20\d\d)(?!\d)",
            re.IGNORECASE,
        ),
    ),
    (
        6,
        re.compile(
            rf"(?<!\w){_RANK}(?:er|re|ère|e|è|ème|nd|ᵉʳ|ᵉ)?{_S}{{1,2}}sem(?:estre|\.)?{_S}*(?:de{_S}+)?{_YEAR}"
            rf"|(?<!\w)S(?P<t>[12]){_S}*[-–/]?{_S}*(?P<ty>20\d\d)(?!\d)",
            re.IGNORECASE,
        ),
    ),
)
_BARE_YEAR: Final = re.compile(
    rf"(?<![\w/.-])(?:(?:fin|courant|début|debut|mi)[-\s\u00a0]+)?{_YEAR}(?![\w/-])", re.IGNORECASE
)
_RANKS: Final = {"premier": 1, "deuxieme": 2, "deuxième": 2, "second": 2, "troisieme": 3,
                 "troisième": 3, "quatrieme": 4, "quatrième": 4}  # fmt: skip
_BEGUN: Final = re.compile(
    rf"(?:(?:la{_S}+)?(?:fin|mi|début|debut|courant))[-\s\u00a0]+(?:de{_S}+)?$", re.IGNORECASE
)
_DAY: Final = re.compile(
    rf"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche){_S}+$", re.IGNORECASE
)


_REACH: Final = 24
"""Characters before a date that may belong to it (« fin », « vendredi »)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date in a text: where it is written, and the last day it may mean."""

    start: int
    end: int
    last: date | None


def find_moments(text: str, *, years: bool = False) -> list[Moment]:
    """Find dates, months, quarters and half-years, in order.

    Args:
        text: raw or display text.
        years: find bare years as well (« fin 2025 », « 2026 »): in a column of dates only.
    """
    found = list(_moments(text, years=years))
    kept: list[Moment] = []
    for one in sorted(found, key=lambda moment: (moment.start, -moment.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def last_day(text: str) -> date | None:
    """The last day that a whole cell or a due date means; `None` when one part is not dated."""
    days = [one.last for one in find_moments(text, years=True)]
    return max((day for day in days if day), default=None) if all(days) else None


def _moments(text: str, *, years: bool) -> Iterator[Moment]:
    for months, pattern in _PERIODS:
        for match in pattern.finditer(text):
            rank = _rank(match["t"] or match["r"])
            year = int(match["ty"] or match["y"])
            if rank * months <= 12:
                yield Moment(match.start(), match.end(), _month_end(year, rank * months))
    for entity in find_dates(text):
        reach = max(0, entity.start - _REACH)
        near = text[reach : entity.start]
        before = _BEGUN.search(near) or _DAY.search(near)
        start = reach + before.start() if before else entity.start
        yield Moment(start, entity.end, _last(entity.value))
    if years:
        for match in _BARE_YEAR.finditer(text):
            yield Moment(match.start(), match.end(), date(int(match["y"]), 12, 31))


def _rank(written: str) -> int:
    return int(written) if written.isdigit() else _RANKS[written.lower()]


def _last(iso: str) -> date | None:
    """Last day of an ISO date, possibly partial; without a year, nothing."""
    if iso.startswith("-"):
        return None
    parts = [int(part) for part in iso.split("-")]
    return date(*parts) if len(parts) == 3 else _month_end(parts[0], parts[1])


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
