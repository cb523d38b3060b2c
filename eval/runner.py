"""Ask a question set as a user would, and keep everything a figure is computed from.

A question goes through `engine.stream`, a follow-up through a conversation of its own; then
`engine.search` gives the ranking of the pages. Nothing is shared between two questions but the
engine: neither their order nor the number of threads changes an answer.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

from assistant.conversations.store import ConversationStore, everybody
from assistant.conversations.talk import Exchange, converse, usual_names
from assistant.errors import AssistantError
from assistant.model import Answer, AnswerEvent, Mode, Page, SearchResult
from eval import metrics
from eval.conditions import peak_memory_mb
from eval.records import DEPTH, Asked, Conditions, RankedPage, Run, RunState
from eval.sets import Question

if TYPE_CHECKING:
    from eval.runs import RunStore

logger = logging.getLogger(__name__)

_PASSAGES: Final = 2 * DEPTH
"""Passages searched so that, once two of one page count once, pages are about `DEPTH`."""
_KEPT_EVERY_S: Final = 1.0
"""Seconds of answers that a kill may cost: to write each by itself takes longer than to give it."""
_UNEXPECTED: Final = "Erreur inattendue ({kind}) : {said}"

Progress = Callable[[int, int], None]
"""Told how many questions are done, of how many."""


class Engine(Protocol):
    """What is asked: `assistant.engine.Assistant`, or what stands for it."""

    def stream(self, question: str, *, mode: Mode | None = None) -> Iterator[AnswerEvent]:
        """Events of an answer; the last one holds it whole."""

    def search(self, question: str, *, limit: int = 10) -> list[SearchResult]:
        """Ranked passages."""

    def page(self, document_id: str, number: int) -> Page:
        """A page as stored."""


def run_set(
    engine: Engine,
    questions: Sequence[Question],
    store: RunStore,
    *,
    conditions: Conditions,
    mode: Literal["extractive", "generative"] = "extractive",
    workers: int = 2,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    name: str = "",
    resume: Run | None = None,
) -> Run:
    """Ask every question of a set, and keep what each gave about as soon as it did.

    Args:
        engine: what is asked, warm.
        questions: in the order of the set.
        store: where the run is kept.
        conditions: those of the run (`eval.run_conditions.conditions_of`).
        mode: how answers are made.
        workers: questions asked at the same time, by as many threads.
        progress: called after each question, by the calling thread, and once at the start.
        cancelled: asked between questions; true ends the run, which may be resumed.
        name: what people call the run.
        resume: go on with this run; what it already asked is not asked again.

    Returns:
        The run, complete, or interrupted when it was cancelled. A question that cannot be
        answered is kept as an error: it never stops the others.

    Raises:
        StorageError: the disk refuses what must be kept.
        RunBusyError: another process is going on with this run.
    """
    run = resume or store.start(conditions, len(questions), name)
    with store.holding(run.id):
        store.finish(run.id, RunState.RUNNING)
        known = store.asked_ids(run.id)
        left = [(at, one) for at, one in enumerate(questions) if one.id not in known]
        state = RunState.INTERRUPTED
        try:
            if _ask_all(engine, left, store, run, mode, workers, progress, cancelled):
                state = RunState.COMPLETE
        finally:
            # Also when the user presses Ctrl-C: what is done stays, and is told to be partial.
            run = store.finish(run.id, state, peak_memory_mb())
    return run


def _ask_all(
    engine: Engine,
    left: Sequence[tuple[int, Question]],
    store: RunStore,
    run: Run,
    mode: Mode,
    workers: int,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> bool:
    """Ask what is left; whether all of it was asked."""
    done = run.questions - len(left)
    if progress is not None:
        progress(done, run.questions)
    asker = _Asker(engine, mode)
    waiting = iter(left)
    asking: dict[Future[Asked], int] = {}
    stopped = False
    with asker, _Keeper(store, run.id) as keeper, ThreadPoolExecutor(max(1, workers)) as threads:
        try:
            while True:
                stopped = stopped or (cancelled is not None and cancelled())
                while not stopped and len(asking) < max(1, workers):
                    following = next(waiting, None)
                    if following is None:
                        break
                    asking[threads.submit(asker.ask, following[1])] = following[0]
                if not asking:
                    return not stopped
                finished, _ = wait(asking, return_when=FIRST_COMPLETED, timeout=0.5)
                for future in finished:
                    keeper.add(asking.pop(future), future.result())
                    done += 1
                    if progress is not None:
                        progress(done, run.questions)
        except BaseException:
            for future in asking:
                future.cancel()
            raise


class _Keeper:
    """Writes answers together, about every second; all of them when it is left."""

    def __init__(self, store: RunStore, run_id: str) -> None:
        self._store = store
        self._run_id = run_id
        self._found: list[tuple[int, Asked]] = []
        self._written = time.monotonic()

    def __enter__(self) -> _Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self._write()

    def add(self, position: int, asked: Asked) -> None:
        """Keep an answer."""
        self._found.append((position, asked))
        if time.monotonic() - self._written >= _KEPT_EVERY_S:
            self._write()

    def _write(self) -> None:
        if self._found:
            self._store.record(self._run_id, self._found)
        self._found, self._written = [], time.monotonic()


class _Asker:
    """Asks questions one by one, from any thread."""

    def __init__(self, engine: Engine, mode: Mode) -> None:
        self._engine = engine
        self._mode = mode
        self._folder = tempfile.TemporaryDirectory(prefix="evaluation-")
        self._conversations = ConversationStore(
            Path(self._folder.name) / "conversations.sqlite", owner=everybody
        )
        self._text = lru_cache(maxsize=512)(self._page_text)

    def __enter__(self) -> _Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def ask(self, question: Question) -> Asked:
        """Ask one question; whatever goes wrong is told in what is given back."""
        started = time.perf_counter()
        try:
            return self._asked(question)
        except AssistantError as error:
            said = f"{error.message} {error.remedy}".strip()
        except Exception as error:  # a fault of ours is a failed question too
            logger.exception("question %s", question.id)
            said = _UNEXPECTED.format(kind=type(error).__name__, said=error)
        spent = (time.perf_counter() - started) * 1000
        return Asked(question=question, answer=None, error=said, wall_ms=round(spent, 1))

    def _asked(self, question: Question) -> Asked:
        conversation = self._before(question)
        turn = _Turn(self._engine, self._mode)
        if conversation is None:
            answer = turn.ask(question.question)
        else:
            # Its clock starts before the question is completed: a user waits for that too.
            answer = self._converse(conversation, question.question, turn.ask).answer
        wall = turn.elapsed_ms()
        return Asked(
            question=question,
            answer=answer,
            ranking=_pages(self._engine.search(turn.text, limit=_PASSAGES)),
            unverified=metrics.unverified(answer, self._text),
            wall_ms=round(wall, 1),
            first_ms=None if turn.first_ms is None else round(turn.first_ms, 1),
        )

    def _before(self, question: Question) -> str | None:
        """A conversation that holds the earlier questions; `None` when there are none.

        They are answered by extracts in any mode: only the last one is measured.
        """
        if not question.history:
            return None
        conversation = self._conversations.create().id
        for earlier in question.history:
            self._converse(conversation, earlier, _Turn(self._engine, "extractive").ask)
        return conversation

    def _converse(self, conversation: str, question: str, ask: Callable[[str], Answer]) -> Exchange:
        return converse(self._conversations, conversation, question, ask, known=usual_names())

    def _page_text(self, document_id: str, page: int) -> str:
        return self._engine.page(document_id, page).text


class _Turn:
    """One question put to the engine, timed."""

    def __init__(self, engine: Engine, mode: Mode) -> None:
        self.text = ""
        self.first_ms: float | None = None
        self._engine = engine
        self._mode = mode
        self._started = time.perf_counter()

    def elapsed_ms(self) -> float:
        """Milliseconds since the question was put."""
        return (time.perf_counter() - self._started) * 1000

    def ask(self, text: str) -> Answer:
        """Ask, and note when the first sentence came."""
        self.text, answer = text, None
        for event in self._engine.stream(text, mode=self._mode):
            if event.event == "sentence" and self.first_ms is None:
                self.first_ms = self.elapsed_ms()
            answer = event.answer or answer
        assert answer is not None, "a stream ends with the whole answer"
        return answer


def _pages(results: Sequence[SearchResult]) -> tuple[RankedPage, ...]:
    """Each page once, at its best place; a score that rises is that of the page before it."""
    best: dict[tuple[str, int], float] = {}
    last = float("inf")
    for found in results:
        place = (found.file, found.page)
        if place not in best and len(best) < DEPTH:
            best[place] = last = min(last, found.score)
    return tuple(RankedPage(file=file, page=page, score=s) for (file, page), s in best.items())
