"""Idempotency keys of uploads: a deposit sent twice, because its answer was lost, is one deposit.

See the IETF draft « The Idempotency-Key HTTP Header Field ».
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from assistant.errors import AssistantError
from assistant.sqlite_file import SqliteFile

KEPT_S: Final = 24 * 3600.0
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


class UploadKeyError(AssistantError):
    """The key is badly formed."""

    code = "cle_idempotence"


class UploadKeyUsedError(AssistantError):
    """The key was used for another content."""

    code = "cle_deja_utilisee"


class UploadKeyBusyError(AssistantError):
    """A request with this key is being answered."""

    code = "cle_en_cours"
    retryable = True


class UploadKeysUnreadableError(AssistantError):
    """The file of the keys is damaged or too recent."""

    code = "cles_illisibles"


class UploadKeys(SqliteFile):
    """Keys already used, with what was answered; forgotten after 24 hours."""

    migrations = (
        (
            "CREATE TABLE answers (key TEXT PRIMARY KEY, content TEXT NOT NULL,"
            " status INTEGER NOT NULL, body TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID",
        ),
    )
    refusal = "Les clés d’idempotence n’ont pas pu être enregistrées"
    unreadable = UploadKeysUnreadableError
    subject = "Le fichier des clés d’idempotence"
    consequence = "un dépôt renvoyé peut alors être traité deux fois"

    def __init__(self, path: Path) -> None:
        """Bind to a file; nothing is opened yet."""
        super().__init__(path)
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    @contextmanager
    def using(self, person: str, key: str, clock: Callable[[], float] = time.time) -> Iterator[Use]:
        """Hold a key while a request is answered.

        Raises:
            UploadKeyError: it is badly formed.
            UploadKeyBusyError: another request holds it.
        """
        if not _KEY.fullmatch(key):
            raise UploadKeyError(
                "L’en-tête Idempotency-Key est mal formé.",
                "Envoyez 1 à 255 caractères ASCII visibles, par exemple un UUID.",
            )
        # A hash: the key of a person says nothing to whoever reads the file.
        digest = hashlib.sha256(f"{person}\0{key}".encode()).hexdigest()
        with self._lock:
            if digest in self._busy:
                raise UploadKeyBusyError(
                    "Une requête qui porte cette clé est en cours.",
                    "Attendez sa réponse, puis recommencez avec la même clé.",
                )
            self._busy.add(digest)
        try:
            yield Use(self, digest, clock())
        finally:
            with self._lock:
                self._busy.discard(digest)


class Use:
    """One key, held by one request."""

    def __init__(self, keys: UploadKeys, digest: str, now: float) -> None:
        self._keys, self._digest, self._now = keys, digest, now

    def answered(self, content: str) -> tuple[int, str] | None:
        """Status and body already answered for this key and content.

        Raises:
            UploadKeyUsedError: the key was used for another content.
        """
        with self._keys._reading() as connection:
            row = connection.execute(
                "SELECT * FROM answers WHERE key = ? AND at > ?",
                (self._digest, self._now - KEPT_S),
            ).fetchone()
        if row is None:
            return None
        if row["content"] != content:
            raise UploadKeyUsedError(
                "Cette clé d’idempotence a déjà servi pour un autre fichier.",
                "Prenez une clé nouvelle pour chaque fichier.",
            )
        return row["status"], row["body"]

    def keep(self, content: str, status: int, body: str) -> None:
        """Keep an answer for 24 hours."""
        with self._keys._writing() as connection:
            connection.execute("DELETE FROM answers WHERE at <= ?", (self._now - KEPT_S,))
            connection.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)",
                (self._digest, content, status, body, self._now),
            )
