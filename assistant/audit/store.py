"""The audit log in one SQLite file beside the index.

A line is on the disk before the caller goes on. Callers that come together share one transaction:
whoever holds the lock writes what all have brought, so that fifty of them cost about as much as
one. When the disk refuses, the lines wait in memory and are written later, in order; beyond what
memory keeps, their number is written, so that nothing is lost in silence.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from assistant.audit.chain import Anchor, Head, Verdict, linked, sealed_head, verify
from assistant.audit.model import (
    Action,
    AuditKeyError,
    AuditUnavailableError,
    AuditUnreadableError,
    Entry,
    Event,
)
from assistant.audit.schema import MIGRATIONS
from assistant.errors import AssistantError, cause
from assistant.settings import Settings
from assistant.sqlite_file import SqliteFile

logger = logging.getLogger("assistant.audit")

FILE: Final = "journal.sqlite"
MIN_KEY_BYTES: Final = 32

_WAITING: Final = 10_000
"""Lines kept in memory while the disk refuses."""

_RETRY_S: Final = 2.0
"""Seconds during which a disk that refused is not tried again."""

_PURGE_EVERY_S: Final = 3600.0


@dataclass(slots=True, eq=False)
class _Brought:
    event: Event
    written: bool = False


class AuditLog(SqliteFile):
    """The audit log of one index. Safe to share between threads and processes.

    Attributes:
        strict: whether nothing may be done that cannot be written down.
        questions: whether the text of questions is kept.
        days: days a line is kept; 0 for ever.
    """

    migrations = MIGRATIONS
    refusal = "Le journal d’audit ne peut pas être écrit ou lu"
    unreadable = AuditUnreadableError
    subject = "Le fichier du journal d’audit"
    consequence = "Ce qu’il contenait ne pourra plus être vérifié."

    def __init__(
        self,
        path: Path,
        *,
        key: bytes | None = None,
        strict: bool = False,
        questions: bool = False,
        days: int = 0,
    ) -> None:
        """Bind to a file, created at the first need."""
        super().__init__(path)
        self.strict = strict
        self.questions = questions
        self.days = days
        self._key = key
        self._salt: bytes | None = None
        self._held: tuple[int, sqlite3.Connection] | None = None
        self._waiting: deque[_Brought] = deque()
        self._lost = 0
        self._failure: AssistantError | None = None
        self._retry_at = 0.0
        self._purged: float | None = None
        self._lock = threading.Lock()

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        # A line that was acknowledged survives a power cut.
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    # Writing

    @property
    def failure(self) -> AssistantError | None:
        """Why the last lines are not on the disk; `None` when they are."""
        return self._failure

    @property
    def late(self) -> int:
        """Lines that wait for the disk, and those that memory could not keep."""
        return len(self._waiting) + self._lost

    def write(self, event: Event) -> None:
        """Add a line; it is on the disk when this returns, unless the disk refuses.

        Raises:
            AuditUnavailableError: it is not, and the settings want nothing done without it.
        """
        mine = _Brought(event)
        self._waiting.append(mine)
        with self._lock:
            if not mine.written:
                self._write_all()
        if self.strict and not mine.written:
            raise self.unavailable()
        self._purge_sometimes()

    def check(self) -> None:
        """Make sure that a line could be written now; lines that wait are.

        Raises:
            AuditUnavailableError: none can be, and the settings want nothing done without it.
        """
        if not self.strict or self._failure is None:
            return
        with self._lock:
            self._write_all()
        if self._failure is not None:
            raise self.unavailable()

    def flush(self) -> bool:
        """Write what waits for the disk; tells whether nothing waits any more."""
        with self._lock:
            self._retry_at = 0.0
            self._write_all()
        return not self._waiting

    def unavailable(self) -> AuditUnavailableError:
        """What is said when nothing may be done without the log."""
        cause = self._failure.message if self._failure else ""
        return AuditUnavailableError(
            "Cette action ne peut pas être inscrite au journal d’audit : elle est refusée. "
            f"{cause}".strip(),
            "Prévenez l’administrateur de l’assistant.",
        )

    def _write_all(self) -> None:
        """Write what waits; the lock is held."""
        if not self._waiting or time.monotonic() < self._retry_at:
            self._shorten()
            return
        batch = list(self._waiting)
        events = [one.event for one in batch]
        if self._lost:
            lost = Event(
                Action.LOST, now(), means="local", outcome="echec", details={"nombre": self._lost}
            )
            events = [lost, *events]
        try:
            self._append(events)
        except AssistantError as error:
            if self._failure is None:
                logger.error("%s %s", error.message, error.remedy)
            self._failure = error
            self._retry_at = time.monotonic() + _RETRY_S
            self._shorten()
            return
        if self._failure is not None:
            logger.warning("Le journal d’audit s’écrit de nouveau.")
        self._failure, self._lost, self._retry_at = None, 0, 0.0
        for one in batch:
            one.written = True
            self._waiting.popleft()

    def _shorten(self) -> None:
        while len(self._waiting) > _WAITING:
            self._waiting.popleft()
            self._lost += 1

    def _append(self, events: Sequence[Event]) -> None:
        with self._writing() as connection:
            self._append_in(connection, events)
        self._hold()

    def _hold(self) -> None:
        """Keep the file open: whoever closes it last empties its log, which takes long."""
        try:
            inode = self.path.stat().st_ino
            if self._held is None or self._held[0] != inode:
                connection = sqlite3.connect(self.path, check_same_thread=False)
                connection.execute("SELECT sequence FROM ends").fetchone()
                self._held = inode, connection
        except (OSError, sqlite3.Error):
            self._held = None

    def _append_in(self, connection: sqlite3.Connection, events: Sequence[Event]) -> None:
        head = _head(connection)
        entries = list(linked(events, head, self._key))
        connection.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_row(entry) for entry in entries],
        )
        last = sealed_head(self._key, entries[-1].sequence, entries[-1].hash)
        connection.execute(
            "UPDATE ends SET sequence = ?, hash = ?, seal = ? WHERE which = 'tete'",
            (last.sequence, last.hash, last.seal),
        )

    # Questions

    def keyed(self, text: str) -> str:
        """A hash that tells two texts apart without saying them, the same in this file only.

        Raises:
            StorageError: the disk refuses.
            AuditUnreadableError: the file is damaged.
        """
        if self._salt is None:
            with self._writing() as connection:
                found = connection.execute("SELECT value FROM salt").fetchone()
            if found is None:
                raise self._damaged()
            self._salt = bytes.fromhex(found[0])
        return hmac.new(self._salt, text.encode(), hashlib.sha256).hexdigest()[:32]

    # Reading

    def entries(
        self,
        *,
        since: str = "",
        until: str = "",
        action: str = "",
        person: str = "",
        last: int | None = None,
    ) -> Iterator[Entry]:
        """Lines, the oldest first.

        Args:
            since: dated this or later, ISO 8601 in UTC.
            until: dated before this.
            action: of this action only.
            person: of this person only.
            last: the last ones only, of those that match.

        Raises:
            StorageError: the disk refuses.
            AuditUnreadableError: the file is damaged.
        """
        if not self.path.exists():
            return
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT * FROM (SELECT * FROM entries WHERE at >= ?1 AND (?2 = '' OR at < ?2)"
                " AND (?3 = '' OR action = ?3) AND (?4 = '' OR person = ?4)"
                " ORDER BY sequence DESC LIMIT ?5) ORDER BY sequence",
                (since, until, action, person, -1 if last is None else last),
            )
            for row in rows:
                yield self._entry(row)

    def verify(self, witnesses: dict[int, str] | None = None) -> Verdict:
        """Read the whole chain again.

        Args:
            witnesses: hashes noted elsewhere, by rank.

        Raises:
            StorageError: the disk refuses.
            AuditUnreadableError: the file is damaged.
        """
        if not self.path.exists():
            return verify((), anchor=Anchor(), head=Head(), key=self._key, witnesses=witnesses)
        with self._reading() as connection:
            anchor = connection.execute("SELECT * FROM ends WHERE which = 'ancre'").fetchone()
            head = _head(connection)
            if anchor is None:
                raise self._damaged()
            rows = connection.execute("SELECT * FROM entries ORDER BY sequence")
            return verify(
                (self._entry(row) for row in rows),
                anchor=Anchor(anchor["sequence"], anchor["hash"]),
                head=head,
                key=self._key,
                witnesses=witnesses,
            )

    def _entry(self, row: sqlite3.Row) -> Entry:
        try:
            event = Event(
                action=row["action"],
                at=row["at"],
                person=row["person"],
                means=row["means"],
                targets=tuple(json.loads(row["targets"])),
                outcome=row["outcome"],
                index=row["generation"],
                models=json.loads(row["models"]),
                details=json.loads(row["details"]),
            )
        except ValueError as error:
            raise self._damaged() from error
        return Entry(row["sequence"], event, row["previous"], row["hash"], row["seal"])

    # Purging

    def purge(self, days: int | None = None, *, person: str = "local", means: str = "local") -> int:
        """Remove the lines older than some days; returns how many.

        The removal is itself a line, which holds the hash of the last one removed: what stays is
        still verified. Nothing is removed when nothing is old enough.

        Args:
            days: how many; those of the settings by default, where 0 keeps everything.
            person: who asks for it.
            means: how they were recognised.

        Raises:
            StorageError: the disk refuses.
            AuditUnreadableError: the file is damaged.
        """
        kept = self.days if days is None else days
        if (days is None and not kept) or not self.path.exists():
            return 0
        limit = (datetime.now(UTC) - timedelta(days=kept)).isoformat(timespec="microseconds")
        with self._lock, self._writing() as connection:
            # Only what comes before every line to keep: a clock that went back removes nothing
            # from the middle.
            first = connection.execute(
                "SELECT MIN(sequence) FROM entries WHERE at >= ?", (limit,)
            ).fetchone()[0]
            last = connection.execute(
                "SELECT sequence, hash FROM entries WHERE ? IS NULL OR sequence < ?"
                " ORDER BY sequence DESC LIMIT 1",
                (first, first),
            ).fetchone()
            if last is None:
                return 0
            said = Event(
                Action.PURGE,
                now(),
                person,
                means,
                details={"jusqu_a": last["sequence"], "empreinte": last["hash"], "jours": kept},
            )
            self._append_in(connection, [said])
            connection.execute(
                "UPDATE ends SET sequence = ?, hash = ? WHERE which = 'ancre'",
                (last["sequence"], last["hash"]),
            )
            gone = connection.execute(
                "DELETE FROM entries WHERE sequence <= ?", (last["sequence"],)
            ).rowcount
        self._empty_log()
        return gone

    def _purge_sometimes(self) -> None:
        if not self.days or self._failure is not None:
            return
        started = time.monotonic()
        if self._purged is not None and started - self._purged < _PURGE_EVERY_S:
            return
        self._purged = started
        try:
            self.purge(person="", means="automatique")
        except AssistantError as error:
            logger.error("%s %s", error.message, error.remedy)


def open_log(settings: Settings) -> AuditLog | None:
    """The audit log of an index; `None` when the settings keep none.

    Raises:
        AuditKeyError: the key of the seals cannot be used.
    """
    if not settings.audit:
        return None
    return AuditLog(
        settings.index_dir / FILE,
        key=read_key(settings.audit_key_file),
        strict=settings.audit_failure == "refuser",
        questions=settings.audit_questions,
        days=settings.audit_days,
    )


def read_key(path: Path | None) -> bytes | None:
    """The key of the seals.

    Raises:
        AuditKeyError: the file is absent, unreadable or too short.
    """
    if path is None:
        return None
    remedy = (
        "Créez-le hors du dossier de l’index, lisible par le seul compte du service : "
        "head -c 32 /dev/urandom > FICHIER."
    )
    try:
        key = path.read_bytes()
    except OSError as error:
        raise AuditKeyError(
            f"La clé du journal d’audit « {path} » ne peut pas être lue ({cause(error)}).", remedy
        ) from error
    if len(key) < MIN_KEY_BYTES:
        raise AuditKeyError(
            f"La clé du journal d’audit « {path} » compte moins de {MIN_KEY_BYTES} octets.", remedy
        )
    return key


def now() -> str:
    """The present time, UTC, as lines are dated."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _head(connection: sqlite3.Connection) -> Head:
    row = connection.execute("SELECT * FROM ends WHERE which = 'tete'").fetchone()
    return Head() if row is None else Head(row["sequence"], row["hash"], row["seal"])


def _row(entry: Entry) -> tuple[object, ...]:
    event = entry.event
    return (
        entry.sequence,
        event.at,
        event.person,
        event.means,
        event.action,
        json.dumps(list(event.targets)),
        event.outcome,
        event.index,
        json.dumps(dict(event.models)),
        json.dumps(dict(event.details)),
        entry.previous,
        entry.hash,
        entry.seal,
    )
