"""Typing errors: the known word that a mistyped one most likely stands for.

Words are compared as people write them, folded, not as index terms: one wrong letter changes
a whole ending (« etablisement » and « établissement » share no stem). Candidates come from
the corpus, and from a list of French words, so that a right word that the corpus lacks is
left alone, and a mistyped one is not taken for another subject.

A candidate is judged by the error it supposes (a doubled or swapped letter, a neighbour key,
a spelling by ear cost less than another letter), by its frequency, and by what `context`
says: whether a passage holds it with the other words of the question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.language.forms import WordForms
from assistant.language.normalise import fold

Context = Callable[[str], float]
"""How well a word goes with the rest of the question, from 0 to 1."""

_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn")
_SHORTLIST = 12


@dataclass(frozen=True, slots=True)
class Costs:
    """What each error and each doubt costs; one plain wrong letter costs 1.

    Set by hand, from what each error is; their effect was then measured on perturbed
    development questions (`eval/robustesse.py`).
    """

    swapped: float = 0.7
    doubled: float = 0.6
    neighbour: float = 0.8
    by_ear: float = 0.5
    first_letter: float = 0.4
    rarity: float = 0.2
    foreign: float = 0.6
    context: float = 0.8


class Speller:
    """Finds the words that a mistyped one may stand for, in the corpus or in French."""

    def __init__(
        self, corpus: WordForms, french: Callable[[], WordForms], costs: Costs | None = None
    ) -> None:
        """Bind a corpus; `french` is called at the first unknown word, not before."""
        self._corpus = corpus
        self._french = french
        self._costs = costs or Costs()

    def __contains__(self, key: str) -> bool:
        """Whether folded letters are a word of the corpus, or of French."""
        return key in self._corpus or key in self._french()

    def closest(self, key: str, context: Context, *, foreign: bool = True) -> str | None:
        """The most likely known word, as folded letters; `None` when there is none.

        Args:
            key: folded letters of a word that nobody knows.
            context: judges a word of the corpus against the rest of the question.
            foreign: whether words that the corpus lacks may be chosen.
        """
        allowed = 1 if len(key) < 8 else 2
        weights = self._costs
        found: list[tuple[float, str]] = []
        for word in _near(key, self._corpus, allowed):
            count = self._corpus.count(word)
            found.append((self._cost(key, word) - weights.rarity * math.log10(count), word))
        if foreign:
            most = {word for _, word in found}
            for word in _near(key, self._french(), allowed):
                if word not in most:
                    # Frequencies of the list are those of 100 million words of dialogue.
                    count = self._french().count(word)
                    rare = weights.rarity * math.log10(max(1.0, count / 100))
                    found.append((self._cost(key, word) + weights.foreign - rare, word))
        found.sort()
        judged = [
            (cost - (weights.context * context(word) if word in self._corpus else 0.0), word)
            for cost, word in found[:_SHORTLIST]
        ]
        return min(judged)[1] if judged else None

    def _cost(self, typed: str, word: str) -> float:
        weights = self._costs
        distance = OSA.distance(typed, word)
        cost = float(distance)
        if distance == 1:
            cost = self._one_error(typed, word)
        elif sorted(typed) == sorted(word):
            cost = 2 * weights.swapped
        if sound(typed) == sound(word):
            cost = min(cost, weights.by_ear * (1 + 0.2 * (distance - 1)))
        return cost + (weights.first_letter if typed[:1] != word[:1] else 0.0)

    def _one_error(self, typed: str, word: str) -> float:
        weights = self._costs
        at = next(
            (i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b),
            min(len(typed), len(word)),
        )
        if len(typed) == len(word):
            if typed[at] != word[at + 1 : at + 2]:
                near = word[at] in _NEIGHBOURS.get(typed[at], "")
                return weights.neighbour if near else 1.0
            same_tail = typed[at + 1 :] == word[at + 1 :]
            return 1.0 if same_tail else weights.swapped
        longer = typed if len(typed) > len(word) else word
        letter = longer[at]
        beside = longer[at - 1 : at] + longer[at + 1 : at + 2]
        if letter in beside:
            return weights.doubled
        pressed = len(typed) > len(word) and any(letter in _NEIGHBOURS.get(c, "") for c in beside)
        return weights.neighbour if pressed else 1.0


def _near(key: str, words: WordForms, allowed: int) -> Iterator[str]:
    """Words within `allowed` errors; an error brings one letter at most, and loses one."""
    if not len(words):
        return
    alphabet = np.uint32(sum(1 << (ord(letter) - 97) for letter in set(key)))
    close = np.abs(words.lengths - len(key)) <= allowed
    close &= np.bitwise_count(words.alphabets & ~alphabet) <= allowed
    close &= np.bitwise_count(~words.alphabets & alphabet) <= allowed
    candidates = [words.key(row) for row in np.flatnonzero(close).tolist()]
    for word, _, _ in process.extract_iter(
        key, candidates, scorer=OSA.distance, score_cutoff=allowed
    ):
        yield word


def _neighbours() -> dict[str, str]:
    places = {letter: (x, y) for y, row in enumerate(_ROWS) for x, letter in enumerate(row)}
    return {
        letter: "".join(
            other
            for other, (x, y) in places.items()
            if other != letter and abs(x - column) <= 1 and abs(y - line) <= 1
        )
        for letter, (column, line) in places.items()
    }


_NEIGHBOURS = _neighbours()

_BY_EAR = [
    (re.compile(pattern), said)
    for pattern, said in (
        (r"ph", "f"),
        (r"(?<=[aeiou])tion", "sion"),
        (r"s?ch", "x"),
        (r"sc(?=[eiy])|c(?=[eiy])", "s"),
        (r"q(?:u|(?!u))|c(?!h)|ck", "k"),
        (r"g(?=[eiy])ea?(?=[ao])|g(?=[eiy])", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"y", "i"),
        (r"z", "s"),
        (r"h", ""),
        (r"(.)\1+", r"\1"),
        (r"e?au", "o"),
        (r"ai|ei|(?:e[tzr]|er)$", "e"),
        (r"[ae][nm](?![aeiou])", "an"),
        (r"(?:a?i|e?i|u)n(?![aeiou])", "in"),
        (r"(?<=..)(?:e?s|[extdp])+$", ""),
    )
]


def sound(word: str) -> str:
    """Rough French sound of a folded word: two spellings by ear of one word meet there."""
    said = fold(word)
    for pattern, replacement in _BY_EAR:
        said = pattern.sub(replacement, said)
    return said
