"""Answers as they are made, over server-sent events.

The engine runs in a thread of its own and hands its events over; the response wakes up every
few seconds even when nothing comes, so that a reader who has left is noticed and the model
stops writing for nobody.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool

from assistant.api import problems
from assistant.api.engine_port import AnswerEvents
from assistant.errors import AssistantError
from assistant.model import Answer, AnswerEvent

logger = logging.getLogger("assistant.api")

MEDIA_TYPE = "text/event-stream"
KEEP_ALIVE_S = 2.0
"""Seconds of silence after which a comment is sent."""

DESCRIPTION = (
    "La même réponse, au fur et à mesure (`text/event-stream`) : `sources`, les pages trouvées ; "
    "`sentence`, chaque phrase dès qu’elle est vérifiée ; `note`, les remarques ; enfin `answer`, "
    "la réponse entière, qui remplace ce qui précède. Une erreur survenue en route est un "
    "événement `error`, au format des problèmes."
)

Answering = Callable[[Callable[[str], Answer]], Answer]
"""Answers a question with a function that answers one, possibly another one (a follow-up)."""


def respond(start: Callable[[str], AnswerEvents], answering: Answering) -> StreamingResponse:
    """The response that streams an answer; its first event is awaited, so that errors are told.

    Args:
        start: starts the events of a question.
        answering: asks it, and gives the answer to send last.

    Raises:
        AssistantError: the question was refused before anything was found.
    """
    handed = _Handed(start, answering)
    first = handed.first()

    async def body() -> AsyncIterator[str]:
        try:
            yield first
            async for chunk in iterate_in_threadpool(handed.chunks()):
                yield chunk
        finally:
            handed.close()

    # Proxies must not wait for the end to pass it on.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(body(), media_type=MEDIA_TYPE, headers=headers)


class _Handed:
    """Events made in one thread and sent by another."""

    def __init__(self, start: Callable[[str], AnswerEvents], answering: Answering) -> None:
        self._start = start
        self._answering = answering
        self._queue: queue.SimpleQueue[str | AssistantError | Exception | None] = (
            queue.SimpleQueue()
        )
        self._events: AnswerEvents | None = None
        self._closed = False
        threading.Thread(target=self._make, name="reponse", daemon=True).start()

    def first(self) -> str:
        """The first event.

        Raises:
            AssistantError: there is none, for this reason.
        """
        found = self._queue.get()
        if isinstance(found, Exception):
            raise found
        return found or ""

    def chunks(self) -> Iterator[str]:
        """What follows, with comments while it is awaited."""
        while not self._closed:
            try:
                found = self._queue.get(timeout=KEEP_ALIVE_S)
            except queue.Empty:
                yield ": attente\n\n"
                continue
            if found is None:
                return
            if isinstance(found, Exception):
                yield _error(found)
                return
            yield found

    def close(self) -> None:
        """Stop the making; what is made meanwhile is lost."""
        self._closed = True
        if self._events is not None:
            self._events.close()

    def _make(self) -> None:
        try:
            answer = self._answering(self._ask)
            self._queue.put(_event("answer", answer.model_dump(mode="json")))
            self._queue.put(None)
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
                self._queue.put(_sent(event))
            if self._closed:
                self._events.close()
        if answer is None:
            raise _left()
        return answer


def _left() -> AssistantError:
    return AssistantError("La réponse a été interrompue.", "Posez la question de nouveau.")


def _sent(event: AnswerEvent) -> str:
    value = event.model_dump(mode="json", exclude_none=True)
    return _event(event.event, value[event.event])


def _event(name: str, value: Any) -> str:
    # JSON on one line: no line break of a text can end the event.
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"


def _error(error: Exception) -> str:
    if isinstance(error, AssistantError):
        response = problems.of_domain(error)
    else:
        response = problems.of_unexpected("/v1/questions/flux", error)
    return f"event: error\ndata: {bytes(response.body).decode()}\n\n"
