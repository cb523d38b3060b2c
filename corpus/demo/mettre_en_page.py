"""Lay the demonstration documents out as PDFs: `python corpus/demo/mettre_en_page.py`.

Each `sources/*.md` is a front matter (`key: value` lines between two `---`) followed by a
small subset of Markdown, described in `corpus/demo/README.md`. The result is deterministic:
with the same versions of the libraries, two runs give the same bytes.

The fonts are the Bitstream Vera family that ships with reportlab (its licence allows
embedding): nothing has to be installed, and every character is embedded with its Unicode
value, so that what is read back from the PDF is what the source says.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import random
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources"
OUTPUT = HERE / "pdf"
RECORD = HERE / "empreintes.toml"

DEMONSTRATION = "Document de démonstration"
LAYOUTS = ("report", "deck", "two-columns", "scan", "landscape")
REQUIRED = ("title", "publisher", "kind", "date", "layout", "running", "demonstration")

SLIDE = (720.0, 405.0)  # 16:9, in points
SCAN_DPI = 150
SCAN_ANGLE = 0.7  # degrees: what a sheet fed by hand looks like
NBSP = "\u00a0"

BLUE = HexColor(0x1F3A6E)
PALE = HexColor(0xE8ECF4)
GREY = HexColor(0x5A5A5A)
RULE = HexColor(0x8A94A8)
RED = "#C00000"

rl_config.useA85 = 0  # binary streams: a quarter smaller than ASCII ones


class SourceError(ValueError):
    """A source breaks the rules of its format."""


@dataclass(frozen=True)
class Source:
    """A source file: its front matter and its lines."""

    path: Path
    meta: dict[str, str]
    lines: tuple[str, ...]

    @property
    def pdf_name(self) -> str:
        """Name of the PDF, with its extension."""
        return f"{self.path.stem}.pdf"


def read_source(path: Path) -> Source:
    """Read a source and check its front matter.

    Raises:
        SourceError: the front matter is absent, incomplete, or the source is not marked as
            a demonstration document.
    """
    text = path.read_text(encoding="utf-8")
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if match is None:
        raise SourceError(f"{path.name}: no front matter")
    meta = {}
    for line in match[1].splitlines():
        key, separator, value = line.partition(":")
        if not separator:
            raise SourceError(f"{path.name}: not a `key: value` line: {line}")
        meta[key.strip()] = value.strip()
    missing = [key for key in REQUIRED if key not in meta]
    if missing:
        raise SourceError(f"{path.name}: missing {', '.join(missing)}")
    if meta["demonstration"] != "oui":
        raise SourceError(f"{path.name}: not marked as a demonstration document")
    if meta["layout"] not in LAYOUTS:
        raise SourceError(f"{path.name}: unknown layout {meta['layout']}")
    return Source(path, meta, tuple(text[match.end() :].splitlines()))


# --- Typography -----------------------------------------------------------------------------


def typeset(text: str) -> str:
    """Apply French spacing: sources are typed plainly, pages are not.

    A non-breaking space goes before `: ; ? ! » %` and units, after `«` and `n°`, and between
    the groups of a number; straight apostrophes become curly ones. Bitstream Vera has no
    narrow non-breaking space (U+202F), so the wide one stands everywhere.
    """
    text = text.replace("'", "’")
    text = re.sub(r" (?=[:;?!»%])", NBSP, text)
    text = text.replace("« ", f"«{NBSP}")
    text = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", NBSP, text)
    text = re.sub(
        r"(?<=\d) (?=€|[kM]€|(?:millions?|euros?|mois|pages|jours|minutes|heures|h)\b)", NBSP, text
    )
    return re.sub(r"(?<=n°) (?=\d)", NBSP, text)


def inline(text: str) -> str:
    """Turn inline marks (bold, italic, red, footnote calls) into reportlab's XML."""
    out = escape(typeset(text))
    out = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", out)
    out = re.sub(r"(?<!\*)\*(?!\*)(.+?)\*", r"<i>\1</i>", out)
    out = out.replace("[rouge]", f'<font color="{RED}">').replace("[/rouge]", "</font>")
    return re.sub(
        r"\[\^(\d+)\]", r'<super size="6.5">\1</super><onDraw name="footnote" label="\1"/>', out
    )


def roman(number: int) -> str:
    """Lower-case roman numeral, for the few pages before the text begins."""
    values = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
    out = ""
    for value, letters in values:
        while number >= value:
            out, number = out + letters, number - value
    return out


