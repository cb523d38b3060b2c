"""What the readers of office, web and text files have in common.

A reader describes its file as pages of items: paragraphs made of runs, and tables. This
module names introductions of lists, writes the raw text of each page that every offset
refers to, and gives the same blocks as the reader of PDF files. No page here has word
boxes: such a file says what stands on a page, not where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from assistant.errors import UnreadableFileError
from assistant.ingestion.colours import declared_hue, hue
from assistant.ingestion.display import shown
from assistant.ingestion.hidden_text import HIDDEN, hides_marks
from assistant.ingestion.metadata import document_metadata
from assistant.ingestion.readers.flow_items import Item, Run, Table, TableCell, tidy
from assistant.ingestion.readers.flow_tables import Laid, lay_out
from assistant.ingestion.table_values import row_text
from assistant.model import (
    Block,
    BlockKind,
    Cell,
    Page,
    PageStatus,
    PageUnit,
    ReadDocument,
    Span,
)

IMAGE_ONLY: Final = (
    "Seulement des images : leur texte n’est pas lu. Exportez le document en PDF et installez "
    "la reconnaissance optique pour le lire."
)
_LONG_INTRODUCTION: Final = 40
"""Words beyond which only the last sentence of a paragraph introduces the list under it."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Þ«])")

Content = Item | Table | Laid
"""`Laid` is a stretch of rows of a table already laid out, when a page break cuts it."""


@dataclass(slots=True)
class PageFlow:
    """A page to be.

    Attributes:
        width, height: size in points; 0 when the format has none.
        images: whether something is drawn on it that has no text.
    """

    label: str
    content: list[Content] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    warnings: list[str] = field(default_factory=list)
    images: bool = False


def flat_items(content: Iterable[Content]) -> Iterator[Item]:
    """Every item of a flow, those of table cells included."""
    for entry in content:
        if isinstance(entry, Item):
            yield entry
        else:
            rows = entry.rows
            for row in rows:
                for place in row:
                    cell = place if isinstance(place, TableCell) else place.cell
                    yield from cell.items


def word_count(content: Iterable[Content]) -> int:
    """Number of words of a flow."""
    return sum(len(run.text.split()) for item in flat_items(content) for run in item.runs)


def build_document(
    path: Path,
    pages: Sequence[PageFlow],
    *,
    unit: PageUnit,
    info: dict[str, str],
    max_pages: int,
    warnings: Iterable[str] = (),
) -> ReadDocument:
    """Turn pages of items into the document the rest of the project knows.

    Args:
        path: the file; its name may say something of it.
        pages: in order; their rank is their number.
        unit: what the pages are.
        info: properties of the file by lower-case name (`title`, `author`).
        max_pages: more pages than this is refused.
        warnings: French sentences for the ledger.

    Raises:
        UnreadableFileError: `vide` or `trop_de_pages`.
    """
    if len(pages) > max_pages:
        raise UnreadableFileError(
            f"Le fichier « {path.name} » compte {len(pages)} pages ou sections, plus que la "
            f"limite de {max_pages}.",
            "Découpez le document ou augmentez ASSISTANT_MAX_PAGES.",
            code="trop_de_pages",
        )
    for page in pages:
        page.content = [entry for part in page.content for entry in _unfold(part)]
    warnings = [*warnings]
    items = (item for page in pages for item in flat_items(page.content))
    if any(hides_marks(run.text) for item in items for run in item.runs):
        warnings.append(HIDDEN)
    _name_introductions(pages)
    marked = _addition_hue(pages)
    built = tuple(_Writer(number, marked).page(page) for number, page in enumerate(pages, start=1))
    if not any(page.text or page.status is PageStatus.UNREADABLE for page in built):
        raise UnreadableFileError(
            f"Le fichier « {path.name} » ne contient aucun texte.",
            "Vérifiez son contenu, ou demandez un nouvel exemplaire.",
            code="vide",
        )
    metadata = replace(document_metadata(path, info, built), unit=unit)
    return ReadDocument(metadata, built, tuple(dict.fromkeys(warnings)))


def _unfold(entry: Content) -> Iterator[Content]:
    """Drop what is empty; lay tables out, or read them as text when they only place it."""
    if isinstance(entry, Item):
        if entry.text:
            yield entry
    elif isinstance(entry, Table):
        laid = lay_out(entry)
        if isinstance(laid, Laid):
            yield laid
        else:
            yield from (item for item in laid if item.text)
    else:
        yield entry


def _name_introductions(pages: Sequence[PageFlow]) -> None:
    """Find the paragraphs that introduce a list, the long ones cut before their last sentence."""
    following: Content | None = None
    for page in reversed(pages):
        content: list[Content] = []
        for entry in reversed(page.content):
            parts: list[Content] = [entry]
            if (
                isinstance(entry, Item)
                and entry.kind is BlockKind.PARAGRAPH
                and isinstance(following, Item)
                and following.kind is BlockKind.LIST_ITEM
                and entry.text[-1:] not in ".!?…"
            ):
                parts = [*_introduction(entry)]
            content.extend(reversed(parts))
            if not (isinstance(entry, Item) and entry.kind is BlockKind.FOOTNOTE):
                following = parts[0]
        page.content = content[::-1]


