"""The routes of fiches: draft, edit without losing anybody's words, follow, export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool

from assistant.access.cited import kept_back
from assistant.api import fiches_portfolio as portfolio
from assistant.api import fiches_texts, openapi, problems
from assistant.api.fiches_bodies import (
    CommentList,
    CommentRequest,
    FicheConflict,
    FicheDiff,
    FicheHistory,
    FicheList,
    FicheSummary,
    FieldPatch,
    NewFiche,
    RefreshChange,
    RefreshRequest,
    RefreshResponse,
    StateRequest,
)
from assistant.api.fiches_portfolio import Chosen, FormatName, file, file_of
from assistant.engine_port import Engine
from assistant.exports.answer import MEDIA_TYPES
from assistant.fiches.asking import read_request
from assistant.fiches.editing import MAX_AUTHOR, FieldEdit
from assistant.fiches.errors import (
    FicheConflictError,
    FicheLockedError,
    FicheNotFoundError,
    FichesOffError,
    FicheStaleError,
    FicheStateError,
    FichesUnreadableError,
    InvalidEditError,
    InvalidFicheError,
    InvalidRequestError,
    RevisionNotFoundError,
    RevisionRequiredError,
)
from assistant.fiches.history import Comment
from assistant.fiches.listing import FicheFilter
from assistant.fiches.method import Method, MethodError, load_method
from assistant.fiches.model import Fiche, json_schema
from assistant.fiches.shown import title_of
from assistant.fiches.store import FicheStore, open_store
from assistant.model import Document
from assistant.settings import Settings

for _error, _status, _title in (
    (FicheNotFoundError, 404, "Fiche inconnue"),
    (FichesOffError, 404, "Fiches désactivées"),
    (RevisionNotFoundError, 404, "Révision inconnue"),
    (FicheConflictError, 409, "Champ modifié entre-temps"),
    (FicheLockedError, 409, "Fiche verrouillée"),
    (FicheStateError, 409, "Changement d’état impossible"),
    (FicheStaleError, 412, "Fiche modifiée entre-temps"),
    (InvalidEditError, 422, "Saisie non recevable"),
    (InvalidFicheError, 422, "Fiche non recevable"),
    (InvalidRequestError, 422, "Demande non recevable"),
    (RevisionRequiredError, 428, "Révision requise"),
    (MethodError, 500, "Grille non recevable"),
    (FichesUnreadableError, 503, "Fiches illisibles"),
):
    problems.DOMAIN[_error] = (_status, _title)
openapi.SCHEMAS.update(fiches_texts.SCHEMAS)
openapi.EXAMPLES.update(fiches_texts.EXAMPLES)

FicheId = Annotated[str, PathParameter(max_length=100, description="Identifiant de la fiche.")]
FieldKey = Annotated[
    str, PathParameter(max_length=100, description="Nom du champ (`besoin`, `donnees`…).")
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=100, description="L’`ETag` de la fiche lue : sa révision."),
]

MOST = 10**9
"""Largest rank or revision that one may ask for: SQLite refuses those of more than 63 bits."""

_CONFLICTS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {problems.MEDIA_TYPE: {}},
        "model": FicheConflict,
    }
    for status, description in {
        409: "Quelqu’un d’autre a modifié ce champ, ou la fiche est verrouillée.",
        412: "La fiche a changé depuis la révision lue.",
        428: "L’en-tête `If-Match` manque.",
    }.items()
}


def read_revision(header: str | None) -> int:
    """The revision named by an `If-Match` header.

    Raises:
        RevisionRequiredError: the header is missing or names no revision.
    """
    found = re.fullmatch(r'\s*(?:W/)?"?(\d{1,9})"?\s*', header or "")
    if found is None:
        raise RevisionRequiredError(
            "La modification ne dit pas sur quelle révision elle porte.",
            "Envoyez l’en-tête If-Match avec l’ETag de la fiche que vous avez lue.",
        )
    return int(found[1])


def router(assistant: Engine, settings: Settings) -> APIRouter:  # noqa: PLR0915 - one line a route
    """The routes of the fiches of an index.

    Raises:
        MethodError: the grid of the settings is not valid.
    """
    method = load_method(settings.fiche_method)
    opened = open_store(settings, kept_back(assistant))
    routes = APIRouter(prefix="/v1/fiches", tags=["Fiches"], responses=openapi.PROBLEMS)

    def store() -> FicheStore:
        if opened is None:
            raise FichesOffError(
                "Les fiches ne sont pas gardées : l’administrateur l’a choisi.",
                "Rédigez sans garder (« garder » : false), ou activez l’option « fiches ».",
            )
        return opened

    def several(ids: list[str], chosen: FicheFilter) -> list[Fiche]:
        return [store().get(one) for one in ids] if ids else store().list(chosen)

    def documents() -> Mapping[str, Document]:
        return {document.id: document for document in assistant.documents()}

    @routes.get(
        "/schema",
        summary="Schéma d’une fiche",
        description="Le schéma JSON (2020-12) d’une fiche exportée au format JSON.",
    )
    def schema() -> dict[str, Any]:
        return json_schema()

    @routes.get(
        "/methode",
        summary="Grille en service",
        description="Axes, fonctions d’IA, critères, échelles et champs : ce qu’un formulaire doit "
        "proposer.",
    )
    def grid() -> Method:
        return method

    @routes.get(
        "",
        summary="Lister les fiches",
        description="Les fiches gardées sur cette machine, la dernière modifiée d’abord.",
    )
    def listed(
        chosen: Chosen,
        limite: Annotated[int, Query(ge=1, le=200, description="Nombre maximal rendu.")] = 50,
        debut: Annotated[int, Query(ge=0, le=MOST, description="Nombre à passer.")] = 0,
    ) -> FicheList:
        found = store().list(replace(chosen, limit=limite, offset=debut))
        today = date.today()
        return FicheList(
            total=store().count(chosen),
            fiches=[FicheSummary.of(one, method, today) for one in found],
        )

    @routes.post(
        "",
        summary="Rédiger une fiche",
        description="Cherche dans les documents ce que chaque champ peut dire du cas d’usage. Une "
        "affirmation tirée des documents porte sa citation ; ce que rien ne remplit reste « à "
        "compléter », avec la question à poser. La fiche est gardée comme brouillon.",
        status_code=201,
    )
    def draft(body: NewFiche, response: Response) -> Fiche:
        from assistant.fiches.ordering import order_fiche

        asked = read_request(body.title, body.need, body.service, body.constraints)
        fiche = order_fiche(
            asked,
            method,
            assistant,
            store() if body.garder else opened,
            keep=body.garder,
            author=body.author,
            mode=body.mode,
        )
        if body.garder:
            response.headers["Location"] = f"/v1/fiches/{fiche.id}"
        return _tagged(fiche, response)

    @routes.post(
        "/import",
        summary="Importer une fiche",
        description="Garde une fiche exportée au format JSON, telle quelle quand toutes ses "
        "citations se retrouvent dans les pages de ce corpus. Ce qui n’y est pas prouvé est gardé "
        "avec une remarque « Non vérifiée ici », et son champ n’est plus « documenté » pour cela. "
        "Si une autre fiche porte déjà son identifiant, elle en reçoit un nouveau.",
        status_code=201,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fiche"}}},
            }
        },
    )
    async def imported(
        request: Request,
        response: Response,
        auteur: Annotated[
            str | None, Query(max_length=MAX_AUTHOR, description="Qui l’importe.")
        ] = None,
    ) -> Fiche:
        raw = await request.body()
        fiche = await run_in_threadpool(store().import_json, raw, auteur, get_page=assistant.page)
        response.headers["Location"] = f"/v1/fiches/{fiche.id}"
        return _tagged(fiche, response)

    portfolio.add_routes(routes, several, method, documents, settings.organisation)

    @routes.get(
        "/{fiche_id}",
        response_model=Fiche,
        summary="Lire une fiche",
        description="La fiche et ses preuves. L’`ETag` est sa révision : le renvoyer dans "
        "`If-Match` pour modifier un champ.",
        responses={304: {"description": "La fiche n’a pas changé."}},
    )
    def read(
        fiche_id: FicheId,
        response: Response,
        revision: Annotated[
            int | None,
            Query(ge=1, le=MOST, description="Une révision passée ; la dernière par défaut."),
        ] = None,
        if_none_match: Annotated[
            str, Header(alias="If-None-Match", max_length=1000, description="`ETag` déjà lu.")
        ] = "",
    ) -> Any:
        fiche = store().get(fiche_id) if revision is None else store().at(fiche_id, revision)
        if f'"{fiche.revision}"' in if_none_match:
            return Response(status_code=304, headers={"ETag": f'"{fiche.revision}"'})
        return _tagged(fiche, response)

    @routes.patch(
        "/{fiche_id}/champs/{key}",
        summary="Modifier un champ",
        description="Modifie un champ à partir de la révision lue (`If-Match`). Si d’autres champs "
        "ont changé depuis, tout est gardé ; si c’est celui-ci, rien n’est écrit et le problème "
        "`conflit` rend les deux textes. Renvoyer deux fois la même modification ne change rien.",
        responses=_CONFLICTS,
    )
    def patch(
        fiche_id: FicheId,
        key: FieldKey,
        body: FieldPatch,
        response: Response,
        if_match: IfMatch = None,
    ) -> Fiche:
        edit = FieldEdit.model_validate(body.model_dump(exclude={"author"}))
        revision = read_revision(if_match)
        fiche = store().set_field(fiche_id, key, edit, revision=revision, author=body.author)
        return _tagged(fiche, response)

    @routes.post(
        "/{fiche_id}/etat",
        summary="Changer l’état d’une fiche",
        description="Brouillon, en revue, validée, archivée. Le retour au brouillon demande un "
        "commentaire. Avec `If-Match`, la décision est refusée si la fiche a changé depuis.",
        responses=_CONFLICTS,
    )
    def move(
        fiche_id: FicheId, body: StateRequest, response: Response, if_match: IfMatch = None
    ) -> Fiche:
        revision = read_revision(if_match) if if_match else None
        moved = store().move(
            fiche_id, body.state, body.author, comment=body.comment, revision=revision
        )
        return _tagged(moved, response)

    @routes.get(
        "/{fiche_id}/commentaires",
        summary="Lire les commentaires",
        description="Les commentaires de la fiche et de ses champs.",
    )
    def comments(fiche_id: FicheId) -> CommentList:
        return CommentList(comments=list(store().comments(fiche_id)))

    @routes.post(
        "/{fiche_id}/commentaires",
        summary="Commenter",
        description="Ajoute un commentaire à un champ, ou à toute la fiche. La révision ne change "
        "pas.",
        status_code=201,
    )
    def comment(fiche_id: FicheId, body: CommentRequest) -> Comment:
        return store().comment(fiche_id, body.key, body.text, body.author)

    @routes.get(
        "/{fiche_id}/historique",
        summary="Lire l’historique",
        description="Chaque révision : qui, quand, et chaque champ avant et après.",
    )
    def history(fiche_id: FicheId) -> FicheHistory:
        return FicheHistory(revisions=list(store().history(fiche_id)))

    @routes.get(
        "/{fiche_id}/differences",
        summary="Comparer deux révisions",
        description="Les champs qui diffèrent entre deux révisions, avant et après.",
    )
    def diff(
        fiche_id: FicheId,
        de: Annotated[int, Query(ge=1, le=MOST, description="Révision de départ.")],
        a: Annotated[
            int | None,
            Query(ge=1, le=MOST, description="Révision d’arrivée ; la dernière par défaut."),
        ] = None,
    ) -> FicheDiff:
        last = store().get(fiche_id).revision if a is None else a
        return FicheDiff(de=de, a=last, changes=list(store().diff(fiche_id, de, last)))

    @routes.post(
        "/{fiche_id}/rafraichir",
        summary="Rafraîchir les preuves",
        description="Cherche de nouveau dans les documents et dit ce qui a changé : document "
        "nouveau, source remplacée, échéance passée. Ce que quelqu’un a saisi n’est pas touché.",
        responses=_CONFLICTS,
    )
    def refreshed(
        fiche_id: FicheId, response: Response, body: Annotated[RefreshRequest, Body()]
    ) -> RefreshResponse:
        from assistant.fiches.refresh import refresh

        before = store().get(fiche_id)
        fiche, changes = refresh(before, method, assistant, today=date.today())
        left: list[str] = []
        if body.appliquer:
            fiche, kept = store().apply(
                fiche_id, fiche, revision=before.revision, author=body.author
            )
            left = list(kept)
        _tagged(fiche, response)
        return RefreshResponse(
            fiche=fiche,
            changes=[RefreshChange.model_validate(one.model_dump()) for one in changes],
            left=left,
            applied=body.appliquer,
        )

    @routes.get(
        "/{fiche_id}/export",
        summary="Exporter une fiche",
        description="La fiche dans un fichier, chaque affirmation avec sa note de bas de page. Le "
        "JSON est celui que l’import reprend tel quel.",
        response_class=Response,
        responses=file_of(MEDIA_TYPES),
    )
    def export(fiche_id: FicheId, name: FormatName = "docx") -> Response:
        from assistant.fiches.export import export_fiche

        fiche = store().get(fiche_id)
        content = export_fiche(
            fiche,
            name,
            method=method,
            documents=documents(),
            organisation=settings.organisation,
        )
        return file(content, name, f"fiche-{title_of(fiche, method)}", MEDIA_TYPES)

    @routes.delete(
        "/{fiche_id}",
        summary="Supprimer une fiche",
        description="Supprime la fiche, son historique et ses commentaires, pour de bon.",
        status_code=204,
        response_class=Response,
    )
    def delete(fiche_id: FicheId) -> Response:
        store().delete(fiche_id)
        return Response(status_code=204)

    return routes


def _tagged(fiche: Fiche, response: Response) -> Fiche:
    response.headers["ETag"] = f'"{fiche.revision}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return fiche
