"""What a table holds in its columns of values, as opposed to the names beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from assistant.model import Block, Cell

MAX_LABELS: Final = 3
"""Cells that may name a row of values together."""

_UNITS: Final = "k€|M€|Md€|€|%|‰|°C?|ans|mois|jours|j|h|min|s|pts?|points?|kg|g|mg|l|ml|km|m²?"
_DATA: Final = re.compile(rf"^[\d\s.,/%€$+±<>=≤≥:()*~–-]+(?:{_UNITS})?$", re.IGNORECASE)
_MARK: Final = re.compile(r"^(?:[xX✓✔✗☐☑□-]|oui|non|n/?a|nd|s\.o\.?)\*?$", re.IGNORECASE)


def is_data(text: str) -> bool:
    """Whether a text is a number, a date, an amount or a tick rather than a name."""
    return bool(_DATA.match(text) or _MARK.match(text))


def row_labels(row: Block) -> tuple[Cell, ...]:
    """Cells that name a table row, from the group it belongs to down to its own label.

    « Médico-social », « Crèche » name a row of numbers; a merged label said again on the row
    (it stands elsewhere on the page, or on another one) never names it alone.
    """
    cells = row.cells
    own = row.spans[0]
    groups = 0
    while groups < len(cells) - 1 and (
        cells[groups].span.page != own.page or cells[groups].span.end <= own.start
    ):
        groups += 1
    first = next((k for k, cell in enumerate(cells) if is_data(cell.text)), 0)
    return cells[: max(1, min(first, MAX_LABELS), min(groups + 1, len(cells) - 1))]


def row_text(cells: Sequence[Cell]) -> str:
    """One sentence for a table row: each cell after the header of its column."""
    first = cells[0]
    if len(cells) > 1 and first.text and not first.header and any(c.header for c in cells[1:]):
        return f"{first.text} — {' ; '.join(_named(cell) for cell in cells[1:])}"
    if len(cells) == 2 and not cells[1].header:
        return f"{first.text.rstrip(' :')} : {cells[1].text}"
    return " ; ".join(_named(cell) for cell in cells)


def _named(cell: Cell) -> str:
    return f"{cell.header.rstrip(' :')} : {cell.text}" if cell.header else cell.text
