"""Order of the shapes of a slide.

A slide says where each shape stands but not in which order they are read: they are taken by
rows and columns, cut along the widest gap first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.ingestion.readers.flow import Content

_MAX_DEPTH: Final = 12


@dataclass(slots=True)
class Placed:
    """Something that stands on a slide.

    Attributes:
        left, top, right, bottom: its box, in any unit.
        content: its paragraphs and tables.
    """

    left: float
    top: float
    right: float
    bottom: float
    content: list[Content]


def in_reading_order(shapes: Sequence[Placed], depth: int = 0) -> list[Content]:
    """Contents of shapes in reading order: cut by the widest gap, rows before columns."""
    if len(shapes) < 2 or depth > _MAX_DEPTH:
        ordered = sorted(shapes, key=lambda shape: (shape.top, shape.left))
        return [entry for shape in ordered for entry in shape.content]
    rows = _split(shapes, vertical=False)
    columns = _split(shapes, vertical=True)
    parts = columns if columns[1] > 1.5 * rows[1] else rows
    if len(parts[0]) == 1:
        parts = rows if parts is columns else columns
    if len(parts[0]) == 1:
        # Overlapping shapes: as the author placed them, from the top.
        ordered = sorted(shapes, key=lambda shape: (shape.top, shape.left))
        return [entry for shape in ordered for entry in shape.content]
    return [entry for part in parts[0] for entry in in_reading_order(part, depth + 1)]


def _split(shapes: Sequence[Placed], *, vertical: bool) -> tuple[list[list[Placed]], float]:
    """Groups that no line crosses, and the widest gap between two of them."""

    def low(shape: Placed) -> float:
        return shape.left if vertical else shape.top

    groups: list[list[Placed]] = []
    end, widest = 0.0, 0.0
    for shape in sorted(shapes, key=low):
        high = shape.right if vertical else shape.bottom
        if groups and low(shape) < end:
            groups[-1].append(shape)
            end = max(end, high)
            continue
        if groups:
            widest = max(widest, low(shape) - end)
        groups.append([shape])
        end = high
    return groups, widest
