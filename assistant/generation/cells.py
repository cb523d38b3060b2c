"""Units of tables: a cell with what names it, a row without headers, a small table whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.generation.units import (
    GetPage,
    Piece,
    Unit,
    UnitKind,
    make_piece,
    terms_of,
    text_of,
)
from assistant.ingestion.table_values import is_data, row_labels
from assistant.model import Block, Cell, Hit, Passage


def cell_units(
    rank: int,
    hit: Hit,
    index: int,
    block: Block,
    section: frozenset[str],
    get_page: GetPage,
) -> Iterator[Unit]:
    """Units of one row: its cells, or the whole row when no header says what they hold."""
    names = names_of(block)
    if len(block.cells) > 2 and not any(cell.header for cell in block.cells[1:]):
        # Without headers a cell means nothing alone: the row reads whole.
        pieces = [cell_piece(cell, names, hit.passage, get_page) for cell in block.cells[1:]]
        kept = [piece for piece in pieces if piece is not None]
        if kept:
            bare = [replace(piece, label="", label_spans=()) for piece in kept[1:]]
            yield Unit(
                kind=UnitKind.CELL,
                hit=hit,
                rank=rank,
                block=index,
                pieces=(kept[0], *bare),
                own=terms_of(text_of(kept)),
                near=terms_of(" ".join(name.text for name in names)),
                section=section,
            )
        return
    for cell in block.cells[1:] or block.cells[:1]:
        piece = cell_piece(cell, names, hit.passage, get_page)
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


def names_of(row: Block) -> tuple[Cell, ...]:
    """Cells that name a row; its first words, when numbers alone open it."""
    names = row_labels(row)
    if all(is_data(cell.text) for cell in names):
        names += tuple(cell for cell in row.cells if not is_data(cell.text))[:1]
    return names


def table_unit(
    rank: int, hit: Hit, rows: list[int], section: frozenset[str], get_page: GetPage
) -> Iterator[Unit]:
    """A small table whole, row by row: what « quels sont » may ask for."""
    blocks = [hit.passage.blocks[index] for index in rows]
    if not 2 <= sum(len(block.cells) for block in blocks) <= 24 or len(blocks) < 2:
        return
    shown: list[Piece] = []
    for block in blocks:
        names = names_of(block)
        for cell in block.cells:
            named = () if cell in names else names
            piece = cell_piece(cell, named, hit.passage, get_page)
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


def cell_piece(
    cell: Cell, names: Sequence[Cell], passage: Passage, get_page: GetPage
) -> Piece | None:
    """Make a piece of a table cell, labelled with its column and with what names its row."""
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
