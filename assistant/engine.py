"""The assistant itself: an opened index, an embedding model, and what one asks of them.

Everything above (command line, API, interface) goes through this class; everything below
knows nothing of it. Opening is cheap: the embedding model is loaded at the first need, or
by `warm_up`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.access.cited import Unseen
from assistant.access.visibility import Visibility
from assistant.attempt import HITS, Attempt, Serving, searchable, tell_outside
from assistant.errors import (
    DocumentNotFoundError,
    IndexCorruptError,
    IndexMissingError,
    ModelMismatchError,
    PageImageMissingError,
)
from assistant.generation.abstention import SURE
from assistant.generation.generative import told
from assistant.generation.question import check_question
from assistant.generation.wire import Cancellation
from assistant.index import generations, views
from assistant.index.catalogue import Catalogue, unknown_document
from assistant.index.glossary import Entries
from assistant.index.lost import LostCatalogue, check_present
from assistant.index.own_sigles import OwnSigles
from assistant.language.analyser import analyse_with_offsets
from assistant.model import (
    Answer,
    AnswerEvent,
    Document,
    Explanation,
    FilterReport,
    Filters,
    Hit,
    Mode,
    ModelIds,
    Page,
    PageStatus,
    Passage,
    SearchResult,
)
from assistant.retrieval import filters as filtering
from assistant.retrieval.collapse import pages_first
from assistant.retrieval.explain import explanation, filter_names, say_why
from assistant.retrieval.filter_plan import FilterPlan, chosen, plan
from assistant.retrieval.neighbours import neighbours
from assistant.retrieval.query import Query
from assistant.retrieval.search import PassageSearch
from assistant.settings import Settings
from assistant.turns import Turns
from assistant.writing import AnswerStream, Extracted, Pen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from assistant.index.embedding import TextEmbedding
    from assistant.retrieval.cross_encoder import Reranker


logger = logging.getLogger("assistant.engine")

_ALIKE = 2_000
"""Vectors of short texts kept in memory (about 1.5 kB each)."""
_TURNS = Turns()
"""Shared by everybody whom this process serves."""
_VIEWS = 8
"""Views served at once (see `assistant.index.views`); the one used longest ago goes first."""


@dataclass(frozen=True, eq=False)
class _Opened:
    """What serves one generation; replaced as a whole by `reload`."""

    generation: generations.Generation
    documents: dict[str, Document]
    search: PassageSearch
    unreadable: dict[str, list[int]]

    @cached_property
    def held(self) -> frozenset[str]:
        """Every document that can be shown or found."""
        return frozenset(self.documents).union(self.generation.passage_documents)


class Assistant:
    """Answers questions over one index. Safe to share between threads."""

    def __init__(self, settings: Settings, *, empty: bool = False) -> None:
        """Open the catalogue and the current generation; see `open`."""
        self._settings = settings
        self._embedder: TextEmbedding | None = None
        self._loading = threading.Lock()
        self._reloading = threading.Lock()
        self._pen = Pen(settings)
        self._alike: dict[str, npt.NDArray[np.float32]] = {}
        self._reranker = _LazyReranker(settings) if settings.reranker_model is not None else None
        self._viewing, self._shelf = threading.Lock(), threading.Lock()
        self._views: OrderedDict[tuple[_Opened, frozenset[str]], Assistant] = OrderedDict()
        self._groups: OrderedDict[frozenset[str], None] = OrderedDict()
        path = settings.index_dir / "catalogue.sqlite"
        try:
            check_present(path)
            self._opened = self._open_over(Catalogue(path, create=empty), empty=empty)
        except IndexCorruptError as error:
            if not empty:
                raise
            self._opened = self._open_over(LostCatalogue(path, error), empty=True)

    @classmethod
    def open(cls, settings: Settings, *, empty: bool = False) -> Assistant:
        """Open the index of these settings.

        Args:
            settings: the options.
            empty: open with nothing indexed, or with a damaged index, rather than raise, so that
                a server can be asked to index; questions are then refused (see `refusal`).

        Raises:
            IndexMissingError: nothing has been indexed yet.
            IndexCorruptError: no generation can be opened.
            StorageError: the disk refuses.
        """
        return cls(settings, empty=empty)

    def _open_over(self, catalogue: Catalogue, *, empty: bool) -> _Opened:
        self._catalogue = catalogue
        self._visibility = Visibility(self._settings.index_dir, catalogue)
        return self._open_generation(empty=empty)

    def _open_generation(self, *, empty: bool = False) -> _Opened:
        self._visibility.note()
        index_dir = self._settings.index_dir
        if isinstance(self._catalogue, LostCatalogue):
            nothing = generations.nothing(index_dir)
            return self._serve(replace(nothing, damaged=self._catalogue.path.name))
        try:
            generation = generations.load(index_dir)
        except (IndexMissingError, IndexCorruptError):
            if not empty:
                raise
            return self._serve(generations.nothing(index_dir))
        if generation.damaged is not None:
            logger.warning(
                "La génération d’index « %s » est endommagée\u202f; « %s » sert à sa place. "
                "Relancez\u00a0: assistant ingerer DOSSIER.",
                generation.damaged,
                generation.id,
            )
        return self._serve(generation)

    def _serve(self, generation: generations.Generation) -> _Opened:
        """What serves a generation, read through the catalogue of this assistant."""
        documents = self._catalogue.documents()
        search = PassageSearch(generation, self._catalogue, _Lazy(self), reranker=self._reranker)
        search.parser.follow(OwnSigles(self._settings.index_dir))
        return _Opened(
            generation,
            documents,
            search,
            self._catalogue.pages_with_status(PageStatus.UNREADABLE),
        )

    def seen_by(self, groups: frozenset[str] | None) -> Assistant:
        """The same assistant, of the documents that these groups may see; `None` for all.

        What is hidden takes no part in anything: see `assistant.index.views`. The first call for
        new documents writes their view, which takes some seconds a thousand passages.

        Raises:
            AccessFileError: the restrictions cannot be read: nobody can tell what is hidden.
            StorageError: the disk refuses.
        """
        if groups is None:
            return self
        opened = self._opened
        held = opened.held
        hidden = self._visibility.hidden(held, groups)
        if not hidden:
            return self
        with self._shelf:
            self._groups[groups] = None
            self._groups.move_to_end(groups)
            while len(self._groups) > _VIEWS:
                self._groups.popitem(last=False)
        return self._view(opened, held - hidden)

    def unseen(self, groups: frozenset[str] | None) -> Unseen:
        """Documents kept from these groups, those that left the corpus included; see `Unseen`.

        Raises:
            AccessFileError: the restrictions cannot be read.
            StorageError: the disk refuses.
        """
        return Unseen() if groups is None else self._visibility.unseen(groups)

    def _view(self, opened: _Opened, seen: frozenset[str]) -> Assistant:
        """The part of what is opened that holds these documents, made at the first need."""
        key = (opened, seen)
        with self._shelf:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        # Two people who come first wait for one making; those served already wait for nobody.
        with self._viewing:
            found = self._views.get(key) or _View(self, opened, seen)
            with self._shelf:
                self._views[key] = found
                while len(self._views) > _VIEWS:
                    self._views.popitem(last=False)
            return found

    def reload(self, *, force: bool = False) -> bool:
        """Serve the newest generation; whether there was a newer one.

        The views in use are made for it first, so that nobody waits for theirs.

        Args:
            force: open the same one again: what is said of its documents may have changed.
        """
        with self._reloading:
            before = self._opened
            if isinstance(self._catalogue, LostCatalogue):
                return False  # what brings it back is done while nothing serves
            newer = not generations.is_latest(self._settings.index_dir, before.generation)
            if not newer and not force:
                return False
            opened = self._open_generation(empty=not before.generation.id)
            for groups in list(self._groups):
                hidden = self._visibility.hidden(opened.held, groups)
                if hidden:
                    self._view(opened, opened.held - hidden)
            self._opened = opened
            with self._shelf:
                for key in [key for key in self._views if key[0] is not opened]:
                    del self._views[key]
            return newer

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
                    generation = self._opened.generation
                    if generation.passage_ids and model.fingerprint != generation.model:
                        raise ModelMismatchError(
                            "L'index a été construit avec un autre modèle de représentation "
                            f"que « {self._settings.embedding_model} ».",
                            "Relancez : assistant ingerer DOSSIER, ou rétablissez le modèle.",
                        )
                    self._embedder = model
        return self._embedder

    def warm_up(self) -> None:
        """Load the model and run one question through it, so that the first user waits less."""
        # A word that the corpus lacks, so that the list of French words is read as well.
        words = "préparation xylographique"
        if self._opened.generation.passage_ids:
            self._opened.search.search(words, limit=1)
        else:
            self.embedder().embed_query(words)
        self._pen.warm_up()

    @property
    def pen(self) -> Pen:
        """The language model of these settings, if any; nothing is sent by asking for it."""
        return self._pen

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
        mode: Mode | None = None,
    ) -> Answer:
        """Answer a question with verified citations, or say that the corpus does not.

        Args:
            question: in French, as typed.
            file: search only this file; one more value of `filters.files`.
            kind: search only documents of this kind; one more value of `filters.kinds`.
            filters: what the reader chose to search in.
            recognise: apply the filters that the question states without doubt, unless they
                leave poorer evidence than the corpus holds.
            mode: `extractive`, the default, or `generative`: written by the local language
                model, checked sentence by sentence; extractive, with a note, when the model is
                absent or nothing it writes is proved.

        Raises:
            InvalidQuestionError: empty, too long, or an unknown value to filter by.
            DocumentNotFoundError: no document has the file name to filter by.
            TooManyQuestionsError: too many questions wait already.
        """
        if mode == "generative":
            events = self.stream(
                question, file=file, kind=kind, filters=filters, recognise=recognise, mode=mode
            )
            return [event.answer for event in events if event.answer is not None][-1]
        with _TURNS.turn():
            return self._extracted(question, file, kind, filters, recognise).answer

    def stream(
        self,
        question: str,
        *,
        file: str | None = None,
        kind: str | None = None,
        filters: Filters | None = None,
        recognise: bool = True,
        mode: Mode | None = None,
    ) -> AnswerStream:
        """The same answer, shown as it is made.

        First come the pages found, then each sentence as soon as it is verified, the notes, and
        the whole answer. `close` stops it from any thread.

        Args and errors are those of `ask`; errors come with the first event.
        """

        def events(cancellation: Cancellation) -> Iterator[AnswerEvent]:
            with _TURNS.turn():
                extracted = self._extracted(question, file, kind, filters, recognise)
            yield AnswerEvent(event="sources", sources=extracted.answer.sources)
            if mode == "generative":
                yield from self._pen.events(extracted, cancellation)
            else:
                yield from told(extracted.answer)

        return AnswerStream(events)

    def _extracted(
        self,
        question: str,
        file: str | None,
        kind: str | None,
        filters: Filters | None,
        recognise: bool,
    ) -> Extracted:
        """The extractive answer, with all that is said of it."""
        started = time.perf_counter()
        opened = self._opened
        question = check_question(question, max_chars=self._settings.max_question_chars)
        planned = self._planned(opened, question, file, kind, filters, recognise)
        attempt = Attempt(self._serving(opened), planned.documents)
        report = planned.report()
        asked = searchable(planned.asked, question)
        drafted = attempt.run(asked, planned.applied)
        if drafted.answer.abstained and asked != question:
            drafted = attempt.run(question, planned.applied)
        if planned.recognised:
            elsewhere = attempt.without_recognised(question, asked, planned, drafted)
            if elsewhere is not None:
                report, drafted = planned.report(set_aside=True), elsewhere
        result = drafted.answer
        if planned.explicit and (result.abstained or result.confidence < SURE):
            tell_outside(drafted, attempt.run(question, Filters()), planned, report)
        say_why(result.sources, drafted.hits, drafted.query, filter_names(report))
        result.question = question.strip()
        result.filters = report
        result.notes[:0] = _search_notes(drafted.query, drafted.hits) + planned.notes(report)
        result.notes += _version_notes(result, opened.documents)
        spent = time.perf_counter() - started
        result.timings_ms.update(
            retrieval=round(attempt.searching * 1000, 1),
            answer=round((spent - attempt.searching) * 1000, 1),
        )
        return Extracted(result, drafted, attempt, report)

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
        attempt = Attempt(self._serving(opened), planned.documents)
        report = planned.report()
        # The evidence compared is that of several passages, however few are asked for.
        several = max(limit, HITS)
        hits = attempt.hits(planned.asked, planned.applied, limit=several)
        if planned.doubtful and planned.poorer(
            hits, attempt.hits(planned.asked, planned.explicit, limit=several)
        ):
            report = planned.report(set_aside=True)
            hits = attempt.hits(question, planned.explicit, limit=several)
        if planned.explicit and not planned.useful(hits):
            report.outside = planned.outside(attempt.hits(question, Filters(), limit=HITS))
        query, filtered = attempt.query(planned.asked), filter_names(report)
        if report.set_aside:
            query = attempt.query(question)
        results = [
            self._result(
                rank,
                hit,
                explanation(hit, query, filtered, neighbours(hit.passage, self._catalogue)),
            )
            for rank, hit in enumerate(pages_first(hits)[:limit], start=1)
        ]
        return results, report

    def attempt(self) -> Attempt:
        """Retrieval over the whole corpus, for what asks it many questions (a fiche).

        Raises:
            IndexMissingError, IndexCorruptError: there is nothing to search.
        """
        opened = self._opened
        self._check_not_empty(opened)
        return Attempt(self._serving(opened), tuple(opened.documents.values()))

    def embed_alike(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of short texts that are compared with one another, not with passages.

        Returns:
            float32 array of shape (texts, dimension), rows of norm 1; small letters, as the model
            takes capitals for a difference of meaning. Texts met again are not embedded again.
        """
        import numpy as np

        wanted = [text.lower() for text in texts]
        new = [text for text in dict.fromkeys(wanted) if text not in self._alike]
        if len(self._alike) + len(new) > _ALIKE:
            self._alike, new = {}, list(dict.fromkeys(wanted))
        known = self._alike
        if new:
            known |= zip(new, self.embedder().embed_documents(new), strict=True)
        return np.stack([known[text] for text in wanted])

    def _serving(self, opened: _Opened) -> Serving:
        return Serving(
            opened.search,
            self._catalogue,
            opened.generation.id,
            self._models(),
            opened.unreadable,
            opened.generation.sigles,
        )

    def _planned(
        self,
        opened: _Opened,
        question: str,
        file: str | None,
        kind: str | None,
        filters: Filters | None,
        recognise: bool,
    ) -> FilterPlan:
        self._check_not_empty(opened)
        documents = list(opened.documents.values())
        explicit = filtering.resolve(chosen(filters, file, kind), documents)
        return plan(question, explicit, documents, recognised=recognise)

    def _check_not_empty(self, opened: _Opened) -> None:
        """Refuse to search an index of nothing: that something is not found would mislead.

        Raises:
            IndexMissingError: no document is indexed.
            IndexCorruptError: none can be, as long as the index is not built again.
        """
        if opened.generation.passage_ids:
            return
        if isinstance(self._catalogue, LostCatalogue):
            raise IndexCorruptError(self._catalogue.error.message, self._catalogue.error.remedy)
        if not opened.generation.id and opened.generation.damaged:
            raise IndexCorruptError(
                "L’index est endommagé, et aucun index précédent ne peut servir.",
                "Reconstruisez-le : assistant ingerer DOSSIER --reconstruire ; charger un document "
                "dans l’onglet Corpus le reconstruit aussi.",
            )
        raise IndexMissingError(
            "Aucun document n’est indexé.",
            "Chargez-en dans l’onglet Corpus, ou lancez : assistant ingerer DOSSIER.",
        )

    def refusal(self) -> IndexMissingError | IndexCorruptError | None:
        """Why every question is refused; `None` when they are not."""
        try:
            self._check_not_empty(self._opened)
        except (IndexMissingError, IndexCorruptError) as error:
            return error
        return None

    def _result(self, rank: int, hit: Hit, explained: Explanation) -> SearchResult:
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
            explain=explained,
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

    def sigles(self) -> Entries:
        """Sigles that the documents define, with the pages where they do."""
        return self._opened.generation.sigles

    def page(self, document_id: str, number: int) -> Page:
        """A page as stored: raw text, word boxes, status.

        Raises:
            DocumentNotFoundError: unknown document.
            PageNotFoundError: no such page.
        """
        self.document(document_id)
        return self._catalogue.page(document_id, number)

    def passages(self, document_id: str) -> list[Passage]:
        """Every passage of a document, in order.

        Raises:
            DocumentNotFoundError: unknown identifier.
        """
        self.document(document_id)
        return [*self._catalogue.passages_of(document_id)]

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
            "damaged": opened.generation.damaged,
            "created": opened.generation.manifest["created"],
            "documents": len(opened.documents),
            "pages": pages,
            "passages": len(opened.generation.passage_ids),
            "windows": len(opened.generation.windows.passage),
            "models": self._models().model_dump(),
            "modes": ["extractive", *(["generative"] if self._pen.configured else [])],
            "ready": self.ready,
        }


