"""Reading one page with pdfium: words, strokes and images, in display coordinates.

pdfium is reached through ctypes, so the cost of a page is the number of calls: characters
are read once, and fonts, colours and boxes once per word or per text object. pdfium is not
thread-safe: every use, here and in `render`, holds `LOCK`.
"""

from __future__ import annotations

import ctypes
import math
import threading
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from assistant.ingestion.layout_types import Drawing, LayoutWord, PageGeometry, Ruling

LOCK: Final = threading.RLock()
"""Held around every call into pdfium."""

MAX_OBJECTS: Final = 20_000
"""Beyond this many drawn objects a page is a map or a plot: no table is looked for."""

MAX_DEPTH: Final = 6
"""Form XObjects nested deeper than this are not searched for rulings."""

_HYPHENS: Final = {0x02: "-", 0xFFFE: "-"}
_ASCENT, _DESCENT = 0.8, 0.22
_LONG_WORD: Final = 14


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    italic: bool
    colour: int
    angle: int


def page_geometry(page: Any) -> PageGeometry:
    """Read the visible box and the rotation of a pdfium page."""
    rect = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDF_GetPageBoundingBox(page, ctypes.byref(rect)):
        width, height = pdfium_c.FPDF_GetPageWidthF(page), pdfium_c.FPDF_GetPageHeightF(page)
        return PageGeometry(0.0, 0.0, float(width), float(height))
    rotation = (pdfium_c.FPDFPage_GetRotation(page) % 4) * 90
    return PageGeometry(
        float(rect.left),
        float(min(rect.bottom, rect.top)),
        float(abs(rect.right - rect.left)),
        float(abs(rect.top - rect.bottom)),
        rotation,
    )


class _StyleReader:
    """Style of a character, read once per text object."""

    def __init__(self, textpage: Any, rotation: int) -> None:
        self._textpage = textpage
        self._rotation = rotation
        self._objects: dict[int, _Style] = {}
        self._fonts: dict[int, tuple[bool, bool]] = {}
        self._matrix = pdfium_c.FS_MATRIX()
        self._size = ctypes.c_float()
        self._rgba = [ctypes.c_uint() for _ in range(4)]
        self._buffer = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()

    def at(self, index: int) -> _Style:
        """Style of the character at this index."""
        pointer = pdfium_c.FPDFText_GetTextObject(self._textpage, index)
        key = ctypes.cast(pointer, ctypes.c_void_p).value or 0
        style = self._objects.get(key) if key else None
        if style is None:
            style = self._read(index, pointer, key)
            if key:
                self._objects[key] = style
        return style

    def _read(self, index: int, pointer: Any, key: int) -> _Style:
        size = pdfium_c.FPDFText_GetFontSize(self._textpage, index)
        matrix = self._matrix
        angle = 0
        if pdfium_c.FPDFText_GetMatrix(self._textpage, index, ctypes.byref(matrix)):
            scale = math.hypot(matrix.c, matrix.d)
            size *= scale or 1.0
            angle = round(math.degrees(math.atan2(matrix.b, matrix.a)))
        angle = (angle - self._rotation + 180) % 360 - 180
        if abs(angle) <= 3:
            angle = 0
        red, green, blue, alpha = self._rgba
        colour = 0
        if pdfium_c.FPDFText_GetFillColor(
            self._textpage,
            index,
            ctypes.byref(red),
            ctypes.byref(green),
            ctypes.byref(blue),
            ctypes.byref(alpha),
        ):
            colour = red.value << 16 | green.value << 8 | blue.value
        bold, italic = self._font(index, pointer, key)
        return _Style(round(abs(size), 1) or 1.0, bold, italic, colour, angle)

    def _font(self, index: int, pointer: Any, key: int) -> tuple[bool, bool]:
        font = pdfium_c.FPDFTextObj_GetFont(pointer) if key else None
        font_key = ctypes.cast(font, ctypes.c_void_p).value or 0 if font else 0
        known = self._fonts.get(font_key) if font_key else None
        if known is not None:
            return known
        length = pdfium_c.FPDFText_GetFontInfo(
            self._textpage, index, self._buffer, len(self._buffer), ctypes.byref(self._flags)
        )
        name = self._buffer.value[:length].decode("latin-1").lower() if length else ""
        weight = pdfium_c.FPDFText_GetFontWeight(self._textpage, index)
        bold = any(mark in name for mark in ("bold", "black", "heavy")) or bool(
            self._flags.value & 1 << 18
        )
        if not bold and not name:
            bold = weight >= 700
        italic = "italic" in name or "oblique" in name
        if font_key:
            self._fonts[font_key] = (bold, italic)
        return bold, italic


