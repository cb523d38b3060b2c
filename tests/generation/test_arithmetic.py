"""A printed calculation that is wrong is quoted, and the reader is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.generation.arithmetic import arithmetic_remark
from tests.generation.library import PARAGRAPH, Library
from tests.generation.test_answer import ask


@pytest.mark.parametrize(
    ("text", "made", "printed"),
    [
        (
            "Une IA qui allège 30 minutes par jour pour 50 soignants représente 750 heures "
            "récupérées chaque jour.",
            "25 heures",
            "750 heures",
        ),
        (
            "Gagner 2 heures par semaine pour 10 agents, soit 200 heures par semaine.",
            "20 heures",
            "200 heures",
        ),
        ("15 minutes pour 1 000 patients font 500 heures.", "250 heures", "500 heures"),
    ],
)
def test_a_wrong_product_is_remarked(text: str, made: str, printed: str) -> None:
    remark = arithmetic_remark(text)
    assert remark is not None
    assert made in remark
    assert printed in remark
    assert "cité tel quel" in remark


@pytest.mark.parametrize(
    "text",
    [
        "Une IA qui allège 30 minutes par jour pour 50 soignants représente 25 heures chaque jour.",
        # Another period: days a month are not said.
        "30 minutes par jour pour 50 soignants représentent 500 heures par mois.",
        "La réunion dure 30 minutes pour 50 personnes, puis 2 heures d’atelier.",
        "Le délai passe de 30 minutes à 2 heures.",
        "Environ 15 minutes pour 1 000 patients, soit 255 heures au total.",  # rounding
        "Aucun chiffre ici.",
        "",
    ],
)
def test_what_agrees_or_cannot_be_judged_is_left_alone(text: str) -> None:
    assert arithmetic_remark(text) is None


@given(st.integers(1, 90), st.integers(2, 500))
def test_a_right_product_is_never_remarked(minutes: int, people: int) -> None:
    total = minutes * people
    text = f"{minutes} minutes par jour pour {people} agents, soit {total} minutes par jour."
    assert arithmetic_remark(text) is None


@given(st.text(max_size=200))
def test_any_text_is_accepted(text: str) -> None:
    arithmetic_remark(text)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("12 projets sur 48, soit 30 % de la dotation", None),
        ("12 projets sur 48, soit 30 %.", "25 %"),
        ("3 établissements sur 7 (50 %)", "42,9 %"),
        ("1 200 dossiers sur 4 800 (soit 25 %)", None),
        ("3 établissements sur 7 (43 %)", None),
        ("Sur 48 projets, 12 sont retenus", None),
    ],
)
def test_a_share_is_checked_against_its_numbers(text: str, made: str | None) -> None:
    remark = arithmetic_remark(text)
    assert (remark is None) == (made is None)
    assert made is None or f"font {made}" in str(remark)


@given(st.integers(1, 500), st.integers(1, 500))
def test_a_right_share_is_left_alone(part: int, whole: int) -> None:
    part, whole = sorted((part, whole))
    assert arithmetic_remark(f"{part} projets sur {whole}, soit {100 * part // whole} %.") is None


@pytest.mark.parametrize(
    ("total", "opened", "remarked"), [("24", True, False), ("30", True, True), ("30", False, False)]
)
def test_a_column_is_checked_against_its_total(total: str, opened: bool, remarked: bool) -> None:
    library = Library()
    report = library.document("bilan", "Bilan des robots")
    if opened:
        library.write(report, ("Bilan",), (PARAGRAPH, "Robots par site."))
    rows = (("Site", "Robots"), ("Nord", "12"), ("Sud", "7"), ("Est", "5"), ("Total", total))
    passage = library.table(report, ("Bilan",), *rows)
    if opened:
        # The paragraph and its table make one passage, which shows where the table opens.
        document, first = library.passages[0]
        library.passages[:] = [
            (document, replace(passage, blocks=(*first.blocks, *passage.blocks)))
        ]
    library.write(library.document("x", "Autre"), (), (PARAGRAPH, "Les quais avancent."))
    found = ask("Quel est le nombre total de robots ?", library=library)
    assert any(sentence.text == total for sentence in found.sentences)
    assert any("12 + 7 + 5 = 24" in note for note in found.notes) == remarked
