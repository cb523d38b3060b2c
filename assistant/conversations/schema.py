"""Tables of the conversations, and how an older file is brought up to date.

`searched` columns hold the squashed words of what a reader may look for. An answer is kept as
the JSON that was shown: nothing of it is computed again.
"""

from __future__ import annotations

import sqlite3
from typing import Final

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            named INTEGER NOT NULL DEFAULT 0,
            created REAL NOT NULL,
            updated REAL NOT NULL,
            searched TEXT NOT NULL
        )
        """,
        "CREATE INDEX conversations_by_use ON conversations (updated)",
        """
        CREATE TABLE turns (
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            at REAL NOT NULL,
            answer TEXT NOT NULL,
            searched TEXT NOT NULL,
            PRIMARY KEY (conversation_id, number)
        )
        """,
        """
        CREATE TABLE feedback (
            conversation_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            verdict TEXT NOT NULL,
            comment TEXT NOT NULL,
            at REAL NOT NULL,
            PRIMARY KEY (conversation_id, number),
            FOREIGN KEY (conversation_id, number)
                REFERENCES turns (conversation_id, number) ON DELETE CASCADE
        )
        """,
    ),
)
"""Statements that bring a file from version N to N + 1, by N; version 0 is an empty file."""


class TooNewError(Exception):
    """The file was written by a later version of the software."""


def prepare(
    connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS
) -> None:
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
