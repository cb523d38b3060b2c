"""Entries of a table of contents are told from sentences and figures."""

from __future__ import annotations

import pytest

from assistant.language.contents import entries


@pytest.mark.parametrize(
    "lines",
    [
        ["Sommaire", "1. Contexte ........ 3", "2. Objectifs . . . . . 5"],
        ["Annexe 2 : les seize indicateurs de la restauration", "collective……………12", "Fin....iv"],
    ],
)
def test_leaders_and_a_page_number_make_an_entry_and_their_company_belongs_with_them(lines):
    assert entries(lines) == set(range(len(lines)))


def test_without_leaders_the_title_and_rising_numbers_tell():
    lines = ["1. Préambule 6", "2. Objet 6", "3. Champ d’application", "4. Définitions 8"]
    assert entries(lines, "SOMMAIRE —") == set(range(4))
    assert not entries(lines, "Résultats par ville")
    assert not entries([*lines, "5. Annexes 2"], "Sommaire")


@pytest.mark.parametrize(
    "line",
    [
        "Besançon compte 12 projets… et Dijon 14",
        "Commentaires : ……………………",
        "L’enveloppe atteint 4 500",
        "",
    ],
)
def test_a_figure_a_form_or_an_ellipsis_is_no_entry(line):
    assert not entries([line, "Une phrase.", "Une autre phrase."])


def test_an_entry_among_sentences_is_alone():
    assert entries(["Une phrase.", "Objectif 1 ........ 57", "Une autre."]) == {1}
