"""Whether what was found answers at all.

The decision is a logistic function of features read in the question and in the best
evidence, all between 0 and 1. Its weights stand in one place, `DecisionWeights`, so that
they can be fitted on development questions (`eval/`) and recorded.

The commonest wrong answer is a true sentence about something else: the features therefore
look first at what the question demands (`requirements`), then at how much of it is covered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from assistant.generation.question import Question
from assistant.generation.requirements import best_met
from assistant.generation.scoring import Scored, Vocabulary
from assistant.model import Hit

SURE = 0.6
"""Confidence under which the reader is warned that the extracts may miss the question."""


@dataclass(frozen=True, slots=True)
class DecisionWeights:
    """Weights of the logistic decision, one a feature, and its operating point.

    `bias` is added to the weighted sum; the answer is given when the probability reaches
    `threshold`. Features are described in `features`. Fitted by logistic regression (L2 0.005 on
    standardised features, each with the sign that makes sense) on 661 development cases of the
    two sets: 237 answered, 26 whose extracts miss the fact (weight 0.3), 139 absent, mostly near
    misses, 259 made absent by taking the right page away (weight 0.03); 59 of these questions were
    written apart, without the rules in sight (weight 1.5).

    Operating point, in cross-validation over both sets: 0.4 refuses 83 % of the absent questions,
    88 % of the refusals being right, and loses 9 right answers; 0.35 refuses 79 % (89 % right),
    0.45 refuses 86 % (87 % right). The rules behind the features were written with most of these
    questions in sight: on others, expect less.
    """

    bias: float = -10.18
    coverage: float = 1.35
    meaning: float = 2.58
    value: float = 2.93
    names: float = 0.95
    marks: float = 2.42
    subject: float = 2.73
    unsaid: float = -5.77
    void: float = -0.78
    together: float = 1.77
    failed: float = -1.35
    astray: float = -0.73
    threshold: float = 0.4


def features(
    question: Question,
    shown: Sequence[Scored],
    hits: Sequence[Hit],
    terms: Vocabulary,
) -> dict[str, float]:
    """Read what the decision rests on; every feature is between 0 and 1.

    - `coverage`: share of the question (by rarity) found in the first extract and around it;
    - `meaning`: cosine of its passage with the question, spread over the range that the embedded
      model uses; a middling value without an embedder;
    - those of `requirements.met`, for the extract that meets best what the question demands;
    - `failed`: 1 when, all at once, these fail: one of them alone is missing, or several halfway;
    - `astray`: how far the first extract is from covering even a third of the question.

    Args:
        question: understood.
        shown: the extracts that would be shown, best first.
        hits: passages retrieved, best first.
        terms: weights and aliases of the question's terms.
    """
    if not shown:
        return dict.fromkeys(_NAMES, 0.0) | {"void": 1.0, "failed": 1.0, "astray": 1.0}
    coverage = min(1.0, shown[0].coverage)
    found = best_met(question, shown, hits, terms)
    return {
        "coverage": coverage,
        "meaning": _meaning(shown[0].unit.hit),
        **found,
        "failed": float(found["together"] < _FAILED),
        "astray": max(0.0, 1.0 - coverage / _ASTRAY),
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


_FAILED = 0.3
_ASTRAY = 0.3
_COSINES = (0.80, 0.90)
"""Range of the cosines of E5 models between a question and its best window."""
_NO_MEANING = 0.6


def _meaning(hit: Hit) -> float:
    cosine = float(hit.explain.get("dense", 0.0))
    if not cosine:
        return _NO_MEANING
    low, high = _COSINES
    return max(0.0, min(1.0, (cosine - low) / (high - low)))


_NAMES = tuple(
    name for name in DecisionWeights.__dataclass_fields__ if name not in {"bias", "threshold"}
)
