"""A conversation leaves with the proofs of each answer, the opinions and the doubts."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from docx import Document as open_docx

from assistant.conversations.models import Conversation, Doubt, Feedback, Turn
from assistant.errors import InvalidFormatError
from assistant.exports.conversation import export_conversation
from tests.conversations.examples import QUOTE, an_answer
from tests.exports.test_answer import pdf_text

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def a_conversation(*, doubtful: bool = False) -> Conversation:
    followed = an_answer("et la durée ?").model_copy(update={"understood": "La durée du soutien ?"})
    doubts = [Doubt(sentence=0, file="ami.pdf", page=1, reason="La page a changé.")]
    said = Feedback(verdict="incomplet", comment="Il manque <la> *date*.", at=AT)
    return Conversation(
        id="c",
        title="Financements",
        created=AT,
        updated=AT,
        turns=[
            Turn(number=1, at=AT, answer=an_answer(), feedback=said),
            Turn(number=2, at=AT, answer=followed, doubts=doubts if doubtful else []),
        ],
    )


def test_every_exchange_is_there_in_every_format() -> None:
    conversation = a_conversation()
    content = export_conversation(conversation, "docx", made=AT, organisation="ARS Essai")
    word = open_docx(io.BytesIO(content))
    paragraphs = [paragraph.text for paragraph in word.paragraphs]
    pages = pdf_text(export_conversation(conversation, "pdf", made=AT))
    plain = export_conversation(conversation, "md", made=AT).decode()
    for shown in ("\n".join(paragraphs), pages, plain.replace("\\", "")):
        flat = shown.replace("\u00a0", " ").replace("\u202f", " ")
        assert flat.count(QUOTE) >= 2
        assert "Question comprise : « La durée du soutien ? »" in flat
        assert "Incomplet : Il manque <la> *date*." in flat
        assert "Échange 2" in flat
        assert "À revérifier" not in flat
    assert word.core_properties.title == "Financements"
    assert word.sections[0].footer.paragraphs[0].text.startswith("ARS Essai – ")
    assert "ARS Essai" not in pages


def test_doubts_are_marked_where_they_stand() -> None:
    text = export_conversation(a_conversation(doubtful=True), "md", made=AT).decode()
    first, second = text.split("Échange 2")
    assert "La page a changé." not in first
    assert "La page a changé." in second


def test_json_is_the_conversation_itself() -> None:
    content = export_conversation(a_conversation(), "json")
    assert Conversation.model_validate_json(content) == a_conversation()


def test_an_empty_conversation_and_an_unknown_format_are_said() -> None:
    empty = a_conversation().model_copy(update={"turns": []})
    assert "aucun échange" in export_conversation(empty, "md", made=AT).decode()
    with pytest.raises(InvalidFormatError):
        export_conversation(empty, "exe")
