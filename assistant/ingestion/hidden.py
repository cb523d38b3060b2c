"""Words that a page holds but does not show: found, so that they are never quoted.

White on white, transparent, in invisible mode, under an image or a black box, one point high:
a file can say anything in words that nobody sees. Whether doubtful words show is not guessed:
the page is drawn twice, the second time without these words, and a word whose place has not
changed does not show. The invisible layer that a scanner lays on its image is kept: it counts
as seen where the image shows ink.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from assistant.ingestion.layout_types import Drawing, LayoutWord, PageGeometry
from assistant.model import Box

MAX_DEPTH: Final = 6
"""Form XObjects nested deeper than this are not searched."""

_MAX_OBJECTS: Final = 20_000
_SMALLEST: Final = 1.6
"""Points below which no reader makes out a letter on a sheet of the usual sizes."""

_SHEET: Final = 1300.0
"""Points: longer pages are posters, shown reduced; their small type is judged by this side."""

_PALE: Final = 215
"""Least channel of the colours that white paper may hide."""

_NEAR: Final = 40
"""Largest difference of channels between two colours that hide one another."""

_SCALES: Final = (1.0, 2.0)
"""Pixels per point for ordinary type and for small type."""
_SMALL_TYPE: Final = 7.0
_MAX_SIDE: Final = 2400
_CHANGED: Final = 24
"""Least difference of a channel that a reader notices, as `pdf_scan` counts ink."""

_SPECK: Final = 1e-4
"""Share of a page below which a shape covers no word."""

_INVISIBLE_MODES: Final = frozenset({3, 7})
_STROKED: Final = frozenset({1, 2, 5, 6})
"""Modes that draw the outline of letters: their fill may be transparent."""

_SCANNED: Final = 0.2
"""Share of a page that an image covers when it may be a scan, of the page or of a part."""


@dataclass(slots=True)
class Hidden:
    """What was found on a page.

    Attributes:
        words: those that do not show.
        layer: whether the text kept is the invisible layer of a scan.
    """

    words: list[LayoutWord]
    layer: bool = False


def find_hidden(
    page: Any, fresh: Any, geometry: PageGeometry, words: Sequence[LayoutWord], drawing: Drawing
) -> Hidden:
    """Tell which words of a page do not show.

    Args:
        page: the pypdfium2 page that the words were read on.
        fresh: the same page opened anew: some of its objects are made transparent.
        geometry: of the page.
        words: its words; `drawn` names the text object of each.
        drawing: its strokes and images.
    """
    ranks, covers, scans = _objects(page, geometry)
    tiny = _SMALLEST * max(1.0, max(geometry.width, geometry.height) / _SHEET)
    # Icons drawn in colour answer to no recolouring, and say nothing.
    spoken = [word for word in words if any(char.isalnum() for char in word.text)]
    small = [word for word in spoken if word.size < tiny]
    doubtful = [
        word
        for word in spoken
        if word.size >= tiny and _is_doubtful(word, ranks.get(word.drawn), covers, drawing)
    ]
    if not doubtful:
        return Hidden(small)
    # Drawn only now: most pages hide nothing.
    chosen = {rank for word in doubtful if (rank := ranks.get(word.drawn)) is not None}
    fine = min(word.size for word in doubtful) < _SMALL_TYPE
    before, after = _draw_twice(fresh, chosen, _SCALES[fine])
    scale = before.size[0] / max(geometry.display_width, 1.0)
    plain = [word for word in words if word.mode not in _INVISIBLE_MODES]
    hidden = list(small)
    layer = 0
    for word in doubtful:
        box = _pixels(word, scale, before.size)
        if word.mode in _INVISIBLE_MODES:
            scanned = any(_inside(word, scan) for scan in scans) and _has_ink(before.crop(box))
            if scanned and not any(_overlap(word, other) for other in plain):
                layer += 1
                continue
            hidden.append(word)
        elif not _differs(before.crop(box), after.crop(box)):
            hidden.append(word)
    return Hidden(hidden, layer > 0.5 * len(words))


def _is_doubtful(
    word: LayoutWord, rank: int | None, covers: Sequence[tuple[int, Box]], drawing: Drawing
) -> bool:
    if word.mode in _INVISIBLE_MODES or (word.opacity < 255 and word.mode not in _STROKED):
        return True
    pale = min(word.colour >> 16 & 255, word.colour >> 8 & 255, word.colour & 255) >= _PALE
    if pale and not _on_dark(word, drawing):
        return True
    if any(_close(word.colour, colour) and _inside(word, box) for box, colour in drawing.shades):
        return True
    return rank is not None and any(above > rank and _inside(word, box) for above, box in covers)


def _inside(word: LayoutWord, box: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _close(first: int, second: int) -> bool:
    return all(
        abs((first >> shift & 255) - (second >> shift & 255)) <= _NEAR for shift in (16, 8, 0)
    )


def _on_dark(word: LayoutWord, drawing: Drawing) -> bool:
    """Whether a pale word stands on a box painted in a darker colour."""
    inside = [colour for box, colour in drawing.shades if _inside(word, box)]
    return bool(inside) and not _close(inside[-1], word.colour)


def _objects(
    page: Any, geometry: PageGeometry
) -> tuple[dict[int, int], list[tuple[int, Box]], list[Box]]:
    """Rank of each text object, by address; what may cover it, with its rank; large images."""
    ranks: dict[int, int] = {}
    covers: list[tuple[int, Box]] = []
    scans: list[Box] = []
    area = max(geometry.width * geometry.height, 1.0)
    whole = (0.0, 0.0, geometry.display_width, geometry.display_height)
    for rank, (obj, kind, top) in enumerate(_walk(page.raw)):
        if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
            ranks[ctypes.cast(obj, ctypes.c_void_p).value or 0] = rank
        elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE or (
            kind == pdfium_c.FPDF_PAGEOBJ_PATH and _is_filled(obj)
        ):
            # Inside a form, coordinates are its own: it may cover anything.
            box = (_bounds(obj, geometry) if top else None) or whole
            size = (box[2] - box[0]) * (box[3] - box[1])
            if size > _SPECK * area:
                covers.append((rank, box))
            if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE and size > _SCANNED * area:
                scans.append(box)
    # Text drawn after everything cannot be covered.
    if ranks and covers:
        first = min(ranks.values())
        covers = [one for one in covers if one[0] > first]
    return ranks, covers, scans


def _walk(page: Any) -> Iterator[tuple[Any, int, bool]]:
    """Objects of a page in drawing order: object, kind, whether it lies on the page itself."""
    count = 0
    stack: list[tuple[Any, int]] = [
        (pdfium_c.FPDFPage_GetObject(page, index), 0)
        for index in reversed(range(min(pdfium_c.FPDFPage_CountObjects(page), _MAX_OBJECTS)))
    ]
    while stack and count < _MAX_OBJECTS:
        obj, depth = stack.pop()
        count += 1
        kind = pdfium_c.FPDFPageObj_GetType(obj)
        if kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            inner = range(min(pdfium_c.FPDFFormObj_CountObjects(obj), _MAX_OBJECTS))
            stack += [
                (pdfium_c.FPDFFormObj_GetObject(obj, index), depth + 1) for index in reversed(inner)
            ]
            continue
        yield obj, kind, depth == 0


def _is_filled(obj: Any) -> bool:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(obj, ctypes.byref(mode), ctypes.byref(stroke)):
        return False
    return bool(mode.value)


def _bounds(obj: Any, geometry: PageGeometry) -> Box | None:
    edges = [ctypes.c_float() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetBounds(obj, *(ctypes.byref(edge) for edge in edges)):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    ax, ay = geometry.to_display(left, bottom)
    bx, by = geometry.to_display(right, top)
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _draw_twice(fresh: Any, chosen: set[int], scale: float) -> tuple[Any, Any]:
    """The page as it shows, and without some text objects."""
    width, height = fresh.get_size()
    scale = min(scale, _MAX_SIDE / max(width, height, 1.0))
    before = fresh.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    for rank, (obj, kind, _) in enumerate(_walk(fresh.raw)):
        if rank in chosen and kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
            pdfium_c.FPDFPageObj_SetFillColor(obj, 0, 0, 0, 0)
            pdfium_c.FPDFPageObj_SetStrokeColor(obj, 0, 0, 0, 0)
    after = fresh.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return before, after


def _pixels(word: LayoutWord, scale: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left = max(0, min(int(word.x0 * scale), size[0] - 1))
    top = max(0, min(int(word.y0 * scale), size[1] - 1))
    right = max(left + 1, min(int(word.x1 * scale) + 1, size[0]))
    bottom = max(top + 1, min(int(word.y1 * scale) + 1, size[1]))
    return left, top, right, bottom


def _has_ink(image: Any) -> bool:
    return any(high - low >= _CHANGED for low, high in image.getextrema())


def _differs(before: Any, after: Any) -> bool:
    """Whether a place shows something that it does not show without the words."""
    from PIL import ImageChops

    changed: Any = ImageChops.difference(before, after).getextrema()
    return any(high >= _CHANGED for _, high in changed)


def _overlap(word: LayoutWord, other: LayoutWord) -> bool:
    across = min(word.x1, other.x1) - max(word.x0, other.x0)
    down = min(word.y1, other.y1) - max(word.y0, other.y0)
    own = (word.x1 - word.x0) * (word.y1 - word.y0)
    return across > 0 and down > 0 and across * down > 0.4 * own
