"""A document as a sequence of lines, each knowing the headings and introductions above it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.model import FURNITURE, Block, BlockKind, Passage, Span
from assistant.suivi.wordings import Topic, is_part, topic

TITLES = frozenset({BlockKind.TITLE, BlockKind.HEADING})
_LEFT_OUT = FURNITURE | {BlockKind.FOOTNOTE}


@dataclass(frozen=True, slots=True)
class Line:
    """A block in its place.

    Attributes:
        block: the block.
        section: headings above it, display text.
        headings: blocks of these headings, the innermost last, as far as they were met.
        leaders: what announces it under its heading, the closest last: a short paragraph, the
            introduction of its list, the items it stands under.
        leads: whether items stand under it.
    """

    block: Block
    section: tuple[str, ...]
    headings: tuple[Block, ...] = ()
    leaders: tuple[Line, ...] = ()
    leads: bool = False

    @property
    def text(self) -> str:
        """Display text."""
        return self.block.text

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where it stands."""
        return self.block.spans

    @property
    def page(self) -> int:
        """Physical page where it begins."""
        return self.block.spans[0].page

    @property
    def topic(self) -> Topic:
        """What the closest of its leaders and headings announces."""
        for leader in reversed(self.leaders):
            if found := topic(leader.text):
                return found
        return section_topic(self.section)


def section_topic(section: tuple[str, ...]) -> Topic:
    """What the innermost heading announces, or the one that it is a numbered part of.

    An outer heading does not speak for an inner one that is not its part: the depth of headings
    is often read wrong.
    """
    for rank in range(len(section) - 1, -1, -1):
        found = topic(section[rank])
        outer = section[:rank]
        if found in ("", "goals") and outer and is_part(section[rank]):
            above = section_topic(outer)
            return above if above in ("actions", "decisions", "attention") else found
        return found
    return ""


def read_lines(passages: Iterable[Passage]) -> list[Line]:
    """Lines of a document, each once, headings included, what belongs to the page left out."""
    lines = [*_placed(passages)]
    kept: list[Line] = []
    opened: list[Line] = []
    for line, following in pairwise([*lines, None]):
        assert line is not None
        kind = line.block.kind
        if kind in TITLES or (opened and opened[0].section != line.section):
            opened = []
        if kind in TITLES:
            kept.append(line)
            continue
        if kind is BlockKind.LIST_ITEM:
            opened = [
                one
                for one in opened
                if one.block.kind is not BlockKind.LIST_ITEM or one.block.level < line.block.level
            ]
        elif kind is not BlockKind.TABLE_ROW:
            opened = []
        placed = replace(line, leaders=tuple(opened), leads=_leads(line, following))
        kept.append(placed)
        if placed.leads or _announces(placed, following):
            opened.append(placed)
    return kept


def _placed(passages: Iterable[Passage]) -> Iterator[Line]:
    seen: set[tuple[Span, ...]] = set()
    headings: dict[str, Block] = {}
    for passage in passages:
        for block in passage.blocks:
            if block.spans in seen or block.kind in _LEFT_OUT or not block.text:
                continue
            seen.add(block.spans)
            if block.kind in TITLES:
                headings[block.text] = block
            above = tuple(headings[name] for name in passage.section if name in headings)
            yield Line(block, passage.section, above)


def _leads(line: Line, following: Line | None) -> bool:
    """Whether the next line stands under this one."""
    if following is None or following.section != line.section:
        return False
    if following.block.kind is not BlockKind.LIST_ITEM:
        return False
    if line.block.kind is BlockKind.LIST_ITEM:
        return following.block.level > line.block.level
    return line.block.kind is BlockKind.LIST_INTRO or line.text.rstrip().endswith(":")


def _announces(line: Line, following: Line | None) -> bool:
    """Whether a short line is in fact the title of what follows it."""
    if line.block.kind not in (BlockKind.PARAGRAPH, BlockKind.CAPTION, BlockKind.LIST_INTRO):
        return False
    if following is None or following.block.kind not in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW):
        return False
    text = line.text.rstrip()
    return len(text.split()) <= 8 and not text.endswith((".", "!", "?")) and bool(topic(text))
