"""The answers that readers judged, and these only: what an evaluator may learn from.

They are read whoever gave them, and say nothing of who that was.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from assistant.conversations.models import Verdict
from assistant.conversations.store import FILE, ConversationStore
from assistant.model import Answer
from assistant.settings import Settings


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reader said of an answer, and the answer as it was shown."""

    verdict: Verdict
    comment: str
    at: datetime
    answer: Answer


class OpinionReader(ConversationStore):
    """Reads opinions from the file of the conversations; exchanges without one stay unread."""

    def opinions(self, visible: Collection[str] | None = None) -> list[Opinion]:
        """Opinions, the latest first.

        Args:
            visible: documents that whoever reads may see; an answer that names another one is
                left out. `None` when they may see them all.

        Raises:
            StorageError: the disk refuses.
            ConversationsUnreadableError: the file is damaged.
        """
        if not self.path.exists():
            return []
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT f.verdict, f.comment, f.at, t.answer FROM feedback f JOIN turns t"
                " ON t.conversation_id = f.conversation_id AND t.number = f.number"
                " ORDER BY f.at DESC"
            ).fetchall()
        try:
            found = [
                Opinion(
                    row["verdict"],
                    row["comment"],
                    datetime.fromtimestamp(row["at"], UTC),
                    Answer.model_validate_json(row["answer"]),
                )
                for row in rows
            ]
        except ValidationError as error:
            raise self._damaged() from error
        if visible is None:
            return found
        return [one for one in found if documents_of(one.answer.model_dump()) <= set(visible)]


def documents_of(value: Any) -> set[str]:
    """Identifiers of the documents that an answer, dumped, names anywhere."""
    if isinstance(value, dict):
        named = value.get("document_id")
        found = {named} if isinstance(named, str) else set()
        return found.union(*(documents_of(one) for one in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(documents_of(one) for one in value))
    return set()


def open_opinions(settings: Settings) -> OpinionReader | None:
    """The opinions kept over an index; `None` when no conversation is kept."""
    return OpinionReader(settings.index_dir / FILE) if settings.conversations else None
