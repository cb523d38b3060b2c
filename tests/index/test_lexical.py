"""French BM25: the words of a professional, however they are typed."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.index.lexical import LexicalIndex
from assistant.language.analyser import analyse

TEXTS = [
    "Le montant du financement pourra aller jusqu'à 20 000 euros par projet.",
    "La date limite de soumission est fixée au 31 juillet 2025.",
    "Les établissements de santé déploient la télémédecine.",
]


@pytest.fixture
def index():
    contexts = ["Appel à manifestation d'intérêt", "Calendrier", "Accès aux soins"]
    return LexicalIndex.build([analyse(t) for t in TEXTS], [analyse(t) for t in contexts])


def best(index, question, field="body"):
    return int(np.argmax(index.scores(dict.fromkeys(analyse(question), 1.0), field)))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("MONTANT DES FINANCEMENTS", 0),
        ("combien d'euros par projet ?", 0),
        ("date limite 31/07/2025", 1),
        ("etablissement deployant la telemedecine", 2),
    ],
)
def test_accents_case_plural_and_dates_do_not_matter(index, question, expected):
    assert best(index, question) == expected


def test_title_and_section_are_a_field_of_their_own(index):
    assert best(index, "calendrier", "context") == 1
    assert not index.scores({"calendri": 1.0}, "body").any()


def test_rare_terms_weigh_more_and_unknown_terms_nothing(index):
    assert index.idf("inconnu") > index.idf(analyse("financement")[0])
    assert not index.scores({"inconnu": 1.0}).any()


def test_it_opens_as_it_was_saved(index, tmp_path):
    index.save(tmp_path)
    opened = LexicalIndex.load(tmp_path, len(TEXTS))
    terms = dict.fromkeys(analyse("montant du financement"), 1.0)
    assert np.allclose(opened.scores(terms), index.scores(terms))
    assert opened.vocabulary() == index.vocabulary()


def test_a_corpus_without_any_word_is_searchable_and_empty():
    index = LexicalIndex.build([[], []], [[], []])
    assert index.scores({"sante": 1.0}).tolist() == [0.0, 0.0]
    assert index.vocabulary() == {}
