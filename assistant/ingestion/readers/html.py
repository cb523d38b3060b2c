"""Reading a web page: its main content, without menus, scripts or anything it links to.

lxml parses it as browsers do, repairing what is broken. Nothing is fetched: addresses are
never followed, whatever the page asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from assistant.errors import UnreadableFileError
from assistant.ingestion.readers.encoding import decode
from assistant.ingestion.readers.flow import Content, build_document
from assistant.ingestion.readers.flow_items import Item, Run, Table, TableCell
from assistant.ingestion.readers.guess import manual_list_item
from assistant.ingestion.readers.html_hidden import Styles
from assistant.ingestion.readers.sections import cut_sections, settle_headings
from assistant.language.words import words
from assistant.model import BlockKind, ReadDocument

_DROPPED: Final = words(
    "script style noscript template svg canvas iframe object embed applet form button select "
    "input textarea dialog nav aside link meta head map audio video del s strike math title"
)
_PAGE_EDGES: Final = frozenset({"header", "footer"})
_ROLES: Final = words("navigation banner contentinfo complementary search dialog alertdialog menu")
_INTRUSIVE: Final = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|rgpd|gdpr|tarteaucitron|axeptio|didomi|breadcrumbs?"
    r"|fil-d-?ariane|skip-?links?|share|partage|social|newsletter)(?:$|[\s_-])",
    re.IGNORECASE,
)
_COLOUR: Final = re.compile(
    r"(?:^|;)\s*color\s*:\s*(?:#(?P<hex>[0-9a-f]{6}|[0-9a-f]{3})\b"
    r"|rgb\(\s*(?P<r>\d+)\s*,\s*(?P<g>\d+)\s*,\s*(?P<b>\d+)\s*\)|(?P<name>[a-z]+))",
    re.IGNORECASE,
)
_NAMED: Final = {
    "red": 0xFF0000,
    "darkred": 0x8B0000,
    "blue": 0x0000FF,
    "green": 0x008000,
    "orange": 0xFFA500,
    "purple": 0x800080,
    "pink": 0xFFC0CB,
}
_BLOCKS: Final = words(
    "address article blockquote body center dd details dir div dl dt fieldset figcaption figure "
    "footer h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol p pre section summary "
    "table tbody tfoot thead tr td th caption ul"
)
_CHARSET: Final = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE: Final = re.compile(r"<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_MAX_DEPTH: Final = 200


def read_html(path: Path, *, max_pages: int) -> ReadDocument:
    """Read a web page.

    Args:
        path: the file.
        max_pages: more sections than this is refused.

    Raises:
        UnreadableFileError: `endommage`, `vide` or `trop_de_pages`.
    """
    content = path.read_bytes()
    declared = _CHARSET.search(content[:4096])
    text, warnings = decode(content, declared[1].decode("ascii") if declared else None)
    return read_markup(path, text, max_pages=max_pages, warnings=warnings)


def read_markup(
    path: Path,
    text: str,
    *,
    max_pages: int,
    warnings: list[str],
    info: dict[str, str] | None = None,
) -> ReadDocument:
    """Read HTML already decoded.

    Args:
        path: the file it comes from.
        text: the HTML.
        max_pages: more sections than this is refused.
        warnings: what its decoding already said.
        info: what is known of the document, over what the page says.
    """
    from lxml import etree
    from lxml import html as lxml_html

    text = _DOCTYPE.sub("", _DECLARATION.sub("", text.replace("\0", "")), count=1)
    parser = lxml_html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError) as error:
        raise UnreadableFileError(
            f"Le fichier « {path.name} » ne contient aucun texte.",
            "Vérifiez son contenu, ou demandez un nouvel exemplaire.",
            code="vide",
        ) from error
    styles = Styles(root)
    walker = _Walker(_main(root, styles), styles)
    content = walker.content()
    settle_headings(content)
    if walker.hidden:
        warnings.append("La page contient du texte masqué : il n’est pas lu.")
    return build_document(
        path,
        cut_sections(content),
        unit="section",
        info=_info(root) | (info or {}),
        max_pages=max_pages,
        warnings=warnings,
    )


def _info(root: Any) -> dict[str, str]:
    title = " ".join("".join(root.xpath("string(//head/title[1])")).split())
    author = root.xpath("string(//meta[translate(@name,'AUTHOR','author')='author']/@content)")
    return {"title": str(title), "author": str(author)}


def _main(root: Any, styles: Styles) -> Any:
    """The element that holds the content: the page says, or it is the whole body."""
    found = root.xpath("//main | //*[@role='main']")
    if not found:
        found = root.xpath("//article[not(ancestor::article)]")
    found = [
        element
        for element in found
        if not any(styles.hides(holder) for holder in (element, *element.iterancestors()))
    ]
    body = root.find("body")
    whole = body if body is not None else root
    if len(found) != 1 or len(_letters(found[0])) < 0.2 * len(_letters(whole)):
        return whole
    return found[0]


def _letters(element: Any) -> str:
    return "".join(
        str(text)
        for text in element.xpath(
            ".//text()[not(ancestor::script or ancestor::style or ancestor::nav"
            " or ancestor::aside or ancestor::template or ancestor::noscript)]"
        )
    ).replace(" ", "")


class _Walker:
    """Turns a tree into items; inline text gathers until a block ends it."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self._root = root
        self._styles = styles
        self._content: list[Content] = []
        self._runs: list[Run] = []
        self._kind = BlockKind.PARAGRAPH
        self._level = 0
        self._marker = ""
        self.hidden = False

    def content(self) -> list[Content]:
        """Everything the root holds, in order."""
        self._children(self._root, 0, False, 0, 0)
        self._flush()
        return self._content

    def _flush(self) -> None:
        item = Item(self._kind, self._runs, self._level, self._marker)
        if item.text:
            self._content.append(manual_list_item(item))
        self._runs = []
        # What follows the first paragraph of an item belongs to it without a bullet.
        self._kind, self._level, self._marker = BlockKind.PARAGRAPH, 0, ""

    def _text(self, text: str | None, colour: int, bold: bool, keep: bool = False) -> None:
        if text:
            flat = text if keep else re.sub(r"[ \t\r\n\f]+", " ", text)
            self._runs.append(Run(flat, colour, bold))

    def _children(self, element: Any, colour: int, bold: bool, lists: int, depth: int) -> None:
        keep = element.tag == "pre"
        spoken = any((text or "").strip() for text in (element.text, *_tails(element)))
        unseen = spoken and self._styles.hides_words(element)
        self.hidden = self.hidden or unseen
        self._text(None if unseen else element.text, colour, bold, keep)
        for rank, child in enumerate(element):
            if isinstance(child.tag, str) and depth < _MAX_DEPTH and not self._refused(child):
                self._element(child, colour, bold, lists, depth + 1, rank)
            self._text(None if unseen else child.tail, colour, bold, keep)

    def _refused(self, element: Any) -> bool:
        tag = element.tag
        if tag in _DROPPED or element.get("role") in _ROLES:
            return True
        if tag in _PAGE_EDGES and not any(
            parent.tag in {"article", "main", "section"} for parent in element.iterancestors()
        ):
            # The title of a page without <main> often stands in its header.
            return tag == "footer" or element.find(".//h1") is None
        if self._is_hidden(element):
            return True
        names = f"{element.get('class', '')} {element.get('id', '')}"
        return tag in {"div", "section", "ul", "p"} and bool(_INTRUSIVE.search(names))

    def _is_hidden(self, element: Any) -> bool:
        if not self._styles.hides(element):
            return False
        self.hidden = self.hidden or bool("".join(element.itertext()).strip())
        return True

    def _element(
        self, element: Any, colour: int, bold: bool, lists: int, depth: int, rank: int
    ) -> None:
        tag = element.tag
        if tag == "br":
            self._runs.append(Run("\n"))
            return
        if tag not in _BLOCKS:
            tint = _tint(element)
            heavy = bold or tag in {"b", "strong"}
            self._children(element, colour if tint is None else tint, heavy, lists, depth)
            return
        tint = _tint(element)
        colour = colour if tint is None else tint
        self._open(tag)
        if tag == "table":
            self._table(element, colour, depth)
        elif tag in {"ul", "ol", "dir", "menu"}:
            self._list(element, colour, bold, lists, depth)
        else:
            if re.fullmatch(r"h[1-6]", tag):
                self._kind, self._level = BlockKind.HEADING, int(tag[1])
            elif tag in {"figcaption", "caption"}:
                self._kind = BlockKind.CAPTION
            elif tag == "li":  # outside any list
                self._kind, self._level, self._marker = BlockKind.LIST_ITEM, max(1, lists), "•"
            self._children(element, colour, bold or tag == "dt", lists, depth)
            if self._runs or not (tag == "p" and element.getparent().tag == "li"):
                self._flush()

    def _open(self, tag: str) -> None:
        """End the block before, unless it is an item whose text opens in this element."""
        empty = not any(run.text.strip() for run in self._runs)
        if self._kind is BlockKind.LIST_ITEM and empty and tag in {"p", "div", "section"}:
            return
        self._flush()

    def _list(self, element: Any, colour: int, bold: bool, lists: int, depth: int) -> None:
        number = int(element.get("start")) if _is_number(element.get("start")) else 1
        for child in element:
            if not isinstance(child.tag, str) or self._refused(child):
                continue
            if child.tag != "li":
                self._element(child, colour, bold, lists + 1, depth + 1, 0)
                continue
            if _is_number(child.get("value")):
                number = int(child.get("value"))
            self._flush()
            self._kind, self._level = BlockKind.LIST_ITEM, lists + 1
            self._marker = f"{number}." if element.tag == "ol" else "•"
            number += 1
            self._children(child, colour, bold, lists + 1, depth + 1)
            self._flush()

    def _table(self, element: Any, colour: int, depth: int) -> None:
        rows: list[list[TableCell]] = []
        headers = 0
        for caption in element.iterchildren("caption"):
            if self._is_hidden(caption):
                continue
            self._kind = BlockKind.CAPTION
            self._children(caption, colour, False, 0, depth)
            self._flush()
        for row in element.iter("tr"):
            if next(row.iterancestors("table"), None) is not element:
                continue
            group = row.getparent()
            if self._is_hidden(row) or (group is not element and self._is_hidden(group)):
                continue
            cells: list[TableCell] = []
            for cell in row.iterchildren("td", "th"):
                if self._is_hidden(cell):
                    continue
                walker = _Walker(cell, self._styles)
                heading = cell.tag == "th"
                items = [
                    item
                    for entry in walker.content()
                    for item in ([entry] if isinstance(entry, Item) else _lines(entry))
                ]
                self.hidden = self.hidden or walker.hidden
                cells.append(
                    TableCell(items, _count(cell, "colspan"), _count(cell, "rowspan"), heading)
                )
            if not cells:
                continue
            named = row.getparent().tag == "thead" or all(cell.heading for cell in cells)
            if named and headers == len(rows):
                headers += 1
            rows.append(cells)
        if rows:
            self._content.append(Table(rows, headers or None))


