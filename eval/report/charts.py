"""Charts as SVG: one series each, said directly on the drawing, in the colours of the page.

Every drawing is 340 units wide, so that its text stays readable on a phone, and takes its
colours from the classes of the page: it follows the light and the dark theme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from assistant.exports.document import plain
from assistant.fiches.drawing import text_width
from eval.records import Figure, RiskPoint
from eval.report import texts

WIDTH: Final = 340
_LEFT: Final = 44
_RIGHT: Final = 14
_TOP: Final = 26
_PLOT: Final = 150
_SIZE: Final = 13
_ROW: Final = 24


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a chart by kind or by document.

    Attributes:
        label: what the line is about.
        figure: what was measured of it.
    """

    label: str
    figure: Figure


def _write(
    x: float, y: float, said: str, kind: str = "t", anchor: str = "start", size: float = _SIZE
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}" '
        f'font-size="{size:g}">{escape(plain(said))}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _svg(parts: Sequence[str], height: float, *, name: str, title: str, described: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-labelledby="{name}-t" aria-describedby="{name}-d">'
        f'<title id="{name}-t">{escape(plain(title))}</title>'
        f'<desc id="{name}-d">{escape(plain(described))}</desc>{"".join(parts)}</svg>'
    )


def fitted(text: str, width: float, size: float = _SIZE) -> str:
    """A label cut to a width; what is cut shows."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _frame(ticks: Sequence[tuple[float, str]]) -> list[str]:
    """Horizontal rules of a chart at values from 0 to 1 of its height, with what they are."""
    parts = []
    for at, said in ticks:
        y = _TOP + _PLOT * (1 - at)
        parts.append(_line(_LEFT, y, WIDTH - _RIGHT, y, "r"))
        parts.append(_write(_LEFT - 6, y + 4, said, "d", "end"))
    return parts


_SHARES: Final = ((0.0, "0"), (0.5, "0,5"), (1.0, "1"))


def recall_curve(figures: Sequence[tuple[int, Figure]], *, name: str) -> str:
    """Recall at several depths, with their intervals; depths are evenly spaced.

    Args:
        figures: depth and figure, by rising depth, all measured.
        name: begins the identifiers.
    """
    parts = _frame(_SHARES)
    inside = WIDTH - _LEFT - _RIGHT
    step = inside / max(1, len(figures))
    points = []
    for rank, (depth, figure) in enumerate(figures):
        value = figure.value or 0.0
        x, y = _LEFT + step * (rank + 0.5), _TOP + _PLOT * (1 - value)
        points.append(f"{x:.1f},{y:.1f}")
        if figure.low is not None and figure.high is not None:
            parts.append(
                _line(x, _TOP + _PLOT * (1 - figure.low), x, _TOP + _PLOT * (1 - figure.high), "i")
            )
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="s"/>')
        low = figure.low if figure.low is not None else value
        below = _TOP + _PLOT * (1 - low) + 15
        above = _TOP + _PLOT * (1 - (figure.high if figure.high is not None else value)) - 6
        at = below if above < 14 or below < _TOP + _PLOT - 2 else above
        parts.append(_write(x, at, texts.number(figure.value), "f", "middle"))
        parts.append(_write(x, _TOP + _PLOT + 18, str(depth), "d", "middle"))
    parts.insert(len(_SHARES) * 2, f'<polyline points="{" ".join(points)}" class="c"/>')
    parts.append(_write(WIDTH / 2, _TOP + _PLOT + 36, "premières pages regardées", "d", "middle"))
    said = ", ".join(f"{texts.number(one.value)} à {depth}" for depth, one in figures)
    return _svg(
        parts,
        _TOP + _PLOT + 44,
        name=name,
        title="Pages attendues retrouvées selon la profondeur",
        described=f"Rappel : {said}.",
    )


def risk_curve(points: Sequence[RiskPoint], *, name: str) -> str:
    """Share of wrong answers as more questions are answered, in steps, by rising coverage."""
    ordered = sorted(points, key=lambda one: (one.coverage, one.threshold))
    top = _ceiling(max((one.risk for one in ordered), default=0.0))
    parts = _frame([(0.0, "0"), (0.5, texts.percent(top / 2)), (1.0, texts.percent(top))])
    inside = WIDTH - _LEFT - _RIGHT

    def at(one: RiskPoint) -> tuple[float, float]:
        return _LEFT + inside * one.coverage, _TOP + _PLOT * (1 - one.risk / top)

    path = ""
    for rank, one in enumerate(ordered):
        x, y = at(one)
        path += f"M{x:.1f} {y:.1f}" if rank == 0 else f"H{x:.1f}V{y:.1f}"
    if path:
        parts.append(f'<path d="{path}" class="c"/>')
    for share in (0.0, 0.5, 1.0):
        parts.append(
            _write(
                _LEFT + inside * share,
                _TOP + _PLOT + 18,
                texts.percent(share),
                "d",
                "end" if share == 1 else "middle",
            )
        )
    for one in told(ordered):
        x, y = at(one)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="s"/>')
        # The curve mostly rises: above and before a point is free.
        early = x < _LEFT + 50
        parts.append(
            _write(
                x + 8 if early else x - 8,
                y - 8,
                texts.percent(one.risk),
                "f",
                "start" if early else "end",
            )
        )
    parts.append(_write(WIDTH / 2, _TOP + _PLOT + 36, "questions répondues", "d", "middle"))
    said = " ; ".join(
        f"{texts.percent(one.risk)} d’erreurs en répondant à {texts.percent(one.coverage)} des "
        "questions"
        for one in told(ordered)
    )
    return _svg(
        parts,
        _TOP + _PLOT + 44,
        name=name,
        title="Erreurs selon la part de questions répondues",
        described=f"{said}.",
    )


def told(points: Sequence[RiskPoint]) -> list[RiskPoint]:
    """Points of a curve worth a number: nearest to a half, to four fifths, and the last."""
    if not points:
        return []
    found = [min(points, key=lambda one: abs(one.coverage - wanted)) for wanted in (0.5, 0.8)]
    return list(dict.fromkeys([*found, points[-1]]))


def _ceiling(value: float) -> float:
    """Round top of an axis of shares above a value."""
    return next(top for top in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if value <= top or top == 1.0)


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of the distribution of times: from, to (`None`: and more), how many."""

    low: float
    high: float | None
    count: int

    @property
    def label(self) -> str:
        """What it counts, in French."""
        if self.high is None:
            return f"{texts.duration(self.low)} et plus"
        return f"{texts.duration(self.low)} à {texts.duration(self.high)}"


