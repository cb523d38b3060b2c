"""Charts of a portfolio, drawn by ours as SVG: the matrix and the distribution by axis.

Nothing rests on colour alone: fiches are numbered, boxes differ by their strokes, bars carry
their count. The documents give the same data as tables beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

from assistant.errors import InvalidFormatError
from assistant.exports.picture import png_of
from assistant.fiches.drawing import (
    COLOURS,
    DASHES,
    INK,
    LINE,
    QUIET,
    line,
    rectangle,
    svg,
    wrapped,
    write,
)
from assistant.fiches.matrix import MIDDLE
from assistant.fiches.method import Method
from assistant.fiches.model import Fiche, Position
from assistant.fiches.places import spread
from assistant.fiches.shown import (
    choices_of,
    coded,
    placed,
    plural,
    position_of,
    retained,
    title_of,
)
from assistant.language.typography import typeset

ChartFormat = Literal["svg", "png"]
CHART_MEDIA_TYPES: Final[dict[ChartFormat, str]] = {"svg": "image/svg+xml", "png": "image/png"}

UNATTACHED: Final = "Non rattachable"
_WIDTH: Final = 720.0
_LEFT, _TOP, _SIDE_X, _SIDE_Y = 92.0, 84.0, 590.0, 440.0
_PAD: Final = 26.0
"""Between the frame and the lowest and highest values: numbers there hold in the frame."""
_RADIUS: Final = 11.0
_FULL_BOXES: Final = 8
"""Beyond so many fiches boxes are not tinted: the tints would add up to a stain."""


def matrix_chart(fiches: Sequence[Fiche], format_: str = "svg") -> bytes:
    """Draw the impact / effort matrix, with its legend.

    Args:
        fiches: numbered from 1 in their order.
        format_: « svg » or « png ».

    Raises:
        InvalidFormatError: another format.
    """
    return _written(matrix_svg(fiches), format_)


def axes_chart(
    fiches: Sequence[Fiche], format_: str = "svg", *, method: Method | None = None
) -> bytes:
    """Draw how many fiches each axis has.

    Args:
        fiches: in any order.
        format_: « svg » or « png ».
        method: the grid, to show axes that no fiche considered.

    Raises:
        InvalidFormatError: another format.
    """
    return _written(axes_svg(fiches, method), format_)


def _written(drawing: str, format_: str) -> bytes:
    if format_ == "svg":
        return drawing.encode()
    if format_ == "png":
        return png_of(drawing)
    raise InvalidFormatError(
        f"Le format « {format_[:20]} » n'existe pas.",
        f"Formats possibles\u00a0: {', '.join(CHART_MEDIA_TYPES)}.",
    )


# --- Matrix ----------------------------------------------------------------------------------


def matrix_svg(fiches: Sequence[Fiche], *, legend: bool = True) -> str:
    """The matrix as SVG.

    Args:
        fiches: numbered from 1 in their order; those without a position are named below.
        legend: whether titles and values stand under the frame; without, a table must give them.
    """
    known = [
        (number, fiche, position)
        for number, fiche in enumerate(fiches, start=1)
        if (position := position_of(fiche))
    ]
    parts = [*_frame()]
    parts += [
        drawn for number, _, position in known for drawn in _box(number, position, len(known))
    ]
    parts += _badges([(number, position) for number, _, position in known])
    below: list[str] = []
    y = _TOP + _SIDE_Y + 86
    if not known:
        below.append(write(_LEFT, y, "Aucune fiche n’a de position dans la matrice."))
        y += 26
    if legend:
        drawn, y = _legend(fiches, y)
        below += drawn
    return svg(
        [*parts, *below],
        _WIDTH,
        y,
        name="matrice",
        title="Matrice des impacts attendus et des efforts requis",
        described=matrix_text(fiches, listed=True),
    )


def matrix_text(fiches: Sequence[Fiche], *, listed: bool = False) -> str:
    """What the matrix shows, in French.

    Args:
        fiches: in their order.
        listed: whether each fiche is told, or how many there are in each quadrant.
    """
    said = ["Effort requis en abscisse, impact attendu en ordonnée, de 0 (faible) à 1 (fort)."]
    places = [position_of(one) for one in fiches]
    if listed or len(fiches) == 1:
        for number, (fiche, position) in enumerate(zip(fiches, places, strict=True), start=1):
            where = placed(position) if position else "sans position"
            said.append(f"{number}. {title_of(fiche)} : {where}.")
    else:
        quadrants = Counter(
            one.quadrants[0]
            if one and one.quadrants and None not in (one.impact, one.effort)
            else "sans point, faute de notes"
            for one in places
        )
        said += [
            f"{plural(count, 'fiche', 'fiches')} : {name}."
            for name, count in quadrants.most_common()
        ]
    return typeset(" ".join(said))


def _x(value: float) -> float:
    return _LEFT + _PAD + value * (_SIDE_X - 2 * _PAD)


def _y(value: float) -> float:
    return _TOP + _SIDE_Y - _PAD - value * (_SIDE_Y - 2 * _PAD)


def _frame() -> list[str]:
    right, bottom = _LEFT + _SIDE_X, _TOP + _SIDE_Y
    middle_x, middle_y = _x(MIDDLE), _y(MIDDLE)
    parts = [
        write(_LEFT, 28, "Matrice des impacts attendus et des efforts requis", size=17, bold=True),
        write(
            _LEFT,
            48,
            "Un disque\u00a0: la moyenne des notes. Un carré\u00a0: notes insuffisantes.",
            size=12,
            fill=QUIET,
        ),
        rectangle(_LEFT, _TOP, _SIDE_X, _SIDE_Y, fill="none", stroke=INK, stroke_width="1.2"),
        line(middle_x, _TOP, middle_x, bottom, LINE),
        line(_LEFT, middle_y, right, middle_y, LINE),
    ]
    for y, level in ((_TOP - 8, "fort"), (bottom + 17, "faible")):
        for x, anchor, effort in ((_LEFT, "start", "faible"), (right, "end", "fort")):
            text = f"impact {level}, effort {effort}"
            parts.append(write(x, y, text, size=12, fill=QUIET, anchor=anchor))
    for value, said in ((0.0, "0"), (0.5, "0,5"), (1.0, "1")):
        parts.append(write(_x(value), bottom + 35, said, size=12, anchor="middle"))
        parts.append(write(_LEFT - 10, _y(value) + 4, said, size=12, anchor="end"))
    parts.append(write(middle_x, bottom + 57, "Effort requis →", bold=True, anchor="middle"))
    parts.append(
        write(_LEFT - 48, middle_y, "Impact attendu →", bold=True, anchor="middle", turned=True)
    )
    return parts


def _colour(number: int) -> str:
    return COLOURS[(number - 1) % len(COLOURS)]


def _dash(number: int) -> str:
    return DASHES[(number - 1) % len(DASHES)]


def _box(number: int, position: Position, count: int) -> list[str]:
    """Every place that the missing notes could give; nothing when none is missing."""
    left, right = _x(position.effort_low), _x(position.effort_high)
    top, bottom = _y(position.impact_high), _y(position.impact_low)
    if left == right and top == bottom:
        return []
    style = {"stroke": _colour(number), "stroke_width": "1.6", "stroke_dasharray": _dash(number)}
    return [
        rectangle(
            left,
            top,
            right - left,
            bottom - top,
            fill=_colour(number) if count <= _FULL_BOXES else "none",
            fill_opacity="0.06",
            **{name: value for name, value in style.items() if value},
        )
    ]


def _badges(known: Sequence[tuple[int, Position]]) -> list[str]:
    """Numbers, each at its point or beside it with a line to it."""
    anchors = [_anchor(position) for _, position in known]
    area = (_LEFT, _TOP, _LEFT + _SIDE_X, _TOP + _SIDE_Y)
    spots = spread(anchors, radius=_RADIUS, area=area)
    lines: list[str] = []
    badges: list[str] = []
    for (number, position), anchor, spot in zip(known, anchors, spots, strict=True):
        sure = position.impact is not None and position.effort is not None
        if sure and spot != anchor:
            colour = _colour(number)
            lines.append(line(*anchor, *spot, colour, 1.2))
            lines.append(f'<circle cx="{anchor[0]:g}" cy="{anchor[1]:g}" r="3.5" fill="{colour}"/>')
        badges.append(_badge(*spot, number, sure=sure))
    return lines + badges


def _anchor(position: Position) -> tuple[float, float]:
    """The point; for a fiche without one, a corner of its box, which nobody takes for a point."""
    if position.impact is not None and position.effort is not None:
        return _x(position.effort), _y(position.impact)
    return (
        min(_x(position.effort_low) + _RADIUS + 4, _LEFT + _SIDE_X - _RADIUS),
        min(_y(position.impact_high) + _RADIUS + 4, _TOP + _SIDE_Y - _RADIUS),
    )


def _badge(x: float, y: float, number: int, *, sure: bool) -> str:
    colour, size = _colour(number), 12 if number < 100 else 9
    if sure:
        shape = f'<circle cx="{x:g}" cy="{y:g}" r="{_RADIUS:g}" fill="{colour}"/>'
    else:
        side = 2 * _RADIUS - 2
        shape = rectangle(
            x - side / 2, y - side / 2, side, side, fill="#ffffff", stroke=colour, stroke_width="2"
        )
    ink = "#ffffff" if sure else colour
    return shape + write(
        x, y + size / 3, str(number), size=size, fill=ink, anchor="middle", bold=True
    )


def _legend(fiches: Sequence[Fiche], y: float) -> tuple[list[str], float]:
    """Titles and values, and where they end."""
    parts: list[str] = []
    text_x, width = _LEFT + 26, _SIDE_X - 26
    for number, fiche in enumerate(fiches, start=1):
        position = position_of(fiche)
        sure = position is not None and None not in (position.impact, position.effort)
        parts.append(_badge(_LEFT + _RADIUS, y - 4, number, sure=sure))
        for said in wrapped(title_of(fiche), width, 13, 3):
            parts.append(write(text_x, y, said))
            y += 17
        where = placed(position) if position else "sans position\u00a0: aucun critère noté"
        parts.append(write(text_x, y, where, size=12, fill=QUIET))
        y += 27
    return parts, y


# --- Axes ------------------------------------------------------------------------------------


def axis_counts(fiches: Sequence[Fiche], method: Method | None = None) -> list[tuple[str, int]]:
    """Name of each axis and how many fiches retained it, in the order of the grid.

    A fiche without a retained axis counts as « non rattachable », which comes last, and only
    when there is some.
    """
    names: dict[str, str] = {}
    if method:
        names = {one.code: coded(one.code, one.label) for one in method.axes}
    found: Counter[str] = Counter()
    for fiche in fiches:
        choices = choices_of(fiche, "axe", method)
        for one in choices:
            names.setdefault(one.code, coded(one.code, one.label))
        chosen = retained(choices)
        found[chosen[0].code if chosen else ""] += 1
    order = names if method else sorted(names, key=lambda code: (len(code), code))
    counts = [(names[code], found[code]) for code in order]
    return [*counts, (UNATTACHED, found[""])] if found[""] else counts


def axes_text(counts: Sequence[tuple[str, int]]) -> str:
    """What the bars show, in French."""
    if not counts:
        return "Aucune fiche."
    said = ", ".join(
        f"{name} : {plural(count, 'fiche', 'fiches')}" for name, count in counts if count
    )
    none = [name for name, count in counts if not count]
    rest = f" Sans fiche : {', '.join(none)}." if none else ""
    return typeset(f"{said or 'Aucune fiche'}.{rest}")


def axes_svg(fiches: Sequence[Fiche], method: Method | None = None) -> str:
    """The distribution by axis as SVG: one bar an axis, with its count."""
    counts = axis_counts(fiches, method)
    parts = [write(20, 28, "Répartition des fiches par axe", size=17, bold=True)]
    bar_x, widest, y = 270.0, 380.0, 62.0
    top = max((count for _, count in counts), default=0) or 1
    for name, count in counts:
        lines = wrapped(name, bar_x - 34, 13, 2)
        first = y + 4 - (len(lines) - 1) * 8
        for index, said in enumerate(lines):
            parts.append(write(bar_x - 12, first + 17 * index, said, anchor="end"))
        width = widest * count / top
        if count:
            parts.append(rectangle(bar_x, y - 11, width, 22, fill=COLOURS[0]))
        parts.append(write(bar_x + width + 8, y + 5, str(count), bold=True))
        y += 40
    parts.append(line(bar_x, 42, bar_x, y - 16, INK, 1.2))
    if not counts:
        parts.append(write(20, y, "Aucune fiche."))
        y += 30
    return svg(
        parts,
        _WIDTH,
        y,
        name="axes",
        title="Répartition des fiches par axe",
        described=axes_text(counts),
    )
