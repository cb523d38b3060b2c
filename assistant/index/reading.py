"""Read files in bounded child processes: a hostile file costs that file only.

A short file is one task. A long PDF is cut into page ranges read side by side, then put
together by one more task. When a process hangs or dies, the page it was at is read again
alone, or given up: one hostile page costs that page, not the four hundred others.
"""

from __future__ import annotations

import gc
import hashlib
import math
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from assistant.errors import UnreadableFileError
from assistant.index.catalogue import DocumentRows, PageRow, PassageRow
from assistant.index.codec import encode_blocks, encode_words
from assistant.index.workers import Failure, Finished, Pool, ReadLimits, Task
from assistant.ingestion import steps
from assistant.model import ReadDocument

__all__ = [
    "READER_VERSION",
    "ReadLimits",
    "ReadOutcome",
    "content_id",
    "hash_file",
    "make_rows",
    "read_all",
    "read_rows",
]

READER_VERSION = 6
"""Raised whenever reading or cutting changes: unchanged files are then read again."""

_SHORT: Final = 24
"""Pages below which a file is not worth cutting: sending pages to and fro costs time too."""

_LONG: Final = 160
"""Pages above which a file is cut even when other files wait: it could end last."""

_RANGE: Final = (8, 32)
"""Fewest and most pages of a range."""

_BUDGET_PAGES: Final = 500
_MAX_LOST: Final = 20
"""Pages given up in one file before the whole of it is."""

Reader = Callable[[Path, str, ReadLimits], DocumentRows]


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """Result of one file: its rows, or the reason of the refusal."""

    path: Path
    rows: DocumentRows | None
    error: UnreadableFileError | None
    seconds: float


def content_id(sha256: str) -> str:
    """Identifier of a document: the first 16 hexadecimal digits of its content hash."""
    return sha256[:16]


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_rows(path: Path, sha256: str, limits: ReadLimits) -> DocumentRows:
    """Read and cut one file, in this process, into rows ready for the catalogue.

    Raises:
        UnreadableFileError: the file is refused, with its reason.
    """
    from assistant.ingestion.reader import read_file

    document = read_file(path, max_bytes=limits.max_bytes, max_pages=limits.max_pages)
    return make_rows(document, sha256)


def make_rows(document: ReadDocument, sha256: str) -> DocumentRows:
    """Cut a document into passages and turn it into rows ready for the catalogue."""
    from assistant.ingestion.chunking import split_passages
    from assistant.ingestion.series import series_passages

    steps.step(steps.PASSAGES)
    document_id = content_id(sha256)
    passages = split_passages(document, document_id)
    passages += series_passages(passages)
    return DocumentRows(
        document_id=document_id,
        sha256=sha256,
        metadata=document.metadata,
        pages=tuple(
            PageRow(
                number=page.number,
                label=page.label,
                width=page.width,
                height=page.height,
                status=page.status.value,
                text=page.text,
                words=encode_words(page.words),
                warnings=page.warnings,
                confidence=page.confidence,
            )
            for page in document.pages
        ),
        passages=tuple(
            PassageRow(
                id=passage.id,
                position=passage.position,
                section=passage.section,
                blocks=encode_blocks(passage.blocks),
            )
            for passage in passages
        ),
        warnings=document.warnings,
    )


