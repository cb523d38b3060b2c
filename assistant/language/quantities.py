"""Numbers, amounts, percentages and dates: their spellings, and the value they share.

Every function works at a position of the original text and returns the value with the end
of what it read, so that the analyser and the entity finder agree to the character.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from assistant.language.normalise import fold
from assistant.language.words import MONTH_PATTERN, MONTHS

_S = r"[ \t\u00a0\u202f\u2009]"
_WS = r"[\s\u00a0\u202f\u2009]"

_MONTH = rf"(?:{MONTH_PATTERN}|janv\.|f[ée]vr?\.|avr\.|juil\.|sept\.|oct\.|nov\.|d[ée]c\.)"
_DATE = re.compile(
    rf"(?P<d>0?[1-9]|[12]\d|3[01])(?P<sep>[/.-])(?P<m>0?[1-9]|1[0-2])(?P=sep)(?P<y>\d{{4}}|\d{{2}})(?![\d])"
    r"|(?P<iy>(?:19|20)\d{2})-(?P<im>0[1-9]|1[0-2])-(?P<id>0[1-9]|[12]\d|3[01])(?!\d)"
    rf"|(?P<wd>0?[1-9]|[12]\d|3[01])(?:er|ᵉʳ)?{_WS}{{1,3}}(?P<wm>{_MONTH})(?!\w)"
    rf"(?:{_WS}{{1,3}}(?P<wy>(?:19|20)\d{{2}})(?!\d))?"
    r"|(?<![\d/])(?P<nm>0[1-9]|1[0-2])/(?P<ny>(?:19|20)\d{2})(?![\d/])",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(
    rf"(?P<m>{_MONTH})(?!\w)(?:{_WS}{{1,3}}(?P<y>(?:19|20)\d{{2}})(?!\d))?", re.IGNORECASE
)

_NUMBER = re.compile(
    rf"(?P<int>\d{{1,3}}(?:{_S}\d{{3}})+(?!\d)|\d{{1,3}}(?:\.\d{{3}})+(?![\d.])|\d+)(?:[,.](?P<frac>\d{{1,4}})(?![\d.]*\d))?"
)
_MULTIPLIER = re.compile(
    rf"{_WS}?(?P<word>millions?|milliards?|mille|Mds?(?=\W)|md[s]?(?={_S}?(?:€|d['’]|euros?))"
    rf"|M(?={_S}?(?:€|d['’]{_S}?(?:€|euro)|euros?|EUR))|[kK](?={_S}?(?:€|euros?)))(?!\w)|{_WS}?(?P<glued>[kKM])(?=€)"
)
_CURRENCY = re.compile(
    rf"{_WS}?(?:d{_WS}?['’]{_S}?|d'|de{_WS})?(?:€|euros?(?!\w)|EUR(?!\w))", re.IGNORECASE
)
_PERCENT = re.compile(rf"{_WS}?(?:%|pour{_WS}cents?(?!\w)|p\.{_S}?100|pourcents?(?!\w))")
_ORDINAL = re.compile(r"(?:er|re|ère|ere|e|è|ème|eme|ᵉ|nd|nde|de)(?!\w)")

_FACTORS = {
    "k": 10**3,
    "mille": 10**3,
    "m": 10**6,
    "million": 10**6,
    "milliard": 10**9,
    "md": 10**9,
}

_UNITS = {
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
    "onze": 11,
    "douze": 12,
    "treize": 13,
    "quatorze": 14,
    "quinze": 15,
    "seize": 16,
    "vingt": 20,
    "vingts": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "septante": 70,
    "octante": 80,
    "huitante": 80,
    "nonante": 90,
    "cent": 100,
    "cents": 100,
    "mille": 1000,
}
NUMBER_WORDS = frozenset(_UNITS)
"""Folded words a written number may start with."""

_NUMBER_WORD = re.compile(
    rf"(?:{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?!\w)", re.IGNORECASE
)
_WORD_JOINT = re.compile(rf"(?:{_S}?[-\u2010\u2011]{_S}?|{_WS})(?:et(?:{_S}|-))?")


class Quantity(NamedTuple):
    """A number read in a text.

    Attributes:
        value: canonical decimal writing (« 2000000 », « 2.5 »).
        unit: `euro`, `pourcent` or empty.
        end: offset after it.
    """

    value: str
    unit: str
    end: int


class DateFound(NamedTuple):
    """A date read in a text, possibly partial.

    Attributes:
        year, month, day: `None` when not written.
        end: offset after it.
    """

    year: int | None
    month: int
    day: int | None
    end: int

    @property
    def iso(self) -> str:
        """ISO 8601 writing, `--MM-DD` without a year, `YYYY-MM` without a day."""
        year = f"{self.year:04d}" if self.year else "-"
        day = f"-{self.day:02d}" if self.day else ""
        return f"{year}-{self.month:02d}{day}"


def read_date(text: str, at: int) -> DateFound | None:
    """Read a date that starts with a digit at `at` (« 31/07/2025 », « 31 juillet 2025 »)."""
    match = _DATE.match(text, at)
    if match is None:
        return None
    group = match.groupdict()
    if group["d"]:
        year = int(group["y"])
        year += 2000 if year < 60 else 1900 if year < 100 else 0
        found = DateFound(year, int(group["m"]), int(group["d"]), match.end())
    elif group["iy"]:
        found = DateFound(int(group["iy"]), int(group["im"]), int(group["id"]), match.end())
    elif group["wd"]:
        written_year = int(group["wy"]) if group["wy"] else None
        month = MONTHS[fold(group["wm"]).rstrip(".")]
        found = DateFound(written_year, month, int(group["wd"]), match.end())
    else:
        return DateFound(int(group["ny"]), int(group["nm"]), None, match.end())
    return found if _exists(found) else None


def read_month(text: str, at: int) -> DateFound | None:
    """Read « juillet 2025 » at `at`; a month without a year is not a date."""
    match = _MONTH_YEAR.match(text, at)
    if match is None or not match["y"]:
        return None
    return DateFound(int(match["y"]), MONTHS[fold(match["m"]).rstrip(".")], None, match.end())


def _exists(found: DateFound) -> bool:
    try:
        date(found.year or 2024, found.month, found.day or 1)
    except ValueError:
        return False
    return True


def read_number(text: str, at: int) -> Quantity | None:
    """Read a number written with digits at `at`, with its multiplier and its unit."""
    match = _NUMBER.match(text, at)
    if match is None:
        return None
    digits = re.sub(r"\D", "", match["int"])
    value = digits.lstrip("0") or "0"
    if match["frac"]:
        value = f"{value}.{match['frac']}"
    ordinal = _ORDINAL.match(text, match.end())
    if ordinal:
        return Quantity(value, "", ordinal.end())
    return _with_unit(text, _canonical(value, 1), match.end())


def read_number_words(text: str, at: int) -> Quantity | None:
    """Read a number written in words at `at` (« deux millions d'euros »).

    « un » and « une » alone are articles, not numbers.
    """
    total, current, end, count = 0, 0, at, 0
    position = at
    while match := _NUMBER_WORD.match(text, position):
        word = fold(match[0])
        number = _UNITS[word]
        if number == 1000:
            total += max(current, 1) * 1000
            current = 0
        elif number == 100:
            current = max(current, 1) * 100
        elif number == 20 and current % 100 == 4:
            current += 76
        elif count and current and not _may_follow(current, number):
            break
        else:
            current += number
        count += 1
        end = match.end()
        joint = _WORD_JOINT.match(text, end)
        if joint is None:
            break
        position = joint.end()
    if count == 0:
        return None
    value = total + current
    found = _with_unit(text, str(value), end)
    if value == 1 and found.end == end:
        return None
    return found


def _may_follow(current: int, number: int) -> bool:
    """Tell whether `number` may be added to `current` in one written number."""
    rest = current % 100
    if number < 10:
        return rest == 0 or (rest >= 10 and rest % 10 == 0)
    return rest == 0 or (number < 20 and rest in (60, 80))


def _with_unit(text: str, value: str, end: int) -> Quantity:
    multiplier = _MULTIPLIER.match(text, end)
    if multiplier:
        word = fold(multiplier["word"] or multiplier["glued"])
        word = word if word in _FACTORS else word.rstrip("s")
        value = _canonical(value, _FACTORS[word])
        end = multiplier.end()
    if currency := _CURRENCY.match(text, end):
        return Quantity(value, "euro", currency.end())
    if percent := _PERCENT.match(text, end):
        return Quantity(value, "pourcent", percent.end())
    return Quantity(value, "", end)


def _canonical(value: str, factor: int) -> str:
    """Multiply a decimal writing exactly and drop useless zeros."""
    whole, _, fraction = value.partition(".")
    scale = 10 ** len(fraction)
    number = int(whole + fraction) * factor if len(whole + fraction) <= 30 else None
    if number is None:
        return value
    whole_part, rest = divmod(number, scale)
    if not rest:
        return str(whole_part)
    return f"{whole_part}.{str(rest).rjust(len(fraction), '0').rstrip('0')}"
