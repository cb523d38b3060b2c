"""The routes of documents: list, deposit, describe, remove, while questions go on."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from contextlib import ExitStack, suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from assistant.access import current
from assistant.api import openapi, problems
from assistant.api.documents_bodies import (
    DepositView,
    DocumentChanges,
    JobView,
)
from assistant.api.incoming import BodyError, Incoming
from assistant.api.schemas import DocumentList, DocumentView, Problem
from assistant.api.upload_keys import (
    UploadKeyBusyError,
    UploadKeyError,
    UploadKeys,
    UploadKeysUnreadableError,
    UploadKeyUsedError,
)
from assistant.describing import DescriptionError
from assistant.engine_port import Engine
from assistant.errors import AssistantError, DocumentNotFoundError
from assistant.library import errors as refusals
from assistant.library.desk import Library
from assistant.library.model import Job
from assistant.settings import Settings
from assistant.sources.listing import SourceListError
from assistant.sources.lockfile import LockFileError


class RevisionChangedError(AssistantError):
    """The document, or what is said of it, changed since it was read."""

    code = "document_modifie"


class RevisionMissingError(AssistantError):
    """The request does not say which state of the document it changes."""

    code = "revision_absente"


for _error, _status, _title in (
    (refusals.DepositError, 422, "Dépôt refusé"),
    (refusals.FileNameError, 422, "Nom de fichier refusé"),
    (refusals.FileFormatError, 415, "Format de fichier refusé"),
    (refusals.FileTooLargeError, 413, "Fichier trop volumineux"),
    (refusals.FileEmptyError, 422, "Fichier vide"),
    (refusals.FileDigestError, 422, "Empreinte différente"),
    (refusals.NameTakenError, 409, "Nom déjà pris"),
    (refusals.BusyError, 503, "Trop de dépôts à la fois"),
    (refusals.DepositUnknownError, 404, "Dépôt inconnu"),
    (refusals.JobUnknownError, 404, "Travail inconnu"),
    (refusals.StoppedError, 409, "Travail arrêté"),
    (BodyError, 422, "Dépôt mal formé"),
    (UploadKeyError, 422, "Clé d’idempotence mal formée"),
    (UploadKeyUsedError, 409, "Clé d’idempotence déjà utilisée"),
    (UploadKeyBusyError, 409, "Requête déjà en cours"),
    (UploadKeysUnreadableError, 503, "Clés d’idempotence illisibles"),
    (RevisionChangedError, 412, "Document modifié"),
    (RevisionMissingError, 428, "Révision absente"),
    (DescriptionError, 422, "Description non recevable"),
    (SourceListError, 503, "Liste des sources illisible"),
    (LockFileError, 503, "Relevé des téléchargements illisible"),
):
    problems.DOMAIN.setdefault(_error, (_status, _title))

_FILE_SCHEMA: Final = {"type": "string", "format": "binary"}
_UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "Le fichier, en octets ; ou un formulaire qui le contient.",
        "content": {
            "application/octet-stream": {"schema": _FILE_SCHEMA},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["fichier"],
                    "properties": {
                        "fichier": {**_FILE_SCHEMA, "description": "Le fichier, avec son nom."}
                    },
                }
            },
        },
    }
}


def _refused(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Responses of refusals, besides those that every route may give."""
    described = {
        408: "Le fichier n’arrive plus.",
        409: "Un autre contenu porte ce nom, ou la clé a servi pour un autre fichier.",
        412: "Le document a changé depuis qu’il a été lu.",
        415: "Le format n’est pas lu, ou le contenu n’est pas ce que dit l’extension.",
        428: "L’en-tête `If-Match` manque.",
    }
    return {
        status: {
            "model": Problem,
            "description": described[status],
            "content": {problems.MEDIA_TYPE: {}},
        }
        for status in statuses
    }


DocumentId = Annotated[str, PathParameter(description="Identifiant du document.")]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match", max_length=200, description="L’`ETag` du document tel qu’il a été lu."
    ),
]
JOB_HEADERS: Final[dict[str, Any]] = {
    "Location": {"description": "Adresse du travail, à suivre.", "schema": {"type": "string"}}
}