def read_all(
    files: Sequence[tuple[Path, str]],
    limits: ReadLimits,
    *,
    workers: int,
    read: Reader = read_rows,
) -> Iterator[ReadOutcome]:
    """Read files in parallel, yielding each as soon as it is done.

    Args:
        files: path and SHA-256 of each file.
        limits: bounds applied to each of them.
        workers: number of child processes.
        read: what a worker runs on a whole file; a module-level function.
    """
    waiting = deque(files)
    urgent: deque[tuple[_File, Task]] = deque()
    owners: dict[int, _File] = {}
    pool = Pool(workers, limits)
    try:
        while waiting or urgent or pool.busy:
            while pool.free and (urgent or waiting):
                # The file at hand first: few files are then half read at one time.
                if urgent:
                    owner, task = urgent.popleft()
                else:
                    owner = _File(*waiting.popleft(), limits, workers, read)
                    task = owner.begin(crowded=len(waiting) >= workers)
                owners[id(task)] = owner
                pool.submit(task, owner.budget_s)
            for finished in pool.wait():
                owner = owners.pop(id(finished.task))
                urgent.extend((owner, task) for task in owner.advance(finished))
                if owner.outcome is not None:
                    # Its other tasks, if any still run, end for nothing.
                    urgent = deque(item for item in urgent if item[0] is not owner)
                    if not owner.told:
                        owner.told = True
                        yield owner.outcome
    finally:
        pool.stop()


# --- Tasks -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """What opening a long PDF gave."""

    count: int
    password: str | None


@dataclass(frozen=True, slots=True)
class _Whole:
    """Read a file at one go, unless it is a PDF of more than `cut_above` pages."""

    path: Path
    sha256: str
    read: Reader
    cut_above: int

    def run(self, limits: ReadLimits) -> DocumentRows | _Plan:
        if self.read is read_rows:
            from assistant.ingestion.guards import is_pdf

            if not is_pdf(self.path, limits.max_bytes):
                return read_rows(self.path, self.sha256, limits)
            from assistant.ingestion.readers.pdf import assemble_pdf, probe_pdf
            from assistant.ingestion.readers.pdf_scan import scan_pages

            count, password = probe_pdf(self.path, max_pages=limits.max_pages)
            steps.step(steps.OPEN, count)
            if count > self.cut_above:
                return _Plan(count, password)
            raw = scan_pages(self.path, range(1, count + 1), password=password)
            return make_rows(assemble_pdf(self.path, raw, password=password), self.sha256)
        return self.read(self.path, self.sha256, limits)


@dataclass(frozen=True, slots=True)
class _Probe:
    """Open a PDF again to read it page by page, after a failure at one go."""

    path: Path

    def run(self, limits: ReadLimits) -> _Plan:
        from assistant.ingestion.readers.pdf import probe_pdf

        return _Plan(*probe_pdf(self.path, max_pages=limits.max_pages))


@dataclass(frozen=True, slots=True)
class _Range:
    """First pass over the pages `first` to `last`."""

    path: Path
    password: str | None
    first: int
    last: int
    lost: dict[int, str]

    def run(self, limits: ReadLimits) -> bytes:
        from assistant.ingestion.readers.pdf_scan import scan_pages

        pages = range(self.first, self.last + 1)
        raw = scan_pages(self.path, pages, password=self.password, lost=self.lost)
        return pickle.dumps(raw, protocol=pickle.HIGHEST_PROTOCOL)


@dataclass(frozen=True, slots=True)
class _Assembly:
    """Second pass over all the pages of a PDF."""

    path: Path
    sha256: str
    password: str | None
    parts: tuple[bytes, ...]
    lost: dict[int, str]
    structured: bool

    def run(self, limits: ReadLimits) -> DocumentRows:
        from assistant.ingestion.readers.pdf import assemble_pdf
        from assistant.ingestion.readers.pdf_scan import give_up

        raw = [
            give_up(page, self.lost[page.number]) if page.number in self.lost else page
            for part in self.parts
            for page in pickle.loads(part)  # noqa: S301  # made by our own workers
        ]
        document = assemble_pdf(self.path, raw, password=self.password, structured=self.structured)
        del raw
        gc.collect()
        return make_rows(document, self.sha256)


# --- A file and what is left to do of it ---------------------------------------------------


