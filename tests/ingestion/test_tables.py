"""Tables, ruled or not: rows whose cells read alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


def cells(block: Block) -> list[tuple[str, str]]:
    return [(cell.header, cell.text) for cell in block.cells]


def lines_of(page: Sheet, top: float, xs: list[float], rows_: list[list[str]], **style) -> Sheet:
    """Write rows of words without drawing anything around them."""
    for rank, row in enumerate(rows_):
        for x, text in zip(xs, row, strict=True):
            if text:
                page.text(x, top + 16 * rank, text, size=9, **style)
    return page


def test_aligned_columns_without_strokes_are_a_table(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 60, *BODY)
    lines_of(page, 120, [60, 250, 340, 430], [["Région", "Projets", "Budget", "Part"]], bold=True)
    lines_of(
        page,
        136,
        [60, 250, 340, 430],
        [
            ["Bretagne", "12", "1,2 M€", "14 %"],
            ["Corse", "3", "0,4 M€", "5 %"],
            ["Normandie", "27", "3,1 M€", "38 %"],
        ],
    )
    page.text(60, 240, *BODY)
    read_page = read(page.save()).pages[0]
    assert [cells(row) for row in rows(read_page)[1:]] == [
        [("Région", a), ("Projets", b), ("Budget", c), ("Part", d)]
        for a, b, c, d in (
            ("Bretagne", "12", "1,2 M€", "14 %"),
            ("Corse", "3", "0,4 M€", "5 %"),
            ("Normandie", "27", "3,1 M€", "38 %"),
        )
    ]
    assert texts(read_page, BlockKind.PARAGRAPH) == [" ".join(BODY)] * 2


def test_names_that_wrap_in_the_header_are_put_together(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    lines_of(page, 100, [60, 250, 360], [["Sous-secteur", "Nombre de", "Taux"]])
    page.text(250, 110, "cantines", size=9).text(360, 110, "par région", size=9)
    lines_of(
        page,
        134,
        [60, 250, 360],
        [["Crèches", "682", "27 %"], ["Cliniques", "390", "3 %"], ["Hôpitaux", "314", "4 %"]],
    )
    last = rows(read(page.save()).pages[0])[-1]
    assert cells(last) == [
        ("Sous-secteur", "Hôpitaux"),
        ("Nombre de cantines", "314"),
        ("Taux par région", "4 %"),
    ]


def test_rules_between_rows_only_are_enough(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    rows_ = [
        ["Dispositif", "Porteur", "Modalité"],
        ["Amorçage", "Agence régionale", "Subvention"],
        ["Passage à l’échelle", "Banque publique", "Avance"],
        ["Évaluation", "Caisse nationale", "Forfait"],
    ]
    lines_of(page, 100, [60, 200, 340], rows_)
    for k in range(5):
        page.canvas.line(55, 842 - 88 - 16 * k, 480, 842 - 88 - 16 * k)
    last = rows(read(page.save()).pages[0])[-1]
    assert cells(last) == [
        ("Dispositif", "Évaluation"),
        ("Porteur", "Caisse nationale"),
        ("Modalité", "Forfait"),
    ]


def test_a_header_over_several_columns_comes_before_their_names(
    sheet: Callable[..., Sheet],
) -> None:
    page = sheet()
    xs, ys = [60, 180, 260, 340, 420], [100, 120, 140, 160, 180]
    for k, y in enumerate(ys):
        page.canvas.line(180 if k == 1 else 60, 842 - y, 420, 842 - y)
    for k, x in enumerate(xs):
        top = 120 if k in (2, 4) else 100
        page.canvas.line(x, 842 - top, x, 842 - 180)
    page.canvas.line(420, 842 - 100, 420, 842 - 180)
    page.text(63, 123, "Secteur", size=9)
    page.text(183, 113, "Taux bio", size=9).text(343, 113, "Taux durable", size=9)
    for x, name in zip(xs[1:4], ("2024", "2025", "2025"), strict=True):
        page.text(x + 3, 133, name, size=9)
    for y, row in (
        (153, ["Crèches", "26 %", "29 %", "46 %"]),
        (173, ["Lycées", "9 %", "12 %", "20 %"]),
    ):
        for x, text in zip(xs, row, strict=False):
            page.text(x + 3, y, text, size=9)
    page_read = read(page.save()).pages[0]
    last = rows(page_read)[-1]
    assert cells(last) == [
        ("Secteur", "Lycées"),
        ("Taux bio – 2024", "9 %"),
        ("Taux bio – 2025", "12 %"),
        ("Taux durable – 2025", "20 %"),
    ]
    span = last.cells[1].header_span
    assert span is not None
    cited = page_read.text[span.start : span.end].split()
    assert all(word in cited for word in ("Taux", "bio", "2024"))


def test_rows_under_a_ruled_header_may_have_no_strokes(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    page.grid([60, 240, 320, 400], [100, 120], [["Échelle prosociale", "Jamais", "Souvent"]])
    page.canvas.rect(60, 842 - 190, 340, 70)
    lines_of(
        page,
        135,
        [63, 263, 343],
        [
            ["Partage facilement", "0", "2"],
            ["Aide volontiers", "0", "2"],
            ["Se vexe vite", "2", "0"],
        ],
    )
    last = rows(read(page.save()).pages[0])[-1]
    assert cells(last)[1:] == [("Jamais", "2"), ("Souvent", "0")]
    assert last.cells[0].text == "Se vexe vite"


def test_a_table_that_goes_on_is_not_given_its_first_row_as_header(
    sheet: Callable[..., Sheet],
) -> None:
    document = sheet()
    document.grid(
        XS,
        [100, 120, 140],
        [["Numéro", "Déclarant", "Date"], ["RERC1", "Alpha Conseil", "14/11/17"]],
    )
    document.next().grid(
        XS,
        [60, 80, 100, 120],
        [
            ["Groupe B", "Beta Études", "non datée"],
            ["RERC3", "Gamma Santé", "22/08/17"],
            ["RERC4", "Delta Data", "24/08/17"],
        ],
    )
    second = rows(read(document.save()).pages[1])
    assert len(second) == 3
    assert cells(second[0])[1] == ("Déclarant", "Beta Études")


def test_a_repeated_header_is_not_doubled(sheet: Callable[..., Sheet]) -> None:
    document = sheet()
    head = ["Région", "Projets", "Budget"]
    document.grid(XS, [700, 720, 740], [head, ["Bretagne", "4", "2 M€"]])
    document.next().grid(XS, [60, 80, 100], [head, ["Corse", "1", "0,3 M€"]])
    last = rows(read(document.save()).pages[1])[-1]
    assert [cell.header for cell in last.cells] == head


def test_a_merged_label_goes_on_over_the_page(sheet: Callable[..., Sheet]) -> None:
    document = sheet()
    page = document
    for y in (700, 720, 740, 760):
        page.canvas.line(60 if y != 740 else 180, 842 - y, 480, 842 - y)
    for x in XS:
        page.canvas.line(x, 842 - 700, x, 842 - 760)
    lines_of(page, 713, [63, 183, 333], [["Secteur", "Établissement", "Nombre"]])
    page.text(63, 743, "Santé", size=9)
    page.text(183, 733, "Cliniques", size=9).text(333, 733, "595", size=9)
    page.text(183, 753, "Hôpitaux", size=9).text(333, 753, "480", size=9)
    document.next().grid(
        XS, [60, 80, 100], [["", "Centres de soins", "203"], ["Enseignement", "Collèges", "3 029"]]
    )
    first = rows(read(document.save()).pages[1])[0]
    assert cells(first) == [
        ("Secteur", "Santé"),
        ("Établissement", "Centres de soins"),
        ("Nombre", "203"),
    ]
    assert first.cells[0].span.page == 1


def test_two_columns_of_text_are_not_a_table(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    left = [
        "La feuille de route fixe cinq",
        "priorités pour les équipes de",
        "soins et les usagers",
    ] * 4
    right = [
        "Chaque établissement désigne",
        "un référent chargé du suivi et",
        "de la formation de tous",
    ] * 4
    page.text(60, 80, *left).text(320, 80, *right)
    assert not rows(read(page.save()).pages[0])


def test_lists_contents_and_cards_are_not_tables(sheet: Callable[..., Sheet]) -> None:
    document = sheet()
    for rank, (title, number) in enumerate(
        [("Contexte", "3"), ("Gouvernance", "5"), ("Financement", "9"), ("Annexes", "14")]
    ):
        document.text(60, 80 + 18 * rank, title).text(500, 80 + 18 * rank, number)
    document.next()
    for rank in range(5):
        document.text(60, 80 + 18 * rank, "–").text(
            80, 80 + 18 * rank, "un appui aux équipes de soins"
        )
    document.next()
    for x, title in ((60, "Acculturer"), (240, "Expérimenter"), (420, "Déployer")):
        document.text(x, 80, title, bold=True).text(x, 100, "former les", "équipes de", "la région")
    assert [len(rows(page)) for page in read(document.save()).pages] == [0, 0, 0]


def test_highlighted_words_are_not_cells(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    for rank in range(5):
        y = 100 + 12.5 * rank
        page.canvas.setFillColorRGB(1, 1, 0)
        page.canvas.rect(60 + 40 * (rank % 2), 842 - y - 3, 180, 12.5, stroke=0, fill=1)
        page.canvas.rect(300, 842 - y - 3, 90, 12.5, stroke=0, fill=1)
    page.text(60, 100, *(BODY + BODY + BODY[:1]))
    assert not rows(read(page.save()).pages[0])


WORDS = st.text(alphabet="abcdeéèàûABC", min_size=1, max_size=9)
VALUES = st.one_of(
    st.integers(0, 99_999).map(str), WORDS, st.just(""), st.sampled_from(["12 %", "3,5 M€", "-"])
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    ruled=st.booleans(),
    body=st.lists(st.tuples(WORDS, VALUES, VALUES), min_size=2, max_size=6),
)
def test_every_cell_is_found_at_its_span(
    sheet: Callable[..., Sheet], ruled: bool, body: list[tuple[str, str, str]]
) -> None:
    page = sheet()
    table = [["Nom", "Effectif", "Montant"], *map(list, body)]
    if ruled:
        page.grid(XS, [100 + 20 * k for k in range(len(table) + 1)], table)
    else:
        lines_of(page, 100, XS[:3], table)
    document = read(page.save())
    for block in rows(document.pages[0]):
        for cell in block.cells:
            where = document.pages[cell.span.page - 1].text
            assert where[cell.span.start : cell.span.end].split() == cell.text.split()
            if cell.header_span is not None:
                named = document.pages[cell.header_span.page - 1].text
                span = named[cell.header_span.start : cell.header_span.end]
                assert cell.header.split()[-len(span.split()) :] == span.split()
    written = document.pages[0].text.split()
    assert sorted(written) == sorted(word for row in table for text in row for word in text.split())


def test_a_row_is_named_by_its_group_and_its_label() -> None:
    """A value of a merged group is only understood with both."""
    from assistant.ingestion.table_values import row_labels
    from assistant.model import Cell, Span

    group = Cell("Segment", "Médico-social", Span(1, 0, 13))
    row = Block(
        BlockKind.TABLE_ROW,
        (Span(1, 40, 60),),
        "",
        cells=(
            group,
            Cell("Secteur", "Crèche", Span(1, 40, 46)),
            Cell("Nombre", "4 130", Span(1, 47, 52)),
        ),
    )
    assert [cell.text for cell in row_labels(row)] == ["Médico-social", "Crèche"]


def test_a_note_under_a_table_does_not_stop_it(sheet: Callable[..., Sheet]) -> None:
    document = sheet().text(60, 60, *BODY)
    document.grid(XS, [600, 620, 640], [["Type", "Jalon", "Livrable"], ["Annuaire", "2023", "API"]])
    document.text(60, 770, "1 À noter : le calendrier reste indicatif.", size=7)
    document.next().text(60, 50, "Trajectoire (suite)")
    document.grid(
        XS, [60, 80, 100], [["Répertoire", "2024", "Base"], ["Ordonnance", "2025", "Flux"]]
    )
    first = rows(read(document.save()).pages[1])[0]
    assert [cell.header for cell in first.cells] == ["Type", "Jalon", "Livrable"]


def test_a_numbered_table_of_contents_is_not_a_table(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    titles = ["Préambule", "Objet", "Définitions", "Durée", "Résiliation", "Annexes"]
    for rank, title in enumerate(titles):
        page.text(60, 80 + 16 * rank, f"{rank + 1}.").text(110, 80 + 16 * rank, title)
        page.text(500, 80 + 16 * rank, str(2 + 3 * rank))
    assert not rows(read(page.save()).pages[0])


def test_a_first_row_that_the_next_one_goes_on_counting_is_no_header(
    sheet: Callable[..., Sheet],
) -> None:
    page = sheet().grid(
        XS,
        [100, 120, 140, 160],
        [
            ["Nos axes", "axe 1 : Soigner", "axe 4 : Former"],
            ["", "axe 2 : Chercher", "axe 5 : Gérer"],
            ["", "axe 3 : Prévenir", "axe 6 : Accueillir"],
        ],
    )
    found = rows(read(page.save()).pages[0])
    assert not any(cell.header for row in found for cell in row.cells)
    assert "axe 2 : Chercher" in found[1].text.replace("\u00a0", " ")
