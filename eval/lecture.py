"""What our passages keep of the words that Poppler's `pdftotext` finds, page by page.

Two measures, because no reader is right alone:

- *windows*: runs of eight consecutive words of `pdftotext`, drawn at random with a fixed
  seed, found in the passages of the same page. A window that jumps from one column to the
  other because `pdftotext` misread the page counts as a miss;
- *coverage*: share of the words of `pdftotext`, whatever their order, that the passages of
  the page hold; and, the other way round, words of the passages that `pdftotext` has not.

Words are compared folded (case, accents, ligatures, typography), hyphens removed: the
hyphen at the end of a line is dropped by one reader and kept by the other. Windows that touch
a running header or footer, or a table, are counted apart: they are not read in line.

Reading order is scored on hand-labelled pairs by `eval.ordre`, run at the end.

Run: `python -m eval.lecture FOLDER [--json] [--details] [--ordre]`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from assistant.errors import AssistantError
from assistant.ingestion.chunking import split_passages
from assistant.model import FURNITURE, BlockKind, Page, PageStatus, Passage, ReadDocument
from eval.words import joined, raw_text, solid, tokens

WINDOW: Final = 8
"""Words of a window."""
SAMPLE: Final = 2000
"""Windows drawn per document, when it has more."""
WORST: Final = 5
"""Pages listed per document."""
MISSING: Final = (
    "La commande « pdftotext » de Poppler est introuvable : installez le paquet "
    "poppler-utils, puis relancez."
)


class PageFigures(BaseModel):
    """Figures of one page.

    Attributes:
        windows, found: windows drawn outside furniture and tables, and those found.
        inner_windows, inner_found: those of them within one block of `pdftotext`.
        furniture, tables: windows drawn that touch them, and those found.
        words: words of `pdftotext` outside furniture.
        lost: those that neither the passages nor the furniture hold.
        cut: those that only stand there glued to others or cut otherwise.
        invented: words of the passages that `pdftotext` has not.
        misses, jumps: windows not found, within a block of `pdftotext` or over two blocks.
    """

    page: int
    status: PageStatus
    windows: int = 0
    found: int = 0
    inner_windows: int = 0
    inner_found: int = 0
    furniture: tuple[int, int] = (0, 0)
    tables: tuple[int, int] = (0, 0)
    words: int = 0
    lost: list[str] = []
    cut: list[str] = []
    invented: list[str] = []
    misses: list[str] = []
    jumps: list[str] = []


class FileFigures(BaseModel):
    """Figures of one document: sums over its pages, and its worst pages."""

    file: str
    pages: int
    statuses: dict[str, int]
    windows: int
    found: int
    inner_windows: int
    inner_found: int
    furniture: tuple[int, int]
    tables: tuple[int, int]
    words: int
    lost: int
    cut: int
    invented: int
    worst: list[PageFigures]

    @property
    def share(self) -> float:
        """Share of the windows outside furniture and tables that were found, 0 to 1."""
        return self.found / self.windows if self.windows else 1.0

    @property
    def inner_share(self) -> float:
        """The same share, for the windows within one block of `pdftotext`."""
        return self.inner_found / self.inner_windows if self.inner_windows else 1.0

    @property
    def coverage(self) -> float:
        """Share of the words of `pdftotext` outside furniture that passages hold, 0 to 1."""
        return 1 - self.lost / self.words if self.words else 1.0


def pdftotext(path: Path) -> list[str]:
    """Text of each page of a PDF as Poppler reads it.

    Raises:
        AssistantError: Poppler is not installed, or it cannot open the file.
    """
    program = shutil.which("pdftotext")
    if program is None:
        raise AssistantError(MISSING)
    done = subprocess.run(
        [program, "-q", "-enc", "UTF-8", str(path), "-"], capture_output=True, check=False
    )
    if done.returncode:
        raise AssistantError(f"pdftotext n’a pas pu lire « {path.name} ».")
    return done.stdout.decode("utf-8", "replace").split("\f")[:-1]


# --- One page ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    """Words of what we read of a page, as strings in which windows are looked for."""

    body: str
    shown: str
    whole: str


def _kept(page: Page, passages: Sequence[Passage]) -> _Kept:
    held = [
        block
        for passage in passages
        for block in passage.blocks
        if any(span.page == page.number for span in block.spans)
    ]
    # A list cut in two repeats its introduction: once is enough here.
    held = sorted(
        {(block.spans, block.text): block for block in held}.values(),
        key=lambda block: min(s.start for s in block.spans if s.page == page.number),
    )
    return _Kept(
        joined(tokens("\n".join(raw_text(page, block) for block in held))),
        joined(tokens("\n".join(block.text for block in held))),
        joined(tokens(page.text)),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of `pdftotext` for a page.

    Attributes:
        texts: the words, in order.
        kinds: for each, whether its line is of the `body`, of the `furniture` or of a `table`.
        blocks: for each, the rank of its block (`pdftotext` leaves a blank line between them).
    """

    texts: list[str]
    kinds: list[str]
    blocks: list[int]


