"""Running headers, footers, page numbers and side banners.

What makes a line furniture is that it comes back, at the same place of the page, on several
pages, its digits aside; a page number is recognised by following the page's rank. Titles of
consecutive slides also come back: on landscape pages more repetitions are asked for.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from assistant.ingestion.layout_types import Segment
from assistant.model import BlockKind

ZONE: Final = 0.13
"""Share of the height, at the top and at the bottom, where furniture is looked for."""

_NUMBER: Final = re.compile(
    r"^(?:page|p\.|diapositive)?\s*[-–—|•]?\s*(?P<n>\d{1,4}|[ivxlc]{1,7})"
    r"(?:\s*(?:/|sur|de|of|\|)\s*\d{1,4})?\s*[-–—|•]?$",
    re.IGNORECASE,
)
_BROWSER: Final = re.compile(
    r"^(?:https?://|www\.)\S+(?:\s+\d+\s*/\s*\d+)?$|^\d+\s*/\s*\d+$"
    r"|^(?:about:blank|file:///\S+)$",
    re.IGNORECASE,
)
_TITLE_NUMBER: Final = re.compile(
    r"^(?:chapitre|partie|titre|section|annexe|axe|objectif|fiche|module|action|mesure|étape)\s"
    r"+(?:n°\s?)?\d",
    re.IGNORECASE,
)
_DATE_LINE: Final = re.compile(r"^\d{1,2}/\d{1,2}/\d{2,4}(?:[,\s].*)?$")


@dataclass(frozen=True, slots=True)
class PageLayout:
    """What furniture detection needs of a page: its segments and its size, in points."""

    width: float
    height: float
    segments: list[Segment]


def _zone(segment: Segment, page: PageLayout) -> BlockKind | None:
    if segment.y1 <= page.height * ZONE:
        return BlockKind.HEADER
    if segment.y0 >= page.height * (1 - ZONE):
        return BlockKind.FOOTER
    return None


def _key(text: str) -> str:
    return re.sub(r"\d+", "#", text).casefold()


def find_furniture(pages: list[PageLayout]) -> list[dict[int, BlockKind]]:
    """Tell the furniture of every page of a document.

    Returns:
        For each page, role of its furniture segments by their index in `segments`.
    """
    found: list[dict[int, BlockKind]] = [{} for _ in pages]
    places: dict[tuple[BlockKind, str], list[tuple[int, int, Segment]]] = defaultdict(list)
    for number, page in enumerate(pages):
        for index, segment in enumerate(page.segments):
            zone = _zone(segment, page)
            if zone is not None:
                places[zone, _key(segment.text)].append((number, index, segment))
    body = _body_size(pages)
    for (zone, _), occurrences in places.items():
        for number, index in _repeated(occurrences, pages, body):
            found[number][index] = zone
    _page_numbers(pages, found)
    _browser_lines(pages, found)
    _extend(pages, found)
    return found


def _body_size(pages: list[PageLayout]) -> float:
    weight: Counter[float] = Counter()
    for page in pages:
        for segment in page.segments:
            weight[segment.size] += len(segment.text)
    return weight.most_common(1)[0][0] if weight else 10.0


def _repeated(
    occurrences: list[tuple[int, int, Segment]], pages: list[PageLayout], body: float
) -> list[tuple[int, int]]:
    """Occurrences of one text that come back at the same height often enough."""
    if len(occurrences) < 2:
        return []
    # One height at a time: a running head stands still, a sentence that recurs does not.
    by_height: dict[int, list[tuple[int, int, Segment]]] = defaultdict(list)
    for occurrence in occurrences:
        by_height[round(occurrence[2].base / 6)].append(occurrence)
    kept: list[tuple[int, int]] = []
    for step, placed in by_height.items():
        group = placed
        around = group + by_height.get(step + 1, []) + by_height.get(step - 1, [])
        if not _follows_rank(around):
            # « Fiche 1 », « Fiche 2 » at the top of their pages are titles, not furniture.
            usual = Counter(segment.text for _, _, segment in around).most_common(1)[0][0]
            around = [item for item in around if item[2].text == usual]
            group = [item for item in group if item[2].text == usual]
            if not group:
                continue
        near = {number for number, _, _ in around}
        segment = group[0][2]
        landscape = pages[group[0][0]].width > pages[group[0][0]].height
        needed = _needed(len(pages), segment.size > 1.12 * body, landscape)
        spread = max(near) - min(near) + 1
        # A running head is on most pages of its chapter; a heading that falls at the top of
        # a page now and then is not one.
        if len(near) >= needed and len(near) >= 0.4 * spread:
            kept.extend((number, index) for number, index, _ in group)
    return kept


def _follows_rank(occurrences: list[tuple[int, int, Segment]]) -> bool:
    """Whether a text never changes, or only by a number that follows the page's rank."""
    if len({segment.text for _, _, segment in occurrences}) == 1:
        return True
    if any(_TITLE_NUMBER.match(segment.text) for _, _, segment in occurrences):
        return False
    shifts: Counter[int] = Counter()
    for number, _, segment in occurrences:
        shifts.update({int(value) - number for value in re.findall(r"\d{1,5}", segment.text)})
    return bool(shifts) and shifts.most_common(1)[0][1] >= 0.8 * len(occurrences)


