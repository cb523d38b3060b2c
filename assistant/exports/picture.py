"""Drawings for the formats that cannot hold an SVG: size on the page, and PNG."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lxml import etree

_PAGE: Final = """
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg")
"""
TEXT_WIDTH_CM: Final = 16.6
"""Width of the text of an A4 page between the margins of the Word and OpenDocument files."""
_HIGHEST_CM: Final = 20.0
"""What a picture leaves to its caption and to the foot of the page."""
_CM_PER_PIXEL: Final = 2.54 / 96
_PIXELS_PER_INCH: Final = 192


@lru_cache(maxsize=8)
def png_of(svg: str) -> bytes:
    """Draw an SVG as PNG, two points of the image for a pixel of the drawing.

    Typst draws it, offline and with the fonts of its package only, so that every machine gives
    the same picture.
    """
    import typst

    drawn = typst.compile(
        _PAGE.encode(),
        format="png",
        ppi=float(_PIXELS_PER_INCH),
        ignore_system_fonts=True,
        sys_inputs={"svg": svg},
    )
    assert isinstance(drawn, bytes)  # one page
    return drawn


def fitted(svg: str) -> tuple[float, float]:
    """Size of a drawing on an A4 page, in centimetres.

    Args:
        svg: its root says `width` and `height` in pixels.

    Returns:
        Width and height: its own, or in the same proportions those that hold on the page.
    """
    root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    width = float(root.get("width")) * _CM_PER_PIXEL
    height = float(root.get("height")) * _CM_PER_PIXEL
    scale = min(1.0, TEXT_WIDTH_CM / width, _HIGHEST_CM / height)
    return width * scale, height * scale
