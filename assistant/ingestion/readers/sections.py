"""Headings of files that have them, and sections in place of the pages they have not.

A text without pages is cut where its main sections begin, so that « § 2 » designates the
same place as long as the file does not change. A long section is cut again, at its own
headings, else between paragraphs: what a citation opens must stay short enough to be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from assistant.ingestion.readers.flow import Content, PageFlow, word_count
from assistant.ingestion.readers.flow_items import Item, Run
from assistant.model import BlockKind

LONG_SECTION: Final = 1200
"""Words after which a section is cut at its next heading, whatever its level."""
LONGEST_SECTION: Final = 2000
"""Words after which it is cut between two paragraphs."""
_CUTS: Final = (re.compile(r"(?<=\n)"), re.compile(r"(?<=[.!?…] )"), re.compile(r"(?<=\s)"))
_PREAMBLE: Final = 60
"""Words that may stand before the title of a document."""


def settle_headings(content: Sequence[Content]) -> None:
    """Tell the title from the headings, and number heading levels from 1 without a gap.

    A lone heading above all others, at the start, is the title of the document.
    """
    headings = [
        entry for entry in content if isinstance(entry, Item) and entry.kind is BlockKind.HEADING
    ]
    titled = any(isinstance(entry, Item) and entry.kind is BlockKind.TITLE for entry in content)
    if len(headings) > 1 and not titled:
        first, rest = headings[0], headings[1:]
        before = word_count(content[: _place(content, first)])
        if before <= _PREAMBLE and all(item.level > first.level for item in rest):
            first.kind, first.level = BlockKind.TITLE, 0
            headings = rest
    levels = sorted({item.level for item in headings})
    for item in headings:
        item.level = levels.index(item.level) + 1


def _place(content: Sequence[Content], item: Item) -> int:
    return next(rank for rank, entry in enumerate(content) if entry is item)


def cut_sections(content: Sequence[Content]) -> list[PageFlow]:
    """Cut a flow where its main sections begin; see the module's description."""
    pages: list[list[Content]] = [[]]
    size = 0
    before: Content | None = None
    for entry in (part for whole in content for part in _parts(whole)):
        if _opens(pages[-1], entry, size, before):
            pages.append([])
            size = 0
        pages[-1].append(entry)
        size += word_count([entry])
        before = entry
    return [
        PageFlow(f"§\u00a0{number}", page) for number, page in enumerate(pages, start=1) if page
    ]


def _parts(entry: Content) -> Iterator[Content]:
    """An endless paragraph in several: between its lines, its sentences, else its words."""
    if (
        not isinstance(entry, Item)
        or entry.kind is not BlockKind.PARAGRAPH
        or len(entry.text.split()) <= LONGEST_SECTION
    ):
        yield entry
        return
    text = entry.text
    for pattern in _CUTS:
        pieces = pattern.split(text)
        if max(len(piece.split()) for piece in pieces) <= LONG_SECTION:
            break
    current: list[str] = []
    size = 0
    for piece in pieces:
        words = len(piece.split())
        if current and size + words > LONG_SECTION:
            yield Item(BlockKind.PARAGRAPH, [Run("".join(current))])
            current, size = [], 0
        current.append(piece)
        size += words
    yield Item(BlockKind.PARAGRAPH, [Run("".join(current))])


def _opens(page: list[Content], entry: Content, size: int, before: Content | None) -> bool:
    """Whether a section begins with this entry."""
    if not any(_is_text(item) for item in page):
        # Headings and the title alone on a page would be of no use.
        return False
    if isinstance(entry, Item) and entry.kind is BlockKind.HEADING:
        return entry.level == 1 or size > LONG_SECTION
    if size <= LONGEST_SECTION or not isinstance(entry, Item):
        return False
    return entry.kind is BlockKind.PARAGRAPH and not (
        isinstance(before, Item) and before.kind is BlockKind.HEADING
    )


def _is_text(entry: Content) -> bool:
    return not (
        isinstance(entry, Item)
        and entry.kind in (BlockKind.HEADING, BlockKind.TITLE, BlockKind.HEADER, BlockKind.FOOTER)
    )
