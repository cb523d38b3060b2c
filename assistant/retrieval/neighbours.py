"""The rest of a list or table that a page or the length of passages cuts.

Chunking keeps a list of up to 300 words whole, over a page break too, and repeats the
introduction of a longer one before each part. What is left to find again here: the parts of a
long list, the parts of a long table, and what goes on under a repeated title (« … (suite) »).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from assistant.language.normalise import fold, squash
from assistant.model import FURNITURE, Block, BlockKind, Hit, Passage, Span

MOST: Final = 8
"""Passages followed on each side: beyond, the reader wants the document."""

_TITLES: Final = frozenset({BlockKind.TITLE, BlockKind.HEADING})
_BESIDE: Final = FURNITURE | {BlockKind.FOOTNOTE}
_NUMBERED: Final = re.compile(r"\D{0,14}?(\d{1,2})(?:[.)°:]|\s)")
_GOES_ON: Final = re.compile(
    r"\W*(?:\bsuite\b(?: et fin\b)?|\bfin\b|\b\d{1,2}\s?/\s?\d{1,2}\b)\W*$"
)


class Neighbourhood(Protocol):
    """Where passages are read by their place: the catalogue."""

    def passages_at(self, document_id: str, first: int, last: int) -> Sequence[Passage]:
        """Passages of a document whose positions lie between two, both included, in order."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What precedes and what follows a passage in the list or table it is part of, in order."""

    before: tuple[Passage, ...] = ()
    after: tuple[Passage, ...] = ()

    def __bool__(self) -> bool:
        """Whether the passage is only a part."""
        return bool(self.before or self.after)


def neighbours(passage: Passage, store: Neighbourhood) -> Neighbours:
    """The other parts of the list or table that a passage opens or ends with.

    Args:
        passage: a passage of a document.
        store: where its neighbours are read; asked at most once, and only if the passage ends
            or opens in a way that can be a cut.
    """
    body = _body(passage)
    if not body or not (_may_be_cut(body[0]) or _may_be_cut(_head(body)) or _may_be_cut(body[-1])):
        return Neighbours()
    at = passage.position
    around = {
        item.position: item
        for item in store.passages_at(passage.document_id, max(0, at - MOST), at + MOST)
    }
    after: list[Passage] = [passage]
    while (following := around.get(after[-1].position + 1)) and goes_on(after[-1], following):
        after.append(following)
    before: list[Passage] = [passage]
    while (previous := around.get(before[0].position - 1)) and goes_on(previous, before[0]):
        before.insert(0, previous)
    return Neighbours(tuple(before[:-1]), tuple(after[1:]))


def widened(hits: Sequence[Hit], store: Neighbourhood) -> list[Hit]:
    """The same hits, those that hold a part of a list or table holding it whole.

    A part already joined to an earlier hit is left as it is: its items are shown once.

    Args:
        hits: passages found, best first.
        store: where their neighbours are read.
    """
    joined: set[str] = set()
    wide: list[Hit] = []
    for hit in hits:
        found = Neighbours() if hit.passage.id in joined else neighbours(hit.passage, store)
        joined.update(part.id for part in (*found.before, *found.after))
        blocks = whole(hit.passage, found) if found else hit.passage.blocks
        wide.append(replace(hit, passage=replace(hit.passage, blocks=blocks)) if found else hit)
    return wide


def page_of(part: Passage) -> int:
    """Physical page where a part starts, the titles above it left out."""
    body = _body(part)
    return _head(body).spans[0].page if body else part.pages[0]


def whole(passage: Passage, found: Neighbours) -> tuple[Block, ...]:
    """Blocks of the list or table whole, each once: repeated introductions are left out."""
    blocks: dict[tuple[Span, ...], Block] = {}
    for part in (*found.before, passage, *found.after):
        for block in part.blocks:
            blocks.setdefault(block.spans, block)
    return tuple(blocks.values())


def goes_on(first: Passage, second: Passage) -> bool:
    """Whether the list or table at the end of a passage goes on at the start of the next one."""
    if first.document_id != second.document_id or second.position != first.position + 1:
        return False
    one, other = _body(first), _body(second)
    if not one or not other:
        return False
    opening = other[0]
    if opening.kind not in _TITLES and any(block.spans == opening.spans for block in one):
        return True  # the introduction, said again before a part of a long list
    last, head = one[-1], _head(other)
    apart = head.spans[0].page - last.spans[-1].page
    if apart not in (0, 1) or last.kind is not head.kind:
        return False
    same = first.section == second.section if head is opening else _same_subject(first, second)
    return same and _same_run(last, head)


def _same_run(last: Block, head: Block) -> bool:
    """Whether two rows may be of one table, or two items of one list."""
    if head.kind is BlockKind.TABLE_ROW:
        return _columns(last) == _columns(head)
    return head.kind is BlockKind.LIST_ITEM and last.level >= head.level and _counts_on(last, head)


def _body(passage: Passage) -> list[Block]:
    return [block for block in passage.blocks if block.kind not in _BESIDE]


def _head(body: Sequence[Block]) -> Block:
    """The first block under the titles that open a passage."""
    return next((block for block in body if block.kind not in _TITLES), body[0])


def _may_be_cut(block: Block) -> bool:
    return block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.LIST_INTRO)


def _columns(row: Block) -> tuple[str, ...] | int:
    """What the rows of one table share: their headers, or how many cells they have."""
    headers = tuple(squash(cell.header) for cell in row.cells)
    return headers if any(headers) else len(row.cells)


def _same_subject(first: Passage, second: Passage) -> bool:
    """Whether a title is the one before, said again on the next page, with « (suite) » or not."""
    if not first.section or not second.section:
        return False
    one, other = (_GOES_ON.sub("", fold(item.section[-1])) for item in (first, second))
    return bool(squash(other)) and squash(one) == squash(other)


def _counts_on(last: Block, head: Block) -> bool:
    """Whether the second item may follow the first: numbers go up, if both have one."""
    one, other = _NUMBERED.match(last.text), _NUMBERED.match(head.text)
    return not (one and other) or int(other[1]) > int(one[1])
