"""What an OpenDocument file holds and does not show: its colour, its size, its state hide it.

A doubt keeps the text: a frame, a table or a page that has a fill of its own, or a picture in
the paragraph's surroundings, may be what light words stand on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from assistant.ingestion.hidden_text import SMALLEST, matches

_STYLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW: Final = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_FO: Final = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_PRESENTATION: Final = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_SVG: Final = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_XLINK: Final = "{http://www.w3.org/1999/xlink}"

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)pt")
_PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?)%")
_CRUSHED: Final = 10
"""Per cent of their width below which letters cannot be told apart."""
_NEAR_BLOCKS: Final = 20
"""Blocks around a picture that it may stand behind: about a page."""
_UNSEEN: Final = frozenset({"none", "printer"})
_COLLAPSED: Final = frozenset({"collapse", "filter"})

Property = Callable[[str, str | None, str, str], str | None]
"""`OdfStyles.property`: family, name, group and key to the value nearest to a style."""


class OdfSight:
    """Tells whether the words of a text show.

    Args:
        property_of: looks a property up in the styles of the file.
        body: what holds the text; `None` for a presentation, looked at slide by slide.
        coloured: whether the pages of the file have a colour or a picture of their own.
    """

    def __init__(self, property_of: Property, body: Any | None, coloured: bool) -> None:
        self._property = property_of
        self._paper = None if coloured or body is None else 0xFFFFFF
        self._coloured = coloured
        self._slide = False
        self._ranks: dict[Any, int] = {}
        self._pictures: list[int] = []
        for rank, block in enumerate(_blocks(body) if body is not None else ()):
            self._ranks[block] = rank
            if next(block.iter(f"{_DRAW}image", f"{_DRAW}custom-shape"), None) is not None:
                self._pictures.append(rank)

    def hides(self, element: Any, own: tuple[str, ...], style: str | None) -> bool:
        """Tell whether the look of some words keeps them from being seen.

        Args:
            element: what holds them (`text:p`, `text:span`).
            own: names of the styles of characters in force, nearest first.
            style: name of the style of paragraph.
        """
        size = self._nearest(f"{_FO}font-size", own, style)
        found = _SIZE.fullmatch(size or "")
        if found is not None and float(found[1]) <= SMALLEST:
            return True
        width = _PERCENT.fullmatch(self._nearest(f"{_STYLE}text-scale", own, style) or "")
        if width is not None and float(width[1]) < _CRUSHED:
            return True
        if self._nearest(f"{_STYLE}use-window-font-color", own, style) == "true":
            return False
        colour = _number(self._nearest(f"{_FO}color", own, style))
        if colour is None:
            return False
        paper = self._behind(element, own, style)
        return paper is not None and matches(colour, paper)

    def look_at_slide(self, slide: Any) -> None:
        """Take the slide that the next words stand on: white, unless something is drawn on it."""
        painted = next(slide.iter(f"{_DRAW}image"), None) is not None
        for shape in slide.iter():
            name = shape.get(f"{_DRAW}style-name") or shape.get(f"{_PRESENTATION}style-name")
            if painted or not isinstance(shape.tag, str) or shape.get(f"{_SVG}width") is None:
                continue
            family = "presentation" if shape.get(f"{_PRESENTATION}style-name") else "graphic"
            fill = self._property(family, name, "graphic", f"{_DRAW}fill")
            # A frame has no fill unless it says so; a shape is filled unless it says not.
            painted = fill != "none" and not (fill is None and shape.tag == f"{_DRAW}frame")
        page = self._property(
            "drawing-page", slide.get(f"{_DRAW}style-name"), "drawing-page", f"{_DRAW}fill"
        )
        plain = not painted and page in {None, "none"} and not self._coloured
        self._slide = True
        self._paper = 0xFFFFFF if plain else None

    def _nearest(self, key: str, own: tuple[str, ...], style: str | None) -> str | None:
        for name in own:
            found = self._property("text", name, "text", key)
            if found is not None:
                return found
        return self._property("paragraph", style, "text", key)

    def _behind(self, element: Any, own: tuple[str, ...], style: str | None) -> int | None:
        """Colour that some words stand on; `None` when it is not known."""
        key = f"{_FO}background-color"
        for family, name, group in (
            *(("text", name, "text") for name in own),
            ("paragraph", style, "text"),
            ("paragraph", style, "paragraph"),
        ):
            shade = self._property(family, name, group, key)
            if shade is not None and shade != "transparent":
                return _number(shade)
        if self._slide:
            table = next(element.iterancestors(f"{_TABLE}table"), None)
            return self._paper if table is None else None
        top = None
        for parent in (element, *element.iterancestors()):
            if parent in self._ranks:
                top = parent
                break
            # Cells, frames and sections may be filled in more than one way.
            if parent.tag in {f"{_TABLE}table", f"{_DRAW}text-box", f"{_TEXT}section"}:
                return None
        rank = self._ranks.get(top)
        if rank is None or any(abs(rank - other) <= _NEAR_BLOCKS for other in self._pictures):
            return None
        return self._paper


def _blocks(body: Any) -> Iterator[Any]:
    """Paragraphs, headings, lists and the rest, as they follow one another on pages."""
    for child in body:
        if child.tag == f"{_TEXT}section" and not _is_filled_section(child):
            yield from _blocks(child)
        elif child.tag != f"{_TABLE}table":
            yield child


def _is_filled_section(section: Any) -> bool:
    return section.get(f"{_TEXT}style-name") is not None


def is_hidden(element: Any) -> bool:
    """Tell whether an element is in a state that its file hides."""
    if element.get(f"{_TEXT}display") == "none" or element.get(f"{_DRAW}display") in _UNSEEN:
        return True
    if element.get(f"{_TEXT}display") == "condition":
        return bool(element.get(f"{_TEXT}is-hidden") == "true")
    return False


def hides_paragraph(element: Any) -> bool:
    """Tell whether a field of a paragraph hides the whole of it."""
    return any(
        field.get(f"{_TEXT}is-hidden") == "true"
        for field in element.iter(f"{_TEXT}hidden-paragraph")
    )


def is_collapsed(row: Any) -> bool:
    """Tell whether a row of a table, or the group it belongs to, is hidden."""
    group = row.getparent()
    return row.get(f"{_TABLE}visibility") in _COLLAPSED or (
        group.tag == f"{_TABLE}table-row-group" and group.get(f"{_TABLE}display") == "false"
    )


def has_coloured_pages(roots: list[Any]) -> bool:
    """Tell whether a file gives its pages a colour or a picture."""
    for root in roots:
        for tag in (
            "page-layout-properties",
            "header-footer-properties",
            "drawing-page-properties",
        ):
            for properties in root.iter(f"{_STYLE}{tag}"):
                shade = properties.get(f"{_FO}background-color", "transparent")
                if shade.lower() not in {"transparent", "#ffffff"}:
                    return True
                image = properties.find(f"{_STYLE}background-image")
                if image is not None and image.get(f"{_XLINK}href"):
                    return True
                if properties.get(f"{_DRAW}fill", "none") != "none":
                    return True
        for master in root.iter(f"{_STYLE}master-page"):
            if next(master.iter(f"{_DRAW}image", f"{_DRAW}custom-shape"), None) is not None:
                return True
    return False


def _number(text: str | None) -> int | None:
    try:
        whole = text is not None and len(text) == 7 and text.startswith("#")
        return int(text[1:], 16) if whole and text is not None else None
    except ValueError:
        return None