@dataclass(frozen=True)
class Labels:
    """Printed page labels: `front` roman pages, then arabic ones from `start`."""

    front: int = 0
    start: int = 1

    @classmethod
    def of(cls, source: Source) -> Labels:
        """Read `page_labels: FRONT START`, absent for plain numbering."""
        spec = source.meta.get("page_labels")
        if spec is None:
            return cls()
        front, start = spec.split()
        return cls(int(front), int(start))

    def label(self, page: int) -> str:
        """Label of a physical page (from 1)."""
        if page <= self.front:
            return roman(page)
        return str(page - self.front + self.start - 1)

    def write(self, canvas: Canvas) -> None:
        """Write them in the PDF catalogue."""
        if self.front:
            canvas.addPageLabel(0, "ROMAN_LOWER", 1)
        canvas.addPageLabel(self.front, "ARABIC", self.start)


# --- Styles ---------------------------------------------------------------------------------


def register_fonts() -> None:
    """Register the four faces of Bitstream Vera under the family name `Vera`."""
    folder = Path(reportlab.__file__).parent / "fonts"
    faces = {"Vera": "Vera", "Vera-Bold": "VeraBd", "Vera-Italic": "VeraIt", "Vera-BI": "VeraBI"}
    for name, file in faces.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{file}.ttf")))
    pdfmetrics.registerFontFamily("Vera", "Vera", "Vera-Bold", "Vera-Italic", "Vera-BI")


def styles(size: float) -> dict[str, ParagraphStyle]:
    """Paragraph styles around a body of `size` points."""

    def style(name: str, scale: float = 1.0, bold: bool = False, **more: Any) -> ParagraphStyle:
        points = size * scale
        options: dict[str, Any] = {
            "fontName": "Vera-Bold" if bold else "Vera",
            "fontSize": points,
            "leading": points * 1.38,
            "spaceAfter": size * 0.55,
            "bulletFontName": "Vera",
            "bulletFontSize": points,
        }
        return ParagraphStyle(name, **{**options, **more})

    head: dict[str, Any] = {"bold": True, "textColor": BLUE, "keepWithNext": 1}
    return {
        "body": style("body"),
        "h1": style("h1", 1.7, spaceBefore=size * 0.6, spaceAfter=size, **head),
        "h2": style("h2", 1.25, spaceBefore=size * 1.1, **head),
        "h3": style("h3", 1.05, spaceBefore=size * 0.7, spaceAfter=size * 0.4, **head),
        "item": style("item", leftIndent=2 * size, bulletIndent=0.5 * size, spaceAfter=size * 0.32),
        "subitem": style(
            "subitem", leftIndent=3.8 * size, bulletIndent=2.4 * size, spaceAfter=size * 0.25
        ),
        "cell": style("cell", 0.84, spaceAfter=0),
        "th": style("th", 0.84, bold=True, spaceAfter=0),
        "box": style(
            "box",
            0.94,
            backColor=PALE,
            borderPadding=6,
            leftIndent=6,
            rightIndent=6,
            spaceBefore=8,
            spaceAfter=size + 4,
        ),
        "note": style("note", 0.74, spaceAfter=1, textColor=GREY),
        "title": style("title", 2.2, bold=True, textColor=BLUE, spaceAfter=size * 1.2),
        "subtitle": style("subtitle", 1.2, textColor=GREY, spaceAfter=size * 0.8),
    }


# --- Blocks ---------------------------------------------------------------------------------


class Heading(Paragraph):  # type: ignore[misc]  # reportlab ships no types
    """A paragraph that also enters the outline and the table of contents."""

    def __init__(self, text: str, style: ParagraphStyle, level: int, key: str) -> None:
        super().__init__(inline(text), style)
        self.level, self.key, self.plain = level, key, typeset(text)