def _introduction(item: Item) -> Iterator[Item]:
    text = item.text
    cuts = [match.end() for match in _SENTENCE.finditer(text)]
    if not cuts or len(text.split()) <= _LONG_INTRODUCTION or item.marker:
        yield replace(item, kind=BlockKind.LIST_INTRO)
        return
    before, after = _cut_runs(tidy(item.runs), cuts[-1])
    yield replace(item, runs=before)
    yield replace(item, kind=BlockKind.LIST_INTRO, runs=after)


def _cut_runs(runs: list[Run], place: int) -> tuple[list[Run], list[Run]]:
    before: list[Run] = []
    after: list[Run] = []
    for run in runs:
        if place > 0:
            before.append(replace(run, text=run.text[:place]))
        if place < len(run.text):
            after.append(replace(run, text=run.text[max(0, place) :]))
        place -= len(run.text)
    return before, after


def _addition_hue(pages: Sequence[PageFlow]) -> str | None:
    """Hue that the document declares for its additions, if it is used sparingly."""
    items = [item for page in pages for item in flat_items(page.content)]
    declared = declared_hue(item.text for item in items)
    if declared is None:
        return None
    runs = [run for item in items for run in item.runs]
    total = sum(len(run.text) for run in runs)
    marked = sum(len(run.text) for run in runs if run.colour and hue(run.colour) == declared)
    return declared if 0 < marked < 0.5 * total else None


class _Writer:
    """Writes the raw text of a page and gives its blocks."""

    def __init__(self, number: int, marked: str | None) -> None:
        self._number = number
        self._marked = marked
        self._parts: list[str] = []
        self._length = 0
        self._hues: list[tuple[int, int]] = []

    def page(self, flow: PageFlow) -> Page:
        """Write headers, body, notes, then footers."""
        blocks: list[Block] = []
        before: BlockKind | None = None
        for entry in _ordered(flow.content):
            kind = entry.kind if isinstance(entry, Item) else BlockKind.TABLE_ROW
            listed = kind is BlockKind.LIST_ITEM and before in _LISTS
            self._separate("\n" if listed else "\n\n")
            before = kind
            if isinstance(entry, Item):
                blocks.append(self._item(entry))
            elif isinstance(entry, Laid):
                blocks.extend(self._table(entry))
        text = "".join(self._parts)
        warnings = list(flow.warnings)
        status = PageStatus.TEXT if text else PageStatus.EMPTY
        if not text and flow.images:
            status = PageStatus.UNREADABLE
            warnings.append(IMAGE_ONLY)
        return Page(
            self._number,
            flow.label,
            flow.width,
            flow.height,
            status,
            text,
            (),
            tuple(blocks),
            tuple(dict.fromkeys(warnings)),
        )

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _separate(self, separator: str) -> None:
        if self._length:
            self._put(separator)

    def _write(self, runs: list[Run], marker: str = "") -> Span:
        start = self._length
        self._put(marker)
        for run in tidy(runs):
            if self._marked and run.colour and hue(run.colour) == self._marked:
                self._hues.append((self._length, self._length + len(run.text)))
            self._put(run.text)
        return Span(self._number, start, self._length)

    def _coloured(self, span: Span) -> tuple[Span, ...]:
        runs: list[list[int]] = []
        for start, end in self._hues:
            if start < span.start or end > span.end:
                continue
            if runs and start <= runs[-1][1] + 1:
                runs[-1][1] = end
            else:
                runs.append([start, end])
        return tuple(Span(span.page, start, end) for start, end in runs)

    def _item(self, item: Item) -> Block:
        if item.kind is BlockKind.LIST_ITEM:
            # The bullet helps who reads the page; what is quoted is the item.
            self._put("  " * max(0, item.level - 1) + ("" if item.numbered else "• "))
        span = self._write(item.runs, f"{item.marker} " if item.numbered else "")
        return Block(item.kind, (span,), self._shown(span), item.level, (), self._coloured(span))

    def _shown(self, span: Span) -> str:
        text = "".join(self._parts)[span.start : span.end]
        return shown(text)

    def _table(self, table: Laid) -> list[Block]:
        blocks: list[Block] = []
        for row in table.rows:
            if blocks:
                self._put("\n")
            start = self._length
            for place in row:
                if place.repeated:
                    continue
                if self._length > start:
                    self._put("\t")
                place.cell.span = self._write(place.cell.runs)
            cells = []
            for place in row:
                named = [header for header in place.headers if header.text]
                where = place.cell.span
                if where is not None:
                    cells.append(
                        Cell(
                            " – ".join(dict.fromkeys(shown(header.text) for header in named)),
                            shown(place.cell.text),
                            where,
                            named[-1].span if named else None,
                        )
                    )
            whole = Span(self._number, start, self._length)
            text = row_text(cells)
            blocks.append(
                Block(BlockKind.TABLE_ROW, (whole,), text, 0, tuple(cells), self._coloured(whole))
            )
        return blocks


_LISTS: Final = frozenset({BlockKind.LIST_INTRO, BlockKind.LIST_ITEM})
_RANKS: Final = {BlockKind.HEADER: 0, BlockKind.FOOTNOTE: 2, BlockKind.FOOTER: 3}


def _ordered(content: Sequence[Content]) -> list[Content]:
    """Headers first, then the body, its notes and the footers."""
    return sorted(
        content, key=lambda entry: _RANKS.get(entry.kind, 1) if isinstance(entry, Item) else 1
    )
