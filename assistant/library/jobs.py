"""Work on the index, one at a time, in a thread: what it is at, how long is left, how it ended."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from assistant import counters
from assistant.errors import AssistantError
from assistant.language.typography import typeset
from assistant.library.errors import JobUnknownError, StoppedError
from assistant.library.model import Job, JobKind
from assistant.model import FileReport

logger = logging.getLogger("assistant.library")

KEPT: Final = 50
"""Finished jobs that are remembered."""

WAITING: Final = "En attente du travail en cours"
_MEASURED_AFTER_S: Final = 2.0
_WEIGHT: Final = 0.3
"""Of a new estimate of the time left against the former one."""


class Progress:
    """What a job tells while it runs; `assistant.index.pipeline.Progress`, and stoppable."""

    def __init__(self, job: Job, clock: Callable[[], float] = time.monotonic) -> None:
        self._job = job
        self._lock = threading.Lock()
        self._clock = clock
        self._begun = clock()
        self._left: tuple[float, float] | None = None
        self._past: frozenset[str] = frozenset()
        self.stopping = threading.Event()

    def past(self, names: Iterable[str]) -> None:
        """Drop the reports of these files, unless they leave: they have had their last word."""
        self._past = frozenset(names)

    def start(self, step: str, total: int, unit: str) -> None:
        """A step begins.

        Raises:
            StoppedError: somebody stopped the job.
        """
        self._check()
        with self._lock:
            self._begun, self._left = self._clock(), None
            self._job = replace(self._job, step=typeset(step), done=0, total=total, unit=unit)

    def advance(self, amount: int = 1) -> None:
        """Some of the step is done.

        Raises:
            StoppedError: somebody stopped the job.
        """
        with self._lock:
            done = self._job.done + amount
            self._job = replace(self._job, done=done)
            now = self._clock()
            spent = now - self._begun
            if self._job.total and done and spent >= _MEASURED_AFTER_S:
                found = spent * (self._job.total - done) / done
                if self._left is not None:
                    before = max(0.0, self._left[0] - (now - self._left[1]))
                    found = _WEIGHT * found + (1 - _WEIGHT) * before
                self._left = (max(0.0, found), now)
        self._check()

    def report(self, report: FileReport) -> None:
        """A file has its last word."""
        if report.file in self._past and report.status != "removed":
            return
        with self._lock:
            self._job = replace(self._job, reports=(*self._job.reports, report))

    def snapshot(self) -> Job:
        """The job as it stands."""
        with self._lock:
            if self._left is None or self._job.finished is not None:
                return self._job
            left = self._left[0] - (self._clock() - self._left[1])
            # Past the estimate, nothing is known until the next file is done.
            return replace(self._job, left_s=round(left, 1) if left > 0 else None)

    def end(self, failure: AssistantError | None = None) -> None:
        """The job is over."""
        with self._lock:
            self._left = None
            self._job = replace(
                self._job,
                finished=datetime.now(UTC),
                left_s=None,
                failure=typeset(f"{failure.message} {failure.remedy}".strip()) if failure else "",
                code=failure.code if failure else "",
            )

    def wait(self, seconds: float) -> None:
        """Sleep, unless somebody stops the job.

        Raises:
            StoppedError: somebody does.
        """
        self.stopping.wait(seconds)
        self._check()

    def _check(self) -> None:
        if self.stopping.is_set():
            raise StoppedError(
                "Le travail a été arrêté.",
                "Ce qui était lu est gardé\u202f; relancez-le pour le terminer.",
            )


@dataclass(eq=False, slots=True)
class _Work:
    progress: Progress
    run: Callable[[Progress], None]


class Jobs:
    """A queue served by one thread, which ends when nothing is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Work] = deque()
        self._known: OrderedDict[str, _Work] = OrderedDict()
        self._thread: threading.Thread | None = None

    def submit(self, kind: JobKind, run: Callable[[Progress], None], *, join: bool = False) -> Job:
        """Queue some work.

        Args:
            kind: what it does.
            run: does it; its errors end the job.
            join: give the job of this kind that waits, if there is one, rather than another.
        """
        with self._lock:
            if join:
                for work in self._waiting:
                    if work.progress.snapshot().kind == kind:
                        return work.progress.snapshot()
            step = WAITING if self._thread is not None else ""
            job = Job(secrets.token_hex(8), kind, datetime.now(UTC), step=step)
            work = _Work(Progress(job), run)
            self._known[job.id] = work
            self._waiting.append(work)
            self._forget()
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="corpus", daemon=True)
                self._thread.start()
            return job

    def find(self, job_id: str | None = None) -> Job | None:
        """The job asked for; by default the one that runs, else the latest.

        Raises:
            JobUnknownError: no job has this identifier.
        """
        with self._lock:
            if job_id is not None:
                return self._named(job_id)
            jobs = [work.progress.snapshot() for work in self._known.values()]
        running = [job for job in jobs if job.running]
        return running[0] if running else jobs[-1] if jobs else None

    def _named(self, job_id: str) -> Job:
        """One job, as it stands; to be called with the lock held."""
        if job_id not in self._known:
            raise JobUnknownError(
                "Ce travail n’existe pas, ou il est trop ancien.",
                "Consultez la liste des travaux.",
            )
        return self._known[job_id].progress.snapshot()

    def all(self) -> list[Job]:
        """Every job remembered, the latest first."""
        with self._lock:
            return [work.progress.snapshot() for work in reversed(self._known.values())]

    def queue(self) -> tuple[int, int]:
        """How many jobs wait, and how many run."""
        with self._lock:
            known = [work.progress.snapshot() for work in self._known.values()]
            waiting = len(self._waiting)
        return waiting, sum(job.running for job in known) - waiting

    def wait(self, job_id: str) -> Job:
        """The job once nothing waits nor runs any more.

        Raises:
            JobUnknownError: no job has this identifier.
        """
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()
        with self._lock:
            return self._named(job_id)

    def stop(self, job_id: str) -> Job:
        """Ask a job to stop; it does between two files. A removal under way goes to its end.

        Raises:
            JobUnknownError: no job has this identifier.
        """
        self.find(job_id)
        with self._lock:
            work = self._known[job_id]
            if work in self._waiting or work.progress.snapshot().kind != "retrait":
                work.progress.stopping.set()
            return work.progress.snapshot()

    def close(self, timeout: float | None = None) -> None:
        """Stop everything, and wait for the work under way to leave."""
        with self._lock:
            for work in self._known.values():
                work.progress.stopping.set()
            thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                work = self._waiting.popleft()
            _run(work)

    def _forget(self) -> None:
        for job_id in list(self._known):
            if len(self._known) <= KEPT:
                return
            if not self._known[job_id].progress.snapshot().running:
                del self._known[job_id]


def _run(work: _Work) -> None:
    begun = time.perf_counter()
    try:
        _carry_out(work)
    finally:
        done = work.progress.snapshot()
        counters.worked(done.kind, time.perf_counter() - begun, done.code)


def _carry_out(work: _Work) -> None:
    try:
        work.progress.start("", 0, "")
        work.run(work.progress)
    except AssistantError as error:
        work.progress.end(error)
    except Exception:
        logger.exception("Le travail sur le corpus a échoué")
        work.progress.end(
            AssistantError(
                "Le travail a rencontré une erreur inattendue.",
                "Relancez-le\u202f; si l’erreur persiste, transmettez le journal du serveur à "
                "l’administrateur.",
            )
        )
    else:
        work.progress.end()
