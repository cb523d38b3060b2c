"""The file of conversations: opened for one operation, closed, its errors told as ours.

Each operation opens its own connection: threads and processes share nothing but the file. Write
ahead logging lets readers go on; deleted text is overwritten with zeros and the log is emptied,
so that nothing of a deleted conversation stays in the files.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from assistant.conversations.models import ConversationsUnreadableError
from assistant.conversations.schema import TooNewError, prepare
from assistant.errors import StorageError

_BUSY_S: Final = 10.0


class ConversationFile:
    """Access to one SQLite file, created at the first need."""

    def __init__(self, path: Path) -> None:
        """Bind to a file; nothing is opened yet."""
        self.path = path

    def _connect(self) -> sqlite3.Connection:
        """Open the file, up to date."""
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # What people ask is theirs: no other account of the machine reads it.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            prepare(connection)
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
            raise ConversationsUnreadableError(
                f"Le fichier des conversations « {self.path} » a été écrit par une version plus "
                "récente du logiciel.",
                "Mettez le logiciel à jour, ou mettez ce fichier de côté.",
            ) from error
        except sqlite3.OperationalError as error:
            raise StorageError(
                f"Les conversations ne peuvent pas être enregistrées ou lues ({_cause(error)}).",
                f"Libérez de la place, ou vérifiez les droits sur « {self.path.parent} ».",
            ) from error
        except sqlite3.DatabaseError as error:
            raise self._unreadable() from error
        except OSError as error:
            raise StorageError(
                f"Les conversations ne peuvent pas être enregistrées ou lues ({error.strerror}).",
                f"Libérez de la place, ou vérifiez les droits sur « {self.path.parent} ».",
            ) from error

    def _unreadable(self) -> ConversationsUnreadableError:
        return ConversationsUnreadableError(
            f"Le fichier des conversations « {self.path} » est endommagé.",
            "Mettez-le de côté : un nouveau sera créé. Les réponses n'en dépendent pas.",
        )


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
