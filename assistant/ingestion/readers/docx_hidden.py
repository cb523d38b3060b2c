"""What a Word file holds and does not show: its colour, its size, its place hide it.

Marks of hidden text are read by `docx`; here is what takes a look at the surroundings. A
doubt keeps the text: white words stand on a shaded cell, on a table whose style is coloured,
or on a picture laid under them.
"""

from __future__ import annotations

from typing import Any, Final

from assistant.ingestion.hidden_text import SMALLEST, matches
from assistant.ingestion.readers.docx_styles import Styles, W, integer, on, value

_W14: Final = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_WP: Final = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_WPS: Final = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_V: Final = "{urn:schemas-microsoft-com:vml}"

_WHITE: Final = 0xFFFFFF
_HALF_POINTS: Final = 2 * SMALLEST
_CRUSHED: Final = 10
"""Per cent of their width below which letters cannot be told apart."""
_CLEAR: Final = 95_000
"""Thousandths of a per cent of transparency beyond which nothing shows."""
_SIDE: Final = 720_000
"""EMU (2 cm): floating pictures smaller than this do not stand behind words."""
_NEAR_BLOCKS: Final = 20
"""Blocks around a floating picture that it may stand behind: about a page."""
_FAR: Final = (-4_000, 30_000)
"""Twips: a frame placed beyond is off any sheet."""
_MARKER: Final = {
    "yellow": 0xFFFF00,
    "green": 0x00FF00,
    "cyan": 0x00FFFF,
    "magenta": 0xFF00FF,
    "blue": 0x0000FF,
    "red": 0xFF0000,
    "black": 0x000000,
    "white": 0xFFFFFF,
}


class Sight:
    """Tells whether the runs of a Word file show.

    Args:
        root: `w:document`.
        styles: of the file.
        edges: roots of its headers and footers.
    """

    def __init__(self, root: Any, styles: Styles, edges: list[Any]) -> None:
        self._styles = styles
        self._paper: int | None = _WHITE
        background = root.find(f"{W}background")
        if background is not None:
            self._paper = _number(background.get(f"{W}color"))
        self._floating: list[int] = []
        if any(_floats(edge) for edge in edges):
            self._paper = None  # a picture behind every page: nobody knows what shows on it
        body = root.find(f"{W}body")
        self._ranks: dict[Any, int] = {}
        for rank, block in enumerate(body if body is not None else ()):
            self._ranks[block] = rank
            if _floats(block):
                self._floating.append(rank)

    def hides(self, run: Any, properties: Any | None, own: str | None, style: str | None) -> bool:
        """Tell whether the look of a run keeps it from being seen.

        Args:
            run: `w:r`.
            properties: its `w:rPr`.
            own: its style of characters.
            style: the style of its paragraph.
        """
        size = self._nearest("sz", properties, own, style)
        if size is not None and integer(size, 99) <= _HALF_POINTS:
            return True
        width = self._nearest("w", properties, own, style)
        if width is not None and integer(width.rstrip("%"), 100) < _CRUSHED:
            return True
        if properties is not None and _is_clear(properties):
            return True
        colour = _number(self._nearest("color", properties, own, style))
        if colour is None:  # automatic: Word takes one that shows
            return False
        background = self._behind(run, properties, own, style)
        return background is not None and matches(colour, background)

    def _nearest(self, tag: str, properties: Any | None, *styles: str | None) -> str | None:
        found = value(properties, tag) if properties is not None else None
        for identifier in styles:
            if found is not None:
                break
            for owner in self._styles.chain(identifier):
                found = value(owner, "rPr", tag)
                if found is not None:
                    break
        return found

    def _behind(
        self, run: Any, properties: Any | None, own: str | None, style: str | None
    ) -> int | None:
        """Colour that a run stands on; `None` when it is not known."""
        highlight = self._nearest("highlight", properties, own, style)
        if highlight is not None and highlight != "none":
            return _MARKER.get(highlight)
        owners = [properties]
        owners += [found.find(f"{W}rPr") for found in self._styles.chain(own)]
        paragraph = next(run.iterancestors(f"{W}p"), None)
        owners.append(paragraph.find(f"{W}pPr") if paragraph is not None else None)
        for found in self._styles.chain(style):
            owners += [found.find(f"{W}rPr"), found.find(f"{W}pPr")]
        for owner in owners:
            shade = owner.find(f"{W}shd") if owner is not None else None
            if shade is not None and (shade.get(f"{W}fill") or "auto") != "auto":
                return _number(shade.get(f"{W}fill"))
        return self._around(run)

    def _around(self, run: Any) -> int | None:
        top = run
        for parent in run.iterancestors():
            if parent.tag == f"{W}tc":
                shade = parent.find(f"{W}tcPr/{W}shd")
                if shade is not None and (shade.get(f"{W}fill") or "auto") != "auto":
                    return _number(shade.get(f"{W}fill"))
            elif parent.tag == f"{W}tbl":
                if self._is_coloured(parent):
                    return None
            elif parent.tag == f"{W}txbxContent":
                shape = next(parent.iterancestors(f"{_WPS}wsp"), None)
                if shape is None or shape.find(f"{_WPS}spPr/{_A}noFill") is None:
                    return None
            if parent in self._ranks:
                top = parent
                break
        rank = self._ranks.get(top)
        if rank is not None and any(abs(rank - other) <= _NEAR_BLOCKS for other in self._floating):
            return None
        return self._paper

    def _is_coloured(self, table: Any) -> bool:
        """Whether a table, or its style, shades some of its cells."""
        properties = table.find(f"{W}tblPr")
        if properties is None:
            return False
        if properties.find(f"{W}shd") is not None:
            return True
        return any(
            next(owner.iter(f"{W}shd"), None) is not None
            for owner in self._styles.chain(value(properties, "tblStyle"))
        )


