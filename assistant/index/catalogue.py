"""The catalogue: one SQLite file that holds the truth about documents, pages and passages.

FAISS and BM25 files are derived from it and live in generations. A document is a content
(hash), a file is a name for it: the same content under two names is read once. Documents
that no file names any more stay until no kept generation needs them, so that readers of an
older generation can still open their pages.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from assistant.errors import (
    DocumentNotFoundError,
    IndexCorruptError,
    PageNotFoundError,
    StorageError,
    no_index,
)
from assistant.index.codec import decode_blocks, decode_words
from assistant.index.descriptions import Origin, by_document, merge
from assistant.index.rows import DocumentRows, ExcludedFile, FileRow, PageRow, PassageRow
from assistant.index.schema import prepare
from assistant.model import Document, DocumentMetadata, Page, PageStatus, Passage, Word
from assistant.sqlite_file import Frozen, connect

__all__ = [
    "Catalogue",
    "DocumentRows",
    "ExcludedFile",
    "FileRow",
    "PageRow",
    "PassageRow",
    "unknown_document",
]

RECOVERY: Final = (
    "Arrêtez l’assistant, puis restaurez une sauvegarde\u00a0: assistant restaurer FICHIER "
    "--remplacer. Sans sauvegarde, déplacez ce fichier hors du dossier et relisez les documents"
    "\u00a0: assistant ingerer DOSSIER\u202f; ce qui avait été décrit ou retiré à la main sera à "
    "refaire."
)
"""What to do when the file is damaged."""


class Catalogue:
    """Access to `catalogue.sqlite`.

    Safe to share between threads: each thread gets its own connection, which is what
    SQLite asks for; WAL mode lets readers go on while an ingestion writes.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the catalogue.

        Raises:
            IndexMissingError: there is none and `create` is false.
            IndexCorruptError: the file is no catalogue, or of another schema.
            StorageError: the disk refuses.
        """
        if not create and not path.is_file():
            raise no_index(path.parent)
        self.path = path
        self._local = threading.local()
        with _storage_errors(path):
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._connection()
            prepare(connection, path, create=create)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if isinstance(connection, Frozen) and self._local.stamp != self._stamp():
            connection.close()
            connection = None
        if connection is None:
            self._local.stamp = self._stamp()
            connection = connect(self.path, timeout=30)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            self._local.connection = connection
        return connection

    def _stamp(self) -> tuple[int, int]:
        """What changes with the file."""
        try:
            status = self.path.stat()
        except OSError:
            return 0, 0
        return status.st_size, status.st_mtime_ns

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept together at the end, or not at all."""
        with _storage_errors(self.path):
            connection = self._connection()
            with connection:
                yield connection

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Rows of a query, with the errors of the disk told as ours."""
        with _storage_errors(self.path):
            return self._connection().execute(sql, parameters).fetchall()

    # Files

    def files(self) -> list[FileRow]:
        """Every file the catalogue knows, refused ones included, by name."""
        return [
            FileRow(**dict(row)) for row in self.rows("SELECT * FROM files ORDER BY name, path")
        ]

    def put_file(self, row: FileRow) -> None:
        """Remember a file whose content is already stored, or which was refused."""
        with self.transaction() as connection:
            _put_file(connection, row)

    def forget_files(self, paths: Iterable[str]) -> None:
        """Forget files that left the disk; their documents go at the next `purge`."""
        with self.transaction() as connection:
            connection.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in paths])

    # What the user removed

    def exclude(self, document_id: str) -> list[FileRow]:
        """Take a document out, and keep its files and its content from coming back.

        Its text stays until `purge`, then `scrub`; `scrub_due` says so meanwhile.

        Returns:
            The files that named it.
        """
        named = [row for row in self.files() if row.document_id == document_id]
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO excluded VALUES (?, ?, ?)",
                [(row.path, row.name, document_id) for row in named],
            )
            connection.execute("DELETE FROM files WHERE document_id = ?", (document_id,))
            connection.execute("DELETE FROM described WHERE document_id = ?", (document_id,))
            connection.execute(
                "DELETE FROM version_links WHERE ? IN (older, newer)", (document_id,)
            )
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('scrub', '1')")
        return named

    def exclude_file(self, path: str, name: str, document_id: str) -> None:
        """Keep one more file of an excluded content out."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO excluded VALUES (?, ?, ?)", (path, name, document_id)
            )
            connection.execute("DELETE FROM files WHERE path = ?", (path,))

    def excluded(self) -> list[ExcludedFile]:
        """Files that were taken out and stay on the disk, by name."""
        return [
            ExcludedFile(row["path"], row["name"], row["document_id"])
            for row in self.rows("SELECT * FROM excluded ORDER BY name, path")
        ]

    def readmit(self, *, path: str = "", document_id: str = "") -> int:
        """Let a file, or a content under all its names, come back; how many files that lets."""
        with self.transaction() as connection:
            return connection.execute(
                "DELETE FROM excluded WHERE path = ? OR document_id = ?", (path, document_id)
            ).rowcount

    def scrub_due(self) -> bool:
        """Whether text that must leave the disk may still be in free pages of the file."""
        return bool(self.rows("SELECT 1 FROM meta WHERE key = 'scrub'"))

    def scrub(self) -> None:
        """Write the file anew without what was deleted, and empty its log.

        A reader in the middle of a query keeps the log as it is: `scrub_due` then stays true.

        Raises:
            StorageError: the disk refuses, or has no room for a second copy.
        """
        with _storage_errors(self.path):
            connection = self._connection()
            connection.execute("VACUUM")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if not busy:
                with connection:
                    connection.execute("DELETE FROM meta WHERE key = 'scrub'")

    # Documents

    def has_document(self, document_id: str, reader_version: int) -> bool:
        """Whether this content was already read by this version of the reader."""
        return bool(
            self.rows(
                "SELECT 1 FROM documents WHERE id = ? AND reader_version = ?",
                (document_id, reader_version),
            )
        )

    def put_document(self, rows: DocumentRows, file: FileRow) -> None:
        """Store a document and the file that names it, in one transaction."""
        metadata = rows.metadata
        with self.transaction() as connection:
            # The document itself is replaced in place: files refer to it.
            for table in ("pages", "passages", "sketches"):
                connection.execute(
                    f"DELETE FROM {table} WHERE document_id = ?",  # noqa: S608 - our own names
                    (rows.document_id,),
                )
            connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, title = excluded.title,"
                " publisher = excluded.publisher, kind = excluded.kind, region = excluded.region,"
                " date = excluded.date, page_count = excluded.page_count,"
                " warnings = excluded.warnings, reader_version = excluded.reader_version,"
                " read_at = excluded.read_at, version = excluded.version, unit = excluded.unit",
                (
                    rows.document_id,
                    rows.sha256,
                    metadata.title,
                    metadata.publisher,
                    metadata.kind,
                    metadata.region,
                    metadata.date,
                    len(rows.pages),
                    json.dumps(rows.warnings, ensure_ascii=False),
                    file.reader_version,
                    time.time(),
                    metadata.version,
                    metadata.unit,
                ),
            )
            connection.executemany(
                "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        rows.document_id,
                        page.number,
                        page.label,
                        page.width,
                        page.height,
                        page.status,
                        page.text,
                        page.words,
                        json.dumps(page.warnings, ensure_ascii=False),
                        page.confidence,
                    )
                    for page in rows.pages
                ),
            )
            connection.executemany(
                "INSERT INTO passages (id, document_id, position, section, blocks)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    (
                        passage.id,
                        rows.document_id,
                        passage.position,
                        json.dumps(passage.section, ensure_ascii=False),
                        passage.blocks,
                    )
                    for passage in rows.passages
                ),
            )
            _put_file(connection, file)

    def documents(self, ids: Iterable[str] | None = None) -> dict[str, Document]:
        """Documents by identifier: those asked for, or all that a file still names."""
        statuses: dict[str, dict[str, int]] = {}
        for row in self.rows("SELECT document_id, status, COUNT(*) n FROM pages GROUP BY 1, 2"):
            statuses.setdefault(row["document_id"], {})[row["status"]] = row["n"]
        described = self.descriptions()
        confidences = {
            row["document_id"]: round(row["mean"], 3)
            for row in self.rows(
                "SELECT document_id, AVG(confidence) mean FROM pages"
                " WHERE confidence IS NOT NULL GROUP BY 1"
            )
        }
        wanted = None if ids is None else set(ids)
        found: dict[str, Document] = {}
        for row in self.rows(
            "SELECT d.*, f.name, f.path FROM documents d"
            " LEFT JOIN files f ON f.document_id = d.id ORDER BY f.name, f.path"
        ):
            if row["id"] in found or (
                row["path"] is None if wanted is None else row["id"] not in wanted
            ):
                continue
            said = described.get(row["id"], {})
            found[row["id"]] = Document(
                id=row["id"],
                file=row["name"] or row["title"],
                path=row["path"] or "",
                metadata=merge(_metadata(row), said.get("source", {}), said.get("user", {})),
                page_count=row["page_count"],
                status_counts=statuses.get(row["id"], {}),
                ocr_confidence=confidences.get(row["id"]),
            )
        return _linked(found, self.version_links())

    def version_links(self) -> list[tuple[str, str]]:
        """Pairs (older, newer) of versions that follow each other, cut ones left out."""
        return [
            (row["older"], row["newer"])
            for row in self.rows("SELECT older, newer FROM version_links WHERE NOT cut")
        ]

    def descriptions(self) -> dict[str, dict[Origin, dict[str, str]]]:
        """What the user and the list of sources say of documents, by document and origin."""
        return by_document(self.rows("SELECT * FROM described"))

    def document_summary(self, document_id: str) -> tuple[dict[str, int], int, tuple[str, ...]]:
        """Pages by status, number of passages and warnings of a stored document."""
        statuses = {
            row["status"]: row["n"]
            for row in self.rows(
                "SELECT status, COUNT(*) n FROM pages WHERE document_id = ? GROUP BY 1",
                (document_id,),
            )
        }
        passages = self.rows(
            "SELECT COUNT(*) n FROM passages WHERE document_id = ?", (document_id,)
        )[0]["n"]
        rows = self.rows("SELECT warnings FROM documents WHERE id = ?", (document_id,))
        return statuses, passages, tuple(json.loads(rows[0]["warnings"])) if rows else ()

    # Pages and passages

    def page(self, document_id: str, number: int, *, words: bool = True) -> Page:
        """A stored page with its word boxes, unless they are not wanted (no blocks).

        Raises:
            DocumentNotFoundError: unknown document.
            PageNotFoundError: the document has no such page.
        """
        rows = self.rows(
            "SELECT * FROM pages WHERE document_id = ? AND number = ?", (document_id, number)
        )
        if not rows:
            known = self.rows("SELECT page_count FROM documents WHERE id = ?", (document_id,))
            if not known:
                raise unknown_document(document_id)
            raise PageNotFoundError(
                f"Ce document n'a pas de page {number} : il en compte {known[0]['page_count']}.",
                "Demandez une page entre 1 et ce nombre.",
            )
        row = rows[0]
        return Page(
            number=row["number"],
            label=row["label"],
            width=row["width"],
            height=row["height"],
            status=PageStatus(row["status"]),
            text=row["text"],
            words=decode_words(row["words"]) if words else (),
            warnings=tuple(json.loads(row["warnings"])),
            confidence=row["confidence"],
        )

    def words(self, document_id: str, number: int, start: int, end: int) -> tuple[Word, ...]:
        """Words of a stored page that stand between two characters of its text.

        Args:
            document_id: the document.
            number: the page.
            start: first character.
            end: character after the last.
        """
        rows = self.rows(
            "SELECT words FROM pages WHERE document_id = ? AND number = ?", (document_id, number)
        )
        return decode_words(rows[0]["words"], (start, end)) if rows else ()

    def pages_with_status(self, status: PageStatus) -> dict[str, list[int]]:
        """Physical numbers of the pages that have a status, by document."""
        found: dict[str, list[int]] = {}
        for row in self.rows(
            "SELECT document_id, number FROM pages WHERE status = ? ORDER BY document_id, number",
            (status.value,),
        ):
            found.setdefault(row["document_id"], []).append(row["number"])
        return found

    def page_ledger(self, document_id: str) -> list[sqlite3.Row]:
        """Number, label, status, characters, warnings and confidence of each page, in order."""
        return self.rows(
            "SELECT number, label, status, LENGTH(text) characters, warnings, confidence FROM pages"
            " WHERE document_id = ? ORDER BY number",
            (document_id,),
        )

    def active_passages(self) -> Iterator[Passage]:
        """Passages of every document that a file names, in a stable order."""
        ids = [
            row["document_id"]
            for row in self.rows(
                "SELECT DISTINCT document_id FROM files WHERE document_id IS NOT NULL"
                " ORDER BY document_id"
            )
        ]
        for document_id in ids:
            yield from self.passages_of(document_id)

    def passages_of(self, document_id: str) -> Iterator[Passage]:
        """Passages of one document, in order."""
        for row in self.rows(
            "SELECT * FROM passages WHERE document_id = ? ORDER BY position", (document_id,)
        ):
            yield _passage(row)

    def passages_at(self, document_id: str, first: int, last: int) -> list[Passage]:
        """Passages of a document between two positions, both included, in order."""
        sql = (
            "SELECT * FROM passages WHERE document_id = ? AND position BETWEEN ? AND ?"
            " ORDER BY position"
        )
        return [_passage(row) for row in self.rows(sql, (document_id, first, last))]

    def passages_with(self, document_id: str, word: str) -> list[Passage]:
        """Passages of a document whose text holds a word, written alike, in order."""
        sql = (
            "SELECT * FROM passages WHERE document_id = ? AND instr(blocks, ?) > 0"
            " ORDER BY position"
        )
        return [_passage(row) for row in self.rows(sql, (document_id, word))]

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by identifier; one that no longer exists is absent from the result."""
        found: dict[str, Passage] = {}
        for start in range(0, len(ids), 500):  # SQLite's default limit is 999 parameters
            chunk = list(ids[start : start + 500])
            marks = ",".join("?" * len(chunk))
            # Only question marks are interpolated.
            sql = f"SELECT * FROM passages WHERE id IN ({marks})"  # noqa: S608
            for row in self.rows(sql, chunk):
                found[row["id"]] = _passage(row)
        return found

    # Vectors on their way to a generation

    def pending_vectors(self, model: str) -> dict[bytes, bytes]:
        """Vectors computed by an ingestion that did not finish, by text hash."""
        return {
            row["text_hash"]: row["vector"]
            for row in self.rows(
                "SELECT text_hash, vector FROM pending_vectors WHERE model = ?", (model,)
            )
        }

    def put_pending_vectors(self, model: str, vectors: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep vectors until their generation is published."""
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO pending_vectors VALUES (?, ?, ?)",
                ((model, text_hash, vector) for text_hash, vector in vectors),
            )

    def purge(self, kept_documents: Iterable[str]) -> None:
        """Drop pending vectors, and documents that neither a file nor a generation needs."""
        kept = [(document_id,) for document_id in kept_documents]
        with self.transaction() as connection:
            connection.execute("DELETE FROM pending_vectors")
            connection.execute("CREATE TEMP TABLE IF NOT EXISTS kept (id TEXT PRIMARY KEY)")
            connection.execute("DELETE FROM kept")
            connection.executemany("INSERT OR IGNORE INTO kept VALUES (?)", kept)
            connection.execute(
                "DELETE FROM documents WHERE id NOT IN (SELECT id FROM kept) AND id NOT IN"
                " (SELECT document_id FROM files WHERE document_id IS NOT NULL)"
            )


