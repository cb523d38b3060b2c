"""What a slide holds and does not show: off the slide, without colour, of the paper's colour.

A doubt keeps the text: a shape that is filled, a picture or another shape under the words, a
background that is not plain.
"""

from __future__ import annotations

from typing import Any, Final

from assistant.ingestion.hidden_text import SMALLEST, matches

_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P: Final = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_SMALLEST: Final = 100 * SMALLEST
"""Hundredths of a point."""
_CLEAR: Final = 5_000
"""Thousandths of a per cent of opacity below which nothing shows."""
_FILLS: Final = ("solidFill", "gradFill", "blipFill", "pattFill", "grpFill")
_MAPPED: Final = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}


class SlideSight:
    """Tells what a slide shows.

    Args:
        slide: python-pptx slide.
        width, height: size of the slides in EMU; 0 when unknown.
    """

    def __init__(self, slide: Any, width: float, height: float) -> None:
        self._size = width, height
        master = slide.slide_layout.slide_master
        self._colours, self._map = _theme(master), _colour_map(master)
        owners = (slide, slide.slide_layout, master)
        self._paper = self._background([owner.element for owner in owners])
        # A placeholder of a slide takes the fill of the one it comes from.
        self._inherits = any(
            _is_filled(shape.element)
            for owner in owners[1:]
            for shape in owner.shapes
            if shape.is_placeholder
        )
        # What is drawn behind anything: filled shapes and pictures, with their places.
        self._drawn: list[tuple[Any, tuple[float, float, float, float]]] = [
            (shape.element, box)
            for owner in owners
            for shape in owner.shapes
            if (owner is slide or not shape.is_placeholder)
            and _is_filled(shape.element)
            and (box := _box(shape)) is not None
        ]

    def is_off(self, shape: Any) -> bool:
        """Tell whether a shape stands wholly off its slide."""
        box = _box(shape)
        width, height = self._size
        if box is None or not width or not height:
            return False
        return box[2] <= 0 or box[3] <= 0 or box[0] >= width or box[1] >= height

    def paper(self, shape: Any) -> int | None:
        """Colour that the words of a shape stand on, 0xRRGGBB; `None` when it is not known."""
        box = _box(shape)
        if box is None or shape.element.tag != f"{_P}sp" or _is_filled(shape.element):
            return None
        if shape.is_placeholder and self._inherits:
            return None
        for element, other in self._drawn:
            across = min(box[2], other[2]) - max(box[0], other[0])
            down = min(box[3], other[3]) - max(box[1], other[1])
            if element is not shape.element and across > 0 and down > 0:
                return None
        return self._paper

    def hides(self, properties: Any | None, paper: int | None) -> bool:
        """Tell whether words with these properties (`a:rPr`) cannot be seen on a paper."""
        if properties is None:
            return False
        size = properties.get("sz", "")
        if size.isdigit() and int(size) <= _SMALLEST:
            return True
        outlined = properties.find(f"{_A}ln") is not None
        if properties.find(f"{_A}noFill") is not None:
            return not outlined
        fill = properties.find(f"{_A}solidFill")
        if fill is None or outlined:
            return False
        alpha = fill.find(f"*/{_A}alpha")
        if alpha is not None and alpha.get("val", "").isdigit() and int(alpha.get("val")) < _CLEAR:
            return True
        colour = self._colour(fill)
        return colour is not None and paper is not None and matches(colour, paper)

    def _background(self, owners: list[Any]) -> int | None:
        for owner in owners:
            own = owner.find(f"{_P}cSld/{_P}bg")
            if own is None:
                continue
            fill = own.find(f"{_P}bgPr/{_A}solidFill")
            if fill is not None:
                return self._colour(fill)
            reference = own.find(f"{_P}bgRef")
            # 1001 is the plain fill of every theme; the others may be gradients or pictures.
            if reference is not None and reference.get("idx") in {"1001", "0"}:
                return self._colour(reference)
            return None
        return 0xFFFFFF

    def _colour(self, fill: Any) -> int | None:
        """Colour of a fill without any transformation, 0xRRGGBB."""
        for child in fill:
            if any(True for change in child if change.tag != f"{_A}alpha"):
                return None
            if child.tag == f"{_A}srgbClr":
                return _number(child.get("val"))
            if child.tag == f"{_A}schemeClr":
                name = child.get("val", "")
                name = self._map.get(name, _MAPPED.get(name, name))
                return self._colours.get(name)
            if child.tag == f"{_A}sysClr":
                return _number(child.get("lastClr"))
        return None


def _box(shape: Any) -> tuple[float, float, float, float] | None:
    try:
        left, top, width, height = shape.left, shape.top, shape.width, shape.height
    except (AttributeError, ValueError, KeyError):
        return None
    if left is None or top is None or width is None or height is None:
        return None
    return float(left), float(top), float(left + width), float(top + height)


def _is_filled(element: Any) -> bool:
    """Whether a shape, or one in its group, paints something behind words."""
    if element.tag in {f"{_P}pic", f"{_P}graphicFrame", f"{_P}grpSp"}:
        return True
    properties = element.find(f"{_P}spPr")
    if properties is not None:
        if properties.find(f"{_A}noFill") is not None:
            return False
        if any(properties.find(f"{_A}{kind}") is not None for kind in _FILLS):
            return True
    reference = element.find(f"{_P}style/{_A}fillRef")
    return reference is not None and reference.get("idx") != "0"


def _theme(master: Any) -> dict[str, int]:
    from lxml import etree

    for relation in master.part.rels.values():
        if relation.reltype.endswith("/theme") and not relation.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            scheme = etree.fromstring(relation.target_part.blob, parser).find(f".//{_A}clrScheme")
            colours = {}
            for entry in scheme if scheme is not None else ():
                for child in entry:
                    found = _number(child.get("lastClr") or child.get("val"))
                    if found is not None:
                        colours[entry.tag.removeprefix(_A)] = found
            return colours
    return {}


def _colour_map(master: Any) -> dict[str, str]:
    found = master.element.find(f"{_P}clrMap")
    return {str(name): str(to) for name, to in found.items()} if found is not None else {}


def _number(text: str | None) -> int | None:
    try:
        return int(text, 16) & 0xFFFFFF if text is not None and len(text) == 6 else None
    except ValueError:
        return None
