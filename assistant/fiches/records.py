"""The rows of the fiches: read, written as revisions, rebuilt as they were."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from assistant.fiches.errors import (
    FicheNotFoundError,
    FichesUnreadableError,
    RevisionNotFoundError,
)
from assistant.fiches.history import (
    FieldChange,
    RevisionKind,
    changes_between,
    parts_of,
    rebuilt,
    undone,
)
from assistant.fiches.listing import columns
from assistant.fiches.method import Method, load_method
from assistant.fiches.model import Fiche
from assistant.fiches.schema import MIGRATIONS
from assistant.language.normalise import squash
from assistant.sqlite_file import SqliteFile

_CHANGES: Final = TypeAdapter(list[FieldChange])


class FicheRecords(SqliteFile):
    """Access to the rows of one file of fiches."""

    migrations = MIGRATIONS
    refusal = "Les fiches ne peuvent pas être enregistrées ou lues"
    unreadable = FichesUnreadableError
    subject = "Le fichier des fiches"
    consequence = "Les réponses n’en dépendent pas\u00a0; les fiches exportées se réimportent."

    def __init__(self, path: Path, method: Method | None = None) -> None:
        """Bind to a file, created at the first need.

        Args:
            path: the SQLite file.
            method: the grid in service; the one that comes with the software when `None`.
        """
        super().__init__(path)
        self.method = method or load_method()

    def _exists(self) -> None:
        if not self.path.exists():
            raise _unknown()

    def _fiche(self, row: sqlite3.Row) -> Fiche:
        try:
            return Fiche.model_validate_json(row["body"])
        except ValidationError as error:
            raise self._damaged() from error

    def _changes(self, raw: str) -> Sequence[FieldChange]:
        try:
            return _CHANGES.validate_json(raw)
        except ValidationError as error:
            raise self._damaged() from error

    def _at(self, connection: sqlite3.Connection, current: Fiche, revision: int) -> Fiche:
        """A former revision: the present one, its changes undone."""
        if revision == current.revision:
            return current
        rows = connection.execute(
            "SELECT number, updated, changes FROM revisions"
            " WHERE fiche_id = ? AND number >= ? ORDER BY number DESC",
            (current.id, revision),
        ).fetchall()
        if not rows or rows[-1]["number"] != revision:
            raise RevisionNotFoundError(
                f"Cette fiche n’a pas de révision {revision}.",
                "Consultez son historique.",
            )
        parts = parts_of(current)
        for row in rows[:-1]:
            parts = undone(parts, self._changes(row["changes"]))
        updated = datetime.fromisoformat(rows[-1]["updated"])
        return rebuilt(current, parts, revision=revision, updated=updated)

    def _commit(
        self,
        connection: sqlite3.Connection,
        before: Fiche,
        after: Fiche,
        author: str | None,
        kind: RevisionKind,
        *,
        now: datetime,
        why: str = "",
    ) -> Fiche:
        """Write a change as a revision; nothing when there is none."""
        changes = changes_between(before, after)
        if not changes:
            return before
        kept = after.model_copy(update={"revision": before.revision + 1, "updated": now})
        connection.execute(
            "UPDATE fiches SET revision = ?, state = ?, updated = ?, axis = ?, functions = ?,"
            " deadline = ?, searched = ?, body = ? WHERE id = ?",
            (*columns(kept, self.method), kept.id),
        )
        _write_revision(connection, kept, author, kind, now, changes, why)
        return kept

    def _insert(
        self, connection: sqlite3.Connection, fiche: Fiche, author: str | None, kind: RevisionKind
    ) -> None:
        connection.execute(
            "INSERT INTO fiches (revision, state, updated, axis, functions, deadline, searched,"
            " body, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*columns(fiche, self.method), fiche.id),
        )
        _write_revision(connection, fiche, author, kind, now_utc(), [], "")


def now_utc() -> datetime:
    """The current time."""
    return datetime.now(UTC)


def _write_revision(
    connection: sqlite3.Connection,
    fiche: Fiche,
    author: str | None,
    kind: RevisionKind,
    now: datetime,
    changes: Sequence[FieldChange],
    why: str,
) -> None:
    connection.execute(
        "INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            fiche.id,
            fiche.revision,
            now.isoformat(),
            fiche.updated.isoformat(),
            author,
            squash(author or ""),
            kind,
            why,
            _CHANGES.dump_json(list(changes)).decode(),
        ),
    )


def row_of(connection: sqlite3.Connection, fiche_id: str) -> sqlite3.Row:
    """The row of a fiche.

    Raises:
        FicheNotFoundError: unknown identifier.
    """
    row: sqlite3.Row | None = connection.execute(
        "SELECT body FROM fiches WHERE id = ?", (fiche_id,)
    ).fetchone()
    if row is None:
        raise _unknown()
    return row


def _unknown() -> FicheNotFoundError:
    return FicheNotFoundError(
        "Cette fiche n’existe pas, ou a été supprimée.", "Consultez la liste des fiches."
    )
