"""A printed calculation that is wrong is quoted, and the reader is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.generation.arithmetic import arithmetic_remark


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
