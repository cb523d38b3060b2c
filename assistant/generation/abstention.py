"""Whether what was found answers at all.

The decision is a logistic function of features read in the question and in the best
evidence, all between 0 and 1. Its weights stand in one place, `DecisionWeights`, so that
they can be fitted on development questions (`eval/`) and recorded.

The commonest wrong answer is a true sentence about something else: the features therefore
look first at what the question names (sigles, proper names, numbers, rare words) and at
whether the passage that answers speaks of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from assistant.generation.evidence import terms_of
from assistant.generation.question import FACTUAL, Question
from assistant.generation.scoring import Scored, Vocabulary, Weights, stands_for
from assistant.model import Hit

_MATCH = Weights()


SURE = 0.4
"""Confidence under which the reader is warned that the extracts may miss the question."""


@dataclass(frozen=True, slots=True)
class DecisionWeights:
    """Weights of the logistic decision, one a feature, and its operating point.

    `bias` is added to the weighted sum; the answer is given when the probability reaches
    `threshold`. Features are described in `features`. Fitted by regularised logistic
    regression (L2 0.003) on development questions about real documents, answerable, absent,
    and made absent by taking the right page away, with a small share of encyclopaedic
    questions. Operating point: on 200 development questions of the two sets (164 answerable),
    0.15 keeps 98 % of the right answers and refuses a third of the hard absent questions, 57 %
    of its refusals being right; 0.25 keeps 95 %, refuses 44 %, 47 % being right. A refusal
    that is wrong says a falsehood about the corpus: below `SURE`, the answer is shown with a
    warning instead.
    """

    bias: float = -6.71
    coverage: float = 0.94
    own: float = 0.65
    passage: float = 1.44
    anchors: float = 1.76
    anchors_missing: float = -0.37
    rarest: float = 0.19
    subject: float = 0.89
    pairs: float = 1.03
    few: float = -0.94
    expected: float = 1.56
    meaning: float = 1.48
    astray: float = -3.0
    threshold: float = 0.15


def features(
    question: Question,
    ranked: Sequence[Scored],
    hits: Sequence[Hit],
    terms: Vocabulary,
) -> dict[str, float]:
    """Read what the decision rests on; every feature is between 0 and 1.

    - `coverage`: share of the question (by rarity) found in the best unit and around it;
    - `own`: share found in the unit itself or in what names it;
    - `passage`: share of the content terms found anywhere in its passage and headings;
    - `anchors`: share of the names, sigles and numbers of the question found there;
    - `anchors_missing`: share of them found in none of the passages retrieved;
    - `rarest`: whether the rarest content term is found there;
    - `subject`: share of the content terms found in the unit, what names it, its headings
      and the title of its document, the rest of the passage left out;
    - `pairs`: share of the pairs of consecutive content terms found together there;
    - `few`: inverse of the number of content terms (few terms are easily covered by chance);
    - `expected`: whether the unit holds the kind of thing asked (1 when none is defined);
    - `meaning`: cosine of the best passage with the question, spread over the range that
      the embedded model uses; a middling value without an embedder.
    - `astray`: 1 when a value was asked for and the unit, with what names it, hardly speaks of
      the subject: an amount found under a fitting title is still another amount.

    Args:
        question: understood.
        ranked: scored units, best first.
        hits: passages retrieved, best first.
        terms: weights and aliases of the question's terms.
    """
    if not ranked:
        return dict.fromkeys(_NAMES, 0.0) | {"anchors_missing": 1.0}
    best = ranked[0]
    content = question.content_terms
    weight = {term: terms.weights[term] for term in content}
    here = _passage_terms(best.unit.hit)
    everywhere = frozenset().union(*(_passage_terms(hit) for hit in hits))
    found_here = {term: _found(term, here, terms) for term in content}
    own = best.unit.own | best.unit.near
    close = own | best.unit.section | terms_of(best.unit.hit.document.metadata.title)
    found_close = {term: _found(term, close, terms) for term in content}
    anchors = [term for term in content if term in question.anchors]
    # A document names its region or its project once: its other passages speak for it.
    document = frozenset[str]().union(
        *(_passage_terms(hit) for hit in hits if hit.document.id == best.unit.hit.document.id)
    )
    named = {
        term: max(found_here[term], _SAME_DOCUMENT * _found(term, document, terms))
        for term in anchors
    }
    rarest = max(content, key=lambda term: weight[term])
    own_share = _share({term: _found(term, own, terms) for term in content}, weight)
    close_share = _share(found_close, weight)
    return {
        "coverage": min(1.0, best.coverage),
        "own": own_share,
        "passage": _share(found_here, weight),
        "anchors": _share(named, weight, empty=1.0),
        "anchors_missing": _share(
            {term: 1.0 - _found(term, everywhere, terms) for term in anchors}, weight
        ),
        "rarest": found_here[rarest],
        "subject": close_share,
        "pairs": _together(content, found_close),
        "few": 1.0 / len(content),
        "expected": best.expected if question.expected in FACTUAL else 1.0,
        "meaning": _meaning(best.unit.hit),
        "astray": float(question.expected in FACTUAL and (own_share + close_share) / 2 < 0.25),
    }


def decide(
    found: Mapping[str, float], weights: DecisionWeights | None = None
) -> tuple[float, bool]:
    """Turn features into a confidence and a decision.

    Args:
        found: what `features` returned.
        weights: see `DecisionWeights`.

    Returns:
        The probability that the evidence answers, and whether to abstain.
    """
    weights = weights or DecisionWeights()
    table = asdict(weights)
    total = weights.bias + sum(table[name] * value for name, value in found.items())
    confidence = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))
    return confidence, confidence < weights.threshold


def unmentioned(question: Question, hits: Sequence[Hit], terms: Vocabulary) -> list[str]:
    """Names and sigles of the question, as written, that no retrieved passage mentions."""
    everywhere: frozenset[str] = frozenset().union(*(_passage_terms(hit) for hit in hits))
    missing: list[str] = []
    for entity in question.entities:
        own = [term for term in terms_of(entity.text) if term in question.anchors]
        absent = [term for term in own if not _found(term, everywhere, terms)]
        if absent and len(absent) == len(own):
            missing.append(entity.text)
    return [name for name in dict.fromkeys(missing) if not _inside_another(name, missing)]


def _inside_another(name: str, names: Sequence[str]) -> bool:
    return any(name != other and name in other for other in names)


def _passage_terms(hit: Hit) -> frozenset[str]:
    metadata = hit.document.metadata
    named = " ".join(part for part in (metadata.title, metadata.publisher, metadata.region) if part)
    cells = " ".join(
        cell.header for block in hit.passage.blocks for cell in block.cells if cell.header
    )
    return (
        terms_of(hit.passage.text)
        | terms_of(" ".join(hit.passage.section))
        | terms_of(named)
        | terms_of(cells)
    )


_COSINES = (0.80, 0.90)
"""Range of the cosines of E5 models between a question and its best window."""
_NO_MEANING = 0.6
_SAME_DOCUMENT = 0.7


def _meaning(hit: Hit) -> float:
    cosine = float(hit.explain.get("dense", 0.0))
    if not cosine:
        return _NO_MEANING
    low, high = _COSINES
    return max(0.0, min(1.0, (cosine - low) / (high - low)))


def _together(content: Sequence[str], found: Mapping[str, float]) -> float:
    couples = list(pairwise(content))
    if not couples:
        return found[content[0]]
    return sum(found[one] * found[other] for one, other in couples) / len(couples)


def _found(term: str, place: frozenset[str], terms: Vocabulary) -> float:
    return 1.0 if term in place else stands_for(term, place, terms, _MATCH)


def _share(
    values: Mapping[str, float], weights: Mapping[str, float], *, empty: float = 0.0
) -> float:
    total = sum(weights[term] for term in values)
    if not total:
        return empty
    return sum(weights[term] * value for term, value in values.items()) / total


_NAMES = tuple(
    name for name in DecisionWeights.__dataclass_fields__ if name not in {"bias", "threshold"}
)
