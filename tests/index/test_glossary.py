"""Sigles are learnt from the corpus itself."""

from __future__ import annotations

import pytest

from assistant.index.glossary import curated, merge, mine


@pytest.mark.parametrize(
    ("text", "sigle", "expansion"),
    [
        (
            "Déployer le Service d’Accès aux Soins (SAS) en région",
            "sas",
            "Service d’Accès aux Soins",
        ),
        (
            "les Contrats Pluriannuels d’Objectifs et de Moyens (CPOM) établis",
            "cpom",
            "Contrats Pluriannuels d’Objectifs et de Moyens",
        ),
        (
            "le Groupement Régional d’Appui au Développement de la e-Santé (GRADeS)",
            "grades",
            "Groupement Régional d’Appui au Développement de la e-Santé",
        ),
        (
            "DCC (dossier communiquant de cancérologie) 2.0",
            "dcc",
            "dossier communiquant de cancérologie",
        ),
        (
            "les CHU (centres hospitaliers universitaires)",
            "chu",
            "centres hospitaliers universitaires",
        ),
    ],
)
def test_a_definition_is_recognised(text, sigle, expansion):
    assert mine([text]) == {sigle: [expansion]}


@pytest.mark.parametrize(
    "text",
    [
        "le comité de validation (DGOS, ARS concernées, ANAP)",
        "une réunion (OK) hier",
        "une subvention régionale (ARS)",
        "Horaires : 9 h à 12 h",
    ],
)
def test_brackets_that_define_nothing_are_left_alone(text):
    assert mine([text]) == {}


def test_the_most_frequent_expansion_comes_first():
    texts = ["Aide à la prescription (AP)"] + ["Appel à projets (AP)"] * 2
    assert mine(texts)["ap"] == ["Appel à projets", "Aide à la prescription"]


def test_the_corpus_wins_over_the_curated_list():
    assert merge({"sas": ["service apres sinistre"]})["sas"] == ["service apres sinistre"]
    assert merge({})["ars"] == curated()["ars"]
