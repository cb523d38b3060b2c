"""The figures of a run as columns: for each question, what it adds to a figure and its weight.

Every figure but one is a ratio of two sums over the questions (a mean, when each weighs 1), so
that a resample or an exchange of questions is one matrix product. The other one is the area under
risk and coverage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.ranking import MEASURES, ranking_figures
from eval.records import Asked
from eval.risk import areas, keys_of, wrong_of
from eval.verdict import Verdict

Values = npt.NDArray[np.float64]
Part = tuple[float, float]
"""What a question adds to a figure, and its weight; (0, 0) when it does not bear on it."""

AREA = "risk_area"

NAMES = (
    "right",
    "page@1",
    "page@5",
    *MEASURES,
    "facts",
    "items",
    "page_accuracy",
    "citation_precision",
    "citation_recall",
    "plain_precision",
    "plain_recall",
    "faithfulness",
    "unverified",
    "abstention_precision",
    "abstention_recall",
    "abstention_f1",
    "coverage",
    "selective_accuracy",
    "risk_full",
    AREA,
)
"""Names of the figures, in the order of the report."""

LOWER_IS_BETTER = frozenset({"unverified", "risk_full", AREA})


@dataclass(frozen=True, slots=True)
class Columns:
    """One run, question by question.

    Attributes:
        added, weight: shape (questions, figures), those of `NAMES` but the area.
        keys, wrong: shape (questions,); see `eval.risk`.
    """

    added: Values
    weight: Values
    keys: Values
    wrong: Values

    def rows(self, at: Sequence[int]) -> Columns:
        """The same for some of the questions."""
        return Columns(self.added[at], self.weight[at], self.keys[at], self.wrong[at])

    def __len__(self) -> int:
        """Number of questions."""
        return len(self.keys)

    def estimate(self, drawn: Values) -> Values:
        """Every figure for resamples.

        Args:
            drawn: how many times each question counts, shape (draws, questions).

        Returns:
            Shape (draws, figures), the area last; NaN where no question drawn bears on a figure.
        """
        ratios = divided(drawn @ self.added, drawn @ self.weight)
        area = areas(self.keys[None, :], self.wrong[None, :], drawn)
        return np.concatenate([ratios, area[:, None]], axis=1)

    def values(self) -> Values:
        """Every figure of the run as it is; NaN where no question bears on it."""
        found: Values = self.estimate(np.ones((1, len(self))))[0]
        return found

    def counts(self) -> npt.NDArray[np.int64]:
        """How many questions bear on each figure, the area last."""
        return np.append((self.weight > 0).sum(axis=0), len(self))


def divided(added: Values, weight: Values) -> Values:
    """Ratio of two sums; NaN where nothing weighs."""
    found: Values = np.full(added.shape, np.nan)
    np.divide(added, weight, out=found, where=weight > 0)
    return found


def columns_of(asked: Sequence[Asked], verdicts: Sequence[Verdict]) -> Columns:
    """The columns of a run."""
    parts = {name: [read(found) for found in verdicts] for name, read in _PARTS.items()}
    ranked = [at for at, found in enumerate(verdicts) if found.question.answerable]
    for name, values in ranking_figures(asked).items():
        column: list[Part] = [(0.0, 0.0)] * len(verdicts)
        for at, value in zip(ranked, values.tolist(), strict=True):
            column[at] = (value, 1.0)
        parts[name] = column
    table = np.array([parts[name] for name in NAMES if name != AREA]).reshape(-1, len(verdicts), 2)
    return Columns(
        added=table[:, :, 0].T,
        weight=table[:, :, 1].T,
        keys=keys_of(asked, verdicts),
        wrong=wrong_of(verdicts),
    )


def _mean(value: float | None) -> Part:
    return (0.0, 0.0) if value is None else (float(value), 1.0)


def _among(bears: bool, value: float) -> Part:
    return (float(value), 1.0) if bears else (0.0, 0.0)


def _f1(found: Verdict) -> Part:
    """2 TP / (2 TP + FP + FN), an abstention being a positive."""
    absent = not found.question.answerable
    if absent and found.abstained:
        return 2.0, 2.0
    return 0.0, float(absent or found.abstained)


_PARTS: dict[str, Callable[[Verdict], Part]] = {
    "right": lambda v: (float(v.right), 1.0),
    "page@1": lambda v: _among(v.question.answerable, v.rank == 1),
    "page@5": lambda v: _among(v.question.answerable, v.rank is not None and v.rank <= 5),
    "facts": lambda v: _mean(v.facts),
    "items": lambda v: _mean(v.items),
    "page_accuracy": lambda v: _mean(v.page_accuracy),
    "citation_precision": lambda v: _mean(v.citation_precision),
    "citation_recall": lambda v: _mean(v.citation_recall),
    "plain_precision": lambda v: _mean(v.plain_precision),
    "plain_recall": lambda v: _mean(v.plain_recall),
    "faithfulness": lambda v: (float(v.faithful), float(v.generated)),
    "unverified": lambda v: (float(v.unverified), float(v.extracts)),
    "abstention_precision": lambda v: _among(v.abstained, not v.question.answerable),
    "abstention_recall": lambda v: _among(not v.question.answerable, v.abstained),
    "abstention_f1": _f1,
    "coverage": lambda v: (float(not v.abstained), 1.0),
    "selective_accuracy": lambda v: _among(not v.abstained, v.right),
    "risk_full": lambda v: (float(v.abstained or not v.right), 1.0),
}
