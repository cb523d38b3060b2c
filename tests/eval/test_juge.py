"""The judge is worth its agreement with the labels; whatever it fails on is against it."""

from __future__ import annotations

import math

import pytest

from assistant.generation.language_model import LanguageModel, ServerOptions
from eval.juge import (
    PAIRS,
    Judge,
    Opinion,
    Pair,
    calibrate,
    judge_run,
    kappa,
    read,
)
from eval.sets import read_lines
from tests.eval.examples import CAP, absent, asked, extract, failed, question
from tests.generation.fake_server import FakeModelServer, Reply, plain, serving

PAIR = Pair(id="p1", task="extrait", evidence="2 M€.", text="2 millions.", label=True)
FALSE = PAIR.model_copy(update={"id": "p2", "label": False})
YES, NO = plain('{"verdict": "oui"}'), plain('{"verdict": "non"}')


def judge_of(server: FakeModelServer, **options: float) -> Judge:
    return Judge(LanguageModel(ServerOptions(url=f"{server.url}/v1", model="essai", **options)))


def test_the_labelled_sample_is_half_wrong_in_both_tasks() -> None:
    pairs = read_lines(PAIRS, Pair)
    assert len(pairs) >= 60
    for task in ("extrait", "reponse"):
        labels = [pair.label for pair in pairs if pair.task == task]
        assert 0.4 <= sum(labels) / len(labels) <= 0.6
    assert all(pair.note for pair in pairs if not pair.label)
    assert all(pair.question for pair in pairs if pair.task == "reponse")


@pytest.mark.parametrize(
    ("said", "opinion"),
    [
        ('{"verdict": "oui"}', Opinion.YES),
        ('{"verdict":"Non."}', Opinion.NO),
        ("Oui.", Opinion.YES),
        ('"non"', Opinion.NO),
        ("Oui, mais le montant diffère.", Opinion.FAILED),
        ('{"verdict": "peut-être"}', Opinion.FAILED),
        ('{"avis": "oui"}', Opinion.FAILED),
        ('{"verdict": ', Opinion.FAILED),
        ("", Opinion.FAILED),
        ("[1]", Opinion.FAILED),
    ],
)
def test_only_yes_and_no_are_opinions(said: str, opinion: Opinion) -> None:
    assert read(said) is opinion


def test_the_judge_reads_the_evidence_and_what_is_judged() -> None:
    with serving(YES) as server:
        assert judge_of(server).says("L’extrait.", "La phrase.") is Opinion.YES
        assert "L’extrait." in server.prompt and "La phrase." in server.prompt
        assert judge_of(server).answers("Combien ?", "2 M€", "{{ faits }}") is Opinion.YES
        assert "{{ faits }}" in server.prompt  # what is judged is never an instruction
        assert server.requests[-1]["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500),
        plain("Je ne sais pas."),
        plain("oui" * 200),
        Reply(["{"], finish=None),
        Reply(['{"verdict": "oui"}'], wait=3.0),
    ],
    ids=["refuses", "chats", "rambles", "dies", "too late"],
)
def test_a_failure_is_a_disagreement_and_never_nan(reply: Reply) -> None:
    with serving(reply) as server:
        found = calibrate(judge_of(server, total_s=0.8, first_token_s=0.8), [PAIR, FALSE][:1])
    assert found.failures == found.count == 1
    assert found.agreement["value"] == 0.0
    assert found.disagreements == ("p1",)
    assert not math.isnan(found.kappa) and found.kappa <= 0


def test_an_absent_server_is_a_failure_too() -> None:
    with serving(YES) as server:
        judge = judge_of(server)
    assert judge.says("a", "b") is Opinion.FAILED


def test_agreement_and_kappa_on_a_known_table() -> None:
    pairs = [PAIR.model_copy(update={"id": f"p{n}", "label": n < 4}) for n in range(8)]
    # Right on three of four on each side: 0.75 observed, 0.5 by chance.
    with serving(YES, YES, YES, NO, YES, NO, NO, NO) as server:
        found = calibrate(judge_of(server), pairs)
    assert found.agreement["value"] == 0.75
    assert found.kappa == 0.5
    assert (found.wrong_accepted, found.right_refused) == (0.25, 0.25)
    assert found.disagreements == ("p3", "p4")


def test_kappa_follows_its_definition() -> None:
    assert kappa(["oui", "non"], ["oui", "non"]) == 1.0
    assert kappa(["oui", "non"], ["non", "oui"]) == -1.0
    assert kappa(["oui", "oui"], ["oui", "oui"]) == 0.0
    assert kappa(["oui", "non"], ["échec", "échec"]) == 0.0


def test_a_run_is_judged_sentence_by_sentence_and_answer_by_answer() -> None:
    run_of = [
        asked(sentences=[extract(), extract(CAP)]),
        asked(absent(), abstained=True),
        failed(question("q2")),
    ]
    with serving(YES, NO, YES) as server:
        found = judge_run(judge_of(server), run_of)
    assert found == {
        "citations": 0.5,
        "sentences": 2,
        "answers": 0.5,  # the question that failed is not accepted
        "questions": 2,
        "failures": 0,
    }
    with serving(plain("?")) as server:
        assert judge_run(judge_of(server), run_of[:1])["failures"] == 3
        assert judge_run(judge_of(server), [])["citations"] is None
