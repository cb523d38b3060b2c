"""The routes of conversations: list, read with their proofs, rename, delete, judge, export."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.access.cited import kept_back
from assistant.api import openapi, problems
from assistant.api.schemas import Text
from assistant.conversations.checking import recheck
from assistant.conversations.models import (
    MAX_COMMENT,
    MAX_TITLE,
    Conversation,
    ConversationNotFoundError,
    ConversationsOffError,
    ConversationsUnreadableError,
    Feedback,
    InvalidFeedbackError,
    InvalidTitleError,
    Summary,
    Turn,
    Verdict,
)
from assistant.conversations.store import ConversationStore, open_store
from assistant.conversations.talk import converse, usual_names
from assistant.engine_port import Engine
from assistant.errors import AssistantError
from assistant.exports.answer import MEDIA_TYPES, export_answer
from assistant.exports.conversation import export_conversation, reasons
from assistant.language.typography import typeset
from assistant.model import Answer
from assistant.settings import Settings


class InvalidAnswerError(AssistantError):
    """What is to be exported is no answer of this software."""

    code = "reponse_invalide"


class UnconfirmedError(AssistantError):
    """Deleting everything was asked without saying so."""

    code = "confirmation_requise"


problems.DOMAIN[ConversationNotFoundError] = (404, "Conversation inconnue")
problems.DOMAIN[ConversationsOffError] = (404, "Conversations désactivées")
problems.DOMAIN[ConversationsUnreadableError] = (503, "Conversations illisibles")
problems.DOMAIN[InvalidFeedbackError] = (422, "Avis non recevable")
problems.DOMAIN[InvalidTitleError] = (422, "Titre non recevable")
problems.DOMAIN[InvalidAnswerError] = (422, "Réponse non recevable")
problems.DOMAIN[UnconfirmedError] = (422, "Confirmation requise")

_FORMATS = ", ".join(f"`{name}`" for name in MEDIA_TYPES)

ConversationId = Annotated[
    str, PathParameter(max_length=100, description="Identifiant de la conversation.")
]
TurnNumber = Annotated[int, PathParameter(ge=1, description="Rang de l’échange, à partir de 1.")]
FormatName = Annotated[
    str,
    Query(
        alias="format",
        max_length=20,
        description=f"Format du fichier : {_FORMATS}.",
        json_schema_extra={"enum": [*MEDIA_TYPES]},
    ),
]


class ConversationAnswer(Answer):
    """Une réponse donnée dans une conversation."""

    conversation_id: str = Field(description="La conversation.")
    turn: int | None = Field(
        description="Rang de l’échange ; vide s’il n’a pas pu être enregistré."
    )


openapi.SCHEMAS["ConversationAnswer"] = (
    "Une réponse donnée dans une conversation, où elle est gardée.",
    {
        **openapi.SCHEMAS["Answer"][1],
        "conversation_id": "La conversation.",
        "turn": "Rang de l’échange ; vide s’il n’a pas pu être enregistré.",
    },
)


class ConversationList(BaseModel):
    """Les conversations gardées, la plus récente d’abord."""

    total: int = Field(description="Nombre de conversations trouvées.")
    conversations: list[Summary] = Field(description="Les conversations de cette page.")


class NewConversation(BaseModel):
    """Une conversation à ouvrir."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{}]})

    title: Text = Field(
        "",
        max_length=MAX_TITLE,
        description="Son titre ; par défaut, ce sera sa première question.",
    )


class TitleRequest(BaseModel):
    """Le nouveau titre d’une conversation."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"title": "Financements IA 2026"}]}
    )

    title: Text = Field(max_length=MAX_TITLE, description="De 1 à 120 caractères.")


class FeedbackRequest(BaseModel):
    """Un avis sur une réponse."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"verdict": "incomplet", "comment": "Il manque un axe."}]},
    )

    verdict: Verdict = Field(description="`utile`, `faux` ou `incomplet`.")
    comment: Text = Field(
        "", max_length=MAX_COMMENT, description=f"Précisions, {MAX_COMMENT} caractères au plus."
    )


class Deleted(BaseModel):
    """Ce qui a été supprimé."""

    deleted: int = Field(description="Nombre de conversations supprimées.")


def answered(
    store: ConversationStore | None,
    conversation_id: str | None,
    question: str,
    ask: Callable[[str], Answer],
    *,
    follow: bool,
) -> Answer:
    """Answer a question, in a conversation if one is named.

    Raises:
        ConversationsOffError: one is named and none is kept.
        ConversationNotFoundError: unknown conversation.
        InvalidQuestionError: the question cannot be asked.
    """
    if conversation_id is None:
        return ask(question)
    made = converse(
        _kept(store), conversation_id, question, ask, follow=follow, known=usual_names()
    )
    return ConversationAnswer(
        **made.answer.model_dump(), conversation_id=conversation_id, turn=made.number
    )


