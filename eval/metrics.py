"""Figures about answers, computed without a judge model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from assistant.language.normalise import squash
from assistant.model import Answer
from eval.sets import Question


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happened to one question; `None` where the notion does not apply."""

    question: Question
    rank: int | None
    abstained: bool
    facts: float | None
    items: float | None
    sentences: int
    unverified: int


def judge(question: Question, answer: Answer, page_text: Callable[[str, int], str]) -> Verdict:
    """Compare an answer with its gold.

    Args:
        question: with its gold page, facts and items.
        answer: as the assistant gave it.
        page_text: raw text of a page, by document identifier and physical number.

    Returns:
        - rank: of the first gold page among the sources, from 1;
        - facts: 1 when every gold fact stands in the displayed sentences, else 0; a refusal shows
          no answer, whatever comes near under it;
        - items: share of the gold list items displayed, in the same way;
        - unverified: displayed extracts not found verbatim on their cited page.
    """
    rank = next((s.rank for s in answer.sources if question.is_gold(s.file, s.page)), None)
    # What a refusal offers « apart » is said not to be the answer: it earns nothing.
    shown = "" if answer.abstained else " ".join(one.text for one in answer.sentences)
    extracts = [sentence for sentence in answer.sentences if sentence.kind == "extract"]
    unverified = sum(
        not any(
            _compact(sentence.text) in _compact(page_text(citation.document_id, citation.page))
            for citation in sentence.citations
        )
        for sentence in extracts
    )
    return Verdict(
        question=question,
        rank=rank if question.answerable else None,
        abstained=answer.abstained,
        facts=float(all(holds(shown, fact) for fact in question.facts)) if question.facts else None,
        items=sum(holds(shown, item) for item in question.items) / len(question.items)
        if question.items
        else None,
        sentences=len(answer.sentences),
        unverified=unverified,
    )


def holds(text: str, fact: str) -> bool:
    """Whether a text holds a fact, as whole words, whatever accents, case and spaces."""
    wanted = _comparable(fact)
    return bool(wanted) and bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", _comparable(text)))


def _compact(text: str) -> str:
    """Letters and digits alone: a word cut at a line's end is shown whole."""
    return squash(text).replace(" ", "")


_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")


def _comparable(text: str) -> str:
    """Letters and digits only, « 20 000 » and « 20000 » being one number."""
    return _THOUSANDS.sub("", squash(text))


def summary(verdicts: Sequence[Verdict]) -> dict[str, float | int]:
    """Means over the questions each figure applies to."""
    answerable = [v for v in verdicts if v.question.answerable]
    absent = [v for v in verdicts if not v.question.answerable]
    refused = [v for v in verdicts if v.abstained]
    return {
        "questions": len(verdicts),
        "page@1": _mean(v.rank == 1 for v in answerable),
        "page@5": _mean(v.rank is not None and v.rank <= 5 for v in answerable),
        "mrr": _mean(1 / v.rank if v.rank else 0.0 for v in answerable),
        "facts": _mean(v.facts for v in answerable if v.facts is not None),
        "items": _mean(v.items for v in answerable if v.items is not None),
        "abstention_precision": _mean(not v.question.answerable for v in refused),
        "abstention_recall": _mean(v.abstained for v in absent),
        "sentences": sum(v.sentences for v in verdicts),
        "unverified": sum(v.unverified for v in verdicts),
    }


def _mean(values: Iterable[float | bool]) -> float:
    numbers = [float(value) for value in values]
    return round(sum(numbers) / len(numbers), 4) if numbers else 0.0
