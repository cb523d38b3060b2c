"""A mistyped question is searched as it was meant, and a right one is never touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.lexical import LexicalIndex
from assistant.language.analyser import analyse, stem
from assistant.language.forms import WordForms, count_words, french, letters
from assistant.retrieval.mending import Mender
from assistant.retrieval.spelling import Speller, sound
from eval.perturbations import one_typo, upper_case_without_accents, without_accents

TEXTS = [
    "Le financement de l’hôpital public et des établissements de santé.",
    "La télémédecine et l’accès aux soins des personnes âgées à Besançon.",
    "Les communautés professionnelles (CPTS) et le GRADeS portent la e-santé.",
    "L’IA aide les agents ; un document médico-social décrit chaque étape du projet.",
]


def lexical(texts=TEXTS, forms=True):
    terms = [analyse(text) for text in texts]
    words = WordForms.of(count_words(texts)) if forms else None
    return LexicalIndex.build(terms, [[] for _ in texts], words)


@pytest.fixture(scope="module")
def mender():
    return Mender(lexical(), {"cpts", "grades"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("le finnancement", "le financement"),  # doubled
        ("le finacement", "le financement"),  # forgotten
        ("les étalbissements", "les établissements"),  # swapped
        ("la télémédevine", "la télémédecine"),  # a key beside
        ("la telemedesine", "la télémédecine"),  # by ear
        ("lhopital public", "l’hôpital public"),
        ("cas d usage", "cas d’usage"),
        ("accèsaux soins", "accès aux soins"),
        ("projet dIA", "projet d’IA"),
        ("que faitelle", "que fait-elle"),
        ("rôle des CTPS", "rôle des CPTS"),
        ("rôle du GARDES", "rôle du GRADeS"),
        ("un parcours médicosocail", "un parcours médico-social"),
    ],
)
def test_errors_are_mended(mender, typed, meant):
    assert mender.mend(typed).text == meant


@pytest.mark.parametrize(
    "question",
    [
        "Combien peut-on rembourser ?",  # « rembourser » is French, though nobody wrote it here
        "Quelle enveloppe, quel argent ?",
        "Que dit Argentan de la santé ?",  # a name that the corpus lacks
        "objectif IMP_1 et S3.0",
        "hépatite c et d",
        "les axes D et E",
        "",
    ],
)
def test_what_is_right_is_left_alone(mender, question):
    mended = mender.mend(question)
    assert (mended.text, mended.dense, mended.corrections) == (question, question, {})


def test_corrections_name_the_terms_searched(mender):
    assert mender.mend("montant du finnancement").corrections == {
        analyse("finnancement")[0]: analyse("financement")[0]
    }
    assert mender.mend("montant du financement").corrections == {}


def test_what_is_embedded_has_its_accents_and_its_case_back(mender):
    mended = mender.mend("acces aux soins a besancon")
    assert mended.dense == "accès aux soins a Besançon".replace("Besançon", "besançon")
    assert mended.text == "acces aux soins a besancon"
    shouted = mender.mend("L’ACCES AUX SOINS ET LE ROLE DU GRADES A BESANCON")
    assert shouted.dense.startswith("l’accès aux soins et le rôle du GRADeS")
    assert shouted.dense.endswith("Besançon")


def test_another_inflection_is_searched_when_the_corpus_has_only_that_one():
    texts = ["Où stocker des données, financé par les agences", "un infirmier"]
    mended = Mender(lexical(texts), ()).mend("données stockées, infirmières qui financent")
    assert {stem("stocker"), stem("infirmier"), stem("financé")} <= set(analyse(mended.text))
    assert mended.dense == "données stockées, infirmières qui financent"
    assert mended.corrections == {}


def test_the_other_words_choose_between_candidates():
    texts = ["Le plan de formation des agents.", "La fortification du château fort."] * 3
    mender = Mender(lexical([*texts, "la formation", "la formation"]), (), lambda: WordForms(b""))
    assert mender.mend("formztion des agents").text == "formation des agents"
    mender = Mender(
        lexical(["un poison mortel", "une boisson chaude", "la pêche au poisson"]),
        (),
        lambda: WordForms(b""),
    )
    assert mender.mend("pêche au poidson").text == "pêche au poisson"


def test_an_index_without_spellings_still_mends():
    mended = Mender(lexical(forms=False), ()).mend("le projeet des agentts")
    assert set(mended.corrections.values()) == {"projet", "agent"}


def test_without_a_french_list_the_corpus_alone_decides(mender):
    alone = Mender(lexical(), (), lambda: WordForms(b""))
    assert alone.mend("le finnancement").text == "le financement"


@given(st.sampled_from(TEXTS), st.integers(0, 10**6))
def test_one_typing_error_costs_few_terms(text, seed):
    mender = Mender(lexical(), {"cpts", "grades"})
    wrong = one_typo(text, seed)
    lost = set(analyse(text)) - set(analyse(mender.mend(wrong).text))
    assert len(lost) <= 2


@given(st.sampled_from(TEXTS))
def test_accents_and_capitals_change_nothing_that_is_searched(text):
    mender = Mender(lexical(), {"cpts", "grades"})
    for typed in (without_accents(text), upper_case_without_accents(text)):
        assert set(analyse(mender.mend(typed).text)) == set(analyse(typed))


@given(st.text(max_size=60))
def test_any_text_is_mended_without_failing(text):
    mended = MENDER.mend(text)
    assert isinstance(mended.dense, str)
    assert not set(mended.corrections) & set(mended.corrections.values())


MENDER = Mender(lexical(), {"cpts", "grades"})


def test_words_are_found_by_their_letters():
    forms = WordForms.of({"santé": 5, "Santé": 2, "médico-social": 1, "œuvre": 1, "x": 9})
    assert len(forms) == 3
    assert forms.spellings("sante") == {"santé": 5, "Santé": 2}
    assert forms.count("sante") == 7
    assert "medicosocial" in forms
    assert letters("Œuvre") in forms
    assert "absent" not in forms
    assert WordForms(forms.dump()).spellings("sante") == forms.spellings("sante")
    assert [forms.key(row) for row in range(3)] == ["medicosocial", "oeuvre", "sante"]
    assert forms.lengths.tolist() == [12, 6, 5]


@given(st.lists(st.text("abcdé", min_size=2, max_size=8), max_size=12))
def test_every_word_is_found_among_others(some_words):
    forms = WordForms.of(dict.fromkeys(some_words, 1))
    assert all(letters(word) in forms for word in some_words)
    for row in range(len(forms)):
        key = forms.key(row)
        assert forms.lengths[row] == len(key)
        assert int(forms.alphabets[row]) == sum(1 << (ord(c) - 97) for c in set(key))


def test_a_compound_counts_whole_and_in_parts():
    assert count_words(["médico-social"]) == {"médico-social": 1, "médico": 1, "social": 1}


@pytest.mark.parametrize(
    ("one", "other"),
    [("pharmacien", "farmassien"), ("financement", "finencemen"), ("accès", "akse")],
)
def test_spellings_by_ear_meet(one, other):
    assert sound(letters(one)) == sound(letters(other))


def test_the_nearest_error_wins():
    speller = Speller(WordForms.of({"santé": 3, "sangle": 3}), french)
    assert speller.closest("satne", lambda _: 0.0) == "sante"
    assert speller.closest("zzzzzz", lambda _: 0.0) is None
