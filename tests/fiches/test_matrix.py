"""The place in the matrix: notes move the point, their absence only widens the box."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.fiches.matrix import MIDDLE, number, place
from assistant.fiches.method import load_method
from assistant.fiches.model import Position, Score

METHOD = load_method()


def noted(levels: dict[str, str | None]) -> Position:
    return place(
        [
            Score(
                code=one.code,
                label=one.label,
                side=one.side,
                level=levels.get(one.code),
                origin="saisie" if levels.get(one.code) else None,
            )
            for one in METHOD.criteria
        ],
        METHOD,
    )


def test_figures_are_rounded_as_is_taught() -> None:
    shown = [number(value) for value in (0, 0.125, 0.625, 0.875, 1 / 3, 0.5, 1)]
    assert shown == ["0", "0,13", "0,63", "0,88", "0,33", "0,5", "1"]


def test_nothing_noted_is_nowhere_and_anywhere() -> None:
    found = noted({})
    assert (found.impact, found.effort) == (None, None)
    assert (found.impact_low, found.impact_high) == (0.0, 1.0)
    assert len(found.quadrants) == 4
    assert "aucun critère noté sur 4" in found.formula


def test_the_formula_can_be_followed_by_hand() -> None:
    found = noted({"IMP_1": "fort", "IMP_2": "moyen", "EFF_1": "faible"})
    assert found.impact == 0.75
    assert (found.impact_low, found.impact_high) == (0.375, 0.875)
    assert "(IMP_1 1 + IMP_2 0,5) / 2 = 0,75" in found.formula
    assert found.quadrants[0] == "impact fort, effort faible"


LEVELS = st.dictionaries(
    st.sampled_from([one.code for one in METHOD.criteria]),
    st.sampled_from(["faible", "moyen", "fort", None]),
)


@given(LEVELS)
def test_the_point_is_always_in_its_box(levels: dict[str, str | None]) -> None:
    found = noted(levels)
    assert 0 <= found.impact_low <= found.impact_high <= 1
    if found.impact is not None:
        assert found.impact_low - 1e-4 <= found.impact <= found.impact_high + 1e-4
    if found.impact is not None and found.effort is not None:
        strong = "fort" if found.impact >= MIDDLE else "faible"
        assert found.quadrants[0].startswith(f"impact {strong}")


@given(LEVELS, st.sampled_from([one.code for one in METHOD.criteria]))
def test_one_more_note_never_widens_the_box(levels: dict[str, str | None], code: str) -> None:
    before, after = noted({**levels, code: None}), noted({**levels, code: "moyen"})
    assert after.impact_high - after.impact_low <= before.impact_high - before.impact_low
    assert after.effort_high - after.effort_low <= before.effort_high - before.effort_low
