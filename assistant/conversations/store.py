"""Conversations in one SQLite file beside the index: kept, searched, really deleted.

A conversation belongs to whoever opened it. A store serves one owner, by default the person whom
the running code serves; the conversation of somebody else is unknown to it, in the same words and
after the same look-up as one that never was.

How the file itself is opened and emptied is in `assistant.sqlite_file`.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from assistant.access import current
from assistant.access.cited import KeptBack, nothing
from assistant.access.model import LOCAL, Permission
from assistant.audit import trail
from assistant.audit.model import Action
from assistant.conversations.hiding import for_reader
from assistant.conversations.models import (
    MAX_COMMENT,
    MAX_TITLE,
    Conversation,
    ConversationNotFoundError,
    ConversationsUnreadableError,
    Feedback,
    InvalidFeedbackError,
    InvalidTitleError,
    Summary,
    Turn,
    Verdict,
)
from assistant.conversations.schema import MIGRATIONS
from assistant.language.normalise import squash
from assistant.language.personal import masked
from assistant.model import Answer
from assistant.settings import Settings
from assistant.sqlite_file import SqliteFile

FILE: Final = "conversations.sqlite"
UNTITLED: Final = "Nouvelle conversation"

_PURGE_EVERY_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_SEARCHED_WORDS: Final = 8


Owner = Callable[[], str | None]
"""Identifier of the person whose conversations are served; `None` for everybody's."""


def whoever_asks() -> str:
    """Identifier of the person whom the running code serves.

    Raises:
        ForbiddenError: it serves nobody, who keeps nothing.
    """
    current.require(Permission.ASK)
    return current.person().id


def everybody() -> None:
    """Every conversation, for whoever holds the machine."""
    return


