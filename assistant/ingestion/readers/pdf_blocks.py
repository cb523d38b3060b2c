"""Writing the raw text of a PDF page, and the blocks whose offsets refer to it."""

from __future__ import annotations

import re
import statistics
from itertools import pairwise
from typing import Final

from assistant.ingestion.colours import hue
from assistant.ingestion.display import shown
from assistant.ingestion.drafts import Draft, DraftPage
from assistant.ingestion.layout_types import (
    Line,
)
from assistant.ingestion.readers.pdf_scan import RawPage
from assistant.ingestion.table_rows import (
    DraftCell,
    DraftTable,
)
from assistant.ingestion.table_values import row_text
from assistant.model import Block, BlockKind, Cell, Page, Span, Word

MAX_HEADER_SPAN: Final = 800
"""Characters: parts of a header further apart than this are not cited together."""

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Þ«])")


class Assembler:
    """Writes the raw text of a page and turns its drafts into blocks."""

    def __init__(self, page: RawPage, marked: str | None) -> None:
        self._page = page
        self._marked = marked
        self._parts: list[str] = []
        self._length = 0
        self._words: list[Word] = []
        self._hues: list[tuple[int, int]] = []

    def assemble(
        self, draft: DraftPage, tables: list[DraftTable], edge: list[Draft], label: str
    ) -> Page:
        """Write everything in reading order: headers, body, footers."""
        blocks: list[Block] = []
        for item in edge:
            if item.kind is BlockKind.HEADER:
                blocks.append(self._block(item))
        for item in draft.drafts:
            if item.table >= 0:
                blocks.extend(self._table(tables[item.table]))
            elif item.kind is BlockKind.LIST_INTRO:
                blocks.extend(self._introduction(item))
            else:
                blocks.append(self._block(item))
        for item in edge:
            if item.kind is not BlockKind.HEADER:
                blocks.append(self._block(item))
        geometry = self._page.geometry
        return Page(
            self._page.number,
            label,
            round(geometry.display_width, 2),
            round(geometry.display_height, 2),
            self._page.status,
            "".join(self._parts),
            tuple(self._words),
            tuple(blocks),
            tuple(self._page.warnings),
            self._page.confidence,
        )

    def _write(self, lines: list[Line]) -> Span:
        if self._length:
            self._parts.append("\n")
            self._length += 1
        start = self._length
        for number, line in enumerate(lines):
            for rank, word in enumerate(line.words):
                if number or rank:
                    self._parts.append(" " if rank else "\n")
                    self._length += 1
                end = self._length + len(word.text)
                box = self._page.geometry.to_unrotated((word.x0, word.y0, word.x1, word.y1))
                self._words.append(Word(self._length, end, box, word.size, word.bold, word.colour))
                self._parts.append(word.text)
                if self._marked and word.colour and hue(word.colour) == self._marked:
                    self._hues.append((self._length, end))
                self._length = end
        return Span(self._page.number, start, self._length)

    def _coloured(self, span: Span) -> tuple[Span, ...]:
        """Runs of consecutive words in the colour of additions within a span."""
        if not self._marked:
            return ()
        runs: list[list[int]] = []
        for start, end in self._hues:
            if start < span.start or end > span.end:
                continue
            if runs and start == runs[-1][1] + 1:
                runs[-1][1] = end
            else:
                runs.append([start, end])
        return tuple(Span(span.page, start, end) for start, end in runs)

    def _block(self, draft: Draft) -> Block:
        span = self._write(draft.lines)
        text = shown("\n".join(display_line(line) for line in draft.lines))
        return Block(draft.kind, (span,), text, draft.level, (), self._coloured(span))

    def _introduction(self, draft: Draft) -> list[Block]:
        """Keep as introduction of a list its last sentence only, when there are others."""
        block = self._block(draft)
        span = block.spans[0]
        raw = "\n".join(line.text for line in draft.lines)
        cuts = [match.end() for match in _SENTENCE.finditer(raw)]
        if not cuts or draft.word_count <= 40:
            return [block]
        cut = cuts[-1]
        before = Span(span.page, span.start, span.start + len(raw[:cut].rstrip()))
        after = Span(span.page, span.start + cut, span.end)
        return [
            Block(
                BlockKind.PARAGRAPH,
                (before,),
                shown(raw[:cut]),
                0,
                (),
                self._coloured(before),
            ),
            Block(
                BlockKind.LIST_INTRO,
                (after,),
                shown(raw[cut:]),
                0,
                (),
                self._coloured(after),
            ),
        ]

    def _table(self, table: DraftTable) -> list[Block]:
        blocks: list[Block] = []
        for number, row in enumerate(table.rows):
            spans = [self._write_cell(cell) for cell in row if not cell.repeated]
            whole = Span(self._page.number, spans[0].start, spans[-1].end)
            cells = tuple(self._cell(cell) for cell in row)
            blocks.append(
                Block(
                    BlockKind.TABLE_ROW,
                    (whole,),
                    row_text(cells) if number >= table.header_rows else header_text(cells),
                    0,
                    cells,
                    self._coloured(whole),
                )
            )
        return blocks

    def _write_cell(self, cell: DraftCell) -> Span:
        span = self._write(cell.lines)
        cell.page, cell.start, cell.end = span.page, span.start, span.end
        return span

    def _cell(self, cell: DraftCell) -> Cell:
        named = [header for header in cell.headers if header.lines]
        header = " – ".join(_cell_text(item) for item in named)
        where = _header_span(named)
        origin = cell.repeated or cell
        span = Span(origin.page, origin.start, origin.end)
        return Cell(header, _cell_text(cell), span, where)


def _header_span(named: list[DraftCell]) -> Span | None:
    """From the first to the last part of a header, so that each of its words is cited."""
    if not named:
        return None
    last = named[-1]
    together = [part for part in named if part.page == last.page]
    start, end = min(part.start for part in together), max(part.end for part in together)
    if end - start > MAX_HEADER_SPAN:
        start, end = last.start, last.end
    return Span(last.page, start, end)


def _cell_text(cell: DraftCell) -> str:
    return shown("\n".join(display_line(line) for line in cell.lines))


def header_text(cells: tuple[Cell, ...]) -> str:
    """The names of the columns, which say nothing of each other."""
    return " ; ".join(cell.text for cell in cells)


def display_line(line: Line) -> str:
    """Text of a line, its letter-spaced words put back together.

    « S C H É M A   R É G I O N A L » is written one letter a word; the gaps between words
    are wider than those between letters.
    """
    words = line.words
    single = [len(word.text) == 1 and word.text.isalnum() for word in words]
    if sum(single) < 4 or sum(single) < 0.6 * len(words):
        return line.text
    gaps = [b.x0 - a.x1 for a, b in pairwise(words)]
    usual = statistics.median(gaps)
    pieces = [words[0].text]
    for index, gap in enumerate(gaps):
        close = gap <= max(1.5 * usual, usual + 0.1 * line.size)
        joined = close and (single[index] or single[index + 1])
        pieces.append(words[index + 1].text if joined else f" {words[index + 1].text}")
    return "".join(pieces)
