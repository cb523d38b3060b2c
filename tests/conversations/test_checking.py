"""A kept answer says which of its proofs still hold."""

from __future__ import annotations

import pytest

from assistant.conversations.checking import recheck
from assistant.model import Sentence
from tests.conversations.examples import QUOTE, TEXT, Pages, an_answer, citation


def reasons(answer: object, pages: Pages, *, foreign: bool = False) -> list[str]:
    return [doubt.reason for doubt in recheck(answer, pages, foreign=foreign)[1]]  # type: ignore[arg-type]


def test_a_quote_at_its_place_holds() -> None:
    answer, doubts = recheck(an_answer(), Pages())
    assert answer == an_answer()
    assert doubts == []


def test_a_quote_that_moved_on_its_page_is_followed() -> None:
    answer, doubts = recheck(an_answer(), Pages("Nouvel en-tête.\n" + TEXT))
    assert doubts == []
    (moved,) = answer.sentences[0].citations
    assert (moved.start, moved.end) == (7 + 16, 7 + 16 + len(QUOTE))
    assert moved.boxes == []


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        (Pages(TEXT.replace("40 000", "50 000")), "ne se trouve plus sur la page"),
        (Pages(document_id="b"), "n'est plus dans le corpus"),
        (Pages(""), "ne se trouve plus sur la page"),
    ],
)
def test_what_changed_is_to_be_checked_again(pages: Pages, reason: str) -> None:
    (said,) = reasons(an_answer(), pages)
    assert reason in said


def test_a_page_that_left_its_document_is_told() -> None:
    answer = an_answer()
    answer.sentences[0].citations[0] = citation(page=7)
    _, (doubt,) = recheck(answer, Pages())
    assert (doubt.sentence, doubt.file, doubt.page) == (0, "ami.pdf", 7)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        (
            Sentence(text="Le soutien est sans limite.", kind="extract", citations=[citation()]),
            "mot pour mot",
        ),
        (Sentence(text="Rien ne le prouve.", kind="extract"), "pas de citation"),
        (Sentence(text="Formule inventée :", kind="template", citations=[citation()]), "mot pour"),
        (Sentence(text=QUOTE, kind="generated", citations=[citation()]), "rédigée"),
    ],
)
def test_an_answer_from_outside_must_be_its_quotes(sentence: Sentence, reason: str) -> None:
    forged = an_answer().model_copy(update={"sentences": [sentence]})
    (said,) = reasons(forged, Pages(), foreign=True)
    assert reason in said
    assert reasons(forged, Pages()) == []


def test_an_honest_answer_from_outside_passes() -> None:
    assert reasons(an_answer(), Pages(), foreign=True) == []
