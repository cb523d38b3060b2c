"""One question of a conversation as the screens ask it: completed, kept, shown again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.conversations.checking import recheck
from assistant.conversations.models import (
    ConversationNotFoundError,
    ConversationsUnreadableError,
    Doubt,
    Turn,
)
from assistant.conversations.store import ConversationStore
from assistant.conversations.talk import Exchange, Prepared, converse, keep, usual_names
from assistant.engine_port import Engine
from assistant.errors import StorageError
from assistant.generation import followup
from assistant.language.typography import NBSP, typeset
from assistant.model import Answer, Document
from ui.rendering import answer_html, fragment, sources_html, text

SHOWN = 20
"""Exchanges of a conversation shown again at once."""

NO_CONVERSATION = "aucune"
"""What a browser remembers when nothing is open: Gradio does not store an empty value."""

_REMEMBERED = 6
"""Exchanges that complete a question when no conversation is kept."""

Ask = Callable[[str], Answer]
Shown = tuple[str, str, str]
"""Question, answer fragment, sources fragment."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What a tab shows of a conversation.

    Attributes:
        exchanges: those on the screen, the oldest first.
        conversation_id: where they are kept, if they are.
        number: rank of the last exchange once kept.
        past: last exchanges, to complete a question when nothing is kept.
    """

    exchanges: tuple[Shown, ...] = ()
    conversation_id: str | None = None
    number: int | None = None
    past: tuple[followup.Turn, ...] = ()


class Session:
    """One question of a thread: asked, completed, kept."""

    def __init__(self, store: ConversationStore | None, thread: Thread) -> None:
        """Bind to the conversations, if any is kept, and to what the tab shows."""
        self.store = store
        self.thread = thread
        self.understood: str | None = None

    def ask(self, question: str, ask: Ask, *, follow: bool) -> Answer:
        """Answer a question; `thread` then says where it was kept.

        Raises:
            InvalidQuestionError: the question cannot be asked.
        """
        exchange = self._exchange(question, ask, follow)
        answer = exchange.answer
        self.understood = answer.understood
        past = (*self.thread.past, followup.Turn(answer.question, answer.understood, answer))
        self.thread = replace(
            self.thread,
            conversation_id=exchange.conversation_id,
            number=exchange.number,
            past=past[-_REMEMBERED:],
        )
        return answer

    def _exchange(self, question: str, ask: Ask, follow: bool) -> Exchange:
        known = usual_names()
        if self.store is not None and self.thread.conversation_id is not None:
            try:
                return converse(
                    self.store,
                    self.thread.conversation_id,
                    question,
                    ask,
                    follow=follow,
                    known=known,
                )
            except ConversationNotFoundError:
                pass  # deleted in another window: a new one begins with this question
        prepared = Prepared(question, question)
        if follow:
            made = followup.rewrite(question, self.thread.past, known=known)
            if made.changed:
                prepared = Prepared(question, made.text, made.text, made.kept)
        answer = ask(prepared.text)
        if self.store is None:
            if prepared.understood is not None:
                answer = answer.model_copy(
                    update={"question": question.strip(), "understood": prepared.understood}
                )
            return Exchange(answer, kept=prepared.kept)
        try:
            made_id = self.store.create().id
        except (StorageError, ConversationsUnreadableError) as error:
            note = typeset(f"Cet échange n'a pas été enregistré : {error.message} {error.remedy}")
            return Exchange(answer.model_copy(update={"notes": [*answer.notes, note]}))
        return keep(self.store, made_id, prepared, answer)


def shown(turn: Turn, documents: Mapping[str, Document]) -> Shown:
    """A kept exchange as the tab shows it, with what must be checked again."""
    return (
        turn.answer.question,
        doubts_html(turn.doubts) + answer_html(turn.answer, documents),
        sources_html(turn.answer, documents),
    )


def doubts_html(doubts: Sequence[Doubt]) -> str:
    """What no longer holds of a kept answer; empty when all does."""
    if not doubts:
        return ""
    items = "".join(
        f"<li>{text(doubt.file)}, page{NBSP}{doubt.page}{NBSP}: {text(doubt.reason)}</li>"
        for doubt in doubts
    )
    return fragment(
        "<div class='erreur a-reverifier'><p><b>À revérifier</b></p>"
        f"<p>Depuis cette réponse, le corpus a changé{NBSP}:</p><ul>{items}</ul></div>"
    )


def reopened(store: ConversationStore, assistant: Engine, conversation_id: str) -> Thread:
    """A kept conversation, its citations read again.

    Raises:
        ConversationNotFoundError: it is no more.
        StorageError: the disk refuses.
        ConversationsUnreadableError: the file is damaged.
    """
    found = store.get(conversation_id, last=SHOWN)
    documents = {document.id: document for document in assistant.documents()}
    exchanges = []
    for turn in found.turns:
        answer, doubts = recheck(turn.answer, assistant.page)
        checked = turn.model_copy(update={"answer": answer, "doubts": doubts})
        exchanges.append(shown(checked, documents))
    past = [
        followup.Turn(turn.answer.question, turn.answer.understood, turn.answer)
        for turn in found.turns[-_REMEMBERED:]
    ]
    number = found.turns[-1].number if found.turns else None
    return Thread(tuple(exchanges), found.id, number, tuple(past))
