"""Titles and dates that are trusted, and rendered pages with their highlights."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import PageNotFoundError
from assistant.ingestion.dates import find_date, find_version
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


# --- The title of a cover ----------------------------------------------------------------------


def titled(sheet, *lines, info=None):
    """Metadata of a page whose lines are given as (height, size, text)."""
    page = sheet()
    for top, size, text in lines:
        page.text(60, top, text, size=size)
    found = read(page.save())
    return document_metadata(Path("fichier.pdf"), info or {}, found.pages)


FILLER = [
    (400 + 14 * k, 10, "Un texte courant de dix points, plus long que le titre.") for k in range(20)
]


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        # Lines of one size make one title, and what follows in smaller type completes it.
        (
            [(100, 26, "GUIDE"), (140, 26, "DES BONNES PRATIQUES"), (240, 22, "AIDE ALIMENTAIRE")],
            "GUIDE DES BONNES PRATIQUES – AIDE ALIMENTAIRE",
        ),
        # The institution is not the title, however large.
        (
            [(100, 24, "AGENCE DU NUMERIQUE EN SANTE"), (200, 18, "Charte d’adhésion – v1.0")],
            "Charte d’adhésion – v1.0",
        ),
        # What is nearly as large and stands before opens the title.
        (
            [
                (100, 20, "Rapport au Parlement"),
                (160, 12, "Article 230"),
                (200, 20, "Bilan annuel 2023"),
            ],
            "Rapport au Parlement – Bilan annuel 2023",
        ),
        # Placeholders, dates and addresses are left out.
        (
            [
                (60, 16, "Titre du document"),
                (100, 24, "Pilote Hub Santé"),
                (150, 18, "3 juin 2024"),
                (200, 18, "hub.esante.gouv.fr"),
            ],
            "Pilote Hub Santé",
        ),
        # A line cut before « par » says nothing alone.
        (
            [(100, 30, "INITIATION AU PMSI"), (180, 22, "Formation élaborée par")],
            "INITIATION AU PMSI",
        ),
    ],
)
def test_the_lines_of_a_cover_are_put_together(
    sheet: Callable[..., Sheet], lines: list[tuple[int, int, str]], title: str
) -> None:
    assert titled(sheet, *lines, *FILLER[:4]).title == title


def test_a_declared_title_must_be_found_on_the_pages(sheet: Callable[..., Sheet]) -> None:
    lines = [(100, 22, "Je limite la transmission du virus"), *FILLER]
    assert titled(sheet, *lines, info={"title": "Fiche GP"}).title == lines[0][2]
    declared = "Je limite la transmission du virus : affiche"
    assert titled(sheet, *lines, info={"title": declared}).title == declared


@pytest.mark.parametrize(
    "declared",
    ["RE: envoi du guide", "https://www.exemple.fr/guide", "(unspecified)", "Modèle de note 3"],
)
def test_neither_a_message_nor_an_address_is_a_title(declared: str) -> None:
    assert document_metadata(Path("guide.pdf"), {"title": declared}, ()).title == "Guide"


def test_a_declared_file_name_is_cleaned_when_nothing_else_is_known() -> None:
    info = {"title": "23.11.09 - Cahier de recette - Éditeurs"}
    assert document_metadata(Path("x.pdf"), info, ()).title == "Cahier de recette - Éditeurs"


def test_a_letter_has_its_subject_for_title(sheet: Callable[..., Sheet]) -> None:
    lines = [
        (60, 14, "SANTÉ PUBLIQUE"),
        (120, 10, "Objet : avis favorable sur le projet de recherche"),
        (160, 10, "Madame, Monsieur,"),
        *FILLER,
    ]
    assert titled(sheet, *lines).title == "avis favorable sur le projet de recherche"


@given(st.text(max_size=80))
def test_there_is_always_a_title(declared: str) -> None:
    assert document_metadata(Path("guide.pdf"), {"title": declared}, ()).title.strip()


# --- Dates and versions ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Rennes, le 11 mars 2020", "2020-03-11"),
        ("Décembre 2023", "2023-12"),
        ("28/10/2020", "2020-10-28"),
        ("2019.03.27", "2019-03-27"),
        ("1er juillet 2025", "2025-07-01"),
        ("Fiche pratique 06/2019 - maj 09/2020 Page 1", "2020-09"),
        ("Mis à jour le 3 février 2024", "2024-02-03"),
        ("Version du 26/01/22", "2022-01-26"),
        ("Version 2 2022", "2022"),
        ("2024", "2024"),
        # The dates of other things.
        ("arrêté du 17 juillet 2017", None),
        ("au plus tard le 31 juillet 2025", None),
        ("Depuis le 28 février 2020, 26 personnes ont été testées positives", None),
        ("Le plan 2023-2028", None),
        ("le 45/13/2020", None),
    ],
)
def test_only_a_date_line_dates_the_document(line: str, date: str | None) -> None:
    assert find_date(Path("guide.pdf"), "Guide", [line]) == date


def test_a_sentence_cut_at_the_end_of_a_line_gives_no_date() -> None:
    assert find_date(Path("x.pdf"), "", ["prévu par l’arrêté", "du 17 juillet 2017"]) is None


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("compte-rendu_2024-05-23.pdf", "2024-05-23"),
        ("20250715_note.pdf", "2025-07-15"),
        ("note-23-05-2024.pdf", "2024-05-23"),
        ("srs-2023-2028.pdf", None),
        ("document-405765.pdf", None),
    ],
)
def test_the_name_dates_a_document_that_does_not(name: str, date: str | None) -> None:
    assert find_date(Path(name), "Note", []) == date


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("Charte d’adhésion au Hub Santé – v1.2", "1.2"),
        ("Version 3", "3"),
        ("Statut : En cours | Version : v1.2", "1.2"),
        ("V2 du 12/03/2024", "2"),
        ("Version 2022", "2022"),
        ("Version 2 du 8 septembre 2025. Elle remplace la version 1 du 10 juin 2025.", "2"),
        ("version : 8 juillet 2024", None),
        ("Tableau des populations - version au 20/06/2023", None),
        ("Version française", None),
        (
            "les interfaces doivent suivre la norme HL7 v2.5 et la version 3 du cadre commun des",
            None,
        ),
    ],
)
def test_the_version_a_document_gives_itself(line: str, version: str | None) -> None:
    assert find_version(Path("charte.pdf"), [line]) == version


@given(st.text(max_size=120))
def test_any_line_can_be_looked_at(line: str) -> None:
    date = find_date(Path("x.pdf"), "", [line])
    assert date is None or re.fullmatch(r"20\d\d(?:-\d\d(?:-\d\d)?)?", date)
    find_version(Path("x.pdf"), [line])


# --- Real documents ----------------------------------------------------------------------------

REAL_TITLES = {
    "ameli-spf_limiter-transmission-virus_2020": "Je limite la transmission",
    "ans_hub-sante_charte-adhesion-v1.2_2024-10": "Charte d’adhésion au Hub Santé",
    "ars-bretagne_cp-point-situation_2020-03-12": "Coronavirus en Bretagne : point de",
    "cnam_essentiel-snds_2021": "L’essentiel du SNDS",
    "cnil_engagements-conformite-referentiel_2017-2020": "Liste des engagements au référentiel",
    "dgcs_vao_agrements-non-actifs_2024-07": "AGREMENTS VAO NON ACTIFS",
    "dgcs_vao_modele-signalement-eig": "Modèle de formulaire de remontée",
    "dgs_fiche-aeration-ventilation_2020-10": "Coronavirus (COVID-19) – Recommandations",
    "hdh_presentation-meetup6_2020-11": "Données de santé, open source",
}


@pytest.mark.corpus_reel
@pytest.mark.parametrize("name", REAL_TITLES)
def test_titles_of_real_documents(real_corpus: Path, name: str) -> None:
    path = real_corpus / "public" / f"{name}.pdf"
    if not path.is_file():
        pytest.skip(f"{path.name} est absent")
    assert read(path).metadata.title.startswith(REAL_TITLES[name])


# --- Rendering ---------------------------------------------------------------------------------


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