def checked(conversation: Conversation, assistant: Engine) -> Conversation:
    """A conversation whose citations were read again, its doubtful sentences marked."""
    turns = [checked_turn(turn, assistant) for turn in conversation.turns]
    return conversation.model_copy(update={"turns": turns})


def checked_turn(turn: Turn, assistant: Engine) -> Turn:
    """An exchange whose citations were read again."""
    answer, doubts = recheck(turn.answer, assistant.page)
    return turn.model_copy(update={"answer": answer, "doubts": doubts})


def _kept(store: ConversationStore | None) -> ConversationStore:
    if store is None:
        raise ConversationsOffError(
            "Les conversations ne sont pas gardées : l’administrateur l’a choisi.",
            "Posez la question sans conversation, ou activez l’option « conversations ».",
        )
    return store


def router(assistant: Engine, settings: Settings) -> APIRouter:
    """The routes of the conversations of an index."""
    opened = open_store(settings, unseen=kept_back(assistant))
    routes = APIRouter(prefix="/v1", tags=["Conversations"], responses=openapi.PROBLEMS)

    @routes.get(
        "/conversations",
        summary="Lister les conversations",
        description="Les conversations gardées sur cette machine, la dernière utilisée d’abord.",
    )
    def listed(
        recherche: Annotated[
            str,
            Query(
                max_length=200,
                description="Mots à trouver dans le titre, les questions ou les réponses.",
            ),
        ] = "",
        limite: Annotated[int, Query(ge=1, le=200, description="Nombre maximal rendu.")] = 50,
        debut: Annotated[int, Query(ge=0, description="Nombre à passer.")] = 0,
    ) -> ConversationList:
        store = _kept(opened)
        found = store.list(recherche, limit=limite, offset=debut)
        return ConversationList(total=store.count(recherche), conversations=found)

    @routes.post(
        "/conversations",
        summary="Ouvrir une conversation",
        description="Donne l’identifiant à joindre aux questions suivantes.",
        status_code=201,
    )
    def create(body: NewConversation) -> Summary:
        return _kept(opened).create(body.title)

    @routes.delete(
        "/conversations",
        summary="Supprimer des conversations",
        description="Supprime pour de bon les conversations qui n’ont pas servi depuis `jours` "
        "jours, ou toutes avec `tout`. Rien n’en reste dans les fichiers.",
    )
    def delete_many(
        tout: Annotated[bool, Query(description="Supprimer toutes les conversations.")] = False,
        jours: Annotated[
            int | None, Query(ge=0, description="Supprimer celles qui n’ont pas servi depuis.")
        ] = None,
    ) -> Deleted:
        store = _kept(opened)
        if tout:
            return Deleted(deleted=store.delete_all())
        if jours is None:
            raise UnconfirmedError(
                "Rien n’a été supprimé : la demande ne dit pas quoi.",
                "Ajoutez « tout=true » pour tout supprimer, ou « jours=90 » pour les anciennes.",
            )
        return Deleted(deleted=store.purge(jours))

    @routes.get(
        "/conversations/{conversation_id}",
        summary="Relire une conversation",
        description="Les échanges, tels qu’ils ont été montrés. Chaque citation est relue dans les "
        "pages : `doubts` nomme les phrases dont la preuve ne tient plus.",
    )
    def read(conversation_id: ConversationId) -> Conversation:
        return checked(_kept(opened).get(conversation_id), assistant)

    @routes.patch(
        "/conversations/{conversation_id}",
        summary="Renommer une conversation",
        description="Donne un autre titre à une conversation.",
        status_code=204,
        response_class=Response,
    )
    def rename(conversation_id: ConversationId, body: TitleRequest) -> Response:
        _kept(opened).rename(conversation_id, body.title)
        return Response(status_code=204)

    @routes.delete(
        "/conversations/{conversation_id}",
        summary="Supprimer une conversation",
        description="Supprime la conversation, ses échanges et les avis, pour de bon.",
        status_code=204,
        response_class=Response,
    )
    def delete(conversation_id: ConversationId) -> Response:
        _kept(opened).delete(conversation_id)
        return Response(status_code=204)

    @routes.post(
        "/conversations/{conversation_id}/tours/{number}/avis",
        summary="Donner un avis sur une réponse",
        description="L’avis remplace le précédent. Il reste sur cette machine.",
    )
    def judge(
        conversation_id: ConversationId, number: TurnNumber, body: FeedbackRequest
    ) -> Feedback:
        return _kept(opened).put_feedback(conversation_id, number, body.verdict, body.comment)

    @routes.get(
        "/conversations/{conversation_id}/export",
        summary="Exporter une conversation",
        description="Tous les échanges avec leurs preuves, dans un fichier. Les citations sont "
        "relues au passage ; celles qui ne tiennent plus sont signalées.",
        response_class=Response,
        responses=_FILE,
    )
    def export(conversation_id: ConversationId, name: FormatName = "docx") -> Response:
        found = checked(_kept(opened).get(conversation_id), assistant)
        content = export_conversation(
            found, name, documents=_documents(assistant), organisation=settings.organisation
        )
        return _file(content, name, f"conversation-{conversation_id[:8]}")

    @routes.get(
        "/conversations/{conversation_id}/tours/{number}/export",
        summary="Exporter une réponse gardée",
        description="Une réponse d’une conversation avec ses preuves, relues au passage.",
        response_class=Response,
        responses=_FILE,
    )
    def export_turn(
        conversation_id: ConversationId, number: TurnNumber, name: FormatName = "docx"
    ) -> Response:
        turn = checked_turn(_kept(opened).turn(conversation_id, number), assistant)
        content = export_answer(
            turn.answer,
            name,
            documents=_documents(assistant),
            doubtful=reasons(turn),
            organisation=settings.organisation,
        )
        return _file(content, name, f"reponse-{conversation_id[:8]}-{number}")

    @routes.post(
        "/reponses/export",
        summary="Exporter une réponse",
        description="Met en forme une réponse rendue par `POST /v1/questions`, sans conversation. "
        "Chaque citation est relue dans les pages et chaque phrase comparée à ses citations : ce "
        "qui ne se vérifie pas est signalé dans le fichier, et le JSON refuse.",
        response_class=Response,
        responses=_FILE,
    )
    def export_one(
        body: Annotated[
            dict[str, Any], Body(description="La réponse, telle que l’API l’a rendue.")
        ],
        name: FormatName = "docx",
    ) -> Response:
        answer, doubts = recheck(_answer(body), assistant.page, foreign=True)
        if doubts and name == "json":
            raise InvalidAnswerError(
                f"{len(doubts)} phrase(s) de cette réponse ne se vérifient pas dans le corpus.",
                "Posez la question de nouveau, ou exportez dans un format qui signale les doutes.",
            )
        now = datetime.now(UTC).astimezone()
        noted = typeset(
            f"Réponse transmise à l’assistant le {now:%d/%m/%Y à %H:%M} : ses citations ont été "
            "relues dans le corpus ; ses remarques n’ont pas été contrôlées."
        )
        answer = answer.model_copy(update={"notes": [*answer.notes, noted]})
        content = export_answer(
            answer,
            name,
            documents=_documents(assistant),
            doubtful={doubt.sentence: doubt.reason for doubt in doubts},
            organisation=settings.organisation,
        )
        return _file(content, name, "reponse")

    return routes


