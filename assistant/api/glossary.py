"""The routes of the glossary: read it, correct a sigle, withdraw one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field

from assistant.api import openapi, problems
from assistant.api.schemas import Text
from assistant.index.glossary_book import GlossaryBook, Reader, SigleView
from assistant.index.own_sigles import (
    MAX_SENSES,
    InvalidSigleError,
    OwnGlossaryError,
    UnknownSigleError,
)

problems.DOMAIN[InvalidSigleError] = (422, "Sigle non recevable")
problems.DOMAIN[UnknownSigleError] = (404, "Sigle inconnu")
problems.DOMAIN[OwnGlossaryError] = (503, "Glossaire illisible")

Sigle = Annotated[
    str, PathParameter(max_length=100, description="Le sigle, quelle que soit sa casse.")
]


class GlossaryList(BaseModel):
    """Le glossaire, par ordre alphabétique."""

    total: int = Field(description="Nombre de sigles trouvés.")
    sigles: list[SigleView] = Field(description="Les sigles et leurs sens.")


class SensesRequest(BaseModel):
    """Ce qu’un sigle veut dire, selon l’administrateur."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"senses": ["service d’accès aux soins"]}]}
    )

    senses: list[Text] = Field(
        description=f"Un à {MAX_SENSES} sens, le plus courant d’abord. Ils remplacent tous les "
        "autres."
    )


def router(index_dir: Path, reader: Reader | None = None) -> APIRouter:
    """The routes of the glossary of an index, as the engine that reads it sees it."""
    book = GlossaryBook(index_dir, reader)
    routes = APIRouter(prefix="/v1/glossaire", tags=["Glossaire"], responses=openapi.PROBLEMS)

    @routes.get(
        "",
        summary="Lire le glossaire",
        description="Les sigles définis dans les documents, ceux de la liste courante du secteur "
        "et ceux de l’administrateur, avec les pages où ils sont définis.",
    )
    def read(
        recherche: Annotated[
            str, Query(max_length=200, description="Ne rendre que les sigles qui contiennent ceci.")
        ] = "",
    ) -> GlossaryList:
        found = book.sigles(recherche)
        return GlossaryList(total=len(found), sigles=found)

    @routes.get(
        "/{sigle}",
        summary="Chercher un sigle",
        description="Les sens d’un sigle : ceux qui servent aux recherches et les autres.",
    )
    def find(sigle: Sigle) -> SigleView:
        return book.find(sigle)

    @routes.put(
        "/{sigle}",
        summary="Ajouter ou corriger un sigle",
        description="Les sens donnés l’emportent sur ceux des documents. Ils servent dès la "
        "question suivante et survivent à une nouvelle indexation.",
    )
    def put(sigle: Sigle, body: SensesRequest) -> SigleView:
        return book.put(sigle, body.senses)

    @routes.delete(
        "/{sigle}",
        summary="Retirer un sigle",
        description="Le sigle ne sera plus développé, quoi qu’en disent les documents. Avec "
        "`retablir`, c’est votre décision qui est oubliée : les sens des documents servent de "
        "nouveau.",
        status_code=204,
        response_class=Response,
    )
    def remove(
        sigle: Sigle,
        retablir: Annotated[
            bool, Query(description="Oublier ce que l’administrateur avait décidé de ce sigle.")
        ] = False,
    ) -> Response:
        if retablir:
            book.restore(sigle)
        else:
            book.withdraw(sigle)
        return Response(status_code=204)

    return routes
