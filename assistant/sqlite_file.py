"""A SQLite file of what people typed: opened for one operation, closed, its errors told as ours.

Each operation opens its own connection: threads and processes share nothing but the file. Write
ahead logging lets readers go on; deleted text is overwritten with zeros and the log is emptied,
so that nothing of what was deleted stays in the files.

In a folder that cannot be written, such a file is read and nothing more.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar, Final, Literal

from assistant.errors import AssistantError, StorageError, cause

Migrations = tuple[tuple[str, ...], ...]
"""Statements that bring a file from version N to N + 1, by N; version 0 is an empty file."""

_BUSY_S: Final = 10.0
_REFUSALS: Final = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


class Frozen(sqlite3.Connection):
    """A connection that takes its file for unchanging: open another one when it has changed."""


def connect(
    path: Path, *, timeout: float, isolation_level: Literal["DEFERRED"] | None = "DEFERRED"
) -> sqlite3.Connection:
    """Open a file with write ahead logging, or only to read it where its folder is read-only.

    Raises:
        sqlite3.Error: as SQLite.
    """
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=isolation_level)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        connection.close()
        refused = error.sqlite_errorcode & 0xFF in _REFUSALS
        if not refused or not path.is_file() or os.access(path.parent, os.W_OK):
            raise
    else:
        return connection
    return read_only(path, timeout=timeout, isolation_level=isolation_level)


def read_only(
    path: Path, *, timeout: float, isolation_level: Literal["DEFERRED"] | None = "DEFERRED"
) -> sqlite3.Connection:
    """Open a file to read it.

    Where the folder is read-only, SQLite cannot: even a reader writes a log beside the file.
    Without a log left by somebody the file is whole, and it is opened as one that nobody changes.

    Raises:
        sqlite3.Error: as SQLite.
    """
    log = path.with_name(f"{path.name}-wal")
    frozen = not os.access(path.parent, os.W_OK) and not (log.is_file() and log.stat().st_size)
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' * frozen}",
        uri=True,
        timeout=timeout,
        isolation_level=isolation_level,
        factory=Frozen if frozen else sqlite3.Connection,
    )


class TooNewError(Exception):
    """The file was written by a later version of the software."""


class SqliteFile:
    """Access to one SQLite file, created at the first need.

    A store derives from it and says its tables and its wording.

    Attributes:
        migrations: how its tables came to be.
        refusal: what is said when the disk refuses, without a full stop.
        unreadable: raised for a damaged or too recent file.
        subject: the file, in French, with its article.
        consequence: what a damaged file costs, in French.
    """

    migrations: ClassVar[Migrations]
    refusal: ClassVar[str]
    unreadable: ClassVar[type[AssistantError]]
    subject: ClassVar[str]
    consequence: ClassVar[str]

    def __init__(self, path: Path) -> None:
        """Bind to a file; nothing is opened yet."""
        self.path = path

    def _connect(self) -> sqlite3.Connection:
        """Open the file, up to date."""
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # What people type is theirs: no other account of the machine reads it.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = connect(self.path, timeout=_BUSY_S, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            prepare(connection, self.migrations)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._errors(), closing(self._connect()) as connection:
            # One view of the file for all the queries of an operation.
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._errors(), closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back when the disk is full.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _empty_log(self) -> None:
        """Write the log into the file and empty it: it still holds what was deleted."""
        with self._errors(), closing(self._connect()) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Tell the errors of SQLite and of the disk as ours."""
        try:
            yield
        except TooNewError as error:
            raise self.unreadable(
                f"{self.subject} « {self.path} » a été écrit par une version plus "
                "récente du logiciel.",
                "Mettez le logiciel à jour, ou mettez ce fichier de côté.",
            ) from error
        except sqlite3.OperationalError as error:
            raise self._refused(_cause(error)) from error
        except sqlite3.DatabaseError as error:
            raise self._damaged() from error
        except OSError as error:
            raise self._refused(cause(error)) from error

    def _refused(self, cause: str) -> StorageError:
        return StorageError(
            f"{self.refusal} ({cause}).",
            f"Libérez de la place, ou vérifiez les droits sur « {self.path.parent} ».",
        )

    def _damaged(self) -> AssistantError:
        return self.unreadable(
            f"{self.subject} « {self.path} » est endommagé.",
            f"Mettez-le de côté : un nouveau sera créé. {self.consequence}",
        )


def prepare(connection: sqlite3.Connection, migrations: Migrations) -> None:
    """Bring a file to the latest version, each step all or nothing.

    Args:
        connection: in autocommit mode, outside any transaction.
        migrations: the steps.

    Raises:
        TooNewError: the file is newer than these steps; it is left as it is.
    """
    target = len(migrations)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    while version != target:
        if version > target:
            raise TooNewError
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have done it while this one waited for its turn.
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version < target:
                for statement in migrations[version]:
                    connection.execute(statement)
                version += 1
                connection.execute(f"PRAGMA user_version={version}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _cause(error: sqlite3.Error) -> str:
    """The cause of a refusal, in French."""
    said = str(error)
    causes = {
        "full": "le disque est plein",
        "readonly": "le dossier est en lecture seule",
        "locked": "un autre programme les utilise",
        "unable to open": "le fichier ne peut pas être ouvert",
        "I/O": "le disque est en erreur",
    }
    return next((french for mark, french in causes.items() if mark in said), "erreur du disque")
