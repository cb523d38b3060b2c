"""Documents that are not for everyone: rules kept beside the index, and who they let through.

A rule names files, folders or contents, and the groups that may see them. A document that
several rules name is visible only to who satisfies each of them, and a content known under
several names is restricted as soon as one of these names is. What cannot be told is hidden: a
document no file names any more is shown to nobody but those who see everything, once a rule
exists.
"""

from __future__ import annotations

import json
import os
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from assistant.access.schema import FILE, AccessFile
from assistant.audit import trail
from assistant.audit.model import Action
from assistant.errors import AssistantError

MAX_GROUP: Final = 80
"""Characters of the name of a group."""


class InvalidRestrictionError(AssistantError):
    """A rule names no group, or a group that cannot be one."""

    code = "restriction_invalide"


class UnknownRestrictionError(AssistantError):
    """No rule restricts this."""

    code = "restriction_inconnue"


class TargetKind(StrEnum):
    """What a rule names."""

    FILE = "fichier"
    FOLDER = "dossier"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Restriction:
    """One rule.

    Attributes:
        kind: what `target` is.
        target: absolute path of a file or of a folder, or identifier of a document.
        groups: any of them may see what the rule names.
        paths: for a document, where its content stood when the rule was made: what replaces it
            there is restricted too.
        added: when, in UTC.
    """

    kind: TargetKind
    target: str
    groups: frozenset[str]
    paths: tuple[str, ...] = ()
    added: datetime | None = None

    def names(self, document_id: str, paths: Collection[str]) -> bool:
        """Whether the rule is about a document, known by these comparable paths."""
        if self.kind is TargetKind.FOLDER:
            folder = comparable(self.target).rstrip("/") + "/"
            return any(path.startswith(folder) for path in paths)
        if self.kind is TargetKind.FILE:
            return comparable(self.target) in paths
        return self.target == document_id or any(comparable(one) in paths for one in self.paths)


class RestrictionStore(AccessFile):
    """The rules of one index. Safe to share between threads and processes."""

    def __init__(self, index_dir: Path) -> None:
        """Bind to an index; its file may not exist."""
        super().__init__(index_dir / FILE)

    def list(self) -> Sequence[Restriction]:
        """Every rule, by target.

        Raises:
            AccessFileError: the file is damaged.
            StorageError: the disk refuses.
        """
        if not self.path.exists():
            return ()
        with self._reading() as connection:
            rows = connection.execute("SELECT * FROM restrictions ORDER BY target").fetchall()
        return tuple(_rule(row) for row in rows)

    def put(
        self, kind: TargetKind, target: str, groups: Iterable[str], paths: Iterable[str] = ()
    ) -> Restriction:
        """Restrict something to groups, which replace those it was restricted to.

        Raises:
            InvalidRestrictionError: no group, or one that cannot be.
            AccessFileError: the file is damaged.
            StorageError: the disk refuses.
        """
        made = Restriction(
            kind, target, group_names(groups), tuple(sorted(paths)), datetime.now(UTC)
        )
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO restrictions VALUES (?, ?, ?, ?, ?)",
                (
                    made.kind.value,
                    made.target,
                    json.dumps(sorted(made.groups), ensure_ascii=False),
                    json.dumps(made.paths, ensure_ascii=False),
                    made.added.isoformat() if made.added else "",
                ),
            )
        trail.note(
            Action.RESTRICTION,
            [made.target],
            details={"genre": made.kind.value, "groupes": ", ".join(sorted(made.groups))},
        )
        return made

    def remove(self, kind: TargetKind, target: str) -> None:
        """Open to everyone what a rule named.

        Raises:
            UnknownRestrictionError: there is no such rule.
            AccessFileError: the file is damaged.
            StorageError: the disk refuses.
        """
        with self._writing() as connection:
            gone = connection.execute(
                "DELETE FROM restrictions WHERE kind = ? AND target = ?", (kind.value, target)
            ).rowcount
        if not gone:
            raise UnknownRestrictionError(
                f"Aucune restriction ne porte sur « {target} ».",
                "Consultez-les : assistant acces lister.",
            )
        trail.note(Action.RESTRICTION, [target], outcome="levee", details={"genre": kind.value})

    def known_files(self) -> set[tuple[str, str, str]]:
        """Identifier, path and name of every document met since there are rules.

        Raises:
            AccessFileError: the file is damaged.
            StorageError: the disk refuses.
        """
        with self._reading() as connection:
            return {tuple(row) for row in connection.execute("SELECT * FROM known_files")}

    def remember(self, files: Iterable[tuple[str, str, str]]) -> None:
        """Keep where documents were, for when they have left the corpus and are still quoted.

        Raises:
            AccessFileError: the file is damaged.
            StorageError: the disk refuses.
        """
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO known_files VALUES (?, ?, ?)", files)

    def stamp(self) -> tuple[int, ...]:
        """What changes whenever the file may have: two `stat`."""
        return file_stamp(self.path)


