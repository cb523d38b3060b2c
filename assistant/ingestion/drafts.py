"""From ordered lines to drafts: paragraphs, list items, entries of a table of contents.

Lines are joined into a paragraph when the next one could not have been on the line above:
its first word would not have fitted before the right edge. A line that would have fitted
was started anew on purpose. What each draft is for is decided later (`roles`).
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

_BULLET: Final = re.compile(
    r"^(?:[•●○◦▪▫■□◆◇►▶▸➢➤➔➜→⇒⇨✓✔✗❑❒❖➣‣⁃∙·\uf000-\uf0ff\ue000-\ue0ff\ufffd]|[-–—*§oØü¾]$)"
)
_GLUED_DASH: Final = re.compile(r"^[-–—][A-ZÀ-Ýa-zà-ÿ«]")
_NUMBERED: Final = re.compile(
    r"^(?:\(?(?P<n>\d{1,2})[.)°]\)?|(?P<n2>\d{1,2})[-–/]|\(?(?P<a>[a-z])[.)]|(?P<r>[ivx]{1,4})[.)])$"
)
_OPENING: Final = re.compile(r"^[«“\"'(\[]?\s?[A-ZÀ-Þ0-9]")


@dataclass(slots=True)
class Draft:
    """A block before offsets are known.

    Attributes:
        lines: its lines; empty for a table, which `table` designates.
        depth_x: abscissa of the bullet, to find the depth of the item.
        text_x: abscissa of the text after the bullet.
        weak: whether being a heading rests on isolation alone.
        marker: `bullet` or `number` when a list sign opens it.
        entry: whether it is an entry of a table of contents.
    """

    kind: BlockKind
    lines: list[Line]
    level: int = 0
    table: int = -1
    depth_x: float = 0.0
    text_x: float = 0.0
    weak: bool = False
    marker: str = ""
    entry: bool = False

    @property
    def text(self) -> str:
        """Raw text of its lines, one after the other."""
        return " ".join(line.text for line in self.lines)

    @property
    def word_count(self) -> int:
        """Number of words of its lines."""
        return sum(len(line.words) for line in self.lines)

    @property
    def size(self) -> float:
        """Largest font size of its lines, in points; 0 without lines."""
        return max((line.size for line in self.lines), default=0.0)

    @property
    def bold(self) -> bool:
        """Whether all its lines are bold."""
        return bool(self.lines) and all(line.bold for line in self.lines)

    def reset(self) -> None:
        """Take back the kind that its first sign gives: list item or paragraph."""
        self.kind = BlockKind.LIST_ITEM if self.marker else BlockKind.PARAGRAPH
        self.level = 0
        self.weak = False


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


_COVER_WORDS: Final = 120


def is_cover(page: DraftPage) -> bool:
    """Whether a page has few words and no sentence, as the cover of a document."""
    words = [draft.word_count for draft in page.drafts]
    sentences = any(draft.word_count >= 12 and draft.text[-1] == "." for draft in page.drafts)
    return bool(words) and not sentences and max(words) <= 30 and sum(words) <= _COVER_WORDS


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
    _mark_entries(drafts)
    return _join_titles(drafts, columns)


_LEADERS: Final = re.compile(r"[.…·_]{4,}|(?:[.…·_]\s){3,}")
_PAGE_NUMBER: Final = re.compile(r"^(?:[.…·_]*\d{1,4}|[ivxl]{1,6})$")
_MIN_ENTRIES: Final = 3


def _is_entry(line: Line) -> bool:
    """Whether a line ends with a page number after leaders or a wide gap."""
    last = line.words[-1]
    if len(line.words) < 2 or not _PAGE_NUMBER.match(last.text):
        return False
    gap = last.x0 - line.words[-2].x1
    return gap > 2.5 * line.size or bool(_LEADERS.search(line.text))


def _mark_entries(drafts: list[Draft]) -> None:
    """Mark the entries of a table of contents: several lines that end with a page number."""
    found = [draft for draft in drafts if draft.lines and _is_entry(draft.lines[-1])]
    if len(found) >= _MIN_ENTRIES:
        for draft in found:
            draft.entry = True
        for above, draft, below in zip(drafts, drafts[1:], drafts[2:], strict=False):
            # The first lines of an entry too long for one.
            if above.entry and below.entry and draft.lines and draft.text[-1] not in ".!?;":
                draft.entry = True


_LINKING: Final = re.compile(
    r"(?:^|[\s’'])(?:[aà]|aux?|avec|ces?|cette|chez|dans|des?|dont|du|en|entre|et|l[ae]s?|leurs?|ou"
    r"|par|pour|qu[ei]|sans|s[ao]|son|sous|sur|une?|vers)$|[’']$",
    re.IGNORECASE,
)
"""Words that end no title: articles, prepositions, conjunctions."""


def _join_titles(drafts: list[Draft], columns: dict[int, _Column]) -> list[Draft]:
    """Give its last lines back to a title whose lines are not set alike.

    A bold or larger line that fills its column, then a short rest just below in another
    weight or size, then a gap: one title.
    """
    joined: list[Draft] = []
    for index, draft in enumerate(drafts):
        following = drafts[index + 1] if index + 1 < len(drafts) else None
        if joined and _ends_title(joined[-1], draft, following, columns):
            joined[-1].lines.extend(draft.lines)
        else:
            joined.append(draft)
    return joined


def _ends_title(  # noqa: PLR0911  # one return per sign
    title: Draft, rest: Draft, following: Draft | None, columns: dict[int, _Column]
) -> bool:
    if not title.lines or not rest.lines or rest.marker or title.marker == "bullet":
        return False
    last, line = title.lines[-1], rest.lines[0]
    if line.leaf != last.leaf or title.word_count > 30 or rest.word_count > 16:
        return False
    if len(title.lines) > 3 or len(rest.lines) > 2 or title.entry or rest.entry:
        return False
    stands_out = (last.bold and not line.bold) or last.size > 1.08 * line.size
    step = line.base - last.base
    if not stands_out or last.text[-1] in ".:;!?…" or rest.text[-1] in ":;":
        return False
    if not 0.5 * line.size < step <= 1.6 * max(line.size, last.size):
        return False
    if abs(line.x0 - last.x0) > 2 * last.size or _fits(last, line, columns[line.leaf]):
        return False
    if following is not None and following.lines:
        below = following.lines[0]
        if below.leaf == line.leaf and below.base - rest.lines[-1].base < 1.15 * step:
            return False
    capitals = last.text.isupper() and line.text.isupper()
    return line.text[0].islower() or capitals or bool(_LINKING.search(last.text))


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


# « porté par le Docteur » / « Gauthier »: no paragraph ends on such a word, whatever the room left.
_UNFINISHED = re.compile(
    r"(?:^|[\s(’'])(?:l[ae]s?|un|une|des?|du|aux?|et|ou|par|pour|avec|dans|sur|sous|en|entre|chez|"
    r"dont|que?|qui|à|[Dd]octeure?|[Dd]r|[Pp]rofesseure?|[Pp]r|M\.|Mme|[Mm]adame|[Mm]onsieur)$"
)


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
    if _is_entry(previous) and (_is_entry(line) or line.text[0].isdigit()):
        return False
    restyled = line.bold != previous.bold or line.italic != previous.italic
    recoloured = line.bold != previous.bold and line.colour != previous.colour
    cut = previous.text[-1] == "-" and not fits
    if restyled and (opening or ended) and (fits or recoloured) and not cut:
        return False
    if current.kind is BlockKind.LIST_ITEM:
        hanging = line.x0 >= current.text_x - 0.3 * size
        if hanging:
            return not (fits and ended and opening and line.x0 > current.text_x + 2 * size)
        # A ragged right edge: a line this long was not ended on purpose.
        full = previous.x1 - column.left > 0.88 * (column.right - column.left)
        wrapped = not fits or not (ended or opening) or (full and not ended)
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
    return not (ended or (opening and not _UNFINISHED.search(previous.text)))


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
