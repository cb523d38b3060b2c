"""How long it takes and how much memory it needs: what two commits are compared on.

Each measure is repeated, each time in a fresh process, so that nothing of one is warm in the
next. All values are kept: the median alone does not say how much they vary.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from eval.conditions import machine, peak_memory_mb, versions
from eval.sets import code_digest

FORMAT: Final = 1
QUESTIONS: Final = 30
UNITS: Final = {
    "ingestion_s": "s",
    "ingestion_cpu_s": "s",
    "ingestion_pages_per_s": "pages/s",
    "cold_start_s": "s",
    "first_answer_s": "s",
    "query_p50_ms": "ms",
    "query_p95_ms": "ms",
    "query_cpu_ms": "ms",
    "memory_open_mb": "Mo",
    "memory_peak_mb": "Mo",
}
"""Measures, with their units."""
HIGHER_IS_BETTER: Final = frozenset({"ingestion_pages_per_s"})


def measure(corpus: Path, index: Path | None, *, repeat: int = 5) -> dict[str, Any]:
    """Measure everything, `repeat` times.

    Args:
        corpus: folder of documents to ingest.
        index: index to ask; by default the one just made of `corpus`.
        repeat: times each measure is taken.

    Returns:
        Machine, versions, and by measure: unit, values, median, lowest and highest, and half of
        the interquartile range (`spread`).
    """
    values: dict[str, list[float]] = {name: [] for name in UNITS}
    for _ in range(repeat):
        with tempfile.TemporaryDirectory(prefix="banc-") as folder:
            made = Path(folder) / "index"
            _add(values, _apart("ingestion", corpus, made))
            _add(values, _apart("query", corpus, index or made))
    return {
        "format": FORMAT,
        "machine": machine() | {"load": round(os.getloadavg()[0], 1)},
        "versions": versions() | {"sources": code_digest()},
        "corpus": corpus.name,
        "repeat": repeat,
        "measures": {name: summary(name, found) for name, found in values.items()},
    }


def summary(name: str, values: list[float]) -> dict[str, Any]:
    """Median and spread of repeated measures."""
    low, _, high = quantiles(values, n=4) if len(values) > 1 else (values[0],) * 3
    return {
        "unit": UNITS[name],
        "values": [round(value, 3) for value in values],
        "median": round(median(values), 3),
        "low": round(min(values), 3),
        "high": round(max(values), 3),
        "spread": round((high - low) / 2, 3),
    }


def _add(values: dict[str, list[float]], found: Mapping[str, float]) -> None:
    for name, value in found.items():
        values[name].append(value)


def _apart(step: str, corpus: Path, index: Path) -> dict[str, float]:
    """One measure, in a fresh process."""
    command = [sys.executable, "-m", "eval.bancs", "etape", step, str(corpus), str(index)]
    environment = {**os.environ, "BANC_DEBUT": repr(time.time())}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def ingestion(corpus: Path, index: Path) -> dict[str, float]:
    """Read a folder into a new index."""
    from assistant.index.embedding import open_embedding
    from assistant.index.pipeline import ingest
    from assistant.index.reading import ReadLimits
    from assistant.settings import load_settings

    settings = load_settings()
    wall, cpu = time.perf_counter(), os.times()
    summed = ingest(
        index,
        [corpus],
        embedder=lambda: open_embedding(settings.embedding_model, threads=settings.threads),
        limits=ReadLimits(200 << 20, 5000, 300.0, 3000),
    )
    spent, after = time.perf_counter() - wall, os.times()
    # Readers are children: their time counts, once they have ended.
    total = sum(after[:4]) - sum(cpu[:4])
    pages = sum(report.pages for report in summed.reports)
    return {
        "ingestion_s": spent,
        "ingestion_cpu_s": total,
        "ingestion_pages_per_s": pages / spent,
    }


def query(_corpus: Path, index: Path) -> dict[str, float]:
    """Start, answer a first question, then development questions, warm."""
    began = float(os.environ.get("BANC_DEBUT") or time.time())
    from assistant.engine import Assistant
    from assistant.settings import load_settings
    from eval.sets import load

    engine = Assistant.open(load_settings().model_copy(update={"index_dir": index}))
    engine.warm_up()
    ready = time.time() - began
    opened = peak_memory_mb() or 0.0
    questions = [one.question for one in load("demo", "dev")[: QUESTIONS + 1]]
    engine.ask(questions[0])
    first = time.time() - began
    walls, cpu = [], time.process_time()
    for question in questions[1:]:
        started = time.perf_counter()
        engine.ask(question)
        walls.append((time.perf_counter() - started) * 1000)
    return {
        "cold_start_s": ready,
        "first_answer_s": first,
        "query_p50_ms": median(walls),
        "query_p95_ms": quantiles(walls, n=20)[-1],
        "query_cpu_ms": (time.process_time() - cpu) * 1000 / len(walls),
        "memory_open_mb": opened,
        "memory_peak_mb": peak_memory_mb() or 0.0,
    }


STEPS: Final[dict[str, Callable[[Path, Path], dict[str, float]]]] = {
    "ingestion": ingestion,
    "query": query,
}
