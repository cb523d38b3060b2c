"""How far two annotators agree on the same answers, beyond what chance alone would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from eval.intervalles import RESAMPLES, Interval

CLASSES: Final = ("juste", "incomplet", "faux")
"""What an annotator says of an answer, the best first."""

_EQUAL: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two annotators compared on the answers that both have judged.

    Attributes:
        count: how many.
        table: how often each pair of words came, float64 [first, second] in the order of
            `CLASSES`.
        observed: share of answers judged alike, with its interval; `None` without any.
        kappa: Cohen's kappa, with its interval; `None` where it means nothing: no answer in
            common, or one and the same word everywhere.
        undefined: why, in French; empty when kappa is given.
    """

    count: int
    table: npt.NDArray[np.float64]
    observed: Interval | None
    kappa: Interval | None
    undefined: str = ""


def agreement(first: Mapping[str, str], second: Mapping[str, str], *, seed: int = 0) -> Agreement:
    """Compare two annotators.

    Cohen's kappa, unweighted: (observed - expected) / (1 - expected), where `expected` is what
    two people would agree on by chance who use each word as often as these do (J. Cohen, « A
    coefficient of agreement for nominal scales », Educational and Psychological Measurement 20,
    1960). Intervals: percentile bootstrap over answers, 95 %; draws where kappa is undefined are
    left out.

    Args:
        first: word of `CLASSES` by answer, for one annotator.
        second: the same for the other one.
        seed: of the random draws.
    """
    common = sorted(first.keys() & second.keys())
    table = table_of([(first[one], second[one]) for one in common])
    if not common:
        return Agreement(0, table, None, None, "Aucune réponse n’a été jugée par les deux.")
    drawn = np.random.default_rng(seed).multinomial(
        len(common), table.ravel() / len(common), size=RESAMPLES
    )
    tables = drawn.reshape(-1, *table.shape).astype(np.float64)
    shares = np.trace(tables, axis1=1, axis2=2) / len(common)
    observed = _interval(float(np.trace(table) / len(common)), shares)
    value = kappa_of(table)
    if value is None:
        return Agreement(
            len(common),
            table,
            observed,
            None,
            "Les deux n’ont employé qu’un seul et même mot : le hasard suffirait à les mettre "
            "d’accord, et le kappa n’est pas défini.",
        )
    kappas = [found for one in tables if (found := kappa_of(one)) is not None]
    return Agreement(len(common), table, observed, _interval(value, np.array(kappas)))


def table_of(pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
    """Count pairs of words, [first, second] in the order of `CLASSES`."""
    table = np.zeros((len(CLASSES), len(CLASSES)))
    for one, other in pairs:
        table[CLASSES.index(one), CLASSES.index(other)] += 1
    return table


def kappa_of(table: npt.NDArray[np.float64]) -> float | None:
    """Cohen's kappa of a table of counts; `None` where chance alone would always agree."""
    total = table.sum()
    expected = float((table.sum(axis=0) * table.sum(axis=1)).sum() / total**2)
    if 1 - expected < _EQUAL:
        return None
    return float((np.trace(table) / total - expected) / (1 - expected))


def strength(kappa: float) -> str:
    """A kappa in words (Landis and Koch, Biometrics 33, 1977): a habit, not a law."""
    bounds = ((0.8, "presque parfait"), (0.6, "fort"), (0.4, "modéré"), (0.2, "passable"))
    if kappa <= 0:
        return "pas meilleur que le hasard"
    return next((word for least, word in bounds if kappa > least), "faible")


def _interval(value: float, draws: npt.NDArray[np.float64]) -> Interval:
    low, high = np.percentile(draws, (2.5, 97.5))
    return Interval(value, float(low), float(high))
