"""Depth of titles and of list items.

Decimal numbering says it where there is any, else the outline of the file, else typography:
larger, then bolder, then in capitals, is higher. Titles numbered the same way in about the
same size are of one level, over the whole document.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

from assistant.ingestion.drafts import Draft, DraftPage, is_cover
from assistant.ingestion.headings import Outline, outline_level
from assistant.ingestion.numbering import is_capitals, numbering_depth, section_number
from assistant.model import BlockKind

_DEEPEST: Final = 6
_MIN_OUTLINE: Final = 5
"""Fewer entries than this found on their pages say nothing of the other headings."""


def _style(draft: Draft) -> tuple[float, int, int]:
    return (
        -round(draft.size * 2) / 2,
        0 if draft.bold else 1,
        0 if is_capitals(draft.text) else 1,
    )


def heading_levels(pages: list[DraftPage], outline: Mapping[int, Outline]) -> None:
    """Give their level to the headings of a document that is not a deck of slides."""
    headings = [draft for page in pages for draft in page.drafts if draft.kind is BlockKind.HEADING]
    # The large type of a cover ranks nothing: its titles are above every other.
    cover = _cover_titles(pages)
    strong = [draft for draft in headings if not draft.weak and id(draft) not in cover]
    for draft in headings:
        if id(draft) in cover:
            draft.level = 1
    ranks = {style: rank for rank, style in enumerate(sorted({_style(d) for d in strong}))}
    numbered: dict[int, list[tuple[float, int, int]]] = {}
    for draft in strong:
        depth = numbering_depth(draft.text)
        if depth:
            numbered.setdefault(depth, []).append(_style(draft))
    total = sum(len(styles) for styles in numbered.values())
    if total >= 3 and max(numbered) >= 2:
        _numbered_levels(strong, numbered)
    else:
        for draft in strong:
            draft.level = min(ranks[_style(draft)] + 1, _DEEPEST)
    _align_siblings(strong)
    _follow_outline(pages, outline)
    deepest = max((draft.level for draft in strong), default=0)
    for draft in headings:
        if draft.weak:
            draft.level = min(deepest + 1, _DEEPEST)


def _cover_titles(pages: list[DraftPage]) -> set[int]:
    if len(pages) < 2 or not is_cover(pages[0]):
        return set()
    return {id(draft) for draft in pages[0].drafts if draft.kind is BlockKind.HEADING}


def _follow_outline(pages: list[DraftPage], outline: Mapping[int, Outline]) -> None:
    """Take the levels of the file's outline when most of its entries are headings we see.

    A heading that the outline leaves out keeps its rank under the style it is nearest to:
    below the deepest level that the outline gives to larger type.
    """
    entries = sum(len(titles) for titles in outline.values())
    found: list[tuple[Draft, int]] = []
    others: list[Draft] = []
    for page in pages:
        titles = outline.get(page.number, {})
        for draft in page.drafts:
            if draft.kind is BlockKind.HEADING:
                level = outline_level(draft.text, titles)
                if level:
                    found.append((draft, level))
                elif not draft.weak:
                    others.append(draft)
    if len(found) < _MIN_OUTLINE or len({level for _, level in found}) < 2:
        return
    if 2 * len(found) < min(entries, len(found) + len(others)):
        return
    styles: dict[tuple[float, int, int], Counter[int]] = defaultdict(Counter)
    for draft, level in found:
        draft.level = min(level, _DEEPEST)
        styles[_style(draft)][draft.level] += 1
    typical = {style: levels.most_common(1)[0][0] for style, levels in styles.items()}
    unknown = sorted({_style(draft) for draft in others} - typical.keys())
    for draft in others:
        style = _style(draft)
        if style in typical:
            draft.level = typical[style]
            continue
        above = [level for other, level in typical.items() if other < style]
        under = [other for other in unknown if other < style] if above else []
        draft.level = min(max(above, default=0) + 1 + len(under), _DEEPEST)


def _align_siblings(strong: list[Draft]) -> None:
    """Headings numbered the same way, in about the same size, are of one level."""
    known: dict[str, list[Draft]] = {}
    for draft in strong:
        match = section_number(draft.text)
        if match is None or match["decimal"] or match["mixed"]:
            continue
        word = match["word"]
        sign = "paren" if ")" in match.group() else "point"
        kind = word.casefold() if word else f"{match.lastgroup}{sign}"
        size = -_style(draft)[0]
        for other in known.setdefault(kind, []):
            if abs(-_style(other)[0] - size) <= 0.15 * size:
                draft.level = other.level
                break
        else:
            known[kind].append(draft)


def _numbered_levels(
    strong: list[Draft], numbered: dict[int, list[tuple[float, int, int]]]
) -> None:
    """Numbered headings take their depth; the others go below the nearest larger one."""
    lowest = min(numbered)
    top_style = min(numbered[lowest])
    above = sorted(
        {_style(d) for d in strong if _style(d) < top_style and not numbering_depth(d.text)}
    )
    offset = min(len(above), 2)
    typical = {depth: Counter(styles).most_common(1)[0][0] for depth, styles in numbered.items()}
    others = sorted({_style(d) for d in strong if not numbering_depth(d.text)})
    for draft in strong:
        depth = numbering_depth(draft.text)
        if depth:
            draft.level = min(depth - lowest + 1 + offset, _DEEPEST)
            continue
        style = _style(draft)
        if style in above:
            draft.level = min(above.index(style), 1) + 1
            continue
        larger = [depth for depth, other in typical.items() if other < style]
        base = max(larger) - lowest + 1 + offset if larger else offset
        under = [
            other
            for other in others
            if other < style and other not in above and (not larger or other > typical[max(larger)])
        ]
        draft.level = max(1, min(base + 1 + len(under), _DEEPEST))


def list_levels(page: DraftPage) -> None:
    """Depth of list items from the abscissas of their signs, list by list."""
    stack: list[float] = []
    for draft in page.drafts:
        if draft.kind is not BlockKind.LIST_ITEM:
            if draft.kind is not BlockKind.FOOTNOTE:
                stack = []
            continue
        at = draft.depth_x
        while stack and at < stack[-1] - 4:
            stack.pop()
        if not stack or at > stack[-1] + 4:
            stack.append(at)
        draft.level = len(stack)
