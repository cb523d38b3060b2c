"""The kind of thing a question asks for, recognised in a text."""

from __future__ import annotations

import pytest

from assistant.generation.question import understand
from assistant.generation.wanted import find_frequencies, holds, lasts


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        (
            "À quelle fréquence le comité se réunit-il ?",
            "Le comité se réunit une fois par trimestre.",
            "Le comité réunit douze membres.",
        ),
        ("Où se tient le congrès ?", "Le congrès a lieu à Dijon.", "Le congrès dure deux jours."),
        (
            "Qui peut candidater ?",
            "L’appel est ouvert aux établissements publics.",
            "L’appel est doté de deux millions.",
        ),
        (
            "Qui peut candidater ?",
            "Les services de soins déposent leur projet avec leur direction.",
            "Le financeur repère des candidats volontaires.",
        ),
        (
            "Qui préside le comité ?",
            "Le comité est présidé par l’ARS.",
            "Le comité et l’ARS se réunissent.",
        ),
        (
            "Pourquoi l’appel est-il lancé ?",
            "L’appel vise à soutenir les hôpitaux.",
            "L’appel compte deux volets.",
        ),
        (
            "Qui est la directrice de l’agence ?",
            "L’agence est dirigée par Claire Martin.",
            "L’Agence régionale de santé publie un appel.",
        ),
        (
            "Qui pilote le comité ?",
            "Le comité est piloté par la DGOS.",
            "La DGOS publie un appel.",
        ),
    ],
)
def test_the_text_that_holds_it(question, right, wrong):
    asked = understand(question)
    assert holds(asked, right) == 1.0
    assert holds(asked, wrong) < holds(asked, right)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Un comité trimestriel", "4 par an"),
        ("Il se réunit chaque trimestre", "4 par an"),
        ("quatre fois par an", "4 par an"),
        ("tous les trois mois", "4 par an"),
        ("deux fois par an", "2 par an"),
        ("une réunion hebdomadaire", "52 par an"),
        ("une fois par mois", "12 par an"),
    ],
)
def test_rhythms_have_one_value(text, value):
    assert [found.value for found in find_frequencies(text)] == [value]
    assert holds(understand("À quelle fréquence se réunit le comité ?"), text) >= 0.9


def test_a_rhythm_is_not_a_length():
    assert lasts("Une expérimentation de 18 mois")
    assert lasts("Impact RH (10')")
    assert not lasts("Un bilan annuel")
