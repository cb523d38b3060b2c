"""How sure a figure is: bootstrap intervals over questions, and paired randomisation tests.

Both are seeded: the same evaluation always tells the same intervals. They say how far the
*questions* may have been lucky; the corpus and the judgements are taken as they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Name = TypeVar("Name", bound=Hashable)

RESAMPLES = 2000
FLIPS = 10_000
_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the bounds of its 95 % interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Rounded to what can be meant."""
        return {name: round(getattr(self, name), 4) for name in ("value", "low", "high")}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A mean paired difference, its interval, and how often chance alone does as much."""

    difference: Interval
    p: float


def intervals(
    columns: Mapping[Name, Values], *, seed: int, resamples: int = RESAMPLES
) -> dict[Name, Interval]:
    """Percentile bootstrap of the mean of each column (Efron and Tibshirani, 1993, ch. 13).

    Args:
        columns: values of each question, all of the same length. Every column sees the same
            resamples.
        seed: of the random draws.
        resamples: number of draws with replacement.
    """
    if not columns:
        return {}
    values = np.stack(list(columns.values()), axis=1)
    count = len(values)
    random = np.random.default_rng(seed)
    means = np.empty((resamples, values.shape[1]))
    step = max(1, _CELLS // max(count, 1))
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        # How many times each question is drawn: the mean is then one matrix product.
        drawn = random.multinomial(count, np.full(count, 1 / count), size=size)
        means[start : start + size] = drawn @ values / count
    low, high = np.percentile(means, (2.5, 97.5), axis=0)
    return {
        name: Interval(float(values[:, at].mean()), float(low[at]), float(high[at]))
        for at, name in enumerate(columns)
    }


def compare(
    pairs: Mapping[Name, tuple[Values, Values]],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    flips: int = FLIPS,
) -> dict[Name, Comparison]:
    """Compare two systems on the same questions, for each named pair.

    The test is Fisher's paired randomisation, two-sided: under the null hypothesis the two
    systems could be exchanged on any question, so signs of differences are drawn at random
    (Smucker, Allan and Carterette, 2007). p = (1 + draws as extreme) / (1 + draws), never 0.

    Args:
        pairs: values of the first and of the second system, one item a question; the
            difference is first minus second.
        seed: of the random draws.
        resamples: draws of the interval.
        flips: draws of the test.
    """
    if not pairs:
        return {}
    differences = {name: first - second for name, (first, second) in pairs.items()}
    bounds = intervals(differences, seed=seed, resamples=resamples)
    columns = np.stack(list(differences.values()), axis=1)
    observed = np.abs(columns.mean(axis=0))
    random = np.random.default_rng(seed + 1)
    extreme = np.zeros(len(observed))
    step = max(1, _CELLS // max(len(columns), 1))
    for start in range(0, flips, step):
        size = min(step, flips - start)
        signs = random.integers(0, 2, (size, len(columns)), dtype=np.int8) * 2.0 - 1.0
        # A hair's breadth: sums of the same numbers in another order are not quite equal.
        extreme += (np.abs(signs @ columns / len(columns)) >= observed - 1e-12).sum(axis=0)
    return {
        name: Comparison(bounds[name], float((1 + extreme[at]) / (1 + flips)))
        for at, name in enumerate(differences)
    }
