"""Small pieces of SVG: text that holds in its column, colours that everybody can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from assistant.exports.document import plain

INK: Final = "#1b1b2f"
QUIET: Final = "#55556a"
LINE: Final = "#767686"
FAMILY: Final = "Marianne, 'Liberation Sans', Arial, Helvetica, 'Libertinus Serif', sans-serif"
"""Sans-serif where the machine has some; the serif one comes with Typst, which draws the PNG."""
COLOURS: Final = ("#0b4f8a", "#9c2a10", "#256029", "#6a2c91", "#7a4b00", "#00606b")
"""Dark enough for white text on them and for themselves on white (contrast above 4.5)."""
DASHES: Final = ("", "7 4", "2 3", "10 3 2 3", "4 2")
"""Strokes that tell boxes apart without their colours; five, so that pairs with the six colours
come back after thirty."""

# Widths in thousandths of the size, those of the widest usual sans-serif for each class.
_NARROW: Final = frozenset("iIjl|.,;:!'’`() \u00a0\u202ftfr-/[]")
_WIDE: Final = frozenset("mwMW@%œŒæÆ—")


def text_width(text: str, size: float) -> float:
    """Width of a line at most, in pixels, whichever font of the family draws it."""
    total = 0.0
    for char in text:
        if char in _WIDE:
            total += 0.95
        elif char in _NARROW:
            total += 0.4
        else:
            total += 0.74 if char.isupper() or ord(char) > 0x2000 else 0.58
    return total * size


def wrapped(text: str, width: float, size: float, lines: int) -> list[str]:
    """Cut a text in lines that hold in a width; what exceeds the last one ends with « … ».

    Args:
        text: one paragraph.
        width: of the column, in pixels.
        size: of the font, in pixels.
        lines: at most, from 1.
    """
    found: list[str] = []
    current = ""
    for word in plain(text).split(" "):
        rest = word
        while rest:
            joined = f"{current} {rest}" if current else rest
            if text_width(joined, size) <= width:
                current, rest = joined, ""
            elif current:
                found.append(current)
                current = ""
            else:  # a word wider than the column
                cut = next(
                    n
                    for n in range(len(rest), 0, -1)
                    if n == 1 or text_width(rest[:n], size) <= width
                )
                found.append(rest[:cut])
                rest = rest[cut:]
    if current:
        found.append(current)
    if len(found) > lines:
        last = found[lines - 1]
        while last and text_width(last + "…", size) > width:
            last = last[:-1]
        found = [*found[: lines - 1], last.rstrip() + "…"]
    return found or [""]


def write(
    x: float,
    y: float,
    text: str,
    *,
    size: float = 13,
    fill: str = INK,
    anchor: str = "start",
    bold: bool = False,
    turned: bool = False,
) -> str:
    """A line of text; `y` is that of its base."""
    weight = ' font-weight="bold"' if bold else ""
    turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}"'
        f"{weight}{turn}>{escape(plain(text))}</text>"
    )


def rectangle(x: float, y: float, width: float, height: float, **attributes: str) -> str:
    """A rectangle; `stroke_width` is `stroke-width`."""
    more = "".join(
        f" {name.replace('_', '-')}={quoteattr(value)}" for name, value in attributes.items()
    )
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{more}/>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1) -> str:
    """A straight line."""
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{stroke}" '
        f'stroke-width="{width:g}"/>'
    )


def svg(
    parts: Sequence[str], width: float, height: float, *, name: str, title: str, described: str
) -> str:
    """A whole drawing on white, with the title and description that a screen reader says.

    Args:
        parts: what is drawn, in order.
        width: in pixels.
        height: in pixels.
        name: begins the identifiers, so that two drawings can stand in one page.
        title: short.
        described: everything that the drawing shows.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" lang="fr" xml:lang="fr" '
        f'aria-labelledby="{name}-titre {name}-texte" font-family="{FAMILY}">'
        f'<title id="{name}-titre">{escape(plain(title))}</title>'
        f'<desc id="{name}-texte">{escape(plain(described))}</desc>'
        + rectangle(0, 0, width, height, fill="#ffffff")
        + "".join(parts)
        + "</svg>"
    )
