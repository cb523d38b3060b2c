"""Sessions of browsers, kept on the server: closing one ends it, whatever the browser keeps."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from assistant.access.keys import KeyInfo, info_of
from assistant.access.model import Person, Role
from assistant.access.schema import FILE, AccessFile
from assistant.access.secrets import digest, new_secret

_SLACK_S = 300.0
"""How far a clock may be corrected backwards before open sessions end."""


class SessionStore(AccessFile):
    """The sessions of one index. Safe to share between threads and processes."""

    def __init__(
        self, index_dir: Path, *, hours: float = 8.0, clock: Callable[[], float] = time.time
    ) -> None:
        """Bind to the file of an index, created at the first need.

        Args:
            index_dir: the folder of the index.
            hours: how long a session lasts.
            clock: seconds since 1970.
        """
        super().__init__(index_dir / FILE)
        self._lasts_s = hours * 3600.0
        self._clock = clock

    def open(self, someone: KeyInfo | Person) -> str:
        """Begin a session; forget those that are over.

        Args:
            someone: a key, which is read again at each request so that revoking it or letting it
                expire ends the session; or a person whom somebody else vouched for.

        Returns:
            The token for the cookie: a new one each time, so that one planted in a browser before
            the sign-in is worth nothing after it.

        Raises:
            StorageError: the disk refuses.
            AccessFileError: the file is damaged.
        """
        token, now = new_secret(), self._clock()
        expires = now + self._lasts_s
        key_id = person = None
        if isinstance(someone, KeyInfo):
            key_id = someone.id
            expires = min(expires, someone.expires or expires)
        else:
            person = json.dumps(
                {
                    "id": someone.id,
                    "name": someone.name,
                    "role": someone.role,
                    "groups": sorted(someone.groups),
                },
                ensure_ascii=False,
            )
        with self._writing() as connection:
            connection.execute("DELETE FROM sessions WHERE expires <= ?", (now,))
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)", (digest(token), key_id, person, expires)
            )
        return token

    def find(self, token: str) -> Person | None:
        """Whose session this is; `None` when it is over, or never was.

        Raises:
            StorageError: the disk refuses.
            AccessFileError: the file is damaged.
        """
        now = self._clock()
        with self._reading() as connection:
            # By digest: what an index tells by its times is about a value nobody can choose.
            row = connection.execute(
                "SELECT * FROM sessions WHERE hash = ? AND expires > ?", (digest(token), now)
            ).fetchone()
            # Begun after now, says the clock: it was set back, and nobody knows how old this is.
            if row and row["expires"] > now + self._lasts_s + _SLACK_S:
                row = None
            key = (
                connection.execute(
                    "SELECT * FROM access_keys WHERE id = ?", (row["key_id"],)
                ).fetchone()
                if row and row["key_id"]
                else None
            )
        if row is None:
            return None
        if row["person"] is not None:
            told = json.loads(row["person"])
            return Person(
                told["id"], told["name"], Role(told["role"]), frozenset(told["groups"]), "oidc"
            )
        if key is None:
            return None
        info = info_of(key)
        return info.person("session") if info.state(now) == "active" else None

    def close(self, token: str) -> None:
        """End a session, known or not.

        Raises:
            StorageError: the disk refuses.
            AccessFileError: the file is damaged.
        """
        with self._writing() as connection:
            connection.execute("DELETE FROM sessions WHERE hash = ?", (digest(token),))
