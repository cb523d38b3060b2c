"""From a question to weighted search terms: sigles expanded, typing errors mended.

Whatever is added to the reader's words is recorded, so that the interface can show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from assistant.index.glossary import Glossary
from assistant.index.lexical import LexicalIndex
from assistant.language.analyser import analyse
from assistant.language.normalise import fold

_EXPANSION_WEIGHT = 0.5
_COMMON_SHARE = 0.2
"""A sigle found in more than this share of passages (« IA ») is not worth expanding."""


@dataclass(frozen=True, slots=True)
class Query:
    """An understood question.

    Attributes:
        question: as typed.
        terms: analysed terms of the question (mended), each with weight 1.
        expanded: further terms from the glossary, with lower weights.
        corrections: mistyped term → term searched instead.
        expansions: sigle or phrase found in the question → what it was expanded to.
        aliases: term → sets of terms, any of which, complete, says the same (« sas » and
            « service », « acces », « soin »; each term of the phrase and the sigle).
        dense_text: the text to embed.
    """

    question: str
    terms: dict[str, float]
    expanded: dict[str, float] = field(default_factory=dict)
    corrections: dict[str, str] = field(default_factory=dict)
    expansions: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, tuple[frozenset[str], ...]] = field(default_factory=dict)
    dense_text: str = ""


class QueryParser:
    """Understands questions with the vocabulary and glossary of one generation."""

    def __init__(self, lexical: LexicalIndex, glossary: Glossary, size: int) -> None:
        self._size = max(size, 1)
        vocabulary = lexical.vocabulary()
        self._frequencies = vocabulary
        self._words = [term for term in vocabulary if term.isalpha() and len(term) >= 3]
        self._glossary = glossary
        self._phrases: dict[tuple[str, ...], tuple[str, str]] = {}
        for sigle, expansions in glossary.items():
            for expansion in expansions:
                key = tuple(analyse(expansion))
                if len(key) >= 2:
                    self._phrases.setdefault(key, (sigle, expansion))

    def parse(self, question: str) -> Query:
        """Understand one question."""
        terms: dict[str, float] = {}
        corrections: dict[str, str] = {}
        for term in analyse(question):
            mended = term if term in self._frequencies else self._mend(term)
            if mended != term:
                corrections[term] = mended
            terms[mended] = 1.0
        aliases: dict[str, list[frozenset[str]]] = {}
        expanded, expansions = self._expand(question, list(terms), aliases)
        for term in terms:
            expanded.pop(term, None)
        spelled = " ; ".join(expansions.values())
        return Query(
            question=question,
            terms=terms,
            expanded=expanded,
            corrections=corrections,
            expansions=expansions,
            aliases={term: tuple(sets) for term, sets in aliases.items()},
            dense_text=f"{question} ({spelled})" if spelled else question,
        )

    def _mend(self, term: str) -> str:
        """The closest known word, within one error per four letters; the term itself if none."""
        if not term.isalpha() or len(term) < 4 or term in self._glossary:
            return term
        cutoff = 1 if len(term) < 8 else 2
        close = process.extract(
            term,
            self._words,
            scorer=DamerauLevenshtein.distance,
            score_cutoff=cutoff,
            limit=8,
        )
        if not close:
            return term
        best = min(
            close, key=lambda item: (item[1], item[0][:1] != term[:1], -self._frequencies[item[0]])
        )
        return str(best[0])

    def _expand(
        self, question: str, terms: Sequence[str], aliases: dict[str, list[frozenset[str]]]
    ) -> tuple[dict[str, float], dict[str, str]]:
        weights: dict[str, float] = {}
        shown: dict[str, str] = {}
        for sigle in dict.fromkeys(terms):
            expansions = self._glossary.get(sigle, [])
            if not expansions or self._share(sigle) > _COMMON_SHARE:
                continue
            for expansion in expansions[:2]:
                words = analyse(expansion)
                aliases.setdefault(sigle, []).append(frozenset(words))
                for word in words:
                    weight = _EXPANSION_WEIGHT / max(1, len(expansions[:2]))
                    weights[word] = max(weights.get(word, 0.0), weight)
            shown[sigle.upper()] = expansions[0]
        folded = tuple(analyse(fold(question)))
        for phrase, (sigle, written) in self._phrases.items():
            if self._share(sigle) <= _COMMON_SHARE and _contains(folded, phrase):
                weights[sigle] = 1.0
                for term in phrase:
                    aliases.setdefault(term, []).append(frozenset({sigle}))
                shown[written] = sigle.upper()
        return weights, shown

    def _share(self, term: str) -> float:
        return self._frequencies.get(term, 0) / self._size


def _contains(terms: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(terms[at : at + size] == phrase for at in range(len(terms) - size + 1))
