"""Written answers over an index: where the engine meets the local language model."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from assistant.attempt import Attempt, Drafted
from assistant.errors import AssistantError
from assistant.generation.answer import sources_of
from assistant.generation.generative import Desk, told, write
from assistant.generation.question import understand
from assistant.generation.wire import Cancellation
from assistant.model import Answer, AnswerEvent, FilterReport, Sentence, Source
from assistant.retrieval.explain import filter_names, say_why
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.generation.language_model import LanguageModel

_NOT_CONFIGURED = (
    "Aucun modèle de langue local n’est configuré (llm_url) : la réponse est faite d’extraits des "
    "documents, mot pour mot."
)


@dataclass(frozen=True)
class Extracted:
    """An extractive answer, ready to be shown, and what it was drawn from."""

    answer: Answer
    drafted: Drafted
    attempt: Attempt
    report: FilterReport


class AnswerStream:
    """The events of one answer; `close` stops it, from any thread."""

    def __init__(self, start: Callable[[Cancellation], Iterator[AnswerEvent]]) -> None:
        self._cancellation = Cancellation()
        self._events = start(self._cancellation)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> AnswerEvent:
        return next(self._events)

    def close(self) -> None:
        """Stop the model and end the events."""
        self._cancellation.cancel()
        close = getattr(self._events, "close", None)
        if close is not None:
            # Another thread may be reading them: cancelled, it ends by itself.
            with contextlib.suppress(ValueError):
                close()


class Pen:
    """The language model of these settings, opened at the first need."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._model: LanguageModel | None = None
        self._opening = threading.Lock()

    @property
    def configured(self) -> bool:
        """Whether a server is configured; it may still be absent."""
        return bool(self._settings.llm_url.strip())

    def model(self) -> LanguageModel | None:
        """The model, `None` when none is configured; nothing is sent yet.

        Raises:
            ModelServerError: its address may not be used.
        """
        with self._opening:
            if self._model is None and self.configured:
                from assistant.generation.language_model import LanguageModel, ServerOptions

                options = ServerOptions.of(self._settings)
                self._model = LanguageModel(options) if options else None
        return self._model

    @property
    def prompts(self) -> Path:
        """Folder of the instructions given to the model."""
        return self._settings.prompts_dir

    @property
    def patience_s(self) -> float:
        """Seconds that a whole text may take."""
        return self._settings.llm_timeout_s

    def warm_up(self) -> None:
        """Import the client of the server, when there is one to speak to: it takes seconds."""
        if self.configured:
            from llama_index.llms.openai_like import OpenAILike  # noqa: F401

    def events(self, extracted: Extracted, cancellation: Cancellation) -> Iterator[AnswerEvent]:
        """A written answer, or the extractive one with a note that says why not.

        Args:
            extracted: the extractive answer, which decides whether there is an answer.
            cancellation: stops the model from another thread.
        """
        answer = extracted.answer
        try:
            model = self.model()
        except AssistantError as error:
            yield from told(answer, [f"{error.message} {error.remedy}"])
            return
        if model is None:
            yield from told(answer, [] if answer.abstained else [_NOT_CONFIGURED])
            return
        drafted, pages = extracted.drafted, extracted.attempt.pages

        def sources(sentences: Sequence[Sentence]) -> list[Source]:
            found = sources_of(drafted.hits, sentences, get_page=pages.page)
            say_why(found, drafted.hits, drafted.query, filter_names(extracted.report))
            return found

        desk = Desk(model, self._settings.prompts_dir, pages.page, pages.boxes, sources)
        asked = understand(drafted.query.question)
        yield from write(answer, asked, drafted.hits, desk, cancellation=cancellation)
