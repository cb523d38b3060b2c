"""Share of labelled table cells that reading gives back under the right headers.

A fact is found when a table row of its page has the value in a cell, the labels of its row
in cells before that one (or, failing that, after it), and every part of its column header in
the header of that cell. Pages labelled as holding no table count the rows wrongly made of
their text.

Run: `python -m eval.tableaux FOLDER [--split test --rapport] [--json]`, where `FOLDER` holds the
PDFs, at any depth; facts of absent files are left out and said to be.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from assistant.model import Block, BlockKind, Cell, Page
from eval.sets import add_split, chosen_split

FACTS: Final = Path(__file__).parent / "questions" / "tableaux.jsonl"

Kind = Literal["ruled", "merged", "continued", "unruled", "partly", "pairs", "none"]
"""How the table is drawn: full rulings, merged headers or labels, from another page, no
rulings, some rulings, label and value pairs; `none` for a page without tables."""


class Fact(BaseModel):
    """A cell as a reader sees it on the page; short anchors of its row and column.

    `rows` are parts of the labels of its row, `columns` parts of its header, outermost
    first; both may be empty. A fact of kind `none` names a page without tables.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    file: str
    page: int
    table: str
    split: Literal["dev", "test"]
    kind: Kind
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    value: str


class Report(BaseModel):
    """Figures of one half.

    Attributes:
        by_kind: facts found and facts asked, by kind of table.
        missed: identifiers of the facts not found.
        bare_pages: pages without tables that were read.
        false_tables: those where reading made rows, with how many.
        absent: files that the folder does not hold.
    """

    facts: int
    found: int
    by_kind: dict[str, tuple[int, int]]
    missed: list[str]
    bare_pages: int
    false_tables: dict[str, int]
    absent: list[str]

    @property
    def share(self) -> float:
        """Share of the facts that were found, from 0 to 1."""
        return self.found / self.facts if self.facts else 0.0


def load(split: str | None = None, path: Path = FACTS) -> list[Fact]:
    """Facts of one half, or of both."""
    facts = [
        Fact.model_validate_json(line)
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return [fact for fact in facts if split in (None, fact.split)]


def fold(text: str) -> str:
    """Text without case, accents, typographic variants and white space."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'"))
    text = "".join(char for char in text if not unicodedata.combining(char))
    return re.sub(r"[\s«»\"“”]+", "", text).casefold()


def _holds(text: str, part: str) -> bool:
    """Whether a cell holds a label; a short label must be the whole cell."""
    text, part = fold(text), fold(part)
    return text == part if len(part) <= 3 else part in text


def cell_of(fact: Fact, row: Block) -> Cell | None:
    """The cell of a row that states the fact, if any."""
    for index, cell in enumerate(row.cells):
        others = [*row.cells[:index], *row.cells[index + 1 :]]
        if (
            fold(cell.text) == fold(fact.value)
            and all(any(_holds(other.text, label) for other in others) for label in fact.rows)
            and all(fold(part) in fold(cell.header) for part in fact.columns)
            and (fact.columns or not cell.header or len(row.cells) == 2)
        ):
            return cell
    return None


def table_rows(page: Page) -> list[Block]:
    """Table rows of a page."""
    return [block for block in page.blocks if block.kind is BlockKind.TABLE_ROW]


def is_found(fact: Fact, page: Page) -> bool:
    """Whether a table row of the page states the fact."""
    return any(cell_of(fact, row) is not None for row in table_rows(page))


def measure(facts: Iterable[Fact], documents: dict[str, Sequence[Page]]) -> Report:
    """Judge the pages read against the facts.

    Args:
        facts: labelled facts.
        documents: pages by file name; a missing file is reported, not counted.
    """
    asked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    missed: list[str] = []
    false_tables: dict[str, int] = {}
    absent: set[str] = set()
    bare = 0
    for fact in facts:
        pages = documents.get(fact.file)
        if pages is None:
            absent.add(fact.file)
            continue
        page = pages[fact.page - 1]
        if fact.kind == "none":
            bare += 1
            rows = len(table_rows(page))
            if rows:
                false_tables[f"{fact.file} p. {fact.page}"] = rows
            continue
        asked[fact.kind] += 1
        if is_found(fact, page):
            found[fact.kind] += 1
        else:
            missed.append(fact.id)
    return Report(
        facts=asked.total(),
        found=found.total(),
        by_kind={kind: (found[kind], asked[kind]) for kind in sorted(asked)},
        missed=missed,
        bare_pages=bare,
        false_tables=false_tables,
        absent=sorted(absent),
    )


def read_folder(folder: Path, names: set[str]) -> dict[str, Sequence[Page]]:
    """Read the named PDFs found under a folder, one after the other."""
    from assistant.ingestion.reader import read_file

    paths = {path.name: path for path in folder.rglob("*.pdf") if path.name in names}
    return {
        name: read_file(path, max_bytes=500_000_000, max_pages=5000).pages
        for name, path in sorted(paths.items())
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m eval.tableaux", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+")
    add_split(parser)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    facts = load(chosen_split(options, "tableaux", by="eval.tableaux"))
    documents: dict[str, Sequence[Page]] = {}
    for folder in options.folder:
        documents.update(read_folder(folder, {fact.file for fact in facts}))
    reports = {
        split: measure([fact for fact in facts if fact.split == split], documents)
        for split in sorted({fact.split for fact in facts})
    }
    if options.json:
        figures = {split: report.model_dump() for split, report in reports.items()}
        print(json.dumps(figures, ensure_ascii=False, indent=2))
        return 0
    for split, report in reports.items():
        kinds = ", ".join(f"{kind} {a}/{b}" for kind, (a, b) in report.by_kind.items())
        print(f"{split}: {report.found}/{report.facts} ({100 * report.share:.1f} %) — {kinds}")
        print(
            f"  pages without tables: {report.bare_pages}, with false rows: "
            f"{len(report.false_tables)} ({sum(report.false_tables.values())} rows)"
        )
        for place, rows in report.false_tables.items():
            print(f"    {place}: {rows}")
        if report.missed:
            print(f"  missed: {', '.join(report.missed)}")
        if report.absent:
            print(f"  absent: {', '.join(report.absent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
