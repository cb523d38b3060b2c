"""What a question supposes and no passage says is told in a remark, never denied."""

from __future__ import annotations

import pytest

from assistant.generation.premise import supposed_event, unstated
from assistant.generation.question import understand
from assistant.generation.scoring import vocabulary
from tests.generation.library import PARAGRAPH, Library

LIBRARY = Library()
LIBRARY.write(
    LIBRARY.document("appel", "Appel Aurore"),
    (),
    (PARAGRAPH, "L’appel Aurore verse 20 000 euros par projet. Le comité se réunit chaque mois."),
    (PARAGRAPH, "Le volet prévention a été supprimé en 2030."),
)


def remarks(question):
    asked = understand(question)
    return unstated(asked, LIBRARY.search(question), vocabulary(asked, LIBRARY.idf))


@pytest.mark.parametrize(
    ("question", "event"),
    [
        ("Pourquoi l’appel a-t-il été annulé ?", "annulé"),
        ("Quand le comité a-t-il été dissous ?", "dissous"),
        ("Pourquoi le comité a-t-il supprimé l’axe 3 ?", "supprimé"),
        ("L’appel a-t-il été annulé ?", None),  # asks whether, supposes nothing
        ("Quand l’appel a-t-il été publié ?", None),  # a page that stands was published
        ("Quel est le montant ?", None),
    ],
)
def test_the_event_that_is_supposed(question, event):
    assert supposed_event(understand(question)) == event


def test_an_event_that_nothing_says_is_remarked():
    (said,) = remarks("Pourquoi l’appel Aurore a-t-il été annulé ?")
    assert "« annulé »" in said


@pytest.mark.parametrize("value", ["200 000 euros", "45 %", "toutes les semaines"])
def test_a_value_that_nothing_says_is_remarked(value):
    (said,) = remarks(f"Comment justifier {value} de l’appel Aurore ?")
    assert f"« {value} »" in said


@pytest.mark.parametrize(
    "question",
    [
        "Pourquoi le volet prévention a-t-il été supprimé ?",
        "Comment justifier les 20 000 € par projet de l’appel Aurore ?",
        "Pourquoi le comité se réunit-il tous les mois ?",
        "L’appel verse-t-il 200 000 euros ?",
    ],
)
def test_what_a_page_says_or_a_question_only_asks_is_not(question):
    assert remarks(question) == []
