"""The routes of several fiches at once: table, charts, pack of a committee."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response

from assistant.exports.answer import MEDIA_TYPES
from assistant.fiches.editing import MAX_AUTHOR
from assistant.fiches.listing import FicheFilter
from assistant.fiches.method import Method
from assistant.fiches.model import Fiche, State
from assistant.language.normalise import fold
from assistant.model import Document

_STEM_CHARS: Final = 80
_FORMATS = ", ".join(f"`{name}`" for name in MEDIA_TYPES)
_TABLES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CHARTS = {"svg": "image/svg+xml", "png": "image/png"}

FormatName = Annotated[
    str,
    Query(
        alias="format",
        max_length=20,
        description=f"Format du fichier : {_FORMATS}.",
        json_schema_extra={"enum": [*MEDIA_TYPES]},
    ),
]
ChartName = Annotated[
    str,
    Query(
        alias="format",
        max_length=20,
        description="`svg` (par défaut) ou `png`.",
        json_schema_extra={"enum": [*_CHARTS]},
    ),
]


def filter_of(
    recherche: Annotated[
        str, Query(max_length=200, description="Mots à trouver dans la fiche.")
    ] = "",
    axe: Annotated[str | None, Query(max_length=50, description="Code de l’axe retenu.")] = None,
    fonction: Annotated[
        str | None, Query(max_length=50, description="Code d’une fonction d’IA retenue.")
    ] = None,
    etat: Annotated[
        list[State],
        Query(description="États retenus ; se répète. Tous par défaut."),
    ] = [],  # noqa: B006  # FastAPI reads it as « none given » and copies it
    auteur: Annotated[
        str, Query(max_length=MAX_AUTHOR, description="Nom de quelqu’un qui y a écrit.")
    ] = "",
    echeance_passee: Annotated[
        bool | None,
        Query(description="Vrai : un financement cité est clos ; faux : aucun ne l’est."),
    ] = None,
) -> FicheFilter:
    """The filter that the parameters of a request say."""
    return FicheFilter(
        words=recherche,
        axis=axe,
        function=fonction,
        states=tuple(etat),
        author=auteur,
        deadline_passed=echeance_passee,
        limit=None,
    )


Chosen = Annotated[FicheFilter, Depends(filter_of)]
Ids = Annotated[
    list[str],
    Query(
        alias="id",
        max_length=200,
        description="Fiches choisies, dans l’ordre ; se répète. À défaut, celles du filtre.",
    ),
]


def file_of(media: Mapping[Any, str]) -> dict[int | str, dict[str, Any]]:
    """The documentation of a route that gives a file."""
    content: dict[str, Any] = {one.partition(";")[0]: {} for one in media.values()}
    return {200: {"content": content, "description": "Le fichier."}}


def file(content: bytes, name: str, stem: str, media: Mapping[Any, str]) -> Response:
    """A file to save, named in full for today's browsers and in ASCII for the others (RFC 6266)."""
    # Nothing that a file system or a header would read: letters, figures and hyphens only.
    said = re.sub(r"[\W_]+", "-", stem)[:_STEM_CHARS].strip("-") or "fichier"
    plain = re.sub(r"[^a-z0-9]+", "-", fold(said)).strip("-") or "fichier"
    return Response(
        content,
        media_type=media.get(name, "application/octet-stream"),
        headers={
            "Content-Disposition": f'attachment; filename="{plain}.{name}"; '
            f"filename*=UTF-8''{quote(said)}.{name}",
            "Cache-Control": "no-store",
        },
    )


def add_routes(
    routes: APIRouter,
    several: Callable[[list[str], FicheFilter], list[Fiche]],
    method: Method,
    documents: Callable[[], Mapping[str, Document]],
    organisation: str,
) -> None:
    """The routes of several fiches at once."""

    @routes.get(
        "/portefeuille/tableau",
        summary="Exporter le tableau des fiches",
        description="Une ligne par fiche, en CSV ou en classeur XLSX.",
        response_class=Response,
        responses=file_of(_TABLES),
    )
    def table(
        chosen: Chosen,
        ids: Ids = [],  # noqa: B006
        name: Annotated[
            str,
            Query(
                alias="format",
                max_length=20,
                description="`csv` ou `xlsx`.",
                json_schema_extra={"enum": [*_TABLES]},
            ),
        ] = "xlsx",
    ) -> Response:
        from assistant.fiches.portfolio import TABLE_MEDIA_TYPES, portfolio_table

        content = portfolio_table(several(ids, chosen), name, method=method)
        return file(content, name, "fiches", TABLE_MEDIA_TYPES)

    @routes.get(
        "/portefeuille/matrice",
        summary="Matrice impact / effort",
        description="Les fiches placées selon leurs notes ; ce qui n’est pas noté élargit la zone.",
        response_class=Response,
        responses=file_of(_CHARTS),
    )
    def matrix(chosen: Chosen, ids: Ids = [], name: ChartName = "svg") -> Response:  # noqa: B006
        from assistant.fiches.charts import CHART_MEDIA_TYPES, matrix_chart

        return file(matrix_chart(several(ids, chosen), name), name, "matrice", CHART_MEDIA_TYPES)

    @routes.get(
        "/portefeuille/axes",
        summary="Répartition par axe",
        description="Le nombre de fiches de chaque axe.",
        response_class=Response,
        responses=file_of(_CHARTS),
    )
    def axes(chosen: Chosen, ids: Ids = [], name: ChartName = "svg") -> Response:  # noqa: B006
        from assistant.fiches.charts import CHART_MEDIA_TYPES, axes_chart

        content = axes_chart(several(ids, chosen), name, method=method)
        return file(content, name, "axes", CHART_MEDIA_TYPES)

    @routes.get(
        "/portefeuille/dossier",
        summary="Dossier du comité de pilotage",
        description="Un document avec la matrice, la répartition et les fiches choisies.",
        response_class=Response,
        responses=file_of(MEDIA_TYPES),
    )
    def pack(chosen: Chosen, ids: Ids = [], name: FormatName = "docx") -> Response:  # noqa: B006
        from assistant.fiches.copil_pack import copil_pack

        content = copil_pack(
            several(ids, chosen),
            name,
            method=method,
            documents=documents(),
            organisation=organisation,
        )
        return file(content, name, "dossier-copil", MEDIA_TYPES)
