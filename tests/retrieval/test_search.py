"""The right passage comes first, and the reader is told what was added to the question."""

from __future__ import annotations

import pytest

from assistant.index import generations
from assistant.index.catalogue import Catalogue
from assistant.index.reading import ReadLimits
from assistant.model import Block, BlockKind, Document, DocumentMetadata, Passage, Span
from assistant.retrieval.features import features_of, read_passage
from assistant.retrieval.query import Query
from assistant.retrieval.search import PassageSearch
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here

LIMITS = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)


@pytest.fixture(scope="module")
def search(tmp_path_factory, make_pdf):
    place, embedder = tmp_path_factory.mktemp("recherche"), WordHashEmbedder()
    folder = place / "corpus"
    make_pdf(
        folder / "ami.pdf",
        [["Le montant du financement peut atteindre 20 000 euros par projet."]],
    )
    make_pdf(
        folder / "srs.pdf",
        [
            ["La region organise le Service d'acces aux soins (SAS) avec les medecins."],
            ["La telesurveillance concerne les patients insuffisants cardiaques."],
        ],
    )
    ingest_here(place / "index", [folder], embedder=lambda: embedder, limits=LIMITS, workers=1)
    generation = generations.load(place / "index")
    return PassageSearch(generation, Catalogue(place / "index" / "catalogue.sqlite"), embedder)


def first(search, question, **options):
    hit = search.search(question, **options)[0]
    return hit.document.file, hit.span.page


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Quel est le montant du financement par projet ?", ("ami.pdf", 1)),
        ("QUEL MONTANT DE FINANCEMENT PAR PROJET", ("ami.pdf", 1)),
        ("qui est concerné par la télésurveillance ?", ("srs.pdf", 2)),
        ("quel est le rôle du SAS ?", ("srs.pdf", 1)),
    ],
)
def test_the_page_that_answers_comes_first(search, question, expected):
    assert first(search, question) == expected


def test_a_typing_error_is_mended_and_said(search):
    query = search.parser.parse("montant du finnancement")
    assert list(query.corrections) == ["finnanc"]
    assert first(search, "telesurveilance des pasients") == ("srs.pdf", 2)


def test_a_sigle_mined_from_the_corpus_is_expanded_both_ways(make_pdf, tmp_path, embedder):
    folder = tmp_path / "corpus"
    for number in range(8):
        make_pdf(folder / f"{number}.pdf", [[f"Texte numero {number} sur un tout autre sujet."]])
    make_pdf(folder / "a.pdf", [["Le Service d'acces aux soins (SAS) regule les appels."]])
    ingest_here(tmp_path / "index", [folder], embedder=lambda: embedder, limits=LIMITS, workers=1)
    generation = generations.load(tmp_path / "index")
    catalogue = Catalogue(tmp_path / "index" / "catalogue.sqlite")
    parser = PassageSearch(generation, catalogue, embedder).parser

    assert parser.parse("Que fait le SAS ?").expansions == {"SAS": "Service d'acces aux soins"}
    assert "sas" in parser.parse("Que fait le service d'accès aux soins ?").expanded


def test_the_search_can_be_limited_to_documents(search):
    ami = next(
        hit.document.id for hit in search.search("montant") if hit.document.file == "ami.pdf"
    )
    hits = search.search("télésurveillance des patients", documents=[ami])
    assert {hit.document.file for hit in hits} == {"ami.pdf"}
    assert search.search("télésurveillance", documents=[]) == []


def test_a_question_full_of_signs_is_only_a_question(search):
    for question in ("l'd'qu'", '"AND" (OR) NOT *', "'; DROP TABLE pages; --", "…", "é" * 500):
        assert isinstance(search.search(question), list)


def test_a_passage_says_how_close_each_of_its_windows_comes(search):
    hits = search.search("Quel est le montant par projet ?")
    for hit in hits:
        windows = hit.explain["windows"]
        assert {span.page for span, _ in windows} == set(hit.passage.pages)
        best = max(cosine for span, cosine in windows if span.page == hit.span.page)
        assert best == pytest.approx(hit.explain["dense"], abs=1e-3)


def test_a_table_of_contents_counts_as_bare_titles():
    document = Document("d", "d.pdf", "/d.pdf", DocumentMetadata("Schéma"), 1)

    def bare(*lines):
        blocks = tuple(
            Block(BlockKind.PARAGRAPH, (Span(1, 100 * at, 100 * at + 99),), line)
            for at, line in enumerate(lines)
        )
        read = read_passage(Passage("p", "d", 0, ("Sommaire",), blocks), document, 1)
        query = Query("axes", {"axe": 1.0})
        return features_of(query, read, lambda _: 1.0)["bare"]

    assert bare("Axe 1 : prévenir les maladies ..... 5", "Axe 2 : former les équipes ..... 9") == 1
    assert bare("L’axe 1 prévient les maladies.", "L’axe 2 forme les équipes de soins.") < 1
