"""Whether a text holds a gold fact, whatever way both are written.

Text and fact become sequences of values and words, compared in order: « 2 M€ » and « 2 000 000
euros » are one value, « 31/07/2025 » and « 31 juillet 2025 » one date, « deux » and « 2 » one
number; words forget case, accents and typography. Nothing else is forgiven: a word more or less
inside the fact, another unit, another digit, and the fact is not there. What a text says besides
does not count: « 20 000 » stands in « 20 000 € », « juillet 2025 » in « 31 juillet 2025 ».
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from assistant.language.normalise import squash
from assistant.language.quantities import read_date, read_month, read_number, read_number_words
from assistant.language.words import MONTHS, STOP_WORDS

ALTERNATIVES = "|"
"""Between two writings of a fact of which either will do."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, folded; `capital` when it is a sigle that would else be read as a common word."""

    text: str
    capital: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number: canonical decimal writing, and `euro`, `pourcent`, `rang` or nothing."""

    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A date, possibly partial."""

    year: int | None
    month: int
    day: int | None


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of the day, or hours."""

    hour: int
    minute: int


Token = Word | Number | Day | Hour

_RUN = re.compile(r"[^\W_]+")
_ORDINAL = re.compile(r"(\d+)(?:er|re|ère|ere|e|è|ème|eme|ᵉ|ᵉʳ|nd|nde)(?![^\W_])")
_HOUR = re.compile(r"(\d{1,2})[ \u00a0\u202f]?h(?:[ \u00a0\u202f]?([0-5]\d))?(?![^\W_])", re.I)
_DOTTED = re.compile(r"(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_SHOUTED = re.compile(r"(?<![^\W_])(?:MILLIONS?|MILLIARDS?|EUROS?)(?![^\W_])")


def holds(text: str, fact: str) -> bool:
    """Whether a text holds a fact, or one of its alternatives (`a|b`)."""
    return any(_holds(tokens(text), tokens(one)) for one in fact.split(ALTERNATIVES))


def _holds(said: tuple[Token, ...], wanted: tuple[Token, ...]) -> bool:
    size = len(wanted)
    return bool(wanted) and any(
        all(same(said[at + rank], token) for rank, token in enumerate(wanted))
        for at in range(len(said) - size + 1)
    )


def same(said: Token, wanted: Token) -> bool:
    """Whether what a text says is, or says more precisely, what is wanted."""
    match said, wanted:
        case Word(), Word():
            return said.text == wanted.text and (said.capital or not wanted.capital)
        case Number(), Number():
            return said.value == wanted.value and (
                said.unit == wanted.unit or (not wanted.unit and said.unit != "rang")
            )
        case Day(), Day():
            return (
                said.month == wanted.month
                and wanted.day in (None, said.day)
                and wanted.year in (None, said.year)
            )
        case Day(), Number():
            return not wanted.unit and str(said.year) == wanted.value
        case Day(), Word():
            return MONTHS.get(wanted.text) == said.month
        case _:
            return said == wanted


def values(text: str) -> tuple[Token, ...]:
    """The numbers, dates and hours of a text."""
    return tuple(token for token in tokens(text) if not isinstance(token, Word))


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """Values and words of a text, in order; signs are left out."""
    clean = unicodedata.normalize("NFC", text).replace("’", "'")
    clean = _SHOUTED.sub(lambda found: found[0].lower(), clean)
    return tuple(_read(clean))


def _read(text: str) -> Iterator[Token]:
    at = 0
    while found := _RUN.search(text, at):
        at = found.start()
        value = _digits(text, at) if text[at].isdigit() else _letters(text, at)
        if value is not None:
            yield value[0]
            at = value[1]
            continue
        at = found.end()
        for part in squash(found[0]).split():
            yield Word(part, found[0].isupper() and len(part) > 1 and part in STOP_WORDS)


def _digits(text: str, at: int) -> tuple[Token, int] | None:
    """A date, an hour, a rank or a number; `None` for « 5G »."""
    date = read_date(text, at)
    if date is not None and _ends(text, date.end):
        return Day(date.year, date.month, date.day), date.end
    if hour := _HOUR.match(text, at):
        return Hour(int(hour[1]), int(hour[2] or 0)), hour.end()
    if rank := _ORDINAL.match(text, at):
        return Number(rank[1], "rang"), rank.end()
    number = read_number(text, at)
    if number is not None and _ends(text, number.end):
        return Number(number.value, number.unit), number.end
    return None


def _letters(text: str, at: int) -> tuple[Token, int] | None:
    """A month with its year, a number in words, or a sigle with dots."""
    month = read_month(text, at)
    if month is not None and _ends(text, month.end):
        return Day(month.year, month.month, None), month.end
    number = read_number_words(text, at)
    if number is not None and _ends(text, number.end):
        return Number(number.value, number.unit), number.end
    if dotted := _DOTTED.match(text, at):
        name = squash(dotted[0].replace(".", ""))
        return Word(name, dotted[0].isupper() and name in STOP_WORDS), dotted.end()
    return None


def _ends(text: str, end: int) -> bool:
    """Whether no letter nor digit follows."""
    return end >= len(text) or not text[end].isalnum()
