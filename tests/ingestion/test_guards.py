"""Files built to harm are read around, or refused in one sentence; never more than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import UnreadableFileError
from assistant.index.reading import ReadLimits, read_all
from assistant.ingestion.guards import open_pdf, unlock_pdf
from assistant.ingestion.readers.pdf import assemble_pdf, probe_pdf, read_pdf
from assistant.ingestion.readers.pdf_scan import scan_pages
from assistant.model import PageStatus
from assistant.settings import load_settings
from tests.ingestion import hostile

LIMITS = ReadLimits(
    max_bytes=20 << 20, max_pages=5000, timeout_s=60.0, memory_mb=900, page_timeout_s=2.0
)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Every hostile file is read by one worker: what one does must not reach the next."""
    folder = tmp_path_factory.mktemp("hostiles")
    builders = hostile.READ_ALL_THE_SAME | hostile.ONE_BAD_PAGE
    builders |= {"dix-mille": hostile.many_pages, "sain": lambda: hostile.pdf([*SOUND])}
    for name, build in builders.items():
        (folder / f"{name}.pdf").write_bytes(build())
    files = [(path, "0" * 64) for path in sorted(folder.iterdir())]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder))  # no Tesseract: its time is not what is tested
        return {item.path.stem: item for item in read_all(files, LIMITS, workers=1)}


SOUND = hostile.pages([hostile.GOOD])


def test_every_file_has_an_outcome_and_the_sound_one_is_read(outcomes):
    assert set(outcomes) == {
        *hostile.READ_ALL_THE_SAME,
        *hostile.ONE_BAD_PAGE,
        "dix-mille",
        "sain",
    }
    assert outcomes["sain"].rows.pages[0].status == "text"


@pytest.mark.parametrize("name", hostile.READ_ALL_THE_SAME)
def test_a_hostile_file_is_read_or_refused_with_a_reason(outcomes, name):
    outcome = outcomes[name]
    if outcome.rows is None:
        assert outcome.error.code in {"endommage", "echec_lecture", "memoire", "delai"}
        assert outcome.error.remedy
    else:
        assert outcome.rows.pages


@pytest.mark.parametrize("name", hostile.ONE_BAD_PAGE)
def test_one_hostile_page_costs_that_page_and_says_so(outcomes, name):
    pages = outcomes[name].rows.pages
    assert [page.status for page in pages] == ["text", "unreadable", "text"]
    assert pages[1].warnings[0].startswith("Page illisible : ")
    assert "orientation" in pages[0].text or "oriente les patients" in pages[0].text


def test_a_file_of_ten_thousand_pages_is_refused(outcomes):
    assert outcomes["dix-mille"].error.code == "trop_de_pages"
    assert "10000 pages" in outcomes["dix-mille"].error.message


def test_letters_that_nothing_names_are_not_taken_for_text(outcomes):
    page = outcomes["police-muette"].rows.pages[0]
    assert (page.status, page.text) == ("unreadable", "")
    assert "tesseract-ocr-fra" in page.warnings[0]


def test_scripts_and_attachments_are_ignored_and_noted(outcomes):
    assert "scripts" in outcomes["script"].rows.warnings[0]
    assert "pièces jointes" in outcomes["piece-jointe"].rows.warnings[0]


@pytest.fixture
def protected(tmp_path: Path) -> Path:
    from pypdf import PdfReader, PdfWriter

    plain = tmp_path / "clair.pdf"
    plain.write_bytes(hostile.pdf(SOUND))
    writer = PdfWriter(clone_from=PdfReader(plain))
    writer.encrypt(user_password="motdepasse", owner_password="autre", algorithm="RC4-128")
    path = tmp_path / "protege.pdf"
    writer.write(path)
    return path


@pytest.fixture
def configured(monkeypatch):
    """Set the passwords of the configuration."""

    def configure(text: str) -> None:
        monkeypatch.setenv("ASSISTANT_PDF_PASSWORDS", text)
        load_settings.cache_clear()

    yield configure
    load_settings.cache_clear()


def test_a_password_is_asked_for(protected, configured):
    configured("")
    with pytest.raises(UnreadableFileError) as caught:
        open_pdf(protected)
    assert caught.value.code == "chiffre"
    assert "ASSISTANT_PDF_PASSWORDS" in caught.value.remedy


def test_a_wrong_password_is_told_from_none(protected, configured):
    configured("perdu\nencore perdu")
    with pytest.raises(UnreadableFileError, match="aucun de ceux"):
        open_pdf(protected)


def test_a_configured_password_opens_the_file_and_the_ledger_says_so(protected, configured):
    configured("perdu\nmotdepasse")
    document = read_pdf(protected, max_pages=10)
    assert "oriente les patients" in document.pages[0].text
    assert "mot de passe de la configuration" in document.warnings[0]


def test_passwords_are_not_shown_with_the_settings(configured):
    configured("motdepasse")
    assert "motdepasse" not in repr(load_settings())


def test_pages_read_apart_make_the_same_document(tmp_path):
    path = tmp_path / "long.pdf"
    lines = [[f"Partie {n}", *hostile.LINES, f"Page {n}"] for n in range(1, 12)]
    path.write_bytes(
        hostile.pdf(hostile.pages([hostile.stream(hostile.text_content(page)) for page in lines]))
    )
    whole = read_pdf(path, max_pages=100)
    count, password = probe_pdf(path, max_pages=100)
    parts = [
        scan_pages(path, range(a, min(a + 4, count + 1)), password=password) for a in (1, 5, 9)
    ]
    apart = assemble_pdf(path, [page for part in parts for page in part], password=password)
    assert apart == whole


def test_a_page_given_up_keeps_its_place(tmp_path):
    path = tmp_path / "trois.pdf"
    path.write_bytes(hostile.pdf(hostile.pages([hostile.GOOD] * 3)))
    raw = scan_pages(path, (1, 2, 3), lost={2: "Page illisible : essai."})
    pages = assemble_pdf(path, raw).pages
    assert [page.status for page in pages] == [
        PageStatus.TEXT,
        PageStatus.UNREADABLE,
        PageStatus.TEXT,
    ]
    assert pages[1].warnings == ("Page illisible : essai.",)


def test_the_real_protected_file_opens_with_its_password(real_corpus, configured):
    path = real_corpus / "defauts" / "derived_user-password-motdepasse.pdf"
    if not path.is_file():
        pytest.skip(f"fichier absent : {path}")
    configured("motdepasse")
    document, password = unlock_pdf(path)
    try:
        assert password == "motdepasse"
        assert len(document) > 0
    finally:
        document.close()
