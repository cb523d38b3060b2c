"""What is kept of a page: words, boxes, statuses; and the files that are refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.errors import UnreadableFileError
from assistant.ingestion import ocr
from assistant.ingestion.reader import read_file
from assistant.language.normalise import squash
from assistant.model import BlockKind, PageStatus
from tests.ingestion.conftest import BODY, SLIDE, Sheet, check_offsets, read, rotate


def test_boxes_are_where_the_words_are(sheet: Callable[..., Sheet]) -> None:
    page = read(sheet().text(100, 200, "Dijon").save()).pages[0]
    left, top, right, bottom = page.words[0].box
    assert left == pytest.approx(100, abs=1.5)
    assert right == pytest.approx(100 + 25, abs=6)
    assert top < 200 < bottom
    assert bottom - top < 13


def test_boxes_of_a_rotated_page_are_those_of_the_unrotated_one(
    sheet: Callable[..., Sheet],
) -> None:
    page = read(rotate(sheet().text(100, 200, "Dijon").save(), 90)).pages[0]
    assert (page.width, page.height) == (842, 595)
    assert page.words[0].box[0] == pytest.approx(100, abs=1.5)
    assert page.words[0].box[1] < 200 < page.words[0].box[3]


def test_a_word_drawn_twice_is_read_once(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(100, 200, "Ombre portée").text(100.4, 200.3, "Ombre portée")
    assert read(page.save()).pages[0].text == "Ombre portée"


def test_an_end_of_line_hyphen_is_repaired_in_display_only(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(
        60, 90, "Les établissements participent ensemble à une première expérimen-", "tation utile."
    )
    block = read(page.save()).pages[0].blocks[0]
    assert "expérimentation utile." in block.text
    assert "expérimen-\ntation" in read(page.path).pages[0].text


def test_letter_spaced_titles_are_put_back_together(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    page.canvas.setFont("Helvetica", 16)
    page.canvas.drawString(100, 742, "SCHEMA REGIONAL", charSpace=8)
    page.text(60, 150, *BODY)
    read_page = read(page.save()).pages[0]
    assert read_page.blocks[0].text == "SCHEMA REGIONAL"


def test_text_written_upwards_is_set_apart(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(80, 90, *BODY)
    page.canvas.saveState()
    page.canvas.translate(20, 300)
    page.canvas.rotate(90)
    page.canvas.drawString(0, 0, "Bandeau latéral")
    page.canvas.restoreState()
    blocks = read(page.save()).pages[0].blocks
    assert [(b.kind, b.text) for b in blocks][-1] == (BlockKind.FOOTER, "Bandeau latéral")
    assert blocks[0].text == " ".join(BODY)


def test_slanted_text_is_read_unless_it_is_a_watermark(sheet: Callable[..., Sheet]) -> None:
    document = sheet()
    for number, mark in enumerate(("PROJET", "PROJET", "En attente de l’arrêté")):
        document.text(60, 200, *BODY)
        document.canvas.saveState()
        document.canvas.translate(200, 300)
        document.canvas.rotate(30)
        document.canvas.drawString(0, 0, mark)
        document.canvas.restoreState()
        if number < 2:
            document.next()
    pages = read(document.save()).pages
    kinds = [
        next(block.kind for block in page.blocks if not block.text.startswith("Le déploiement"))
        for page in pages
    ]
    assert kinds == [BlockKind.FOOTER, BlockKind.FOOTER, BlockKind.PARAGRAPH]


def test_words_drawn_too_close_to_each_other_are_still_two(sheet: Callable[..., Sheet]) -> None:
    # Pieces of a line set apart by a white of 0.16 em, as some exports do instead of a space.
    page = sheet()
    left = 60.0
    for piece in ("incident", "survenant", "sur", "le", "système"):
        page.text(left, 90, piece, size=12)
        left += page.canvas.stringWidth(piece, "Helvetica", 12) + 0.16 * 12
    assert read(page.save()).pages[0].text == "incident survenant sur le système"


def test_a_raised_ordinal_stays_with_its_number(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 90, "1", size=11)
    page.text(60 + page.canvas.stringWidth("1", "Helvetica", 11), 86, "er", size=7)
    page.text(78, 90, "janvier 2024, le dispositif change.", size=11)
    assert read(page.save()).pages[0].text.split()[:2] == ["1er", "janvier"]


def test_a_note_beside_the_page_number_is_not_furniture(sheet: Callable[..., Sheet]) -> None:
    deck = sheet(SLIDE)
    for number in range(1, 7):
        deck.text(40, 60 + number, f"Sujet {number}", size=20).text(40, 120, *BODY)
        deck.text(30, 392, f"{number} – Groupe de travail régional", size=8)
        if number == 3:
            deck.text(420, 392, "*À confirmer avec les équipes pilotes du territoire", size=8)
        if number < 6:
            deck.next()
    page = read(deck.save()).pages[2]
    edge = [block.text for block in page.blocks if block.kind is BlockKind.FOOTER]
    assert edge == ["3 – Groupe de travail régional"]
    assert any("confirmer avec" in b.text for b in page.blocks if b.kind is not BlockKind.FOOTER)


WORDS = st.lists(
    st.text(alphabet="abcdeéèœfinstru-’'ABÉ0123", min_size=1, max_size=12).filter(
        lambda word: any(char.isalnum() for char in word) and squash(word) != "o"
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(WORDS, min_size=1, max_size=8))
def test_raw_text_is_what_is_drawn_and_display_keeps_its_letters(
    sheet: Callable[..., Sheet], lines: list[list[str]]
) -> None:
    drawn = [" ".join(words) for words in lines]
    page = read(sheet().text(60, 90, "Une page de mots tirés au sort :", *drawn).save()).pages[0]
    check_offsets(page)
    assert page.text.split()[8:] == " ".join(drawn).split()
    for block in page.blocks:
        raw = "".join(page.text[span.start : span.end] for span in block.spans)
        letters = iter(squash(raw).replace(" ", ""))
        assert all(letter in letters for letter in squash(block.text).replace(" ", ""))


def test_a_last_page_with_only_an_address_is_not_lost(
    sheet: Callable[..., Sheet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "is_available", lambda: True)
    monkeypatch.setattr(ocr, "recognise", lambda *_: ocr.Recognition([], 0.0))
    page = sheet()
    page.canvas.circle(200, 500, 80, fill=1)
    page.text(60, 815, "Service communication – 02 00 00 00 00", size=9)
    only = read(page.save()).pages[0]
    assert only.status is PageStatus.TEXT
    assert "Service communication" in only.text


def test_a_blank_page_is_empty_and_still_counted(sheet: Callable[..., Sheet]) -> None:
    pages = read(sheet().text(60, 90, *BODY).next().save()).pages
    assert [page.status for page in pages] == [PageStatus.TEXT, PageStatus.EMPTY]


def _scan(sheet: Callable[..., Sheet]) -> Path:
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader

    image = Image.new("L", (1200, 400), 255)
    font = ImageFont.load_default(48)
    ImageDraw.Draw(image).text((60, 150), "Le rapport est rendu le 12 mars 2025", font=font, fill=0)
    page = sheet()
    page.canvas.drawImage(ImageReader(image), 50, 500, 500, 167)
    return page.save()


def test_a_scan_without_tesseract_is_unreadable_and_says_how_to_fix_it(
    sheet: Callable[..., Sheet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "is_available", lambda: False)
    page = read(_scan(sheet)).pages[0]
    assert page.status is PageStatus.UNREADABLE
    assert "tesseract-ocr-fra" in page.warnings[0]


@pytest.mark.skipif(not ocr.is_available(), reason="Tesseract et son français sont absents")
def test_a_scan_is_recognised_with_boxes(sheet: Callable[..., Sheet]) -> None:
    page = read(_scan(sheet)).pages[0]
    assert page.status is PageStatus.OCR
    assert "rendu le 12 mars 2025" in page.text
    assert all(50 <= word.box[0] <= word.box[2] <= 550 for word in page.words)


def test_a_browser_header_over_a_scan_does_not_make_it_readable(
    sheet: Callable[..., Sheet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "is_available", lambda: False)
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    page = sheet().text(30, 20, "05/03/2020 Point de situation", size=8)
    page.text(30, 830, "https://exemple.fr/page 1/2", size=8)
    noise = Image.effect_noise((300, 400), 90)
    page.canvas.drawImage(ImageReader(noise), 40, 60, 515, 720)
    assert read(page.save()).pages[0].status is PageStatus.UNREADABLE


def test_what_was_read_crosses_a_process_boundary(sheet: Callable[..., Sheet]) -> None:
    document = read(sheet().text(60, 90, *BODY).save())
    assert pickle.loads(pickle.dumps(document)) == document


def _refusal(path: Path, **limits: int) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        read_file(path, **{"max_bytes": 10_000_000, "max_pages": 100, **limits})
    assert caught.value.message.endswith(".")
    assert caught.value.remedy
    assert pickle.loads(pickle.dumps(caught.value)).code == caught.value.code
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("vide.pdf", b"", "vide"),
        ("page.pdf", b"<!DOCTYPE html><html><body>404</body></html>", "pas_un_pdf"),
        ("casse.pdf", b"%PDF-1.7\nrien de lisible", "endommage"),
        ("note.docx", b"PK\x03\x04", "endommage"),
    ],
)
def test_files_that_cannot_be_read_say_why(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert _refusal(path) == code


def test_limits_are_enforced(sheet: Callable[..., Sheet]) -> None:
    path = sheet().text(60, 90, "un").next().text(60, 90, "deux").save()
    assert _refusal(path, max_pages=1) == "trop_de_pages"
    assert _refusal(path, max_bytes=10) == "trop_gros"


@pytest.mark.parametrize(("user", "code"), [("secret", "chiffre"), ("", None)])
def test_only_a_user_password_prevents_reading(
    sheet: Callable[..., Sheet], tmp_path: Path, user: str, code: str | None
) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=sheet().text(60, 90, *BODY).save())
    writer.encrypt(user_password=user, owner_password="proprietaire", algorithm="RC4-128")
    path = tmp_path / "protege.pdf"
    writer.write(path)
    if code is None:
        assert read(path).pages[0].text.startswith("Le déploiement")
    else:
        assert _refusal(path) == code


def test_a_cyclic_page_tree_ends(tmp_path: Path) -> None:
    objects = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/Outlines 3 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 3/Kids[2 0 R 2 0 R 2 0 R]>>endobj\n"
        b"3 0 obj<</First 4 0 R/Last 4 0 R/Count 1>>endobj\n"
        b"4 0 obj<</Title(a)/Next 4 0 R/First 4 0 R/Dest[2 0 R/Fit]>>endobj\n"
        b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"
    )
    path = tmp_path / "cycle.pdf"
    path.write_bytes(objects)
    try:
        document = read_file(path, max_bytes=10_000, max_pages=100)
    except UnreadableFileError as error:
        assert error.code == "endommage"
    else:
        assert all(page.status is not PageStatus.TEXT for page in document.pages)


def test_page_labels_and_attachments_are_reported(
    sheet: Callable[..., Sheet], tmp_path: Path
) -> None:
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject

    writer = PdfWriter(clone_from=sheet().text(60, 90, "un").next().text(60, 90, "deux").save())
    writer.set_page_label(0, 0, style="/r", start=4)
    writer.set_page_label(1, 1, style="/D", start=1)
    writer.add_attachment("budget.csv", b"a;b")
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert('bonjour')"),
        }
    )
    path = tmp_path / "etiquettes.pdf"
    writer.write(path)
    document = read(path)
    assert [page.label for page in document.pages] == ["iv", "1"]
    assert any("pièces jointes" in warning for warning in document.warnings)
    assert any("scripts" in warning for warning in document.warnings)


@pytest.mark.corpus_reel
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("aphp-edspdf_error_DAMAGED.pdf", "pas_un_pdf"),
        ("derived_user-password-motdepasse.pdf", "chiffre"),
        ("real_html-error-page-saved-as.pdf", "pas_un_pdf"),
    ],
)
def test_real_defects_are_refused(real_corpus: Path, name: str, code: str) -> None:
    assert _refusal(real_corpus / "defauts" / name) == code


@pytest.mark.corpus_reel
def test_every_page_of_the_seeds_is_read(real_corpus: Path) -> None:
    for path in sorted((real_corpus / "seeds").glob("*.pdf")):
        pages = read(path).pages
        assert [page.number for page in pages] == list(range(1, len(pages) + 1))
        assert all(page.status is PageStatus.TEXT for page in pages)


def test_a_slide_with_only_a_title_keeps_it(tmp_path):
    from reportlab.pdfgen.canvas import Canvas

    from assistant.ingestion.reader import read_file

    canvas = Canvas(str(tmp_path / "deck.pdf"), pagesize=(720, 405), invariant=1)
    for title in ("Enjeux et objectifs", "Gouvernance"):
        canvas.setFillColorRGB(0.1, 0.2, 0.4)
        canvas.rect(0, 398, 720, 7, fill=1)
        canvas.setFont("Helvetica-Bold", 24)
        canvas.drawString(24, 380, title)
        canvas.setFont("Helvetica", 7)
        canvas.drawString(24, 14, "Direction de l'innovation")
        canvas.showPage()
    canvas.save()

    document = read_file(tmp_path / "deck.pdf", max_bytes=1 << 20, max_pages=10)

    assert [page.status.value for page in document.pages] == ["text", "text"]
    assert "Enjeux et objectifs" in document.pages[0].text