def _tails(element: Any) -> Iterator[str | None]:
    return (child.tail for child in element)


def _lines(entry: Content) -> Iterator[Item]:
    """A nested table as lines of its cell."""
    if isinstance(entry, Table):
        for row in entry.rows:
            texts = [cell.text for cell in row if cell.text]
            if texts:
                yield Item(BlockKind.PARAGRAPH, [Run(" ; ".join(texts))])


def _count(cell: Any, name: str) -> int:
    return max(1, min(1000, int(cell.get(name)))) if _is_number(cell.get(name)) else 1


def _is_number(text: str | None) -> bool:
    return text is not None and re.fullmatch(r"\d{1,6}", text, re.ASCII) is not None


def _tint(element: Any) -> int | None:
    """Colour an element sets on its text, 0xRRGGBB."""
    style = element.get("style", "")
    if element.tag == "font" and element.get("color"):
        style = f"color:{element.get('color')}"
    match = _COLOUR.search(style)
    if match is None:
        return None
    if match["hex"]:
        digits = match["hex"]
        return int(digits if len(digits) == 6 else "".join(d * 2 for d in digits), 16)
    if match["name"]:
        return _NAMED.get(match["name"].lower(), 0)
    red, green, blue = (min(255, int(match[name])) for name in "rgb")
    return red << 16 | green << 8 | blue