class ConversationStore(SqliteFile):
    """The conversations of one index. Safe to share between threads and processes."""

    migrations = MIGRATIONS
    refusal = "Les conversations ne peuvent pas être enregistrées ou lues"
    unreadable = ConversationsUnreadableError
    subject = "Le fichier des conversations"
    consequence = "Les réponses n'en dépendent pas."

    def __init__(
        self,
        path: Path,
        *,
        owner: Owner = whoever_asks,
        unseen: KeptBack = nothing,
        max_turns: int = 200,
        max_days: int = 365,
    ) -> None:
        """Bind to a file, created at the first need.

        Args:
            path: the SQLite file.
            owner: whose conversations are read and written, asked at each operation.
            unseen: documents kept from whoever reads; see `assistant.conversations.hiding`.
            max_turns: exchanges kept a conversation; the oldest go first.
            max_days: days a conversation is kept after its last exchange; 0 for ever.
        """
        super().__init__(path)
        self.owner = owner
        self.unseen = unseen
        self.max_turns = max_turns
        self.max_days = max_days
        self._purged = 0.0
        self._purging = threading.Lock()

    # Reading

    def list(self, search: str = "", *, limit: int = 50, offset: int = 0) -> list[Summary]:
        """Conversations, the latest used first.

        Args:
            search: words that the title, a question or an answer must all hold.
            limit: how many at most.
            offset: how many to skip.

        Raises:
            StorageError: the disk refuses.
            ConversationsUnreadableError: the file is damaged.
        """
        if not self.path.exists():
            return []
        where, values = _matching(search, self.owner())
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT c.*, (SELECT COUNT(*) FROM turns t WHERE t.conversation_id = c.id) AS count"  # noqa: S608 - our own words
                f" FROM conversations c {where} ORDER BY c.updated DESC, c.id LIMIT ? OFFSET ?",
                (*values, limit, offset),
            ).fetchall()
        return [
            Summary(
                id=row["id"],
                title=row["title"],
                created=_when(row["created"]),
                updated=_when(row["updated"]),
                count=row["count"],
            )
            for row in rows
        ]

    def count(self, search: str = "") -> int:
        """Number of conversations that `list` would give without a limit."""
        if not self.path.exists():
            return 0
        where, values = _matching(search, self.owner())
        with self._reading() as connection:
            found = connection.execute(
                f"SELECT COUNT(*) FROM conversations c {where}",  # noqa: S608 - our own words
                values,
            ).fetchone()
        return int(found[0])

    def get(self, conversation_id: str, *, last: int | None = None) -> Conversation:
        """One conversation.

        Args:
            conversation_id: its identifier.
            last: keep the last exchanges only.

        Raises:
            ConversationNotFoundError: unknown identifier.
            StorageError: the disk refuses.
            ConversationsUnreadableError: the file is damaged.
        """
        if not self.path.exists():
            raise _unknown()
        with self._reading() as connection:
            row = _row(connection, conversation_id, self.owner())
            rows = connection.execute(
                "SELECT t.number, t.at, t.answer, f.verdict, f.comment, f.at AS said"
                " FROM turns t LEFT JOIN feedback f"
                " ON f.conversation_id = t.conversation_id AND f.number = t.number"
                " WHERE t.conversation_id = ? ORDER BY t.number DESC LIMIT ?",
                (conversation_id, -1 if last is None else last),
            ).fetchall()
        return Conversation(
            id=row["id"],
            title=row["title"],
            created=_when(row["created"]),
            updated=_when(row["updated"]),
            turns=[self._turn(one) for one in reversed(rows)],
        )

    def turn(self, conversation_id: str, number: int) -> Turn:
        """One exchange.

        Raises:
            ConversationNotFoundError: no such conversation or exchange.
            StorageError: the disk refuses.
            ConversationsUnreadableError: the file is damaged.
        """
        for turn in self.get(conversation_id).turns:
            if turn.number == number:
                return turn
        raise _unknown_turn(number)

    def _turn(self, row: sqlite3.Row) -> Turn:
        try:
            answer = for_reader(row["answer"], self.unseen())
        except ValidationError as error:
            raise self._damaged() from error
        said = None
        if row["verdict"] is not None:
            said = Feedback(verdict=row["verdict"], comment=row["comment"], at=_when(row["said"]))
        return Turn(number=row["number"], at=_when(row["at"]), answer=answer, feedback=said)

    # Writing

    def create(self, title: str = "") -> Summary:
        """Begin a conversation; without a title, it takes that of its first question.

        Raises:
            InvalidTitleError: the title is too long.
            StorageError: the disk is full or refuses.
            ConversationsUnreadableError: the file is damaged.
        """
        named = _title(title) if title.strip() else ""
        conversation_id, now = str(uuid.uuid4()), time.time()
        self._purge_sometimes()
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    conversation_id,
                    named or UNTITLED,
                    bool(named),
                    now,
                    now,
                    squash(named),
                    _belongs(self.owner()),
                ),
            )
        at = _when(now)
        return Summary(id=conversation_id, title=named or UNTITLED, created=at, updated=at, count=0)

    def add_turn(self, conversation_id: str, answer: Answer) -> int:
        """Keep an answer as it is shown; returns the number of the exchange.

        Raises:
            ConversationNotFoundError: unknown conversation.
            StorageError: the disk is full or refuses; what was kept before stays.
            ConversationsUnreadableError: the file is damaged.
        """
        now = time.time()
        words = " ".join([answer.question, *(one.text for one in answer.sentences)])
        dropped = 0
        self._purge_sometimes()
        with self._writing() as connection:
            row = _row(connection, conversation_id, self.owner())
            number = 1 + int(
                connection.execute(
                    "SELECT COALESCE(MAX(number), 0) FROM turns WHERE conversation_id = ?",
                    (conversation_id,),
                ).fetchone()[0]
            )
            connection.execute(
                "INSERT INTO turns VALUES (?, ?, ?, ?, ?)",
                (conversation_id, number, now, answer.model_dump_json(), squash(words)),
            )
            dropped = connection.execute(
                "DELETE FROM turns WHERE conversation_id = ? AND number <= ?",
                (conversation_id, number - self.max_turns),
            ).rowcount
            if not row["named"] and number == 1:
                title = _shortened(answer.question)
                connection.execute(
                    "UPDATE conversations SET title = ?, searched = ? WHERE id = ?",
                    (title, squash(title), conversation_id),
                )
            connection.execute(
                "UPDATE conversations SET updated = ? WHERE id = ?", (now, conversation_id)
            )
        if dropped:
            self._empty_log()
        return number

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title.

        Raises:
            InvalidTitleError: empty or too long.
            ConversationNotFoundError: unknown conversation.
            StorageError: the disk is full or refuses.
            ConversationsUnreadableError: the file is damaged.
        """
        named = _title(title)
        with self._writing() as connection:
            _row(connection, conversation_id, self.owner())
            connection.execute(
                "UPDATE conversations SET title = ?, named = 1, searched = ? WHERE id = ?",
                (named, squash(named), conversation_id),
            )
        self._empty_log()

    def put_feedback(
        self, conversation_id: str, number: int, verdict: Verdict, comment: str = ""
    ) -> Feedback:
        """Keep the opinion of a reader on one answer; it replaces the former one.

        Raises:
            InvalidFeedbackError: the comment is too long.
            ConversationNotFoundError: no such conversation or exchange.
            StorageError: the disk is full or refuses.
            ConversationsUnreadableError: the file is damaged.
        """
        comment = comment.strip()
        if len(comment) > MAX_COMMENT:
            raise InvalidFeedbackError(
                f"Le commentaire compte {len(comment)} caractères ; la limite est de "
                f"{MAX_COMMENT}.",
                "Raccourcissez-le.",
            )
        now = time.time()
        with self._writing() as connection:
            _row(connection, conversation_id, self.owner())
            known = connection.execute(
                "SELECT 1 FROM turns WHERE conversation_id = ? AND number = ?",
                (conversation_id, number),
            ).fetchone()
            if known is None:
                raise _unknown_turn(number)
            connection.execute(
                "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)",
                (conversation_id, number, verdict, comment, now),
            )
        self._empty_log()
        return Feedback(verdict=verdict, comment=comment, at=_when(now))

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation, its exchanges and its opinions, for good.

        Raises:
            ConversationNotFoundError: unknown conversation.
            StorageError: the disk refuses.
            ConversationsUnreadableError: the file is damaged.
        """
        with self._writing() as connection:
            _row(connection, conversation_id, self.owner())
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
        trail.note(Action.CONVERSATION_DELETED, [conversation_id])
        self._empty_log()

    def delete_all(self) -> int:
        """Delete every conversation for good; returns how many there were."""
        return self._delete_before(None, self.owner())

    def purge(self, days: int | None = None) -> int:
        """Delete the conversations not used for some days; returns how many.

        Args:
            days: how many; those of the settings by default, where 0 keeps everything.

        Raises:
            StorageError: the disk refuses.
            ConversationsUnreadableError: the file is damaged.
        """
        if days is None:
            days = self.max_days
            if not days:
                return 0
        return self._delete_before(time.time() - days * _DAY_S, self.owner())

    def _delete_before(self, limit: float | None, owner: str | None) -> int:
        if not self.path.exists():
            return 0
        with self._writing() as connection:
            gone = connection.execute(
                "DELETE FROM conversations WHERE (? IS NULL OR updated <= ?)"
                " AND owner = COALESCE(?, owner)",
                (limit, limit, owner),
            ).rowcount
        if gone:
            trail.note(Action.CONVERSATION_DELETED, details={"nombre": gone})
            self._empty_log()
        return gone

    def _purge_sometimes(self) -> None:
        """Apply the age limit now and then, without waiting for anyone to ask."""
        with self._purging:
            if time.monotonic() - self._purged < _PURGE_EVERY_S and self._purged:
                return
            self._purged = time.monotonic()
        if self.max_days:
            self._delete_before(time.time() - self.max_days * _DAY_S, None)


