"""Reading a PDF: every page accounted for, its text in reading order, its blocks.

pdfium gives words and strokes, pypdf the structure. Two passes: the first gathers the
words of all pages, because running headers and the body's typography only show across the
document; the second orders, groups and names blocks, and writes the raw text every offset
refers to.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pypdfium2 as pdfium

from assistant.ingestion import ocr
from assistant.ingestion.colours import addition_hue, additions_of, hue
from assistant.ingestion.display import shown
from assistant.ingestion.drafts import Draft, DraftPage, body_style, build_drafts
from assistant.ingestion.furniture import PageLayout, find_furniture
from assistant.ingestion.garbled import is_garbled
from assistant.ingestion.guards import (
    MAX_PAGE_WORDS,
    count_pages,
    file_warnings,
    open_pdf,
    unlock_pdf,
)
from assistant.ingestion.layout_types import (
    Drawing,
    LayoutWord,
    Line,
    PageGeometry,
    Segment,
    make_line,
)
from assistant.ingestion.metadata import document_metadata
from assistant.ingestion.pdfium import (
    LOCK,
    images_open,
    page_geometry,
    read_drawing,
    read_words,
)
from assistant.ingestion.reading_order import build_segments, order_page
from assistant.ingestion.roles import assign_roles
from assistant.ingestion.steps import LAYOUT, OCR, SCAN, STRUCTURE, step
from assistant.ingestion.structure import (
    PdfStructure,
    outline_by_page,
    read_structure,
    unreadable_structure,
)
from assistant.ingestion.table_columns import find_aligned
from assistant.ingestion.table_rows import (
    DraftCell,
    DraftTable,
    build_table,
    first_table,
    last_table,
)
from assistant.ingestion.tables import Grid, find_grids
from assistant.model import Block, BlockKind, Box, Cell, Page, PageStatus, ReadDocument, Span, Word

OCR_REMEDY: Final = (
    "Page illisible sans reconnaissance optique : installez tesseract-ocr et "
    "tesseract-ocr-fra, puis relancez l’ingestion."
)
MAX_HEADER_SPAN: Final = 800
"""Characters: parts of a header further apart than this are not cited together."""

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Þ«])")


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


def read_pdf(path: Path, *, max_pages: int, password: str | None = None) -> ReadDocument:
    """Read a PDF file.

    Args:
        path: the file.
        max_pages: more pages than this is refused.
        password: user password; when `None`, those of the configuration are tried.

    Raises:
        UnreadableFileError: `chiffre`, `endommage` or `trop_de_pages`.
    """
    count, password = probe_pdf(path, max_pages=max_pages, password=password)
    raw = scan_pages(path, range(1, count + 1), password=password)
    return assemble_pdf(path, raw, password=password)


def probe_pdf(path: Path, *, max_pages: int, password: str | None = None) -> tuple[int, str | None]:
    """Number of pages of a PDF, and the password that opens it (`None`: none needed).

    Raises:
        UnreadableFileError: `chiffre`, `endommage` or `trop_de_pages`.
    """
    with LOCK:
        document, password = unlock_pdf(path, password)
        try:
            return count_pages(document, path, max_pages), password
        finally:
            document.close()


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
        try:
            return [_scan_page(document, number, (lost or {}).get(number)) for number in numbers]
        finally:
            document.close()


def assemble_pdf(
    path: Path, raw: list[RawPage], *, password: str | None = None, structured: bool = True
) -> ReadDocument:
    """Second pass: what shows across the pages, then the blocks and the text of each.

    Args:
        path: the file.
        raw: all its pages, in order.
        password: the one `probe_pdf` gave.
        structured: whether to read outline, labels and metadata.
    """
    step(STRUCTURE)
    structure = read_structure(path, len(raw), password) if structured else unreadable_structure()
    warnings = [*structure.warnings, *file_warnings(path, password)]
    pages = _lay_out(raw, structure)
    metadata = document_metadata(path, structure.info, pages)
    return ReadDocument(metadata, pages, tuple(warnings))


# --- First pass --------------------------------------------------------------------------


def _scan_page(document: Any, number: int, lost: str | None) -> RawPage:
    """Read one page; whatever is wrong with it costs that page only."""
    if lost is not None:
        return _unreadable(number, lost)
    step(SCAN, number)
    try:
        return _read_raw(document, number)
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


def _read_raw(document: Any, number: int) -> RawPage:
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
        letters = _body_letters(words, geometry)
        garbled = is_garbled(word.text for word in words)
        if letters >= 100 and not garbled:
            return raw
        return _scarce_text(page, raw, 0 if garbled else letters)
    finally:
        page.close()


_TITLE_SIZE: Final = 16.0
"""Points: browsers print their headers in less than this, slides their titles in more."""


def _body_letters(words: list[LayoutWord], geometry: PageGeometry) -> int:
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
    if recognition is not None and _body_letters(found, raw.geometry) > 2 * letters:
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


def _lay_out(raw: list[RawPage], structure: PdfStructure) -> tuple[Page, ...]:
    for page in raw:
        if page.status in (PageStatus.TEXT, PageStatus.OCR):
            step(LAYOUT, page.number)
            _segment(page)
    layouts = [
        PageLayout(page.geometry.display_width, page.geometry.display_height, page.segments)
        for page in raw
    ]
    furniture = find_furniture(layouts)
    for page, marks in zip(raw, furniture, strict=True):
        only_edges = len(marks) == len(page.segments) and not _body_letters(
            page.words, page.geometry
        )
        if page.status is PageStatus.TEXT and only_edges:
            page.status = PageStatus.EMPTY
    drafts: list[DraftPage] = []
    tables: list[list[DraftTable]] = []
    edges: list[list[Draft]] = []
    previous: DraftTable | None = None
    repeated = _repeated_rotated(raw)
    for page, marks in zip(raw, furniture, strict=True):
        step(LAYOUT, page.number)
        draft, page_tables, edge, previous = _draft_page(page, marks, previous, repeated)
        drafts.append(draft)
        tables.append(page_tables)
        edges.append(edge)
    body = body_style(drafts)
    outline = outline_by_page(structure)
    assign_roles(drafts, body, outline)
    marked = addition_hue(drafts)
    return tuple(
        _Assembler(page, additions_of(draft, marked)).assemble(
            draft, page_tables, edge, _label(structure, page.number)
        )
        for page, draft, page_tables, edge in zip(raw, drafts, tables, edges, strict=True)
    )


def _label(structure: PdfStructure, number: int) -> str:
    return structure.labels[number - 1] if structure.labels else str(number)


def _segment(page: RawPage) -> None:
    """Find tables, then cut the words outside them into segments."""
    straight = [word for word in page.words if word.angle == 0]
    page.grids = find_grids(page.drawing.rulings, straight, page.drawing.shades)
    held: dict[int, int] = {}
    for index, grid in enumerate(page.grids):
        for cell in grid.cells:
            for word in cell.words:
                held[id(word)] = index
            for segment in build_segments(cell.words):
                segment.table = index
                page.segments.append(segment)
    page.segments.extend(build_segments(word for word in straight if id(word) not in held))


def _draft_page(
    page: RawPage,
    marks: dict[int, BlockKind],
    previous: DraftTable | None,
    repeated: frozenset[str],
) -> tuple[DraftPage, list[DraftTable], list[Draft], DraftTable | None]:
    """Order the body of a page and set its furniture apart."""
    geometry = page.geometry
    draft = DraftPage(page.number, geometry.display_width, geometry.display_height)
    if page.status is PageStatus.UNREADABLE or not page.words:
        return draft, [], [], None
    marks = dict(marks)
    kept: list[Grid] = []
    for index, grid in enumerate(page.grids):
        inside = [k for k, segment in enumerate(page.segments) if segment.table == index]
        marked = sum(k in marks for k in inside)
        if marked > 0.6 * len(inside) and grid.row_count <= 2:
            # A running head laid out as a table.
            for k in inside:
                page.segments[k].table = -1
                marks.setdefault(k, _edge(page.segments[k], geometry))
        else:
            for k in inside:
                marks.pop(k, None)
            kept.append(grid)
    body = [
        segment for k, segment in enumerate(page.segments) if k not in marks and segment.table < 0
    ]
    aligned = find_aligned(body, page.drawing.rulings, page.drawing.shades)
    taken = {id(word) for grid in aligned for cell in grid.cells for word in cell.words}
    body = [segment for segment in body if id(segment.words[0]) not in taken]
    kept += aligned
    boxes = [(grid.x0, grid.y0, grid.x1, grid.y1, *_orders(grid)) for grid in kept]
    ordered = order_page(body, boxes, _loose_frames(page, kept))
    draft.drafts = build_drafts(ordered)
    sequence = [item.table for item in draft.drafts if item.table >= 0]
    built: dict[int, DraftTable] = {}
    first = first_table(draft.drafts)
    for position, index in enumerate(sequence):
        before = previous if position == 0 and index == first else None
        built[index] = build_table(kept[index], before)
    last = last_table(draft.drafts)
    edge = _furniture_drafts(page, marks)
    _add_rotated(page, draft, edge, repeated)
    return (
        draft,
        [built[index] for index in range(len(kept))],
        edge,
        built[last] if last >= 0 else None,
    )


def _loose_frames(page: RawPage, grids: list[Grid]) -> list[Box]:
    """Painted rectangles that are not cells of a table."""
    if len(page.drawing.frames) > 300:
        return []
    return [
        frame
        for frame in page.drawing.frames
        if not any(
            grid.x0 - 3 <= frame[0]
            and frame[2] <= grid.x1 + 3
            and grid.y0 - 3 <= frame[1]
            and frame[3] <= grid.y1 + 3
            for grid in grids
        )
    ]


def _edge(segment: Segment, geometry: PageGeometry) -> BlockKind:
    above = segment.y0 + segment.y1 < geometry.display_height
    return BlockKind.HEADER if above else BlockKind.FOOTER


def _orders(grid: Grid) -> tuple[int, int]:
    orders = [word.order for cell in grid.cells for word in cell.words]
    return min(orders), max(orders)


def _furniture_drafts(page: RawPage, marks: dict[int, BlockKind]) -> list[Draft]:
    drafts: list[Draft] = []
    for kind in (BlockKind.HEADER, BlockKind.FOOTER):
        segments = [page.segments[k] for k, mark in marks.items() if mark is kind]
        for entry in order_page(segments, []):
            if isinstance(entry, Line):
                drafts.append(Draft(kind, [entry]))
    return drafts


def _rotated(page: RawPage) -> list[Line]:
    """Text along another direction, one line for each run."""
    groups: list[list[LayoutWord]] = []
    for word in page.words:
        if word.angle == 0:
            continue
        last = groups[-1][-1] if groups else None
        if last is not None and last.angle == word.angle and _follows(last, word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return [make_line(words, leaf=-2) for words in groups]


def _repeated_rotated(pages: list[RawPage]) -> frozenset[str]:
    """Rotated texts that several pages bear: watermarks and side banners."""
    pages_of = Counter(
        text
        for page in pages
        if any(word.angle for word in page.words)
        for text in {line.text for line in _rotated(page)}
    )
    return frozenset(text for text, count in pages_of.items() if count > 1)


def _add_rotated(
    page: RawPage, draft: DraftPage, edge: list[Draft], repeated: frozenset[str]
) -> None:
    """Set apart the banner on a side and the watermark; any other turned text is content."""
    lines = _rotated(page) if any(word.angle for word in page.words) else []
    upright = [abs(abs(line.words[0].angle) - 90) <= 3 for line in lines]
    sides = [
        vertical and (line.x1 < 0.09 * draft.width or line.x0 > 0.91 * draft.width)
        for line, vertical in zip(lines, upright, strict=True)
    ]
    # Vertical text all over the page is a page set sideways, or the headers of a table.
    banners = sum(sides) <= 3 and sum(sides) == sum(upright)
    for line, side in zip(lines, sides, strict=True):
        if line.text in repeated or (side and banners):
            edge.append(Draft(BlockKind.FOOTER, [line]))
        else:
            draft.drafts.append(Draft(BlockKind.PARAGRAPH, [line]))


def _follows(last: LayoutWord, word: LayoutWord) -> bool:
    tall = 1.6 * max(last.size, word.size)
    across = max(word.x0 - last.x1, last.x0 - word.x1)
    down = max(word.y0 - last.y1, last.y0 - word.y1)
    return across < tall and down < tall


class _Assembler:
    """Writes the raw text of a page and turns its drafts into blocks."""

    def __init__(self, page: RawPage, marked: str | None) -> None:
        self._page = page
        self._marked = marked
        self._parts: list[str] = []
        self._length = 0
        self._words: list[Word] = []
        self._hues: list[tuple[int, int]] = []

    def assemble(
        self, draft: DraftPage, tables: list[DraftTable], edge: list[Draft], label: str
    ) -> Page:
        """Write everything in reading order: headers, body, footers."""
        blocks: list[Block] = []
        for item in edge:
            if item.kind is BlockKind.HEADER:
                blocks.append(self._block(item))
        for item in draft.drafts:
            if item.table >= 0:
                blocks.extend(self._table(tables[item.table]))
            elif item.kind is BlockKind.LIST_INTRO:
                blocks.extend(self._introduction(item))
            else:
                blocks.append(self._block(item))
        for item in edge:
            if item.kind is not BlockKind.HEADER:
                blocks.append(self._block(item))
        geometry = self._page.geometry
        return Page(
            self._page.number,
            label,
            round(geometry.display_width, 2),
            round(geometry.display_height, 2),
            self._page.status,
            "".join(self._parts),
            tuple(self._words),
            tuple(blocks),
            tuple(self._page.warnings),
            self._page.confidence,
        )

    def _write(self, lines: list[Line]) -> Span:
        if self._length:
            self._parts.append("\n")
            self._length += 1
        start = self._length
        for number, line in enumerate(lines):
            for rank, word in enumerate(line.words):
                if number or rank:
                    self._parts.append(" " if rank else "\n")
                    self._length += 1
                end = self._length + len(word.text)
                box = self._page.geometry.to_unrotated((word.x0, word.y0, word.x1, word.y1))
                self._words.append(Word(self._length, end, box, word.size, word.bold, word.colour))
                self._parts.append(word.text)
                if self._marked and word.colour and hue(word.colour) == self._marked:
                    self._hues.append((self._length, end))
                self._length = end
        return Span(self._page.number, start, self._length)

    def _coloured(self, span: Span) -> tuple[Span, ...]:
        """Runs of consecutive words in the colour of additions within a span."""
        if not self._marked:
            return ()
        runs: list[list[int]] = []
        for start, end in self._hues:
            if start < span.start or end > span.end:
                continue
            if runs and start == runs[-1][1] + 1:
                runs[-1][1] = end
            else:
                runs.append([start, end])
        return tuple(Span(span.page, start, end) for start, end in runs)

    def _block(self, draft: Draft) -> Block:
        span = self._write(draft.lines)
        text = shown("\n".join(display_line(line) for line in draft.lines))
        return Block(draft.kind, (span,), text, draft.level, (), self._coloured(span))

    def _introduction(self, draft: Draft) -> list[Block]:
        """Keep as introduction of a list its last sentence only, when there are others."""
        block = self._block(draft)
        span = block.spans[0]
        raw = "\n".join(line.text for line in draft.lines)
        cuts = [match.end() for match in _SENTENCE.finditer(raw)]
        if not cuts or draft.word_count <= 40:
            return [block]
        cut = cuts[-1]
        before = Span(span.page, span.start, span.start + len(raw[:cut].rstrip()))
        after = Span(span.page, span.start + cut, span.end)
        return [
            Block(
                BlockKind.PARAGRAPH,
                (before,),
                shown(raw[:cut]),
                0,
                (),
                self._coloured(before),
            ),
            Block(
                BlockKind.LIST_INTRO,
                (after,),
                shown(raw[cut:]),
                0,
                (),
                self._coloured(after),
            ),
        ]

    def _table(self, table: DraftTable) -> list[Block]:
        blocks: list[Block] = []
        for number, row in enumerate(table.rows):
            spans = [self._write_cell(cell) for cell in row if not cell.repeated]
            whole = Span(self._page.number, spans[0].start, spans[-1].end)
            cells = tuple(self._cell(cell) for cell in row)
            blocks.append(
                Block(
                    BlockKind.TABLE_ROW,
                    (whole,),
                    row_text(cells) if number >= table.header_rows else header_text(cells),
                    0,
                    cells,
                    self._coloured(whole),
                )
            )
        return blocks

    def _write_cell(self, cell: DraftCell) -> Span:
        span = self._write(cell.lines)
        cell.page, cell.start, cell.end = span.page, span.start, span.end
        return span

    def _cell(self, cell: DraftCell) -> Cell:
        named = [header for header in cell.headers if header.lines]
        header = " – ".join(_cell_text(item) for item in named)
        where = _header_span(named)
        origin = cell.repeated or cell
        span = Span(origin.page, origin.start, origin.end)
        return Cell(header, _cell_text(cell), span, where)


def _header_span(named: list[DraftCell]) -> Span | None:
    """From the first to the last part of a header, so that each of its words is cited."""
    if not named:
        return None
    last = named[-1]
    together = [part for part in named if part.page == last.page]
    start, end = min(part.start for part in together), max(part.end for part in together)
    if end - start > MAX_HEADER_SPAN:
        start, end = last.start, last.end
    return Span(last.page, start, end)


def _cell_text(cell: DraftCell) -> str:
    return shown("\n".join(display_line(line) for line in cell.lines))


def row_text(cells: tuple[Cell, ...]) -> str:
    """One sentence for a table row: each cell after the header of its column."""
    first = cells[0]
    if len(cells) > 1 and first.text and not first.header and any(c.header for c in cells[1:]):
        return f"{first.text} — {' ; '.join(_named(cell) for cell in cells[1:])}"
    if len(cells) == 2 and not cells[1].header:
        return f"{first.text.rstrip(' :')} : {cells[1].text}"
    return " ; ".join(_named(cell) for cell in cells)


def header_text(cells: tuple[Cell, ...]) -> str:
    """The names of the columns, which say nothing of each other."""
    return " ; ".join(cell.text for cell in cells)


def _named(cell: Cell) -> str:
    return f"{cell.header.rstrip(' :')} : {cell.text}" if cell.header else cell.text


def display_line(line: Line) -> str:
    """Text of a line, its letter-spaced words put back together.

    « S C H É M A   R É G I O N A L » is written one letter a word; the gaps between words
    are wider than those between letters.
    """
    words = line.words
    single = [len(word.text) == 1 and word.text.isalnum() for word in words]
    if sum(single) < 4 or sum(single) < 0.6 * len(words):
        return line.text
    gaps = [b.x0 - a.x1 for a, b in pairwise(words)]
    usual = statistics.median(gaps)
    pieces = [words[0].text]
    for index, gap in enumerate(gaps):
        close = gap <= max(1.5 * usual, usual + 0.1 * line.size)
        joined = close and (single[index] or single[index + 1])
        pieces.append(words[index + 1].text if joined else f" {words[index + 1].text}")
    return "".join(pieces)


def status_counts(pages: tuple[Page, ...]) -> dict[str, int]:
    """Number of pages by status, for the ledger."""
    return dict(Counter(page.status.value for page in pages))
