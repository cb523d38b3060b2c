"""Hybrid retrieval: French BM25 and window vectors, fused, then reranked by features.

Stages, each of which can be looked at alone:

1. lexical: BM25 of the passage body, plus a share of BM25 over its title and section path;
2. dense: cosine of the question with the best window of the passage;
3. fusion: weighted sum of the two, each standardised over the passages (z-scores);
4. reranking of the best candidates with features read in the passages themselves;
5. collapse: repeated texts behind one, older versions after newer ones.

The weights were chosen on development questions only (see docs/decisions).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.index.columns import Coded, Gathered
from assistant.index.generations import Generation
from assistant.index.windows import context_text, index_text
from assistant.model import Document, Hit, Passage, Span
from assistant.retrieval.collapse import collapse
from assistant.retrieval.cross_encoder import READ, Reranker
from assistant.retrieval.explain import compared, stage_ranks
from assistant.retrieval.features import ReadPassage, features_of, read_passage
from assistant.retrieval.query import Query, QueryParser
from assistant.retrieval.stages import DenseStage, Mask, Scores, standardise, top, units_of

_REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class Weights:
    """Relative weights of the signals; chosen on the development half of the question sets.

    Attributes:
        context: share of the title and section field in the lexical score.
        dense: share of the dense score in the fusion, lexical having the rest.
        coverage, pairs, spared, bare: reranking features, added to the z-score of the meaning
            (to the fused one without an embedding model); see `features_of`.
        window: preference, in the passage shown, for the block closest in meaning.
        candidates: passages read and ranked again.
        read_together: weight of a configured cross-encoder against the score so far, both
            standardised over the passages it read. Not tuned: no French model was at hand.
    """

    context: float = 0.1
    dense: float = 0.8
    coverage: float = 5.0
    pairs: float = 3.0
    spared: float = 0.7
    bare: float = 2.0
    window: float = 0.3
    candidates: int = 40
    read_together: float = 2.0


class QueryEmbedder(Protocol):
    """What retrieval asks of an embedding model."""

    def embed_queries(self, texts: Sequence[str]) -> Sequence[Scores]:
        """L2-normalised vectors of wordings of a question, each of shape (dimension,)."""


def question_vector(embedder: QueryEmbedder, text: str) -> Scores:
    """Vector of a question: the mean of the text as typed and of the same in small letters.

    The embedded model takes capitals for a difference of meaning. Small letters alone help
    professional questions and harm those about names; the mean keeps both (see
    `docs/decisions/0003`).

    Returns:
        float32 array of norm 1, shape (dimension,).
    """
    small = text.lower()
    if small == text:
        return embedder.embed_queries([text])[0]
    typed, lowered = embedder.embed_queries([text, small])
    mean = typed + lowered
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


class PassageStore(Protocol):
    """Where retrieval reads passages: the catalogue, or a benchmark's memory."""

    def passages(self, ids: Sequence[str]) -> Mapping[str, Passage]:
        """Passages by identifier; unknown ones are left out."""

    def documents(self, ids: Collection[str] | None = None) -> Mapping[str, Document]:
        """Documents by identifier."""


