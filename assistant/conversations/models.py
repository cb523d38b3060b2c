"""What a kept conversation is made of; the descriptions are read in the API documentation."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import AssistantError
from assistant.model import Answer

MAX_TITLE: Final = 120
"""Characters of a title."""

MAX_COMMENT: Final = 2000
"""Characters of the comment of a reader."""

Verdict = Literal["utile", "faux", "incomplet"]


class ConversationNotFoundError(AssistantError):
    """No conversation, or no exchange of it, has this identifier."""

    code = "conversation_inconnue"


class ConversationsOffError(AssistantError):
    """The administrator chose to keep no conversation."""

    code = "conversations_desactivees"


class ConversationsUnreadableError(AssistantError):
    """The file of conversations is damaged or was written by a newer version."""

    code = "conversations_illisibles"


class InvalidFeedbackError(AssistantError):
    """An opinion on an answer that cannot be kept."""

    code = "avis_invalide"


class InvalidTitleError(AssistantError):
    """A conversation cannot be called that."""

    code = "titre_invalide"


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Feedback(_Kept):
    """L’avis d’un lecteur sur une réponse."""

    verdict: Verdict = Field(description="`utile`, `faux` ou `incomplet`.")
    comment: str = Field("", description="Ce que le lecteur en dit.")
    at: datetime = Field(description="Quand l’avis a été donné.")


class Doubt(_Kept):
    """Une phrase d’une réponse gardée dont la preuve ne tient plus."""

    sentence: int = Field(ge=0, description="Rang de la phrase dans `sentences`, à partir de 0.")
    file: str = Field(description="Fichier cité.")
    page: int = Field(ge=1, description="Page citée.")
    reason: str = Field(description="Ce qui a changé depuis.")


class Turn(_Kept):
    """Un échange : une question et la réponse, exactement comme elle a été montrée."""

    number: int = Field(ge=1, description="Rang de l’échange dans la conversation, à partir de 1.")
    at: datetime = Field(description="Quand la question a été posée.")
    answer: Answer = Field(description="La réponse et ses preuves.")
    feedback: Feedback | None = Field(None, description="L’avis du lecteur, s’il en a donné un.")
    doubts: list[Doubt] = Field(
        default_factory=list,
        description="Phrases à revérifier : leur citation ne se retrouve plus dans les pages.",
    )


class Summary(_Kept):
    """Une conversation dans la liste."""

    id: str = Field(description="Identifiant de la conversation.")
    title: str = Field(description="Titre : la première question, ou le nom donné.")
    created: datetime = Field(description="Quand elle a commencé.")
    updated: datetime = Field(description="Quand elle a servi pour la dernière fois.")
    count: int = Field(ge=0, description="Nombre d’échanges gardés.")


class Conversation(_Kept):
    """Une conversation et ses échanges, du plus ancien au plus récent."""

    id: str = Field(description="Identifiant de la conversation.")
    title: str = Field(description="Titre : la première question, ou le nom donné.")
    created: datetime = Field(description="Quand elle a commencé.")
    updated: datetime = Field(description="Quand elle a servi pour la dernière fois.")
    turns: list[Turn] = Field(description="Les échanges.")
