"""Which role each run of text gets: headings, lists, notes, furniture."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.model import BlockKind
from tests.ingestion.conftest import BODY, SLIDE, Sheet, kinds, read, texts


def test_a_wrapped_paragraph_is_one_block(sheet: Callable[..., Sheet]) -> None:
    page = read(sheet().text(60, 100, *BODY).save()).pages[0]
    assert kinds(page) == [(BlockKind.PARAGRAPH, " ".join(BODY))]


def test_a_line_that_had_room_above_starts_a_paragraph(sheet: Callable[..., Sheet]) -> None:
    page = read(sheet().text(60, 100, *BODY, "Fin.", "Autre idée.").save()).pages[0]
    assert texts(page, BlockKind.PARAGRAPH)[-1] == "Autre idée."


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
