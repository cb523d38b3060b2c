"""Titles and dates that are trusted, and rendered pages with their highlights."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.errors import PageNotFoundError
from assistant.ingestion.metadata import document_metadata, readable_name
from assistant.ingestion.render import boxes_for_span, render_page
from tests.ingestion.conftest import BODY, Sheet, read, rotate


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ("Schéma régional de santé 2023-2028", True),
        ("Microsoft Word - doc1.docx", False),
        ("Présentation PowerPoint", False),
        ("rapport final.pdf", False),
        ("Provence-Alpes-CÃ´te d’Azur : point", False),
    ],
)
def test_only_real_titles_are_trusted(declared: str, kept: bool) -> None:
    title = document_metadata(Path("compte-rendu_2024.pdf"), {"title": declared}, ()).title
    assert (title == declared) is kept


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SRS BFC 2023-2028.pdf", "prs"),
        ("Compte-rendu du COPIL IA.pdf", "copil"),
        ("ami-temps-de-travail.pdf", "ami"),
        ("Communiqué de presse.pdf", "communique"),
        ("guide-has.pdf", "guide"),
        ("budget.pdf", "autre"),
    ],
)
def test_the_kind_comes_from_the_words_of_the_name(name: str, kind: str) -> None:
    assert document_metadata(Path(name), {}, ()).kind == kind


def test_what_nobody_says_stays_unknown() -> None:
    metadata = document_metadata(Path("rapport.pdf"), {}, ())
    assert (metadata.publisher, metadata.region, metadata.date) == (None, None, None)


def test_dates_and_regions_of_the_first_page(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 90, "ARS Bretagne – Rennes, le 8 juillet 2025").text(60, 130, *BODY)
    metadata = read(page.save()).metadata
    assert (metadata.region, metadata.date) == ("Bretagne", "2025-07-08")


def test_a_file_name_becomes_readable() -> None:
    assert readable_name(Path("guide_ia-en_sante_2025.pdf")) == "Guide ia en sante 2025"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_highlights_fall_on_the_words_whatever_the_rotation(
    sheet: Callable[..., Sheet], rotation: int
) -> None:
    from PIL import Image

    path = rotate(sheet((150, 220)).text(30, 90, "Dijon").save(), rotation)
    page = read(path).pages[0]
    boxes = boxes_for_span(page, 0, 5)
    png = render_page(path, 1, scale=1, highlights=boxes)
    image = Image.open(io.BytesIO(png)).convert("RGB")
    assert image.size == (round(page.width), round(page.height))
    dark = [
        (x, y)
        for x in range(image.width)
        for y in range(image.height)
        if sum(image.getpixel((x, y))) < 300
    ]
    yellow = {
        (x, y)
        for x in range(image.width)
        for y in range(image.height)
        if image.getpixel((x, y))[2] < 200 < image.getpixel((x, y))[0]
    }
    xs, ys = [x for x, _ in yellow], [y for _, y in yellow]
    assert dark
    assert all(min(xs) - 1 <= x <= max(xs) + 1 and min(ys) - 1 <= y <= max(ys) + 1 for x, y in dark)


def test_a_span_over_two_lines_gives_two_boxes(sheet: Callable[..., Sheet]) -> None:
    page = read(sheet().text(60, 90, *BODY).save()).pages[0]
    start = page.text.index("socle")
    boxes = boxes_for_span(page, start, page.text.index("services") + 8)
    assert len(boxes) == 2
    assert boxes[0][3] <= boxes[1][3]


def test_an_unknown_page_is_refused(sheet: Callable[..., Sheet]) -> None:
    with pytest.raises(PageNotFoundError):
        render_page(sheet().text(60, 90, "un").save(), 2)
