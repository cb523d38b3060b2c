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
    InvalidQuestionError,
    ModelMismatchError,
    PageImageMissingError,
)
from assistant.generation.question import check_question
from assistant.index import generations
from assistant.index.catalogue import Catalogue, unknown_document
from assistant.language.analyser import analyse_with_offsets
from assistant.model import (
    KIND_LABELS,
    Answer,
    Box,
    Document,
    Hit,
    ModelIds,
    Page,
    PageStatus,
    SearchResult,
)
from assistant.retrieval.query import Query
from assistant.retrieval.search import PassageSearch
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.index.embedding import TextEmbedding

_HITS = 20


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
            PassageSearch(generation, self._catalogue, _Lazy(self)),
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
    ) -> Answer:
        """Answer a question with verified citations, or say that the corpus does not.

        Args:
            question: in French, as typed.
            file: search only this file.
            kind: search only documents of this kind (a key of `KIND_LABELS`).

        Raises:
            InvalidQuestionError: empty, too long, or an unknown filter.
        """
        from assistant.generation.answer import draft

        started = time.perf_counter()
        opened = self._opened
        question = check_question(question, max_chars=self._settings.max_question_chars)
        documents = self._filter(opened, file, kind)
        query = opened.search.parser.parse(question)
        hits = opened.search.search(query, limit=_HITS, documents=documents)
        retrieved = time.perf_counter()
        pages = _PageMemory(self._catalogue)

        result = draft(
            question,
            hits,
            get_page=pages.page,
            boxes_for_span=pages.boxes,
            idf=opened.search.idf,
            index_generation=opened.generation.id,
            models=self._models(),
            expansions=query.expansions,
            corrections=query.corrections,
            unreadable_pages=opened.unreadable,
            today=date.today(),
        ).answer
        result.notes[:0] = _search_notes(query, hits)
        result.notes += _version_notes(result, opened.documents)
        result.timings_ms.update(
            retrieval=round((retrieved - started) * 1000, 1),
            answer=round((time.perf_counter() - retrieved) * 1000, 1),
        )
        return result

    def search(
        self,
        question: str,
        *,
        limit: int = 10,
        file: str | None = None,
        kind: str | None = None,
    ) -> list[SearchResult]:
        """Ranked passages for a question, with the reasons of their rank."""
        opened = self._opened
        question = check_question(question, max_chars=self._settings.max_question_chars)
        hits = opened.search.search(
            question, limit=limit, documents=self._filter(opened, file, kind)
        )
        return [self._result(rank, hit) for rank, hit in enumerate(hits, start=1)]

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

    def _filter(self, opened: _Opened, file: str | None, kind: str | None) -> Iterable[str] | None:
        if file is None and kind is None:
            return None
        if kind is not None and kind not in KIND_LABELS:
            raise InvalidQuestionError(
                f"Le type de document « {kind[:40]} » n'existe pas.",
                f"Types possibles : {', '.join(KIND_LABELS)}.",
            )
        chosen = [
            document.id
            for document in opened.documents.values()
            if (file is None or document.file == file)
            and (kind is None or document.metadata.kind == kind)
        ]
        if file is not None and not chosen:
            raise DocumentNotFoundError(
                f"Aucun document indexé ne s'appelle « {file[:120]} ».",
                "Consultez la liste des documents : assistant corpus etat.",
            )
        return chosen

    def _models(self) -> ModelIds:
        return ModelIds(embedding=self._settings.embedding_model.name)

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

    def embed_query(self, text: str) -> Any:
        return self._assistant.embedder().embed_query(text)


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
