"""A pool of bounded reading processes: what a hostile file can cost, and to whom.

Each worker is a spawned process (never forked: PyTorch hangs in forked children) that runs
one task at a time under a memory limit, and tells each step it begins. The parent kills a
worker that exceeds the time of a page or of its task and starts another one; the step it was
at tells which page is to blame. A worker whose parent disappears ends by itself.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from assistant.errors import UnreadableFileError
from assistant.ingestion import steps

_START_LIMIT_S: Final = 120.0
"""Time a new process may take to import the readers, on a machine busy with other things."""

_OCR_LIMIT_S: Final = 150.0
"""Time of the recognition of a page, beyond the limit Tesseract itself is given."""

_CPU_MARGIN_S: Final = 60
_WATCH_S: Final = 1.0

_BEGUN: Final = "begun"
_STEP: Final = "step"
_DONE: Final = "done"
_FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds of the reading of one file.

    Attributes:
        max_bytes, max_pages: larger or longer files are refused.
        timeout_s: working time of a file, in seconds, for each 500 pages begun, text
            recognition apart.
        memory_mb: memory of the process that reads it, in mebibytes.
        page_timeout_s: time of one page, in seconds; a page that exceeds it is given up.
    """

    max_bytes: int
    max_pages: int
    timeout_s: float
    memory_mb: int
    page_timeout_s: float = 60.0


