"""An index built in this process.

Starting a bounded reading process costs more than reading a small sound PDF. That hostile files
cost nothing but themselves is proved elsewhere: `tests/index/test_reading.py`,
`tests/ingestion/test_guards.py`, and the ingestions that do not come through here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import UnreadableFileError
from assistant.index import pipeline
from assistant.index.reading import Reader, ReadLimits, ReadOutcome, read_rows


def read_all_here(
    files: Sequence[tuple[Path, str]],
    limits: ReadLimits,
    *,
    workers: int,
    read: Reader = read_rows,
) -> Iterator[ReadOutcome]:
    """Read files one after the other, with the errors of `read_all`."""
    for path, sha256 in files:
        started = time.monotonic()
        rows, refusal = None, None
        try:
            rows = read(path, sha256, limits)
        except UnreadableFileError as error:
            refusal = error
        yield ReadOutcome(path, rows, refusal, time.monotonic() - started)


def ingest_here(*arguments: Any, **options: Any) -> pipeline.IngestionResult:
    """`ingest`, all of it but the reading processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "read_all", read_all_here)
        return pipeline.ingest(*arguments, **options)
