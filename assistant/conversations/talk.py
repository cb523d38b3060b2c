"""A question asked in a conversation: completed from what precedes, answered, kept.

The engine knows nothing of conversations; this layer calls it. A store that fails never costs
the reader the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from assistant.conversations.models import (
    Conversation,
    ConversationNotFoundError,
    ConversationsUnreadableError,
    Turn,
)
from assistant.conversations.store import ConversationStore
from assistant.errors import InvalidQuestionError, StorageError
from assistant.generation import followup
from assistant.language.normalise import fold
from assistant.language.typography import typeset
from assistant.model import Answer

_HISTORY = 6
"""Exchanges read to complete a question."""

_NOT_KEPT = "Cet échange n'a pas pu être enregistré dans la conversation : {cause}"
_NO_HISTORY = "La conversation n'a pas pu être relue ; la question est prise telle quelle."
_AS_TYPED = (
    "La question est prise telle quelle : complétée par ce qui précède (« {text} »), elle ne "
    "trouvait rien."
)
_Failures = (StorageError, ConversationsUnreadableError)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What asking in a conversation gave.

    Attributes:
        answer: with the question as typed, and `understood` when it was completed.
        conversation_id: where it was asked; `None` outside any conversation.
        number: rank of the exchange once kept; `None` when it was not.
        kept: what the completed question took from earlier exchanges.
    """

    answer: Answer
    conversation_id: str | None = None
    number: int | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question ready for the engine.

    Attributes:
        question: as typed.
        text: what to ask the engine.
        understood: the same when it completes the question; `None` otherwise.
        kept: what it took from earlier exchanges.
        may_stand: whether the question as typed is worth asking when the completed one finds
            nothing.
        notes: what the reader must know besides.
    """

    question: str
    text: str
    understood: str | None = None
    kept: tuple[str, ...] = ()
    may_stand: bool = False
    notes: tuple[str, ...] = ()


def prepare(
    store: ConversationStore,
    conversation_id: str,
    question: str,
    *,
    follow: bool = True,
    known: Collection[str] = frozenset(),
) -> Prepared:
    """Complete a question from the earlier exchanges of its conversation.

    Args:
        store: the conversations.
        conversation_id: one of them.
        question: as typed.
        follow: whether to complete it at all.
        known: folded sigles and names of the corpus.

    Raises:
        ConversationNotFoundError: unknown conversation.
    """
    # Reading kept answers is long: it is spared to a question that stands alone.
    leans = follow and followup.depends(question, known=known)
    try:
        past = store.get(conversation_id, last=_HISTORY if leans else 0)
    except _Failures:
        return Prepared(question, question, notes=(typeset(_NO_HISTORY),))
    if not leans:
        return Prepared(question, question)
    made = followup.rewrite(question, history_of(past), known=known)
    if not made.changed:
        return Prepared(question, question)
    return Prepared(question, made.text, made.text, made.kept, made.may_stand)


def keep(
    store: ConversationStore, conversation_id: str, prepared: Prepared, answer: Answer
) -> Exchange:
    """Keep an answer in a conversation; a disk that refuses is told in its notes."""
    if prepared.understood is not None:
        answer = answer.model_copy(
            update={"question": prepared.question.strip(), "understood": prepared.understood}
        )
    if prepared.notes:
        answer = answer.model_copy(update={"notes": [*answer.notes, *prepared.notes]})
    try:
        number = store.add_turn(conversation_id, answer)
    except (*_Failures, ConversationNotFoundError) as error:
        # Deleted in another window meanwhile, or a full disk: the answer is shown all the same.
        note = typeset(_NOT_KEPT.format(cause=f"{error.message} {error.remedy}"))
        return Exchange(
            answer.model_copy(update={"notes": [*answer.notes, note]}),
            conversation_id,
            kept=prepared.kept,
        )
    return Exchange(answer, conversation_id, number, prepared.kept)


def converse(
    store: ConversationStore,
    conversation_id: str,
    question: str,
    ask: Callable[[str], Answer],
    *,
    follow: bool = True,
    known: Collection[str] = frozenset(),
) -> Exchange:
    """Ask a question in a conversation, and keep the answer.

    Args:
        store: the conversations.
        conversation_id: one of them.
        question: as typed.
        ask: asks the engine a question that stands alone.
        follow: complete the question from the earlier ones when it needs it.
        known: folded sigles and names of the corpus.

    Raises:
        ConversationNotFoundError: unknown conversation.
        InvalidQuestionError: the question cannot be asked.
    """
    prepared = prepare(store, conversation_id, question, follow=follow, known=known)
    try:
        answer = ask(prepared.text)
    except InvalidQuestionError:
        if prepared.understood is None:
            raise
        # Completed, it may pass the length that is accepted; the reader typed less.
        prepared = Prepared(question, question, notes=prepared.notes)
        answer = ask(question)
    if answer.abstained and prepared.may_stand:
        plain = ask(question)
        if not plain.abstained:
            note = typeset(_AS_TYPED.format(text=prepared.text))
            prepared, answer = Prepared(question, question, notes=(note,)), plain
    return keep(store, conversation_id, prepared, answer)


def history_of(conversation: Conversation) -> list[followup.Turn]:
    """The exchanges of a conversation as the rewriting reads them."""
    return [_past(turn) for turn in conversation.turns]


def _past(turn: Turn) -> followup.Turn:
    return followup.Turn(turn.answer.question, turn.answer.understood, turn.answer)


@lru_cache(maxsize=1)
def usual_names() -> frozenset[str]:
    """Folded sigles of the sector, recognised in a question typed in lower case."""
    from assistant.index.glossary import curated_entries

    return frozenset(fold(sigle) for sigle in curated_entries() if len(sigle) > 2)
