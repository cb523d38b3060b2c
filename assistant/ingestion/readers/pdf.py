"""Reading a PDF: every page accounted for, its text in reading order, its blocks.

pdfium gives words and strokes, pypdf the structure. Two passes: the first gathers the
words of all pages, because running headers and the body's typography only show across the
document; the second orders, groups and names blocks, and writes the raw text every offset
refers to.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from assistant.ingestion.colours import addition_hue, additions_of
from assistant.ingestion.drafts import Draft, DraftPage, body_style, build_drafts
from assistant.ingestion.furniture import PageLayout, find_furniture
from assistant.ingestion.guards import (
    count_pages,
    file_warnings,
    unlock_pdf,
)
from assistant.ingestion.layout_types import (
    LayoutWord,
    Line,
    PageGeometry,
    Segment,
    make_line,
)
from assistant.ingestion.metadata import document_metadata
from assistant.ingestion.pdfium import (
    LOCK,
)
from assistant.ingestion.readers.pdf_blocks import Assembler
from assistant.ingestion.readers.pdf_scan import RawPage, body_letters, scan_pages
from assistant.ingestion.reading_order import build_segments, order_page
from assistant.ingestion.roles import assign_roles
from assistant.ingestion.steps import LAYOUT, STRUCTURE, step
from assistant.ingestion.structure import (
    PdfStructure,
    outline_by_page,
    read_structure,
    unreadable_structure,
)
from assistant.ingestion.table_columns import find_aligned
from assistant.ingestion.table_rows import (
    DraftTable,
    build_table,
    first_table,
    last_table,
)
from assistant.ingestion.tables import Grid, find_grids
from assistant.model import BlockKind, Box, Page, PageStatus, ReadDocument


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
        only_edges = len(marks) == len(page.segments) and not body_letters(
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
        Assembler(page, additions_of(draft, marked)).assemble(
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
