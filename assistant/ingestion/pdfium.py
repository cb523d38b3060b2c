"""Reading one page with pdfium: words, strokes and images, in display coordinates.

pdfium is reached through ctypes, so the cost of a page is the number of calls: characters
are read once, and fonts, colours and boxes once per word or per text object. pdfium is not
thread-safe: every use, here and in `render`, holds `LOCK`.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from assistant.ingestion.layout_types import Drawing, LayoutWord, PageGeometry, Ruling

LOCK: Final = threading.RLock()
"""Held around every call into pdfium."""

MAX_OBJECTS: Final = 20_000
"""Beyond this many drawn objects a page is a map or a plot: no table is looked for."""

_MAX_CHECKED_IMAGES: Final = 8

MAX_DEPTH: Final = 6
"""Form XObjects nested deeper than this are not searched for rulings."""


def _address(pointer: Any) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def _bind(function: Any, result: Any, *arguments: Any) -> Any:
    """The same function of pdfium, called with addresses as plain integers.

    A word costs a dozen calls; checking typed pointers would take longer than pdfium does.
    """
    return ctypes.CFUNCTYPE(result, *arguments)(_address(function))


_P, _I = ctypes.c_void_p, ctypes.c_int
_get_unicode = _bind(pdfium_c.FPDFText_GetUnicode, ctypes.c_uint, _P, _I)
_get_text = _bind(pdfium_c.FPDFText_GetText, _I, _P, _I, _I, _P)
_get_text_object = _bind(pdfium_c.FPDFText_GetTextObject, _P, _P, _I)
_get_char_origin = _bind(pdfium_c.FPDFText_GetCharOrigin, _I, _P, _I, _P, _P)
_get_loose_box = _bind(pdfium_c.FPDFText_GetLooseCharBox, _I, _P, _I, _P)
_get_font_size = _bind(pdfium_c.FPDFText_GetFontSize, ctypes.c_double, _P, _I)
_get_matrix = _bind(pdfium_c.FPDFText_GetMatrix, _I, _P, _I, _P)
_get_fill = _bind(pdfium_c.FPDFText_GetFillColor, _I, _P, _I, _P, _P, _P, _P)
_get_font = _bind(pdfium_c.FPDFTextObj_GetFont, _P, _P)
_get_mode = _bind(pdfium_c.FPDFTextObj_GetTextRenderMode, _I, _P)
_get_bounds = _bind(pdfium_c.FPDFPageObj_GetBounds, _I, _P, _P, _P, _P, _P)


_HYPHENS: Final = frozenset({"\x02", "\ufffe"})
"""What pdfium gives for a hyphen it recognised at the end of a line."""

_NO_WIDTH: Final = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Marks that show nothing; inside a word they cut nothing, and `display_text` drops them."""

_NO_DRAWING: Final = re.compile("[\u034f\u115f\u1160\u3164\ufe00-\ufe0f\U000e0000-\U000e0fff]")
"""Tags, fillers and variation selectors: a way to write what nobody sees."""

