"""The « Corpus » tab without a browser: what it lists, tells, keeps and refuses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.access.current import acting_as
from assistant.access.model import Person, Role
from assistant.engine import Assistant
from assistant.index import embedding, pipeline
from assistant.index.pipeline import IngestionResult, ingest
from assistant.library.desk import Library
from assistant.library.model import Job
from assistant.model import Document, FileReport
from assistant.settings import Settings
from tests.api.fake import AMI, HOSTILE_TITLE, FakeEngine
from tests.conftest import WordHashEmbedder
from tests.indexing import read_all_here
from tests.navigateur.serveur_corpus import LIMITS, write_pdf
from tests.ui.test_rendering import Parsed
from ui.corpus import editing
from ui.corpus.desk import CorpusDesk
from ui.corpus.documents import opening
from ui.corpus.listing import chosen, kind_choices, list_html, state_choices, summary_html
from ui.corpus.loading import follow
from ui.corpus.progress import job_html
from ui.corpus.refused import refused_html
from ui.corpus.sources import sources_html

NOW = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
READER = Person("r", "Anne", Role.READER, means="session")


# --- The list --------------------------------------------------------------------------------


def listed(documents: list[Document], **asked: str) -> Parsed:
    found = chosen(
        documents,
        asked.get("search", ""),
        asked.get("kind", ""),
        asked.get("state", ""),
        asked.get("sort", "titre"),
    )
    titles = {one.id: one.metadata.title for one in documents}
    return Parsed(list_html(found, len(documents), 50, None, titles))


def test_the_list_counts_pages_and_escapes_titles(tmp_path: Path) -> None:
    documents = FakeEngine(tmp_path).documents()
    parsed = listed(documents)
    assert "script" not in parsed.tags
    assert HOSTILE_TITLE in parsed.text
    assert f"#corpus:ouvrir:{AMI}" in parsed.links
    summary = Parsed(summary_html(documents, managed=True)).text
    assert "2\u00a0documents, 3\u00a0pages" in summary
    assert "1\u00a0illisible" in summary
    assert "Ajoutez-en" in Parsed(summary_html([], managed=True)).text
    assert "assistant ingerer" in Parsed(summary_html([], managed=False)).text


def test_a_search_takes_every_word_whatever_its_accents(tmp_path: Path) -> None:
    documents = FakeEngine(tmp_path).documents()
    assert [one.id for one in chosen(documents, "ESSAI agence", "", "", "titre")] == [AMI]
    assert chosen(documents, "essai introuvable", "", "", "titre") == []
    assert "Aucun document ne correspond" in listed(documents, search="zzz").text


def test_filters_and_sorts_say_what_they_do(tmp_path: Path) -> None:
    first, second = FakeEngine(tmp_path).documents()
    older = replace(first, superseded_by=second.id)
    second = replace(second, metadata=replace(second.metadata, date="2030"))
    documents = [second, older]
    assert [one.id for one in chosen(documents, "", "", "manques", "titre")] == [first.id]
    assert [one.id for one in chosen(documents, "", "copil", "", "titre")] == [second.id]
    assert [one.id for one in chosen(documents, "", "", "remplace", "titre")] == [first.id]
    assert [one.id for one in chosen(documents, "", "", "", "pages")] == [first.id, second.id]
    assert [one.id for one in chosen(documents, "", "", "", "recent")] == [first.id, second.id]
    assert ("AMI / AAP (1)", "ami") in kind_choices(documents)
    # What no document is in is not offered.
    assert "ocr" not in {key for _, key in state_choices(documents)}
    assert "Remplacé par" in listed(documents).text
    # A version that left the corpus is not named.
    assert "Remplacé" not in listed([older]).text


# --- Work under way --------------------------------------------------------------------------


def job(**changes: object) -> Job:
    return replace(Job("j1", "chargement", NOW), **changes)  # type: ignore[arg-type]


def test_a_work_tells_its_step_how_much_and_how_long() -> None:
    running = job(
        step="Lecture des documents", done=3_200_000, total=12_000_000, unit="octets", left_s=80.2
    )
    parsed = Parsed(job_html(running, NOW))
    assert "Lecture des documents\u00a0: 3,2 sur 12,0\u00a0Mo, reste 1 min 20 s" in parsed.text
    assert ("max", "12000000") in parsed.attributes
    assert "fermer cette page" in parsed.text
    # Nothing is promised before it can be measured.
    assert "reste" not in Parsed(job_html(replace(running, left_s=None), NOW)).text


def test_a_finished_work_has_a_last_word_on_each_file_it_changed() -> None:
    reports = (
        FileReport(file="ancien.pdf", status="unchanged"),
        FileReport(file="a.pdf", status="indexed", pages=3, pages_ocr=1, pages_unreadable=1),
        FileReport(file="<b>.pdf", status="refused", reason="Endommagé. Demandez-le de nouveau."),
    )
    over = job(reports=reports, finished=NOW)
    text = Parsed(job_html(over, NOW)).text
    assert "1\u00a0document lu, 1\u00a0fichier refusé" in text
    assert "3\u00a0pages, 1 par OCR, 1\u00a0illisible" in text
    assert "<b>.pdf\u00a0: refusé. Endommagé. Demandez-le de nouveau." in text
    assert "ancien.pdf" not in text
    failed = job(finished=NOW, failure="Le disque est plein. Libérez de la place.")
    assert "Le disque est plein" in Parsed(job_html(failed, NOW)).text
    # Yesterday's work is no news.
    assert job_html(over, NOW + timedelta(days=1)) == ""


# --- One document, on a real index -----------------------------------------------------------


@dataclass
class Place:
    """A corpus of one document in a folder, and what serves it."""

    desk: CorpusDesk
    library: Library
    folder: Path

    @property
    def document(self) -> Document:
        (one,) = self.desk.documents()
        return one

    def wait(self) -> Job:
        limit = time.monotonic() + 60
        while (found := self.library.job()) is None or found.running:
            assert time.monotonic() < limit
            time.sleep(0.01)
        return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(pipeline, "read_all", read_all_here)
    monkeypatch.setattr(embedding, "open_embedding", lambda *_, **__: WordHashEmbedder())
    folder = tmp_path / "dossier"
    folder.mkdir()
    write_pdf(folder / "guide.pdf", "Guide du soutien aux projets de la region.", "Suite du guide.")
    settings = Settings(index_dir=tmp_path / "index", uploads_dir=tmp_path / "depots")  # type: ignore[call-arg]
    made: IngestionResult = ingest(
        settings.index_dir, [folder], embedder=WordHashEmbedder, limits=LIMITS, workers=1
    )
    assert made.generation
    engine = Assistant.open(settings)
    library = Library(settings, engine)
    yield Place(CorpusDesk(engine, settings, library), library, folder)
    library.close()


def values(document: Document, **changes: str) -> dict[str, str]:
    metadata = document.metadata
    known = {
        "title": metadata.title,
        "publisher": metadata.publisher or "",
        "kind": metadata.kind,
        "region": metadata.region or "",
        "date": metadata.date or "",
        "version": metadata.version or "",
    }
    return known | changes


def test_what_the_user_says_is_marked_and_what_was_read_comes_back(place: Place) -> None:
    before = place.document
    message, altered = editing.saved(place.desk, before.id, values(before))
    assert (altered, "Rien n’a changé" in message) == (False, True)
    message, altered = editing.saved(
        place.desk, before.id, values(before, publisher="ARS d’essai", date="07/2031")
    )
    assert altered, message
    said = place.desk.said(before.id)
    assert said is not None
    # Only what differs from the reading is the word of the user.
    assert dict(said.user) == {"publisher": "ARS d’essai", "date": "2031-07"}
    detail, *_ = opening(place.desk, before.id)
    assert Parsed(detail).text.count("indiqué par vous") == 2
    assert place.document.metadata.date == "2031-07"
    # Typing again what was read takes the word back.
    editing.saved(
        place.desk, before.id, values(place.document, publisher=before.metadata.publisher or "")
    )
    assert "publisher" not in place.desk.said(before.id).user  # type: ignore[union-attr]
    _, altered = editing.forgotten(place.desk, before.id)
    assert altered
    assert place.document.metadata == before.metadata


def test_a_value_that_cannot_be_kept_is_refused_with_a_remedy(place: Place) -> None:
    one = place.document
    message, altered = editing.saved(place.desk, one.id, values(one, date="hier"))
    assert not altered
    assert "n’est pas comprise" in message
    assert "08/07/2025" in message


def test_a_document_is_taken_out_and_one_is_told_what_happens_to_its_file(place: Place) -> None:
    one = place.document
    asked = Parsed(editing.removal_html(one, *place.desk.places(one.id))).text
    assert one.metadata.title in asked
    assert "guide.pdf\u00a0» reste dans son dossier" in asked
    place.library.remove(one.id)
    place.wait()
    assert place.desk.documents() == []
    assert (place.folder / "guide.pdf").exists()


def test_a_deposit_is_followed_then_drawn_and_a_refused_one_can_be_erased(place: Place) -> None:
    write_pdf(place.folder.parent / "ajout.pdf", "Un second guide des aides.")
    for name, content in (
        ("ajout.pdf", (place.folder.parent / "ajout.pdf").read_bytes()),
        ("abime.pdf", b"%PDF-1.7\nrien de plus"),
    ):
        place.library.receive(name, [content])
    assert sorted(place.desk.waiting()) == ["abime.pdf", "ajout.pdf"]
    started = place.library.start()
    place.wait()
    shown, *_, following, changed = follow(place.desk, started.id)
    assert "ajout.pdf" in shown
    assert following == ""
    assert isinstance(changed, int)  # the list and the filters are drawn again
    # Once only.
    assert not isinstance(follow(place.desk, following)[-1], int)
    (refused,) = place.desk.refused()
    assert place.desk.deposited(refused)
    assert "abime.pdf" in Parsed(refused_html([refused], ["abime.pdf"])).text
    place.library.discard("abime.pdf")
    assert place.desk.refused() == []


def test_a_reader_changes_nothing_and_is_told_of_no_work(place: Place) -> None:
    one = place.document
    place.library.reindex()
    place.wait()
    with acting_as(READER):
        for message, altered in (
            editing.saved(place.desk, one.id, values(one, publisher="Moi")),
            editing.forgotten(place.desk, one.id),
            editing.linked(place.desk, one.id, editing.OLDER, "x"),
        ):
            assert not altered
            assert "Votre rôle ne permet pas" in message
        assert place.desk.job() is None
        assert place.desk.waiting() == []
        # What was read of each page is for every reader.
        detail, *_ = opening(place.desk, one.id)
        assert "Ce qui a été lu" in detail
    assert place.document.metadata.publisher != "Moi"


def test_pages_with_problems_open_in_the_viewer(tmp_path: Path) -> None:
    from ui.corpus.detail import detail_html

    first, _ = FakeEngine(tmp_path).documents()
    page = {"status": "unreadable", "warnings": ["Image sans texte."], "confidence": None}
    coverage = {"ledger": [{"page": 2, "label": "ii", **page}], "warnings": []}
    parsed = Parsed(detail_html(first, coverage, None, {}))
    assert f"/v1/documents/{AMI}/pages/2/image" in parsed.links
    assert "Image sans texte." in parsed.text
    assert "Tesseract" in parsed.text


# --- Official sources ------------------------------------------------------------------------


def test_sources_are_text_to_copy_never_links() -> None:
    source = {
        "id": "src001",
        "title": "Guide <b>",
        "publisher": "HAS",
        "kind": "guide",
        "year": 2025,
        "region": None,
        "url": "https://exemple.test/guide.pdf",
        "note": "",
        "file": None,
    }
    absent = Parsed(sources_html([source], set(), "", "absentes"))
    assert absent.links == []
    assert "https://exemple.test/guide.pdf" in absent.text
    assert "assistant corpus telecharger src001" in absent.text
    present = Parsed(sources_html([source], {"src001"}, "guide", "presentes"))
    assert "dans le corpus" in present.text
    assert "telecharger" not in present.text
    assert "Guide" not in Parsed(sources_html([source], {"src001"}, "", "absentes")).text
