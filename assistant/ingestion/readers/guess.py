"""Headings and list items that an author typed by hand, without the styles made for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from assistant.ingestion.readers.flow import Content
from assistant.ingestion.readers.flow_items import Item, Run, tidy
from assistant.model import BlockKind

_BULLET: Final = re.compile(
    r"^\s*(?:[•●○◦▪▫■□◆◇►▶▸➢➤➔➜→⇒✓✔❑❒❖‣⁃∙·\uf000-\uf0ff]\s*|[-–—*]\s+)(?=\S)"
)
_NUMBER: Final = re.compile(r"^\s*(?P<mark>\(?(?:\d{1,2}|[a-z])[.)°])\s+(?=\S)")
_DECIMAL: Final = re.compile(r"^(?P<n>\d{1,2}(?:\.\d{1,2}){0,4})[.)]?\s+\S")
_PART: Final = re.compile(
    r"^(?:chapitre|partie|titre|annexe|axe|objectif|orientation|volet|article)\s+"
    r"(?:n°\s?)?(?:\d+|[IVX]+|[A-H])\b",
    re.IGNORECASE,
)
_ROMAN: Final = re.compile(r"^[IVX]{1,5}\s?[.)–-]\s?\S")
LONGEST_HEADING: Final = 16
"""Words of the longest line taken for a heading on its looks."""


def manual_list_item(item: Item) -> Item:
    """A paragraph that opens with a typed bullet is an item of a list, the bullet left out."""
    if item.kind is not BlockKind.PARAGRAPH:
        return item
    match = _BULLET.match(item.text)
    if match is None:
        return item
    return replace(
        item, kind=BlockKind.LIST_ITEM, level=1, marker="•", runs=_drop(item.runs, match.end())
    )


def _drop(runs: Sequence[Run], left: int) -> list[Run]:
    """Runs without the `left` characters that open them once tidied."""
    runs = tidy(runs)
    kept: list[Run] = []
    for run in runs:
        taken = min(left, len(run.text))
        left -= taken
        kept.append(replace(run, text=run.text[taken:]))
    return kept


def heading_level(text: str, *, bold: bool = False) -> int:
    """Level of a short line that looks like a heading, 0 when it does not.

    Args:
        text: the whole paragraph.
        bold: whether it stands out of the text around it.
    """
    words = text.split()
    letters = [char for char in text if char.isalpha()]
    if not letters or len(words) > LONGEST_HEADING or text[-1] in ".;,…" or "\n" in text:
        return 0
    capitals = len(letters) >= 4 and sum(char.isupper() for char in letters) > 0.8 * len(letters)
    decimal = _DECIMAL.match(text)
    if decimal and (bold or capitals or "." in decimal["n"]):
        return decimal["n"].count(".") + 1
    if _PART.match(text) and (bold or capitals or text[-1] != ":"):
        return 1
    if _ROMAN.match(text) and (bold or capitals):
        return 1
    if capitals and (bold or len(words) > 1):
        return 1
    return 2 if bold and text[-1] != ":" else 0


def guess_structure(content: Sequence[Content]) -> None:
    """Name the headings, then the numbered lists, that only their look tells."""
    guess_headings(content)
    name_numbered_lists(content)


def name_numbered_lists(content: Sequence[Content]) -> None:
    """Name as items of a list the paragraphs numbered by hand that follow one another."""
    run: list[Item] = []
    for entry in [*content, None]:
        if (
            isinstance(entry, Item)
            and entry.kind is BlockKind.PARAGRAPH
            and _NUMBER.match(entry.text)
        ):
            run.append(entry)
            continue
        if len(run) > 1:
            for item in run:
                mark = _NUMBER.match(item.text)
                assert mark is not None
                item.kind, item.level, item.marker = BlockKind.LIST_ITEM, 1, mark["mark"]
                item.runs = _drop(item.runs, mark.end())
        run = []


def guess_headings(content: Sequence[Content]) -> None:
    """Name the headings of a file whose author only put them in bold or capitals.

    A file with headings of its own is left alone: there, bold only emphasises.
    """
    items = [entry for entry in content if isinstance(entry, Item)]
    if any(item.kind is BlockKind.HEADING for item in items):
        return
    plain = [item for item in items if item.kind is BlockKind.PARAGRAPH and item.text]
    heavy = sum(len(item.text) for item in plain if item.bold)
    mostly_bold = heavy > 0.5 * sum(len(item.text) for item in plain)
    for rank, item in enumerate(items[:-1]):
        if item.kind is not BlockKind.PARAGRAPH or not item.text:
            continue
        level = heading_level(item.text, bold=item.bold and not mostly_bold)
        if level and items[rank + 1].kind is not BlockKind.CAPTION:
            item.kind, item.level = BlockKind.HEADING, level
