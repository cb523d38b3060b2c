"""Tables of the fiches, by version of the file.

`body` is the JSON of the fiche as published; the other columns are copies to search and sort by.
`searched` holds the squashed words of what a reader may look for. A revision keeps the parts
that changed, before and after: former states are computed from them.
"""

from __future__ import annotations

from typing import Final

from assistant.sqlite_file import Migrations

MIGRATIONS: Final[Migrations] = (
    (
        """
        CREATE TABLE fiches (
            id TEXT PRIMARY KEY,
            revision INTEGER NOT NULL,
            state TEXT NOT NULL,
            updated REAL NOT NULL,
            axis TEXT,
            functions TEXT NOT NULL,
            deadline TEXT,
            searched TEXT NOT NULL,
            body TEXT NOT NULL
        )
        """,
        "CREATE INDEX fiches_by_use ON fiches (updated)",
        """
        CREATE TABLE revisions (
            fiche_id TEXT NOT NULL REFERENCES fiches (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            at TEXT NOT NULL,
            updated TEXT NOT NULL,
            author TEXT,
            author_searched TEXT NOT NULL,
            kind TEXT NOT NULL,
            comment TEXT NOT NULL,
            changes TEXT NOT NULL,
            PRIMARY KEY (fiche_id, number)
        )
        """,
        """
        CREATE TABLE comments (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            fiche_id TEXT NOT NULL REFERENCES fiches (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            text TEXT NOT NULL,
            author TEXT,
            at TEXT NOT NULL,
            revision INTEGER NOT NULL
        )
        """,
        "CREATE INDEX comments_by_fiche ON comments (fiche_id, id)",
    ),
)
