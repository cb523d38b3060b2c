"""Things told apart by a number are not taken for one another."""

from __future__ import annotations

import pytest

from assistant.language.labels import is_title, labels_of, of_another, shared_label


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Que prévoit l’axe 4 du schéma ?", {("axe", "4")}),
        ("3.2.4 Axe 3 : améliorer l’accès", {("axe", "3")}),
        ("Date du COPIL n° 2", {("copil", "2")}),
        ("Dépôt avant le 31 juillet 2025, pendant 3 mois, à 14 h", set()),
        ("Une aide de 20 % pour environ 30 établissements", set()),
    ],
)
def test_a_label_is_a_noun_and_its_number(text, found):
    assert labels_of(text) == found


def test_another_number_of_the_same_thing():
    asked = labels_of("Quels sont les objectifs de l’axe 4 ?")
    assert of_another(asked, labels_of("Axe 3 : Objectif 4"))
    assert not of_another(asked, labels_of("Axe 4 : Objectif 3"))
    assert not of_another(asked, labels_of("Objectif 3"))


def test_what_items_call_themselves():
    assert shared_label(["3.2.2 Axe 1 : prévenir", "3.2.3 Axe 2 : former"]) == "axe"
    assert shared_label(["Axe 1 : prévenir", "Une mesure"]) is None


def test_a_title_says_only_what_it_numbers():
    assert is_title("Objectif 1 : une gouvernance claire")
    assert not is_title("Objectif 1 : former 300 soignants")
    assert not is_title("Les objectifs sont fixés")
