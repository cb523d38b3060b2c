"""The assistant itself: an opened index, an embedding model, and what one asks of them.

Everything above (command line, API, interface) goes through this class; everything below
knows nothing of it. Opening is cheap: the embedding model is loaded at the first need, or
by `warm_up`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import (
    DocumentNotFoundError,
    IndexMissingError,
    ModelMismatchError,
    PageImageMissingError,
)
from assistant.generation.question import check_question, understand
from assistant.index import generations
from assistant.index.catalogue import Catalogue, unknown_document
from assistant.language.analyser import analyse_with_offsets
from assistant.model import (
    Answer,
    Box,
    Document,
    FilterReport,
    Filters,
    Hit,
    ModelIds,
    Page,
    PageStatus,
    SearchResult,
)
from assistant.retrieval import filters as filtering
from assistant.retrieval.filter_plan import FilterPlan, chosen, plan
from assistant.retrieval.query import Query
from assistant.retrieval.search import PassageSearch
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.index.embedding import TextEmbedding
    from assistant.retrieval.cross_encoder import Reranker

_HITS = 20
_CLEARLY = 0.25
"""Confidence by which an answer from the whole corpus is clearly better than a filtered one."""


@dataclass(frozen=True)
class _Opened:
    """What serves one generation; replaced as a whole by `reload`."""

    generation: generations.Generation
    documents: dict[str, Document]
    search: PassageSearch
    unreadable: dict[str, list[int]]


class Assistant:
    """Answers questions over one index. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Open the catalogue and the current generation; see `open`."""
        self._settings = settings
        self._catalogue = Catalogue(settings.index_dir / "catalogue.sqlite")
        self._embedder: TextEmbedding | None = None
        self._loading = threading.Lock()
        self._reloading = threading.Lock()
        self._opened = self._open_generation()

    @classmethod
    def open(cls, settings: Settings) -> Assistant:
        """Open the index of these settings.

        Raises:
            IndexMissingError: nothing has been indexed yet.
            IndexCorruptError: no generation can be opened.
        """
        return cls(settings)

    def _open_generation(self) -> _Opened:
        generation = generations.load(self._settings.index_dir)
        if not generation.passage_ids:
            raise IndexMissingError(
                f"L'index « {self._settings.index_dir} » ne contient aucun passage.",
                "Chargez des documents lisibles : assistant ingerer DOSSIER.",
            )
        documents = self._catalogue.documents()
        return _Opened(
            generation,
            documents,
            PassageSearch(
                generation,
                self._catalogue,
                _Lazy(self),
                reranker=_LazyReranker(self._settings)
                if self._settings.reranker_model is not None
                else None,
            ),
            self._catalogue.pages_with_status(PageStatus.UNREADABLE),
        )

    def reload(self) -> bool:
        """Serve the newest generation; whether there was a newer one."""
        with self._reloading:
            if generations.current_id(self._settings.index_dir) == self._opened.generation.id:
                return False
            self._opened = self._open_generation()
            return True

    # Model

    def embedder(self) -> TextEmbedding:
        """The embedding model, loaded once.

        Raises:
            ModelMissingError: it is not on this machine.
            ModelMismatchError: the index was built with another one.
        """
        if self._embedder is None:
            with self._loading:
                if self._embedder is None:
                    from assistant.index.embedding import open_embedding

                    model = open_embedding(
                        self._settings.embedding_model, threads=self._settings.threads
                    )
                    if model.fingerprint != self._opened.generation.model:
                        raise ModelMismatchError(
                            "L'index a été construit avec un autre modèle de représentation "
                            f"que « {self._settings.embedding_model} ».",
                            "Relancez : assistant ingerer DOSSIER, ou rétablissez le modèle.",
                        )
                    self._embedder = model
        return self._embedder

    def warm_up(self) -> None:
        """Load the model and run one question through it, so that the first user waits less."""
        self._opened.search.search("préparation", limit=1)

    @property
    def ready(self) -> bool:
        """Whether a question would be answered without loading the model first."""
        return self._embedder is not None

    # Questions

    def ask(
        self,
        question: str,
        *,
        file: str | None = None,
        kind: str | None = None,
        filters: Filters | None = None,
        recognise: bool = True,
    ) -> Answer:
        """Answer a question with verified citations, or say that the corpus does not.

        Args:
            question: in French, as typed.
            file: search only this file; one more value of `filters.files`.
            kind: search only documents of this kind; one more value of `filters.kinds`.
            filters: what the reader chose to search in.
            recognise: apply the filters that the question states without doubt, unless they
                leave poorer evidence than the corpus holds.

        Raises:
            InvalidQuestionError: empty, too long, or an unknown value to filter by.
            DocumentNotFoundError: no document has the file name to filter by.
        """
        started = time.perf_counter()
        opened = self._opened
        question = check_question(question, max_chars=self._settings.max_question_chars)
        planned = self._planned(opened, question, file, kind, filters, recognise)
        attempt = _Attempt(self, opened, planned.documents)
        report = planned.report()
        drafted = attempt.run(_searchable(planned.asked, question), planned.applied)
        if planned.recognised:
            elsewhere = attempt.run(question, planned.explicit)
            if _clearly_better(elsewhere, drafted):
                report, drafted = planned.report(set_aside=True), elsewhere
        result = drafted.answer
        if planned.explicit and result.abstained:
            anywhere = attempt.run(question, Filters())
            if not anywhere.answer.abstained:
                report.outside = planned.outside(anywhere.hits)
            if report.outside:
                result.reason = filtering.outside_sentence(
                    report.applied, report.outside, empty=not drafted.hits
                )
                result.reason_code = "filtre"
        result.question = question.strip()
        result.filters = report
        result.notes[:0] = _search_notes(drafted.query, drafted.hits) + planned.notes(report)
        result.notes += _version_notes(result, opened.documents)
        spent = time.perf_counter() - started
        result.timings_ms.update(
            retrieval=round(attempt.searching * 1000, 1),
            answer=round((spent - attempt.searching) * 1000, 1),
        )
        return result

    def search(
        self,
        question: str,
        *,
        limit: int = 10,
        file: str | None = None,
        kind: str | None = None,
        filters: Filters | None = None,
        recognise: bool = True,
    ) -> list[SearchResult]:
        """Ranked passages for a question, with the reasons of their rank; see `find`."""
        return self.find(
            question, limit=limit, file=file, kind=kind, filters=filters, recognise=recognise
        )[0]

    def find(
        self,
        question: str,
        *,
        limit: int = 10,
        file: str | None = None,
        kind: str | None = None,
        filters: Filters | None = None,
        recognise: bool = True,
    ) -> tuple[list[SearchResult], FilterReport]:
        """Ranked passages for a question, and what was done of its filters.

        Args and errors are those of `ask`; `limit` is the number of passages at most.
        """
        opened = self._opened
        question = check_question(question, max_chars=self._settings.max_question_chars)
        planned = self._planned(opened, question, file, kind, filters, recognise)
        attempt = _Attempt(self, opened, planned.documents)
        report = planned.report()
        hits = attempt.hits(planned.asked, planned.applied, limit=limit)
        if planned.recognised and planned.poorer(
            hits, elsewhere := attempt.hits(question, planned.explicit, limit=limit)
        ):
            report, hits = planned.report(set_aside=True), elsewhere
        if planned.explicit and not planned.useful(hits):
            report.outside = planned.outside(attempt.hits(question, Filters(), limit=_HITS))
        return [self._result(rank, hit) for rank, hit in enumerate(hits, start=1)], report

    def filter_choices(self) -> dict[str, list[filtering.Choice]]:
        """Values one can filter by, with the number of documents that have each."""
        return filtering.choices(self._opened.documents.values())

    def _planned(
        self,
        opened: _Opened,
        question: str,
        file: str | None,
        kind: str | None,
        filters: Filters | None,
        recognise: bool,
    ) -> FilterPlan:
        documents = list(opened.documents.values())
        explicit = filtering.resolve(chosen(filters, file, kind), documents)
        return plan(question, explicit, documents, recognised=recognise)

    def _result(self, rank: int, hit: Hit) -> SearchResult:
        page = self._catalogue.page(hit.document.id, hit.span.page)
        return SearchResult(
            rank=rank,
            passage_id=hit.passage.id,
            file=hit.document.file,
            document=hit.document.metadata.title,
            document_id=hit.document.id,
            page=hit.span.page,
            page_label=page.label,
            pages=list(hit.passage.pages),
            section=list(hit.passage.section),
            text=hit.passage.text,
            score=round(hit.score, 4),
            explain=hit.explain,
        )

    def _models(self) -> ModelIds:
        reranker = self._settings.reranker_model
        return ModelIds(
            embedding=self._settings.embedding_model.name,
            reranker=None if reranker is None else reranker.name,
        )

    # Documents

    def documents(self) -> list[Document]:
        """Documents of the corpus, by file name."""
        return sorted(self._opened.documents.values(), key=lambda document: document.file)

    def document(self, document_id: str) -> Document:
        """One document.

        Raises:
            DocumentNotFoundError: unknown identifier.
        """
        found = self._opened.documents.get(document_id)
        if found is None:
            raise unknown_document(document_id)
        return found

    def page(self, document_id: str, number: int) -> Page:
        """A page as stored: raw text, word boxes, status.

        Raises:
            DocumentNotFoundError: unknown document.
            PageNotFoundError: no such page.
        """
        self.document(document_id)
        return self._catalogue.page(document_id, number)

    def page_image(
        self,
        document_id: str,
        number: int,
        *,
        spans: Iterable[tuple[int, int]] = (),
        scale: float = 2.0,
    ) -> bytes:
        """A page as a PNG image, with spans of its raw text highlighted.

        Raises:
            PageImageMissingError: the document is not a PDF.
            DocumentNotFoundError: unknown identifier, or the file has left the disk.
            PageNotFoundError: no such page.
        """
        from assistant.ingestion.render import boxes_for_span, render_page

        page = self.page(document_id, number)
        self.pdf_path(document_id)
        if not self.has_page_images(document_id):
            raise PageImageMissingError(
                f"Le document « {self.document(document_id).file} » n’a pas d’image de page : "
                "seules les pages d’un PDF peuvent être dessinées.",
                "Lisez le texte de la page, ou téléchargez le fichier d’origine.",
            )
        highlights = [box for start, end in spans for box in boxes_for_span(page, start, end)]
        return render_page(self.pdf_path(document_id), number, scale=scale, highlights=highlights)

    def has_page_images(self, document_id: str) -> bool:
        """Whether the pages of a document can be drawn; false when its file has left the disk.

        Raises:
            DocumentNotFoundError: unknown identifier.
        """
        from assistant.ingestion.reader import has_page_images

        try:
            return has_page_images(Path(self.document(document_id).path))
        except OSError:
            return False

    def pdf_path(self, document_id: str) -> Path:
        """The original file.

        Raises:
            DocumentNotFoundError: unknown identifier, or the file has left the disk.
        """
        document = self.document(document_id)
        path = Path(document.path)
        if not path.is_file():
            raise DocumentNotFoundError(
                f"Le fichier « {document.file} » n'est plus à son emplacement.",
                "Remettez-le en place, ou relancez : assistant ingerer DOSSIER.",
            )
        return path

    def status(self) -> dict[str, Any]:
        """Facts shown in « à propos » and by the health route."""
        opened = self._opened
        pages: dict[str, int] = {}
        for document in opened.documents.values():
            for status, count in document.status_counts.items():
                pages[status] = pages.get(status, 0) + count
        return {
            "generation": opened.generation.id,
            "created": opened.generation.manifest["created"],
            "documents": len(opened.documents),
            "pages": pages,
            "passages": len(opened.generation.passage_ids),
            "windows": len(opened.generation.windows.passage),
            "models": self._models().model_dump(),
            "ready": self.ready,
        }


class _Attempt:
    """Searches for one question in several sets of documents, each once."""

    def __init__(
        self, assistant: Assistant, opened: _Opened, documents: Sequence[Document]
    ) -> None:
        self.searching = 0.0
        self._assistant = assistant
        self._opened = opened
        self._documents = documents
        self._queries: dict[str, Query] = {}
        self._pages = _PageMemory(assistant._catalogue)

    def query(self, asked: str) -> Query:
        """The question once understood."""
        if asked not in self._queries:
            self._queries[asked] = self._opened.search.parser.parse(asked)
        return self._queries[asked]

    def hits(self, asked: str, filters: Filters, *, limit: int = _HITS) -> list[Hit]:
        """Passages for a question, in the documents that a filter lets through."""
        started = time.perf_counter()
        found = self._opened.search.search(
            self.query(asked),
            limit=limit,
            documents=filtering.allowed(filters, self._documents) if filters else None,
        )
        self.searching += time.perf_counter() - started
        return found

    def run(self, asked: str, filters: Filters) -> _Drafted:
        """Passages for a question, and the answer they give."""
        from assistant.generation.answer import draft

        query, hits = self.query(asked), self.hits(asked, filters)
        answer = draft(
            asked,
            hits,
            get_page=self._pages.page,
            boxes_for_span=self._pages.boxes,
            idf=self._opened.search.idf,
            index_generation=self._opened.generation.id,
            models=self._assistant._models(),
            expansions=query.expansions,
            corrections=query.corrections,
            unreadable_pages=self._opened.unreadable,
            today=date.today(),
        ).answer
        return _Drafted(query, hits, answer)


@dataclass(frozen=True)
class _Drafted:
    """An answer and what it was drawn from."""

    query: Query
    hits: list[Hit]
    answer: Answer


def _clearly_better(elsewhere: _Drafted, inside: _Drafted) -> bool:
    """Whether the recognised filters must be set aside for what is found without them.

    A refusal drawn from part of the corpus would speak for all of it: it is never kept.
    """
    return inside.answer.abstained or (
        not elsewhere.answer.abstained
        and elsewhere.answer.confidence - inside.answer.confidence > _CLEARLY
    )


class _PageMemory:
    """Pages read for one answer: several sentences share one, few need their word boxes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._pages: dict[tuple[str, int], Page] = {}
        self._places: dict[int, tuple[str, int]] = {}
        self._words: dict[tuple[str, int], Page] = {}

    def page(self, document_id: str, number: int) -> Page:
        """A page without its words: decoding them costs more than the rest."""
        key = (document_id, number)
        if key not in self._pages:
            page = self._catalogue.page(document_id, number, words=False)
            self._pages[key] = page
            self._places[id(page)] = key
        return self._pages[key]

    def boxes(self, page: Page, start: int, end: int) -> list[Box]:
        """Boxes of a span of a page given by `page`."""
        from assistant.ingestion.render import boxes_for_span

        key = self._places[id(page)]
        if key not in self._words:
            self._words[key] = self._catalogue.page(*key)
        return [
            # A tenth of a point is what the catalogue keeps.
            (round(left, 1), round(top, 1), round(right, 1), round(bottom, 1))
            for left, top, right, bottom in boxes_for_span(self._words[key], start, end)
        ]


