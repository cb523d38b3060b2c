"""Reading order of a page: from words to segments, from segments to lines in order.

The page is cut recursively, like a sheet folded along its white spaces: a vertical cut
between columns, a horizontal one between bands. Geometry alone cannot tell two columns of
text from two rows of cards, so each possible cut is confronted with the order in which the
file draws its words: a cut that leaves every earlier word on one side agrees with the
author's order and is preferred. Where the drawing order is mechanical (line by line across
the columns, as printers' drivers do) or chaotic, geometry decides alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Final

from assistant.ingestion.layout_types import LayoutWord, Line, Segment, make_line, make_segment
from assistant.model import Box

Interval = tuple[float, float]


_MARK: Final = re.compile(
    r"^(?:[•●○◦▪▫■□►▶➢➔→⇒✓✔❖‣·o§\uf000-\uf0ff-]|[-–—]|\(?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,4})[.)°]\)?"
    r"|\d{1,2}(?:\.\d{1,2}){1,4}\.?)$"
)
"""What starts a list item or a heading, and may stand far from its text."""


def build_segments(words: Iterable[LayoutWord]) -> list[Segment]:
    """Join consecutive words on one baseline, cutting at every gap wider than a space.

    A gap of one and a half font size ends a segment: justified spaces are rejoined later,
    when the lines of one column are put together. A bullet or a number keeps its text, even
    after a tabulation.
    """
    segments: list[Segment] = []
    current: list[LayoutWord] = []
    for word in words:
        if current:
            last = current[-1]
            tall = max(last.size, word.size)
            gap = word.x0 - last.x1
            same_line = abs(word.base - last.base) < 0.35 * tall or (
                min(last.size, word.size) < 0.8 * tall
                and last.y0 - 0.1 * tall < (word.y0 + word.y1) / 2 < last.y1 + 0.1 * tall
            )
            room = 5.0 if len(current) == 1 and _MARK.match(last.text) else 1.5
            if not (same_line and -0.8 * tall < gap < room * tall):
                segments.append(make_segment(current))
                current = []
        current.append(word)
    if current:
        segments.append(make_segment(current))
    return _attach_marks(segments)


def _attach_marks(segments: list[Segment]) -> list[Segment]:
    """Join the bullets and numbers drawn apart with the text on their right."""
    marks = [
        segment
        for segment in segments
        if len(segment.words) == 1 and _MARK.match(segment.words[0].text)
    ]
    if not marks or len(marks) == len(segments):
        return segments
    gone: set[int] = set()
    for mark in marks:
        best: Segment | None = None
        for other in segments:
            if other is mark or id(other) in gone:
                continue
            tall = max(mark.size, other.size)
            near = 0 <= other.x0 - mark.x1 < 5 * tall and abs(other.base - mark.base) < 0.4 * tall
            if near and (best is None or other.x0 < best.x0):
                best = other
        if best is not None:
            joined = make_segment([*mark.words, *best.words])
            best.words, best.x0 = joined.words, joined.x0
            best.y0, best.y1 = joined.y0, joined.y1
            gone.add(id(mark))
    return [segment for segment in segments if id(segment) not in gone]


@dataclass(slots=True)
class _Item:
    """What is ordered: a text block, a table, or the content of a frame.

    Attributes:
        first, last: ranks in the content stream of its first and last words.
        lines: segments of a text block, top to bottom as drawn.
        inside: items of a frame.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    first: int
    last: int
    words: int
    lines: list[Segment]
    table: int = -1
    inside: list[_Item] | None = None

    @property
    def solid(self) -> bool:
        """Whether its box is drawn (a table, a frame) rather than that of its letters."""
        return self.table >= 0 or self.inside is not None


@dataclass(frozen=True, slots=True)
class TableSlot:
    """Place of a table among the lines of a page."""

    table: int


