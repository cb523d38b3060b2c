"""Things told apart by a number: « axe 4 », « objectif 2 », « article 51 », « COPIL n° 3 ».

What stands under « Axe 3 » answers nothing about « axe 4 », though it may hold both words; and
what stands under « Axe 3 » is not the list of the axes, though the word is above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from assistant.language.analyser import stem
from assistant.language.normalise import fold
from assistant.language.words import MONTHS, STOP_WORDS, words

_UNITS = (
    r"h\b|heures?|minutes?|jours?|semaines?|mois|trimestres?|ans?\b|annees?|euros?|pour ?cent|"
    rf"milli\w+|personnes?|{'|'.join(MONTHS)}"
)
_LABEL = re.compile(
    r"\b(?P<word>[a-z]{3,})[ -](?:n ?[°o] ?)?0?(?P<number>\d{1,2})"
    rf"(?![\d%€/]|[.,:]\d| ?(?:{_UNITS}|[%€]))"
)
_LABELLED = re.compile(r"[\d.\s)-]*(?P<word>[a-z]{3,}) (?:n ?[°o] ?)?\d{1,2}\b")
_TITLE_WORDS = 20
_NOT_NOUNS = (
    STOP_WORDS
    | frozenset(MONTHS)
    | words(
        "environ moins avant apres depuis jusque pendant minimum maximum total janvier lundi mardi "
        "mercredi jeudi vendredi samedi dimanche ans"
    )
)


@lru_cache(maxsize=20_000)
def labels_of(text: str) -> frozenset[tuple[str, str]]:
    """Nouns with the number that tells them apart, in a text.

    Args:
        text: a question, a heading or an extract.

    Returns:
        Pairs of an index term and digits; quantities, dates and years are no labels.
    """
    if not any(char.isdigit() for char in text):
        return frozenset()
    return frozenset(
        (stem(found["word"]), found["number"])
        for found in _LABEL.finditer(" ".join(fold(text).split()))
        if found["word"] not in _NOT_NOUNS
    )


def shared_label(items: Iterable[str]) -> str | None:
    """What every item calls itself before its number (« Axe 1 : … », « Axe 2 : … »), if any."""
    found: set[str] = set()
    for item in items:
        match = _LABELLED.match(fold(item))
        if match is None:
            return None
        found.add(match["word"])
    return found.pop() if len(found) == 1 else None


def is_title(text: str) -> bool:
    """Whether a line is only the title of what it numbers (« Objectif 1 : former »)."""
    match = _LABELLED.match(fold(text))
    if match is None:
        return False
    rest = text[match.end() :]
    said = any(char.isdigit() for char in rest) or rest.rstrip().endswith((".", ";"))
    return not said and len(rest.split()) <= _TITLE_WORDS


def of_another(asked: frozenset[tuple[str, str]], found: frozenset[tuple[str, str]]) -> bool:
    """Whether a text names a thing by another number than the question, and not by its own.

    Args:
        asked: labels of the question.
        found: labels of the text and of its headings.
    """
    return any(
        any(noun == word for word, _ in found) and (noun, number) not in found
        for noun, number in asked
    )
