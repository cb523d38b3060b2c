"""Passages cut into units that can be shown: sentences, lists, table cells.

A unit is quoted, never written: each of its pieces is a span of a stored page. What stands
around it (introduction, headings, title, neighbours) helps to understand it and is counted
for less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from assistant.generation.cells import cell_units, table_unit
from assistant.generation.cuts import Cuts
from assistant.generation.units import (
    GetPage,
    Piece,
    Role,
    Unit,
    UnitKind,
    make_piece,
    opens_with_reference,
    terms_of,
    text_of,
)
from assistant.language.contents import entries
from assistant.language.labels import shared_label
from assistant.language.normalise import fold
from assistant.language.sentences import split_sentences
from assistant.model import FURNITURE, Block, BlockKind, Hit, Passage, Span

_ITEM_CHARS = 400
_LINE_WORDS = 8

_HEADINGS = frozenset({BlockKind.HEADING, BlockKind.TITLE})


_BRACKETS = re.compile(r"\([^()]*\)")
_STATES = re.compile(
    r"\b(?:est|sont|designe|signifie|permet|permettent|vise|visent|doit|doivent|peut|peuvent|"
    r"mobilise|mobilisent|repose|consiste|comprend|prevoit|a pour)\b"
)


def units_of(hits: Sequence[Hit], get_page: GetPage) -> list[Unit]:
    """Cut every hit into units, best hit first, in reading order within a hit.

    A passage found twice, once for each of its pages, is cut once.
    """
    first: dict[str, tuple[int, Hit]] = {}
    for rank, hit in enumerate(hits):
        first.setdefault(hit.passage.id, (rank, hit))
    return [
        replace(
            unit,
            hit=hit,
            rank=rank,
            meaning=_meaning(unit.pieces, hit.explain.get("windows", ())),
        )
        for rank, hit in first.values()
        for unit in _CUTS.of(hit, get_page)
    ]


def _cut(hit: Hit, get_page: GetPage) -> tuple[Unit, ...]:
    """Units of a passage, whatever is asked."""
    return tuple(_units_of_hit(0, replace(hit, explain={}), get_page))


_CUTS = Cuts(_cut)


def worth_reading(hit: Hit) -> bool:
    """Whether a passage says something: a table of contents only announces."""
    return bool(_read(hit.passage))


def _read(passage: Passage) -> list[tuple[int, Block]]:
    """Blocks that may be quoted, with their ranks: neither furniture nor contents."""
    blocks = [
        (index, block) for index, block in enumerate(passage.blocks) if block.kind not in FURNITURE
    ]
    title = passage.section[-1] if passage.section else ""
    skipped = entries([block.text for _, block in blocks], title)
    return [one for rank, one in enumerate(blocks) if rank not in skipped] if skipped else blocks


def _meaning(pieces: Sequence[Piece], windows: Sequence[tuple[Span, float]]) -> float:
    """Best cosine among the windows that hold most of a piece, or that a piece mostly fills."""
    shared: list[tuple[float, float]] = []
    for piece in pieces:
        span = piece.span
        for window, cosine in windows:
            common = min(span.end, window.end) - max(span.start, window.start)
            if span.page == window.page and common > 0:
                shorter = min(span.end - span.start, max(1, window.end - window.start))
                shared.append((common / shorter, cosine))
    mostly = [cosine for share, cosine in shared if share >= 0.5]
    return max(mostly or [cosine for _, cosine in shared], default=0.0)


def _units_of_hit(rank: int, hit: Hit, get_page: GetPage) -> Iterator[Unit]:
    passage = hit.passage
    section = terms_of(" ".join(passage.section))
    blocks = _read(passage)
    pieces = {index: _pieces(block, passage.document_id, get_page) for index, block in blocks}
    blocks = _completed(blocks, pieces)
    heading_terms = section
    beside = _beside(blocks)
    intro: int | None = None
    run: list[int] = []
    rows: list[int] = []
    previous_block: Block | None = None
    for index, block in blocks:
        if block.kind in _HEADINGS:
            yield from _list_units(rank, hit, intro, run, pieces, heading_terms)
            # A list without an introduction has its heading for one.
            intro, run = index, []
            heading_terms = section | terms_of(block.text)
            if _is_statement(block.text):
                yield from _sentence_units(
                    rank, hit, index, pieces[index], UnitKind.SENTENCE, section, frozenset(), -1
                )
            continue
        if block.kind is BlockKind.LIST_ITEM:
            run.append(index)
            near = terms_of(passage.blocks[intro].text) if intro is not None else frozenset()
            yield from _sentence_units(
                rank, hit, index, pieces[index], UnitKind.ITEM, heading_terms, near, run[0]
            )
            previous_block = block
            continue
        yield from _list_units(rank, hit, intro, run, pieces, heading_terms)
        run = []
        intro = index if _introduces(block) else None
        if block.cells:
            rows.append(index)
            yield from cell_units(rank, hit, index, block, heading_terms, get_page)
        else:
            near = frozenset()
            if previous_block is not None and block.kind is BlockKind.TABLE_ROW:
                near = terms_of(previous_block.text)
            for unit in _sentence_units(
                rank, hit, index, pieces[index], UnitKind.SENTENCE, heading_terms, near, -1
            ):
                yield replace(unit, around=unit.around | beside.get(index, frozenset()))
        previous_block = block
    yield from _list_units(rank, hit, intro, run, pieces, heading_terms)
    yield from table_unit(rank, hit, rows, section, get_page)
    yield from _section_unit(rank, hit, blocks, pieces, section)


def _beside(blocks: Sequence[tuple[int, Block]]) -> dict[int, frozenset[str]]:
    """Terms of the lines above and below each short line, as on cards: a name, then a title.

    Args:
        blocks: blocks of a passage with their ranks.
    """
    found: dict[int, frozenset[str]] = {}
    for (first, one), (second, other) in pairwise(blocks):
        if _short_line(one) and _short_line(other):
            found[first] = found.get(first, frozenset()) | terms_of(other.text)
            found[second] = found.get(second, frozenset()) | terms_of(one.text)
    return found


def _short_line(block: Block) -> bool:
    return (
        block.kind is BlockKind.PARAGRAPH
        and len(block.text.split()) <= _LINE_WORDS
        and not block.text.endswith(_ENDS)
    )


_TEXT = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
_ENDS = (".", "!", "?", ":", ";")


def _completed(
    blocks: list[tuple[int, Block]], pieces: dict[int, list[Piece]]
) -> list[tuple[int, Block]]:
    """Give a paragraph or item the rest of its sentence, when it was read as a block of its own.

    Args:
        blocks: blocks of a passage with their ranks.
        pieces: their pieces by rank; those of a rest are moved, in place, to what it completes.

    Returns:
        The blocks without the rests.
    """
    kept: list[tuple[int, Block]] = []
    for index, block in blocks:
        if kept and _goes_on(kept[-1][1], block) and pieces[kept[-1][0]]:
            role = pieces[kept[-1][0]][0].role
            pieces[kept[-1][0]] += [replace(piece, role=role) for piece in pieces[index]]
            rest = kept[-1][1].text + " " + block.text
            kept[-1] = (kept[-1][0], replace(kept[-1][1], text=rest))
        else:
            kept.append((index, block))
    return kept


def _goes_on(block: Block, following: Block) -> bool:
    """Whether the second block is the rest of a sentence that the first one leaves open."""
    if block.kind not in _TEXT or following.kind is not BlockKind.PARAGRAPH:
        return False
    if block.cells or following.cells or not following.text[:1].islower():
        return False
    opened = block.text.count("(") > block.text.count(")")
    return opened or not block.text.endswith(_ENDS)


def _is_statement(heading: str) -> bool:
    """Tell whether a heading says something by itself (« L’IA est un levier »), as on slides."""
    return len(heading.split()) >= 5 and bool(_STATES.search(fold(heading)))


def _introduces(block: Block) -> bool:
    """Tell whether items that follow this block belong to it."""
    if block.kind is BlockKind.LIST_INTRO:
        return True
    # A short line without a full stop, as slides write above a list.
    unfinished = len(block.text.split()) <= 20 and not block.text.endswith((".", "!", "?", ";"))
    return block.kind is BlockKind.PARAGRAPH and (block.text.endswith(":") or unfinished)


def _pieces(block: Block, document_id: str, get_page: GetPage) -> list[Piece]:
    """Cut a block into sentences, each within one page."""
    if block.cells:
        return []
    role: Role = "list_item" if block.kind is BlockKind.LIST_ITEM else "answer"
    found: list[Piece] = []
    for span in block.spans:
        raw = get_page(document_id, span.page).text[span.start : span.end]
        # An item reads whole, unless it is a text of its own.
        whole = role == "list_item" and len(raw) <= _ITEM_CHARS
        for start, end in [(0, len(raw))] if whole else split_sentences(raw):
            piece = make_piece(raw[start:end], span.page, span.start + start, role)
            if piece is not None:
                found.append(piece)
    return found


def _sentence_units(
    rank: int,
    hit: Hit,
    index: int,
    pieces: list[Piece],
    kind: UnitKind,
    section: frozenset[str],
    near: frozenset[str],
    group: int,
) -> Iterator[Unit]:
    joined = _joined(pieces)
    if kind is UnitKind.ITEM:
        # An item reads whole: its sentences belong together.
        joined = [tuple(pieces)] if pieces else []
    for position, sentence in enumerate(joined):
        around: frozenset[str] = frozenset()
        named = near
        if position:
            before = terms_of(text_of(joined[position - 1]))
            around |= before
            if opens_with_reference(text_of(sentence)):
                named |= before
        if position + 1 < len(joined):
            around |= terms_of(text_of(joined[position + 1]))
        yield Unit(
            kind=kind,
            hit=hit,
            rank=rank,
            block=index,
            pieces=sentence,
            own=terms_of(text_of(sentence)),
            near=named,
            section=section,
            around=around,
            group=group,
        )


def _joined(pieces: list[Piece]) -> list[tuple[Piece, ...]]:
    """Keep together the two halves of a sentence that a page break or a block cuts."""
    joined: list[tuple[Piece, ...]] = []
    for piece in pieces:
        last = joined[-1][-1] if joined else None
        cut = (
            last is not None
            and (last.span.page != piece.span.page or piece.text[:1].islower())
            and not last.text.endswith(_ENDS)
        )
        if cut:
            joined[-1] = (*joined[-1], piece)
        else:
            joined.append((piece,))
    return joined


def _list_units(
    rank: int,
    hit: Hit,
    intro: int | None,
    run: list[int],
    pieces: dict[int, list[Piece]],
    section: frozenset[str],
) -> Iterator[Unit]:
    """Whole lists: the run of items under its introduction, and each list inside the list."""
    blocks = hit.passage.blocks
    if len(run) >= 2:
        heading = intro is not None and blocks[intro].kind in _HEADINGS
        yield from _list_unit(rank, hit, intro, run, pieces, section, heading=heading)
    for position, parent in enumerate(run):
        inner: list[int] = []
        for index in run[position + 1 :]:
            if blocks[index].level <= blocks[parent].level:
                break
            inner.append(index)
        # The whole run under its first item is the list itself.
        if len(inner) >= 2:
            yield from _list_unit(rank, hit, parent, inner, pieces, section, heading=False)


def _list_unit(
    rank: int,
    hit: Hit,
    intro: int | None,
    run: list[int],
    pieces: dict[int, list[Piece]],
    section: frozenset[str],
    *,
    heading: bool,
) -> Iterator[Unit]:
    shown: list[Piece] = []
    near: frozenset[str] = frozenset()
    if intro is not None and pieces[intro]:
        # The last sentence of a paragraph is the one that introduces; a heading reads whole.
        parts = _joined(pieces[intro])
        last = tuple(pieces[intro]) if heading else parts[-1]
        shown += [Piece(piece.span, piece.text, "list_intro") for piece in last]
        # « Cas d'usage (scénario d'utilisation) »: the brackets explain, they do not name.
        near = terms_of(_BRACKETS.sub(" ", text_of(last)))
    label = shared_label(hit.passage.blocks[index].text for index in run)
    if label is not None:
        near |= terms_of(label)
    for index in run:
        shown += pieces[index]
    if not shown:
        return
    blocks = hit.passage.blocks
    yield Unit(
        kind=UnitKind.LIST,
        hit=hit,
        rank=rank,
        block=intro if intro is not None else run[0],
        pieces=tuple(shown),
        own=frozenset().union(*(terms_of(blocks[index].text) for index in run)),
        near=near,
        section=section,
        group=run[0],
        size=_top_items([blocks[index] for index in run]),
    )


def _top_items(items: Sequence[Block]) -> int:
    """Number of items of a list, those of lists inside it left out."""
    top = min(item.level for item in items)
    return sum(item.level == top for item in items)


def _section_unit(
    rank: int,
    hit: Hit,
    blocks: list[tuple[int, Block]],
    pieces: dict[int, list[Piece]],
    section: frozenset[str],
) -> Iterator[Unit]:
    """A short passage that reads whole under its heading, as slides do."""
    if not hit.passage.section:
        return
    body = [(index, block) for index, block in blocks if block.kind not in _HEADINGS]
    shown = [piece for index, _ in body for piece in pieces[index]]
    if not 2 <= len(shown) <= 15 or any(block.cells for _, block in body):
        return
    if len(body) == 1:
        return
    yield Unit(
        kind=UnitKind.SECTION,
        hit=hit,
        rank=rank,
        block=body[0][0],
        pieces=tuple(shown),
        own=terms_of(hit.passage.text),
        near=terms_of(hit.passage.section[-1]),
        section=section,
    )
