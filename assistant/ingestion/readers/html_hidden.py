"""What a web page holds and does not show, as its own styles say.

Styles written on elements and in `<style>` are followed (CSS 2.1: selectors of elements,
classes and identifiers, descendants and children; specificity, order, `!important`). Other
selectors and the rules for some screens only are left aside, since nothing is executed and
nothing is fetched: a doubt keeps the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from assistant.ingestion.hidden_text import SMALLEST, matches

_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMPOUND: Final = re.compile(r"(?:[a-z][\w-]*|\*)?(?:[.#][\w-]+)*", re.IGNORECASE)
_PART: Final = re.compile(r"([.#]?)([\w-]+|\*)")
_LENGTH: Final = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%|cm|mm|in|vw|vh)?")
_TO_PX: Final = {"px": 1.0, "pt": 4 / 3, "cm": 37.8, "mm": 3.78, "in": 96.0, "em": 16, "rem": 16}
_CLIPPED: Final = re.compile(
    r"rect\(\s*(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?\s*\)"
    r"|inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0"
)
_MOVED: Final = re.compile(
    r"translate(?:x|y|3d)?\(\s*[^)]*-\d{4,}|scale[xy]?\(\s*0(?:\.0+)?\s*[,)]"
)
_SCREENS: Final = frozenset({"all", "screen"})
_OUT: Final = -400.0
"""Pixels: what is moved farther left or up is out of any screen."""
_SMALLEST_PX: Final = SMALLEST * 4 / 3
_CLEAR: Final = 0.05
"""Opacity below which nothing shows."""
_MAX_RULES: Final = 5_000
_ROOTS: Final = frozenset({"html", "body"})
"""Pages hide their root until a script has run: that says nothing of their text."""


@dataclass(frozen=True, slots=True)
class _Rule:
    compounds: tuple[tuple[str, str], ...]
    """Combinator and compound selector, the last first; the first combinator is empty."""
    weight: tuple[int, int, int, int]
    declarations: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Look:
    """Colours are 0xRRGGBB, `None` when unknown; `size` in pixels."""

    colour: int | None = 0
    background: int | None = 0xFFFFFF
    size: float = 16.0
    clear: bool = False


@dataclass(slots=True)
class Styles:
    """Styles of a page; `root` is its root element."""

    root: Any
    _rules: dict[str, list[_Rule]] = field(default_factory=dict)
    _looks: dict[Any, _Look] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the `<style>` elements of the page."""
        count = 0
        for sheet in self.root.iter("style"):
            if sheet.get("media", "all").strip().lower() not in _SCREENS:
                continue
            for selector, body in _blocks(_COMMENT.sub("", sheet.text or "")):
                declarations = _declarations(body)
                for one in selector.split(","):
                    rule = _rule(one, declarations, count)
                    count += 1
                    if rule is not None and count < _MAX_RULES:
                        self._rules.setdefault(_key(rule.compounds[0][1]), []).append(rule)

    def hides(self, element: Any) -> bool:
        """Tell whether an element and all that it holds are out of sight."""
        if element.tag in _ROOTS:
            return False
        if element.get("hidden") is not None or element.get("aria-hidden", "").lower() == "true":
            return True
        found = self._declared(element)
        return bool(found) and _puts_out_of_sight(found)

    def hides_words(self, element: Any) -> bool:
        """Tell whether the words directly in an element cannot be made out."""
        look = self._look(element)
        if look.clear or look.size <= _SMALLEST_PX:
            return True
        return (
            look.colour is not None
            and look.background is not None
            and matches(look.colour, look.background)
        )

    def _declared(self, element: Any) -> dict[str, str]:
        keys = [element.tag, "*", *(f".{name}" for name in element.get("class", "").split())]
        if element.get("id"):
            keys.append(f"#{element.get('id')}")
        rules = [rule for key in keys for rule in self._rules.get(key, ()) if _fits(rule, element)]
        found: dict[str, str] = {}
        own = _declarations(element.get("style", ""))
        layers = [rule.declarations for rule in sorted(rules, key=lambda rule: rule.weight)]
        for declarations in (*layers, own):
            for name, value in declarations.items():
                if "!important" in value or "!important" not in found.get(name, ""):
                    found[name] = value
        return {name: value.replace("!important", "").strip() for name, value in found.items()}

    def _look(self, element: Any) -> _Look:
        known = self._looks.get(element)
        if known is not None:
            return known
        chain = []
        current = element
        while current is not None and current not in self._looks:
            chain.append(current)
            current = current.getparent()
        look = self._looks[current] if current is not None else _Look()
        for current in reversed(chain):
            look = self._own_look(current, look) if isinstance(current.tag, str) else look
            self._looks[current] = look
        return look

    def _own_look(self, element: Any, above: _Look) -> _Look:
        found = self._declared(element)
        colour, clear = above.colour, above.clear
        written = found.get("color") or (element.get("color") if element.tag == "font" else None)
        if written:
            colour, opacity = _colour(written, above.colour)
            clear = opacity < _CLEAR
        background = above.background
        behind = found.get("background-color") or found.get("background") or element.get("bgcolor")
        image = found.get("background-image", "none")
        if element.get("background") or image != "none":
            background = None
        elif behind and behind not in {"none", "inherit", "initial", "unset"}:
            painted, opacity = _colour(behind, None)
            if painted is None or opacity >= 1:
                background = painted
            elif opacity >= _CLEAR:
                background = None
        if found.get("position") in {"absolute", "fixed", "sticky"}:
            background = None if "background" not in " ".join(found) else background
        return _Look(colour, background, _size(found.get("font-size"), above.size), clear)


