"""Tables of `acces.sqlite`, by version of the file: keys, sessions, then what each step adds."""

from __future__ import annotations

from typing import ClassVar, Final

from assistant.errors import AssistantError
from assistant.sqlite_file import Migrations, SqliteFile

FILE: Final = "acces.sqlite"
"""Beside the index: what it opens and who may open it are kept, copied and removed together."""

MIGRATIONS: Final[Migrations] = (
    (
        """
        CREATE TABLE access_keys (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            seen_groups TEXT NOT NULL,
            scopes TEXT,
            hash BLOB NOT NULL,
            created REAL NOT NULL,
            expires REAL,
            revoked REAL
        )
        """,
        """
        CREATE TABLE sessions (
            hash BLOB PRIMARY KEY,
            key_id TEXT REFERENCES access_keys (id) ON DELETE CASCADE,
            person TEXT,
            expires REAL NOT NULL
        )
        """,
        "CREATE INDEX sessions_by_end ON sessions (expires)",
        """
        CREATE TABLE restrictions (
            kind TEXT NOT NULL,
            target TEXT NOT NULL,
            seen_groups TEXT NOT NULL,
            paths TEXT NOT NULL,
            added TEXT NOT NULL,
            PRIMARY KEY (kind, target)
        )
        """,
        """
        CREATE TABLE known_files (
            document_id TEXT NOT NULL,
            path TEXT NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (document_id, path)
        )
        """,
    ),
)


class AccessFileError(AssistantError):
    """The file of the keys is damaged or too recent: nobody is let in."""

    code = "acces_illisible"


class AccessFile(SqliteFile):
    """What the stores of `acces.sqlite` share."""

    migrations: ClassVar[Migrations] = MIGRATIONS
    refusal = "Les droits d’accès ne peuvent pas être enregistrés ou lus"
    unreadable = AccessFileError
    subject = "Le fichier des accès"
    consequence = (
        "Les clés, les sessions et les restrictions qu’il contenait seront à refaire ; jusque-là, "
        "personne ne peut entrer."
    )
