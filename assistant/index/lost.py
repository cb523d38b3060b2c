"""A catalogue that cannot be read any more, and what stands for it meanwhile.

The file is left as it is: it may be the last trace of what people described or took out by hand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import IndexCorruptError
from assistant.index.catalogue import RECOVERY, Catalogue
from assistant.index.generations import published_ids


class LostCatalogue(Catalogue):
    """What stands for a catalogue that cannot be read: it holds nothing and keeps nothing."""

    def __init__(self, path: Path, error: IndexCorruptError) -> None:
        """Bind to a file that is not opened, and to what was wrong with it."""
        self.path = path
        self.error = error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Refuse.

        Raises:
            IndexCorruptError: always.
        """
        raise self.error
        yield

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Nothing."""
        return []


def check_present(path: Path) -> None:
    """Refuse to begin a catalogue where one was lost: documents would leave without a word.

    Raises:
        IndexCorruptError: it is absent or empty, and a generation was published.
    """
    if not (path.is_file() and path.stat().st_size) and published_ids(path.parent):
        raise IndexCorruptError(f"Le catalogue « {path} » a disparu.", RECOVERY)
