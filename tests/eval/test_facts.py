"""A fact is found however it is written, and nothing that merely looks like it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.facts import Day, Number, holds, tokens, values

MONTHS = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
          "octobre", "novembre", "décembre"]  # fmt: skip
WORDS = ["le", "CHU", "de", "Dijon", "a", "20", "000", "€", "12", "juin", "2025", "%"]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("jusqu’à 20 000 € par projet", "20000"),
        ("jusqu’à 20\u202f000,00 euros", "20 000"),
        ("une enveloppe de 2 M€", "2 millions d'euros"),
        ("une enveloppe de 2 millions d’euros", "2 000 000 €"),
        ("2 MILLIONS D’EUROS", "2 M€"),
        ("deux millions d’euros", "2 M€"),
        ("7,5 milliards d’euros", "7,5 milliards"),
        ("150 K€", "150 000 euros"),
        ("la moitié, soit 50 pour cent", "50 %"),
        ("soit 95% des lits", "95 %"),
        ("avant le 31/07/2025", "31 juillet 2025"),
        ("2025-07-31", "31 juillet 2025"),
        ("le 31 JUILLET 2025", "juillet 2025"),
        ("1er septembre 2025", "01/09/2025"),
        ("depuis le 1er août 2024", "2024"),
        ("dix pages au plus", "10 pages"),
        ("9h30", "9 h 30"),
        ("la D.G.O.S. et l’ARS", "dgos"),
        ("le guide A.V.E.C.", "AVEC"),
        ("« Vérifier » d’abord", "vérifier"),
        ("À ÉCARTER", "à écarter"),
        ("l’hôpital n’est pas éligible", "n'est pas eligible"),
        ("il faut deux réunions par an", "trimestriel|deux réunions"),
    ],
)
def test_the_same_thing_written_otherwise_is_found(text: str, fact: str) -> None:
    assert holds(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("une enveloppe de 2,5 M€", "2 M€"),
        ("une enveloppe de 2,5 M€", "5 M€"),
        ("2 millions de patients", "2 millions d'euros"),
        ("jusqu’à 120 000 euros", "20 000 euros"),
        ("1506 cas d’usage", "506"),
        ("12,5 %", "12"),
        ("50 établissements", "50 %"),
        ("le 12 juillet 2025", "12 juin 2025"),
        ("le 12 juin 2024", "12 juin 2025"),
        ("le 12 juin", "12 juin 2025"),
        ("le 2e axe", "2"),
        ("la 5G", "5"),
        ("avec les équipes", "AVEC"),
        ("hospitalisation", "hospital"),
        ("plus de 20 000", "20 000 euros"),
        ("rien", ""),
        ("rien", "|"),
    ],
)
def test_a_near_miss_is_not_found(text: str, fact: str) -> None:
    assert not holds(text, fact)


def grouped(number: int, space: str) -> str:
    return f"{number:,}".replace(",", space)


@given(st.integers(0, 10**9), st.sampled_from(["", " ", "\u00a0", "\u202f", "."]))
def test_a_number_has_one_value_and_no_other(number: int, space: str) -> None:
    text = f"un total de {grouped(number, space)} euros"
    assert holds(text, f"{number} euros")
    for other in (number + 1, number * 10 + 1, int("1" + str(number))):
        assert not holds(text, f"{grouped(other, ' ')} euros")


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
def test_a_date_has_three_writings_and_its_neighbours_none(day: date) -> None:
    ordinal = "1er" if day.day == 1 else str(day.day)
    writings = (
        f"{ordinal} {MONTHS[day.month - 1]} {day.year}",
        f"{day.day:02}/{day.month:02}/{day.year}",
        day.isoformat(),
    )
    for text in writings:
        assert all(holds(f"fixé au {text}.", fact) for fact in writings)
        for other in (day + timedelta(1), day + timedelta(31), day + timedelta(366)):
            assert not holds(text, other.isoformat())


@given(st.text("abéè’'-/. 0123456789€%\u00a0", max_size=60))
def test_a_text_holds_itself(text: str) -> None:
    assert holds(text, text) == bool(tokens(text))


@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_a_text_that_holds_a_fact_holds_it_among_words(words: list[str]) -> None:
    fact = " ".join(words)
    if tokens(fact):
        assert holds(f"alors ; {fact} ; donc", fact)


def test_values_are_read_with_their_unit() -> None:
    assert values("2 M€, 50 % et le 1er mai 2025") == (
        Number("2000000", "euro"),
        Number("50", "pourcent"),
        Day(2025, 5, 1),
    )
