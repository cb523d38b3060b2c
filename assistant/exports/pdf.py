"""PDF writer: tagged, PDF/UA-1, French, set by Typst.

Typst comes as a package that works offline, with its fonts. The content goes to the template
as data: nothing in it is ever read as Typst markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from assistant.exports.document import (
    Block,
    ExportDocument,
    Heading,
    Items,
    Paragraph,
    Picture,
    Run,
    Table,
    holds_together,
    plain,
)
from assistant.exports.picture import TEXT_WIDTH_CM

_TEMPLATE: Final = Path(__file__).with_name("document.typ")
_UNDRAWN: Final = re.compile(r'the text `"([^`]+)"` could not be displayed')
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
_SQUARE: Final = "□"
_SQUARES: Final = (
    f"Un carré ({_SQUARE}) remplace ici un caractère que les polices de ce fichier ne dessinent "
    "pas\u00a0; les autres formats d’export le gardent."
)
_TRIES: Final = 4
"""Typst names what it cannot draw all at once, or nearly."""

_WORD: Final = re.compile(r"(?:[^\s/-]|[/-](?=\d)){6,}")
"""A stretch that no line break may enter (Unicode standard annex 14, in short)."""
_CUT: Final = "\x1f"
"""Where the template may break a line; `plain` leaves none in a text."""
_PIECE: Final = 3
"""Letters of a long word between two such places."""
_INVISIBLE: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
_NARROW: Final = frozenset("iljtfrI.,;:!'’|()[]")
_LINE_EMS: Final = 26.0
"""Widest word left whole: it holds on a line even in the title, the largest text of all."""
_POINTS_PER_CM: Final = 72 / 2.54
_CELL_INSET: Final = 10.0
_CELL_SIZE: Final = 9.5
"""Both margins of a cell and its size of text, in points, as the template sets them."""


def pdf(document: ExportDocument) -> bytes:
    """Write a document as an accessible PDF (PDF/UA-1: tags, language, title).

    PDF/UA asks that every character be drawn: what the fonts of the package lack (an emoji, a
    script) becomes a square, and the document says so.
    """
    import typst

    data: dict[str, Any] = {
        "name": plain(document.title),
        "title": _wrapped(document.title),
        "subject": _wrapped(document.subject),
        "footer": plain(document.footer),
        "made": f"{document.made:%d/%m/%Y à %H:%M}" if document.made else "",
        "note": "",
        "blocks": [_block(block) for block in document.blocks],
    }
    squares: dict[int, str] = {}

    def compiled(**standard: Any) -> bytes:
        made: bytes = typst.compile(
            _TEMPLATE,
            root=_TEMPLATE.parent,
            format="pdf",
            # Machines differ in what they have: only the fonts of the package are used.
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False).translate(squares)},
            timestamp=int(document.made.timestamp()) if document.made else 0,
            **standard,
        )
        return made

    for _ in range(_TRIES):
        try:
            return compiled(pdf_standards=["ua-1"])
        except typst.TypstError as error:
            missing = _undrawn(str(error.diagnostic)) - squares.keys()
            if not missing:
                break
            squares |= dict.fromkeys(missing, _SQUARE)
            data["note"] = _SQUARES
    return compiled()  # a tagged PDF that shows a box is better than none


def _undrawn(said: str) -> set[int]:
    """Characters that Typst says no font draws; those of ASCII all are."""
    found = _ESCAPED.sub(lambda one: chr(int(one[1], 16)), "".join(_UNDRAWN.findall(said)))
    return {ord(char) for char in found if ord(char) > 0x7F}


def _wrapped(text: str, widest: float = _LINE_EMS) -> str:
    """Plain text in which a word too wide for its line has places where it can be cut."""
    # Typst joins an invisible sign to the letter before it: a copy of the text would then hold
    # that sign wherever the letter stands.
    bare = _INVISIBLE.sub("", plain(text))
    return _WORD.sub(lambda word: _cuttable(word[0]) if _ems(word[0]) > widest else word[0], bare)


def _ems(word: str) -> float:
    """Width of a word, roughly: its own size of text is one."""
    return sum(0.3 if char in _NARROW else 0.8 if char.isupper() else 0.5 for char in word)


def _cuttable(word: str) -> str:
    made, length = word[0], 1
    for before, char in pairwise(word):
        # A mark stays with its letter, and what is joined by an invisible sign stays joined.
        kinds = unicodedata.category(before), unicodedata.category(char)
        joined = "Cf" in kinds or kinds[1].startswith("M")
        cut = length >= _PIECE and not joined
        made, length = (f"{made}{_CUT}{char}", 1) if cut else (made + char, length + 1)
    return made


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {
            "kind": "heading",
            "text": _wrapped(block.text),
            "level": min(block.level, 4),
            "new_page": block.new_page,
        }
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "runs": _runs(block.runs), "with_next": block.with_next}
    if isinstance(block, Items):
        return {"kind": "items", "items": [_runs(item) for item in block.items]}
    if isinstance(block, Picture):
        return {
            "kind": "picture",
            "svg": block.svg,
            "caption": _wrapped(block.caption),
            "alt": plain(block.alt),
        }
    return _table(block)


def _table(block: Table) -> dict[str, Any]:
    widths = list(block.widths) or [1.0] * len(block.header)
    centimetres = (TEXT_WIDTH_CM * width / sum(widths) for width in widths)
    ems = [(one * _POINTS_PER_CM - _CELL_INSET) / _CELL_SIZE for one in centimetres]
    return {
        "kind": "table",
        "caption": _wrapped(block.caption),
        "header": [plain(name) for name in block.header],
        "widths": widths,
        "rows": [
            {
                "cells": [_runs(cell, most) for cell, most in zip(row, ems, strict=True)],
                "whole": holds_together(row),
            }
            for row in block.rows
        ],
    }


def _runs(runs: Sequence[Run], widest: float = _LINE_EMS) -> list[dict[str, Any]]:
    return [
        {
            "text": _wrapped(run.text, widest),
            "notes": [_wrapped(note) for note in run.notes],
            "strong": run.strong,
        }
        for run in runs
    ]
