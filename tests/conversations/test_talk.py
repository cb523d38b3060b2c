"""Asking in a conversation: completed, answered, kept, and answered all the same."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from assistant.conversations.models import ConversationNotFoundError
from assistant.conversations.store import FILE, ConversationStore
from assistant.conversations.talk import converse, usual_names
from assistant.errors import InvalidQuestionError
from assistant.model import Answer
from tests.conversations.examples import an_answer

AMI = "Quel est le plafond de l’AMI temps de travail ?"


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    return ConversationStore(tmp_path / FILE)


class Ask:
    """An engine that remembers what it was asked."""

    def __init__(self, *, longest: int = 1000) -> None:
        self.asked: list[str] = []
        self.longest = longest

    def __call__(self, question: str) -> Answer:
        if len(question) > self.longest:
            raise InvalidQuestionError("La question est trop longue.")
        self.asked.append(question)
        return an_answer(question)


def test_a_follow_up_is_completed_shown_and_kept(store: ConversationStore) -> None:
    made, ask = store.create(), Ask()
    converse(store, made.id, AMI, ask)
    exchange = converse(store, made.id, "et la date limite ?", ask)
    assert ask.asked[1].startswith("La date limite de l’AMI temps de travail")
    assert exchange.number == 2
    assert exchange.answer.question == "et la date limite ?"
    assert exchange.answer.understood == ask.asked[1]
    assert exchange.kept == ("de l’AMI temps de travail",)
    assert store.turn(made.id, 2).answer == exchange.answer


def test_kept_answers_are_read_only_for_a_question_that_leans_on_them(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, ask, read = store.create(), Ask(), []
    get = store.get
    monkeypatch.setattr(store, "get", lambda key, last: read.append(last) or get(key, last=last))
    for question in (AMI, AMI, "et la date limite ?"):
        converse(store, made.id, question, ask)
    assert read[:2] == [0, 0]
    assert read[2] > 0


def test_a_completed_question_that_finds_nothing_is_asked_as_typed_and_told(
    store: ConversationStore,
) -> None:
    made, ask = store.create(), Ask()
    question = "Combien de projets ont été retenus ?"

    def completed_in_vain(text: str) -> Answer:
        return ask(text).model_copy(update={"abstained": text != question})

    converse(store, made.id, "Quelles sont les priorités de la région ?", ask)
    exchange = converse(store, made.id, question, completed_in_vain)
    assert ask.asked[1].startswith("Combien de projets ont été retenus, les priorités")
    assert ask.asked[2] == question
    assert (exchange.answer.understood, exchange.answer.abstained) == (None, False)
    assert "prise telle quelle" in exchange.answer.notes[-1]
    # About a call, the amount of another call would be no answer.
    other = store.create()
    converse(store, other.id, AMI, ask)
    refused = converse(store, other.id, "Quelle est la date limite ?", completed_in_vain)
    assert refused.answer.abstained
    assert refused.answer.understood == ask.asked[-1]


def test_completing_can_be_refused(store: ConversationStore) -> None:
    made, ask = store.create(), Ask()
    converse(store, made.id, AMI, ask)
    exchange = converse(store, made.id, "et la date limite ?", ask, follow=False)
    assert ask.asked[1] == "et la date limite ?"
    assert exchange.answer.understood is None


def test_a_completed_question_too_long_is_asked_as_typed(store: ConversationStore) -> None:
    made, ask = store.create(), Ask(longest=50)
    converse(store, made.id, AMI, ask)
    exchange = converse(store, made.id, "Quelle est donc la date limite ?", ask)
    assert ask.asked[1] == "Quelle est donc la date limite ?"
    assert exchange.answer.understood is None
    with pytest.raises(InvalidQuestionError):
        converse(store, made.id, "x" * 60, ask)


def test_a_store_that_fails_costs_no_answer(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, ask = store.create(), Ask()
    converse(store, made.id, AMI, ask)

    def refused(*_: object, **__: object) -> sqlite3.Connection:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "_connect", refused)
    exchange = converse(store, made.id, "et la date limite ?", ask)
    assert exchange.number is None
    assert exchange.answer.sentences
    assert "telle quelle" in exchange.answer.notes[0]
    assert "n'a pas pu être enregistré" in exchange.answer.notes[1]
    monkeypatch.undo()
    assert len(store.get(made.id).turns) == 1


def test_an_unknown_conversation_is_an_error(store: ConversationStore) -> None:
    with pytest.raises(ConversationNotFoundError):
        converse(store, "inconnue", AMI, Ask())


def test_a_conversation_deleted_meanwhile_costs_no_answer(store: ConversationStore) -> None:
    made = store.create()

    def ask(question: str) -> Answer:
        store.delete(made.id)
        return an_answer(question)

    exchange = converse(store, made.id, AMI, ask)
    assert exchange.number is None
    assert "a été supprimée" in exchange.answer.notes[-1]


def test_the_usual_sigles_are_known_in_lower_case() -> None:
    assert {"srs", "copil", "ars"} & usual_names()
