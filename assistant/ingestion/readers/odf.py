"""What the readers of OpenDocument texts and presentations share: styles, paragraphs, tables.

The format is read as the standard describes it (OASIS OpenDocument 1.3, part 3), with
lxml: marks of pages, tracked changes, hidden text and list numbers are not in the
interfaces of the libraries that edit such files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from assistant.ingestion.hidden_text import HIDDEN
from assistant.ingestion.readers.archive import Archive, parse_xml
from assistant.ingestion.readers.docx_styles import written
from assistant.ingestion.readers.flow_items import Item, Run, Table, TableCell, row_lines
from assistant.ingestion.readers.odf_hidden import (
    OdfSight,
    has_coloured_pages,
    hides_paragraph,
    is_collapsed,
    is_hidden,
)
from assistant.ingestion.readers.paging import Drawn, Entry, Mark, split_paragraph
from assistant.model import BlockKind

OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DRAW: Final = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
FO: Final = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
DC: Final = "{http://purl.org/dc/elements/1.1/}"
META: Final = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"

_FORMS: Final = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
}
_UNSPOKEN: Final = frozenset(
    {
        f"{OFFICE}annotation",
        f"{OFFICE}annotation-end",
        f"{TEXT}tracked-changes",
        f"{TEXT}hidden-text",
        f"{TEXT}ruby-text",
        f"{TEXT}page-number",
        f"{TEXT}page-count",
        f"{TEXT}sequence-decls",
        f"{TEXT}variable-decls",
        f"{TEXT}user-field-decls",
        f"{OFFICE}forms",
        f"{OFFICE}event-listeners",
    }
)
_MAX_DEPTH: Final = 60
_MAX_REPEAT: Final = 200

TRACKED: Final = "Modifications suivies : les ajouts sont lus, les suppressions non."


def number(text: str | None, default: int = 1) -> int:
    """A positive integer attribute, or `default`."""
    return int(text) if text is not None and text.isascii() and text.isdigit() else default


@dataclass(slots=True)
class _Look:
    """What a style says of characters.

    Attributes:
        styles: names of the styles of characters, nearest first, and of the one of paragraph.
    """

    colour: int | None = None
    bold: bool | None = None
    hidden: bool | None = None
    styles: tuple[tuple[str, ...], str | None] = ((), None)


class OdfStyles:
    """Styles of a file, by family and name."""

    def __init__(self, roots: list[Any]) -> None:
        self._styles: dict[tuple[str, str], Any] = {}
        self._lists: dict[str, dict[int, Any]] = {}
        self.outline: dict[int, Any] = {}
        for root in roots:
            for style in root.iter(f"{STYLE}style"):
                key = (style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", ""))
                self._styles[key] = style
            for style in root.iter(f"{TEXT}list-style"):
                self._lists[style.get(f"{STYLE}name", "")] = _levels(style)
            for style in root.iter(f"{TEXT}outline-style"):
                self.outline = _levels(style)

    def chain(self, family: str, name: str | None) -> Iterator[Any]:
        """A style, then its parents."""
        seen: set[str] = set()
        while name and name not in seen and (family, name) in self._styles:
            seen.add(name)
            style = self._styles[(family, name)]
            yield style
            name = style.get(f"{STYLE}parent-style-name")

    def names(self, family: str, name: str | None) -> list[str]:
        """Names of a style and of its parents, lower case, as written in the interface."""
        return [
            (style.get(f"{STYLE}display-name") or style.get(f"{STYLE}name", ""))
            .replace("_20_", " ")
            .casefold()
            for style in self.chain(family, name)
        ] or ([name.replace("_20_", " ").casefold()] if name else [])

    def property(self, family: str, name: str | None, group: str, key: str) -> str | None:
        """A formatting property, from the nearest style that sets it."""
        for style in self.chain(family, name):
            for properties in style.iterchildren(f"{STYLE}{group}-properties"):
                value = properties.get(key)
                if value is not None:
                    return str(value)
        return None

    def look(self, family: str, name: str | None) -> _Look:
        """Colour, weight and visibility a style gives; `None` for what it leaves alone."""
        colour = self.property(family, name, "text", f"{FO}color")
        weight = self.property(family, name, "text", f"{FO}font-weight")
        display = self.property(family, name, "text", f"{TEXT}display")
        tint = None
        if colour and colour.startswith("#") and len(colour) == 7:
            try:
                tint = int(colour[1:], 16)
            except ValueError:
                tint = None
        return _Look(
            tint,
            None if weight is None else weight in {"bold", "600", "700", "800", "900"},
            None if display is None else display == "none",
        )

    def list_level(self, name: str | None, level: int) -> Any | None:
        """Definition of a level (from 1) of a list style."""
        return self._lists.get(name or "", {}).get(level)


def _levels(style: Any) -> dict[int, Any]:
    return {number(child.get(f"{TEXT}level")): child for child in style}


@dataclass(slots=True)
class _Paragraph:
    pieces: list[Run | Mark] = field(default_factory=list)
    after: list[Entry] = field(default_factory=list)


class OdfWalker:
    """Turns the elements of an OpenDocument file into entries, in reading order."""

    def __init__(self, path: Path, archive: Archive) -> None:
        self.path = path
        self.content = parse_xml(path, archive.read("content.xml"))
        self.extra = (
            parse_xml(path, archive.read("styles.xml")) if "styles.xml" in archive.names else None
        )
        self._meta = (
            parse_xml(path, archive.read("meta.xml")) if "meta.xml" in archive.names else None
        )
        roots = [root for root in (self.extra, self.content) if root is not None]
        self.styles = OdfStyles(roots)
        self.sight = OdfSight(
            self.styles.property,
            self.content.find(f"{OFFICE}body/{OFFICE}text"),
            has_coloured_pages(roots),
        )
        self.warnings: dict[str, None] = {}
        self._outline: dict[int, int] = {}
        self._continued: dict[str, dict[int, int]] = {}

    def warn(self, sentence: str) -> None:
        """Add a sentence to the ledger, once."""
        self.warnings[sentence] = None

    def info(self) -> dict[str, str]:
        """Properties of the file, by lower-case name."""
        if self._meta is None:
            return {}

        def first(*tags: str) -> str:
            found = (self._meta.find(f".//{tag}") for tag in tags)  # type: ignore[union-attr]
            return next((item.text for item in found if item is not None and item.text), "")

        return {
            "title": first(f"{DC}title"),
            "author": first(f"{META}initial-creator", f"{DC}creator"),
        }

    # --- Blocks --------------------------------------------------------------------------

    def walk(self, parent: Any, depth: int = 0) -> Iterator[Entry]:
        """Blocks of an element, in order."""
        if depth > _MAX_DEPTH:
            return
        for child in parent:
            tag = child.tag
            if not isinstance(tag, str):
                continue
            if tag == f"{TEXT}tracked-changes":
                self.warn(TRACKED)
            elif tag in _UNSPOKEN:
                continue
            elif is_hidden(child):
                self.warn(HIDDEN)
            elif tag in {f"{TEXT}p", f"{TEXT}h"}:
                yield from self.paragraph(child, depth)
            elif tag == f"{TEXT}list":
                yield from self._list(child, depth, 1, None, {})
            elif tag == f"{TABLE}table":
                yield self._table(child, depth)
            elif tag == f"{DRAW}image":
                yield Drawn()
            else:
                yield from self.walk(child, depth + 1)

    def paragraph(
        self, element: Any, depth: int, item: tuple[int, str] | None = None
    ) -> Iterator[Entry]:
        """A paragraph or a heading.

        Args:
            element: `text:p` or `text:h`.
            depth: how deep it stands in the file.
            item: depth and marker, for the first paragraph of an item of a list.
        """
        if hides_paragraph(element):
            self.warn(HIDDEN)
            return
        style = element.get(f"{TEXT}style-name")
        held = _Paragraph()
        look = replace(self.styles.look("paragraph", style), styles=((), style))
        self._inline(element, held, look, depth)
        kind, level, marker = BlockKind.PARAGRAPH, 0, ""
        if any(isinstance(piece, Run) and piece.text.strip() for piece in held.pieces):
            kind, level, marker = self._role(element, style)
            if item is not None and kind is BlockKind.PARAGRAPH:
                kind, (level, marker) = BlockKind.LIST_ITEM, item
        yield from split_paragraph(held.pieces, kind, level, marker)
        yield from held.after

    def _role(self, element: Any, style: str | None) -> tuple[BlockKind, int, str]:
        names = self.styles.names("paragraph", style)
        if any(name in {"title", "titre", "titre principal"} for name in names):
            return BlockKind.TITLE, 0, ""
        if element.tag == f"{TEXT}h" and element.get(f"{TEXT}is-list-header") != "true":
            level = number(element.get(f"{TEXT}outline-level"))
            return BlockKind.HEADING, level, self._outline_number(level)
        if any(name in {"caption", "légende", "illustration"} for name in names):
            return BlockKind.CAPTION, 0, ""
        return BlockKind.PARAGRAPH, 0, ""

    def _outline_number(self, level: int) -> str:
        for deeper in [rank for rank in self._outline if rank > level]:
            del self._outline[deeper]
        definition = self.styles.outline.get(level)
        start = number(definition.get(f"{TEXT}start-value")) if definition is not None else 1
        self._outline[level] = self._outline.get(level, start - 1) + 1
        return _label(definition, level, self._outline) if definition is not None else ""

    def _list(
        self, element: Any, depth: int, level: int, style: str | None, counts: dict[int, int]
    ) -> Iterator[Entry]:
        if depth > _MAX_DEPTH:
            return
        style = element.get(f"{TEXT}style-name") or style
        definition = self.styles.list_level(style, level)
        if element.get(f"{TEXT}continue-numbering") == "true":
            counts = {**self._continued.get(style or "", {}), **counts}
        for child in element:
            if child.tag not in {f"{TEXT}list-item", f"{TEXT}list-header"}:
                continue
            marker = self._count(child, definition, level, counts)
            for part in child:
                if part.tag == f"{TEXT}list":
                    yield from self._list(part, depth + 1, level + 1, style, counts)
                elif part.tag in {f"{TEXT}p", f"{TEXT}h"}:
                    first = (level, marker) if marker is not None else None
                    for entry in self.paragraph(part, depth, first):
                        if isinstance(entry, Item) and entry.kind is BlockKind.LIST_ITEM:
                            marker = None
                        yield entry
        self._continued[style or ""] = dict(counts)

    def _count(
        self, item: Any, definition: Any | None, level: int, counts: dict[int, int]
    ) -> str | None:
        """Count an item and give its marker; `None` for a header, which has none."""
        if item.tag == f"{TEXT}list-header":
            return None
        if any(part.tag != f"{TEXT}list" for part in item):
            start = number(definition.get(f"{TEXT}start-value")) if definition is not None else 1
            own = item.get(f"{TEXT}start-value")
            counts[level] = number(own) if own else counts.get(level, start - 1) + 1
            for deeper in [rank for rank in counts if rank > level]:
                del counts[deeper]
        return _label(definition, level, counts) or "•"

    def _table(self, element: Any, depth: int) -> Table:
        rows: list[list[TableCell]] = []
        headers = 0
        for row in element.iter(f"{TABLE}table-row"):
            if next(row.iterancestors(f"{TABLE}table"), None) is not element:
                continue
            if is_collapsed(row):
                if "".join(row.itertext()).strip():
                    self.warn(HIDDEN)
                continue
            cells: list[TableCell] = []
            for cell in row.iterchildren(f"{TABLE}table-cell"):
                items = self._cell_items(cell, depth)
                repeat = number(cell.get(f"{TABLE}number-columns-repeated"))
                for _ in range(min(repeat, _MAX_REPEAT)):
                    cells.append(
                        TableCell(
                            items,
                            number(cell.get(f"{TABLE}number-columns-spanned")),
                            number(cell.get(f"{TABLE}number-rows-spanned")),
                        )
                    )
            if row.getparent().tag == f"{TABLE}table-header-rows" and headers == len(rows):
                headers += 1
            rows.append(cells)
        return Table(rows, headers or None)

    def _cell_items(self, cell: Any, depth: int) -> list[Item]:
        items: list[Item] = []
        for entry in self.walk(cell, depth + 1):
            if isinstance(entry, Item):
                items.append(entry)
            elif isinstance(entry, Table):
                items += row_lines(entry)
        return items

    # --- Runs ----------------------------------------------------------------------------

    def _inline(self, element: Any, held: _Paragraph, look: _Look, depth: int) -> None:
        if depth > _MAX_DEPTH:
            return
        # Styles are looked at once an element, and only where there is something to hide.
        spoken = any((text or "").strip() for text in (element.text, *_tails(element)))
        said = look
        if spoken and not look.hidden and self.sight.hides(element, *look.styles):
            said = replace(look, hidden=True)
        self._say(element.text, held, said)
        for child in element:
            if isinstance(child.tag, str):
                self._child(child, held, look, depth)
            self._say(child.tail, held, said)

    def _child(self, child: Any, held: _Paragraph, look: _Look, depth: int) -> None:
        match child.tag:
            case tag if tag == f"{TEXT}s":
                self._say(" ", held, look)
            case tag if tag == f"{TEXT}tab":
                self._say("\t", held, look)
            case tag if tag == f"{TEXT}line-break":
                held.pieces.append(Run("\n"))
            case tag if tag == f"{TEXT}note":
                held.after.append(self._note(child, depth))
            case tag if tag == f"{TEXT}hidden-text":
                self.warn(HIDDEN)
            case tag if is_hidden(child):
                self.warn(HIDDEN)
            case tag if tag in _UNSPOKEN:
                pass
            case tag if tag.startswith(DRAW):
                held.after.extend(self.walk([child], depth + 1))
            case tag if tag == f"{TEXT}span":
                own = self.styles.look("text", child.get(f"{TEXT}style-name"))
                inner = _Look(
                    look.colour if own.colour is None else own.colour,
                    look.bold if own.bold is None else own.bold,
                    look.hidden if own.hidden is None else own.hidden,
                    ((child.get(f"{TEXT}style-name", ""), *look.styles[0]), look.styles[1]),
                )
                self._inline(child, held, inner, depth + 1)
            case _:
                self._inline(child, held, look, depth + 1)

    def _say(self, text: str | None, held: _Paragraph, look: _Look) -> None:
        if not text:
            return
        if look.hidden:
            if text.strip():
                self.warn(HIDDEN)
            return
        # Line ends of the file are spaces; those of the text are elements.
        held.pieces.append(Run(text.replace("\n", " "), look.colour or 0, bool(look.bold)))

    def _note(self, note: Any, depth: int) -> Item:
        citation = note.find(f"{TEXT}note-citation")
        body = note.find(f"{TEXT}note-body")
        runs: list[Run] = []
        for entry in self.walk(body if body is not None else (), depth + 1):
            if isinstance(entry, Item):
                runs += [Run(" "), *entry.runs]
        mark = (citation.text or "").strip() if citation is not None else ""
        return Item(BlockKind.FOOTNOTE, runs, 0, mark)


def _tails(element: Any) -> Iterator[str | None]:
    return (child.tail for child in element)


def _label(definition: Any | None, level: int, counts: dict[int, int]) -> str:
    """Number of a paragraph as its level shows it; empty for a bullet."""
    if definition is None:
        return ""
    form = _FORMS.get(definition.get(f"{STYLE}num-format", ""))
    if form is None:
        return ""
    shown = number(definition.get(f"{TEXT}display-levels"))
    ranks = range(max(1, level - shown + 1), level + 1)
    body = ".".join(written(counts.get(rank, 1), form) for rank in ranks)
    prefix = definition.get(f"{STYLE}num-prefix", "")
    return f"{prefix}{body}{definition.get(f'{STYLE}num-suffix', '')}".strip()