def _words(text: str, page: Page) -> _Words:
    """Cut the text of a page into words, and say of each line where we put it."""
    rows = [block for block in page.blocks if block.kind is BlockKind.TABLE_ROW]
    edge = [block for block in page.blocks if block.kind in FURNITURE]
    kept = [b for b in page.blocks if b.kind not in FURNITURE and b.kind is not BlockKind.TABLE_ROW]
    furniture = Counter(tokens("\n".join(raw_text(page, block) for block in edge)))
    cells = joined(tokens("\n".join(raw_text(page, block) for block in rows)))
    body = joined(tokens("\n".join(f"{raw_text(page, b)}\n{b.text}" for b in kept)))
    bag = Counter(cells.split())
    lines: list[tuple[list[str], str, int]] = []
    block = 0
    for line in solid(text).splitlines():
        parts = tokens(line)
        if not parts:
            block += not line.strip()
            continue
        kind = "body"
        if joined(parts) not in body or (len(parts) < 3 and not body.split()):
            if not Counter(parts) - furniture:
                kind = "furniture"
                furniture -= Counter(parts)
            elif joined(parts) in cells or not Counter(parts) - bag:
                kind = "table"
        lines.append((parts, kind, block))
    kinds = [kind for _, kind, _ in lines]
    for index, (parts, kind, _) in enumerate(lines):
        # « oui », « 3 »: alone, such a line may be anywhere; between two cells it is a cell.
        near = kinds[max(0, index - 1) : index] + kinds[index + 1 : index + 2]
        if kind == "body" and "table" in near and len(parts) < 3 and joined(parts) in cells:
            kinds[index] = "table"
    return _Words(
        [word for parts, _, _ in lines for word in parts],
        [kind for (parts, _, _), kind in zip(lines, kinds, strict=True) for _ in parts],
        [rank for parts, _, rank in lines for _ in parts],
    )


def _absent(words: Iterable[str], held: str) -> tuple[list[str], list[str]]:
    """Words that `held` has not: lost, or present but cut otherwise."""
    missing = Counter(words) - Counter(held.split())
    solid = held.replace(" ", "")
    lost: list[str] = []
    cut: list[str] = []
    for word, number in missing.items():
        (cut if word in solid else lost).extend([word] * number)
    return lost, cut


def compare_page(
    page: Page, passages: Sequence[Passage], text: str, chosen: Iterable[int] | None = None
) -> PageFigures:
    """Compare what we keep of a page with what `pdftotext` finds.

    Args:
        page: the page as read.
        passages: passages of its document.
        text: text of the page according to `pdftotext`.
        chosen: positions of the windows to look for; all of them by default.
    """
    words = _words(text, page)
    kept = _kept(page, passages)
    figures = PageFigures(page=page.number, status=page.status)
    apart = {"furniture": [0, 0], "table": [0, 0]}
    count = max(0, len(words.texts) - WINDOW + 1)
    for start in range(count) if chosen is None else chosen:
        end = start + WINDOW
        sought = joined(words.texts[start:end])
        found = sought in kept.body or sought in kept.shown
        kinds = words.kinds[start:end]
        other = next((kind for kind in apart if kind in kinds), None)
        if other is not None:
            apart[other][0] += 1
            apart[other][1] += found or sought in kept.whole
            continue
        figures.windows += 1
        figures.found += found
        inner = words.blocks[start] == words.blocks[end - 1]
        figures.inner_windows += inner
        figures.inner_found += inner and found
        if not found:
            (figures.misses if inner else figures.jumps).append(sought.strip())
    figures.furniture = (apart["furniture"][0], apart["furniture"][1])
    figures.tables = (apart["table"][0], apart["table"][1])
    body = [w for w, kind in zip(words.texts, words.kinds, strict=True) if kind != "furniture"]
    figures.words = len(body)
    figures.lost, figures.cut = _absent(body, kept.whole + kept.shown)
    figures.invented = _absent(kept.body.split(), joined(words.texts))[0]
    return figures


# --- Documents ---------------------------------------------------------------------------


