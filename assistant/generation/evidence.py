"""Passages cut into units that can be shown: sentences, lists, table cells.

A unit is quoted, never written: each of its pieces is a span of a stored page. What stands
around it (introduction, headings, title, neighbours) helps to understand it and is counted
for less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from assistant.ingestion.table_values import is_data, row_labels
from assistant.language.analyser import analyse
from assistant.language.normalise import display_text, fold, strip_bullet
from assistant.language.sentences import split_sentences
from assistant.model import FURNITURE, Block, BlockKind, Cell, Hit, Page, Passage, Span

GetPage = Callable[[str, int], Page]
"""Gives a stored page of a document: `get_page(document_id, number)`."""

Role = Literal["answer", "context", "list_intro", "list_item", "table", "near"]


_ITEM_CHARS = 400

_HEADINGS = frozenset({BlockKind.HEADING, BlockKind.TITLE})


class UnitKind(StrEnum):
    """What a unit is made of."""

    SENTENCE = "sentence"
    ITEM = "item"
    LIST = "list"
    CELL = "cell"
    SECTION = "section"


@dataclass(frozen=True, slots=True)
class Piece:
    """A verbatim stretch of one page, as it will be shown.

    Attributes:
        label: our own words to be shown before it (« S3.0 — Prochaine relève : »), or empty.
        label_spans: what those words are taken from.
    """

    span: Span
    text: str
    role: Role = "answer"
    label: str = ""
    label_spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that may answer.

    Attributes:
        rank: rank of its hit, from 0.
        block: rank of its (first) block in the passage.
        own: terms of its text.
        near: terms of what names it: list introduction, column header, row name.
        section: terms of the headings above it.
        around: terms of the neighbouring sentences.
        group: identifies the list it belongs to, or -1.
        size: number of items of a list, or of rows of a table; 0 otherwise.
    """

    kind: UnitKind
    hit: Hit
    rank: int
    block: int
    pieces: tuple[Piece, ...]
    own: frozenset[str]
    near: frozenset[str] = frozenset()
    section: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    group: int = -1
    size: int = 0

    @property
    def text(self) -> str:
        """Everything it shows, labels included, on one line."""
        return " ".join(
            f"{piece.label} {piece.text}" if piece.label else piece.text for piece in self.pieces
        )


_REFERENCE = re.compile(
    r"^(?:il|elle|ils|elles|ce|cet|cette|ces|cela|ceux|celui|celle|ceci|ainsi|en effet|de plus|"
    r"par ailleurs|egalement|toutefois|celles)\b"
)


_BRACKETS = re.compile(r"\([^()]*\)")
_STATES = re.compile(
    r"\b(?:est|sont|designe|signifie|permet|permettent|vise|visent|doit|doivent|peut|peuvent|"
    r"mobilise|mobilisent|repose|consiste|comprend|prevoit|a pour)\b"
)


def opens_with_reference(text: str) -> bool:
    """Tell whether a sentence opens by pointing at the one before (« Elle », « Ce montant »)."""
    return bool(_REFERENCE.match(fold(text)))


@lru_cache(maxsize=20_000)
def terms_of(text: str) -> frozenset[str]:
    """Distinct index terms of a text (memoised: neighbours and sections recur)."""
    return frozenset(analyse(text))


def units_of(hits: Sequence[Hit], get_page: GetPage) -> list[Unit]:
    """Cut every hit into units, best hit first, in reading order within a hit.

    A passage found twice, once for each of its pages, is cut once.
    """
    first: dict[str, tuple[int, Hit]] = {}
    for rank, hit in enumerate(hits):
        first.setdefault(hit.passage.id, (rank, hit))
    return [unit for rank, hit in first.values() for unit in _units_of_hit(rank, hit, get_page)]


def _units_of_hit(rank: int, hit: Hit, get_page: GetPage) -> Iterator[Unit]:
    passage = hit.passage
    section = terms_of(" ".join(passage.section))
    blocks = [
        (index, block) for index, block in enumerate(passage.blocks) if block.kind not in FURNITURE
    ]
    pieces = {index: _pieces(block, passage.document_id, get_page) for index, block in blocks}
    heading_terms = section
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
            yield from _cell_units(rank, hit, index, block, heading_terms, get_page)
        else:
            near = frozenset()
            if previous_block is not None and block.kind is BlockKind.TABLE_ROW:
                near = terms_of(previous_block.text)
            yield from _sentence_units(
                rank, hit, index, pieces[index], UnitKind.SENTENCE, heading_terms, near, -1
            )
        previous_block = block
    yield from _list_units(rank, hit, intro, run, pieces, heading_terms)
    yield from _table_unit(rank, hit, rows, section, get_page)
    yield from _section_unit(rank, hit, blocks, pieces, section)


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


