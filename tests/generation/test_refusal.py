"""A refusal says why, in words one can act upon, and offers apart what comes near."""

import pytest

from assistant.generation.answer import draft
from assistant.generation.extractive import MAX_NEAREST
from assistant.generation.verification import holds
from assistant.model import ModelIds
from tests.generation.library import PARAGRAPH, Library


def ask(question, *, library):
    return draft(
        question,
        library.search(question),
        get_page=library.get_page,
        boxes_for_span=lambda page, start, end: [(0.0, 0.0, 1.0, 1.0)],
        idf=library.idf,
        index_generation="test",
        models=ModelIds(embedding="aucun"),
    ).answer


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.fixture(scope="module")
def hospital():
    library = Library()
    document = library.document("d", "Rapport de l’hôpital de Valmont")
    library.write(
        document,
        ("Chiffres clés",),
        (PARAGRAPH, "L’hôpital de Valmont emploie 900 agents et a ouvert 3 services en 2031."),
    )
    library.write(
        document,
        ("Finances",),
        (PARAGRAPH, "Le budget de formation de l’hôpital de Valmont est de 40 000 euros."),
    )
    for subject in ("La cuisine", "Le linge", "La pharmacie", "Le parc", "La crèche"):
        library.write(document, (), (PARAGRAPH, f"{subject} ouvre chaque matin à sept heures."))
    return library


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Combien de lits compte l’hôpital de Valmont ?", "lits"),
        ("Quel est le salaire du directeur de l’hôpital de Valmont ?", "salaire"),
        ("Combien d’agents travaillent à Orville ?", "Orville"),
    ],
)
def test_a_refusal_names_what_no_passage_mentions(hospital, question, missing):
    found = ask(question, library=hospital)
    assert found.abstained
    assert found.reason_code == "absent"
    assert f"« {missing} »" in plain(found.reason)


def test_what_comes_near_is_offered_apart_verified_and_never_as_an_answer(hospital):
    found = ask("Quel est le prix des agents de l’hôpital de Valmont en 2031 ?", library=hospital)
    assert found.abstained
    assert {sentence.role for sentence in found.sentences} == {"near"}
    assert len(found.sentences) <= MAX_NEAREST
    assert all(holds(sentence, hospital.get_page) for sentence in found.sentences)


def test_nothing_is_offered_for_what_the_corpus_does_not_speak_of(hospital):
    found = ask("Qui a gagné la coupe du monde de football ?", library=hospital)
    assert found.abstained
    assert found.sentences == []


def test_a_vague_question_is_asked_back_with_documents_headings_and_sigles():
    library = Library()
    for name, amount in (("a", "3"), ("b", "5")):
        document = library.document(name, f"Appel {name.upper()}")
        library.write(
            document,
            (f"Financement du CHU {amount}",),
            (PARAGRAPH, f"Le montant total est de {amount} millions d’euros."),
        )
    found = ask("Quel est le montant ?", library=library)
    assert found.reason_code == "a_preciser"
    said = plain(found.reason)
    assert "« Appel A »" in said
    assert "rubriques « Financement du CHU 3 »" in said
    assert "sigles « CHU »" in said
    assert found.sentences == []


def test_who_may_apply_to_nothing_in_particular_is_asked_back():
    library = Library()
    for name in ("a", "b"):
        library.write(
            library.document(name, f"Appel {name.upper()}"),
            (),
            (PARAGRAPH, "Le financeur repère des candidats volontaires."),
        )
    assert ask("Qui peut candidater ?", library=library).reason_code == "a_preciser"
