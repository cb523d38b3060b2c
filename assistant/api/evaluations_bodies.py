"""What the routes of evaluations read and give; the descriptions are read in the documentation."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.api.schemas import Text
from assistant.model import Answer, Mode
from eval.agreement import Agreement
from eval.annotations import MAX_COMMENT, MAX_NAME, Mark
from eval.background import MAX_NAME as MAX_RUN_NAME
from eval.gold_check import Finding
from eval.question_rules import MAX_FACTS, MAX_NOTE_CHARS, MAX_QUESTION_CHARS
from eval.questionnaires import SetInfo
from eval.records import Asked, Comparison, Figures, Run, RunState
from eval.sets import Question

if TYPE_CHECKING:
    from eval.background import Following
    from eval.verdict import Verdict


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewEvaluation(_Body):
    """Une évaluation à lancer."""

    jeu: str = Field(max_length=40, description="Nom du jeu de questions.")
    moitie: Literal["dev", "test"] = Field(
        description="Moitié à poser : `dev` pour régler, `test` pour rendre compte. Chaque lecture "
        "de la moitié `test` est inscrite dans un journal que montre le rapport."
    )
    mode: Mode = Field("extractive", description="Manière de répondre.")
    nom: str = Field("", max_length=MAX_RUN_NAME, description="Nom donné à l’évaluation.")


class Progress(_Body):
    """Où en est une évaluation en cours."""

    done: int = Field(description="Questions posées.")
    total: int = Field(description="Questions à poser.")
    left_s: float | None = Field(description="Secondes restantes, dès qu’elles s’estiment.")
    stopping: bool = Field(description="Vrai quand l’arrêt est demandé.")


class EvaluationView(_Body):
    """Une évaluation : un jeu de questions posé une fois, dans une configuration."""

    id: str = Field(description="Identifiant.")
    name: str = Field(description="Nom donné.")
    state: Literal["en_cours", "interrompu", "complet"] = Field(
        description="`en_cours`, `interrompu` ou `complet`."
    )
    started_at: datetime = Field(description="Début.")
    finished_at: datetime | None = Field(description="Fin, si elle est passée.")
    questions: int = Field(description="Questions à poser.")
    done: int = Field(description="Questions posées.")
    set: str = Field(description="Jeu de questions.")
    split: str = Field(description="Moitié posée.")
    mode: str = Field(description="Manière de répondre.")
    key: str = Field(
        description="Empreinte des conditions : deux évaluations de même empreinte doivent donner "
        "les mêmes chiffres de qualité."
    )
    conditions: dict[str, Any] = Field(
        description="Tout ce qui décide des chiffres, avec ses empreintes, et la machine."
    )
    progress: Progress | None = Field(description="Avancement, tant qu’elle est en cours ici.")

    @classmethod
    def of(cls, run: Run, state: RunState, following: Following | None) -> EvaluationView:
        """Show a run."""
        mine = following if following is not None and following.run_id == run.id else None
        return cls(
            id=run.id,
            name=run.name,
            state=state.value,
            started_at=run.started_at,
            finished_at=None if state is RunState.RUNNING else run.finished_at,
            questions=run.questions,
            done=mine.done if mine else run.done,
            set=run.conditions.set,
            split=run.conditions.split,
            mode=run.conditions.mode,
            key=run.conditions.key,
            conditions=run.conditions.model_dump(mode="json"),
            progress=None
            if mine is None
            else Progress(
                done=mine.done, total=mine.total, left_s=mine.left_s, stopping=mine.stopping
            ),
        )


class EvaluationList(_Body):
    """Les évaluations gardées."""

    total: int = Field(description="Nombre total, sans la limite.")
    evaluations: list[EvaluationView] = Field(description="La dernière lancée d’abord.")


class FigureView(_Body):
    """Un chiffre, son intervalle à 95 % et le nombre de questions dont il parle."""

    name: str = Field(description="Nom du chiffre.")
    value: float | None = Field(description="Valeur ; vide quand aucune question n’en dit rien.")
    low: float | None = Field(description="Borne basse de l’intervalle.")
    high: float | None = Field(description="Borne haute de l’intervalle.")
    count: int = Field(description="Questions dont il parle.")


class RiskView(_Body):
    """Un point de la courbe risque-couverture : ne répondre qu’au-dessus d’une confiance."""

    threshold: float = Field(description="Confiance à partir de laquelle on répond.")
    coverage: float = Field(description="Part des questions qui ont une réponse.")
    risk: float = Field(description="Part de ces réponses qui sont fausses.")


class FiguresView(_Body):
    """Les chiffres d’une évaluation."""

    overall: dict[str, FigureView] = Field(description="Toutes questions réunies.")
    by_kind: dict[str, dict[str, FigureView]] = Field(description="Par nature de question.")
    by_document: dict[str, dict[str, FigureView]] = Field(description="Par document attendu.")
    risk_coverage: list[RiskView] = Field(description="La courbe, par confiance décroissante.")
    latency_ms: dict[str, dict[str, float]] = Field(description="Durées, en millisecondes.")
    memory_peak_mb: float | None = Field(description="Mémoire la plus haute, en Mo.")

    @classmethod
    def of(cls, figures: Figures) -> FiguresView:
        """Show figures."""
        return cls.model_validate(figures.model_dump())


class DifferenceView(_Body):
    """Un chiffre dans deux évaluations, comparé question par question."""

    name: str = Field(description="Nom du chiffre.")
    before: float | None = Field(description="Avant.")
    after: float | None = Field(description="Après.")
    difference: float | None = Field(description="Après moins avant.")
    low: float | None = Field(description="Borne basse de l’écart, à 95 %.")
    high: float | None = Field(description="Borne haute de l’écart, à 95 %.")
    p: float | None = Field(description="Probabilité que le hasard seul en fasse autant.")
    count: int = Field(description="Questions communes dont il parle.")
    verdict: str = Field(description="« mieux », « moins bien » ou « non départagés ».")


class ChangeView(_Body):
    """Une question dont l’issue a changé."""

    id: str = Field(description="Identifiant de la question.")
    question: str = Field(description="La question.")
    before: str = Field(description="Issue avant.")
    after: str = Field(description="Issue après.")
    better: bool | None = Field(description="Vrai si c’est mieux, faux si c’est moins bien.")


class ComparisonView(_Body):
    """Deux évaluations côte à côte."""

    before: str = Field(description="Évaluation de départ.")
    after: str = Field(description="Évaluation d’arrivée.")
    same_questions: int = Field(description="Questions communes.")
    differences: list[DifferenceView] = Field(description="Les chiffres.")
    changed: list[ChangeView] = Field(description="Les questions dont l’issue a changé.")
    conditions: dict[str, list[Any]] = Field(description="Conditions qui diffèrent : avant, après.")

    @classmethod
    def of(cls, comparison: Comparison) -> ComparisonView:
        """Show a comparison."""
        return cls.model_validate(comparison.model_dump(mode="json"))


class GoldPage(_Body):
    """Une page d’un document."""

    file: str = Field(max_length=300, description="Nom du fichier.")
    page: int = Field(ge=1, description="Numéro physique de la page.")


class QuestionBody(_Body):
    """Une question d’un jeu et ce que l’on en attend."""

    id: str = Field("", max_length=80, description="Identifiant ; donné à l’enregistrement.")
    question: Text = Field(max_length=MAX_QUESTION_CHARS, description="La question.")
    kind: str = Field(max_length=40, description="Sa nature (`lexical`, `date`, `absent`…).")
    split: Literal["dev", "test"] | None = Field(
        None, description="Sa moitié ; à défaut, celle qui en a le moins de cette nature."
    )
    file: str | None = Field(None, max_length=300, description="Document attendu, s’il y en a un.")
    page: int | None = Field(None, ge=1, description="Page attendue.")
    pages: list[int] = Field(
        [], max_length=MAX_FACTS, description="Toutes les pages de ce document."
    )
    facts: list[Text] = Field(
        [], max_length=MAX_FACTS, description="Faits qu’une réponse juste contient tous."
    )
    items: list[Text] = Field([], max_length=MAX_FACTS, description="Éléments d’une liste.")
    also: list[GoldPage] = Field(
        [], max_length=MAX_FACTS, description="Pages d’autres documents qui répondent aussi."
    )
    history: list[Text] = Field(
        [], max_length=20, description="Questions précédentes de la conversation."
    )
    standalone: str = Field(
        "",
        max_length=MAX_QUESTION_CHARS,
        description="Une suite de conversation, complétée pour se lire seule.",
    )
    note: str = Field("", max_length=MAX_NOTE_CHARS, description="Remarque.")
    source: str = Field("", max_length=40, description="D’où elle vient : `avis` d’un lecteur.")

    @classmethod
    def of(cls, question: Question) -> QuestionBody:
        """Show a question."""
        return cls.model_validate(question.model_dump(include=set(cls.model_fields)))


class AskedView(_Body):
    """Une question posée et ce qu’elle a donné."""

    position: int = Field(description="Place dans le jeu, à partir de 1.")
    question: QuestionBody = Field(description="La question et ce que l’on en attend.")
    outcome: str = Field(description="Issue : réponse juste, refus à tort…")
    missing: list[str] = Field(description="Faits et éléments attendus que rien n’affiche.")
    answer: Answer | None = Field(description="La réponse, telle qu’elle a été donnée.")
    error: str | None = Field(description="Pourquoi il n’y en a pas.")
    wall_ms: float = Field(description="Durée de la réponse, en millisecondes.")

    @classmethod
    def of(cls, position: int, asked: Asked, verdict: Verdict) -> AskedView:
        """Show a question and its verdict."""
        return cls(
            position=position,
            question=QuestionBody.of(asked.question),
            outcome=verdict.outcome,
            missing=list(verdict.missing),
            answer=asked.answer,
            error=asked.error,
            wall_ms=asked.wall_ms,
        )


class AskedList(_Body):
    """Les questions d’une évaluation."""

    total: int = Field(description="Nombre total, sans la limite.")
    questions: list[AskedView] = Field(description="Dans l’ordre du jeu.")


class AnnotationBody(_Body):
    """Ce que quelqu’un dit d’une réponse."""

    question_id: str = Field(max_length=80, description="Identifiant de la question.")
    annotator: str = Field(max_length=MAX_NAME, description="Qui le dit.")
    mark: Mark = Field(description="`juste`, `incomplet` ou `faux`.")
    comment: str = Field("", max_length=MAX_COMMENT, description="Pourquoi.")
    at: datetime | None = Field(None, description="Quand ; donné à l’enregistrement.")


class AnnotationList(_Body):
    """Les annotations d’une évaluation."""

    annotations: list[AnnotationBody] = Field(description="Par question, puis par nom.")


class AgreementView(_Body):
    """L’accord de deux annotateurs sur les réponses que les deux ont jugées."""

    count: int = Field(description="Réponses jugées par les deux.")
    classes: list[str] = Field(description="Les mots, dans l’ordre du tableau.")
    table: list[list[int]] = Field(description="Tableau croisé : une ligne par mot du premier.")
    observed: FigureView | None = Field(description="Part de réponses jugées de même.")
    kappa: FigureView | None = Field(description="Kappa de Cohen ; vide quand il n’est pas défini.")
    undefined: str = Field(description="Pourquoi le kappa n’est pas défini.")

    @classmethod
    def of(cls, found: Agreement) -> AgreementView:
        """Show an agreement."""
        from eval.agreement import CLASSES

        def figure(name: str) -> FigureView | None:
            value = getattr(found, name)
            if value is None:
                return None
            bounds = {"value": value.value, "low": value.low, "high": value.high}
            return FigureView(name=name, count=found.count, **bounds)

        return cls(
            count=found.count,
            classes=list(CLASSES),
            table=[[int(cell) for cell in row] for row in found.table],
            observed=figure("observed"),
            kappa=figure("kappa"),
            undefined=found.undefined,
        )


class SetView(_Body):
    """Un jeu de questions."""

    name: str = Field(description="Son nom.")
    own: bool = Field(
        description="Vrai s’il est à vous ; faux s’il est fourni et ne se modifie pas."
    )
    dev: int = Field(description="Questions de la moitié `dev`.")
    test: int = Field(description="Questions de la moitié `test`.")

    @classmethod
    def of(cls, info: SetInfo) -> SetView:
        """Show a set."""
        return cls(name=info.name, own=info.own, dev=info.dev, test=info.test)


class SetList(_Body):
    """Les jeux de questions."""

    jeux: list[SetView] = Field(description="Les vôtres d’abord.")


class NewSet(_Body):
    """Un jeu à créer."""

    nom: str = Field(max_length=60, description="Son nom.")
    copie_de: str | None = Field(
        None,
        max_length=40,
        description="Jeu dont copier les questions (moitié `dev` d’un jeu fourni).",
    )


class QuestionList(_Body):
    """Les questions d’un jeu."""

    total: int = Field(description="Nombre total, sans la limite.")
    questions: list[QuestionBody] = Field(description="Dans l’ordre du jeu.")


class FindingView(_Body):
    """Ce que la comparaison d’une question avec le corpus a montré."""

    level: str = Field(description="`ok`, `attention` ou `erreur`.")
    text: str = Field(description="Ce qui a été vu.")
    document_id: str | None = Field(description="Document à ouvrir.")
    page: int | None = Field(description="Page à ouvrir.")

    @classmethod
    def of(cls, one: Finding) -> FindingView:
        """Show a finding."""
        document, page = one.place or (None, None)
        return cls(level=one.level, text=one.text, document_id=document, page=page)


class FindingList(_Body):
    """La comparaison d’une question avec le corpus."""

    findings: list[FindingView] = Field(description="Pages d’abord, faits ensuite.")


class Imported(_Body):
    """Ce qu’un import a donné."""

    read: int = Field(description="Questions lues dans le tableau.")
    total: int = Field(description="Questions du jeu, maintenant.")
