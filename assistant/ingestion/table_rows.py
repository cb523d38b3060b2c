"""From the grid of a table to rows that read alone.

Each cell carries the header of its column, so that « 30/09/2025 » alone still says what it
is; a cell merged over several rows is said again on each of them. Headers go on over the
next page when the table does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from assistant.ingestion.layout_types import Line
from assistant.ingestion.reading_order import build_segments, order_page
from assistant.ingestion.table_headers import (
    DraftCell,
    Row,
    header_rows,
    is_name,
    strong_header,
)
from assistant.ingestion.table_values import is_data
from assistant.ingestion.tables import Grid, GridCell, same_columns

if TYPE_CHECKING:
    from assistant.ingestion.drafts import Draft

__all__ = ["DraftCell", "DraftTable", "build_table", "first_table", "last_table"]

_SUITE: Final = re.compile(r"\bsuite\b", re.IGNORECASE)
_NOTE: Final = re.compile(r"^(?:\d{1,3}\b|[*¹²³†])")

NOTE_SIZE: Final = 9.5
"""Points: a footnote is not set larger."""

MAX_REPEATED: Final = 25
"""Words of the longest merged cell that is said again on each row it covers."""


@dataclass(slots=True)
class DraftTable:
    """A table of one page.

    Attributes:
        header_rows: how many of its first rows name the columns.
        inherited: headers of the table it continues.
        last_headers: headers in force on its last row.
        last_labels: merged cells in force on its last row.
    """

    grid: Grid
    rows: list[Row]
    header_rows: int
    inherited: list[Row] = field(default_factory=list)
    last_headers: list[Row] = field(default_factory=list)
    last_labels: list[DraftCell] = field(default_factory=list)


def build_table(grid: Grid, previous: DraftTable | None) -> DraftTable:
    """Build the rows of a grid.

    Args:
        grid: table of the page.
        previous: table that ended the previous page, whose headers go on if the columns
            are the same and this one brings none.
    """
    rows = _rows(grid)
    groups = _groups(rows, grid.column_count)
    table = DraftTable(grid, rows, header_rows(groups[0], grid.column_count))
    if previous is not None and same_columns(previous.grid, grid):
        _inherit(table, previous)
    headers: list[Row] = []
    for number, group in enumerate(groups):
        count = table.header_rows if number == 0 else header_rows(group, grid.column_count)
        if count or number == 0:
            headers = group[:count] or (table.inherited if number == 0 else [])
        section: DraftCell | None = None
        for row in group[count:]:
            if _is_section(row, grid.column_count):
                section = row[0]
                continue
            for cell in row:
                cell.headers = _headers_of(cell, headers)
            if section is not None:
                row.insert(0, _again(section))
    table.last_headers = headers
    table.last_labels = [cell.repeated for cell in rows[-1] if cell.repeated] if rows else []
    if rows:
        table.last_labels += [cell for cell in rows[-1] if cell.rows > 1 and not cell.repeated]
    return table


def first_table(drafts: Sequence[Draft]) -> int:
    """Table that opens the body of a page, -1 if none; « (suite) » may stand before it."""
    for draft in drafts[:2]:
        if draft.table >= 0:
            return draft.table
        if not _SUITE.search(" ".join(line.text for line in draft.lines)):
            break
    return -1


def last_table(drafts: Sequence[Draft]) -> int:
    """Table that ends the body of a page, -1 if none; notes may stand below it."""
    for draft in reversed(drafts[-4:]):
        if draft.table >= 0:
            return draft.table
        if not _NOTE.match(draft.lines[0].text) or draft.lines[0].size > NOTE_SIZE:
            break
    return -1


def _rows(grid: Grid) -> list[Row]:
    """Rows with their filled cells; a merged cell is repeated on every row it covers."""
    rows: list[Row] = []
    open_cells: list[DraftCell] = []
    for row in grid.rows():
        index = row[0].row
        own = [_cell(cell) for cell in row if cell.words]
        open_cells = [cell for cell in open_cells if cell.row + cell.rows > index]
        again = [
            _again(cell)
            for cell in open_cells
            if cell.column < own[0].column or len(cell.text.split()) <= MAX_REPEATED
        ]
        rows.append(sorted([*own, *again], key=lambda cell: cell.column))
        open_cells += [cell for cell in own if cell.rows > 1]
    return rows


def _again(cell: DraftCell) -> DraftCell:
    """A stand-in for a merged cell, on another row."""
    origin = cell.repeated or cell
    return DraftCell(
        origin.lines,
        origin.column,
        origin.columns,
        origin.row,
        origin.rows,
        origin.x0,
        origin.x1,
        origin.shade,
        repeated=origin,
    )


def _cell(cell: GridCell) -> DraftCell:
    ordered = order_page(build_segments(cell.words), [])
    return DraftCell(
        [entry for entry in ordered if isinstance(entry, Line)],
        cell.column,
        cell.columns,
        cell.row,
        cell.rows,
        cell.x0,
        cell.x1,
        cell.shade,
    )


def _is_section(row: Row, columns: int) -> bool:
    """A band over the whole table, which names the rows below it."""
    cell = row[0]
    return (
        len(row) == 1
        and columns > 1
        and cell.columns >= columns
        and (cell.bold or cell.shade is not None)
        and is_name(cell)
    )


def _inherit(table: DraftTable, previous: DraftTable) -> None:
    """Take the headers and labels of the table this one continues, unless it brings its own."""
    own = [_signature(row) for row in table.rows[: table.header_rows]]
    known = previous.last_headers
    repeated = bool(own) and own == [_signature(row) for row in known[: len(own)]]
    if not repeated and not strong_header(table.rows, table.header_rows):
        table.header_rows = 0
        table.inherited = known
    if table.header_rows or not table.rows:
        return
    first = table.rows[0]
    edge = table.grid.columns[1] if len(table.grid.columns) > 1 else table.grid.x1
    labels = [cell for cell in previous.last_labels if cell.x1 <= edge + 6]
    if labels and first[0].x0 >= edge - 6:
        blank = next(
            (cell for cell in table.grid.cells if cell.row == 0 and cell.column == 0), None
        )
        tall = blank.rows if blank is not None and not blank.words else 1
        for row in table.rows:
            if row[0].row < tall and row[0].x0 >= edge - 6:
                row.insert(0, _again(labels[0]))


def _groups(rows: list[Row], columns: int) -> list[list[Row]]:
    """Cut the rows where another header begins: other columns, or the same ones again."""
    groups: list[list[Row]] = [[]]
    widest = 0
    for index, row in enumerate(rows):
        group = groups[-1]
        under = rows[index + 1] if index + 1 < len(rows) else []
        wider = len(group) >= 2 and len(row) >= max(4, widest + 2) and all(is_name(c) for c in row)
        if wider or _starts_again(group, row, under, columns):
            groups.append([])
            widest = 0
        groups[-1].append(row)
        widest = max(widest, len(row))
    return groups


def _starts_again(group: list[Row], row: Row, under: Row, columns: int) -> bool:
    """Whether a row in the middle of a table is dressed as a header, above data."""
    if not group or len(row) < 2 or not under:
        return False
    first, above = next((r for r in group[:2] if len(r) > 1), group[0]), group[-1]
    if any(cell.repeated for cell in row) or not all(is_name(cell) for cell in row):
        return False
    if len(row) < min(len(first), columns) - 1 or len(above) < 2:
        return False
    same = len(row) == len(first) and all(
        a.text.casefold() == b.text.casefold() for a, b in zip(row[1:], first[1:], strict=True)
    )
    if same and len(group) >= 2:
        return True
    values = [cell for cell in under if cell.column >= row[0].column]
    data = sum(is_data(cell.text) for cell in values) >= 0.5 * max(1, len(values) - 1)
    neighbours = (*above[1:], *under[1:])
    shades = {cell.shade for cell in neighbours}
    shaded = all(cell.shade is not None and cell.shade not in shades for cell in row[1:])
    bold = all(cell.bold for cell in row) and not any(cell.bold for cell in neighbours)
    return (shaded or bold) and data


def _signature(row: Row) -> tuple[str, ...]:
    return tuple(cell.text.casefold() for cell in row)


def _headers_of(cell: DraftCell, headers: list[Row]) -> list[DraftCell]:
    """Header cells that stand over the whole of a cell, outermost first."""
    found: list[DraftCell] = []
    margin = 6.0
    for row in headers:
        for header in row:
            origin = header.repeated or header
            if (
                header.x0 - margin <= cell.x0
                and cell.x1 <= header.x1 + margin
                and all(origin is not known for known in found)
            ):
                found.append(origin)
                break
    return found