def _word_ranges(codes: list[int]) -> list[tuple[int, int]]:
    """Index ranges of the runs without white space, control characters or surrogates."""
    ranges: list[tuple[int, int]] = []
    start = -1
    for index, code in enumerate(codes):
        if code in _HYPHENS:
            # A hyphen that pdfium recognised at the end of a line: the line ends here.
            ranges.append((start if start >= 0 else index, index + 1))
            start = -1
            continue
        blank = (
            code <= 32
            or 0x7F <= code <= 0xA0
            or (code >= 0x2000 and (code <= 0x200B or code in (0x2028, 0x2029, 0x202F, 0x205F)))
            or code in (0x3000, 0xFEFF)
            or 0xD800 <= code <= 0xDFFF
        )
        if blank:
            if start >= 0:
                ranges.append((start, index))
                start = -1
        elif start < 0:
            start = index
    if start >= 0:
        ranges.append((start, len(codes)))
    return ranges


def read_words(page: Any, geometry: PageGeometry) -> list[LayoutWord]:
    """Words of a page in content order, without the invisible duplicates.

    A word drawn twice at the same place (a shadow, a simulated bold) is kept once. Words
    outside the visible box are dropped: no reader sees them.
    """
    textpage = pdfium_c.FPDFText_LoadPage(page)
    if not textpage:
        return []
    try:
        return _read_words(textpage, geometry)
    finally:
        pdfium_c.FPDFText_ClosePage(textpage)


def _read_words(textpage: Any, geometry: PageGeometry) -> list[LayoutWord]:
    get_unicode = pdfium_c.FPDFText_GetUnicode
    codes = [
        get_unicode(textpage, index) for index in range(pdfium_c.FPDFText_CountChars(textpage))
    ]
    codes = _join_surrogates(codes)
    styles = _StyleReader(textpage, geometry.rotation)
    boxes = _Boxes(textpage, geometry)
    words: list[LayoutWord] = []
    seen: dict[str, list[tuple[float, float]]] = {}
    for start, end in _word_ranges(codes):
        style = styles.at(start)
        for part_start, part_end in _split_far(start, end, style, boxes, styles):
            if part_start != start:
                style = styles.at(part_start)
            text = "".join(
                _HYPHENS.get(code) or chr(code) for code in codes[part_start:part_end] if code > 0
            )
            if not text:
                continue
            box, base = boxes.word(part_start, part_end - 1, style)
            if not _visible(box, geometry):
                continue
            places = seen.setdefault(text, [])
            near = 0.25 * style.size
            if any(abs(x - box[0]) < near and abs(y - box[1]) < near for x, y in places):
                continue
            places.append((box[0], box[1]))
            words.append(
                LayoutWord(
                    text,
                    *box,
                    base,
                    style.size,
                    style.bold,
                    style.italic,
                    style.colour,
                    style.angle,
                    len(words),
                )
            )
    return words


def _join_surrogates(codes: list[int]) -> list[int]:
    """Replace a pair of UTF-16 surrogates by its character followed by a null."""
    if not any(0xD800 <= code <= 0xDFFF for code in codes):
        return codes
    joined = list(codes)
    for index in range(len(joined) - 1):
        high, low = joined[index], joined[index + 1]
        if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
            joined[index] = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
            joined[index + 1] = 0
    return joined


def _visible(box: tuple[float, float, float, float], geometry: PageGeometry) -> bool:
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return -2 <= across <= geometry.display_width + 2 and -2 <= down <= geometry.display_height + 2


class _Boxes:
    """Character positions of a text page, in display coordinates."""

    def __init__(self, textpage: Any, geometry: PageGeometry) -> None:
        self._textpage = textpage
        self._geometry = geometry
        self._rect = pdfium_c.FS_RECTF()
        self._x = ctypes.c_double()
        self._y = ctypes.c_double()

    def origin(self, index: int) -> tuple[float, float]:
        """Point of the baseline where the character starts."""
        pdfium_c.FPDFText_GetCharOrigin(
            self._textpage, index, ctypes.byref(self._x), ctypes.byref(self._y)
        )
        return self._geometry.to_display(self._x.value, self._y.value)

    def char(self, index: int) -> tuple[float, float, float, float]:
        """Loose box of a character."""
        rect = self._rect
        pdfium_c.FPDFText_GetLooseCharBox(self._textpage, index, ctypes.byref(rect))
        ax, ay = self._geometry.to_display(rect.left, rect.top)
        bx, by = self._geometry.to_display(rect.right, rect.bottom)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def word(
        self, first: int, last: int, style: _Style
    ) -> tuple[tuple[float, float, float, float], float]:
        """Box of a word and ordinate of its baseline."""
        a = self.char(first)
        b = self.char(last) if last != first else a
        base = self.origin(first)[1]
        left, right = min(a[0], b[0]), max(a[2], b[2])
        if style.angle == 0:
            # Declared ascents vary wildly: a box around the baseline keeps lines apart.
            top, bottom = base - _ASCENT * style.size, base + _DESCENT * style.size
        else:
            top, bottom = min(a[1], b[1]), max(a[3], b[3])
        return (round(left, 2), round(top, 2), round(right, 2), round(bottom, 2)), round(base, 2)


