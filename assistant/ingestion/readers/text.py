"""Reading plain text: paragraphs between blank lines, lists, headings by their look.

A form feed is a page break: converters write one at the end of each page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from assistant.ingestion.readers.encoding import decode
from assistant.ingestion.readers.flow import PageFlow, build_document
from assistant.ingestion.readers.flow_items import Item, Run
from assistant.ingestion.readers.guess import (
    heading_level,
    manual_list_item,
    name_numbered_lists,
)
from assistant.ingestion.readers.sections import cut_sections, settle_headings
from assistant.model import BlockKind, ReadDocument

_RULE: Final = re.compile(r"^\s*([=\-_*~#])\1{2,}\s*$")
_ITEM: Final = re.compile(r"^\s*(?:[•●○◦▪■◆►➢➤→✓·]|[-–—*]\s|\(?(?:\d{1,2}|[a-z])[.)°]\s)")
_END: Final = ".!?:;…"
_LONG_LINE: Final = 110
"""Characters beyond which a line was not cut by hand: it is a whole paragraph."""


def read_text(path: Path, *, max_pages: int) -> ReadDocument:
    """Read a plain text file.

    Args:
        path: the file.
        max_pages: more pages than this is refused.

    Raises:
        UnreadableFileError: `vide` or `trop_de_pages`.
    """
    text, warnings = decode(path.read_bytes())
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parts = text.split("\f")
    if parts and not parts[-1].strip():
        parts.pop()
    content = [[*_items(part)] for part in parts]
    name_numbered_lists([item for items in content for item in items])
    settle_headings([item for items in content for item in items])
    if len(content) > 1:
        pages = [PageFlow(str(number), [*items]) for number, items in enumerate(content, 1)]
    else:
        pages = cut_sections([item for items in content for item in items])
    return build_document(
        path,
        pages,
        unit="page" if len(content) > 1 else "section",
        info={},
        max_pages=max_pages,
        warnings=warnings,
    )


def _items(text: str) -> Iterator[Item]:
    for lines, underlined in _groups(text.split("\n")):
        whole = "\n".join(line.strip() for line in lines)
        level = underlined or (heading_level(whole) if len(lines) == 1 else 0)
        if level:
            yield Item(BlockKind.HEADING, [Run(whole)], level)
            continue
        item = manual_list_item(Item(BlockKind.PARAGRAPH, [Run(whole)]))
        if item.kind is BlockKind.LIST_ITEM:
            indent = len(lines[0]) - len(lines[0].lstrip())
            item.level = 1 + min(4, indent // 3)
        yield item


def _groups(lines: list[str]) -> Iterator[tuple[list[str], int]]:
    """Lines that make one block each, with the level of a heading underlined by hand."""
    group: list[str] = []
    for rank, raw in enumerate(lines):
        line = raw.expandtabs(4).rstrip()
        if not line.strip():
            if group:
                yield group, 0
            group = []
            continue
        if _RULE.match(line):
            # A line drawn under a single line makes it a heading.
            if len(group) == 1 and line.strip()[0] in "=-" and not _ITEM.match(group[0]):
                yield group, 1 if line.strip()[0] == "=" else 2
            elif group:
                yield group, 0
            group = []
            continue
        starts = bool(_ITEM.match(line)) or (bool(group) and _ends(group[-1], line))
        alone = not group and heading_level(line.strip()) and _next_blank(lines, rank)
        if group and (starts or alone):
            yield group, 0
            group = []
        group.append(line)
    if group:
        yield group, 0


def _next_blank(lines: list[str], rank: int) -> bool:
    return rank + 1 >= len(lines) or not lines[rank + 1].strip()


def _ends(line: str, following: str) -> bool:
    """Whether a line ends its paragraph, though no blank line follows."""
    if len(line) > _LONG_LINE:
        return True
    short = len(line) < 0.6 * len(following)
    return line[-1] in _END and (short or len(following) > _LONG_LINE)
