"""Sigles of a question and what they stand for, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.index.glossary import Glossary
from assistant.language.analyser import analyse
from assistant.language.normalise import fold

_EXPANSION_WEIGHT = 0.5
_COMMON_SHARE = 0.2
"""A sigle found in more than this share of passages (« IA ») is not worth expanding."""


@dataclass(slots=True)
class Expansions:
    """What the glossary adds to a question.

    Attributes:
        weights: further terms, with the weight each deserves.
        shown: sigle or phrase found in the question → what it was expanded to.
        aliases: term → sets of terms, any of which, complete, says the same.
    """

    weights: dict[str, float] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, list[frozenset[str]]] = field(default_factory=dict)


class Expander:
    """Expands sigles with the glossary of one generation."""

    def __init__(self, glossary: Glossary, frequencies: Mapping[str, int], size: int) -> None:
        """Bind a glossary to the frequencies of its corpus of `size` passages."""
        self._glossary = glossary
        self._frequencies = frequencies
        self._size = max(size, 1)
        self._phrases: dict[tuple[str, ...], tuple[str, str]] = {}
        for sigle, expansions in glossary.items():
            for expansion in expansions:
                key = tuple(analyse(expansion))
                if len(key) >= 2:
                    self._phrases.setdefault(key, (sigle, expansion))

    def expand(self, question: str, terms: Sequence[str]) -> Expansions:
        """What the sigles and spelt-out names of a question add to its terms."""
        found = Expansions()
        for sigle in dict.fromkeys(terms):
            expansions = self._glossary.get(sigle, [])
            if not expansions or self._share(sigle) > _COMMON_SHARE:
                continue
            for expansion in expansions[:2]:
                words = analyse(expansion)
                found.aliases.setdefault(sigle, []).append(frozenset(words))
                for word in words:
                    weight = _EXPANSION_WEIGHT / max(1, len(expansions[:2]))
                    found.weights[word] = max(found.weights.get(word, 0.0), weight)
            found.shown[sigle.upper()] = expansions[0]
        folded = tuple(analyse(fold(question)))
        for phrase, (sigle, written) in self._phrases.items():
            if self._share(sigle) <= _COMMON_SHARE and _contains(folded, phrase):
                found.weights[sigle] = 1.0
                for term in phrase:
                    found.aliases.setdefault(term, []).append(frozenset({sigle}))
                found.shown[written] = sigle.upper()
        return found

    def _share(self, term: str) -> float:
        return self._frequencies.get(term, 0) / self._size


def _contains(terms: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(terms[at : at + size] == phrase for at in range(len(terms) - size + 1))
