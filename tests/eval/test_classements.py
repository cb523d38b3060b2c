"""Figures of rankings agree with their definitions, written again here in twenty lines."""

from __future__ import annotations

import math
import random
import sys

import pytest

from assistant.errors import AssistantError
from eval.classements import MEASURES, gains


def by_definition(judged, ranking):
    """The six figures of one question, straight from their definitions."""
    relevant = {document for document, grade in judged.items() if grade > 0}
    names = [document for document, _ in ranking]
    gain = sum(judged.get(name, 0) / math.log2(at + 2) for at, name in enumerate(names[:10]))
    ideal = sum(
        grade / math.log2(at + 2)
        for at, grade in enumerate(sorted(judged.values(), reverse=True)[:10])
    )
    first = next((at for at, name in enumerate(names[:10], 1) if name in relevant), None)
    figures = {"nDCG@10": gain / ideal, "MRR@10": 1 / first if first else 0.0}
    for k in (1, 5, 10, 100):
        figures[f"R@{k}"] = len(relevant & set(names[:k])) / len(relevant)
    return figures


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_the_definitions(seed):
    draw = random.Random(seed)
    documents = [f"d{number}" for number in range(150)]
    qrels, rankings = {}, {}
    for number in range(40):
        judged = {name: draw.choice((0, 1, 1, 2, 3)) for name in draw.sample(documents, 12)}
        judged["absent-du-corpus"] = 1
        qrels[f"q{number}"] = judged
        found = draw.sample(documents, draw.choice((0, 3, 60, 120)))
        # Equal scores, and scores in the wrong order: only the order given counts.
        rankings[f"q{number}"] = [(name, draw.choice((0.5, 0.5, 1.0))) for name in found]
    values = gains(qrels, rankings)
    assert set(values) == set(MEASURES)
    for row, (query, judged) in enumerate(qrels.items()):
        for name, expected in by_definition(judged, rankings[query]).items():
            assert values[name][row] == pytest.approx(expected, abs=1e-6), (query, name)


def test_a_question_without_ranking_counts_zero():
    values = gains({"q1": {"d1": 1}, "q2": {"d1": 1}}, {"q2": [("d1", 1.0)]})
    assert values["nDCG@10"].tolist() == [0.0, 1.0]


def test_a_missing_library_is_told_before_any_work(monkeypatch):
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(AssistantError, match="ir-measures") as caught:
        gains({"q1": {"d1": 1}}, {})
    assert "pip install" in caught.value.remedy
