"""Sigles of a question and what they stand for, both ways.

A sigle brings its words, a spelt-out name brings its sigle; both are remembered as two ways
of saying one thing, so that a passage that holds either covers the question. A sigle with
several senses brings the one that the rest of the question speaks of; all of them, each with
less weight, when nothing tells.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.index.glossary import Glossary, sigle_key, written_sigle
from assistant.language.analyser import analyse, analyse_with_offsets
from assistant.language.words import STOP_WORDS
from assistant.retrieval.ordinary import ORDINARY

_WORD_WEIGHT = 0.5
_SAME_WEIGHT = 0.6
_SIGLE_WEIGHT = 1.0
_PARTIAL_WEIGHT = 0.5
_PARTIAL_SHARE = 0.75
_PARTIAL_WORDS = 4
_COMMON_SHARE = 0.2
"""A sigle found in more than this share of passages (« IA ») is not worth expanding."""
_COMMON_LEAST = 10
"""… when it is found in this many at least: a share of a few passages says nothing."""
_MAX_SENSES = 3
_SHOUTED_WORDS = 4

_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}[^\W\d_]?|[^\W_]+(?:[.&'’\-‐‑][^\W_]+)*")
_ELIDED = re.compile(r"(?:[dln]|qu)['’](?=\w)", re.IGNORECASE)
_PART = re.compile(r"[^\W_]+")

Term = tuple[str, int, int]
"""An analysed term and its place in the question."""


@dataclass(slots=True)
class Expansions:
    """What the glossary adds to a question.

    Attributes:
        weights: further terms, with the weight each deserves.
        shown: sigle or phrase of the question, as typed → what it was expanded to.
        aliases: term → sets of terms, any of which, complete, says the same.
        importance: term of a spelt-out name → its weight in the question, below 1: a name of
            five words must not count five times what its sigle counts.
        spelled: what the text to embed gains: never the senses of a sigle that stays
            ambiguous.
    """

    weights: dict[str, float] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    importance: dict[str, float] = field(default_factory=dict)
    spelled: list[str] = field(default_factory=list)

    def _weigh(self, term: str, weight: float) -> None:
        self.weights[term] = max(self.weights.get(term, 0.0), weight)

    def _alias(self, terms: Sequence[str], said: frozenset[str]) -> None:
        for term in terms:
            known = self.aliases.setdefault(term, [])
            if said not in known and term not in said:
                known.append(said)


@dataclass(frozen=True, slots=True)
class _Name:
    """A spelt-out name: its terms in order, and the key of its sigle."""

    terms: tuple[str, ...]
    sigle: str


class Expander:
    """Expands sigles with the glossary of one generation."""

    def __init__(
        self,
        glossary: Glossary,
        frequencies: Mapping[str, int],
        size: int,
        *,
        written: Callable[[str], str] = written_sigle,
    ) -> None:
        """Bind a glossary to the frequencies of its corpus of `size` passages.

        Args:
            glossary: senses by key of sigle.
            frequencies: term → number of passages that hold it.
            size: number of passages.
            written: how a sigle is written, from its key.
        """
        self._glossary = glossary
        self._frequencies = frequencies
        self._size = max(size, 1)
        self._written = written
        self._terms = {key: _terms_of(written(key)) for key in glossary}
        self._names: dict[str, list[_Name]] = {}
        for key, senses in glossary.items():
            for sense in senses:
                terms = tuple(analyse(sense))
                if len(terms) >= 2:
                    self._names.setdefault(terms[0], []).append(_Name(terms, key))
        for names in self._names.values():
            names.sort(key=lambda name: -len(name.terms))

    @property
    def sigle_terms(self) -> frozenset[str]:
        """Terms that sigles are indexed under: known words, though the corpus may lack them."""
        return frozenset(term for terms in self._terms.values() for term in terms)

    def expand(self, question: str) -> Expansions:
        """What the sigles and spelt-out names of a question add to its terms.

        Args:
            question: as typed, its typing errors mended.
        """
        located = analyse_with_offsets(question)
        found = Expansions()
        for key, (start, end) in self._sigles(question):
            self._add_senses(found, question, located, key, start, end)
        names = list(self._named(located))
        for name, matched in names:
            self._add_sigle(found, question, name, matched)
        inside = {item for _, matched in names for item in matched}
        for term, _, _ in set(located) - inside:
            found.importance.pop(term, None)  # said for itself too
        return found

    # Sigle → words

    def _sigles(self, question: str) -> Iterator[tuple[str, tuple[int, int]]]:
        """Keys of the sigles of a question, with their place."""
        tokens = list(_TOKEN.finditer(question))
        spoken = any(char.islower() for char in question) or len(tokens) < _SHOUTED_WORDS
        seen: set[str] = set()
        for token in tokens:
            places = [(token[0], token.start(), token.end())]
            if self._key_of(token[0], spoken) is None:
                places = [
                    (part[0], token.start() + part.start(), token.start() + part.end())
                    for part in _PART.finditer(token[0])
                ]
            for written, first, end in places:
                elided = _ELIDED.match(written)
                start = first + (elided.end() if elided else 0)
                key = self._key_of(written, spoken)
                if key and key not in seen and not self._is_common(key):
                    seen.add(key)
                    yield key, (start, end)

    def _key_of(self, token: str, spoken: bool) -> str | None:
        """Key of a token that is a sigle.

        Args:
            token: as typed.
            spoken: whether capitals mean something in this question.
        """
        key = sigle_key(token)
        capitals = sum(char.isupper() for char in token)
        if not (spoken and capitals >= 2) and key in ORDINARY:
            return None
        if key in self._glossary:
            return key
        if len(key) > 3 and key.endswith("s") and key[:-1] in self._glossary:
            return None if key[:-1] in ORDINARY else key[:-1]
        return None

    def _add_senses(
        self,
        found: Expansions,
        question: str,
        located: Sequence[Term],
        key: str,
        start: int,
        end: int,
    ) -> None:
        own = [term for term, a, b in located if start <= a and b <= end]
        around = {term for term, a, b in located if b <= start or end <= a}
        senses = _fitting(self._glossary[key], around)[:_MAX_SENSES]
        for sense in senses:
            terms = analyse(sense)
            found._alias(own, frozenset(terms))
            weight = self._word_weight(key, terms) / len(senses)
            for term in terms:
                found._weigh(term, weight)
        if senses:
            found.shown[question[start:end]] = " ou ".join(senses)
            if len(senses) == 1:
                found.spelled.append(senses[0])

    # Words → sigle

    def _named(self, located: Sequence[Term]) -> Iterator[tuple[_Name, list[Term]]]:
        """Spelt-out names of a question: whole ones, longest first, then most of one."""
        taken: set[int] = set()
        whole: list[tuple[_Name, range]] = []
        for place, (term, _, _) in enumerate(located):
            for name in self._names.get(term, ()):
                here = range(place, place + len(name.terms))
                if name.terms == tuple(item[0] for item in located[here.start : here.stop]):
                    whole.append((name, here))
        for name, here in sorted(whole, key=lambda item: -len(item[1])):
            inside = any(
                set(here) < set(other) for _, other in whole
            )  # « système d'information » of « système d'information hospitalier »
            if not inside and not self._is_common(name.sigle):
                taken.update(here)
                yield name, [located[index] for index in here]
        for place, (term, _, _) in enumerate(located):
            for name in self._names.get(term, ()):
                matched = _most_of(name.terms, located, place)
                if matched and not taken & set(matched) and not self._is_common(name.sigle):
                    yield name, [located[index] for index in matched]

    def _add_sigle(
        self, found: Expansions, question: str, name: _Name, matched: Sequence[Term]
    ) -> None:
        terms = self._terms[name.sigle]
        whole = len(matched) == len(name.terms)
        for term in terms:
            found._weigh(term, _SIGLE_WEIGHT if whole else _PARTIAL_WEIGHT)
        said = list(dict.fromkeys(term for term, _, _ in matched))
        found._alias(said, frozenset(terms))
        own = sum(self._idf(term) for term in terms)
        total = sum(self._idf(term) for term in said)
        if self._frequency(name.sigle) and own < total:
            for term in said:
                share = max(found.importance.get(term, 0.0), own / total)
                found.importance[term] = share
        typed = question[matched[0][1] : matched[-1][2]]
        sigle = self._written(name.sigle)
        before = found.shown.get(typed)
        found.shown[typed] = sigle if before is None else f"{before} ou {sigle}"
        found.spelled.append(sigle)

    def _word_weight(self, key: str, terms: Sequence[str]) -> float:
        """Weight of each word of a sense: together they say the sigle once, not five times.

        A sigle that no passage holds counts for nothing itself: its words stand for it.
        """
        if not self._frequency(key):
            return 1.0
        own = sum(self._idf(term) for term in self._terms[key])
        total = sum(self._idf(term) for term in set(terms))
        return min(_WORD_WEIGHT, _SAME_WEIGHT * own / total) if total else _WORD_WEIGHT

    def _idf(self, term: str) -> float:
        frequency = self._frequencies.get(term, 0)
        return math.log(1 + (max(self._size - frequency, 0) + 0.5) / (frequency + 0.5))

    def _frequency(self, key: str) -> int:
        return min((self._frequencies.get(term, 0) for term in self._terms[key]), default=0)

    def _is_common(self, key: str) -> bool:
        frequency = self._frequency(key)
        return frequency > _COMMON_LEAST and frequency / self._size > _COMMON_SHARE


def _terms_of(sigle: str) -> tuple[str, ...]:
    """Index terms of a sigle in a sentence, the least telling left out (« S » of PGSSI-S)."""
    # Alone, capitals would pass for a text that shouts.
    terms = analyse(f"le la de la {sigle} est dans les")
    telling = tuple(term for term in terms if len(term) > 1 and term not in STOP_WORDS)
    return telling or tuple(terms)


def _fitting(senses: Sequence[str], around: set[str]) -> list[str]:
    """The senses that share most words with the rest of the question; all when none does."""
    if len(senses) < 2:
        return list(senses)
    terms = [set(analyse(sense)) for sense in senses]
    common = set.intersection(*terms)
    shared = [len((sense - common) & around) for sense in terms]
    best = max(shared)
    return [sense for sense, count in zip(senses, shared, strict=True) if count == best]


def _most_of(name: Sequence[str], located: Sequence[Term], place: int) -> list[int]:
    """Places of a name said in part (« communauté professionnelle de santé »); none if not.

    Its first word and three quarters of its words, in order, one foreign word allowed among
    them; names of four words or more only, since two words of three may name anything
    (« système d'information »).
    """
    if len(name) < _PARTIAL_WORDS:
        return []
    matched: list[int] = []
    wanted = 0
    for index in range(place, min(place + len(name) + 1, len(located))):
        term = located[index][0]
        if term in name[wanted:]:
            wanted = name.index(term, wanted) + 1
            matched.append(index)
            if wanted == len(name):
                break
    return matched if len(matched) >= _PARTIAL_SHARE * len(name) else []
