"""Lists as units of reading: where one ends, and how a long one is cut.

An item without its introduction means nothing (« les centres hospitaliers ; »): every part
of a cut list opens with the introduction, and with the item above when it cuts the items
under it. Blocks are repeated whole: their spans stay where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from assistant.model import Block, BlockKind

_ASIDE_WORDS: Final = 60
"""A paragraph this short between two items goes on with the first of them."""
_SOFT_INTRO_WORDS: Final = 30
_SOFT_INTRO: Final = re.compile(
    r"\b(?:suivant\w*|ci-dessous|ci-après|deux|trois|quatre|cinq|six|sept|huit|neuf|dix"
    r"|plusieurs|notamment|sont|par exemple|\d{1,2})\b",
    re.IGNORECASE,
)


def word_count(block: Block) -> int:
    """Number of words of a block."""
    return len(block.text.split())


def announces(block: Block) -> bool:
    """Whether a paragraph placed before a list introduces it.

    A colon says so; so does a short line left without a full stop, or one sentence that
    counts or announces what follows (« repose sur 4 sources. »).
    """
    if block.kind is not BlockKind.PARAGRAPH:
        return False
    text = block.text.rstrip("0123456789 ")
    if text.endswith(":"):
        return True
    if word_count(block) > _SOFT_INTRO_WORDS:
        return False
    return text[-1:] not in (*".!?;", "…") or bool(_SOFT_INTRO.search(block.text))


def list_end(blocks: Sequence[Block], start: int) -> int:
    """Index after the last block of the list whose first item is before `start` or at it.

    Footnotes do not end a list, nor does a short paragraph that another item follows at
    once: it belongs to the item before it.
    """
    end = start
    while end < len(blocks):
        block = blocks[end]
        if block.kind in (BlockKind.LIST_ITEM, BlockKind.FOOTNOTE):
            end += 1
            continue
        following = blocks[end + 1] if end + 1 < len(blocks) else None
        aside = (
            block.kind is BlockKind.PARAGRAPH
            and blocks[end - 1].kind is BlockKind.LIST_ITEM
            and following is not None
            and following.kind is BlockKind.LIST_ITEM
            and word_count(block) <= _ASIDE_WORDS
            and not block.text.rstrip("0123456789 ").endswith(":")
        )
        if not aside:
            return end
        end += 1
    return end


def cut_list(
    blocks: list[Block], intro: Block | None, *, whole_words: int, part_words: int
) -> list[list[Block]]:
    """A list whole, or cut between items with its introduction repeated.

    Args:
        blocks: introduction, if any, then items with what stands between them.
        intro: what to repeat before every part but the first; `None` without introduction,
            `blocks` then being items only.
        whole_words: a list of no more words is not cut.
        part_words: size of a part, in words, that an item does not exceed.
    """
    if sum(map(word_count, blocks)) <= whole_words:
        return [blocks]
    head = blocks[:1] if intro is not None else []
    parts = _cut_items(blocks[len(head) :], [] if intro is None else [intro], part_words)
    if head:
        parts[0][0] = head[0]
    return parts


def _cut_items(items: list[Block], opening: list[Block], part_words: int) -> list[list[Block]]:
    """Cut between outermost items; one too long for a part, between the items under it."""
    levels = [item.level for item in items if item.kind is BlockKind.LIST_ITEM and item.level]
    outermost = min(levels, default=1)
    groups: list[list[Block]] = []
    for item in items:
        starts = item.kind is BlockKind.LIST_ITEM and item.level <= outermost
        if groups and not starts:
            groups[-1].append(item)
        else:
            groups.append([item])
    parts: list[list[Block]] = []
    current: list[Block] = []
    room = part_words - sum(map(word_count, opening))
    for group in groups:
        size = sum(map(word_count, group))
        if current and sum(map(word_count, current)) + size > room:
            parts.append([*opening, *current])
            current = []
        parent, *under = group
        deeper = any(item.kind is BlockKind.LIST_ITEM for item in under)
        if size > room and deeper and word_count(parent) < part_words // 2:
            parts.extend(_cut_items(under, [*opening, parent], part_words))
            continue
        current.extend(group)
    if current:
        parts.append([*opening, *current])
    return parts
