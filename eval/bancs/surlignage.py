"""Does the highlight cover the cited words? `python -m eval.bancs.surlignage --index DOSSIER`.

Real questions of the tuning half are asked; citations are drawn at random from the answers. The
page is drawn as the screens draw it, with and without its highlight: what differs is coloured.
Where the words are is asked again of PDFium, character by character, without what the index
keeps of them. A word is covered when 95 % of its box is coloured, a citation when all its words
are. Words of the page that are not cited must not be coloured: their share is given too.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from assistant.egress import install, quiet_environment
from assistant.errors import AssistantError
from assistant.model import Citation

Mask = npt.NDArray[np.bool_]
Pixels = tuple[int, int, int, int]
"""Left, top, right and bottom of a box, in pixels."""

COVERED: Final = 0.95
TOUCHED: Final = 0.5
"""Share of a word that is not cited above which it is highlighted by mistake."""

_IGNORED: Final = frozenset("-\u2010\u2011\u00ad\x02\ufffe\uffff")
"""Hyphens: a file writes at the end of a line what its text has not."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was seen of one citation.

    Attributes:
        file, page, quote: which one.
        placed: `page` when PDFium finds the quote there, `index` when only the index says where.
        words: its words.
        covered: those that are.
        others: words of the page that are not cited.
        touched: those that are coloured all the same.
    """

    file: str
    page: int
    quote: str
    placed: str
    words: int
    covered: int
    others: int
    touched: int


def coloured(plain: bytes, marked: bytes) -> Mask:
    """Pixels that the highlight changed, shape (height, width)."""
    from PIL import Image

    one, other = (
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(np.int16)
        for data in (plain, marked)
    )
    return np.asarray(np.abs(one - other).max(axis=2) > 0)


def share(mask: Mask, box: Pixels) -> float:
    """Share of a box that is coloured; a pixel is left out on each side, where edges blur."""
    left, top, right, bottom = box
    inside = mask[top + 1 : max(bottom - 1, top + 2), left + 1 : max(right - 1, left + 2)]
    return float(inside.mean()) if inside.size else 0.0


def stream(text: str) -> tuple[str, list[int]]:
    """Characters without spaces nor hyphens, ligatures undone, and where each comes from."""
    kept, places = [], []
    for place, char in enumerate(text):
        for one in unicodedata.normalize("NFKC", char).casefold():
            if not one.isspace() and one not in _IGNORED and one.isprintable():
                kept.append(one)
                places.append(place)
    return "".join(kept), places


class Sheet:
    """The characters of a page, as PDFium gives them."""

    def __init__(self, path: Path, number: int, size: tuple[int, int]) -> None:
        import pypdfium2 as pdfium
        from pypdfium2 import raw

        document = pdfium.PdfDocument(path)
        page = document[number - 1]
        text = page.get_textpage()
        count = text.count_chars()
        codes = [raw.FPDFText_GetUnicode(text.raw, rank) for rank in range(count)]
        self.text = "".join(chr(code) if code < 0x110000 else " " for code in codes)
        self.boxes = [
            self._pixels(raw, page, text.get_charbox(rank), size) for rank in range(count)
        ]
        text.close()
        page.close()
        document.close()

    @staticmethod
    def _pixels(raw: Any, page: Any, box: Sequence[float], size: tuple[int, int]) -> Pixels:
        """A box of the file on the image: rotation and crop are PDFium's."""
        from ctypes import byref, c_int

        points = []
        for x, y in ((box[0], box[1]), (box[2], box[3])):
            left, top = c_int(), c_int()
            raw.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, x, y, byref(left), byref(top))
            points.append((left.value, top.value))
        (x0, y0), (x1, y1) = points
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def words(self) -> list[tuple[int, int]]:
        """First and last-but-one character of each word."""
        found, start = [], None
        for rank, char in enumerate(self.text + " "):
            blank = char.isspace() or not char.isprintable()
            if blank and start is not None:
                found.append((start, rank))
                start = None
            elif not blank and start is None:
                start = rank
        return found

    def box(self, start: int, end: int) -> Pixels | None:
        """Box of the ink of a word on one line; `None` when it has none or is on two lines."""
        boxes = [one for one in self.boxes[start:end] if one[2] > one[0] and one[3] > one[1]]
        if not boxes:
            return None
        x0, y0 = min(box[0] for box in boxes), min(box[1] for box in boxes)
        x1, y1 = max(box[2] for box in boxes), max(box[3] for box in boxes)
        tallest = max(box[3] - box[1] for box in boxes)
        return (x0, y0, x1, y1) if y1 - y0 <= 2 * tallest + 4 else None

    def cited(self, text: str, start: int, end: int) -> set[int] | None:
        """Ranks of the characters of a quote.

        Args:
            text: text of the page that the offsets refer to.
            start: first character of the quote there.
            end: character after it.
        """
        here, places = stream(self.text)
        quote, _ = stream(text[start:end])
        there, origins = stream(text)
        if not quote:
            return None
        ranks = _all(here, quote)
        wanted = [origins[at] for at in _all(there, quote)]
        if len(ranks) != len(wanted):
            return None
        at = next((rank for rank, origin in zip(ranks, wanted, strict=True) if origin >= start), -1)
        return None if at < 0 else {places[one] for one in range(at, at + len(quote))}