def _puts_out_of_sight(found: dict[str, str]) -> bool:
    opacity = found.get("opacity", "1")
    placed = found.get("position") in {"absolute", "fixed"}
    sides = ("left", "top", "right", "bottom")
    cut = found.get("overflow", "visible") in {"hidden", "clip"}
    return (
        found.get("display") == "none"
        or found.get("visibility") in {"hidden", "collapse"}
        or found.get("content-visibility") == "hidden"
        or (re.fullmatch(r"0?\.?\d+", opacity) is not None and float(opacity) < _CLEAR)
        or _MOVED.search(found.get("transform", "")) is not None
        or _pixels(found.get("text-indent")) <= _OUT
        or (placed and any(_pixels(found.get(side)) <= _OUT for side in sides))
        or (placed and _CLIPPED.search(found.get("clip", "")) is not None)
        or _CLIPPED.search(found.get("clip-path", "")) is not None
        or (cut and _has_no_room(found))
    )


def _has_no_room(found: dict[str, str]) -> bool:
    return any(
        re.fullmatch(r"[01](?:\.0+)?(?:px|pt|em|rem|%)?", found.get(side, "")) is not None
        for side in ("height", "width", "max-height", "max-width")
    )


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of a style sheet, those for any screen."""
    place = 0
    while (opening := text.find("{", place)) >= 0:
        selector = text[place:opening].rpartition(";")[2].strip()
        closing, depth = opening + 1, 1
        while closing < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[closing], 0)
            closing += 1
        body = text[opening + 1 : closing - 1]
        if selector.startswith("@media") and selector[6:].strip().lower() in _SCREENS:
            yield from _blocks(body)
        elif not selector.startswith("@"):
            yield selector, body
        place = closing


def _declarations(body: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for declaration in body.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip().lower()] = " ".join(value.lower().split())
    return found


def _rule(selector: str, declarations: dict[str, str], order: int) -> _Rule | None:
    """A rule; `None` when its selector is not of those that are followed."""
    words = selector.replace(">", " > ").split()
    compounds: list[tuple[str, str]] = []
    combinator = ""
    for word in reversed(words):
        if word == ">":
            combinator = ">"
            continue
        if _COMPOUND.fullmatch(word) is None:
            return None
        compounds.append((combinator if compounds else "", word))
        combinator = " "
    if not compounds:
        return None
    parts = [mark for _, word in compounds for mark, _ in _PART.findall(word)]
    weight = parts.count("#"), parts.count("."), parts.count(""), order
    return _Rule(tuple(compounds), weight, declarations)


def _key(compound: str) -> str:
    """What an element must have to be worth a look: its identifier, a class, or its name."""
    marks = {mark: f"{mark}{name}" for mark, name in _PART.findall(compound)}
    return marks.get("#") or marks.get(".") or marks.get("", "*").lower()


def _fits(rule: _Rule, element: Any) -> bool:
    if not _is(rule.compounds[0][1], element):
        return False
    current = element.getparent()
    for combinator, compound in rule.compounds[1:]:
        while combinator == " " and current is not None and not _is(compound, current):
            current = current.getparent()
        if current is None or not _is(compound, current):
            return False
        current = current.getparent()
    return True


def _is(compound: str, element: Any) -> bool:
    if not isinstance(element.tag, str):
        return False
    classes = element.get("class", "").split()
    return all(
        (mark == "" and name.lower() in {"*", element.tag})
        or (mark == "." and name in classes)
        or (mark == "#" and name == element.get("id"))
        for mark, name in _PART.findall(compound)
    )


def _pixels(text: str | None) -> float:
    match = _LENGTH.match(text or "")
    return float(match[1]) * _TO_PX.get(match[2] or "px", 10.0) if match else 0.0


def _size(text: str | None, above: float) -> float:
    match = _LENGTH.fullmatch(text or "")
    if match is None:
        return above
    amount, unit = float(match[1]), match[2] or "px"
    if unit in {"em", "%"}:
        return above * amount / (100 if unit == "%" else 1)
    return amount * _TO_PX[unit] if unit in _TO_PX else above


def _colour(text: str, above: int | None) -> tuple[int | None, float]:
    """Colour and opacity that a value gives; the colour is `None` when it is not plain."""
    from PIL import ImageColor

    text = text.strip().lower()
    if text in {"inherit", "currentcolor", "unset"}:
        return above, 1.0
    if text == "transparent":
        return None, 0.0
    shade = re.fullmatch(
        r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+([\d.]+)(%?))?\s*\)", text
    )
    if shade is not None:
        red, green, blue = (min(255, int(shade[rank])) for rank in (1, 2, 3))
        opacity = float(shade[4]) / (100 if shade[5] else 1) if shade[4] else 1.0
        return red << 16 | green << 8 | blue, opacity
    try:
        found = ImageColor.getrgb(text)
    except ValueError:
        return None, 1.0
    opacity = found[3] / 255 if len(found) == 4 else 1.0
    return found[0] << 16 | found[1] << 8 | found[2], opacity
