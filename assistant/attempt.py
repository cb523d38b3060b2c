"""One question, tried in one set of documents or another: in a filter, then without it."""

from __future__ import annotations

import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.generation.abstention import SURE
from assistant.generation.definition import defined, spelt_out
from assistant.generation.question import Expected, understand
from assistant.index.catalogue import Catalogue
from assistant.index.glossary import Entries
from assistant.model import Answer, Box, Document, FilterReport, Filters, Hit, ModelIds, Page
from assistant.retrieval import filters as filtering
from assistant.retrieval.filter_plan import FilterPlan
from assistant.retrieval.query import Query
from assistant.retrieval.search import PassageSearch

HITS = 20
_DEFINING = 3
"""Pages that define a sigle, at most, read besides those found."""
_CLEARLY = 0.1
"""Confidence by which an answer from the whole corpus is clearly better than a filtered one.

On 574 pairs of a development question and a filter put before it, 0.1 keeps 91 % of those that
suit and sets aside 95 % of those that do not; without any filter, the right page came first for
77 % of the former, with it for 86 %.
"""


@dataclass(frozen=True)
class Serving:
    """What answers over one generation.

    Attributes:
        search: retrieval.
        catalogue: where pages are read.
        generation: identifier of the index.
        models: models that take part.
        unreadable: document identifier → pages that could not be read.
        sigles: sigles that the corpus defines, with the pages where it does.
    """

    search: PassageSearch
    catalogue: Catalogue
    generation: str
    models: ModelIds
    unreadable: Mapping[str, Sequence[int]]
    sigles: Entries = field(default_factory=dict)


@dataclass(frozen=True)
class Drafted:
    """An answer and what it was drawn from."""

    query: Query
    hits: list[Hit]
    answer: Answer


class Attempt:
    """Searches and answers for one question in several sets of documents.

    Attributes:
        searching: seconds spent in retrieval so far.
    """

    def __init__(self, serving: Serving, documents: Sequence[Document]) -> None:
        """Bind what serves one generation to the documents of the corpus."""
        self.searching = 0.0
        self._serving = serving
        self._documents = documents
        self._queries: dict[str, Query] = {}
        self._pages = PageMemory(serving.catalogue)

    @property
    def pages(self) -> PageMemory:
        """Pages read so far."""
        return self._pages

    @property
    def serving(self) -> Serving:
        """What answers over the generation."""
        return self._serving

    @property
    def documents(self) -> Sequence[Document]:
        """Documents of the corpus."""
        return self._documents

    def query(self, asked: str) -> Query:
        """The question once understood."""
        if asked not in self._queries:
            self._queries[asked] = self._serving.search.parser.parse(asked)
        return self._queries[asked]

    def hits(self, asked: str, filters: Filters, *, limit: int = HITS) -> list[Hit]:
        """Passages for a question, in the documents that a filter lets through."""
        started = time.perf_counter()
        found = self._serving.search.search(
            self.query(asked),
            limit=limit,
            documents=filtering.allowed(filters, self._documents) if filters else None,
        )
        self.searching += time.perf_counter() - started
        return found

    def run(self, asked: str, filters: Filters) -> Drafted:
        """Passages for a question, and the answer they give."""
        from assistant.generation.answer import draft

        query, hits = self.query(asked), self.hits(asked, filters)
        hits[1:1] = self._defining(asked, filters, {hit.passage.id for hit in hits})
        answer = draft(
            asked,
            hits,
            get_page=self._pages.page,
            boxes_for_span=self._pages.boxes,
            idf=self._serving.search.idf,
            index_generation=self._serving.generation,
            models=self._serving.models,
            expansions=query.expansions,
            corrections=query.corrections,
            unreadable_pages=self._serving.unreadable,
            today=date.today(),
            documents={document.id: document for document in self._documents},
            neighbourhood=self._serving.catalogue,
        ).answer
        return Drafted(query, hits, answer)

    def _defining(self, asked: str, filters: Filters, known: Container[str]) -> list[Hit]:
        """Passages that spell out the sigle whose meaning is asked, if they were not found.

        A page names a sigle often and defines it once: retrieval has no reason to prefer that
        page, and the glossary knows it.
        """
        question = understand(asked)
        wanted = defined(question) if question.expected is Expected.DEFINITION else None
        entry = self._serving.sigles.get(wanted.sigle) if wanted and wanted.sigle else None
        if wanted is None or entry is None:
            return []
        allowed = filtering.allowed(filters, self._documents) if filters else None
        documents = {document.id: document for document in self._documents}
        found: list[Hit] = []
        for document_id, number in (place for sense in entry.senses for place in sense.places):
            document = documents.get(document_id)
            if document is None or (allowed is not None and document_id not in allowed):
                continue
            for passage in self._serving.catalogue.passages_with(document_id, entry.sigle):
                spans = [
                    span
                    for block in passage.blocks
                    if spelt_out(wanted.sigle, block.text)
                    for span in block.spans
                    if span.page == number
                ]
                if spans and passage.id not in known and len(found) < _DEFINING:
                    found.append(Hit(passage, document, 0.0, spans[0]))
        return found

    def without_recognised(
        self, question: str, asked: str, planned: FilterPlan, inside: Drafted
    ) -> Drafted | None:
        """What to answer instead when the filters read in the question serve it badly.

        A refusal drawn from part of the corpus would speak for all of it: it is never kept. An
        answer is compared with one to the same words, those of the filters left out: otherwise
        the page that also holds these words would look better for them. A file called by its
        name is no guess: that another answers better changes nothing.

        Args:
            question: as typed.
            asked: the same without the words of its filters.
            planned: its filters.
            inside: what they gave.

        Returns:
            The better answer, or `None` to keep the filters.
        """
        if not inside.answer.abstained and not planned.doubtful:
            return None
        plain = self.run(asked, planned.explicit)
        better = not plain.answer.abstained and (
            plain.answer.confidence - inside.answer.confidence > _CLEARLY
        )
        if not inside.answer.abstained and not better:
            return None
        typed = self.run(question, planned.explicit)
        return plain if typed.answer.abstained and not plain.answer.abstained else typed


