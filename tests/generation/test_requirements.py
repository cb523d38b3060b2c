"""A near miss is a true sentence about something else: what an answer must hold, by sense."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.generation.demands import demand_of
from assistant.generation.extractive import select
from assistant.generation.question import asked_part, understand
from assistant.generation.requirements import best_met
from assistant.generation.scoring import vocabulary
from assistant.language.analyser import stem
from tests.generation.library import PARAGRAPH, Library


def met(question, *paragraphs, title="Rapport d’activité"):
    library = Library()
    document = library.document("d", title)
    for paragraph in paragraphs:
        library.write(document, (), (PARAGRAPH, paragraph))
    asked = understand(question)
    hits = library.search(question)
    terms = vocabulary(asked, library.idf)
    chosen = select(asked, hits, get_page=library.get_page, terms=terms).chosen
    return best_met(asked, [scored for scored, _ in chosen], hits, terms)


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("Combien de lits compte le CHU de Valmont ?", ["lits"]),
        ("Quel est le nombre de lits de réanimation ?", ["lits"]),
        ("Quel est le taux d’occupation des EHPAD ?", ["occupation"]),
        ("Qui est le directeur général de l’agence ?", ["directeur", "général"]),
        ("Quelle société a conçu la plateforme ?", ["société"]),
        ("Quel est le montant de l’appel ?", ["appel"]),
        ("À quelle heure commence la réunion ?", []),
        ("Quand l’appel a-t-il été publié ?", []),
    ],
)
def test_the_thing_asked_for_is_told_from_the_kind_of_value(question, thing):
    assert demand_of(understand(question)).thing == tuple(stem(word) for word in thing)


def test_what_is_said_to_happen_which_one_and_of_whom_are_demanded():
    demand = demand_of(understand("En quelle année le guide de Valmont a-t-il été abrogé ?"))
    assert demand.action == stem("abrogé")
    assert demand.names == (frozenset({stem("Valmont")}),)
    demand = demand_of(understand("Quel est le dixième axe du schéma 2028 ?"))
    assert demand.marks == (frozenset({"2028"}),)
    assert any("10" in rank for rank in demand.ranks)
    demand = demand_of(understand("Quel est le montant de l’AMI IA et imagerie médicale ?"))
    assert stem("imagerie") in demand.subject


@pytest.mark.parametrize(
    ("question", "acted_on"),
    [
        ("Qui pilote le programme régional d’IA ?", "programme"),
        ("Qui anime les groupes de travail ?", "groupes"),
        ("Qui garde la main sur le triage ?", None),  # the noun belongs to the verb
        ("Qui dirige l’ARS ?", None),  # a name, demanded as such
        ("Qui est le directeur du programme ?", None),
    ],
)
def test_what_somebody_is_asked_to_act_on_is_demanded(question, acted_on):
    assert demand_of(understand(question)).acted_on == (stem(acted_on) if acted_on else None)


def test_whoever_leads_an_action_is_responsible_for_it():
    found = met("Qui est responsable de l’action A2 ?", "Pilote de l’action A2 : Inès Caron.")
    assert (found["void"], found["value"]) == (0, 1)


def test_who_leads_another_thing_is_no_answer():
    rows = (
        "Inès Caron pilote la charte régionale de l’IA.",
        "Inès Caron pilote le programme régional de l’IA.",
    )
    question = "Qui pilote le programme régional de l’IA ?"
    other, right = (met(question, row)["together"] for row in rows)
    assert other == 0 < right


@pytest.mark.parametrize(
    ("question", "answer", "other", "name"),
    [
        (
            "Combien de lits compte l’hôpital de Valmont ?",
            "L’hôpital de Valmont compte 120 lits.",
            "L’hôpital de Valmont emploie 900 agents.",
            "value",
        ),
        (
            "Quel est le taux de vaccination à Valmont ?",
            "À Valmont, le taux de vaccination atteint 62 %.",
            "Le taux de vaccination est suivi à Valmont.",
            "value",
        ),
        (
            "Quel est le prix de la licence Orion ?",
            "Le prix de la licence Orion est de 300 euros par an.",
            "La licence Orion reçoit une subvention de 300 euros.",
            "value",
        ),
        (
            "Qui est le directeur général de l’hôpital de Valmont ?",
            "M. Jean Morel est directeur général de l’hôpital de Valmont.",
            "M. Jean Morel est directeur des soins de l’hôpital de Valmont.",
            "value",
        ),
        (
            "Combien de projets ont été retenus en Bretagne ?",
            "En Bretagne, 12 projets ont été retenus.",
            "En Corse, 12 projets ont été retenus.",
            "names",
        ),
        (
            "Combien de projets ont été retenus en 2021 ?",
            "En 2021, 12 projets ont été retenus.",
            "En 2024, 12 projets ont été retenus.",
            "marks",
        ),
        (
            "Quelle est la date du comité n° 4 ?",
            "Le comité n° 4 se tient le 3 mai 2031.",
            "Le comité n° 2 se tient le 3 mai 2031.",
            "marks",
        ),
        (
            "Pourquoi le comité a-t-il supprimé l’objectif prévention ?",
            "Le comité a supprimé l’objectif prévention, faute de moyens.",
            "Le comité a confirmé l’objectif prévention, afin de tenir le cap.",
            "together",
        ),
        (
            "Quelle est la superficie du bâtiment Orion ?",
            "Le bâtiment Orion a une superficie de 900 mètres carrés.",
            "Le bâtiment Orion accueille 900 patients par an.",
            "together",
        ),
    ],
)
def test_a_sentence_about_another_thing_meets_less_than_the_answer(question, answer, other, name):
    right, wrong = met(question, answer), met(question, other)
    assert right[name] >= 0.8
    assert wrong[name] <= 0.5 * right[name]


def test_another_way_of_saying_it_still_meets_the_question():
    found = met(
        "Pourquoi le dossier de Valmont a-t-il été rejeté ?",
        "Le dossier de Valmont n’a pas été retenu, car le budget manquait.",
    )
    assert found["together"] > 0.7
    found = met("Qui dirige l’agence ?", "Mme Anne Morel, directrice de l’agence, ouvre la séance.")
    assert found["value"] == 1.0


def test_an_extract_that_says_it_is_unknown_is_no_answer():
    question = "Quel est le plafond par projet de l’appel Orion ?"
    assert met(question, "Appel Orion : plafond par projet à confirmer.")["unsaid"] == 1.0
    assert met(question, "Appel Orion : plafond de 3 000 € par projet.")["unsaid"] == 0.0


def test_the_region_that_every_document_speaks_of_need_not_be_said_again():
    question = "Combien d’ambassadeurs compte la région Valdorge ?"
    answer = "L’agence s’appuie sur 160 ambassadeurs bénévoles."
    alone = met(question, answer, "Les lits ferment la nuit.")
    told = met(question, answer, "La région Valdorge publie son schéma de santé en Valdorge.")
    assert alone["names"] < 0.3 < told["names"]


WORDS = """
    Quel Combien de lits la date du CHU Valmont a-t-il 2024 n° 4 ? « été » l’AMI %