class _View(Assistant):
    """An assistant that holds only some documents of another, and shares its models."""

    def __init__(self, whole: Assistant, opened: _Opened, seen: frozenset[str]) -> None:
        """Open the view of these documents, written if it is not yet.

        Raises:
            StorageError: it cannot be written.
        """
        self._whole = whole
        self._settings = whole._settings
        self._pen = whole._pen
        self._reranker = whole._reranker
        catalogue = views.SeenCatalogue(whole._catalogue, seen)
        self._catalogue = catalogue
        generation = opened.generation
        if generation.passage_ids:
            generation = views.open_view(whole._settings.index_dir, generation, catalogue, seen)
        self._opened = self._serve(generation)

    def seen_by(self, groups: frozenset[str] | None) -> Assistant:
        """This view, or what the groups may see of it."""
        if groups is None:
            return self
        whole, held = self._whole, self._opened.held
        hidden = whole._visibility.hidden(held, groups)
        return whole._view(whole._opened, held - hidden) if hidden else self

    def unseen(self, groups: frozenset[str] | None) -> Unseen:
        """What the whole assistant keeps from these groups."""
        return self._whole.unseen(groups)

    def _check_not_empty(self, opened: _Opened) -> None:
        """Where everything is hidden nothing is found; where nothing is indexed, that is said."""
        self._whole._check_not_empty(self._whole._opened)

    def reload(self, *, force: bool = False) -> bool:
        """Let the whole assistant serve the newest generation; ask it for the view again."""
        return self._whole.reload(force=force)

    def embedder(self) -> TextEmbedding:
        """The model of the whole assistant."""
        return self._whole.embedder()

    def embed_alike(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of short texts, kept by the whole assistant."""
        return self._whole.embed_alike(texts)

    def warm_up(self) -> None:
        """Load the models of the whole assistant."""
        self._whole.warm_up()

    @property
    def ready(self) -> bool:
        """Whether the whole assistant is."""
        return self._whole.ready


class _Lazy:
    """Loads the model when the first question needs it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def embed_queries(self, texts: Sequence[str]) -> Sequence[npt.NDArray[np.float32]]:
        return self._assistant.embedder().embed_queries(texts)


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
            notes.append(f"Recherche élargie (orthographe)\u00a0: {pairs}.")
    if query.expansions:
        pairs = ", ".join(f"{short} = {long}" for short, long in query.expansions.items())
        notes.append(f"Sigles pris en compte : {pairs}.")
    return notes
