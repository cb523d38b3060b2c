"""OpenDocument writer (ODF 1.3, ISO/IEC 26300): headings, lists, footnotes, table headers, French.

The package holds the five parts that the standard asks for (part 2, § 3): the type first and
uncompressed, the manifest, the content, the styles and the properties.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from lxml import etree
from lxml.builder import ElementMaker

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
from assistant.exports.odt_styles import (
    MEDIA_TYPE,
    NAMESPACES,
    VERSION,
    automatic_styles,
    column_style,
    styles_part,
)
from assistant.exports.picture import TEXT_WIDTH_CM, fitted, png_of

_SPACES: Final = re.compile(" +")
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""First moment that a ZIP archive can hold: the date of every part, whatever the machine."""

_office = ElementMaker(namespace=NAMESPACES["office"], nsmap=NAMESPACES)
_text = ElementMaker(namespace=NAMESPACES["text"], nsmap=NAMESPACES)
_table = ElementMaker(namespace=NAMESPACES["table"], nsmap=NAMESPACES)
_draw = ElementMaker(namespace=NAMESPACES["draw"], nsmap=NAMESPACES)
_svg = ElementMaker(namespace=NAMESPACES["svg"], nsmap=NAMESPACES)
_MANIFEST: Final = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_manifest = ElementMaker(namespace=_MANIFEST, nsmap={"manifest": _MANIFEST})