def hidden(
    documents: Mapping[str, Collection[str]],
    rules: Iterable[Restriction],
    groups: frozenset[str],
) -> frozenset[str]:
    """Documents that somebody of these groups may not see.

    Args:
        documents: identifier → every path the content is, or was lately, known by.
        rules: all of them.
        groups: of the person; empty for somebody of no group.
    """
    kept_back = closed(rules, groups)
    known = {key: {comparable(path) for path in paths} for key, paths in documents.items()}
    return frozenset(
        key
        for key, paths in known.items()
        # Nobody can tell whether a content that has no path was restricted.
        if (kept_back and not paths) or any(rule.names(key, paths) for rule in kept_back)
    )


def closed(rules: Iterable[Restriction], groups: frozenset[str]) -> Sequence[Restriction]:
    """Rules that somebody of these groups does not satisfy."""
    own = frozenset(unicodedata.normalize("NFC", one) for one in groups)
    return [rule for rule in rules if not rule.groups & own]


@lru_cache(maxsize=65_536)
def comparable(path: str) -> str:
    """A path as rules compare them: one spelling for what the system holds to be one file.

    Accents may be written in two ways, and some systems do not tell capitals apart.
    """
    return unicodedata.normalize("NFC", os.path.normcase(path)).replace("\\", "/")


def group_names(groups: Iterable[str]) -> frozenset[str]:
    """Names of groups, checked.

    Raises:
        InvalidRestrictionError: none, or one that is empty, too long or not printable.
    """
    names = frozenset(unicodedata.normalize("NFC", one.strip()) for one in groups)
    if not names:
        raise InvalidRestrictionError(
            "Aucun groupe n’est donné : personne ne verrait ce document.",
            "Nommez au moins un groupe : --groupe GROUPE.",
        )
    for name in names:
        if not name or len(name) > MAX_GROUP or not name.isprintable():
            raise InvalidRestrictionError(
                f"« {name[:MAX_GROUP]} » n’est pas un nom de groupe.",
                f"Un nom de groupe tient sur une ligne de {MAX_GROUP} caractères au plus.",
            )
    return names


def file_stamp(path: Path) -> tuple[int, ...]:
    """Sizes and times of a SQLite file and of its log; zeros for what is absent."""
    said: list[int] = []
    for one in (path, path.with_name(f"{path.name}-wal")):
        try:
            status = one.stat()
            said += (status.st_ino, status.st_size, status.st_mtime_ns)
        except OSError:
            said += (0, 0, 0)
    return tuple(said)


def _rule(row: sqlite3.Row) -> Restriction:
    return Restriction(
        TargetKind(row["kind"]),
        row["target"],
        frozenset(json.loads(row["seen_groups"])),
        tuple(json.loads(row["paths"])),
        datetime.fromisoformat(row["added"]),
    )
