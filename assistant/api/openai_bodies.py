"""What the OpenAI-compatible routes receive and send."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.api.schemas import Flag, Text
from assistant.model import Box

MAX_MESSAGES = 1000
MAX_PARTS = 100


class _Received(BaseModel):
    """Clients send parameters that only some servers know: those are accepted, and ignored."""

    model_config = ConfigDict(extra="allow")


class ContentPart(_Received):
    """Un morceau de message."""

    type: Text = Field(description="`text` ; les images, sons et fichiers ne sont pas lus.")
    text: Text | None = Field(None, description="Le texte, quand le type est `text`.")


class ChatMessage(_Received):
    """Un message du dialogue."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"] = Field(
        description="Seuls les messages `user` sont lus."
    )
    content: Text | list[ContentPart] | None = Field(
        None, description=f"Le texte, ou {MAX_PARTS} morceaux au plus."
    )


class StreamOptions(_Received):
    """Options du flux."""

    include_usage: Flag | None = Field(
        None, description="Envoyer les compteurs dans un dernier morceau."
    )


class ResponseFormat(_Received):
    """Forme de réponse demandée."""

    type: Text = Field(
        description="Seul `text` est pris en charge.", json_schema_extra={"const": "text"}
    )


class ChatRequest(_Received):
    """Un dialogue dont la dernière question attend sa réponse."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "model": "assistant-extractif",
                    "messages": [
                        {"role": "user", "content": "Quel est le montant maximal par projet ?"}
                    ],
                }
            ]
        },
    )

    model: Text = Field(max_length=200, description="Un modèle de `GET /v1/models`.")
    messages: list[ChatMessage] = Field(
        min_length=1,
        max_length=MAX_MESSAGES,
        description="Le dialogue, le plus ancien d’abord. Le dernier message `user` est la "
        "question ; les messages `user` qui le précèdent servent à compléter une question qui en "
        "dépend. Les consignes (`system`, `developer`) et les réponses passées ne sont pas lues.",
    )
    stream: Flag | None = Field(None, description="Envoyer la réponse au fur et à mesure.")
    stream_options: StreamOptions | None = Field(None, description="Options du flux.")
    n: Annotated[int, Field(strict=True)] | None = Field(
        None, description="Nombre de réponses : 1.", json_schema_extra={"enum": [1, None]}
    )
    tools: list[Any] | None = Field(
        None, description="Non pris en charge.", json_schema_extra={"maxItems": 0}
    )
    functions: list[Any] | None = Field(
        None, description="Non pris en charge.", json_schema_extra={"maxItems": 0}
    )
    response_format: ResponseFormat | None = Field(None, description="`text` seulement.")
    logprobs: Flag | None = Field(
        None, description="Non pris en charge.", json_schema_extra={"enum": [False, None]}
    )
    modalities: list[Text] | None = Field(
        None,
        description="`text` seulement.",
        json_schema_extra={"items": {"const": "text"}},
    )


class ChatCitation(BaseModel):
    """Une note de la réponse : la page citée et les mots repris."""

    number: int = Field(description="Numéro de la note dans le texte : `[1]`.")
    document: str = Field(description="Titre du document.")
    file: str = Field(description="Nom du fichier.")
    document_id: str = Field(description="Identifiant du document.")
    page: int = Field(description="Numéro physique de la page, à partir de 1.")
    page_label: str = Field(description="Numéro imprimé sur la page.")
    quote: str = Field(description="Le texte cité, mot pour mot.")
    start: int = Field(description="Début de la citation dans le texte brut de la page.")
    end: int = Field(description="Fin de la citation, exclue.")
    boxes: list[Box] = Field(description="Rectangles de la citation sur la page, en points.")
    path: str = Field(description="Chemin de la page sur ce serveur.")
    url: str = Field(description="Adresse de la page.")


class ChatAnswer(BaseModel):
    """La réponse, et en plus du format d’OpenAI ce qui permet de la vérifier."""

    role: Literal["assistant"] = Field("assistant", description="Toujours `assistant`.")
    content: str = Field(description="La réponse, en Markdown, ses notes et ses sources à la fin.")
    refusal: str | None = Field(None, description="Toujours vide.")
    citations: list[ChatCitation] = Field(description="Les citations, note par note (ajout).")
    abstained: bool = Field(description="Vrai quand rien dans le corpus ne répond (ajout).")
    reason_code: str | None = Field(description="Pourquoi, en identifiant stable (ajout).")
    understood: str | None = Field(
        description="La question cherchée, quand elle complète celle qui a été posée (ajout)."
    )


class ChatChoice(BaseModel):
    """La seule réponse."""

    index: int = Field(0, description="Toujours 0.")
    message: ChatAnswer = Field(description="La réponse.")
    logprobs: None = Field(None, description="Toujours vide.")
    finish_reason: Literal["stop"] = Field("stop", description="Toujours `stop`.")


class Usage(BaseModel):
    """Volume échangé, approximatif : un jeton pour quatre caractères, arrondi."""

    prompt_tokens: int = Field(description="Volume des messages reçus.")
    completion_tokens: int = Field(description="Volume de la réponse.")
    total_tokens: int = Field(description="Les deux.")


class ChatCompletion(BaseModel):
    """Une réponse au format d’OpenAI."""

    id: str = Field(description="Identifiant de cette réponse.")
    object: Literal["chat.completion"] = Field("chat.completion", description="Sorte d’objet.")
    created: int = Field(description="Instant de la réponse, en secondes depuis 1970.")
    model: str = Field(description="Le modèle demandé.")
    system_fingerprint: str = Field(description="Génération de l’index qui a servi.")
    choices: list[ChatChoice] = Field(description="La réponse, seule de sa liste.")
    usage: Usage = Field(description="Volume échangé, approximatif.")


class ServedModel(BaseModel):
    """Une façon de répondre, présentée comme un modèle."""

    id: str = Field(description="Le nom à donner dans `model`.")
    object: Literal["model"] = Field("model", description="Sorte d’objet.")
    created: int = Field(description="Démarrage du serveur, en secondes depuis 1970.")
    owned_by: str = Field("assistant", description="Toujours `assistant`.")


class ModelList(BaseModel):
    """Les modèles que ce serveur présente."""

    object: Literal["list"] = Field("list", description="Sorte d’objet.")
    data: list[ServedModel] = Field(description="Les modèles.")


class OpenAIErrorBody(BaseModel):
    """Ce qui s’est passé."""

    message: str = Field(description="En français, avec ce que l’on peut faire.")
    type: str = Field(description="Sorte d’erreur, selon OpenAI.")
    param: str | None = Field(description="Le paramètre en cause, s’il y en a un.")
    code: str = Field(description="Identifiant stable de la sorte d’erreur.")


class OpenAIError(BaseModel):
    """Une erreur au format d’OpenAI, que ses clients savent lire."""

    error: OpenAIErrorBody = Field(description="L’erreur.")
