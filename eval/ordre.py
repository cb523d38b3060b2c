"""Reading order against pairs of anchors labelled by hand on rendered pages.

The pairs say « `before` comes before `after` » on pages with columns, boxes, forms, slides
and flow charts, where no automatic witness can be trusted. Run by `python -m eval.lecture`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from assistant.model import BlockKind, Page, ReadDocument
from eval.sets import FOLDER
from eval.words import joined, raw_text, tokens

ORDER: Final = FOLDER / "ordre.jsonl"


class Pair(BaseModel):
    """Two short anchors of a page, in the order in which a person reads them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    page: int
    before: str
    after: str


class OrderFigures(BaseModel):
    """Pairs kept in order; those with an anchor that the page lacks are broken too."""

    pairs: int
    kept: int
    broken: list[Pair]
    absent: list[str]

    @property
    def share(self) -> float:
        """Share of the pairs kept in order, from 0 to 1."""
        return self.kept / self.pairs if self.pairs else 1.0


def load_pairs(path: Path = ORDER) -> list[Pair]:
    """The hand-labelled pairs."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Pair.model_validate_json(line) for line in lines if line.strip()]


def page_words(page: Page) -> str:
    """Words of a page in the order in which it is read, for `in_order`."""
    texts = (
        raw_text(page, block) if block.kind is BlockKind.TABLE_ROW else block.text
        for block in page.blocks
    )
    return joined(tokens("\n".join(texts)))


def in_order(pair: Pair, words: str) -> bool:
    """Whether the first anchor comes before the second in the words of a page."""
    first = words.find(joined(tokens(pair.before)))
    return first >= 0 and words.rfind(joined(tokens(pair.after))) > first


def score_order(pairs: Iterable[Pair], documents: dict[str, ReadDocument]) -> OrderFigures:
    """Score the reading order; pairs of files that are not there are left out and said."""
    count = 0
    broken: list[Pair] = []
    absent: set[str] = set()
    words: dict[tuple[str, int], str] = {}
    for pair in pairs:
        document = documents.get(pair.file)
        if document is None:
            absent.add(pair.file)
            continue
        key = pair.file, pair.page
        if key not in words:
            words[key] = page_words(document.pages[pair.page - 1])
        count += 1
        if not in_order(pair, words[key]):
            broken.append(pair)
    return OrderFigures(pairs=count, kept=count - len(broken), broken=broken, absent=sorted(absent))
