"""Which drafts of a page are section titles.

A title stands out of the running text by its size, weight, colour, capitals or numbering, or
stands alone above it, or is an entry of the file's outline. Then come the reasons not to
believe it: labels side by side or in a row (heads of a table without rules, boxes of a
diagram, lines of a cover), what an introduction announces, entries of a table of contents.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from assistant.ingestion.drafts import BodyStyle, Draft, DraftPage
from assistant.ingestion.layout_types import Line
from assistant.ingestion.numbering import (
    bare_title,
    fold_title,
    has_words,
    is_capitals,
    is_reference,
    section_number,
)
from assistant.model import BlockKind

Outline = Mapping[str, int]
"""Depth of the outline's entries of one page, by folded title."""

_CAPTION: Final = re.compile(
    r"^(?:figure|fig\.|tableau|graphique|schéma|carte|photo|illustration|encadré)\s*"
    r"(?:n°\s?)?\d+\s*(?:[:.–—-]|$)|^sources?\s?:",
    re.IGNORECASE,
)
_OPENING: Final = re.compile(r"^[«“\"'(\[]?\s?[A-ZÀ-Þ0-9]")
_CONTENTS: Final = re.compile(r"^(?:sommaire|table des matières|contenu|plan)\b", re.IGNORECASE)
_ANNOUNCE: Final = re.compile(r"\b(?:suivante?s?|ci-dessous|ci-après)\s*:$", re.IGNORECASE)
_LABEL_RUN: Final = 3
"""Unnumbered titles of one style in a row, nothing between: labels, not titles."""


def outline_level(text: str, outline: Outline) -> int:
    """Depth of a title in the outline of its page, numbered or not; 0 when it is not there."""
    if not outline:
        return 0
    for key in (fold_title(text), bare_title(text)):
        if len(key) >= 3 and key in outline:
            return outline[key]
    return 0


def is_caption(text: str) -> bool:
    """Whether a text names a figure or a table, or gives its source."""
    return bool(_CAPTION.match(text))


def is_contents(text: str) -> bool:
    """Whether a title is that of a table of contents."""
    return bool(_CONTENTS.match(text))


def is_short(draft: Draft) -> bool:
    """Whether a draft is short enough for a title."""
    return len(draft.lines) <= 4 and draft.word_count <= 28


def find_headings(page: DraftPage, body: BodyStyle, outline: Outline) -> None:
    """Make headings of the titles of a page, and captions of its captions, in place."""
    drafts = page.drafts
    for index, draft in enumerate(drafts):
        if draft.kind is BlockKind.TABLE_ROW or draft.entry:
            continue
        text = draft.text
        if _stands_out(draft, body, outline) or _bulleted_title(drafts, index, body):
            draft.kind = BlockKind.HEADING
        elif is_caption(text) and draft.word_count <= 45 and len(draft.lines) <= 4:
            draft.kind = BlockKind.CAPTION
        elif draft.kind is BlockKind.PARAGRAPH and _isolated(drafts, index, body):
            draft.kind = BlockKind.HEADING
            draft.weak = True
    _drop_contents(drafts)
    _drop_labels(page, body, outline)
    page.drafts = _join_lines(drafts)


def _stands_out(  # noqa: PLR0911  # one return per sign
    draft: Draft, body: BodyStyle, outline: Outline
) -> bool:
    """Whether the typography or the numbering of a draft make it a title."""
    text = draft.text
    section = section_number(text)
    if not is_short(draft) and not (section and draft.word_count <= 40 and len(draft.lines) <= 4):
        return False
    if not has_words(text) or is_reference(text) or draft.marker == "bullet":
        return False
    if any(_is_row(line) for line in draft.lines):
        return False
    if outline_level(text, outline):
        return True
    first, size = draft.lines[0], draft.size
    bold = not body.bold and (draft.bold or bool(section and first.bold))
    if _reads_on(draft, body, bold):
        return False
    larger = size >= 1.14 * body.size
    if larger:
        return True
    if is_caption(text) or (size < 0.92 * body.size and not (section and bold)):
        return False
    coloured = first.colour != body.colour and size >= 0.98 * body.size
    capitals = is_capitals(text) and (section is not None or not text[0].isdigit())
    strong = bold or capitals or (coloured and len(draft.lines) <= 2 and draft.word_count <= 16)
    if section:
        if section["decimal"] or section["mixed"]:
            return strong or (draft.word_count <= 16 and text[-1] not in ".:")
        return strong or bool(section["word"] and draft.word_count <= 20 and text[-1] != ".")
    if draft.marker:
        return bold and draft.word_count <= 16
    return strong and len(draft.lines) <= 3 and draft.word_count <= 18