def odt(document: ExportDocument) -> bytes:
    """Write a document as an OpenDocument text."""
    body = _Body()
    body.write(document)
    root = _office(
        "document-content",
        automatic_styles(body.columns),
        _office("body", body.text),
        **{_name("office:version"): VERSION},
    )
    parts = {
        "content.xml": _xml(root),
        "styles.xml": _xml(styles_part(plain(document.footer))),
        "meta.xml": _xml(_meta(document)),
        **body.pictures,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        # The type comes first, as it is, so that it is read at a fixed place of the file.
        archive.writestr(_entry("mimetype", zipfile.ZIP_STORED), MEDIA_TYPE)
        for name, content in parts.items():
            archive.writestr(_entry(name, zipfile.ZIP_DEFLATED), content)
        archive.writestr(
            _entry("META-INF/manifest.xml", zipfile.ZIP_DEFLATED), _xml(_listing(list(parts)))
        )
    return stream.getvalue()


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = compression
    return entry


def _xml(root: Any) -> bytes:
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return content


def _name(prefixed: str) -> str:
    prefix, name = prefixed.split(":")
    return f"{{{NAMESPACES[prefix]}}}{name}"


def _named(**attributes: str) -> dict[str, str]:
    """Attributes with their namespaces: `text__style_name` is `text:style-name`."""
    return {
        _name(key.replace("__", ":").replace("_", "-")): value for key, value in attributes.items()
    }


class _Body:
    """The text of the document while it is written, and what it needs beside it."""

    def __init__(self) -> None:
        self.text = _office("text")
        self.columns: dict[str, float] = {}
        self.pictures: dict[str, bytes] = {}
        self._notes = 0
        self._tables = 0

    def write(self, document: ExportDocument) -> None:
        """Write every block, in order."""
        self._line("Title", (Run(document.title),))
        if document.subject:
            self._line("Subtitle", (Run(document.subject),))
        for block in document.blocks:
            if isinstance(block, Heading):
                self._heading(block)
            elif isinstance(block, Paragraph):
                style = "With_20_next" if block.with_next else "Text_20_body"
                self._line(style, block.runs)
            elif isinstance(block, Items):
                self._items(block)
            elif isinstance(block, Picture):
                self._picture(block)
            else:
                self._add_table(block)
        if document.made is not None:
            made = f"Document produit le {document.made:%d/%m/%Y à %H:%M}."
            self._line("Text_20_body", (Run(made),))

    def _line(self, style: str, runs: Sequence[Run]) -> None:
        line = _text("p", _named(text__style_name=style))
        self._fill(line, runs)
        self.text.append(line)

    def _heading(self, block: Heading) -> None:
        level = min(block.level, 5)
        style = f"{'New_20_page' if block.new_page else 'Heading'}_20_{level}"
        heading = _text("h", _named(text__style_name=style, text__outline_level=str(level)))
        _Writer(heading).add(plain(block.text))
        self.text.append(heading)

    def _items(self, block: Items) -> None:
        if not block.items:
            return
        listed = _text("list", _named(text__style_name="Bullets"))
        for item in block.items:
            line = _text("p", _named(text__style_name="List_20_item"))
            self._fill(line, item)
            listed.append(_text("list-item", line))
        self.text.append(listed)

    def _picture(self, block: Picture) -> None:
        self._line("Caption", (Run(block.caption),))
        number = len(self.pictures) + 1
        name = f"Pictures/image{number}.png"
        self.pictures[name] = png_of(block.svg)
        width, height = fitted(block.svg)
        place = _named(
            draw__style_name="Picture",
            draw__name=f"Image{number}",
            text__anchor_type="as-char",
            svg__width=f"{width:.2f}cm",
            svg__height=f"{height:.2f}cm",
        )
        source = _named(
            xlink__href=name,
            xlink__type="simple",
            xlink__show="embed",
            xlink__actuate="onLoad",
            draw__mime_type="image/png",
        )
        frame = _draw(
            "frame",
            place,
            _draw("image", source),
            _svg("title", plain(block.caption)),
            _svg("desc", plain(block.alt)),
        )
        self.text.append(_text("p", _named(text__style_name="Text_20_body"), frame))

    def _add_table(self, block: Table) -> None:
        self._line("Caption", (Run(block.caption),))
        self._tables += 1
        table = _table(
            "table",
            _named(table__name=f"Tableau{self._tables}", table__style_name="Table"),
            _table("title", plain(block.caption)),
        )
        widths = block.widths or (1.0,) * len(block.header)
        for share in widths:
            width = TEXT_WIDTH_CM * share / sum(widths)
            style = column_style(width)
            self.columns[style] = width
            table.append(_table("table-column", _named(table__style_name=style)))
        header = self._row("Table_20_Heading", [(Run(name),) for name in block.header])
        table.append(_table("table-header-rows", header))
        for row in block.rows:
            table.append(self._row("Table_20_Contents", row))
        self.text.append(table)

    def _row(self, style: str, cells: Sequence[Sequence[Run]]) -> Any:
        style_of_row = "Row" if holds_together(cells) else "Long_20_row"
        row = _table("table-row", _named(table__style_name=style_of_row))
        for runs in cells:
            line = _text("p", _named(text__style_name=style))
            self._fill(line, runs)
            kind = _named(table__style_name="Cell", office__value_type="string")
            row.append(_table("table-cell", kind, line))
        return row

    def _fill(self, line: Any, runs: Sequence[Run]) -> None:
        writer = _Writer(line)
        for run in runs:
            if run.strong:
                span = _text("span", _named(text__style_name="Strong"))
                line.append(span)
                writer.within(span).add(plain(run.text))
                writer.within(line)
            else:
                writer.add(plain(run.text))
            for index, note in enumerate(run.notes):
                if index:  # two calls side by side would read as one number
                    line.append(_text("span", _named(text__style_name="Footnote_20_anchor"), ","))
                line.append(self._note(note))

    def _note(self, text: str) -> Any:
        self._notes += 1
        said = _text("p", _named(text__style_name="Footnote"))
        _Writer(said).add(f" {plain(text)}")  # a number against a word would read as one
        return _text(
            "note",
            _named(text__id=f"note{self._notes}", text__note_class="footnote"),
            _text("note-citation", str(self._notes)),
            _text("note-body", said),
        )


class _Writer:
    """Adds text to a line; spaces that a reader of the file would drop become `text:s`."""

    def __init__(self, line: Any) -> None:
        self._element = line
        self._spaced = True

    def within(self, element: Any) -> _Writer:
        """Go on in another element of the same line."""
        self._element = element
        return self

    def add(self, text: str) -> None:
        """Add text after what the element holds."""
        at = 0
        for found in _SPACES.finditer(text):
            self._plain(text[at : found.start()])
            count = found.end() - found.start()
            if not self._spaced:
                self._plain(" ")
                count -= 1
            if count:
                self._element.append(_text("s", _named(text__c=str(count))))
            self._spaced = True
            at = found.end()
        self._plain(text[at:])

    def _plain(self, text: str) -> None:
        if not text:
            return
        self._spaced = text == " "
        if len(self._element):
            last = self._element[-1]
            last.tail = (last.tail or "") + text
        else:
            self._element.text = (self._element.text or "") + text


def _meta(document: ExportDocument) -> Any:
    meta = ElementMaker(namespace=NAMESPACES["meta"], nsmap=NAMESPACES)
    core = ElementMaker(namespace=NAMESPACES["dc"], nsmap=NAMESPACES)
    properties = [
        meta("generator", "Assistant"),
        core("title", plain(document.title)),
        core("subject", plain(document.subject)),
        meta("initial-creator", "Assistant"),
        core("creator", "Assistant"),
        core("language", "fr-FR"),
    ]
    if document.made is not None:
        made = _moment(document.made)
        properties += [meta("creation-date", made), core("date", made)]
    return _office(
        "document-meta",
        _office("meta", *properties),
        **{_name("office:version"): VERSION},
    )


def _moment(made: datetime) -> str:
    return made.replace(tzinfo=None).isoformat(timespec="seconds")


def _listing(parts: Sequence[str]) -> Any:
    key = f"{{{_MANIFEST}}}"

    def listed(path: str, kind: str) -> Any:
        return _manifest("file-entry", {f"{key}full-path": path, f"{key}media-type": kind})

    root = _manifest("manifest", {f"{key}version": VERSION}, listed("/", MEDIA_TYPE))
    for name in parts:
        root.append(listed(name, "image/png" if name.endswith(".png") else "text/xml"))
    return root