class _Orderer:
    def __init__(self) -> None:
        self._leaf = count()
        self.output: list[tuple[int, list[_Item]]] = []

    def order(self, items: list[_Item], column: int, depth: int = 0) -> None:
        """Append the items to the output in reading order."""
        if len(items) == 1:
            self._one(items[0], column, depth)
            return
        if not items or depth > 60:
            for item in sorted(items, key=lambda entry: (entry.y0, entry.x0)):
                self.output.append((column, [item]))
            return
        rows = _rows(items)
        columns = _columns(items)
        if len(rows) == 1 and _same_row(items):
            self.output.append((column, sorted(items, key=lambda item: item.x0)))
        elif len(rows) == 1 and len(columns) == 1:
            self._entangled(items, column, depth)
        elif len(columns) > 1 and (len(rows) == 1 or _columns_first(rows, columns)):
            for part in columns:
                self.order(part, next(self._leaf), depth + 1)
        else:
            for band in _bands(rows):
                self.order(band, column, depth + 1)

    def _one(self, item: _Item, column: int, depth: int) -> None:
        if item.inside is not None:
            self.order(item.inside, next(self._leaf), depth + 1)
        elif len(item.lines) > 1:
            for segment in item.lines:
                self.output.append((column, [_line_item(segment)]))
        else:
            self.output.append((column, [item]))

    def _entangled(self, items: list[_Item], column: int, depth: int) -> None:
        """Items that no straight white space separates.

        Boxes that cover each other are opened and their lines sorted; boxes in a pinwheel
        are taken in an order where each comes after what is above it or on its left.
        """
        if any(_cover(a, b) for k, a in enumerate(items) for b in items[k + 1 :]):
            opened: list[_Item] = []
            for item in items:
                if item.inside is not None:
                    opened.extend(item.inside)
                elif len(item.lines) > 1:
                    opened.extend(_line_item(segment) for segment in item.lines)
                else:
                    opened.append(item)
            if len(opened) > len(items):
                self.order(opened, column, depth + 1)
            else:
                self._by_lines(items, column)
            return
        for item in _topological(items):
            self._one(item, column, depth)

    def _by_lines(self, items: list[_Item], column: int) -> None:
        """Sort overlapping lines: top to bottom, then from left to right."""
        remaining = sorted(items, key=lambda item: (item.y0 + item.y1, item.x0))
        while remaining:
            head = remaining[0]
            middle = (head.y0 + head.y1) / 2
            line = [
                item
                for item in remaining
                if item is head
                or (
                    not (item.solid or head.solid)
                    and abs((item.y0 + item.y1) / 2 - middle) < 0.4 * min(item.size, head.size)
                )
            ]
            remaining = [item for item in remaining if all(item is not other for other in line)]
            self.output.append((column, sorted(line, key=lambda item: item.x0)))


def _cover(a: _Item, b: _Item) -> bool:
    """Whether two boxes share more than a sliver."""
    across = min(a.x1, b.x1) - max(a.x0, b.x0)
    down = min(_core(a)[1], _core(b)[1]) - max(_core(a)[0], _core(b)[0])
    return across > 2 and down > 1


def _topological(items: list[_Item]) -> list[_Item]:
    """Order boxes so that each comes after those above it and those on its left."""
    before: list[set[int]] = [set() for _ in items]
    for i, a in enumerate(items):
        for j, b in enumerate(items):
            if i == j:
                continue
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            down = min(_core(a)[1], _core(b)[1]) - max(_core(a)[0], _core(b)[0])
            above = across > 0 and a.y0 < b.y0
            left = across <= 0 and down > 0 and a.x0 < b.x0
            if above or left:
                before[j].add(i)
    done: set[int] = set()
    ordered: list[_Item] = []
    while len(ordered) < len(items):
        ready = [k for k in range(len(items)) if k not in done and before[k] <= done]
        if not ready:
            ready = [k for k in range(len(items)) if k not in done]
        chosen = min(ready, key=lambda k: (items[k].first, items[k].y0))
        done.add(chosen)
        ordered.append(items[chosen])
    return ordered


def _same_row(items: list[_Item]) -> bool:
    """Whether all the items stand on one line of text."""
    if any(item.solid or len(item.lines) > 1 for item in items):
        return False
    top = max(item.y0 for item in items)
    bottom = min(item.y1 for item in items)
    return bottom - top > 0.4 * min(item.size for item in items)


