"""From ordered lines to blocks: paragraphs, headings, lists, notes and table rows.

Lines are joined into a paragraph when the next one could not have been on the line above:
its first word would not have fitted before the right edge. A line that would have fitted
was started anew on purpose. Roles come next, from signs (bullets, numbering) and from what
stands out of the document's body: size, weight, colour, capitals.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from assistant.ingestion.layout_types import Line
from assistant.ingestion.reading_order import TableSlot
from assistant.model import BlockKind

SLIDE_TITLE: Final = 3
"""Level of the title of an ordinary slide; 1 and 2 are for slides that open a part."""

_BULLET: Final = re.compile(
    r"^(?:[•●○◦▪▫■□◆◇►▶▸➢➤➔➜→⇒⇨✓✔✗❑❒❖➣‣⁃∙·\uf000-\uf0ff\ue000-\ue0ff\ufffd]|[-–—*§oØü¾]$)"
)
_GLUED_DASH: Final = re.compile(r"^[-–—][A-ZÀ-Ýa-zà-ÿ«]")
_NUMBERED: Final = re.compile(
    r"^(?:\(?(?P<n>\d{1,2})[.)°]\)?|(?P<n2>\d{1,2})[-–/]|\(?(?P<a>[a-z])[.)]|(?P<r>[ivx]{1,4})[.)])$"
)
_SECTION: Final = re.compile(
    r"^(?:(?P<decimal>\d{1,2}(?:\.\d{1,2}){1,4})\.?[):]?\s|(?P<single>\d{1,2})[.)]\s|(?P<roman>[IVX]{1,5})\s?[.)–-]\s?"
    r"|(?P<letter>[A-Z])[.)]\s|(?P<word>chapitre|partie|titre|section|annexe|axe|objectif|fiche"
    r"|module|volet|orientation|priorité|mesure|action|étape|article)\s+(?:n°\s?)?(?:\d+|[IVX]+|[A-H])\b)",
    re.IGNORECASE,
)
_CAPTION: Final = re.compile(
    r"^(?:figure|fig\.|tableau|graphique|schéma|carte|photo|illustration|encadré)\s*"
    r"(?:n°\s?)?\d+\s*(?:[:.–—-]|$)|^sources?\s?:",
    re.IGNORECASE,
)
_NOTE: Final = re.compile(r"^(?:\d{1,3}|\*{1,3}|†|\(\d{1,2}\)|\[\d{1,3}\])(?:\s|[A-ZÀ-Ýa-zà-ÿ«])")
_OPENING: Final = re.compile(r"^[«“\"'(\[]?\s?[A-ZÀ-Þ0-9]")


@dataclass(slots=True)
class Draft:
    """A block before offsets are known.

    Attributes:
        lines: its lines; empty for a table, which `table` designates.
        depth_x: abscissa of the bullet, to find the depth of the item.
        text_x: abscissa of the text after the bullet.
        weak: whether being a heading rests on isolation alone.
    """

    kind: BlockKind
    lines: list[Line]
    level: int = 0
    table: int = -1
    depth_x: float = 0.0
    text_x: float = 0.0
    weak: bool = False
    marker: str = ""

    @property
    def text(self) -> str:
        """Raw text of its lines, one after the other."""
        return " ".join(line.text for line in self.lines)

    @property
    def word_count(self) -> int:
        """Number of words of its lines."""
        return sum(len(line.words) for line in self.lines)


@dataclass(slots=True)
class DraftPage:
    """A page being read.

    Attributes:
        drafts: blocks of its body, in reading order.
    """

    number: int
    width: float
    height: float
    drafts: list[Draft] = field(default_factory=list)

    @property
    def landscape(self) -> bool:
        """Whether the page has the shape of a slide."""
        return self.width > 1.1 * self.height


@dataclass(frozen=True, slots=True)
class BodyStyle:
    """Typography of running text in a document."""

    size: float
    bold: bool
    colour: int


def body_style(pages: list[DraftPage]) -> BodyStyle:
    """Most frequent size, weight and colour of a document, by characters."""
    sizes: Counter[float] = Counter()
    bolds: Counter[bool] = Counter()
    colours: Counter[int] = Counter()
    for page in pages:
        for draft in page.drafts:
            for line in draft.lines:
                weight = len(line.text)
                sizes[round(line.size * 2) / 2] += weight
                bolds[line.bold] += weight
                colours[line.colour] += weight
    if not sizes:
        return BodyStyle(10.0, False, 0)
    return BodyStyle(
        sizes.most_common(1)[0][0], bolds[True] > bolds[False], colours.most_common(1)[0][0]
    )


# --- Lines to drafts ---------------------------------------------------------------------


@dataclass(slots=True)
class _Column:
    """Right edge and line pitch of a region."""

    right: float
    left: float
    pitch: float


def _columns(entries: list[Line | TableSlot]) -> dict[int, _Column]:
    lines: dict[int, list[Line]] = {}
    for entry in entries:
        if isinstance(entry, Line):
            lines.setdefault(entry.leaf, []).append(entry)
    columns: dict[int, _Column] = {}
    for leaf, group in lines.items():
        steps = [
            (below.base - above.base) / max(below.size, 1.0)
            for above, below in pairwise(group)
            if 0.8 * below.size < below.base - above.base < 2.2 * below.size
            and abs(above.size - below.size) < 0.6
        ]
        pitch = statistics.quantiles(steps, n=4)[0] if len(steps) > 3 else min(steps, default=1.2)
        columns[leaf] = _Column(
            max(line.x1 for line in group), min(line.x0 for line in group), max(pitch, 1.0)
        )
    return columns


def build_drafts(entries: list[Line | TableSlot]) -> list[Draft]:
    """Group the ordered lines of a page into drafts, lists recognised."""
    columns = _columns(entries)
    drafts: list[Draft] = []
    current: Draft | None = None
    for entry in entries:
        if isinstance(entry, TableSlot):
            drafts.append(Draft(BlockKind.TABLE_ROW, [], table=entry.table))
            current = None
            continue
        column = columns[entry.leaf]
        if current is not None and _continues(current, entry, column, drafts):
            current.lines.append(entry)
            continue
        marker = _marker(entry)
        current = Draft(BlockKind.LIST_ITEM if marker else BlockKind.PARAGRAPH, [entry])
        if marker:
            current.marker = marker
            current.depth_x = entry.x0
            current.text_x = entry.words[1].x0 if len(entry.words) > 1 else entry.x0 + entry.size
        drafts.append(current)
    return drafts


def _marker(line: Line) -> str:
    """Kind of list sign a line starts with: `bullet`, `number` or none."""
    first = line.words[0].text
    if _BULLET.match(first) and (len(line.words) > 1 or len(first) > 1):
        return "bullet"
    if len(line.words) > 1 and first in {"-", "–", "—", "o", "*"}:
        return "bullet"
    if _GLUED_DASH.match(first) and len(line.words) > 1:
        return "bullet"
    if len(line.words) > 1 and _NUMBERED.match(first):
        return "number"
    return ""


def _number(line: Line) -> int | None:
    match = _NUMBERED.match(line.words[0].text)
    if match is None:
        return None
    digits = match["n"] or match["n2"]
    return int(digits) if digits else None


def _fits(previous: Line, line: Line, column: _Column) -> bool:
    """Whether the first word of a line would have fitted at the end of the previous one."""
    first = line.words[0]
    room = column.right - previous.x1
    return room > (first.x1 - first.x0) + 0.28 * line.size + 0.01 * (column.right - column.left)


def _continues(  # noqa: PLR0911  # one return per sign
    current: Draft, line: Line, column: _Column, drafts: list[Draft]
) -> bool:
    previous = current.lines[-1]
    size = max(line.size, previous.size)
    step = line.base - previous.base
    if line.leaf != previous.leaf or abs(line.size - previous.size) > 0.12 * size:
        return False
    known = [below.base - above.base for above, below in pairwise(current.lines)]
    allowed = 1.18 * min(known) if known else max(1.3 * column.pitch, 1.35) * size
    if not 0.3 * size < step <= max(allowed, 1.05 * size):
        return False
    fits = _fits(previous, line, column)
    if _starts_item(current, previous, line, fits, drafts):
        return False
    opening = bool(_OPENING.match(line.text))
    ended = previous.text[-1] in ".!?:;…"
    restyled = line.bold != previous.bold or line.italic != previous.italic
    recoloured = line.bold != previous.bold and line.colour != previous.colour
    if restyled and (opening or ended) and (fits or recoloured):
        return False
    if current.kind is BlockKind.LIST_ITEM:
        hanging = line.x0 >= current.text_x - 0.3 * size
        if hanging:
            return not (fits and ended and opening and line.x0 > current.text_x + 2 * size)
        wrapped = not fits or not (ended or opening)
        return wrapped and line.x0 <= current.depth_x + 0.5 * size + 30
    if not fits:
        # A first line set in from the left starts a paragraph even after a full line.
        indent = line.x0 - min(item.x0 for item in current.lines)
        return not (ended and opening and indent > 0.9 * size and len(current.lines) > 1)
    if previous.text.endswith("-"):
        return True
    centred = abs((line.x0 + line.x1) - (previous.x0 + previous.x1)) < size and (
        abs(line.x0 - previous.x0) > 0.7 * size
    )
    if centred:
        return not ended
    return not (ended or opening)


def _starts_item(
    current: Draft, previous: Line, line: Line, fits: bool, drafts: list[Draft]
) -> bool:
    marker = _marker(line)
    if not marker:
        return False
    first = line.words[0].text
    if marker == "number":
        number = _number(line)
        if fits or number is None or previous.text[-1] in ".:;!?":
            return True
        last = next(
            (_number(draft.lines[0]) for draft in reversed(drafts) if draft.marker == "number"),
            None,
        )
        return number == 1 or (last is not None and number == last + 1)
    if first[0] in "-–—":
        # A dash may open an aside inside a sentence that wrapped just before it.
        if fits or previous.text[-1] in ".:;!?":
            return True
        return current.kind is BlockKind.LIST_ITEM and current.lines[0].words[0].text[0] == first[0]
    return True


# --- Roles -------------------------------------------------------------------------------


def assign_roles(pages: list[DraftPage], body: BodyStyle, outline: dict[int, set[str]]) -> None:
    """Give every draft of a document its role and level, in place.

    Args:
        pages: drafts of the whole document.
        body: typography of its running text.
        outline: folded titles of the outline by page number, from 1.
    """
    slides = sum(page.landscape for page in pages) > 0.5 * len(pages)
    for page in pages:
        titles = outline.get(page.number, set())
        if slides:
            _slide_roles(page, body)
        else:
            _page_roles(page, body, titles)
        _footnotes(page, body)
    _title(pages, body, slides)
    if slides:
        _slide_levels(pages)
    else:
        _levels(pages, body)
    for page in pages:
        _list_levels(page)
    _introductions(pages)


def fold_title(text: str) -> str:
    """Letters and digits of a title, for comparing an outline entry with a line."""
    return re.sub(r"\W+", "", text).casefold()


def _capitals(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) >= 6 and sum(char.isupper() for char in letters) > 0.85 * len(letters)


def _is_short(draft: Draft) -> bool:
    return len(draft.lines) <= 4 and draft.word_count <= 28


def _has_words(text: str) -> bool:
    return sum(char.isalpha() for char in text) >= 3


def _heading_like(  # noqa: PLR0911  # one return per sign
    draft: Draft, body: BodyStyle, titles: set[str]
) -> bool:
    """Whether a draft stands out as a section title."""
    text = draft.text
    if draft.kind is BlockKind.TABLE_ROW or not _is_short(draft) or not _has_words(text):
        return False
    if draft.kind is BlockKind.LIST_ITEM and draft.marker == "bullet":
        return False
    if titles and fold_title(text) in titles:
        return True
    first = draft.lines[0]
    size = max(line.size for line in draft.lines)
    section = _SECTION.match(text)
    bold = all(line.bold for line in draft.lines) and not body.bold
    ends = text[-1]
    if ends in ";," or (ends == "." and draft.word_count > 8 and size < 1.3 * body.size):
        return False
    if first.text[0].islower():
        return False
    larger = size >= 1.14 * body.size
    coloured = first.colour != body.colour and size >= 0.98 * body.size
    capitals = _capitals(text)
    if _CAPTION.match(text) and not larger:
        return False
    if larger:
        return True
    if size < 0.92 * body.size and not (section and bold):
        return False
    strong = bold or capitals or (coloured and len(draft.lines) <= 2 and draft.word_count <= 16)
    if section:
        if section["decimal"]:
            return strong or (draft.word_count <= 16 and ends not in ".:")
        return strong or bool(section["word"] and draft.word_count <= 20 and ends != ".")
    if draft.kind is BlockKind.LIST_ITEM:
        return bold and draft.word_count <= 16
    return strong and len(draft.lines) <= 3


def _page_roles(page: DraftPage, body: BodyStyle, titles: set[str]) -> None:
    drafts = page.drafts
    for index, draft in enumerate(drafts):
        if draft.kind is BlockKind.TABLE_ROW:
            continue
        text = draft.text
        if _heading_like(draft, body, titles):
            draft.kind = BlockKind.HEADING
        elif _CAPTION.match(text) and draft.word_count <= 45 and len(draft.lines) <= 4:
            draft.kind = BlockKind.CAPTION
        elif draft.kind is BlockKind.PARAGRAPH and _isolated_title(drafts, index, body):
            draft.kind = BlockKind.HEADING
            draft.weak = True


def _isolated_title(  # noqa: PLR0911  # one return per sign
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
        or not _has_words(text)
        or any(char.isdigit() for char in text[:2])
        or "@" in text
    ):
        return False
    if index + 1 >= len(drafts):
        return False
    below = drafts[index + 1]
    if below.kind is not BlockKind.PARAGRAPH or below.lines[0].leaf != draft.lines[0].leaf:
        return False
    line, first = draft.lines[0], below.lines[0]
    if below.word_count < 20 or not _OPENING.match(below.text):
        return False
    if abs(line.x0 - first.x0) > 2 * line.size:
        return False
    above = drafts[index - 1] if index else None
    if above is not None and above.lines:
        same = above.lines[-1].leaf == line.leaf
        spaced = line.base - above.lines[-1].base > 1.3 * line.size
        if same and (not spaced or above.text[-1] not in ".!?;:»)…"):
            return False
    width = max(item.x1 - item.x0 for item in below.lines)
    return line.x1 - line.x0 < 0.6 * width and abs(line.size - body.size) < 0.1 * body.size


def _slide_roles(page: DraftPage, body: BodyStyle) -> None:
    texts = [draft for draft in page.drafts if draft.lines and _has_words(draft.text)]
    if not texts:
        return
    largest = max(max(line.size for line in draft.lines) for draft in texts)
    words = sum(draft.word_count for draft in page.drafts)
    title: Draft | None = None
    for draft in texts:
        size = max(line.size for line in draft.lines)
        top = draft.lines[0].y0 < 0.35 * page.height or words <= 25
        if (
            size >= 0.93 * largest
            and top
            and _is_short(draft)
            and draft.kind is not BlockKind.LIST_ITEM
            and (size > 1.1 * body.size or draft.lines[0].bold)
        ):
            title = draft
            break
    for draft in texts:
        if draft is title:
            draft.kind = BlockKind.HEADING
            draft.level = SLIDE_TITLE
        elif _CAPTION.match(draft.text) and draft.word_count <= 45:
            draft.kind = BlockKind.CAPTION
        elif _slide_heading(draft, body):
            draft.kind = BlockKind.HEADING
            draft.level = SLIDE_TITLE + 1


def _slide_heading(draft: Draft, body: BodyStyle) -> bool:
    text = draft.text
    if draft.kind is not BlockKind.PARAGRAPH or len(draft.lines) > 2 or draft.word_count > 12:
        return False
    if text[-1] in ".;," or not text[0].isupper():
        return False
    size = max(line.size for line in draft.lines)
    bold = all(line.bold for line in draft.lines) and not body.bold
    return (bold and size >= body.size) or size >= 1.25 * body.size


_SLIDE_PART: Final = re.compile(r"^(?:chapitre|partie|axe|module|volet)\s+\S", re.IGNORECASE)


def _slide_levels(pages: list[DraftPage]) -> None:
    """A slide that is only a title opens a part, itself under « CHAPITRE 2 » or « AXE 5 »."""
    for page in pages:
        words = sum(draft.word_count for draft in page.drafts)
        has_table = any(draft.table >= 0 for draft in page.drafts)
        for draft in page.drafts:
            if draft.kind is not BlockKind.HEADING or draft.level != SLIDE_TITLE:
                continue
            alone = words <= draft.word_count + 4 and not has_table
            if _SLIDE_PART.match(draft.text) and words <= 60:
                draft.level = 1
            elif alone:
                draft.level = 2


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
            section = _SECTION.match(draft.text)
            size = max(line.size for line in draft.lines)
            if size > best_size + 0.2 and _is_short(draft) and _has_words(draft.text):
                if section and not section["word"]:
                    continue
                best, best_size = draft, size
        if best is not None:
            break
    if best is not None and not (len(pages) == 1 and best.word_count < 2):
        best.kind = BlockKind.TITLE
        best.level = 0


def _style(draft: Draft) -> tuple[float, int, int]:
    size = max(line.size for line in draft.lines)
    return (
        -round(size * 2) / 2,
        0 if all(line.bold for line in draft.lines) else 1,
        0 if _capitals(draft.text) else 1,
    )


def _levels(pages: list[DraftPage], body: BodyStyle) -> None:
    """Levels from typography, corrected by decimal numbering where there is any."""
    headings = [draft for page in pages for draft in page.drafts if draft.kind is BlockKind.HEADING]
    strong = [draft for draft in headings if not draft.weak]
    ranks = {style: rank for rank, style in enumerate(sorted({_style(d) for d in strong}))}
    numbered: dict[int, list[tuple[float, int, int]]] = {}
    for draft in strong:
        depth = _depth(draft.text)
        if depth:
            numbered.setdefault(depth, []).append(_style(draft))
    total = sum(len(styles) for styles in numbered.values())
    if total >= 3 and max(numbered) >= 2:
        _numbered_levels(strong, numbered)
    else:
        for draft in strong:
            draft.level = min(ranks[_style(draft)] + 1, 6)
    _align_siblings(strong)
    deepest = max((draft.level for draft in strong), default=0)
    for draft in headings:
        if draft.weak:
            draft.level = min(deepest + 1, 6)


def _depth(text: str) -> int:
    match = _SECTION.match(text)
    if match is None:
        return 0
    if match["decimal"]:
        return int(match["decimal"].count(".")) + 1
    return 0


def _align_siblings(strong: list[Draft]) -> None:
    """Headings numbered the same way, in about the same size, are of one level."""
    known: dict[str, list[Draft]] = {}
    for draft in strong:
        match = _SECTION.match(draft.text)
        if match is None or match["decimal"]:
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
    above = sorted({_style(d) for d in strong if _style(d) < top_style and not _depth(d.text)})
    offset = min(len(above), 2)
    typical = {depth: Counter(styles).most_common(1)[0][0] for depth, styles in numbered.items()}
    others = sorted({_style(d) for d in strong if not _depth(d.text)})
    for draft in strong:
        depth = _depth(draft.text)
        if depth:
            draft.level = min(depth - lowest + 1 + offset, 6)
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
        draft.level = max(1, min(base + 1 + len(under), 6))


def _list_levels(page: DraftPage) -> None:
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
