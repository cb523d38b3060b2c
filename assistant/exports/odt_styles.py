"""Styles of the OpenDocument files: names, sizes and colours, written once.

The names are those that LibreOffice shows in French (« Titre 1 », « Corps de texte »): an agency
that applies its own template to the file changes its look at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from lxml import etree

from assistant.exports.picture import TEXT_WIDTH_CM

MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.text"
VERSION: Final = "1.3"
_OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES: Final = {
    "office": f"{_OASIS}:office:1.0",
    "style": f"{_OASIS}:style:1.0",
    "text": f"{_OASIS}:text:1.0",
    "table": f"{_OASIS}:table:1.0",
    "draw": f"{_OASIS}:drawing:1.0",
    "svg": f"{_OASIS}:svg-compatible:1.0",
    "fo": f"{_OASIS}:xsl-fo-compatible:1.0",
    "meta": f"{_OASIS}:meta:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xlink": "http://www.w3.org/1999/xlink",
}
_LEVELS: Final = {1: "16pt", 2: "13pt", 3: "11.5pt", 4: "10.5pt", 5: "10.5pt"}
_BORDER: Final = "0.5pt solid #767676"

_FONTS: Final = """
<office:font-face-decls>
  <style:font-face style:name="Liberation Sans" svg:font-family="'Liberation Sans'"
    style:font-family-generic="swiss" style:font-pitch="variable"/>
</office:font-face-decls>"""

_STYLES: Final = """
<office:styles>
  <style:default-style style:family="paragraph">
    <style:paragraph-properties fo:margin-bottom="0.21cm" fo:orphans="2" fo:widows="2"/>
    <style:text-properties style:font-name="Liberation Sans" fo:font-size="10.5pt"
      fo:language="fr" fo:country="FR"/>
  </style:default-style>
  <style:default-style style:family="graphic">
    <style:text-properties fo:language="fr" fo:country="FR"/>
  </style:default-style>
  <style:style style:name="Standard" style:family="paragraph" style:class="text"/>
  <style:style style:name="Text_20_body" style:display-name="Text body" style:family="paragraph"
    style:parent-style-name="Standard" style:class="text"/>
  <style:style style:name="With_20_next" style:display-name="With next" style:family="paragraph"
    style:parent-style-name="Text_20_body" style:class="text">
    <style:paragraph-properties fo:keep-with-next="always"/>
  </style:style>
  <style:style style:name="Title" style:family="paragraph" style:parent-style-name="Standard"
    style:next-style-name="Text_20_body" style:class="chapter">
    <style:paragraph-properties fo:margin-bottom="0.3cm" fo:keep-with-next="always"/>
    <style:text-properties fo:font-size="20pt" fo:font-weight="bold" fo:color="#1b1b2f"/>
  </style:style>
  <style:style style:name="Subtitle" style:family="paragraph" style:parent-style-name="Standard"
    style:next-style-name="Text_20_body" style:class="chapter">
    <style:text-properties fo:color="#3c3c3c"/>
  </style:style>
  {headings}
  <style:style style:name="List_20_item" style:display-name="List item"
    style:family="paragraph" style:parent-style-name="Standard" style:class="list">
    <style:paragraph-properties fo:margin-bottom="0.1cm"/>
  </style:style>
  <style:style style:name="Caption" style:family="paragraph" style:parent-style-name="Standard"
    style:class="extra">
    <style:paragraph-properties fo:margin-top="0.3cm" fo:keep-with-next="always"/>
    <style:text-properties fo:font-weight="bold" fo:font-size="9.5pt" fo:color="#1b1b2f"/>
  </style:style>
  <style:style style:name="Table_20_Contents" style:display-name="Table Contents"
    style:family="paragraph" style:parent-style-name="Standard" style:class="extra">
    <style:paragraph-properties fo:margin-bottom="0cm"/>
    <style:text-properties fo:font-size="9.5pt"/>
  </style:style>
  <style:style style:name="Table_20_Heading" style:display-name="Table Heading"
    style:family="paragraph" style:parent-style-name="Table_20_Contents" style:class="extra">
    <style:text-properties fo:font-weight="bold"/>
  </style:style>
  <style:style style:name="Footnote" style:family="paragraph" style:parent-style-name="Standard"
    style:class="extra">
    <style:paragraph-properties fo:margin-left="0.5cm" fo:text-indent="-0.5cm"
      fo:margin-bottom="0.05cm"/>
    <style:text-properties fo:font-size="8.5pt"/>
  </style:style>
  <style:style style:name="Footer" style:family="paragraph" style:parent-style-name="Standard"
    style:class="extra">
    <style:text-properties fo:font-size="8pt" fo:color="#3c3c3c"/>
  </style:style>
  <style:style style:name="Strong" style:family="text">
    <style:text-properties fo:font-weight="bold"/>
  </style:style>
  <style:style style:name="Footnote_20_anchor" style:display-name="Footnote anchor"
    style:family="text">
    <style:text-properties style:text-position="super 58%"/>
  </style:style>
  <text:list-style style:name="Bullets">
    <text:list-level-style-bullet text:level="1" text:bullet-char="•">
      <style:list-level-properties text:list-level-position-and-space-mode="label-alignment">
        <style:list-level-label-alignment text:label-followed-by="listtab"
          text:list-tab-stop-position="0.9cm" fo:text-indent="-0.5cm" fo:margin-left="0.9cm"/>
      </style:list-level-properties>
    </text:list-level-style-bullet>
  </text:list-style>
  <text:notes-configuration text:note-class="footnote"
    text:citation-body-style-name="Footnote_20_anchor" style:num-format="1" text:start-value="0"
    text:footnotes-position="page" text:start-numbering-at="document"/>
