"""Compact encodings of blocks and word boxes for the catalogue.

Blocks are stored as JSON arrays rather than objects: a 2,000-page corpus holds some 60,000
of them and the field names would weigh more than the text.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from assistant.model import Block, BlockKind, Cell, Span, Word

_WORD = np.dtype([("start", "<i4"), ("end", "<i4"), ("box", "<f4", (4,))])


def encode_blocks(blocks: Iterable[Block]) -> str:
    """Encode blocks as a JSON array."""
    return json.dumps(
        [_block(block) for block in blocks], ensure_ascii=False, separators=(",", ":")
    )


@lru_cache(maxsize=4096)
def decode_blocks(encoded: str) -> tuple[Block, ...]:
    """Inverse of `encode_blocks`; the latest are kept, about 3 kB each."""
    return tuple(
        Block(
            kind=BlockKind(kind),
            text=text,
            level=level,
            spans=tuple(Span(*span) for span in spans),
            cells=tuple(
                Cell(header, cell, Span(*span), Span(*header_span) if header_span else None)
                for header, cell, span, header_span in cells
            ),
            coloured=tuple(Span(*span) for span in coloured),
        )
        for kind, text, level, spans, cells, coloured in json.loads(encoded)
    )


def encode_words(words: Sequence[Word]) -> bytes:
    """Encode offsets and boxes (0.1 point) of words; sizes and colours are not kept."""
    table = np.zeros(len(words), dtype=_WORD)
    if words:
        table["start"] = [word.start for word in words]
        table["end"] = [word.end for word in words]
        table["box"] = np.round(np.array([word.box for word in words], dtype=np.float32), 1)
    return zlib.compress(table.tobytes(), level=3)


def decode_words(encoded: bytes, within: tuple[int, int] | None = None) -> tuple[Word, ...]:
    """Inverse of `encode_words`, up to the rounding of boxes.

    Args:
        encoded: the words of a page.
        within: first character and character after the last; words outside are left out.
    """
    table = np.frombuffer(zlib.decompress(encoded), dtype=_WORD)
    if within is not None:
        table = table[(table["end"] > within[0]) & (table["start"] < within[1])]
    return tuple(
        Word(start, end, (box[0], box[1], box[2], box[3]))
        for start, end, box in zip(
            table["start"].tolist(), table["end"].tolist(), table["box"].tolist(), strict=True
        )
    )


def _block(block: Block) -> list[Any]:
    return [
        block.kind.value,
        block.text,
        block.level,
        [_span(span) for span in block.spans],
        [
            [cell.header, cell.text, _span(cell.span), _span(cell.header_span)]
            for cell in block.cells
        ],
        [_span(span) for span in block.coloured],
    ]


def _span(span: Span | None) -> list[int] | None:
    return None if span is None else [span.page, span.start, span.end]
