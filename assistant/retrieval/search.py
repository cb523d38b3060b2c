"""Hybrid retrieval: French BM25 and window vectors, fused, then reranked by features.

Stages, each of which can be looked at alone:

1. lexical: BM25 of the passage body, plus a share of BM25 over its title and section path;
2. dense: cosine of the question with the best window of the passage;
3. fusion: weighted sum of the two, each standardised over the passages (z-scores);
4. reranking of the best candidates with features read in the passages themselves.

The weights were chosen on development questions only (see docs/decisions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.index.catalogue import Catalogue
from assistant.index.generations import Generation, WindowTable
from assistant.index.windows import context_text, index_text
from assistant.language.analyser import analyse, analyse_with_offsets
from assistant.model import BlockKind, Document, Hit, Passage, Span
from assistant.retrieval.query import Query, QueryParser

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """Relative weights of the signals; chosen on the development half of the question sets.

    Attributes:
        context: share of the title and section field in the lexical score.
        dense: share of the dense score in the fusion, lexical having the rest.
        coverage, proximity, heading, window, bare: reranking features, added to the fused z-score.
    """

    context: float = 0.1
    dense: float = 0.8
    coverage: float = 4.0
    proximity: float = 1.0
    heading: float = 0.0
    window: float = 0.3
    bare: float = 2.0
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
        self._memory: dict[tuple[str, int], _Read] = {}
        self._units = _units(generation.windows)
        self._document_of_unit = np.array(generation.passage_documents)[self._units.passage]
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
            allowed = np.isin(self._document_of_unit, list(documents))
            fused = np.where(allowed, fused, -np.inf)
        order = _top(fused, max(self._weights.candidates, limit))
        return self._rerank(query, order, stages)[:limit]

    def stage_scores(self, query: Query) -> dict[str, npt.NDArray[Any]]:
        """Scores of every unit (a passage on one of its pages) at each stage."""
        generation, weights = self._generation, self._weights
        terms = {**query.expanded, **query.terms}
        lexical = generation.lexical.scores(terms) + weights.context * generation.lexical.scores(
            terms, "context"
        )
        units = self._units
        spread = _standardise(lexical)[units.passage]
        if self._embedder is None:
            dense = np.zeros(len(units.passage), dtype=np.float32)
            window = units.first_window
            fused = spread
        else:
            scores = generation.vectors.scores(self._embedder.embed_query(query.dense_text))
            dense, window = _best_per_unit(scores, units.of_window, len(units.passage))
            fused = weights.dense * _standardise(dense) + (1 - weights.dense) * spread
        return {
            "lexical": lexical[units.passage],
            "dense": dense,
            "fused": fused,
            "window": window,
        }

    def _rerank(
        self, query: Query, chosen: Sequence[int], stages: dict[str, npt.NDArray[Any]]
    ) -> list[Hit]:
        generation, weights, units = self._generation, self._weights, self._units
        rows = [int(units.passage[unit]) for unit in chosen]
        passages = self._catalogue.passages([generation.passage_ids[row] for row in rows])
        hits: list[Hit] = []
        for unit, row in zip(chosen, rows, strict=True):
            passage = passages.get(generation.passage_ids[row])
            document = self._documents.get(generation.passage_documents[row])
            if passage is None or document is None:
                continue  # re-read since this generation was published
            page = int(units.page[unit])
            read = self._read(passage, document, page)
            features = features_of(query, read, self.idf)
            fused = float(stages["fused"][unit])
            score = (
                fused
                + weights.coverage * features["coverage"]
                + weights.proximity * features["proximity"]
                + weights.heading * features["heading"]
                - weights.bare * features["bare"]
            )
            start = int(generation.windows.start[stages["window"][unit]])
            hits.append(
                Hit(
                    passage,
                    document,
                    score,
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
                    },
                )
            )
        return sorted(hits, key=lambda hit: -hit.score)

    def _best_span(self, query: Query, read: _Read, page: int, dense_start: int) -> Span:
        """The block that covers the question best; ties go to the closest in meaning."""
        best, best_score = Span(page, 0, 0), -1.0
        for span, terms in read.blocks:
            score = sum(self.idf(term) for term in terms & query.terms.keys())
            if span.start <= dense_start < span.end:
                score += 2 * self._weights.window
            if score > best_score:
                best, best_score = span, score
        return best

    def _read(self, passage: Passage, document: Document, page: int) -> _Read:
        """Analyse a passage on one page; recent ones are remembered."""
        key = (passage.id, page)
        read = self._memory.get(key)
        if read is None:
            read = _analyse_blocks(passage, document, page)
            if len(self._memory) >= _REMEMBERED:
                # The oldest entry goes; another thread may have taken it already.
                self._memory.pop(next(iter(self._memory), key), None)
            self._memory[key] = read
        return read


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage on one page, analysed: its blocks' terms, every term's place, its context."""

    blocks: tuple[tuple[Span, frozenset[str]], ...]
    located: tuple[tuple[str, int], ...]
    context: frozenset[str]
    words: int


