"""A list or a table cut in passages is found again whole, and nothing else is added to it."""

from __future__ import annotations

import pytest

from assistant.ingestion.chunking import split_passages
from assistant.model import (
    Block,
    BlockKind,
    Cell,
    Document,
    DocumentMetadata,
    Hit,
    Page,
    PageStatus,
    Passage,
    ReadDocument,
    Span,
)
from assistant.retrieval.neighbours import goes_on, neighbours, whole, widened

HEADING, PARAGRAPH = BlockKind.HEADING, BlockKind.PARAGRAPH
INTRO, ITEM, ROW = BlockKind.LIST_INTRO, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW


class Shelf:
    """Passages of one document, read by position."""

    def __init__(self, *passages):
        self.passages = passages

    def passages_at(self, document_id, first, last):
        return [item for item in self.passages if first <= item.position <= last]


def block(kind, text, page=1, *, headers=()):
    start = sum(map(ord, text))
    span = Span(page, start, start + len(text))
    cells = tuple(Cell(header, text, span) for header in headers)
    return Block(kind, (span,), text, level=1 if kind is ITEM else 0, cells=cells)


def passage(position, *blocks, section=("1. Actions",), document="d"):
    return Passage(f"p{position}", document, position, section, blocks)


def test_a_long_list_cut_by_chunking_is_whole_again():
    texts = ["Les actions retenues sont les suivantes :"]
    texts += [f"action {n} : {'former les équipes de terrain ' * 8}" for n in range(1, 16)]
    page_text, blocks = "", []
    for at, text in enumerate(texts):
        span = Span(1, len(page_text), len(page_text) + len(text))
        kind = INTRO if at == 0 else ITEM
        blocks.append(Block(kind, (span,), text, level=0 if at == 0 else 1))
        page_text += text + "\n"
    page = Page(1, "1", 595, 842, PageStatus.TEXT, page_text, (), tuple(blocks))
    parts = split_passages(ReadDocument(DocumentMetadata("Plan"), (page,)), "d")
    assert len(parts) > 2
    for part in parts:
        found = neighbours(part, Shelf(*parts))
        assert len(found.before) + len(found.after) == len(parts) - 1
        assert [item.text for item in whole(part, found)] == texts


def test_a_list_that_goes_on_under_the_same_title_of_the_next_slide():
    first = passage(0, block(HEADING, "Actions"), block(ITEM, "1. Former"), section=("Actions",))
    second = passage(
        1,
        block(HEADING, "Actions (suite)", 2),
        block(ITEM, "2. Doter", 2),
        section=("Actions (suite)",),
    )
    third = passage(
        2, block(HEADING, "Calendrier", 3), block(ITEM, "3. Ouvrir", 3), section=("Calendrier",)
    )
    found = neighbours(first, Shelf(first, second, third))
    assert [item.id for item in found.after] == ["p1"]
    assert [item.id for item in neighbours(second, Shelf(first, second, third)).before] == ["p0"]


def test_a_table_goes_on_with_the_same_columns_only():
    first = passage(0, block(ROW, "Dole : 3", headers=("Site", "Lits")))
    second = passage(1, block(ROW, "Gray : 4", 2, headers=("Site", "Lits")))
    other = passage(1, block(ROW, "Vesoul : oui", 2, headers=("Site", "Garde")))
    assert goes_on(first, second)
    assert not goes_on(first, other)


@pytest.mark.parametrize(
    "following",
    [
        passage(1, block(ITEM, "1. Recommencer")),  # another list: its numbers start again
        passage(1, block(ITEM, "3. Plus loin", 4)),  # pages apart
        passage(1, block(ITEM, "3. Ailleurs"), section=("2. Moyens",)),
        passage(1, block(PARAGRAPH, "Un paragraphe.")),
        passage(2, block(ITEM, "3. Après un manque")),
        passage(1, block(ITEM, "3. Un autre document"), document="autre"),
        passage(1),
    ],
)
def test_what_only_looks_like_a_continuation_is_left_alone(following):
    first = passage(0, block(ITEM, "1. Former"), block(ITEM, "2. Doter"))
    assert not goes_on(first, following)
    assert not neighbours(first, Shelf(first, following))


def test_a_paragraph_asks_nothing_of_the_catalogue():
    class Closed:
        def passages_at(self, *_):
            raise AssertionError("read for nothing")

    assert not neighbours(passage(0, block(PARAGRAPH, "Un texte.")), Closed())


def hit(item, document=None):
    known = document or Document(
        item.document_id, "plan.pdf", "/plan.pdf", DocumentMetadata("P"), 2
    )
    return Hit(item, known, 1.0, item.blocks[0].spans[0])


def test_the_hit_that_holds_a_part_of_a_list_is_widened_once_and_the_other_parts_left():
    first = passage(0, block(INTRO, "Les actions :"), block(ITEM, "1. Former"))
    second = passage(1, block(ITEM, "2. Doter"))
    alone = passage(5, block(PARAGRAPH, "Un paragraphe."))
    shelf = Shelf(first, second, alone)
    wide = widened([hit(second), hit(alone), hit(first)], shelf)
    assert [item.text for item in wide[0].passage.blocks] == [
        "Les actions :",
        "1. Former",
        "2. Doter",
    ]
    assert [one.passage for one in wide[1:]] == [alone, first]
    assert [one.span for one in wide] == [hit(item).span for item in (second, alone, first)]