def compare_document(
    name: str, document: ReadDocument, texts: Sequence[str], sample: int = SAMPLE
) -> tuple[FileFigures, list[PageFigures]]:
    """Compare a document with the text of its pages according to `pdftotext`.

    Args:
        name: name of the file, which seeds the drawing of the windows.
        document: the document as read.
        texts: text of each page according to `pdftotext`.
        sample: windows to draw, spread over the pages.
    """
    places = [
        (number, start)
        for number, text in enumerate(texts)
        for start in range(max(0, _count(text) - WINDOW + 1))
    ]
    if len(places) > sample:
        places = random.Random(f"lecture {name}").sample(places, sample)  # noqa: S311
    chosen: dict[int, list[int]] = {}
    for number, start in places:
        chosen.setdefault(number, []).append(start)
    by_page: dict[int, list[Passage]] = {}
    for passage in split_passages(document, name):
        for number in passage.pages:
            by_page.setdefault(number, []).append(passage)
    pages = [
        compare_page(page, by_page.get(page.number, []), text, chosen.get(index, []))
        for index, (page, text) in enumerate(zip(document.pages, texts, strict=False))
    ]
    worst = sorted(pages, key=lambda item: (item.found - item.windows, -len(item.lost)))
    total = FileFigures(
        file=name,
        pages=len(document.pages),
        statuses=dict(Counter(page.status.value for page in document.pages)),
        windows=sum(page.windows for page in pages),
        found=sum(page.found for page in pages),
        inner_windows=sum(page.inner_windows for page in pages),
        inner_found=sum(page.inner_found for page in pages),
        furniture=_sums(page.furniture for page in pages),
        tables=_sums(page.tables for page in pages),
        words=sum(page.words for page in pages),
        lost=sum(len(page.lost) for page in pages),
        cut=sum(len(page.cut) for page in pages),
        invented=sum(len(page.invented) for page in pages),
        worst=[page for page in worst if page.found < page.windows or page.lost][:WORST],
    )
    return total, pages


def _count(text: str) -> int:
    return sum(len(tokens(line)) for line in solid(text).splitlines())


def _sums(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    first = second = 0
    for a, b in pairs:
        first, second = first + a, second + b
    return first, second


# --- Command line ------------------------------------------------------------------------


def _line(figures: FileFigures) -> str:
    statuses = ", ".join(f"{count} {name}" for name, count in sorted(figures.statuses.items()))
    return (
        f"{100 * figures.share:6.2f} %  blocs {100 * figures.inner_share:6.2f} %  "
        f"mots {100 * figures.coverage:6.2f} %  "
        f"perdus {figures.lost:4d}  coupés {figures.cut:4d}  ajoutés {figures.invented:4d}  "
        f"marges {figures.furniture[1]}/{figures.furniture[0]}  "
        f"tableaux {figures.tables[1]}/{figures.tables[0]}  ({statuses})  {figures.file}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    from assistant.ingestion.reader import read_file
    from eval.ordre import load_pairs, score_order

    parser = argparse.ArgumentParser(prog="python -m eval.lecture", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+", metavar="DOSSIER")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--details", action="store_true", help="pires pages et leurs pertes")
    parser.add_argument("--ordre", action="store_true", help="ordre de lecture seulement")
    options = parser.parse_args(arguments)
    paths = sorted({path for folder in options.folder for path in folder.rglob("*.pdf")})
    pairs = load_pairs()
    named = {pair.file for pair in pairs}
    documents: dict[str, ReadDocument] = {}
    reports: list[FileFigures] = []
    refused: dict[str, str] = {}
    for path in paths:
        if options.ordre and path.name not in named:
            continue
        try:
            document = read_file(path, max_bytes=500_000_000, max_pages=5000)
            if path.name in named:
                documents[path.name] = document
            if not options.ordre:
                reports.append(compare_document(path.name, document, pdftotext(path))[0])
        except AssistantError as error:
            if str(error) == MISSING:
                print(MISSING, file=sys.stderr)
                return 2
            refused[path.name] = str(error)
            continue
        if reports and not options.json:
            _show(reports[-1], options.details)
    order = score_order(pairs, documents)
    if options.json:
        figures = {
            "documents": [report.model_dump(mode="json") for report in reports],
            "refuses": refused,
            "ordre": order.model_dump(),
        }
        print(json.dumps(figures, ensure_ascii=False, indent=2))
        return 0
    for name, reason in refused.items():
        print(f"{name} : {reason}")
    windows, found = sum(r.windows for r in reports), sum(r.found for r in reports)
    if windows:
        print(f"Fenêtres retrouvées : {found}/{windows} ({100 * found / windows:.2f} %)")
    print(f"Ordre de lecture : {order.kept}/{order.pairs} ({100 * order.share:.1f} %)")
    for pair in order.broken:
        print(f"  {pair.file} p. {pair.page} : « {pair.before} » puis « {pair.after} »")
    return 0


def _show(report: FileFigures, details: bool) -> None:
    print(_line(report), flush=True)
    for page in report.worst if details else []:
        print(f"    p. {page.page} : {page.found}/{page.windows} ; perdus : {page.lost[:12]}")
        for miss in [*page.misses, *page.jumps][:4]:
            print(f"        {miss}")


if __name__ == "__main__":
    sys.exit(main())
