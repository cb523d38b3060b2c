"""Answers written by a local language model, each sentence shown only once proved.

The extractive answer comes first and decides whether there is an answer at all; the model then
phrases what the passages say. Each of its sentences is checked against the pages and cited by
us; what is not proved is replaced by the extract it comes nearest to, or dropped, and the reader
is told. When the server fails, or nothing is left, the extractive answer is the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from assistant.errors import AssistantError
from assistant.generation.abstention import SURE
from assistant.generation.briefing import FENCE, MARGIN_TOKENS, Briefing, brief, neutral
from assistant.generation.citing import places
from assistant.generation.prompts import load_prompt
from assistant.generation.question import Question
from assistant.generation.support import EvidenceText, Support, check_support
from assistant.generation.units import GetPage, terms_of
from assistant.generation.verification import BoxesForSpan, cite, holds
from assistant.generation.wire import INTERRUPTED, Cancellation
from assistant.generation.written import PhraseReader, Written, clean, unfit
from assistant.language.normalise import squash
from assistant.language.typography import typeset
from assistant.model import Answer, AnswerEvent, Citation, Hit, Sentence, Source

MAX_SENTENCES = 6
"""Sentences shown at most; the server is stopped after them."""

MAX_EXAMINED = 20
"""Sentences read at most: a model that repeats itself is stopped."""

_NEAREST = 0.5
"""Share of the words of a rejected sentence that the extract put in its place must hold."""

SchemaJson = dict[str, Any]


class Checker(Protocol):
    """What tells whether the pages say a sentence; see `support.check_support`."""

    def __call__(
        self, text: str, evidence: Sequence[EvidenceText], *, question: Question
    ) -> Support:
        """Give the proofs, or why there are none."""


class Writer(Protocol):
    """A language model; see `language_model.LanguageModel`."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and answer together."""

    @property
    def max_tokens(self) -> int:
        """Tokens of the answer at most."""

    def describe(self) -> None:
        """Learn what the server announces."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, or more."""

    def stream(
        self,
        system: str,
        user: str,
        *,
        schema: SchemaJson | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[str]:
        """Write, piece by piece."""


@dataclass(frozen=True)
class Desk:
    """What writing an answer needs besides the question.

    Attributes:
        model: who writes.
        prompts: folder of the instructions.
        get_page: gives the stored pages.
        boxes_for_span: gives the boxes of a span on its page.
        sources: gives the pages to open, once the sentences are known.
        check: tells whether the pages say a sentence.
    """

    model: Writer
    prompts: Path
    get_page: GetPage
    boxes_for_span: BoxesForSpan
    sources: Callable[[Sequence[Sentence]], list[Source]]
    check: Checker = check_support


def schema_for(passages: int, *, sentences: int = MAX_SENTENCES + 2) -> SchemaJson:
    """The JSON asked for: `sentences` at most, with the numbers of the passages they use."""
    number = {"type": "integer", "enum": list(range(1, passages + 1))}
    phrase = {
        "type": "object",
        "properties": {
            "texte": {"type": "string"},
            "sources": {"type": "array", "items": number},
        },
        "required": ["texte", "sources"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"phrases": {"type": "array", "items": phrase, "maxItems": sentences}},
        "required": ["phrases"],
        "additionalProperties": False,
    }


def write(
    extractive: Answer,
    question: Question,
    hits: Sequence[Hit],
    desk: Desk,
    *,
    cancellation: Cancellation | None = None,
) -> Iterator[AnswerEvent]:
    """Write an answer from the passages of an extractive one.

    Closing the iterator, or cancelling, stops the server.

    Args:
        extractive: the answer made of extracts; never written over when it abstains.
        question: understood.
        hits: the passages it was drawn from, best first.
        desk: what writing needs.
        cancellation: stops the answer from another thread.

    Yields:
        Each sentence as soon as it is proved, the notes, then the whole answer: generative
        when at least one written sentence is in it, else the extractive one with a note that
        says why.
    """
    if extractive.abstained:
        yield from told(extractive)
        return
    if extractive.confidence < SURE:
        yield from told(extractive, [_THIN])
        return
    yield from _Writing(extractive, question, hits, desk, cancellation or Cancellation()).run()


def told(answer: Answer, notes: Sequence[str] = ()) -> Iterator[AnswerEvent]:
    """An extractive answer as events, with notes of ours before its own."""
    ours = [typeset(note) for note in notes]
    answer = answer.model_copy(update={"notes": [*ours, *answer.notes]})
    for sentence in answer.sentences:
        yield AnswerEvent(event="sentence", sentence=sentence)
    for note in answer.notes:
        yield AnswerEvent(event="note", note=note)
    yield AnswerEvent(event="answer", answer=answer)


_EXTRACTS = "La réponse est faite d’extraits des documents, mot pour mot."
_THIN = (
    "Réponse rédigée non proposée : les passages trouvés répondent trop peu sûrement à la question "
    f"pour qu’un modèle de langue les reformule. {_EXTRACTS}"
)
_NOTHING = (
    "Le modèle de langue local n’a rien rédigé à partir des passages trouvés : il n’y voit "
    f"peut-être pas de réponse. {_EXTRACTS}"
)
_UNPROVED = (
    f"Rien de ce que le modèle de langue local a rédigé n’est prouvé par les documents. {_EXTRACTS}"
)
_STOPPED = {
    False: f"{INTERRUPTED} avant que le modèle de langue local n’ait rédigé une phrase vérifiée. "
    f"{_EXTRACTS}",
    True: f"{INTERRUPTED} : les phrases rédigées et vérifiées sont gardées ; la suite est faite "
    "d’extraits des documents, mot pour mot.",
}
"""What is said when the reader stops the model, before and after its first proved sentence."""
_ADDED = (
    "Les extraits qui répondent le mieux à la question sont ajoutés, mot pour mot : le texte "
    "rédigé ne les reprend pas tous."
)
_WITHHELD = (
    "Un passage contient des consignes adressées à un modèle de langue : elles ne lui ont pas été "
    "transmises."
)


def _notice(name: str) -> str:
    return (
        f"Réponse rédigée par un modèle de langue local (« {name} ») et vérifiée phrase par "
        "phrase : chaque phrase rédigée renvoie aux passages qui la prouvent ; consultez-les avant "
        "de vous en servir."
    )


def _counted(count: int, what: str) -> str:
    if count == 1:
        return f"1 phrase rédigée par le modèle a été {what}"
    return f"{count} phrases rédigées par le modèle ont été {what}s"


@dataclass
class _Writing:
    """One answer being written."""

    extractive: Answer
    question: Question
    hits: Sequence[Hit]
    desk: Desk
    cancellation: Cancellation
    shown: list[Sentence] = field(default_factory=list)
    examined: int = 0
    dropped: int = 0
    replaced: int = 0

    def __post_init__(self) -> None:
        self._started = time.perf_counter()
        self._timings: dict[str, float] = {}
        self._instructions = ""
        self._identity = ""
        self._said: set[str] = set()
        self._groups = groups_of(
            [sentence for sentence in self.extractive.sentences if sentence.role != "near"]
        )

    def run(self) -> Iterator[AnswerEvent]:
        failure: AssistantError | None = None
        briefing: Briefing | None = None
        reader = PhraseReader()
        try:
            briefing, system, user = self._prepare()
            self._instructions = f"{system}\n{user.split(FENCE[:-1], 1)[0]}"
            schema = schema_for(len(briefing.hits))
            pieces = self.desk.model.stream(
                system, user, schema=schema, cancellation=self.cancellation
            )
            # Closed explicitly: the server must stop as soon as the reader leaves.
            try:
                for piece in pieces:
                    self._timed("llm_first_token")
                    yield from self._events(reader.feed(piece), briefing)
                    if self._enough():
                        break
            finally:
                close = getattr(pieces, "close", None)
                if close is not None:
                    close()
        except AssistantError as error:
            failure = error
        if briefing is not None and not self._enough():
            yield from self._events(reader.finish(), briefing)
        self._timed("llm")
        yield from self._conclude(failure, reader, briefing)

    def _enough(self) -> bool:
        return len(self.shown) >= MAX_SENTENCES or self.examined >= MAX_EXAMINED

    def _timed(self, name: str) -> None:
        spent = round((time.perf_counter() - self._started) * 1000, 1)
        self._timings.setdefault(name, spent)

    def _prepare(self) -> tuple[Briefing, str, str]:
        """The passages and the two messages, surely within the context of the model."""
        model, folder = self.desk.model, self.desk.prompts
        model.describe()
        rules, request = (
            load_prompt(folder, "reponse-systeme"),
            load_prompt(folder, "reponse-question"),
        )
        self._identity = f"{rules.identity}, {request.identity}"
        system = rules.fill({"balise": FENCE, "phrases_max": str(MAX_SENTENCES)})
        asked = neutral(self.question.text)
        bare = request.fill({"passages": "", "question": asked})
        room = model.context_tokens - model.max_tokens - MARGIN_TOKENS
        room -= model.count_tokens(system) + model.count_tokens(bare)
        first = [
            (citation.document_id, citation.page)
            for sentence in self.extractive.sentences
            if sentence.role != "near"
            for citation in sentence.citations
        ]
        briefing = brief(
            self.hits, first, get_page=self.desk.get_page, count=model.count_tokens, room=room
        )
        return briefing, system, request.fill({"passages": briefing.passages, "question": asked})

    def _events(self, written: Sequence[Written], briefing: Briefing) -> Iterator[AnswerEvent]:
        for one in written:
            if self._enough():
                return
            for sentence in self._accepted(one, briefing):
                self._timed("first_sentence")
                self.shown.append(sentence)
                yield AnswerEvent(event="sentence", sentence=sentence)

    def _accepted(self, written: Written, briefing: Briefing) -> list[Sentence]:
        """What may be shown for a sentence of the model: it, extracts in its place, or nothing."""
        self.examined += 1
        text = clean(written.text)
        key = squash(text)
        if not key or key in self._said:
            return []
        self._said.add(key)
        if unfit(text, self._instructions):
            self.dropped += 1
            return []
        sentence = self._proved(text, written, briefing)
        if sentence is not None:
            return [sentence]
        nearest = self._nearest(text)
        if nearest:
            self.replaced += 1
            return nearest
        self.dropped += 1
        return []

    def _proved(self, text: str, written: Written, briefing: Briefing) -> Sentence | None:
        support = self.desk.check(text, briefing.hinted(written.sources), question=self.question)
        if not support.supported and briefing.lists and not any(map(str.isdigit, text)):
            # An enumeration is proved by the whole list; figures are not, lists mix them.
            support = self.desk.check(text, briefing.lists, question=self.question)
        if not support.supported:
            return None

        def proves(evidence: Sequence[EvidenceText]) -> bool:
            return self.desk.check(text, evidence, question=self.question).supported

        citations: list[Citation] = []
        for document, span in places(support.proofs, proves):
            citation = cite(
                document,
                span,
                get_page=self.desk.get_page,
                boxes_for_span=self.desk.boxes_for_span,
            )
            if citation is None:  # the page no longer says it
                return None
            citations.append(citation)
        sentence = Sentence(text=text, kind="generated", citations=citations)
        return sentence if holds(sentence, self.desk.get_page) else None

    def _nearest(self, text: str) -> list[Sentence]:
        """Extracts of the extractive answer that a rejected sentence comes from, not yet shown."""
        wanted = terms_of(text)
        if not wanted:
            return []

        def share(group: Sequence[Sentence]) -> float:
            said = terms_of(" ".join(sentence.text for sentence in group))
            return len(wanted & said) / len(wanted)

        best = max(self._groups, key=share, default=[])
        if not best or share(best) < _NEAREST or any(one in self.shown for one in best):
            return []
        return list(best)

    def _missing(self, *, everything: bool) -> list[Sentence]:
        """Extracts that the answer still needs: those that answer best, or all of them."""
        cited = {
            (citation.document_id, citation.page, citation.start)
            for sentence in self.shown
            for citation in sentence.citations
        }

        def said(group: Sequence[Sentence]) -> bool:
            return all(
                (citation.document_id, citation.page, citation.start) in cited
                for sentence in group
                if sentence.kind == "extract"
                for citation in sentence.citations
            )

        wanted = self._groups if everything else self._groups[:1]
        return [
            sentence
            for group in wanted
            if not said(group)
            for sentence in group
            if sentence not in self.shown
        ]

    def _conclude(
        self, failure: AssistantError | None, reader: PhraseReader, briefing: Briefing | None
    ) -> Iterator[AnswerEvent]:
        """What is left to show, the notes, and the whole answer."""
        answer = self.extractive
        written = any(sentence.kind == "generated" for sentence in self.shown)
        notes = self._notes(failure, reader, written=written)
        if briefing is not None and briefing.withheld:
            notes.append(_WITHHELD)
        timings = {**answer.timings_ms, **self._timings}
        if written:
            unfinished = failure is not None or self.cancellation.cancelled
            missing = self._missing(everything=unfinished)
            if missing and not unfinished:
                notes.append(_ADDED)
            name = self.desk.model.name
            near = [one for one in answer.sentences if one.role == "near"]
            sentences = [*self.shown, *missing, *near]
            models = {"llm": name, "prompt": self._identity}
            answer = answer.model_copy(
                update={
                    "mode": "generative",
                    "sentences": sentences,
                    "sources": self.desk.sources(sentences),
                    "models": answer.models.model_copy(update=models),
                }
            )
            notes.insert(0, _notice(name))
        answer = answer.model_copy(
            update={
                "notes": [*(typeset(note) for note in notes), *answer.notes],
                "timings_ms": timings,
            }
        )
        for sentence in answer.sentences:
            if sentence not in self.shown:
                yield AnswerEvent(event="sentence", sentence=sentence)
        for note in answer.notes:
            yield AnswerEvent(event="note", note=note)
        yield AnswerEvent(event="answer", answer=answer)

    def _notes(
        self, failure: AssistantError | None, reader: PhraseReader, *, written: bool
    ) -> list[str]:
        """What became of the text of the model."""
        notes: list[str] = []
        if failure is not None:
            rest = "La suite de la réponse" if written else "La réponse"
            notes.append(
                f"{failure.message} {rest} est faite d’extraits des documents, mot pour mot. "
                f"{failure.remedy}"
            )
        elif self.cancellation.cancelled:
            notes.append(_STOPPED[written])
        elif not self.examined:
            notes.append(_NOTHING)
        elif not written:
            notes.append(_UNPROVED)
        if self.dropped:
            notes.append(f"{_counted(self.dropped, 'écartée')} faute de preuve dans les documents.")
        if self.replaced:
            notes.append(
                f"{_counted(self.replaced, 'remplacée')} par l’extrait le plus proche, faute de "
                "preuve."
            )
        if reader.cut and failure is None and not self.cancellation.cancelled:
            notes.append("La fin du texte rédigé, incomplète, a été laissée de côté.")
        return notes


def groups_of(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """Extracts that are read together: a label and its cell, a list and its introduction."""
    groups: list[list[Sentence]] = []
    for sentence in sentences:
        last = groups[-1][-1] if groups else None
        goes_on = last is not None and (
            last.kind == "template"
            or (sentence.role == "list_item" and last.role in {"list_intro", "list_item"})
            or (sentence.role == "list_intro" and last.role == "list_intro")
            or (sentence.role == "answer" and last.role == "context")
        )
        if goes_on:
            groups[-1].append(sentence)
        else:
            groups.append([sentence])
    return groups