class _Lazy:
    """Loads the model when the first question needs it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._last: tuple[str, Any] | None = None

    def embed_query(self, text: str) -> Any:
        # A question with filters is searched twice: in them, and in the whole corpus.
        last = self._last
        if last is None or last[0] != text:
            last = self._last = (text, self._assistant.embedder().embed_query(text))
        return last[1]


class _LazyReranker:
    """Loads the cross-encoder when the first question needs it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._model: Reranker | None = None
        self._loading = threading.Lock()

    def scores(self, question: str, texts: Sequence[str]) -> Any:
        with self._loading:
            if self._model is None:
                from assistant.retrieval.cross_encoder import open_reranker

                assert self._settings.reranker_model is not None
                self._model = open_reranker(
                    self._settings.reranker_model, threads=self._settings.threads
                )
        return self._model.scores(question, texts)


def _searchable(asked: str, question: str) -> str:
    """What is left of a question without its filters, if it still asks for something."""
    return asked if understand(asked).terms else question


def _version_notes(result: Answer, documents: Mapping[str, Document]) -> list[str]:
    """Say which quoted documents have a newer version in the corpus."""
    quoted = dict.fromkeys(
        citation.document_id for sentence in result.sentences for citation in sentence.citations
    )
    pairs = [
        (documents[key], documents.get(documents[key].superseded_by or ""))
        for key in quoted
        if key in documents
    ]
    return [
        f"« {old.file} » est remplacé par une version plus récente\u00a0: « {new.file} »."
        for old, new in pairs
        if new is not None
    ]


def _words_by_term(texts: Iterable[str], terms: set[str]) -> dict[str, str]:
    """The first word of these texts that each index term stands for, as a person wrote it."""
    found: dict[str, str] = {}
    for text in texts:
        for term, start, end in analyse_with_offsets(text):
            if term in terms:
                found.setdefault(term, text[start:end].lower())
    return found


def _search_notes(query: Query, hits: Sequence[Hit]) -> list[str]:
    notes = []
    if query.corrections:
        typed = _words_by_term([query.question], set(query.corrections))
        found = _words_by_term(
            (hit.passage.text for hit in hits[:5]), set(query.corrections.values())
        )
        pairs = ", ".join(
            f"« {typed.get(wrong, wrong)} » → « {found[right]} »"
            for wrong, right in query.corrections.items()
            if right in found
        )
        if pairs:
            notes.append(f"Recherche élargie (orthographe) : {pairs}.")
    if query.expansions:
        pairs = ", ".join(f"{short} = {long}" for short, long in query.expansions.items())
        notes.append(f"Sigles pris en compte : {pairs}.")
    return notes
