"""Arithmetic of the stages over every passage: units, best windows, z-scores, best rows.

Small corpora are compared whole. Large ones (see `assistant.index.vectors`) give candidates,
which are compared exactly; the others are taken for average, so that every array still has one
row a unit and ranks as it would.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.index.generations import WindowTable

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_CLOSE = 4_000
"""Windows of a large corpus that are compared exactly (see `assistant.index.vectors`)."""
_CLOSE_ALLOWED = 1_000
"""The same when a filter leaves a part of the corpus."""
_WORDY = 1_000
"""Units, those that share most words with the question, that are compared exactly too."""
_EVERY = 64
"""One row in this many tells how high the best ones are: a million rows are not partitioned."""
_SAMPLE = 4_096
"""Units whose mean and deviation stand for those of all: known within about one per cent."""


@dataclass(frozen=True)
class Units:
    """What is ranked: a passage on one page. Arrays of one row a unit, but `order`.

    A list or a paragraph that runs over two pages gives two units: each page is judged on
    what stands on it.

    Attributes:
        passage, page: where the unit stands; units are ordered by passage, then page.
        first_window: its first row in the window table.
        starts, ends: its windows are `order[starts:ends]`.
        order: rows of the window table by unit; `None` when they already are in that order.
        windows: number of windows.
    """

    passage: npt.NDArray[np.int32]
    page: npt.NDArray[np.int32]
    first_window: Rows
    starts: Rows
    ends: Rows
    order: Rows | None
    windows: int

    def __len__(self) -> int:
        return len(self.passage)

    @cached_property
    def of_window(self) -> npt.NDArray[np.int32]:
        """Unit of each window, shape (windows,)."""
        sorted_units = np.repeat(
            np.arange(len(self), dtype=np.int32), (self.ends - self.starts).astype(np.intp)
        )
        if self.order is None:
            return sorted_units
        units = np.empty_like(sorted_units)
        units[self.order] = sorted_units
        return units

    def windows_of(self, units: Rows) -> tuple[Rows, Rows]:
        """Windows of some units, in order, and where those of each unit start among them."""
        counts = self.ends[units] - self.starts[units]
        starts = np.cumsum(counts) - counts
        places = np.arange(int(counts.sum())) + np.repeat(self.starts[units] - starts, counts)
        return (places if self.order is None else self.order[places]), starts


def units_of(windows: WindowTable) -> Units:
    """Units of a window table, ordered by passage, then page."""
    passage, page = np.asarray(windows.passage), np.asarray(windows.page)
    before, after = slice(None, -1), slice(1, None)
    turns = (passage[after] > passage[before]) | (
        (passage[after] == passage[before]) & (page[after] >= page[before])
    )
    order: Rows | None = None
    if not turns.all():  # rare: a passage that comes back to an earlier page
        order = np.lexsort((page, passage)).astype(np.int64)
        passage, page = passage[order], page[order]
    first = np.ones(len(passage), dtype=bool)
    first[after] = (passage[after] != passage[before]) | (page[after] != page[before])
    starts = np.flatnonzero(first).astype(np.int64)
    return Units(
        passage=passage[starts],
        page=page[starts],
        first_window=starts if order is None else order[starts],
        starts=starts,
        ends=np.append(starts[1:], len(passage)).astype(np.int64),
        order=order,
        windows=len(passage),
    )


def standardise(scores: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Z-scores over the passages: two scales that share nothing else become comparable."""
    deviation = float(scores.std()) if len(scores) else 0.0
    if deviation < 1e-9:
        return np.zeros_like(scores)
    return np.asarray((scores - scores.mean()) / deviation)


def best_per_unit(scores: Scores, units: Units) -> tuple[Scores, Rows]:
    """Best window score of each unit, and the row of that window (the first, among equals)."""
    if not len(units):
        return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)
    ordered = scores if units.order is None else scores[units.order]
    best, place = _best_of_runs(ordered, units.starts)
    return best, (place if units.order is None else units.order[place])


def _best_of_runs(scores: Scores, starts: Rows) -> tuple[Scores, Rows]:
    """Best score of each run of rows, and its row (the first, among equals); no run is empty."""
    best = np.maximum.reduceat(scores, starts)
    counts = np.diff(np.append(starts, len(scores)))
    found = np.flatnonzero(scores == np.repeat(best, counts))
    run = np.searchsorted(starts, found, side="right") - 1
    place = np.array(starts, dtype=np.int64)
    place[run[::-1]] = found[::-1]  # the last value written stays: that of the first row
    return best, place


