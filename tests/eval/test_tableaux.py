"""The measure of tables catches a wrong header, a wrong row and invented rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.model import Block, BlockKind, Cell, Page, PageStatus, Span
from eval.tableaux import Fact, fold, load, measure

HERE = Span(1, 0, 1)


def row(*cells: tuple[str, str]) -> Block:
    return Block(
        BlockKind.TABLE_ROW,
        (HERE,),
        " ; ".join(text for _, text in cells),
        cells=tuple(Cell(header, text, HERE) for header, text in cells),
    )


def page(*blocks: Block) -> Page:
    return Page(1, "1", 595.0, 842.0, PageStatus.TEXT, "", (), blocks)


def fact(**changes: object) -> Fact:
    fields = {
        "id": "t1",
        "file": "aides.pdf",
        "page": 1,
        "table": "aides",
        "split": "dev",
        "kind": "merged",
        "rows": ("Évaluation",),
        "columns": ("Montants", "Plafond"),
        "value": "150 k€",
    }
    return Fact.model_validate(fields | changes)


RIGHT = row(("Dispositif", "Évaluation S3.0"), ("Montants – Plafond", "150 k€"))


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        ([RIGHT], 1),
        ([row(("Dispositif", "Amorçage"), ("Montants – Plafond", "150 k€"))], 0),
        ([row(("Dispositif", "Évaluation S3.0"), ("Montants – Plancher", "150 k€"))], 0),
        ([row(("Dispositif", "Évaluation S3.0"), ("Montants – Plafond", "1 150 k€"))], 0),
        ([Block(BlockKind.PARAGRAPH, (HERE,), "Évaluation S3.0 150 k€")], 0),
        ([], 0),
    ],
)
def test_a_fact_needs_its_row_its_header_and_its_whole_value(
    blocks: list[Block], found: int
) -> None:
    report = measure([fact()], {"aides.pdf": [page(*blocks)]})
    assert (report.found, report.facts) == (found, 1)
    assert report.missed == ([] if found else ["t1"])


def test_a_short_label_is_the_whole_cell() -> None:
    numbered = row(("", "12"), ("", "Repas"))
    assert measure(
        [fact(rows=("1",), columns=(), value="Repas")], {"aides.pdf": [page(numbered)]}
    ).missed == ["t1"]


def test_rows_on_a_page_without_table_are_counted() -> None:
    bare = fact(kind="none", rows=(), columns=(), value="", table="")
    report = measure([bare], {"aides.pdf": [page(RIGHT, RIGHT)]})
    assert report.false_tables == {"aides.pdf p. 1": 2}
    assert (report.facts, report.bare_pages) == (0, 1)


def test_absent_files_are_said_not_counted() -> None:
    report = measure([fact()], {})
    assert (report.facts, report.absent) == (0, ["aides.pdf"])


def test_labels_are_whole_and_tables_keep_to_one_half() -> None:
    facts = load()
    assert len({item.id for item in facts}) == len(facts)
    labelled = [item for item in facts if item.kind != "none"]
    assert len(labelled) >= 80
    assert len({item.table for item in labelled}) >= 12
    hard = {"unruled", "partly", "merged", "continued"}
    assert sum(item.kind in hard for item in labelled) >= len(labelled) / 3
    halves: dict[str, set[str]] = {}
    for item in labelled:
        halves.setdefault(item.table, set()).add(item.split)
    assert all(len(half) == 1 for half in halves.values())


def test_labels_are_words_of_their_page(real_corpus: Path) -> None:
    """A label mistyped would measure nothing: its parts stand on the page it names."""
    pdfium = pytest.importorskip("pypdfium2")
    paths = {path.name: path for path in real_corpus.rglob("*.pdf")}
    checked = 0
    for item in load("dev"):
        if item.kind == "none" or item.file not in paths or item.page > 20:
            continue
        document = pdfium.PdfDocument(paths[item.file])
        text = document[item.page - 1].get_textpage().get_text_range()
        document.close()
        flat = fold(text.replace("\ufffe", "-").replace("-\r\n", "-"))
        assert fold(item.value) in flat, item.id
        checked += 1
    assert checked
