"""What is known of a document from elsewhere than its reading, and which value wins.

A description of the user wins over the list of public sources, which wins over what the
reader guessed. Both are keyed by content, apart from what is read: a new reading keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from assistant.model import DocumentMetadata

if TYPE_CHECKING:
    from assistant.index.catalogue import Catalogue

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


def descriptions(catalogue: Catalogue) -> dict[str, dict[Origin, dict[str, str]]]:
    """Every description, by document and origin; fields nobody described are absent."""
    found: dict[str, dict[Origin, dict[str, str]]] = {}
    for row in catalogue.rows("SELECT * FROM described"):
        found.setdefault(row["document_id"], {})[row["origin"]] = {
            field: row[field] for field in FIELDS if row[field] is not None
        }
    return found


def describe(
    catalogue: Catalogue, document_id: str, changes: Description, *, clear: bool = False
) -> dict[str, str]:
    """Record what the user says of a document, whatever file names it.

    Args:
        catalogue: where it is kept.
        document_id: the document.
        changes: values by field; an empty one says that there is none.
        clear: forget what was said before.

    Returns:
        All that the user now says of this document.
    """
    before = {} if clear else descriptions(catalogue).get(document_id, {}).get("user", {})
    after = {**before, **changes}
    with catalogue.transaction() as connection:
        connection.execute(
            "DELETE FROM described WHERE document_id = ? AND origin = 'user'", (document_id,)
        )
        if after:
            connection.execute(
                "INSERT INTO described VALUES (?, 'user', ?, ?, ?, ?, ?, ?)",
                (document_id, *(after.get(field) for field in FIELDS)),
            )
    return after


def replace_sources(catalogue: Catalogue, known: Mapping[str, Description]) -> None:
    """Replace all that the list of public sources says, by document."""
    with catalogue.transaction() as connection:
        connection.execute("DELETE FROM described WHERE origin = 'source'")
        connection.executemany(
            "INSERT INTO described VALUES (?, 'source', ?, ?, ?, ?, ?, ?)",
            (
                (document_id, *(description.get(field) for field in FIELDS))
                for document_id, description in known.items()
            ),
        )