FailureKind = Literal["time", "crash", "memory", "defect", "refused"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that gave no result: why, and the step and page it was at."""

    kind: FailureKind
    error: UnreadableFileError
    step: str = ""
    page: int = 0


class Task(Protocol):
    """Work done in a worker; picklable."""

    @property
    def path(self) -> Path:
        """The file it works on."""

    def run(self, limits: ReadLimits) -> Any:
        """Do it; the result is picklable.

        Raises:
            UnreadableFileError: the file is refused.
        """


@dataclass(frozen=True, slots=True)
class Finished:
    """A task that is over: its result or its failure, and the time it worked.

    Attributes:
        seconds: time since the worker took it, text recognition included.
        charged_s: the same, text recognition apart.
        pages: number of pages the task announced on opening its file; 0 when it did not.
    """

    task: Any
    result: Any
    seconds: float
    charged_s: float
    pages: int


class Pool:
    """Workers, started when they are first needed."""

    def __init__(self, size: int, limits: ReadLimits) -> None:
        self._size = max(1, size)
        self._limits = limits
        self._workers: list[_Worker] = []

    @property
    def free(self) -> bool:
        """Whether one more task can start now."""
        return len(self._workers) < self._size or any(not w.busy for w in self._workers)

    @property
    def busy(self) -> bool:
        """Whether a task is running."""
        return any(worker.busy for worker in self._workers)

    def submit(self, task: Task, budget_s: float) -> None:
        """Start a task on a free worker, for at most that time, text recognition apart."""
        worker = next((w for w in self._workers if not w.busy), None)
        if worker is None:
            worker = _Worker(self._limits)
            self._workers.append(worker)
        worker.give(task, budget_s)

    def wait(self) -> Sequence[Finished]:
        """Wait until something happens; the tasks that are over, possibly none."""
        busy = [worker for worker in self._workers if worker.busy]
        delay = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
        ready = wait([worker.connection for worker in busy], timeout=delay)
        over = [
            worker.receive() if worker.connection in ready else worker.expire() for worker in busy
        ]
        return [finished for finished in over if finished is not None]

    def stop(self) -> None:
        """Kill every worker, whatever it does."""
        for worker in self._workers:
            worker.stop()
        self._workers.clear()


class _Worker:
    """A child process and the task it is at."""

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self._task: Task | None = None
        self._step = ("", 0)
        self._pages = 0
        self._started = self._step_started = self._recognised = self._budget = 0.0
        self.deadline = 0.0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, child = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(child, self._limits, os.getpid()), daemon=True
        )
        self._process.start()
        child.close()

    @property
    def busy(self) -> bool:
        return self._task is not None

    def give(self, task: Task, budget_s: float) -> None:
        self._task = task
        self._step = ("", 0)
        self._pages = 0
        self._budget, self._recognised = budget_s, 0.0
        self._started = self._step_started = time.monotonic()
        self.deadline = self._started + _START_LIMIT_S
        # A worker already dead is found out, and replaced, when its answer is awaited.
        with contextlib.suppress(OSError):
            self.connection.send((task, budget_s))

    def receive(self) -> Finished | None:
        """Take what the process sent; the task when it is over."""
        try:
            kind, *rest = self.connection.recv()
        except (EOFError, OSError):
            return self._fail(
                "crash",
                "La lecture de ce fichier a fait échouer le lecteur.",
                "Ouvrez-le puis enregistrez-le à nouveau en PDF, et relancez.",
                "echec_lecture",
            )
        now = time.monotonic()
        if kind == _BEGUN:
            self._started = self._step_started = now
            self.deadline = now + self._budget
            return None
        self._close_step(now)
        if kind == _STEP:
            self._begin_step(rest[0], rest[1], now)
            return None
        result = rest[0]
        if kind == _FAILED:
            result = Failure(rest[0], rest[1], *self._step)
        return self._finish(result)

    def expire(self) -> Finished | None:
        """The task, when its time is over; the process is then replaced."""
        now = time.monotonic()
        if self.deadline > now:
            return None
        self._close_step(now)
        page = self._step[1] if self._step[0] != steps.OPEN else 0
        limit = now - self._step_started if page else self._budget
        return self._fail(
            "time",
            f"La lecture de ce fichier dépasse {limit:.0f} secondes.",
            "Découpez-le en fichiers plus courts, ou augmentez ASSISTANT_READ_TIMEOUT_S.",
            "delai",
        )

    def _begin_step(self, name: str, page: int, now: float) -> None:
        if name == steps.OPEN:
            self._pages = page
        self._step, self._step_started = (name, page), now
        own = self._limits.page_timeout_s + (_OCR_LIMIT_S if name == steps.OCR else 0.0)
        whole = self._started + self._budget + self._recognised
        if name == steps.OCR:
            self.deadline = now + own
        elif page and name != steps.OPEN:
            self.deadline = min(whole, now + own)
        else:
            self.deadline = whole

    def _close_step(self, now: float) -> None:
        """Text recognition takes the time it takes: it is not charged to the file."""
        if self._step[0] == steps.OCR:
            self._recognised += now - self._step_started

    def _fail(self, kind: FailureKind, message: str, remedy: str, code: str) -> Finished:
        error = UnreadableFileError(message, remedy, code=code)
        finished = self._finish(Failure(kind, error, *self._step))
        self.stop()
        self._start()
        return finished

    def _finish(self, result: Any) -> Finished:
        seconds = time.monotonic() - self._started
        charged = max(0.0, seconds - self._recognised)
        finished = Finished(self._task, result, seconds, charged, self._pages)
        self._task = None
        return finished

    def stop(self) -> None:
        # The whole group: the worker and the text recognition it may have started.
        with contextlib.suppress(AttributeError, OSError):
            if self._process.pid is not None and os.getpgid(self._process.pid) != os.getpgrp():
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        self.connection.close()


# --- In the child ------------------------------------------------------------------------


def _serve(connection: Connection[Any, Any], limits: ReadLimits, parent: int) -> None:
    # Ctrl+C is the parent's business: it stops its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(AttributeError, OSError):
        os.setpgid(0, 0)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    _limit_resources(limits.memory_mb)
    steps.listen(lambda name, page: connection.send((_STEP, name, page)))
    # Millions of small objects, no cycle among them: looking for cycles costs a tenth of the
    # time of a file. What there is is collected between two tasks.
    gc.disable()
    # The pipe breaks when the parent dies: nobody is left to be told.
    with contextlib.suppress(EOFError, ConnectionError):
        _work(connection, limits)


def _work(connection: Connection[Any, Any], limits: ReadLimits) -> None:
    """Do the tasks that come, one after the other."""
    while True:
        task, budget_s = connection.recv()
        connection.send((_BEGUN,))
        _limit_cpu(budget_s)
        answer: tuple[Any, ...] | None
        try:
            answer = (_DONE, task.run(limits))
        except UnreadableFileError as error:
            answer = (_FAILED, "refused", error)
        except MemoryError:
            answer = (_FAILED, "memory", _too_much_memory(limits))
        except ConnectionError:
            raise
        except Exception as error:
            answer = (_FAILED, "defect", _defect(error))
        task = None
        try:
            connection.send(answer)
        except MemoryError:
            answer = None
            connection.send((_FAILED, "memory", _too_much_memory(limits)))
        answer = None
        gc.collect()


def _too_much_memory(limits: ReadLimits) -> UnreadableFileError:
    return UnreadableFileError(
        f"La lecture de ce fichier demande plus de {limits.memory_mb} Mo de mémoire.",
        "Découpez-le en fichiers plus courts, puis relancez.",
        code="memoire",
    )


def _defect(error: Exception) -> UnreadableFileError:
    return UnreadableFileError(
        f"La lecture de ce fichier a échoué ({type(error).__name__} : {error}).",
        "Ouvrez-le puis enregistrez-le à nouveau en PDF, et relancez.",
        code="echec_lecture",
    )


def _watch(parent: int) -> None:
    """End this process, and what it started, when its parent is killed."""
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    with contextlib.suppress(AttributeError, OSError):
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _limit_resources(megabytes: int) -> None:
    """Bound the address space of this process, where the system can (Unix); no core file."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def _limit_cpu(budget_s: float) -> None:
    """A process that nobody watches any more, stuck in a loop, is ended by the system."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        spent = int(time.process_time() + budget_s) + _CPU_MARGIN_S
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (spent, hard))
