"""From blocks to passages: the unit that is indexed, retrieved and quoted.

A passage never crosses a section. It opens with the headings that start it, so that every
block of the document belongs to one passage; the full path of headings is in `section`. A
list stays with the sentence that introduces it: whole when it is short enough, else cut
between items with the introduction repeated. A paragraph that a page break cuts in two is
one block with two spans.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from assistant.ingestion.display import shown
from assistant.ingestion.lists import announces, cut_list, list_end, word_count
from assistant.ingestion.slide_titles import SLIDE_TITLE
from assistant.model import FURNITURE, Block, BlockKind, Page, Passage, ReadDocument, Span

TARGET_WORDS: Final = 170
"""A passage is closed once it has this many words, at the next unit."""
MAX_WORDS: Final = 250
"""A unit that would take a passage beyond this starts another one."""
INTRO_WORDS: Final = 60
"""A longer introduction repeats by its last sentence only, before the parts of a cut list."""
LIST_WORDS: Final = 300
"""Lists and tables up to this size are kept whole."""
PAGE_WORDS: Final = 90
"""A passage with this many words is closed at a page break, to keep page citations sharp."""
SMALL_WORDS: Final = 35
"""A remainder this small joins the passage before it, in the same section."""

_SENTENCE_END: Final = re.compile(r"(?<=[.!?;…])\s+(?=[A-ZÀ-Þ«•–-])|\n")
_ENDED: Final = ".!?:;…»"


@dataclass(slots=True)
class _Unit:
    """Blocks that stay together: a paragraph, a list with its introduction, a table."""

    blocks: list[Block]

    @property
    def words(self) -> int:
        return sum(word_count(block) for block in self.blocks)

    @property
    def page(self) -> int:
        return self.blocks[0].spans[0].page


@dataclass(slots=True)
class _Section:
    """A run of blocks under one path of headings."""

    path: tuple[str, ...]
    headings: list[Block]
    blocks: list[Block] = field(default_factory=list)


def split_passages(document: ReadDocument, document_id: str) -> list[Passage]:
    """Split a document into passages, in reading order.

    Args:
        document: the document as read.
        document_id: hash of its content, part of the passages' identifiers.
    """
    texts = {page.number: page.text for page in document.pages}
    passages: list[Passage] = []
    for section in _sections(document.pages):
        for blocks in _pack(section, texts):
            passages.append(
                Passage(
                    passage_id(document_id, blocks),
                    document_id,
                    len(passages),
                    section.path,
                    tuple(blocks),
                )
            )
    return passages


def passage_id(document_id: str, blocks: list[Block]) -> str:
    """Identifier of a passage: the document's content and the places it covers."""
    places = ",".join(
        f"{span.page}:{span.start}-{span.end}" for block in blocks for span in block.spans
    )
    return hashlib.sha256(f"{document_id}|{places}".encode()).hexdigest()[:16]


# --- Sections ----------------------------------------------------------------------------


def _sections(pages: tuple[Page, ...]) -> list[_Section]:
    stack: list[tuple[int, str]] = []
    sections: list[_Section] = []
    current = _Section((), [])
    for block in _flow(pages):
        if block.kind is not BlockKind.HEADING:
            current.blocks.append(block)
            continue
        if current.blocks:
            sections.append(current)
            current = _Section((), [])
        level = block.level or 1
        if current.headings and (current.headings[-1].level or 1) >= level:
            # The heading above has no text of its own: it must be findable all the same.
            sections.append(current)
            current = _Section((), [])
        while stack and stack[-1][0] >= level:
            stack.pop()
        stack.append((level, block.text))
        current.headings.append(block)
        # A part slide and the slide after it often repeat the same title.
        current.path = tuple(dict.fromkeys(text for _, text in stack))
    if current.blocks or current.headings:
        sections.append(current)
    return sections