def _core(item: _Item) -> Interval:
    """Vertical extent without the white of the font, so that tight lines do not touch."""
    if item.solid:
        return item.y0, item.y1
    return item.y0 + 0.15 * item.size, item.y1 - 0.22 * item.size


def _rows(items: list[_Item]) -> list[list[_Item]]:
    """Bands of items separated by white from left to right, top to bottom."""
    rows: list[list[_Item]] = []
    bottom = 0.0
    for item in sorted(items, key=lambda entry: _core(entry)[0]):
        low, high = _core(item)
        if rows and low < bottom:
            rows[-1].append(item)
            bottom = max(bottom, high)
        else:
            rows.append([item])
            bottom = high
    return rows


def _gutter(items: list[_Item]) -> float:
    """Smallest white that separates two columns, in points."""
    sizes = sorted(item.size for item in items)
    return max(4.0, 0.75 * sizes[len(sizes) // 2])


def _columns(items: list[_Item]) -> list[list[_Item]]:
    """Groups of items separated by white from top to bottom, left to right."""
    wide = _gutter(items)
    columns: list[list[_Item]] = []
    right = 0.0
    for item in sorted(items, key=lambda entry: entry.x0):
        if columns and item.x0 < right + wide:
            columns[-1].append(item)
            right = max(right, item.x1)
        else:
            columns.append([item])
            right = item.x1
    return columns


def _agreeing_cuts(groups: list[list[_Item]]) -> list[int]:
    """Indices `k` such that every item of `groups[:k]` is drawn before those of `groups[k:]`."""
    cuts: list[int] = []
    latest: list[int] = []
    running = -1
    for group in groups:
        running = max(running, *(item.last for item in group))
        latest.append(running)
    earliest = min(item.first for item in groups[-1])
    for index in range(len(groups) - 1, 0, -1):
        earliest = min(earliest, *(item.first for item in groups[index]))
        if latest[index - 1] < earliest:
            cuts.append(index)
    return cuts[::-1]


def _flows(column: list[_Item]) -> bool:
    """Whether a column holds running text: several lines, most of them wide and full."""
    lines = [segment for item in _leaves(column) for segment in item.lines]
    if len(lines) < 4:
        return False
    width = max(item.x1 for item in column) - min(item.x0 for item in column)
    words = sum(len(segment.words) for segment in lines)
    filled = sum(segment.x1 - segment.x0 > 0.7 * width for segment in lines)
    return words / len(lines) >= 4 and filled >= 0.5 * len(lines)


def _leaves(items: list[_Item]) -> Iterator[_Item]:
    for item in items:
        if item.inside is None:
            yield item
        else:
            yield from _leaves(item.inside)


def _labels(columns: list[list[_Item]]) -> bool:
    """Whether the first column only numbers the lines of the second one."""
    labels = [segment for item in _leaves(columns[0]) for segment in item.lines]
    if len(labels) < 3 or any(
        len(label.words) > 1 or not label.text[0].isdigit() for label in labels
    ):
        return False
    others = [segment for item in _leaves(columns[1]) for segment in item.lines]
    return all(
        any(abs(other.base - label.base) < 0.4 * label.size for other in others) for label in labels
    )


def _columns_first(rows: list[list[_Item]], columns: list[list[_Item]]) -> bool:
    """Whether a region with both white rows and white columns is read by columns."""
    if _labels(columns):
        return False
    by_column = len(_agreeing_cuts(columns)) == len(columns) - 1
    row_cuts = _agreeing_cuts(rows)
    flowing = sum(_flows(column) for column in columns)
    if by_column:
        return True
    if flowing >= 2:
        # Running text side by side: rows that "agree" come from a printer driver, unless the
        # cuts are few and wide (rows of cards, each read before the next).
        return not _wide_cuts(rows, row_cuts)
    if row_cuts:
        return row_cuts[0] == 1 and _titles_columns(rows, columns)
    # The file's order helps nobody: the widest white decides.
    sides = [
        min(item.x0 for item in right) - max(item.x1 for item in left)
        for left, right in pairwise(columns)
    ]
    return max(sides) >= max(_whites(rows), default=0.0)


def _titles_columns(rows: list[list[_Item]], columns: list[list[_Item]]) -> bool:
    """Whether the first row only names columns that are read one after the other.

    The titles are often drawn first; each is read with what stands under it all the same.
    """
    titles, rest = rows[0], rows[1:]
    if len(rest) < 2 or any(item.solid or len(item.lines) > 2 for item in titles):
        return False
    below = _columns([item for row in rest for item in row])
    if len(titles) != len(columns) or len(below) != len(columns):
        return False
    return len(_agreeing_cuts(below)) == len(below) - 1


def _wide_cuts(rows: list[list[_Item]], cuts: list[int]) -> bool:
    if not cuts:
        return False
    whites = _whites(rows)
    typical = sorted(whites)[len(whites) // 2]
    size = max(1.0, sorted(item.size for row in rows for item in row)[0])
    wide = [index for index in cuts if whites[index - 1] > max(1.6 * typical, 0.6 * size)]
    return bool(wide) and len(wide) >= 0.6 * len(cuts)


def _whites(rows: list[list[_Item]]) -> list[float]:
    return [
        min(_core(item)[0] for item in below) - max(_core(item)[1] for item in above)
        for above, below in pairwise(rows)
    ]


def _bands(rows: list[list[_Item]]) -> list[list[_Item]]:
    """Group rows that share a gutter, so that columns under a title are read one by one.

    A run of rows with a common gutter is one band, cut again where the file's own order
    says that one part is finished before the next begins; any other row is its own band.
    """
    left = min(item.x0 for row in rows for item in row) - 1
    right = max(item.x1 for row in rows for item in row) + 1
    bands: list[list[list[_Item]]] = []
    free: list[Interval] = []
    for row in rows:
        own = _free(row, left, right)
        if bands and free:
            wide = min(_gutter(row), _gutter(bands[-1][0]))
            shared = _intersect(free, own, wide)
            together = [*bands[-1], row]
            if _separates(shared, together):
                bands[-1].append(row)
                free = shared
                continue
        bands.append([row])
        free = own
    return [part for band in bands for part in _cut_band(band)]


def _cut_band(band: list[list[_Item]]) -> list[list[_Item]]:
    """Cut a run of rows where the file says that one part is over, else at every row."""
    if len(band) == 1:
        return [band[0]]
    items = [item for row in band for item in row]
    columns = _columns(items)
    if len(columns) > 1 and _columns_first(band, columns):
        return [items]
    cuts = _agreeing_cuts(band) or list(range(1, len(band)))
    parts = [band[start:end] for start, end in pairwise([0, *cuts, len(band)])]
    return [[item for row in part for item in row] for part in parts]


def _free(row: list[_Item], left: float, right: float) -> list[Interval]:
    """White intervals of a row between two abscissas."""
    free: list[Interval] = []
    at = left
    for item in sorted(row, key=lambda entry: entry.x0):
        if item.x0 > at:
            free.append((at, item.x0))
        at = max(at, item.x1)
    if right > at:
        free.append((at, right))
    return free


def _intersect(first: list[Interval], second: list[Interval], wide: float) -> list[Interval]:
    shared: list[Interval] = []
    for a, b in first:
        for c, d in second:
            low, high = max(a, c), min(b, d)
            if high - low >= wide:
                shared.append((low, high))
    return shared


def _separates(free: list[Interval], rows: list[list[_Item]]) -> bool:
    """Whether one of the white intervals has text on both sides within these rows."""
    return any(
        any(item.x1 <= low + 0.5 for row in rows for item in row)
        and any(item.x0 >= high - 0.5 for row in rows for item in row)
        for low, high in free
    )


def _line_item(segment: Segment) -> _Item:
    return _Item(
        segment.x0,
        segment.y0,
        segment.x1,
        segment.y1,
        segment.size,
        segment.first_order,
        segment.last_order,
        len(segment.words),
        [segment],
    )


def _text_blocks(segments: list[Segment]) -> list[_Item]:
    """Group the segments that the file draws one under the other, as in one text box."""
    blocks: list[_Item] = []
    for segment in sorted(segments, key=lambda item: item.first_order):
        block = blocks[-1] if blocks else None
        if block is not None and _stacks(block.lines[-1], segment):
            block.lines.append(segment)
            block.x0, block.x1 = min(block.x0, segment.x0), max(block.x1, segment.x1)
            block.y0, block.y1 = min(block.y0, segment.y0), max(block.y1, segment.y1)
            block.first = min(block.first, segment.first_order)
            block.last = max(block.last, segment.last_order)
            block.words += len(segment.words)
            block.size = max(block.size, segment.size)
        else:
            blocks.append(_line_item(segment))
    return blocks


def _stacks(above: Segment, below: Segment) -> bool:
    size = max(above.size, below.size)
    step = below.base - above.base
    overlap = min(above.x1, below.x1) - max(above.x0, below.x0)
    narrow = min(above.x1 - above.x0, below.x1 - below.x0)
    return (
        0.6 * size < step < 1.7 * size
        and min(above.size, below.size) > 0.75 * size
        and overlap > 0.5 * narrow
    )


def _group_frames(items: list[_Item], frames: list[Box]) -> list[_Item]:
    """Put together what a painted rectangle holds, innermost rectangles first."""
    for x0, y0, x1, y1 in sorted(frames, key=lambda box: (box[2] - box[0]) * (box[3] - box[1])):
        held = [
            item
            for item in items
            if x0 - 2 <= item.x0 and item.x1 <= x1 + 2 and y0 - 3 <= item.y0 and item.y1 <= y1 + 3
        ]
        if len(held) < 2 or len(held) == len(items):
            continue
        rest = [item for item in items if all(item is not other for other in held)]
        if any(_cover_box(item, (x0, y0, x1, y1)) for item in rest):
            continue
        group = _Item(
            x0,
            y0,
            x1,
            y1,
            max(item.size for item in held),
            min(item.first for item in held),
            max(item.last for item in held),
            sum(item.words for item in held),
            [],
            inside=held,
        )
        items = [*rest, group]
    return items


def _cover_box(item: _Item, box: Box) -> bool:
    across = min(item.x1, box[2]) - max(item.x0, box[0])
    down = min(item.y1, box[3]) - max(item.y0, box[1])
    return across > 2 and down > 0.3 * item.size


def order_page(
    segments: list[Segment],
    tables: list[tuple[float, float, float, float, int, int]],
    frames: list[Box] | None = None,
) -> list[Line | TableSlot]:
    """Put the lines and tables of a page in reading order.

    Args:
        segments: segments outside any table.
        tables: box, first and last rank in the content stream of each table.
        frames: painted rectangles of the page.

    Returns:
        Lines and table places, in reading order; `Line.leaf` tells the columns apart.
    """
    if len(segments) == 1 and not tables:  # most table cells
        return [make_line(segments[0].words, -1)]
    items = _text_blocks(segments)
    for index, (x0, y0, x1, y1, first, last) in enumerate(tables):
        items.append(_Item(x0, y0, x1, y1, 10.0, first, last, 99, [], table=index))
    items = _group_frames(items, frames or [])
    orderer = _Orderer()
    orderer.order(items, -1)
    ordered: list[Line | TableSlot] = []
    for column, group in orderer.output:
        words: list[LayoutWord] = []
        for item in group:
            if item.table >= 0:
                ordered.append(TableSlot(item.table))
            for segment in item.lines:
                words.extend(segment.words)
        if words:
            ordered.append(make_line(words, column))
    return _join_split_lines(ordered)


def _join_split_lines(ordered: list[Line | TableSlot]) -> list[Line | TableSlot]:
    """Rejoin a line that was cut at a wide justified space or before an exponent."""
    joined: list[Line | TableSlot] = []
    for entry in ordered:
        last = joined[-1] if joined else None
        if (
            isinstance(entry, Line)
            and isinstance(last, Line)
            and entry.leaf == last.leaf
            and abs(entry.base - last.base) < 0.35 * max(entry.size, last.size)
            and entry.x0 >= last.x1 - 1
        ):
            joined[-1] = make_line([*last.words, *entry.words], entry.leaf)
        else:
            joined.append(entry)
    return joined
