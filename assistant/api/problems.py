"""Errors as RFC 9457 problem details, in French, never with a stack trace.

One table maps each domain error to its HTTP status, title and nothing else: the message and
the remedy come from the error itself, so that the command line and the API say the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.api.permissions import methods
from assistant.errors import (
    AssistantError,
    DocumentNotFoundError,
    EmptyFolderError,
    FolderNotFoundError,
    IndexCorruptError,
    IndexLockedError,
    IndexMissingError,
    InvalidFormatError,
    InvalidQuestionError,
    ModelMismatchError,
    ModelMissingError,
    ModelServerError,
    NetworkForbiddenError,
    PageImageMissingError,
    PageNotFoundError,
    PromptError,
    StorageError,
    TooManyQuestionsError,
    UnreadableFileError,
)
from assistant.index.in_use import IndexInUseError, RestorationUnfinishedError
from assistant.language.typography import typeset

logger = logging.getLogger("assistant.api")

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
"""Seconds a client is asked to wait after an error that may pass."""

DOMAIN: dict[type[AssistantError], tuple[int, str]] = {
    InvalidQuestionError: (422, "Question non recevable"),
    DocumentNotFoundError: (404, "Document inconnu"),
    PageNotFoundError: (404, "Page inconnue"),
    PageImageMissingError: (404, "Page sans image"),
    FolderNotFoundError: (404, "Dossier introuvable"),
    EmptyFolderError: (422, "Dossier vide"),
    UnreadableFileError: (422, "Fichier illisible"),
    IndexMissingError: (503, "Index absent"),
    IndexCorruptError: (503, "Index endommagé"),
    TooManyQuestionsError: (503, "Service très demandé"),
    IndexLockedError: (503, "Index occupé"),
    IndexInUseError: (503, "Index en service"),
    RestorationUnfinishedError: (503, "Restauration inachevée"),
    ModelMissingError: (503, "Modèle absent"),
    ModelMismatchError: (503, "Modèle différent de celui de l’index"),
    StorageError: (503, "Stockage indisponible"),
    InvalidFormatError: (422, "Format inconnu"),
    ModelServerError: (503, "Serveur du modèle indisponible"),
    PromptError: (500, "Consigne illisible"),
    NetworkForbiddenError: (500, "Connexion interdite"),
}
"""Status and title per domain error; anything else is a 500."""

INTERNAL = (
    "erreur_interne",
    "Erreur interne",
    "L’assistant a rencontré une erreur inattendue.",
    "Réessayez ; si l’erreur persiste, transmettez le journal du serveur à l’administrateur.",
)

HTTP: dict[int, tuple[str, str, str, str]] = {
    400: (
        "requete_invalide",
        "Requête non recevable",
        "La requête n’a pas pu être comprise.",
        "Vérifiez qu’elle suit la description de l’API, à l’adresse /docs.",
    ),
    403: (
        "origine_refusee",
        "Origine refusée",
        "Cette requête vient d’une autre page web.",
        "Ouvrez l’assistant à l’adresse affichée par le serveur à son démarrage.",
    ),
    404: (
        "adresse_inconnue",
        "Adresse inconnue",
        "Aucune ressource ne répond à cette adresse.",
        "La liste des adresses de l’API se trouve à l’adresse /docs.",
    ),
    405: (
        "methode_refusee",
        "Méthode non prise en charge",
        "Cette adresse n’accepte pas cette méthode HTTP.",
        "Les méthodes acceptées figurent dans l’en-tête Allow et à l’adresse /docs.",
    ),
    408: (
        "requete_trop_lente",
        "Requête trop lente",
        "La suite de la requête n’est pas arrivée à temps.",
        "Vérifiez votre connexion, puis envoyez-la de nouveau.",
    ),
    413: (
        "requete_trop_volumineuse",
        "Requête trop volumineuse",
        "Le corps de la requête dépasse la taille acceptée.",
        "Raccourcissez-le : une question tient en quelques lignes ; un fichier à déposer a sa "
        "propre limite, fixée par l’administrateur (ASSISTANT_MAX_FILE_MB).",
    ),
    421: (
        "hote_refuse",
        "Hôte refusé",
        "Ce serveur ne répond pas sous ce nom.",
        "Utilisez l’adresse affichée par le serveur à son démarrage (par exemple 127.0.0.1).",
    ),
    503: (
        "indisponible",
        "Service en cours de démarrage",
        "L’assistant n’est pas encore prêt.",
        "Réessayez dans quelques secondes.",
    ),
}
"""Code, title, detail and remedy of the errors that HTTP itself raises."""

VALIDATION: dict[str, str] = {
    "missing": "ce champ est obligatoire",
    "extra_forbidden": "ce champ n’existe pas",
    "string_type": "un texte est attendu",
    "string_too_short": "{min_length} caractères au moins sont attendus",
    "string_too_long": "{max_length} caractères au plus sont acceptés",
    "too_long": "{max_length} éléments au plus sont acceptés",
    "list_type": "une liste est attendue",
    "literal_error": "cette valeur n’existe pas",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "int_parsing_size": "ce nombre est trop grand",
    "float_type": "un nombre est attendu",
    "float_parsing": "un nombre est attendu",
    "bool_type": "vrai ou faux (true, false) est attendu",
    "date_parsing": "une date est attendue (2026-01-15)",
    "date_from_datetime_parsing": "une date est attendue (2026-01-15)",
    "finite_number": "un nombre fini est attendu",
    "model_attributes_type": "un objet JSON est attendu (en-tête Content-Type : application/json)",
    "dict_type": "un objet JSON est attendu",
    "json_invalid": "ce n’est pas du JSON valide",
    "string_unicode": "ce texte n’est pas de l’Unicode valide",
    "greater_than_equal": "la valeur minimale est {ge}",
    "less_than_equal": "la valeur maximale est {le}",
    "greater_than": "la valeur doit dépasser {gt}",
    "less_than": "la valeur doit rester sous {lt}",
}
"""French wording of pydantic's error types; its own messages are English."""


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    remedy: str = "",
    *,
    retryable: bool = False,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    details: Mapping[str, object] | None = None,
) -> JSONResponse:
    """Build a problem response.

    Args:
        status: HTTP status.
        code: stable identifier, also the anchor of its explanation in /docs.
        title: kind of error, a few words.
        detail: what happened.
        remedy: what the reader can do.
        retryable: whether the same call may succeed later; adds `Retry-After`.
        errors: refused fields, each with `champ` and `message`.
        headers: headers to add.
        details: members that this kind of problem adds (RFC 9457, section 3.2).
    """
    body: dict[str, Any] = {
        **(details or {}),
        "type": f"/docs#erreur-{code}",
        "title": typeset(title),
        "status": status,
        "detail": typeset(detail),
        "remedy": typeset(remedy),
        "code": code,
        "retryable": retryable,
    }
    if errors:
        body["errors"] = [dict(item) for item in errors]
    sent = dict(headers or {})
    if retryable:
        sent.setdefault("Retry-After", str(RETRY_AFTER_S))
    sent["Cache-Control"] = "no-store"
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers=sent)