@dataclass
class Story:
    """Flowables of a document, with its footnotes by number."""

    source: Source
    look: dict[str, ParagraphStyle]
    width: float
    flow: list[Flowable] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    headings: int = 0
    widths: list[float] = field(default_factory=list)

    def heading(self, text: str, level: int) -> None:
        """Add a heading; in a deck, a level-1 heading begins a slide."""
        if level == 1 and self.source.meta["layout"] == "deck" and self.flow:
            self.flow.append(PageBreak())
        self.headings += 1
        self.flow.append(Heading(text, self.look[f"h{level}"], level - 1, f"t{self.headings}"))

    def paragraph(self, text: str, style: str, bullet: str | None = None) -> None:
        """Add a paragraph or a list item."""
        self.flow.append(
            Paragraph(inline(text), self.look[style], bulletText=bullet and typeset(bullet))
        )

    def table(self, rows: list[list[str]]) -> None:
        """Add a bordered table whose first row is repeated on each page it reaches."""
        shares = self.widths or [1.0] * len(rows[0])
        if len(shares) != len(rows[0]):
            raise SourceError(f"{self.source.path.name}: column widths do not fit {rows[0]}")
        if any(len(row) != len(rows[0]) for row in rows):
            raise SourceError(f"{self.source.path.name}: uneven table under {rows[0]}")
        total = sum(shares)
        data = [
            [Paragraph(inline(cell), self.look["cell" if i else "th"]) for cell in row]
            for i, row in enumerate(rows)
        ]
        table = Table(
            data, colWidths=[self.width * share / total for share in shares], repeatRows=1
        )
        table.setStyle(
            TableStyle(
                [
                    ("FONTNAME", (0, 0), (-1, -1), "Vera"),
                    ("GRID", (0, 0), (-1, -1), 0.6, RULE),
                    ("BACKGROUND", (0, 0), (-1, 0), PALE),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("TOPPADDING", (0, 0), (-1, -1), 3),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
                ]
            )
        )
        self.flow += [table, Spacer(1, 8)]
        self.widths = []


DIRECTIVES = {"saut": PageBreak, "colonne": FrameBreak}


def directive(story: Story, text: str) -> None:
    """Obey `{name arguments}`: page and column breaks, templates, contents, widths."""
    name, *arguments = text.split()
    if name in DIRECTIVES:
        story.flow.append(DIRECTIVES[name]())
    elif name == "gabarit":
        story.flow.append(NextPageTemplate(arguments[0]))
    elif name == "largeurs":
        story.widths = [float(argument) for argument in arguments]
    elif name == "espace":
        story.flow.append(Spacer(1, float(arguments[0]) * mm))
    elif name == "sommaire":
        labels = Labels.of(story.source)
        contents = TableOfContents(formatter=labels.label, dotsMinLevel=0)
        contents.levelStyles = [
            ParagraphStyle(f"toc{i}", fontName="Vera", fontSize=9.5, leading=15, leftIndent=12 * i)
            for i in range(3)
        ]
        story.flow.append(contents)
    else:
        raise SourceError(f"{story.source.path.name}: unknown directive {name}")


def blocks(lines: tuple[str, ...]) -> Iterator[list[str]]:
    """Group lines into blocks separated by blank lines."""
    block: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def add_block(story: Story, block: list[str]) -> None:
    """Lay one block out, according to how its first line begins."""
    first = block[0]
    if match := re.fullmatch(r"\{(.+)\}", first):
        directive(story, match[1])
    elif match := re.match(r"(#{1,3}) ", first):
        story.heading(first[match.end() :], len(match[1]))
    elif first.startswith("|"):
        rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in block]
        story.table([row for row in rows if not all(set(cell) <= {"-"} for cell in row)])
        return
    elif re.match(r"\s*(-|\d+\.) ", first):
        for line in block:
            indent, mark, text = re.fullmatch(r"(\s*)(-|\d+\.) (.*)", line).groups()  # type: ignore[union-attr]
            bullet = mark if mark != "-" else ("–" if indent else "•")
            story.paragraph(text, "subitem" if indent else "item", bullet)
        return
    else:
        marks = {"> ": "box", "^ ": "title", "~ ": "subtitle"}
        style = next((name for mark, name in marks.items() if first.startswith(mark)), "body")
        text = " ".join(line[2:] if style != "body" else line for line in block)
        story.paragraph(text, style)
        return
    if block[1:]:
        add_block(story, block[1:])


def build_story(source: Source, size: float, width: float) -> Story:
    """Turn a source into flowables for a text `width` points wide."""
    story = Story(source, styles(size), width)
    body = []
    for line in source.lines:
        if match := re.match(r"\[\^(\d+)\]: (.*)", line):
            story.notes[match[1]] = match[2]
        else:
            body.append(line)
    for block in blocks(tuple(body)):
        add_block(story, block)
    return story


# --- Pages ----------------------------------------------------------------------------------


