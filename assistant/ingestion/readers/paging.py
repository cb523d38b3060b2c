"""Pages of a flowing text, from the marks its word processor left where each one began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from assistant.ingestion.readers.flow import Content, PageFlow, word_count
from assistant.ingestion.readers.flow_items import Item, Run, Table
from assistant.ingestion.readers.flow_tables import Laid, cut, lay_out
from assistant.ingestion.readers.guess import manual_list_item
from assistant.model import BlockKind

MAX_PAGE_WORDS: Final = 1500
"""A page with more words was not laid out by the word processor: marks are missing."""


@dataclass(slots=True)
class Mark:
    """A page begins here.

    Attributes:
        typed: by the author; otherwise found by the word processor.
        turns: false for a change of section that stays on the page.
        section: how many sections end here.
    """

    typed: bool = False
    turns: bool = True
    section: int = 0


@dataclass(slots=True)
class Drawn:
    """Something drawn, without text."""


Entry = Content | Mark | Drawn


class Labels(Protocol):
    """Printed numbers of pages."""

    def turn(self, section: int) -> None:
        """Go to the next page, which stands in this section (from 0)."""

    def text(self) -> str:
        """Number printed on the current page."""


def split_paragraph(
    pieces: Sequence[Run | Mark], kind: BlockKind, level: int, marker: str
) -> Iterator[Item | Mark]:
    """One item a page the paragraph stands on; the first one carries its role."""
    runs: list[Run] = []
    whole = kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
    late: list[Mark] = []
    for piece in pieces:
        if isinstance(piece, Run):
            runs.append(piece)
            continue
        item = Item(kind, runs, level, marker)
        if not item.text:
            yield piece
            runs = []
        elif whole:
            late.append(piece)  # a heading is never cut
        else:
            yield manual_list_item(item)
            yield piece
            kind, level, marker, runs = BlockKind.PARAGRAPH, 0, "", []
    item = Item(kind, runs, level, marker)
    if item.text:
        yield manual_list_item(item)
    yield from late


def lay_pages(entries: Sequence[Entry], labels: Labels) -> tuple[list[PageFlow], list[int]] | None:
    """Pages as the word processor laid them out, and the section of each.

    Returns:
        `None` when the file does not say, or when what it says cannot be true.
    """
    marks = [entry for entry in entries if isinstance(entry, Mark) and entry.turns]
    in_tables = any(entry.page_starts for entry in entries if isinstance(entry, Table))
    rendered = in_tables or any(not mark.typed for mark in marks)
    if not rendered:
        return None  # the breaks typed by the author are not all the breaks
    pages = [PageFlow(labels.text())]
    sections = [0]
    section = 0
    filled = typed = False

    def turn() -> None:
        labels.turn(section)
        pages.append(PageFlow(labels.text()))
        sections.append(section)

    for entry in entries:
        if isinstance(entry, Mark):
            section += entry.section
            # Word writes its own mark after the one the author typed: one page begins.
            if entry.turns and (filled or (entry.typed and typed)):
                turn()
                filled = False
            if not filled:
                sections[-1] = section
            typed = entry.turns and (entry.typed or (typed and not filled))
            continue
        for rank, part in enumerate(_parts(entry)):
            if rank and isinstance(part, Laid):
                turn()
            if isinstance(part, Drawn):
                pages[-1].images = True
            elif not isinstance(part, Laid) or part.rows:
                pages[-1].content.append(part)
        filled, typed = True, False
    while len(pages) > 1 and not pages[-1].content and not pages[-1].images:
        pages.pop()
    if any(word_count(page.content) > MAX_PAGE_WORDS for page in pages):
        return None
    return pages, sections[: len(pages)]


def _parts(entry: Content | Drawn) -> Sequence[Content | Drawn]:
    """A table cut where pages begin; anything else as it is."""
    if not isinstance(entry, Table):
        return [entry]
    laid = lay_out(entry)
    return cut(entry, laid) if isinstance(laid, Laid) else laid
