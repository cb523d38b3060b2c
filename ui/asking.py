"""A question under way: its answer made in a thread of its own, shown as it comes, stoppable."""

from __future__ import annotations

import contextlib
import contextvars
import copy
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.engine_port import AnswerEvents, Engine
from assistant.errors import AssistantError
from assistant.language.typography import NBSP
from assistant.model import Answer, FilterReport, Filters, Mode
from ui.rendering import answer_html, error_html, fragment, sources_html
from ui.rendering.drafts import Draft, draft_html, draft_sources_html
from ui.session import Ask, Shown

logger = logging.getLogger("assistant.ui")

GRACE_S = 3.0
"""Seconds left to the engine, once stopped, to conclude by itself."""

EVERY_S = 0.15
"""Seconds between two states of an answer on the screen, at least."""

Within = Callable[[str, Ask], Answer]

NO_SOURCES = fragment(
    "<h2 class='titre-panneau'>Sources</h2><p class='discret'>Les pages citées s’afficheront ici."
    "</p>"
)
UNEXPECTED = AssistantError(
    "L’assistant a rencontré une erreur inattendue.",
    f"Réessayez{NBSP}; si l’erreur persiste, transmettez le journal du serveur à l’administrateur.",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What to show of an answer.

    Attributes:
        shown: the question, the answer and its sources.
        over: whether it is the last state.
        answered: whether it is a whole answer, rather than a draft, a message or an error.
        failed: whether it says why there is no answer.
        report: what was done of the filters, once answered.
    """

    shown: Shown
    over: bool = True
    answered: bool = False
    failed: bool = False
    report: FilterReport | None = None


class _StoppedError(Exception):
    """The reader stopped before there was an answer to keep."""


class Stop:
    """Ends one question, from any thread.

    Attributes:
        abandoned: whether the screen no longer waits for the engine.
        unseen: whether the tab shows something else by now.
    """

    def __init__(self) -> None:
        self.abandoned = False
        self.unseen = False
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._stream: AnswerEvents | None = None

    @property
    def requested(self) -> bool:
        """Whether the reader has left or asked to stop."""
        return self._asked.is_set()

    def follow(self, stream: AnswerEvents) -> None:
        """Name what to close; closed at once when it is already too late."""
        with self._lock:
            self._stream = stream
        if self.requested:
            stream.close()

    def request(self) -> None:
        """Stop the engine, whatever it is doing."""
        self._asked.set()
        with self._lock:
            stream = self._stream
        if stream is not None:
            stream.close()


class UnderWay:
    """The questions being answered, one a tab of a browser."""

    def __init__(self) -> None:
        self._stops: dict[str, Stop] = {}
        self._lock = threading.Lock()

    def begin(self, tab: str) -> Stop:
        """A question begins in a tab; the former one, if it goes on, is stopped."""
        self.leave(tab)
        stop = Stop()
        with self._lock:
            self._stops[tab] = stop
        return stop

    def end(self, tab: str, stop: Stop) -> None:
        """Forget a question that is answered."""
        with self._lock:
            if self._stops.get(tab) is stop:
                del self._stops[tab]

    def stop(self, tab: str) -> None:
        """Stop the question of a tab, if there is one."""
        with self._lock:
            stop = self._stops.get(tab)
        if stop is not None:
            stop.request()

    def leave(self, tab: str) -> None:
        """Stop the question of a tab that shows something else, or nothing any more."""
        with self._lock:
            stop = self._stops.pop(tab, None)
        if stop is not None:
            stop.unseen = stop.abandoned = True
            stop.request()


def answering(
    assistant: Engine,
    question: str,
    *,
    filters: Filters | None = None,
    recognise: bool = True,
    mode: Mode = "extractive",
    within: Within | None = None,
    stop: Stop | None = None,
) -> Iterator[Progress]:
    """Ask, and give what to show until the answer; an error becomes its message.

    Args:
        assistant: the engine.
        question: as typed.
        filters: what the reader chose to search in.
        recognise: apply the filters that the question states.
        mode: how the answer is made.
        within: asks the question in a conversation, given how to ask the engine.
        stop: ends it from another thread.

    Yields:
        Drafts, each with more than the one before, then the last state.
    """
    stop = stop or Stop()
    making = _Making(assistant, question, filters, recognise, mode, within, stop)
    draft = Draft(question)
    try:
        for item in making.items():
            if isinstance(item, Answer):
                documents = {document.id: document for document in assistant.documents()}
                shown = (
                    item.question,
                    answer_html(item, documents),
                    sources_html(item, documents),
                )
                yield Progress(shown, answered=True, report=item.filters)
                return
            draft = item
            yield Progress(_drafted(draft, assistant), over=False)
        yield Progress(_drafted(draft, assistant, stopped=True))
    except AssistantError as error:
        yield Progress((question, error_html(question, error), NO_SOURCES), failed=True)
    except Exception:
        logger.exception("Erreur inattendue pendant une question")
        yield Progress((question, error_html(question, UNEXPECTED), NO_SOURCES), failed=True)


def _drafted(draft: Draft, assistant: Engine, *, stopped: bool = False) -> Shown:
    documents = {document.id: document for document in assistant.documents()}
    sources = draft_sources_html(draft, documents) if draft.pages(documents) else NO_SOURCES
    return draft.question, draft_html(draft, documents, stopped=stopped), sources


class _Making:
    """An answer made in one thread and shown by another."""

    def __init__(
        self,
        assistant: Engine,
        question: str,
        filters: Filters | None,
        recognise: bool,
        mode: Mode,
        within: Within | None,
        stop: Stop,
    ) -> None:
        self._assistant = assistant
        self._question = question
        self._filters = filters
        self._recognise = recognise
        self._mode = mode
        self._within = within
        self._stop = stop
        self._due = 0.0
        self._queue: queue.SimpleQueue[Draft | Answer | Exception] = queue.SimpleQueue()

    def items(self) -> Iterator[Draft | Answer]:
        """Drafts, then the answer; it is missing when the reader stopped before there was one.

        Raises:
            Exception: whatever the making raised.
        """
        # Whom it serves goes with it.
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(self._make,), name="reponse-ecran", daemon=True).start()
        left: float | None = None
        while True:
            item = self._next()
            if isinstance(item, _StoppedError):
                return
            if isinstance(item, Exception):
                raise item
            if item is not None:
                yield item
            if isinstance(item, Answer):
                return
            if self._stop.requested:
                left = left or time.monotonic() + GRACE_S
                if time.monotonic() >= left:
                    self._stop.abandoned = True
                    return

    def _next(self) -> Draft | Answer | Exception | None:
        """What was handed over last, `None` when nothing comes for a moment."""
        item: Draft | Answer | Exception | None = None
        with contextlib.suppress(queue.Empty):
            item = self._queue.get(timeout=EVERY_S)
            if isinstance(item, Draft) and item.extracts is None:
                # Extracts come all at once: their end is a moment away, and spares a drawing.
                self._due = time.monotonic() + EVERY_S
            # Drafts that follow each other too fast to be read are not all worth drawing.
            while isinstance(item, Draft) and (left := self._due - time.monotonic()) > 0:
                item = self._queue.get(timeout=left)
        self._due = time.monotonic() + EVERY_S
        return item

    def _make(self) -> None:
        try:
            within = self._within
            answer = within(self._question, self._ask) if within else self._ask(self._question)
            self._queue.put(answer)
        except Exception as error:
            self._queue.put(error)

    def _ask(self, asked: str) -> Answer:
        """Answer a question, handing over every step."""
        draft = Draft(self._question)
        if self._mode == "generative":
            # A model takes long: what the documents say is there to read meanwhile.
            extracts = self._assistant.ask(asked, filters=self._filters, recognise=self._recognise)
            if not extracts.abstained:
                draft.extracts = extracts
                self._queue.put(copy.copy(draft))
        if self._stop.requested:
            raise _StoppedError
        stream = self._assistant.stream(
            asked, filters=self._filters, recognise=self._recognise, mode=self._mode
        )
        self._stop.follow(stream)
        answer: Answer | None = None
        for event in stream:
            if event.answer is not None:
                answer = event.answer
            elif event.sentence is not None:
                draft.sentences = [*draft.sentences, event.sentence]
                self._queue.put(copy.copy(draft))
            elif event.sources is not None:
                draft.sources = event.sources
        # An extractive answer that comes too late was not wanted any more.
        late = self._stop.requested and self._mode == "extractive"
        if answer is None or late or self._stop.abandoned:
            raise _StoppedError
        return answer
