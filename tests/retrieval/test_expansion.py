"""A sigle and its words are two ways of saying one thing, and ordinary words stay ordinary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.lexical import LexicalIndex
from assistant.index.own_sigles import OwnSigles
from assistant.language.analyser import analyse
from assistant.retrieval.expansion import Expander
from assistant.retrieval.query import QueryParser

GLOSSARY = {
    "sas": ["service d’accès aux soins"],
    "ght": ["groupement hospitalier de territoire"],
    "cpts": ["communauté professionnelle territoriale de santé"],
    "ars": ["agence régionale de santé"],
    "etp": ["éducation thérapeutique du patient", "équivalent temps plein"],
    "ia": ["intelligence artificielle"],
    "pgssi-s": ["politique générale de sécurité des systèmes d’information de santé"],
    "si": ["système d’information"],
    "sih": ["système d’information hospitalier"],
    "mes": ["mon espace santé"],
    "cap": ["comité d’appui et de pilotage"],
    "grades": ["groupement régional d’appui au développement de la e-santé"],
    "avec": ["apprendre vérifier estimer communiquer"],
}
FREQUENCIES = {"ia": 60, "sas": 5, "ght": 4, "servic": 40, "acce": 20, "soin": 50, "ar": 12}


@pytest.fixture
def expander():
    return Expander(GLOSSARY, FREQUENCIES, 200)


def shown(expander, question):
    return expander.expand(question).shown


@pytest.mark.parametrize(
    ("question", "typed", "said"),
    [
        ("Quel est le rôle du SAS ?", "SAS", "service d’accès aux soins"),
        ("Quels GHTs participent ?", "GHTs", "groupement hospitalier de territoire"),
        ("quels ght participent", "ght", "groupement hospitalier de territoire"),
        ("les cpts du jura", "cpts", "communauté professionnelle territoriale de santé"),
        ("Que fait l’ARS ?", "ARS", "agence régionale de santé"),
        ("que fait l'ars", "ars", "agence régionale de santé"),
        ("le S.A.S. de la région", "S.A.S.", "service d’accès aux soins"),
        ("La SI est ancienne", "SI", "système d’information"),
        (
            "la pgssi-s s’applique-t-elle",
            "pgssi-s",
            "politique générale de sécurité des systèmes d’information de santé",
        ),
        ("Le CAP se réunit", "CAP", "comité d’appui et de pilotage"),
        ("la lettre A.V.E.C. du guide", "A.V.E.C.", "apprendre vérifier estimer communiquer"),
    ],
)
def test_a_sigle_brings_its_words(expander, question, typed, said):
    found = expander.expand(question)
    assert found.shown == {typed: said}
    assert set(analyse(said)) <= found.weights.keys()


@pytest.mark.parametrize(
    "question",
    [
        "le sas d’entrée du bâtiment",
        "si mes soins sont remboursés",
        "le cap est fixé avec les équipes",
        "Cap sur la prévention",
        "Si la région finance",
        "Avec quels partenaires ?",
        "QUEL EST LE CAP DE LA REGION AVEC MES PARTENAIRES",
    ],
)
def test_ordinary_words_are_no_sigles(expander, question):
    assert shown(expander, question) == {}


@pytest.mark.parametrize(
    ("question", "typed", "sigle"),
    [
        ("le service d’accès aux soins", "service d’accès aux soins", "SAS"),
        ("les Services d'acces aux soins", "Services d'acces aux soins", "SAS"),
        (
            "les communautés professionnelles territoriales de santé",
            "communautés professionnelles territoriales de santé",
            "CPTS",
        ),
        (
            "une communauté professionnelle de santé",
            "communauté professionnelle de santé",
            "CPTS",
        ),
        ("un système d’information hospitalier", "système d’information hospitalier", "SIH"),
        (
            "le groupement régional d’appui au développement de l’e-santé",
            "groupement régional d’appui au développement de l’e-santé",
            "GRADeS",
        ),
    ],
)
def test_a_spelt_out_name_brings_its_sigle(expander, question, typed, sigle):
    assert shown(expander, question) == {typed: sigle}


@pytest.mark.parametrize(
    "question", ["l’accès aux soins", "une agence de santé", "un groupement d’achats régional"]
)
def test_a_piece_of_a_name_is_not_the_name(expander, question):
    assert shown(expander, question) == {}


def test_the_sigle_of_a_name_is_searched_under_the_term_it_is_indexed_under(expander):
    found = expander.expand("les communautés professionnelles territoriales de santé")
    assert analyse("les CPTS du Jura")[0] in found.weights


def test_a_name_weighs_no_more_than_its_sigle(expander):
    found = expander.expand("Où en est le service d’accès aux soins ?")
    assert set(found.importance) == set(analyse("service accès soins"))
    assert all(0 < weight < 1 for weight in found.importance.values())
    # Said for itself too, a word keeps its own weight.
    found = expander.expand("Quels soins coordonne le service d’accès aux soins ?")
    assert "soin" not in found.importance


def test_either_form_covers_the_other(expander):
    sigle = expander.expand("le rôle du SAS").aliases
    words = frozenset(analyse("service d’accès aux soins"))
    assert words in sigle["sas"]
    name = expander.expand("le rôle du service d’accès aux soins").aliases
    assert all(frozenset({"sas"}) in name[term] for term in words)


def test_the_sense_that_fits_the_question_is_chosen(expander):
    fits = shown(expander, "Combien d’ETP à temps plein pour l’équipe ?")
    assert fits == {"ETP": "équivalent temps plein"}
    assert shown(expander, "L’ETP du patient diabétique") == {
        "ETP": "éducation thérapeutique du patient"
    }


def test_an_ambiguous_sigle_brings_all_its_senses_each_with_less_weight(expander):
    found = expander.expand("Que prévoit la région sur l’ETP ?")
    assert found.shown == {"ETP": "éducation thérapeutique du patient ou équivalent temps plein"}
    alone = Expander({"etp": ["équivalent temps plein"]}, FREQUENCIES, 200)
    plein = analyse("plein")[0]
    assert found.weights[plein] < alone.expand("Que prévoit la région sur l’ETP ?").weights[plein]
    assert found.spelled == []  # the meaning of the question must not lean to one side


def test_a_sigle_of_one_passage_in_three_is_not_expanded(expander):
    assert shown(expander, "Quels projets d’IA ?") == {}
    assert shown(Expander(GLOSSARY, {"ia": 3}, 8), "Quels projets d’IA ?")


def test_several_sigles_are_expanded_together(expander):
    assert set(shown(expander, "Le SAS, la CPTS et le GHT travaillent-ils avec l’ARS ?")) == {
        "SAS",
        "CPTS",
        "GHT",
        "ARS",
    }


SIGLES = st.sampled_from(sorted(GLOSSARY))


@given(st.text(max_size=120))
def test_any_question_is_expanded_without_harm(question):
    found = Expander(GLOSSARY, FREQUENCIES, 200).expand(question)
    assert all(typed in question for typed in found.shown)
    assert all(0 < weight <= 1 for weight in found.weights.values())
    assert all(0 < weight < 1 for weight in found.importance.values())


@given(st.lists(SIGLES, min_size=1, max_size=4, unique=True))
def test_capitals_between_small_words_are_always_sigles(sigles):
    question = "alors " + " puis ".join(sigle.upper() for sigle in sigles)
    expected = {sigle.upper() for sigle in sigles if sigle != "ia"}
    assert set(shown(Expander(GLOSSARY, FREQUENCIES, 200), question)) == expected


@pytest.fixture
def lexical():
    texts = ["Le service d’accès aux soins répond.", "Le SAS répond.", "Un sas d’entrée sécurisé."]
    return LexicalIndex.build([analyse(text) for text in texts], [[] for _ in texts])


def test_a_mistyped_name_is_mended_then_brings_its_sigle(lexical):
    query = QueryParser(lexical, GLOSSARY, 3).parse("le servise d’accès aux soins")
    assert list(query.expansions.values()) == ["SAS"]


def test_a_decision_serves_the_next_question_of_a_running_server(tmp_path, lexical):
    parser = QueryParser(lexical, GLOSSARY, 3)
    parser.follow(OwnSigles(tmp_path))
    question = "Quel est le rôle du SAS et du GRADeS ?"
    assert parser.parse(question).expansions["SAS"] == "service d’accès aux soins"
    OwnSigles(tmp_path).put("SAS", ["sas d’entrée sécurisé"])
    OwnSigles(tmp_path).withdraw("GRADeS")
    assert parser.parse(question).expansions == {"SAS": "sas d’entrée sécurisé"}
    assert parser.parse("un sas d’entrée sécurisé").expansions
    OwnSigles(tmp_path).forget("SAS")
    assert parser.parse(question).expansions == {"SAS": "service d’accès aux soins"}
