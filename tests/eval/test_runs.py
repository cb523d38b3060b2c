"""Kept runs: found, listed, handed over, deleted."""

from __future__ import annotations

import json

import pytest

from eval.records import RunState
from eval.runs import LATEST, RunInvalidError, RunNotFoundError, RunStore, RunsUnreadableError
from tests.eval import examples


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "evaluations.sqlite")


def kept(store, name="", **changed):
    run = store.start(examples.run(**changed).conditions, 2, name)
    store.record(run.id, [(1, examples.asked(examples.absent("a1"), abstained=True))])
    store.record(run.id, [(0, examples.asked())])
    return store.finish(run.id, RunState.COMPLETE, 123.4)


def test_a_run_is_found_by_its_name_its_beginning_or_as_the_latest(store):
    run = kept(store, "avant la version 2")
    assert store.get(run.id) == run
    assert store.get(LATEST) == run
    assert store.get(run.id[:-1]).name == "avant la version 2"
    assert run.memory_peak_mb == 123.4
    assert store.rename(run.id, "autre").name == "autre"
    with pytest.raises(RunNotFoundError, match="inconnue"):
        store.get("inconnue")
    with pytest.raises(RunNotFoundError):
        store.get("")


def test_runs_are_listed_by_set_the_latest_first(store):
    assert store.list() == []
    runs = [kept(store), kept(store, set="reel"), kept(store)]
    assert {run.id for run in store.list("demo")} == {runs[0].id, runs[2].id}
    assert [run.started_at for run in store.list()] == sorted(
        (run.started_at for run in runs), reverse=True
    )
    assert len(store.list(limit=2, offset=1)) == 2
    assert (store.count(), store.count("reel")) == (3, 1)


def test_answers_come_in_the_order_of_the_set_and_the_last_one_counts(store):
    run = kept(store)
    assert [one.question.id for one in store.asked(run.id)] == ["q1", "a1"]
    store.record(run.id, [(0, examples.failed())])
    assert store.asked(run.id)[0].error == "Trop long."
    assert store.asked_ids(run.id) == {"q1", "a1"}


def test_a_deleted_run_leaves_nothing_in_the_file(store):
    run = kept(store, "à supprimer")
    store.delete(run.id)
    with pytest.raises(RunNotFoundError):
        store.asked(run.id)
    assert b"millions d" not in store.path.read_bytes()


def test_a_run_goes_from_one_machine_to_another(store, tmp_path):
    run = kept(store, "référence")
    text = store.export(run.id)
    elsewhere = RunStore(tmp_path / "ailleurs.sqlite")
    assert elsewhere.load(text) == run
    assert elsewhere.asked(run.id) == store.asked(run.id)
    assert elsewhere.load(text) == run  # twice is once
    changed = json.loads(text)
    changed["asked"][0]["unverified"] = 3
    with pytest.raises(RunInvalidError, match="déjà là"):
        elsewhere.load(json.dumps(changed))
    changed["asked"].pop()
    for wrong in ("{}", "pas du JSON", json.dumps(changed)):
        with pytest.raises(RunInvalidError):
            RunStore(tmp_path / "vide.sqlite").load(wrong)


def test_a_damaged_file_is_told_in_french(store):
    store.path.write_bytes(b"rien de bon" * 500)
    with pytest.raises(RunsUnreadableError, match="endommagé"):
        store.list()
