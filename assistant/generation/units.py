"""What an answer is made of: verbatim pieces of pages, put together in units."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from assistant.language.analyser import analyse
from assistant.language.normalise import display_text, fold, strip_bullet
from assistant.model import Hit, Page, Span

GetPage = Callable[[str, int], Page]
"""Gives a stored page of a document: `get_page(document_id, number)`."""

Role = Literal["answer", "context", "list_intro", "list_item", "table", "near"]


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
        meaning: cosine of the question with the window of text that the unit stands in; 0
            without an embedding model.
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
    meaning: float = 0.0

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


def opens_with_reference(text: str) -> bool:
    """Tell whether a sentence opens by pointing at the one before (« Elle », « Ce montant »)."""
    return bool(_REFERENCE.match(fold(text)))


@lru_cache(maxsize=20_000)
def terms_of(text: str) -> frozenset[str]:
    """Distinct index terms of a text (memoised: neighbours and sections recur)."""
    return frozenset(analyse(text))


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


def text_of(pieces: Sequence[Piece]) -> str:
    """The pieces on one line, without their labels."""
    return " ".join(piece.text for piece in pieces)
