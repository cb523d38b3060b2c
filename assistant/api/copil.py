"""The routes of the follow-up of committees: read it, export it."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from assistant.api import openapi
from assistant.engine_port import Engine
from assistant.suivi.export import MEDIA_TYPES, export_follow_up
from assistant.suivi.followup import follow_up
from assistant.suivi.model import FollowUp

Files = Annotated[
    list[Annotated[str, Query(max_length=255)]],
    Query(
        description="Noms des comptes rendus d’un même comité ; le paramètre se répète. Sans lui, "
        "tous les documents de type « copil » sont lus et regroupés par comité.",
        max_length=50,
        openapi_examples={
            "deux": {
                "summary": "Deux séances",
                "value": ["copil-juin-2025.pdf", "copil-octobre-2025.pdf"],
            }
        },
    ),
]


def _day(value: Any) -> Any:
    """A figure alone is no date, although it could be read as a number of seconds."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise PydanticCustomError("date_parsing", "date")
    return value


Today = Annotated[
    date | None,
    BeforeValidator(_day),
    Query(
        description="Date à laquelle les échéances sont comparées ; celle du jour par défaut.",
        openapi_examples={"jour": {"summary": "Une date", "value": "2026-01-15"}},
    ),
]
ExportFormat = Literal["docx", "odt", "pdf", "md", "csv", "json"]


def router(assistant: Engine, organisation: str) -> APIRouter:
    """The routes of the follow-up, whose exports say the name of the organisation."""
    routes = APIRouter(prefix="/v1/copil", tags=["Comités"], responses=openapi.PROBLEMS)

    @routes.get(
        "",
        summary="Suivre les comités",
        description="Décisions, actions, pilotes, échéances, états et ajouts lus dans les comptes "
        "rendus, et ce qui change d’une séance à la suivante. Chaque ligne porte sa citation. Un "
        "pilote, une échéance ou un état n’est donné que si la ligne, sa case ou le titre de sa "
        "liste le dit. Deux comptes rendus parlent de la même action quand elle porte le même "
        "numéro et des mots communs, ou le même libellé à l’accord près ; deux libellés dont les "
        "nombres diffèrent sont deux actions.",
        responses={200: {"content": {"application/json": {"example": EXAMPLE}}}},
    )
    def read(fichier: Files = [], aujourdhui: Today = None) -> FollowUp:  # noqa: B006
        return follow_up(assistant, fichier, today=aujourdhui)

    @routes.get(
        "/export",
        summary="Exporter le suivi",
        description="Le même suivi, à remettre ou à ouvrir dans un tableur. `csv` donne une ligne "
        "par action suivie.",
        response_class=Response,
        responses={
            200: {
                "content": {kind.split(";")[0]: {} for kind in MEDIA_TYPES.values()},
                "description": "Le fichier.",
            }
        },
    )
    def export(
        format: Annotated[ExportFormat, Query(description="Format du fichier.")] = "docx",
        fichier: Files = [],  # noqa: B006
        aujourdhui: Today = None,
    ) -> Response:
        follow = follow_up(assistant, fichier, today=aujourdhui)
        content = export_follow_up(follow, format, organisation=organisation)
        name = f"suivi-copil.{format}"
        return Response(
            content,
            media_type=MEDIA_TYPES[format],
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )

    return routes


_CITATION = {
    "file": "copil-2.pdf",
    "document": "COPIL n° 2",
    "document_id": "3f0c…",
    "page": 4,
    "page_label": "4",
    "quote": "Ouvrir la page web",
    "start": 120,
    "end": 138,
    "boxes": [],
    "addition": False,
}

EXAMPLE = {
    "schema_version": 1,
    "today": "2026-01-15",
    "committees": ["COPIL"],
    "meetings": [],
    "tracks": [
        {
            "committee": 0,
            "text": {"text": "Ouvrir la page web", "citations": [_CITATION]},
            "number": None,
            "owner": None,
            "due": None,
            "state": None,
            "late": False,
            "mentioned": True,
            "mentions": ["3f0c…:4:120"],
        }
    ],
    "comparisons": [],
    "notes": [],
    "index_generation": "20260115-093000",
}
"""Example of a follow-up, invented."""
