"""Recording what is said of a document from elsewhere than its reading.

Descriptions are keyed by content, apart from what is read: a new reading keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping

from assistant.index.catalogue import Catalogue
from assistant.index.descriptions import FIELDS, Description


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
    before = {} if clear else catalogue.descriptions().get(document_id, {}).get("user", {})
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
