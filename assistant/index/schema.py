"""Tables of the catalogue, and how an older file is brought up to date.

`described` holds what is known of a document from elsewhere than its reading: the list of
public sources (`origin` « source ») and the user (« user »). `sketches` sums up the text of
a document so that near-identical ones are found without reading them again. Both the user's
descriptions and version links are keyed by content: they survive a file that leaves and comes
back, and a new reading. `excluded` holds the files that the user removed from the index and that
stay on the disk: neither their path nor their content comes back by itself.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from assistant.errors import IndexCorruptError

SCHEMA_VERSION = 4

_DOCUMENTS = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    title TEXT NOT NULL,
    publisher TEXT,
    kind TEXT NOT NULL,
    region TEXT,
    date TEXT,
    page_count INTEGER NOT NULL,
    warnings TEXT NOT NULL,
    reader_version INTEGER NOT NULL,
    read_at REAL NOT NULL,
    version TEXT,
    unit TEXT NOT NULL DEFAULT 'page'
);
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    root TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    document_id TEXT REFERENCES documents (id),
    reason TEXT,
    reason_code TEXT,
    reader_version INTEGER NOT NULL
);
CREATE INDEX files_by_document ON files (document_id);
CREATE TABLE pages (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    label TEXT NOT NULL,
    width REAL NOT NULL,
    height REAL NOT NULL,
    status TEXT NOT NULL,
    text TEXT NOT NULL,
    words BLOB NOT NULL,
    warnings TEXT NOT NULL,
    confidence REAL,
    PRIMARY KEY (document_id, number)
);
CREATE TABLE passages (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    section TEXT NOT NULL,
    blocks TEXT NOT NULL
);
CREATE INDEX passages_by_document ON passages (document_id, position);
-- Vectors computed since the last generation: a killed ingestion resumes where it stopped.
CREATE TABLE pending_vectors (
    model TEXT NOT NULL,
    text_hash BLOB NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (model, text_hash)
) WITHOUT ROWID;
"""

_ABOUT_DOCUMENTS = """
CREATE TABLE described (
    document_id TEXT NOT NULL,
    origin TEXT NOT NULL,
    title TEXT,
    publisher TEXT,
    kind TEXT,
    region TEXT,
    date TEXT,
    version TEXT,
    PRIMARY KEY (document_id, origin)
) WITHOUT ROWID;
CREATE TABLE sketches (
    document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    shingles INTEGER NOT NULL,
    hashes BLOB NOT NULL
);
CREATE TABLE version_links (
    older TEXT NOT NULL,
    newer TEXT NOT NULL,
    origin TEXT NOT NULL,
    cut INTEGER NOT NULL DEFAULT 0,
    similarity REAL,
    PRIMARY KEY (older, newer)
) WITHOUT ROWID;
"""

_EXCLUDED = """
CREATE TABLE excluded (
    path TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    document_id TEXT NOT NULL
) WITHOUT ROWID;
"""

SCHEMA: Final = _DOCUMENTS + _ABOUT_DOCUMENTS + _EXCLUDED

MIGRATIONS: Final = {
    1: """
ALTER TABLE documents ADD COLUMN version TEXT;
ALTER TABLE documents ADD COLUMN unit TEXT NOT NULL DEFAULT 'page';
ALTER TABLE pages ADD COLUMN confidence REAL;
""",
    2: _ABOUT_DOCUMENTS,
    3: _EXCLUDED,
}
"""Statements that bring a schema to the next one, by the version they start from."""


def prepare(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    """Create the tables of a new file, or bring an older one up to date.

    Args:
        connection: an open connection, outside any transaction.
        path: the file, named in errors.
        create: whether an empty file may become a catalogue.

    Raises:
        IndexCorruptError: the file was written by a version this one does not know.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0 and create:
        with connection:
            connection.executescript(f"BEGIN;{SCHEMA}PRAGMA user_version={SCHEMA_VERSION};COMMIT;")
    elif version in MIGRATIONS:
        _migrate(connection, version)
    elif version > SCHEMA_VERSION:
        raise IndexCorruptError(
            f"L'index « {path} » a été écrit par une version plus récente du logiciel.",
            "Mettez le logiciel à jour, ou choisissez un autre dossier : --index NOUVEAU_DOSSIER.",
        )
    elif version != SCHEMA_VERSION:
        raise IndexCorruptError(
            f"L'index « {path} » a été construit par une autre version du logiciel.",
            "Reconstruisez-le : assistant ingerer DOSSIER --index NOUVEAU_DOSSIER.",
        )


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring an older schema up to date, one version at a time, each all or nothing."""
    while version in MIGRATIONS:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            # Another process may have done it while this one waited for its turn.
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found == version:
                for statement in filter(str.strip, MIGRATIONS[version].split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={version + 1}")
        version = max(version + 1, found)
