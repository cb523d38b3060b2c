"""« Évaluation » tab: run a question set, read its figures, judge answers, write questions."""

from ui.evaluation.tab import build

__all__ = ["build"]
