"""PDF files: tags that a screen reader follows, and nothing of the text lost on the page."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from assistant.exports.document import Paragraph, Run, Table
from assistant.exports.pdf import pdf
from tests.exports.test_odt import WHOLE, a_document


def tags(content: bytes) -> list[str]:
    """Kinds of the elements of the structure, in order."""
    found: list[str] = []

    def walk(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(str(node["/S"]))
            walk(node.get("/K", []))

    walk(PdfReader(io.BytesIO(content)).trailer["/Root"]["/StructTreeRoot"]["/K"])
    return found


def words(content: bytes) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return "".join(text.split())


def test_headings_headers_of_tables_lists_and_notes_are_tagged() -> None:
    content = pdf(WHOLE)
    kinds = tags(content)
    for kind in ("/H1", "/H2", "/TH", "/TD", "/L", "/LI", "/Note", "/Figure", "/Caption"):
        assert kind in kinds, kind
    assert kinds.count("/TH") == 2
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid" in content


def test_every_font_is_in_the_file() -> None:
    for page in PdfReader(io.BytesIO(pdf(WHOLE))).pages:
        for font in page["/Resources"]["/Font"].values():
            (inner,) = font.get_object()["/DescendantFonts"]
            described = inner.get_object()["/FontDescriptor"]
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & described.keys()
            assert "/ToUnicode" in font.get_object()


@pytest.mark.parametrize("word", ["A" * 400, "x_" * 200, "W" * 120, "é" * 300])
def test_a_word_without_end_is_cut_at_the_edge_and_copied_whole(word: str) -> None:
    import pypdfium2

    cells = ((Run(word),), (Run("court"),), (Run(word[:40]),))
    content = pdf(
        a_document(
            Paragraph((Run(word, (word,)),)),
            Table(("Texte", "Court", "Étroit"), (cells,), "Mots", (4.0, 2.0, 1.0)),
        )
    )
    assert words(content).count(word) >= 1
    for page in pypdfium2.PdfDocument(content):
        text, (width, _) = page.get_textpage(), page.get_size()
        for rank in range(text.count_rects()):
            left, _, right, _ = text.get_rect(rank)
            assert left > 50 and right < width - 50


def test_words_of_the_trade_are_never_cut() -> None:
    said = "L’interopérabilité professionnalisante, communique-ami-ia-urgences-temps-de-travail.pdf"
    content = pdf(a_document(Paragraph((Run(said),))))
    assert "\u200b" not in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert "".join(said.split()) in words(content)


@pytest.mark.parametrize("lacking", ["🏥", "中文", "\uf0b7"])
def test_what_no_font_draws_is_a_square_that_the_document_explains(lacking: str) -> None:
    content = pdf(a_document(Paragraph((Run(f"Avant {lacking} après."),))))
    assert b"pdfuaid" in content
    text = words(content)
    assert "Avant□" in text and "après." in text
    assert "Uncarré(□)remplaceici" in text
    assert "Uncarré" not in words(pdf(WHOLE))


def test_invisible_signs_leave_the_words_whole() -> None:
    said = "zéro\u200blargeur inter\u00adopérable e\u0301té שלום مرحبا"
    content = pdf(a_document(Paragraph((Run(said),))))
    assert b"pdfuaid" in content
    assert "zérolargeur" in words(content) and "interopérable" in words(content)
