"""The rows of the fiches: read, written as revisions, rebuilt as they were."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from assistant.access.cited import KeptBack, cited, nothing
from assistant.audit import trail
from assistant.audit.model import Action
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

    def __init__(
        self, path: Path, method: Method | None = None, *, unseen: KeptBack = nothing
    ) -> None:
        """Bind to a file, created at the first need.

        Args:
            path: the SQLite file.
            method: the grid in service; the one that comes with the software when `None`.
            unseen: documents kept from the person served: a fiche that quotes one, now or in its
                history, does not exist for them.
        """
        super().__init__(path)
        self.method = method or load_method()
        self._unseen = unseen

    def _connect(self) -> sqlite3.Connection:
        """Open the file, up to date, as the person served may see it."""
        connection = super()._connect()
        unseen = self._unseen()
        if unseen:
            try:
                _restrict(connection, unseen.documents)
            except BaseException:
                connection.close()
                raise
        return connection

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
            "UPDATE main.fiches SET revision = ?, state = ?, updated = ?, axis = ?, functions = ?,"
            " deadline = ?, searched = ?, body = ? WHERE id = ?",
            (*columns(kept, self.method), kept.id),
        )
        _write_revision(connection, kept, author, kind, now, changes, why)
        trail.note(Action.FICHE, [kept.id], details={"genre": kind, "revision": kept.revision})
        return kept

    def _insert(
        self, connection: sqlite3.Connection, fiche: Fiche, author: str | None, kind: RevisionKind
    ) -> None:
        connection.execute(
            "INSERT INTO main.fiches (revision, state, updated, axis, functions, deadline,"
            " searched, body, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*columns(fiche, self.method), fiche.id),
        )
        _write_revision(connection, fiche, author, kind, now_utc(), [], "")
        trail.note(Action.FICHE, [fiche.id], details={"genre": kind, "revision": fiche.revision})


def _restrict(connection: sqlite3.Connection, unseen: frozenset[str]) -> None:
    """Put before the tables what somebody may see of them, under the same names.

    Every query then answers as if the other fiches did not exist; those that are listed as alike
    in a fiche that stays are left out of it too. Writing names the tables themselves.
    """
    quoted = dict[str, frozenset[str]]()
    for row in connection.execute(
        "SELECT id, body AS said FROM main.fiches"
        " UNION ALL SELECT fiche_id AS id, changes AS said FROM main.revisions"
    ):
        quoted[row["id"]] = quoted.get(row["id"], frozenset()) | cited(row["said"])
    known = {key for key, documents in quoted.items() if not documents & unseen}

    def masked(said: str) -> str:
        found = json.loads(said)
        if isinstance(found, dict):
            found["similar"] = _known_only(found.get("similar", []), known)
        for change in found if isinstance(found, list) else ():
            if change.get("key") == "@similar":
                for side in ("before", "after"):
                    change[side] = _known_only(change.get(side), known)
        return json.dumps(found, ensure_ascii=False)

    connection.create_function("is_known", 1, lambda fiche_id: fiche_id in known)
    connection.create_function("masked", 1, masked)
    connection.execute(
        "CREATE TEMP VIEW fiches AS SELECT rowid, id, revision, state, updated, axis, functions,"
        " deadline, searched, masked(body) AS body FROM main.fiches WHERE is_known(id)"
    )
    connection.execute(
        "CREATE TEMP VIEW revisions AS SELECT fiche_id, number, at, updated, author,"
        " author_searched, kind, comment, masked(changes) AS changes FROM main.revisions"
        " WHERE is_known(fiche_id)"
    )


def _known_only(similar: Any, known: Collection[str]) -> Any:
    """Fiches that look alike, those that are known."""
    if not isinstance(similar, list):
        return similar
    return [one for one in similar if one.get("id") in known]


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
        "INSERT INTO main.revisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
