"""The routes of evaluations: run a question set, follow, read the figures, annotate, compare."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, HTMLResponse

from assistant.api import openapi, problems
from assistant.api.evaluations_bodies import (
    AgreementView,
    AnnotationBody,
    AnnotationList,
    AskedList,
    AskedView,
    ComparisonView,
    EvaluationList,
    EvaluationView,
    FiguresView,
    NewEvaluation,
)
from assistant.engine_port import Engine
from assistant.errors import AssistantError
from assistant.settings import Settings
from eval.annotations import AnnotationInvalidError, AnnotationsUnreadableError, marks_of
from eval.asking import NothingToAskError
from eval.background import RunUnderWayError
from eval.desk import REPORT_FILES, EvaluationDesk, page_policy
from eval.records import Run
from eval.runs import RunBusyError, RunInvalidError, RunNotFoundError, RunsUnreadableError
from eval.sets import TestHalfError


class ReportFileNotFoundError(AssistantError):
    """A report has no such file."""

    code = "fichier_de_rapport_inconnu"


for _error, _status, _title in (
    (RunNotFoundError, 404, "Évaluation inconnue"),
    (ReportFileNotFoundError, 404, "Fichier de rapport inconnu"),
    (TestHalfError, 403, "Moitié réservée aux rapports"),
    (RunUnderWayError, 409, "Évaluation en cours"),
    (RunBusyError, 409, "Évaluation en cours"),
    (NothingToAskError, 422, "Jeu sans question"),
    (RunInvalidError, 422, "Évaluation non recevable"),
    (AnnotationInvalidError, 422, "Annotation non recevable"),
    (RunsUnreadableError, 503, "Évaluations illisibles"),
    (AnnotationsUnreadableError, 503, "Annotations illisibles"),
):
    problems.DOMAIN[_error] = (_status, _title)

RunId = Annotated[str, PathParameter(max_length=60, description="Identifiant de l’évaluation.")]
QuestionId = Annotated[str, PathParameter(max_length=80, description="Identifiant de la question.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Nombre maximal rendu.")]
Skipped = Annotated[int, Query(ge=0, description="Nombre à passer.")]
_BY = "API"


def router(assistant: Engine, settings: Settings) -> APIRouter:
    """The routes of the evaluations of an index."""
    desk = EvaluationDesk(assistant, settings)
    routes = APIRouter(
        prefix="/v1/evaluations",
        tags=["Évaluations"],
        responses={**openapi.PROBLEMS, **openapi.CONFLICT},
    )

    def get(run_id: str) -> Run:
        run = desk.runs.get(run_id)
        if run.id != run_id:
            # The command line takes the beginning of an identifier; an address is whole.
            raise RunNotFoundError(
                f"Aucune évaluation ne porte l’identifiant « {run_id} ».",
                "Consultez la liste des évaluations.",
            )
        return run

    def view(run: Run) -> EvaluationView:
        return EvaluationView.of(run, desk.state(run), desk.background.following())

    @routes.get(
        "",
        summary="Lister les évaluations",
        description="Les évaluations gardées sur cette machine, la dernière lancée d’abord.",
    )
    def listed(
        jeu: Annotated[str | None, Query(max_length=40, description="Un jeu seulement.")] = None,
        limite: Limit = 50,
        debut: Skipped = 0,
    ) -> EvaluationList:
        found = desk.runs.list(jeu, limit=limite, offset=debut)
        return EvaluationList(total=desk.runs.count(jeu), evaluations=[view(one) for one in found])

    @routes.post(
        "",
        summary="Lancer une évaluation",
        description="Pose toutes les questions d’une moitié d’un jeu. Une seule évaluation à la "
        "fois ; elle continue sans vous : suivez-la à l’adresse de l’en-tête Location.",
        status_code=202,
    )
    def start(body: NewEvaluation, response: Response) -> EvaluationView:
        run = desk.start(body.jeu, body.moitie, body.mode, body.nom, by=_BY)
        response.headers["Location"] = f"/v1/evaluations/{run.id}"
        return view(run)

    @routes.get(
        "/comparaison",
        summary="Comparer deux évaluations",
        description="Chiffres côte à côte, écarts avec leur intervalle et le test apparié, "
        "questions dont l’issue a changé, conditions qui diffèrent.",
    )
    def compared(
        avant: Annotated[str, Query(max_length=60, description="Évaluation de départ.")],
        apres: Annotated[str, Query(max_length=60, description="Évaluation d’arrivée.")],
    ) -> ComparisonView:
        return ComparisonView.of(desk.compare(get(avant), get(apres)))

    @routes.get(
        "/{run_id}",
        summary="Suivre une évaluation",
        description="Ses conditions, son état et, tant qu’elle est en cours, son avancement.",
    )
    def read(run_id: RunId) -> EvaluationView:
        return view(get(run_id))

    @routes.post(
        "/{run_id}/arret",
        summary="Arrêter une évaluation",
        description="L’évaluation s’arrête après les questions en cours. Ce qui est fait est gardé "
        "et peut être repris.",
        status_code=202,
    )
    def stop(run_id: RunId) -> EvaluationView:
        run = get(run_id)
        desk.background.stop(run.id)
        return view(run)

    @routes.post(
        "/{run_id}/reprise",
        summary="Reprendre une évaluation interrompue",
        description="Pose les questions qui restent ; celles qui ont déjà leur réponse la gardent.",
        status_code=202,
    )
    def resume(run_id: RunId) -> EvaluationView:
        return view(desk.resume(get(run_id).id, by=_BY))

    @routes.delete(
        "/{run_id}",
        summary="Supprimer une évaluation",
        description="Supprime l’évaluation, ses annotations et ses rapports, pour de bon.",
        status_code=204,
        response_class=Response,
    )
    def delete(run_id: RunId) -> Response:
        desk.delete(get(run_id))
        return Response(status_code=204)

    @routes.get(
        "/{run_id}/chiffres",
        summary="Lire les chiffres",
        description="Chaque chiffre avec son intervalle à 95 % et le nombre de questions dont il "
        "parle, en tout, par nature de question et par document.",
    )
    def figures(run_id: RunId) -> FiguresView:
        return FiguresView.of(desk.figures(get(run_id)))

    @routes.get(
        "/{run_id}/questions",
        summary="Lire les réponses",
        description="Chaque question posée, la réponse telle qu’elle a été donnée, son issue.",
    )
    def asked(
        run_id: RunId,
        issue: Annotated[
            str | None, Query(max_length=40, description="Une issue seulement.")
        ] = None,
        limite: Limit = 50,
        debut: Skipped = 0,
    ) -> AskedList:
        found = [
            (rank, one, judged)
            for rank, (one, judged) in enumerate(desk.judged(get(run_id)), start=1)
            if issue is None or judged.outcome == issue
        ]
        shown = found[debut : debut + limite]
        return AskedList(total=len(found), questions=[AskedView.of(*one) for one in shown])

    @routes.get(
        "/{run_id}/rapport/{name}",
        summary="Lire le rapport",
        description="Le rapport signé, écrit à la première lecture : `rapport.html` (une page qui "
        "ne charge rien), `rapport.md`, `rapport.json`, `questions.jsonl`, `jeu.qrels`, "
        "`jeu.run`, `manifeste.json`, `passage.json`. Il compare avec l’évaluation "
        "nommée par `contre`.",
        response_class=Response,
        responses={
            200: {
                "content": {kind.partition(";")[0]: {} for kind in REPORT_FILES.values()},
                "description": "Le fichier.",
            }
        },
    )
    def report(
        run_id: RunId,
        name: Annotated[str, PathParameter(max_length=40, description="Nom du fichier.")],
        contre: Annotated[
            str | None, Query(max_length=60, description="Évaluation à laquelle comparer.")
        ] = None,
        telecharger: Annotated[
            bool, Query(description="Vrai : le fichier est enregistré au lieu d’être affiché.")
        ] = False,
    ) -> Response:
        run = get(run_id)
        path = None
        if name in REPORT_FILES:
            path = desk.report(run, get(contre) if contre else None) / name
        if path is None or not path.is_file():
            raise ReportFileNotFoundError(
                f"Le rapport n’a pas de fichier « {name} ».",
                f"Fichiers : {', '.join(REPORT_FILES)}.",
            )
        if name.endswith(".html") and not telecharger:
            page = path.read_text(encoding="utf-8")
            headers = {"Content-Security-Policy": page_policy(page), "Cache-Control": "no-store"}
            return HTMLResponse(page, headers=headers)
        kept = f"evaluation-{run.id}-{name}"
        return FileResponse(path, media_type=REPORT_FILES[name], filename=kept)

    # Annotations

    @routes.get(
        "/{run_id}/annotations",
        summary="Lire les annotations",
        description="Ce que chacun dit des réponses de cette évaluation.",
    )
    def annotations(run_id: RunId) -> AnnotationList:
        found = desk.annotations.of_run(get(run_id).id)
        return AnnotationList(
            annotations=[
                AnnotationBody(
                    question_id=one.question_id,
                    annotator=one.annotator,
                    mark=one.mark,
                    comment=one.comment,
                    at=one.at,
                )
                for one in found
            ]
        )

    @routes.put(
        "/{run_id}/annotations",
        summary="Annoter une réponse",
        description="Garde l’avis d’une personne sur une réponse ; il remplace le précédent.",
    )
    def annotate(run_id: RunId, body: AnnotationBody) -> AnnotationBody:
        run = get(run_id)
        if body.question_id not in desk.runs.asked_ids(run.id):
            raise AnnotationInvalidError(
                f"L’évaluation n’a pas posé de question « {body.question_id} ».",
                "Consultez la liste de ses questions.",
            )
        kept = desk.annotations.put(
            run.id, body.question_id, body.annotator, body.mark, body.comment
        )
        return body.model_copy(update={"annotator": kept.annotator, "at": kept.at})

    @routes.delete(
        "/{run_id}/annotations/{question_id}",
        summary="Retirer une annotation",
        description="Retire l’avis d’une personne sur une réponse.",
        status_code=204,
        response_class=Response,
    )
    def withdraw(
        run_id: RunId,
        question_id: QuestionId,
        annotateur: Annotated[str, Query(max_length=80, description="Qui l’avait donné.")],
    ) -> Response:
        desk.annotations.remove(get(run_id).id, question_id, annotateur)
        return Response(status_code=204)

    @routes.get(
        "/{run_id}/annotations/accord",
        summary="Mesurer l’accord de deux annotateurs",
        description="Kappa de Cohen et accord brut, avec leurs intervalles, sur les réponses que "
        "les deux ont jugées. Un kappa qui n’est pas défini le dit, il n’est pas un nombre.",
    )
    def agreed(
        run_id: RunId,
        premier: Annotated[str, Query(max_length=80, description="Un annotateur.")],
        second: Annotated[str, Query(max_length=80, description="L’autre.")],
    ) -> AgreementView:
        from eval.agreement import agreement

        marks = marks_of(desk.annotations.of_run(get(run_id).id))
        return AgreementView.of(agreement(marks.get(premier, {}), marks.get(second, {})))

    return routes
