"""OpenDocument files: what LibreOffice, a validator and a screen reader look for."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from odfdo import Document as OdfDocument
from pypdf import PdfReader

from assistant.exports.document import (
    ExportDocument,
    Heading,
    Items,
    Paragraph,
    Picture,
    Run,
    Table,
    plain,
)
from assistant.exports.docx import docx
from assistant.exports.markdown import markdown
from assistant.exports.odt import odt
from assistant.exports.odt_styles import NAMESPACES as NS
from assistant.exports.pdf import pdf

MADE = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200" viewBox="0 0 300 200">'
    '<rect width="300" height="200" fill="#0b4f8a"/></svg>'
)


def a_document(*blocks: object) -> ExportDocument:
    return ExportDocument(
        title="L’œuvre & l’été",
        subject="Essai",
        blocks=tuple(blocks),  # type: ignore[arg-type]
        made=MADE,
        footer="Pied <de> page",
    )


WHOLE = a_document(
    Heading("Première partie"),
    Paragraph((Run("Un fait", ("srs.pdf, p. 3 : « un fait »", "ami.pdf")), Run(" sûr", (), True))),
    Items(((Run("un"),), (Run("deux", ("note de liste",)),))),
    Table(("Critère", "Note"), (((Run("IMP_1"),), (Run("Fort", ("preuve",)),)),) * 2, "Notes"),
    Heading("Suite", 2, new_page=True),
    Picture(SVG, "Un dessin", "Un rectangle bleu."),
)


def part(content: bytes, name: str = "content.xml") -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return etree.fromstring(archive.read(name))


def texts(root: etree._Element, path: str) -> list[str]:
    return ["".join(one.itertext()) for one in root.iterfind(path, NS)]


def test_the_package_begins_with_its_type_and_lists_its_parts():
    content = odt(WHOLE)
    assert content[30:38] == b"mimetype"
    assert content[38:77] == b"application/vnd.oasis.opendocument.text"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        manifest = etree.fromstring(archive.read("META-INF/manifest.xml"))
    listed = {entry.get(next(k for k in entry.attrib if "full-path" in k)) for entry in manifest}
    assert listed == {"/", *names} - {"mimetype", "META-INF/manifest.xml"}
    assert "Pictures/image1.png" in names


def test_headings_tables_lists_and_notes_are_real_ones():
    root = part(odt(WHOLE))
    headings = root.findall(".//text:h", NS)
    assert [one.get(f"{{{NS['text']}}}outline-level") for one in headings] == ["1", "2"]
    assert texts(root, ".//table:table-header-rows/table:table-row/table:table-cell") == [
        "Critère",
        "Note",
    ]
    assert texts(root, ".//table:table/table:title") == ["Notes"]
    assert len(root.findall(".//text:list/text:list-item", NS)) == 2
    assert texts(root, ".//text:note/text:note-citation") == ["1", "2", "3", "4", "5"]
    assert texts(root, ".//text:note/text:note-body")[0] == "srs.pdf, p. 3 : « un fait »"


def test_language_title_and_alternative_text_are_there_for_those_who_do_not_see():
    content = odt(WHOLE)
    assert texts(part(content, "meta.xml"), ".//dc:title") == ["L’œuvre & l’été"]
    assert texts(part(content, "meta.xml"), ".//dc:language") == ["fr-FR"]
    default = part(content, "styles.xml").find(
        ".//style:default-style[@style:family='paragraph']/style:text-properties", NS
    )
    assert default.get(f"{{{NS['fo']}}}language") == "fr"
    assert texts(part(content), ".//draw:frame/svg:title") == ["Un dessin"]
    assert texts(part(content), ".//draw:frame/svg:desc") == ["Un rectangle bleu."]


def test_every_style_that_is_used_exists():
    content = odt(WHOLE)
    key = f"{{{NS['style']}}}name"
    known = {
        one.get(key)
        for name in ("content.xml", "styles.xml")
        for one in part(content, name).iter()
        if one.get(key)
    }
    used = {
        value
        for one in part(content).iter()
        for attribute, value in one.attrib.items()
        if attribute.endswith("}style-name")
    }
    assert used and used <= known


def test_a_short_row_stays_on_its_page_and_a_long_one_may_be_cut():
    rows = (((Run("court"),),), ((Run("mot " * 400),),))
    document = a_document(Table(("Texte",), rows, "Textes"))
    styles = [
        one.get(f"{{{NS['table']}}}style-name")
        for one in part(odt(document)).iterfind(".//table:table/table:table-row", NS)
    ]
    assert styles == ["Row", "Long_20_row"]
    with zipfile.ZipFile(io.BytesIO(docx(document))) as archive:
        assert archive.read("word/document.xml").count(b"<w:cantSplit/>") == 1
    # What exceeds a page goes on with the next one, in the PDF too.
    longest = a_document(Table(("Texte",), (((Run("mot " * 4000 + "fin."),),),), "Textes"))
    assert "fin." in PdfReader(io.BytesIO(pdf(longest))).pages[-1].extract_text()


def test_the_picture_reaches_word_pdf_and_markdown_with_its_text():
    with zipfile.ZipFile(io.BytesIO(docx(WHOLE))) as archive:
        body = archive.read("word/document.xml").decode()
        assert any(name.startswith("word/media/") for name in archive.namelist())
    assert 'descr="Un rectangle bleu."' in body
    assert "w:pageBreakBefore" in body
    reader = PdfReader(io.BytesIO(pdf(WHOLE)))
    assert len(reader.pages) == 2
    assert "Un rectangle bleu." in str(alternatives(reader))
    assert "**Un dessin**\n\nUn rectangle bleu." in markdown(WHOLE)


def alternatives(reader: PdfReader) -> list[str]:
    """Alternative texts of the figures in the tags of a PDF."""
    found: list[str] = []

    def walk(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            if node.get("/S") == "/Figure":
                found.append(str(node.get("/Alt")))
            walk(node.get("/K", []))

    walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])
    return found


def test_bold_keeps_its_spaces_in_markdown():
    line = Paragraph((Run("Question : ", strong=True), Run("quand ?")))
    assert "**Question :** quand ?" in markdown(a_document(line))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_any_text_is_read_again_as_it_was(pieces: list[str]):
    """`text:s` stands for the spaces that the format would drop."""
    runs = tuple(Run(piece, strong=bool(rank % 2)) for rank, piece in enumerate(pieces))
    root = part(odt(a_document(Paragraph(runs))))
    line = root.findall(".//text:p", NS)[2]
    for space in line.iter(f"{{{NS['text']}}}s"):
        space.text = " " * int(space.get(f"{{{NS['text']}}}c"))
    kept = "".join(line.itertext())
    assert kept == "".join(plain(piece) for piece in pieces)
    for text in line.itertext():
        assert "  " not in text or text.strip(" ") == ""


def test_an_independent_reader_opens_it():
    body = OdfDocument(io.BytesIO(odt(WHOLE))).body
    assert [one.text_recursive for one in body.headers] == ["Première partie", "Suite"]
    assert [one.name for one in body.tables] == ["Tableau1"]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_opens_the_whole_of_it(tmp_path: Path):
    source = tmp_path / "essai.odt"
    source.write_bytes(odt(WHOLE))
    profile = f"-env:UserInstallation={(tmp_path / 'profil').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=120)
    reader = PdfReader(tmp_path / "essai.pdf")
    text = "".join(page.extract_text() for page in reader.pages)
    for said in ("L’œuvre & l’été", "Pied <de> page – page 2", "srs.pdf, p. 3", "preuve", "Suite"):
        assert said in text
    assert len(reader.pages) == 2
    assert len(reader.pages[1].images) == 1