def router(assistant: Engine, library: Library, settings: Settings) -> APIRouter:
    """The routes of documents, but their pages.

    Args:
        assistant: the engine, as the person who asks sees it.
        library: what changes the corpus.
        settings: the options.
    """
    routes = APIRouter(prefix="/v1", tags=["Documents"], responses=openapi.PROBLEMS)
    _reading(routes, assistant, library)
    _depositing(routes, library, UploadKeys(settings.index_dir / "depots.sqlite"))
    _changing(routes, assistant, library)
    return routes


def _reading(routes: APIRouter, assistant: Engine, library: Library) -> None:
    @routes.get(
        "/documents",
        summary="Lister les documents",
        description="Les documents indexés, par titre, avec ce que leur lecture a donné.",
    )
    def documents(
        limite: Annotated[
            int | None, Query(ge=1, le=1000, description="Nombre maximal rendu ; tous par défaut.")
        ] = None,
        debut: Annotated[int, Query(ge=0, le=10**9, description="Nombre à passer.")] = 0,
    ) -> DocumentList:
        views = [DocumentView.of(document) for document in assistant.documents()]
        views.sort(key=lambda view: (view.title, view.file))
        end = None if limite is None else debut + limite
        return DocumentList(total=len(views), documents=views[debut:end])

    @routes.get(
        "/documents/{document_id}",
        summary="Décrire un document",
        description="Métadonnées et pages lues d’un document. L’`ETag` est à renvoyer dans "
        "`If-Match` pour le décrire autrement ou le retirer.",
    )
    def document(document_id: DocumentId, response: Response) -> DocumentView:
        view = DocumentView.of(assistant.document(document_id))
        # One that was taken out stays shown until the index is published without it.
        with suppress(DocumentNotFoundError):
            response.headers["ETag"] = f'"{library.revision(document_id)}"'
        return view


def _depositing(routes: APIRouter, library: Library, keys: UploadKeys) -> None:
    @routes.post(
        "/documents",
        summary="Déposer un document",
        description="Reçoit un fichier (octets, ou formulaire), le vérifie, puis lance son "
        "indexation, à suivre dans le travail rendu. 201 : déposé ; 200 : le même contenu est "
        "déjà là, rien n’est gardé deux fois. Un autre contenu sous un nom déjà pris est refusé "
        "(409), sauf avec `remplacer`. Avec `Idempotency-Key`, la même requête renvoyée dans les "
        "24 heures obtient la même réponse sans être refaite.",
        status_code=201,
        response_model=DepositView,
        openapi_extra=_UPLOAD,
        responses={
            200: {"model": DepositView, "description": "Le même contenu est déjà là."},
            **_refused(408, 409, 415),
        },
    )
    async def deposit(
        request: Request,
        nom: Annotated[
            str | None,
            Query(max_length=1000, description="Nom du fichier ; inutile dans un formulaire."),
        ] = None,
        remplacer: Annotated[
            bool, Query(description="Prendre le fichier pour la nouvelle version de son nom.")
        ] = False,
        indexer: Annotated[bool, Query(description="Lancer l’indexation aussitôt.")] = True,
        sha256: Annotated[
            str | None,
            Query(pattern="^[0-9a-fA-F]{64}$", description="Empreinte SHA-256 à vérifier."),
        ] = None,
        key: Annotated[
            str | None,
            Header(
                alias="Idempotency-Key",
                max_length=255,
                description="Identifiant de la requête, choisi par qui l’envoie (un UUID).",
            ),
        ] = None,
        digest: Annotated[
            str | None,
            Header(
                alias="Content-Digest",
                max_length=500,
                description="Empreinte à vérifier (RFC 9530), fichier envoyé seul : `sha-256=:…:`.",
            ),
        ] = None,
    ) -> Response:
        expected = sha256 or _sha256_of(digest)
        with ExitStack() as held:
            used = (
                held.enter_context(keys.using(current.person().id, key))
                if key is not None
                else None
            )
            incoming = Incoming(request.headers.get("content-type", ""), nom, library.reception)
            held.callback(incoming.close)
            try:
                reception = await incoming.read(request)
            except ClientDisconnect:
                return problems.of_http(400)  # nobody reads it

            def conclude() -> tuple[int, str, bool]:
                reception.finish(expected)
                content = f"{reception.sha256} {int(remplacer)} {int(indexer)} {reception.name}"
                before = used.answered(content) if used is not None else None
                if before is not None:
                    return (*before, True)
                kept = library.keep(reception, replace=remplacer)
                job = library.start().id if indexer and not kept.known else None
                status = 200 if kept.known else 201
                body = DepositView.of(kept, job).model_dump_json()
                if used is not None:
                    used.keep(content, status, body)
                return status, body, False

            status, body, again = await run_in_threadpool(conclude)
            headers = {"Location": f"/v1/documents/{reception.sha256[:16]}"}
            if again:
                headers["Idempotent-Replayed"] = "true"
            return Response(body, status, headers, media_type="application/json")


