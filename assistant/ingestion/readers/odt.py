"""Reading an OpenDocument text (.odt)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.ingestion.readers.archive import MACROS, Archive, damaged
from assistant.ingestion.readers.flow import Content, build_document
from assistant.ingestion.readers.flow_items import Item, Table
from assistant.ingestion.readers.guess import guess_structure
from assistant.ingestion.readers.odf import OFFICE, STYLE, OdfWalker
from assistant.ingestion.readers.sections import cut_sections, settle_headings
from assistant.model import BlockKind, ReadDocument


def read_odt(path: Path, archive: Archive, *, max_pages: int) -> ReadDocument:
    """Read an OpenDocument text.

    It is cut by its main sections. The marks that word processors leave where a page began
    (`text:soft-page-break`) are not followed: a file saved by LibreOffice 7.4 gave four pages
    where its own export to PDF had three, and a wrong page is worse than a section.

    Args:
        path: the file.
        archive: the file, checked.
        max_pages: more pages than this is refused.

    Raises:
        UnreadableFileError: `endommage`, `vide` or `trop_de_pages`.
    """
    walker = OdfWalker(path, archive)
    body = walker.content.find(f"{OFFICE}body/{OFFICE}text")
    if body is None:
        raise damaged(path)
    content = [entry for entry in walker.walk(body) if isinstance(entry, Item | Table)]
    guess_structure(content)
    settle_headings(content)
    pages = cut_sections(content)
    pages[0].content += _furniture(walker)
    return build_document(
        path,
        pages,
        unit="section",
        info=walker.info(),
        max_pages=max_pages,
        warnings=[*walker.warnings, *([MACROS] if archive.macros else [])],
    )


def _furniture(walker: OdfWalker) -> list[Content]:
    """Header and footer of the ordinary pages, page numbers left out."""
    if walker.extra is None:
        return []
    masters: list[Any] = list(walker.extra.iter(f"{STYLE}master-page"))
    usual = next((m for m in masters if m.get(f"{STYLE}name") == "Standard"), None)
    master = usual if usual is not None else next(iter(masters), None)
    found: list[Content] = []
    for tag, kind in (("header", BlockKind.HEADER), ("footer", BlockKind.FOOTER)):
        for element in master.iterchildren(f"{STYLE}{tag}") if master is not None else ():
            for entry in walker.walk(element):
                if isinstance(entry, Item):
                    found.append(Item(kind, entry.runs))
                elif isinstance(entry, Table):
                    cells = [cell for row in entry.rows for cell in row]
                    found += [Item(kind, item.runs) for cell in cells for item in cell.items]
    return found
