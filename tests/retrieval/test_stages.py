"""The arithmetic of retrieval gives what its plain, slow definition gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.index.generations import WindowTable
from assistant.index.vectors import FaissWindowStore, write_vectors
from assistant.retrieval.stages import DenseStage, best_per_unit, standardise, top, units_of


def table(places):
    """A window table from (passage, page) pairs."""
    passage, page = np.array(places, dtype=np.int32).reshape(-1, 2).T
    nothing = np.zeros(len(passage), dtype=np.int32)
    return WindowTable(passage, page, nothing, nothing, np.zeros(len(passage), dtype="S16"))


WINDOWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 3), st.sampled_from([-0.5, 0.0, 0.25, 0.5])),
    max_size=20,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))
"""Passages are in order; a passage may come back to an earlier page."""


@settings(deadline=None)
@given(WINDOWS)
def test_a_unit_has_the_score_of_its_best_window_the_first_among_equals(rows):
    units = units_of(table([row[:2] for row in rows]))
    scores = np.array([row[2] for row in rows], dtype=np.float32)

    best, window = best_per_unit(scores, units)

    pairs = sorted({row[:2] for row in rows})
    assert list(zip(units.passage.tolist(), units.page.tolist(), strict=True)) == pairs
    for unit, pair in enumerate(pairs):
        mine = [row for row, place in enumerate(rows) if place[:2] == pair]
        assert units.first_window[unit] == mine[0]
        assert [row for row in range(len(rows)) if units.of_window[row] == unit] == mine
        assert units.windows_of(np.array([unit]))[0].tolist() == mine
        assert best[unit] == max(scores[mine])
        assert window[unit] == max(mine, key=lambda row: (scores[row], -row))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([-np.inf, 0.0, 0.5, 0.75, 1.0]), max_size=12),
    st.integers(0, 14),
)
def test_the_best_come_first_equal_ones_in_order_and_excluded_ones_never(values, count):
    expected = sorted(
        (row for row, value in enumerate(values) if value > -np.inf),
        key=lambda row: (-values[row], row),
    )
    assert top(np.array(values, dtype=np.float32), count) == expected[:count]


@settings(deadline=None, max_examples=50)
@given(
    st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 40, 1000]), st.sampled_from([2, 50, 10**6])
)
def test_the_best_of_many_are_those_of_a_full_sort(seed, count, different):
    generator = np.random.default_rng(seed)
    scores = generator.integers(0, different, 5000).astype(np.float32)
    scores[generator.random(5000) < 0.3] = -np.inf
    expected = np.argsort(-scores, kind="stable")[:count]
    assert top(scores, count) == [row for row in expected.tolist() if scores[row] > -np.inf]


def test_constant_scores_tell_nothing():
    assert standardise(np.full(4, 0.3, dtype=np.float32)).tolist() == [0, 0, 0, 0]
    assert standardise(np.zeros(0, dtype=np.float32)).tolist() == []


# Large corpora


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    """The same 9,000 windows compared whole and by candidates, their units, their vectors."""
    generator = np.random.default_rng(2)
    centres = np.repeat(generator.standard_normal((900, 96)), 10, axis=0)
    rows = (centres + generator.standard_normal((9000, 96))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    folder = tmp_path_factory.mktemp("grand")
    write_vectors(folder / "exact.faiss", rows)
    write_vectors(folder / "coded.faiss", rows, exact_up_to=0)
    units = units_of(table([(row // 3, 1 + row % 3 // 2) for row in range(9000)]))
    stores = [
        FaissWindowStore.load(folder / f"{name}.faiss", [], []) for name in ("exact", "coded")
    ]
    return *(DenseStage(store, units) for store in stores), units, rows


def test_a_large_corpus_ranks_its_best_units_as_if_compared_whole(corpora):
    exact, coded, units, rows = corpora
    nothing = np.zeros(len(units), dtype=np.float32)
    for window in (5, 4321, 8999):
        whole, likely = (stage.compare(rows[window], nothing) for stage in (exact, coded))
        best = top(whole.scores, 10)
        assert top(likely.scores, 10) == best
        assert np.allclose(likely.scores[best], whole.scores[best], atol=1e-3)
        assert likely.window[best].tolist() == whole.window[best].tolist()
        assert np.allclose(likely.standard[best], whole.standard[best], rtol=0.05)


def test_what_shares_words_is_compared_though_it_is_far_in_meaning(corpora):
    exact, coded, units, rows = corpora
    far = int(np.argmin(exact.compare(rows[0], np.zeros(len(units), np.float32)).scores))
    words = np.zeros(len(units), dtype=np.float32)
    whole = exact.compare(rows[0], words)
    average = coded.compare(rows[0], words)
    assert average.standard[far] == 0, "neither close nor sharing words: taken for average"
    words[far] = 1.0
    found = coded.compare(rows[0], words)
    assert found.scores[far] == pytest.approx(whole.scores[far], abs=1e-3)
    assert found.standard[far] < 0


def test_units_that_a_filter_allows_are_compared_wherever_they_rank(corpora):
    exact, coded, units, rows = corpora
    words = np.zeros(len(units), dtype=np.float32)
    whole = exact.compare(rows[0], words)
    allowed = np.zeros(len(units), dtype=bool)
    allowed[np.argsort(whole.scores)[:40]] = True
    found = coded.compare(rows[0], words, allowed)
    assert np.allclose(found.scores[allowed], whole.scores[allowed], atol=1e-3)
    nobody = coded.compare(rows[0], words, np.zeros(len(units), dtype=bool))
    assert not nobody.standard.any()
