"""All figures of a run, each with its interval and its count; and two runs compared.

A question whose asking failed is a wrong, unranked question without abstention in every figure
that is about it. A figure that no question bears on is `None` with a count of 0; nothing is ever
NaN. Intervals are percentile bootstraps over questions, the test of two runs is Fisher's paired
randomisation (`eval.intervalles`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from eval.columns import LOWER_IS_BETTER, NAMES, Columns, columns_of, divided
from eval.intervalles import bootstrap, exchanges
from eval.records import Asked, Changed, Comparison, Difference, Figure, Figures, Run
from eval.risk import areas, curve
from eval.sets import KINDS
from eval.verdict import OUTCOMES, Verdict, verdict

__all__ = ["LOWER_IS_BETTER", "NAMES", "OUTCOMES", "Verdict", "compare", "measure", "verdict"]

Values = npt.NDArray[np.float64]

SIGNIFICANT = 0.05
_CELLS = 400_000
"""Draws times questions at once: sorting them for the area takes a dozen arrays of that size."""


def measure(
    asked: Sequence[Asked], *, memory_peak_mb: float | None = None, seed: int = 0
) -> Figures:
    """Compute every figure of a run.

    Args:
        asked: its questions; the same ones in the same order give the same figures.
        memory_peak_mb: of the process that asked.
        seed: of the resamples.
    """
    verdicts = [verdict(one) for one in asked]
    if not asked:
        nothing = {name: Figure(name=name, value=None, count=0) for name in NAMES}
        return Figures(
            overall=nothing,
            by_kind={},
            by_document={},
            risk_coverage=(),
            latency_ms=_latencies(asked),
            memory_peak_mb=memory_peak_mb,
        )
    columns = columns_of(asked, verdicts)

    def by(key: Callable[[Asked], str | None]) -> dict[str, dict[str, Figure]]:
        groups: dict[str, list[int]] = {}
        for at, one in enumerate(asked):
            if (name := key(one)) is not None:
                groups.setdefault(name, []).append(at)
        order = {name: rank for rank, name in enumerate(KINDS)}
        names = sorted(groups, key=lambda name: (order.get(name, len(order)), name))
        return {name: _figures(columns.rows(groups[name]), seed) for name in names}

    return Figures(
        overall=_figures(columns, seed),
        by_kind=by(lambda one: one.question.kind),
        by_document=by(lambda one: one.question.file),
        risk_coverage=curve(columns.keys, columns.wrong),
        latency_ms=_latencies(asked),
        memory_peak_mb=memory_peak_mb,
    )


def _figures(columns: Columns, seed: int) -> dict[str, Figure]:
    found, counts = columns.values(), columns.counts()
    drawn = bootstrap(columns.estimate, len(columns), seed=seed, cells=_CELLS)
    figures = {}
    for at, name in enumerate(NAMES):
        if not counts[at]:
            figures[name] = Figure(name=name, value=None, count=0)
            continue
        low, high = _bounds(drawn[:, at], float(found[at]))
        figures[name] = Figure(
            name=name, value=float(found[at]), low=low, high=high, count=int(counts[at])
        )
    return figures


def _bounds(drawn: Values, value: float) -> tuple[float, float]:
    """95 % interval; resamples without a question that bears on the figure do not count."""
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return value, value
    low, high = np.percentile(known, (2.5, 97.5))
    return float(low), float(high)


def _latencies(asked: Sequence[Asked]) -> dict[str, dict[str, float]]:
    times = {
        "wall": [one.wall_ms for one in asked],
        "first": [one.first_ms for one in asked if one.first_ms is not None],
    }
    return {
        name: {
            "p50": round(float(np.percentile(values, 50)), 1),
            "p95": round(float(np.percentile(values, 95)), 1),
            "max": round(max(values), 1),
        }
        if values
        else {}
        for name, values in times.items()
    }


def compare(
    before_run: Run,
    before: Sequence[Asked],
    after_run: Run,
    after: Sequence[Asked],
    *,
    seed: int = 0,
) -> Comparison:
    """Compare two runs on the questions they share: same identifier, same words, same gold.

    Args:
        before_run: what the first run was.
        before: its questions.
        after_run: what the second run was.
        after: its questions.
        seed: of the random draws.
    """
    known = {one.question.id: one for one in before}
    pairs = [
        (known[one.question.id], one)
        for one in after
        if one.question.id in known and known[one.question.id].question == one.question
    ]
    old, new = [first for first, _ in pairs], [second for _, second in pairs]
    judged = [verdict(one) for one in old], [verdict(one) for one in new]
    return Comparison(
        before=before_run.id,
        after=after_run.id,
        same_questions=len(pairs),
        differences=_differences(columns_of(old, judged[0]), columns_of(new, judged[1]), seed)
        if pairs
        else (),
        changed=tuple(
            Changed(
                id=first.question.id,
                question=first.question.question,
                before=first.outcome,
                after=second.outcome,
                better=None if first.right == second.right else second.right,
            )
            for first, second in zip(*judged, strict=True)
            if first.outcome != second.outcome
        ),
        conditions=_conditions(before_run, after_run),
    )


def _differences(before: Columns, after: Columns, seed: int) -> tuple[Difference, ...]:
    old, new = before.values(), after.values()
    observed = new - old
    count = len(before)
    drawn = bootstrap(
        lambda times: after.estimate(times) - before.estimate(times),
        count,
        seed=seed,
        cells=_CELLS,
    )

    def exchanged(swapped: Values) -> Values:
        first = _sums(before, after, swapped)
        second = _sums(after, before, swapped)
        return second - first

    # A draw in which a figure is not defined is taken as extreme: it never helps to conclude.
    chance = np.abs(exchanges(exchanged, count, seed=seed, cells=_CELLS))
    chance = np.nan_to_num(chance, nan=np.inf)
    bears = np.append(((before.weight > 0) | (after.weight > 0)).sum(axis=0), count)
    made = []
    for at, name in enumerate(NAMES):
        known = not np.isnan(observed[at])
        low, high = _bounds(drawn[:, at], float(observed[at])) if known else (None, None)
        p = None
        if known:
            # A hair's breadth: sums of the same numbers in another order are not quite equal.
            extreme = int((chance[:, at] >= abs(observed[at]) - 1e-12).sum())
            p = (1 + extreme) / (1 + len(chance))
        made.append(
            Difference(
                name=name,
                before=_known(old[at]),
                after=_known(new[at]),
                difference=_known(observed[at]),
                low=low,
                high=high,
                p=p,
                count=int(bears[at]),
                verdict=_said(name, float(observed[at]), p),
            )
        )
    return tuple(made)


def _sums(kept: Columns, other: Columns, swapped: Values) -> Values:
    """Figures of a system that was given the other's outcome on some questions."""
    added = kept.added.sum(axis=0) + swapped @ (other.added - kept.added)
    weight = kept.weight.sum(axis=0) + swapped @ (other.weight - kept.weight)
    # Weights are whole numbers: below a half is none.
    ratios = divided(added, np.where(weight > 0.5, weight, 0.0))
    taken = swapped > 0
    area = areas(
        np.where(taken, other.keys, kept.keys),
        np.where(taken, other.wrong, kept.wrong),
        np.ones(swapped.shape),
    )
    return np.concatenate([ratios, area[:, None]], axis=1)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _said(
    name: str, difference: float, p: float | None
) -> Literal["mieux", "moins bien", "non départagés"]:
    if p is None or p >= SIGNIFICANT:
        return "non départagés"
    return "mieux" if (difference > 0) != (name in LOWER_IS_BETTER) else "moins bien"


_NOT_COMPARED = {"machine"}


def _conditions(before: Run, after: Run) -> dict[str, tuple[Any, Any]]:
    """Conditions that differ, settings and models one by one."""
    old, new = before.conditions.model_dump(), after.conditions.model_dump()
    flat = [
        {
            **{name: value for name, value in one.items() if not isinstance(value, dict)},
            **{
                f"{name}.{key}": value
                for name, values in one.items()
                if isinstance(values, dict) and name not in _NOT_COMPARED
                for key, value in values.items()
            },
        }
        for one in (old, new)
    ]
    names = dict.fromkeys([*flat[0], *flat[1]])
    return {
        name: (flat[0].get(name), flat[1].get(name))
        for name in names
        if flat[0].get(name) != flat[1].get(name)
    }
