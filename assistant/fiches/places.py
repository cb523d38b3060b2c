"""Where the numbers of a chart go, so that none hides another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

Point = tuple[float, float]

_GAP: Final = 3.0
_TURNS: Final = 20
"""Directions tried around a point, at each distance."""


def spread(
    points: Sequence[Point], *, radius: float, area: tuple[float, float, float, float]
) -> list[Point]:
    """Put a disc for each point, at the point or as near as the others let it.

    Args:
        points: where each disc would be, in pixels.
        radius: of the discs.
        area: left, top, right, bottom, in which whole discs must hold.

    Returns:
        Centres, in the order of the points. Two discs never overlap, unless the area is too
        small for so many: those left over stay at their point.
    """
    placed: list[Point] = []
    for index, point in enumerate(points):
        others = [one for one in points[index + 1 :] if one != point]
        placed.append(_free(point, placed, others, radius, area) or point)
    return placed


def _free(
    point: Point,
    placed: Sequence[Point],
    others: Sequence[Point],
    radius: float,
    area: tuple[float, float, float, float],
) -> Point | None:
    """Nearest free place; one that hides no later point when there is any."""
    possible = None
    for spot in _around(point, radius, area):
        if any(math.dist(spot, one) < 2 * radius + _GAP for one in placed):
            continue
        if spot == point or all(math.dist(spot, one) > radius + _GAP for one in others):
            return spot
        possible = possible or spot
    return possible


def _around(
    point: Point, radius: float, area: tuple[float, float, float, float]
) -> Iterator[Point]:
    """The point, then places farther and farther that hold in the area."""
    left, top, right, bottom = area
    step = radius + _GAP
    farthest = math.dist((left, top), (right, bottom))
    distance = 0.0
    while distance <= farthest:
        turns = 1 if not distance else _TURNS
        for turn in range(turns):
            angle = 2 * math.pi * turn / turns - math.pi / 4
            x = point[0] + distance * math.cos(angle)
            y = point[1] + distance * math.sin(angle)
            if left + radius <= x <= right - radius and top + radius <= y <= bottom - radius:
                yield x, y
        distance += step
