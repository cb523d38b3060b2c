"""Colours that text can be read with.

One colour is asked of the organisation: white is written on it (banner, buttons) and it writes
links on the light background, so its contrast with both must reach 4.5:1 (WCAG 2.1, 1.4.3). For
the dark scheme it is mixed with white until it reaches the same contrast with the dark background.
"""

from __future__ import annotations

import re

MINIMUM = 4.5
LIGHT_BACKGROUND = "#f7f8fa"
DARK_BACKGROUND = "#222a34"
"""The least contrasted background that text stands on, in each scheme."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def checked_accent(value: str) -> str:
    """A colour that text can be written with and on, `#rrggbb` in lower case.

    Raises:
        ValueError: it is no colour, or its contrast is too low; the message says its ratio.
    """
    if not value:
        return ""
    if not _COLOUR.fullmatch(value):
        raise ValueError(f"« {value} » n'est pas une couleur : écrivez-la « #1c4b78 »")
    value = value.lower()
    ratio = contrast(value, LIGHT_BACKGROUND)
    if ratio < MINIMUM:
        said = f"{int(ratio * 10) / 10:.1f}".replace(".", ",")
        raise ValueError(
            f"la couleur {value} n'a qu'un contraste de {said} pour 1 avec le fond clair, alors "
            "qu'il en faut 4,5 : choisissez-la plus foncée"
        )
    return value


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _rgb(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share, 0 to 1, of another one."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable_on_dark(colour: str) -> str:
    """The colour, lightened as little as it takes to be read on the dark background."""
    return next(
        tint
        for tint in (mixed(colour, "#ffffff", step / 20) for step in range(21))
        if contrast(tint, DARK_BACKGROUND) >= MINIMUM
    )
