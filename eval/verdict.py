"""What happened to one question of a run, computed from what the run kept and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.model import Answer, Sentence
from eval.citations import checked, measure, plain
from eval.facts import holds, same, values
from eval.records import Asked
from eval.sets import Question


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question judged; `None` where a notion does not apply.

    Attributes:
        question: with its gold.
        failed: asking failed. It is then wrong, unranked and not abstained.
        rank: of the first gold page among the displayed sources, from 1; `None` when none is.
        ranked: of the first gold page in the ranking of retrieval, from 1; `None` when none is.
        abstained: no answer was given.
        facts: 1 when every gold fact is displayed, else 0.
        items: share of the gold items displayed.
        missing: gold facts and items that are not displayed.
        page_accuracy: share of the citations whose page is gold.
        citation_recall, citation_precision: of ALCE, by the judge `checked`.
        plain_recall, plain_precision: the same, by the judge `plain`.
        generated, faithful: sentences written by a model, and those that their citations say.
        extracts, unverified: extracts displayed, and those not on their cited page.
        right: see `verdict`.
        outcome: the same in French, one of `OUTCOMES`.
    """

    question: Question
    failed: bool
    rank: int | None
    ranked: int | None
    abstained: bool
    facts: float | None
    items: float | None
    missing: tuple[str, ...]
    page_accuracy: float | None
    citation_recall: float | None
    citation_precision: float | None
    plain_recall: float | None
    plain_precision: float | None
    generated: int
    faithful: int
    extracts: int
    unverified: int
    right: bool
    outcome: str


OUTCOMES = (
    "réponse juste",
    "réponse incomplète",
    "réponse fausse",
    "refus justifié",
    "refus à tort",
    "réponse à tort",
    "échec",
)


def verdict(asked: Asked) -> Verdict:
    """Judge one question of a run.

    An answer is **right** when the corpus answers, nothing failed, the assistant did not abstain,
    all gold facts and items stand in the sentences that answer (not in what is offered apart),
    one of these cites a gold page, and every displayed extract is on its cited page. When the
    corpus does not answer, a refusal is right, and so is an answer that cites nothing but the
    pages of `also`.

    `facts` and `items` look at everything an answer displays; a refusal displays no answer,
    whatever comes near under it. `page_accuracy` is about questions that have an answer and got
    one. The figures of ALCE are about everything displayed with a citation to check. A failure
    has 0 for all of these that its question has.
    """
    question, answer = asked.question, asked.answer
    if asked.error is not None or answer is None:
        return _failed(question)
    sentences = answer.sentences
    answered = [] if answer.abstained else [one for one in sentences if one.role != "near"]
    shown = "" if answer.abstained else _joined(sentences)
    strict = _joined(answered)
    wanted = (*question.facts, *question.items)
    cited = [(one.file, one.page) for sentence in answered for one in sentence.citations]
    on_gold = [question.is_gold(*place) for place in cited]
    generated = [one for one in sentences if one.kind == "generated"]
    by_rules, by_words = measure(answer, checked), measure(answer, plain)
    if question.answerable:
        right = (
            not answer.abstained
            and all(holds(strict, fact) for fact in wanted)
            and any(on_gold)
            and asked.unverified == 0
        )
    else:
        right = answer.abstained or (bool(cited) and all(_in_also(question, one) for one in cited))
    missing = tuple(fact for fact in wanted if not holds(shown, fact))
    return Verdict(
        question=question,
        failed=False,
        rank=_first(question, [(one.file, one.page) for one in answer.sources]),
        ranked=_first(question, [(one.file, one.page) for one in asked.ranking]),
        abstained=answer.abstained,
        facts=float(not set(question.facts) & set(missing)) if question.facts else None,
        items=sum(item not in missing for item in question.items) / len(question.items)
        if question.items
        else None,
        missing=missing,
        page_accuracy=sum(on_gold) / max(1, len(on_gold))
        if question.answerable and not answer.abstained
        else None,
        citation_recall=by_rules.recall if by_rules else None,
        citation_precision=by_rules.precision if by_rules else None,
        plain_recall=by_words.recall if by_words else None,
        plain_precision=by_words.precision if by_words else None,
        generated=len(generated),
        faithful=sum(faithful(one) for one in generated),
        extracts=sum(one.kind == "extract" for one in sentences),
        unverified=asked.unverified,
        right=right,
        outcome=_outcome(question, answer, right=right, some=len(missing) < len(wanted)),
    )


def faithful(sentence: Sentence) -> bool:
    """Whether a written sentence says what it cites, and no number or date besides.

    The rules that let it be shown say the first; the second is read again here without them.
    """
    if not sentence.citations or not checked(sentence.citations, sentence):
        return False
    quoted = values("\n".join(part for c in sentence.citations for part in (c.quote, c.document)))
    return all(any(same(one, said) for one in quoted) for said in values(sentence.text))


def _failed(question: Question) -> Verdict:
    return Verdict(
        question=question,
        failed=True,
        rank=None,
        ranked=None,
        abstained=False,
        facts=0.0 if question.facts else None,
        items=0.0 if question.items else None,
        missing=(*question.facts, *question.items),
        page_accuracy=0.0 if question.answerable else None,
        citation_recall=0.0,
        citation_precision=0.0,
        plain_recall=0.0,
        plain_precision=0.0,
        generated=0,
        faithful=0,
        extracts=0,
        unverified=0,
        right=False,
        outcome="échec",
    )


def _outcome(question: Question, answer: Answer, *, right: bool, some: bool) -> str:
    if answer.abstained:
        return "refus à tort" if question.answerable else "refus justifié"
    if right:
        return "réponse juste"
    if not question.answerable:
        return "réponse à tort"
    return "réponse incomplète" if some else "réponse fausse"


def _joined(sentences: Sequence[Sentence]) -> str:
    # A line each: the number that ends one is not read with that which opens the next.
    return "\n".join(one.text for one in sentences)


def _first(question: Question, places: Sequence[tuple[str, int]]) -> int | None:
    return next((at for at, one in enumerate(places, start=1) if question.is_gold(*one)), None)


def _in_also(question: Question, place: tuple[str, int]) -> bool:
    return any((one.file, one.page) == place for one in question.also)
