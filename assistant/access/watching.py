"""Each question as it passes: counted, written down, its author warned of personal data.

The engine that callers see goes through here, so that the API, the screens and the MCP server are
treated alike, and that no interface can forget to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from assistant import counters
from assistant.audit import trail
from assistant.engine_port import AnswerEvents
from assistant.errors import AssistantError
from assistant.language.personal import warning
from assistant.model import Answer, AnswerEvent, FilterReport, SearchResult


def ask(question: str, answering: Callable[[], Answer]) -> Answer:
    """Answer a question.

    Raises:
        AuditUnavailableError: it cannot be written down, and the settings want nothing done so.
        AssistantError: as the engine.
    """
    started = time.perf_counter()
    try:
        answer = answering()
    except AssistantError as error:
        _failed(question, error)
        raise
    return _answered(question, answer, started)


class Stream:
    """The events of an answer; what is to be said of it is written down before its last one."""

    def __init__(self, question: str, starting: Callable[[], AnswerEvents]) -> None:
        """Start the events of a question.

        Raises:
            AssistantError: as the engine.
        """
        self._question = question
        self._started = time.perf_counter()
        try:
            self._events = starting()
        except AssistantError as error:
            _failed(question, error)
            raise

    def __iter__(self) -> Iterator[AnswerEvent]:
        """Give the events.

        Raises:
            AuditUnavailableError: the question cannot be written down, and the settings want
                nothing done so.
            AssistantError: as the engine.
        """
        given = False
        try:
            for event in self._events:
                if event.answer is None:
                    yield event
                    continue
                given = True
                answer = _answered(self._question, event.answer, self._started)
                for note in answer.notes[: len(answer.notes) - len(event.answer.notes)]:
                    yield AnswerEvent(event="note", note=note)
                yield event.model_copy(update={"answer": answer})
        except AssistantError as error:
            if not given:
                _failed(self._question, error)
            raise

    def close(self) -> None:
        """Stop."""
        self._events.close()


def find(
    question: str, finding: Callable[[], tuple[list[SearchResult], FilterReport]]
) -> tuple[list[SearchResult], FilterReport]:
    """Find passages.

    Raises:
        AuditUnavailableError: it cannot be written down, and the settings want nothing done so.
        AssistantError: as the engine.
    """
    results, report = finding()
    counters.searched()
    trail.searched(question, (one.document_id for one in results))
    return results, report


def _answered(question: str, answer: Answer, started: float) -> Answer:
    counters.answered(answer, time.perf_counter() - started)
    trail.asked(answer)
    told = warning(question)
    return answer.model_copy(update={"notes": [told, *answer.notes]}) if told else answer


def _failed(question: str, error: AssistantError) -> None:
    counters.failed()
    trail.failed(question, error)