def _analyse_blocks(passage: Passage, document: Document, page: int) -> _Read:
    blocks: list[tuple[Span, frozenset[str]]] = []
    located: list[tuple[str, int]] = []
    words = offset = 0
    for block in passage.blocks:
        span = next((span for span in block.spans if span.page == page), None)
        if span is None:
            continue
        text = index_text(block)
        found = analyse_with_offsets(text)
        blocks.append((span, frozenset(term for term, _, _ in found)))
        located += [(term, offset + start) for term, start, _ in found]
        offset += len(text) + 1
        if block.kind not in _HEADINGS:
            words += text.count(" ") + 1
    section = " ".join(passage.section)
    named = f"{context_text(passage.section, document.metadata.title)} {section}"
    return _Read(tuple(blocks), tuple(located), frozenset(analyse(named)), words)


@dataclass(frozen=True)
class _Units:
    """What is ranked: a passage on one page. Arrays of one row a unit, but `of_window`.

    A list or a paragraph that runs over two pages gives two units: each page is judged on
    what stands on it.
    """

    passage: npt.NDArray[np.int64]
    page: npt.NDArray[np.int64]
    first_window: npt.NDArray[np.int64]
    of_window: npt.NDArray[np.int64]


def _units(windows: WindowTable) -> _Units:
    pairs = np.stack([windows.passage.astype(np.int64), windows.page.astype(np.int64)], axis=1)
    distinct, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    return _Units(distinct[:, 0], distinct[:, 1], first, inverse.reshape(-1))


def features_of(query: Query, read: _Read, idf: Callable[[str], float]) -> dict[str, float]:
    """What reading a passage tells: each feature is between 0 and 1.

    - coverage: share of the question's terms (weighted by idf) found in the passage or in
      its section path;
    - proximity: the same share within the best run of about thirty words;
    - heading: share found in the section path and title;
    - bare: how little there is besides headings (a title-only slide answers nothing).
    """
    weights = {term: idf(term) for term in query.terms}
    total = sum(weights.values()) or 1.0
    located = [
        (term, start) for term, start in read.located if term in weights or term in query.expanded
    ]
    inside = {term for term, _ in located}
    around = inside | read.context

    def share(term: str) -> float:
        if term in inside:
            return 1.0
        sets = query.aliases.get(term, ())
        if any(alias <= inside for alias in sets):
            return 0.9
        return 0.7 if term in read.context or any(alias <= around for alias in sets) else 0.0

    covered = sum(weight * share(term) for term, weight in weights.items())
    heading = sum(weight for term, weight in weights.items() if term in read.context)
    return {
        "coverage": covered / total,
        "proximity": _proximity(located, weights) / total,
        "heading": heading / total,
        "bare": max(0.0, 1 - read.words / _BARE_WORDS),
    }


_HEADINGS = frozenset({BlockKind.TITLE, BlockKind.HEADING})
_BARE_WORDS = 12
_REMEMBERED = 2000
_RUN_CHARACTERS = 220


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


def _best_per_unit(
    scores: Scores, units: npt.NDArray[np.int64], count: int
) -> tuple[Scores, npt.NDArray[np.int64]]:
    """Best window score of each unit, and the row of that window."""
    order = np.lexsort((-scores, units))
    _, first = np.unique(units[order], return_index=True)
    rows = order[first]
    return scores[rows], rows


def _top(scores: npt.NDArray[Any], count: int) -> list[int]:
    if count >= len(scores):
        chosen = np.arange(len(scores))
    else:
        chosen = np.argpartition(-scores, count)[:count]
    chosen = chosen[np.isfinite(scores[chosen])]
    return [int(row) for row in chosen[np.argsort(-scores[chosen], kind="stable")]]
