"""The routes of the corpus as a whole: deposits that wait, work, versions, state, sources."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response
from fastapi import Path as PathParameter

from assistant.api import openapi
from assistant.api.documents import JOB_HEADERS, DocumentId, followed
from assistant.api.documents_bodies import (
    CorpusState,
    DepositList,
    DepositView,
    JobList,
    JobView,
    ReindexRequest,
    SourceList,
    SourceView,
    VersionLinkView,
    VersionList,
    VersionRequest,
)
from assistant.library.desk import Library

JobId = Annotated[str, PathParameter(max_length=64, description="Identifiant du travail.")]


def router(library: Library) -> APIRouter:
    """The routes of the corpus of an index."""
    routes = APIRouter(prefix="/v1", tags=["Documents"], responses=openapi.PROBLEMS)
    _deposits(routes, library)
    _versions(routes, library)
    _working(routes, library)
    _knowing(routes, library)
    return routes


def _deposits(routes: APIRouter, library: Library) -> None:
    @routes.get(
        "/corpus/depots",
        summary="Lister les dépôts en attente",
        description="Les fichiers déposés qui ne sont pas encore indexés, ceux d’avant un arrêt "
        "du serveur compris.",
    )
    def pending() -> DepositList:
        return DepositList(depots=[DepositView.of(deposit) for deposit in library.pending()])

    @routes.delete(
        "/corpus/depots/{nom}",
        summary="Supprimer un dépôt",
        description="Supprime un fichier déposé qui attend ou que la lecture a refusé. Un document "
        "indexé se retire à son adresse.",
        status_code=204,
        response_class=Response,
    )
    def discard(
        nom: Annotated[str, PathParameter(max_length=300, description="Nom du fichier.")],
    ) -> Response:
        library.discard(nom)
        return Response(status_code=204)


def _versions(routes: APIRouter, library: Library) -> None:
    @routes.get(
        "/corpus/versions",
        summary="Lister les versions",
        description="Les documents dont une version plus récente est dans le corpus.",
    )
    def versions() -> VersionList:
        return VersionList(
            versions=[VersionLinkView.model_validate(link) for link in library.versions()]
        )

    @routes.put(
        "/corpus/versions",
        summary="Décider d’une version",
        description="Dit qu’un document en remplace un autre, ou que les deux sont distincts.",
    )
    def decide(body: VersionRequest) -> VersionList:
        library.link(body.ancien, body.nouveau, cut=body.distincts)
        return versions()


def _working(routes: APIRouter, library: Library) -> None:
    @routes.post(
        "/corpus/chargement",
        summary="Indexer les dépôts",
        description="Indexe les fichiers déposés qui attendent. Une demande rejoint celle qui "
        "attend déjà.",
        status_code=202,
        responses={202: {"headers": JOB_HEADERS}},
    )
    def load(response: Response) -> JobView:
        return followed(library.start(), response)

    @routes.post(
        "/corpus/reindexation",
        summary="Relire le corpus",
        description="Compare tous les dossiers du corpus avec l’index et relit ce qui a changé. "
        "Les questions obtiennent leur réponse pendant ce temps.",
        status_code=202,
        responses={202: {"headers": JOB_HEADERS}},
    )
    def reindex(
        response: Response,
        body: Annotated[ReindexRequest | None, Body()] = None,
    ) -> JobView:
        rebuild = body is not None and body.reconstruire
        return followed(library.reindex(rebuild=rebuild), response)

    @routes.post(
        "/corpus/retraits/{document_id}/reprise",
        summary="Reprendre un document retiré",
        description="Indexe de nouveau un document retiré dont le fichier est resté dans son "
        "dossier ; leur liste est dans l’état du corpus.",
        status_code=202,
        responses={202: {"headers": JOB_HEADERS}},
    )
    def take_back(document_id: DocumentId, response: Response) -> JobView:
        return followed(library.take_back(document_id), response)

    @routes.get(
        "/corpus/travaux",
        summary="Lister les travaux",
        description="Les derniers travaux sur l’index depuis le démarrage du serveur.",
    )
    def jobs() -> JobList:
        return JobList(travaux=[JobView.of(job) for job in library.jobs()])

    @routes.get(
        "/corpus/travaux/{job_id}",
        summary="Suivre un travail",
        description="Son étape, son avancement, la durée restante, et le sort de chaque fichier.",
    )
    def job(job_id: JobId) -> JobView:
        found = library.job(job_id)
        assert found is not None
        return JobView.of(found)

    @routes.post(
        "/corpus/travaux/{job_id}/arret",
        summary="Arrêter un travail",
        description="Le travail s’arrête entre deux fichiers. Ce qui est lu est gardé.",
        status_code=202,
    )
    def stop(job_id: JobId) -> JobView:
        return JobView.of(library.stop(job_id))


def _knowing(routes: APIRouter, library: Library) -> None:
    @routes.get(
        "/corpus/etat",
        summary="État du corpus",
        description="Ce qui a été lu de chaque fichier, ce qui est refusé et pourquoi, ce qui "
        "attend, ce que vous avez retiré.",
    )
    def state(
        pages: Annotated[bool, Query(description="Détailler chaque page.")] = False,
    ) -> CorpusState:
        return CorpusState.of(library.state(pages=pages))

    @routes.get(
        "/corpus/sources",
        summary="Lister les sources publiques",
        description="Les sources connues, et celles qui sont déjà là. Le serveur ne télécharge "
        "rien : la commande `assistant corpus telecharger` le fait.",
    )
    def sources() -> SourceList:
        return SourceList(sources=[SourceView.model_validate(entry) for entry in library.sources()])
