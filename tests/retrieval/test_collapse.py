"""A text found twice is shown once; what differs by a figure, a name or a « ne » never is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assistant.model import Block, BlockKind, Document, DocumentMetadata, Hit, Passage, Span
from assistant.retrieval.collapse import collapse, pages_first, same_text
from assistant.retrieval.query import Query

TEXT = (
    "Les établissements retenus reçoivent un financement d’amorçage de 50 000 euros par projet, "
    "versé avant le 31 décembre 2025 par l’agence régionale de santé. Il couvre le matériel, "
    "l’intégration et la formation des équipes qui utilisent la solution au quotidien."
)


def document(name, *, title="Appel à projets", newer=None, version=None):
    metadata = DocumentMetadata(title, version=version)
    return Document(name, f"{name}.pdf", "", metadata, 9, superseded_by=newer)


def hit(source, text, score, *, page=1, section=()):
    span = Span(page, 0, len(text))
    blocks = (Block(BlockKind.PARAGRAPH, (span,), text),)
    passage = Passage(f"{source.id}-{page}-{score}", source.id, 0, section, blocks)
    return Hit(passage, source, score, span)


def corpus(*documents):
    return {item.id: item for item in documents}


def names(hits):
    return [found.document.id for found in hits]


# --- Repeats -----------------------------------------------------------------------------------


def test_a_text_found_in_two_files_is_shown_once_with_both_places():
    call, news = document("appel"), document("communique", title="Communiqué")
    hits = [hit(call, TEXT, 3.0), hit(news, TEXT, 2.0, page=4), hit(news, "Autre sujet.", 1.0)]
    shown = collapse(hits, corpus(call, news))
    assert names(shown) == ["appel", "communique"]
    (place,) = shown[0].explain["aussi"]
    assert (place["file"], place["page"]) == ("communique.pdf", 4)
    assert "aussi" not in shown[1].explain


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("l’intégration", "l'intégration"),
        ("établissements retenus", "ÉTABLISSEMENTS RETENUS"),
        ("couvre le matériel", "couvre aussi le matériel"),
        ("50 000", "50\u202f000"),
        (" versé", "\nversé"),
    ],
)
def test_typography_and_a_word_or_two_do_not_make_another_text(written, instead):
    assert written in TEXT
    assert same_text(TEXT, TEXT.replace(written, instead))


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("50 000", "60 000"),
        ("50 000 euros", "50 000 dollars"),
        ("31 décembre", "30 décembre"),
        ("décembre", "novembre"),
        ("2025", "2026"),
        ("avant", "après"),
        ("reçoivent", "ne reçoivent pas"),
        ("par l’agence", "par la Fédération"),
        ("quotidien.", "quotidien, soit 10 %."),
        ("la formation", "deux formations"),
    ],
)
def test_what_changes_the_meaning_keeps_two_texts(written, instead):
    other = TEXT.replace(written, instead)
    assert other != TEXT
    assert not same_text(TEXT, other)
    assert not same_text(other, TEXT)


def test_figures_that_swap_what_they_count_keep_two_texts():
    text = (
        "Le service ouvre dix lits et vingt places de jour dans le bâtiment principal, avec une "
        "équipe mobile qui se rend chaque semaine auprès des personnes âgées du territoire."
    )
    assert not same_text(text, text.replace("lits et vingt places", "places et vingt lits"))


def test_a_short_text_means_nothing_without_its_document():
    calls = document("a"), document("b")
    hits = [hit(call, "Date limite de dépôt : à venir.", 1.0) for call in calls]
    assert len(collapse(hits, corpus(*calls))) == 2


def test_a_part_is_folded_behind_the_whole_and_not_the_reverse():
    more = "Les équipes volontaires peuvent demander un accompagnement pendant le déploiement. "
    assert same_text(more + TEXT, TEXT)
    assert not same_text(TEXT, more + TEXT)
    assert not same_text(f"{more} Il dure 3 mois. {TEXT}", TEXT)


def test_under_another_heading_of_one_document_the_same_words_speak_of_something_else():
    guide = document("guide")
    text = TEXT.replace("50 000 ", "")
    hits = [hit(guide, text, 2.0, section=("Dole",)), hit(guide, text, 1.0, section=("Gray",))]
    assert len(collapse(hits, corpus(guide))) == 2
    same = [replace(found, passage=replace(found.passage, section=())) for found in hits]
    assert len(collapse(same, corpus(guide))) == 1


words = st.lists(st.sampled_from(TEXT.split()), min_size=20, max_size=60).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(words)
def test_any_text_repeats_itself(text):
    assume(len([word for word in text.split() if any(map(str.isalnum, word))]) >= 20)
    assert same_text(text, text)
    assert same_text(text, text.upper())


@settings(deadline=None, max_examples=60)
@given(words, st.integers(0, 10**6), st.integers(0, 60), st.integers(0, 10**6))
def test_no_two_figures_are_ever_folded(text, figure, place, other):
    assume(figure != other)
    cut = text.split()
    one, two = (" ".join([*cut[:place], str(value), *cut[place:]]) for value in (figure, other))
    assert not same_text(one, two)


# --- Versions ----------------------------------------------------------------------------------

OLD = document("v1", newer="v2", version="1.0")
NEW = document("v2", version="1.1")


def test_the_newest_version_stands_for_the_same_text():
    shown = collapse([hit(OLD, TEXT, 2.0), hit(NEW, TEXT, 1.0)], corpus(OLD, NEW))
    assert names(shown) == ["v2"]
    assert shown[0].score == 2.0
    assert shown[0].explain["aussi"][0]["file"] == "v1.pdf"


def test_an_older_version_comes_right_after_what_replaces_it():
    other = document("autre")
    hits = [
        hit(OLD, TEXT, 3.0),
        hit(other, "Tout autre chose.", 2.0),
        hit(NEW, TEXT.replace("50 000", "75 000"), 1.0),
    ]
    shown = collapse(hits, corpus(OLD, NEW, other))
    assert names(shown) == ["v2", "v1", "autre"]
    assert [found.score for found in shown] == sorted((h.score for h in shown), reverse=True)
    assert shown[1].explain["version"]["file"] == "v2.pdf"


def test_an_older_version_alone_stays_and_says_so():
    (shown,) = collapse([hit(OLD, TEXT, 1.0)], corpus(OLD, NEW))
    assert shown.explain["version"] == {"file": "v2.pdf", "document_id": "v2"}


def test_other_passages_of_the_newer_version_do_not_go_first():
    hits = [hit(OLD, TEXT, 2.0), hit(NEW, "Les annexes sont en ligne sur le site.", 1.0)]
    assert names(collapse(hits, corpus(OLD, NEW))) == ["v1", "v2"]


def test_a_version_named_by_the_question_keeps_its_rank():
    june = replace(OLD, metadata=DocumentMetadata("Tableau des aides de juin 2025"))
    september = replace(NEW, metadata=DocumentMetadata("Tableau des aides de septembre 2025"))
    hits = [hit(june, TEXT, 2.0), hit(september, TEXT, 1.0)]
    asked = Query("aides de juin", {"aide": 1.0, "juin": 1.0})
    assert names(collapse(hits, corpus(june, september), asked)) == ["v1", "v2"]
    assert names(collapse(hits, corpus(june, september))) == ["v2"]


def test_links_that_run_in_circles_end():
    loop = replace(NEW, superseded_by="v1")
    hits = [hit(OLD, TEXT, 2.0), hit(loop, TEXT.replace("50", "60"), 1.0)]
    assert len(collapse(hits, corpus(OLD, loop))) == 2


# --- Pages -------------------------------------------------------------------------------------


def test_each_page_comes_once_before_any_comes_twice():
    call = document("appel")
    hits = [hit(call, f"Texte {n}.", 9.0 - n, page=page) for n, page in enumerate((1, 1, 2, 1, 3))]
    shown = pages_first(hits)
    assert [found.span.page for found in shown] == [1, 2, 3, 1, 1]
    assert [found.explain.get("same_page") for found in shown] == [2, None, None, None, None]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from("ab"), st.floats(-9, 9))))
def test_no_hit_is_lost_nor_made_and_scores_never_rise(places):
    documents = {name: document(name) for name in "ab"}
    hits = [
        hit(documents[name], f"Texte {n}.", score, page=page)
        for n, (page, name, score) in enumerate(sorted(places, key=lambda item: -item[2]))
    ]
    shown = pages_first(collapse(hits, documents))
    assert sorted(found.passage.text for found in shown) == sorted(h.passage.text for h in hits)
    assert all(a.score >= b.score for a, b in pairwise(shown))
