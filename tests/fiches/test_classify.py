"""Axis and functions are suggested with the words that led there; a document may say better."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.fiches.classify import suggest_axes, suggest_functions
from assistant.fiches.method import load_method
from assistant.fiches.model import Request
from eval.fiches import load

METHOD = load_method()


def test_the_words_typed_are_shown_with_the_runner_up() -> None:
    axes = suggest_axes(Request(title="Prévoir les ruptures de stock de linge"), METHOD)
    assert axes[0].code == "6"
    assert axes[0].chosen
    assert {"stock", "linge"} <= set(axes[0].words)
    assert not axes[1].chosen
    assert sum(one.share for one in axes) == pytest.approx(1, abs=0.01)


def test_several_functions_may_serve_one_use_case() -> None:
    functions = suggest_functions(Request(title="Prévoir et recommander"), METHOD)
    assert {one.code for one in functions if one.chosen} == {"predictive", "prescriptive"}


@pytest.mark.parametrize(
    ("title", "function"),
    [
        ("Anticiper les départs à la retraite", "predictive"),
        ("Tournées de livraison optimisées", "prescriptive"),
        ("Courriels rédigés pour les usagers", "generative"),
        ("Codifier et étiqueter les photographies", "descriptive"),
        ("Robot autonome de bout en bout", "agentique"),
    ],
)
def test_what_the_system_does_is_enough(title: str, function: str) -> None:
    chosen = [one.code for one in suggest_functions(Request(title=title), METHOD) if one.chosen]
    assert function in chosen


def test_a_title_without_a_word_of_the_grid_chooses_nothing() -> None:
    nothing = Request(title="Zébulon xylographe")
    assert not any(one.chosen for one in suggest_axes(nothing, METHOD))
    assert not any(one.chosen for one in suggest_functions(nothing, METHOD))


def test_the_description_counts_less_than_the_title() -> None:
    asked = Request(title="Réduire le gaspillage alimentaire", need="Les soignants s’en plaignent.")
    assert suggest_axes(asked, METHOD)[0].code == "7"


@given(st.text(min_size=3, max_size=60))
def test_any_title_is_ranked_over_every_axis(title: str) -> None:
    axes = suggest_axes(Request(title=title), METHOD)
    assert {one.code for one in axes} == {one.code for one in METHOD.axes}
    assert sum(one.chosen for one in axes) <= 1
    assert all(word in title for one in axes for word in one.words)


@pytest.mark.parametrize("split", ["dev", "test"])
def test_titles_that_measure_it_follow_the_grid(split: str) -> None:
    titles = load("dev" if split == "dev" else "test")
    assert len(titles) >= 30
    assert {one.axis for one in titles} == {one.code for one in METHOD.axes}
    known = {one.code for one in METHOD.functions}
    assert all(set(one.functions) <= known for one in titles)
