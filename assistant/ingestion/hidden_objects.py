"""What the objects of a page say of the words they draw: rank, marks, clipping, covers.

Nothing here decides that a word is hidden: it gathers the reasons to doubt that it shows, so
that `hidden` draws again the few pages that give some. Marks are those of marked content
(ISO 32000-1, 14.6): `OC` puts an object in a layer that may be switched off, `ActualText`
gives other words than those that are drawn.
"""

from __future__ import annotations

import ctypes
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from assistant.ingestion.layout_types import PageGeometry
from assistant.model import Box

MAX_DEPTH: Final = 6
"""Form XObjects nested deeper than this are not searched."""

_MAX_OBJECTS: Final = 20_000
_SPECK: Final = 1e-4
"""Share of a page below which a shape covers no word."""

_SCANNED: Final = 0.2
"""Share of a page that an image covers when it may be a scan, of the page or of a part."""

_ON_TOP: Final = 1 << 30
"""Rank of what is drawn after the whole page."""

_FAR: Final = 1e7
"""Points: no page is as large; numbers beyond are not coordinates."""

_SLACK: Final = 1.0
"""Points by which letters go past their own box without being cut."""

# A form is a stream, never packed in another: its dictionary is in clear in the file, even in
# an encrypted one. Names may be written with their codes.
_FORM_LAYER: Final = re.compile(rb"/(?:O|#4[fF])(?:C|#43)[\s<(\[/]\s*(?:\d|<|/)")
_NO_COVER: Final = frozenset(
    {pdfium_c.FPDF_ANNOT_LINK, pdfium_c.FPDF_ANNOT_TEXT, pdfium_c.FPDF_ANNOT_POPUP}
)


@dataclass(slots=True)
class PageObjects:
    """What a page draws, as far as hiding goes.

    Attributes:
        ranks: rank of each text object in drawing order, by address.
        covers: place of what may cover words, with its rank.
        scans: places of the large images.
        veiled: ranks of the text objects that a layer, a mask, a clipping or letters that draw
            nothing may hide.
        clips: for some ranks, the only part of the page where the object shows.
    """

    ranks: dict[int, int] = field(default_factory=dict)
    covers: list[tuple[int, Box]] = field(default_factory=list)
    scans: list[Box] = field(default_factory=list)
    veiled: set[int] = field(default_factory=set)
    clips: dict[int, Box] = field(default_factory=dict)


def walk_objects(page: Any) -> Iterator[tuple[Any, int, int, bool]]:
    """Objects of a page in drawing order: object, kind, depth, whether a form veils it."""
    count = 0
    stack: list[tuple[Any, int, bool]] = [
        (pdfium_c.FPDFPage_GetObject(page, index), 0, False)
        for index in reversed(range(min(pdfium_c.FPDFPage_CountObjects(page), _MAX_OBJECTS)))
    ]
    while stack and count < _MAX_OBJECTS:
        obj, depth, veiled = stack.pop()
        count += 1
        kind = pdfium_c.FPDFPageObj_GetType(obj)
        if kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            inner = range(min(pdfium_c.FPDFFormObj_CountObjects(obj), _MAX_OBJECTS))
            veiled = veiled or _is_veiled(obj)
            stack += [
                (pdfium_c.FPDFFormObj_GetObject(obj, index), depth + 1, veiled)
                for index in reversed(inner)
            ]
            continue
        yield obj, kind, depth, veiled


def page_objects(page: Any, geometry: PageGeometry, *, layered_forms: bool) -> PageObjects:
    """Gather what may hide the words of a page.

    Args:
        page: the pypdfium2 page.
        geometry: of the page.
        layered_forms: whether forms of the file may belong to layers (`has_layered_forms`).
    """
    found = PageObjects()
    area = max(geometry.width * geometry.height, 1.0)
    whole = (0.0, 0.0, geometry.display_width, geometry.display_height)
    fonts: dict[int, bool] = {}
    for rank, (obj, kind, depth, veiled) in enumerate(walk_objects(page.raw)):
        if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
            found.ranks[ctypes.cast(obj, ctypes.c_void_p).value or 0] = rank
            if veiled or (depth and layered_forms) or _is_veiled(obj) or _is_home_made(obj, fonts):
                found.veiled.add(rank)
                continue
            clip = _clip(obj)
            if clip is None:
                continue
            if depth == 0:
                found.clips[rank] = _to_display(clip, geometry)
            elif not _holds(clip, _bounds(obj)):
                found.veiled.add(rank)
        elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE or (
            kind == pdfium_c.FPDF_PAGEOBJ_PATH and _is_filled(obj)
        ):
            # Inside a form, coordinates are its own: it may cover anything.
            bounds = _bounds(obj) if depth == 0 else None
            box = _to_display(bounds, geometry) if bounds else whole
            size = (box[2] - box[0]) * (box[3] - box[1])
            if size > _SPECK * area:
                found.covers.append((rank, box))
            if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE and size > _SCANNED * area:
                found.scans.append(box)
    # Text drawn after everything cannot be covered.
    if found.ranks and found.covers:
        first = min(found.ranks.values())
        found.covers = [one for one in found.covers if one[0] > first]
    found.covers += [(_ON_TOP, box) for box in _annotations(page.raw, geometry)]
    return found


@lru_cache(maxsize=64)
def _search_layers(path: str, size: int, changed: int) -> bool:
    with Path(path).open("rb") as file:
        if not size:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _FORM_LAYER.search(content) is not None


