"""Fields of a fiche said in one or two sentences by a local language model, each one proved.

The model is given, field by field, the extracts that the field already shows, and nothing else:
neither what a person typed nor the rest of the corpus. A sentence is kept when the extracts that
it cites say it, by the verifier of written answers; the extracts stay below it as evidence. When
there is no model, or when it fails, is slow or writes what no page says, the field is left as it
was and a note says so.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from assistant.errors import AssistantError
from assistant.fiches.model import Fiche, FicheField, Statement
from assistant.generation.briefing import FENCE, MARGIN_TOKENS, neutral
from assistant.generation.generative import Writer, schema_for
from assistant.generation.prompts import load_prompt
from assistant.generation.question import Question, understand
from assistant.generation.support import EvidenceText, check_support
from assistant.generation.units import GetPage
from assistant.generation.untrusted import is_suspect
from assistant.generation.verification import holds
from assistant.generation.wire import Cancellation
from assistant.generation.written import PhraseReader, Written, clean, unfit
from assistant.language.normalise import squash
from assistant.language.typography import typeset
from assistant.model import Document, Sentence, Span

SENTENCES: Final = 2
"""Sentences written for one field at most; the server is stopped after them."""
_EXAMINED: Final = 6
"""Sentences read for one field at most: a model that repeats itself is stopped."""

_EXTRACTS: Final = "mot pour mot"
_NOT_CONFIGURED: Final = (
    "Aucun modèle de langue local n’est configuré (llm_url) : la fiche est faite d’extraits des "
    f"documents, {_EXTRACTS}."
)
_NOTHING: Final = (
    "Le modèle de langue local n’a rien rédigé à partir des extraits trouvés : la fiche est faite "
    f"d’extraits des documents, {_EXTRACTS}."
)
_UNPROVED: Final = (
    "Rien de ce que le modèle de langue local a rédigé n’est prouvé par les extraits : la fiche "
    f"est faite d’extraits des documents, {_EXTRACTS}."
)
_LATE: Final = (
    "Le temps donné au modèle de langue local est écoulé (llm_timeout_s) : les champs suivants "
    f"sont faits d’extraits des documents, {_EXTRACTS}."
)


class Pen(Protocol):
    """Gives the language model of the settings; see `assistant.writing.Pen`."""

    @property
    def prompts(self) -> Path:
        """Folder of the instructions."""

    @property
    def patience_s(self) -> float:
        """Seconds that a whole text may take."""

    def model(self) -> Writer | None:
        """The model; `None` when none is configured."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where proofs are read.

    Attributes:
        get_page: gives the stored pages.
        documents: documents by identifier.
        headings: place of an extract (document, page, first character) → headings above it.
    """

    get_page: GetPage
    documents: Mapping[str, Document]
    headings: Mapping[tuple[str, int, int], Sequence[str]] = field(default_factory=dict)


def phrased(fiche: Fiche, pen: Pen, shelf: Shelf, *, budget_s: float | None = None) -> Fiche:
    """Add written sentences to a draft, before the extracts that prove them.

    Args:
        fiche: drafted from extracts.
        pen: gives the model.
        shelf: where proofs are read.
        budget_s: seconds for the whole fiche; those of the settings when `None`.

    Returns:
        The fiche; notes say what the model wrote, what was set aside, and why nothing was
        written when that is so. It never fails for the sake of the model.
    """
    try:
        model = pen.model()
        if model is None:
            return _noted(fiche, [_NOT_CONFIGURED])
        desk = _Desk(model, pen.prompts, shelf)
    except AssistantError as error:
        return _noted(fiche, [_failed(error, some=False)])
    return desk.whole(fiche, pen.patience_s if budget_s is None else budget_s)


def _noted(fiche: Fiche, notes: Sequence[str]) -> Fiche:
    return fiche.model_copy(update={"notes": [*map(typeset, notes), *fiche.notes]})


def _failed(error: AssistantError, *, some: bool) -> str:
    rest = "Les champs suivants sont faits" if some else "La fiche est faite"
    return f"{error.message} {rest} d’extraits des documents, {_EXTRACTS}. {error.remedy}"


@dataclass(frozen=True, slots=True)
class _Extract:
    """A statement of the field that may be cited, with what stands above it."""

    statement: Statement
    evidence: EvidenceText


class _Desk:
    """One fiche being written."""

    def __init__(self, model: Writer, prompts: Path, shelf: Shelf) -> None:
        self._model, self._shelf = model, shelf
        rules, request = load_prompt(prompts, "fiche-systeme"), load_prompt(prompts, "fiche-champ")
        self._request = request
        self._identity = f"{rules.identity}, {request.identity}"
        self._system = rules.fill({"balise": FENCE, "phrases_max": str(SENTENCES)})
        self._cancellation = Cancellation()
        # Each extract is on the subject already: what the sentence says, it must say by itself.
        self._asked: Question = understand(" ")
        self._said: set[str] = set()
        self._dropped = 0

    def whole(self, fiche: Fiche, budget_s: float) -> Fiche:
        """The fiche with its written sentences, in the time given."""
        failure: AssistantError | None = None
        fields: list[FicheField] = []
        watch = threading.Timer(budget_s, self._cancellation.cancel)
        watch.daemon = True
        watch.start()
        try:
            for one in fiche.fields:
                said: list[Statement] = []
                extracts = self._extracts(one)
                if extracts and failure is None and not self._cancellation.cancelled:
                    try:
                        for statement in self._written(fiche.request.title, one, extracts):
                            said.append(statement)
                    except AssistantError as error:
                        failure = error
                fields.append(one.model_copy(update={"statements": [*said, *one.statements]}))
        finally:
            watch.cancel()
        late = self._cancellation.cancelled and failure is None
        return self._concluded(fiche, fields, failure, late=late)

    def _concluded(
        self,
        fiche: Fiche,
        fields: list[FicheField],
        failure: AssistantError | None,
        *,
        late: bool,
    ) -> Fiche:
        count = sum(any(one.kind == "generated" for one in each.statements) for each in fields)
        notes = []
        if count:
            notes.append(_notice(self._model.name, count))
        if failure is not None:
            notes.append(_failed(failure, some=bool(count)))
        elif late:
            notes.append(_LATE)
        elif not count:
            notes.append(_UNPROVED if self._dropped else _NOTHING)
        if self._dropped:
            notes.append(_set_aside(self._dropped))
        models = fiche.models
        if count:
            used = {"llm": self._model.name, "prompt": self._identity}
            models = models.model_copy(update=used)
        return _noted(fiche.model_copy(update={"fields": fields, "models": models}), notes)

    def _extracts(self, one: FicheField) -> list[_Extract]:
        """What the field quotes from the documents; nothing for a choice, which is no text."""
        if one.choices:
            return []
        said = [*one.statements, *(each for score in one.scores for each in score.statements)]
        found: dict[str, _Extract] = {}
        for statement in said:
            if statement.kind != "extract" or is_suspect(statement.text):
                continue
            proof = statement.citations[0]
            document = self._shelf.documents.get(proof.document_id)
            if document is None:
                continue
            place = (proof.document_id, proof.page, proof.start)
            headings = self._shelf.headings.get(place, ())
            evidence = EvidenceText(
                document,
                Span(proof.page, proof.start, proof.end),
                statement.text,
                context=" — ".join((document.metadata.title, *headings)),
            )
            found.setdefault(squash(statement.text), _Extract(statement, evidence))
        return list(found.values())

    def _written(
        self, title: str, one: FicheField, extracts: Sequence[_Extract]
    ) -> Iterator[Statement]:
        """Sentences of the model for a field, each proved.

        Raises:
            ModelServerError: the server is absent, fails or takes too long.
        """
        self._model.describe()
        shown = {"champ": neutral(one.label), "titre": neutral(title)}
        room = self._model.context_tokens - self._model.max_tokens - MARGIN_TOKENS
        room -= self._model.count_tokens(self._system)
        room -= self._model.count_tokens(self._request.fill({**shown, "passages": ""}))
        given, passages = self._given(extracts, room)
        if not given:
            return
        user = self._request.fill({**shown, "passages": passages})
        instructions = f"{self._system}\n{user.split(FENCE[:-1], 1)[0]}"
        reader, kept, examined = PhraseReader(), 0, 0
        with contextlib.closing(self._read(user, reader, len(given))) as sentences:
            for sentence in sentences:
                examined += 1
                statement = self._proved(sentence, given, instructions)
                if statement is not None:
                    kept += 1
                    yield statement
                if kept == SENTENCES or examined == _EXAMINED:
                    return

    def _read(self, user: str, reader: PhraseReader, count: int) -> Generator[Written]:
        """Sentences as they come; closing it stops the server."""
        pieces = self._model.stream(
            self._system,
            user,
            schema=schema_for(count, sentences=SENTENCES),
            cancellation=self._cancellation,
        )
        try:
            for piece in pieces:
                yield from reader.feed(piece)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        yield from reader.finish()

    def _given(self, extracts: Sequence[_Extract], room: int) -> tuple[list[_Extract], str]:
        """The extracts that fit, numbered from 1, each between marks that no page imitates."""
        given: list[_Extract] = []
        passages = ""
        for one in extracts:
            title = neutral(one.evidence.document.metadata.title).replace('"', "'")
            opening = f'{FENCE[:-1]} numero="{len(given) + 1}" document="{title}">'
            more = f"{opening}\n{neutral(one.statement.text)}\n</{FENCE[1:]}\n"
            if self._model.count_tokens(passages + more) > room:
                continue
            given.append(one)
            passages += more
        return given, passages.strip()

    def _proved(
        self, sentence: Written, given: Sequence[_Extract], instructions: str
    ) -> Statement | None:
        """A sentence that the extracts it cites say, with their citations; else `None`."""
        text = clean(sentence.text)
        key = squash(text)
        copied = any(key == squash(one.statement.text) for one in given)
        if not key or key in self._said or copied:
            return None
        self._said.add(key)
        cited = [given[number - 1] for number in sentence.sources if 1 <= number <= len(given)]
        if not cited or unfit(text, instructions):
            self._dropped += 1
            return None
        evidence = [one.evidence for one in cited]
        support = check_support(text, evidence, question=self._asked)
        proofs = [
            one.statement for one in cited if any(one.evidence is proof for proof in support.proofs)
        ]
        citations = [citation for one in proofs for citation in one.citations]
        written = Sentence(text=text, kind="generated", citations=citations) if citations else None
        if not support.supported or written is None or not holds(written, self._shelf.get_page):
            self._dropped += 1
            return None
        general = any(one.scope == "general" for one in proofs)
        remarks = dict.fromkeys(one.remark for one in proofs if one.remark)
        return Statement(
            text=text,
            origin="corpus",
            kind="generated",
            citations=citations,
            scope="general" if general else "sujet",
            remark=" ".join(remarks) or None,
        )


def _notice(name: str, count: int) -> str:
    fields = "1 champ est résumé" if count == 1 else f"{count} champs sont résumés"
    return (
        f"{fields} par un modèle de langue local (« {name} »), phrase par phrase, chacune vérifiée "
        "sur les extraits qu’elle cite ; les extraits suivent, mot pour mot."
    )


def _set_aside(count: int) -> str:
    what = (
        "1 phrase rédigée par le modèle a été écartée"
        if count == 1
        else f"{count} phrases rédigées par le modèle ont été écartées"
    )
    return f"{what} faute de preuve dans les extraits cités."