def _needed(pages: int, large: bool, landscape: bool) -> int:
    """How many pages must carry a line for it to be furniture."""
    if pages <= 3:
        return 2 if not large else pages + 1
    if large:
        return max(4, round(0.5 * pages))
    if landscape:
        return max(3, min(8, round(0.2 * pages)))
    return 3


def _page_numbers(pages: list[PageLayout], found: list[dict[int, BlockKind]]) -> None:
    """Mark numbers that follow the rank of the page; one alone is not enough."""
    candidates: dict[tuple[BlockKind, int, int], list[tuple[int, int]]] = defaultdict(list)
    for number, page in enumerate(pages):
        for index, segment in enumerate(page.segments):
            zone = _zone(segment, page)
            match = _NUMBER.match(segment.text) if zone is not None else None
            if zone is None or match is None:
                continue
            value = _value(match["n"])
            if value is not None:
                place = round(segment.base / 12)
                candidates[zone, value - number, place].append((number, index))
    for (zone, _, _), occurrences in candidates.items():
        if len({number for number, _ in occurrences}) < (2 if len(pages) > 1 else 99):
            continue
        for number, index in occurrences:
            if _outermost(pages[number], found[number], index, zone):
                found[number][index] = zone


def _outermost(page: PageLayout, marks: dict[int, BlockKind], index: int, zone: BlockKind) -> bool:
    """Whether only furniture stands between a segment and the edge of the page."""
    base = page.segments[index].base
    for other, segment in enumerate(page.segments):
        if other in marks or other == index:
            continue
        beyond = segment.base > base + 2 if zone is BlockKind.FOOTER else segment.base < base - 2
        if beyond:
            return False
    return True


def _value(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    total = 0
    values = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
    digits = [values[letter] for letter in text.casefold()]
    for index, digit in enumerate(digits):
        total += -digit if index + 1 < len(digits) and digits[index + 1] > digit else digit
    return total


def _browser_lines(pages: list[PageLayout], found: list[dict[int, BlockKind]]) -> None:
    """Mark what a browser prints around a page: address and rank below, date above."""
    for number, page in enumerate(pages):
        foot = [
            index
            for index, segment in enumerate(page.segments)
            if segment.y0 > 0.94 * page.height and _BROWSER.match(segment.text)
        ]
        if not any("/" in page.segments[index].text for index in foot):
            continue
        for index in foot:
            found[number][index] = BlockKind.FOOTER
        for segment in page.segments:
            if segment.y1 < 0.06 * page.height and _DATE_LINE.match(segment.text):
                for other, neighbour in enumerate(page.segments):
                    if abs(neighbour.base - segment.base) < 2:
                        found[number][other] = BlockKind.HEADER


def _extend(pages: list[PageLayout], found: list[dict[int, BlockKind]]) -> None:
    """Mark what stands on the line of a furniture segment, at the very edge of the page.

    A date or a number is taken on sight; a longer text only if other pages have one in that
    slot (the title of the chapter): a note set beside the page number is not furniture.
    """
    slots = _slots(pages)
    for page, marks in zip(pages, found, strict=True):
        if not marks:
            continue
        for kind in (BlockKind.HEADER, BlockKind.FOOTER):
            marked = [page.segments[index] for index, mark in marks.items() if mark is kind]
            if not marked:
                continue
            edge = (
                max(segment.base for segment in marked)
                if kind is BlockKind.HEADER
                else min(segment.base for segment in marked)
            )
            for index, segment in enumerate(page.segments):
                if index in marks or _zone(segment, page) is not kind:
                    continue
                beyond = (
                    segment.base <= edge + 1
                    if kind is BlockKind.HEADER
                    else (segment.base >= edge - 1)
                )
                depth = segment.y0 if kind is BlockKind.HEADER else page.height - segment.y1
                small = len(segment.words) <= 12 and segment.size <= 1.2 * marked[0].size
                usual = len(segment.words) <= 4 or any(
                    slots[slot] >= 2 for slot in _slot(segment, kind)
                )
                if beyond and small and usual and depth < 0.07 * page.height:
                    marks[index] = kind


_Slot = tuple[BlockKind, str, int, int, float]


def _slot(segment: Segment, kind: BlockKind) -> tuple[_Slot, _Slot]:
    """Places a segment takes at the edge of its page, from its left end and from its right."""
    row = round(segment.base / 6)
    return (
        (kind, "left", row, round(segment.x0 / 6), segment.size),
        (kind, "right", row, round(segment.x1 / 6), segment.size),
    )


def _slots(pages: list[PageLayout]) -> Counter[_Slot]:
    """How many pages have a text in each place of their edges."""
    slots: Counter[_Slot] = Counter()
    for page in pages:
        held: set[_Slot] = set()
        for segment in page.segments:
            zone = _zone(segment, page)
            if zone is not None:
                held.update(_slot(segment, zone))
        slots.update(held)
    return slots
