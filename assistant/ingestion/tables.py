"""Tables drawn with rulings: from strokes to a grid of cells.

Rulings that touch form a network; the abscissas and ordinates of a network cut it into
elementary cells, merged where no stroke separates them. A network is a table when it has at
least two columns and two rows that hold text; a frame around a paragraph is not one.

Word processors shade a cell line by line, a little inside its strokes: the edges of fills
count only where no stroke draws the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from assistant.ingestion.layout_types import LayoutWord, Ruling
from assistant.ingestion.table_values import is_data
from assistant.model import Box

SNAP: Final = 3.0
"""Strokes closer than this, in points, are one."""

SHADE_SNAP: Final = 7.0
"""The same for the edges of fills, which stop short of the cell by its margin."""

MAX_RULINGS: Final = 3000
"""More strokes than this is a drawing, not a table."""


@dataclass(slots=True)
class GridCell:
    """A cell of a ruled table, possibly merged over several rows or columns.

    Attributes:
        row, column: its first row and column, from 0.
        rows, columns: how many it covers.
        words: its words, in content order.
        shade: colour of the fill under it, if any.
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
    shade: int | None = None


@dataclass(slots=True)
class Grid:
    """A table on one page.

    Attributes:
        columns: abscissas of the edges of its columns.
    """

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
        # Strokes first: the edges of fills beside them say nothing more.
        for shade in (False, True):
            part = [ruling for ruling in group if ruling.shade is shade]
            if not part:
                continue
            at = sum(ruling.at for ruling in part) / len(part)
            low = high = None
            for ruling in sorted(part, key=lambda item: item.low):
                if high is None or low is None:
                    low, high = ruling.low, ruling.high
                elif ruling.low <= high + SNAP:
                    high = max(high, ruling.high)
                else:
                    merged.append(Ruling(horizontal, at, low, high, shade))
                    low, high = ruling.low, ruling.high
            if low is not None and high is not None:
                merged.append(Ruling(horizontal, at, low, high, shade))

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


def _positions(rulings: list[Ruling], snap: float) -> list[float]:
    """Distinct ordinates (or abscissas) of strokes, sorted."""
    values: list[float] = []
    for at in sorted(ruling.at for ruling in rulings):
        if not values or at - values[-1] > snap:
            values.append(at)
    return values


def _covers(rulings: list[Ruling], at: float, low: float, high: float, snap: float) -> bool:
    """Whether a stroke at `at` runs along most of `[low, high]`."""
    middle = (low + high) / 2
    return any(
        abs(ruling.at - at) <= snap and ruling.low - SNAP <= middle <= ruling.high + SNAP
        for ruling in rulings
    )


