"""Under which conditions a figure was measured: machine, memory, versions, latencies."""

from __future__ import annotations

import hashlib
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from assistant.index.generations import Generation
from assistant.retrieval.cross_encoder import Reranker
from assistant.retrieval.query import Query
from assistant.retrieval.search import PassageSearch, PassageStore, QueryEmbedder, question_vector
from eval.etages import STAGES
from eval.vecteurs import Embedder

LATENCY_QUERIES = 200
_FRESH_QUERIES = 30
_ROOMS = ("language", "index", "retrieval")
_LIBRARIES = ("numpy", "faiss-cpu", "bm25s", "PyStemmer", "onnxruntime", "ir-measures")


def machine() -> dict[str, Any]:
    """Cores, processor, system and Python of this machine."""
    return {
        "cores": os.cpu_count(),
        "cores_usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "processor": _processor(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def peak_memory_mb() -> float | None:
    """Largest resident memory of this process so far, in Mo; `None` where it is not known."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def versions() -> dict[str, Any]:
    """Version of the software, digest of the code that ranks, versions of what it uses."""
    import assistant

    return {
        "assistant": assistant.__version__,
        "code": code_digest(Path(assistant.__file__).parent),
        "libraries": {name: version_of(name) for name in _LIBRARIES},
    }


def code_digest(package: Path) -> str:
    """Digest of the sources that decide of a ranking: analysis, index, retrieval."""
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((package / room).rglob("*")):
            if path.suffix in {".py", ".toml", ".txt"}:
                digest.update(path.relative_to(package).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def version_of(name: str) -> str | None:
    """Version of an installed library; `None` when it is not."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def latencies(
    generation: Generation,
    store: PassageStore,
    queries: Mapping[str, str],
    recalled: QueryEmbedder,
    embedder: Embedder,
    *,
    stages: Sequence[str] = STAGES,
    reranker: Reranker | None = None,
    seed: int,
) -> dict[str, dict[str, float]]:
    """Milliseconds of each stage, warm, one question at a time, over a sample of questions.

    `understand` and `embed_query` are paid once a question; `lexical` is a search without
    model, `dense` one without words; `fused` is both and their fusion; `reranked` is the whole
    search. The last three do without `embed_query`.

    Args:
        generation: what is searched.
        store: where its passages are read.
        queries: text by identifier.
        recalled: question vectors already known.
        embedder: the model itself.
        stages: those to time.
        reranker: the configured cross-encoder, if any.
        seed: of the sample.

    Returns:
        By step: p50 and p95 of wall time, mean of processor time, number of questions.
    """
    search = PassageSearch(generation, store, recalled, reranker=reranker)
    words = PassageSearch(generation, store, None)
    names = sorted(queries)
    drawn = random.Random(seed).sample(names, min(LATENCY_QUERIES, len(names)))  # noqa: S311
    parsed = [search.parser.parse(queries[name]) for name in drawn]
    wordless = [replace(query, terms={}, expanded={}, aliases={}) for query in parsed]
    texts = list(dict.fromkeys(query.dense_text for query in parsed))
    found = {
        "understand": _timed(search.parser.parse, [queries[name] for name in drawn]),
        # Questions that the model has not seen: it remembers the vectors of the last ones.
        "embed_query": _timed(
            partial(question_vector, embedder), texts[:_FRESH_QUERIES], warm="préparation"
        ),
    }
    for text in texts:
        question_vector(recalled, text)
    steps: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {}
    if "lexical" in stages:
        steps["lexical"] = (words.stage_scores, parsed)
    if "dense" in stages:
        steps["dense"] = (search.stage_scores, wordless)
    if "fused" in stages:
        steps["fused"] = (search.stage_scores, parsed)
    if "reranked" in stages:

        def complete(query: Query) -> object:
            return search.search(query, limit=20)

        steps["reranked"] = (complete, parsed)
    return found | {name: _timed(call, items) for name, (call, items) in steps.items()}


def _timed(
    call: Callable[[Any], object], items: Sequence[Any], *, warm: Any = None
) -> dict[str, float]:
    call(items[0] if warm is None else warm)
    walls = []
    processor = time.process_time()
    for item in items:
        started = time.perf_counter()
        call(item)
        walls.append((time.perf_counter() - started) * 1000)
    processor = (time.process_time() - processor) * 1000
    p50, p95 = np.percentile(walls, (50, 95))
    return {
        "p50": round(float(p50), 2),
        "p95": round(float(p95), 2),
        "cpu_mean": round(processor / len(items), 2),
        "queries": len(items),
    }
