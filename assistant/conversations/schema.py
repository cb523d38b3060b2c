"""Tables of the conversations, by version of the file.

`searched` columns hold the squashed words of what a reader may look for. An answer is kept as
the JSON that was shown: nothing of it is computed again.
"""

from __future__ import annotations

from typing import Final

from assistant.sqlite_file import Migrations

MIGRATIONS: Final[Migrations] = (
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
    (
        # Before sign-in existed, whoever used the machine was this one person.
        "ALTER TABLE conversations ADD COLUMN owner TEXT NOT NULL DEFAULT 'local'",
        "CREATE INDEX conversations_by_owner ON conversations (owner, updated)",
        "DROP INDEX conversations_by_use",
    ),
)