def open_store(
    settings: Settings, *, owner: Owner = whoever_asks, unseen: KeptBack = nothing
) -> ConversationStore | None:
    """The conversations of an index; `None` when the settings keep none."""
    if not settings.conversations:
        return None
    return ConversationStore(
        settings.index_dir / FILE,
        owner=owner,
        unseen=unseen,
        max_turns=settings.conversation_turns,
        max_days=settings.conversation_days,
    )


def _belongs(owner: str | None) -> str:
    """To whom a new conversation belongs: whoever holds the machine is the local person."""
    return LOCAL.id if owner is None else owner


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _matching(search: str, owner: str | None) -> tuple[str, list[str | None]]:
    """Condition that a conversation has this owner, and every word searched somewhere in it."""
    # Squashed words hold letters and digits only: nothing that LIKE would read.
    words = squash(search).split()[:_SEARCHED_WORDS]
    one = (
        "(c.searched LIKE ? OR EXISTS (SELECT 1 FROM turns s WHERE s.conversation_id = c.id"
        " AND s.searched LIKE ?))"
    )
    values: list[str | None] = [owner]
    values += [f"%{word}%" for word in words for _ in range(2)]
    return f"WHERE {' AND '.join(['c.owner = COALESCE(?, c.owner)', *[one] * len(words)])}", values


def _row(connection: sqlite3.Connection, conversation_id: str, owner: str | None) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM conversations WHERE id = ? AND owner = COALESCE(?, owner)",
        (conversation_id, owner),
    ).fetchone()
    if row is None:
        raise _unknown()
    return row


def _unknown() -> ConversationNotFoundError:
    return ConversationNotFoundError(
        "Cette conversation n'existe pas, ou a été supprimée.",
        "Consultez la liste des conversations.",
    )


def _unknown_turn(number: int) -> ConversationNotFoundError:
    return ConversationNotFoundError(
        f"Cette conversation n'a pas d'échange n° {number}.",
        "Relisez la conversation : les plus anciens échanges ont pu être effacés.",
    )


def _title(title: str) -> str:
    named = " ".join(title.split())
    if not named or len(named) > MAX_TITLE:
        raise InvalidTitleError(
            "Le titre est vide." if not named else "Le titre est trop long.",
            f"Donnez un titre de 1 à {MAX_TITLE} caractères.",
        )
    return named


def _shortened(question: str) -> str:
    # A list of titles is read over a shoulder; the question itself stays as it was typed.
    title = " ".join(masked(question).split())
    if len(title) <= MAX_TITLE:
        return title
    return title[: MAX_TITLE - 2].rsplit(" ", 1)[0] + " …"
