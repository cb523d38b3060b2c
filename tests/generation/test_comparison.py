"""Two things set side by side get an extract each."""

from __future__ import annotations

import pytest

from assistant.generation.comparison import sides_of
from assistant.generation.question import Expected, understand
from tests.generation.library import PARAGRAPH, Library
from tests.generation.test_answer import ask, texts

LIBRARY = Library()
_GUIDE = LIBRARY.document("guichets", "Guichets de financement")
LIBRARY.write(
    _GUIDE,
    ("Guichet Horizon",),
    (PARAGRAPH, "Le guichet Horizon soutient les projets des hôpitaux pendant 24 mois."),
    (PARAGRAPH, "Une réunion d’information dure deux heures."),
)
LIBRARY.table(
    _GUIDE,
    ("Conditions",),
    ("Dispositif", "Durée", "Montant"),
    ("Guichet Horizon", "24 mois", "80 000 €"),
    ("Concours Prévention", "12 mois", "30 000 €"),
    page=2,
)
LIBRARY.write(
    _GUIDE,
    ("Deux méthodes",),
    (PARAGRAPH, "La méthode descriptive dit ce qui se passe aujourd’hui."),
    (PARAGRAPH, "La méthode prédictive dit ce qui se passera demain."),
    page=3,
)


@pytest.mark.parametrize(
    ("question", "first", "second", "value"),
    [
        ("Quelle différence entre un AMI et un AAP ?", {"ami"}, {"aap"}, Expected.OPEN),
        (
            "Le concours Prévention est-il plus long que le guichet Horizon ?",
            {"concour", "prevent"},
            {"guichet", "horizon"},
            Expected.DURATION,
        ),
        (
            "Compare le montant du guichet Horizon et du concours Prévention",
            {"guichet", "horizon"},
            {"concour", "prevent"},
            Expected.AMOUNT,
        ),
        (
            "Les projets nationaux et les projets régionaux sont-ils payés par les mêmes fonds ?",
            {"national"},
            {"regional"},
            Expected.OPEN,
        ),
    ],
)
def test_the_two_sides_are_told_apart(question, first, second, value):
    sides = sides_of(understand(question))
    assert sides is not None
    assert (sides.first, sides.second, sides.value) == (first, second, value)


@pytest.mark.parametrize(
    "question",
    [
        "Quel est le montant de l’aide ?",
        "Quelle différence entre l’aide et l’aide ?",  # nothing tells one from the other
        "Qui pilote le projet entre les réunions ?",
    ],
)
def test_a_question_without_two_sides_is_left_alone(question):
    assert sides_of(understand(question)) is None


def test_each_side_is_shown_with_the_value_compared():
    found = " / ".join(
        texts(
            ask("Le concours Prévention est-il plus long que le guichet Horizon ?", library=LIBRARY)
        )
    )
    assert "12 mois" in found
    assert "24 mois" in found
    assert "deux heures" not in found


def test_a_section_that_speaks_of_both_is_shown_as_it_stands():
    question = "Quelle différence entre la méthode prédictive et la méthode descriptive ?"
    assert texts(ask(question, library=LIBRARY)) == [
        "La méthode descriptive dit ce qui se passe aujourd’hui.",
        "La méthode prédictive dit ce qui se passera demain.",
    ]


def test_without_an_extract_for_one_side_the_answer_is_the_usual_one():
    question = "Quelle différence entre la méthode prédictive et la méthode agile ?"
    shown = texts(ask(question, library=LIBRARY))
    assert len(shown) != 2 or "agile" not in shown[1]


COLUMNS = Library()
_TABLE = COLUMNS.document("tableau", "Tableau des financements")
COLUMNS.table(
    _TABLE,
    ("Guichets",),
    ("", "Guichet Horizon", "Impact Nord", "Prix Delta"),
    ("Opérateur", "Agence Alpha", "Banque Bêta", "Région"),
    ("Montant", "80 000 €", "30 000 €", "5 000 €"),
    ("Durée", "24 mois", "12 mois", "6 mois"),
)
COLUMNS.write(COLUMNS.document("x", "Autre"), (), (PARAGRAPH, "Les robots avancent."))


@pytest.mark.parametrize(
    "question",
    [
        "Quelle différence entre le guichet Horizon et Impact Nord ?",
        "Guichet Horizon ou Impact Nord ?",
        "Comparer Horizon et Impact Nord",
        "Le guichet Horizon par rapport à Impact Nord",
    ],
)
def test_only_the_columns_compared_are_shown_attribute_by_attribute(question):
    found = ask(question, library=COLUMNS)
    assert [text for text in texts(found) if not text.endswith(":")] == [
        *("Agence Alpha", "Banque Bêta"),
        *("80 000 €", "30 000 €"),
        *("24 mois", "12 mois"),
    ]
    assert all(sentence.citations for sentence in found.sentences if sentence.kind == "extract")


def test_the_attribute_that_is_named_is_shown_alone():
    shown = texts(ask("Compare la durée de Horizon et Impact Nord", library=COLUMNS))
    assert [text for text in shown if not text.endswith(":")] == ["24 mois", "12 mois"]


def test_rows_are_compared_as_columns_are():
    shown = texts(
        ask(
            "Quelle différence entre le guichet Horizon et le concours Prévention ?",
            library=LIBRARY,
        )
    )
    assert [text for text in shown if not text.endswith(":")] == [
        *("24 mois", "12 mois"),
        *("80 000 €", "30 000 €"),
    ]


def test_the_sentence_that_tells_both_apart_comes_before_the_table():
    library = Library()
    glossary = library.document("glossaire", "Glossaire")
    said = "Un AMI cherche des volontaires ; un AAP attend un projet complet."
    library.write(glossary, ("À savoir",), (PARAGRAPH, said))
    library.table(
        glossary,
        ("Sigles",),
        ("Sigle", "Développé"),
        ("AMI", "Appel à manifestation d’intérêt"),
        ("AAP", "Appel à projets"),
        page=2,
    )
    shown = texts(ask("Quelle différence y a-t-il entre un AMI et un AAP ?", library=library))
    assert shown[0] == said
