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


def test_both_fields_share_one_vocabulary_whose_frequencies_are_looked_up():
    index = LexicalIndex.build([["soin", "axe"], ["soin"], []], [["titr"], ["titr"], ["axe"]])
    vocabulary = index.vocabulary()
    assert dict(vocabulary) == {"soin": 2, "axe": 1, "titr": 2}
    assert len(vocabulary) == 3
    assert "titr" in vocabulary
    assert "\u0000" not in vocabulary
    assert vocabulary.get("inconnu", 0) == vocabulary.get("\u0000", 0) == 0


def test_scores_are_those_of_bm25s():
    import bm25s

    texts = [analyse(text) for text in TEXTS]
    index = LexicalIndex.build(iter(texts), iter([[], [], []]))
    plain = bm25s.BM25(k1=1.2, b=0.6)
    plain.index(texts, show_progress=False)
    for term in {term for text in texts for term in text}:
        assert np.array_equal(index.scores({term: 1.0}), plain.get_scores([term]))


def test_an_index_of_the_former_format_opens(tmp_path):
    import bm25s

    texts = {"body": [["soin", "axe"], ["soin"]], "context": [["axe"], ["titr"]]}
    for name, terms in texts.items():
        plain = bm25s.BM25(k1=1.2, b=0.6 if name == "body" else 0.3)
        plain.index(terms, show_progress=False)
        plain.save(tmp_path / f"lexical-{name}", show_progress=False)
    old = LexicalIndex.load_bm25s(tmp_path, 2)
    new = LexicalIndex.build(texts["body"], texts["context"])
    assert old.vocabulary() == new.vocabulary()
    for field in texts:
        for term in ("soin", "axe", "titr", ""):
            assert np.array_equal(old.scores({term: 1.0}, field), new.scores({term: 1.0}, field))
