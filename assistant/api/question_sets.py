"""The routes of question sets: read, write, check against the corpus, exchange as tables."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool

from assistant.api import openapi, problems
from assistant.api.evaluations_bodies import (
    FindingList,
    FindingView,
    Imported,
    NewSet,
    QuestionBody,
    QuestionList,
    SetList,
    SetView,
)
from assistant.engine_port import Engine
from assistant.settings import Settings
from eval.gold_check import check_gold
from eval.question_rules import QuestionInvalidError, checked
from eval.question_sheets import FORMATS, Format, merged, read_sheet, write_sheet
from eval.questionnaires import (
    QuestionChangedError,
    QuestionnaireStore,
    ReadOnlySetError,
    UnknownQuestionError,
)
from eval.sets import SetInvalidError, SetNotFoundError, Split

for _error, _status, _title in (
    (SetNotFoundError, 404, "Jeu inconnu"),
    (UnknownQuestionError, 404, "Question inconnue"),
    (ReadOnlySetError, 409, "Jeu en lecture seule"),
    (QuestionChangedError, 409, "Question modifiée entre-temps"),
    (QuestionInvalidError, 422, "Question non recevable"),
    (SetInvalidError, 422, "Jeu non recevable"),
):
    problems.DOMAIN[_error] = (_status, _title)

SetName = Annotated[str, PathParameter(max_length=60, description="Nom du jeu.")]
QuestionId = Annotated[str, PathParameter(max_length=80, description="Identifiant de la question.")]


def router(assistant: Engine, settings: Settings) -> APIRouter:
    """The routes of the question sets of an index."""
    store = QuestionnaireStore(settings.index_dir, assistant)
    routes = APIRouter(
        prefix="/v1/jeux",
        tags=["Évaluations"],
        responses={**openapi.PROBLEMS, **openapi.CONFLICT},
    )

    @routes.get(
        "",
        summary="Lister les jeux de questions",
        description="Les vôtres, puis ceux qui sont fournis avec le logiciel.",
    )
    def listed() -> SetList:
        return SetList(jeux=[SetView.of(one) for one in store.names()])

    @routes.post(
        "",
        summary="Créer un jeu de questions",
        description="Vide, ou copie d’un autre. D’un jeu fourni, seule la moitié `dev` se copie : "
        "l’autre sert à rendre compte.",
        status_code=201,
    )
    def create(body: NewSet, response: Response) -> SetView:
        questions = store.read(body.copie_de) if body.copie_de else ()
        name = store.create(body.nom, questions)
        response.headers["Location"] = f"/v1/jeux/{name}/questions"
        return next(SetView.of(one) for one in store.names() if one.name == name)

    @routes.delete(
        "/{name}",
        summary="Supprimer un jeu de questions",
        description="Supprime un jeu à vous, avec ses questions, pour de bon. Les évaluations déjà "
        "faites les gardent.",
        status_code=204,
        response_class=Response,
    )
    def delete(name: SetName) -> Response:
        store.delete(name)
        return Response(status_code=204)

    @routes.get(
        "/{name}/questions",
        summary="Lire les questions d’un jeu",
        description="D’un jeu fourni, la moitié `dev` seulement.",
    )
    def read(
        name: SetName,
        moitie: Annotated[Split | None, Query(description="Une moitié seulement.")] = None,
        limite: Annotated[int, Query(ge=1, le=200, description="Nombre maximal rendu.")] = 50,
        debut: Annotated[int, Query(ge=0, description="Nombre à passer.")] = 0,
    ) -> QuestionList:
        found = store.read(name, moitie)
        shown = found[debut : debut + limite]
        return QuestionList(total=len(found), questions=[QuestionBody.of(one) for one in shown])

    @routes.post(
        "/{name}/questions",
        summary="Ajouter une question",
        description="Sans identifiant, elle reçoit le prochain qui est libre.",
        status_code=201,
    )
    def add(name: SetName, body: QuestionBody) -> QuestionBody:
        return QuestionBody.of(store.put(name, values_of(body)))

    @routes.put(
        "/{name}/questions/{question_id}",
        summary="Corriger une question",
        description="Remplace une question, à sa place.",
    )
    def correct(name: SetName, question_id: QuestionId, body: QuestionBody) -> QuestionBody:
        return QuestionBody.of(store.put(name, values_of(body), replacing=question_id))

    @routes.delete(
        "/{name}/questions/{question_id}",
        summary="Supprimer une question",
        description="Retire une question d’un jeu à vous.",
        status_code=204,
        response_class=Response,
    )
    def remove(name: SetName, question_id: QuestionId) -> Response:
        store.remove(name, question_id)
        return Response(status_code=204)

    @routes.post(
        "/verification",
        summary="Comparer une question avec le corpus",
        description="Dit si les pages attendues existent et contiennent les faits attendus, sans "
        "rien enregistrer.",
    )
    def verify(body: QuestionBody) -> FindingList:
        question = checked({**values_of(body), "id": body.id or "x", "split": body.split or "dev"})
        return FindingList(
            findings=[FindingView.of(one) for one in check_gold(question, assistant)]
        )

    @routes.get(
        "/{name}/export",
        summary="Exporter un jeu",
        description="Le jeu en tableau, CSV ou XLSX ; l’import le reprend tel quel.",
        response_class=Response,
        responses={
            200: {
                "content": {one.partition(";")[0]: {} for one in FORMATS.values()},
                "description": "Le fichier.",
            }
        },
    )
    def export(
        name: SetName,
        format_: Annotated[Format, Query(alias="format", description="`csv` ou `xlsx`.")] = "xlsx",
    ) -> Response:
        content = write_sheet(store.read(name), format_, title=f"Jeu de questions {name}")
        headers = {"Content-Disposition": f'attachment; filename="jeu-{name}.{format_}"'}
        return Response(content, media_type=FORMATS[format_], headers=headers)

    @routes.post(
        "/{name}/import",
        summary="Importer un tableau dans un jeu",
        description="Corps de la requête : un fichier CSV ou XLSX. Rien n’est écrit si une ligne "
        "est en cause ; le problème les nomme.",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string"}}},
            }
        },
    )
    async def imported(
        name: SetName,
        request: Request,
        mode: Annotated[
            Literal["completer", "remplacer"],
            Query(
                description="`completer` : corrige les questions de même identifiant et ajoute les "
                "autres ; `remplacer` : le jeu ne garde que ce tableau."
            ),
        ] = "completer",
    ) -> Imported:
        content = await request.body()
        return await run_in_threadpool(take_in, store, name, content, replace=mode == "remplacer")

    return routes


def take_in(store: QuestionnaireStore, name: str, content: bytes, *, replace: bool) -> Imported:
    """Read a table into a set of the house.

    Raises:
        As `QuestionnaireStore.replace` and `read_sheet`.
    """
    known = [] if replace else store.read(name)
    read = read_sheet(content, name, known)
    made = read if replace else merged(known, read)
    store.replace(name, made)
    return Imported(read=len(read), total=len(made))


def values_of(body: QuestionBody) -> dict[str, Any]:
    """Fields of the question that a request gives."""
    return body.model_dump()
