"""Two files of benchmarks: told apart only when they differ more than they vary."""

from __future__ import annotations

import json

import pytest

from eval.bancs.comparaison import BenchError, compare, permutation_p, read, warnings
from eval.bancs.mesures import FORMAT, UNITS, summary


def bench(load=0.5, **values):
    return {
        "format": FORMAT,
        "machine": {"processor": "x", "cores_usable": 2, "load": load},
        "corpus": "pdf",
        "measures": {name: summary(name, found) for name, found in values.items()},
    }


def test_a_median_keeps_its_values_and_their_spread():
    found = summary("query_p50_ms", [10.0, 30.0, 20.0, 25.0, 15.0])
    assert (found["median"], found["low"], found["high"], found["unit"]) == (20, 10, 30, "ms")
    assert found["values"] == [10, 30, 20, 25, 15]
    assert summary("query_p50_ms", [7.0])["spread"] == 0
    assert set(UNITS) >= {"cold_start_s", "ingestion_s", "query_p50_ms", "memory_peak_mb"}


def test_slower_is_worse_and_more_pages_a_second_is_better():
    slow, fast = [20.0, 21, 22, 23, 24], [10.0, 11, 12, 13, 14]
    changes = compare(
        bench(query_p50_ms=slow, ingestion_pages_per_s=slow, cold_start_s=slow),
        bench(query_p50_ms=fast, ingestion_pages_per_s=fast, cold_start_s=[19.0, 25, 20, 24, 22]),
    )
    assert [change.verdict for change in changes] == ["mieux", "moins bien", "non départagés"]
    assert changes[0].p == pytest.approx(2 / 252)
    assert changes[0].ratio == pytest.approx(12 / 22)


def test_equal_values_are_not_told_apart():
    assert permutation_p([1.0, 1, 1], [1.0, 1, 1]) == 1
    assert permutation_p([1.0], [2.0]) == 1


def test_what_cannot_be_compared_is_said(tmp_path):
    before, after = bench(query_p50_ms=[1.0]), bench(load=9, query_p50_ms=[1.0])
    after["machine"]["processor"] = "y"
    after["corpus"] = "autre"
    assert len(warnings(before, after)) == 3
    assert warnings(before, before) == []
    path = tmp_path / "a.json"
    for text in ("{}", "non", json.dumps({"format": 99, "measures": {}})):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BenchError, match="n'est pas un banc"):
            read(path)
    path.write_text(json.dumps(before), encoding="utf-8")
    assert read(path) == before