class PassageSearch:
    """Finds passages in one opened generation."""

    def __init__(
        self,
        generation: Generation,
        catalogue: PassageStore,
        embedder: QueryEmbedder | None,
        weights: Weights | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        """Bind a generation to its catalogue; without an embedder, search by words only."""
        self._reranker = reranker
        self._generation = generation
        self._catalogue = catalogue
        self._embedder = embedder
        self._weights = weights or Weights()
        documents = Coded.of(generation.passage_documents)
        self._documents = catalogue.documents(set(documents.names))
        self._memory: dict[tuple[str, int], ReadPassage] = {}
        self._units = units_of(generation.windows)
        self._document_of_unit = Gathered(documents, self._units.passage)
        self.parser = QueryParser(
            generation.lexical, generation.glossary, len(generation.passage_ids)
        )

    def idf(self, term: str) -> float:
        """Inverse document frequency of an analysed term in this corpus."""
        return self._generation.lexical.idf(term)

    def search(
        self, question: str | Query, *, limit: int = 20, documents: Iterable[str] | None = None
    ) -> list[Hit]:
        """Best passages for a question, best first; repeats folded (see `collapse`).

        Args:
            question: as typed, or already parsed.
            limit: number of passages returned at most.
            documents: identifiers of the documents to search; all when `None`.
        """
        query = self.parser.parse(question) if isinstance(question, str) else question
        allowed = None if documents is None else self._document_of_unit.mask(set(documents))
        stages = self.stage_scores(query, allowed)
        fused = stages["fused"]
        if allowed is not None:
            fused = np.where(allowed, fused, -np.inf)
        order = top(fused, max(self._weights.candidates, limit))
        hits = compared(self._rerank(query, order, stages, stage_ranks(stages, order, allowed)))
        return collapse(hits, self._documents, query)[:limit]

    @cached_property
    def _dense(self) -> DenseStage:
        """Made at the first question: opening the vectors imports heavy libraries."""
        return DenseStage(self._generation.vectors, self._units)

    def stage_scores(
        self, query: Query, allowed: Mask | None = None
    ) -> dict[str, npt.NDArray[Any]]:
        """Scores of every unit (a passage on one of its pages) at each stage.

        Args:
            query: the understood question.
            allowed: units that may be shown, shape (units,): a large corpus, of which only the
                likely units are compared, looks for them among these. Scores are not masked.
        """
        generation, weights = self._generation, self._weights
        terms = {**query.expanded, **query.terms}
        lexical = generation.lexical.scores(terms) + weights.context * generation.lexical.scores(
            terms, "context"
        )
        units = self._units
        spread = standardise(lexical)[units.passage]
        words = lexical[units.passage]
        if self._embedder is None:
            dense = np.zeros(len(units.passage), dtype=np.float32)
            window = units.first_window
            fused = meaning = spread
        else:
            vector = question_vector(self._embedder, query.dense_text)
            found = self._dense.compare(vector, words, allowed)
            dense, meaning, window = found.scores, found.standard, found.window
            fused = weights.dense * meaning + (1 - weights.dense) * spread
        return {
            "lexical": words,
            "dense": dense,
            "meaning": meaning,
            "fused": fused,
            "window": window,
        }

    def _rerank(
        self,
        query: Query,
        chosen: Sequence[int],
        stages: dict[str, npt.NDArray[Any]],
        ranks: Sequence[dict[str, int]],
    ) -> list[Hit]:
        generation, weights, units = self._generation, self._weights, self._units
        rows = [int(units.passage[unit]) for unit in chosen]
        passages = self._catalogue.passages([generation.passage_ids[row] for row in rows])
        closeness = self._closeness(query, rows)
        hits: list[Hit] = []
        for unit, row, places in zip(chosen, rows, ranks, strict=True):
            passage = passages.get(generation.passage_ids[row])
            document = self._documents.get(generation.passage_documents[row])
            if passage is None or document is None:
                continue  # re-read since this generation was published
            page = int(units.page[unit])
            read = self._read(passage, document, page)
            features = features_of(query, read, self.idf)
            fused = float(stages["fused"][unit])
            # Words are counted by the features from here on: a share of BM25 besides them
            # brought nothing on any development set.
            effects = {
                "meaning": float(stages["meaning"][unit]),
                "coverage": weights.coverage * features["coverage"],
                "pairs": weights.pairs * features["pairs"],
                "spared": weights.spared * features["spared"],
                "bare": -weights.bare * features["bare"],
            }
            start = int(generation.windows.start[stages["window"][unit]])
            hits.append(
                Hit(
                    passage,
                    document,
                    sum(effects.values()),
                    self._best_span(query, read, page, start),
                    {
                        "lexical": round(float(stages["lexical"][unit]), 4),
                        "dense": round(float(stages["dense"][unit]), 4),
                        "fused": round(fused, 4),
                        **{name: round(value, 4) for name, value in features.items()},
                        "terms": sorted(
                            {term for term, _ in read.located}
                            & (query.terms.keys() | query.expanded.keys())
                        ),
                        "ranks": places,
                        "effects": effects,
                        "windows": closeness.get(row, ()),
                    },
                )
            )
        hits.sort(key=lambda hit: -hit.score)
        return hits if self._reranker is None else self._read_together(query, hits)

    def _closeness(
        self, query: Query, rows: Sequence[int]
    ) -> dict[int, tuple[tuple[Span, float], ...]]:
        """Cosine of the question with each window of some passages, by row of the passage.

        What answers is then told from what surrounds it; nothing without an embedding model.
        """
        if self._embedder is None or not rows:
            return {}
        units, table = self._units, self._generation.windows
        wanted = np.unique(np.asarray(rows, dtype=np.int32))
        of_passages = np.concatenate(
            [
                np.arange(first, last)
                for first, last in zip(
                    np.searchsorted(units.passage, wanted),
                    np.searchsorted(units.passage, wanted, side="right"),
                    strict=True,
                )
            ]
        )
        windows, _ = units.windows_of(of_passages)
        vector = question_vector(self._embedder, query.dense_text)
        found: dict[int, list[tuple[Span, float]]] = {}
        for window, cosine in zip(
            windows.tolist(), self._generation.vectors.scores_of(windows, vector), strict=True
        ):
            span = Span(int(table.page[window]), int(table.start[window]), int(table.end[window]))
            found.setdefault(int(table.passage[window]), []).append((span, float(cosine)))
        return {row: tuple(spans) for row, spans in found.items()}

    def _read_together(self, query: Query, hits: list[Hit]) -> list[Hit]:
        """Order the first hits again by what the cross-encoder says; the others follow."""
        assert self._reranker is not None
        first, rest = hits[:READ], hits[READ:]
        said = self._reranker.scores(query.question, [_read_text(hit) for hit in first])
        own = standardise(np.array([hit.score for hit in first]))
        total = own + self._weights.read_together * standardise(said)
        # Scores stay comparable within the list: the others keep theirs, below the first.
        lowest = float(total.min(initial=0.0)) - (rest[0].score if rest else 0.0)
        again = [
            replace(
                hit,
                score=float(total[index]),
                explain={**hit.explain, "cross_encoder": round(float(said[index]), 4)},
            )
            for index, hit in enumerate(first)
        ]
        again.sort(key=lambda hit: -hit.score)
        return again + [replace(hit, score=hit.score + lowest) for hit in rest]

    def _best_span(self, query: Query, read: ReadPassage, page: int, dense_start: int) -> Span:
        """The block that covers the question best; ties go to the closest in meaning."""
        best, best_score = Span(page, 0, 0), -1.0
        for span, terms in read.blocks:
            score = sum(self.idf(term) for term in terms & query.terms.keys())
            if span.start <= dense_start < span.end:
                score += 2 * self._weights.window
            if score > best_score:
                best, best_score = span, score
        return best

    def _read(self, passage: Passage, document: Document, page: int) -> ReadPassage:
        """Analyse a passage on one page; recent ones are remembered."""
        key = (passage.id, page)
        read = self._memory.get(key)
        if read is None:
            read = read_passage(passage, document, page)
            if len(self._memory) >= _REMEMBERED:
                # The oldest entry goes; another thread may have taken it already.
                self._memory.pop(next(iter(self._memory), key), None)
            self._memory[key] = read
        return read


def _read_text(hit: Hit) -> str:
    """What the cross-encoder reads: where the passage stands, then its blocks."""
    context = context_text(hit.passage.section, hit.document.metadata.title)
    return "\n".join([context, *(index_text(block) for block in hit.passage.blocks)]).strip()
