"""Objectives that stand pages apart are gathered in one passage, each with its own page."""

from __future__ import annotations

from dataclasses import replace

from assistant.ingestion.series import series_passages
from assistant.model import Block, BlockKind, Passage, Span


def passage(position, page, *lines, section=("E-santé", "Axe 4")):
    blocks = tuple(
        Block(
            BlockKind.HEADING if line.startswith(("Objectif", "3.")) else BlockKind.PARAGRAPH,
            (Span(page, 100 * at, 100 * at + len(line)),),
            line,
        )
        for at, line in enumerate(lines)
    )
    return Passage(f"p{position}", "doc", position, (*section, lines[0]), blocks)


def texts(found):
    return [[block.text for block in item.blocks] for item in found]


def test_the_objectives_of_an_axis_make_one_list_over_pages():
    passages = [
        passage(0, 30, "Objectif 1 : Déployer une stratégie", "La stratégie repose sur…"),
        passage(1, 33, "Objectif 2 : Appuyer la cybersécurité", "Les attaques…"),
        passage(2, 34, "Objectif 3 : Assurer la souveraineté", "L’hébergement…"),
    ]

    [series] = series_passages(passages)

    assert texts([series]) == [
        [
            "Objectif 1 : Déployer une stratégie",
            "Objectif 2 : Appuyer la cybersécurité",
            "Objectif 3 : Assurer la souveraineté",
        ]
    ]
    assert series.pages == (30, 33, 34)
    assert series.section == ("E-santé", "Axe 4")
    assert {block.kind for block in series.blocks} == {BlockKind.LIST_ITEM}


def test_numbering_that_starts_again_starts_another_series():
    passages = [
        passage(at, at + 1, f"Objectif {number} : {name}")
        for at, (number, name) in enumerate(
            [(1, "agir tôt"), (2, "bien soigner"), (3, "coordonner"), (1, "un"), (2, "deux")]
        )
    ]
    assert texts(series_passages(passages)) == [
        ["Objectif 1 : agir tôt", "Objectif 2 : bien soigner", "Objectif 3 : coordonner"]
    ]


def test_levels_are_counted_apart():
    passages = [
        passage(0, 1, "3.2.1. AXE 1 : Prévenir"),
        passage(1, 2, "Objectif 1 : agir tôt"),
        passage(2, 3, "Objectif 2 : bien soigner"),
        passage(3, 4, "3.2.2. AXE 2 : Soigner"),
        passage(4, 5, "3.2.3. AXE 3 : Évaluer"),
    ]
    assert texts(series_passages(passages)) == [
        ["3.2.1. AXE 1 : Prévenir", "3.2.2. AXE 2 : Soigner", "3.2.3. AXE 3 : Évaluer"]
    ]


def test_a_list_already_in_one_passage_is_not_repeated():
    one = passage(
        0, 1, "Objectif 1 : agir tôt", "Objectif 2 : bien soigner", "Objectif 3 : coordonner"
    )
    assert series_passages([one]) == []
    assert series_passages([]) == []


def test_bare_numbers_say_nothing():
    passages = [passage(at, at + 1, f"AXE {at + 1} :") for at in range(5)]
    assert series_passages(passages) == []


def test_entries_of_a_table_of_contents_make_no_series():
    passages = [
        passage(at, 2, f"Objectif {at} : agir . . . . . 5{at}", section=("Sommaire",))
        for at in range(1, 5)
    ]
    assert not series_passages(passages)


def test_the_section_of_a_series_ends_above_its_items():
    passages = [
        replace(
            passage(at, at, f"3.2.{at} Axe {at} : agir", f"Objectif 1 : le {at}"),
            section=("E-santé", f"3.2.{at} Axe {at} : agir", f"Objectif 1 : le {at}"),
        )
        for at in range(1, 4)
    ]
    [series] = series_passages(passages)
    assert series.section == ("E-santé",)
