"""Questions that set two things side by side: each side gets its own extract.

« Quelle différence entre A et B ? » is badly answered by the sentence that covers the whole
question best: it speaks of A only, or of neither. Each side is looked for by the words that
only it has, and the value that is compared (an amount, a duration, a date) must be there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.generation.evidence import terms_of
from assistant.generation.question import Expected, Question
from assistant.generation.scoring import Scored, Vocabulary, Weights, holds_expected, stands_for
from assistant.language.analyser import analyse
from assistant.language.normalise import fold

_SIDES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bentre (?P<a>.+?) et (?P<b>.+)",
        r"(?P<a>.+?) (?:plus|moins|aussi|autant) (?:\w+ ){1,3}qu[e'] ?(?P<b>.+)",
        r"(?:compare[rz]?|distingue[rz]?) (?P<a>.+?) (?:et|avec|a|de) (?P<b>.+)",
        r"(?P<a>.+?) (?:par rapport a|vs|versus|contrairement a|differe\w* de) (?P<b>.+)",
        r"(?P<a>.+?) et (?P<b>.+?) (?:sont|ont)(?:-ils|-elles)? .*\bmemes?\b",
        r"lequel .*?[,:] (?P<a>.+?) ou (?P<b>.+)",
    )
)

# What is compared, when a word of the question says it.
_VALUES = (
    (
        Expected.AMOUNT,
        r"enveloppe|montant|budget|cout|prix|dotation|subvention|financement|cher|somme",
    ),
    (Expected.DURATION, r"\bdurees?\b|\blongs?\b|\blongues?\b|\bcourts?\b|\bdelais?\b|rythme"),
    (Expected.DATE, r"\bdates?\b|echeance|\btot\b|\btard\b"),
    (Expected.PERCENTAGE, r"\btaux\b|\bpart\b|pourcentage|proportion"),
)
_MATCH = Weights()
_TOGETHER = frozenset(analyse("seul seule ensemble réunis réunies confondus confondues total"))
"""Words that say how to count a side, not what it is."""
_FEW = 0.6
"""Share of a side's own words, at least, that must name its extract."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The two things compared.

    Attributes:
        first, second: terms that only this side has.
        value: the kind of value compared, `OPEN` when the question does not say.
    """

    first: frozenset[str]
    second: frozenset[str]
    value: Expected


def sides_of(question: Question) -> Sides | None:
    """Find what a question compares; `None` when it compares nothing that can be told apart."""
    folded = " ".join(fold(question.text).strip(" ?.!").split())
    for pattern in _SIDES:
        match = pattern.search(folded)
        if match is None:
            continue
        first, second = frozenset(analyse(match["a"])), frozenset(analyse(match["b"]))
        known = frozenset(question.terms)
        own_first, own_second = (first - second) & known, (second - first) & known
        own_first, own_second = (
            own - question.type_terms - _TOGETHER for own in (own_first, own_second)
        )
        if own_first and own_second:
            value = next(
                (kind for kind, words in _VALUES if re.search(words, folded)), Expected.OPEN
            )
            return Sides(own_first, own_second, value)
    return None


def choose_sides(
    question: Question, sides: Sides, ranked: Sequence[Scored], terms: Vocabulary
) -> list[Scored]:
    """The best extract of each side, in the order of the question.

    Args:
        question: understood.
        sides: what `sides_of` gave for it.
        ranked: scored units, best first.
        terms: weights of the question's terms.

    Returns:
        Two units, or none: when a side has no extract, or when the best unit of all already
        speaks of both.
    """
    both = (sides.first, sides.second)

    def holds(scored: Scored) -> bool:
        return sides.value is Expected.OPEN or _holds(question, sides.value, scored)

    if not ranked or (
        holds(ranked[0]) and all(_share(own, ranked[0], terms) >= _FEW for own in both)
    ):
        return []
    best: list[Scored] = []
    for own, other in (both, both[::-1]):
        found = max(
            (
                (_fit(own, other, scored, terms) + scored.score, -place, scored)
                for place, scored in enumerate(ranked)
                if scored not in best and _share(own, scored, terms) >= _FEW and holds(scored)
            ),
            key=lambda item: item[:2],
            default=None,
        )
        if found is None:
            return []
        best.append(found[2])
    return best


def _holds(question: Question, value: Expected, scored: Scored) -> bool:
    asked = replace(question, expected=value)
    return holds_expected(asked, scored.unit.text, scored.unit) >= 1.0


def _fit(own: frozenset[str], other: frozenset[str], scored: Scored, terms: Vocabulary) -> float:
    return _share(own, scored, terms) - 0.5 * _share(other, scored, terms)


def _share(own: frozenset[str], scored: Scored, terms: Vocabulary) -> float:
    """Share of a side's own terms, by rarity, in the extract or in what names it."""
    unit = scored.unit
    close = unit.own | unit.near
    title = terms_of(unit.hit.document.metadata.title)

    def found(term: str) -> float:
        if term in close:
            return 1.0
        # The title says what the whole document is about, a related word what is compared.
        return max(
            0.8 * (term in title),
            0.4 * (term in unit.section),
            0.5 * (stands_for(term, close, terms, _MATCH) > 0),
        )

    total = sum(terms.weights.get(term, 1.0) for term in own) or 1.0
    return sum(terms.weights.get(term, 1.0) * found(term) for term in own) / total
