"""The conversations of the « Question » tab, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.conversations.models import Doubt
from assistant.conversations.store import FILE, ConversationStore
from assistant.errors import StorageError
from assistant.model import Answer
from tests.conversations.examples import an_answer
from tests.ui.test_rendering import Parsed
from ui.conversations import exports_html, listing
from ui.rendering import answer_html
from ui.session import Session, Thread, doubts_html

AMI = "Quel est le plafond de l’AMI temps de travail ?"


def engine(question: str) -> Answer:
    return an_answer(question)


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    return ConversationStore(tmp_path / FILE)


def test_the_first_question_opens_a_conversation(store: ConversationStore) -> None:
    first = Session(store, Thread())
    first.ask(AMI, engine, follow=True)
    assert first.thread.number == 1
    second = Session(store, first.thread)
    answer = second.ask("et la date limite ?", engine, follow=True)
    assert answer.understood == second.understood is not None
    assert second.thread.conversation_id == first.thread.conversation_id
    assert second.thread.number == 2
    assert "Question comprise" in Parsed(answer_html(answer)).text
    ((label, identifier),) = listing(store)
    assert label.startswith(AMI) and "2\u00a0échanges" in label
    assert identifier == first.thread.conversation_id


def test_a_question_refused_opens_none(store: ConversationStore) -> None:
    def refuse(question: str) -> Answer:
        raise StorageError("Non.")

    with pytest.raises(StorageError):
        Session(store, Thread()).ask("  ", refuse, follow=True)
    assert store.count() == 0


def test_a_conversation_deleted_elsewhere_begins_again(store: ConversationStore) -> None:
    first = Session(store, Thread())
    first.ask(AMI, engine, follow=True)
    store.delete_all()
    second = Session(store, first.thread)
    second.ask("et la date limite ?", engine, follow=True)
    assert second.understood is not None
    assert second.thread.conversation_id != first.thread.conversation_id
    assert second.thread.number == 1


def test_nothing_kept_still_completes_follow_ups() -> None:
    first = Session(None, Thread())
    first.ask(AMI, engine, follow=True)
    second = Session(None, first.thread)
    assert second.ask("et la date limite ?", engine, follow=True).understood is not None
    assert second.thread.conversation_id is None
    assert exports_html(second.thread) == ""


def test_a_full_disk_costs_no_answer(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(title: str = "") -> None:
        raise StorageError("Le disque est plein.", "Libérez de la place.")

    monkeypatch.setattr(store, "create", refuse)
    session = Session(store, Thread())
    answer = session.ask(AMI, engine, follow=True)
    assert answer.sentences
    assert "Le disque est plein." in answer.notes[-1]
    assert session.thread.number is None


def test_what_must_be_checked_again_is_said_and_escaped() -> None:
    doubt = Doubt(sentence=0, file="<b>x</b>.pdf", page=2, reason="La page a changé.")
    parsed = Parsed(doubts_html([doubt]))
    assert "À revérifier" in parsed.text and "<b>x</b>.pdf" in parsed.text
    assert doubts_html([]) == ""


def test_the_export_links_name_the_answer_and_the_conversation() -> None:
    links = exports_html(Thread(conversation_id="abc", number=3))
    assert "/v1/conversations/abc/tours/3/export?format=docx" in links
    assert "/v1/conversations/abc/export?format=pdf" in links
