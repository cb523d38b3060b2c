"""Fiches in one SQLite file beside the index: kept with their history, searched, really deleted.

Every change is a revision. Somebody who edits names the revision that was read: the edit goes
through when its field has not changed since, whatever the other fields became, and is refused
with both texts otherwise. How the file itself is opened is in `assistant.sqlite_file`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Final

from assistant.access.cited import KeptBack, nothing
from assistant.audit import trail
from assistant.audit.model import Action
from assistant.fiches.asking import author_name, check_text
from assistant.fiches.editing import FieldEdit, apply_edit, field_of, kind_of, recomputed
from assistant.fiches.errors import (
    FicheStaleError,
    FicheStateError,
    InvalidEditError,
)
from assistant.fiches.history import (
    Comment,
    FieldChange,
    Revision,
    RevisionKind,
    changes_between,
    coalesced,
    content,
    parts_of,
    rebuilt,
)
from assistant.fiches.importing import read_json
from assistant.fiches.listing import FicheFilter, matching
from assistant.fiches.locking import apart, check_editable, conflict_of, put_back
from assistant.fiches.method import load_method
from assistant.fiches.model import STATE_LABELS, Fiche, FicheField, State
from assistant.fiches.records import FicheRecords, now_utc, row_of
from assistant.fiches.rereading import reread
from assistant.generation.rereading import GetPage
from assistant.settings import Settings

FILE: Final = "fiches.sqlite"

NEXT_STATES: Final[dict[State, tuple[State, ...]]] = {
    "brouillon": ("en_revue", "archivee"),
    "en_revue": ("validee", "brouillon", "archivee"),
    "validee": ("archivee", "brouillon"),
    "archivee": ("brouillon",),
}
"""Where a fiche may go from each state; going back to « brouillon » needs a comment."""

_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


class FicheStore(FicheRecords):
    """The fiches of one index. Safe to share between threads and processes.

    Every method raises `StorageError` when the disk refuses and `FichesUnreadableError` when the
    file is damaged.
    """

    # Reading

    def list(self, chosen: FicheFilter | None = None) -> list[Fiche]:
        """Fiches, the last changed first."""
        if not self.path.exists():
            return []
        chosen = chosen or FicheFilter()
        where, values = matching(chosen)
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT body FROM fiches f {where}"  # noqa: S608 - our own words
                " ORDER BY updated DESC, rowid DESC LIMIT ? OFFSET ?",
                (*values, -1 if chosen.limit is None else chosen.limit, chosen.offset),
            ).fetchall()
        return [self._fiche(row) for row in rows]

    def count(self, chosen: FicheFilter | None = None) -> int:
        """Number of fiches that `list` would give without a limit."""
        if not self.path.exists():
            return 0
        where, values = matching(chosen or FicheFilter())
        with self._reading() as connection:
            found = connection.execute(
                f"SELECT COUNT(*) FROM fiches f {where}",  # noqa: S608 - our own words
                values,
            ).fetchone()
        return int(found[0])

    def get(self, fiche_id: str) -> Fiche:
        """One fiche.

        Raises:
            FicheNotFoundError: unknown identifier.
        """
        self._exists()
        with self._reading() as connection:
            return self._fiche(row_of(connection, fiche_id))

    def at(self, fiche_id: str, revision: int) -> Fiche:
        """A fiche as it was.

        Raises:
            FicheNotFoundError: unknown identifier.
            RevisionNotFoundError: it has no such revision.
        """
        self._exists()
        with self._reading() as connection:
            return self._at(connection, self._fiche(row_of(connection, fiche_id)), revision)

    def history(self, fiche_id: str) -> Sequence[Revision]:
        """Every change of a fiche, the first one first; automatic saves in a row are told as one.

        Raises:
            FicheNotFoundError: unknown identifier.
        """
        self._exists()
        with self._reading() as connection:
            row_of(connection, fiche_id)
            rows = connection.execute(
                "SELECT * FROM revisions WHERE fiche_id = ? ORDER BY number", (fiche_id,)
            ).fetchall()
        return coalesced(
            Revision(
                number=row["number"],
                at=row["at"],
                author=row["author"],
                kind=row["kind"],
                comment=row["comment"],
                changes=self._changes(row["changes"]),
            )
            for row in rows
        )

    def diff(self, fiche_id: str, older: int, newer: int) -> Sequence[FieldChange]:
        """What changed from a revision to another.

        Raises:
            FicheNotFoundError: unknown identifier.
            RevisionNotFoundError: it has no such revision.
        """
        self._exists()
        with self._reading() as connection:
            current = self._fiche(row_of(connection, fiche_id))
            before, after = (self._at(connection, current, one) for one in (older, newer))
        return changes_between(before, after)

    def comments(self, fiche_id: str) -> Sequence[Comment]:
        """What was said of a fiche, the first one first.

        Raises:
            FicheNotFoundError: unknown identifier.
        """
        self._exists()
        with self._reading() as connection:
            row_of(connection, fiche_id)
            rows = connection.execute(
                "SELECT id, key, text, author, at, revision FROM comments WHERE fiche_id = ?"
                " ORDER BY id",
                (fiche_id,),
            ).fetchall()
        return [Comment(**dict(row)) for row in rows]

    # Writing

    def add(self, fiche: Fiche, author: str | None = None) -> Fiche:
        """Keep a new fiche; it gets its identifier and its first revision.

        Raises:
            InvalidEditError: the name of the author cannot be kept.
        """
        author = author_name(author)
        kept = fiche.model_copy(
            update={"id": str(uuid.uuid4()), "revision": 1, "author": author or fiche.author}
        )
        with self._writing() as connection:
            self._insert(connection, kept, author or fiche.author, "creation")
        return kept

    def set_field(
        self,
        fiche_id: str,
        key: str,
        new: FieldEdit,
        *,
        revision: int,
        author: str | None,
        own: int | None = None,
        automatic: bool = False,
    ) -> Fiche:
        """Change one field.

        Edits of different fields, or of different criteria, made from the same revision are all
        kept. The same words sent twice change nothing.

        Args:
            fiche_id: the fiche.
            key: the field.
            new: what changes.
            revision: the revision that the person had read.
            author: who.
            own: the revision in which the same person last saved this field from that reading.
                The edit, still told from `revision`, takes the place of what was saved then.
            automatic: whether it is saved before the person asks for it.

        Raises:
            FicheNotFoundError: no such fiche or field.
            RevisionNotFoundError: the fiche has no such revision.
            FicheLockedError: it is validated or archived.
            InvalidEditError: the edit does not fit the field.
            FicheConflictError: the field changed since; nothing is written.
        """
        author, now = author_name(author), now_utc()
        self._exists()
        with self._writing() as connection:
            current = self._fiche(row_of(connection, fiche_id))
            base = self._at(connection, current, revision)
            check_editable(current)
            read, present = field_of(base, key), field_of(current, key)
            left = read if own is None else field_of(self._at(connection, current, own), key)
            alone = self._untouched(left, present)
            if not (alone or apart(new, left, present)):
                mine = apply_edit(base, key, new, self.method, author=author, now=now)
                if content(mine.field(key)) == content(present):
                    return current
                raise conflict_of(current, read, mine.field(key))
            start = put_back(current, read) if alone and own is not None else current
            edited = apply_edit(start, key, new, self.method, author=author, now=now)
            kind: RevisionKind = "automatique" if automatic else "saisie"
            return self._commit(connection, current, edited, author, kind, now=now)

    def apply(
        self,
        fiche_id: str,
        new: Fiche,
        *,
        revision: int,
        author: str | None,
        kind: RevisionKind = "rafraichissement",
    ) -> tuple[Fiche, Sequence[str]]:
        """Put what was computed from a revision of a fiche into the fiche as it is now.

        Returns:
            The fiche, and the keys of what was left as it is because somebody changed it since.

        Raises:
            FicheNotFoundError: no such fiche.
            RevisionNotFoundError: the fiche has no such revision.
            FicheLockedError: it is validated or archived.
        """
        author, now = author_name(author), now_utc()
        self._exists()
        with self._writing() as connection:
            current = self._fiche(row_of(connection, fiche_id))
            check_editable(current)
            base = self._at(connection, current, revision)
            taken = {change.key for change in changes_between(base, current)}
            parts, left = parts_of(current), []
            for change in changes_between(base, new):
                if change.key == "@state":
                    continue
                if change.key in taken:
                    left.append(change.key)
                elif change.after is None:
                    parts.pop(change.key, None)
                else:
                    parts[change.key] = change.after
            merged = rebuilt(current, parts, revision=current.revision, updated=current.updated)
            merged = recomputed(merged, self.method)
            kinds = {one.key: kind_of(one, self.method) for one in merged.fields}
            left = [key for key in left if kinds.get(key) not in {"matrice", "sources"}]
            return self._commit(connection, current, merged, author, kind, now=now), left

    def move(
        self,
        fiche_id: str,
        state: State,
        author: str | None,
        *,
        comment: str = "",
        revision: int | None = None,
    ) -> Fiche:
        """Bring a fiche to another state of its life.

        Args:
            fiche_id: the fiche.
            state: where it goes.
            author: who decides.
            comment: why; needed to go back to « brouillon ».
            revision: the revision that was read: the decision is refused when it is not the last.

        Raises:
            FicheNotFoundError: no such fiche.
            FicheStateError: the fiche cannot go there, or not without a comment.
            FicheStaleError: the fiche changed since `revision`.
        """
        author, comment, now = author_name(author), comment.strip(), now_utc()
        self._exists()
        with self._writing() as connection:
            current = self._fiche(row_of(connection, fiche_id))
            if revision is not None and revision != current.revision:
                raise FicheStaleError(
                    f"La fiche a changé depuis la révision {revision} que vous avez lue.",
                    f"Relisez la révision {current.revision}, puis décidez de nouveau.",
                )
            if state == current.state:
                return current
            if state not in NEXT_STATES[current.state]:
                choices = ", ".join(
                    f"« {STATE_LABELS[one]} »" for one in NEXT_STATES[current.state]
                )
                raise FicheStateError(
                    f"Une fiche « {STATE_LABELS[current.state]} » ne passe pas à l’état "
                    f"« {STATE_LABELS[state]} ».",
                    f"Elle peut passer à\u00a0: {choices}.",
                )
            if state == "brouillon" and not comment:
                raise FicheStateError(
                    "Le retour au brouillon demande un commentaire.", "Dites ce qui est à revoir."
                )
            check_text(comment)
            moved = current.model_copy(update={"state": state})
            return self._commit(connection, current, moved, author, "etat", now=now, why=comment)

    def comment(self, fiche_id: str, key: str, text: str, author: str | None) -> Comment:
        """Say something of a field, or of the whole fiche with an empty key.

        Raises:
            FicheNotFoundError: no such fiche or field.
            InvalidEditError: the comment is empty or too long.
        """
        author, text, now = author_name(author), text.strip(), now_utc()
        if not text:
            raise InvalidEditError("Le commentaire est vide.", "Écrivez-le.")
        check_text(text)
        self._exists()
        with self._writing() as connection:
            current = self._fiche(row_of(connection, fiche_id))
            if key:
                field_of(current, key)
            made = connection.execute(
                "INSERT INTO comments (fiche_id, key, text, author, at, revision)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (fiche_id, key, text, author, now.isoformat(), current.revision),
            ).lastrowid
        trail.note(Action.FICHE, [fiche_id], details={"genre": "commentaire"})
        return Comment(
            id=made or 0, key=key, text=text, author=author, at=now, revision=current.revision
        )

    def delete(self, fiche_id: str) -> None:
        """Delete a fiche, its history and its comments, for good.

        Raises:
            FicheNotFoundError: unknown identifier.
        """
        self._exists()
        with self._writing() as connection:
            row_of(connection, fiche_id)
            connection.execute("DELETE FROM main.fiches WHERE id = ?", (fiche_id,))
        trail.note(Action.FICHE_DELETED, [fiche_id])
        self._empty_log()

    def import_json(self, raw: bytes, author: str | None = None, *, get_page: GetPage) -> Fiche:
        """Keep a fiche exported as JSON, its proofs read again (`reread`).

        Exactly as it was written when all of them stand in this corpus. It keeps its identifier
        when it is free; when another content has it, the fiche comes in as another one. A fiche
        that is already there as it is stays alone.

        Args:
            raw: the file.
            author: who brings it.
            get_page: gives the stored pages of this corpus.

        Raises:
            InvalidFicheError: it is no fiche, or one of another version of the format.
            InvalidEditError: the name of the author cannot be kept.
        """
        author = author_name(author)
        fiche = reread(read_json(raw), get_page, self.method)
        with self._writing() as connection:
            row = connection.execute("SELECT body FROM fiches WHERE id = ?", (fiche.id,)).fetchone()
            if row is not None and self._fiche(row) == fiche:
                return fiche
            # One that the person may not see has its identifier all the same.
            taken = connection.execute("SELECT 1 FROM main.fiches WHERE id = ?", (fiche.id,))
            if taken.fetchone() is not None or not _ID.fullmatch(fiche.id):
                fiche = fiche.model_copy(update={"id": str(uuid.uuid4())})
            self._insert(connection, fiche, author, "import")
        return fiche

    def _untouched(self, read: FicheField, present: FicheField) -> bool:
        """Whether nobody changed a field; the list of the sources is made again at each edit."""
        if kind_of(present, self.method) != "sources":
            return content(read) == content(present)
        typed = [
            [one for one in field.statements if one.origin == "saisie"] for field in (read, present)
        ]
        return typed[0] == typed[1]


def open_store(settings: Settings, unseen: KeptBack = nothing) -> FicheStore | None:
    """The fiches of an index; `None` when the settings keep none.

    `unseen` gives the documents kept from the person served; see `FicheRecords`.

    Raises:
        MethodError: the grid of the settings is not valid.
    """
    if not settings.fiches:
        return None
    return FicheStore(settings.index_dir / FILE, load_method(settings.fiche_method), unseen=unseen)
