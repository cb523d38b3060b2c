"""Titles of slides: one a slide, in the place and the type that the deck gives its titles."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from assistant.ingestion.drafts import BodyStyle, Draft, DraftPage
from assistant.ingestion.headings import is_caption, is_short
from assistant.ingestion.numbering import fold_title, has_words, is_reference
from assistant.model import BlockKind

SLIDE_TITLE: Final = 3
"""Level of the title of an ordinary slide; 1 and 2 are for slides that open a part."""

_PART: Final = re.compile(r"^(?:chapitre|partie|axe|module|volet)\s+\S", re.IGNORECASE)
_Place = tuple[int, bool, int, int]


def find_slide_titles(pages: list[DraftPage], body: BodyStyle) -> None:
    """Give every slide its title, and name what heads a list or a text of the slide."""
    usual = _usual_place(pages)
    for page in pages:
        _slide(page, body, usual)


def _place(draft: Draft) -> _Place:
    first = draft.lines[0]
    return (round(first.size), first.bold, first.colour, round(first.base / 10))


def _usual_place(pages: list[DraftPage]) -> _Place | None:
    """Type and height that the topmost texts of many slides share, their words differing."""
    seen: dict[_Place, list[str]] = defaultdict(list)
    for page in pages:
        top = [draft for draft in page.drafts if draft.lines and _may_be_title(draft, page)]
        for place, text in {_place(draft): draft.text for draft in top}.items():
            seen[place].append(fold_title(text))
    if not seen:
        return None
    place, texts = max(seen.items(), key=lambda item: len(item[1]))
    common = len(texts) >= max(4, round(0.35 * len(pages)))
    return place if common and len(set(texts)) >= 0.4 * len(texts) else None


def _may_be_title(draft: Draft, page: DraftPage) -> bool:
    return (
        draft.lines[0].y0 < 0.25 * page.height
        and draft.word_count <= 20
        and len(draft.lines) <= 3
        and has_words(draft.text)
        and draft.marker != "bullet"
        and not is_reference(draft.text)
    )


def _slide(page: DraftPage, body: BodyStyle, usual: _Place | None) -> None:
    texts = [draft for draft in page.drafts if draft.lines and has_words(draft.text)]
    if not texts:
        return
    title = _title(page, texts, body, usual)
    for index, draft in enumerate(page.drafts):
        if not draft.lines or not has_words(draft.text):
            continue
        if draft is title:
            draft.kind = BlockKind.HEADING
            draft.level = SLIDE_TITLE
        elif is_caption(draft.text) and draft.word_count <= 45:
            draft.kind = BlockKind.CAPTION
        elif page.number > 1 and _heads(page.drafts, index, body):
            draft.kind = BlockKind.HEADING
            draft.level = SLIDE_TITLE + 1


def _title(
    page: DraftPage, texts: list[Draft], body: BodyStyle, usual: _Place | None
) -> Draft | None:
    for draft in texts:
        if usual is not None and _place(draft) == usual and _may_be_title(draft, page):
            return draft
    largest = max(draft.size for draft in texts)
    words = sum(draft.word_count for draft in page.drafts)
    for draft in texts:
        top = draft.lines[0].y0 < 0.35 * page.height or words <= 25
        stands_out = draft.size > 1.1 * body.size or draft.lines[0].bold
        if (
            draft.size >= 0.93 * largest
            and top
            and is_short(draft)
            and draft.kind is not BlockKind.LIST_ITEM
            and stands_out
        ):
            return draft
    return None


def _heads(drafts: list[Draft], index: int, body: BodyStyle) -> bool:
    """Whether a short text that stands out heads the list or the text just under it."""
    draft = drafts[index]
    text = draft.text
    if draft.kind is not BlockKind.PARAGRAPH or len(draft.lines) > 2 or draft.word_count > 12:
        return False
    if text[-1] in ".;,?" or not text[0].isupper() or is_reference(text):
        return False
    bold = draft.bold and not body.bold
    if not (bold and draft.size >= body.size) and draft.size < 1.25 * body.size:
        return False
    if index + 1 >= len(drafts) or not drafts[index + 1].lines:
        return False
    below = drafts[index + 1]
    line, first = draft.lines[-1], below.lines[0]
    near = 0 < first.base - line.base < 3 * max(line.size, first.size)
    under = near and first.leaf == line.leaf and first.x1 > line.x0 and first.x0 < line.x1
    return under and (below.kind is BlockKind.LIST_ITEM or below.word_count > 2 * draft.word_count)


def slide_levels(pages: list[DraftPage]) -> None:
    """A slide that is only a title opens a part, itself under « CHAPITRE 2 » or « AXE 5 »."""
    for page in pages:
        words = sum(draft.word_count for draft in page.drafts)
        has_table = any(draft.table >= 0 for draft in page.drafts)
        for draft in page.drafts:
            if draft.kind is not BlockKind.HEADING or draft.level != SLIDE_TITLE:
                continue
            if _PART.match(draft.text) and words <= 60:
                draft.level = 1
            elif words <= draft.word_count + 4 and not has_table:
                draft.level = 2