def has_layered_forms(path: Path) -> bool:
    """Tell whether forms of a PDF file seem to belong to layers, which pdfium does not say."""
    state = path.stat()
    return _search_layers(str(path), state.st_size, state.st_mtime_ns)


def has_replacements(page: Any) -> bool:
    """Tell whether a page gives other words than those it draws (`ActualText`)."""
    return next(_replacements(page), None) is not None


def drop_replacements(page: Any) -> None:
    """Forget the words that a page, open in memory, gives in place of those it draws."""
    for obj, mark in list(_replacements(page)):
        pdfium_c.FPDFPageObj_RemoveMark(obj, mark)


def _replacements(page: Any) -> Iterator[tuple[Any, Any]]:
    for obj, kind, _, _ in walk_objects(page.raw):
        if kind != pdfium_c.FPDF_PAGEOBJ_TEXT:
            continue
        for index in reversed(range(pdfium_c.FPDFPageObj_CountMarks(obj))):
            mark = pdfium_c.FPDFPageObj_GetMark(obj, index)
            if pdfium_c.FPDFPageObjMark_GetParamValueType(mark, b"ActualText"):
                yield obj, mark


def _is_veiled(obj: Any) -> bool:
    """Whether a layer or a mask may keep an object from showing."""
    if pdfium_c.FPDFPageObj_HasTransparency(obj):
        return True
    name = (ctypes.c_ushort * 16)()
    length = ctypes.c_ulong()
    for index in range(max(0, pdfium_c.FPDFPageObj_CountMarks(obj))):
        mark = pdfium_c.FPDFPageObj_GetMark(obj, index)
        if (
            pdfium_c.FPDFPageObjMark_GetName(mark, name, ctypes.sizeof(name), ctypes.byref(length))
            and length.value == 6  # bytes: two letters and a null in UTF-16
            and (name[0], name[1]) == (0x4F, 0x43)
        ):
            return True
    return False


def _is_home_made(obj: Any, known: dict[int, bool]) -> bool:
    """Whether a font has no name: its letters (« Type 3 ») are drawings, perhaps empty ones."""
    font = pdfium_c.FPDFTextObj_GetFont(obj)
    key = ctypes.cast(font, ctypes.c_void_p).value or 0
    if key not in known:
        # The length counts the null that ends the name.
        known[key] = pdfium_c.FPDFFont_GetBaseFontName(font, None, 0) <= 1
    return known[key]


def _is_filled(obj: Any) -> bool:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(obj, ctypes.byref(mode), ctypes.byref(stroke)):
        return False
    return bool(mode.value)


def _bounds(obj: Any) -> Box | None:
    """Left, bottom, right, top of an object, in the coordinates of what holds it."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetBounds(obj, *(ctypes.byref(edge) for edge in edges)):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    return left, bottom, right, top


def _clip(obj: Any) -> Box | None:
    """Left, bottom, right, top of where an object may show; `None` when nothing cuts it."""
    clip = pdfium_c.FPDFPageObj_GetClipPath(obj)
    paths = pdfium_c.FPDFClipPath_CountPaths(clip) if clip else 0
    if paths <= 0:
        return None
    x, y = ctypes.c_float(), ctypes.c_float()
    at = ctypes.byref(x), ctypes.byref(y)
    left, bottom, right, top = -_FAR, -_FAR, _FAR, _FAR
    for path in range(paths):
        across: list[float] = []
        down: list[float] = []
        for index in range(min(pdfium_c.FPDFClipPath_CountPathSegments(clip, path), 400)):
            segment = pdfium_c.FPDFClipPath_GetPathSegment(clip, path, index)
            pdfium_c.FPDFPathSegment_GetPoint(segment, *at)
            across.append(x.value)
            down.append(y.value)
        if across:
            left, right = max(left, min(across)), min(right, max(across))
            bottom, top = max(bottom, min(down)), min(top, max(down))
    return left, bottom, right, top


def _holds(clip: Box, bounds: Box | None) -> bool:
    return bounds is None or (
        clip[0] <= bounds[0] + _SLACK
        and clip[1] <= bounds[1] + _SLACK
        and clip[2] >= bounds[2] - _SLACK
        and clip[3] >= bounds[3] - _SLACK
    )


def _to_display(box: Box, geometry: PageGeometry) -> Box:
    ax, ay = geometry.to_display(box[0], box[1])
    bx, by = geometry.to_display(box[2], box[3])
    if box[0] > box[2] or box[1] > box[3]:  # a clipping that leaves nothing
        return 0.0, 0.0, -1.0, -1.0
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _annotations(page: Any, geometry: PageGeometry) -> Iterator[Box]:
    """Places of the annotations drawn over the page."""
    for index in range(min(max(0, pdfium_c.FPDFPage_GetAnnotCount(page)), 1000)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        rect = pdfium_c.FS_RECTF()
        if pdfium_c.FPDFAnnot_GetSubtype(annotation) not in _NO_COVER and (
            pdfium_c.FPDFAnnot_GetRect(annotation, ctypes.byref(rect))
        ):
            sides = sorted((rect.left, rect.right)), sorted((rect.bottom, rect.top))
            yield _to_display((sides[0][0], sides[1][0], sides[0][1], sides[1][1]), geometry)
        pdfium_c.FPDFPage_CloseAnnot(annotation)
