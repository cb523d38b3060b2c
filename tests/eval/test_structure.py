"""The measure of headings and lists catches what is missed, what is invented, what is apart."""

from __future__ import annotations

import pytest

from assistant.model import (
    Block,
    BlockKind,
    DocumentMetadata,
    Page,
    PageStatus,
    Passage,
    ReadDocument,
    Span,
)
from eval.structure import (
    LabelledList,
    LabelledPages,
    judge_headings,
    judge_list,
    load_headings,
    load_lists,
    matches,
)


def document(*blocks: tuple[BlockKind, int, str]) -> ReadDocument:
    made = tuple(
        Block(kind, (Span(1, 100 * at, 100 * at + len(text)),), text, level)
        for at, (kind, level, text) in enumerate(blocks)
    )
    page = Page(1, "1", 595.0, 842.0, PageStatus.TEXT, "", (), made)
    return ReadDocument(DocumentMetadata("Essai"), (page,))


LABEL = LabelledPages.model_validate(
    {
        "file": "guide.pdf",
        "split": "dev",
        "pages": [1],
        "headings": [
            {"page": 1, "level": 0, "text": "Guide"},
            {"page": 1, "level": 1, "text": "1. Cadre … général"},
            {"page": 1, "level": 2, "text": "1.1 Objet"},
        ],
        "optional": [{"page": 1, "text": "Édition 2025"}],
    }
)


def test_headings_are_counted_on_both_sides() -> None:
    score = judge_headings(
        LABEL,
        document(
            (BlockKind.TITLE, 0, "GUIDE"),
            (BlockKind.HEADING, 1, "Édition 2025"),
            (BlockKind.HEADING, 1, "1. Cadre juridique général"),
            (BlockKind.PARAGRAPH, 0, "1.1 Objet"),
            (BlockKind.HEADING, 1, "Qui ?"),
        ),
    )
    assert (score.found, score.expected, score.proposed) == (2, 3, 3)
    assert score.missed == ["p. 1 : 1.1 Objet"]
    assert score.wrong == ["p. 1 : Qui ?"]
    assert (score.agreeing, score.pairs) == (1, 1)


def test_levels_agree_when_they_go_the_same_way() -> None:
    flat = document(
        (BlockKind.TITLE, 0, "Guide"),
        (BlockKind.HEADING, 3, "1. Cadre général"),
        (BlockKind.HEADING, 3, "1.1 Objet"),
    )
    score = judge_headings(LABEL, flat)
    assert (score.agreeing, score.pairs) == (1, 2)


@pytest.mark.parametrize(
    ("anchor", "text", "expected"),
    [
        ("L’OBJET", "l'objet", True),
        ("1. Objet", "Objet", False),
        ("Objet", "Objet et portée", False),
        ("Objectif 1 : … santé", "Objectif 1 : accompagner la e-santé", True),
        ("Rappel …", "Rappel des actions", True),
        ("Rappel … actions", "Rappel", False),
    ],
)
def test_an_anchor_names_the_whole_title(anchor: str, text: str, expected: bool) -> None:
    assert matches(anchor, text) is expected


def passage(section: tuple[str, ...], *lines: str) -> Passage:
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, (Span(2, 100 * at, 100 * at + 9),), line)
        for at, line in enumerate(lines)
    )
    return Passage("p", "d", 0, section, blocks)


LIST = LabelledList.model_validate(
    {
        "file": "guide.pdf",
        "split": "dev",
        "intro": {"page": 1, "text": "Sont éligibles"},
        "items": [{"page": 2, "text": "les hôpitaux"}, {"page": 2, "text": "les cliniques"}],
    }
)


@pytest.mark.parametrize(
    ("passages", "together"),
    [
        ([passage((), "Sont éligibles :", "les hôpitaux ;", "les cliniques.")], 2),
        ([passage(("Sont éligibles",), "les hôpitaux ;", "les cliniques.")], 2),
        ([passage((), "Sont éligibles :", "les hôpitaux ;"), passage((), "les cliniques.")], 1),
        ([], 0),
    ],
)
def test_items_must_stand_with_their_introduction(passages: list[Passage], together: int) -> None:
    assert judge_list(LIST, passages).together == together


def test_labels_are_many_and_half_are_for_testing() -> None:
    for split in ("dev", "test"):
        assert sum(len(label.headings) for label in load_headings(split)) >= 100
        assert len(load_lists(split)) >= 30
    files = {label.file for label in load_headings("dev")}
    assert not files & {label.file for label in load_headings("test")}
    assert not files & {label.file for label in load_lists("test")}
