"""What a PDF says of itself: outline, page labels, metadata, attachments, scripts.

Read with pypdf, which knows the format's structures; every part is optional and a damaged
one is left out with a warning, because text matters more than its table of contents.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from assistant.ingestion.numbering import bare_title, fold_title

MAX_OUTLINE: Final = 5000


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark: its title, depth from 1 and physical page from 1."""

    title: str
    level: int
    page: int


@dataclass(slots=True)
class PdfStructure:
    """Structure of a PDF besides its pages.

    Attributes:
        info: document information, by lower-case key (`title`, `author`, `creationdate`…).
        labels: printed page labels, empty when the file defines none.
    """

    outline: list[OutlineEntry] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    info: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def unreadable_structure() -> PdfStructure:
    """What stands for the structure of a PDF when it could not be read."""
    return PdfStructure(warnings=["La structure du fichier (sommaire, métadonnées) est illisible."])


def read_structure(path: Path, page_count: int, password: str | None = None) -> PdfStructure:
    """Read the structure of a PDF; never raises for a damaged one."""
    # Opened here: pypdf keeps open the damaged files it fails on.
    with path.open("rb") as stream:
        return _read_structure(stream, page_count, password)


def _read_structure(stream: BinaryIO, page_count: int, password: str | None) -> PdfStructure:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    structure = PdfStructure()
    try:
        reader = PdfReader(stream, strict=False)
        if reader.is_encrypted:
            reader.decrypt(password or "")
        root = reader.trailer["/Root"]
    except Exception:  # pypdf raises many kinds of errors on damaged files
        return unreadable_structure()
    for part in (_read_info, _read_labels, _read_outline, _read_extras):
        try:
            part(reader, root, page_count, structure)
        except Exception:  # noqa: S112  # an optional part that cannot be read is left out
            continue
    return structure


def outline_by_page(structure: PdfStructure) -> dict[int, dict[str, int]]:
    """Depth of the outline's entries by page, then by folded title, numbered or not."""
    pages: dict[int, dict[str, int]] = {}
    for entry in structure.outline:
        titles = pages.setdefault(entry.page, {})
        titles.setdefault(fold_title(entry.title), entry.level)
        titles.setdefault(bare_title(entry.title), entry.level)
    return pages


def _read_info(reader: Any, root: Any, page_count: int, structure: PdfStructure) -> None:
    info = reader.metadata or {}
    for key, value in info.items():
        text = str(value).replace("\x00", "").strip()
        if text:
            structure.info[str(key).lstrip("/").casefold()] = text[:500]


def _read_labels(reader: Any, root: Any, page_count: int, structure: PdfStructure) -> None:
    if "/PageLabels" in root and page_count <= 5000:
        labels = [str(label)[:20] for label in reader.page_labels]
        if len(labels) == page_count:
            structure.labels = labels


def _read_outline(reader: Any, root: Any, page_count: int, structure: PdfStructure) -> None:
    if "/Outlines" not in root:
        return

    def walk(entries: list[Any], level: int) -> None:
        for entry in entries:
            if len(structure.outline) >= MAX_OUTLINE or level > 8:
                return
            if isinstance(entry, list):
                walk(entry, level + 1)
                continue
            page = reader.get_destination_page_number(entry)
            if page is not None and 0 <= page < page_count:
                title = " ".join(str(entry.title).replace("\x00", "").split())
                if title:
                    structure.outline.append(OutlineEntry(title, level, page + 1))

    walk(reader.outline, 1)


def _read_extras(reader: Any, root: Any, page_count: int, structure: PdfStructure) -> None:
    names = root.get("/Names")
    names = names.get_object() if names is not None else {}
    if "/EmbeddedFiles" in names:
        structure.warnings.append("Le fichier contient des pièces jointes : elles sont ignorées.")
    action = root.get("/OpenAction")
    action = action.get_object() if action is not None else None
    scripted = isinstance(action, dict) and action.get("/S") == "/JavaScript"
    if "/JavaScript" in names or scripted:
        structure.warnings.append("Le fichier contient des scripts : ils sont ignorés.")