def _split_far(
    start: int, end: int, style: _Style, boxes: _Boxes, styles: _StyleReader
) -> list[tuple[int, int]]:
    """Cut a run of characters where it jumps to another place of the page.

    pdfium ends a word at a space it sees or guesses; it sometimes misses the jump from one
    column or one line to the next.
    """
    if end - start < 2 or style.angle != 0:
        return [(start, end)]
    x_first, y_first = boxes.origin(start)
    x_last, y_last = boxes.origin(end - 1)
    tall = style.size
    if (
        abs(y_last - y_first) < 0.6 * tall
        and -0.5 * tall < x_last - x_first < (end - start) * tall * 1.05 + tall
    ):
        if end - start < _LONG_WORD:
            return [(start, end)]
        return _split_glued(start, end, style, boxes)
    parts: list[tuple[int, int]] = []
    part = start
    previous_right, previous_base = boxes.char(start)[2], y_first
    for index in range(start + 1, end):
        x, y = boxes.origin(index)
        tall = max(styles.at(index).size, 1.0)
        if abs(y - previous_base) > 0.6 * tall or not -0.6 * tall < x - previous_right < 0.8 * tall:
            parts.append((part, index))
            part = index
        previous_right, previous_base = boxes.char(index)[2], y
    parts.append((part, end))
    return parts


