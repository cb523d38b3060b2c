"""Each seeded fault moves the figures meant for it; all figures follow their definitions."""

from __future__ import annotations

import math
import random

import ir_measures
import pytest

from assistant.model import Sentence
from eval.figures import LOWER_IS_BETTER, NAMES, OUTCOMES, compare, measure, verdict
from eval.ranking import trec_qrels, trec_run
from eval.records import Asked, Figures
from tests.eval.examples import (
    CAP,
    TOTAL,
    absent,
    asked,
    cite,
    extract,
    failed,
    question,
    ranked,
    run,
)

ITEMS = ("la formation du personnel", "l'achat de matériel")
LISTED = extract("Sont admis l’achat de matériel, la formation du personnel.")
WRITTEN = Sentence(
    text="L’AMI est doté de 2 millions d’euros.", kind="generated", citations=[cite(TOTAL)]
)


def right_run() -> list[Asked]:
    """A run without a fault: an extract, a list, a written answer, a refusal."""
    return [
        asked(),
        asked(question("q2", kind="liste", facts=(), items=ITEMS), [LISTED]),
        asked(question("q3"), [WRITTEN]),
        asked(absent(), abstained=True, confidence=0.2),
    ]


def values(run_of: list[Asked]) -> dict[str, float | None]:
    return {name: one.value for name, one in measure(run_of).overall.items()}


def moved(run_of: list[Asked]) -> set[str]:
    """Figures that are not those of the run without a fault."""
    before, after = values(right_run()), values(run_of)
    return {name for name in NAMES if before[name] != after[name]}


WRONG = {"right", "selective_accuracy", "risk_full", "risk_area"}
"""What depends on an answer being right."""


def test_a_run_without_a_fault_has_everything_right() -> None:
    expected = {name: 0.0 if name in LOWER_IS_BETTER else 1.0 for name in NAMES}
    # The refusal is right, but no answer: with a full coverage it would be a wrong one.
    expected |= {"coverage": 0.75, "risk_full": 0.25, "risk_area": 0.0625}
    assert values(right_run()) == expected


def with_fault(at: int, fault: Asked) -> list[Asked]:
    changed = right_run()
    changed[at] = fault
    return changed


def test_a_wrong_page_cited_shows_in_page_accuracy() -> None:
    fault = asked(sentences=[extract(page=2)])
    assert moved(with_fault(0, fault)) == {"page_accuracy", *WRONG}


def test_a_dropped_citation_shows_in_citation_recall() -> None:
    both = [extract(), extract(CAP, citations=[])]
    assert moved(with_fault(0, asked(sentences=both))) == {"citation_recall", "plain_recall"}


def test_a_needless_citation_shows_in_citation_precision() -> None:
    padded = WRITTEN.model_copy(update={"citations": [cite(TOTAL), cite(CAP)]})
    fault = asked(question("q3"), [padded])
    assert moved(with_fault(2, fault)) == {"citation_precision", "plain_precision"}


def test_an_answer_to_an_absent_question_shows_in_abstention_recall() -> None:
    found = moved(with_fault(3, asked(absent(), confidence=0.2)))
    assert found >= {"abstention_recall", "abstention_f1", "coverage", "right"}
    assert not found & {"facts", "items", "page_accuracy", "citation_recall", "ndcg@10"}


def test_a_refusal_of_what_the_corpus_says_shows_in_abstention_precision() -> None:
    found = moved(with_fault(0, asked(abstained=True)))
    assert found >= {"abstention_precision", "abstention_f1", "facts", "coverage"}
    assert not found & {"abstention_recall", "items", "page@1", "ndcg@10"}


def test_a_shuffled_ranking_shows_in_the_figures_of_ranking() -> None:
    base = asked()
    shuffled = base.model_copy(
        update={"ranking": ranked(*(("autre.pdf", n) for n in range(1, 7)), ("ami.pdf", 1))}
    )
    found = moved(with_fault(0, shuffled))
    assert found == {"recall@1", "recall@3", "recall@5", "mrr@10", "ndcg@10"}


def test_another_number_in_a_written_sentence_shows_in_faithfulness() -> None:
    said = WRITTEN.model_copy(update={"text": "L’AMI est doté de 3 millions d’euros."})
    found = moved(with_fault(2, asked(question("q3"), [said])))
    assert found >= {"faithfulness", "facts", "citation_recall", "plain_recall"}
    assert not found & {"page_accuracy", "abstention_recall", "items", "page@1"}