def is_off_sheet(properties: Any | None) -> bool:
    """Tell whether a paragraph stands in a frame placed off the sheet."""
    frame = properties.find(f"{W}framePr") if properties is not None else None
    if frame is None:
        return False
    places = [integer(frame.get(f"{W}{axis}")) for axis in ("x", "y")]
    return any(not _FAR[0] < place < _FAR[1] for place in places)


def is_hidden_row(properties: Any | None) -> bool:
    """Tell whether a row of a table is hidden."""
    return bool(on(properties, "hidden"))


def is_hidden_drawing(drawing: Any) -> bool:
    """Tell whether a drawing is hidden in the file."""
    for named in drawing.iter(f"{_WP}docPr"):
        return named.get("hidden") in {"1", "true"}
    return any(
        "visibility:hidden" in shape.get("style", "").replace(" ", "").lower()
        for shape in drawing.iter(f"{_V}shape", f"{_V}rect")
    )


def _is_clear(properties: Any) -> bool:
    fill = properties.find(f"{_W14}textFill")
    if fill is None or properties.find(f"{_W14}textOutline") is not None:
        return False
    if fill.find(f"{_W14}noFill") is not None:
        return True
    return any(
        integer(alpha.get(f"{_W14}val")) >= _CLEAR
        for alpha in fill.findall(f"{_W14}solidFill//{_W14}alpha")
    )


def _floats(block: Any) -> bool:
    """Whether a block holds a picture or a shape that words may stand on."""
    for anchor in block.iter(f"{_WP}anchor"):
        extent = anchor.find(f"{_WP}extent")
        if (
            extent is not None
            and min(integer(extent.get("cx")), integer(extent.get("cy"))) >= _SIDE
        ):
            return True
    return any(
        "position:absolute" in shape.get("style", "").replace(" ", "").lower()
        for shape in block.iter(f"{_V}shape", f"{_V}rect")
    )


def _number(text: str | None) -> int | None:
    """A colour written in six digits, 0xRRGGBB."""
    try:
        return int(text, 16) & 0xFFFFFF if text is not None and len(text) == 6 else None
    except ValueError:
        return None