def _all(text: str, wanted: str) -> list[int]:
    """Where a text occurs in another, overlaps left out."""
    found, at = [], text.find(wanted)
    while at >= 0:
        found.append(at)
        at = text.find(wanted, at + len(wanted))
    return found


def look(engine: Any, citation: Citation) -> Found | None:
    """Draw the page of a citation and look at its words; `None` when it has no image."""
    from PIL import Image

    if not engine.has_page_images(citation.document_id):
        return None
    place = (citation.document_id, citation.page)
    span = (citation.start, citation.end)
    plain = engine.page_image(*place)
    mask = coloured(plain, engine.page_image(*place, spans=[span]))
    page = engine.page(*place)
    sheet = Sheet(
        engine.pdf_path(citation.document_id), citation.page, Image.open(io.BytesIO(plain)).size
    )
    ranks = sheet.cited(page.text, *span)
    if ranks is None:
        scale = mask.shape[1] / page.width
        stored = [
            (
                tuple(round(side * scale) for side in word.box),
                word.start < span[1] and word.end > span[0],
            )
            for word in page.words
        ]
        return _counted(citation, "index", mask, stored)
    seen = [
        (box, any(rank in ranks for rank in range(start, end)))
        for start, end in sheet.words()
        if (box := sheet.box(start, end))
    ]
    return _counted(citation, "page", mask, seen)


def _counted(
    citation: Citation, placed: str, mask: Mask, words: Iterable[tuple[Any, bool]]
) -> Found:
    shares = [(share(mask, box), cited) for box, cited in words]
    cited = [value for value, wanted in shares if wanted]
    others = [value for value, wanted in shares if not wanted]
    return Found(
        *(citation.file, citation.page, citation.quote, placed),
        *(len(cited), sum(value >= COVERED for value in cited)),
        *(len(others), sum(value >= TOUCHED for value in others)),
    )


def drawn(engine: Any, questions: Iterable[str], count: int, seed: int) -> list[Citation]:
    """Citations of the answers to these questions, drawn at random."""
    found: dict[tuple[str, int, int, int], Citation] = {}
    for question in questions:
        # Some questions of the set are there to be refused.
        with contextlib.suppress(AssistantError):
            for sentence in engine.ask(question).sentences:
                for one in sentence.citations:
                    found[one.document_id, one.page, one.start, one.end] = one
    pool = [found[key] for key in sorted(found)]
    return random.Random(seed).sample(pool, min(count, len(pool)))  # noqa: S311


def report(seen: Sequence[Found]) -> dict[str, Any]:
    """Shares over all citations, and those that are not wholly covered."""
    words, covered = sum(one.words for one in seen), sum(one.covered for one in seen)
    others, touched = sum(one.others for one in seen), sum(one.touched for one in seen)
    bad = [one for one in seen if one.covered < one.words or not one.words]
    return {
        "citations": len(seen),
        "citations_covered": len(seen) - len(bad),
        "share_of_citations": round(1 - len(bad) / len(seen), 4) if seen else None,
        "placed_by_the_page": sum(one.placed == "page" for one in seen),
        "words": words,
        "share_of_words": round(covered / words, 4) if words else None,
        "other_words": others,
        "share_of_other_words_coloured": round(touched / others, 4) if others else None,
        "not_covered": [asdict(one) for one in bad],
    }


def main() -> int:
    """Ask, draw, look, and say the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--jeu", default="reel", help="set of questions; its tuning half is asked")
    parser.add_argument("--citations", type=int, default=100)
    parser.add_argument("--graine", type=int, default=8)
    arguments = parser.parse_args()
    quiet_environment()
    install()
    from assistant.engine import Assistant
    from assistant.settings import load_settings
    from eval.sets import load

    settings = load_settings().model_copy(update={"index_dir": arguments.index})
    engine = Assistant.open(settings)
    questions = [one.question for one in load(arguments.jeu, "dev")]
    chosen = drawn(engine, questions, arguments.citations, arguments.graine)
    found = [one for citation in chosen if (one := look(engine, citation)) is not None]
    print(json.dumps(report(found), ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
