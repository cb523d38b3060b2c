"""The answers that readers judged, and these only: what an evaluator may learn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

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

    def opinions(self) -> list[Opinion]:
        """All opinions, the latest first.

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
            return [
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


def open_opinions(settings: Settings) -> OpinionReader | None:
    """The opinions kept over an index; `None` when no conversation is kept."""
    return OpinionReader(settings.index_dir / FILE) if settings.conversations else None
