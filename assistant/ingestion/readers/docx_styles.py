"""What styles and numbering definitions of a Word file say of its paragraphs.

Word computes the numbers of headings and lists when it shows a page; they are computed here
the same way (ECMA-376, part 1, 17.9), since « 3.2.4. AXE 4 » is how people name a section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING: Final = re.compile(r"^(?:heading|titre|überschrift)\s*(\d)$", re.IGNORECASE)
_ROMAN: Final = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MAX_DEPTH: Final = 20
"""Longest chain of styles followed: a cycle must end."""


def value(element: Any, *path: str) -> str | None:
    """`w:val` of a descendant given by its path of `w:` tags; `None` when absent."""
    for tag in path:
        element = element.find(W + tag) if element is not None else None
    return element.get(f"{W}val") if element is not None else None


def on(element: Any, tag: str) -> bool | None:
    """State of a toggle (`w:b`, `w:vanish`); `None` when it is not set here."""
    found = element.find(W + tag) if element is not None else None
    if found is None:
        return None
    return found.get(f"{W}val", "1") not in {"0", "false", "off", "none"}


def integer(text: str | None, default: int = 0) -> int:
    """An integer attribute, or `default` when it is missing or is no integer."""
    try:
        return int(text) if text is not None else default
    except ValueError:
        return default


def roman(number: int) -> str:
    """A number in lower-case Roman numerals (« xiv »)."""
    text = ""
    for amount, letters in _ROMAN:
        while number >= amount and len(text) < 40:
            text += letters
            number -= amount
    return text


def written(number: int, form: str) -> str:
    """A number in one of Word's number formats."""
    if form in {"lowerRoman", "upperRoman"}:
        text = roman(number)
        return text.upper() if form == "upperRoman" else text
    if form in {"lowerLetter", "upperLetter"} and number > 0:
        text = chr(ord("a") + (number - 1) % 26) * min(5, (number - 1) // 26 + 1)
        return text.upper() if form == "upperLetter" else text
    if form == "decimalZero":
        return f"{number:02d}"
    if form in {"none", "bullet"}:
        return ""
    return str(number)


class Styles:
    """Styles by identifier, with their ancestors."""

    def __init__(self, root: Any | None) -> None:
        self._styles: dict[str, Any] = {}
        self.default = ""
        for style in root.iter(f"{W}style") if root is not None else ():
            identifier = style.get(f"{W}styleId")
            if identifier:
                self._styles[identifier] = style
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in {"1", "true"}:
                self.default = identifier or ""

    def chain(self, identifier: str | None) -> Iterator[Any]:
        """A style, then the ones it is based on."""
        seen: set[str] = set()
        while identifier in self._styles and identifier not in seen and len(seen) < _MAX_DEPTH:
            seen.add(identifier)
            style = self._styles[identifier]
            yield style
            identifier = value(style, "basedOn")

    def names(self, identifier: str | None) -> list[str]:
        """Names of a style and of its ancestors, lower case."""
        return [(value(style, "name") or "").casefold() for style in self.chain(identifier)]

    def outline(self, paragraph: Any, identifier: str | None) -> int:
        """Heading level of a paragraph, from 1; 0 when it is no heading."""
        owners = [paragraph.find(f"{W}pPr")]
        owners += [style.find(f"{W}pPr") for style in self.chain(identifier)]
        for owner in owners:
            level = value(owner, "outlineLvl") if owner is not None else None
            if level is not None:
                return integer(level) + 1 if 0 <= integer(level) <= 8 else 0
        for name in self.names(identifier):
            match = _HEADING.match(name)
            if match:
                return int(match[1])
        return 0

    def toggle(self, tag: str, *identifiers: str | None) -> bool:
        """Whether a property of characters is on in one of these styles, the first that says."""
        for identifier in identifiers:
            for style in self.chain(identifier):
                state = on(style.find(f"{W}rPr"), tag)
                if state is not None:
                    return state
        return False

    def colour(self, *identifiers: str | None) -> int:
        """Colour of characters in these styles, 0xRRGGBB."""
        for identifier in identifiers:
            for style in self.chain(identifier):
                found = colour(style.find(f"{W}rPr"))
                if found is not None:
                    return found
        return 0

    def numbering(self, paragraph: Any, identifier: str | None) -> tuple[str, int] | None:
        """Numbering instance and level (from 0) of a paragraph; `None` when it has none."""
        owners = [paragraph.find(f"{W}pPr")]
        owners += [style.find(f"{W}pPr") for style in self.chain(identifier)]
        level: int | None = None
        for owner in owners:
            found = owner.find(f"{W}numPr") if owner is not None else None
            if found is None:
                continue
            if level is None and value(found, "ilvl") is not None:
                level = integer(value(found, "ilvl"))
            instance = value(found, "numId")
            if instance is not None:
                return None if instance == "0" else (instance, min(level or 0, 8))
        return None


def colour(properties: Any | None) -> int | None:
    """Colour that run properties set, 0xRRGGBB; `None` when they set none."""
    text = value(properties, "color") if properties is not None else None
    if text is None:
        return None
    try:
        return int(text, 16) & 0xFFFFFF
    except ValueError:  # « auto »
        return 0


@dataclass(slots=True)
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int | None = None


@dataclass(slots=True)
class Numbering:
    """Counts the numbered paragraphs of a file in reading order."""

    root: Any | None
    _levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    _abstract: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _by_style: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the definitions."""
        if self.root is None:
            return
        definitions: dict[str, dict[int, _Level]] = {}
        for abstract in self.root.iter(f"{W}abstractNum"):
            identifier = abstract.get(f"{W}abstractNumId", "")
            definitions[identifier] = dict(_levels(abstract))
        for instance in self.root.iter(f"{W}num"):
            identifier = instance.get(f"{W}numId", "")
            abstract = value(instance, "abstractNumId") or ""
            levels = dict(definitions.get(abstract, {}))
            own = abstract
            for override in instance.iter(f"{W}lvlOverride"):
                rank = integer(override.get(f"{W}ilvl"))
                start = value(override, "startOverride")
                levels |= dict(_levels(override))
                if start is not None:
                    base = levels.get(rank, _Level())
                    levels[rank] = _Level(base.form, base.text, integer(start, 1), base.restart)
                    # A list that starts anew counts for itself.
                    own = f"{abstract}/{identifier}"
            self._levels[identifier] = levels
            self._abstract[identifier] = own

    def marker(self, instance: str, level: int) -> str:
        """Count a paragraph and give what Word shows before it: a number, or « • »."""
        levels = self._levels.get(instance)
        if levels is None or level not in levels:
            return "•"
        own = levels[level]
        counts = self._counts.setdefault(self._abstract[instance], {})
        counts[level] = counts.get(level, own.start - 1) + 1
        for deeper in [rank for rank in counts if rank > level]:
            if levels.get(deeper, own).restart != 0:
                del counts[deeper]
        if own.form == "bullet":
            return "•"

        def number(match: re.Match[str]) -> str:
            rank = int(match[1]) - 1
            definition = levels.get(rank, own)
            return written(counts.get(rank, definition.start), definition.form)

        return re.sub(r"%(\d)", number, own.text).strip()


def _levels(owner: Any) -> Iterator[tuple[int, _Level]]:
    for level in owner.iterchildren(f"{W}lvl"):
        restart = value(level, "lvlRestart")
        yield (
            integer(level.get(f"{W}ilvl")),
            _Level(
                value(level, "numFmt") or "decimal",
                value(level, "lvlText") or "",
                integer(value(level, "start"), 1),
                integer(restart) if restart is not None else None,
            ),
        )


def row_cells(row: Any) -> Iterator[Any]:
    """Cells of a row, through content controls."""
    for child in row:
        if child.tag == f"{W}tc":
            yield child
        elif child.tag in {f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml"}:
            yield from row_cells(child)


class SectionLabels:
    """Printed numbers of pages, as the sections of the file set them."""

    def __init__(self, sections: list[Any]) -> None:
        self._forms: list[tuple[str, int | None]] = []
        for section in sections:
            numbering = section.find(f"{W}pgNumType")
            form = numbering.get(f"{W}fmt", "decimal") if numbering is not None else "decimal"
            start = numbering.get(f"{W}start") if numbering is not None else None
            valid = start is not None and re.fullmatch(r"\d{1,6}", start)
            self._forms.append((form, int(start) if start is not None and valid else None))
        self._section = 0
        first = self._forms[0][1] if self._forms else None
        self._number = 1 if first is None else first

    def turn(self, section: int) -> None:
        """Go to the next page, which may open another section."""
        self._number += 1
        section = min(section, len(self._forms) - 1)
        if section > self._section:
            self._section = section
            start = self._forms[section][1]
            if start is not None:
                self._number = start

    def text(self) -> str:
        """Number printed on the current page."""
        form = self._forms[self._section][0] if self._forms else "decimal"
        return written(self._number, form) or str(self._number)