def _is_row(line: Line) -> bool:
    """Whether a line is labels set apart, as the head of a table without rules."""
    gaps = [after.x0 - before.x1 > 3 * line.size for before, after in pairwise(line.words)]
    return sum(gaps) >= 2


def _reads_on(draft: Draft, body: BodyStyle, bold: bool) -> bool:
    """Whether a text begins or ends as part of a sentence does, not as a title."""
    text, words = draft.text, draft.word_count
    section = section_number(text)
    numbered = bool(section and (section["decimal"] or section["mixed"] or section["word"]))
    if text[0].islower() or text[-1] in ";,":
        return True
    if text[-1] == "." and words > 8 and draft.size < 1.3 * body.size:
        return not (numbered and bold)
    if not section and _ANNOUNCE.search(text):
        return True
    return not numbered and draft.size < 1.14 * body.size and _is_sentence(text, words)


def _is_sentence(text: str, words: int) -> bool:
    """Whether a text in body type introduces or asks at length, as a title does not."""
    return (text[-1] == ":" and words >= 9) or (text[-1] == "?" and words > 12)


def _bulleted_title(drafts: list[Draft], index: int, body: BodyStyle) -> bool:
    """Whether an item is a title with a bullet: it stands out and no item is beside it."""
    draft = drafts[index]
    if draft.marker != "bullet" or len(draft.lines) > 2 or not 2 <= draft.word_count <= 14:
        return False
    words = [word for line in draft.lines for word in line.words][1:]
    if not words or draft.text[-1] in ".;,:" or not words[0].text[:1].isupper():
        return False
    bold = all(word.bold for word in words) and not body.bold
    larger = max(word.size for word in words) >= 1.14 * body.size
    recoloured = all(word.colour != body.colour for word in words) or larger
    if not (larger and bold) and not (recoloured and (bold or all(w.italic for w in words))):
        return False
    for beside in (index - 1, index + 1):
        if 0 <= beside < len(drafts):
            other = drafts[beside]
            alike = abs(other.size - draft.size) < 0.6 and (
                all(word.bold for word in other.lines[0].words[1:]) == bold if other.lines else True
            )
            if other.marker == "bullet" and other.kind is BlockKind.LIST_ITEM and alike:
                return False
    return True


def _isolated(  # noqa: PLR0911  # one return per sign
    drafts: list[Draft], index: int, body: BodyStyle
) -> bool:
    """A short plain line alone above running text: a title without typography."""
    draft = drafts[index]
    text = draft.text
    if (
        len(draft.lines) != 1
        or not 1 <= draft.word_count <= 9
        or text[-1] in ".,;:!…)»"
        or not text[0].isupper()
        or not has_words(text)
        or any(char.isdigit() for char in text[:2])
        or is_reference(text)
    ):
        return False
    if index + 1 >= len(drafts):
        return False
    below = drafts[index + 1]
    if not below.lines or below.lines[0].leaf != draft.lines[0].leaf:
        return False
    line, first = draft.lines[0], below.lines[0]
    if below.kind is BlockKind.LIST_ITEM:
        # Above a list, only what is set apart from it: an introduction has no gap.
        if below.word_count < 20 or first.base - line.base < 1.5 * line.size:
            return False
    elif (
        below.kind is not BlockKind.PARAGRAPH
        or below.word_count < 12
        or (below.word_count < 20 and below.text[-1] not in ".:")
    ):
        return False
    if not _OPENING.match(below.text) or abs(line.x0 - first.x0) > 2 * line.size:
        return False
    above = drafts[index - 1] if index else None
    if above is not None and above.lines:
        same = above.lines[-1].leaf == line.leaf
        spaced = line.base - above.lines[-1].base > 1.3 * line.size
        if same and (not spaced or above.text[-1] not in ".!?;:»)…"):
            return False
    width = max(item.x1 - item.x0 for item in below.lines)
    return line.x1 - line.x0 < 0.6 * width and abs(line.size - body.size) < 0.1 * body.size


# --- Labels that only look like titles ---------------------------------------------------


_Look = tuple[int, bool, int, bool, bool]


def _look(draft: Draft) -> _Look:
    return (
        round(draft.size),
        draft.bold,
        draft.lines[0].colour,
        is_capitals(draft.text),
        section_number(draft.text) is not None,
    )


