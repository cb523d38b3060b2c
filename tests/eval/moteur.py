"""An engine of a few lines that knows the answers of a small set, and can be broken on purpose."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from assistant.errors import InvalidQuestionError
from assistant.model import (
    Answer,
    AnswerEvent,
    Explanation,
    ModelIds,
    Page,
    PageStatus,
    SearchResult,
    Sentence,
    Source,
)
from eval.records import Conditions
from eval.run_conditions import questions_digest
from eval.sets import Question
from tests.eval import examples

PAGES = {page: f"Le projet numéro {page} reçoit {page}00 euros par an." for page in range(1, 31)}
_NO_REASON = Explanation.model_construct()


def questions(count: int = 20, split: str = "test") -> list[Question]:
    """Answerable questions, one a page; one in four has no answer."""
    found = []
    for page in range(1, count + 1):
        name, asked = f"q{page:02}", f"Combien reçoit le projet numéro {page} ?"
        if page % 4:
            facts = (f"{page}00 euros",)
            found.append(
                examples.question(name, question=asked, page=page, facts=facts, split=split)
            )
        else:
            found.append(examples.absent(name, question=asked, split=split))
    return found


class Moteur:
    """Answers rightly, refuses what it must, unless told otherwise.

    Attributes:
        asked: questions put to it, in order.
    """

    def __init__(self, fault: str = "", *, slow_s: float = 0.0) -> None:
        self.asked: list[str] = []
        self._fault = fault
        self._slow = slow_s

    def stream(self, question: str, *, mode: str | None = None) -> Iterator[AnswerEvent]:
        self.asked.append(question)
        time.sleep(self._slow)
        if "échec" in question:
            raise InvalidQuestionError("La question ne peut pas être posée.", "Reformulez.")
        if "panne" in question:
            raise ZeroDivisionError("panne")
        answer = self._answer(question)
        for sentence in answer.sentences:
            yield AnswerEvent(event="sentence", sentence=sentence)
        yield AnswerEvent(event="answer", answer=answer)

    def _answer(self, question: str) -> Answer:
        page = self._page_of(question)
        refused = page % 4 == 0
        if self._fault == "refuse_toujours":
            refused = True
        elif self._fault == "refuse_jamais":
            refused = False
        sentence = examples.extract(PAGES[page], page)
        if self._fault == "mauvaise_page":
            sentence = examples.extract(PAGES[page], page % 30 + 1)
        elif self._fault == "sans_citation":
            sentence = Sentence(text=PAGES[page], kind="generated", citations=[])
        return Answer(
            question=question,
            abstained=refused,
            confidence=0.2 if refused else 0.9,
            sentences=[] if refused else [sentence],
            sources=[self._source(rank, at) for rank, at in enumerate(self._order(page)[:5], 1)],
            index_generation="g",
            models=ModelIds(embedding="e"),
            timings_ms={"answer": time.perf_counter()},
        )

    def search(self, question: str, *, limit: int = 10) -> list[SearchResult]:
        order = self._order(self._page_of(question))
        return [self._result(rank, page) for rank, page in enumerate(order[:limit], start=1)]

    def page(self, document_id: str, number: int) -> Page:
        return Page(number, str(number), 595, 842, PageStatus.TEXT, PAGES[number])

    def _order(self, page: int) -> list[int]:
        others = [other for other in PAGES if other != page]
        return [*others, page] if self._fault == "classement" else [page, *others]

    @staticmethod
    def _page_of(question: str) -> int:
        numbers = [word for word in question.replace("?", " ").split() if word.isdigit()]
        return int(numbers[0]) if numbers else 1

    @staticmethod
    def _source(rank: int, page: int) -> Source:
        return Source(
            rank=rank, file="ami.pdf", document="AMI", document_id="ami.pdf", kind="ami",
            page=page, page_label=str(page), section=[], excerpt="", score=1.0 / rank,
            passage_id=f"p{page}",
        )  # fmt: skip

    @staticmethod
    def _result(rank: int, page: int) -> SearchResult:
        return SearchResult(
            rank=rank, passage_id=f"p{page}", file="ami.pdf", document="AMI",
            document_id="ami.pdf", page=page, page_label=str(page), pages=[page], section=[],
            text=PAGES[page], score=1.0 / rank, explain=_NO_REASON,
        )  # fmt: skip


def conditions(asked: list[Question], **changed: object) -> Conditions:
    """Conditions of a run over `asked`."""
    said = {"questions_sha256": questions_digest(asked), "split": "test"} | changed
    return examples.run(**said).conditions


def main() -> None:
    """Run a set slowly, to be killed: `python -m tests.eval.moteur FILE`."""
    from eval.runner import run_set
    from eval.runs import RunStore

    asked = questions()
    run_set(
        Moteur(slow_s=0.2),
        asked,
        RunStore(Path(sys.argv[1])),
        conditions=conditions(asked),
        workers=1,
        progress=lambda done, total: print(done, flush=True),
    )


if __name__ == "__main__":
    main()
