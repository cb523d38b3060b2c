"""A whole conversation with its proofs and its readers' opinions, as one document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from assistant.conversations.models import Conversation, Feedback, Turn
from assistant.exports.answer import answer_blocks, write
from assistant.exports.document import Block, ExportDocument, Heading, Paragraph, Run
from assistant.language.typography import typeset
from assistant.model import Document


def export_conversation(
    conversation: Conversation,
    format_: str,
    *,
    documents: Mapping[str, Document] | None = None,
    made: datetime | None = None,
    organisation: str = "",
) -> bytes:
    """Write a conversation.

    Args:
        conversation: with the doubts of each exchange, if it was checked.
        format_: « docx », « odt », « pdf », « md » or « json ».
        documents: documents by identifier, to say what their pages are; may miss some.
        made: when the document is made; now when `None`.
        organisation: whose document it is, said at its foot; nobody's when empty.

    Raises:
        InvalidFormatError: another format.
    """
    if format_ == "json":
        return (conversation.model_dump_json(indent=1) + "\n").encode()
    return write(
        format_,
        lambda: conversation_document(conversation, documents or {}, made or datetime.now()),
        organisation,
    )


def conversation_document(
    conversation: Conversation, documents: Mapping[str, Document], made: datetime
) -> ExportDocument:
    """Lay a conversation out, an exchange a part."""
    blocks: list[Block] = []
    for turn in conversation.turns:
        blocks.append(Heading(f"Échange {turn.number}, le {_moment(turn.at)}"))
        blocks += answer_blocks(turn.answer, documents, doubtful=reasons(turn), level=2)
        if turn.feedback is not None:
            blocks += [Heading("Avis du lecteur", 2), Paragraph((Run(_opinion(turn.feedback)),))]
    if not conversation.turns:
        blocks.append(Paragraph((Run("Cette conversation ne contient aucun échange."),)))
    doubtful = any(turn.doubts for turn in conversation.turns)
    return ExportDocument(
        title=conversation.title,
        subject=f"Conversation commencée le {_moment(conversation.created)}. Chaque extrait est "
        "repris mot pour mot du document cité en note.",
        blocks=tuple(blocks),
        made=made,
        footer="Assistant – conversation dont des citations sont à revérifier"
        if doubtful
        else "Assistant – conversation et citations vérifiées",
    )


def reasons(turn: Turn) -> dict[int, str]:
    """Rank of a sentence → why its proof does not hold any more."""
    return {doubt.sentence: doubt.reason for doubt in turn.doubts}


def _opinion(feedback: Feedback) -> str:
    said = typeset(f" : {feedback.comment}") if feedback.comment else ""
    return f"{feedback.verdict.capitalize()}{said}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%d/%m/%Y à %H:%M}"
