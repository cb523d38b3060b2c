"""Scans: what Tesseract says is merged, sifted, placed on the page, and never trusted blindly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ingestion import ocr
from assistant.ingestion.garbled import is_garbled, letter_likeness
from assistant.ingestion.ocr import _merge, _plausible, _Row
from assistant.ingestion.reader import read_file
from assistant.model import PageStatus

LINES = (
    "Le schéma régional de santé fixe les objectifs de la région",
    "pour les cinq années à venir et précise les moyens engagés.",
    "Chaque établissement désigne un référent numérique, chargé",
    "de suivre le déploiement des outils et la formation des équipes.",
    "Une évaluation annuelle mesure l’effet des actions conduites",
    "auprès des patients, des aidants et des professionnels libéraux.",
    "Les crédits sont délégués par arrêté avant le 30 septembre 2025",
    "dans la limite de 250 000 euros par groupement hospitalier.",
)
PAGE = (420, 260)
"""A small page: recognising a whole A4 sheet takes seconds."""

needs_tesseract = pytest.mark.skipif(
    "fra" not in ocr.languages(), reason="Tesseract et son modèle français sont absents"
)


def scan(path: Path, *, turned: int = 0, dpi: int = 150) -> Path:
    """A page of text as a scanner gives it: an image and no text layer."""
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    import pypdfium2 as pdfium
    from reportlab.lib.utils import ImageReader

    typed = canvas.Canvas(str(path), pagesize=PAGE, invariant=1)
    typed.setFont("Helvetica", 11)
    for row, line in enumerate(LINES):
        typed.drawString(40, PAGE[1] - 50 - 22 * row, line)
    typed.save()
    document = pdfium.PdfDocument(path)
    image = document[0].render(scale=dpi / 72).to_pil().rotate(turned, expand=True)
    document.close()
    size = PAGE[::-1] if turned % 180 else PAGE
    sheet = canvas.Canvas(str(path), pagesize=size, invariant=1)
    sheet.drawImage(ImageReader(image), 0, 0, *size)
    sheet.save()
    return path


def words_found(text: str) -> float:
    """Share of the words of the page that were recognised as they are written."""
    wanted = [word.strip(".,’") for line in LINES for word in line.split()]
    got = {word.strip(".,’'") for word in text.replace("'", "’").split()}
    return sum(word in got for word in wanted) / len(wanted)


@needs_tesseract
def test_a_scan_is_read_with_its_confidence(tmp_path):
    page = read_file(scan(tmp_path / "scan.pdf"), max_bytes=1 << 30, max_pages=5).pages[0]
    assert page.status is PageStatus.OCR
    assert words_found(page.text) >= 0.95
    assert page.confidence is not None
    assert 0.7 < page.confidence <= 1.0
    first = page.words[0]
    assert page.text[first.start : first.end] == "Le"
    assert first.box[0] == pytest.approx(40, abs=4)
    assert first.box[1] == pytest.approx(41, abs=5)


@needs_tesseract
@pytest.mark.skipif("osd" not in ocr.languages(), reason="le modèle d’orientation est absent")
def test_a_page_scanned_on_its_side_is_read_upright(tmp_path):
    path = scan(tmp_path / "couchee.pdf", turned=90)
    page = read_file(path, max_bytes=1 << 30, max_pages=5).pages[0]
    assert words_found(page.text) >= 0.95
    assert page.text.startswith("Le schéma régional")
    # Boxes stay those of the page of the file, where the first word is at the bottom left.
    assert page.words[0].box[1] > PAGE[0] / 2


def test_without_a_model_nothing_is_recognised(monkeypatch):
    monkeypatch.setattr(ocr, "languages", frozenset)
    assert not ocr.is_available()
    assert ocr.recognise(lambda scale: pytest.fail("rendered for nothing"), 595, 842) is None


@pytest.mark.parametrize(
    ("known", "chosen"),
    [
        ({"eng", "fra", "osd"}, "fra"),
        ({"eng", "osd"}, "eng"),
        ({"osd"}, None),
        (set(), None),
    ],
)
def test_french_is_preferred_and_another_model_is_better_than_nothing(monkeypatch, known, chosen):
    monkeypatch.setattr(ocr, "languages", lambda: frozenset(known))
    assert ocr.language() == chosen


def row(text: str, confidence: float, x0: float = 0.0, x1: float = 50.0, y0: float = 0.0) -> _Row:
    return _Row(("1", "1", "1", "1"), x0, y0, x1, y0 + 10, confidence, text)


@pytest.mark.parametrize(
    ("text", "confidence", "kept"),
    [
        ("distribution", 12, True),  # small type: doubted, and right
        ("©»", 55, False),
        ("12", 35, True),
        ("xz", 12, False),
        ("•", 75, True),
    ],
)
def test_specks_are_dropped_and_doubted_words_are_kept(text, confidence, kept):
    assert _plausible(row(text, confidence)) is kept


def test_the_surest_of_two_readings_is_kept_word_by_word():
    first = [row("Porterun", 40, 0, 60), row("masque", 95, 65, 110)]
    second = [row("Porter", 90, 0, 40), row("un", 91, 45, 60), row("mosque", 60, 65, 110)]
    assert [item.text for item in _merge(first, second)] == ["Porter", "un", "masque"]


def test_what_only_the_second_reading_saw_must_be_sure():
    seen = _merge([row("Titre", 90)], [row("pied", 80, y0=300), row("?!", 20, y0=400)])
    assert [item.text for item in seen] == ["Titre", "pied"]


rows = st.lists(
    st.builds(
        row,
        st.sampled_from(["a", "bé", "abba"]),
        st.floats(0, 100),
        st.floats(0, 40),
        st.floats(50, 90),
        st.floats(0, 90),
    ),
    max_size=8,
)


@given(rows, rows)
def test_merging_invents_nothing_and_keeps_what_stands_alone(first, second):
    merged = _merge(first, second)
    texts = [(item.text, item.x0, item.y0) for item in (*first, *second)]
    assert all((item.text, item.x0, item.y0) in texts for item in merged)
    assert _merge(first, []) == first


def test_letters_that_are_not_those_shown_are_noticed():
    words = " ".join(LINES * 3).split()
    assert not is_garbled(words)
    shifted = ["".join(chr(max(33, ord(char) - 29)) for char in word) for word in words]
    assert is_garbled(shifted)
    assert is_garbled(["\ue012\ue034\ue056"] * 20)
    assert is_garbled(["\ufffd\ufffd\ufffd"] * 20)


def test_english_and_short_texts_are_not_garbled():
    english = "The regional health agency funds projects that share data between hospitals. " * 8
    assert letter_likeness(english) > 0.8
    assert not is_garbled(english.split())
    assert not is_garbled(["XYZ", "42", "HDS"])
