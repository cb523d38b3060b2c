"""Citation precision and recall on answers whose figures are known by hand."""

from __future__ import annotations

import pytest

from assistant.model import Answer, Citation, ModelIds, Sentence
from eval.citations import checked, measure, plain

TOTAL = "L’AMI est doté d’un montant total de 2 millions d’euros."
CAP = "Le financement pourra aller jusqu’à 20 000 euros par projet."
OTHER = "Le CHU de Montbrune emploie 300 agents."
JUDGES = pytest.mark.parametrize("says", [checked, plain])


def quote(text, start=0):
    return Citation(
        file="ami.pdf",
        document="AMI IA",
        document_id="d1",
        page=1,
        page_label="1",
        quote=text,
        start=start,
        end=start + len(text),
    )


def answer(*sentences):
    return Answer(
        question="Quel est le montant ?",
        abstained=not sentences,
        sentences=list(sentences),
        index_generation="g",
        models=ModelIds(embedding="e"),
    )


def written(text, *quotes, kind="generated"):
    cited = [quote(one, 1000 * rank) for rank, one in enumerate(quotes)]
    return Sentence(text=text, kind=kind, citations=cited)


@JUDGES
def test_what_is_quoted_word_for_word_is_right(says):
    found = measure(answer(written(TOTAL, TOTAL, kind="extract")), says)
    assert (found.recall, found.precision) == (1.0, 1.0)


@JUDGES
def test_a_citation_that_adds_nothing_is_irrelevant(says):
    found = measure(answer(written("L’AMI est doté de 2 millions d’euros.", TOTAL, OTHER)), says)
    assert (found.recall, found.precision) == (1.0, 0.5)
    assert found.irrelevant == ("L’AMI est doté de 2 millions d’euros.",)


@JUDGES
def test_two_citations_that_each_say_it_are_both_right(says):
    found = measure(answer(written(TOTAL, TOTAL, f"Rappel : {TOTAL}")), says)
    assert (found.recall, found.precision) == (1.0, 1.0)


@JUDGES
def test_two_halves_are_both_needed(says):
    halves = ("L’AMI est doté d’un montant", "total de 2 millions d’euros.")
    found = measure(answer(written(TOTAL, *halves)), says)
    assert (found.recall, found.precision) == (1.0, 1.0)


@JUDGES
@pytest.mark.parametrize(
    "sentence",
    [
        written("L’AMI est doté de 4 millions d’euros.", TOTAL),  # another number
        written("Le CHU de Dijon emploie 300 agents.", OTHER),  # another name
        written(TOTAL, CAP),  # another place
        written(TOTAL),  # none
        written("Montant — Plannings :", "Montant", kind="template"),  # half a label
    ],
)
def test_an_unsupported_sentence_loses_recall_and_all_its_citations(says, sentence):
    found = measure(answer(sentence), says)
    assert (found.recall, found.precision) == (0.0, 0.0)
    assert found.unsupported == (sentence.text,)


@JUDGES
def test_figures_are_means_over_the_sentences_of_an_answer_that_shows_something(says):
    right = written(TOTAL, TOTAL, kind="extract")
    wrong = written("L’AMI est doté de 4 millions d’euros.", TOTAL)
    found = measure(answer(right, wrong), says)
    assert (found.recall, found.precision) == (0.5, 0.5)
    assert found.unsupported == (wrong.text,)
    assert measure(answer(), says) is None


def test_the_two_judges_do_not_share_their_rules():
    # Same words and numbers, contrary meaning: only the rules see it.
    sentence = written("Le CHU de Montbrune n’emploie pas 300 agents.", OTHER)
    assert not checked(sentence.citations, sentence)
    assert plain(sentence.citations, sentence)
