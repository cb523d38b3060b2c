"""Arithmetic of the stages over every passage: units, best windows, z-scores, best rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.index.generations import WindowTable

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Units:
    """What is ranked: a passage on one page. Arrays of one row a unit, but `of_window`.

    A list or a paragraph that runs over two pages gives two units: each page is judged on
    what stands on it.
    """

    passage: npt.NDArray[np.int64]
    page: npt.NDArray[np.int64]
    first_window: npt.NDArray[np.int64]
    of_window: npt.NDArray[np.int64]


def units_of(windows: WindowTable) -> Units:
    """Units of a window table, ordered by passage, then page."""
    pairs = np.stack([windows.passage.astype(np.int64), windows.page.astype(np.int64)], axis=1)
    distinct, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    return Units(distinct[:, 0], distinct[:, 1], first, inverse.reshape(-1))


def standardise(scores: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Z-scores over the passages: two scales that share nothing else become comparable."""
    deviation = float(scores.std()) if len(scores) else 0.0
    if deviation < 1e-9:
        return np.zeros_like(scores)
    return np.asarray((scores - scores.mean()) / deviation)


def best_per_unit(
    scores: Scores, units: npt.NDArray[np.int64], count: int
) -> tuple[Scores, npt.NDArray[np.int64]]:
    """Best window score of each unit, and the row of that window."""
    order = np.lexsort((-scores, units))
    _, first = np.unique(units[order], return_index=True)
    rows = order[first]
    return scores[rows], rows


def top(scores: npt.NDArray[Any], count: int) -> list[int]:
    """The `count` best rows, best first; rows at minus infinity are out."""
    if count >= len(scores):
        chosen = np.arange(len(scores))
    else:
        chosen = np.argpartition(-scores, count)[:count]
    chosen = chosen[np.isfinite(scores[chosen])]
    return [int(row) for row in chosen[np.argsort(-scores[chosen], kind="stable")]]
