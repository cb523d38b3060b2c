"""A run of the server: one at a time, followed, stopped, gone on with."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.settings import Settings
from eval.asking import NothingToAskError
from eval.background import Background, RunUnderWayError, state_of
from eval.question_rules import checked
from eval.records import RunState
from tests.api.fake import FakeEngine


class Slow(FakeEngine):
    """Answers when it is told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.gate = threading.Semaphore(0)

    def ask(self, question: str, **options: Any) -> Any:  # type: ignore[override]
        self.gate.acquire()
        return super().ask(question, **options)


QUESTIONS = [
    checked(
        {
            "id": f"q-{at}",
            "split": "dev",
            "question": "Quel soutien par projet ?",
            "kind": "nombre",
            "file": "ami essai.pdf",
            "page": 1,
            "facts": ["40 000 euros"],
        }
    )
    for at in range(6)
]


def test_a_run_is_followed_stopped_and_gone_on_with(tmp_path: Path) -> None:
    engine = Slow(tmp_path)
    background = Background(engine, Settings(index_dir=tmp_path))  # type: ignore[arg-type,call-arg]
    with pytest.raises(NothingToAskError):
        background.start("jeu", "dev", [])
    run = background.start("jeu", "dev", QUESTIONS, name=" Essai ")
    assert run.name == "Essai"
    following = background.following()
    assert following is not None
    assert (following.run_id, following.total, following.stopping) == (run.id, 6, False)
    assert state_of(background.store.get(run.id), background.store, following) == "en_cours"
    with pytest.raises(RunUnderWayError, match="sur 6"):
        background.start("jeu", "dev", QUESTIONS)
    assert not background.stop("autre")
    engine.gate.release(3)  # an answer and its ranking, whoever is first among two
    limit = time.monotonic() + 30
    while (background.following() or following).done < 1:
        assert time.monotonic() < limit
        time.sleep(0.02)
    assert background.stop(run.id)
    engine.gate.release(100)
    background.wait(30)
    assert background.following() is None
    stopped = background.store.get(run.id)
    assert stopped.state is RunState.INTERRUPTED
    assert 0 < stopped.done < 6
    background.resume(stopped, QUESTIONS)
    background.wait(30)
    assert background.store.get(run.id).state is RunState.COMPLETE
    assert [one.question.id for one in background.store.asked(run.id)] == [
        one.id for one in QUESTIONS
    ]


def test_a_run_cut_short_with_its_server_is_not_said_to_go_on(tmp_path: Path) -> None:
    background = Background(FakeEngine(tmp_path), Settings(index_dir=tmp_path))  # type: ignore[arg-type,call-arg]
    run = background.start("jeu", "dev", QUESTIONS)
    background.wait(30)
    left = background.store.start(run.conditions, 6)
    assert left.state is RunState.RUNNING
    assert state_of(left, background.store, background.following()) is RunState.INTERRUPTED
