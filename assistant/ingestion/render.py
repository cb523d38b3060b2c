"""Images of pages, with the quoted passage highlighted where it stands."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from assistant.errors import PageNotFoundError
from assistant.model import Box, Page

HIGHLIGHT: Final = (255, 214, 0, 90)
MAX_PIXELS: Final = 5000
"""Longest side of an image: a poster stays readable without exhausting memory."""


def render_page(
    path: Path,
    page_number: int,
    *,
    scale: float = 2.0,
    highlights: Sequence[Box] = (),
    password: str | None = None,
) -> bytes:
    """Render a page as PNG, with translucent rectangles.

    Args:
        path: PDF file.
        page_number: physical page, from 1.
        scale: pixels per point.
        highlights: boxes in points, from the top left of the unrotated page.
        password: user password, for an encrypted file.

    Raises:
        UnreadableFileError: the file cannot be opened.
        PageNotFoundError: the document has no such page.
    """
    import pypdfium2 as pdfium
    from PIL import Image, ImageDraw

    from assistant.ingestion.guards import open_pdf
    from assistant.ingestion.pdfium import LOCK, page_geometry

    with LOCK:
        document = open_pdf(path, password)
        try:
            if not 1 <= page_number <= len(document):
                raise PageNotFoundError(
                    f"Le document « {path.name} » n’a pas de page {page_number}.",
                    f"Choisissez une page de 1 à {len(document)}.",
                )
            try:
                page = document[page_number - 1]
            except pdfium.PdfiumError as error:
                raise PageNotFoundError(
                    f"La page {page_number} de « {path.name} » est endommagée.",
                    "Demandez un nouvel exemplaire du document.",
                ) from error
            geometry = page_geometry(page.raw)
            longest = max(geometry.width, geometry.height, 1.0)
            scale = max(0.1, min(scale, MAX_PIXELS / longest))
            image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGBA")
            page.close()
        finally:
            document.close()
    if highlights:
        layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
        draw = ImageDraw.Draw(layer)
        for box in highlights:
            x0, y0, x1, y1 = geometry.from_unrotated(box)
            draw.rectangle((x0 * scale, y0 * scale, x1 * scale, y1 * scale), fill=HIGHLIGHT)
        image = Image.alpha_composite(image, layer)
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, format="PNG")
    return buffer.getvalue()


def boxes_for_span(page: Page, start: int, end: int) -> list[Box]:
    """Boxes of a range of raw text, one for each line of each column.

    Args:
        page: page as read.
        start: first character of the range in `page.text`.
        end: character after the range.
    """
    boxes: list[Box] = []
    last_end = -1
    for word in page.words:
        if word.end <= start or word.start >= end:
            continue
        same_line = bool(boxes) and "\n" not in page.text[last_end : word.start]
        if same_line:
            x0, y0, x1, y1 = boxes[-1]
            a0, b0, a1, b1 = word.box
            boxes[-1] = (min(x0, a0), min(y0, b0), max(x1, a1), max(y1, b1))
        else:
            boxes.append(word.box)
        last_end = word.end
    return boxes
