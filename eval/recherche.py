"""Measure our retrieval on BEIR-style sets: `assistant evaluer recherche DOSSIER…`.

Every stage ranks the same passages in the same run: words alone, vectors alone, their fusion,
then the reranking. The result is one JSON object a set; `--run` writes the rankings as TREC
runs, so that anybody can compute the figures with their own tool.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from assistant.errors import StorageError
from assistant.retrieval.cross_encoder import Reranker
from assistant.retrieval.search import PassageSearch, Weights
from assistant.retrieval.stages import units_of
from eval.beir import BeirSet, read_set, write_run
from eval.classements import MAIN, Rankings, gains, require_measures
from eval.conditions import latencies, machine, peak_memory_mb, versions
from eval.etages import DEPTH, STAGES, StageRanker
from eval.intervalles import FLIPS, RESAMPLES, Values, compare, intervals
from eval.montage import Built, build
from eval.vecteurs import Embedder, RecalledQueries, VectorCache

_INDEX = "index-"

LEVEL = 0.05
"""Below this p, a difference is said to be real."""


class Steps(Protocol):
    """Where progress is shown: `assistant.progress.TerminalProgress`, or nothing."""

    def start(self, step: str, total: int, unit: str) -> None:
        """A step begins."""

    def advance(self, amount: int = 1) -> None:
        """Some units of the step are done."""


class Silent:
    """Shows no progress."""

    def start(self, step: str, total: int, unit: str) -> None:
        """A step begins."""

    def advance(self, amount: int = 1) -> None:
        """Some units of the step are done."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure.

    Attributes:
        stages: names of `STAGES`.
        references: whether plain baselines are measured as well.
        limit: questions drawn at random; all when `None`.
        seed: of every random draw.
        resamples: draws of the bootstrap.
    """

    stages: tuple[str, ...] = STAGES
    references: bool = False
    limit: int | None = None
    seed: int = 1
    resamples: int = RESAMPLES


def evaluate(
    folder: Path,
    embedder: Embedder,
    cache_dir: Path,
    *,
    options: Options | None = None,
    run: Path | None = None,
    reranker: Reranker | None = None,
    progress: Steps | None = None,
) -> dict[str, Any]:
    """Measure every stage on one set.

    Args:
        folder: the set.
        embedder: the model under test.
        cache_dir: where its vectors are kept.
        options: what to measure.
        run: where to write the TREC run of the last stage; those of the other stages go
            beside it, under the same name followed by the stage.
        reranker: the configured cross-encoder, if any.
        progress: where progress is shown.

    Returns:
        A JSON object; its parts are described in docs/evaluation.md.

    Raises:
        EvaluationSetError: the set cannot be read.
        AssistantError: the library of measures is missing.
        StorageError: the cache or a run cannot be written.
        IndexLockedError: another evaluation uses this cache.
    """
    options = options or Options()
    progress = progress or Silent()
    require_measures()  # before hours of embedding
    whole = read_set(folder)
    beir = whole.sample(options.limit, options.seed)
    with ExitStack() as stack:
        cache = stack.enter_context(
            VectorCache(cache_dir, fingerprint=embedder.fingerprint, dimension=embedder.dimension)
        )
        for stale in cache.folder.glob(f"{_INDEX}*"):
            shutil.rmtree(stale, ignore_errors=True)  # a killed evaluation left it
        index_dir = stack.enter_context(
            TemporaryDirectory(dir=cache.folder, prefix=_INDEX, ignore_cleanup_errors=True)
        )
        progress.start(f"{beir.name} : indexation", len(beir.documents), "documents")
        started = time.perf_counter()
        built = build(beir, embedder, cache, Path(index_dir), advance=progress.advance)
        seconds = time.perf_counter() - started
        recalled = RecalledQueries(cache, embedder)
        # Before anything else asks the model: it remembers its last questions.
        timed = latencies(
            built.generation,
            built.store,
            beir.queries,
            recalled,
            embedder,
            stages=options.stages,
            reranker=reranker,
            seed=options.seed,
        )
        rankings = stage_rankings(
            built, beir, recalled, options.stages, reranker=reranker, progress=progress
        )
        if options.references:
            rankings |= _references(beir, embedder, cache, recalled, progress)
    if run is not None:
        _write_runs(run, rankings, last=options.stages[-1])
    values = {name: gains(beir.qrels, ranked) for name, ranked in rankings.items()}
    scored = _scored(values, options)
    return {
        "set": {
            "name": beir.name,
            "folder": str(folder),
            "questions_digest": _digest(beir),
            "queries_measured": len(beir.queries),
            "queries_drawn_from": len(whole.queries),
            **beir.remarks.as_dict(),
        },
        "stages": {name: scored[name] for name in options.stages},
        "references": {name: scored[name] for name in rankings if name not in options.stages},
        "comparisons": comparisons(values, options),
        "latency_ms": timed,
        "memory_peak_mb": peak_memory_mb(),
        "build": {
            "passages": len(built.generation.passage_ids),
            "windows": built.windows,
            "windows_embedded_now": built.computed,
            "queries_embedded_now": recalled.computed,
            "sigles": len(built.generation.glossary),
            "seconds": round(seconds, 2),
            "seconds_by_step": built.seconds,
        },
        "machine": machine(),
        "versions": {
            **versions(),
            "index": built.generation.manifest["content"],
            "vectors": built.generation.manifest.get("vectors", "exact"),
            "model": str(getattr(embedder, "name", "")),
            "model_fingerprint": embedder.fingerprint,
            "reranker": None if reranker is None else str(getattr(reranker, "name", "")),
        },
        "options": {
            "depth": DEPTH,
            "reranked": Weights().candidates,
            "limit": options.limit,
            "seed": options.seed,
            "resamples": options.resamples,
            "flips": FLIPS,
        },
    }


def stage_rankings(
    built: Built,
    beir: BeirSet,
    recalled: RecalledQueries,
    stages: Sequence[str] = STAGES,
    *,
    reranker: Reranker | None = None,
    progress: Steps | None = None,
) -> dict[str, dict[str, list[tuple[str, float]]]]:
    """Documents with their score, best first, by stage then by question."""
    progress = progress or Silent()
    generation = built.generation
    search = PassageSearch(generation, built.store, recalled, reranker=reranker)
    units = units_of(generation.windows)
    ranker = StageRanker(
        search,
        unit_keys=[generation.passage_documents[int(row)] for row in units.passage],
        hit_key=lambda hit: hit.passage.document_id,
    )
    rankings: dict[str, dict[str, list[tuple[str, float]]]] = {stage: {} for stage in stages}
    progress.start(f"{beir.name} : recherche", len(beir.queries), "questions")
    for name, text in beir.queries.items():
        for stage, ranking in ranker.rank(search.parser.parse(text), stages).items():
            rankings[stage][name] = ranking
        progress.advance(1)
    return rankings


def _references(
    beir: BeirSet,
    embedder: Embedder,
    cache: VectorCache,
    recalled: RecalledQueries,
    progress: Steps,
) -> dict[str, dict[str, list[tuple[str, float]]]]:
    from eval.references import (
        bm25s_rankings,
        cached_embedding,
        fuse,
        llama_index_rankings,
    )

    words = bm25s_rankings(beir.documents, beir.queries)
    progress.start(f"{beir.name} : llama-index, morceaux", 0, "morceaux")
    embedding = cached_embedding(embedder, cache, recalled, progress.advance)
    vectors = llama_index_rankings(beir.documents, beir.queries, embedding)
    return {"bm25s": words, "llama_index": vectors, "hybrid": fuse(words, vectors)}


def _scored(
    values: Mapping[str, Mapping[str, Values]], options: Options
) -> dict[str, dict[str, dict[str, float]]]:
    """Interval of every measure of every system, over the same resamples."""
    found = intervals(
        {
            (name, measure): column
            for name, measures in values.items()
            for measure, column in measures.items()
        },
        seed=options.seed,
        resamples=options.resamples,
    )
    return {
        name: {measure: found[name, measure].as_dict() for measure in measures}
        for name, measures in values.items()
    }


def comparisons(
    values: Mapping[str, Mapping[str, Values]], options: Options
) -> list[dict[str, Any]]:
    """Each stage against those before it, and the last one against the baselines."""
    stages = [stage for stage in options.stages if stage in values]
    against = [(later, earlier) for at, later in enumerate(stages) for earlier in stages[:at]]
    # The order of the two single stages says nothing: neither builds on the other.
    against = [pair for pair in against if pair != ("dense", "lexical")]
    against += [(stages[-1], name) for name in values if name not in stages]
    found = compare(
        {(a, b): (values[a][MAIN], values[b][MAIN]) for a, b in against},
        seed=options.seed,
        resamples=options.resamples,
    )
    return [
        {
            "stage": first,
            "against": second,
            "measure": MAIN,
            "difference": round(result.difference.value, 4),
            "low": round(result.difference.low, 4),
            "high": round(result.difference.high, 4),
            "p": round(result.p, 4),
            "verdict": verdict(result.difference.value, result.p),
        }
        for (first, second), result in found.items()
    ]


def _digest(beir: BeirSet) -> str:
    """Identifies the questions that were asked and what is right for them."""
    asked = json.dumps([beir.queries, beir.qrels], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def verdict(difference: float, p: float) -> str:
    """« better », « worse », or « not told apart » when chance explains the difference."""
    if p >= LEVEL or difference == 0:
        return "not told apart"
    return "better" if difference > 0 else "worse"


def _write_runs(run: Path, rankings: Mapping[str, Rankings], *, last: str) -> None:
    for name, ranked in rankings.items():
        path = run if name == last else run.with_name(f"{run.stem}.{name}{run.suffix}")
        write_run(path, ranked, tag=f"assistant-{name}")


def run_paths(run: Path | None, folders: Sequence[Path]) -> list[Path | None]:
    """Where the run of each set goes: the file itself, or `SET.trec` in a folder.

    Raises:
        StorageError: several sets, and `run` is a file.
    """
    if run is None:
        return [None] * len(folders)
    if len(folders) == 1 and not run.is_dir():
        return [run]
    if run.is_file():
        raise StorageError(
            f"«\u00a0{run}\u00a0» est un fichier, et il y a plusieurs jeux.",
            "Donnez un dossier à --run : il recevra un fichier par jeu et par étape.",
        )
    return [run / f"{folder.resolve().name}.trec" for folder in folders]