</office:styles>
<office:automatic-styles>
  <style:page-layout style:name="A4">
    <style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm"
      style:print-orientation="portrait" fo:margin-top="2cm" fo:margin-bottom="1.4cm"
      fo:margin-left="2.2cm" fo:margin-right="2.2cm"/>
    <style:footer-style>
      <style:header-footer-properties fo:min-height="0.6cm" fo:margin-top="0.3cm"/>
    </style:footer-style>
  </style:page-layout>
</office:automatic-styles>
<office:master-styles>
  <style:master-page style:name="Standard" style:page-layout-name="A4">
    <style:footer>
      <text:p text:style-name="Footer">{footer}<text:page-number
        text:select-page="current">1</text:page-number></text:p>
    </style:footer>
  </style:master-page>
</office:master-styles>"""

_HEADING: Final = """
<style:style style:name="Heading_20_{level}" style:display-name="Heading {level}"
  style:family="paragraph" style:parent-style-name="Standard"
  style:next-style-name="Text_20_body" style:default-outline-level="{level}" style:class="text">
  <style:paragraph-properties fo:margin-top="0.45cm" fo:margin-bottom="0.2cm"
    fo:keep-with-next="always"/>
  <style:text-properties fo:font-size="{size}" fo:font-weight="bold" fo:color="#1b1b2f"/>
</style:style>
<style:style style:name="New_20_page_20_{level}" style:display-name="New page {level}"
  style:family="paragraph" style:parent-style-name="Heading_20_{level}"
  style:next-style-name="Text_20_body" style:class="text">
  <style:paragraph-properties fo:break-before="page"/>
</style:style>"""

_AUTOMATIC: Final = """
<office:automatic-styles>
  <style:style style:name="Table" style:family="table">
    <style:table-properties style:width="{width}cm" table:align="left"
      table:border-model="collapsing" fo:margin-bottom="0.3cm"/>
  </style:style>
  {columns}
  <style:style style:name="Row" style:family="table-row">
    <style:table-row-properties fo:keep-together="always"/>
  </style:style>
  <style:style style:name="Long_20_row" style:family="table-row">
    <style:table-row-properties fo:keep-together="auto"/>
  </style:style>
  <style:style style:name="Cell" style:family="table-cell">
    <style:table-cell-properties fo:border="{border}" fo:padding="0.12cm"/>
  </style:style>
  <style:style style:name="Picture" style:family="graphic">
    <style:graphic-properties style:vertical-pos="top" style:vertical-rel="baseline"/>
  </style:style>
</office:automatic-styles>"""


def styles_part(footer: str) -> Any:
    """The styles of the whole file, its page and its footer.

    Args:
        footer: text before the page number, without characters that XML refuses; may be empty.
    """
    headings = "".join(_HEADING.format(level=level, size=size) for level, size in _LEVELS.items())
    said = f"{escape(footer)} – page " if footer else "Page "
    return _parsed(
        f'<office:document-styles {_declared()} office:version="{VERSION}">'
        + _FONTS
        + _STYLES.format(headings=headings, footer=said)
        + "</office:document-styles>"
    )


def automatic_styles(columns: Mapping[str, float]) -> Any:
    """The styles of the content: tables, pictures, and a style for each width of column.

    Args:
        columns: name of the style → width in centimetres.
    """
    written = "".join(
        f'<style:style style:name="{name}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width:.2f}cm"/></style:style>'
        for name, width in columns.items()
    )
    text = _AUTOMATIC.format(columns=written, border=_BORDER, width=TEXT_WIDTH_CM)
    return _parsed(f"<root {_declared()}>{text}</root>")[0]


def column_style(width: float) -> str:
    """Name of the style of a column as wide as this, in centimetres."""
    return f"Column{round(width * 100)}"


def _declared() -> str:
    return " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMESPACES.items())


def _parsed(text: str) -> Any:
    # Spaces between the elements of these texts are ours: the parser drops them.
    return etree.fromstring(text.encode(), etree.XMLParser(remove_blank_text=True))