def bins(times: Sequence[float], *, most: int = 14) -> list[Bin]:
    """Times in bars of one round width; the last gathers what is far above the others.

    Args:
        times: milliseconds.
        most: bars at most, without the one of the far times.
    """
    if not times:
        return []
    ordered = sorted(times)
    reach = ordered[min(len(ordered) - 1, math.ceil(0.98 * len(ordered)) - 1)] or 1.0
    size = 10.0 ** math.floor(math.log10(reach / most)) if reach / most > 0 else 1.0
    width = next(size * n for n in (1, 2, 2.5, 5, 10, 20) if size * n * most >= reach)
    number = int(reach // width) + 1
    counts = [0] * number
    far = 0
    for one in ordered:
        rank = int(one // width)
        if rank < number:
            counts[rank] += 1
        else:
            far += 1
    found = [Bin(rank * width, (rank + 1) * width, n) for rank, n in enumerate(counts)]
    return [*found, Bin(number * width, None, far)] if far else found


def histogram(times: Sequence[float], marks: dict[str, float], *, name: str, title: str) -> str:
    """Distribution of times, with marks such as the median.

    Args:
        times: milliseconds.
        marks: name → milliseconds.
        name: begins the identifiers.
        title: what the times are.
    """
    found = bins(times)
    top = max((one.count for one in found), default=1) or 1
    parts = _frame([(0.0, "0"), (1.0, texts.count(top))])
    inside = WIDTH - _LEFT - _RIGHT
    step = inside / max(1, len(found))
    for rank, one in enumerate(found):
        height = _PLOT * one.count / top
        if one.count:
            parts.append(
                f'<rect x="{_LEFT + step * rank + 1:.1f}" y="{_TOP + _PLOT - height:.1f}" '
                f'width="{step - 2:.1f}" height="{height:.1f}" class="b"/>'
            )
    width = (found[0].high or 1.0) if found else 1.0
    reach = width * len(found)
    previous = 10.0
    for rank, (label, value) in enumerate(marks.items()):
        x = _LEFT + inside * min(1.0, value / reach) if reach else _LEFT
        parts.append(_line(x, _TOP - 4, x, _TOP + _PLOT, "m"))
        said = f"{label} {texts.duration(value)}"
        half = text_width(said, _SIZE) / 2
        centre = max(previous + half, min(x, WIDTH - 4 - half))
        parts.append(_write(centre, 14, said, "f", "middle"))
        previous = centre + half + 8 if rank == 0 else previous
    ends = [0, len(found) // 2, len(found)] if len(found) > 1 else [0, len(found)]
    for rank in ends:
        anchor = "start" if rank == 0 else "end" if rank == len(found) else "middle"
        label = texts.duration(rank * width) if rank else "0"
        if rank == len(found) and found and found[-1].high is None:
            label = f"{texts.duration(found[-1].low)} et plus"
        parts.append(_write(_LEFT + step * rank, _TOP + _PLOT + 18, label, "d", anchor))
    parts.append(_write(WIDTH / 2, _TOP + _PLOT + 36, "temps par question", "d", "middle"))
    said = ", ".join(f"{label} {texts.duration(value)}" for label, value in marks.items())
    return _svg(
        parts,
        _TOP + _PLOT + 44,
        name=name,
        title=title,
        described=f"{texts.plural(len(times), 'question')}. {said}.",
    )


def dots(rows: Sequence[Row], *, name: str, title: str, overall: float | None = None) -> str:
    """One dot a row between 0 and 1, with its interval and its value.

    Args:
        rows: all measured, top to bottom.
        name: begins the identifiers.
        title: what is measured.
        overall: value of the whole run, drawn as a rule.
    """
    left, right = 176.0, WIDTH - 52.0
    inside = right - left
    top = 30.0
    bottom = top + _ROW * len(rows)
    parts = [_line(left + inside * at, top - 4, left + inside * at, bottom, "r") for at in (0, 1)]
    if overall is not None:
        x = left + inside * overall
        parts.append(_line(x, top - 8, x, bottom, "m"))
        said = f"ensemble {texts.number(overall)}"
        half = text_width(said, _SIZE) / 2
        parts.append(_write(min(max(x, half + 4), WIDTH - half - 4), 14, said, "d", "middle"))
    for rank, row in enumerate(rows):
        y = top + _ROW * (rank + 0.5)
        value = row.figure.value or 0.0
        counted = f" ({texts.count(row.figure.count)})"
        room = left - 12 - text_width(counted, _SIZE)
        parts.append(_write(left - 8, y + 4, fitted(row.label, room) + counted, "t", "end"))
        if row.figure.low is not None and row.figure.high is not None:
            parts.append(
                _line(left + inside * row.figure.low, y, left + inside * row.figure.high, y, "i")
            )
        parts.append(f'<circle cx="{left + inside * value:.1f}" cy="{y:.1f}" r="5" class="s"/>')
        parts.append(_write(WIDTH - 4, y + 4, texts.number(row.figure.value), "f", "end"))
    parts.append(_write(left, bottom + 16, "0", "d", "middle"))
    parts.append(_write(right, bottom + 16, "1", "d", "middle"))
    said = ", ".join(f"{row.label} {texts.number(row.figure.value)}" for row in rows)
    return _svg(parts, bottom + 22, name=name, title=title, described=f"{title} : {said}.")