def top(scores: npt.NDArray[Any], count: int) -> list[int]:
    """The `count` best rows, best first, equal ones in row order; minus infinity is out."""
    if count <= 0:
        return []
    chosen = _likely(scores, count)
    values = scores[chosen]
    if count < len(chosen):
        # `argpartition` would keep any of the rows equal to the last one, which depends on
        # the processor.
        cut = np.partition(values, len(values) - count)[len(values) - count]
        above = np.flatnonzero(values > cut)
        equal = np.flatnonzero(values == cut)[: count - len(above)]
        kept = np.sort(np.concatenate([above, equal]))
        chosen, values = chosen[kept], values[kept]
    chosen = chosen[np.isfinite(values)]
    return [int(row) for row in chosen[np.argsort(-scores[chosen], kind="stable")]]


def _likely(scores: npt.NDArray[Any], count: int) -> Rows:
    """Rows, in order, among which the `count` best are: a sample bounds them from below."""
    sample = scores[::_EVERY]
    place = len(sample) - 2 * count // _EVERY - 8
    if place > 0:
        bound = np.partition(sample, place)[place]
        rows = np.flatnonzero(scores >= bound)
        if len(rows) >= count:  # the last of the best is then at or above the bound
            return rows
    return np.arange(len(scores))


class WindowVectors(Protocol):
    """What the dense stage asks of a vector store; rows are windows."""

    @property
    def exact(self) -> bool:
        """Whether every row is compared."""

    def scores(self, vector: Scores) -> Scores:
        """Cosine of every row."""

    def scores_of(self, rows: Rows, vector: Scores) -> Scores:
        """Cosine of some rows."""

    def vectors(self) -> npt.NDArray[Any]:
        """Every vector, possibly mapped."""

    def candidates(self, vector: Scores, count: int, allowed: Mask | None = None) -> Rows:
        """Rows likely to hold the best ones."""


@dataclass(frozen=True, slots=True)
class Dense:
    """What meaning says of every unit.

    Attributes:
        scores: cosine of its best window.
        standard: the same, as a z-score over the units.
        window: row of its best window.
    """

    scores: Scores
    standard: npt.NDArray[Any]
    window: Rows


class DenseStage:
    """Compares a question with every unit of a generation."""

    def __init__(self, vectors: WindowVectors, units: Units) -> None:
        self._vectors = vectors
        self._units = units
        if not vectors.exact:
            # Drawn, always the same: every n-th unit might follow the beat of the pages.
            drawn = np.random.default_rng(0).permutation(len(units))[:_SAMPLE]
            sample = np.sort(drawn).astype(np.int64)
            rows, self._starts = units.windows_of(sample)
            self._sample = np.asarray(vectors.vectors()[rows], dtype=np.float32)

    def compare(self, vector: Scores, lexical: Scores, allowed: Mask | None = None) -> Dense:
        """Compare a question with every unit.

        Args:
            vector: the question, shape (dimension,).
            lexical: lexical score of each unit; where it is best, meaning is compared too.
            allowed: units to look for, shape (units,); matters to large corpora only, where a
                rare unit would not be a candidate otherwise.
        """
        units = self._units
        if self._vectors.exact:
            scores, window = best_per_unit(self._vectors.scores(vector), units)
            return Dense(scores, standardise(scores), window)
        if allowed is None:
            near, wordy = self._vectors.candidates(vector, _CLOSE), lexical
        else:
            near = self._vectors.candidates(vector, _CLOSE_ALLOWED, allowed[units.of_window])
            wordy = np.where(allowed, lexical, 0)
        sharing = np.array(top(wordy, _WORDY), dtype=np.int64)
        sharing = sharing[wordy[sharing] > 0]
        rows = np.union1d(near, units.windows_of(sharing)[0])
        mean, deviation = self._scale(vector)
        scores = np.full(len(units), mean, dtype=np.float32)
        window = units.first_window.copy()
        if len(rows):
            unit_of = units.of_window[rows]
            order = np.argsort(unit_of, kind="stable")
            rows, unit_of = rows[order], unit_of[order]
            starts = np.flatnonzero(np.diff(unit_of, prepend=-1))
            best, place = _best_of_runs(self._vectors.scores_of(rows, vector), starts)
            scores[unit_of[starts]], window[unit_of[starts]] = best, rows[place]
        return Dense(scores, (scores - mean) / deviation, window)

    def _scale(self, vector: Scores) -> tuple[np.float32, float]:
        """Mean and deviation of the best window scores of units, from the sample."""
        best = np.maximum.reduceat(self._sample @ vector, self._starts)
        return np.float32(best.mean()), max(float(best.std()), 1e-9)
