"""What a question wants defined, and the sentences that define it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.generation.definition import defined, defines, unknown_meaning
from assistant.generation.question import understand
from tests.generation.library import PARAGRAPH, Library
from tests.generation.test_answer import ask, texts


@pytest.mark.parametrize(
    ("question", "words", "sigle"),
    [
        ("Qu’est-ce que le GCS ?", "gcs", "gcs"),
        ("C’est quoi la plateforme Synapse du GCS ?", "plateforme synapse", ""),
        ("QVCT, ça signifie quoi dans le communiqué ?", "qvct", "qvct"),
        ("Que veut dire le sigle G.C.S. ?", "g.c.s", "gcs"),
        ("Que signifie « relève » dans le tableau ?", "releve", "releve"),
        ("Qu’est-ce qu’un cas d’usage ?", "cas d'usage", ""),
        ("Le COSTRA, qu’est-ce que c’est ?", "costra", "costra"),
        ("GCS : définition", "gcs", "gcs"),
        ("cest koi le gcs et ca marche pour qui", "gcs", "gcs"),
    ],
)
def test_what_is_to_be_defined(question, words, sigle):
    wanted = defined(understand(question))
    assert wanted is not None
    assert (wanted.words, wanted.sigle) == (words, sigle)


@pytest.mark.parametrize(
    "text",
    [
        "Le GCS est un groupement qui mutualise les moyens.",
        "Un groupement de coopération sanitaire (GCS) réunit des établissements.",
        "GCS : groupement de coopération sanitaire.",
        "Le GCS, créé en 2010, est l’opérateur de la région.",
        "On appelle GCS un groupement sans capital.",
        "Le GCS vise à mutualiser les moyens.",
        "L’agence travaille avec le GCS régional qui est « l’opérateur préféré ».",
    ],
)
def test_a_sentence_that_defines(text):
    assert defines(understand("Qu’est-ce que le GCS ?"), text) >= 0.6


@pytest.mark.parametrize(
    "text",
    [
        "La certification du GCS (certification ISO 27001) est engagée.",
        "Le comité et le GCS se réunissent.",
        "Les projets du GCS avancent.",
        "L’hôpital est un membre du GCS.",
    ],
)
def test_a_sentence_that_only_mentions(text):
    assert defines(understand("Qu’est-ce que le GCS ?"), text) == 0.0


def test_what_it_is_comes_before_what_it_is_short_for():
    asked = understand("Qu’est-ce que le GCS ?")
    said = "Le GCS est un annuaire."
    spelt = "Développer le groupement de coopération sanitaire (GCS)."
    assert defines(asked, said) > defines(asked, spelt) > 0
    meant = understand("Que veut dire GCS ?")
    assert defines(meant, spelt) == 1.0


@given(st.text(max_size=120), st.text(max_size=200))
def test_any_text_is_judged(question, text):
    assert 0.0 <= defines(understand(f"Qu’est-ce que {question}"), text) <= 1.0


def test_the_glossary_speaks_when_no_extract_does():
    asked = understand("Que veut dire GCS ?")
    known = {"GCS": "groupement de coopération sanitaire"}
    said = unknown_meaning(asked, 0.0, known)
    assert said is not None
    assert "groupement de coopération sanitaire" in said
    assert unknown_meaning(asked, 1.0, known) is None
    assert unknown_meaning(asked, 0.0, {}) is None
    assert unknown_meaning(understand("Qui pilote le GCS ?"), 0.0, known) is None


def test_the_sentence_that_defines_comes_first():
    library = Library()
    guide = library.document("guide", "Guide des coopérations")
    library.write(
        guide,
        ("Coopérations",),
        (PARAGRAPH, "La démarche de certification du GCS (certification ISO 27001) avance."),
        (PARAGRAPH, "Les établissements du GCS partagent la maîtrise du GCS et ses processus."),
        (PARAGRAPH, "Le GCS est un groupement de moyens entre hôpitaux."),
    )
    found = texts(ask("Qu’est-ce que le GCS ?", library=library))
    assert found[0] == "Le GCS est un groupement de moyens entre hôpitaux."
