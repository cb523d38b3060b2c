"""What an exported document is made of, whatever its format.

The rooms that have something to export describe it with these blocks; the writers (`docx`, `odt`,
`pdf`, `markdown`) know nothing of answers or of fiches. Every text is plain: no writer ever
interprets marks that a document or a reader may have typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_SHORT_CELL: Final = 400
"""Characters of a cell that hold on a page even in a narrow column (about 28 lines of 14)."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text.

    Attributes:
        notes: footnotes called after it, each a plain text (« srs.pdf, page 12 : « … » »).
        strong: whether it stands out.
    """

    text: str
    notes: tuple[str, ...] = ()
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is just below the title of the document.

    Attributes:
        new_page: whether it starts a page, where the format has pages.
    """

    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Runs on one or more lines.

    Attributes:
        with_next: whether it stays on the page of what follows, like a heading.
    """

    runs: tuple[Run, ...]
    with_next: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A bulleted list, one tuple of runs an item."""

    items: tuple[tuple[Run, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header row; every row has as many cells as the header.

    Attributes:
        caption: says what the table holds, for those who do not see it.
        widths: relative widths of the columns.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[tuple[Run, ...], ...], ...]
    caption: str
    widths: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of ours, as SVG; formats that cannot hold one get a PNG of it.

    Attributes:
        svg: the drawing; `width` and `height` of its root in pixels, 96 to the inch.
        caption: shown above it.
        alt: what it shows, in full, for those who do not see it. Markdown gives this text alone.
    """

    svg: str
    caption: str
    alt: str


Block = Heading | Paragraph | Items | Table | Picture


@dataclass(frozen=True, slots=True)
class ExportDocument:
    """A document to write.

    Attributes:
        title: also kept in the properties of the file.
        subject: one line under the title.
        made: when it was made; shown, and kept in the properties.
        footer: shown at the foot of each page, where the format has pages.
    """

    title: str
    blocks: tuple[Block, ...]
    subject: str = ""
    made: datetime | None = None
    footer: str = ""


def holds_together(row: Sequence[Sequence[Run]]) -> bool:
    """Whether a row of a table is short enough to be kept on one page.

    A row that no page could hold must be cut: some programs hide what exceeds the page.
    """
    return all(sum(len(run.text) for run in cell) <= _SHORT_CELL for cell in row)


def plain(text: str) -> str:
    """Give the text without the control characters that XML refuses.

    Line breaks and tabulations become spaces: runs do not break lines. Marks that turn the
    direction of writing go too: with them, a text can show other words than those it holds.
    """
    kept = (
        " " if char in "\t\n\r\x0b\x0c\u2028\u2029" else char
        for char in text
        if char in "\t\n\r\x0b\x0c"
        or (ord(char) >= 0x20 and not 0x7F <= ord(char) <= 0x9F and not _is_forbidden(char))
    )
    return "".join(kept)


def _is_forbidden(char: str) -> bool:
    """Surrogates and non-characters, which no XML file may hold; direction overrides."""
    code = ord(char)
    return (
        0xD800 <= code <= 0xDFFF
        or code & 0xFFFE == 0xFFFE
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
    )