class Layout(BaseDocTemplate):  # type: ignore[misc]  # reportlab ships no types
    """A document template that draws header, footer, footnotes, outline and labels."""

    def __init__(self, target: io.BytesIO, source: Source, size: float, page: Any) -> None:
        meta = source.meta
        super().__init__(
            target,
            pagesize=page,
            title=typeset(meta["title"]),
            author=typeset(meta["publisher"]),
            subject=typeset(
                f"{DEMONSTRATION} – {meta['subject']}" if "subject" in meta else DEMONSTRATION
            ),
            keywords=f"document de démonstration, {meta['kind']}, {meta['date']}",
            creator="corpus/demo/mettre_en_page.py",
            lang="fr-FR",
            invariant=1,
            displayDocTitle=1,
            initialFontName="Vera",  # otherwise every page also names Helvetica, unused
        )
        self.source, self.labels = source, Labels.of(source)
        self.side = 24.0 if meta["layout"] == "deck" else 20 * mm
        self.bottom = 30.0 if meta["layout"] == "deck" else 20 * mm
        self.reserve = 16 * mm if any(re.match(r"\[\^\d+\]:", line) for line in source.lines) else 0
        self.story = build_story(source, size, page[0] - 2 * self.side)
        self.page_notes: list[str] = []
        self.addPageTemplates(self._templates(page))

    def _templates(self, page: Any) -> list[PageTemplate]:
        top = 16.0 if self.source.meta["layout"] == "deck" else 20 * mm
        low = self.bottom + self.reserve
        height, width = page[1] - top - low, page[0] - 2 * self.side
        gap = 8 * mm
        half = (width - gap) / 2
        plain = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
        one = Frame(self.side, low, width, height, **plain)
        left = Frame(self.side, low, half, height, **plain)
        right = Frame(self.side + half + gap, low, half, height, **plain)
        return [
            PageTemplate("simple", [one], onPage=self._start, onPageEnd=self._end),
            PageTemplate("colonnes", [left, right], onPage=self._start, onPageEnd=self._end),
        ]

    def _start(self, canvas: Canvas, _: Any) -> None:
        self.page_notes = []

        def call_note(_canvas: Canvas, _kind: str, label: str) -> None:
            self.page_notes.append(label)

        canvas.setNamedCB("footnote", call_note)
        if canvas.getPageNumber() == 1:
            self.labels.write(canvas)
        if self.source.meta["layout"] != "deck":
            canvas.saveState()
            canvas.setFillColor(GREY)
            canvas.setFont("Vera", 7)
            top = self.pagesize[1] - 12 * mm
            canvas.drawString(self.side, top, typeset(self.source.meta["running"]))
            canvas.restoreState()

    def _end(self, canvas: Canvas, _: Any) -> None:
        width, height = self.pagesize
        deck = self.source.meta["layout"] == "deck"
        self._draw_notes(canvas, width)
        canvas.saveState()
        label = self.labels.label(canvas.getPageNumber())
        running = typeset(self.source.meta["running"])
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        foot = 18.0 if deck else 12 * mm
        canvas.line(self.side, foot + 10, width - self.side, foot + 10)
        canvas.setFillColor(GREY)
        canvas.setFont("Vera", 6.5 if deck else 7)
        canvas.drawString(self.side, foot, typeset(self.source.meta.get("footer", running)))
        canvas.drawCentredString(width / 2, foot, DEMONSTRATION)
        canvas.drawRightString(width - self.side, foot, label)
        if deck:
            canvas.setFillColor(BLUE)
            canvas.rect(0, height - 6, width, 6, stroke=0, fill=1)
        canvas.restoreState()

    def _draw_notes(self, canvas: Canvas, width: float) -> None:
        y = self.bottom + self.reserve - 8
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        if self.page_notes:
            canvas.line(self.side, y + 5, self.side + 120, y + 5)
        for number in self.page_notes:
            note = Paragraph(
                f'<super size="5">{number}</super> {inline(self.story.notes[number])}',
                self.story.look["note"],
            )
            _, used = note.wrap(width - 2 * self.side, self.reserve)
            y -= used
            note.drawOn(canvas, self.side, y)

    def afterFlowable(self, flowable: Flowable) -> None:  # reportlab's hook
        """Record each heading in the outline and in the table of contents."""
        if not isinstance(flowable, Heading):
            return
        self.canv.bookmarkPage(flowable.key)
        self.canv.addOutlineEntry(flowable.plain, flowable.key, flowable.level, closed=False)
        self.notify("TOCEntry", (flowable.level, escape(flowable.plain), self.page, flowable.key))


