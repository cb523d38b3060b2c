"""Rankings of every retrieval stage for the same questions over the same passages.

The four stages are those of `assistant.retrieval.search`: lexical, dense, fused, reranked.
Each gives a ranking of *keys*: pages of files for our own question sets, documents for a
BEIR-style set. Several passages of one key count once, at their best place.

`python -m eval.etages reel --index DOSSIER` prints the figures of a question set.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from assistant.index.generations import Generation
from assistant.model import Hit
from assistant.retrieval.query import Query
from assistant.retrieval.search import PassageSearch, Weights
from assistant.retrieval.stages import top, units_of
from eval.sets import Question

STAGES = ("lexical", "dense", "fused", "reranked")
"""Names of the stages, in the order in which they are computed."""

DEPTH = 100
"""Length of a ranking: what Recall@100 needs."""

Key = TypeVar("Key", bound=Hashable)

FilePage = tuple[str, int]
"""File name and physical page."""


class StageRanker(Generic[Key]):
    """Ranks keys at every stage of one search."""

    def __init__(
        self,
        search: PassageSearch,
        *,
        unit_keys: Sequence[Key],
        hit_key: Callable[[Hit], Key],
        depth: int = DEPTH,
        reranked: int | None = None,
    ) -> None:
        """Bind a search to what its results are called.

        Args:
            search: the retrieval under test.
            unit_keys: key of each unit (a passage on one of its pages), in the order of
                `units_of(generation.windows)`, which is that of `search.stage_scores`.
            hit_key: key of a hit.
            depth: length of the rankings.
            reranked: passages asked of `search.search`; by default as many as it reranks, so
                that the pool is the one of production.
        """
        self._search = search
        self._unit_keys = unit_keys
        self._hit_key = hit_key
        self._depth = depth
        self._reranked = reranked or Weights().candidates

    def rank(
        self, query: Query, stages: Sequence[str] = STAGES
    ) -> dict[str, list[tuple[Key, float]]]:
        """Keys with their score, best first, by stage.

        - lexical: passages without any of the words are left out: their order means nothing;
        - reranked: what `search` returns, then the fused order beyond what it reranks.
        """
        scores = self._search.stage_scores(query)
        found: dict[str, list[tuple[Key, float]]] = {}
        for stage in stages:
            if stage == "reranked":
                hits = self._search.search(query, limit=self._reranked)
                first = [(self._hit_key(hit), float(hit.score)) for hit in hits]
                found[stage] = self._distinct(scores["fused"], first)
            elif stage == "lexical":
                found[stage] = self._distinct(np.where(scores[stage] > 0, scores[stage], -np.inf))
            else:
                found[stage] = self._distinct(scores[stage])
        return found

    def _distinct(
        self, scores: npt.NDArray[Any], first: Iterable[tuple[Key, float]] = ()
    ) -> list[tuple[Key, float]]:
        """`first`, then the units by score: each key once, `depth` keys at most."""
        best: dict[Key, float] = {}
        for key, score in first:
            best.setdefault(key, score)
        wanted = self._depth + len(best)
        while True:
            # Several units may share a key: ask for more until enough keys are found.
            rows = top(scores, wanted)
            for row in rows:
                best.setdefault(self._unit_keys[row], float(scores[row]))
            if len(best) >= self._depth or wanted >= len(scores):
                return list(best.items())[: self._depth]
            wanted *= 2


def page_ranker(
    search: PassageSearch, generation: Generation, files: Mapping[str, str], *, depth: int = DEPTH
) -> StageRanker[FilePage]:
    """A ranker of pages.

    Args:
        search: the retrieval under test.
        generation: the one `search` was opened on.
        files: file name of each document, by identifier.
        depth: length of the rankings.
    """
    units = units_of(generation.windows)
    keys = [
        (files.get(generation.passage_documents[int(row)], ""), int(page))
        for row, page in zip(units.passage, units.page, strict=True)
    ]
    return StageRanker(
        search,
        unit_keys=keys,
        hit_key=lambda hit: (hit.document.file, hit.span.page),
        depth=depth,
    )


def stage_runs(
    search: PassageSearch,
    generation: Generation,
    files: Mapping[str, str],
    questions: Iterable[Question],
    *,
    stages: Sequence[str] = STAGES,
) -> dict[str, dict[str, list[FilePage]]]:
    """Ranked pages of each question, by stage then by question.

    >>> runs = stage_runs(search, generation, files, questions)  # doctest: +SKIP
    >>> runs["fused"]["r-012"][:2]  # doctest: +SKIP
    [('ami.pdf', 3), ('srs.pdf', 41)]
    """
    ranker = page_ranker(search, generation, files)
    runs: dict[str, dict[str, list[FilePage]]] = {stage: {} for stage in stages}
    for question in questions:
        query = search.parser.parse(question.question)
        for stage, ranking in ranker.rank(query, stages).items():
            runs[stage][question.id] = [key for key, _ in ranking]
    return runs


def page_gains(
    runs: Mapping[str, Mapping[str, Sequence[FilePage]]], questions: Iterable[Question]
) -> dict[str, dict[str, list[float]]]:
    """Page@1, Page@5, MRR@10 and nDCG@10 of each question, by stage then by figure.

    Gold pages are alternatives (any one of them answers), so page@k asks for one of them;
    nDCG@10 has one relevant page: the first gold page found.
    """
    result: dict[str, dict[str, list[float]]] = {}
    for stage, rankings in runs.items():
        figures: dict[str, list[float]] = {"page@1": [], "page@5": [], "MRR@10": [], "nDCG@10": []}
        for question in questions:
            ranking = rankings[question.id]
            rank = next(
                (at for at, (file, page) in enumerate(ranking, 1) if question.is_gold(file, page)),
                None,
            )
            near = rank if rank is not None and rank <= 10 else None
            figures["page@1"].append(float(rank == 1))
            figures["page@5"].append(float(rank is not None and rank <= 5))
            figures["MRR@10"].append(1 / near if near else 0.0)
            figures["nDCG@10"].append(float(1 / np.log2(near + 1)) if near else 0.0)
        result[stage] = figures
    return result


def index_figures(index: Path, name: str, wanted: Sequence[str] = ()) -> dict[str, Any]:
    """Figures of every stage on the development half of a set, over an index on disk.

    Args:
        index: folder of the index; only read.
        name: question set, without its extension.
        wanted: keep questions on files whose name holds one of these; all when empty.
    """
    from assistant.index import generations
    from assistant.index.catalogue import Catalogue
    from assistant.index.embedding import open_embedding
    from assistant.settings import load_settings
    from eval.sets import load

    settings = load_settings()
    generation = generations.load(index)
    catalogue = Catalogue(index / "catalogue.sqlite")
    embedder = open_embedding(settings.embedding_model, threads=settings.threads)
    search = PassageSearch(generation, catalogue, embedder)
    files = {identifier: document.file for identifier, document in catalogue.documents().items()}
    questions = [
        question
        for question in load(name, "dev")
        if question.file is not None
        and not question.history
        and (not wanted or any(part in question.file for part in wanted))
    ]
    gains = page_gains(stage_runs(search, generation, files, questions), questions)
    kinds = sorted({question.kind for question in questions})
    return {
        stage: {
            "questions": len(questions),
            **{figure: _mean(values) for figure, values in figures.items()},
            "by_kind": {
                kind: {
                    figure: _mean(
                        [v for v, q in zip(values, questions, strict=True) if q.kind == kind]
                    )
                    for figure, values in figures.items()
                }
                for kind in kinds
            },
        }
        for stage, figures in gains.items()
    }


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def main() -> None:
    """Read the arguments and print the figures as JSON."""
    from assistant.egress import install, quiet_environment

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="question set, without .jsonl")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--files", default="", help="parts of file names to keep, a|b")
    arguments = parser.parse_args()
    quiet_environment()
    install()
    wanted = [part for part in arguments.files.split("|") if part]
    figures = index_figures(arguments.index, arguments.name, wanted)
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