def test_a_missing_item_shows_in_items() -> None:
    cut = extract("Sont admis l’achat de matériel.")
    fault = asked(question("q2", kind="liste", facts=(), items=ITEMS), [cut])
    assert moved(with_fault(1, fault)) == {"items", *WRONG}
    assert verdict(fault).missing == ("la formation du personnel",)
    assert verdict(fault).outcome == "réponse incomplète"


def test_an_extract_that_is_not_on_its_page_shows_in_unverified() -> None:
    assert moved(with_fault(0, asked(unverified=1))) == {"unverified", *WRONG}


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_failure_is_wrong_unranked_and_no_refusal(at: int) -> None:
    about = right_run()[at].question
    found = verdict(failed(about))
    assert (found.right, found.rank, found.ranked, found.abstained) == (False, None, None, False)
    figures = measure(with_fault(at, failed(about))).overall
    of_shown = {"abstention_precision", "abstention_f1", "unverified", "faithfulness"}
    for name, before in measure(right_run()).overall.items():
        one = figures[name]
        assert one.count >= before.count or name in of_shown, name
        if one.value is None or before.value is None or name == "coverage":
            continue  # a failure is an answer, a wrong one
        better = before.value - one.value if name in LOWER_IS_BETTER else one.value - before.value
        assert better <= 0, name
    assert figures["right"].value == 0.75


def test_what_is_offered_apart_is_not_an_answer_that_is_right() -> None:
    apart = asked(sentences=[extract(CAP), extract(role="near")])
    assert verdict(apart).facts == 1.0
    assert not verdict(apart).right


def test_a_refusal_earns_nothing_for_what_comes_near() -> None:
    refused = verdict(asked(sentences=[extract(role="near")], abstained=True))
    assert (refused.facts, refused.right, refused.outcome) == (0.0, False, "refus à tort")


def test_to_quote_that_it_is_unknown_is_as_right_as_a_refusal() -> None:
    about = absent(also=[{"file": "ami.pdf", "page": 1}])
    assert verdict(asked(about)).right
    assert verdict(asked(about, [extract(), extract(CAP, page=2)])).outcome == "réponse à tort"


def test_every_outcome_has_its_name() -> None:
    found = {
        verdict(one).outcome
        for one in (
            *right_run(),
            asked(question(facts=("2 M€", "20 000"))),
            asked(question(facts=("3 M€",))),
            asked(abstained=True),
            asked(absent()),
            failed(),
        )
    }
    assert found == set(OUTCOMES)


# An independent computation, from the definitions.


