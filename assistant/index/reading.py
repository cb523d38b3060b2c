"""Read files in bounded child processes: a hostile file costs that file only.

Each worker is a spawned process (never forked: PyTorch hangs in forked children) that reads
one file at a time under a memory limit. The parent kills a worker that exceeds its time and
starts another one; the file is then refused with its reason.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from assistant.errors import UnreadableFileError
from assistant.index.catalogue import DocumentRows, PageRow, PassageRow
from assistant.index.codec import encode_blocks, encode_words

READER_VERSION = 1
"""Raised whenever reading or cutting changes: unchanged files are then read again."""

_START_LIMIT_S = 120.0
"""Time a new process may take to import the readers, on a machine busy with other things."""

_BEGUN = "begun"
"""What a worker sends when it takes a file: the clock of that file starts there."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds of the reading of one file."""

    max_bytes: int
    max_pages: int
    timeout_s: float
    memory_mb: int


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
    """Read and cut one file into rows ready for the catalogue.

    Raises:
        UnreadableFileError: the file is refused, with its reason.
    """
    from assistant.ingestion.chunking import split_passages
    from assistant.ingestion.reader import read_file
    from assistant.ingestion.series import series_passages

    document = read_file(path, max_bytes=limits.max_bytes, max_pages=limits.max_pages)
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
    read: Callable[[Path, str, ReadLimits], DocumentRows] = read_rows,
) -> Iterator[ReadOutcome]:
    """Read files in parallel, yielding each as soon as it is done.

    Args:
        files: path and SHA-256 of each file.
        limits: bounds applied to each of them.
        workers: number of child processes.
        read: what a worker runs; a module-level function.
    """
    waiting = list(reversed(files))
    pool = [_Worker(read, limits) for _ in range(min(workers, len(files)))]
    try:
        for worker in pool:
            worker.give(waiting.pop())
        while any(worker.busy for worker in pool):
            for worker in _settled(pool):
                outcome = worker.take()
                if waiting:
                    worker.give(waiting.pop())
                yield outcome
    finally:
        for worker in pool:
            worker.stop()


def _settled(pool: list[_Worker]) -> list[_Worker]:
    """Wait for something to happen; the workers that have a result, or none in time."""
    busy = [worker for worker in pool if worker.busy]
    delay = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
    ready = wait([worker.connection for worker in busy], timeout=delay)
    now = time.monotonic()
    return [
        worker
        for worker in busy
        if (worker.connection in ready and worker.receive()) or worker.deadline <= now
    ]


class _Worker:
    """A child process and the file it is reading."""

    def __init__(
        self, read: Callable[[Path, str, ReadLimits], DocumentRows], limits: ReadLimits
    ) -> None:
        self._read = read
        self._limits = limits
        self._task: Path | None = None
        self._result: Any = None
        self._started = 0.0
        self.deadline = 0.0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, child = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(child, self._read, self._limits), daemon=True
        )
        self._process.start()
        child.close()

    @property
    def busy(self) -> bool:
        return self._task is not None

    def give(self, task: tuple[Path, str]) -> None:
        self._task = task[0]
        self._result = None
        self._started = time.monotonic()
        self.deadline = self._started + _START_LIMIT_S
        # A worker already dead is found out, and replaced, when its answer is awaited.
        with contextlib.suppress(OSError):
            self.connection.send(task)

    def receive(self) -> bool:
        """Take what the process sent; true when it is the result of the file."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            self._result = UnreadableFileError(
                "La lecture de ce fichier a fait échouer le lecteur.",
                "Ouvrez-le puis enregistrez-le à nouveau en PDF, et relancez.",
                code="echec_lecture",
            )
            self._restart()
            return True
        if message == _BEGUN:
            self._started = time.monotonic()
            self.deadline = self._started + self._limits.timeout_s
            return False
        self._result = message
        return True

    def take(self) -> ReadOutcome:
        """The outcome of the file; a worker that exceeded its time is replaced."""
        assert self._task is not None
        path, self._task = self._task, None
        seconds = time.monotonic() - self._started
        result, self._result = self._result, None
        if result is None:
            result = UnreadableFileError(
                f"La lecture de ce fichier dépasse {self._limits.timeout_s:.0f} secondes.",
                "Découpez-le en fichiers plus courts, ou augmentez ASSISTANT_READ_TIMEOUT_S.",
                code="delai",
            )
            self._restart()
        if isinstance(result, UnreadableFileError):
            return ReadOutcome(path, None, result, seconds)
        return ReadOutcome(path, result, None, seconds)

    def _restart(self) -> None:
        self.stop()
        self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()


def _serve(
    connection: Connection[Any, Any],
    read: Callable[[Path, str, ReadLimits], DocumentRows],
    limits: ReadLimits,
) -> None:
    # Ctrl+C is the parent's business: it stops its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory(limits.memory_mb)
    while True:
        try:
            path, sha256 = connection.recv()
        except EOFError:
            return
        connection.send(_BEGUN)
        try:
            connection.send(read(path, sha256, limits))
        except UnreadableFileError as error:
            connection.send(error)
        except MemoryError:
            connection.send(
                UnreadableFileError(
                    f"La lecture de ce fichier demande plus de {limits.memory_mb} Mo de mémoire.",
                    "Découpez-le en fichiers plus courts, puis relancez.",
                    code="memoire",
                )
            )
        except Exception as error:
            connection.send(
                UnreadableFileError(
                    f"La lecture de ce fichier a échoué ({type(error).__name__} : {error}).",
                    "Ouvrez-le puis enregistrez-le à nouveau en PDF, et relancez.",
                    code="echec_lecture",
                )
            )


def _limit_memory(megabytes: int) -> None:
    """Bound the address space of this process, where the system can (Unix)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
