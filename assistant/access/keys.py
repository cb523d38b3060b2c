"""Keys: who holds one is somebody, with a role, until it expires or is revoked."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from assistant.access.model import Means, Permission, Person, Role
from assistant.access.schema import FILE, AccessFile
from assistant.access.secrets import digest, new_secret, same
from assistant.audit import trail
from assistant.audit.model import Action
from assistant.errors import AssistantError

PREFIX: Final = "asst"
"""Lets a scanner of leaked secrets, and a person, tell what a key is for."""

MAX_NAME: Final = 120
MAX_DAYS: Final = 3650

_DAY_S: Final = 86_400.0
_ABSENT: Final = digest("")

State = Literal["active", "expiree", "revoquee"]


class InvalidKeyError(AssistantError):
    """A key cannot be made as asked."""

    code = "cle_invalide"


class KeyNotFoundError(AssistantError):
    """No key has this identifier."""

    code = "cle_inconnue"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key, without its secret, which is kept nowhere.

    Attributes:
        id: stands in the secret too, so that a key found somewhere can be revoked.
        name: whose it is, or what for.
        role: what its holder is.
        groups: which restricted documents its holder may see.
        scopes: narrower than the role; `None` when the role alone decides.
        created: when, in seconds since 1970.
        expires: when it stops working; `None` for never.
        revoked: when it was revoked, if it was.
    """

    id: str
    name: str
    role: Role
    groups: frozenset[str]
    scopes: frozenset[Permission] | None
    created: float
    expires: float | None
    revoked: float | None

    def state(self, now: float) -> State:
        """Whether it works."""
        if self.revoked is not None:
            return "revoquee"
        return "expiree" if self.expires is not None and now >= self.expires else "active"

    def person(self, means: Means = "cle") -> Person:
        """Its holder."""
        return Person(f"cle:{self.id}", self.name, self.role, self.groups, means, self.scopes)


class KeyStore(AccessFile):
    """The keys of one index. Safe to share between threads and processes."""

    def __init__(self, index_dir: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Bind to the file of an index, created at the first need.

        Args:
            index_dir: the folder of the index.
            clock: seconds since 1970.
        """
        super().__init__(index_dir / FILE)
        self._clock = clock

    def create(
        self,
        name: str,
        role: Role,
        *,
        groups: Iterable[str] = (),
        scopes: Iterable[Permission] | None = None,
        days: int | None = None,
    ) -> tuple[KeyInfo, str]:
        """Make a key.

        Args:
            name: whose it is, or what for.
            role: what its holder is.
            groups: which restricted documents its holder may see.
            scopes: narrower than the role.
            days: days before it expires; `None` for never.

        Returns:
            The key, and its secret, which cannot be read again.

        Raises:
            InvalidKeyError: the name is empty, or a scope exceeds the role.
            StorageError: the disk refuses.
        """
        name = " ".join(unicodedata.normalize("NFC", name).split())
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise InvalidKeyError(
                f"Le nom d’une clé tient sur une ligne de 1 à {MAX_NAME} caractères.",
                "Donnez le nom de la personne ou du programme qui s’en servira.",
            )
        if days is not None and not 1 <= days <= MAX_DAYS:
            raise InvalidKeyError(
                f"Une clé vaut de 1 à {MAX_DAYS} jours.", "Changez la durée, ou ne la donnez pas."
            )
        narrowed = None if scopes is None else frozenset(scopes)
        everything = Person("", "", role)
        beyond = sorted(one for one in narrowed or () if not everything.may(one))
        if beyond or narrowed == frozenset():
            raise InvalidKeyError(
                f"Le rôle choisi ne permet pas : {', '.join(beyond)}."
                if beyond
                else "Une clé sans aucune portée n’ouvrirait rien.",
                "Réduisez la portée, ou choisissez un autre rôle.",
            )
        now = self._clock()
        info = KeyInfo(
            id=secrets.token_hex(4),
            name=name,
            role=role,
            groups=clean_groups(groups),
            scopes=narrowed,
            created=now,
            expires=None if days is None else now + days * _DAY_S,
            revoked=None,
        )
        secret = f"{PREFIX}_{info.id}_{new_secret()}"
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO access_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    info.id,
                    info.name,
                    info.role,
                    json.dumps(sorted(info.groups), ensure_ascii=False),
                    None if narrowed is None else json.dumps(sorted(narrowed)),
                    digest(secret),
                    info.created,
                    info.expires,
                ),
            )
        trail.note(
            Action.KEY_CREATED,
            [info.id],
            details={"role": info.role, "groupes": ", ".join(sorted(info.groups))},
        )
        return info, secret

    def verify(self, secret: str) -> Person | None:
        """The holder of a key, `None` when it opens nothing (unknown, expired, revoked).

        Raises:
            StorageError: the disk refuses.
            AccessFileError: the file is damaged.
        """
        found = self.of_secret(secret)
        return None if found is None else found.person()

    def of_secret(self, secret: str) -> KeyInfo | None:
        """The key that has this secret, when it works.

        Raises:
            StorageError: the disk refuses.
            AccessFileError: the file is damaged.
        """
        prefix, _, rest = secret.partition("_")
        key_id, _, _ = rest.partition("_")
        if prefix != PREFIX or not key_id:
            return None
        with self._reading() as connection:
            row = connection.execute("SELECT * FROM access_keys WHERE id = ?", (key_id,)).fetchone()
        # Compared even when there is no such key: an unknown one takes as long as a wrong one.
        right = same(row["hash"] if row else _ABSENT, digest(secret))
        if row is None or not right:
            return None
        info = info_of(row)
        return info if info.state(self._clock()) == "active" else None

    def list(self) -> Sequence[KeyInfo]:
        """Every key, the latest first.

        Raises:
            StorageError: the disk refuses.
            AccessFileError: the file is damaged.
        """
        if not self.path.exists():
            return ()
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT * FROM access_keys ORDER BY created DESC, id"
            ).fetchall()
        return tuple(info_of(row) for row in rows)

    def revoke(self, key_id: str) -> KeyInfo:
        """Make a key useless at once, and end the sessions that it opened.

        Raises:
            KeyNotFoundError: there is no such key.
            StorageError: the disk refuses.
        """
        with self._writing() as connection:
            connection.execute(
                "UPDATE access_keys SET revoked = ? WHERE id = ? AND revoked IS NULL",
                (self._clock(), key_id),
            )
            connection.execute("DELETE FROM sessions WHERE key_id = ?", (key_id,))
            row = connection.execute("SELECT * FROM access_keys WHERE id = ?", (key_id,)).fetchone()
            if row is None:
                raise KeyNotFoundError(
                    f"Aucune clé n’a l’identifiant « {key_id} ».",
                    "Les identifiants sont donnés par : assistant cles lister.",
                )
        trail.note(Action.KEY_REVOKED, [key_id])
        return info_of(row)


def clean_groups(names: Iterable[str]) -> frozenset[str]:
    """Names of groups as they are compared: one Unicode form, no space around, none empty."""
    return frozenset(
        cleaned for name in names if (cleaned := unicodedata.normalize("NFC", name).strip())
    )


def info_of(row: sqlite3.Row) -> KeyInfo:
    """A key as a row of `access_keys` tells it."""
    scopes = row["scopes"]
    return KeyInfo(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        groups=frozenset(json.loads(row["seen_groups"])),
        scopes=None if scopes is None else frozenset(Permission(one) for one in json.loads(scopes)),
        created=row["created"],
        expires=row["expires"],
        revoked=row["revoked"],
    )
