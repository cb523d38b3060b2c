"""First pass over a PDF: the words, strokes and status of each page, with OCR where needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pypdfium2 as pdfium

from assistant.ingestion import ocr
from assistant.ingestion.garbled import is_garbled
from assistant.ingestion.guards import (
    MAX_PAGE_WORDS,
    open_pdf,
)
from assistant.ingestion.hidden import disagree, find_hidden
from assistant.ingestion.hidden_objects import (
    drop_replacements,
    has_layered_forms,
    has_replacements,
)
from assistant.ingestion.layout_types import (
    Drawing,
    LayoutWord,
    PageGeometry,
    Segment,
)
from assistant.ingestion.pdfium import (
    LOCK,
    images_open,
    page_geometry,
    read_drawing,
    read_words,
)
from assistant.ingestion.steps import OCR, SCAN, step
from assistant.ingestion.tables import Grid
from assistant.model import PageStatus

OCR_REMEDY: Final = (
    "Page illisible sans reconnaissance optique : installez tesseract-ocr et "
    "tesseract-ocr-fra, puis relancez l’ingestion."
)


@dataclass(slots=True)
class RawPage:
    """A page after the first pass."""

    number: int
    geometry: PageGeometry
    words: list[LayoutWord]
    drawing: Drawing
    status: PageStatus
    warnings: list[str]
    grids: list[Grid] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    confidence: float | None = None


def scan_pages(
    path: Path,
    numbers: Iterable[int],
    *,
    password: str | None = None,
    lost: Mapping[int, str] | None = None,
) -> list[RawPage]:
    """First pass over some pages of a PDF: words, drawings and OCR, nothing across pages.

    Args:
        path: the file.
        numbers: physical pages, from 1.
        password: the one `probe_pdf` gave.
        lost: pages given up, with the reason shown in the ledger.

    Raises:
        UnreadableFileError: the file cannot be opened any more.
    """
    with LOCK:
        document = open_pdf(path, password)
        layered = has_layered_forms(path)
        try:
            return [
                _scan_page(document, number, (lost or {}).get(number), layered)
                for number in numbers
            ]
        finally:
            document.close()


def _scan_page(document: Any, number: int, lost: str | None, layered: bool) -> RawPage:
    """Read one page; whatever is wrong with it costs that page only."""
    if lost is not None:
        return _unreadable(number, lost)
    step(SCAN, number)
    try:
        return _read_raw(document, number, layered)
    except MemoryError:
        return _unreadable(number, "Page illisible : elle demande trop de mémoire.")
    except Exception as error:
        return _unreadable(
            number, f"Page illisible : sa lecture a échoué ({type(error).__name__})."
        )


def give_up(page: RawPage, reason: str) -> RawPage:
    """The same page without what was read of it, for a reason shown in the ledger."""
    return replace(_unreadable(page.number, reason), geometry=page.geometry)


def _unreadable(number: int, reason: str) -> RawPage:
    geometry = PageGeometry(0.0, 0.0, 595.0, 842.0)
    return RawPage(number, geometry, [], Drawing(), PageStatus.UNREADABLE, [reason])


def _read_raw(document: Any, number: int, layered: bool) -> RawPage:
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return _unreadable(number, "Page endommagée : elle ne peut pas être ouverte.")
    try:
        geometry = page_geometry(page.raw)
        words = read_words(page.raw, geometry)
        if len(words) > MAX_PAGE_WORDS:
            reason = f"Page illisible : elle compte {len(words)} mots, plus qu’aucune vraie page."
            return give_up(RawPage(number, geometry, [], Drawing(), PageStatus.TEXT, []), reason)
        drawing = read_drawing(page.raw, geometry)
        raw = RawPage(number, geometry, words, drawing, PageStatus.TEXT, [])
        if has_replacements(page):
            page = _read_what_is_drawn(document, page, raw)
        _set_aside_hidden(document, page, raw, layered)
        words = raw.words
        letters = body_letters(words, geometry)
        garbled = is_garbled(word.text for word in words)
        if letters >= 100 and not garbled:
            return raw
        return _scarce_text(page, raw, 0 if garbled else letters)
    finally:
        page.close()


def _read_what_is_drawn(document: Any, page: Any, raw: RawPage) -> Any:
    """Leave out the words given in place of others that are drawn, and say so.

    Returns:
        The page that the words of `raw` were read on: the one given, or one that replaces it.
    """
    plain = document[raw.number - 1]
    drop_replacements(plain)
    words = read_words(plain.raw, raw.geometry)
    if not disagree(raw.words, words):
        plain.close()
        return page
    page.close()
    raw.words = words
    raw.warnings.append(
        "Texte caché : cette page donne à copier d’autres mots que ceux qu’elle montre ; seuls "
        "les mots montrés sont lus."
    )
    return plain


def _set_aside_hidden(document: Any, page: Any, raw: RawPage, layered: bool) -> None:
    """Drop the words that the page holds but does not show, and say so."""
    fresh = document[raw.number - 1]
    try:
        found = find_hidden(
            page, fresh, raw.geometry, raw.words, raw.drawing, layered_forms=layered
        )
    finally:
        fresh.close()
    for word in raw.words:
        word.drawn = 0  # an address means nothing once the page is closed
    if found.words:
        gone = {id(word) for word in found.words}
        raw.words = [word for word in raw.words if id(word) not in gone]
        for order, word in enumerate(raw.words):
            word.order = order
        count = len(gone)
        raw.warnings.append(
            f"Texte caché : {count} mots de cette page ne se voient pas à l’affichage ; ils ne "
            "sont ni lus ni cités."
            if count > 1
            else "Texte caché : un mot de cette page ne se voit pas à l’affichage ; il n’est ni lu "
            "ni cité."
        )
    if found.layer:
        raw.warnings.append(
            "Le texte de cette page est une couche invisible posée sur son image : comparez le "
            "texte cité avec l’image de la page."
        )


_TITLE_SIZE: Final = 16.0
"""Points: browsers print their headers in less than this, slides their titles in more."""


def body_letters(words: list[LayoutWord], geometry: PageGeometry) -> int:
    """Letters and digits away from the edges, where browsers print addresses and dates.

    Large type at an edge is the title of a slide: it counts.
    """
    top, bottom = 0.07 * geometry.display_height, 0.93 * geometry.display_height
    return sum(
        sum(char.isalnum() for char in word.text)
        for word in words
        if (word.y0 > top and word.y1 < bottom) or word.size >= _TITLE_SIZE
    )


def _edge_letters(words: list[LayoutWord]) -> int:
    return sum(char.isalpha() for word in words for char in word.text)


def _scarce_text(page: Any, raw: RawPage, letters: int) -> RawPage:
    """Decide what a page with little or no usable text is.

    A title slide, a blank page, a scan, or text drawn as outlines under a deceptive text
    layer. Recognition replaces the text layer only when it finds clearly more.
    """
    drawing = raw.drawing
    pictured = drawing.image_area > 0.5 or drawing.curves > 40 + 3 * letters
    if letters >= 3 and not (pictured and letters < 40):
        return raw
    if letters < 3 and (drawing.objects == 0 or _blank(page)):
        raw.status, raw.words = PageStatus.EMPTY, []
        if drawing.images and not all(images_open(page)):
            raw.status = PageStatus.UNREADABLE
            raw.warnings.append("Page illisible : son image est endommagée ou démesurée.")
        return raw
    if not ocr.is_available():
        if letters >= 3 and drawing.curves <= 150 + 3 * letters:
            raw.warnings.append("Cette page contient une image : le texte de l’image n’est pas lu.")
        else:
            raw.status, raw.words = PageStatus.UNREADABLE, []
            raw.warnings.append(OCR_REMEDY)
        return raw
    step(OCR, raw.number)
    shown_size = raw.geometry.display_width, raw.geometry.display_height
    recognition = ocr.recognise(lambda scale: page.render(scale=scale).to_pil(), *shown_size)
    step(SCAN, raw.number)
    if recognition is not None and recognition.turned:
        # A page scanned on its side: its upright text is laid out as on any page.
        turned = (raw.geometry.rotation + recognition.turned) % 360
        raw.geometry, raw.drawing = replace(raw.geometry, rotation=turned), Drawing()
    found = recognition.words if recognition is not None else []
    if found and letters < 3 and recognition is not None and recognition.confidence < ocr.HOPELESS:
        return give_up(
            raw,
            "Page illisible : la reconnaissance optique n’y distingue pas de texte sûr (confiance "
            f"moyenne : {recognition.confidence:.0f} %).",
        )
    if recognition is not None and body_letters(found, raw.geometry) > 2 * letters:
        raw.words = found
        raw.status = PageStatus.OCR
        raw.confidence = round(recognition.confidence / 100, 3)
        raw.warnings.extend(_ocr_warnings(recognition))
    elif letters < 3 and recognition is not None and _edge_letters(raw.words) >= 3:
        # Only lines at the edges: a last page with an address, or furniture (see `_lay_out`).
        raw.warnings.append("Image sans texte reconnu.")
    elif letters < 3:
        failed = recognition is None
        raw.status = PageStatus.UNREADABLE if failed else PageStatus.EMPTY
        raw.words = []
        raw.warnings.append(
            "La reconnaissance optique de cette page a échoué."
            if failed
            else "Image sans texte reconnu."
        )
    return raw


def _ocr_warnings(recognition: ocr.Recognition) -> list[str]:
    sure = f"{recognition.confidence:.0f} %"
    warnings = [f"Texte obtenu par reconnaissance optique (confiance moyenne : {sure})."]
    if recognition.confidence < ocr.DOUBTFUL:
        warnings = [
            f"Reconnaissance optique peu sûre (confiance moyenne : {sure}) : comparez le texte "
            "cité avec l’image de la page."
        ]
    if recognition.language != "fra":
        warnings.append(
            "Le modèle français de Tesseract manque, les accents sont mal lus : installez "
            "tesseract-ocr-fra, puis relancez l’ingestion."
        )
    return warnings


def _blank(page: Any) -> bool:
    """Whether the rendered page is of one colour."""
    width, height = page.get_size()
    image = page.render(scale=min(1.0, 1200 / max(width, height, 1.0))).to_pil().convert("L")
    low, high = image.getextrema()
    return bool(high - low < 24)


# --- Second pass -------------------------------------------------------------------------
