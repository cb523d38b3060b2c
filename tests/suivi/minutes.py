"""Minutes written in Word for the tests, and an engine that reads them without an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.errors import PageNotFoundError
from assistant.ingestion.chunking import split_passages
from assistant.ingestion.reader import read_file
from assistant.ingestion.series import series_passages
from assistant.model import Document, Page, Passage

Row = Sequence[str]


class Shelf:
    """Reads files as an ingestion would, and serves their pages and passages."""

    def __init__(self, *paths: Path, kind: str | None = None) -> None:
        self._documents: list[Document] = []
        self._pages: dict[tuple[str, int], Page] = {}
        self._passages: dict[str, list[Passage]] = {}
        for path in paths:
            self.add(path, kind=kind)

    def add(self, path: Path, *, kind: str | None = None) -> None:
        read = read_file(path, max_bytes=50_000_000, max_pages=500)
        identifier = path.stem
        metadata = replace(read.metadata, kind=kind) if kind else read.metadata
        counts: dict[str, int] = {}
        for page in read.pages:
            self._pages[identifier, page.number] = page
            counts[page.status.value] = counts.get(page.status.value, 0) + 1
        passages = split_passages(read, identifier)
        self._passages[identifier] = [*passages, *series_passages(passages)]
        self._documents.append(
            Document(identifier, path.name, str(path), metadata, len(read.pages), counts)
        )

    def documents(self) -> list[Document]:
        return sorted(self._documents, key=lambda one: one.file)

    def passages(self, document_id: str) -> list[Passage]:
        return self._passages[document_id]

    def page(self, document_id: str, number: int) -> Page:
        try:
            return self._pages[document_id, number]
        except KeyError:
            raise PageNotFoundError("Page inconnue.") from None

    def status(self) -> dict[str, Any]:
        return {"generation": "essai"}


class Writer:
    """A Word document, written part by part."""

    def __init__(self, title: str = "") -> None:
        import docx

        self._document = docx.Document()
        if title:
            self._document.add_heading(title, level=0)

    def heading(self, text: str, level: int = 1) -> Writer:
        self._document.add_heading(text, level=level)
        return self

    def text(self, *paragraphs: str) -> Writer:
        for one in paragraphs:
            self._document.add_paragraph(one)
        return self

    def items(self, *texts: str) -> Writer:
        for one in texts:
            self._document.add_paragraph(one, style="List Bullet")
        return self

    def red(self, text: str, before: str = "") -> Writer:
        from docx.shared import RGBColor

        paragraph = self._document.add_paragraph(before, style="List Bullet")
        paragraph.add_run(text).font.color.rgb = RGBColor(0xC0, 0, 0)
        return self

    def table(self, *rows: Row) -> Writer:
        table = self._document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
        for values in rows:
            for cell, value in zip(table.add_row().cells, values, strict=True):
                cell.text = value
        return self

    def save(self, path: Path) -> Path:
        self._document.save(str(path))
        return path


def shelf(folder: Path, **documents: Callable[[Writer], Writer] | Writer) -> Shelf:
    """Documents of kind « copil », by name of file without its suffix."""
    made = Shelf()
    for name, written in documents.items():
        assert isinstance(written, Writer)
        made.add(written.save(folder / f"{name}.docx"), kind="copil")
    return made
