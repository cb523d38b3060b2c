"""Two annotators: what they say is kept, and how far they agree is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.agreement import agreement, kappa_of, strength, table_of
from eval.annotations import AnnotationInvalidError, AnnotationStore, marks_of


@pytest.fixture
def store(tmp_path: Path) -> AnnotationStore:
    return AnnotationStore(tmp_path / "evaluation" / "annotations.sqlite")


def test_each_person_says_one_thing_of_an_answer(store: AnnotationStore) -> None:
    assert store.of_run("r") == []
    store.put("r", "q1", " Anne  Martin ", "faux", " Mauvaise page. ")
    store.put("r", "q1", "Bruno", "juste")
    store.put("r", "q1", "Anne Martin", "incomplet")
    store.put("autre", "q1", "Anne Martin", "juste")
    assert marks_of(store.of_run("r")) == {
        "Anne Martin": {"q1": "incomplet"},
        "Bruno": {"q1": "juste"},
    }
    assert store.remove("r", "q1", "Bruno")
    assert not store.remove("r", "q1", "Bruno")
    assert store.delete_run("r") == 1
    assert len(store.of_run("autre")) == 1


@pytest.mark.parametrize(("name", "mark"), [(" ", "juste"), ("x" * 81, "juste"), ("Anne", "bof")])
def test_what_cannot_be_kept_is_refused(store: AnnotationStore, name: str, mark: str) -> None:
    with pytest.raises(AnnotationInvalidError):
        store.put("r", "q1", name, mark)  # type: ignore[arg-type]


def test_kappa_of_a_published_table() -> None:
    """Fleiss, Levin and Paik, « Statistical Methods for Rates and Proportions », 3rd ed., 18.1."""
    pairs = [
        (first, second)
        for first, counts in (
            ("juste", (75, 1, 4)),
            ("incomplet", (5, 4, 1)),
            ("faux", (0, 0, 10)),
        )
        for second, count in zip(("juste", "incomplet", "faux"), counts, strict=True)
        for _ in range(count)
    ]
    assert kappa_of(table_of(pairs)) == pytest.approx(0.676, abs=5e-4)


def test_intervals_hold_the_value_and_do_not_change() -> None:
    first = {str(at): ("juste", "faux", "incomplet", "juste")[at % 4] for at in range(50)}
    second = {str(at): ("juste", "faux", "juste")[at % 3] for at in range(10, 60)}
    found = agreement(first, second)
    assert found.count == 40
    assert found.kappa is not None
    assert found.observed is not None
    assert found.kappa.low < found.kappa.value < found.kappa.high
    assert found.observed.low < found.observed.value < found.observed.high
    assert agreement(first, second).kappa == found.kappa


def test_an_undefined_kappa_is_said_never_a_number() -> None:
    nobody = agreement({"a": "juste"}, {"b": "juste"})
    assert (nobody.count, nobody.observed, nobody.kappa) == (0, None, None)
    assert "par les deux" in nobody.undefined
    same = agreement({"a": "juste", "b": "juste"}, {"a": "juste", "b": "juste"})
    assert same.kappa is None
    assert same.observed is not None
    assert same.observed.value == 1
    assert "un seul et même mot" in same.undefined
    # One word each, never the same: chance never agrees either, and kappa is 0.
    apart = agreement({"a": "juste"}, {"a": "faux"})
    assert apart.kappa is not None
    assert (apart.kappa.value, apart.kappa.low) == (0, 0)


def test_a_kappa_in_words() -> None:
    assert [strength(one) for one in (-0.1, 0.1, 0.3, 0.5, 0.7, 0.9)] == [
        "pas meilleur que le hasard",
        *("faible", "passable", "modéré", "fort", "presque parfait"),
    ]
