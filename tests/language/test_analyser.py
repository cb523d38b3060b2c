import unicodedata
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.language.analyser import analyse, analyse_with_offsets, stem

MONTHS = dict(
    enumerate(
        [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        start=1,
    )
)
WORDS = st.sampled_from(
    ["hôpital", "santé", "médicaux", "déployés", "œuvre", "numérique", "évalué", "régionaux"]
)


@pytest.mark.parametrize(
    "spellings",
    [
        ["e-santé", "esante", "e santé", "E-SANTÉ", "e‑santé"],
        ["2 M€", "deux millions d'euros", "2 000 000 €", "2 millions d’€", "2M€"],
        ["7,5 milliards d’euros", "7.5 Md€", "7 500 000 000 €"],
        ["20 000 euros", "20000 €", "vingt mille euros", "20 k€", "20 000 €"],
        ["95%", "95 %", "95 pour cent"],
        ["31/07/2025", "31 juillet 2025", "31 JUILLET 2025", "2025-07-31"],
        ["1er septembre 2025", "01/09/2025"],
        ["CHU", "CHUs", "CHU(s)", "chu"],
        ["quatre-vingt-dix-sept", "97"],
        ["deux cent mille", "200 000"],
        ["article L. 1434-2", "article L1434-2"],
        ["télémédecine", "telemedecine"],
        ["l’hôpital", "hopital", "l'hôpital", "L'HÔPITAL", "les hôpitaux"],
        ["crédits", "crédit"],
        ["directrice", "directeur", "directrices"],
        ["identifier", "identifié", "identification"],
        ["régional", "régionaux", "régionales"],
        ["hôpital", "hôpitaux"],
        ["2,5 M€", "2 500 000 €", "2,5 millions d’euros"],
        ["1 500", "1.500", "1500"],
        ["quinze pour cent", "15 %", "15%"],
        ["31.07.25", "31-07-2025", "31 juillet 2025"],
        ["n° 2", "n°2"],
        ["30 min", "30min"],
    ],
)
def test_spellings_of_one_thing_give_the_same_terms(spellings):
    assert {spelling: analyse(spelling) for spelling in spellings} == dict.fromkeys(
        spellings, analyse(spellings[0])
    )


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("les DRH/DAM", ["drh", "dam"]),
        ("L’IA et la QVCT", ["ia", "qvct"]),
        ("Saint-Étienne", [stem("saint"), stem("étienne")]),
        ("aujourd’hui, jusqu’à ce qu’il y ait", []),
        ("relève de S3.0 et d’IMP_1", [stem("relève"), "s3.0", "imp1"]),
        ("le SI de l’établissement, si possible", ["si", stem("établissement"), stem("possible")]),
        ("24h/24", ["24", "24"]),
        ("réseau 5G", [stem("réseau"), "5g"]),
        ("", []),
    ],
)
def test_terms(text, terms):
    assert [term for term in analyse(text) if term != "h"] == terms


@pytest.mark.parametrize(
    ("one", "other"),
    [("département", "départ"), ("règlement", "régler"), ("parlement", "parler")],
)
def test_words_of_another_family_stay_apart(one, other):
    assert stem(one) != stem(other)


def test_a_compound_meets_its_one_word_spelling_and_its_second_part():
    assert set(analyse("médico-social")) >= {stem("médicosocial"), stem("social")}


def test_a_date_also_answers_for_its_month_and_year():
    assert analyse("31 juillet 2025") == ["2025-07-31", "2025-07", "31", stem("juillet"), "2025"]
    assert {"2025-07", stem("juillet"), "2025"} <= set(analyse("juillet 2025"))


def test_offsets_point_at_the_words():
    text = "L’AMI est doté de 2 millions d’euros."
    assert [text[a:b] for _, a, b in analyse_with_offsets(text)] == [
        "AMI",
        "doté",
        "2 millions d’euros",
        "2 millions d’euros",
    ]


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_accents_case_and_composition_never_matter(some_words):
    text = " ".join(some_words)
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
    ).replace("œ", "oe")
    expected = analyse(text)
    assert analyse(bare) == expected
    assert analyse(text.upper()) == expected
    assert analyse(unicodedata.normalize("NFD", text)) == expected


@given(st.integers(min_value=0, max_value=10**12))
def test_thousands_separators_never_matter(number):
    grouped = f"{number:,}"
    assert (
        analyse(grouped.replace(",", " "))
        == analyse(grouped.replace(",", "\u202f"))
        == analyse(str(number))
    )


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)))
def test_dates_written_three_ways_meet(day):
    written = f"{day.day} {MONTHS[day.month]} {day.year}"
    assert analyse(written) == analyse(day.strftime("%d/%m/%Y")) == analyse(day.isoformat())


@example("\u0300")
@given(st.text())
def test_any_text_is_analysed_within_its_bounds(text):
    for term, start, end in analyse_with_offsets(text):
        assert term
        assert 0 <= start < end <= len(text)