def of_domain(error: AssistantError) -> JSONResponse:
    """The response to a domain error; an unmapped one is a 500 with its own message."""
    for kind in type(error).__mro__:
        if kind in DOMAIN:
            status, title = DOMAIN[kind]
            break
    else:
        status, title = (503 if error.retryable else 500), "Erreur"
    return problem(
        status,
        error.code,
        title,
        error.message,
        error.remedy,
        retryable=error.retryable,
        details=error.details,
    )


def of_http(status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response to an error raised by the HTTP layer, never in its English wording."""
    if status not in HTTP:
        code, title, detail, remedy = INTERNAL if status >= 500 else HTTP[400]
    else:
        code, title, detail, remedy = HTTP[status]
    return problem(status, code, title, detail, remedy, retryable=status == 503, headers=headers)


def of_validation(error: RequestValidationError) -> JSONResponse:
    """The response to a request that does not follow the description of the API."""
    fields, detail = refused_fields(error.errors())
    return problem(
        422,
        "requete_invalide",
        "Requête non recevable",
        detail,
        "Corrigez la requête ; sa description se trouve à l’adresse /docs.",
        errors=fields,
    )


def refused_fields(errors: Iterable[Any]) -> tuple[list[dict[str, str]], str]:
    """Each field that pydantic refused, `champ` and `message`, and one sentence of them all."""
    fields: list[dict[str, str]] = []
    for item in errors:
        # « body » and « query » say where FastAPI looked, which helps nobody.
        where = [str(part) for part in item["loc"] if part not in {"body", "query", "path"}]
        template = VALIDATION.get(item["type"], "valeur non recevable")
        fields.append(
            {
                "champ": "" if item["type"] == "json_invalid" else ".".join(where),
                "message": typeset(template.format_map(item.get("ctx") or {})),
            }
        )
    detail = " ; ".join(
        f"« {field['champ']} » : {field['message']}" if field["champ"] else field["message"]
        for field in fields
    )
    return fields, f"{detail[:1].upper()}{detail[1:]}."


def of_unexpected(path: str, error: Exception) -> JSONResponse:
    """The response to a defect of ours: its story goes to the log, not to the caller."""
    # The path, not the body: a question may hold personal data.
    logger.error("Erreur inattendue sur %s", path, exc_info=error)
    return problem(500, *INTERNAL)


def install(app: FastAPI) -> None:
    """Make an application answer every error as a problem; `SecurityMiddleware` does the rest."""

    async def domain(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, AssistantError)
        return of_domain(error)

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers or {})
        if error.status_code == 405:
            # Each method is a route of its own: the one that refused names itself alone.
            headers["Allow"] = ", ".join(methods(request.url.path)) or headers.get("Allow", "")
        return of_http(error.status_code, headers)

    async def validation(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return of_validation(error)

    app.add_exception_handler(AssistantError, domain)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, validation)
