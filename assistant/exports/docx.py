"""Word writer: real headings, lists, table headers and footnotes, language French.

python-docx has no footnotes: their part (WordprocessingML, ECMA-376 part 1, § 17.11) is
written here, with the two separators that Word expects.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any

from docx import Document as new_document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from lxml import etree

from assistant.exports.document import (
    ExportDocument,
    Heading,
    Items,
    Paragraph,
    Picture,
    Run,
    Table,
    holds_together,
    plain,
)
from assistant.exports.picture import TEXT_WIDTH_CM, fitted, png_of

_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_REFERENCE = "footnote reference"
_INK = RGBColor(0x1B, 0x1B, 0x2F)


def docx(document: ExportDocument) -> bytes:
    """Write a document as an Office Open XML file."""
    file = new_document()
    _prepare(file, document)
    # python-docx goes through every style each time one is named.
    file.part.get_style_id = cache(file.part.get_style_id)  # type: ignore[method-assign]
    notes = _Footnotes()
    file.add_heading(plain(document.title), 0)
    if document.subject:
        file.add_paragraph(plain(document.subject), style="Subtitle")
    for block in document.blocks:
        if isinstance(block, Heading):
            heading = file.add_heading(plain(block.text), min(block.level, 5))
            heading.paragraph_format.page_break_before = block.new_page or None
        elif isinstance(block, Paragraph):
            paragraph = file.add_paragraph()
            paragraph.paragraph_format.keep_with_next = block.with_next or None
            _add_runs(paragraph, block.runs, notes)
        elif isinstance(block, Items):
            for item in block.items:
                _add_runs(file.add_paragraph(style="List Bullet"), item, notes)
        elif isinstance(block, Picture):
            _add_picture(file, block)
        else:
            _add_table(file, block, notes)
    if document.made is not None:
        file.add_paragraph(f"Document produit le {document.made:%d/%m/%Y à %H:%M}.")
    notes.attach(file)
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def _prepare(file: Any, document: ExportDocument) -> None:
    properties = file.core_properties
    properties.title = plain(document.title)[:255]
    properties.subject = plain(document.subject)[:255]
    properties.author = "Assistant"
    properties.language = "fr-FR"
    if document.made is not None:
        properties.created = properties.modified = document.made.replace(tzinfo=None)
    # Screen readers and spelling follow the language of the default style.
    defaults = file.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault"))
    language = defaults.find(qn("w:rPr")).find(qn("w:lang"))
    language.set(qn("w:val"), "fr-FR")
    _localise(file)
    styles = file.styles
    styles["Normal"].font.name = "Liberation Sans"
    styles["Normal"].font.size = Pt(10.5)
    styles["Normal"].paragraph_format.space_after = Pt(6)
    for name in ("Title", "Heading 1", "Heading 2", "Heading 3", "Subtitle", "Caption"):
        style = styles[name]
        style.font.name = "Liberation Sans"
        style.font.color.rgb = _INK
        fonts = style.element.rPr.rFonts
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    # Word knows its own styles by these names, in lower case.
    reference = styles.add_style(_REFERENCE, WD_STYLE_TYPE.CHARACTER, builtin=True)
    reference.style_id, reference.font.superscript = "FootnoteReference", True
    text = styles.add_style("footnote text", WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    text.style_id = "FootnoteText"
    text.base_style = styles["Normal"]
    text.font.size = Pt(8.5)
    text.paragraph_format.space_after = Pt(2)
    section = file.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    footer = section.footer.paragraphs[0]
    footer.text = f"{plain(document.footer)} – page " if document.footer else "Page "
    _add_field(footer, "PAGE")


def _localise(file: Any) -> None:
    """Make French of what the template of python-docx says of itself in English."""
    settings = file.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:val"), "fr-FR")
    settings.find(qn("w:decimalSymbol")).set(qn("w:val"), ",")
    settings.find(qn("w:listSeparator")).set(qn("w:val"), ";")
    settings.find(qn("w:zoom")).set(qn("w:percent"), "100")  # the schema asks for it
    # The preview of another file, and a second set of styles, in English, for an old Word.
    for part, unwanted in ((file.part.package, "/thumbnail"), (file.part, "/stylesWithEffects")):
        for name in [key for key, one in part.rels.items() if one.reltype.endswith(unwanted)]:
            part.rels.pop(name)


def _add_field(paragraph: Any, name: str) -> None:
    for kind, text in (("begin", None), (None, name), ("end", None)):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)


def _add_runs(paragraph: Any, runs: Sequence[Run], notes: _Footnotes) -> None:
    for run in runs:
        added = paragraph.add_run(plain(run.text))
        added.bold = run.strong or None
        for index, note in enumerate(run.notes):
            if index:  # two calls side by side would read as one number
                paragraph.add_run(",", style=_REFERENCE)
            paragraph.add_run(style=_REFERENCE)._r.append(notes.add(note))


def _add_caption(file: Any, text: str) -> None:
    caption = file.add_paragraph(style="Caption")
    caption.add_run(plain(text))
    caption.paragraph_format.keep_with_next = True


def _add_picture(file: Any, block: Picture) -> None:
    _add_caption(file, block.caption)
    width, height = fitted(block.svg)
    shape = file.add_picture(io.BytesIO(png_of(block.svg)), Cm(width), Cm(height))
    shape._inline.docPr.set("title", plain(block.caption))
    shape._inline.docPr.set("descr", plain(block.alt))


def _add_table(file: Any, block: Table, notes: _Footnotes) -> None:
    _add_caption(file, block.caption)
    table = file.add_table(rows=1, cols=len(block.header), style="Table Grid")
    properties = table._tbl.tblPr
    for tag, text in (("w:tblCaption", block.caption), ("w:tblDescription", block.caption)):
        element = OxmlElement(tag)
        element.set(qn("w:val"), plain(text))
        properties.append(element)
    for cell, name in zip(table.rows[0].cells, block.header, strict=True):
        cell.paragraphs[0].add_run(plain(name)).bold = True
    repeated = OxmlElement("w:tblHeader")  # a screen reader announces it; Word repeats it
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for row in block.rows:
        added = table.add_row()
        if holds_together(row):
            added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, runs in zip(added.cells, row, strict=True):
            _add_runs(cell.paragraphs[0], runs, notes)
    if block.widths:
        total = sum(block.widths)
        table.autofit = False
        for column, share in zip(table.columns, block.widths, strict=True):
            column.width = Cm(
                TEXT_WIDTH_CM * share / total
            )  # LibreOffice reads the grid, Word the cells
            for cell in column.cells:
                cell.width = column.width


class _Footnotes:
    """The footnotes part, and the references to it."""

    def __init__(self) -> None:
        root = (
            f"<w:footnotes {nsdecls('w')}>"
            '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p>'
            '</w:footnote><w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r>'
            "<w:continuationSeparator/></w:r></w:p></w:footnote></w:footnotes>"
        )
        self._root = etree.fromstring(root)
        self._count = 0

    def add(self, text: str) -> Any:
        """Write a note; return the element that calls it."""
        self._count += 1
        note = etree.SubElement(self._root, qn("w:footnote"), {qn("w:id"): str(self._count)})
        paragraph = etree.SubElement(note, qn("w:p"))
        style = etree.SubElement(etree.SubElement(paragraph, qn("w:pPr")), qn("w:pStyle"))
        style.set(qn("w:val"), "FootnoteText")
        mark = etree.SubElement(paragraph, qn("w:r"))
        superscript = etree.SubElement(etree.SubElement(mark, qn("w:rPr")), qn("w:rStyle"))
        superscript.set(qn("w:val"), "FootnoteReference")
        etree.SubElement(mark, qn("w:footnoteRef"))
        body = etree.SubElement(etree.SubElement(paragraph, qn("w:r")), qn("w:t"))
        body.text = " " + plain(text)
        body.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), str(self._count))
        return reference

    def attach(self, file: Any) -> None:
        """Put the part in the file, if there is any note."""
        if self._count:
            blob = etree.tostring(
                self._root, xml_declaration=True, encoding="UTF-8", standalone=True
            )
            part = Part(PackURI("/word/footnotes.xml"), _FOOTNOTES, blob, file.part.package)
            file.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
            settings = file.settings.element
            separators = OxmlElement("w:footnotePr")
            for name in ("-1", "0"):
                separators.append(OxmlElement("w:footnote", {qn("w:id"): name}))
            settings.find(qn("w:compat")).addprevious(separators)