def random_run(seed: int, size: int = 80) -> list[Asked]:
    """Questions of every sort, with every sort of outcome."""
    draw = random.Random(seed)
    places = [(f"{name} {n}.pdf", page) for name in "ab" for n in (1, 2) for page in range(1, 9)]
    made = []
    for number in range(size):
        file, page = draw.choice(places)
        about = question(
            f"q{number}",
            file=file,
            page=page,
            kind=draw.choice(["nombre", "liste"]),
            also=[{"file": "c.pdf", "page": 1}] if draw.random() < 0.3 else (),
            facts=("2 M€",) if draw.random() < 0.8 else ("20 000", "2 M€"),
        )
        if draw.random() < 0.3:
            about = absent(f"q{number}")
        ranking = draw.sample([*places, ("c.pdf", 1)], draw.randint(0, 20))
        if draw.random() < 0.1:
            made.append(failed(about))
            continue
        cited = draw.choice([(file, page), ("c.pdf", 3)])
        made.append(
            asked(
                about,
                [extract(TOTAL, cited[1], cited[0]), *[extract(CAP, 9)] * draw.randint(0, 2)],
                abstained=draw.random() < 0.3,
                ranking=ranking,
                confidence=draw.choice([0.3, 0.5, 0.5, round(draw.random(), 2)]),
            )
        )
    return made


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def by_definition(run_of: list[Asked]) -> dict[str, float]:
    """Figures in plain Python; nothing of `eval` but the records."""
    answerable = [one for one in run_of if one.question.file is not None]

    def relevant(one: Asked) -> list[int]:
        q = one.question
        gold = {(q.file, q.page), *((place.file, place.page) for place in q.also)}
        return [int((page.file, page.page) in gold) for page in one.ranking]

    def total(one: Asked) -> int:
        return 1 + len(one.question.also)

    found: dict[str, float] = {}
    for k in (1, 3, 5, 10, 20):
        found[f"recall@{k}"] = mean([sum(relevant(one)[:k]) / total(one) for one in answerable])
    found["mrr@10"] = mean(
        [next((1 / (r + 1) for r, x in enumerate(relevant(one)[:10]) if x), 0.0)
         for one in answerable]
    )  # fmt: skip
    found["ndcg@10"] = mean(
        [
            sum(x / math.log2(r + 2) for r, x in enumerate(relevant(one)[:10]))
            / sum(1 / math.log2(r + 2) for r in range(min(10, total(one))))
            for one in answerable
        ]
    )
    refused = {
        one.question.id: one.error is None and one.answer is not None and one.answer.abstained
        for one in run_of
    }
    said_no = [one for one in run_of if refused[one.question.id]]
    nothing = [one for one in run_of if one.question.file is None]
    precision = mean([float(one.question.file is None) for one in said_no])
    recall = mean([float(refused[one.question.id]) for one in nothing])
    found["abstention_precision"] = precision
    found["abstention_recall"] = recall
    found["abstention_f1"] = 2 * precision * recall / (precision + recall)

    def good(one: Asked) -> bool:
        q, a = one.question, one.answer
        if a is None or a.abstained or q.file is None:
            return False
        gold = {(q.file, q.page), *((place.file, place.page) for place in q.also)}
        pages = [(c.file, c.page) for s in a.sentences for c in s.citations]
        text = " ".join(s.text for s in a.sentences)
        known = {"2 M€": "2 millions d’euros", "20 000": "20 000 euros"}
        return any(p in gold for p in pages) and all(known[f] in text for f in q.facts)

    answered = [one for one in run_of if not refused[one.question.id]]
    found["coverage"] = len(answered) / len(run_of)
    found["selective_accuracy"] = mean([float(good(one)) for one in answered])
    found["risk_full"] = 1 - sum(good(one) for one in run_of) / len(run_of)

    def key(one: Asked) -> float:
        if one.answer is None:
            return 2.0
        return -1.0 if one.answer.abstained else one.answer.confidence

    risks = []
    for one in run_of:
        reached = [other for other in run_of if key(other) >= key(one)]
        risks.append(mean([float(not good(other)) for other in reached]))
    found["risk_area"] = mean(risks)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_an_independent_computation_agrees(seed: int) -> None:
    run_of = random_run(seed)
    measured = values(run_of)
    for name, expected in by_definition(run_of).items():
        assert measured[name] == pytest.approx(expected, abs=1e-9), name


def test_anyone_finds_the_same_ranking_figures_from_the_trec_files() -> None:
    run_of = random_run(7)
    again = ir_measures.calc_aggregate(
        [ir_measures.nDCG @ 10, ir_measures.R @ 5, ir_measures.RR @ 10],
        ir_measures.read_trec_qrels(trec_qrels(run_of)),
        ir_measures.read_trec_run(trec_run(run_of)),
    )
    measured = values(run_of)
    assert again[ir_measures.nDCG @ 10] == pytest.approx(measured["ndcg@10"], abs=1e-9)
    assert again[ir_measures.R @ 5] == pytest.approx(measured["recall@5"], abs=1e-9)
    assert again[ir_measures.RR @ 10] == pytest.approx(measured["mrr@10"], abs=1e-9)


def test_the_risk_falls_when_confidence_tells_right_from_wrong() -> None:
    run_of = [
        *(asked(question(f"r{n}"), confidence=0.9 - n / 100) for n in range(5)),
        *(asked(question(f"w{n}", facts=("3 M€",)), confidence=0.4) for n in range(5)),
    ]
    found = measure(run_of)
    points = found.risk_coverage
    assert [(point.coverage, point.risk) for point in points[-2:]] == [(0.5, 0.0), (1.0, 0.5)]
    assert found.overall["risk_area"].value == 0.25
    swapped = [
        one.model_copy(
            update={
                "answer": one.answer.model_copy(update={"confidence": 1.3 - one.answer.confidence})
            }
        )
        for one in run_of
        if one.answer
    ]
    assert measure(swapped).overall["risk_area"].value > 0.5


