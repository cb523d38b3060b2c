"""Which documents somebody may not see, kept up to date at the cost of a few `stat` a question."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Sequence
from pathlib import Path

from assistant.access.cited import Unseen
from assistant.access.restrictions import (
    Restriction,
    RestrictionStore,
    closed,
    file_stamp,
    hidden,
)
from assistant.errors import AssistantError, StorageError
from assistant.index.catalogue import Catalogue

_REMEMBERED = 256
"""Decisions kept: one for each set of groups and generation."""


class Visibility:
    """The restrictions of one index, as they are now. Safe to share between threads."""

    def __init__(self, index_dir: Path, catalogue: Catalogue) -> None:
        """Bind to an index; nothing is read as long as nothing is restricted."""
        self._store = RestrictionStore(index_dir)
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, ...], tuple[int, ...]] | None = None
        self._rules: Sequence[Restriction] = ()
        self._paths: dict[str, frozenset[str]] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._decided: dict[tuple[frozenset[str], frozenset[str]], frozenset[str]] = {}

    def note(self) -> None:
        """Remember where the documents served now are; to be called for each new generation."""
        # Whoever sees everything needs none of it: what is wrong is told to the others.
        with contextlib.suppress(AssistantError), self._lock:
            if self._store.path.exists():
                self._refresh()

    def hidden(self, documents: Collection[str], groups: frozenset[str]) -> frozenset[str]:
        """Those of these documents that somebody of these groups may not see.

        Raises:
            AccessFileError: the rules cannot be read: nobody can tell what is restricted.
            StorageError: the disk refuses.
        """
        if not self._store.path.exists():
            return frozenset()
        with self._lock:
            self._refresh()
            if not closed(self._rules, groups):
                return frozenset()
            return self._hidden(frozenset(documents), groups)

    def unseen(self, groups: frozenset[str]) -> Unseen:
        """All that somebody of these groups may not see, what left the corpus included.

        Raises:
            As `hidden`.
        """
        if not self._store.path.exists():
            return Unseen()
        with self._lock:
            self._refresh()
            if not closed(self._rules, groups):
                return Unseen()
            found = self._hidden(frozenset(self._paths), groups)
            return Unseen(found, frozenset().union(*(self._names[one] for one in found)))

    def _hidden(self, documents: frozenset[str], groups: frozenset[str]) -> frozenset[str]:
        key = (documents, groups)
        found = self._decided.get(key)
        if found is None:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            known = {one: self._paths.get(one, frozenset()) for one in documents}
            found = self._decided[key] = hidden(known, self._rules, groups)
        return found

    def _refresh(self) -> None:
        """Read the rules and the names of the files again if either may have changed."""
        # Taken first: what is written meanwhile is read the next time.
        read = (self._store.stamp(), file_stamp(self._catalogue.path))
        if read == self._read:
            return
        rules = self._store.list()
        paths, names = self._places() if rules else ({}, {})
        if rules != self._rules or paths != self._paths:
            self._decided.clear()
        self._rules, self._paths, self._names, self._read = rules, paths, names, read

    def _places(self) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
        """Paths and names of each document.

        One that no file holds any more has those it had: it stays as restricted as it was, until
        the next generation and in what quotes it.
        """
        present = {
            (row.document_id, row.path, row.name)
            for row in self._catalogue.files()
            if row.document_id
        }
        known = self._store.known_files()
        if present - known:
            # An index that cannot be written cannot lose a document either.
            with contextlib.suppress(StorageError):
                self._store.remember(present - known)
        here = {one[0] for one in present}
        paths: dict[str, set[str]] = {}
        names: dict[str, set[str]] = {}
        for document_id, path, name in present | {one for one in known if one[0] not in here}:
            paths.setdefault(document_id, set()).add(path)
            names.setdefault(document_id, set()).add(name)
        return (
            {key: frozenset(found) for key, found in paths.items()},
            {key: frozenset(found) for key, found in names.items()},
        )