def _split_glued(start: int, end: int, style: _Style, boxes: _Boxes) -> list[tuple[int, int]]:
    """Cut a very long word at a white that pdfium took for tight spacing.

    A real word has no white inside, or the same between all its letters.
    """
    whites = []
    right = boxes.char(start)[2]
    for index in range(start + 1, end):
        box = boxes.char(index)
        whites.append(box[0] - right)
        right = box[2]
    usual = sorted(whites)[len(whites) // 2]
    cuts = [
        start + 1 + k
        for k, white in enumerate(whites)
        if white > max(usual, 0.0) + 0.15 * style.size
    ]
    if not cuts or len(cuts) > 0.25 * len(whites):
        return [(start, end)]
    return list(pairwise([start, *cuts, end]))


Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _multiply(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


class _DrawingReader:
    """Walks the objects of a page once."""

    def __init__(self, geometry: PageGeometry) -> None:
        self.drawing = Drawing()
        self._geometry = geometry
        self._area = max(geometry.width * geometry.height, 1.0)
        self._floats = [ctypes.c_float() for _ in range(4)]
        self._matrix = pdfium_c.FS_MATRIX()
        self._mode = ctypes.c_int()
        self._stroke = ctypes.c_int()
        self._point = (ctypes.c_float(), ctypes.c_float())
        self._rgba = [ctypes.c_uint() for _ in range(4)]
        self._fills: dict[tuple[int | None, int, int], int] = {}

    def visit(self, obj: Any, matrix: Matrix, depth: int) -> None:
        """Record one object; descend into a form."""
        drawing = self.drawing
        drawing.objects += 1
        if drawing.objects > MAX_OBJECTS:
            return
        kind = pdfium_c.FPDFPageObj_GetType(obj)
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            self._path(obj, matrix)
        elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            x0, y0, x1, y1 = self._bounds(obj, matrix)
            width = min(x1, self._geometry.display_width) - max(x0, 0.0)
            height = min(y1, self._geometry.display_height) - max(y0, 0.0)
            if width > 0 and height > 0:
                drawing.images += 1
                drawing.image_area = min(1.0, drawing.image_area + width * height / self._area)
        elif kind == pdfium_c.FPDF_PAGEOBJ_SHADING:
            drawing.curves += 1
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            inner = _multiply(self._object_matrix(obj), matrix)
            for index in range(pdfium_c.FPDFFormObj_CountObjects(obj)):
                self.visit(pdfium_c.FPDFFormObj_GetObject(obj, index), inner, depth + 1)

    def _object_matrix(self, obj: Any) -> Matrix:
        m = self._matrix
        if not pdfium_c.FPDFPageObj_GetMatrix(obj, ctypes.byref(m)):
            return _IDENTITY
        return (m.a, m.b, m.c, m.d, m.e, m.f)

    def _bounds(self, obj: Any, matrix: Matrix) -> tuple[float, float, float, float]:
        left, bottom, right, top = self._floats
        pdfium_c.FPDFPageObj_GetBounds(
            obj,
            ctypes.byref(left),
            ctypes.byref(bottom),
            ctypes.byref(right),
            ctypes.byref(top),
        )
        ax, ay = self._geometry.to_display(*_apply(matrix, left.value, bottom.value))
        bx, by = self._geometry.to_display(*_apply(matrix, right.value, top.value))
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def _path(self, obj: Any, matrix: Matrix) -> None:
        segments = pdfium_c.FPDFPath_CountSegments(obj)
        if segments > 400:
            self.drawing.curves += 1
            return
        if segments <= 5:
            self._simple_path(obj, matrix)
            return
        points: list[tuple[float, float]] = []
        whole = _multiply(self._object_matrix(obj), matrix)
        x, y = self._point
        for index in range(segments):
            segment = pdfium_c.FPDFPath_GetPathSegment(obj, index)
            kind = pdfium_c.FPDFPathSegment_GetType(segment)
            if kind == pdfium_c.FPDF_SEGMENT_BEZIERTO:
                self.drawing.curves += 1
                return
            pdfium_c.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
            point = self._geometry.to_display(*_apply(whole, x.value, y.value))
            if kind == pdfium_c.FPDF_SEGMENT_LINETO and points:
                self._line(points[-1], point)
            points.append(point)

    def _line(self, a: tuple[float, float], b: tuple[float, float]) -> None:
        width, height = abs(a[0] - b[0]), abs(a[1] - b[1])
        if height < 0.8 and width > 4:
            self._add(True, (a[1] + b[1]) / 2, min(a[0], b[0]), max(a[0], b[0]))
        elif width < 0.8 and height > 4:
            self._add(False, (a[0] + b[0]) / 2, min(a[1], b[1]), max(a[1], b[1]))

    def _simple_path(self, obj: Any, matrix: Matrix) -> None:
        x0, y0, x1, y1 = self._bounds(obj, matrix)
        width, height = x1 - x0, y1 - y0
        if height <= 2.5 and width <= 2.5:
            return
        if height <= 2.5:
            self._add(True, (y0 + y1) / 2, x0, x1)
        elif width <= 2.5:
            self._add(False, (x0 + x1) / 2, y0, y1)
        elif pdfium_c.FPDFPath_CountSegments(obj) >= 4:
            if width * height > 0.85 * self._area or not self._painted(obj):
                return
            if 0.002 * self._area < width * height < 0.7 * self._area and height > 12:
                self.drawing.frames.append((x0, y0, x1, y1))
            # Edges of a box, framed or shaded: two shaded cells side by side make a grid.
            self._add(False, x0, y0, y1)
            self._add(False, x1, y0, y1)
            fill = None if self._stroke.value else self._fill(obj)
            for at in (y0, y1):
                # Two fills of one colour, one above the other, show no line between them:
                # word processors shade a cell line by line.
                key = (fill, round(x0), round(at))
                if fill is not None and key in self._fills:
                    self.drawing.rulings[self._fills.pop(key)] = Ruling(True, at, x0, x0)
                    continue
                self._add(True, at, x0, x1)
                if fill is not None:
                    self._fills[key] = len(self.drawing.rulings) - 1

    def _fill(self, obj: Any) -> int | None:
        red, green, blue, alpha = self._rgba
        if not pdfium_c.FPDFPageObj_GetFillColor(
            obj, ctypes.byref(red), ctypes.byref(green), ctypes.byref(blue), ctypes.byref(alpha)
        ):
            return None
        return int(red.value << 16 | green.value << 8 | blue.value)

    def _painted(self, obj: Any) -> bool:
        """Whether the path shows: a clipping or white box draws nothing anybody sees."""
        if not pdfium_c.FPDFPath_GetDrawMode(
            obj, ctypes.byref(self._mode), ctypes.byref(self._stroke)
        ):
            return True
        return bool(self._mode.value or self._stroke.value)

    def _add(self, horizontal: bool, at: float, low: float, high: float) -> None:
        self.drawing.rulings.append(Ruling(horizontal, at, low, high))


def read_drawing(page: Any, geometry: PageGeometry) -> Drawing:
    """Read strokes, images and shapes of a page."""
    reader = _DrawingReader(geometry)
    for index in range(min(pdfium_c.FPDFPage_CountObjects(page), MAX_OBJECTS)):
        reader.visit(pdfium_c.FPDFPage_GetObject(page, index), _IDENTITY, 0)
    if reader.drawing.objects > MAX_OBJECTS:
        reader.drawing.rulings.clear()
    return reader.drawing
