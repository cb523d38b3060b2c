"""An ingestion brings the index up to date, and never leaves it worse than before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant.errors import (
    EmptyFolderError,
    FolderNotFoundError,
    IndexLockedError,
    StorageError,
    UnreadableFileError,
)
from assistant.index import generations
from assistant.index.catalogue import Catalogue
from assistant.index.in_use import writing
from assistant.index.pipeline import ingest
from assistant.index.reading import ReadLimits
from tests.indexing import ingest_here

LIMITS = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)


@pytest.fixture
def corpus(tmp_path, make_pdf):
    folder = tmp_path / "corpus"
    make_pdf(folder / "ami.pdf", [["Appel a manifestation", "Le montant est de 20 000 euros."]])
    make_pdf(folder / "srs.pdf", [["Schema regional de sante"], ["Axe 1 : la prevention"]])
    return folder


def run(index, folder, embedder, ingest=ingest_here, **options):
    return ingest(index, [folder], embedder=lambda: embedder, limits=LIMITS, workers=1, **options)


def statuses(result):
    return {report.file: report.status for report in result.reports}


def test_first_ingestion_reads_every_file_and_accounts_for_every_page(tmp_path, corpus, embedder):
    result = run(tmp_path / "index", corpus, embedder, ingest)

    assert statuses(result) == {"ami.pdf": "indexed", "srs.pdf": "indexed"}
    pages = {report.file: (report.pages, report.pages_text) for report in result.reports}
    assert pages == {"ami.pdf": (1, 1), "srs.pdf": (2, 2)}
    generation = generations.load(tmp_path / "index")
    assert len(generation.passage_ids) == sum(report.passages for report in result.reports)


def test_an_unchanged_folder_is_neither_read_nor_embedded_again(tmp_path, corpus, embedder):
    first = run(tmp_path / "index", corpus, embedder)
    embedder.embedded.clear()

    second = run(tmp_path / "index", corpus, embedder)

    assert set(statuses(second).values()) == {"unchanged"}
    assert embedder.embedded == []
    assert (second.generation, second.changed) == (first.generation, False)


def test_only_what_changed_is_embedded(tmp_path, corpus, embedder, make_pdf):
    run(tmp_path / "index", corpus, embedder)
    embedder.embedded.clear()
    make_pdf(corpus / "ami.pdf", [["Appel a manifestation", "Le plafond est de 30 000 euros."]])

    result = run(tmp_path / "index", corpus, embedder)

    assert statuses(result) == {"ami.pdf": "replaced", "srs.pdf": "unchanged"}
    assert embedder.embedded
    assert not any("prevention" in text for text in embedder.embedded)


def test_a_removed_file_leaves_the_index(tmp_path, corpus, embedder):
    run(tmp_path / "index", corpus, embedder)
    (corpus / "srs.pdf").unlink()

    result = run(tmp_path / "index", corpus, embedder)

    assert statuses(result) == {"ami.pdf": "unchanged", "srs.pdf": "removed"}
    documents = Catalogue(tmp_path / "index" / "catalogue.sqlite").documents()
    assert [document.file for document in documents.values()] == ["ami.pdf"]


def test_a_folder_that_suddenly_looks_empty_empties_nothing(tmp_path, corpus, embedder):
    run(tmp_path / "index", corpus, embedder)
    for path in corpus.iterdir():
        path.unlink()

    with pytest.raises(EmptyFolderError, match="est vide"):
        run(tmp_path / "index", corpus, embedder)
    assert generations.load(tmp_path / "index").passage_ids

    assert run(tmp_path / "index", corpus, embedder, allow_empty=True).changed
    assert not generations.load(tmp_path / "index").passage_ids


def test_a_missing_folder_touches_nothing(tmp_path, corpus, embedder):
    first = run(tmp_path / "index", corpus, embedder)

    with pytest.raises(FolderNotFoundError, match="n'existe pas"):
        run(tmp_path / "index", tmp_path / "absent", embedder)
    assert generations.load(tmp_path / "index").id == first.generation


def test_the_same_content_under_two_names_is_read_once(tmp_path, corpus, embedder):
    shutil.copy(corpus / "ami.pdf", corpus / "copie de ami.pdf")

    result = run(tmp_path / "index", corpus, embedder)

    assert len(result.reports) == 3
    assert {report.status for report in result.reports} == {"indexed"}
    assert len(Catalogue(tmp_path / "index" / "catalogue.sqlite").documents()) == 2


def test_a_bad_file_is_refused_with_its_reason_and_costs_nothing_else(tmp_path, corpus, embedder):
    (corpus / "vide.pdf").write_bytes(b"")
    (corpus / "page.pdf").write_bytes(b"<!DOCTYPE html><html><body>Erreur 404</body></html>")

    result = run(tmp_path / "index", corpus, embedder, ingest)

    refused = {report.file: report for report in result.reports if report.status == "refused"}
    assert set(refused) == {"vide.pdf", "page.pdf"}
    assert all(report.reason and report.reason_code for report in refused.values())
    again = run(tmp_path / "index", corpus, embedder)
    assert statuses(again)["vide.pdf"] == "refused"
    assert not again.changed


def test_two_ingestions_of_one_index_do_not_mix(tmp_path, corpus, embedder):
    with writing(tmp_path / "index"), pytest.raises(IndexLockedError, match="en cours"):
        run(tmp_path / "index", corpus, embedder)


class KilledWhileEmbedding(RuntimeError):
    pass


def test_an_interrupted_ingestion_leaves_the_previous_index_and_resumes(
    tmp_path, corpus, embedder, make_pdf, monkeypatch
):
    first = run(tmp_path / "index", corpus, embedder)
    make_pdf(corpus / "copil.pdf", [["Compte rendu du comite", "Decision : lancer l'enquete."]])

    def die(*_, **__):
        raise KilledWhileEmbedding

    with monkeypatch.context() as patch:
        patch.setattr(generations, "publish", die)
        with pytest.raises(KilledWhileEmbedding):
            run(tmp_path / "index", corpus, embedder)
    assert generations.load(tmp_path / "index").id == first.generation

    embedder.embedded.clear()
    resumed = run(tmp_path / "index", corpus, embedder)
    assert resumed.changed
    assert embedder.embedded == [], "vectors computed before the kill are kept"
    fresh = run(tmp_path / "other", corpus, embedder)
    assert (
        generations.load(tmp_path / "index").passage_ids
        == generations.load(tmp_path / "other").passage_ids
    )
    assert fresh.changed


def test_a_full_disk_is_said_and_the_previous_index_serves(
    tmp_path, corpus, embedder, make_pdf, monkeypatch
):
    first = run(tmp_path / "index", corpus, embedder)
    make_pdf(corpus / "copil.pdf", [["Compte rendu du comite"]])

    def full(path):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(generations, "_sync", full)
        with pytest.raises(StorageError, match="plein"):
            run(tmp_path / "index", corpus, embedder)
    assert generations.load(tmp_path / "index").id == first.generation
    assert not list((tmp_path / "index" / "generations").glob(".*"))


def test_a_damaged_generation_falls_back_on_the_previous_one(tmp_path, corpus, embedder, make_pdf):
    first = run(tmp_path / "index", corpus, embedder)
    make_pdf(corpus / "copil.pdf", [["Compte rendu du comite"]])
    second = run(tmp_path / "index", corpus, embedder)
    vectors = tmp_path / "index" / "generations" / second.generation / "vectors.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-7] + b"damaged")

    assert generations.load(tmp_path / "index").id == first.generation


def test_changing_the_model_embeds_everything_again(tmp_path, corpus, embedder):
    run(tmp_path / "index", corpus, embedder)
    embedder.embedded.clear()
    embedder.fingerprint = "mots-2"

    assert run(tmp_path / "index", corpus, embedder).changed
    assert embedder.embedded
    assert generations.load(tmp_path / "index").model == "mots-2"


def test_a_single_file_can_be_given(tmp_path, corpus, embedder):
    result = ingest_here(
        tmp_path / "index",
        [Path(corpus / "ami.pdf")],
        embedder=lambda: embedder,
        limits=LIMITS,
        workers=1,
    )
    assert statuses(result) == {"ami.pdf": "indexed"}


def test_an_unreadable_error_keeps_its_code_across_processes():
    import pickle

    error = pickle.loads(
        pickle.dumps(UnreadableFileError("Le fichier est vide.", "Remplacez-le.", code="vide"))
    )
    assert (error.message, error.remedy, error.code) == (
        "Le fichier est vide.",
        "Remplacez-le.",
        "vide",
    )


def test_a_newer_reader_reads_everything_again(tmp_path, corpus, embedder, monkeypatch):
    from assistant.index import reading

    first = run(tmp_path / "index", corpus, embedder)
    before = generations.load(tmp_path / "index").passage_ids
    monkeypatch.setattr(reading, "READER_VERSION", reading.READER_VERSION + 1)

    again = run(tmp_path / "index", corpus, embedder)

    assert set(statuses(again).values()) == {"replaced"}
    assert [report.pages for report in again.reports] == [report.pages for report in first.reports]
    assert generations.load(tmp_path / "index").passage_ids == before
    assert set(statuses(run(tmp_path / "index", corpus, embedder)).values()) == {"unchanged"}


def test_passages_cut_otherwise_make_a_new_generation(tmp_path, corpus, embedder, monkeypatch):
    first = run(tmp_path / "index", corpus, embedder)
    catalogue = Catalogue(tmp_path / "index" / "catalogue.sqlite")
    with catalogue.transaction() as connection:
        connection.execute("UPDATE passages SET section = '[\"Autre section\"]'")

    again = run(tmp_path / "index", corpus, embedder)

    assert again.changed
    assert again.generation != first.generation


def test_what_speaks_of_the_folder_is_no_document(tmp_path, corpus, embedder):
    (corpus / "telechargements.json").write_text("{}", encoding="utf-8")
    (corpus / "guide.src001.part").write_bytes(b"%PDF-1.7 debut")

    result = run(tmp_path / "index", corpus, embedder)

    assert set(statuses(result)) == {"ami.pdf", "srs.pdf"}
