"""Answers as they are made, over server-sent events.

The engine runs in a thread of its own and hands its events over; the response wakes up every
few seconds even when nothing comes, so that a reader who has left is noticed and the model
stops writing for nobody.
"""

from __future__ import annotations

import contextvars
import json
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol

from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool

from assistant import stopping
from assistant.api import problems
from assistant.engine_port import AnswerEvents
from assistant.errors import AssistantError
from assistant.model import Answer, AnswerEvent

MEDIA_TYPE = "text/event-stream"
KEEP_ALIVE_S = 2.0
"""Seconds of silence after which a comment is sent."""
KEEP_ALIVE = ": attente\n\n"

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Proxies must not wait for the end to pass it on."""

DESCRIPTION = (
    "La même réponse, au fur et à mesure (`text/event-stream`) : `sources`, les pages trouvées ; "
    "`sentence`, chaque phrase dès qu’elle est vérifiée ; `note`, les remarques ; enfin `answer`, "
    "la réponse entière, qui remplace ce qui précède. Une erreur survenue en route est un "
    "événement `error`, au format des problèmes."
)

Answering = Callable[[Callable[[str], Answer]], Answer]
"""Answers a question with a function that answers one, possibly another one (a follow-up)."""

Item = AnswerEvent | Answer | None
"""What an answer under way gives: a step, at last the whole; `None` when nothing came for long."""


class Wording(Protocol):
    """How an answer under way is written on the wire."""

    def item(self, item: AnswerEvent | Answer) -> str:
        """Write a step, or the whole answer, which comes last."""

    def error(self, error: Exception) -> str:
        """Write what stopped it."""


def respond(
    start: Callable[[str], AnswerEvents], answering: Answering, wording: Wording | None = None
) -> StreamingResponse:
    """The response that streams an answer; its first event is awaited, so that errors are told.

    Args:
        start: starts the events of a question.
        answering: asks it, and gives the answer to send last.
        wording: how they are written; the events of this API by default.

    Raises:
        AssistantError: the question was refused before anything was found.
    """
    making = Making(start, answering)
    first = making.first()
    said = wording or _Events()

    def chunks() -> Iterator[str]:
        try:
            yield said.item(first)
            for item in making.items():
                yield KEEP_ALIVE if item is None else said.item(item)
        except Exception as error:
            yield said.error(error)

    async def body() -> AsyncIterator[str]:
        try:
            async for chunk in iterate_in_threadpool(chunks()):
                yield chunk
        finally:
            making.close()

    return StreamingResponse(body(), media_type=MEDIA_TYPE, headers=HEADERS)


class Making:
    """An answer made in one thread and sent by another."""

    def __init__(self, start: Callable[[str], AnswerEvents], answering: Answering) -> None:
        self._start = start
        self._answering = answering
        self._queue: queue.SimpleQueue[AnswerEvent | Answer | Exception] = queue.SimpleQueue()
        self._events: AnswerEvents | None = None
        self._closed = False
        # Whom the request serves goes along: a thread starts with an empty context.
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(self._make,), name="reponse", daemon=True).start()

    def first(self) -> AnswerEvent | Answer:
        """The first event.

        Raises:
            AssistantError: there is none, for this reason.
        """
        found = self._queue.get()
        if isinstance(found, Exception):
            raise found
        self._closed = isinstance(found, Answer)
        return found

    def items(self) -> Iterator[Item]:
        """What follows, `None` while it is awaited; the whole answer comes last.

        Raises:
            AssistantError: it stopped on the way, for this reason.
        """
        while not self._closed:
            # Told to stop, the service leaves no reader to guess why nothing comes any more.
            if self._queue.empty():
                stopping.check()
            try:
                found = self._queue.get(timeout=KEEP_ALIVE_S)
            except queue.Empty:
                yield None
                continue
            if isinstance(found, Exception):
                raise found
            yield found
            if isinstance(found, Answer):
                return

    def close(self) -> None:
        """Stop the making; what is made meanwhile is lost."""
        self._closed = True
        if self._events is not None:
            self._events.close()

    def _make(self) -> None:
        try:
            self._queue.put(self._answering(self._ask))
        except Exception as error:
            self._queue.put(error)

    def _ask(self, question: str) -> Answer:
        """Answer a question, handing over every event but the last."""
        answer: Answer | None = None
        self._events = self._start(question)
        for event in self._events:
            if event.answer is not None:
                answer = event.answer
            else:
                self._queue.put(event)
            if self._closed:
                self._events.close()
        if answer is None:
            raise _left()
        return answer


def _left() -> AssistantError:
    return AssistantError("La réponse a été interrompue.", "Posez la question de nouveau.")


class _Events:
    """The events of this API."""

    def item(self, item: AnswerEvent | Answer) -> str:
        if isinstance(item, Answer):
            return _event("answer", item.model_dump(mode="json"))
        value = item.model_dump(mode="json", exclude_none=True)
        return _event(item.event, value[item.event])

    def error(self, error: Exception) -> str:
        if isinstance(error, AssistantError):
            response = problems.of_domain(error)
        else:
            response = problems.of_unexpected("/v1/questions/flux", error)
        return f"event: error\ndata: {bytes(response.body).decode()}\n\n"


def _event(name: str, value: Any) -> str:
    # JSON on one line: no line break of a text can end the event.
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"