_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {media.partition(";")[0]: {} for media in MEDIA_TYPES.values()},
        "description": "Le fichier.",
    }
}


def _answer(body: dict[str, Any]) -> Answer:
    """The answer that a client sends back.

    Raises:
        InvalidAnswerError: it has not the shape of one.
    """
    # Where it was kept says nothing of what it holds.
    fields = {key: value for key, value in body.items() if key not in {"conversation_id", "turn"}}
    try:
        # As JSON: strings are not taken for numbers, nor the reverse.
        return Answer.model_validate_json(json.dumps(fields))
    except (ValidationError, ValueError) as error:
        raise InvalidAnswerError(
            "Ce n’est pas une réponse de l’assistant : des champs manquent ou sont inconnus.",
            "Envoyez la réponse telle que POST /v1/questions l’a rendue.",
        ) from error


def _documents(assistant: Engine) -> dict[str, Any]:
    return {document.id: document for document in assistant.documents()}


def _file(content: bytes, name: str, stem: str) -> Response:
    """A file to save; its name is ours, in plain letters."""
    plain = "".join(char for char in stem if char.isascii() and (char.isalnum() or char == "-"))
    media = MEDIA_TYPES.get(name, "application/octet-stream")  # type: ignore[call-overload]
    return Response(
        content,
        media_type=media,
        headers={
            "Content-Disposition": f'attachment; filename="{plain}.{name}"',
            "Cache-Control": "no-store",
        },
    )
