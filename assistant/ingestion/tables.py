"""Tables drawn with rulings: from strokes to a grid of cells.

Rulings that touch form a network; the abscissas and ordinates of a network cut it into
elementary cells, merged where no stroke separates them. A network is a table when it has at
least two columns and two rows that hold text; a frame around a paragraph is not one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from assistant.ingestion.layout_types import LayoutWord, Ruling

SNAP: Final = 3.0
"""Strokes closer than this, in points, are one."""

MAX_RULINGS: Final = 3000
"""More strokes than this is a drawing, not a table."""


@dataclass(slots=True)
class GridCell:
    """A cell of a ruled table, possibly merged over several rows or columns.

    Attributes:
        row, column: its first row and column, from 0.
        rows, columns: how many it covers.
        words: its words, in content order.
    """

    row: int
    column: int
    rows: int
    columns: int
    x0: float
    y0: float
    x1: float
    y1: float
    words: list[LayoutWord] = field(default_factory=list)


@dataclass(slots=True)
class Grid:
    """A ruled table on one page."""

    x0: float
    y0: float
    x1: float
    y1: float
    cells: list[GridCell]
    row_count: int
    column_count: int
    columns: list[float]

    def rows(self) -> list[list[GridCell]]:
        """Cells by the row they start on, left to right; empty rows left out."""
        rows: list[list[GridCell]] = [[] for _ in range(self.row_count)]
        for cell in self.cells:
            rows[cell.row].append(cell)
        return [
            sorted(row, key=lambda cell: cell.column)
            for row in rows
            if any(cell.words for cell in row)
        ]


def _merge_collinear(rulings: list[Ruling], horizontal: bool) -> list[Ruling]:
    """Join strokes that continue each other on one line."""
    merged: list[Ruling] = []
    chosen = sorted(
        (ruling for ruling in rulings if ruling.horizontal is horizontal),
        key=lambda ruling: ruling.at,
    )
    group: list[Ruling] = []

    def close() -> None:
        if not group:
            return
        at = sum(ruling.at for ruling in group) / len(group)
        low = high = None
        for ruling in sorted(group, key=lambda item: item.low):
            if high is None or low is None:
                low, high = ruling.low, ruling.high
            elif ruling.low <= high + SNAP:
                high = max(high, ruling.high)
            else:
                merged.append(Ruling(horizontal, at, low, high))
                low, high = ruling.low, ruling.high
        if low is not None and high is not None:
            merged.append(Ruling(horizontal, at, low, high))

    for ruling in chosen:
        if group and ruling.at - group[0].at > SNAP:
            close()
            group = []
        group.append(ruling)
    close()
    return [ruling for ruling in merged if ruling.high - ruling.low > 5]


def _networks(
    horizontals: list[Ruling], verticals: list[Ruling]
) -> list[tuple[list[Ruling], list[Ruling]]]:
    """Group the strokes that cross or touch."""
    parent = list(range(len(horizontals) + len(verticals)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for i, horizontal in enumerate(horizontals):
        for j, vertical in enumerate(verticals):
            if (
                horizontal.low - SNAP <= vertical.at <= horizontal.high + SNAP
                and vertical.low - SNAP <= horizontal.at <= vertical.high + SNAP
            ):
                parent[root(i)] = root(len(horizontals) + j)
    groups: dict[int, tuple[list[Ruling], list[Ruling]]] = {}
    for i, horizontal in enumerate(horizontals):
        groups.setdefault(root(i), ([], []))[0].append(horizontal)
    for j, vertical in enumerate(verticals):
        groups.setdefault(root(len(horizontals) + j), ([], []))[1].append(vertical)
    return list(groups.values())


def _positions(rulings: list[Ruling]) -> list[float]:
    """Distinct ordinates (or abscissas) of strokes, sorted."""
    values: list[float] = []
    for at in sorted(ruling.at for ruling in rulings):
        if not values or at - values[-1] > SNAP:
            values.append(at)
    return values


def _covers(rulings: list[Ruling], at: float, low: float, high: float) -> bool:
    """Whether a stroke at `at` runs along most of `[low, high]`."""
    middle = (low + high) / 2
    return any(
        abs(ruling.at - at) <= SNAP and ruling.low - SNAP <= middle <= ruling.high + SNAP
        for ruling in rulings
    )


def _grid(horizontals: list[Ruling], verticals: list[Ruling]) -> Grid | None:
    xs, ys = _positions(verticals), _positions(horizontals)
    if len(xs) < 3 or len(ys) < 3 or len(xs) > 80 or len(ys) > 200:
        return None
    columns, rows = len(xs) - 1, len(ys) - 1
    owner: dict[tuple[int, int], GridCell] = {}
    cells: list[GridCell] = []
    for row in range(rows):
        for column in range(columns):
            if (row, column) in owner:
                continue
            wide = 1
            while (
                column + wide < columns
                and (row, column + wide) not in owner
                and not _covers(verticals, xs[column + wide], ys[row], ys[row + 1])
            ):
                wide += 1
            tall = 1
            while row + tall < rows and not any(
                _covers(horizontals, ys[row + tall], xs[column + k], xs[column + k + 1])
                or (k and _covers(verticals, xs[column + k], ys[row + tall], ys[row + tall + 1]))
                for k in range(wide)
            ):
                tall += 1
            cell = GridCell(
                row, column, tall, wide, xs[column], ys[row], xs[column + wide], ys[row + tall]
            )
            cells.append(cell)
            for i in range(row, row + tall):
                for j in range(column, column + wide):
                    owner[i, j] = cell
    return Grid(xs[0], ys[0], xs[-1], ys[-1], cells, rows, columns, xs)


def find_grids(rulings: list[Ruling], words: list[LayoutWord]) -> list[Grid]:
    """Ruled tables of a page, with the words of each cell.

    Args:
        rulings: strokes of the page.
        words: words of the page; those outside any table are left out.
    """
    if not 6 <= len(rulings) <= MAX_RULINGS:
        return []
    horizontals = _merge_collinear(rulings, horizontal=True)
    verticals = _merge_collinear(rulings, horizontal=False)
    if len(horizontals) * len(verticals) > 200_000:
        return []
    grids: list[Grid] = []
    for network in _networks(horizontals, verticals):
        grid = _grid(*network)
        if grid is not None and _fill(grid, words):
            grids.append(grid)
    return _outermost(grids)


def _fill(grid: Grid, words: list[LayoutWord]) -> bool:
    """Put the words in their cells; say whether the grid is worth being called a table."""
    inside = [
        word
        for word in words
        if grid.x0 - 1 <= (word.x0 + word.x1) / 2 <= grid.x1 + 1
        and grid.y0 - 1 <= (word.y0 + word.y1) / 2 <= grid.y1 + 1
    ]
    if len(inside) < 4:
        return False
    for word in inside:
        across, down = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
        for cell in grid.cells:
            if cell.x0 <= across <= cell.x1 and cell.y0 <= down <= cell.y1:
                cell.words.append(word)
                break
    filled = [cell for cell in grid.cells if cell.words]
    if sum(len(cell.words) for cell in filled) < len(inside):
        return False
    return _is_table(filled)


def _is_table(filled: list[GridCell]) -> bool:
    """At least two rows of two filled cells, and no cell that holds most of the text."""
    by_row: dict[int, int] = {}
    for cell in filled:
        by_row[cell.row] = by_row.get(cell.row, 0) + 1
    full_rows = sum(count >= 2 for count in by_row.values())
    total = sum(len(cell.words) for cell in filled)
    largest = max(len(cell.words) for cell in filled)
    if full_rows < 2:
        return False
    return not (largest > 0.7 * total and largest > 120)


def _outermost(grids: list[Grid]) -> list[Grid]:
    """Leave out the grids nested in another one."""
    ranked = sorted(grids, key=lambda grid: -(grid.x1 - grid.x0) * (grid.y1 - grid.y0))
    kept: list[Grid] = []
    for grid in ranked:
        if not any(
            other.x0 - 2 <= grid.x0
            and grid.x1 <= other.x1 + 2
            and other.y0 - 2 <= grid.y0
            and grid.y1 <= other.y1 + 2
            for other in kept
        ):
            kept.append(grid)
    return sorted(kept, key=lambda grid: (grid.y0, grid.x0))


def same_columns(first: Grid, second: Grid) -> bool:
    """Whether two grids have the same columns, as when a table goes on over a page."""
    return len(first.columns) == len(second.columns) and all(
        abs(a - b) <= 2 * SNAP for a, b in zip(first.columns, second.columns, strict=True)
    )


def gaps(values: list[float]) -> list[float]:
    """Differences between consecutive values."""
    return [second - first for first, second in pairwise(values)]
