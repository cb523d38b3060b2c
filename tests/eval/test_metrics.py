"""Each seeded fault is caught by the figure meant for it."""

from __future__ import annotations

import pytest

from assistant.model import Answer, Citation, ModelIds, Sentence, Source
from eval.metrics import holds, judge, summary
from eval.sets import Question, load

PAGE = "L’AMI est doté d’un montant total de 2 millions d’euros."
GOLD = Question(
    id="q1",
    question="Quel est le montant ?",
    kind="nombre",
    split="dev",
    file="ami.pdf",
    page=1,
    facts=("2 millions d'euros",),
)
ABSENT = Question(id="q2", question="Quel budget ?", kind="absent", split="dev")


def source(rank, page):
    return Source(
        rank=rank,
        file="ami.pdf",
        document="AMI",
        document_id="d1",
        kind="ami",
        page=page,
        page_label=str(page),
        section=[],
        excerpt="",
        score=1.0,
        passage_id="p",
    )


def answer(text=PAGE, pages=(1, 2), abstained=False):
    citation = Citation(
        file="ami.pdf",
        document="AMI",
        document_id="d1",
        page=1,
        page_label="1",
        quote=PAGE,
        start=0,
        end=len(PAGE),
    )
    return Answer(
        question="Quel est le montant ?",
        abstained=abstained,
        sentences=[] if abstained else [Sentence(text=text, kind="extract", citations=[citation])],
        sources=[source(rank, page) for rank, page in enumerate(pages, start=1)],
        index_generation="g",
        models=ModelIds(embedding="e"),
    )


def verdict(question, given):
    return judge(question, given, lambda document_id, page: PAGE)


def test_a_right_answer_has_everything_right():
    figures = summary([verdict(GOLD, answer()), verdict(ABSENT, answer(abstained=True))])
    assert figures["page@1"] == figures["facts"] == 1.0
    assert figures["abstention_precision"] == figures["abstention_recall"] == 1.0
    assert figures["unverified"] == 0


@pytest.mark.parametrize(
    ("question", "given", "figure", "value"),
    [
        (GOLD, answer(pages=(2, 1)), "page@1", 0.0),
        (GOLD, answer(pages=(2, 3, 4, 5, 6, 1)), "page@5", 0.0),
        (GOLD, answer(text="L’AMI est doté."), "facts", 0.0),
        (GOLD, answer(abstained=True), "abstention_precision", 0.0),
        (ABSENT, answer(), "abstention_recall", 0.0),
        (GOLD, answer(text="L’AMI est doté de 4 millions d’euros."), "unverified", 1),
    ],
)
def test_each_fault_shows_in_its_own_figure(question, given, figure, value):
    assert summary([verdict(question, given)])[figure] == value


@pytest.mark.parametrize(
    ("text", "fact", "expected"),
    [
        ("jusqu’à 20 000 euros par projet", "20000 euros", True),
        ("jusqu’à 120 000 euros", "20 000 euros", False),
        ("506 cas d’usage", "506", True),
        ("1506 cas d’usage", "506", False),
        ("Établissements de SANTÉ", "etablissements de sante", True),
        ("rien", "", False),
    ],
)
def test_facts_are_whole_words_whatever_their_typography(text, fact, expected):
    assert holds(text, fact) is expected


@pytest.mark.parametrize("name", ["demo", "reel"])
def test_the_question_sets_follow_their_schema_and_split_in_two(name):
    dev, test = load(name, "dev"), load(name, "test")
    assert {question.split for question in dev} == {"dev"}
    assert not {question.id for question in dev} & {question.id for question in test}
    assert len(dev) + len(test) >= 150
