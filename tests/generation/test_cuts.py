"""Units kept from a question to the next: the same, unless what they are made of has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.generation import cuts
from assistant.generation.cuts import Cuts
from assistant.generation.evidence import units_of
from assistant.generation.units import GetPage, Unit
from assistant.model import Hit, Page
from tests.generation.library import health_library

LIBRARY = health_library()
FIRST, SECOND = LIBRARY.search("robots")[:2]


class Counted:
    """Cuts a passage with nothing of it, and counts how many times."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, hit: Hit, get_page: GetPage) -> tuple[Unit, ...]:
        self.times += 1
        return ()


def said(text: str) -> Callable[[str, int], Page]:
    """Pages that all say the same."""
    page = LIBRARY.get_page(FIRST.document.id, FIRST.span.page)
    return lambda _document, number: replace(page, number=number, text=text)


def test_a_passage_is_cut_once_and_again_when_its_page_or_blocks_change() -> None:
    counted = Counted()
    kept = Cuts(counted)
    block, *others = FIRST.passage.blocks
    mended = replace(FIRST.passage, blocks=(replace(block, text="Autre"), *others))
    for hit, text, times in (
        (FIRST, "un", 1),
        (FIRST, "un", 1),
        (FIRST, "deux", 2),
        (FIRST, "un", 2),
        (replace(FIRST, passage=mended), "un", 3),
    ):
        kept.of(hit, said(text))
        assert counted.times == times


def test_what_was_used_longest_ago_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts, "_KEPT", 1)
    counted = Counted()
    kept = Cuts(counted)
    assert FIRST.passage.id != SECOND.passage.id
    for hit, times in ((FIRST, 1), (FIRST, 1), (SECOND, 2), (FIRST, 3)):
        kept.of(hit, LIBRARY.get_page)
        assert counted.times == times


def test_units_are_those_of_the_question_that_asks() -> None:
    other = replace(FIRST, score=0.5)
    units_of([FIRST], LIBRARY.get_page)
    units = units_of([SECOND, other], LIBRARY.get_page)
    assert {(unit.hit.score, unit.rank) for unit in units} == {(SECOND.score, 0), (0.5, 1)}
