"""Reading a Word file: its paragraphs, lists, tables and notes, page by page when it says so.

Word writes in the file where its pages began when it last laid them out. These marks give
the page numbers people see; without them, or when they cannot be true, the text is cut by
its main sections. python-docx opens the package; the tree is walked here, because text
boxes, tracked changes, notes and page marks are not in its interface.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from assistant.ingestion.hidden_text import HIDDEN
from assistant.ingestion.readers.archive import MACROS, Archive, damaged, parse_xml
from assistant.ingestion.readers.docx_hidden import (
    Sight,
    is_hidden_drawing,
    is_hidden_row,
    is_off_sheet,
)
from assistant.ingestion.readers.docx_styles import (
    Numbering,
    SectionLabels,
    Styles,
    W,
    colour,
    integer,
    on,
    row_cells,
    value,
)
from assistant.ingestion.readers.flow import Content, PageFlow, build_document
from assistant.ingestion.readers.flow_items import Item, Run, Table, TableCell, row_lines
from assistant.ingestion.readers.guess import guess_structure
from assistant.ingestion.readers.paging import Drawn, Entry, Mark, lay_pages, split_paragraph
from assistant.ingestion.readers.sections import cut_sections, settle_headings
from assistant.model import BlockKind, ReadDocument

_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_V: Final = "{urn:schemas-microsoft-com:vml}"
_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"

_SKIPPED: Final = {
    f"{W}del",
    f"{W}moveFrom",
    f"{W}pPr",
    f"{W}rPr",
    f"{W}sdtPr",
    f"{W}sdtEndPr",
    f"{_MC}Fallback",
    f"{W}instrText",
    f"{W}delText",
}
_DEPTH: Final = 60


@dataclass(slots=True)
class _Field:
    """A field being read.

    Attributes:
        counted: whether it shows the number of a page.
        code: whether what is read is what it computes, not what it shows.
    """

    counted: bool = False
    code: bool = True


@dataclass(slots=True)
class _Paragraph:
    """What a paragraph holds, cut where pages begin.

    Attributes:
        pieces: runs, or marks of a new page.
        boxes: paragraphs and tables of its text boxes.
        notes: identifiers of its footnotes.
    """

    pieces: list[Run | Mark] = field(default_factory=list)
    boxes: list[Content | Mark] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    images: bool = False


def read_docx(path: Path, archive: Archive, *, max_pages: int) -> ReadDocument:
    """Read a Word file (.docx, .docm, .dotx).

    Args:
        path: the file.
        archive: the file, checked.
        max_pages: more pages than this is refused.

    Raises:
        UnreadableFileError: `endommage`, `vide` or `trop_de_pages`.
    """
    return _Reader(path, archive).read(max_pages)


def _open(path: Path) -> Any:
    import docx  # noqa: F401  # registers its part types
    from docx.opc.part import PartFactory
    from docx.package import Package
    from docx.parts.document import DocumentPart

    for kind in (
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    ):
        PartFactory.part_type_for.setdefault(kind, DocumentPart)
    try:
        part = Package.open(str(path)).main_document_part
    except Exception as error:  # the library raises whatever a broken package makes it raise
        raise damaged(path) from error
    if not hasattr(part, "document"):
        raise damaged(path)
    return part


class _Reader:
    def __init__(self, path: Path, archive: Archive) -> None:
        self._path = path
        self._archive = archive
        self._part = _open(path)
        self._warnings: dict[str, None] = {}
        self._styles = Styles(self._related("styles"))
        self._numbering = Numbering(self._related("numbering"))
        self._notes = self._read_notes("footnotes", "footnote")
        self._endnotes = self._read_notes("endnotes", "endnote")
        self._fields: list[_Field] = []
        self._note_rank = 0
        self._sight = Sight(self._part.element, self._styles, self._edges())

    def read(self, max_pages: int) -> ReadDocument:
        body = self._part.element.find(f"{W}body")
        if body is None:
            raise damaged(self._path)
        entries = list(self._walk(body, 0))
        content = [entry for entry in entries if isinstance(entry, Item | Table)]
        guess_structure(content)
        settle_headings(content)
        if self._archive.macros:
            self._warn(MACROS)
        sections = list(body.iter(f"{W}sectPr"))
        pages = self._pages(entries, sections)
        paged = pages is not None
        if pages is None:
            pages = cut_sections(content)
            if pages and sections:
                pages[0].content += self._furniture(sections[0])
        return build_document(
            self._path,
            pages,
            unit="page" if paged else "section",
            info=self._info(),
            max_pages=max_pages,
            warnings=self._warnings,
        )

    def _warn(self, sentence: str) -> None:
        self._warnings[sentence] = None

    def _related(self, kind: str) -> Any | None:
        """Root of the part of a kind related to the document."""
        for relation in self._part.rels.values():
            if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
                part = relation.target_part
                element = getattr(part, "element", None)
                return element if element is not None else parse_xml(self._path, part.blob)
        return None

    def _edges(self) -> list[Any]:
        """Roots of the headers and footers."""
        roots = [
            getattr(relation.target_part, "element", None)
            for relation in self._part.rels.values()
            if not relation.is_external and relation.reltype.endswith(("/header", "/footer"))
        ]
        return [root for root in roots if root is not None]

    def _info(self) -> dict[str, str]:
        try:
            properties = self._part.core_properties
            return {"title": properties.title or "", "author": properties.author or ""}
        except Exception:  # properties are optional and often damaged
            return {}

    def _read_notes(self, kind: str, tag: str) -> dict[str, Any]:
        root = self._related(kind)
        if root is None:
            return {}
        return {
            note.get(f"{W}id", ""): note
            for note in root.iterchildren(f"{W}{tag}")
            if note.get(f"{W}type", "normal") == "normal"
        }

    # --- Blocks --------------------------------------------------------------------------

    def _walk(self, parent: Any, depth: int) -> Iterator[Entry]:
        """Blocks of a body, a cell, a note or a text box, in order."""
        if depth > _DEPTH:
            return
        for child in parent:
            tag = child.tag
            if tag == f"{W}p":
                yield from self._paragraph(child, depth)
            elif tag == f"{W}tbl":
                yield self._table(child, depth)
            elif tag == f"{W}altChunk":
                self._warn("Un document inséré dans ce fichier n’est pas lu.")
            elif tag == f"{W}sectPr":
                continue
            elif isinstance(tag, str) and tag not in _SKIPPED:
                # Content controls, custom XML, insertions and choices hold blocks.
                yield from self._walk(child, depth + 1)

    def _paragraph(self, element: Any, depth: int) -> Iterator[Entry]:
        properties = element.find(f"{W}pPr")
        style = value(properties, "pStyle") if properties is not None else None
        style = style or self._styles.default
        held = _Paragraph()
        if is_off_sheet(properties):
            if "".join(element.itertext(f"{W}t")).strip():
                self._warn(HIDDEN)
            return
        self._inline(element, held, style, depth)
        for open_field in self._fields:
            open_field.code = (
                False  # an unfinished field must not take the rest of the file with it
            )
        if on(properties, "pageBreakBefore"):
            yield Mark(typed=True)
        role = BlockKind.PARAGRAPH, 0, ""
        if any(isinstance(piece, Run) and piece.text.strip() for piece in held.pieces):
            role = self._role(element, style)
        yield from split_paragraph(held.pieces, *role)
        if held.images:
            yield Drawn()
        for note, kind in held.notes:
            yield from self._note(note, kind, depth)
        yield from held.boxes
        section = properties.find(f"{W}sectPr") if properties is not None else None
        if section is not None:
            stays = value(section, "type") in {"continuous", "nextColumn"}
            yield Mark(typed=True, turns=not stays, section=1)

    def _role(self, element: Any, style: str | None) -> tuple[BlockKind, int, str]:
        names = self._styles.names(style)
        numbering = self._styles.numbering(element, style)
        marker = self._numbering.marker(*numbering) if numbering else ""
        if any(name in {"title", "titre"} for name in names[:2]):
            return BlockKind.TITLE, 0, ""
        if any(name in {"caption", "légende"} for name in names):
            return BlockKind.CAPTION, 0, ""
        if any(name.startswith(("toc ", "tm ", "table of figures")) for name in names):
            return BlockKind.PARAGRAPH, 0, ""
        outline = self._styles.outline(element, style)
        if outline:
            return BlockKind.HEADING, outline, "" if marker == "•" else marker
        if numbering:
            return BlockKind.LIST_ITEM, numbering[1] + 1, marker or "•"
        return BlockKind.PARAGRAPH, 0, ""

    def _note(self, identifier: str, kind: str, depth: int) -> Iterator[Content]:
        note = (self._notes if kind == "footnote" else self._endnotes).get(identifier)
        if note is None:
            return
        self._note_rank += 1
        runs: list[Run] = []
        for entry in self._walk(note, depth + 1):
            if isinstance(entry, Item):
                runs += [Run(" "), *entry.runs]
        yield Item(BlockKind.FOOTNOTE, runs, 0, str(self._note_rank))

    def _table(self, element: Any, depth: int) -> Table:
        rows: list[list[TableCell]] = []
        open_cells: dict[int, TableCell] = {}
        starts: set[int] = set()
        headers = 0
        for row in element.iter(f"{W}tr"):
            if next(row.iterancestors(f"{W}tbl"), None) is not element:
                continue
            properties = row.find(f"{W}trPr")
            if self._is_left_out(row, properties):
                continue
            if on(properties, "tblHeader") and headers == len(rows):
                headers += 1
            column = integer(value(properties, "gridBefore") if properties is not None else None)
            cells: list[TableCell] = []
            if column:
                cells.append(TableCell([], column))
            for cell in row_cells(row):
                settings = cell.find(f"{W}tcPr")
                width = max(1, integer(value(settings, "gridSpan"), 1))
                merge = settings.find(f"{W}vMerge") if settings is not None else None
                items, broken = self._cell_items(cell, depth)
                if broken:
                    starts.add(len(rows))
                if merge is not None and merge.get(f"{W}val", "continue") == "continue":
                    above = open_cells.get(column)
                    if above is not None:
                        above.rows += 1
                        column += width
                        continue
                held = TableCell(items, width)
                if merge is not None:
                    open_cells[column] = held
                else:
                    open_cells.pop(column, None)
                cells.append(held)
                column += width
            rows.append(cells)
        return Table(rows, headers or None, starts)

    def _is_left_out(self, row: Any, properties: Any | None) -> bool:
        """Whether a row is deleted or hidden."""
        if properties is not None and properties.find(f"{W}del") is not None:
            return True
        if is_hidden_row(properties):
            if "".join(row.itertext(f"{W}t")).strip():
                self._warn(HIDDEN)
            return True
        return False

    def _cell_items(self, cell: Any, depth: int) -> tuple[list[Item], bool]:
        """Paragraphs of a cell, nested tables as lines; whether a page begins in it."""
        items: list[Item] = []
        broken = False
        for entry in self._walk(cell, depth + 1):
            if isinstance(entry, Item):
                items.append(entry)
            elif isinstance(entry, Table):
                items += row_lines(entry)
            elif isinstance(entry, Mark):
                broken = True
        return items, broken

    # --- Runs ----------------------------------------------------------------------------

    def _inline(self, element: Any, held: _Paragraph, style: str | None, depth: int) -> None:
        if depth > _DEPTH:
            return
        for child in element:
            tag = child.tag
            if tag in {f"{W}del", f"{W}moveFrom"}:
                self._warn("Modifications suivies : les ajouts sont lus, les suppressions non.")
            elif tag in {f"{W}ins", f"{W}moveTo"}:
                self._warn("Modifications suivies : les ajouts sont lus, les suppressions non.")
                self._inline(child, held, style, depth + 1)
            elif tag == f"{W}r":
                self._run(child, held, style, depth)
            elif tag == f"{W}fldSimple" and "PAGE" in child.get(f"{W}instr", "").split():
                continue
            elif tag == f"{_M}t":
                held.pieces.append(Run(child.text or ""))
            elif isinstance(tag, str) and tag not in _SKIPPED:
                self._inline(child, held, style, depth + 1)

    def _run(self, run: Any, held: _Paragraph, style: str | None, depth: int) -> None:
        properties = run.find(f"{W}rPr")
        own = value(properties, "rStyle") if properties is not None else None
        hidden = on(properties, "vanish")
        if hidden is None:
            hidden = self._styles.toggle("vanish", own, style)
        tint = colour(properties)
        if tint is None:
            tint = self._styles.colour(own, style)
        bold = on(properties, "b")
        if bold is None:
            bold = self._styles.toggle("b", own, style)
        unseen = bool(hidden) or self._sight.hides(run, properties, own, style)
        notes = len(held.notes)
        for child in run:
            text = self._run_text(child, held, depth)
            if not text or any(field.counted for field in self._fields[-1:]):
                continue
            if any(field.code for field in self._fields):
                if text.strip():
                    self._warn(HIDDEN)
                continue
            if unseen:
                if text.strip():
                    self._warn(HIDDEN)
                continue
            held.pieces.append(Run(text, tint, bool(bold)))
        if unseen and len(held.notes) > notes:
            # A note whose call is hidden is not shown either.
            del held.notes[notes:]
            self._warn(HIDDEN)

    def _run_text(self, child: Any, held: _Paragraph, depth: int) -> str:  # noqa: PLR0911, PLR0912  # one branch a kind of child
        """Text of a child of a run; marks, notes and drawings go to the paragraph."""
        match child.tag.removeprefix(W) if isinstance(child.tag, str) else "":
            case "t":
                return child.text or ""
            case "tab" | "ptab":
                return "\t"
            case "cr":
                return "\n"
            case "noBreakHyphen":
                return "\u2011"
            case "sym":
                return _symbol(child.get(f"{W}char"))
            case "br":
                if child.get(f"{W}type") == "page":
                    held.pieces.append(Mark(typed=True))
                    return ""
                return "\n"
            case "lastRenderedPageBreak":
                held.pieces.append(Mark())
            case "footnoteReference":
                held.notes.append((child.get(f"{W}id", ""), "footnote"))
            case "endnoteReference":
                held.notes.append((child.get(f"{W}id", ""), "endnote"))
            case "fldChar":
                self._field(child)
            case "instrText":
                if self._fields and "PAGE" in (child.text or "").split():
                    self._fields[-1].counted = True
            case "drawing" | "pict" | "object":
                self._drawing(child, held, depth)
            case "ruby":
                return "".join(text.text or "" for text in child.iterfind(f"{W}rubyBase//{W}t"))
            case _:
                if child.tag == f"{_MC}AlternateContent":
                    self._drawing(child, held, depth)
        return ""

    def _field(self, mark: Any) -> None:
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append(_Field())
        elif kind == "separate" and self._fields:
            self._fields[-1].code = False
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _drawing(self, element: Any, held: _Paragraph, depth: int) -> None:
        """Text boxes of a drawing, read once: the fallback repeats the choice."""
        if is_hidden_drawing(element):
            if "".join(element.itertext(f"{W}t")).strip():
                self._warn(HIDDEN)
            return
        boxes = [
            box
            for box in element.iter(f"{W}txbxContent")
            if not any(parent.tag == f"{_MC}Fallback" for parent in box.iterancestors())
            and not any(
                parent.tag == f"{W}txbxContent" and parent is not box
                for parent in box.iterancestors()
            )
        ]
        if not boxes:
            boxes = list(element.iter(f"{W}txbxContent"))[:1]
        for box in boxes:
            for entry in self._walk(box, depth + 1):
                if isinstance(entry, Item | Table):
                    held.boxes.append(entry)
        if next(element.iter(f"{_A}blip", f"{_V}imagedata"), None) is not None:
            held.images = True

    # --- Pages ---------------------------------------------------------------------------

    def _pages(self, entries: list[Entry], sections: list[Any]) -> list[PageFlow] | None:
        laid = lay_pages(entries, SectionLabels(sections))
        if laid is None:
            return None
        pages, owners = laid
        for page, owner in zip(pages, owners, strict=True):
            if sections:
                page.content += self._furniture(sections[min(owner, len(sections) - 1)])
        return pages

    def _furniture(self, section: Any) -> list[Content]:
        """Header and footer of a section, page numbers left out."""
        found: list[Content] = []
        for tag, kind in (("header", BlockKind.HEADER), ("footer", BlockKind.FOOTER)):
            for reference in section.iterchildren(f"{W}{tag}Reference"):
                if reference.get(f"{W}type", "default") != "default":
                    continue
                identifier = reference.get(
                    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
                )
                relation = self._part.rels.get(identifier)
                if relation is None or relation.is_external:
                    continue
                root = getattr(relation.target_part, "element", None)
                if root is None:
                    continue
                for entry in self._walk(root, 0):
                    entries = [entry] if isinstance(entry, Item) else []
                    if isinstance(entry, Table):
                        entries = [
                            item for row in entry.rows for cell in row for item in cell.items
                        ]
                    found += [Item(kind, item.runs) for item in entries]
        return found


def _symbol(code: str | None) -> str:
    try:
        return chr(int(code or "", 16))
    except (ValueError, OverflowError):
        return ""