def _flow(pages: tuple[Page, ...]) -> Iterator[Block]:
    """Blocks of the document without furniture, cut paragraphs rejoined over page breaks.

    On slides, only the title of the slide opens a section: its other headings are text of
    the slide, which is read as one thing.
    """
    pending: Block | None = None
    notes: list[Block] = []
    for page in pages:
        landscape = page.width > 1.1 * page.height
        first = True
        for block in page.blocks:
            if block.kind in FURNITURE:
                continue
            if block.kind is BlockKind.FOOTNOTE:
                notes.append(block)
                continue
            if landscape and block.kind is BlockKind.HEADING and block.level > SLIDE_TITLE:
                block = replace(block, kind=BlockKind.PARAGRAPH, level=0)  # noqa: PLW2901
            if pending is not None:
                if first and not landscape and _goes_on(pending, block):
                    pending = replace(
                        pending,
                        spans=(*pending.spans, *block.spans),
                        text=_join(pending.text, block.text),
                        coloured=(*pending.coloured, *block.coloured),
                    )
                    first = False
                    yield pending
                    pending = None
                    yield from notes
                    notes = []
                    continue
                yield pending
                pending = None
            if first:
                yield from notes
                notes = []
            first = False
            pending = block
        if pending is not None and pending.spans[-1].page != page.number:
            yield pending
            pending = None
    if pending is not None:
        yield pending
    yield from notes


def _goes_on(block: Block, following: Block) -> bool:
    """Whether a block is cut by the page break before `following`."""
    return (
        block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
        and following.kind is BlockKind.PARAGRAPH
        and bool(block.text)
        and bool(following.text)
        and block.text[-1] not in _ENDED
        and following.text[0].islower()
        and following.spans[0].page == block.spans[-1].page + 1
    )


def _join(first: str, second: str) -> str:
    return shown(f"{first}\n{second}")


# --- Units -------------------------------------------------------------------------------


def _units(blocks: list[Block], texts: dict[int, str]) -> list[_Unit]:
    units: list[_Unit] = []
    index = 0
    while index < len(blocks):
        block = blocks[index]
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        starts_list = (
            following is not None
            and following.kind is BlockKind.LIST_ITEM
            and (block.kind is BlockKind.LIST_INTRO or announces(block))
        )
        if starts_list or block.kind is BlockKind.LIST_ITEM:
            end = list_end(blocks, index + 1)
            intro = _introduction(block, texts) if starts_list else None
            parts = cut_list(blocks[index:end], intro, whole_words=LIST_WORDS, part_words=MAX_WORDS)
            units.extend(_Unit(part) for part in parts)
            index = end
        elif block.kind is BlockKind.TABLE_ROW or (
            block.kind is BlockKind.CAPTION
            and following is not None
            and following.kind is BlockKind.TABLE_ROW
        ):
            end = index + 1
            while end < len(blocks) and blocks[end].kind is BlockKind.TABLE_ROW:
                end += 1
            if end < len(blocks) and blocks[end].kind is BlockKind.CAPTION:
                end += 1
            units.extend(_runs(blocks[index:end]))
            index = end
        else:
            units.extend(_Unit([part]) for part in _cut(block, texts))
            index += 1
    return units


def _introduction(block: Block, texts: dict[int, str]) -> Block:
    """What repeats before each part of a cut list: the introduction, or its last sentence."""
    if word_count(block) <= INTRO_WORDS or block.cells:
        return block
    span = block.spans[-1]
    raw = texts[span.page][span.start : span.end]
    start = max(
        (match.end() for match in _SENTENCE_END.finditer(raw) if match.group() != "\n"), default=0
    )
    return _part(block, [Span(span.page, span.start + start, span.end)], texts)


def _runs(blocks: list[Block]) -> list[_Unit]:
    """A table whole, or cut between rows; its cells carry their headers."""
    whole = _Unit(blocks)
    if whole.words <= LIST_WORDS:
        return [whole]
    units: list[_Unit] = []
    current: list[Block] = []
    for block in blocks:
        if current and sum(word_count(item) for item in current) + word_count(block) > MAX_WORDS:
            units.append(_Unit(current))
            current = []
        current.append(block)
    units.append(_Unit(current))
    return units


