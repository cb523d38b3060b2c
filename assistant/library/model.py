"""What the library says of itself: deposited files, and the work under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from assistant.model import FileReport

JobKind = Literal["chargement", "retrait", "reindexation"]


@dataclass(frozen=True, slots=True)
class Deposit:
    """A file that was received and waits to be indexed, or is.

    Attributes:
        name: as it is shown; safe as a file name.
        size: bytes.
        sha256: of its content, hexadecimal.
        document_id: once indexed, or when the same content already was.
        known: whether the same content was already indexed.
    """

    name: str
    size: int
    sha256: str
    document_id: str | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Work on the index as it stands at one moment; immutable.

    Attributes:
        id: identifier.
        kind: what it does.
        started: when, UTC.
        step: what is being done, in French.
        done, total: in `unit` of the step; `total` is 0 when unknown.
        left_s: seconds left for the step, when they can be told.
        reports: last word on each file, in order.
        finished: when it ended, UTC; `None` while it runs.
        failure: why it ended without its result, message and remedy in French.
        code: stable code of that failure.
    """

    id: str
    kind: JobKind
    started: datetime
    step: str = ""
    done: int = 0
    total: int = 0
    unit: str = ""
    left_s: float | None = None
    reports: tuple[FileReport, ...] = field(default=())
    finished: datetime | None = None
    failure: str = ""
    code: str = ""

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.finished is None
