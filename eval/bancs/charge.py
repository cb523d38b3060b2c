"""Load on a running server: `python -m eval.bancs.charge INDEX [--ingerer FOLDER]`.

The index is copied, `assistant demarrer` serves the copy on the loopback address, and as many
clients as asked put the questions of a set, one after the other without a pause, for a bounded
time. Meanwhile the command line ingests a folder into the same index. What is told: answers by
status, latencies of the answers given (closed loop: with clients that never rest, the median is
mostly waiting), and the resident memory of the server over time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx

from assistant.server import listen
from eval.conditions import machine, versions
from eval.sets import load

MOST_CLIENTS, MOST_SECONDS = 200, 600
"""Beyond these a mistyped figure would hold the machine for hours."""
READY_S = 180.0
SAMPLE_S = 5.0
PATIENCE_S = 120.0


def measure(
    index: Path, questions: Sequence[str], *, clients: int, seconds: float, ingested: Path | None
) -> dict[str, Any]:
    """Serve a copy of an index, load it, and tell what happened.

    Args:
        index: index to copy.
        questions: asked in turn, each client beginning at another one.
        clients: how many ask at once.
        seconds: how long; answers under way are then awaited.
        ingested: folder or file to ingest meanwhile; none when `None`.

    Returns:
        Counts by status, errors, latencies in ms, memory in Mo, and how the ingestion ended.
    """
    with tempfile.TemporaryDirectory(prefix="charge-") as place:
        copy = Path(place) / "index"
        shutil.copytree(index, copy)
        with serving(copy, Path(place) / "serveur.log") as (process, base):
            made = asyncio.run(
                _load(process.pid, base, questions, clients, seconds, (copy, ingested))
            )
            made["log_lines"] = len((Path(place) / "serveur.log").read_bytes().splitlines())
    return {"machine": machine(), "versions": versions(), "clients": clients, **made}


@contextlib.contextmanager
def serving(index: Path, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`assistant demarrer` over an index, once a question would be answered at once."""
    probe = listen("127.0.0.1", 0)
    port = probe.getsockname()[1]
    probe.close()
    base = f"http://127.0.0.1:{port}"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [*_command("demarrer"), "--port", str(port), "--index", str(index)],
            stdout=told,
            stderr=told,
        )
        try:
            deadline = time.monotonic() + READY_S
            while not _ready(base):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(log.read_text(encoding="utf-8", errors="replace"))
                time.sleep(0.5)
            yield process, base
        finally:
            process.terminate()
            process.wait(30)


def _command(name: str) -> list[str]:
    return [sys.executable, "-c", "from assistant.cli import app; app()", name]


def _ready(base: str) -> bool:
    try:
        return httpx.get(f"{base}/v1/sante/pret", timeout=5).status_code == 204
    except httpx.HTTPError:
        return False


async def _load(
    pid: int,
    base: str,
    questions: Sequence[str],
    clients: int,
    seconds: float,
    ingestion: tuple[Path, Path | None],
) -> dict[str, Any]:
    end = time.monotonic() + seconds
    statuses: Counter[str] = Counter()
    spent: list[float] = []
    generations: Counter[str] = Counter()

    async def ask(first: int, http: httpx.AsyncClient) -> None:
        for question in itertools.islice(itertools.cycle(questions), first, None):
            started = time.monotonic()
            if started > end:
                return
            try:
                answer = await http.post("/v1/questions", json={"question": question})
            except httpx.HTTPError as error:
                statuses[type(error).__name__] += 1
                continue
            statuses[str(answer.status_code)] += 1
            if answer.status_code == 200:
                spent.append((time.monotonic() - started) * 1000)
                generations[answer.json()["index_generation"]] += 1
            elif answer.status_code == 503:
                await asyncio.sleep(float(answer.headers.get("retry-after", 1)))

    memory = [_resident_mb(pid)]
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=base, timeout=PATIENCE_S, limits=limits) as http:
        asking = [asyncio.create_task(ask(at, http)) for at in range(clients)]
        ingesting = asyncio.create_task(_ingest(*ingestion, after=min(20.0, seconds / 4)))
        while time.monotonic() < end:
            await asyncio.sleep(SAMPLE_S)
            memory.append(_resident_mb(pid))
        await asyncio.gather(*asking)
        ingested = await ingesting
        await asyncio.sleep(SAMPLE_S)
        memory.append(_resident_mb(pid))
    total = sum(statuses.values())
    cuts = quantiles(spent, n=100) if len(spent) > 1 else [0.0] * 99
    return {
        "seconds": seconds,
        "asked": total,
        "statuses": dict(statuses),
        "error_rate": round(1 - statuses["200"] / max(total, 1), 4),
        "answers_per_s": round(len(spent) / seconds, 1),
        "p50_ms": round(cuts[49]),
        "p95_ms": round(cuts[94]),
        "max_ms": round(max(spent, default=0.0)),
        "memory_mb": memory,
        "generations": dict(generations),
        "ingestion": ingested,
    }


async def _ingest(index: Path, folder: Path | None, *, after: float) -> dict[str, Any] | None:
    if folder is None:
        return None
    await asyncio.sleep(after)
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *_command("ingerer"),
        str(folder),
        "--index",
        str(index),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    return {
        "exit": process.returncode,
        "seconds": round(time.monotonic() - started, 1),
        "said": told.decode(errors="replace").strip().splitlines()[-1:],
    }


def _resident_mb(pid: int) -> float:
    """Resident memory of a process, in Mo; 0 where `/proc` is not known."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        if found:
            return round(int(found[1]) / 1024, 1)
    return 0.0


def main() -> int:
    """Read the arguments, measure, print JSON; 1 when any question got no answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--secondes", type=float, default=120.0)
    parser.add_argument("--jeu", default="reel", help="set of questions, development half")
    parser.add_argument("--ingerer", type=Path, help="folder or file ingested meanwhile")
    arguments = parser.parse_args()
    if not 0 < arguments.clients <= MOST_CLIENTS or not 0 < arguments.secondes <= MOST_SECONDS:
        parser.error(f"at most {MOST_CLIENTS} clients and {MOST_SECONDS} seconds")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    found = measure(
        arguments.index,
        [one.question for one in load(arguments.jeu, "dev")],
        clients=arguments.clients,
        seconds=arguments.secondes,
        ingested=arguments.ingerer,
    )
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0 if found["error_rate"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
