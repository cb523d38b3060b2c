"""Tables of office and web files: merged cells laid out, columns named, rows that read alone.

Unlike a PDF, these files say which cells are merged and often which rows are headers. When
they do not, the first row is taken as one if it looks like names and the rest does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from assistant.ingestion.readers.flow_items import Item, Table, TableCell

_DATA: Final = re.compile(
    r"^[\d\s.,/%€+±<>=:()–-]+(?:k€|M€|€|%|ans|mois|jours|h|min)?$", re.IGNORECASE
)
_PAGE_LAYOUT_WORDS: Final = 150
"""A cell longer than this holds running text: its table only places paragraphs."""
_MAX_COLUMNS: Final = 500


@dataclass(slots=True)
class Place:
    """A cell on one of the rows it covers.

    Attributes:
        headers: cells that name its columns, outermost first.
        repeated: whether it already stands on a row above.
    """

    cell: TableCell
    column: int
    repeated: bool
    headers: list[TableCell] = field(default_factory=list)


@dataclass(slots=True)
class Laid:
    """Rows of a table, all merged cells in their places, empty cells and rows left out."""

    rows: list[list[Place]]


def lay_out(table: Table) -> Laid | list[Item]:
    """Place the cells of a table and name its columns.

    Returns:
        The rows, or the paragraphs of the cells when the table only arranges text.
    """
    grid = _grid(table.rows)
    filled = [[place for place in row if place.cell.text and not place.repeated] for row in grid]
    widest = max((len(row) for row in filled), default=0)
    longest = max((len(p.cell.text.split()) for row in filled for p in row), default=0)
    if widest <= 1 or longest > _PAGE_LAYOUT_WORDS:
        return [item for row in filled for place in row for item in place.cell.items]
    count = _header_rows(grid, table.header_rows)
    headers = grid[:count]
    for row in grid[count:]:
        for place in row:
            place.headers = _names(place, headers)
    return Laid([kept for row in grid if (kept := _kept(row))])


def cut(table: Table, laid: Laid) -> list[Laid]:
    """Cut a laid table where pages begin."""
    if not table.page_starts:
        return [laid]
    firsts = [
        next((cell for cell in table.rows[start] if cell.text), None)
        for start in sorted(table.page_starts)
        if 0 < start < len(table.rows)
    ]
    parts: list[Laid] = [Laid([])]
    for row in laid.rows:
        if any(place.cell in firsts for place in row if not place.repeated):
            parts.append(Laid([]))
        parts[-1].rows.append(row)
    return parts


def _kept(row: list[Place]) -> list[Place]:
    kept = [place for place in row if place.cell.text]
    return kept if any(not place.repeated for place in kept) else []


def _grid(rows: Sequence[Sequence[TableCell]]) -> list[list[Place]]:
    """Rows with the cells that start on them and those that reach them from above."""
    grid: list[list[Place]] = []
    pending: dict[int, tuple[TableCell, int]] = {}
    for row in rows:
        places: list[Place] = []
        reaching = pending
        pending = {}
        taken: set[int] = set()
        for column, (cell, left) in reaching.items():
            places.append(Place(cell, column, repeated=True))
            taken.update(range(column, column + cell.columns))
            if left > 1:
                pending[column] = (cell, left - 1)
        column = 0
        for cell in row:
            cell.columns = max(1, min(cell.columns, _MAX_COLUMNS))
            while column in taken:
                column += 1
            places.append(Place(cell, column, repeated=False))
            if cell.rows > 1:
                pending[column] = (cell, cell.rows - 1)
            column += cell.columns
        grid.append(sorted(places, key=lambda place: place.column))
    return grid


def _names(place: Place, headers: list[list[Place]]) -> list[TableCell]:
    found: list[TableCell] = []
    for row in headers:
        for header in row:
            if (
                header.column <= place.column < header.column + header.cell.columns
                and header.cell not in found
            ):
                found.append(header.cell)
    return found


def _is_name(cell: TableCell) -> bool:
    text = cell.text
    return (
        bool(text)
        and not _DATA.match(text)
        and len(text.split()) <= 14
        and any(char.isalpha() for char in text)
    )


def _header_rows(grid: list[list[Place]], declared: int | None) -> int:
    """How many first rows name the columns."""
    if len(grid) < 2:
        return 0
    count = declared if declared is not None else _guessed(grid)
    if count == 0 or count >= len(grid):
        return 0
    if count == 1:
        count = min(max(place.cell.rows for place in grid[0]), len(grid) - 1)
    under = [place for place in grid[count] if not place.repeated]
    merged = count == 1 and any(place.cell.columns > 1 for place in grid[0])
    if (
        merged
        and count + 1 < len(grid)
        and len(under) > len(grid[0])
        and all(_is_name(place.cell) for place in under)
    ):
        count += 1
    return count


def _guessed(grid: list[list[Place]]) -> int:
    first, rest = grid[0], grid[1:]
    if len(first) < 2 or not all(_is_name(place.cell) for place in first):
        return 0
    widest = max(len(row) for row in rest)
    bold = all(place.cell.bold for place in first)
    others = sum(all(place.cell.bold for place in row) for row in rest)
    if bold:
        return 1 if others < 0.5 * len(rest) else 0
    # In two columns « name : value » rows are as usual as a header: only weight tells.
    return 1 if len(first) >= max(3, widest - 1) else 0
