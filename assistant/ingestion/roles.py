"""The role of every draft of a document: title, heading, list, caption, note.

Signs come first (bullets, numbering), then what stands out of the document's body: size,
weight, colour, capitals. `headings` and `slide_titles` find the titles, `levels` their depth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from assistant.ingestion.drafts import BodyStyle, Draft, DraftPage, is_cover
from assistant.ingestion.headings import Outline, find_headings, is_contents, is_short
from assistant.ingestion.levels import heading_levels, list_levels
from assistant.ingestion.numbering import has_words, is_reference, section_number
from assistant.ingestion.slide_titles import find_slide_titles, slide_levels
from assistant.model import BlockKind

_NOTE: Final = re.compile(r"^(?:\d{1,3}|\*{1,3}|†|\(\d{1,2}\)|\[\d{1,3}\])(?:\s|[A-ZÀ-Ýa-zà-ÿ«])")


def assign_roles(pages: list[DraftPage], body: BodyStyle, outline: Mapping[int, Outline]) -> None:
    """Give every draft of a document its role and level, in place.

    Args:
        pages: drafts of the whole document.
        body: typography of its running text.
        outline: depth of the outline's entries, by page number from 1 and folded title.
    """
    slides = sum(page.landscape for page in pages) > 0.5 * len(pages)
    if slides:
        find_slide_titles(pages, body)
    else:
        for page in pages:
            find_headings(page, body, outline.get(page.number, {}))
    for page in pages:
        _footnotes(page, body)
    _title(pages, body, slides)
    _cover(pages, body)
    if slides:
        slide_levels(pages)
    else:
        heading_levels(pages, outline)
    for page in pages:
        list_levels(page)
    _introductions(pages)


def _footnotes(page: DraftPage, body: BodyStyle) -> None:
    """Small text that ends a page and starts with a note mark."""
    tail: list[Draft] = []
    for draft in reversed(page.drafts):
        if not draft.lines or draft.kind in (BlockKind.HEADING, BlockKind.CAPTION):
            break
        # An address cut at the end of a note's line is sometimes in another size.
        address = draft.word_count <= 2 and re.search(r"\w[./]\w", draft.text) is not None
        if draft.lines[0].size > 0.92 * body.size and not address:
            break
        tail.append(draft)
    tail.reverse()
    start = next((k for k, draft in enumerate(tail) if _NOTE.match(draft.text)), None)
    if start is None:
        return
    notes = tail[start:]
    words = sum(draft.word_count for draft in page.drafts)
    too_many = sum(draft.word_count for draft in notes) > 0.5 * words
    if too_many or (page.landscape and len(notes) > 4):
        return
    for draft in notes:
        draft.kind = BlockKind.FOOTNOTE
        draft.level = 0


def _title(pages: list[DraftPage], body: BodyStyle, slides: bool) -> None:
    """The largest text of the first pages is the title of the document."""
    best: Draft | None = None
    best_size = 1.3 * body.size
    for page in pages[: 1 if slides else 2]:
        for draft in page.drafts:
            if draft.kind not in (BlockKind.HEADING, BlockKind.PARAGRAPH) or not draft.lines:
                continue
            section = section_number(draft.text)
            size = draft.size
            if is_contents(draft.text):
                continue
            if size > best_size + 0.2 and is_short(draft) and has_words(draft.text):
                if section and not section["word"]:
                    continue
                best, best_size = draft, size
        if best is not None:
            break
    if best is not None and not (len(pages) == 1 and best.word_count < 2):
        best.kind = BlockKind.TITLE
        best.level = 0


def _cover(pages: list[DraftPage], body: BodyStyle) -> None:
    """On a cover, lines in small type under the title (author, date, state) title nothing."""
    if len(pages) < 2 or not is_cover(pages[0]):
        return
    for draft in pages[0].drafts:
        small = draft.size < 1.3 * body.size
        if draft.kind is BlockKind.HEADING and (small or is_reference(draft.text)):
            draft.reset()


def _introductions(pages: list[DraftPage]) -> None:
    """Mark the sentences that introduce a list, even when it starts on the next page."""
    flow = [
        draft for page in pages for draft in page.drafts if draft.kind is not BlockKind.FOOTNOTE
    ]
    for draft, following in pairwise(flow):
        if (
            draft.kind is BlockKind.PARAGRAPH
            and following.kind is BlockKind.LIST_ITEM
            and draft.text.rstrip("0123456789 ").endswith(":")
        ):
            draft.kind = BlockKind.LIST_INTRO
