"""Tables without a drawn grid: columns found by alignment, rows by what separates them.

Consecutive lines whose words leave the same vertical strips white make a candidate. Two
columns of text, lists, forms and contents pages do the same: a candidate is a table only
when its cells say so (columns of data, short labels) or when the page draws a part of it
(rulings between rows, shaded cells, a header set apart). Missing a table leaves its lines as
they are read; inventing one breaks sentences: doubt is always for text.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from assistant.ingestion.layout_types import LayoutWord, Ruling, Segment
from assistant.ingestion.table_values import is_data
from assistant.ingestion.tables import Grid, GridCell, paint, reindex
from assistant.model import Box

Interval = tuple[float, float]

MIN_ROWS: Final = 3
"""Fewer aligned rows than this are a coincidence."""

MANY_LINES: Final = 10
"""From this many lines a shared white is no accident, even a narrow one."""

MAX_COLUMNS: Final = 30
_LEADER: Final = re.compile(r"\.{4,}|…{2,}|_{4,}|(?:\. ){4,}")
_PROSE: Final = 5.0
"""Mean words a line from which a column is running text."""


@dataclass(slots=True)
class _Line:
    """What stands on one baseline, cut at wide whites."""

    segments: list[Segment]
    y0: float
    y1: float
    base: float
    size: float

    @property
    def words(self) -> list[LayoutWord]:
        return [word for segment in self.segments for word in segment.words]

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)


@dataclass(slots=True)
class _Row:
    """A row of a candidate: the words of each of its columns.

    Attributes:
        wide: whether its line does not keep to the columns.
        over: whether it names groups of columns, above their own names.
    """

    lines: list[_Line]
    cells: dict[int, list[LayoutWord]] = field(default_factory=dict)
    wide: bool = False
    over: bool = False

    def text(self, column: int) -> str:
        return " ".join(word.text for word in self.cells.get(column, ()))


def find_aligned(
    segments: Sequence[Segment],
    rulings: Sequence[Ruling],
    shades: Sequence[tuple[Box, int]],
) -> list[Grid]:
    """Tables of a page that no grid of strokes draws.

    Args:
        segments: segments of the body outside any table already found.
        rulings: strokes and edges of fills of the page.
        shades: filled rectangles with their colour.

    Returns:
        Grids whose cells hold the words; no word is in two of them.
    """
    lines = _lines(segments)
    bars = sorted(
        (ruling for ruling in rulings if ruling.horizontal and ruling.high - ruling.low > 40),
        key=lambda ruling: ruling.at,
    )[:2000]
    grids: list[Grid] = []
    start = 0
    while start < len(lines):
        if len(lines[start].segments) < 2:
            start += 1
            continue
        end = _run(lines, start)
        grid = _table(lines, start, end, bars, shades) if end - start >= 2 else None
        if grid is None:
            start += 1
        else:
            grids.append(grid[0])
            start = grid[1]
    return grids


def _lines(segments: Iterable[Segment]) -> list[_Line]:
    lines: list[_Line] = []
    for segment in sorted(segments, key=lambda item: (item.base, item.x0)):
        last = lines[-1] if lines else None
        if last is not None and abs(segment.base - last.base) < 0.35 * min(segment.size, last.size):
            last.segments.append(segment)
            last.y0, last.y1 = min(last.y0, segment.y0), max(last.y1, segment.y1)
            last.size = max(last.size, segment.size)
        else:
            lines.append(_Line([segment], segment.y0, segment.y1, segment.base, segment.size))
    for line in lines:
        line.segments.sort(key=lambda item: item.x0)
    return lines


def _free(line: _Line) -> list[Interval]:
    """Whites of a line between its first and last words, and beyond on both sides."""
    whites: list[Interval] = []
    right = -1e6
    for segment in line.segments:
        if segment.x0 > right:
            whites.append((right, segment.x0))
        right = max(right, segment.x1)
    whites.append((right, 1e6))
    return whites


def _meet(first: list[Interval], second: list[Interval], least: float) -> list[Interval]:
    both = [(max(a, c), min(b, d)) for a, b in first for c, d in second]
    return [(low, high) for low, high in both if high - low >= least]


def _inner(whites: list[Interval]) -> int:
    return sum(low > -1e5 and high < 1e5 for low, high in whites)


def _run(lines: list[_Line], start: int) -> int:
    """End of the longest run of lines from `start` that share whites."""
    whites = _free(lines[start])
    end = last = start + 1
    singles = 0
    while end < len(lines):
        line, above = lines[end], lines[end - 1]
        if line.y0 - above.y1 > 2.5 * max(line.size, above.size):
            break
        if not 0.6 < line.size / lines[start].size < 1.7:
            break
        meet = _meet(whites, _free(line), 0.7 * line.size)
        if len(line.segments) == 1 and _inner(meet) < _inner(whites):
            # A band over the table, or its end: only what follows tells.
            singles += 1
            if singles > 2:
                break
        elif _inner(meet) < max(1.0, 0.75 * _inner(whites) if last - start >= MIN_ROWS else 1.0):
            break
        else:
            whites = meet
            singles = 0
            last = end + 1
        end += 1
    return last


def _gutters(lines: list[_Line]) -> list[Interval]:
    """Whites shared by all the lines that have several segments, inside the table."""
    shared: list[Interval] = [(-1e6, 1e6)]
    for line in lines:
        if len(line.segments) > 1:
            shared = _meet(shared, _free(line), 0.5 * line.size)
    return [(low, high) for low, high in shared if low > -1e5 and high < 1e5]


def _narrow_gutters(body: list[_Line], gutters: list[Interval]) -> list[Interval]:
    """Add the whites too narrow to cut a line, but shared by many lines.

    Wide tables are set tight: over ten lines or more, a white a little wider than a space
    that nearly all leave is no accident.
    """
    if len(body) < MANY_LINES:
        return gutters
    size = statistics.median(line.size for line in body)
    events: list[tuple[float, int]] = []
    for line in body:
        reach = -1e6
        for word in sorted(line.words, key=lambda item: item.x0):
            if word.x1 > reach:
                events.append((max(word.x0, reach), 1))
                events.append((word.x1, -1))
                reach = word.x1
    events.sort()
    allowed = 0.04 * len(body)
    whites: list[Interval] = []
    depth, opened = 0, None
    for at, change in events:
        depth += change
        if depth <= allowed:
            opened = at if opened is None else opened
        elif opened is not None:
            if at - opened >= 0.45 * size and opened > events[0][0] + 1:
                whites.append((opened, at))
            opened = None
    known = [
        white for white in whites if not any(a < white[1] and white[0] < b for a, b in gutters)
    ]
    return sorted([*gutters, *known])


def _table(
    lines: list[_Line],
    start: int,
    end: int,
    bars: Sequence[Ruling],
    shades: Sequence[tuple[Box, int]],
) -> tuple[Grid, int] | None:
    """Grid of a run of lines, and where to go on; `None` when it is no table."""
    body = lines[start:end]
    gutters = _gutters(body)
    if not 1 <= len(gutters) < MAX_COLUMNS:
        return None
    left = min(line.segments[0].x0 for line in body)
    right = max(segment.x1 for line in body for segment in line.segments)
    cuts = [(low + high) / 2 for low, high in _narrow_gutters(body, gutters)]
    edges = [left - 2, *cuts, right + 2]
    separators = _separators(body, bars, left, right)
    rows = _rows(body, edges, separators)
    while rows and rows[0].wide:
        # A line of text above the table.
        start += len(rows.pop(0).lines)
    if start >= end:
        return None
    body = lines[start:end]
    if not _is_table(rows, edges, separators, shades):
        return None
    head = _header_above(lines, start, edges, body[0])
    head, rows = _one_header([*head, *rows], edges)
    end = _wrapped_below(lines, end, edges, rows, separators)
    for row in head:
        row.over = True
    return _grid([*head, *rows], edges, shades), end


def _separators(
    body: list[_Line], bars: Sequence[Ruling], left: float, right: float
) -> list[float]:
    """Ordinates between two lines where a ruling runs along most of the table."""
    found: list[float] = []
    low, high = body[0].y0 - 4, body[-1].y1 + 8
    covers: dict[int, list[Interval]] = {}
    for bar in bars:
        if low <= bar.at <= high:
            covers.setdefault(round(bar.at), []).append((max(bar.low, left), min(bar.high, right)))
    for at in sorted(covers):
        length, reach = 0.0, left
        for first, last in sorted(covers[at]):
            length += max(0.0, last - max(first, reach))
            reach = max(reach, last)
        if length > 0.6 * (right - left) and (not found or at - found[-1] > 4):
            found.append(float(at))
    return found


def _column(word: LayoutWord, edges: list[float]) -> int:
    middle = (word.x0 + word.x1) / 2
    return sum(edge <= middle for edge in edges[1:-1])


def _place(row: _Row, line: _Line, edges: list[float]) -> None:
    for word in line.words:
        row.cells.setdefault(_column(word, edges), []).append(word)


def _crosses(line: _Line, edges: list[float]) -> bool:
    """Whether a line runs through an edge, by a word or by an ordinary space."""
    words = sorted(line.words, key=lambda word: word.x0)
    inner = edges[1:-1]
    if any(word.x0 < edge - 1 and edge + 1 < word.x1 for word in words for edge in inner):
        return True
    return any(
        after.x0 - word.x1 < 0.4 * word.size and word.x1 - 1 <= edge <= after.x0 + 1
        for word, after in pairwise(words)
        for edge in inner
    )


def _rows(body: list[_Line], edges: list[float], separators: list[float]) -> list[_Row]:
    """Group the lines into rows: by rulings, else by whites, else by the first column."""
    inside = [at for at in separators if body[0].base < at < body[-1].base]
    ruled = len(inside) >= MIN_ROWS
    steps = [below.base - above.base for above, below in pairwise(body)]
    tight = min(steps, default=0.0)
    loose = tight > 0 and tight < 1.45 * body[0].size and max(steps) > 1.35 * tight
    rows: list[_Row] = []
    for line in body:
        row = _Row([line], wide=_crosses(line, edges))
        if not row.wide:
            _place(row, line, edges)
        above = rows[-1] if rows else None
        joins = False
        if above is not None and not row.wide and not above.wide:
            step = line.base - above.lines[-1].base
            if step < 0.95 * line.size:
                # Closer than two lines of one cell: a cell centred beside a taller one.
                joins = True
            elif ruled:
                joins = not any(above.lines[-1].base < at < line.base for at in inside)
                # A ruled group may stack several rows: a label and a value on each line.
                joins = joins and not (0 in row.cells and _numbers(row) and _numbers(above))
            elif 0 not in row.cells or len(row.cells) == 1 < len(edges) - 2:
                joins = step < 1.45 * line.size and not _numbers(row)
            elif loose and len(row.cells) < len(above.cells):
                joins = step < 1.2 * tight and not _numbers(row)
        if joins and above is not None:
            above.lines.append(line)
            _place(above, line, edges)
        else:
            rows.append(row)
    return rows


def _numbers(row: _Row) -> bool:
    return any(is_data(row.text(column)) for column in row.cells)


def _is_table(  # noqa: PLR0911  # one return per doubt
    rows: list[_Row],
    edges: list[float],
    separators: list[float],
    shades: Sequence[tuple[Box, int]],
) -> bool:
    full = [row for row in rows if not row.wide and len(row.cells) >= 2]
    columns = len(edges) - 1
    if len(full) < MIN_ROWS or len(full) < 0.5 * len(rows):
        return False
    if sum(bool(_LEADER.search(row.text(0))) for row in full) > 0.2 * len(full):
        return False
    if not any(_are_labels(full, column) for column in range(min(2, columns - 1))):
        return False
    ruled = len(separators) >= 3 and len(separators) >= 0.6 * len(full)
    booktabs = len(separators) >= 2 and _rule_under_head(full, separators)
    shaded = _shaded_cells(full, shades)
    prose = sum(_is_prose(full, column) for column in range(columns))
    if prose >= 2 and not ruled:
        return False
    data = [column for column in range(1, columns) if _is_data_column(full, column)]
    if data == [columns - 1] and _is_paged(full, columns - 1) and not (ruled or shaded):
        # A table of contents.
        return False
    if columns == 2:
        return _is_pair_table(full, bool(data), drawn=ruled or shaded)
    filled = statistics.mean(len(row.cells) for row in full) / columns
    score = 2 * min(len(data), 2) + 3 * (ruled or shaded) + 2 * booktabs
    score += filled >= 0.75
    score += _head_apart(full) and filled >= 0.6
    score -= 2 * prose
    return score >= 3


def _are_labels(rows: list[_Row], column: int) -> bool:
    """Whether a column names most rows."""
    texts = [row.text(column) for row in rows if column in row.cells]
    return len(texts) >= 0.6 * len(rows) and sum(map(is_data, texts)) <= 0.5 * len(texts)


def _is_pair_table(full: list[_Row], data: bool, *, drawn: bool) -> bool:
    """Two columns are a table when values, not page numbers, face short labels."""
    labels = [row.text(0) for row in full if 0 in row.cells]
    if statistics.median(len(label.split()) for label in labels) > 10:
        return False
    if not data:
        return False
    return drawn or len(full) >= 4


def _is_paged(rows: list[_Row], column: int) -> bool:
    """Whether a column only counts up, as page numbers do."""
    values = [row.text(column) for row in rows if column in row.cells]
    whole = [int(value) for value in values if value.isdigit() and len(value) < 4]
    return bool(whole) and len(whole) >= 0.8 * len(values) and whole == sorted(whole)


def _is_data_column(rows: list[_Row], column: int) -> bool:
    texts = [row.text(column) for row in rows if column in row.cells]
    return len(texts) >= max(2, 0.5 * len(rows)) and sum(map(is_data, texts)) >= 0.7 * len(texts)


def _is_prose(rows: list[_Row], column: int) -> bool:
    """Whether a column holds sentences that run from line to line."""
    counts: list[int] = []
    for row in rows:
        words = row.cells.get(column, [])
        bases = {round(word.base) for word in words}
        if words:
            counts.append(round(len(words) / max(1, len(bases))))
    return bool(counts) and statistics.mean(counts) >= _PROSE


def _rule_under_head(rows: list[_Row], separators: list[float]) -> bool:
    first, second = rows[0].lines[-1].base, rows[1].lines[0].base
    return any(first < at < second for at in separators)


def _head_apart(rows: list[_Row]) -> bool:
    """Whether the first row is bold and the others are not."""

    def share(row: _Row) -> float:
        words = [word for column, cell in row.cells.items() if column for word in cell]
        return sum(word.bold for word in words) / len(words) if words else 0.0

    return share(rows[0]) > 0.9 and statistics.mean(share(row) for row in rows[1:]) < 0.3


def _shaded_cells(rows: list[_Row], shades: Sequence[tuple[Box, int]]) -> bool:
    """Whether most cells stand alone on a fill of their own, or every other row on one."""
    if len(shades) < 3 or len(shades) > 2000:
        return False
    alone = bands = cells = 0
    for row in rows:
        first = row.lines[0].words[0]
        banded = False
        for column, words in row.cells.items():
            if column == 0:
                continue
            cells += 1
            x0, x1 = min(word.x0 for word in words), max(word.x1 for word in words)
            middle = (words[0].y0 + words[0].y1) / 2
            for (left, top, right, bottom), _ in shades:
                if top <= middle <= bottom and left <= x0 + 1 and x1 - 1 <= right:
                    tall = bottom - top < 3.5 * max(1, len(row.lines)) * first.size
                    alone += tall and right - left < 2.5 * (x1 - x0) + 60
                    banded = banded or (tall and left <= first.x0)
                    break
        bands += banded
    return alone >= 0.7 * cells > 0 or 0.35 * len(rows) <= bands <= 0.65 * len(rows)


def _header_above(lines: list[_Line], start: int, edges: list[float], first: _Line) -> list[_Row]:
    """Lines just above a table that name its columns or groups of columns."""
    rows: list[_Row] = []
    below = first
    for line in reversed(lines[max(0, start - 3) : start]):
        near = 0 < below.base - line.base < 2.2 * max(line.size, below.size)
        within = line.segments[0].x0 >= edges[0] - 4 and line.segments[-1].x1 <= edges[-1] + 4
        off_label = line.segments[0].x0 > edges[1] - 2 * line.size
        if near and within and _names_each(line, edges):
            row = _Row([line])
            _place(row, line, edges)
            rows.insert(0, row)
            below = line
            continue
        short = all(len(segment.words) <= 6 for segment in line.segments)
        if not (near and within and short and (off_label or len(line.segments) >= 2)):
            break
        rows.insert(0, _Row([line], wide=True))
        below = line
    return rows


def _names_each(line: _Line, edges: list[float]) -> bool:
    """Whether a line puts a short name over most columns, with more than a space between."""
    words = sorted(line.words, key=lambda word: word.x0)
    names: dict[int, int] = {}
    for word in words:
        if any(word.x0 < edge - 1 and edge + 1 < word.x1 for edge in edges[1:-1]):
            return False
        column = _column(word, edges)
        names[column] = names.get(column, 0) + 1
    if len(names) < max(2, 0.6 * (len(edges) - 1)) or max(names.values()) > 8:
        return False
    return all(
        after.x0 - word.x1 > 0.5 * word.size
        for word, after in pairwise(words)
        if _column(word, edges) != _column(after, edges)
    )


def _one_header(rows: list[_Row], edges: list[float]) -> tuple[list[_Row], list[_Row]]:
    """Put together the lines of a header whose names wrap; keep a line over groups apart."""
    first = next((k for k, row in enumerate(rows) if not row.wide and _numbers(row)), 0)
    top = rows[:first]
    starts = sum(0 in row.cells for row in top)
    if not 2 <= len(top) <= 5 or starts > 1 or _typed_columns(rows[first:], edges) == 0:
        count = next((k for k, row in enumerate(rows) if not row.wide), len(rows))
        return rows[:count], rows[count:]
    over: list[_Row] = []
    names = _Row([])
    for row, under in pairwise([*top, rows[first]]):
        line = row.lines[0]
        groups = len(under.lines[0].segments) >= 2 * len(line.segments)
        tight = not names.lines or line.base - names.lines[-1].base < 1.6 * line.size
        if row.wide and (groups or _spans(line, edges) or not tight):
            over.append(row)
            continue
        names.lines.extend(row.lines)
        for part in row.lines:
            _place(names, part, edges)
    if not names.lines or (over and over[-1].lines[0].base > names.lines[0].base):
        count = next((k for k, row in enumerate(rows) if not row.wide), len(rows))
        return rows[:count], rows[count:]
    return over, [names, *rows[first:]]


def _typed_columns(rows: list[_Row], edges: list[float]) -> int:
    full = [row for row in rows if not row.wide]
    return sum(_is_data_column(full, column) for column in range(1, len(edges) - 1))


def _spans(line: _Line, edges: list[float]) -> bool:
    """Whether a segment of a line stands in the middle of several columns."""
    return any(
        segment.x0 < edge - 2 and edge + 2 < segment.x1
        for segment in line.segments
        for edge in edges[1:-1]
    )


def _wrapped_below(
    lines: list[_Line], end: int, edges: list[float], rows: list[_Row], separators: list[float]
) -> int:
    """Take the last lines of the cells of the last row; return where the table ends."""
    bottom = max(separators, default=0.0)
    while end < len(lines) and not rows[-1].wide:
        line, above = lines[end], lines[end - 1]
        tight = line.base - above.base < 1.35 * line.size or line.y1 - 2 < bottom
        inside = line.segments[0].x0 >= edges[0] - 2 and line.segments[-1].x1 <= edges[-1] + 2
        if not (tight and inside) or _crosses(line, edges):
            break
        if len(line.segments) == 1 and _column(line.segments[0].words[0], edges) == 0:
            break
        rows[-1].lines.append(line)
        _place(rows[-1], line, edges)
        end += 1
    return end


def _grid(rows: list[_Row], edges: list[float], shades: Sequence[tuple[Box, int]]) -> Grid:
    """Turn rows into a grid; a wide line spans the columns it stands over."""
    tops = [min(line.y0 for line in row.lines) for row in rows]
    bottoms = [max(line.y1 for line in row.lines) for row in rows]
    cuts = [tops[0] - 1]
    cuts += [max(a, (b + a) / 2) for b, a in zip(bottoms[:-1], tops[1:], strict=True)]
    cuts.append(bottoms[-1] + 1)
    for k in range(1, len(cuts)):
        cuts[k] = max(cuts[k], cuts[k - 1] + 1)
    cells: list[GridCell] = []
    for row, (top, bottom) in zip(rows, pairwise(cuts), strict=True):
        if row.over:
            cells.extend(_group_cells(row, edges, top, bottom))
            continue
        if row.wide:
            cells.extend(_wide_cells(row, edges, top, bottom))
            continue
        for column in range(len(edges) - 1):
            words = sorted(row.cells.get(column, []), key=lambda word: word.order)
            cells.append(
                GridCell(0, column, 1, 1, edges[column], top, edges[column + 1], bottom, words)
            )
    grid = Grid(
        edges[0], cuts[0], edges[-1], cuts[-1], cells, len(rows), len(edges) - 1, list(edges)
    )
    grid = reindex(grid, cells)
    paint(grid, shades)
    return grid


def _wide_cells(row: _Row, edges: list[float], top: float, bottom: float) -> list[GridCell]:
    """Cells of a line that does not keep to the columns."""
    line = row.lines[0]
    cells: list[GridCell] = []
    taken = 0
    for rank, segment in enumerate(line.segments):
        first = max(taken, sum(edge <= segment.x0 + 1 for edge in edges[1:-1]))
        after = line.segments[rank + 1] if rank + 1 < len(line.segments) else None
        limit = len(edges) - 1
        if after is not None:
            limit = max(first + 1, sum(edge <= after.x0 + 1 for edge in edges[1:-1]))
        last = min(limit, max(first + 1, 1 + sum(edge < segment.x1 - 1 for edge in edges[1:-1])))
        if len(line.segments) == 1 and first == 0:
            last = limit
        if first >= len(edges) - 1:
            cells[-1].words.extend(segment.words)
            continue
        cells.append(
            GridCell(
                0, first, 1, last - first, edges[first], top, edges[last], bottom, [*segment.words]
            )
        )
        taken = last
    return cells


def _group_cells(row: _Row, edges: list[float], top: float, bottom: float) -> list[GridCell]:
    """Names over groups of columns: each column goes to the name nearest to its middle."""
    segments = row.lines[0].segments
    start = sum(edge <= segments[0].words[0].x0 + 1 for edge in edges[1:-1])
    owners: list[tuple[int, int]] = []
    for column in range(min(start, 1), len(edges) - 1):
        middle = (edges[column] + edges[column + 1]) / 2
        nearest = min(
            range(len(segments)),
            key=lambda k: abs((segments[k].x0 + segments[k].x1) / 2 - middle),
        )
        owners.append((column, nearest))
    cells: list[GridCell] = []
    for rank, segment in enumerate(segments):
        mine = [column for column, owner in owners if owner == rank]
        if not mine:
            return _wide_cells(row, edges, top, bottom)
        first, last = mine[0], mine[-1] + 1
        cells.append(
            GridCell(
                0, first, 1, last - first, edges[first], top, edges[last], bottom, [*segment.words]
            )
        )
    return cells