def finite(figures: Figures) -> bool:
    groups = [figures.overall, *figures.by_kind.values(), *figures.by_document.values()]
    return all(
        one.value is None
        if one.count == 0
        else one.value is not None
        and one.low is not None
        and one.high is not None
        and 0 <= one.low <= one.high <= 1
        for group in groups
        for one in group.values()
    )


@pytest.mark.parametrize(
    "run_of",
    [
        [],
        [failed()],
        [failed(absent())],
        [asked(abstained=True)],
        [asked(absent(), abstained=True)],
    ],
)
def test_nothing_is_ever_nan(run_of: list[Asked]) -> None:
    figures = measure(run_of)
    assert list(figures.overall) == list(NAMES)
    assert finite(figures)
    assert Figures.model_validate_json(figures.model_dump_json()) == figures


def test_every_figure_has_its_interval_by_kind_and_by_document() -> None:
    figures = measure(random_run(3), memory_peak_mb=512.0)
    assert finite(figures)
    assert set(figures.by_kind) == {"nombre", "liste", "absent"}
    assert all(name.endswith(".pdf") for name in figures.by_document)
    assert figures.overall["page@1"].count == sum(
        group["page@1"].count for group in figures.by_document.values()
    )
    right = figures.overall["right"]
    assert right.low is not None and right.value is not None and right.low < right.value
    assert figures.latency_ms["wall"]["max"] == 9000.0
    assert figures.memory_peak_mb == 512.0


def test_the_same_run_gives_the_same_figures() -> None:
    assert measure(random_run(1)) == measure(random_run(1))
    assert measure(random_run(1), seed=1).overall != measure(random_run(1), seed=2).overall


# Two runs.


def test_a_run_compared_with_itself_does_not_differ() -> None:
    run_of = random_run(2)
    found = compare(run("r1"), run_of, run("r2"), run_of)
    assert found.same_questions == len(run_of)
    assert found.changed == () and found.conditions == {}
    assert {one.verdict for one in found.differences} == {"non départagés"}
    measured = [one for one in found.differences if one.p is not None]
    assert len(measured) > 15
    assert all((one.difference, one.low, one.high, one.p) == (0, 0, 0, 1) for one in measured)


def test_a_broken_retriever_is_found_worse_and_told_question_by_question() -> None:
    before = [asked(question(f"q{n}")) for n in range(20)]
    after = [
        asked(question(f"q{n}"), [extract(CAP, page=2)], ranking=[("autre.pdf", 1)])
        for n in range(20)
    ]
    found = compare(run("r1"), before, run("r2", code_sha256="t", settings={"threads": 4}), after)
    told = {one.name: one for one in found.differences}
    assert told["ndcg@10"].verdict == "moins bien"
    assert (told["ndcg@10"].before, told["ndcg@10"].after) == (1.0, 0.0)
    assert told["risk_area"].verdict == "moins bien"
    assert told["risk_area"].difference == 1.0
    assert told["citation_recall"].verdict == "non départagés"
    assert told["items"].p is None
    assert len(found.changed) == 20
    assert found.changed[0].before == "réponse juste"
    assert found.changed[0].better is False
    assert found.conditions == {"code_sha256": ("s", "t"), "settings.threads": (2, 4)}
    back = compare(run("r2"), after, run("r1"), before)
    assert {one.name for one in back.differences if one.verdict == "mieux"} == {
        one.name for one in found.differences if one.verdict == "moins bien"
    }


def test_only_the_same_questions_are_compared() -> None:
    before = [asked(question("q1")), asked(question("q2")), asked(question("q3"))]
    after = [asked(question("q2")), asked(question("q3", page=2)), asked(question("q4"))]
    assert compare(run("r1"), before, run("r2"), after).same_questions == 1
    assert compare(run("r1"), before, run("r2"), []).differences == ()


def test_p_of_a_mean_is_that_of_the_exact_test() -> None:
    # Ten questions won, none lost: two exchanges in 2^10 are as extreme.
    before = [asked(question(f"q{n}", facts=("20 000",))) for n in range(10)]
    after = [asked(question(f"q{n}", facts=("20 000",)), [extract(CAP)]) for n in range(10)]
    found = {one.name: one for one in compare(run("a"), before, run("b"), after).differences}
    assert found["facts"].p == pytest.approx(2 / 1024, abs=0.002)
    assert found["facts"].verdict == "mieux"
