"""Work on the index while the assistant serves: load, remove, describe, start again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.audit import trail
from assistant.audit.store import FILE, AuditLog
from assistant.engine import Assistant
from assistant.errors import DocumentNotFoundError, IndexMissingError, StorageError
from assistant.index import pipeline
from assistant.index.catalogue import Catalogue
from assistant.index.in_use import writing
from assistant.library import work
from assistant.library.desk import Library
from assistant.library.errors import JobUnknownError
from assistant.settings import Settings
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here, read_all_here
from tests.library.conftest import ended

Pdf = Callable[..., bytes]

WORD = "zirconication"
LINES = (f"La {WORD} des dossiers commence en mars 2029.", "Elle concerne douze communes.")


def load(library: Library, name: str, data: bytes) -> str:
    """Deposit and index a file; the identifier of its document."""
    deposit = library.receive(name, [data])
    job = ended(library, library.start())
    assert job.failure == ""
    return deposit.sha256[:16]


def folder_ingestion(settings: Settings, folder: Path, embedder: WordHashEmbedder) -> Any:
    """What `assistant ingerer DOSSIER` does."""
    return ingest_here(
        settings.index_dir,
        [folder],
        embedder=lambda: embedder,
        limits=pipeline.ReadLimits(1 << 20, 50, 60.0, 1000, 60.0),
    )


def holding(folder: Path, word: str) -> list[str]:
    """Files below a folder that hold a word, in the encodings that text is kept in."""
    wanted = [word.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-32-le")]
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(each in path.read_bytes() for each in wanted)
    ]


def test_a_deposit_answers_questions_as_soon_as_its_job_ends(
    library: Library, engine: Assistant, pdf: Pdf
) -> None:
    document_id = load(library, "communes.pdf", pdf(*LINES))
    assert engine.document(document_id).file == "communes.pdf"
    assert engine.search(WORD)[0].document_id == document_id
    assert library.pending() == []
    job = library.job()
    assert job is not None
    assert [(one.file, one.status, one.pages) for one in job.reports] == [
        ("communes.pdf", "indexed", 1)
    ]
    entry = next(one for one in library.state()["files"] if one["file"] == "communes.pdf")
    assert entry["deposited"] and entry["document_id"] == document_id


def test_questions_go_on_and_deposits_queue_while_a_job_runs(
    library: Library, engine: Assistant, pdf: Pdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def slow(*arguments: Any, **options: Any) -> Any:
        reading.set()
        assert go_on.wait(30)
        yield from read_all_here(*arguments, **options)

    monkeypatch.setattr(pipeline, "read_all", slow)
    library.receive("un.pdf", [pdf(*LINES)])
    first = library.start()
    assert reading.wait(30)
    assert engine.search("objectifs")[0].file == "socle.pdf"
    library.receive("deux.pdf", [pdf("Un second bilan.")])
    second = library.start()
    assert second.id != first.id and library.start().id == second.id
    now = library.job()
    assert now is not None and now.id == first.id and now.step == "Lecture des documents"
    go_on.set()
    assert [one.file for one in ended(library, first).reports] == ["un.pdf"]
    assert [one.file for one in ended(library, second).reports] == ["deux.pdf"]
    assert len(engine.documents()) == 3


def test_a_file_that_arrives_while_its_folder_is_listed_is_told_of(
    library: Library, pdf: Pdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(library, "tot.pdf", pdf(*LINES))
    listing = work.IndexWork.load

    def late(self: work.IndexWork, progress: Any) -> None:
        (library.depot.folder / "tard.pdf").write_bytes(pdf("Un bilan tardif."))
        listing(self, progress)

    monkeypatch.setattr(work.IndexWork, "load", late)
    job = ended(library, library.start())
    assert (job.failure, [one.file for one in job.reports]) == ("", ["tard.pdf"])


def test_removing_a_deposit_leaves_nothing_of_it_on_the_disk(
    library: Library, engine: Assistant, settings: Settings, pdf: Pdf, tmp_path: Path
) -> None:
    document_id = load(library, "communes.pdf", pdf(*LINES))
    load(library, "autre.pdf", pdf("Un second bilan."))
    library.describe(document_id, {"title": f"Sur la {WORD}"})
    ended(library, library.job())
    assert holding(settings.index_dir, WORD) != []
    job = ended(library, library.remove(document_id))
    assert (job.failure, [one.status for one in job.reports]) == ("", ["removed"])
    assert holding(settings.index_dir, WORD) == []
    assert not (library.depot.folder / "communes.pdf").exists()
    assert {one.file for one in engine.documents()} == {"socle.pdf", "autre.pdf"}
    assert WORD not in " ".join(result.text for result in engine.search(WORD))
    with pytest.raises(DocumentNotFoundError):
        library.remove(document_id)


def test_a_file_managed_elsewhere_stays_and_does_not_come_back(
    library: Library,
    engine: Assistant,
    settings: Settings,
    embedder: WordHashEmbedder,
    tmp_path: Path,
    pdf: Pdf,
) -> None:
    folder = tmp_path / "dossier"
    (folder / "communes.pdf").write_bytes(pdf(*LINES))
    folder_ingestion(settings, folder, embedder)
    engine.reload()
    document_id = engine.search(WORD)[0].document_id
    ended(library, library.remove(document_id))
    assert (folder / "communes.pdf").exists()
    assert holding(settings.index_dir, WORD) == []
    assert library.state()["excluded"] == [{"file": "communes.pdf", "document_id": document_id}]
    # Neither the file, nor the same content under another name, comes back by itself.
    (folder / "copie.pdf").write_bytes(pdf(*LINES))
    folder_ingestion(settings, folder, embedder)
    ended(library, library.reindex(rebuild=True))
    assert [one.file for one in engine.documents()] == ["socle.pdf"]
    assert holding(settings.index_dir, WORD) == []
    # It does when somebody asks for it, which is written down.
    log = AuditLog(tmp_path / FILE)
    trail.install(log)
    ended(library, library.take_back(document_id))
    assert engine.search(WORD)[0].document_id == document_id
    first = next(log.entries()).event
    assert (first.action, first.targets) == ("document_repris", (document_id,))
    ended(library, library.remove(document_id))
    # Depositing it again is asking for it.
    assert load(library, "communes.pdf", pdf(*LINES)) == document_id
    assert engine.search(WORD)[0].document_id == document_id
    assert library.state()["excluded"] == []


def test_the_last_document_can_go_and_another_come(
    library: Library, engine: Assistant, pdf: Pdf
) -> None:
    ended(library, library.remove(engine.documents()[0].id))
    assert engine.documents() == []
    with pytest.raises(IndexMissingError, match="indexé"):
        engine.ask("Combien d’objectifs ?")
    assert library.state()["documents"] == 0
    load(library, "communes.pdf", pdf(*LINES))
    assert engine.search(WORD)[0].file == "communes.pdf"


def test_a_deposit_survives_a_kill_before_it_is_indexed(
    library: Library, engine: Assistant, settings: Settings, pdf: Pdf
) -> None:
    deposit = library.receive("communes.pdf", [pdf(*LINES)])
    after = Library(settings, engine)
    assert after.pending() == [deposit]
    assert ended(after, after.start()).failure == ""
    assert after.pending() == []


def test_what_was_read_but_not_published_still_waits(
    library: Library, engine: Assistant, pdf: Pdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise StorageError("Le disque est plein.", "Libérez de la place.")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "_embed", killed)
        deposit = library.receive("communes.pdf", [pdf(*LINES)])
        job = ended(library, library.start())
    assert (job.code, job.failure) == ("stockage", "Le disque est plein. Libérez de la place.")
    assert library.pending() == [deposit]
    assert [one.file for one in engine.documents()] == ["socle.pdf"]
    assert ended(library, library.start()).failure == ""
    assert library.pending() == [] and len(engine.documents()) == 2


def test_a_removal_killed_midway_is_finished_at_the_next_start(
    library: Library,
    engine: Assistant,
    settings: Settings,
    pdf: Pdf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document_id = load(library, "communes.pdf", pdf(*LINES))
    with monkeypatch.context() as patch:
        patch.setattr(Catalogue, "scrub", lambda _: 1 / 0)
        assert ended(library, library.remove(document_id)).code == "erreur"
    after = Library(settings, engine)
    ended(after, after.job())
    assert holding(settings.index_dir, WORD) == []
    assert Library(settings, engine).job() is None


def test_a_deposit_that_cannot_be_deleted_leaves_the_index_and_is_told(
    library: Library, engine: Assistant, pdf: Pdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = load(library, "communes.pdf", pdf(*LINES))

    def refused(_: str) -> None:
        raise StorageError("Le dossier des dépôts refuse l’écriture.", "Vérifiez les droits.")

    with monkeypatch.context() as patch:
        patch.setattr(library.depot, "delete", refused)
        job = ended(library, library.remove(document_id))
    assert job.failure == "" and "refuse l’écriture" in (job.reports[0].reason or "")
    assert [one.file for one in engine.documents()] == ["socle.pdf"]
    assert library.pending() == []
    ended(library, library.start())
    assert len(engine.documents()) == 1


def test_a_refused_file_is_explained_and_can_be_deleted(
    library: Library, engine: Assistant, pdf: Pdf
) -> None:
    library.receive("abime.pdf", [b"%PDF-1.4\n" + b"rien de bon " * 50])
    job = ended(library, library.start())
    assert [(one.status, one.reason_code) for one in job.reports] == [("refused", "endommage")]
    assert "nouvel exemplaire" in (job.reports[0].reason or "")
    assert library.pending() == []
    library.discard("abime.pdf")
    assert library.state()["refused"] == 0
    assert not (library.depot.folder / "abime.pdf").exists()


def test_another_ingestion_is_waited_for(
    library: Library, settings: Settings, pdf: Pdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_LOCKED_EVERY_S", 0.02)
    library.receive("communes.pdf", [pdf(*LINES)])
    with writing(settings.index_dir):
        job = library.start()
        limit = time.monotonic() + 30
        while "autre ingestion" not in (library.job(job.id) or job).step:
            assert time.monotonic() < limit
            time.sleep(0.01)
    assert ended(library, job).failure == ""


def test_a_job_can_be_stopped_and_what_was_read_is_kept(
    library: Library, engine: Assistant, pdf: Pdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def stopped_after_one(files: Any, *arguments: Any, **options: Any) -> Any:
        for outcome in read_all_here(files, *arguments, **options):
            read.append(outcome.path.name)
            job = library.job()
            assert job is not None
            library._jobs.stop(job.id)
            yield outcome

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "read_all", stopped_after_one)
        library.receive("un.pdf", [pdf(*LINES)])
        library.receive("deux.pdf", [pdf("Un second bilan.")])
        job = ended(library, library.start())
    assert job.code == "travail_arrete" and len(read) == 1
    assert len(library.pending()) == 2 and len(engine.documents()) == 1
    ended(library, library.start())
    assert library.pending() == [] and len(engine.documents()) == 3


def test_what_is_said_of_a_document_shows_at_once_and_changes_its_revision(
    library: Library, engine: Assistant, pdf: Pdf
) -> None:
    document_id = load(library, "communes.pdf", pdf(*LINES))
    before = library.revision(document_id)
    assert library.revision(document_id) == before
    library.describe(document_id, {"publisher": "Agence d’essai"})
    assert engine.document(document_id).metadata.publisher == "Agence d’essai"
    assert library.revision(document_id) != before
    library.describe(document_id, {"title": "Plan des communes"})
    ended(library, library.job())
    assert engine.search("plan des communes")[0].document == "Plan des communes"


def test_versions_are_decided_and_shown_at_once(
    library: Library, engine: Assistant, pdf: Pdf
) -> None:
    newer = load(library, "communes.pdf", pdf(*LINES))
    older = next(one.id for one in engine.documents() if one.id != newer)
    library.link(older, newer)
    assert engine.document(older).superseded_by == newer
    assert [link["decided_by"] for link in library.versions()] == ["vous"]
    library.link(older, newer, cut=True)
    assert engine.document(older).superseded_by is None


def test_a_folder_that_is_away_keeps_its_documents(
    library: Library, engine: Assistant, tmp_path: Path, pdf: Pdf
) -> None:
    (tmp_path / "dossier").rename(tmp_path / "ailleurs")
    library.receive("communes.pdf", [pdf(*LINES)])
    job = ended(library, library.reindex())
    assert job.failure == ""
    assert {one.reason_code for one in job.reports} == {"dossier_introuvable", None}
    assert len(engine.documents()) == 2


def test_an_unknown_job_is_told(library: Library) -> None:
    assert library.job() is None
    with pytest.raises(JobUnknownError):
        library.job("inconnu")
    with pytest.raises(JobUnknownError):
        library.stop("inconnu")


def test_removals_that_wait_are_one_job(
    library: Library, engine: Assistant, settings: Settings, pdf: Pdf
) -> None:
    leaving = [load(library, f"{name}.pdf", pdf(f"Le bilan {name}.")) for name in ("un", "deux")]
    with writing(settings.index_dir):
        held = library.start()  # waits for the index: the removals wait behind it
        jobs = {library.remove(document_id).id for document_id in leaving}
    assert len(jobs) == 1
    done = ended(library, library.job(jobs.pop()))
    assert ended(library, held).failure == done.failure == ""
    assert [one.file for one in done.reports] == ["deux.pdf", "un.pdf"]
    assert [one.file for one in engine.documents()] == ["socle.pdf"]


def test_a_removal_that_was_only_asked_for_is_done_after_a_kill(
    library: Library, engine: Assistant, settings: Settings, pdf: Pdf
) -> None:
    document_id = load(library, "communes.pdf", pdf(*LINES))
    catalogue = Catalogue(settings.index_dir / "catalogue.sqlite")
    catalogue.exclude(document_id)  # all that `remove` does before its job begins
    after = Library(settings, engine)
    assert ended(after, after.job()).failure == ""
    assert holding(settings.index_dir, WORD) == []
    assert not (library.depot.folder / "communes.pdf").exists()
