"""Numbered series that run over pages: the objectives of an axis, the stages of a method.

« Quels sont les objectifs de l'axe 4 ? » has no sentence for an answer: it has headings,
pages apart. A series gathers them in one more passage, each item keeping its own page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from assistant.language.contents import entries
from assistant.language.normalise import fold
from assistant.model import Block, BlockKind, Passage

_LABEL = re.compile(
    r"(?P<word>objectif|axe|action|etape|volet|fiche|chapitre|mesure|priorite|enjeu|orientation|"
    r"engagement|levier|phase|module|decision|defi|chantier|pilier|projet)\s+"
    r"(?:(?P<kind>general|operationnel|strategique|specifique)\s+)?(?:n\s?°\s?|no\s)?"
    r"(?P<number>\d{1,2})\b"
)
_CANDIDATES = frozenset({BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
_MIN_ITEMS = 3
_MAX_ITEM_WORDS = 60
_BARE_WORDS = 3
_NUMBERED = re.compile(r"^[\d.\s]*")


@dataclass
class _Series:
    label: str
    section: tuple[str, ...]
    blocks: list[Block] = field(default_factory=list)


def series_passages(passages: Sequence[Passage]) -> list[Passage]:
    """Passages that gather the numbered series spread over other passages.

    Args:
        passages: of one document, in order.

    Returns:
        One passage a series of at least three items that stands on several passages;
        positions continue those given. Items are the blocks themselves, as list items.
    """
    found: list[Passage] = []
    for series in _series(passages):
        spans = [span for block in series.blocks for span in block.spans]
        document_id = passages[0].document_id
        key = f"{document_id} série {[(span.page, span.start, span.end) for span in spans]}"
        found.append(
            Passage(
                id=hashlib.sha256(key.encode()).hexdigest()[:16],
                document_id=document_id,
                position=len(passages) + len(found),
                section=series.section,
                blocks=tuple(
                    replace(block, kind=BlockKind.LIST_ITEM, level=1) for block in series.blocks
                ),
            )
        )
    return found


def _series(passages: Sequence[Passage]) -> Iterator[_Series]:
    open_series: dict[str, _Series] = {}
    homes: dict[str, set[str]] = {}
    for passage in passages:
        title = passage.section[-1] if passage.section else ""
        contents = entries([block.text for block in passage.blocks], title)
        for rank, block in enumerate(passage.blocks):
            match = None if rank in contents else _label(block)
            if match is None:
                continue
            label = f"{match['word']} {match['kind'] or ''}".strip()
            number = int(match["number"])
            current = open_series.get(label)
            if number == 1 or (current and number != len(current.blocks) + 1):
                if current and _worth_showing(current, homes[label]):
                    yield current
                open_series.pop(label, None)
                current = None
            if number == 1:
                current = _Series(label, _parent(passage.section, block))
                open_series[label], homes[label] = current, set()
            if current is not None:
                current.blocks.append(block)
                homes[label].add(passage.id)
    for label, series in open_series.items():
        if _worth_showing(series, homes[label]):
            yield series


def _worth_showing(series: _Series, homes: set[str]) -> bool:
    """Three items at least, not already side by side, and that say more than their number."""
    bare = sum(len(block.text.split()) <= _BARE_WORDS for block in series.blocks)
    return len(series.blocks) >= _MIN_ITEMS and len(homes) > 1 and bare * 3 < len(series.blocks)


def _label(block: Block) -> re.Match[str] | None:
    if block.kind not in _CANDIDATES or len(block.text.split()) > _MAX_ITEM_WORDS:
        return None
    return _LABEL.match(_NUMBERED.sub("", fold(block.text)))


def _parent(section: tuple[str, ...], block: Block) -> tuple[str, ...]:
    """Section path above an item: its own heading and those below it are left out."""
    own = fold(block.text)
    return tuple(takewhile(lambda heading: fold(heading) != own, section))
