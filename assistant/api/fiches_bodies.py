"""What the routes of fiches receive and send besides the fiche itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from assistant.api import fiches_texts
from assistant.api.schemas import Flag, Problem, Text
from assistant.fiches.editing import MAX_AUTHOR, MAX_CHARS, FieldEdit
from assistant.fiches.history import Comment, FieldChange, Revision
from assistant.fiches.method import Method
from assistant.fiches.model import Fiche, FicheField, Position, State, Statement, Window
from assistant.fiches.shown import choices_of, counts_of, position_of, retained, title_of
from assistant.model import Mode

Author = Annotated[
    Text | None,
    Field(max_length=MAX_AUTHOR, description="Nom de la personne, gardé dans l’historique."),
]


class NewFiche(BaseModel):
    """Une fiche à rédiger."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [fiches_texts.REQUEST]},
    )

    title: Text = Field(
        min_length=3,
        max_length=200,
        description="Le cas d’usage en quelques mots : un verbe, un objet, un contexte.",
    )
    need: Text = Field("", max_length=5_000, description="Le besoin, s’il est connu.")
    service: Text = Field("", max_length=500, description="Le service ou l’établissement.")
    constraints: Text = Field("", max_length=5_000, description="Les contraintes.")
    author: Author = None
    mode: Mode = Field("extractive", description=fiches_texts.MODE)
    garder: Flag = Field(True, description="Garder la fiche ; faux : la rédiger seulement.")


class FieldPatch(FieldEdit):
    """Une modification d’un champ ; ce qui n’est pas donné reste tel quel."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [fiches_texts.PATCH]})

    author: Author = None


class StateRequest(BaseModel):
    """Un changement d’état."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"state": "en_revue", "author": "A. B."}]}
    )

    state: State = Field(description="`brouillon`, `en_revue`, `validee` ou `archivee`.")
    comment: Text = Field(
        "", max_length=MAX_CHARS, description="Pourquoi ; obligatoire pour revenir au brouillon."
    )
    author: Author = None


class CommentRequest(BaseModel):
    """Un commentaire."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"key": "donnees", "text": "Voir avec la DSI."}]},
    )

    key: Text = Field(
        "", max_length=100, description="Le champ commenté ; vide pour toute la fiche."
    )
    text: Text = Field(max_length=MAX_CHARS, description="Le commentaire.")
    author: Author = None


class RefreshRequest(BaseModel):
    """Une demande de nouvelle recherche des preuves."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"appliquer": True}]})

    author: Author = None
    appliquer: Flag = Field(
        True, description="Mettre la fiche à jour ; faux : dire seulement ce qui a changé."
    )


class FicheSummary(BaseModel):
    """Une fiche dans la liste."""

    id: str = Field(description="Identifiant de la fiche.")
    title: str = Field(description="Intitulé.")
    state: State = Field(description="`brouillon`, `en_revue`, `validee` ou `archivee`.")
    revision: int = Field(description="Numéro de la dernière révision.")
    axis: str | None = Field(description="Code de l’axe retenu, s’il y en a un.")
    axis_label: str | None = Field(description="Intitulé de cet axe.")
    functions: list[str] = Field(description="Codes des fonctions d’IA retenues.")
    author: str | None = Field(description="Qui l’a créée.")
    created: datetime = Field(description="Quand elle a été créée.")
    updated: datetime = Field(description="Quand elle a changé pour la dernière fois.")
    statuses: dict[str, int] = Field(
        description="Nombre de champs `documente`, `partiel` et `a_completer`."
    )
    deadlines_passed: list[date] = Field(
        description="Dates limites des financements cités qui sont passées aujourd’hui."
    )
    position: Position | None = Field(description="Place dans la matrice impact / effort.")

    @classmethod
    def of(cls, fiche: Fiche, method: Method, today: date) -> FicheSummary:
        """What a list shows of a fiche."""
        axes = retained(choices_of(fiche, "axe", method))
        deadlines = {one.deadline for field in fiche.fields for one in field.windows}
        return cls(
            id=fiche.id,
            title=title_of(fiche, method),
            state=fiche.state,
            revision=fiche.revision,
            axis=axes[0].code if axes else None,
            axis_label=axes[0].label if axes else None,
            functions=[one.code for one in retained(choices_of(fiche, "fonctions", method))],
            author=fiche.author,
            created=fiche.created,
            updated=fiche.updated,
            statuses={str(status): count for status, count in counts_of(fiche).items()},
            deadlines_passed=sorted(one for one in deadlines if one is not None and one < today),
            position=position_of(fiche),
        )


class FicheList(BaseModel):
    """Les fiches gardées, la dernière modifiée d’abord."""

    total: int = Field(description="Nombre de fiches trouvées.")
    fiches: list[FicheSummary] = Field(description="Les fiches de cette page.")


class FicheHistory(BaseModel):
    """Les révisions d’une fiche, de la première à la dernière."""

    revisions: list[Revision] = Field(description="Les révisions.")


class FicheDiff(BaseModel):
    """Ce qui a changé d’une révision à une autre."""

    de: int = Field(description="Révision de départ.")
    a: int = Field(description="Révision d’arrivée.")
    changes: list[FieldChange] = Field(description="Les champs qui diffèrent.")


class CommentList(BaseModel):
    """Les commentaires d’une fiche, du plus ancien au plus récent."""

    comments: list[Comment] = Field(description="Les commentaires.")


class RefreshChange(BaseModel):
    """Ce qui a changé dans les preuves d’une fiche."""

    kind: str = Field(
        description="`preuve_nouvelle`, `preuve_disparue`, `document_remplace`, "
        "`echeance_passee` ou `guichet_nouveau`."
    )
    key: str = Field(description="Le champ concerné.")
    text: str = Field(description="Le changement, en français.")
    statement: Statement | None = Field(None, description="L’affirmation concernée.")
    window: Window | None = Field(None, description="Le financement concerné.")
    applied: bool = Field(
        description="Vrai si la fiche rendue en tient compte ; faux : à son auteur d’en juger."
    )


class RefreshResponse(BaseModel):
    """Les preuves cherchées de nouveau."""

    fiche: Fiche = Field(description="La fiche, mise à jour si c’était demandé.")
    changes: list[RefreshChange] = Field(description="Ce qui a changé depuis la rédaction.")
    left: list[str] = Field(
        description="Champs laissés tels quels : quelqu’un les a modifiés pendant la recherche."
    )
    applied: bool = Field(description="Vrai quand la fiche gardée a été mise à jour.")


class FicheConflict(Problem):
    """Un conflit : le champ a changé depuis la révision lue ; rien n’a été écrit."""

    key: str | None = Field(None, description="Le champ.")
    revision: int | None = Field(None, description="Révision actuelle de la fiche.")
    base: FicheField | None = Field(None, description="Le champ tel qu’il avait été lu.")
    theirs: FicheField | None = Field(None, description="Le champ tel qu’il est maintenant.")
    yours: FicheField | None = Field(
        None, description="Le champ tel que la modification refusée l’aurait fait."
    )
