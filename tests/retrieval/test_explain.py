"""Each reason is read from what ranking used: nothing is said that did not count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.language.analyser import analyse
from assistant.model import (
    Answer,
    Block,
    BlockKind,
    Document,
    DocumentMetadata,
    Explanation,
    FilterReport,
    Filters,
    FoldedPlace,
    Hit,
    ModelIds,
    Passage,
    SearchResult,
    Source,
    Span,
)
from assistant.retrieval.explain import (
    also_text,
    compared,
    explanation,
    filter_names,
    reasons,
    say_why,
    stage_ranks,
)
from assistant.retrieval.neighbours import Neighbours
from assistant.retrieval.query import Query
from assistant.terminal import results_text
from tests.retrieval.memory import search_over


def hit(text, *, section=(), explain=None, title="", page=1):
    span = Span(page, 0, len(text))
    passage = Passage("p", "d", 0, section, (Block(BlockKind.PARAGRAPH, (span,), text),))
    document = Document("d", "srs.pdf", "", DocumentMetadata(title), 9)
    return Hit(passage, document, 1.0, span, explain or {})


def asked(question, **understood):
    return Query(question, dict.fromkeys(analyse(question), 1.0), **understood)


# --- Words -------------------------------------------------------------------------------------


def test_words_are_quoted_as_the_passage_writes_them():
    found = explanation(
        hit("Les Services d’accès aux soins régulent.", section=("Régulation médicale",)),
        asked("accès service soin financement"),
    )
    assert found.words == ["accès", "Services", "soins"]
    assert found.missing == ["financement"]
    assert (
        found.reasons[0] == "mots trouvés\u00a0: «\u00a0accès\u00a0», «\u00a0Services\u00a0», "
        "«\u00a0soins\u00a0»"
    )


def test_a_word_of_the_headings_alone_is_said_to_be_there():
    found = explanation(hit("Elle décide.", section=("2. Gouvernance",)), asked("gouvernance"))
    assert (found.words, found.heading_words, found.missing) == ([], ["Gouvernance"], [])
    assert "dans les titres\u00a0: «\u00a0Gouvernance\u00a0»" in found.reasons


def test_a_passage_found_by_its_meaning_alone_says_so():
    assert "aucun mot de la question" in reasons(hit("Tout autre chose."), asked("télémédecine"))


def test_a_missing_word_is_written_whole_as_typed():
    question = "aide aux établissements médico-sociaux, l’e-santé et un rendez-vous"
    missing = explanation(hit("Une aide est prévue."), asked(question)).missing
    assert missing == ["établissements", "médico-sociaux", "e-santé", "rendez-vous"]


def test_a_sigle_is_named_only_where_its_words_are_and_then_it_is_not_missing():
    query = asked(
        "rôle du SAS",
        expanded=dict.fromkeys(analyse("service d’accès aux soins"), 0.5),
        expansions={"SAS": "service d’accès aux soins"},
        aliases={"sas": (frozenset(analyse("service d’accès aux soins")),)},
    )
    there = explanation(hit("Le service d’accès aux soins régule."), query)
    assert there.sigles == {"SAS": "service d’accès aux soins"}
    assert there.missing == ["rôle"]
    elsewhere = explanation(hit("Le service de soins palliatifs."), query)
    assert elsewhere.sigles == {}
    assert elsewhere.missing == ["rôle", "SAS"]


def test_a_mended_word_is_shown_as_typed_and_as_found():
    right = analyse("télésurveillance")[0]
    wrong = analyse("telesurveilance")[0]
    query = Query("telesurveilance", {right: 1.0}, corrections={wrong: right})
    found = explanation(hit("La télésurveillance concerne les patients."), query)
    assert found.corrections == {"telesurveilance": "télésurveillance"}
    assert explanation(hit("Rien de tel."), query).corrections == {}


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=80), st.text(max_size=80))
def test_every_word_said_to_be_found_stands_in_the_passage(text, question):
    found = explanation(hit(text, section=(question,)), asked(question))
    for word in found.words:
        assert word in " ".join(text.split()) or word.split()[0] in text
    assert not set(found.words) & set(found.missing)
    assert all(reason.strip() for reason in found.reasons)


# --- Stages ------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=40),
    st.data(),
)
def test_a_rank_counts_the_scores_that_are_greater(values, data):
    scores = np.array(values, dtype=np.float32)
    allowed = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    )
    if not allowed.any():
        allowed[0] = True
    chosen = [int(unit) for unit in np.flatnonzero(allowed)]
    stages = {"lexical": scores, "dense": np.zeros_like(scores), "fused": scores}
    found = stage_ranks(stages, chosen, allowed)
    for unit, ranks in zip(chosen, found, strict=True):
        expected = 1 + int((scores[allowed] > scores[unit]).sum())
        assert ranks["fused"] == expected
        # Without a word in common there is no rank by words; without a model, none by meaning.
        assert ranks.get("lexical") == (expected if scores[unit] else None)
        assert "dense" not in ranks


def test_ranks_and_moves_are_told_in_french():
    explain = {
        "dense": 0.874,
        "ranks": {"lexical": 1, "dense": 1203, "fused": 12, "reranked": 2},
        "effects": {"meaning": -0.9, "coverage": 1.7, "pairs": 0.1, "bare": 0.0},
    }
    said = reasons(hit("Le montant.", explain=explain), asked("montant"))
    assert "1er par les mots, 1\u202f203e par le sens (proximité 0,87)" in said
    assert "remonté du 12e au 2e rang à la lecture" in said
    assert "favorisé par la part des mots de la question" in said
    assert "défavorisé par le sens" in said


def test_signals_are_weighed_against_the_passages_ranked_together():
    hits = [hit("a", explain={"effects": {"coverage": value}}) for value in (5.0, 3.0, 1.0)]
    found = compared(hits)
    assert [item.explain["effects"]["coverage"] for item in found] == [2.0, 0.0, -2.0]
    assert [item.explain["ranks"]["reranked"] for item in found] == [1, 2, 3]
    assert compared([]) == []


def test_a_real_search_is_explained_from_end_to_end():
    search = search_over(
        {
            "ami": "Le montant du financement atteint 20 000 euros par projet.",
            "srs": "La région organise la permanence des soins avec les médecins.",
            "guide": "Le financement de la formation relève de l’établissement.",
        }
    )
    query = search.parser.parse("montant du financement")
    first, second = search.search(query, limit=2)
    found = explanation(first, query)
    assert found.words == ["montant", "financement"]
    assert (found.ranks.lexical, found.ranks.dense, found.ranks.reranked) == (1, None, 1)
    assert found.effects["coverage"] > 0 > explanation(second, query).effects["pairs"] - 1e-9
    assert explanation(second, query).missing == ["montant"]


# --- Filters, repeats, versions ----------------------------------------------------------------

PLACE = {
    "file": "copie.pdf",
    "document": "Copie",
    "document_id": "c",
    "page": 3,
    "passage_id": "q",
    "unit": "page",
}


def test_folded_places_versions_and_filters_are_told():
    explain = {
        "aussi": [PLACE],
        "version": {"file": "srs-2025.pdf", "document_id": "n"},
        "same_page": 2,
    }
    report = FilterReport(applied=Filters(kinds=("ami",)))
    said = reasons(hit("Texte.", explain=explain), asked("texte"), filter_names(report))
    assert said[-4:] == [
        "filtre\u00a0: type AMI / AAP",
        "même texte, aussi\u00a0: copie.pdf, p.\u00a03",
        "version antérieure, remplacée par srs-2025.pdf",
        "2 autres passages sur la même page",
    ]
    assert filter_names(FilterReport()) == []


@pytest.mark.parametrize(
    ("count", "end"), [(3, "p.\u00a03"), (4, "et 1 autre"), (6, "et 3 autres")]
)
def test_many_places_are_counted(count, end):
    assert also_text([FoldedPlace(**PLACE)] * count).endswith(end)


def test_sources_of_an_answer_get_the_reasons_of_their_page():
    def source(page):
        return Source(
            rank=1,
            file="srs.pdf",
            document="",
            document_id="d",
            kind="autre",
            page=page,
            page_label=str(page),
            section=[],
            excerpt="",
            score=1.0,
            passage_id="p",
        )

    answer = Answer(
        question="soins",
        abstained=False,
        index_generation="g",
        models=ModelIds(embedding="m"),
        sources=[source(2), source(7)],
    )
    strange = source(2).model_copy(update={"document_id": "autre"})
    say_why([*answer.sources, strange], [hit("Les soins.", page=2)], asked("soins"))
    assert answer.sources[0].reasons[0] == "mot trouvé\u00a0: «\u00a0soins\u00a0»"
    assert answer.sources[1].reasons == answer.sources[0].reasons  # same passage, further on
    assert strange.reasons == []


def result(**explained):
    return SearchResult(
        rank=1,
        passage_id="p",
        file="srs.pdf",
        document="Schéma",
        document_id="d",
        page=2,
        page_label="2",
        pages=[2],
        section=[],
        text="Les soins.",
        score=1.0,
        explain=Explanation(**explained),
    )


def test_the_terminal_lists_the_reasons_when_asked_and_warns_of_old_versions_anyway():
    explained = {"reasons": ["mot trouvé", "1er par les mots"]}
    assert "   - 1er par les mots" in results_text([result(**explained)], explain=True).split("\n")
    assert "1er" not in results_text([result(**explained)], explain=False)
    old = result(version={"file": "srs-2025.pdf", "document_id": "n"}, aussi=[PLACE])
    said = results_text([old], explain=False)
    assert "Version antérieure, remplacée par srs-2025.pdf." in said
    assert "copie.pdf, p.\u00a03" in said


def test_a_cut_list_says_where_the_rest_stands():
    first, last = (
        Passage(name, "d", 0, (), (Block(BlockKind.LIST_ITEM, (Span(page, 0, 4),), "un"),))
        for name, page in (("a", 3), ("b", 5))
    )
    parts = Neighbours((first,), (last,))
    found = explanation(hit("deux", page=4), asked("deux"), parts=parts)
    assert [(part.passage_id, part.page, part.side) for part in found.suite] == [
        ("a", 3, "before"),
        ("b", 5, "after"),
    ]
    told = "la liste ou le tableau commence p.\u00a03 et continue p.\u00a05"
    assert found.reasons[-1] == told
    shown = results_text([result(suite=found.suite)], explain=False)
    assert f"L{told[1:]}." in shown


def test_what_the_interface_sent_before_is_still_sent():
    names = set(Explanation().model_dump())
    assert {"lexical", "dense", "fused", "coverage", "heading", "bare", "terms"} <= names
