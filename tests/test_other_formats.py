"""Files that are not PDF, all the way: ingested, asked, cited, opened on their text."""

from __future__ import annotations

import pytest

from assistant.engine import Assistant
from assistant.errors import PageImageMissingError
from assistant.index.pipeline import ingest
from assistant.index.reading import ReadLimits
from assistant.settings import load_settings
from assistant.terminal import answer_text, results_text
from tests.ingestion.office_files import WRITERS, write_odp, write_pptx

LIMITS = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)
QUESTION = "Quelle est l’enveloppe accordée par projet ?"
FILES = {**WRITERS, "feuille.pptx": write_pptx, "feuille.odp": write_odp}


@pytest.fixture
def ingested(tmp_path, embedder, make_pdf):
    """Ingest one file of each name given, with what often lies beside; opens the assistant."""

    def run(*names):
        folder = tmp_path / "corpus"
        folder.mkdir()
        for name in names:
            FILES[name](folder / name)
        make_pdf(folder / "autre.pdf", [["Un document sur un tout autre sujet."]])
        (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(80))
        (folder / "lot.zip").write_bytes(b"PK\x05\x06" + bytes(18))
        (folder / ".DS_Store").write_bytes(b"Bud1" + bytes(80))
        result = ingest(
            tmp_path / "index", [folder], embedder=lambda: embedder, limits=LIMITS, workers=1
        )
        settings = load_settings().model_copy(update={"index_dir": tmp_path / "index"})
        assistant = Assistant.open(settings)
        assistant._embedder = embedder
        return assistant, {report.file: report for report in result.reports}

    return run


def test_every_format_is_indexed_and_junk_refused_with_its_reason(ingested):
    assistant, reports = ingested(*FILES)
    assert {name for name, report in reports.items() if report.status == "indexed"} == {
        *FILES,
        "autre.pdf",
    }
    for name in ("photo.png", "lot.zip"):
        assert (reports[name].status, reports[name].reason_code) == ("refused", "format")
        assert name in reports[name].reason
    assert ".DS_Store" not in reports
    units = {document.file: document.metadata.unit for document in assistant.documents()}
    assert units == {
        "feuille.docx": "section",
        "feuille.odt": "section",
        "feuille.html": "section",
        "feuille.md": "section",
        "feuille.pptx": "slide",
        "feuille.odp": "slide",
        "autre.pdf": "page",
    }


@pytest.mark.parametrize(
    ("name", "place"), [("feuille.docx", "§\u00a02"), ("feuille.pptx", "diapo\u00a03")]
)
def test_an_answer_cites_the_place_as_its_reader_names_it(ingested, name, place):
    assistant, _ = ingested(name)
    units = {document.id: document.metadata.unit for document in assistant.documents()}
    answer = assistant.ask(QUESTION)
    (citation,) = answer.sentences[0].citations
    assert citation.file == name
    assert "40 000 euros" in citation.quote
    assert citation.boxes == []
    page = assistant.page(citation.document_id, citation.page)
    assert page.text[citation.start : citation.end] == citation.quote
    assert f", {place} ({name})" in answer_text(answer, units)
    found = assistant.search(QUESTION, limit=1)
    assert f", {place} ({name})" in results_text(found, explain=False, units=units)
    assert not assistant.has_page_images(citation.document_id)
    with pytest.raises(PageImageMissingError):
        assistant.page_image(citation.document_id, citation.page)


def test_the_pages_of_a_pdf_are_still_drawn(ingested):
    assistant, _ = ingested("feuille.md")
    (pdf,) = (item for item in assistant.documents() if item.file == "autre.pdf")
    assert assistant.has_page_images(pdf.id)
    assert assistant.page_image(pdf.id, 1, scale=0.5).startswith(b"\x89PNG")
