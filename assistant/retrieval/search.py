"""Hybrid retrieval: French BM25 and window vectors, fused, then reranked by features.

Stages, each of which can be looked at alone:

1. lexical: BM25 of the passage body, plus a share of BM25 over its title and section path;
2. dense: cosine of the question with the best window of the passage;
3. fusion: weighted sum of the two, each standardised over the passages (z-scores);
4. reranking of the best candidates with features read in the passages themselves.

The weights were chosen on development questions only (see docs/decisions).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.index.catalogue import Catalogue
from assistant.index.generations import Generation
from assistant.index.windows import context_text, index_text
from assistant.language.analyser import analyse, analyse_with_offsets
from assistant.model import Document, Hit, Passage, Span
from assistant.retrieval.query import Query, QueryParser

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """Relative weights of the signals; chosen on the development half of the question sets.

    Attributes:
        context: share of the title and section field in the lexical score.
        dense: share of the dense score in the fusion, lexical having the rest.
        coverage, proximity, heading, window: reranking features, added to the fused z-score.
    """

    context: float = 0.4
    dense: float = 0.4
    coverage: float = 1.0
    proximity: float = 0.5
    heading: float = 0.5
    window: float = 0.3
    candidates: int = 40


class QueryEmbedder(Protocol):
    """What retrieval asks of an embedding model."""

    def embed_query(self, text: str) -> Scores:
        """L2-normalised vector of a question, shape (dimension,)."""


class PassageSearch:
    """Finds passages in one opened generation."""

    def __init__(
        self,
        generation: Generation,
        catalogue: Catalogue,
        embedder: QueryEmbedder | None,
        weights: Weights | None = None,
    ) -> None:
        """Bind a generation to its catalogue; without an embedder, search by words only."""
        self._generation = generation
        self._catalogue = catalogue
        self._embedder = embedder
        self._weights = weights or Weights()
        self._documents = catalogue.documents(set(generation.passage_documents))
        self._rows_of_document: dict[str, list[int]] = {}
        for row, document in enumerate(generation.passage_documents):
            self._rows_of_document.setdefault(document, []).append(row)
        self.parser = QueryParser(
            generation.lexical, generation.glossary, len(generation.passage_ids)
        )

    def idf(self, term: str) -> float:
        """Inverse document frequency of an analysed term in this corpus."""
        return self._generation.lexical.idf(term)

    def search(
        self, question: str | Query, *, limit: int = 20, documents: Iterable[str] | None = None
    ) -> list[Hit]:
        """Best passages for a question, best first.

        Args:
            question: as typed, or already parsed.
            limit: number of passages returned at most.
            documents: identifiers of the documents to search; all when `None`.
        """
        query = self.parser.parse(question) if isinstance(question, str) else question
        stages = self.stage_scores(query)
        fused = stages["fused"]
        if documents is not None:
            allowed = np.zeros(len(fused), dtype=bool)
            for document in documents:
                allowed[self._rows_of_document.get(document, [])] = True
            fused = np.where(allowed, fused, -np.inf)
        order = _top(fused, max(self._weights.candidates, limit))
        return self._rerank(query, order, stages)[:limit]

    def stage_scores(self, query: Query) -> dict[str, npt.NDArray[Any]]:
        """Scores of every passage at each stage, and the row of its best window."""
        generation, weights = self._generation, self._weights
        terms = {**query.expanded, **query.terms}
        lexical = generation.lexical.scores(terms) + weights.context * generation.lexical.scores(
            terms, "context"
        )
        count = len(generation.passage_ids)
        dense = np.zeros(count, dtype=np.float32)
        best_window = np.full(count, -1, dtype=np.int64)
        if self._embedder is not None and len(generation.windows.passage):
            scores = generation.vectors.scores(self._embedder.embed_query(query.dense_text))
            dense, best_window = _best_per_passage(scores, generation.windows.passage, count)
            fused = weights.dense * _standardise(dense) + (1 - weights.dense) * _standardise(
                lexical
            )
        else:
            fused = _standardise(lexical)
        return {"lexical": lexical, "dense": dense, "fused": fused, "window": best_window}

    def _rerank(
        self, query: Query, rows: Sequence[int], stages: dict[str, npt.NDArray[Any]]
    ) -> list[Hit]:
        generation, weights = self._generation, self._weights
        passages = self._catalogue.passages([generation.passage_ids[row] for row in rows])
        hits: list[Hit] = []
        for row in rows:
            passage = passages.get(generation.passage_ids[row])
            document = self._documents.get(generation.passage_documents[row])
            if passage is None or document is None or not np.isfinite(stages["fused"][row]):
                continue  # re-read since this generation was published
            features = passage_features(query, passage, document, self.idf)
            fused = float(stages["fused"][row])
            score = (
                fused
                + weights.coverage * features["coverage"]
                + weights.proximity * features["proximity"]
                + weights.heading * features["heading"]
            )
            span = self._best_span(query, passage, int(stages["window"][row]))
            hits.append(
                Hit(
                    passage,
                    document,
                    score,
                    span,
                    {
                        "lexical": round(float(stages["lexical"][row]), 4),
                        "dense": round(float(stages["dense"][row]), 4),
                        "fused": round(fused, 4),
                        **{name: round(value, 4) for name, value in features.items()},
                        "terms": sorted(matched_terms(query, passage)),
                    },
                )
            )
        return sorted(hits, key=lambda hit: -hit.score)

    def _best_span(self, query: Query, passage: Passage, window: int) -> Span:
        """The block that covers the question best; ties go to the closest in meaning."""
        windows = self._generation.windows
        dense_page = int(windows.page[window]) if window >= 0 else passage.pages[0]
        dense_start = int(windows.start[window]) if window >= 0 else 0
        best, best_score = passage.blocks[0].spans[0], -1.0
        for block in passage.blocks:
            if not block.spans:
                continue
            covered = set(analyse(index_text(block))) & query.terms.keys()
            score = sum(self.idf(term) for term in covered)
            span = block.spans[0]
            if span.page == dense_page:
                score += self._weights.window * (2 if span.start <= dense_start < span.end else 1)
            if score > best_score:
                best, best_score = span, score
        return best


def matched_terms(query: Query, passage: Passage) -> set[str]:
    """Terms of the question, or of its expansion, that the passage holds."""
    wanted = query.terms.keys() | query.expanded.keys()
    return {term for block in passage.blocks for term in analyse(index_text(block))} & wanted


def passage_features(
    query: Query, passage: Passage, document: Document, idf: Any
) -> dict[str, float]:
    """What reading the passage tells: each feature is between 0 and 1.

    - coverage: share of the question's terms (weighted by idf) found in the passage or in
      its section path;
    - proximity: the same share within the best run of 30 words;
    - heading: share found in the section path and title.
    """
    weights = {term: idf(term) for term in query.terms}
    total = sum(weights.values()) or 1.0
    body = "\n".join(index_text(block) for block in passage.blocks)
    located = [
        (term, start)
        for term, start, _ in analyse_with_offsets(body)
        if term in weights or term in query.expanded
    ]
    inside = {term for term, _ in located}
    context = set(
        analyse(
            f"{context_text(passage.section, document.metadata.title)} {' '.join(passage.section)}"
        )
    )
    alias = bool(query.expanded) and bool(inside & query.expanded.keys())
    covered = sum(
        weight * (1.0 if term in inside else 0.7 if term in context else 0.0)
        for term, weight in weights.items()
    )
    heading = sum(weight for term, weight in weights.items() if term in context)
    return {
        "coverage": min(1.0, covered / total + (0.1 if alias else 0.0)),
        "proximity": _proximity(located, weights) / total,
        "heading": heading / total,
    }


_RUN_CHARACTERS = 220
"""About thirty French words."""


def _proximity(located: Sequence[tuple[str, int]], weights: dict[str, float]) -> float:
    best = 0.0
    for first, (_, start) in enumerate(located):
        seen: set[str] = set()
        for term, position in located[first:]:
            if position - start > _RUN_CHARACTERS:
                break
            seen.add(term)
        best = max(best, sum(weights.get(term, 0.0) for term in seen))
    return best


def _standardise(scores: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Z-scores over the passages: two scales that share nothing else become comparable."""
    deviation = float(scores.std()) if len(scores) else 0.0
    if deviation < 1e-9:
        return np.zeros_like(scores)
    return np.asarray((scores - scores.mean()) / deviation)


def _best_per_passage(
    scores: Scores, passages: npt.NDArray[np.int32], count: int
) -> tuple[Scores, npt.NDArray[np.int64]]:
    """Best window score of each passage and its row (-1 where a passage has no window)."""
    order = np.lexsort((-scores, passages))
    firsts = np.unique(passages[order], return_index=True)
    best = np.full(count, scores.min() if len(scores) else 0.0, dtype=np.float32)
    rows = np.full(count, -1, dtype=np.int64)
    best[firsts[0]] = scores[order[firsts[1]]]
    rows[firsts[0]] = order[firsts[1]]
    return best, rows


def _top(scores: npt.NDArray[Any], count: int) -> list[int]:
    if count >= len(scores):
        chosen = np.arange(len(scores))
    else:
        chosen = np.argpartition(-scores, count)[:count]
    chosen = chosen[np.isfinite(scores[chosen])]
    return [int(row) for row in chosen[np.argsort(-scores[chosen], kind="stable")]]
