"""Ruled tables: rows whose cells read alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.model import Block, BlockKind, Page
from tests.ingestion.conftest import BODY, Sheet, read, texts

XS = [60, 180, 330, 480]


def rows(page: Page) -> list[Block]:
    return [block for block in page.blocks if block.kind is BlockKind.TABLE_ROW]


def test_cells_carry_the_header_of_their_column(sheet: Callable[..., Sheet]) -> None:
    page = sheet().grid(
        XS,
        [100, 120, 140, 160],
        [
            ["Dispositif", "Montant maximal", "Échéance"],
            ["S3.0", "150 k€", "30/09/2025"],
            ["Impact IA", "1,2 M€", "08/07/2025"],
        ],
    )
    read_page = read(page.save()).pages[0]
    last = rows(read_page)[-1]
    assert [(cell.header, cell.text) for cell in last.cells] == [
        ("Dispositif", "Impact IA"),
        ("Montant maximal", "1,2 M€"),
        ("Échéance", "08/07/2025"),
    ]
    for cell in last.cells:
        assert read_page.text[cell.span.start : cell.span.end] == cell.text
        assert cell.header_span is not None
        assert read_page.text[cell.header_span.start : cell.header_span.end] == cell.header


def test_a_transposed_table_names_the_attribute_then_the_thing(
    sheet: Callable[..., Sheet],
) -> None:
    page = sheet().grid(
        XS,
        [100, 120, 140, 160],
        [
            ["", "Guichet A", "Guichet B"],
            ["Opérateur", "Agence du numérique", "Banque publique"],
            ["Prochaine relève", "30/09/2025", "16/09/2025"],
        ],
    )
    row = rows(read(page.save()).pages[0])[-1]
    assert row.cells[0].text == "Prochaine relève"
    assert (row.cells[2].header, row.cells[2].text) == ("Guichet B", "16/09/2025")
    assert row.text.startswith("Prochaine relève — Guichet A")


def test_label_and_value_pairs_have_no_header(sheet: Callable[..., Sheet]) -> None:
    page = sheet().grid(
        [60, 200, 480],
        [100, 120, 140, 160],
        [["Opérateur :", "ANS"], ["Échéance :", "30/09/2025"], ["Public :", "Établissements"]],
    )
    first = rows(read(page.save()).pages[0])[0]
    assert all(not cell.header for cell in first.cells)
    assert first.text.replace("\u00a0", " ") == "Opérateur : ANS"


def test_a_table_that_goes_on_keeps_its_headers(sheet: Callable[..., Sheet]) -> None:
    document = sheet().text(60, 60, *BODY)
    document.grid(XS, [700, 720, 740], [["Région", "Projets", "Budget"], ["Bretagne", "4", "2 M€"]])
    document.next().grid(XS, [60, 80, 100], [["Corse", "1", "0,3 M€"], ["Normandie", "3", "1 M€"]])
    second = rows(read(document.save()).pages[1])[0]
    assert [cell.header for cell in second.cells] == ["Région", "Projets", "Budget"]
    assert second.cells[1].header_span is not None
    assert second.cells[1].header_span.page == 1


def test_a_merged_name_is_repeated_on_the_rows_it_covers(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    ys = [100, 120, 140, 160]
    for y in ys:
        page.canvas.line(60 if y != 140 else 180, 842 - y, 480, 842 - y)
    for x in XS:
        page.canvas.line(x, 842 - 100, x, 842 - 160)
    page.text(63, 113, "Secteur", size=9).text(183, 113, "Action", size=9)
    page.text(333, 113, "Pilote", size=9)
    page.text(63, 143, "Urgences", size=9)
    page.text(183, 133, "Tri", size=9).text(333, 133, "CHU", size=9)
    page.text(183, 153, "Régulation", size=9).text(333, 153, "SAMU", size=9)
    last = rows(read(page.save()).pages[0])[-1]
    assert [cell.text for cell in last.cells] == ["Urgences", "Régulation", "SAMU"]


@pytest.mark.parametrize("width", [200, 480])
def test_a_framed_paragraph_is_not_a_table(sheet: Callable[..., Sheet], width: float) -> None:
    page = sheet()
    page.canvas.rect(50, 842 - 140, width, 70)
    page.text(60, 90, *BODY)
    read_page = read(page.save()).pages[0]
    assert not rows(read_page)
    assert texts(read_page, BlockKind.PARAGRAPH) == [" ".join(BODY)]
