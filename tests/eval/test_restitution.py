"""What people read of an evaluation: figures, best of each column, stages that hurt."""

from __future__ import annotations

from rich.console import Console

from eval.classements import MEASURES
from eval.restitution import (
    WIDE,
    comparison_sentence,
    conditions,
    harmful,
    number,
    remarks,
    sentences,
    summary_table,
    table_of,
)


def figures(value):
    return {name: {"value": value, "low": value - 0.02, "high": value + 0.02} for name in MEASURES}


def comparison(stage, against, difference, p, verdict):
    return {
        "stage": stage,
        "against": against,
        "measure": "nDCG@10",
        "difference": difference,
        "low": difference - 0.01,
        "high": difference + 0.01,
        "p": p,
        "verdict": verdict,
    }


WORSE = comparison("reranked", "fused", -0.004, 0.02, "worse")
RESULT = {
    "set": {
        "name": "jeu",
        "documents": 12345,
        "queries_measured": 200,
        **dict.fromkeys(
            (
                "empty_documents",
                "repeated_documents",
                "same_text_documents",
                "empty_queries",
                "repeated_queries",
                "repeated_judgements",
                "judgements_on_unknown_queries",
                "queries_without_relevant",
            ),
            0,
        ),
        "judgements_on_unknown_documents": 2,
    },
    "stages": {"lexical": figures(0.7), "fused": figures(0.812), "reranked": figures(0.808)},
    "references": {"bm25s": figures(0.71)},
    "comparisons": [
        comparison("fused", "lexical", 0.112, 0.0001, "better"),
        WORSE,
        comparison("reranked", "bm25s", 0.001, 0.6, "not told apart"),
    ],
    "latency_ms": {"fused": {"p50": 1.25, "p95": 3.0, "cpu_mean": 1.0, "queries": 200}},
    "memory_peak_mb": 812.4,
    "build": {
        "passages": 12345,
        "windows": 40000,
        "windows_embedded_now": 0,
        "seconds": 61.0,
    },
    "machine": {"cores": 2, "processor": "un processeur"},
}


def rendered(table, width=150):
    console = Console(width=width)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_the_best_of_each_column_is_marked():
    lines = rendered(table_of(RESULT)).splitlines()
    marked = [line for line in lines if "0,812★" in line]
    assert len(marked) == 1
    assert marked[0].count("★") == len(MEASURES)
    assert "fusionné" in marked[0]
    assert any("0,792–0,832" in line for line in lines)


def test_nothing_is_cut_in_eighty_columns():
    narrow, wide = rendered(table_of(RESULT, width=80), 80), rendered(table_of(RESULT), WIDE)
    assert "…" not in narrow + wide
    assert narrow.count("0,792–0,832") == 1
    assert wide.count("0,792–0,832") == len(MEASURES)


def test_a_stage_that_hurts_is_said_first():
    said = sentences(RESULT)
    assert said[0] == (
        "Le réordonnancement perd 0,004 de nDCG@10 par rapport à la fusion sur ce jeu "
        "(p\u00a0=\u00a00,020\u00a0; de −0,014 à 0,006 à 95\u00a0%)."
    )
    assert "hasard" in said[1]
    assert said[2].startswith("La fusion gagne 0,112")
    assert "p\u00a0<\u00a00,001" in said[2]
    assert harmful([RESULT]) == [f"jeu\u00a0: {comparison_sentence(WORSE)}"]


def test_no_difference_is_said_so():
    same = comparison("reranked", "fused", 0.0, 1.0, "not told apart")
    assert comparison_sentence(same) == (
        "Le réordonnancement ne change pas le nDCG@10 par rapport à la fusion."
    )


def test_only_what_is_odd_is_told():
    assert remarks(RESULT) == [
        "2\u00a0jugements sur un document absent du corpus (comptés comme non trouvés)"
    ]


def test_conditions_are_told_in_french():
    text = "\n".join(conditions(RESULT))
    assert "12\u202f345\u00a0passages" in text
    assert "construit en 1 min 01 s" in text
    assert "fusionné 1,2 / 3,0" in text
    assert "812\u00a0Mo" in text


def test_several_sets_make_one_table():
    other = {**RESULT, "set": {**RESULT["set"], "name": "autre"}, "references": {}}
    lines = rendered(summary_table([RESULT, other])).splitlines()
    assert sum("0,812★" in line for line in lines) == 2


def test_numbers_follow_french_habits():
    assert number(-0.0042) == "−0,004"
    assert number(12.34, 1) == "12,3"
