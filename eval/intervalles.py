"""How sure a figure is: bootstrap intervals over questions, and paired randomisation tests.

Both are seeded: the same evaluation always tells the same intervals. They say how far the
*questions* may have been lucky; the corpus and the judgements are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
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
    # How many times each question is drawn: the mean is then one matrix product.
    means = bootstrap(lambda drawn: drawn @ values / count, count, seed=seed, resamples=resamples)
    low, high = np.percentile(means, (2.5, 97.5), axis=0)
    return {
        name: Interval(float(values[:, at].mean()), float(low[at]), float(high[at]))
        for at, name in enumerate(columns)
    }


def bootstrap(
    statistics: Callable[[Values], Values],
    count: int,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    cells: int = _CELLS,
) -> Values:
    """Statistics of every resample.

    Args:
        statistics: from how many times each question is drawn, shape (draws, questions), their
            values, shape (draws, statistics).
        count: questions, one at least.
        seed: of the random draws.
        resamples: number of draws with replacement.
        cells: draws times questions handled at once, at most.

    Returns:
        Shape (resamples, statistics).
    """
    random = np.random.default_rng(seed)
    even = np.full(count, 1 / count)
    return np.concatenate(
        [
            statistics(random.multinomial(count, even, size=size).astype(np.float64))
            for size in _chunks(resamples, count, cells)
        ]
    )


def exchanges(
    statistics: Callable[[Values], Values],
    count: int,
    *,
    seed: int,
    flips: int = FLIPS,
    cells: int = _CELLS,
) -> Values:
    """Statistics after exchanging the two systems on questions drawn at random.

    Args:
        statistics: from 1 where the systems are exchanged and 0 elsewhere, shape (draws,
            questions), their values, shape (draws, statistics).
        count: questions, one at least.
        seed: of the random draws.
        flips: number of draws.
        cells: draws times questions handled at once, at most.

    Returns:
        Shape (flips, statistics).
    """
    random = np.random.default_rng(seed + 1)
    return np.concatenate(
        [
            statistics(random.integers(0, 2, (size, count), dtype=np.int8).astype(np.float64))
            for size in _chunks(flips, count, cells)
        ]
    )


def _chunks(total: int, count: int, cells: int) -> Iterator[int]:
    """Sizes of the parts in which draws are made, so that they fit in memory."""
    step = max(1, cells // max(count, 1))
    yield from (min(step, total - start) for start in range(0, total, step))


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
    # An exchange changes the sign of a difference.
    drawn = exchanges(
        lambda exchanged: (2.0 * exchanged - 1.0) @ columns / len(columns),
        len(columns),
        seed=seed,
        flips=flips,
    )
    # A hair's breadth: sums of the same numbers in another order are not quite equal.
    extreme = (np.abs(drawn) >= observed - 1e-12).sum(axis=0)
    return {
        name: Comparison(bounds[name], float((1 + extreme[at]) / (1 + flips)))
        for at, name in enumerate(differences)
    }
