"""From the grid of a ruled table to rows that read alone.

Each cell carries the header of its column, so that « 30/09/2025 » alone still says what it
is. Headers come from the first rows when they look like names rather than data, and go on
over the next page when the table does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from assistant.ingestion.layout_types import Line
from assistant.ingestion.reading_order import build_segments, order_page
from assistant.ingestion.tables import Grid, GridCell, same_columns

_DATA: Final = re.compile(
    r"^[\d\s.,/%€+±<>=:()–-]+(?:k€|M€|€|%|ans|mois|jours|h|min)?$", re.IGNORECASE
)


@dataclass(slots=True)
class DraftCell:
    """A cell with its lines in reading order.

    Attributes:
        column, columns: first column and how many it covers.
        headers: cells that name its column, outermost first.
        repeated: the merged cell it stands for, on the rows below the one that holds it.
        start, end, page: offsets once written in a page text.
    """

    lines: list[Line]
    column: int
    columns: int
    headers: list[DraftCell] = field(default_factory=list)
    repeated: DraftCell | None = None
    page: int = 0
    start: int = 0
    end: int = 0

    @property
    def text(self) -> str:
        """Raw text, lines joined by spaces."""
        return " ".join(line.text for line in self.lines)

    @property
    def bold(self) -> bool:
        """Whether the whole cell is bold."""
        return bool(self.lines) and all(line.bold for line in self.lines)


@dataclass(slots=True)
class DraftTable:
    """A table of one page.

    Attributes:
        header_rows: how many of its first rows name the columns.
        inherited: headers of the table it continues.
        last_headers: headers in force on its last row.
    """

    grid: Grid
    rows: list[list[DraftCell]]
    header_rows: int
    inherited: list[list[DraftCell]] = field(default_factory=list)
    last_headers: list[list[DraftCell]] = field(default_factory=list)


def build_table(grid: Grid, previous: DraftTable | None) -> DraftTable:
    """Build the rows of a grid.

    Args:
        grid: ruled table.
        previous: table that ended the previous page, whose headers go on if the columns
            are the same and this one brings none.
    """
    rows = _rows(grid)
    groups = _groups(rows)
    table = DraftTable(grid, rows, _header_rows(groups[0], grid.column_count))
    if previous is not None and same_columns(previous.grid, grid):
        _inherit(table, previous)
    for number, group in enumerate(groups):
        count = table.header_rows if number == 0 else _header_rows(group, grid.column_count)
        headers = group[:count] or (table.inherited if number == 0 else [])
        for row in group[count:]:
            for cell in row:
                cell.headers = _headers_of(cell, headers)
        table.last_headers = headers
    return table


def _rows(grid: Grid) -> list[list[DraftCell]]:
    """Rows with their filled cells; a merged name is repeated on every row it covers."""
    rows: list[list[DraftCell]] = []
    spanning: tuple[int, DraftCell] | None = None
    for row in grid.rows():
        cells = [_cell(cell) for cell in row if cell.words]
        first = next(cell for cell in row if cell.words)
        if spanning is not None and first.row < spanning[0] and first.column > 0:
            name = spanning[1]
            cells.insert(0, DraftCell(name.lines, name.column, name.columns, repeated=name))
        elif first.column == 0 and first.rows > 1:
            spanning = (first.row + first.rows, cells[0])
        rows.append(cells)
    return rows


def _inherit(table: DraftTable, previous: DraftTable) -> None:
    """Take the headers of the table this one continues, unless it repeats or replaces them."""
    own = [_signature(row) for row in table.rows[: table.header_rows]]
    known = previous.last_headers
    if not known or own == [_signature(row) for row in known[: len(own)]] != []:
        return
    if not own or not all(cell.bold for row in table.rows[: table.header_rows] for cell in row):
        table.header_rows = 0
        table.inherited = known


def _groups(rows: list[list[DraftCell]]) -> list[list[list[DraftCell]]]:
    """Cut the rows where another table, with many more columns, is glued under the first."""
    groups: list[list[list[DraftCell]]] = [[]]
    widest = 0
    for row in rows:
        fresh = (
            len(groups[-1]) >= 2
            and len(row) >= max(4, widest + 2)
            and all(_is_name(cell) for cell in row)
        )
        if fresh:
            groups.append([])
            widest = 0
        groups[-1].append(row)
        widest = max(widest, len(row))
    return groups


def _cell(cell: GridCell) -> DraftCell:
    ordered = order_page(build_segments(cell.words), [])
    return DraftCell(
        [entry for entry in ordered if isinstance(entry, Line)], cell.column, cell.columns
    )


def _signature(row: list[DraftCell]) -> tuple[str, ...]:
    return tuple(cell.text.casefold() for cell in row)


def _headers_of(cell: DraftCell, headers: list[list[DraftCell]]) -> list[DraftCell]:
    found: list[DraftCell] = []
    for row in headers:
        for header in row:
            if header.column <= cell.column < header.column + header.columns:
                found.append(header)
                break
    return found


def _is_name(cell: DraftCell) -> bool:
    text = cell.text
    return (
        bool(text)
        and not _DATA.match(text)
        and len(text.split()) <= 14
        and any(char.isalpha() for char in text)
    )


def _header_rows(  # noqa: PLR0911  # one return per sign
    rows: list[list[DraftCell]], columns: int
) -> int:
    """How many first rows name the columns: none, one, or two when the first is merged."""
    start = 0
    if len(rows) > 2 and len(rows[0]) == 1 and rows[0][0].columns >= columns:
        # A title line over the whole table is not a header, but does not prevent one.
        start = 1
    body = rows[start:]
    if len(body) < 2:
        return 0
    first, rest = body[0], body[1:]
    if len(first) < 2 or not all(_is_name(cell) and not cell.repeated for cell in first):
        return 0
    widest = max(len(row) for row in rest)
    if len(first) < widest - 1:
        return 0
    if any(cell.columns > 1 for cell in first) and len(rest) > 1:
        under = rest[0]
        if all(_is_name(cell) for cell in under) and len(under) > len(first):
            return start + 2
    if widest <= 2:
        return start + 1 if _two_column_header(first, rest) else 0
    if all(cell.bold for cell in first):
        bold_rows = sum(all(cell.bold for cell in row) for row in rest)
        return start + 1 if bold_rows < 0.5 * len(rest) else 0
    return start + 1


def _two_column_header(first: list[DraftCell], rest: list[list[DraftCell]]) -> bool:
    """In two columns a first row is a header only when the others differ from it in kind."""
    pairs = [row for row in rest if len(row) > 1]
    if not pairs or first[0].text.endswith(":"):
        return False
    labels = sum(row[0].bold for row in pairs) > 0.5 * len(pairs)
    if labels:
        # Bold labels down the first column: each row reads « label : value ».
        return False
    if all(cell.bold for cell in first):
        return True
    seconds = [row[1].text for row in pairs]
    if sum(bool(_DATA.match(text)) for text in seconds) >= 0.7 * len(seconds):
        return not _DATA.match(first[1].text) and len(first[1].text.split()) <= 6
    lengths = sorted(len(text.split()) for text in seconds)
    return len(rest) >= 3 and len(first[1].text.split()) <= 4 and lengths[len(lengths) // 2] >= 8
