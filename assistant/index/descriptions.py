"""What is said of a document from elsewhere than its reading, and which value wins.

A description of the user wins over the list of public sources, which wins over what the
reader guessed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, Literal

from assistant.model import DocumentMetadata

Origin = Literal["source", "user"]
FIELDS: Final = ("title", "publisher", "kind", "region", "date", "version")

Description = Mapping[str, str]
"""Values by field of `FIELDS`; an empty value says that there is none (« no region »)."""


def merge(guess: DocumentMetadata, source: Description, user: Description) -> DocumentMetadata:
    """Metadata to show: the user's word, else the list's, else the reader's guess."""
    # The list gives the year alone where a document often prints its day.
    if guess.date and "date" in source and guess.date.startswith(source["date"]):
        source = {**source, "date": guess.date}
    changes: dict[str, str | None] = {
        field: value or None for field, value in {**source, **user}.items()
    }
    for field in ("title", "kind"):  # a document always has these two
        if field in changes and changes[field] is None:
            del changes[field]
    return replace(guess, **changes) if changes else guess  # type: ignore[arg-type]


def by_document(rows: Iterable[sqlite3.Row]) -> dict[str, dict[Origin, dict[str, str]]]:
    """Descriptions stored in the table `described`; fields nobody described are absent."""
    found: dict[str, dict[Origin, dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row["document_id"], {})[row["origin"]] = {
            field: row[field] for field in FIELDS if row[field] is not None
        }
    return found