def unknown_document(document_id: str) -> DocumentNotFoundError:
    """The error for an identifier that names no document."""
    return DocumentNotFoundError(
        f"Aucun document ne porte l'identifiant « {document_id[:64]} ».",
        "Consultez la liste des documents : assistant corpus etat.",
    )


def _put_file(connection: sqlite3.Connection, row: FileRow) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.path,
            row.root,
            row.name,
            row.size,
            row.mtime_ns,
            row.document_id,
            row.reason,
            row.reason_code,
            row.reader_version,
        ),
    )


def _metadata(row: sqlite3.Row) -> DocumentMetadata:
    return DocumentMetadata(
        row["title"],
        row["publisher"],
        row["kind"],
        row["region"],
        row["date"],
        row["version"],
        row["unit"],
    )


def _linked(
    documents: dict[str, Document], links: Iterable[tuple[str, str]]
) -> dict[str, Document]:
    """Documents that know their neighbouring versions, when both are present."""
    for older, newer in links:
        if older in documents and newer in documents:
            documents[older] = replace(documents[older], superseded_by=newer)
            documents[newer] = replace(documents[newer], supersedes=older)
    return documents


def _passage(row: sqlite3.Row) -> Passage:
    return Passage(
        id=row["id"],
        document_id=row["document_id"],
        position=row["position"],
        section=tuple(json.loads(row["section"])),
        blocks=decode_blocks(row["blocks"]),
    )


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error)
        if "full" in text:
            raise StorageError(
                f"Le disque est plein : l'index « {path.parent} » n'a pas pu être écrit.",
                "Libérez de la place puis relancez ; l'index précédent reste utilisable.",
            ) from error
        if "not a database" in text or "malformed" in text:
            raise IndexCorruptError(
                f"Le catalogue « {path} » est endommagé.",
                RECOVERY,
            ) from error
        if isinstance(error, sqlite3.OperationalError):
            raise StorageError(
                f"L'index « {path.parent} » est inaccessible ({text}).",
                "Vérifiez les droits du dossier et la place disponible, puis relancez.",
            ) from error
        raise