@contextmanager
def dated(iso: str) -> Iterator[None]:
    """Make reportlab write the document's own date, not a fixed one, in the metadata."""
    previous = os.environ.get("SOURCE_DATE_EPOCH")
    epoch = int(datetime.fromisoformat(iso).replace(hour=9, tzinfo=UTC).timestamp())
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    try:
        yield
    finally:
        if previous is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = previous


def lay_out(source: Source) -> bytes:
    """Return the PDF of a source."""
    layout = source.meta["layout"]
    if layout == "scan":
        return scan(source)
    page, size = A4, 9.5
    if layout == "deck":
        page, size = SLIDE, 13.5
    elif layout == "landscape":
        page = landscape(A4)
    elif layout == "two-columns":
        size = 10.5
    return _compose(source, size, page)


def _compose(source: Source, size: float, page: Any) -> bytes:
    target = io.BytesIO()
    with dated(source.meta["date"]):
        document = Layout(target, source, size, page)
        document.multiBuild(document.story.flow)
    return target.getvalue()


def scan(source: Source) -> bytes:
    """Return a PDF that holds only pictures of the pages: no text can be read from it.

    The sheet is slightly turned and speckled, from a fixed seed.
    """
    import pypdfium2
    from PIL import Image, ImageChops, ImageFilter

    rendered = pypdfium2.PdfDocument(_compose(source, 10.5, A4))
    target = io.BytesIO()
    meta = source.meta
    with dated(meta["date"]):
        canvas = Canvas(target, pagesize=A4, invariant=1, lang="fr-FR", initialFontName="Vera")
        canvas.setTitle(typeset(meta["title"]))
        canvas.setAuthor(typeset(meta["publisher"]))
        canvas.setSubject(f"{DEMONSTRATION} – page numérisée, sans texte")
        canvas.setKeywords(f"document de démonstration, {meta['kind']}, {meta['date']}")
        canvas.setCreator("corpus/demo/mettre_en_page.py")
        for number in range(len(rendered)):
            sheet = rendered[number].render(scale=SCAN_DPI / 72, grayscale=True).to_pil()
            sheet = sheet.rotate(SCAN_ANGLE, resample=Image.Resampling.BICUBIC, fillcolor=250)
            dice = random.Random(1000 + number)  # noqa: S311  # speckles, not secrets
            grain = Image.frombytes("L", sheet.size, dice.randbytes(sheet.width * sheet.height))
            grain = grain.filter(ImageFilter.GaussianBlur(1.2)).point(lambda v: int(v / 10))
            sheet = ImageChops.subtract(sheet, grain)
            jpeg = io.BytesIO()
            sheet.save(jpeg, "JPEG", quality=42)
            jpeg.seek(0)
            canvas.drawImage(ImageReader(jpeg), 0, 0, A4[0], A4[1])
            canvas.showPage()
        canvas.save()
    return target.getvalue()


# --- Command --------------------------------------------------------------------------------


def toolchain() -> dict[str, str]:
    """Versions of everything the bytes depend on."""
    tools = {name: version(name) for name in ("reportlab", "pillow", "pypdfium2")}
    return {**tools, "zlib": zlib.ZLIB_RUNTIME_VERSION}


def lay_out_all(output: Path, sources: Path = SOURCES) -> dict[str, str]:
    """Write every PDF into `output` and return their SHA-256 by file name."""
    register_fonts()
    output.mkdir(parents=True, exist_ok=True)
    digests = {}
    for path in sorted(sources.glob("*.md")):
        source = read_source(path)
        data = lay_out(source)
        (output / source.pdf_name).write_bytes(data)
        digests[source.pdf_name] = hashlib.sha256(data).hexdigest()
    return digests


def write_record(digests: dict[str, str], path: Path = RECORD) -> None:
    """Record digests and tool versions, so that a check knows what it may expect."""
    lines = ["# Écrit par mettre_en_page.py ; ne pas modifier à la main.", "[outils]"]
    lines += [f'{name} = "{value}"' for name, value in sorted(toolchain().items())]
    lines += ["", "[sha256]"]
    lines += [f'"{name}" = "{value}"' for name, value in sorted(digests.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Met en page les documents de démonstration.")
    parser.add_argument("--sortie", type=Path, default=OUTPUT, help="dossier des PDF")
    output = parser.parse_args().sortie
    digests = lay_out_all(output)
    if output.resolve() == OUTPUT:
        write_record(digests)
    for name in digests:
        sys.stdout.write(f"{name} : {(output / name).stat().st_size / 1000:.0f} ko\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
