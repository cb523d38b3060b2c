"""Reading throughput and memory, without embedding: `python -m eval.bancs.lecture FILES…`.

Each file is read as an ingestion reads it (bounded child processes, page ranges), in a fresh
process of its own so that peaks do not mix. Wall time starts before the first worker does and
therefore includes its imports; processor time is that of the workers, text recognition
included, and depends far less on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

LIMITS = {"max_bytes": 500 << 20, "max_pages": 20_000, "timeout_s": 600.0, "memory_mb": 3000}


def main() -> None:
    """Read the arguments, measure each file, print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", type=Path, nargs="+", help="folders or files")
    parser.add_argument("--json", action="store_true", help="one JSON object a file")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--phases", action="store_true", help="processor time of each step")
    parser.add_argument("--profile", type=Path, help="write a cProfile file (one process)")
    parser.add_argument("--together", action="store_true", help="read all the files in one go")
    arguments = parser.parse_args()
    files = [file for path in arguments.paths for file in _files(path)]
    if arguments.phases or arguments.profile:
        for file in files:
            print(json.dumps(_phases(file, arguments.profile), ensure_ascii=False))
        return
    if arguments.together or len(files) == 1:
        measures = [measure(files, arguments.workers)]
    else:
        measures = [_apart(file, arguments.workers) for file in files]
    for line in measures:
        print(json.dumps(line, ensure_ascii=False) if arguments.json else _row(line))


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.pdf")) if path.is_dir() else [path]


def _apart(file: Path, workers: int) -> dict[str, Any]:
    """Measure one file in a fresh process."""
    command = [sys.executable, "-m", "eval.bancs.lecture", str(file), "--json"]
    result = subprocess.run(
        [*command, "--workers", str(workers)], capture_output=True, text=True, check=True
    )
    return json.loads(result.stdout)


def measure(files: list[Path], workers: int) -> dict[str, Any]:
    """Read files and give pages, seconds, processor seconds and peak memory.

    Returns:
        `wall_s`, `cpu_s` (workers), `pages_per_s` (wall), `pages_per_cpu_s`, `peak_mb` (the
        largest worker, resident) and `peak_all_mb` (all processes together, sampled).
    """
    from assistant.index.reading import ReadLimits, hash_file, read_all

    items = [(file, hash_file(file)) for file in files]
    items.sort(key=lambda item: item[0].stat().st_size, reverse=True)
    pages: Counter[str] = Counter()
    refused: dict[str, str] = {}
    with _Sampler() as sampler:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        for outcome in read_all(items, ReadLimits(**LIMITS), workers=workers):
            if outcome.rows is None:
                refused[outcome.path.name] = outcome.error.code if outcome.error else ""
            else:
                pages.update(page.status for page in outcome.rows.pages)
        wall = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    count = sum(pages.values())
    return {
        "file": files[0].name if len(files) == 1 else f"{len(files)} files",
        "pages": count,
        "statuses": dict(pages),
        "refused": refused,
        "workers": workers,
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "pages_per_s": round(count / wall, 1),
        "pages_per_cpu_s": round(count / cpu, 1) if cpu else None,
        "peak_mb": round(after.ru_maxrss / 1024),
        "peak_all_mb": round(sampler.peak / 1e6),
        "load": round(os.getloadavg()[0], 1),
    }


class _Sampler:
    """Peak of the resident memory of this process and its descendants, sampled."""

    def __init__(self, every_s: float = 0.1) -> None:
        self.peak = 0
        self._every = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            self.peak = max(self.peak, _resident(os.getpid()))


def _resident(pid: int) -> int:
    """Resident bytes of a process and its descendants (Linux)."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return 0
    return own + sum(_resident(child) for child in children)


def _phases(file: Path, profile: Path | None) -> dict[str, Any]:
    """Processor seconds of each step, in this process; text recognition counts as waiting."""
    from assistant.index.reading import ReadLimits, hash_file, read_rows
    from assistant.ingestion import steps

    spent: Counter[str] = Counter()
    current = ["start", time.process_time()]

    def listener(name: str, _page: int) -> None:
        now = time.process_time()
        spent[current[0]] += now - current[1]
        current[:] = [name, now]

    steps.listen(listener)
    if profile is not None:
        import cProfile

        profiler = cProfile.Profile()
        rows = profiler.runcall(read_rows, file, hash_file(file), ReadLimits(**LIMITS))
        profiler.dump_stats(profile)
    else:
        rows = read_rows(file, hash_file(file), ReadLimits(**LIMITS))
    listener("end", 0)
    steps.listen(None)
    return {
        "file": file.name,
        "pages": len(rows.pages),
        "cpu_s": {name: round(value, 2) for name, value in spent.items()},
    }


def _row(line: dict[str, Any]) -> str:
    return (
        f"{line['file'][:50]:50} {line['pages']:5} pages  {line['pages_per_s']:6} p/s  "
        f"{line['pages_per_cpu_s'] or 0:6} p/s CPU  pic {line['peak_mb']} Mo "
        f"(total {line['peak_all_mb']} Mo)  {line['statuses']} {line['refused'] or ''}"
    )


if __name__ == "__main__":
    main()
