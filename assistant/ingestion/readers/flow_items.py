"""What the readers of office, web and text files describe a file with: runs, items, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from assistant.ingestion.hidden_text import drawn_text
from assistant.model import BlockKind, Span

_JUNK: Final = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\ud800-\udfff]")
_SPACES: Final = re.compile(r"[ \t\r\f\v]+")
_AROUND_BREAK: Final = re.compile(r" ?\n ?")


@dataclass(slots=True)
class Run:
    """Text of one appearance.

    Attributes:
        colour: 0xRRGGBB, 0 for the ordinary one.
    """

    text: str
    colour: int = 0
    bold: bool = False


@dataclass(slots=True)
class Item:
    """A block to be: its role and its runs.

    Attributes:
        level: heading depth or list depth, from 1; 0 otherwise.
        marker: generated number (« 1. »), which is quoted, or bullet, which is not.
    """

    kind: BlockKind
    runs: list[Run]
    level: int = 0
    marker: str = ""

    @property
    def text(self) -> str:
        """Its text as it will stand in the page, number included."""
        body = "".join(run.text for run in tidy(self.runs))
        return f"{self.marker} {body}" if self.numbered else body

    @property
    def numbered(self) -> bool:
        """Whether its marker says something."""
        return any(char.isalnum() for char in self.marker)

    @property
    def bold(self) -> bool:
        """Whether all its text is bold."""
        return all(run.bold for run in self.runs if run.text.strip())


@dataclass(slots=True, eq=False)
class TableCell:
    """A cell of a table, merged or not.

    Attributes:
        columns, rows: how many it covers.
        heading: whether the file says that it names a row or a column.
        span: where it stands, once written.
    """

    items: list[Item]
    columns: int = 1
    rows: int = 1
    heading: bool = False
    span: Span | None = None

    @property
    def runs(self) -> list[Run]:
        """Runs of all its paragraphs, one a line."""
        runs: list[Run] = []
        for item in self.items:
            if runs:
                runs.append(Run("\n"))
            if item.numbered:
                runs.append(Run(f"{item.marker} "))
            runs.extend(item.runs)
        return runs

    @property
    def text(self) -> str:
        """Its text, one paragraph a line."""
        return "".join(run.text for run in tidy(self.runs))

    @property
    def bold(self) -> bool:
        """Whether all its text is bold."""
        return all(item.bold for item in self.items)


@dataclass(slots=True)
class Table:
    """A table as rows of the cells that start on each.

    Attributes:
        header_rows: how many first rows name the columns; `None` when the file is silent.
        page_starts: rows before which a page begins.
    """

    rows: list[list[TableCell]]
    header_rows: int | None = None
    page_starts: set[int] = field(default_factory=set)


def tidy(runs: Iterable[Run]) -> list[Run]:
    """Collapse spaces, drop characters that draw nothing, across runs; line feeds stay.

    Non-breaking spaces stay too: they are what the author typed.
    """
    tidied: list[Run] = []
    before = "\n"
    for run in runs:
        text = _AROUND_BREAK.sub("\n", _SPACES.sub(" ", _JUNK.sub("", drawn_text(run.text))))
        if before.endswith((" ", "\n")):
            text = text.lstrip(" \n")
        if not text:
            continue
        if text.startswith("\n") and tidied:
            tidied[-1].text = tidied[-1].text.rstrip(" ")
        tidied.append(replace(run, text=text))
        before = text
    while tidied:
        tidied[-1].text = tidied[-1].text.rstrip(" \n")
        if tidied[-1].text:
            break
        tidied.pop()
    return tidied


def row_lines(table: Table) -> list[Item]:
    """A table inside a cell, one paragraph a row: cells in cells have no headers to name them."""
    lines = (" ; ".join(cell.text for cell in row if cell.text) for row in table.rows)
    return [Item(BlockKind.PARAGRAPH, [Run(line)]) for line in lines if line]