def _cut(block: Block, texts: dict[int, str]) -> list[Block]:
    """Cut a very long block between its sentences, or its lines when it has none."""
    if word_count(block) <= LIST_WORDS or block.cells:
        return [block]
    pieces: list[tuple[Span, int]] = []
    for span in block.spans:
        raw = texts[span.page][span.start : span.end]
        sentences = [0, *(m.end() for m in _SENTENCE_END.finditer(raw) if m.group() != "\n")]
        if max(_gaps([*sentences, len(raw)])) > 12 * LIST_WORDS:
            sentences = [0, *(match.end() for match in _SENTENCE_END.finditer(raw))]
        for start, end in zip(sentences, [*sentences[1:], len(raw)], strict=True):
            text = raw[start:end]
            stripped = text.rstrip()
            if stripped:
                place = Span(span.page, span.start + start, span.start + start + len(stripped))
                pieces.append((place, len(stripped.split())))
    parts: list[list[Span]] = []
    size = 0
    for place, words in pieces:
        if parts and size + words <= TARGET_WORDS:
            parts[-1].append(place)
            size += words
        else:
            parts.append([place])
            size = words
    return [_part(block, spans, texts) for spans in parts]


def _gaps(values: list[int]) -> list[int]:
    return [b - a for a, b in pairwise(values)]


def _part(block: Block, places: list[Span], texts: dict[int, str]) -> Block:
    """Part of a block: consecutive places merged, one span a page."""
    spans: list[Span] = []
    for place in places:
        if spans and spans[-1].page == place.page:
            spans[-1] = Span(place.page, spans[-1].start, place.end)
        else:
            spans.append(place)
    raw = "\n".join(texts[span.page][span.start : span.end] for span in spans)
    coloured = tuple(
        mark
        for mark in block.coloured
        if any(s.page == mark.page and s.start <= mark.start < s.end for s in spans)
    )
    return replace(block, spans=tuple(spans), text=shown(raw), coloured=coloured)


# --- Packing -----------------------------------------------------------------------------


def _pack(section: _Section, texts: dict[int, str]) -> list[list[Block]]:
    """Put the units of a section into passages of a good size, footnotes last."""
    notes = [block for block in section.blocks if block.kind is BlockKind.FOOTNOTE]
    body = [block for block in section.blocks if block.kind is not BlockKind.FOOTNOTE]
    packed: list[list[Block]] = []
    current: list[Block] = list(section.headings)
    size = sum(word_count(block) for block in current)
    opened = False
    for unit in _units(body, texts):
        turned = opened and unit.page != current[-1].spans[-1].page and size >= PAGE_WORDS
        if opened and (size >= TARGET_WORDS or size + unit.words > MAX_WORDS or turned):
            packed.append(current)
            current, size = [], 0
        current = [*current, *unit.blocks]
        size += unit.words
        opened = True
    if current:
        if packed and size < SMALL_WORDS and _same_page(packed[-1], current):
            packed[-1] = [*packed[-1], *current]
        else:
            packed.append(current)
    _add_notes(packed, notes)
    return packed


def _same_page(first: list[Block], second: list[Block]) -> bool:
    return first[-1].spans[-1].page == second[0].spans[0].page


def _add_notes(packed: list[list[Block]], notes: list[Block]) -> None:
    """Put each footnote at the end of the last passage of its page."""
    alone: dict[int, list[Block]] = {}
    for note in notes:
        page = note.spans[0].page
        host = next(
            (
                passage
                for passage in reversed(packed)
                if any(span.page == page for block in passage for span in block.spans)
            ),
            None,
        )
        if host is not None and sum(word_count(block) for block in host) < LIST_WORDS + 100:
            host.append(note)
        else:
            alone.setdefault(page, []).append(note)
    packed.extend(alone.values())
