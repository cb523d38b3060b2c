"""One document written in every format, and small office files with what tests look for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.ingestion.reader import read_file
from assistant.model import ReadDocument

TITLE = "Feuille de route du numérique en santé"
INTRO = "Le comité a retenu les actions suivantes :"
ITEMS = ("Déployer la messagerie sécurisée.", "Former les équipes de soins.")
PARAGRAPH = "L’enveloppe accordée s’élève à 40 000 euros par projet."
HEADERS = ("Dispositif", "Plafond", "Échéance")
ROWS = (("Socle", "40 000 €", "30/09/2031"), ("Soutien", "12 000 €", "15/01/2032"))


def read(path: Path) -> ReadDocument:
    return read_file(path, max_bytes=50_000_000, max_pages=1000)


def outline(document: ReadDocument) -> list[tuple[str, int, str]]:
    """Kind, level and text of every block."""
    return [
        (block.kind.value, block.level, block.text)
        for page in document.pages
        for block in page.blocks
    ]


def write_docx(path: Path) -> Path:
    import docx

    document = docx.Document()
    document.add_heading(TITLE, level=0)
    document.add_heading("Décisions", level=1)
    document.add_paragraph(INTRO)
    for item in ITEMS:
        document.add_paragraph(item, style="List Bullet")
    document.add_heading("Financement", level=1)
    document.add_paragraph(PARAGRAPH)
    table = document.add_table(rows=0, cols=3)
    for values in (HEADERS, *ROWS):
        for cell, text in zip(table.add_row().cells, values, strict=True):
            cell.text = text
    document.save(str(path))
    return path


def write_odt(path: Path) -> Path:
    import odfdo

    document = odfdo.Document("text")
    body = document.body
    body.clear()
    body.append(odfdo.Paragraph(TITLE, style="Title"))
    body.append(odfdo.Header(1, "Décisions"))
    body.append(odfdo.Paragraph(INTRO))
    body.append(odfdo.List(list(ITEMS)))
    body.append(odfdo.Header(1, "Financement"))
    body.append(odfdo.Paragraph(PARAGRAPH))
    table = odfdo.Table("Dispositifs", width=3, height=3)
    for y, values in enumerate((HEADERS, *ROWS)):
        for x, text in enumerate(values):
            table.set_value((x, y), text)
    body.append(table)
    document.save(str(path))
    return path


def write_html(path: Path) -> Path:
    def row(tag: str, values: tuple[str, ...]) -> str:
        return "<tr>" + "".join(f"<{tag}>{value}</{tag}>" for value in values) + "</tr>"

    items = "".join(f"<li>{item}</li>" for item in ITEMS)
    rows = "".join(row("td", values) for values in ROWS)
    path.write_text(
        "<!doctype html><html lang=fr><head><meta charset=utf-8><title>Accueil</title>"
        "<script>var menu = 'jamais';</script><style>p { color: red }</style></head><body>"
        "<nav><a href=/>Menu principal</a></nav><div id='cookie-banner'>Acceptez tout</div>"
        f"<main><h1>{TITLE}</h1><h2>Décisions</h2><p>{INTRO}</p><ul>{items}</ul>"
        f"<h2>Financement</h2><p>{PARAGRAPH}</p><table>{row('th', HEADERS)}{rows}</table></main>"
        "<footer>Mentions légales</footer></body></html>",
        encoding="utf-8",
    )
    return path


def write_markdown(path: Path) -> Path:
    def row(values: tuple[str, ...]) -> str:
        return f"| {' | '.join(values)} |\n"

    items = "".join(f"- {item}\n" for item in ITEMS)
    path.write_text(
        f"# {TITLE}\n\n## Décisions\n\n{INTRO}\n\n{items}\n## Financement\n\n{PARAGRAPH}\n\n"
        f"{row(HEADERS)}|---|---|---|\n{''.join(row(values) for values in ROWS)}",
        encoding="utf-8",
    )
    return path


def write_pptx(path: Path, *, notes: str = "") -> Path:
    import pptx
    from pptx.util import Cm

    deck = pptx.Presentation()
    opening = deck.slides.add_slide(deck.slide_layouts[0])
    opening.shapes.title.text = TITLE
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Décisions"
    frame = slide.placeholders[1].text_frame
    frame.text = ITEMS[0]
    frame.add_paragraph().text = ITEMS[1]
    if notes:
        slide.notes_slide.notes_text_frame.text = notes
    money = deck.slides.add_slide(deck.slide_layouts[5])
    money.shapes.title.text = "Financement"
    table = money.shapes.add_table(3, 3, Cm(2), Cm(8), Cm(20), Cm(5)).table
    for y, values in enumerate((HEADERS, *ROWS)):
        for x, text in enumerate(values):
            table.cell(y, x).text = text
    box = money.shapes.add_textbox(Cm(2), Cm(5), Cm(20), Cm(2))
    box.text_frame.text = PARAGRAPH
    deck.save(str(path))
    return path


def write_odp(path: Path, *, notes: str = "") -> Path:
    import odfdo

    document = odfdo.Document("presentation")
    body = document.body
    body.clear()
    for title, paragraphs in ((TITLE, ()), ("Financement", (PARAGRAPH,))):
        page = odfdo.DrawPage(title, name=title)
        frame = odfdo.Frame.text_frame(title, size=("20cm", "2cm"), position=("2cm", "1cm"))
        frame.presentation_class = "title"
        page.append(frame)
        for text in paragraphs:
            page.append(odfdo.Frame.text_frame(text, size=("20cm", "5cm"), position=("2cm", "5cm")))
        if notes and paragraphs:
            holder = odfdo.Element.from_tag("presentation:notes")
            held = odfdo.Frame.text_frame(notes, size=("10cm", "5cm"), position=("1cm", "1cm"))
            held.presentation_class = "notes"
            holder.append(held)
            page.append(holder)
        body.append(page)
    document.save(str(path))
    return path


def edit_zip(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Rewrite the members of an archive; `None` removes one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = change(member.filename, old.read(member))
            if content is not None:
                new.writestr(member.filename, content)
    path.write_bytes(buffer.getvalue())
    return path


def edit_body(path: Path, old: str, new: str, member: str = "word/document.xml") -> Path:
    """Replace text once in a member, which must hold it."""

    def change(name: str, content: bytes) -> bytes:
        if name != member:
            return content
        text = content.decode("utf-8")
        assert old in text
        return text.replace(old, new, 1).encode("utf-8")

    return edit_zip(path, change)


def docx_of(path: Path, *paragraphs: str) -> Path:
    """A Word file whose body is the given XML."""
    import docx

    document = docx.Document()
    document.add_paragraph("REMPLACER")
    document.save(str(path))
    return edit_body(path, "<w:p><w:r><w:t>REMPLACER</w:t></w:r></w:p>", "".join(paragraphs))


def p(text: str, properties: str = "", run: str = "") -> str:
    """A Word paragraph in XML."""
    return (
        f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr>"
        f'<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


WRITERS: dict[str, Any] = {
    "feuille.docx": write_docx,
    "feuille.odt": write_odt,
    "feuille.html": write_html,
    "feuille.md": write_markdown,
}
