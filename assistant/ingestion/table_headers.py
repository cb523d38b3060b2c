"""Which first rows of a table name its columns.

No single sign is enough: names above data, bold above plain, shaded above white, a cell
merged over several columns with their names under it. Data that look like names (a list of
two columns of words) stay without header unless typography says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from assistant.ingestion.layout_types import Line
from assistant.ingestion.table_values import is_data

_SIGN: Final = re.compile(r"^(?:%|€|k€|M€|n|n°|nb|#)$", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"^(?P<name>[^\W\d]+(?: n°)?) (?P<number>\d{1,3})\b")
_YEAR: Final = re.compile(r"^(?:19|20)\d\d\*?$")

MAX_DEPTH: Final = 4
"""Headers deeper than this are not headers."""

MAX_LABELS: Final = 3
"""First columns of labels that may stand under an empty corner."""

MAX_NAME: Final = 18
"""Words of the longest header: longer is a sentence."""


@dataclass(slots=True)
class DraftCell:
    """A cell with its lines in reading order.

    Attributes:
        column, columns: first column and how many it covers.
        row, rows: first row of the grid and how many it covers.
        x0, x1: its left and right edges, in points.
        shade: colour of the fill under it, if any.
        headers: cells that name its column, outermost first.
        repeated: the merged cell it stands for, on the rows below the one that holds it.
        start, end, page: offsets once written in a page text.
    """

    lines: list[Line]
    column: int
    columns: int
    row: int = 0
    rows: int = 1
    x0: float = 0.0
    x1: float = 0.0
    shade: int | None = None
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


Row = list[DraftCell]


def is_name(cell: DraftCell) -> bool:
    """Whether a cell could name a column."""
    text = cell.text
    if _SIGN.match(text):
        return True
    return (
        bool(text)
        and not is_data(text)
        and len(text.split()) <= MAX_NAME
        and any(char.isalpha() for char in text)
    )


def header_rows(rows: list[Row], columns: int) -> int:
    """How many first rows name the columns, a title line over them included.

    Args:
        rows: rows of the table, merged cells repeated.
        columns: number of columns of its grid.
    """
    start = 0
    if len(rows) > 2 and len(rows[0]) == 1:
        # A title over the whole table, or in its corner, is not a header, but does not
        # prevent one.
        title = rows[0][0]
        start = int(title.columns >= columns or (title.columns == 1 and title.column == 0))
    body = rows[start:]
    depth = _depth(body)
    if not 0 < depth < len(body):
        return 0
    head, rest = body[:depth], body[depth:]
    return start + depth if _names_columns(head, rest) else 0


def strong_header(rows: list[Row], count: int) -> bool:
    """Whether typography sets the header apart: it is no row of the page before."""
    head, rest = rows[:count], rows[count:]
    return bool(head) and bool(rest) and (_bold_apart(head, rest) or _shaded_apart(head, rest))


def _own(row: Row) -> Row:
    return [cell for cell in row if cell.repeated is None]


def _depth(body: list[Row]) -> int:
    """Rows that merged cells tie to the first one."""
    depth = 1
    while depth < min(MAX_DEPTH + 1, len(body)):
        head = body[:depth]
        bottom = max(cell.row + cell.rows for row in head for cell in _own(row))
        under = _own(body[depth])
        if under and under[0].row < bottom:
            depth += 1
            continue
        merged = [cell for cell in _own(body[depth - 1]) if cell.columns > 1]
        splits = [
            cell
            for cell in under
            if any(
                top.column <= cell.column and cell.column + cell.columns <= top.column + top.columns
                for top in merged
            )
        ]
        named = all(is_name(cell) or _YEAR.match(cell.text) for cell in under)
        if len(splits) >= 2 and named and len(body) > depth + 1:
            depth += 1
            continue
        break
    return depth if depth <= MAX_DEPTH else 0


def _names_columns(  # noqa: PLR0911  # one return per sign
    head: list[Row], rest: list[Row]
) -> bool:
    cells = [cell for row in head for cell in _own(row)]
    if len(cells) == 1 and cells[0].column == 1 and cells[0].columns == 1:
        # One name beside an empty corner.
        others = {cell.column for row in rest for cell in row}
        return others == {0, 1} and is_name(cells[0]) and _above_data(head, rest)
    if len(cells) < 2 or _counts_on(head[-1], rest[0]):
        return False
    covered = {k for cell in cells for k in range(cell.column, cell.column + cell.columns)}
    starts = {cell.column for row in rest for cell in row}
    widest = max(len(row) for row in rest)
    bare = starts - covered
    corner = bool(bare) and max(bare) < min(covered)
    if (len(bare) > 1 and not corner) or len(covered) < min(2, widest) or len(bare) > MAX_LABELS:
        return False
    shaded = _shaded_apart(head, rest)
    bold = _bold_apart(head, rest)
    if not all(is_name(cell) for cell in cells):
        short = all(len(cell.text.split()) <= MAX_NAME for cell in cells)
        years = all(is_name(cell) or _YEAR.match(cell.text) for cell in cells)
        if years and (shaded or bold or len(head) > 1):
            return short
        return short and ((shaded and bold) or _above_names(head[-1], rest))
    typed = _above_data(head, rest)
    if widest <= 2 and len(head) == 1:
        return _heads_pairs(head[0], rest, typed=typed, apart=shaded or bold)
    if typed or shaded or bold:
        return True
    if _all_bold(head):
        # Bold like the rows below: nothing says it names anything but itself.
        return False
    return len(covered) >= widest - 1


def _counts_on(head: Row, first: Row) -> bool:
    """Whether a row goes on counting what stands above it: « axe 1 » over « axe 2 »."""
    below = {cell.column: _NUMBERED.match(cell.text) for cell in first}
    for cell in head:
        above, under = _NUMBERED.match(cell.text), below.get(cell.column)
        if above and under and above["name"].casefold() == under["name"].casefold():
            return int(under["number"]) == int(above["number"]) + 1
    return False


def _all_bold(rows: list[Row]) -> bool:
    return all(cell.bold for row in rows for cell in _own(row))


def _bold_apart(head: list[Row], rest: list[Row]) -> bool:
    if not _all_bold(head):
        return False
    return sum(_all_bold([row]) for row in rest) < 0.5 * len(rest)


def _shaded_apart(head: list[Row], rest: list[Row]) -> bool:
    colours = {cell.shade for row in head for cell in _own(row)}
    if None in colours:
        return False
    others = [cell.shade for row in rest for cell in _own(row)[1:]]
    return bool(others) and sum(shade in colours for shade in others) < 0.3 * len(others)


def _above_data(head: list[Row], rest: list[Row]) -> bool:
    """Whether names stand above columns of data."""
    kinds: dict[int, list[bool]] = {}
    for row in rest:
        for cell in row[1:] if len(row) > 1 else ():
            kinds.setdefault(cell.column, []).append(is_data(cell.text))
    data = [column for column, seen in kinds.items() if sum(seen) >= 0.6 * len(seen)]
    named = [
        column
        for column in data
        if any(
            cell.column <= column < cell.column + cell.columns and is_name(cell)
            for cell in _own(head[-1])
        )
    ]
    return bool(named) and len(named) >= 0.5 * len(data)


def _above_names(head: Row, rest: list[Row]) -> bool:
    """Whether numbers stand above columns of words, as the marks of a scale do."""
    marks = [cell for cell in _own(head) if is_data(cell.text)]
    under: dict[int, list[bool]] = {cell.column: [] for cell in marks}
    for row in rest:
        for cell in row:
            if cell.column in under:
                under[cell.column].append(is_data(cell.text))
    words = sum(bool(seen) and not any(seen) for seen in under.values())
    return len(marks) >= 2 and words >= 0.8 * len(marks)


def _heads_pairs(first: Row, rest: list[Row], *, typed: bool, apart: bool) -> bool:
    """In two columns a first row is a header only when the others differ from it in kind."""
    pairs = [row for row in rest if len(row) > 1]
    if not pairs or len(first) < 2 or first[0].text.rstrip().endswith(":"):
        return False
    if typed and len(first[1].text.split()) <= 8:
        return True
    if sum(row[0].bold or row[0].shade is not None for row in pairs) > 0.5 * len(pairs) and not (
        apart and first[0].shade != pairs[0][0].shade
    ):
        # Labels set apart down the first column: each row reads « label : value ».
        return False
    if apart:
        return True
    lengths = sorted(len(row[1].text.split()) for row in pairs)
    return len(rest) >= 3 and len(first[1].text.split()) <= 4 and lengths[len(lengths) // 2] >= 8
