"""Tables of the audit log, by version of the file.

SQLite rather than lines of JSON in a file: a line is written whole or not at all even when the
power fails, processes take their turns to add one, and a purge rewrites nothing. The triggers keep
our own mistakes from changing the past; the chain finds out whoever opens the file with something
else.
"""

from __future__ import annotations

from typing import Final

from assistant.sqlite_file import Migrations

MIGRATIONS: Final[Migrations] = (
    (
        """
        CREATE TABLE entries (
            sequence INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            person TEXT NOT NULL,
            means TEXT NOT NULL,
            action TEXT NOT NULL,
            targets TEXT NOT NULL,
            outcome TEXT NOT NULL,
            generation TEXT NOT NULL,
            models TEXT NOT NULL,
            details TEXT NOT NULL,
            previous TEXT NOT NULL,
            hash TEXT NOT NULL,
            seal TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE ends (
            which TEXT PRIMARY KEY,
            sequence INTEGER NOT NULL,
            hash TEXT NOT NULL,
            seal TEXT NOT NULL
        )
        """,
        # The hash of before the first line, `chain.GENESIS`.
        "INSERT INTO ends VALUES ('tete', 0, printf('%064d', 0), ''),"
        " ('ancre', 0, printf('%064d', 0), '')",
        "CREATE TABLE salt (value TEXT NOT NULL)",
        # Tells two questions apart without saying them; it never leaves this file.
        "INSERT INTO salt VALUES (hex(randomblob(32)))",
        """
        CREATE TRIGGER nothing_changes BEFORE UPDATE ON entries
        BEGIN SELECT RAISE(ABORT, 'le journal ne se modifie pas'); END
        """,
        """
        CREATE TRIGGER nothing_goes_unsaid BEFORE DELETE ON entries
        WHEN OLD.sequence > (SELECT sequence FROM ends WHERE which = 'ancre')
        BEGIN SELECT RAISE(ABORT, 'le journal ne se raccourcit pas'); END
        """,
    ),
)
