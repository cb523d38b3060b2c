"""A small page builder: tests say what stands where, in points from the top left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.ingestion.reader import read_file
from assistant.model import BlockKind, Page, ReadDocument

A4 = (595.0, 842.0)
SLIDE = (720.0, 405.0)
BODY = (
    "Le déploiement de la télésurveillance repose sur les équipes de soins et sur un socle",
    "commun de services numériques que la région met à la disposition des établissements.",
)


class Sheet:
    """A PDF being drawn, with y counted from the top of the page."""

    def __init__(self, path: Path, size: tuple[float, float] = A4) -> None:
        from reportlab.pdfgen.canvas import Canvas

        self.path = path
        self.size = size
        self.canvas: Any = Canvas(str(path), pagesize=size, invariant=1)

    def text(
        self,
        x: float,
        y: float,
        *lines: str,
        size: float = 10,
        bold: bool = False,
        colour: tuple[float, float, float] = (0, 0, 0),
        step: float = 1.25,
    ) -> Sheet:
        """Write lines one under the other, the first baseline at `y`."""
        self.canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        self.canvas.setFillColorRGB(*colour)
        for row, line in enumerate(lines):
            self.canvas.drawString(x, self.size[1] - y - row * step * size, line)
        self.canvas.setFillColorRGB(0, 0, 0)
        return self

    def grid(self, xs: list[float], ys: list[float], rows: list[list[str]]) -> Sheet:
        """Draw a ruled table."""
        for y in ys:
            self.canvas.line(xs[0], self.size[1] - y, xs[-1], self.size[1] - y)
        for x in xs:
            self.canvas.line(x, self.size[1] - ys[0], x, self.size[1] - ys[-1])
        for y, row in zip(ys, rows, strict=False):
            for x, cell in zip(xs, row, strict=False):
                self.text(x + 3, y + 13, cell, size=9)
        return self

    def next(self) -> Sheet:
        """Start another page."""
        self.canvas.showPage()
        return self

    def save(self) -> Path:
        """Write the file."""
        self.canvas.showPage()
        self.canvas.save()
        return self.path


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Sheet]:
    pytest.importorskip("reportlab")
    return lambda size=A4, name="essai.pdf": Sheet(tmp_path / name, size)


def rotate(path: Path, angle: int) -> Path:
    """Ask viewers to turn the pages clockwise."""
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=path)
    for page in writer.pages:
        page.rotate(angle)
    writer.write(path)
    return path


def read(path: Path) -> ReadDocument:
    document = read_file(path, max_bytes=50_000_000, max_pages=1000)
    for page in document.pages:
        check_offsets(page)
    return document


def check_offsets(page: Page) -> None:
    """Words tile the raw text exactly; blocks follow each other without overlapping."""
    position = 0
    for word in page.words:
        assert page.text[position : word.start] in ("", " ", "\n")
        assert page.text[word.start : word.end].split() == [page.text[word.start : word.end]]
        position = word.end
    assert position == len(page.text)
    end = 0
    for block in page.blocks:
        for span in block.spans:
            assert span.page == page.number
            assert end <= span.start < span.end <= len(page.text)
            end = span.end


def kinds(page: Page) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in page.blocks]


def texts(page: Page, kind: BlockKind) -> list[str]:
    return [block.text for block in page.blocks if block.kind is kind]