"""
SAID = st.lists(st.sampled_from(sorted(WORDS.split())), min_size=1, max_size=14).map(" ".join)


def test_each_side_of_a_comparison_stands_in_an_extract_of_its_own():
    found = met(
        "Comparer le guichet Horizon et le guichet Boréal",
        "Le guichet Horizon prête 3 000 euros.",
        "Le guichet Boréal prête 5 000 euros.",
    )
    assert found["names"] == 1.0
    assert found["together"] == 1.0


@settings(max_examples=60, deadline=None)
@given(SAID, SAID)
def test_whatever_is_asked_every_measure_stays_between_0_and_1(question, text):
    asked = understand(question)
    if not asked.terms or not any(char.isalnum() for char in text):
        return
    library = Library()
    library.write(library.document("d", "Titre"), (), (PARAGRAPH, f"Valmont. {text}"))
    hits = library.search(question) or library.search("Valmont")
    terms = vocabulary(asked, library.idf)
    chosen = select(asked, hits, get_page=library.get_page, terms=terms).chosen
    if chosen:
        found = best_met(asked, [scored for scored, _ in chosen], hits, terms)
        assert all(0.0 <= value <= 1.0 for value in found.values())


@pytest.mark.parametrize(
    ("question", "courtesy"),
    [
        ("quelle est la date limite ?", "Bonjour, notre DRH souhaite savoir "),
        ("quand commence l’appel ?", "Pourriez-vous, s’il vous plaît, me dire "),
        ("la date limite de l’appel", "Merci de m’indiquer "),
    ],
)
def test_who_asks_and_how_politely_demands_nothing(question, courtesy):
    assert understand(courtesy + question).terms == understand(question).terms
    assert demand_of(understand(courtesy + question)) == demand_of(understand(question))


@pytest.mark.parametrize(
    "question",
    [
        "L’appel demande-t-il un budget ?",
        "Les établissements peuvent-ils demander à connaître le jury ?",
        "Merci",
    ],
)
def test_what_only_looks_like_a_courtesy_is_kept(question):
    assert asked_part(question) == question


def test_the_document_that_is_to_answer_is_not_the_subject():
    demand = demand_of(understand("Que dit le SRS sur la télémédecine ?"))
    assert demand.sources == (frozenset({"srs"}),)
    assert demand.names == ()
    assert demand.subject == {stem("télémédecine")}


def test_a_document_called_by_its_title_need_not_repeat_it():
    said = "La messagerie Globule est déployée auprès des professionnels."
    question = "Dans le PRS, quelle messagerie est déployée ?"
    other = "Quelle messagerie du CIAS est déployée ?"
    assert met(question, said, title="PRS 2023-2028")["names"] == 1
    assert met(other, said, title="PRS 2023-2028")["names"] < 0.5


def test_a_kind_of_house_is_answered_by_the_name_of_one():
    question = "Quelle entreprise a mis au point la jambe bionique ?"
    named = met(question, "La première jambe bionique a été mise au point par PROTEOR.")
    unnamed = met(question, "La première jambe bionique a été mise au point en région.")
    assert named["together"] > 0.5 > unnamed["together"]


def test_the_complement_of_what_is_asked_is_demanded():
    question = "Quels sont les critères d’évaluation des projets ?"
    near_miss = "Les critères de compensation des projets sont publiés."
    right = "Les critères d’évaluation des projets sont la sécurité et le coût."
    assert demand_of(understand(question)).of == stem("évaluation")
    assert met(question, right)["together"] > met(question, near_miss)["together"] == 0


def test_not_fixed_answers_whether_it_is_fixed():
    said = "Le plafond par projet n’est pas fixé."
    assert met("Le plafond par projet est-il fixé ?", said)["unsaid"] == 0
    assert met("Quel est le plafond par projet ?", said)["unsaid"] == 1


def test_a_common_sigle_and_its_words_stand_for_one_another():
    short, long = "LLM médical essayé à Valmont.", "Modèle de langage médical essayé à Valmont."
    assert met("Où le modèle de langage médical est-il essayé ?", short)["void"] == 0
    assert met("Où le LLM médical est-il essayé ?", long)["void"] == 0
