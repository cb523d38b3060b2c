"""Searching in a filter: obeyed when chosen, given up when only read and of no use."""

from __future__ import annotations

import pytest

from assistant.engine import Assistant
from assistant.errors import InvalidQuestionError
from assistant.index import embedding
from assistant.index.catalogue import Catalogue
from assistant.index.described import describe
from assistant.index.reading import ReadLimits
from assistant.model import Filters
from assistant.settings import Settings
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here

LIMITS = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)
MONEY = "Quel est le montant du financement par projet ?"
PAGES = {
    "ami": ["Le montant du financement peut atteindre 20 000 euros par projet."],
    "communique": ["Le montant du financement peut atteindre 15 000 euros par projet."],
    "prs": ["La telesurveillance concerne les patients insuffisants cardiaques de la region."],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory, make_pdf):
    place = tmp_path_factory.mktemp("filtres")
    for kind, lines in PAGES.items():
        make_pdf(place / "corpus" / f"{kind}.pdf", [lines])
    ingest_here(
        place / "index", [place / "corpus"], embedder=WordHashEmbedder, limits=LIMITS, workers=1
    )
    catalogue = Catalogue(place / "index" / "catalogue.sqlite")
    for document in catalogue.documents().values():
        kind = document.file.removesuffix(".pdf")
        dated = {"date": "2025-07"} if kind == "ami" else {}
        describe(catalogue, document.id, {"kind": kind, **dated}, clear=False)
    return place / "index"


@pytest.fixture
def assistant(built, monkeypatch):
    monkeypatch.setattr(embedding, "open_embedding", lambda *_, **__: WordHashEmbedder())
    return Assistant.open(Settings(index_dir=built))  # type: ignore[call-arg]


def cited(answer):
    return {item.file for sentence in answer.sentences for item in sentence.citations}


def test_a_chosen_filter_is_obeyed_and_told(assistant):
    answer = assistant.ask(MONEY, filters=Filters(kinds=("communique",)))
    assert cited(answer) == {"communique.pdf"}
    assert answer.filters.applied == Filters(kinds=("communique",))
    assert {source.file for source in answer.sources} == {"communique.pdf"}
    # The two older ways to give a filter say the same.
    assert cited(assistant.ask(MONEY, kind="communique")) == {"communique.pdf"}
    assert cited(assistant.ask(MONEY, file="communique.pdf")) == {"communique.pdf"}


def test_a_filter_that_leaves_nothing_counts_what_is_outside(assistant):
    answer = assistant.ask(MONEY, filters=Filters(kinds=("prs",)))
    assert answer.abstained
    assert answer.reason_code == "filtre"
    assert answer.filters.outside == 2
    assert answer.reason == (
        "Aucun passage probant dans ce filtre (type PRS / SRS)\u202f; 2\u00a0hors filtre."
    )
    nothing = assistant.ask(MONEY, filters=Filters(kinds=("guide",)))
    assert nothing.reason.startswith("Aucun passage dans ce filtre (type Guide HAS / ANAP)")
    assert nothing.sources == []


def test_what_the_whole_corpus_does_not_hold_is_not_promised_outside(assistant):
    answer = assistant.ask(
        "Quelle est la recette du cassoulet toulousain ?", filters=Filters(kinds=("prs",))
    )
    assert answer.abstained
    assert answer.reason_code == "absent"
    assert answer.filters.outside == 0


def test_documents_left_out_for_want_of_a_date_are_told(assistant):
    answer = assistant.ask(MONEY, filters=Filters(since="2025"))
    assert cited(answer) == {"ami.pdf"}
    assert "Hors filtre, faute d’indication\u00a0: 2\u00a0documents sans date." in answer.notes


def test_a_filter_read_in_the_question_is_applied_told_and_can_be_refused(assistant):
    question = f"Dans le communiqué, {MONEY[0].lower()}{MONEY[1:]}"
    answer = assistant.ask(question)
    assert cited(answer) == {"communique.pdf"}
    assert answer.question == question
    assert "Filtre reconnu dans la question\u00a0: type Communiqué." in answer.notes
    (hint,) = answer.filters.recognised
    assert hint.words == "Dans le communiqué"
    free = assistant.ask(question, recognise=False)
    assert not free.filters.applied
    assert "ami.pdf" in {source.file for source in free.sources}


def test_a_filter_read_in_the_question_never_causes_a_refusal(assistant):
    question = f"Dans le PRS, {MONEY[0].lower()}{MONEY[1:]}"
    answer = assistant.ask(question)
    assert not answer.abstained
    assert "20 000 euros" in answer.sentences[0].text or "15 000" in answer.sentences[0].text
    assert not answer.filters.applied
    assert [hint.label for hint in answer.filters.set_aside] == ["type PRS / SRS"]
    assert any("mis de côté" in note for note in answer.notes)


def test_a_search_obeys_the_same_rules(assistant):
    results, report = assistant.find(MONEY, filters=Filters(kinds=("prs",)))
    assert {found.file for found in results} == {"prs.pdf"}
    assert report.outside == 2
    results, report = assistant.find(f"Dans le PRS, {MONEY}", limit=1)
    assert results[0].file in {"ami.pdf", "communique.pdf"}
    assert report.set_aside
    assert {found.file for found in assistant.search(f"Dans le communiqué, {MONEY}")} == {
        "communique.pdf"
    }


def test_an_unknown_value_is_refused_before_searching(assistant):
    with pytest.raises(InvalidQuestionError, match="roman"):
        assistant.ask(MONEY, filters=Filters(kinds=("roman",)))
