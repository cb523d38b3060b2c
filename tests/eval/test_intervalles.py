"""Intervals hold what they promise, tests find real differences and only them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from eval.intervalles import bootstrap, compare, exchanges, intervals


def test_an_interval_surrounds_the_mean_and_follows_its_seed():
    values = np.random.default_rng(0).random(80)
    first = intervals({"a": values}, seed=1)["a"]
    assert first.value == pytest.approx(values.mean())
    assert first.low < first.value < first.high
    assert intervals({"a": values}, seed=1)["a"] == first
    assert intervals({"a": values}, seed=2)["a"] != first


def test_the_width_is_that_of_the_normal_law():
    values = np.random.default_rng(0).normal(0.5, 0.2, 400)
    found = intervals({"a": values}, seed=1, resamples=4000)["a"]
    expected = 2 * 1.96 * values.std() / np.sqrt(len(values))
    assert found.high - found.low == pytest.approx(expected, rel=0.08)


def test_nine_times_in_ten_or_more_the_interval_holds_the_true_mean():
    random = np.random.default_rng(5)
    columns = {number: (random.random(60) < 0.7).astype(float) for number in range(400)}
    found = intervals(columns, seed=1).values()
    assert 0.90 <= np.mean([each.low <= 0.7 <= each.high for each in found]) <= 0.98


def test_the_same_systems_are_not_told_apart():
    values = np.random.default_rng(0).random(50)
    found = compare({"x": (values, values)}, seed=1)["x"]
    assert found.difference.value == 0
    assert found.p == 1.0


def test_p_is_the_share_of_exchanges_as_extreme():
    differences = np.array([0.4, 0.1, 0.3, -0.2, 0.5, 0.2, 0.0, 0.1])
    exact = [
        abs(np.dot(signs, differences)) >= abs(differences.sum()) - 1e-12
        for signs in itertools.product((-1, 1), repeat=len(differences))
    ]
    found = compare({"x": (differences, np.zeros(8))}, seed=1, flips=40_000)["x"]
    assert found.p == pytest.approx(np.mean(exact), abs=0.01)


def test_p_is_never_zero_and_small_for_a_real_gain():
    worse = np.random.default_rng(0).random(300)
    found = compare({"gain": (worse + 0.05, worse)}, seed=1, flips=2000)["gain"]
    assert found.difference.low == pytest.approx(0.05)
    assert found.p == pytest.approx(1 / 2001)


def test_one_draw_in_twenty_is_below_five_percent_by_chance():
    random = np.random.default_rng(3)
    pairs = {number: (random.random(40), random.random(40)) for number in range(400)}
    found = compare(pairs, seed=1, flips=1000)
    share = np.mean([result.p < 0.05 for result in found.values()])
    assert 0.02 <= share <= 0.09


def test_a_bootstrap_sees_every_question_as_often_as_drawn():
    drawn = bootstrap(lambda times: times, 7, seed=0, resamples=500)
    assert drawn.shape == (500, 7)
    assert set(drawn.sum(axis=1)) == {7.0}
    assert drawn.mean() == pytest.approx(1)


def test_an_exchange_is_as_likely_as_none():
    drawn = exchanges(lambda swapped: swapped, 5, seed=0, flips=4000)
    assert set(np.unique(drawn)) == {0.0, 1.0}
    assert drawn.mean(axis=0) == pytest.approx(0.5, abs=0.03)
