"""Load test of retrieval: `python -m eval.bancs.recherche --passages 5000 100000 --json FILE`.

Synthetic corpora (see `synthese`) are given to the index as terms and vectors, without
embedding. In the same run, one process after the other on the same data: raw FAISS
(`IndexFlatIP`, ten best) and raw bm25s (ten best), then our index: each stage, and a whole
search with its reading and reranking of candidates. Times are of the wall; `cpu` ones are of
the processor, and depend far less on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assistant.model import Block, BlockKind, Document, DocumentMetadata, Passage, Span
from eval.bancs import synthese

_BEST = 10
_BUILT_UP_TO = 300_000


def main() -> None:
    """Read the arguments, measure each size, print and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[5_000, 100_000])
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    parser.add_argument("--scratch", type=Path, help="folder for 10 kB a passage, removed after")
    parser.add_argument("--step", choices=sorted(_STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(json.dumps(_STEPS[arguments.step](arguments.folder)))
        return
    results = []
    for passages in arguments.passages:
        with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
            synthese.draw(Path(scratch), passages, arguments.queries, arguments.seed)
            result: dict[str, Any] = {"passages": passages, "queries": arguments.queries}
            for step in ("build", "raw_faiss", "raw_bm25s", "ours"):
                result[step] = _apart(step, Path(scratch))
            result["load"] = round(os.getloadavg()[0], 1)
        results.append(result)
        print(json.dumps(result, indent=1), flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _apart(step: str, folder: Path) -> dict[str, Any]:
    """Run a step in a fresh process, so that its memory is its own."""
    command = [sys.executable, "-m", "eval.bancs.recherche", "--step", step]
    done = subprocess.run(
        [*command, "--folder", str(folder)], stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _build(folder: Path) -> dict[str, Any]:
    """Index the corpus as an ingestion does; seconds of each part and bytes on disk."""
    from assistant.index import generations
    from assistant.index.lexical import LexicalIndex

    data = synthese.read(folder)
    clock = _Clock()
    rows = range(len(data))
    lexical = LexicalIndex.build(map(data.body, rows), map(data.context, rows))
    clock.lap("lexical")
    name = generations.publish(
        folder / "index",
        content="synthetic",
        model="synthetic",
        passage_ids=data.ids(),
        passage_documents=data.documents(),
        windows=data.table,
        vectors=np.load(data.vectors, mmap_mode="r"),
        lexical=lexical,
        glossary={},
    )
    clock.lap("vectors_and_writing")
    files: dict[str, int] = defaultdict(int)
    for path in (folder / "index" / "generations" / name).iterdir():
        files[path.name.split("-")[0].split(".")[0]] += path.stat().st_size
    return {
        "windows": len(data.table.passage),
        "terms": len(data.words),
        "seconds": clock.laps,
        "peak_mb": _memory()["VmHWM"],
        "disk_bytes_a_passage": {part: round(size / len(data)) for part, size in files.items()}
        | {"total": round(sum(files.values()) / len(data))},
    }


def _raw_faiss(folder: Path) -> dict[str, Any]:
    """`IndexFlatIP` in memory; its ten best windows are the truth for recall."""
    import faiss

    data = synthese.read(folder)
    vectors = np.load(data.vectors, mmap_mode="r")
    clock, before = _Clock(), _memory()["RssAnon"]
    index: Any = faiss.IndexFlatIP(synthese.DIMENSION)
    for start in range(0, len(vectors), 65_536):
        index.add(np.ascontiguousarray(vectors[start : start + 65_536]))
    clock.lap("build")
    times, best = _Times(), []
    for query in data.queries:
        best.append(times.measure("search", index.search, query[None], _BEST))
    np.save(folder / "truth.npy", np.array([rows[0] for _, rows in best]))
    return {
        **times.summary(),
        "seconds": clock.laps,
        "memory_mb": _memory()["RssAnon"] - before,
    }


def _raw_bm25s(folder: Path) -> dict[str, Any]:
    """bm25s on the bodies alone.

    Above `_BUILT_UP_TO` passages it searches the matrix of our index, which is the same bit for
    bit (see `tests/index/test_lexical.py`): bm25s takes minutes to make it.
    """
    import logging

    import bm25s

    data = synthese.read(folder)
    clock = _Clock()
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    index = bm25s.BM25(k1=1.2, b=0.6)
    if len(data) <= _BUILT_UP_TO:
        index.index([data.body(row) for row in range(len(data))], show_progress=False)
        clock.lap("build")
    else:
        _adopt(index, folder / "index", len(data))
    times, retrieve = _Times(), partial(index.retrieve, show_progress=False, n_threads=0)
    count = min(_BEST, len(data))
    for words in data.query_words.tolist():
        asked = [[data.words[word] for word in words]]
        times.measure("search", retrieve, asked, k=count)
    arrays = sum(index.scores[name].nbytes for name in ("data", "indices", "indptr"))
    return {
        **times.summary(),
        "seconds": clock.laps,
        "matrix_mb": round(arrays / 1e6),
        "peak_mb": _memory()["VmHWM"],
    }


def _adopt(index: Any, index_dir: Path, passages: int) -> None:
    """Give bm25s the body field of our current generation."""
    from assistant.index import generations

    folder = generations.load(index_dir).folder
    parts = {"data": "data", "indices": "rows", "indptr": "starts"}
    index.scores = {
        theirs: np.load(folder / f"lexical-body-{ours}.npy") for theirs, ours in parts.items()
    }
    index.scores["num_docs"] = passages
    terms = json.loads((folder / "lexical-terms.json").read_text(encoding="ascii"))
    index.vocab_dict = {term: column for column, term in enumerate(terms)}
    index.unique_token_ids_set = set(index.vocab_dict.values())
    index.nonoccurrence_array = None


def _ours(folder: Path) -> dict[str, Any]:
    """Open the generation and search; recall is that of windows, against raw FAISS."""
    from assistant.index import generations
    from assistant.retrieval.search import PassageSearch
    from assistant.retrieval.stages import top

    data = synthese.read(folder)
    embedder, store = _Given(), _Store(data)
    import faiss  # noqa: F401  # what libraries weigh is not the index's
    import llama_index.core.vector_stores.types  # noqa: F401

    before, clock = _memory(), _Clock()
    generation = generations.load(folder / "index")
    clock.lap("open")
    search = PassageSearch(generation, store, embedder)
    clock.lap("prepare")
    vectors = generation.vectors
    embedder.vector = data.queries[0]
    search.search(data.words[int(data.query_words[0][0])])
    clock.lap("first_search")
    truth = np.load(folder / "truth.npy")
    some = {f"d{number:015x}" for number in range(0, len(data) // synthese.PASSAGES_A_DOCUMENT, 3)}
    times, found, agreed = _Times(), 0, 0
    units = search._units
    for query, words, best in zip(data.queries, data.query_words.tolist(), truth, strict=True):
        embedder.vector = query
        text = " ".join(data.words[word] for word in words)
        parsed = times.measure("parse", search.parser.parse, text)
        lexical = times.measure("lexical", generation.lexical.scores, parsed.terms)
        words_of_units = lexical[units.passage]
        dense = times.measure("dense", search._dense.compare, query, words_of_units)
        times.measure("fused", _forty, search, parsed)
        times.measure("search", search.search, parsed)
        times.measure("search_a_third", search.search, parsed, documents=some)
        wanted = {int(unit) for unit in units.of_window[best]}
        shown = top(dense.scores, len(wanted))
        found += len(wanted & set(shown))
        agreed += len(wanted)
    memory = _memory()
    return {
        "form": generation.manifest["vectors"],
        **times.summary(),
        "recall_at_10": round(found / agreed, 4),
        "seconds": clock.laps,
        "memory_mb": {
            "private": memory["RssAnon"] - before["RssAnon"],
            "mapped": memory["RssFile"] - before["RssFile"],
        },
        "memory_bytes_a_passage": round(
            1e6 * sum(memory[kind] - before[kind] for kind in ("RssAnon", "RssFile")) / len(data)
        ),
        "vectors": len(vectors),
    }


def _forty(search: Any, query: Any) -> list[int]:
    """The forty best units of the fusion: what reranking then reads."""
    from assistant.retrieval.stages import top

    return top(search.stage_scores(query)["fused"], 40)


_STEPS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "build": _build,
    "raw_faiss": _raw_faiss,
    "raw_bm25s": _raw_bm25s,
    "ours": _ours,
}


class _Given:
    """Stands for the embedding model: the vector of the question is known."""

    vector: Any = None

    def embed_queries(self, texts: Sequence[str]) -> list[Any]:
        """The vector set before, whatever the wordings."""
        return [self.vector] * len(texts)


class _Store:
    """Stands for the catalogue: passages are made of their words when asked for."""

    def __init__(self, data: synthese.Synthetic) -> None:
        self._data = data

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by identifier, one block a page."""
        found = {}
        for name in ids:
            row = int(name, 16)
            words = self._data.body(row)
            first = 1 + (row % synthese.PASSAGES_A_DOCUMENT) // 3
            halves = (words[: len(words) // 2], words[len(words) // 2 :])
            blocks = tuple(
                Block(BlockKind.PARAGRAPH, (Span(first + turn, 0, 700),), " ".join(half))
                for turn, half in enumerate(halves)
            )
            document = f"d{row // synthese.PASSAGES_A_DOCUMENT:015x}"
            section = (" ".join(self._data.context(row)[4:]),)
            found[name] = Passage(name, document, row, section, blocks)
        return found

    def documents(self, ids: Collection[str] | None = None) -> Mapping[str, Document]:
        """Documents by identifier."""
        return {
            name: Document(name, f"{name}.pdf", f"/{name}.pdf", DocumentMetadata(name), 21)
            for name in ids or ()
        }


class _Clock:
    """Wall and processor seconds since the last lap."""

    def __init__(self) -> None:
        self.laps: dict[str, dict[str, float]] = {}
        self._last = (time.perf_counter(), time.process_time())

    def lap(self, name: str) -> None:
        """Close a lap."""
        now = (time.perf_counter(), time.process_time())
        wall, cpu = (after - before for after, before in zip(now, self._last, strict=True))
        self.laps[name] = {"wall": round(wall, 2), "cpu": round(cpu, 2)}
        self._last = now


class _Times:
    """Milliseconds of repeated calls, by name."""

    def __init__(self) -> None:
        self._wall: dict[str, list[float]] = defaultdict(list)
        self._cpu: dict[str, list[float]] = defaultdict(list)

    def measure(self, name: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call and remember how long it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = call(*arguments, **options)
        self._cpu[name].append(1000 * (time.process_time() - cpu))
        self._wall[name].append(1000 * (time.perf_counter() - wall))
        return result

    def summary(self) -> dict[str, Any]:
        """Median and 95th centile of each name."""
        return {
            "ms": {
                name: {
                    "p50": round(float(np.percentile(values, 50)), 2),
                    "p95": round(float(np.percentile(values, 95)), 2),
                    "cpu_p50": round(float(np.percentile(self._cpu[name], 50)), 2),
                    "cpu_p95": round(float(np.percentile(self._cpu[name], 95)), 2),
                }
                for name, values in self._wall.items()
            }
        }


def _memory() -> dict[str, int]:
    """Resident memory of this process in megabytes, by kind (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.findall(r"(RssAnon|RssFile|VmHWM):\s+(\d+) kB", status)
    return {name: round(int(value) * 1024 / 1e6) for name, value in found}


if __name__ == "__main__":
    main()
