"""Drill on sudden stops: `python -m eval.bancs.arrets FOLDER [--kills 50]`.

An ingestion is killed (`kill -9`, with everything it started) at random instants while the
folder changes. After each kill the generation published before must still open and answer,
and the next run must complete with the very counts of an ingestion that nobody interrupted.
Embeddings are a stand-in: what is tested is what is written, not what it means.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class StandInEmbedder:
    """Vectors drawn from the text itself: same text, same vector, no model."""

    fingerprint = "remplacant-1"
    dimension = 32

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Normalised vectors, shape (texts, 32)."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            vectors[row] = np.random.default_rng(seed).standard_normal(self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def ingest_once(index: Path, folder: Path, workers: int) -> None:
    """One ingestion with the stand-in, in this process."""
    from assistant.index.pipeline import ingest
    from assistant.index.reading import ReadLimits

    limits = ReadLimits(200 << 20, 5000, 300.0, 3000)
    ingest(index, [folder], embedder=StandInEmbedder, limits=limits, workers=workers)


def counts(index: Path) -> dict[str, Any]:
    """What an index holds, in a form that two sound indexes share.

    Raises:
        IndexCorruptError: a file of the generation fails its checksum.
    """
    from assistant.index import generations

    generation = generations.load(index)
    with sqlite3.connect(f"file:{index / 'catalogue.sqlite'}?mode=ro", uri=True) as database:
        integrity = database.execute("PRAGMA integrity_check").fetchone()[0]
        # Documents of files that left stay as long as an older generation may be rolled back to.
        active = "SELECT document_id FROM files WHERE document_id IS NOT NULL"
        queries = {
            "files": "SELECT count(*) FROM files",
            "documents": f"SELECT count(*) FROM documents WHERE id IN ({active})",  # noqa: S608
            "pages": f"SELECT count(*) FROM pages WHERE document_id IN ({active})",  # noqa: S608
            "passages": f"SELECT count(*) FROM passages WHERE document_id IN ({active})",  # noqa: S608
        }
        tables = {name: database.execute(query).fetchone()[0] for name, query in queries.items()}
    ids = "\n".join(sorted(generation.passage_ids))
    return {
        "integrity": integrity,
        "tables": tables,
        "served": len(generation.passage_ids),
        "windows": len(generation.vectors),
        "passages": hashlib.sha256(ids.encode()).hexdigest()[:16],
    }


def drill(
    sources: Sequence[Path],
    *,
    kills: int,
    seed: int = 1,
    workers: int = 1,
    between: tuple[int, int] = (2, 8),
) -> dict[str, Any]:
    """Kill ingestions and compare what they leave with what a quiet one leaves.

    Args:
        sources: PDFs; half of them are in the folder at first, the others come later.
        kills: number of `kill -9`.
        seed: of the instants and of the changes.
        workers: reading processes of each ingestion.
        between: fewest and most runs between two changes of the folder.
    """
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    faults: list[str] = []
    steps: list[float] = []
    done = completed_before_kill = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder, index = Path(scratch, "dossier"), Path(scratch, "index")
        folder.mkdir()
        first = sources[: max(1, len(sources) // 2)]
        for path in first:
            shutil.copy(path, folder)
        _warm_up()
        length = _run(index, folder, workers)
        served = counts(index)
        while done < kills:
            _change(folder, sources, rng)
            before, seen = served["passages"], []
            for _ in range(rng.randint(*between)):
                process = _start(index, folder, workers)
                delay = rng.uniform(0.0, length)
                steps.append(delay)
                process.join(timeout=delay)
                if process.exitcode is not None:
                    completed_before_kill += 1
                    seen.append((done, counts(index)["passages"]))
                else:
                    process.kill()  # alone: its readers must notice by themselves
                    process.join()
                    done += 1
                    faults += _check_served(index, done)
                    seen.append((done, counts(index)["passages"]))
                if done >= kills:
                    break
            _run(index, folder, workers)
            served = counts(index)
            quiet = Path(scratch, "temoin")
            # The machine may have been busy with other things: kills drawn over too long a length
            # would come after the end.
            length = min(length, _run(quiet, folder, workers))
            expected = counts(quiet)
            shutil.rmtree(quiet)
            faults += [
                f"kill {number}: the index serves neither the state before nor the one after"
                for number, passages in seen
                if passages not in (before, expected["passages"])
            ]
            if served != expected:
                faults.append(f"after kill {done}: {served} instead of {expected}")
        left = _leftovers(index)
    return {
        "kills": done,
        "completed_before_kill": completed_before_kill,
        "one_run_s": round(length, 1),
        "faults": faults,
        "left": left,
        "ok": not faults and not left,
    }


def _check_served(index: Path, number: int) -> list[str]:
    """The generation of before the kill, or the one it published just before, must open."""
    try:
        now = counts(index)
    except Exception as error:
        return [f"kill {number}: the index does not open ({type(error).__name__}: {error})"]
    if now["integrity"] != "ok":
        return [f"kill {number}: the catalogue is damaged ({now['integrity']})"]
    return []


def _change(folder: Path, sources: Sequence[Path], rng: random.Random) -> None:
    """Add, remove or replace a few files."""
    for path in rng.sample(list(sources), k=min(3, len(sources))):
        target = folder / path.name
        if target.exists() and len(list(folder.iterdir())) > 2 and rng.random() < 0.5:
            target.unlink()
        else:
            shutil.copy(rng.choice(list(sources)), target)


def _leftovers(index: Path) -> list[str]:
    """Files of an index that no generation nor the catalogue owns."""
    known = {"catalogue.sqlite", "catalogue.sqlite-wal", "catalogue.sqlite-shm"}
    known |= {"generations", "CURRENT", ".lock"}
    return sorted(path.name for path in index.iterdir() if path.name not in known)


_PRELOADED = ["assistant.index.pipeline", "assistant.index.vectors", "faiss"]
"""What an ingestion imports: made once, by the server of processes."""


def _warm_up() -> None:
    """Start the server of processes, so that no ingestion is measured with it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    process = context.Process(target=int)
    process.start()
    process.join()


def _start(index: Path, folder: Path, workers: int) -> BaseProcess:
    """Start an ingestion in a process of its own, its imports already made."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    process = context.Process(target=ingest_once, args=(index, folder, workers))
    process.start()
    return process


def _run(index: Path, folder: Path, workers: int) -> float:
    """A run that nobody interrupts; its length in seconds."""
    started = time.monotonic()
    process = _start(index, folder, workers)
    process.join(timeout=600)
    if process.exitcode != 0:
        raise RuntimeError(f"the ingestion of {folder} failed with code {process.exitcode}")
    return time.monotonic() - started


def main() -> None:
    """Read the arguments, run the drill, print what happened as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--files", type=int, default=8, help="smallest PDFs of the folder used")
    arguments = parser.parse_args()
    sources = sorted(arguments.folder.rglob("*.pdf"), key=lambda path: path.stat().st_size)
    result = drill(
        sources[: arguments.files],
        kills=arguments.kills,
        seed=arguments.seed,
        workers=arguments.workers,
    )
    print(json.dumps(result, ensure_ascii=False, indent=1))
    sys.exit(0 if result["ok"] else 1)


if __name__ == "__main__":
    main()
