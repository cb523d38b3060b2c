import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.entities import (
    find_amounts,
    find_dates,
    find_durations,
    find_emails,
    find_entities,
    find_names,
    find_numbers,
    find_percentages,
    find_phones,
    find_sigles,
    find_urls,
)


def values(entities):
    return [entity.value for entity in entities]


@pytest.mark.parametrize(
    ("finder", "text", "expected"),
    [
        (
            find_amounts,
            "doté de 2 millions d’euros, soit 20 000 € par projet",
            ["2000000", "20000"],
        ),
        (find_amounts, "4 millions d’€ et 7,5 Md€", ["4000000", "7500000000"]),
        (find_amounts, "deux projets, 12 mois", []),
        (find_percentages, "dépend à 95% des importations", ["95"]),
        (find_numbers, "deux AMI et 12 projets en 2025", ["2", "12", "2025"]),
        (find_dates, "avant le 31 juillet 2025 puis le 22/08/2025", ["2025-07-31", "2025-08-22"]),
        (find_dates, "dès septembre 2024, le 6 mars dernier", ["2024-09", "--03-06"]),
        (find_dates, "le 31/02/2025", []),
        (
            find_durations,
            "trois ans, 30 min et un comité trimestriel",
            ["3 an", "30 min", "trimestriel"],
        ),
        (find_emails, "écrire à DGOS-PRESSE@sante.gouv.fr.", ["dgos-presse@sante.gouv.fr"]),
        (find_urls, "voir https://esante.gouv.fr/ségur.", ["https://esante.gouv.fr/ségur"]),
        (find_phones, "au 03 80 12 34 56", ["0380123456"]),
        (find_numbers, "au 03 80 12 34 56", []),
        (find_sigles, "les CHUs, la QVCT, le S3.0 et IMP_1", ["chu", "qvct", "s3.0", "imp_1"]),
        (find_names, "le budget du CHU de Dijon et de Bpifrance", ["chu de dijon", "bpifrance"]),
        (find_names, "Quelle est la date ? Les projets avancent.", []),
    ],
)
def test_what_is_found(finder, text, expected):
    assert values(finder(text)) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [("2 M€", "deux millions d'euros"), ("1,5 million d’euros", "1 500 000 €")],
)
def test_two_writings_of_an_amount_have_one_value(one, other):
    assert values(find_amounts(one)) == values(find_amounts(other)) != []


@given(st.text(alphabet=st.sampled_from("abAÉé 0123456789.,/-€%d’@\n")))
def test_findings_quote_the_text(text):
    for entity in find_entities(text):
        assert entity.text == text[entity.start : entity.end] != ""
