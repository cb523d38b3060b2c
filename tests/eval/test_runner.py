"""Asking a set: what is kept, in what order, whatever the threads, the faults and the kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from eval.records import RunState
from eval.runner import run_set
from eval.runs import RunBusyError, RunStore
from eval.signature import answers_digest
from tests.eval import examples
from tests.eval.moteur import PAGES, Moteur, conditions, questions


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "evaluation" / "evaluations.sqlite")


def ask(store, asked=None, engine=None, **options):
    asked = questions() if asked is None else asked
    return run_set(engine or Moteur(), asked, store, conditions=conditions(asked), **options)


def test_every_question_is_kept_with_its_answer_and_its_ranking(store):
    told = []
    run = ask(store, progress=lambda done, total: told.append((done, total)))
    assert (run.state, run.done, run.questions) == (RunState.COMPLETE, 20, 20)
    assert told[0] == (0, 20)
    assert told[-1] == (20, 20)
    assert run.finished_at is not None
    kept = store.asked(run.id)
    assert [one.question.id for one in kept] == [one.id for one in questions()]
    first = kept[0]
    assert first.answer is not None
    assert first.answer.sentences[0].text == PAGES[1]
    assert first.ranking[0].page == 1
    assert len(first.ranking) == 20
    assert first.first_ms is not None
    assert first.first_ms <= first.wall_ms
    assert kept[3].first_ms is None  # a refusal shows no sentence
    assert sum(one.unverified for one in kept) == 0


def test_threads_and_repetition_change_no_answer(store):
    digests = {answers_digest(store.asked(ask(store, workers=workers).id)) for workers in (1, 1, 5)}
    assert len(digests) == 1


def test_an_extract_that_is_not_on_its_page_is_counted(store):
    run = ask(store, engine=Moteur("mauvaise_page"))
    kept = store.asked(run.id)
    assert sum(one.unverified for one in kept) == 15


def test_a_failure_is_a_failed_question_and_stops_nothing(store):
    asked = [
        examples.question("q1", question="Un échec"),
        examples.question("q2", question="Une panne"),
        examples.question("q3", question="Combien reçoit le projet numéro 3 ?", page=3),
    ]
    run = ask(store, asked)
    kept = store.asked(run.id)
    assert run.state is RunState.COMPLETE
    assert kept[0].answer is None
    assert kept[0].error == "La question ne peut pas être posée. Reformulez."
    assert "ZeroDivisionError" in (kept[1].error or "")
    assert kept[2].error is None


def test_a_follow_up_is_asked_after_its_questions_and_completed(store):
    engine = Moteur()
    asked = [
        examples.question(
            "s1", question="Et le numéro 2 ?", kind="suite", page=2,
            history=("Quel est le montant du projet Alizé ?",),
        )
    ]  # fmt: skip
    run = ask(store, asked, engine)
    (kept,) = store.asked(run.id)
    assert engine.asked[0] == "Quel est le montant du projet Alizé ?"
    assert "Alizé" in engine.asked[1]
    assert kept.answer is not None
    assert kept.answer.question == "Et le numéro 2 ?"
    assert kept.answer.understood == engine.asked[1]


def test_a_cancelled_run_is_resumed_without_asking_twice(store):
    done = []
    run = ask(
        store, workers=1, progress=lambda at, _: done.append(at), cancelled=lambda: len(done) > 5
    )
    assert run.state is RunState.INTERRUPTED
    assert 5 <= run.done < 20
    found = store.resumable(conditions(questions()))
    assert found is not None
    assert found.id == run.id
    engine = Moteur()
    whole = ask(store, engine=engine, resume=found)
    assert whole.state is RunState.COMPLETE
    assert len(engine.asked) == 20 - run.done
    assert answers_digest(store.asked(whole.id)) == answers_digest(store.asked(ask(store).id))


def test_other_conditions_resume_nothing(store):
    ask(store, cancelled=lambda: True)
    assert store.resumable(conditions(questions(), code_sha256="autre")) is None
    # The machine is not part of what decides of the figures.
    assert store.resumable(conditions(questions(), machine={"cores": 64})) is not None


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_a_killed_run_resumes_where_it_stopped(store):
    command = [sys.executable, "-m", "tests.eval.moteur", str(store.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 10:
                break
        found = store.list()[0]
        with pytest.raises(RunBusyError):
            ask(store, resume=found)
        assert store.resumable(conditions(questions())) is None
        process.send_signal(signal.SIGKILL)
    found = store.resumable(conditions(questions()))
    assert found is not None
    assert 1 <= found.done < 20
    engine = Moteur()
    run = ask(store, engine=engine, resume=found)
    assert (run.state, run.done) == (RunState.COMPLETE, 20)
    assert len(engine.asked) == 20 - found.done
    assert answers_digest(store.asked(run.id)) == answers_digest(store.asked(ask(store).id))
