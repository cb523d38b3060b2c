"""Colours that mark additions, as declared by the document itself.

Many documents colour their titles; only a document that says so (« en rouge les ajouts »)
uses a colour to mark what is new. Without such a sentence no colour means anything.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable
from typing import Final

from assistant.ingestion.drafts import DraftPage, is_cover

_DECLARED: Final = re.compile(
    r"\ben\s+(?P<a>rouge|bleu|vert|orange|violet|rose)\b.{0,60}\b(?:ajout|modifi|nouveau|nouvelle|complément)"
    r"|\b(?:ajout|modifi|nouveau|nouvelle|complément)\w*\b.{0,60}\ben\s+(?P<b>rouge|bleu|vert|orange|violet|rose)\b",
    re.IGNORECASE,
)


def hue(colour: int) -> str | None:
    """French name of the hue of an 0xRRGGBB colour; `None` for greys and very dark ones."""
    red, green, blue = colour >> 16 & 255, colour >> 8 & 255, colour & 255
    angle, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    if saturation < 0.45 or value < 0.35:
        return None
    degrees = angle * 360
    for name, low, high in (
        ("rouge", -1, 16),
        ("orange", 16, 48),
        ("vert", 75, 165),
        ("bleu", 180, 255),
        ("violet", 255, 300),
        ("rose", 300, 340),
        ("rouge", 340, 361),
    ):
        if low <= degrees < high:
            return name
    return None


def declared_hue(texts: Iterable[str]) -> str | None:
    """Hue that a document declares for its additions (« en rouge les ajouts »)."""
    for text in texts:
        match = _DECLARED.search(text)
        if match is not None:
            return (match["a"] or match["b"]).casefold()
    return None


def addition_hue(pages: list[DraftPage]) -> str | None:
    """Hue that the document declares for its additions, if it is used sparingly."""
    declared = declared_hue(draft.text for page in pages for draft in page.drafts)
    weight = total = 0
    if declared is None:
        return None
    for page in pages:
        for draft in page.drafts:
            for line in draft.lines:
                for word in line.words:
                    total += len(word.text)
                    weight += len(word.text) if word.colour and hue(word.colour) == declared else 0
    return declared if 0 < weight < 0.5 * total else None


def additions_of(page: DraftPage, marked: str | None) -> str | None:
    """Hue of the additions of a page: none on a cover, whose colours are those of a logo."""
    return None if page.number == 1 and is_cover(page) else marked
