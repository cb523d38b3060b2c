"""Runs asked from the screens or the API: one at a time, in a thread of the server.

The thread belongs to the server, not to a browser: closing a tab stops nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assistant.audit import trail
from assistant.audit.model import Action
from assistant.errors import AssistantError
from assistant.model import Mode
from assistant.settings import Settings
from eval.asking import plan_of
from eval.records import Run, RunState
from eval.runs import RunBusyError, RunStore, store_of
from eval.sets import Question, Split

if TYPE_CHECKING:
    from assistant.engine_port import Engine

logger = logging.getLogger("assistant.eval")

WORKERS: Final = 2
MAX_NAME: Final = 120


class RunUnderWayError(AssistantError):
    """Another run is being asked: two would disturb each other's times."""

    code = "evaluation_en_cours"
    retryable = True


@dataclass(frozen=True, slots=True)
class Following:
    """A run under way in this server.

    Attributes:
        run_id: which one.
        done: questions asked.
        total: questions to ask.
        left_s: seconds left, as far as the last answers tell; `None` before they do.
        stopping: whether it was asked to stop.
    """

    run_id: str
    done: int
    total: int
    left_s: float | None
    stopping: bool


class Background:
    """The run under way over one index, if any. Safe to share between threads."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        """Bind to what is asked; nothing starts yet."""
        self.store: RunStore = store_of(settings)
        self.failure: AssistantError | None = None
        self._engine = engine
        self._settings = settings
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._run_id: str | None = None
        self._done = self._total = self._already = 0
        self._began = 0.0

    def start(
        self,
        set_name: str,
        split: Split,
        questions: Sequence[Question],
        *,
        mode: Mode = "extractive",
        name: str = "",
    ) -> Run:
        """Begin a run; gives it as soon as it is kept.

        Only what everybody may see is asked: whoever reads the run later may then read all of it.
        Questions on other documents, or on documents that are not indexed, are left out.

        Raises:
            RunUnderWayError: one is already under way.
            NothingToAskError: nothing is left to ask.
            StorageError: the disk refuses.
        """
        with self._lock:
            self.refuse_another()
            # Claimed before the conditions are read, which takes a moment.
            plan = plan_of(
                self._settings,
                self._asked(),
                set_name,
                split,
                questions,
                mode=mode,
                workers=WORKERS,
            )
            run = self.store.start(plan.conditions, len(plan.questions), name.strip()[:MAX_NAME])
            self._launch(run, plan.questions, mode)
        return run

    def resume(self, run: Run, questions: Sequence[Question]) -> Run:
        """Go on with a run that was interrupted.

        Raises:
            RunUnderWayError: one is already under way.
        """
        with self._lock:
            self.refuse_another()
            self._launch(run, questions, run.conditions.mode)
        trail.note(Action.EVALUATION, [run.id], details={"genre": "reprise"})
        return run

    def _asked(self) -> Any:
        """The engine, of the documents that everybody may see."""
        return self._engine.seen_by(frozenset())

    def following(self) -> Following | None:
        """The run under way, if any."""
        thread, run_id = self._thread, self._run_id
        if thread is None or not thread.is_alive() or run_id is None:
            return None
        fresh = self._done - self._already
        left = None
        if fresh >= min(5, self._total - self._already):
            spent = time.monotonic() - self._began
            left = spent / max(fresh, 1) * (self._total - self._done)
        return Following(run_id, self._done, self._total, left, self._stop.is_set())

    def stop(self, run_id: str | None = None) -> bool:
        """Ask the run under way to stop after the questions being asked; whether there is one."""
        under_way = self.following()
        if under_way is None or run_id not in {None, under_way.run_id}:
            return False
        self._stop.set()
        return True

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait for the run under way to end."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)

    def refuse_another(self) -> None:
        """Refuse to begin while a run is under way.

        Raises:
            RunUnderWayError: one is.
        """
        under_way = self.following()
        if under_way is not None:
            raise RunUnderWayError(
                f"Une évaluation est en cours : {under_way.done} questions sur {under_way.total}.",
                "Attendez sa fin ou arrêtez-la : deux à la fois fausseraient leurs durées.",
            )

    def _launch(self, run: Run, questions: Sequence[Question], mode: Mode) -> None:
        self._stop.clear()
        self.failure = None
        self._run_id, self._done, self._total = run.id, run.done, run.questions
        self._already, self._began = run.done, time.monotonic()
        self._thread = threading.Thread(
            target=self._ask, args=(run, questions, mode), name="evaluation", daemon=True
        )
        self._thread.start()

    def _ask(self, run: Run, questions: Sequence[Question], mode: Mode) -> None:
        from eval.runner import run_set

        def told(done: int, total: int) -> None:
            self._done, self._total = done, total

        try:
            self._engine.warm_up()
            run_set(
                self._asked(),
                questions,
                self.store,
                conditions=run.conditions,
                mode=mode,
                workers=WORKERS,
                progress=told,
                cancelled=self._stop.is_set,
                resume=run,
            )
        except AssistantError as error:
            self.failure = error
            logger.warning("Évaluation interrompue : %s %s", error.message, error.remedy)
        except Exception:
            logger.exception("Erreur inattendue pendant une évaluation")
            self.failure = AssistantError(
                "L’évaluation s’est arrêtée sur une erreur inattendue.",
                "Reprenez-la ; si l’erreur persiste, transmettez le journal du serveur.",
            )


_known: dict[Path, Background] = {}
_lock = threading.Lock()


def background_of(engine: Engine, settings: Settings) -> Background:
    """What the screens and the API of one server share: the run over their index."""
    key = settings.index_dir.resolve()
    with _lock:
        found = _known.get(key)
        if found is None or found._engine != engine:
            found = _known[key] = Background(engine, settings)
        return found


def state_of(run: Run, store: RunStore, following: Following | None) -> RunState:
    """Where a run really stands: one that says it is under way may have been cut short."""
    if run.state is not RunState.RUNNING:
        return run.state
    if following is not None and following.run_id == run.id:
        return RunState.RUNNING
    try:
        with store.holding(run.id):
            return RunState.INTERRUPTED
    except RunBusyError:
        return RunState.RUNNING
