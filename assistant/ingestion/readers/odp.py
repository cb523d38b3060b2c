"""Reading an OpenDocument presentation (.odp): a slide is a page, its notes kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from assistant.ingestion.hidden_text import HIDDEN_SHAPES, HIDDEN_SLIDE
from assistant.ingestion.readers.archive import MACROS, Archive, damaged
from assistant.ingestion.readers.flow import Content, PageFlow, build_document
from assistant.ingestion.readers.flow_items import Item, Run, Table
from assistant.ingestion.readers.odf import DRAW, FO, OFFICE, STYLE, OdfWalker
from assistant.ingestion.readers.odf_hidden import is_hidden
from assistant.ingestion.readers.paging import Drawn
from assistant.ingestion.readers.slides import Placed, in_reading_order
from assistant.ingestion.slide_titles import SLIDE_TITLE
from assistant.model import BlockKind, ReadDocument

_PRESENTATION: Final = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_SVG: Final = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_LENGTH: Final = re.compile(r"(-?\d+(?:\.\d+)?)\s*(cm|mm|in|pt|pc|px)?")
_POINTS: Final = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72, "pt": 1, "pc": 12, "px": 0.75}
_EDGES: Final = frozenset({"footer", "header", "date-time"})


def read_odp(path: Path, archive: Archive, *, max_pages: int) -> ReadDocument:
    """Read an OpenDocument presentation.

    Args:
        path: the file.
        archive: the file, checked.
        max_pages: more slides than this is refused.

    Raises:
        UnreadableFileError: `endommage`, `vide` or `trop_de_pages`.
    """
    walker = OdfWalker(path, archive)
    body = walker.content.find(f"{OFFICE}body/{OFFICE}presentation")
    if body is None:
        raise damaged(path)
    width, height = _size(walker)
    pages = [
        _page(walker, slide, rank, width, height)
        for rank, slide in enumerate(body.iterchildren(f"{DRAW}page"), start=1)
    ]
    return build_document(
        path,
        pages,
        unit="slide",
        info=walker.info(),
        max_pages=max_pages,
        warnings=[*walker.warnings, *([MACROS] if archive.macros else [])],
    )


def _page(walker: OdfWalker, slide: Any, rank: int, width: float, height: float) -> PageFlow:
    page = PageFlow(str(rank), width=width, height=height)
    style = slide.get(f"{DRAW}style-name")
    if (
        walker.styles.property("drawing-page", style, "drawing-page", f"{_PRESENTATION}visibility")
        == "hidden"
    ):
        page.warnings.append(HIDDEN_SLIDE)
        return page
    walker.sight.look_at_slide(slide)
    layers = _hidden_layers(walker)
    titles: list[Content] = []
    footers: list[Content] = []
    placed: list[Placed] = []
    for shape in slide:
        if shape.tag == f"{_PRESENTATION}notes" or not isinstance(shape.tag, str):
            continue
        kind = shape.get(f"{_PRESENTATION}class", "")
        if shape.get(f"{_PRESENTATION}placeholder") == "true" or kind == "page-number":
            continue
        if shape.get(f"{DRAW}layer") in layers or _is_off(shape, width, height):
            if "".join(shape.itertext()).strip() and HIDDEN_SHAPES not in page.warnings:
                page.warnings.append(HIDDEN_SHAPES)
            continue
        items = [entry for entry in walker.walk([shape]) if isinstance(entry, Item)]
        if kind == "title":
            runs = [run for item in items for run in (Run(" "), *item.runs)]
            opening = rank == 1
            role = BlockKind.TITLE if opening else BlockKind.HEADING
            titles.append(Item(role, runs, 0 if opening else SLIDE_TITLE))
        elif kind in _EDGES:
            footers += [Item(BlockKind.FOOTER, item.runs) for item in items]
        else:
            placed += _placed(walker, shape, page)
    page.content = [*titles, *in_reading_order(placed), *_notes(walker, slide), *footers]
    return page


def _hidden_layers(walker: OdfWalker) -> set[str]:
    """Names of the layers that are not displayed."""
    return {
        layer.get(f"{DRAW}name", "")
        for root in (walker.extra, walker.content)
        for layer in (root.iter(f"{DRAW}layer") if root is not None else ())
        if is_hidden(layer)
    }


def _is_off(shape: Any, width: float, height: float) -> bool:
    """Whether a shape stands wholly off its slide."""
    if shape.get(f"{_SVG}x") is None or shape.get(f"{_SVG}y") is None:
        return False
    left, top = _points(shape.get(f"{_SVG}x")), _points(shape.get(f"{_SVG}y"))
    right = left + _points(shape.get(f"{_SVG}width"))
    bottom = top + _points(shape.get(f"{_SVG}height"))
    return right <= 0 or bottom <= 0 or left >= width or top >= height


def _placed(walker: OdfWalker, shape: Any, page: PageFlow) -> Iterator[Placed]:
    if shape.tag == f"{DRAW}g":
        inside = [found for child in shape for found in _placed(walker, child, page)]
        if inside:
            yield Placed(
                min(item.left for item in inside),
                min(item.top for item in inside),
                max(item.right for item in inside),
                max(item.bottom for item in inside),
                in_reading_order(inside),
            )
        return
    content: list[Content] = []
    entries = list(walker.walk([shape]))
    page.images = page.images or any(isinstance(entry, Drawn) for entry in entries)
    content += [entry for entry in entries if isinstance(entry, Item | Table)]
    if content:
        left, top = _points(shape.get(f"{_SVG}x")), _points(shape.get(f"{_SVG}y"))
        yield Placed(
            left,
            top,
            left + _points(shape.get(f"{_SVG}width")),
            top + _points(shape.get(f"{_SVG}height")),
            content,
        )


def _notes(walker: OdfWalker, slide: Any) -> Iterator[Item]:
    label = "Notes : "
    for notes in slide.iterchildren(f"{_PRESENTATION}notes"):
        for frame in notes:
            if (
                frame.get(f"{_PRESENTATION}class") != "notes"
                or frame.get(f"{_PRESENTATION}placeholder") == "true"
            ):
                continue
            for entry in walker.walk([frame]):
                if isinstance(entry, Item):
                    yield Item(BlockKind.PARAGRAPH, [Run(label), *entry.runs])
                    label = ""


def _size(walker: OdfWalker) -> tuple[float, float]:
    """Size of the slides in points; that of a 4:3 slide when the file does not say."""
    for properties in (
        walker.extra.iter(f"{STYLE}page-layout-properties") if (walker.extra is not None) else ()
    ):
        width = _points(properties.get(f"{FO}page-width"))
        height = _points(properties.get(f"{FO}page-height"))
        if width > height > 0:
            return width, height
    return 720.0, 540.0


def _points(text: str | None) -> float:
    match = _LENGTH.fullmatch(text.strip()) if text else None
    return float(match[1]) * _POINTS[match[2] or "pt"] if match else 0.0
