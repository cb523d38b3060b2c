"""Follow-ups are completed from what precedes, with words that were typed or cited."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.generation.followup import Rewritten, Turn, rewrite
from assistant.language.normalise import squash
from assistant.model import Answer, Citation, ModelIds, Sentence
from eval.sets import FOLDER
from eval.suites import false_rewritings, load_suites

AMI = "Quel est le montant maximal par projet de l’AMI « IA et gestion du temps de travail » ?"
COPIL = "Quelles décisions le COPIL du 2 octobre 2025 a-t-il prises ?"


def follow(question: str, *history: str) -> str:
    return rewrite(question, [Turn(past) for past in history]).text.replace("\u202f", " ")


def answered(question: str, said: str, title: str = "Guide d’essai") -> Turn:
    citation = Citation(
        file="g.pdf",
        document=title,
        document_id="g",
        page=1,
        page_label="1",
        quote=said,
        start=0,
        end=len(said),
    )
    answer = Answer(
        question=question,
        abstained=False,
        sentences=[Sentence(text=said, kind="extract", citations=[citation])],
        index_generation="g1",
        models=ModelIds(embedding="e"),
    )
    return Turn(question, answer=answer)


@pytest.mark.parametrize(
    ("question", "past", "understood"),
    [
        # another side of the same subject
        (
            "et la date limite ?",
            AMI,
            "La date limite de l’AMI « IA et gestion du temps de travail » ?",
        ),
        (
            "Quelle est la date limite ?",
            AMI,
            "Quelle est la date limite, l’AMI « IA et gestion du temps de travail » ?",
        ),
        ("et les enjeux ?", "Quels sont les sept objectifs du COPIL ?", "Les enjeux du COPIL ?"),
        # a pronoun
        ("qui le finance ?", AMI, "Qui finance l’AMI « IA et gestion du temps de travail » ?"),
        (
            "Combien de temps dure-t-il ?",
            "Qu’est-ce que le dispositif Essai-IA Rives ?",
            "Combien de temps dure-t-il, le dispositif Essai-IA Rives ?",
        ),
        (
            "Quand a-t-il été publié ?",
            "Que dit le guide A.V.E.C. ?",
            "Quand a-t-il été publié, le guide A.V.E.C. ?",
        ),
        (
            "comment y participer ?",
            "Qu’est-ce que le guichet Diag DM ?",
            "Comment y participer, le guichet Diag DM ?",
        ),
        (
            "Quel est son opérateur ?",
            "Qu’est-ce que le guichet Diag DM ?",
            "Quel est son opérateur, le guichet Diag DM ?",
        ),
        (
            "Que contient ce guide ?",
            "Qui a publié le guide de la HAS ?",
            "Que contient le guide de la HAS ?",
        ),
        (
            "combien pour ce projet ?",
            "Qu’est-ce que l’AMI PRESAGE ?",
            "Combien pour ce projet, l’AMI PRESAGE ?",
        ),
        # another thing of the same kind
        (
            "et pour les urgences ?",
            "Quel est le plafond de l’AMI temps de travail ?",
            "Quel est le plafond de l’AMI pour les urgences ?",
        ),
        (
            "et l’AMI urgences ?",
            "Quel est le plafond de l’AMI temps de travail ?",
            "Quel est le plafond de l’AMI urgences ?",
        ),
        (
            "et au CH de Beaune ?",
            "Quel logiciel le CHU de Dijon a-t-il retenu au bloc ?",
            "Quel logiciel le CH de Beaune a-t-il retenu au bloc ?",
        ),
        (
            "et l’axe 9 ?",
            "Que contient l’axe 7 de la cartographie ?",
            "Que contient l’axe 9 de la cartographie ?",
        ),
        ("et A5 ?", "Quel est l’état de l’action A4 ?", "Quel est l’état de l’action A5 ?"),
        (
            "et dans le Val-d’Orvan ?",
            "Depuis quand le SAS fonctionne-t-il dans la Haute-Brune ?",
            "Depuis quand le SAS fonctionne-t-il dans le Val-d’Orvan ?",
        ),
        # a date by a date, or added
        (
            "et en 2024 ?",
            "Combien de téléexpertises en 2023 ?",
            "Combien de téléexpertises en 2024 ?",
        ),
        (
            "et celui du 26 juin 2025 ?",
            COPIL,
            "Quelles décisions le COPIL du 26 juin 2025 a-t-il prises ?",
        ),
        (
            "et en 2024 ?",
            "Combien d’habitants compte la région ?",
            "Combien d’habitants compte la région, en 2024 ?",
        ),
        # a question word alone
        (
            "pourquoi ?",
            "Le dossier du Clos-Vert a-t-il été retenu ?",
            "Pourquoi le dossier du Clos-Vert a-t-il été retenu ?",
        ),
        ("depuis quand ?", "Qui préside le COPIL IA ?", "Depuis quand préside le COPIL IA ?"),
    ],
)
def test_a_follow_up_is_completed(question: str, past: str, understood: str) -> None:
    assert follow(question, past) == understood


def test_the_subject_lasts_over_several_turns() -> None:
    first = Turn(AMI)
    second = rewrite("et la date limite ?", [first])
    third = rewrite("pourquoi ?", [first, Turn("et la date limite ?", second.text)])
    assert "« IA et gestion du temps de travail »" in third.text
    # « Quel montant ? » names no subject: the one before it stands.
    assert "COPIL" in follow("et le lieu ?", COPIL, "Quel montant ?")


def test_the_name_that_was_asked_for_is_added() -> None:
    past = answered(
        "Comment s’appelle la plateforme régionale ?", "La plateforme est nommée « Passerelle »."
    )
    made = rewrite("Quand est-elle arrêtée ?", [past])
    assert "« Passerelle »" in made.text
    assert made.kept[0] == "« Passerelle »"


def test_this_guide_may_be_the_document_cited() -> None:
    past = answered("Faut-il relire les textes produits ?", "Tout contenu est relu.")
    assert "« Guide d’essai »" in rewrite("À qui s’adresse ce guide ?", [past]).text


@pytest.mark.parametrize(
    "question",
    [
        "Quel est le plafond du dispositif S3.0 ?",
        "Et quel est le plafond du dispositif S3.0 ?",
        "Y a-t-il une aide pour les EHPAD ?",
        "La HAS a-t-elle publié un guide ?",
        "Quels établissements ont vu leur projet retenu ?",
        "C’est quoi le ROR ?",
        "QVCT, ça veut dire quoi ?",
        "Faut-il un référent par établissement ?",
        "Pourquoi est-il important de former les équipes ?",
        "Quel calendrier est-il prévu en Bretagne ?",
        "Combien de lits y a-t-il en Bretagne ?",
        "Quel temps fera-t-il demain à Dijon ?",
        "Quels outils sont classés à risque s’ils sont soumis au marquage ?",
        "Quelles sont les étapes de la téléexpertise cette année ?",
        "numero national prevention suicide",
        "?",
        "",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert rewrite(question, [Turn(AMI)]) == Rewritten(question.strip())


def test_a_plain_noun_completes_no_question_of_its_own() -> None:
    past = "Combien d’établissements ont répondu ?"
    for question in ("Quels sont les critères de sélection des projets ?", "Quel budget ?"):
        assert follow(question, past) == question
    assert follow("et les critères ?", past) == "Les critères, établissements ?"


def test_what_follows_for_takes_the_place_of_what_the_last_question_put_there() -> None:
    pasts = ("Combien d’établissements ont répondu ?", "Quel budget pour 2027 ?")
    assert follow("et pour les urgences ?", *pasts) == "Quel budget pour les urgences ?"


def test_which_ones_asks_about_what_the_last_question_counted() -> None:
    past = "Combien de projets ont été retenus ?"
    assert follow("et lesquels ?", "Que dit l’axe 3 ?", past) == "Quels projets ont été retenus ?"
    assert follow("Lesquelles ?", "Y a-t-il des aides ?").startswith("Lesquelles")


def test_what_may_also_stand_as_typed_is_told() -> None:
    question, region = (
        "Combien de projets ont été retenus ?",
        "Quelles sont les priorités de la région ?",
    )
    assert rewrite(question, [Turn(region)]).may_stand
    assert not rewrite(question, [Turn(AMI)]).may_stand  # those of that call, and of no other
    assert not rewrite(f"et {question.lower()}", [Turn(region)]).may_stand
    assert not rewrite("qui le finance ?", [Turn(region)]).may_stand


def test_nothing_is_completed_without_a_subject_before() -> None:
    assert not rewrite("et la date limite ?", []).changed
    assert not rewrite("qui le finance ?", [Turn("Quel montant ?")]).changed


def test_development_questions_in_random_order_stay_as_they_are() -> None:
    lines = [
        json.loads(line)
        for name in ("demo", "reel")
        for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    questions = [
        line["question"] for line in lines if line["split"] == "dev" and "history" not in line
    ]
    assert len(false_rewritings(questions)) <= 0.02 * len(questions)


@pytest.mark.parametrize("name", ["demo", "reel"])
def test_every_development_follow_up_is_completed(name: str) -> None:
    for suite in load_suites(name):
        made = rewrite(suite.question, [Turn(past) for past in suite.history])
        assert made.changed, suite.id


PASTS = [AMI, COPIL, "Qui pilote l’action A4 ?", "Qu’est-ce que le ROR ?", "date limite ami ?"]
PARTS = ["et", "pour", "qui", "le", "les", "l’", "du", "aux", "finance", "urgences", "AMI", "CHU",
         "2024", "en", "ce", "guide", "quand", "-t-il", "est-ce", "son", "« IA »", "A5", ",", "?",
         "’", "«", "d’", "pourquoi", "combien", "É", "\u202f"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PARTS), max_size=7).map(" ".join) | st.text(max_size=40),
    st.lists(st.sampled_from(PASTS) | st.text(max_size=30), max_size=3),
)
def test_no_word_is_invented(question: str, pasts: list[str]) -> None:
    made = rewrite(question, [Turn(past) for past in pasts])
    allowed = {word for text in (question, *pasts) for word in squash(text).split()}
    if made.changed:
        # Articles and prepositions agree with their new neighbours.
        allowed |= {"le", "les", "de", "d", "du", "des", "a", "au", "aux", "pour"}
        assert set(squash(made.text).split()) <= allowed
    else:
        assert made.text == question.strip()