def _changing(routes: APIRouter, assistant: Engine, library: Library) -> None:
    @routes.patch(
        "/documents/{document_id}",
        summary="Décrire autrement un document",
        description="Garde ce que vous dites d’un document (titre, éditeur, type, région, date, "
        "version). Un nouveau titre est indexé aussitôt.",
        responses=_refused(412, 428),
    )
    def describe(
        document_id: DocumentId,
        body: DocumentChanges,
        response: Response,
        if_match: IfMatch = None,
    ) -> DocumentView:
        assistant.document(document_id)
        _check_revision(library, document_id, if_match)
        described = library.describe(document_id, body.changes(), clear=body.effacer)
        response.headers["ETag"] = f'"{library.revision(document_id)}"'
        return DocumentView.of(described.document)

    @routes.delete(
        "/documents/{document_id}",
        summary="Retirer un document",
        description="Retire un document de l’index et efface son texte. Un fichier déposé est "
        "supprimé ; un fichier d’un dossier géré ailleurs y reste, et n’est plus indexé tant qu’il "
        "n’est pas déposé de nouveau ou repris (`assistant corpus reprendre`).",
        status_code=202,
        responses={202: {"headers": JOB_HEADERS}, **_refused(412, 428)},
    )
    def remove(document_id: DocumentId, response: Response, if_match: IfMatch = None) -> JobView:
        assistant.document(document_id)
        _check_revision(library, document_id, if_match)
        return followed(library.remove(document_id), response)


def followed(job: Job, response: Response) -> JobView:
    """Show a job, and say in the response where to follow it."""
    response.headers["Location"] = f"/v1/corpus/travaux/{job.id}"
    return JobView.of(job)


def _check_revision(library: Library, document_id: str, if_match: str | None) -> None:
    """Check that a change is made on the document as it stands.

    Raises:
        RevisionMissingError, RevisionChangedError: it is not said, or it has changed.
    """
    named = re.findall(r'(?:W/)?"([^"]*)"', if_match or "")
    if not named and (if_match or "").strip() != "*":
        raise RevisionMissingError(
            "La modification ne dit pas sur quel état du document elle porte.",
            "Envoyez l’en-tête If-Match avec l’ETag du document que vous avez lu.",
        )
    if named and library.revision(document_id) not in named:
        raise RevisionChangedError(
            "Le document a changé depuis que vous l’avez lu.",
            "Relisez-le, puis recommencez.",
        )


def _sha256_of(header: str | None) -> str | None:
    """The SHA-256 of a `Content-Digest` header, hexadecimal; `None` when it has none.

    Raises:
        FileDigestError: it is badly formed.
    """
    found = re.search(r"(?:^|,)\s*sha-256=:([^:]*):", header or "")
    if found is None:
        return None
    try:
        digest = b64decode(found[1], validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 32:
        raise refusals.FileDigestError(
            "L’en-tête Content-Digest est mal formé.",
            "Écrivez sha-256=: puis les 32 octets de l’empreinte en base 64, puis deux points.",
        )
    return digest.hex()