def _firm(draft: Draft, outline: Outline) -> bool:
    """Whether a numbering or the outline vouches for a title."""
    section = section_number(draft.text)
    vouched = section is not None and (section["decimal"] or section["mixed"] or section["word"])
    return bool(vouched) or outline_level(draft.text, outline) > 0


def _drop_contents(drafts: list[Draft]) -> None:
    """Under « Sommaire », titles without text are its entries."""
    start = next(
        (
            index
            for index, draft in enumerate(drafts)
            if draft.kind is BlockKind.HEADING and _CONTENTS.match(draft.text)
        ),
        None,
    )
    if start is None:
        return
    after = drafts[start + 1 :]
    titles = [draft for draft in after if draft.kind is BlockKind.HEADING]
    texts = sum(draft.word_count >= 30 for draft in after if draft.kind is not BlockKind.HEADING)
    if not (len(titles) >= _LABEL_RUN and not texts):
        last = max((index for index, draft in enumerate(after) if draft.entry), default=0)
        titles = [draft for draft in after[:last] if draft.kind is BlockKind.HEADING]
    for draft in titles:
        draft.reset()
        draft.entry = True


def _join_lines(drafts: list[Draft]) -> list[Draft]:
    """Join the lines of a title that were read as titles of their own."""
    joined: list[Draft] = []
    for draft in drafts:
        if joined and _same_title(joined[-1], draft):
            joined[-1].lines.extend(draft.lines)
        else:
            joined.append(draft)
    return joined


def _same_title(above: Draft, below: Draft) -> bool:
    if {above.kind, below.kind} != {BlockKind.HEADING} or above.weak or below.weak:
        return False
    last, first = above.lines[-1], below.lines[0]
    alike = abs(last.size - first.size) < 0.6 and (last.bold, last.colour) == (
        first.bold,
        first.colour,
    )
    if not alike or last.leaf != first.leaf or section_number(below.text) or below.marker:
        return False
    if not 0.5 * first.size < first.base - last.base <= 1.45 * first.size:
        return False
    long = len(last.words) >= 5 or first.text[0].islower()
    return (
        long and last.text[-1] not in ".:?!;" and is_capitals(above.text) == is_capitals(below.text)
    )


def _drop_labels(page: DraftPage, body: BodyStyle, outline: Outline) -> None:
    """Take back the titles of a page that are labels, captions' neighbours or contents."""
    drafts = page.drafts
    doubtful = [
        draft
        for draft in drafts
        if draft.kind is BlockKind.HEADING and draft.lines and not _firm(draft, outline)
    ]
    dropped: set[int] = set()
    for draft in doubtful:
        line = draft.lines[0]
        row = [
            other
            for other in doubtful
            if abs(other.lines[0].base - line.base) < 0.6 * line.size
            and _look(other)[:2] == _look(draft)[:2]
        ]
        if len(row) >= _LABEL_RUN:
            dropped.update(id(other) for other in row)
    dropped.update(_runs(drafts, {id(draft) for draft in doubtful}))
    for above, draft in pairwise(drafts):
        if id(draft) in {id(item) for item in doubtful} and draft.size < 1.14 * body.size:
            announced = above.lines and above.kind is not BlockKind.HEADING
            if announced and above.text[-1] == ":" and draft.text[-1] != ":":
                dropped.add(id(draft))
    for draft in doubtful:
        if id(draft) in dropped:
            draft.reset()
    _drop_sandwiched(drafts, body, outline)


def _runs(drafts: list[Draft], doubtful: set[int]) -> set[int]:
    """Titles of one look that follow each other with nothing between them."""
    found: set[int] = set()
    run: list[Draft] = []
    for draft in [*drafts, None]:
        if (
            draft is not None
            and id(draft) in doubtful
            and (not run or _look(run[-1]) == _look(draft))
        ):
            run.append(draft)
            continue
        if len(run) >= _LABEL_RUN:
            found.update(id(item) for item in run)
        run = [draft] if draft is not None and id(draft) in doubtful else []
    return found


def _drop_sandwiched(drafts: list[Draft], body: BodyStyle, outline: Outline) -> None:
    """What stands between a title and another one as strong, and is weaker, is their text."""
    for index in range(1, len(drafts) - 1):
        above, draft, below = drafts[index - 1 : index + 2]
        if {above.kind, draft.kind, below.kind} != {BlockKind.HEADING}:
            continue
        if draft.size >= 1.14 * body.size or _firm(draft, outline):
            continue
        if min(above.size, below.size) > 1.05 * draft.size:
            draft.reset()
