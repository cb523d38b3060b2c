"""What a use case is about, and how much of it a text speaks of.

A title is read as concepts: its index terms, each weighted by how rare it is in the corpus.
Words of no meaning for the subject (« outil », « améliorer ») are left out, those that say who
or how (« patients », « prédire ») count for little. A concept is also recognised by other names
of the same thing (`sujets.toml`), which count for a little less.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from assistant.language.analyser import analyse

_WORDS: Final = Path(__file__).with_name("sujets.toml")
_WEAK: Final = 0.25
"""Worth of a word that says who, where or how, against one that says what."""
_WEAK_BESIDE_ONE: Final = 0.45
"""The same when one word alone says what: « planification » is not yet that of teams."""
_OTHER_NAME: Final = 0.9
_NAMED: Final = 0.9
"""Worth of a place from which another name says the whole thing."""
_RAREST: Final = 0.2

Terms = frozenset[str]


def grams(text: str) -> Terms:
    """Index terms of a text, alone and each with the next one (« temps travail »)."""
    return _grams(text)


@lru_cache(maxsize=20_000)
def _grams(text: str) -> Terms:
    terms = analyse(text)
    return frozenset(terms) | frozenset(" ".join(pair) for pair in pairwise(terms))


def phrase(words: str) -> Terms:
    """What an expression must leave in the `grams` of a text: its terms, in order."""
    terms = analyse(words)
    return (
        frozenset(" ".join(pair) for pair in pairwise(terms))
        if len(terms) > 1
        else (frozenset(terms))
    )


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing the title names.

    Attributes:
        terms: its index terms; an expression (« compte rendu ») is found when all are there.
        weight: share of the subject that it makes, 0 to 1.
        strong: whether it says what the use case is about.
        names: other names of it, met as `phrase` makes them.
    """

    terms: Terms
    weight: float
    strong: bool
    names: tuple[Terms, ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of a subject a text speaks of.

    Attributes:
        share: of all its concepts, 0 to 1.
        strong: of its strong concepts only.
        named: a strong concept is met by another expression, in the text or just above it: it
            says the whole thing (« cycles de travail »), where one word may say another
            (« planifier »).
    """

    share: float
    strong: float
    named: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What a title is about; `concepts` is empty when it holds none of meaning."""

    concepts: tuple[Concept, ...]

    def covered(
        self, contexts: Iterable[tuple[Terms, float]], *, other_names: bool = True
    ) -> Covered:
        """Share of the subject found in a text and in what stands around it.

        Args:
            contexts: terms of the text, of its headings…, each with the worth of a term there.
            other_names: whether other names of the same thing count.
        """
        read = list(contexts)
        total = strong = wanted = 0.0
        named = False
        for concept in self.concepts:
            own = max((worth for terms, worth in read if concept.terms <= terms), default=0.0)
            names = concept.names if other_names else ()
            other = max(
                (worth for terms, worth in read if any(name <= terms for name in names)),
                default=0.0,
            )
            found = max(own, _OTHER_NAME * other)
            total += concept.weight * found
            if concept.strong:
                strong += concept.weight * found
                wanted += concept.weight
                whole = max(
                    (
                        worth
                        for terms, worth in read
                        if any(_long(name) and name <= terms for name in names)
                    ),
                    default=0.0,
                )
                named = named or whole >= _NAMED
        return Covered(total, strong / wanted if wanted else 0.0, named)


def subject_of(title: str, idf: Callable[[str], float]) -> Subject:
    """Read what a title is about.

    Args:
        title: of the use case.
        idf: rarity of an index term in the corpus.
    """
    words = _words()
    terms = [term for term in dict.fromkeys(analyse(title)) if term not in words.empty]
    here = grams(title)
    read: list[tuple[Terms, float, bool]] = []
    taken: set[str] = set()
    known = {name for group in words.groups for name in group if _long(name) and name <= here}
    for name in sorted(known, key=lambda one: (-len(one), sorted(one))):
        parts = {term for pair in name for term in pair.split()}
        if taken.isdisjoint(parts):
            taken |= parts
            read.append((name, max(max(_RAREST, idf(term)) for term in parts), True))
    for term in terms:
        if term not in taken:
            read.append((frozenset({term}), max(_RAREST, idf(term)), term not in words.weak))
    alone = sum(strong for _, _, strong in read) == 1
    weak = _WEAK_BESIDE_ONE if alone else _WEAK
    read = [(whole, worth * (1.0 if strong else weak), strong) for whole, worth, strong in read]
    total = sum(weight for _, weight, _ in read) or 1.0
    # One word of a text stands for one concept: a group serves the first that it names.
    free = list(words.groups)
    concepts: list[Concept] = []
    for whole, weight, strong in read:
        mine = [group for group in free if whole in group]
        free = [group for group in free if whole not in group]
        names = dict.fromkeys(name for group in mine for name in group if not name <= here)
        concepts.append(Concept(whole, weight / total, strong, tuple(names)))
    return Subject(tuple(concepts))


def _long(name: Terms) -> bool:
    return any(" " in term for term in name)


@dataclass(frozen=True, slots=True)
class _Words:
    empty: Terms
    weak: Terms
    general: frozenset[Terms]
    ai: tuple[Terms, ...]
    groups: tuple[tuple[Terms, ...], ...]


@lru_cache(maxsize=1)
def _words() -> _Words:
    raw: Mapping[str, list[str]] = tomllib.loads(_WORDS.read_text(encoding="utf-8"))
    groups: Sequence[Sequence[str]] = raw["proches"]
    return _Words(
        frozenset().union(*(_single(word) for word in raw["vides"])),
        frozenset().union(*(_single(word) for word in raw["faibles"])),
        frozenset(phrase(word) for word in raw["generaux"]),
        tuple(phrase(word) for word in raw["ia"]),
        tuple(tuple(phrase(name) for name in group) for group in groups),
    )


def _single(word: str) -> Terms:
    return frozenset(analyse(word))


def speaks_of_ai(terms: Terms) -> bool:
    """Whether the `grams` of a text say that it is about AI."""
    return any(one <= terms for one in _words().ai)


def telling(words: Iterable[str]) -> frozenset[Terms]:
    """Those of some expressions that tell one use case from another.

    Args:
        words: expressions, as the words of the axes of a grid.

    Returns:
        What each leaves in the `grams` of a text that holds it.
    """
    known = _words()
    vague = known.empty | known.weak
    phrases = {phrase(word) for word in words}
    return frozenset(
        one for one in phrases if one and not one <= vague and one not in known.general
    )
