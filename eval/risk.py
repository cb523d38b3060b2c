"""Risk and coverage: how often answers are wrong, when one answers only above a confidence.

Questions are put in the order in which the assistant would give them up: first those it answered,
by decreasing confidence, then those it did not. At each point, coverage is the share of all
questions answered so far, and risk the share of these that are wrong (El-Yaniv and Wiener,
2010). A question that it did not answer is wrong when answered: it has shown no answer. A failure
comes first of all, for no threshold avoids it. The area is the mean of the risks at which each
question is reached (Geifman, Uziel and El-Yaniv, 2019): 0 is perfect, and the share of
questions without a right answer is what an order at random gives.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from eval.records import Asked, RiskPoint
from eval.verdict import Verdict

Values = npt.NDArray[np.float64]

FAILED = 2.0
"""Key of a failure: above any confidence."""
ABSTAINED = -1.0
"""Key of a question that was not answered: below any confidence."""


def keys_of(asked: Sequence[Asked], verdicts: Sequence[Verdict]) -> Values:
    """What questions are ordered by."""
    return np.array([_key(one, found) for one, found in zip(asked, verdicts, strict=True)])


def _key(one: Asked, found: Verdict) -> float:
    if found.failed or one.answer is None:
        return FAILED
    return ABSTAINED if found.abstained else one.answer.confidence


def wrong_of(verdicts: Sequence[Verdict]) -> Values:
    """1 for a question that has no right answer: a refusal, even a right one, is no answer."""
    return np.array([float(found.abstained or not found.right) for found in verdicts])


def curve(keys: Values, wrong: Values) -> tuple[RiskPoint, ...]:
    """Every operating point, by decreasing threshold; the last one answers everything."""
    points = []
    for threshold in sorted(set(keys.tolist()), reverse=True):
        answered = keys >= threshold
        points.append(
            RiskPoint(
                threshold=min(1.0, max(0.0, threshold)),
                coverage=float(answered.mean()),
                risk=float(wrong[answered].mean()),
            )
        )
    return tuple(points)


def areas(keys: Values, wrong: Values, weights: Values) -> Values:
    """Areas under risk and coverage.

    Args:
        keys: what questions are ordered by, shape (draws, questions).
        wrong: 1 where there is no right answer, same shape.
        weights: how many times each question counts, same shape; none of the rows is all 0.

    Returns:
        One area a draw. Questions of equal keys are reached together.
    """
    order = np.argsort(-np.broadcast_to(keys, weights.shape), axis=1, kind="stable")
    keys, wrong, weights = (
        np.take_along_axis(one, order, axis=1) for one in np.broadcast_arrays(keys, wrong, weights)
    )
    reached, mistaken = np.cumsum(weights, axis=1), np.cumsum(weights * wrong, axis=1)
    count = keys.shape[1]
    last = np.ones(keys.shape, dtype=bool)
    last[:, :-1] = keys[:, :-1] != keys[:, 1:]
    ends = np.where(last, np.arange(count), count - 1)
    ends = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    total = np.take_along_axis(reached, ends, axis=1)
    risk = np.take_along_axis(mistaken, ends, axis=1) / np.maximum(total, 1e-300)
    found: Values = (weights * risk).sum(axis=1) / weights.sum(axis=1)
    return found
