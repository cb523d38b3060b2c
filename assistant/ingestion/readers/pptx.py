"""Reading a PowerPoint file: a slide is a page, its title a heading, its notes kept.

python-pptx gives shapes, placeholders and tables. A slide says where each shape stands but
not in which order they are read: they are taken by rows and columns, the widest gap first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from assistant.ingestion.hidden_text import HIDDEN_SHAPES, HIDDEN_SLIDE
from assistant.ingestion.readers.archive import MACROS, Archive, damaged, parse_xml
from assistant.ingestion.readers.flow import Content, PageFlow, build_document
from assistant.ingestion.readers.flow_items import Item, Run, Table, TableCell
from assistant.ingestion.readers.guess import manual_list_item
from assistant.ingestion.readers.pptx_hidden import SlideSight
from assistant.ingestion.readers.slides import Placed, in_reading_order
from assistant.ingestion.slide_titles import SLIDE_TITLE
from assistant.model import BlockKind, ReadDocument

_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P: Final = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DGM: Final = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
EMU_PER_POINT: Final = 12700
_MAX_DEPTH: Final = 12


def read_pptx(path: Path, archive: Archive, *, max_pages: int) -> ReadDocument:
    """Read a PowerPoint file (.pptx, .pptm, .ppsx, .potx).

    Args:
        path: the file.
        archive: the file, checked.
        max_pages: more slides than this is refused.

    Raises:
        UnreadableFileError: `endommage`, `vide` or `trop_de_pages`.
    """
    presentation = _open(path)
    warnings = [MACROS] if archive.macros else []
    try:
        first = int(presentation.element.get("firstSlideNum", "1"))
        width = (presentation.slide_width or 0) / EMU_PER_POINT
        height = (presentation.slide_height or 0) / EMU_PER_POINT
        pages = [
            _Slide(path, slide, rank == 0).page(str(first + rank), width, height)
            for rank, slide in enumerate(presentation.slides)
        ]
        properties = presentation.core_properties
        info = {"title": properties.title or "", "author": properties.author or ""}
    except (KeyError, AttributeError, ValueError, TypeError) as error:
        # What the library raises when a slide refers to a part that is not there.
        raise damaged(path) from error
    return build_document(
        path, pages, unit="slide", info=info, max_pages=max_pages, warnings=warnings
    )


def _open(path: Path) -> Any:
    import pptx  # noqa: F401  # registers its part types
    from pptx.opc.package import PartFactory
    from pptx.package import Package
    from pptx.parts.presentation import PresentationPart

    for kind in (
        "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml",
        "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
        "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml",
        "application/vnd.openxmlformats-officedocument.presentationml.template.main+xml",
    ):
        PartFactory.part_type_for.setdefault(kind, PresentationPart)
    try:
        return Package.open(str(path)).presentation_part.presentation
    except Exception as error:  # the library raises whatever a broken package makes it raise
        raise damaged(path) from error


class _Slide:
    def __init__(self, path: Path, slide: Any, opening: bool) -> None:
        self._path = path
        self._slide = slide
        self._opening = opening
        self._warnings: list[str] = []
        self._images = False
        self._furniture: list[Item] = []
        self._sight: SlideSight | None = None
        self._paper: int | None = None

    def page(self, label: str, width: float, height: float) -> PageFlow:
        """Title, shapes in reading order, notes, footers; nothing of a hidden slide."""
        if self._slide.element.get("show") in {"0", "false"}:
            return PageFlow(label, [], width, height, [HIDDEN_SLIDE])
        self._sight = SlideSight(self._slide, width * EMU_PER_POINT, height * EMU_PER_POINT)
        titles: list[Any] = []
        others: list[Any] = []
        for shape in self._slide.shapes:
            if _hidden(shape) or self._sight.is_off(shape):
                if "".join(shape.element.itertext(f"{_A}t")).strip():
                    self._warn_hidden()
                continue
            (titles if self._is_title(shape) else others).append(shape)
        content: list[Content] = []
        for shape in titles:
            self._paper = self._sight.paper(shape)
            runs = [run for runs in self._runs_of(shape) for run in (Run(" "), *runs)]
            content.append(self._title(runs))
        content += in_reading_order([found for shape in others for found in self._shape(shape, 0)])
        content += self._notes()
        content += self._furniture
        return PageFlow(label, content, width, height, self._warnings, self._images)

    def _warn_hidden(self) -> None:
        if HIDDEN_SHAPES not in self._warnings:
            self._warnings.append(HIDDEN_SHAPES)

    def _runs(self, paragraph: Any) -> Iterator[Run]:
        """Runs of a paragraph that show on its shape."""
        for run, properties in _runs(paragraph):
            if self._sight is not None and self._sight.hides(properties, self._paper):
                if run.text.strip():
                    self._warn_hidden()
                continue
            yield run

    def _is_title(self, shape: Any) -> bool:
        return shape.is_placeholder and _placeholder(shape) in {"title", "ctrTitle"}

    def _title(self, runs: list[Run]) -> Item:
        if self._opening:
            return Item(BlockKind.TITLE, runs)
        layout = self._slide.slide_layout.element.get("type")
        return Item(BlockKind.HEADING, runs, 2 if layout == "secHead" else SLIDE_TITLE)

    def _shape(self, shape: Any, depth: int) -> Iterator[Placed]:
        """What a shape shows, with its place; a group is one thing, ordered inside."""
        if depth > _MAX_DEPTH or _hidden(shape):
            return
        # A shape of a group stands in the coordinates of the group: what is under it is unknown.
        self._paper = self._sight.paper(shape) if self._sight is not None and not depth else None
        kind = _placeholder(shape) if shape.is_placeholder else ""
        if kind in {"ftr", "dt", "sldNum", "hdr"}:
            runs = [run for runs in self._runs_of(shape) for run in runs]
            if kind != "sldNum":
                self._furniture.append(Item(BlockKind.FOOTER, runs))
            return
        content: list[Content] = []
        tag = shape.element.tag
        if tag == f"{_P}grpSp":
            content = in_reading_order(
                [found for child in shape.shapes for found in self._shape(child, depth + 1)]
            )
        elif tag == f"{_P}graphicFrame":
            content = self._frame(shape)
        elif tag == f"{_P}pic":
            self._images = True
        elif shape.has_text_frame:
            content = [*self._paragraphs(shape, kind)]
        if content:
            left, top = float(shape.left or 0), float(shape.top or 0)
            yield Placed(left, top, left + (shape.width or 0), top + (shape.height or 0), content)

    def _frame(self, shape: Any) -> list[Content]:
        if shape.has_table:
            return [_table(shape.table, self._runs)]
        if shape.has_chart:
            self._warnings.append("Le graphique de cette diapositive n’est pas lu.")
            return []
        relations = shape.element.find(f".//{_DGM}relIds")
        if relations is not None:
            return [*self._diagram(relations.get(f"{_R}dm"))]
        self._warnings.append("Un objet inséré dans cette diapositive n’est pas lu.")
        return []

    def _diagram(self, relation: str | None) -> Iterator[Item]:
        """Texts of a SmartArt diagram, in the order of its outline."""
        try:
            part = self._slide.part.related_part(relation)
        except KeyError:
            return
        for point in parse_xml(self._path, part.blob).iter(f"{_DGM}pt"):
            if point.get("type", "node") != "node":
                continue
            for paragraph in point.iter(f"{_A}p"):
                yield Item(BlockKind.PARAGRAPH, [*self._runs(paragraph)])

    def _runs_of(self, shape: Any) -> Iterator[list[Run]]:
        for paragraph in shape.element.iter(f"{_A}p"):
            yield [*self._runs(paragraph)]

    def _paragraphs(self, shape: Any, kind: str) -> Iterator[Item]:
        chain = [*self._list_styles(shape, kind)]
        counts: dict[int, int] = {}
        for paragraph in shape.text_frame.paragraphs:
            runs = [*self._runs(paragraph._p)]
            if not any(run.text.strip() for run in runs):
                continue
            level = paragraph.level
            bullet = _bullet(paragraph._p.pPr, level, chain)
            if bullet is None:
                counts.clear()
                yield manual_list_item(Item(BlockKind.PARAGRAPH, runs))
                continue
            for deeper in [rank for rank in counts if rank > level]:
                del counts[deeper]
            marker = "•"
            if bullet:
                start, form = bullet
                counts[level] = counts.get(level, start - 1) + 1
                marker = form.format(counts[level])
            yield Item(BlockKind.LIST_ITEM, runs, level + 1, marker)

    def _list_styles(self, shape: Any, kind: str) -> Iterator[Any]:
        """Where the bullets of a shape are set, nearest first."""
        yield shape.element.find(f"{_P}txBody/{_A}lstStyle")
        layout = self._slide.slide_layout
        if shape.is_placeholder:
            index = shape.placeholder_format.idx
            for parent in layout.placeholders:
                if parent.placeholder_format.idx == index:
                    yield parent.element.find(f"{_P}txBody/{_A}lstStyle")
            for parent in layout.slide_master.placeholders:
                if _placeholder(parent) == "body" and kind in {"body", "obj", ""}:
                    yield parent.element.find(f"{_P}txBody/{_A}lstStyle")
            style = "bodyStyle" if kind in {"body", "obj", "", "subTitle"} else "otherStyle"
            yield layout.slide_master.element.find(f"{_P}txStyles/{_P}{style}")

    def _notes(self) -> Iterator[Item]:
        if not self._slide.has_notes_slide:
            return
        self._paper = None
        frame = self._slide.notes_slide.notes_text_frame
        if frame is None:
            return
        label = "Notes : "
        for paragraph in frame.paragraphs:
            runs = [*self._runs(paragraph._p)]
            if any(run.text.strip() for run in runs):
                yield Item(BlockKind.PARAGRAPH, [Run(label), *runs])
                label = ""


def _placeholder(shape: Any) -> str:
    """Kind of a placeholder as the file names it; « obj » when it does not."""
    holder = shape.element.find(f".//{_P}nvPr/{_P}ph")
    return str(holder.get("type", "obj")) if holder is not None else ""


def _hidden(shape: Any) -> bool:
    properties = shape.element.find(f".//{_P}cNvPr")
    return properties is not None and properties.get("hidden") in {"1", "true"}


def _runs(paragraph: Any) -> Iterator[tuple[Run, Any | None]]:
    """Runs of a paragraph, with their properties."""
    for child in paragraph:
        if child.tag == f"{_A}br":
            yield Run("\n"), None
            continue
        if child.tag not in {f"{_A}r", f"{_A}fld"}:
            continue
        properties = child.find(f"{_A}rPr")
        text = child.find(f"{_A}t")
        bold = properties is not None and properties.get("b") in {"1", "true"}
        run = Run((text.text if text is not None else "") or "", _colour(properties), bold)
        yield run, properties


def _colour(properties: Any | None) -> int:
    found = properties.find(f"{_A}solidFill/{_A}srgbClr") if properties is not None else None
    try:
        return int(found.get("val", "0"), 16) if found is not None else 0
    except ValueError:
        return 0


_FORMS: Final = {"ParenBoth": "({})", "ParenR": "{})", "Period": "{}.", "Plain": "{}"}


def _bullet(
    properties: Any | None, level: int, chain: Sequence[Any]
) -> tuple[int, str] | tuple[()] | None:
    """Numbering of a paragraph, `()` for a plain bullet, `None` without any."""
    owners = [
        properties,
        *(style.find(f"{_A}lvl{level + 1}pPr") for style in chain if style is not None),
    ]
    for owner in owners:
        if owner is None:
            continue
        for child in owner:
            if child.tag == f"{_A}buNone":
                return None
            if child.tag in {f"{_A}buChar", f"{_A}buBlip"}:
                return ()
            if child.tag == f"{_A}buAutoNum":
                kind = child.get("type", "arabicPeriod")
                form = next((f for end, f in _FORMS.items() if kind.endswith(end)), "{}.")
                # Letters and Roman numerals are rare: shown as a plain bullet.
                return (int(child.get("startAt", "1")), form) if "arabic" in kind else ()
    return None


def _table(table: Any, runs_of: Callable[[Any], Iterator[Run]]) -> Table:
    rows = []
    for row in table.rows:
        cells = []
        for cell in row.cells:
            if cell.is_spanned:
                continue
            items = [
                Item(BlockKind.PARAGRAPH, [*runs_of(paragraph._p)])
                for paragraph in cell.text_frame.paragraphs
            ]
            items = [item for item in items if item.text]
            merged = cell.is_merge_origin
            cells.append(
                TableCell(
                    items, cell.span_width if merged else 1, cell.span_height if merged else 1
                )
            )
        rows.append(cells)
    # PowerPoint sets this on every new table: it says nothing when rows are « name : value ».
    wide = max((len(row) for row in rows), default=0) > 2
    return Table(rows, 1 if table.first_row and wide else None)
