"""The question sets: each gold page says what the question expects."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pypdfium2
import pytest

from assistant.language.normalise import display_text, squash
from eval.facts import ALTERNATIVES, holds
from eval.sets import FOLDER, KINDS, Place, Question, read_lines

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "corpus" / "demo"
SETS = {name: read_lines(FOLDER / f"{name}.jsonl", Question) for name in ("demo", "reel")}
DEVELOPMENT = ("-proche-", "-reponse-", "reel-c")
"""Families of questions that were used to develop the assistant: they stay in that half."""
TRAPS = ("prémisse", "contradiction", "consigne hostile")

each_set = pytest.mark.parametrize("name", SETS)


@cache
def documents(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted(folder.rglob("*.pdf"))}


@cache
def opened(path: Path) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(path)


@cache
def text(path: Path, place: Place) -> str:
    found = display_text(opened(path)[place.page - 1].get_textpage().get_text_bounded())
    if not found.strip():  # the scanned page: its source says what the picture shows
        found = (DEMO / "sources" / path.with_suffix(".md").name).read_text(encoding="utf-8")
    return found


def says(page: str, fact: str) -> bool:
    # Letters as well as values: the text of a table runs its cells together.
    return holds(page, fact) or any(
        squash(one) in squash(page) for one in fact.split(ALTERNATIVES) if one.strip()
    )


@each_set
def test_a_set_is_large_and_asks_each_thing_once(name: str) -> None:
    questions = SETS[name]
    assert len(questions) >= 150
    assert Counter(one.split for one in questions)["test"] >= 130
    asked = Counter((one.history, one.question) for one in questions)
    assert [text for text, times in asked.items() if times > 1] == []


@each_set
@pytest.mark.parametrize("split", ["dev", "test"])
def test_both_halves_hold_every_kind_and_every_trap(name: str, split: str) -> None:
    half = [one for one in SETS[name] if one.split == split]
    kinds = Counter(one.kind for one in half)
    assert set(kinds) == set(KINDS)
    assert [kind for kind in KINDS if kinds[kind] < 4 and kind != "qui"] == []
    notes = " ".join(one.note.lower() for one in half if one.kind == "piege")
    assert [
        trap for trap in TRAPS if trap not in notes.replace("fausse prémisse", "prémisse")
    ] == []
    assert sum(not one.answerable for one in half) >= 20


@each_set
def test_what_served_to_develop_is_in_no_test_half(name: str) -> None:
    used = [one for one in SETS[name] if any(mark in one.id for mark in DEVELOPMENT)]
    assert len(used) >= 40
    assert {one.split for one in used} == {"dev"}


def test_the_first_questions_of_a_kind_alternate_between_the_halves() -> None:
    for kind in set(KINDS) - {"qui"}:
        splits = [q.split for q in SETS["demo"] if q.id.startswith(f"demo-{kind}-")]
        assert len(splits) >= 8
        assert splits == [("dev", "test")[rank % 2] for rank in range(len(splits))]


@each_set
def test_a_question_says_what_it_expects(name: str) -> None:
    for one in SETS[name]:
        assert one.kind in KINDS, one.id
        assert bool(one.history) == bool(one.standalone) == (one.kind == "suite"), one.id
        assert one.answerable != (one.kind == "absent") or one.kind == "piege", one.id
        assert bool(one.facts or one.items) == one.answerable, one.id


def test_every_demonstration_document_is_asked_about() -> None:
    assert {one.file for one in SETS["demo"] if one.file} == set(documents(DEMO / "pdf"))


@pytest.mark.parametrize("name", ["demo", pytest.param("reel", marks=pytest.mark.corpus_reel)])
def test_the_gold_pages_hold_the_expected_facts(name: str, request: pytest.FixtureRequest) -> None:
    folder = DEMO / "pdf" if name == "demo" else request.getfixturevalue("real_corpus")
    paths = documents(folder)
    wrong = []
    for one in SETS[name]:
        for place in (*one.gold, *one.also):
            assert 1 <= place.page <= len(opened(paths[place.file])), one.id
        if not one.answerable:
            continue
        first, *others = (text(paths[place.file], place) for place in one.gold)
        wider = " ".join([first, *others])
        expected = (*one.facts, *one.items)
        assert any(says(first, fact) for fact in expected), one.id
        wrong += [(one.id, fact) for fact in expected if not says(wider, fact)]
    assert wrong == []
