"""Personal data are found; a decree, a SIRET, an amount, a year never are."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.personal import (
    WARNING,
    Kind,
    is_iban,
    is_nir,
    masked,
    personal_data,
    warning,
)
from assistant.settings import REPOSITORY


def nir(body: str) -> str:
    """A social security number with its key."""
    number = int(body.replace("2A", "19").replace("2B", "18"))
    return f"{body}{97 - number % 97:02d}"


def found(text: str) -> list[tuple[Kind, str]]:
    return [(one.kind, text[one.start : one.end]) for one in personal_data(text)]


@pytest.mark.parametrize(
    ("text", "kind", "piece"),
    [
        (f"Le NIR {nir('1850578006084')} est-il valide ?", Kind.NIR, nir("1850578006084")),
        ("Patient 1 85 05 78 006 084 91 admis", Kind.NIR, "1 85 05 78 006 084 91"),
        ("n° sécu : 2 69 05 2A 588 157", Kind.NIR, "2 69 05 2A 588 157"),
        ("Appelez le 06 12 34 56 78 demain", Kind.PHONE, "06 12 34 56 78"),
        ("Joignable au +33 (0)3.80.12.34.56.", Kind.PHONE, "+33 (0)3.80.12.34.56"),
        ("Joignable au 0380123456", Kind.PHONE, "0380123456"),
        ("Écrire à jeanne.durand@chu-exemple.fr.", Kind.EMAIL, "jeanne.durand@chu-exemple.fr"),
        ("Jeanne, née le 12/03/1954 à Dijon", Kind.BIRTH, "12/03/1954"),
        ("né le 3 mars 1948", Kind.BIRTH, "3 mars 1948"),
        ("date de naissance : 01/02/1990", Kind.BIRTH, "01/02/1990"),
        ("Le dossier de l’IPP 8003456712 est-il complet ?", Kind.PATIENT, "8003456712"),
        ("IPP : A-2034567", Kind.PATIENT, "A-2034567"),
        ("Que dit Mme Hélène Vasseur du projet ?", Kind.NAME, "Hélène Vasseur"),
        ("Le Dr DURAND-MARTIN a-t-il répondu ?", Kind.NAME, "DURAND-MARTIN"),
        ("M. de La Tour a demandé", Kind.NAME, "de La Tour"),
        ("le patient Jean Dupont peut-il sortir ?", Kind.NAME, "Jean Dupont"),
        ("FR76 3000 6000 0112 3456 7890 189", Kind.IBAN, "FR76 3000 6000 0112 3456 7890 189"),
        ("Il habite 12 bis rue de la Liberté à Dijon", Kind.ADDRESS, "12 bis rue de la Liberté"),
    ],
)
def test_each_kind_is_found_whole(text: str, kind: Kind, piece: str) -> None:
    assert (kind, piece) in found(text)
    assert f"[{kind}]" in masked(text)
    assert piece not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "SIRET 732 829 320 00074 et SIREN 732829320",
        "Le SIRET 73282932000074 et le FINESS 210012175",
        "FINESS juridique 21 001 217 5",
        "Le décret n° 2021-1048 du 4 août 2021 et l’arrêté du 28 novembre 2023",
        "la loi n° 2019-774 du 24 juillet 2019",
        "Combien de M€ entre 2023 et 2028 : 1 850 578 euros ou 20 000 € ?",
        "une enveloppe de 2 000 000 000 € sur 2022-2030",
        "l’instruction DGOS/PF5/2024/123 du 12/03/2024",
        "Quelles actions pour le 31/12/2025 ?",
        "Que décide Monsieur le directeur général de l’ARS ?",
        "Madame la ministre a-t-elle annoncé un plan ?",
        "le patient doit-il consentir ? Le patient Générative",
        "l’INS est-elle obligatoire ? L’IPP sert à quoi ? le matricule INS en 2024",
        "Le CHU est-il place de la santé numérique ? 3 places de coordination",
        "hôpital du Docteur Schaffner",
        "axe 3, objectif 12, action 4.2, page 102, version 2.1.0",
        "DOI 10.1000/182, ISBN 978-2-11-077045-5, EAN 3760123456789",
        "Un numéro vert : 3400 ; le 15 ; le 116 117",
        "200 rue",
    ],
)
def test_usual_numbers_and_offices_are_nobodys(text: str) -> None:
    assert found(text) == []


def test_no_development_question_raises_an_alarm() -> None:
    asked = 0
    for path in sorted((REPOSITORY / "eval" / "questions").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record.get("split") == "dev" and record.get("question"):
                asked += 1
                assert found(record["question"]) == []
    assert asked > 100


_bodies = st.builds(
    "{}{:02d}{:02d}{}{:03d}{:03d}".format,
    st.sampled_from("12"),
    st.integers(0, 99),
    st.integers(1, 12),
    st.sampled_from(["01", "21", "75", "2A", "2B", "99"]),
    st.integers(1, 999),
    st.integers(1, 999),
)


@given(_bodies, st.integers(0, 99), st.booleans())
def test_a_number_is_found_with_its_key_and_with_no_other(
    body: str, key: int, spaced: bool
) -> None:
    right = nir(body)
    other = f"{body}{key:02d}"
    assert is_nir(right) and (is_nir(other) is (other == right))
    cut = (0, 1, 3, 5, 7, 10, 13, 15)
    shown = " ".join(right[a:b] for a, b in itertools.pairwise(cut)) if spaced else right
    assert (Kind.NIR, shown) in found(f"le dossier {shown} a disparu")
    assert all(kind is not Kind.NIR for kind, _ in found(f"le total {other} est faux")) or (
        other == right
    )


@given(st.text(max_size=200))
def test_any_text_can_be_masked_and_pieces_do_not_overlap(text: str) -> None:
    pieces = personal_data(text)
    assert all(0 <= one.start < one.end <= len(text) for one in pieces)
    assert all(a.end <= b.start for a, b in itertools.pairwise(pieces))
    assert (masked(text) == text) is (not pieces)
    assert bool(warning(text)) is bool(pieces)


@given(st.text(alphabet="0123456789 .-/+@aA°né", max_size=2000))
def test_no_text_takes_long(text: str) -> None:
    masked(text)  # bounded by the time that hypothesis allows


def test_keys_of_accounts() -> None:
    assert is_iban("FR76 3000 6000 0112 3456 7890 189")
    assert not is_iban("FR76 3000 6000 0112 3456 7890 188")


def test_the_warning_names_what_was_found() -> None:
    told = warning("Mme Hélène Vasseur, 06 12 34 56 78, h.vasseur@exemple.fr ?")
    assert told.startswith(WARNING)
    assert "un nom de personne, un numéro de téléphone et une adresse électronique" in told
    assert "Vasseur" not in told
    assert warning("Quel est le budget ?") == ""