def tell_outside(
    drafted: Drafted, anywhere: Drafted, planned: FilterPlan, report: FilterReport
) -> None:
    """Say what the whole corpus holds when a chosen filter leaves nothing sure.

    Args:
        drafted: the refusal or the unsure answer; its wording is completed in place.
        anywhere: the same question asked to the whole corpus.
        planned: its filters.
        report: where the passages outside are counted, in place.
    """
    result, other = drafted.answer, anywhere.answer
    if other.abstained:
        if result.abstained:
            # « Nothing in the corpus » must have been looked for in all of it.
            result.reason, result.reason_code = other.reason, other.reason_code
        return
    if not result.abstained and other.confidence < SURE:
        return
    inside = planned.lets_through(planned.explicit) or set()
    cited = {
        (citation.document_id, citation.page)
        for sentence in other.sentences
        for citation in sentence.citations
        if citation.document_id not in inside
    }
    if not result.abstained and not cited:
        return
    report.outside = max(len(cited), planned.outside(anywhere.hits))
    said = filtering.outside_sentence(planned.explicit, report.outside, empty=not drafted.hits)
    if result.abstained:
        result.reason, result.reason_code = said, "filtre"
    else:
        result.notes.append(said)


class PageMemory:
    """Pages read for one answer: several sentences share one, few need their word boxes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._pages: dict[tuple[str, int], Page] = {}
        self._places: dict[int, tuple[str, int]] = {}

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

        words = self._catalogue.words(*self._places[id(page)], start, end)
        return [
            # A tenth of a point is what the catalogue keeps.
            (round(left, 1), round(top, 1), round(right, 1), round(bottom, 1))
            for left, top, right, bottom in boxes_for_span(replace(page, words=words), start, end)
        ]


def searchable(asked: str, question: str) -> str:
    """What is left of a question without its filters, if it still asks for something."""
    return asked if understand(asked).terms else question
