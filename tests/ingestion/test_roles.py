"""Which role each run of text gets: headings, lists, notes, furniture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.index.windows import index_text
from assistant.model import Block, BlockKind, Page, Span
from tests.ingestion.conftest import BODY, SLIDE, Sheet, kinds, read, texts


def test_a_wrapped_paragraph_is_one_block(sheet: Callable[..., Sheet]) -> None:
    page = read(sheet().text(60, 100, *BODY).save()).pages[0]
    assert kinds(page) == [(BlockKind.PARAGRAPH, " ".join(BODY))]


def test_a_line_that_had_room_above_starts_a_paragraph(sheet: Callable[..., Sheet]) -> None:
    page = read(sheet().text(60, 100, *BODY, "Fin.", "Autre idée.").save()).pages[0]
    assert texts(page, BlockKind.PARAGRAPH)[-1] == "Autre idée."


def test_no_paragraph_ends_on_a_word_that_announces_another(sheet: Callable[..., Sheet]) -> None:
    lines = (*BODY, "Ce projet est porté par le Docteur", "Martin depuis deux ans.")
    page = read(sheet().text(60, 100, *lines).save()).pages[0]
    assert "porté par le Docteur Martin depuis" in " ".join(texts(page, BlockKind.PARAGRAPH))


@pytest.mark.parametrize(
    "title",
    ["3.2.4. AXE 4", "Objectif 5 : Développer l’innovation", "1) CONTEXTE", "CHAPITRE 2"],
)
def test_numbered_titles_are_headings(sheet: Callable[..., Sheet], title: str) -> None:
    page = sheet().text(60, 90, title, bold=True).text(60, 120, *BODY)
    assert (BlockKind.HEADING, title) in kinds(read(page.save()).pages[0])


def test_numbering_gives_the_depth_of_headings(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    for row, title in enumerate(("1.1 Cadre", "1.1.1 Objet", "1.2 Moyens", "1.2.1 Budget")):
        page.text(60, 90 + 70 * row, title, bold=True, size=11)
        page.text(60, 110 + 70 * row, *BODY)
    blocks = read(page.save()).pages[0].blocks
    levels = [block.level for block in blocks if block.kind is BlockKind.HEADING]
    assert levels == [1, 2, 1, 2]


def test_the_largest_text_of_the_first_page_is_the_title(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 90, "Stratégie régionale d’innovation", size=22)
    page.text(60, 150, *BODY)
    assert texts(read(page.save()).pages[0], BlockKind.TITLE) == [
        "Stratégie régionale d’innovation"
    ]


def test_list_items_keep_their_wrapped_lines_and_depth(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 90, "Le comité retient les actions suivantes :")
    page.text(70, 105, "•").text(
        84,
        105,
        "accompagner les établissements dans la durée, en lien",
        "avec les équipes de terrain ;",
    )
    page.text(90, 131, "o").text(104, 131, "former les référents ;")
    page.text(70, 145, "•").text(84, 145, "évaluer les résultats.")
    blocks = read(page.save()).pages[0].blocks
    assert [(block.kind, block.level) for block in blocks] == [
        (BlockKind.LIST_INTRO, 0),
        (BlockKind.LIST_ITEM, 1),
        (BlockKind.LIST_ITEM, 2),
        (BlockKind.LIST_ITEM, 1),
    ]
    assert blocks[1].text.endswith("en lien avec les équipes de terrain ;")


@pytest.mark.parametrize("sign", ["-", "–", "•", "1.", "a)", "2°"])
def test_signs_that_open_an_item(sheet: Callable[..., Sheet], sign: str) -> None:
    page = sheet().text(60, 90, "Sont éligibles :", f"{sign} les centres hospitaliers ;")
    assert [kind for kind, _ in kinds(read(page.save()).pages[0])] == [
        BlockKind.LIST_INTRO,
        BlockKind.LIST_ITEM,
    ]


def test_a_dash_inside_a_sentence_is_not_an_item(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(
        60,
        90,
        "Les établissements de la région ont tous reçu, au cours du dernier trimestre écoulé,",
        "- sauf exception dûment motivée par écrit - une notification officielle de la décision",
        "du comité.",
    )
    assert [kind for kind, _ in kinds(read(page.save()).pages[0])] == [BlockKind.PARAGRAPH]


def test_running_heads_and_page_numbers_are_furniture(sheet: Callable[..., Sheet]) -> None:
    document = sheet()
    for number in range(1, 5):
        document.text(60, 40, "SCHÉMA RÉGIONAL DE SANTÉ", size=8)
        document.text(60, 100, f"Fiche {number}", bold=True).text(60, 200 + number, *BODY)
        document.text(290, 815, str(number), size=8)
        if number < 4:
            document.next()
    for page in read(document.save()).pages:
        assert texts(page, BlockKind.HEADER) == ["SCHÉMA RÉGIONAL DE SANTÉ"]
        assert texts(page, BlockKind.FOOTER) == [str(page.number)]
        assert texts(page, BlockKind.HEADING) == [f"Fiche {page.number}"]


def test_titles_of_consecutive_slides_are_not_furniture(sheet: Callable[..., Sheet]) -> None:
    document = sheet(SLIDE)
    for number in range(1, 9):
        title = (
            "La genèse du programme" if number in (3, 4, 5) else f"Sujet {'abcdefgh'[number - 1]}"
        )
        document.text(60, 40, title, size=24, bold=True)
        document.text(60, 120, f"Contenu de la diapositive {number}", size=14)
        if number < 8:
            document.next()
    pages = read(document.save()).pages
    assert texts(pages[3], BlockKind.HEADING) == ["La genèse du programme"]


def test_a_lone_number_in_the_text_is_kept(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 90, *BODY).text(60, 815, "2030")
    assert "2030" in [
        block.text
        for block in read(page.save()).pages[0].blocks
        if block.kind is not BlockKind.FOOTER
    ]


def test_small_text_with_a_mark_at_the_foot_is_a_note(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 90, *BODY, *BODY, *BODY)
    page.text(60, 720, "1 Arrêté publié au Journal officiel le 28 septembre 2022.", size=7)
    assert len(texts(read(page.save()).pages[0], BlockKind.FOOTNOTE)) == 1


def test_declared_additions_are_marked(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 90, "En rouge les ajouts suite au comité")
    page.text(60, 130, *BODY).text(60, 190, "Un guichet est ouvert.", colour=(0.9, 0, 0))
    blocks = read(page.save()).pages[0].blocks
    assert [block.text for block in blocks if block.coloured] == ["Un guichet est ouvert."]


def test_colour_without_a_declaration_means_nothing(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 130, *BODY).text(60, 190, "Un guichet est ouvert.", colour=(0.9, 0, 0))
    assert not any(block.coloured for block in read(page.save()).pages[0].blocks)


def headings(page: Page) -> list[tuple[int, str]]:
    return [(b.level, b.text) for b in page.blocks if b.kind is BlockKind.HEADING]


def test_a_title_whose_last_line_is_not_bold_is_one_title(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(
        60, 90, "3.2.3. AXE 3 : AMELIORER L’ACCES A LA SANTE POUR LES PERSONNES ET LES",
        size=11, bold=True,
    )  # fmt: skip
    page.text(60, 105, "PROFESSIONNELS QUI LES ORIENTENT", size=9.5).text(60, 130, *BODY)
    (found,) = headings(read(page.save()).pages[0])
    assert found[1].endswith("ET LES PROFESSIONNELS QUI LES ORIENTENT")


def test_entries_of_a_table_of_contents_are_not_headings(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 80, "Sommaire", size=16, bold=True)
    titles = ("1. Préambule", "2. Objet", "3. Définitions", "4. Champ d’application")
    for row, title in enumerate(titles):
        page.text(
            60, 120 + 20 * row, f"{title} ................................ {row + 3}", bold=True
        )
    page.next().text(60, 80, "1. Préambule", size=14, bold=True).text(60, 110, *BODY, *BODY)
    contents, body = read(page.save()).pages
    assert [text for _, text in headings(contents)] == ["Sommaire"]
    assert [text for _, text in headings(body)] == ["1. Préambule"]


def test_labels_in_a_row_are_not_headings(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 60, *BODY)
    for column, label in enumerate(("Facteurs", "Mesures", "Références")):
        page.text(60 + 170 * column, 130, label, bold=True)
    page.text(60, 180, "Moyens", bold=True).text(60, 200, *BODY)
    assert [text for _, text in headings(read(page.save()).pages[0])] == ["Moyens"]


def test_boxes_of_a_diagram_are_not_headings(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 60, *BODY)
    for row, label in enumerate(("Prise en charge", "Chargement", "Transport", "Déchargement")):
        page.text(250, 130 + 40 * row, label, bold=True)
    page.text(60, 320, *BODY)
    assert headings(read(page.save()).pages[0]) == []


@pytest.mark.parametrize(
    "line",
    ["Rennes, le 12 mars 2020", "Février 2023", "https://esante.gouv.fr", "contact@ars.sante.fr"],
)
def test_dates_and_addresses_are_not_headings(sheet: Callable[..., Sheet], line: str) -> None:
    page = sheet().text(60, 60, *BODY).text(60, 120, line, bold=True).text(60, 150, *BODY)
    assert headings(read(page.save()).pages[0]) == []


def test_a_bold_sentence_that_introduces_a_list_is_not_a_heading(
    sheet: Callable[..., Sheet],
) -> None:
    page = sheet().text(60, 60, *BODY)
    page.text(60, 120, "Les documents suivants :", bold=True).text(
        70, 135, "• le budget ;", "• le calendrier."
    )
    page.text(60, 180, *BODY)
    assert headings(read(page.save()).pages[0]) == []


def test_a_bulleted_title_above_its_text_is_a_heading(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 60, *BODY)
    page.text(60, 120, "- Clés de jointure", size=13, bold=True).text(60, 140, *BODY)
    assert [text for _, text in headings(read(page.save()).pages[0])] == ["Clés de jointure"]


def test_a_dense_numbered_list_in_bold_stays_a_list(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 60, *BODY)
    page.text(60, 120, "1. La traçabilité", "2. Le contrôle", "3. La formation", bold=True)
    page.text(60, 200, *BODY)
    assert headings(read(page.save()).pages[0]) == []
    assert len(texts(read(page.path).pages[0], BlockKind.LIST_ITEM)) == 3


def test_the_title_of_a_slide_is_where_the_deck_puts_it(sheet: Callable[..., Sheet]) -> None:
    document = sheet(SLIDE)
    for number, title in enumerate(("Contexte", "Pilotes", "Planning", "Suites", "Contacts"), 1):
        document.text(250, 40, title, size=14)
        document.text(60, 90 + 10 * number, f"Phase {number} du programme", size=20, bold=True)
        document.text(60, 200, "Le contenu de la diapositive est en dessous.", size=12)
        document.next()
    pages = read(document.save()).pages
    assert [headings(page)[0][1] for page in pages[1:4]] == ["Pilotes", "Planning", "Suites"]


def test_the_outline_gives_the_levels(sheet: Callable[..., Sheet]) -> None:
    from pypdf import PdfWriter

    document = sheet()
    for row, title in enumerate(("Cadre", "Objet", "Portée", "Moyens", "Budget", "Équipe")):
        document.text(60, 60 + 90 * row, title, bold=True, size=12).text(60, 80 + 90 * row, *BODY)
    path = document.save()
    writer = PdfWriter(clone_from=path)
    for parent, children in (
        ("1. Cadre", ("Objet", "Portée")),
        ("2. Moyens", ("Budget", "Équipe")),
    ):
        above = writer.add_outline_item(title=parent, page_number=0)
        for child in children:
            writer.add_outline_item(title=child, page_number=0, parent=above)
    writer.write(path)
    assert headings(read(path).pages[0]) == [
        (1, "Cadre"), (2, "Objet"), (2, "Portée"), (1, "Moyens"), (2, "Budget"), (2, "Équipe"),
    ]  # fmt: skip


def test_exactly_the_coloured_words_are_additions(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 60, "En rouge les ajouts suite au comité").text(60, 90, *BODY)
    page.text(60, 130, "La région soutient").text(
        145, 130, "deux nouveaux projets", colour=(0.8, 0, 0)
    )
    page.text(250, 130, "de télésanté en 2026.").text(60, 170, *BODY)
    read_page = read(page.save()).pages[0]
    marked = [read_page.text[s.start : s.end] for b in read_page.blocks for s in b.coloured]
    assert marked == ["deux nouveaux projets"]


def test_an_addition_is_searchable_as_such() -> None:
    block = Block(BlockKind.PARAGRAPH, (Span(1, 0, 5),), "Texte", coloured=(Span(1, 0, 5),))
    assert "ajout" in index_text(block)
    assert "ajout" not in index_text(replace(block, coloured=()))
