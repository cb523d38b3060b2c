"""Drill on damaged files: `python -m eval.bancs.mutations FOLDER [--count 500] [--seed 1]`.

Real PDFs are damaged in every way a disk, a network or an enemy does it (bits flipped, tails
lost, blocks zeroed or moved, objects of another file spliced in, numbers replaced, sizes and
references changed), then read as an ingestion reads them. The drill passes when the process
never dies, every file is read or refused with a reason, none takes longer than the limit and
no file is left in the temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

MARGIN_S = 30.0
"""Start of a process and of its replacements, on a machine busy with other things."""

Mutation = Callable[[bytes, random.Random, bytes], bytes]


def flip_bits(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """Flip a few bits anywhere."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 8, 64, 512))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def truncate(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """Lose the end."""
    return data[: rng.randrange(1, len(data))]


def behead(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """Lose bytes after the signature."""
    return data[:9] + data[9 + rng.randrange(1, min(len(data) - 9, 4096)) :]


def zero_block(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """Zero a block, as a bad sector does."""
    size = rng.choice((512, 4096, 65536))
    start = rng.randrange(len(data))
    return data[:start] + bytes(min(size, len(data) - start)) + data[start + size :]


def move_block(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """Copy a block over another place."""
    size = rng.randrange(1, max(2, len(data) // 4))
    source, target = rng.randrange(len(data)), rng.randrange(len(data))
    return data[:target] + data[source : source + size] + data[target + size :]


def splice(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """Replace an object by one of another file, or insert it."""
    mine = list(_objects(data))
    theirs = list(_objects(other))
    if not mine or not theirs:
        return move_block(data, rng, other)
    start, end = rng.choice(mine).span(2)
    body = rng.choice(theirs).group(2)
    return data[:start] + body + (data[end:] if rng.random() < 0.7 else data[start:])


def change_numbers(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """Replace lengths, sizes, counts and references by wild ones."""
    wild = (b"0", b"-1", b"2147483647", b"99999999999", b"1e38", b"65536")

    def other_number(match: re.Match[bytes]) -> bytes:
        return rng.choice(wild) if rng.random() < 0.02 else match.group()

    return re.sub(rb"(?<=[ \[/])\d{1,6}(?=[ \]/>\r\n])", other_number, data)


def loop_references(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """Point some references at another object, possibly an ancestor."""
    numbers = [match.group(1) for match in _objects(data)][:5000]
    if not numbers:
        return flip_bits(data, rng, other)

    def another(match: re.Match[bytes]) -> bytes:
        return rng.choice(numbers) + b" 0 R" if rng.random() < 0.05 else match.group()

    return re.sub(rb"\b\d+ 0 R", another, data)


def _objects(data: bytes) -> list[re.Match[bytes]]:
    return list(re.finditer(rb"(\d+) 0 obj\b(.{1,200000}?)endobj", data, re.DOTALL))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    truncate,
    behead,
    zero_block,
    move_block,
    splice,
    change_numbers,
    loop_references,
)


def drill(
    sources: Sequence[Path],
    *,
    count: int,
    seed: int = 1,
    workers: int = 2,
    timeout_s: float = 60.0,
    page_timeout_s: float = 20.0,
    memory_mb: int = 1500,
) -> dict[str, Any]:
    """Damage files, read them, and tell what happened.

    Args:
        sources: sound PDFs.
        count: damaged files to make.
        seed: the same seed makes the same files.
        workers: reading processes.
        timeout_s: limit of the reading of one file, in seconds.
        page_timeout_s: limit of one page, in seconds.
        memory_mb: memory of a reading process, in mebibytes.

    Returns:
        `outcomes` (files by status or reason), `statuses` (pages by status), `slowest_s`,
        `late` (files beyond the limit), `lost` (files without an outcome), `left` (files
        left in the temporary folder) and `ok`.
    """
    from assistant.index.reading import ReadLimits, read_all
    from assistant.ingestion import ocr

    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    contents = {path: path.read_bytes() for path in sources}
    limits = ReadLimits(200 << 20, 5000, timeout_s, memory_mb, page_timeout_s)
    outcomes: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    slow: dict[str, float] = {}
    allowed: dict[str, float] = {}
    seen: set[Path] = set()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, _Temporary(folder) as temporary:
        damaged = Path(folder, "endommages")
        damaged.mkdir()
        files = []
        for number in range(count):
            path, other = rng.choice(sources), rng.choice(sources)
            mutate = rng.choice(MUTATIONS)
            data = mutate(contents[path], rng, contents[other])
            target = damaged / f"{number:04d}-{mutate.__name__}-{path.name}"
            target.write_bytes(data)
            files.append((target, f"{number:064x}"))
        for outcome in read_all(files, limits, workers=workers):
            seen.add(outcome.path)
            slow[outcome.path.name] = outcome.seconds
            # A page may be tried twice, alone the second time; up to three calls of Tesseract
            # on each page without text are not charged to the file.
            seen_pages = outcome.rows.pages if outcome.rows else ()
            recognised = sum(bool(page.warnings) for page in seen_pages)
            allowed[outcome.path.name] = (
                2 * timeout_s + MARGIN_S + 3 * recognised * ocr.PAGE_TIMEOUT_S
            )
            if outcome.rows is None:
                outcomes[f"refused: {outcome.error.code if outcome.error else '?'}"] += 1
            else:
                outcomes["read"] += 1
                statuses.update(page.status for page in outcome.rows.pages)
            outcome.path.unlink()
        left = [path.name for path in temporary.iterdir()]
    late = {name: round(s, 1) for name, s in slow.items() if s > allowed[name]}
    return {
        "files": count,
        "seed": seed,
        "outcomes": dict(outcomes.most_common()),
        "statuses": dict(statuses.most_common()),
        "slowest_s": [
            (name, round(slow[name], 1)) for name in sorted(slow, key=slow.__getitem__)[:-6:-1]
        ],
        "late": late,
        "lost": count - len(seen),
        "left": left,
        "seconds": round(time.monotonic() - started, 1),
        "ok": not late and not left and len(seen) == count,
    }


class _Temporary:
    """Make a private folder the temporary folder of this process and of its children."""

    def __init__(self, parent: str) -> None:
        self._folder = Path(parent, "tmp")
        self._before: str | None = None

    def __enter__(self) -> Path:
        self._folder.mkdir()
        self._before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(self._folder)
        tempfile.tempdir = None
        return self._folder

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = self._before
        tempfile.tempdir = None


def main() -> None:
    """Read the arguments, run the drill, print what happened as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--max-kb", type=int, default=1500, help="larger sources are left out")
    arguments = parser.parse_args()
    sources = [
        path
        for path in sorted(arguments.folder.rglob("*.pdf"))
        if 0 < path.stat().st_size <= arguments.max_kb << 10
    ]
    result = drill(sources, count=arguments.count, seed=arguments.seed, workers=arguments.workers)
    print(json.dumps(result, ensure_ascii=False, indent=1))
    sys.exit(0 if result["ok"] else 1)


if __name__ == "__main__":
    main()