def _grid(horizontals: list[Ruling], verticals: list[Ruling], snap: float = SNAP) -> Grid | None:
    """Elementary cells of a network, merged where nothing separates them."""
    xs, ys = _positions(verticals, snap), _positions(horizontals, SNAP)
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
                and not _covers(verticals, xs[column + wide], ys[row], ys[row + 1], snap)
            ):
                wide += 1
            tall = 1
            while row + tall < rows and not any(
                (row + tall, column + k) in owner
                or _covers(horizontals, ys[row + tall], xs[column + k], xs[column + k + 1], SNAP)
                or (
                    k
                    and _covers(verticals, xs[column + k], ys[row + tall], ys[row + tall + 1], snap)
                )
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


def _network_grid(horizontals: list[Ruling], verticals: list[Ruling]) -> tuple[Grid | None, bool]:
    """Grid of a network, and whether strokes draw it rather than fills."""
    strokes = (
        [ruling for ruling in horizontals if not ruling.shade],
        [ruling for ruling in verticals if not ruling.shade],
    )
    plain = _grid(*strokes)
    if plain is None:
        drawn = not any(ruling.shade for ruling in (*horizontals, *verticals))
        return _grid(horizontals, verticals, SNAP if drawn else SHADE_SNAP), drawn
    across, down = (plain.x0, plain.x1), (plain.y0, plain.y1)
    rest_horizontal = [r for r in horizontals if r.shade and not _within(r, down, across)]
    rest_vertical = [r for r in verticals if r.shade and not _within(r, across, down)]
    if not rest_horizontal:
        return plain, True
    return _grid([*strokes[0], *rest_horizontal], [*strokes[1], *rest_vertical]), True


def _within(ruling: Ruling, at: tuple[float, float], along: tuple[float, float]) -> bool:
    """Whether a ruling stands beside or inside the box of a grid."""
    margin = SHADE_SNAP
    overlap = min(ruling.high, along[1]) - max(ruling.low, along[0])
    return at[0] - margin < ruling.at < at[1] + margin and overlap > 0


def find_grids(
    rulings: list[Ruling],
    words: list[LayoutWord],
    shades: Sequence[tuple[Box, int]] = (),
) -> list[Grid]:
    """Ruled tables of a page, with the words of each cell.

    Args:
        rulings: strokes and edges of fills of the page.
        words: words of the page; those outside any table are left out.
        shades: filled rectangles with their colour, which tell headers from data.
    """
    if not 6 <= len(rulings) <= MAX_RULINGS:
        return []
    horizontals = _merge_collinear(rulings, horizontal=True)
    verticals = _merge_collinear(rulings, horizontal=False)
    if len(horizontals) * len(verticals) > 200_000:
        return []
    grids: list[Grid] = []
    for network in _networks(horizontals, verticals):
        grid, drawn = _network_grid(*network)
        if grid is None or not _fill(grid, words):
            continue
        if not drawn and _cuts_text(grid, words):
            # Highlighted words in running text.
            continue
        paint(grid, shades)
        grids.append(grid)
    return [split_stacked_rows(split_open_cells(grid)) for grid in _outermost(grids)]


def paint(grid: Grid, shades: Sequence[tuple[Box, int]]) -> None:
    """Give each cell the colour of the last fill drawn under its words."""
    near = [
        (box, colour)
        for box, colour in shades
        if box[0] < grid.x1 and grid.x0 < box[2] and box[1] < grid.y1 and grid.y0 < box[3]
    ]
    if not near or len(near) > 2000:
        return
    for cell in grid.cells:
        if not cell.words:
            continue
        word = cell.words[0]
        across, down = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
        for (x0, y0, x1, y1), colour in near:
            if x0 <= across <= x1 and y0 <= down <= y1:
                cell.shade = colour


def _cuts_text(grid: Grid, words: list[LayoutWord]) -> bool:
    """Whether lines of text run through the edges of the cells."""
    owner = {id(word): index for index, cell in enumerate(grid.cells) for word in cell.words}
    cut = 0
    for word, after in pairwise(words):
        if id(word) not in owner and id(after) not in owner:
            continue
        joined = (
            abs(word.base - after.base) < 0.2 * word.size
            and -0.2 * word.size < after.x0 - word.x1 < word.size
        )
        cut += joined and owner.get(id(word)) != owner.get(id(after))
    return cut > 0.03 * len(owner)


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
    """Whether two grids have the same columns, as when a table goes on over a page.

    Merged cells may hide some edges on one of the pages: those that show must agree.
    """
    margin = 2 * SNAP
    few, many = sorted((first.columns, second.columns), key=len)
    return (
        abs(few[0] - many[0]) <= margin
        and abs(few[-1] - many[-1]) <= margin
        and len(many) - len(few) <= max(1, len(few) // 3)
        and all(any(abs(edge - other) <= margin for other in many) for edge in few)
    )


def text_lines(words: list[LayoutWord]) -> list[list[LayoutWord]]:
    """Words by baseline, top to bottom."""
    lines: list[list[LayoutWord]] = []
    for word in sorted(words, key=lambda item: item.base):
        if lines and word.base - lines[-1][-1].base < 0.35 * word.size:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def split_open_cells(grid: Grid) -> Grid:
    """Cut the wide cells whose lines keep to the columns drawn above them.

    Many tables rule their header only: below, one open cell holds all the rows.
    """
    pieces: list[GridCell] = []
    changed = False
    for cell in grid.cells:
        parts = _open_rows(cell, grid.columns) if cell.columns > 1 else []
        changed = changed or bool(parts)
        pieces.extend(parts or [cell])
    return reindex(grid, pieces) if changed else grid


def _open_rows(cell: GridCell, edges: list[float]) -> list[GridCell]:
    """Cells of the rows of an open cell, or nothing when its text does not follow them."""
    bounds = edges[cell.column : cell.column + cell.columns + 1]
    lines = text_lines(cell.words)
    if len(lines) < 2:
        return []
    rows: list[dict[int, list[LayoutWord]]] = []
    for line in lines:
        columns: dict[int, list[LayoutWord]] = {}
        for word in line:
            if any(word.x0 < edge - 1 and edge + 1 < word.x1 for edge in bounds[1:-1]):
                return []
            middle = (word.x0 + word.x1) / 2
            place = sum(edge <= middle for edge in bounds[1:-1])
            columns.setdefault(place, []).append(word)
        rows.append(columns)
    full = sum(len(row) >= min(cell.columns, 3) for row in rows)
    if full < 2 or full < 0.6 * len(rows):
        return []
    if any(_runs_on(line, bounds) for line in lines):
        return []
    cuts = [cell.y0]
    cuts += [
        (max(w.base for w in above) + min(w.y0 for w in below)) / 2
        for above, below in pairwise(lines)
    ]
    cuts.append(cell.y1)
    return [
        GridCell(
            0,
            cell.column + k,
            1,
            1,
            bounds[k],
            top,
            bounds[k + 1],
            bottom,
            sorted(row.get(k, []), key=lambda word: word.order),
        )
        for row, (top, bottom) in zip(rows, pairwise(cuts), strict=True)
        for k in range(cell.columns)
    ]


def split_stacked_rows(grid: Grid) -> Grid:
    """Cut the rows whose cells all hold as many lines, one value of a column a line.

    Tables ruled between groups only stack the rows of a group in one cell a column.
    """
    by_row: dict[int, list[GridCell]] = {}
    for cell in grid.cells:
        if cell.words:
            by_row.setdefault(cell.row, []).append(cell)
    pieces = [cell for cell in grid.cells if not cell.words]
    changed = False
    for row in by_row.values():
        parts = _stacked(row)
        changed = changed or bool(parts)
        pieces.extend(parts or row)
    return reindex(grid, pieces) if changed else grid


def _stacked(row: list[GridCell]) -> list[GridCell]:
    """Cells of each line of a row, or nothing when its lines are not rows."""
    if len(row) < 2 or len({cell.rows for cell in row}) > 1:
        return []
    lines = [text_lines(cell.words) for cell in row]
    count = len(lines[0])
    if count < 2 or any(len(own) != count for own in lines):
        return []
    for k in range(count):
        bases = [own[k][0].base for own in lines]
        if max(bases) - min(bases) > 0.35 * lines[0][k][0].size:
            return []
    values = [
        all(is_data(" ".join(word.text for word in line)) for line in own) for own in lines[1:]
    ]
    if not any(values) or is_data(" ".join(word.text for word in lines[0][0])):
        return []
    cuts = [row[0].y0]
    cuts += [
        (lines[0][k][0].base + min(word.y0 for word in lines[0][k + 1])) / 2
        for k in range(count - 1)
    ]
    cuts.append(row[0].y1)
    return [
        GridCell(
            0,
            cell.column,
            1,
            cell.columns,
            cell.x0,
            cuts[k],
            cell.x1,
            cuts[k + 1],
            sorted(own[k], key=lambda word: word.order),
            cell.shade,
        )
        for cell, own in zip(row, lines, strict=True)
        for k in range(count)
    ]


def _runs_on(line: list[LayoutWord], bounds: list[float]) -> bool:
    """Whether ordinary spaces carry a line over an inner edge."""
    ordered = sorted(line, key=lambda word: word.x0)
    return any(
        after.x0 - word.x1 < 0.5 * word.size
        and any(word.x1 - 1 <= edge <= after.x0 + 1 for edge in bounds[1:-1])
        for word, after in pairwise(ordered)
    )


def reindex(grid: Grid, cells: list[GridCell]) -> Grid:
    """The same grid with other cells, their rows numbered again from their ordinates."""
    ys: list[float] = []
    for at in sorted({value for cell in cells for value in (cell.y0, cell.y1)}):
        if not ys or at - ys[-1] > 0.5:
            ys.append(at)

    def rank(at: float) -> int:
        return min(range(len(ys)), key=lambda k: abs(ys[k] - at))

    for cell in cells:
        cell.row = rank(cell.y0)
        cell.rows = max(1, rank(cell.y1) - cell.row)
    return Grid(
        grid.x0, grid.y0, grid.x1, grid.y1, cells, len(ys) - 1, grid.column_count, grid.columns
    )
