"""Word files: what the schema of WordprocessingML asks for (ECMA-376 part 1), where Word is strict.

Word refuses a file, or « repairs » it, when the children of some elements are out of order or an
identifier is given twice; other programs, and python-docx, read it without a word.
"""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise

import pytest
from docx import Document as open_docx
from lxml import etree

from assistant.exports.document import Heading, Paragraph, Run
from assistant.exports.docx import docx
from tests.exports.test_odt import WHOLE, a_document

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
CONTENT = docx(WHOLE)

ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr"
    " suppressLineNumbers pBdr shd tabs suppressAutoHyphens spacing ind contextualSpacing"
    " mirrorIndents jc outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike color spacing w kern position sz szCs"
    " highlight u effect shd vertAlign rtl cs lang",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc"
    " tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tcPr": "cnfStyle tcW gridSpan vMerge tcBorders shd noWrap tcMar textDirection vAlign",
    "sectPr": "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc"
    " pgBorders lnNumType pgNumType cols titlePg textDirection bidi docGrid",
    "tbl": "tblPr tblGrid tr",
    "tc": "tcPr p",
    "settings": "zoom proofState defaultTabStop characterSpacingControl savePreviewPicture"
    " footnotePr endnotePr compat rsids mathPr themeFontLang clrSchemeMapping"
    " doNotAutoCompressPictures shapeDefaults decimalSymbol listSeparator docId defaultImageDpi",
}
"""Order of the children that our files may have (§ 17.3, 17.4, 17.6, 17.15)."""


def part(name: str) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as archive:
        return etree.fromstring(archive.read(name))


@pytest.mark.parametrize("name", ["document", "footnotes", "footer1", "settings"])
def test_children_stand_in_the_order_of_the_schema(name: str) -> None:
    for element in part(f"word/{name}.xml").iter():
        tag = etree.QName(element).localname
        if tag not in ORDER:
            continue
        ranks = [ORDER[tag].split().index(etree.QName(child).localname) for child in element]
        assert all(before <= after for before, after in pairwise(ranks)), etree.tostring(element)
        if tag.endswith("Pr") and tag != "sectPr":
            assert len(set(ranks)) == len(ranks), etree.tostring(element)


def test_every_identifier_is_given_once_and_every_call_has_its_note() -> None:
    body, notes = part("word/document.xml"), part("word/footnotes.xml")
    called = [one.get(f"{W}id") for one in body.iter(f"{W}footnoteReference")]
    written = [one.get(f"{W}id") for one in notes.iter(f"{W}footnote")]
    assert written == ["-1", "0", *called] and len(set(written)) == len(written)
    drawn = [one.get("id") for one in body.iter(f"{WP}docPr")]
    assert drawn and len(set(drawn)) == len(drawn)
    declared = [one.get(f"{W}id") for one in part("word/settings.xml").iter(f"{W}footnote")]
    assert declared == ["-1", "0"]


def test_every_part_has_its_type_and_every_relationship_its_part() -> None:
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as archive:
        names = set(archive.namelist())
        assert not any("thumbnail" in name or "stylesWithEffects" in name for name in names)
    assert len(names) == len(zipfile.ZipFile(io.BytesIO(CONTENT)).namelist())
    types = part("[Content_Types].xml")
    typed = {one.get("PartName") for one in types if one.get("PartName")}
    extensions = {one.get("Extension") for one in types if one.get("Extension")}
    assert {one.lstrip("/") for one in typed} <= names
    assert all(f"/{one}" in typed or one.rsplit(".", 1)[-1] in extensions for one in names)
    relations = {one.get("Id"): one.get("Target") for one in part("word/_rels/document.xml.rels")}
    assert all(one.startswith("../") or f"word/{one}" in names for one in relations.values())
    used = {
        value
        for one in part("word/document.xml").iter()
        for key, value in one.attrib.items()
        if key.startswith(R)
    }
    assert used <= relations.keys()


def test_styles_are_those_that_word_knows_and_every_one_used_exists() -> None:
    styles = part("word/styles.xml")
    names = {
        one.get(f"{W}styleId"): one.find(f"{W}name").get(f"{W}val")
        for one in styles.iter(f"{W}style")
    }
    assert names["FootnoteText"] == "footnote text"
    assert names["FootnoteReference"] == "footnote reference"
    custom = {one.get(f"{W}styleId") for one in styles if one.get(f"{W}customStyle")}
    assert not {"FootnoteText", "FootnoteReference"} & custom
    for rank in (1, 2):
        heading = next(
            one for one in styles.iter(f"{W}style") if one.get(f"{W}styleId") == f"Heading{rank}"
        )
        assert heading.find(f".//{W}outlineLvl").get(f"{W}val") == str(rank - 1)
    for name in ("document", "footnotes"):
        for tag in ("pStyle", "rStyle", "tblStyle"):
            used = {one.get(f"{W}val") for one in part(f"word/{name}.xml").iter(f"{W}{tag}")}
            assert used <= names.keys()


def test_the_file_says_french_and_what_its_tables_and_pictures_show() -> None:
    languages = {one.get(f"{W}val") for one in part("word/styles.xml").iter(f"{W}lang")}
    assert languages == {"fr-FR"}
    settings = part("word/settings.xml")
    assert settings.find(f"{W}themeFontLang").get(f"{W}val") == "fr-FR"
    assert settings.find(f"{W}decimalSymbol").get(f"{W}val") == ","
    body = part("word/document.xml")
    assert [one.get("descr") for one in body.iter(f"{WP}docPr")] == ["Un rectangle bleu."]
    for table in body.iter(f"{W}tbl"):
        assert table.find(f"{W}tblPr/{W}tblCaption") is not None
        headers = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in table.iter(f"{W}tr")]
        assert headers[0] and not any(headers[1:])


def test_a_line_that_announces_stays_with_what_follows() -> None:
    line = Paragraph((Run("Statut"),), with_next=True)
    file = open_docx(io.BytesIO(docx(a_document(Heading("Titre"), line, Paragraph((Run("a"),))))))
    kept = {one.text: one.paragraph_format.keep_with_next for one in file.paragraphs}
    assert (kept["Statut"], kept["a"]) == (True, None)