_ASCENT, _DESCENT = 0.8, 0.22
_LONG_WORD: Final = 14
_WHITE: Final = 0.15
"""White, in font sizes, that separates two words inside what pdfium takes for one."""
_JOINT_WHITE: Final = 0.12
"""The same where two text objects meet: nothing but a space explains it there."""
_RANK: Final = re.compile(r"\W*(?:\d+|[IVXL]+)")
_ORDINAL: Final = re.compile(r"(?:[eè]?r[es]?s?|i?[eè]mes?|es?|è|nde?|d|o)[,;.:)]*")
"""Raised letters after a number: « 1er », « 2ème », « XXIe »."""


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    italic: bool
    colour: int
    angle: int
    mode: int
    opacity: int
    drawn: int


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
        self._at = _address(textpage)
        self._rotation = rotation
        self._objects: dict[int, _Style] = {}
        self._fonts: dict[int, tuple[bool, bool]] = {}
        self._matrix = (ctypes.c_float * 6)()  # FS_MATRIX: a, b, c, d, e, f
        self._matrix_at = ctypes.addressof(self._matrix)
        self._rgba = (ctypes.c_uint * 4)()
        first, step = ctypes.addressof(self._rgba), ctypes.sizeof(ctypes.c_uint)
        self._rgba_at = [first + rank * step for rank in range(4)]
        self._buffer = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()

    def at(self, index: int) -> _Style:
        """Style of the character at this index."""
        key = _get_text_object(self._at, index) or 0
        style = self._objects.get(key) if key else None
        if style is None:
            style = self._read(index, key)
            if key:
                self._objects[key] = style
        return style

    def one_object(self, first: int, last: int) -> bool:
        """Whether the file draws two characters in one go."""
        return bool(_get_text_object(self._at, first) == _get_text_object(self._at, last))

    def _read(self, index: int, key: int) -> _Style:
        size = _get_font_size(self._at, index)
        angle = 0
        if _get_matrix(self._at, index, self._matrix_at):
            a, b, c, d, _, _ = self._matrix
            scale = math.hypot(c, d)
            size *= scale or 1.0
            angle = round(math.degrees(math.atan2(b, a))) if b or a <= 0 else 0
        angle = (angle - self._rotation + 180) % 360 - 180
        if abs(angle) <= 3:
            angle = 0
        colour, opacity = 0, 255
        if _get_fill(self._at, index, *self._rgba_at):
            red, green, blue, opacity = self._rgba
            colour = red << 16 | green << 8 | blue
        bold, italic = self._font(index, key)
        mode = _get_mode(key) if key else 0
        size = round(abs(size), 1) or 1.0
        return _Style(size, bold, italic, colour, angle, mode, opacity, key)

    def _font(self, index: int, key: int) -> tuple[bool, bool]:
        font_key = (_get_font(key) or 0) if key else 0
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
        if code in (0x02, 0xFFFE):
            # A hyphen that pdfium recognised at the end of a line: the line ends here.
            ranges.append((start if start >= 0 else index, index + 1))
            start = -1
            continue
        blank = (
            (code <= 32 and not (code == 0 and index and codes[index - 1] > 0xFFFF))
            or 0x7F <= code <= 0xA0
            or (code >= 0x2000 and (code <= 0x200A or code in (0x2028, 0x2029, 0x202F, 0x205F)))
            or code == 0x3000
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
    codes = _join_surrogates(_read_codes(textpage))
    characters = "".join(map(chr, codes))
    styles = _StyleReader(textpage, geometry.rotation)
    boxes = _Boxes(textpage, geometry)
    words: list[LayoutWord] = []
    seen: dict[str, list[tuple[float, float]]] = {}
    for start, end in _word_ranges(codes):
        style = styles.at(start)
        for part_start, part_end in _split_far(start, end, style, boxes, styles):
            if part_start != start:
                style = styles.at(part_start)
            text = characters[part_start:part_end]
            if text[0] in _NO_WIDTH and not text.strip(_NO_WIDTH):
                continue
            if "\0" in text:  # the second half of a character beyond 16 bits
                text = text.replace("\0", "")
            if not text.isascii():
                text = _NO_DRAWING.sub("", text)
                if not text:
                    continue
            if text[-1] in _HYPHENS:  # nowhere else: a hyphen ends its run
                text = f"{text[:-1]}-"
            box, base = boxes.word(part_start, part_end - 1, style)
            if not _visible(box, geometry):
                continue
            places = seen.setdefault(text, [])
            near = 0.25 * style.size
            if any(abs(x - box[0]) < near and abs(y - box[1]) < near for x, y in places):
                continue
            places.append((box[0], box[1]))
            word = LayoutWord(
                text,
                *box,
                base,
                style.size,
                style.bold,
                style.italic,
                style.colour,
                style.angle,
                len(words),
                style.mode,
                style.opacity,
                style.drawn,
            )
            if words and _belongs(words[-1], word):
                _append(words[-1], word)
            else:
                words.append(word)
    return words


def _belongs(last: LayoutWord, word: LayoutWord) -> bool:
    """Whether a word is the raised end of an ordinal (« 1er »), which pdfium sets apart."""
    if not _ORDINAL.fullmatch(word.text) or word.angle or last.angle:
        return False
    gap = word.x0 - last.x1
    return (
        _RANK.fullmatch(last.text) is not None
        and word.size < 0.85 * last.size
        and 0.1 * last.size < last.base - word.base < 0.7 * last.size
        and -0.2 * last.size < gap < 0.3 * last.size
    )


def _append(last: LayoutWord, word: LayoutWord) -> None:
    """Join a word to the one before it."""
    last.text += word.text
    last.x1 = max(last.x1, word.x1)
    last.y0, last.y1 = min(last.y0, word.y0), max(last.y1, word.y1)


def _read_codes(textpage: Any) -> list[int]:
    """Code of each character of the page; in one call when pdfium counts them alike."""
    count = pdfium_c.FPDFText_CountChars(textpage)
    at = _address(textpage)
    buffer = (ctypes.c_uint16 * (count + 1))()
    written = _get_text(at, 0, count, ctypes.addressof(buffer)) if count > 0 else 0
    if written == count + 1 and not any(0xD800 <= code <= 0xDFFF for code in buffer):
        return list(buffer[:count])
    return [_get_unicode(at, index) for index in range(count)]


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
        self._at = _address(textpage)
        self._geometry = geometry
        # Most pages are not turned: their conversion is written out, it is done for each letter.
        self._upright = geometry.rotation == 0
        self._left, self._top = geometry.left, geometry.bottom + geometry.height
        self._rect = (ctypes.c_float * 4)()  # FS_RECTF: left, top, right, bottom
        self._rect_at = ctypes.addressof(self._rect)
        self._point = (ctypes.c_double * 2)()
        self._x_at = ctypes.addressof(self._point)
        self._y_at = self._x_at + ctypes.sizeof(ctypes.c_double)
        self._origins: dict[int, tuple[float, float]] = {}

    def origin(self, index: int) -> tuple[float, float]:
        """Point of the baseline where the character starts."""
        known = self._origins.get(index)
        if known is None:
            _get_char_origin(self._at, index, self._x_at, self._y_at)
            x, y = self._point
            if self._upright:
                known = (x - self._left, self._top - y)
            else:
                known = self._geometry.to_display(x, y)
            self._origins[index] = known
        return known

    def char(self, index: int) -> tuple[float, float, float, float]:
        """Loose box of a character."""
        _get_loose_box(self._at, index, self._rect_at)
        left, top, right, bottom = self._rect
        if self._upright:
            ax, ay = left - self._left, self._top - top
            bx, by = right - self._left, self._top - bottom
        else:
            ax, ay = self._geometry.to_display(left, top)
            bx, by = self._geometry.to_display(right, bottom)
        if bx < ax:
            ax, bx = bx, ax
        if by < ay:
            ay, by = by, ay
        return ax, ay, bx, by

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
        if end - start < _LONG_WORD and styles.one_object(start, end - 1):
            return [(start, end)]
        return _split_glued(start, end, style, boxes, styles)
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


def _split_glued(
    start: int, end: int, style: _Style, boxes: _Boxes, styles: _StyleReader
) -> list[tuple[int, int]]:
    """Cut a word at a white that pdfium took for tight spacing.

    A real word has no white inside, or the same between all its letters.
    """
    whites = []
    right = boxes.char(start)[2]
    for index in range(start + 1, end):
        box = boxes.char(index)
        whites.append(box[0] - right)
        right = box[2]
    usual = max(sorted(whites)[(len(whites) - 1) // 2], 0.0)
    cuts: list[int] = []
    for index, white in enumerate(whites, start=start + 1):
        extra = white - usual
        if extra > _JOINT_WHITE * style.size and (
            extra > _WHITE * style.size or not styles.one_object(index - 1, index)
        ):
            cuts.append(index)
    if len(cuts) > max(1.0, 0.25 * len(whites)):
        cuts = []
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
        self._bounds_of = (ctypes.c_float * 4)()
        first, step = ctypes.addressof(self._bounds_of), ctypes.sizeof(ctypes.c_float)
        self._bounds_at = [first + rank * step for rank in range(4)]
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
        _get_bounds(_address(obj), *self._bounds_at)
        left, bottom, right, top = self._bounds_of
        if matrix is not _IDENTITY:
            left, bottom = _apply(matrix, left, bottom)
            right, top = _apply(matrix, right, top)
        ax, ay = self._geometry.to_display(left, bottom)
        bx, by = self._geometry.to_display(right, top)
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
            colour = self._fill(obj) if self._mode.value else None
            if colour is not None and colour != 0xFFFFFF and height > 5:
                self.drawing.shades.append(((x0, y0, x1, y1), colour))
            fill = None if self._stroke.value else colour
            shade = not self._stroke.value
            self._add(False, x0, y0, y1, shade)
            self._add(False, x1, y0, y1, shade)
            for at in (y0, y1):
                # Two fills of one colour, one above the other, show no line between them:
                # word processors shade a cell line by line.
                key = (fill, round(x0), round(at))
                if fill is not None and key in self._fills:
                    self.drawing.rulings[self._fills.pop(key)] = Ruling(True, at, x0, x0)
                    continue
                self._add(True, at, x0, x1, shade)
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

    def _add(
        self, horizontal: bool, at: float, low: float, high: float, shade: bool = False
    ) -> None:
        self.drawing.rulings.append(Ruling(horizontal, at, low, high, shade))


def read_drawing(page: Any, geometry: PageGeometry) -> Drawing:
    """Read strokes, images and shapes of a page."""
    reader = _DrawingReader(geometry)
    for index in range(min(pdfium_c.FPDFPage_CountObjects(page), MAX_OBJECTS)):
        reader.visit(pdfium_c.FPDFPage_GetObject(page, index), _IDENTITY, 0)
    if reader.drawing.objects > MAX_OBJECTS:
        reader.drawing.rulings.clear()
    return reader.drawing


def images_open(page: Any) -> Iterator[bool]:
    """Whether pdfium can decode each of the first images of a page (a pypdfium2 page)."""
    images = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=MAX_DEPTH)
    for image in islice(images, _MAX_CHECKED_IMAGES):
        bitmap = pdfium_c.FPDFImageObj_GetBitmap(image.raw)
        yield bool(bitmap)
        if bitmap:
            pdfium_c.FPDFBitmap_Destroy(bitmap)