@dataclass(slots=True)
class _File:
    """Progress of one file: which tasks remain, which pages are given up."""

    path: Path
    sha256: str
    limits: ReadLimits
    workers: int
    read: Reader
    outcome: ReadOutcome | None = None
    told: bool = False
    _count: int = 0
    _password: str | None = None
    _spent: float = 0.0
    _seconds: float = 0.0
    _lost: dict[int, str] = field(default_factory=dict)
    _parts: dict[int, bytes] = field(default_factory=dict)
    _missing: int = 0
    _structured: bool = True

    @property
    def budget_s(self) -> float:
        """Working time left to this file, in seconds."""
        return max(1.0, self._time_left)

    @property
    def _time_left(self) -> float:
        shares = max(1, math.ceil(self._count / _BUDGET_PAGES))
        return max(0.0, shares * self.limits.timeout_s - self._spent)

    def begin(self, *, crowded: bool) -> Task:
        """First task of the file."""
        return _Whole(self.path, self.sha256, self.read, _LONG if crowded else _SHORT)

    def advance(self, finished: Finished) -> list[Task]:
        """Take what a task gave; the tasks that follow. Sets `outcome` when all is over."""
        if self.outcome is not None:
            return []
        self._spent += finished.charged_s
        self._seconds += finished.seconds
        result = finished.result
        if isinstance(result, Failure):
            return self._after(result, finished)
        if isinstance(result, _Plan):
            self._count, self._password = result.count, result.password
            return self._cut(1, self._count)
        if isinstance(result, bytes):
            task: _Range = finished.task
            self._parts[task.first] = result
            self._missing -= task.last - task.first + 1
            return [] if self._missing else [self._assembly()]
        self.outcome = ReadOutcome(self.path, result, None, self._seconds)
        return []

    def _cut(self, first: int, last: int) -> list[Task]:
        """Ranges over the pages `first` to `last`, which join those that are missing."""
        count = last - first + 1
        fewest, most = _RANGE
        size = min(most, max(fewest, math.ceil(count / (4 * self.workers))))
        self._missing += count
        return [
            _Range(self.path, self._password, start, min(start + size - 1, last), self._lost)
            for start in range(first, last + 1, size)
        ]

    def _assembly(self) -> Task:
        parts = tuple(self._parts[first] for first in sorted(self._parts))
        return _Assembly(
            self.path, self.sha256, self._password, parts, self._lost, self._structured
        )

    def _after(self, failure: Failure, finished: Finished) -> list[Task]:
        """Tasks that go round what made one fail; none when the file is refused."""
        task = finished.task
        if not self._give_up(failure, finished):
            return self._refuse(failure)
        if isinstance(task, _Assembly):
            return [self._assembly()]
        if isinstance(task, _Range):
            self._missing -= task.last - task.first + 1
            around = (
                (task.first, failure.page - 1),
                (failure.page, failure.page),
                (failure.page + 1, task.last),
            )
            return [
                part for first, last in around if first <= last for part in self._cut(first, last)
            ]
        return [_Probe(self.path)]

    def _give_up(self, failure: Failure, finished: Finished) -> bool:
        """Give up the part of the file that is to blame; false when it is the whole of it."""
        if failure.kind == "refused" or len(self._lost) >= _MAX_LOST or not self._time_left:
            return False
        if failure.step == steps.STRUCTURE:
            first_time, self._structured = self._structured, False
            return first_time
        if failure.step not in (steps.SCAN, steps.OCR, steps.LAYOUT) or not failure.page:
            return False
        task = finished.task
        if failure.kind == "time" or (isinstance(task, _Range) and task.first == task.last):
            self._lost[failure.page] = _reason(failure)
            return len(self._lost) < max(self._count, finished.pages)
        # A page that fails among others is read again alone: they may have used up the
        # memory together. Laying out uses that of all the pages at once.
        return failure.step != steps.LAYOUT

    def _refuse(self, failure: Failure) -> list[Task]:
        self._parts.clear()
        self.outcome = ReadOutcome(self.path, None, failure.error, self._seconds)
        return []


def _reason(failure: Failure) -> str:
    if failure.kind == "time":
        return "Page illisible : sa lecture dépasse la durée permise."
    return "Page illisible : sa lecture a fait échouer le lecteur (mémoire ou contenu endommagé)."
