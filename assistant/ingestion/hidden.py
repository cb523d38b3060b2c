"""Words that a page holds but does not show: found, so that they are never quoted.

White on white, transparent, in invisible mode, under an image or a black box, one point high,
cut off, in a layer that is off: a file can say anything in words that nobody sees. Whether
doubtful words show is not guessed: the page is drawn twice, the second time without these
words, and a word whose place has not changed does not show. The invisible layer that a scanner
lays on its image is kept: it counts as seen where the image shows ink.

A page may also give, for the words it draws, others to copy (`ActualText`): where the two
differ, what is drawn is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from assistant.ingestion.hidden_objects import page_objects, walk_objects
from assistant.ingestion.layout_types import Drawing, LayoutWord, PageGeometry
from assistant.language.normalise import display_text, squash
from assistant.model import Box

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

_CRUSHED: Final = 0.06
"""Mean width of a letter, in font sizes, below which letters are one on the other."""

_LONGEST_SIGN: Final = 3
"""Letters that one sign without a name may stand for: « ffi »."""
_COMPARED: Final = 6000
"""Letters of a page that are compared with what it gives to copy."""

_INVISIBLE_MODES: Final = frozenset({3, 7})
_STROKED: Final = frozenset({1, 2, 5, 6})
"""Modes that draw the outline of letters: their fill may be transparent."""
_OUTLINED: Final = frozenset({1, 5})
"""Modes that draw the outline alone: its colour is not the one we know."""
_CLIPPING: Final = frozenset({4, 5, 6, 7})
"""Modes in which letters cut out what is drawn after them."""


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
    page: Any,
    fresh: Any,
    geometry: PageGeometry,
    words: Sequence[LayoutWord],
    drawing: Drawing,
    *,
    layered_forms: bool = False,
) -> Hidden:
    """Tell which words of a page do not show.

    Args:
        page: the pypdfium2 page that the words were read on.
        fresh: the same page opened anew: some of its objects are put out of sight.
        geometry: of the page.
        words: its words; `drawn` names the text object of each.
        drawing: its strokes and images.
        layered_forms: whether forms of the file may belong to layers.
    """
    objects = page_objects(page, geometry, layered_forms=layered_forms)
    ranks = objects.ranks
    tiny = _SMALLEST * max(1.0, max(geometry.width, geometry.height) / _SHEET)
    # An icon alone says nothing.
    spoken = [word for word in words if any(char.isalnum() for char in word.text)]
    small = [word for word in spoken if word.size < tiny or _is_crushed(word)]
    gone = {id(word) for word in small}
    cut = any(word.mode in _CLIPPING for word in words)
    doubtful = []
    for word in spoken:
        rank = ranks.get(word.drawn)
        if id(word) not in gone and (
            cut
            or rank in objects.veiled
            or (rank in objects.clips and not _shows(word, objects.clips[rank]))
            or _is_doubtful(word, rank, objects.covers, drawing)
        ):
            doubtful.append(word)
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
            scanned = any(_inside(word, scan) for scan in objects.scans) and _has_ink(
                before.crop(box)
            )
            if scanned and not any(_overlap(word, other) for other in plain):
                layer += 1
                continue
            hidden.append(word)
        elif not _differs(before.crop(box), after.crop(box)):
            hidden.append(word)
    return Hidden(hidden, layer > 0.5 * len(words))


def disagree(given: Sequence[LayoutWord], drawn: Sequence[LayoutWord]) -> bool:
    """Tell whether the words a page gives to copy are others than those it draws.

    Giving what a glyph cannot say is what replacement is for: a ligature or a sign whose font
    names no letter may be given up to three; a bullet drawn with a letter may be given as a
    bullet. Other letters, or letters from nowhere, are a disagreement.
    """
    first, second = _letters(given), _letters(drawn)
    if first == second:
        return False
    unnamed = sum(not char.isalnum() for word in drawn for char in word.text)
    from_nowhere = 0
    for _, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        said, seen = first[a:b], second[c:d]
        if said == seen:
            continue
        if any(char.isascii() for char in seen) and (said or len(seen) > _LONGEST_SIGN):
            return True
        from_nowhere += len(said)
    return from_nowhere > _LONGEST_SIGN * unnamed


def _letters(words: Sequence[LayoutWord]) -> str:
    text = "\n".join(word.text for word in words)
    return squash(display_text(text)).replace(" ", "")[:_COMPARED]


def _is_crushed(word: LayoutWord) -> bool:
    """Whether letters are so narrow that nobody tells them apart."""
    return word.angle == 0 and word.x1 - word.x0 < _CRUSHED * word.size * len(word.text)


def _shows(word: LayoutWord, clip: Box) -> bool:
    """Whether most of a word stands where its object may show."""
    across = min(word.x1, clip[2]) - max(word.x0, clip[0])
    down = min(word.y1, clip[3]) - max(word.y0, clip[1])
    own = (word.x1 - word.x0) * (word.y1 - word.y0)
    return across > 0 and down > 0 and across * down > 0.5 * own


def _is_doubtful(
    word: LayoutWord, rank: int | None, covers: Sequence[tuple[int, Box]], drawing: Drawing
) -> bool:
    if word.mode in _INVISIBLE_MODES or word.mode in _OUTLINED:
        return True
    if word.opacity < 255 and word.mode not in _STROKED:
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


def _draw_twice(fresh: Any, chosen: set[int], scale: float) -> tuple[Any, Any]:
    """The page as it shows, and without some text objects."""
    width, height = fresh.get_size()
    scale = min(scale, _MAX_SIDE / max(width, height, 1.0))
    before = fresh.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    for rank, (obj, kind, _, _) in enumerate(walk_objects(fresh.raw)):
        if rank in chosen and kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
            pdfium_c.FPDFPageObj_SetIsActive(obj, False)
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