def make_piece(raw: str, page: int, offset: int, role: Role) -> Piece | None:
    """Make a piece of raw text standing at `offset`; `None` when nothing would be shown."""
    kept = strip_bullet(raw)
    start = offset + len(raw) - len(kept)
    kept = kept.rstrip()
    start += len(kept) - len(kept.lstrip())
    kept = kept.strip()
    shown = display_text(kept)
    if not any(char.isalnum() for char in shown):
        return None
    return Piece(Span(page, start, start + len(kept)), shown, role)


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
    joined = _join_across_pages(pieces)
    if kind is UnitKind.ITEM:
        # An item reads whole: its sentences belong together.
        joined = [tuple(pieces)] if pieces else []
    for position, sentence in enumerate(joined):
        around: frozenset[str] = frozenset()
        named = near
        if position:
            before = terms_of(_text(joined[position - 1]))
            around |= before
            if opens_with_reference(_text(sentence)):
                named |= before
        if position + 1 < len(joined):
            around |= terms_of(_text(joined[position + 1]))
        yield Unit(
            kind=kind,
            hit=hit,
            rank=rank,
            block=index,
            pieces=sentence,
            own=terms_of(_text(sentence)),
            near=named,
            section=section,
            around=around,
            group=group,
        )


def _join_across_pages(pieces: list[Piece]) -> list[tuple[Piece, ...]]:
    """Keep together the two halves of a sentence that a page break cuts."""
    joined: list[tuple[Piece, ...]] = []
    for piece in pieces:
        last = joined[-1][-1] if joined else None
        cut = (
            last is not None
            and last.span.page != piece.span.page
            and not last.text.endswith((".", "!", "?", ":", ";"))
        )
        if cut:
            joined[-1] = (*joined[-1], piece)
        else:
            joined.append((piece,))
    return joined


def _text(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in pieces)


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
        parts = _join_across_pages(pieces[intro])
        last = tuple(pieces[intro]) if heading else parts[-1]
        shown += [Piece(piece.span, piece.text, "list_intro") for piece in last]
        # « Cas d'usage (scénario d'utilisation) »: the brackets explain, they do not name.
        near = terms_of(_BRACKETS.sub(" ", _text(last)))
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


def _cell_units(
    rank: int,
    hit: Hit,
    index: int,
    block: Block,
    section: frozenset[str],
    get_page: GetPage,
) -> Iterator[Unit]:
    names = _names_of(block)
    if len(block.cells) > 2 and not any(cell.header for cell in block.cells[1:]):
        # Without headers a cell means nothing alone: the row reads whole.
        pieces = [_cell_piece(cell, names, hit.passage, get_page) for cell in block.cells[1:]]
        kept = [piece for piece in pieces if piece is not None]
        if kept:
            bare = [replace(piece, label="", label_spans=()) for piece in kept[1:]]
            yield Unit(
                kind=UnitKind.CELL,
                hit=hit,
                rank=rank,
                block=index,
                pieces=(kept[0], *bare),
                own=terms_of(_text(kept)),
                near=terms_of(" ".join(name.text for name in names)),
                section=section,
            )
        return
    for cell in block.cells[1:] or block.cells[:1]:
        piece = _cell_piece(cell, names, hit.passage, get_page)
        if piece is None:
            continue
        named = " ".join(name.text for name in names if name is not cell)
        yield Unit(
            kind=UnitKind.CELL,
            hit=hit,
            rank=rank,
            block=index,
            pieces=(piece,),
            own=terms_of(piece.text),
            near=terms_of(f"{cell.header} {named}"),
            section=section,
            around=terms_of(block.text),
        )


def _names_of(row: Block) -> tuple[Cell, ...]:
    """Cells that name a row; its first words, when numbers alone open it."""
    names = row_labels(row)
    if all(is_data(cell.text) for cell in names):
        names += tuple(cell for cell in row.cells if not is_data(cell.text))[:1]
    return names


def _table_unit(
    rank: int, hit: Hit, rows: list[int], section: frozenset[str], get_page: GetPage
) -> Iterator[Unit]:
    """A small table whole, row by row: what « quels sont » may ask for."""
    blocks = [hit.passage.blocks[index] for index in rows]
    if not 2 <= sum(len(block.cells) for block in blocks) <= 24 or len(blocks) < 2:
        return
    shown: list[Piece] = []
    for block in blocks:
        names = _names_of(block)
        for cell in block.cells:
            named = () if cell in names else names
            piece = _cell_piece(cell, named, hit.passage, get_page)
            if piece is None:
                continue
            shown.append(replace(piece, label="", label_spans=()) if not cell.header else piece)
    if len(shown) < 2:
        return
    yield Unit(
        kind=UnitKind.LIST,
        hit=hit,
        rank=rank,
        block=rows[0],
        pieces=tuple(shown),
        own=frozenset().union(*(terms_of(block.text) for block in blocks)),
        near=terms_of(" ".join(cell.header for cell in blocks[0].cells)),
        section=section,
        size=len(blocks),
    )


def _cell_piece(
    cell: Cell, names: Sequence[Cell], passage: Passage, get_page: GetPage
) -> Piece | None:
    page = get_page(passage.document_id, cell.span.page)
    piece = make_piece(
        page.text[cell.span.start : cell.span.end], cell.span.page, cell.span.start, "table"
    )
    if piece is None:
        return None
    parts = [(cell.header, cell.header_span)]
    parts += [(name.text, name.span) for name in names if name is not cell]
    named = [(text.strip(" :"), span) for text, span in parts if text.strip(" :")]
    label = " — ".join(text for text, _ in named)
    return Piece(
        piece.span,
        piece.text,
        "table",
        label=f"{label}\u00a0:" if label else "",
        label_spans=tuple(span for _, span in named if span is not None),
    )


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
