"""An extract is on a page it cites word for word, or it is counted."""

from __future__ import annotations

import pytest

from assistant.model import Sentence
from eval.metrics import unverified
from tests.eval.examples import TOTAL, asked, cite, extract

PAGES = {
    1: f"1. Financement\n{TOTAL[:30]}\n{TOTAL[30:]}",
    2: "Le finance-\nment pourra aller jusqu’à 20 000 euros.",
}


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        (extract(), 0),
        (extract(page=2), 1),
        (extract(TOTAL.replace("2 millions", "4 millions")), 1),
        (extract("Le financement pourra aller jusqu’à 20 000 euros.", page=2), 0),
        (extract(citations=[]), 1),
        (extract(citations=[cite(TOTAL, 2), cite(TOTAL, 1)]), 0),
        # What a model wrote is judged by `faithful`, what we wrote ourselves has labels to prove.
        (Sentence(text="L’AMI a 2 M€.", kind="generated", citations=[cite(TOTAL)]), 0),
    ],
)
def test_an_extract_must_be_on_a_page_it_cites(sentence: Sentence, count: int) -> None:
    answer = asked(sentences=[sentence]).answer
    assert answer is not None
    assert unverified(answer, lambda document_id, page: PAGES[page]) == count
