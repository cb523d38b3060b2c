"""The follow-up of a committee, as shown and as published; the descriptions are read by callers.

Everything taken from minutes is an `Extract`: verbatim, with its citations. An owner, a date or a
state is there only when the line, the cell or the heading that names it says so.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assistant.language.normalise import display_text
from assistant.model import Citation

StateKind = Literal[
    "fait",
    "en_cours",
    "a_faire",
    "reporte",
    "en_retard",
    "abandonne",
    "en_place",
    "propose",
    "autre",
]

STATE_LABELS: Final[dict[str, str]] = {
    "fait": "fait",
    "en_cours": "en cours",
    "a_faire": "à faire",
    "reporte": "reporté",
    "en_retard": "en retard",
    "abandonne": "abandonné",
    "en_place": "en place",
    "propose": "proposé",
    "autre": "autre",
}

ENDED: Final = frozenset({"fait", "abandonne", "en_place"})
"""States of an action that cannot be late any more."""

ChangeKind = Literal[
    "nouvelle",
    "faite",
    "en_retard",
    "date_deplacee",
    "pilote_change",
    "etat_change",
    "libelle_change",
    "reapparue",
    "disparue",
    "decidee",
    "rythme_change",
]

CHANGE_LABELS: Final[dict[str, str]] = {
    "nouvelle": "Nouvelle action",
    "faite": "Action faite",
    "en_retard": "Échéance passée",
    "date_deplacee": "Échéance déplacée",
    "pilote_change": "Pilote changé",
    "etat_change": "État changé",
    "libelle_change": "Libellé changé",
    "reapparue": "De nouveau mentionnée",
    "disparue": "N’est plus mentionnée",
    "decidee": "Décision prise",
    "rythme_change": "Rythme changé",
}


class _Public(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Extract(_Public):
    """Un extrait repris mot pour mot d’un compte rendu, avec sa preuve."""

    text: str = Field(min_length=1, description="Le texte, mot pour mot.")
    citations: list[Citation] = Field(
        min_length=1,
        description="Où il se trouve ; plusieurs quand il continue sur la page suivante.",
    )

    @model_validator(mode="after")
    def _verbatim(self) -> Extract:
        """What is shown is what is quoted, to the character."""
        if self.text != " ".join(display_text(one.quote) for one in self.citations):
            raise ValueError("an extract is the display form of its quotes")
        return self

    @property
    def citation(self) -> Citation:
        """Where it begins."""
        return self.citations[0]

    @property
    def addition(self) -> bool:
        """Whether the document marks it as an addition, by a colour."""
        return any(one.addition for one in self.citations)


class Due(Extract):
    """Une échéance telle qu’elle est écrite, et le dernier jour qu’elle désigne."""

    last: date | None = Field(
        description="Dernier jour que l’échéance désigne (« 1er trimestre 2026 » : 31 mars 2026) ; "
        "nul quand elle n’est pas une date ou que son année n’est pas écrite."
    )


class State(Extract):
    """L’état d’une action tel qu’il est écrit, et sa famille."""

    kind: StateKind = Field(description="Famille de l’état ; `autre` quand il n’en suit aucune.")


class Action(_Public):
    """Une action telle qu’un compte rendu l’écrit."""

    key: str = Field(description="Identifiant de cette mention : document, page et position.")
    text: Extract = Field(description="La ligne, la case ou la phrase.")
    number: Extract | None = Field(None, description="Son numéro, s’il est écrit (« A3 »).")
    owner: Extract | None = Field(
        None, description="Qui la porte, si sa ligne ou le titre de sa liste le dit."
    )
    due: Due | None = Field(None, description="Son échéance, si sa ligne la dit.")
    state: State | None = Field(
        None, description="Son état, si sa ligne ou le titre de sa liste le dit."
    )
    details: list[Extract] = Field(
        default_factory=list, description="Les lignes écrites sous elle."
    )
    form: Literal["tableau", "liste", "phrase"] = Field(description="Comment elle est écrite.")
    section: list[str] = Field(description="Titres sous lesquels elle se trouve.")


class Decision(_Public):
    """Une décision telle qu’un compte rendu l’écrit."""

    key: str = Field(description="Identifiant de cette mention : document, page et position.")
    text: Extract = Field(description="La ligne, la case ou la phrase.")
    number: Extract | None = Field(None, description="Son numéro, s’il est écrit (« D2 »).")
    owner: Extract | None = Field(None, description="Qui l’applique, si sa ligne le dit.")
    due: Due | None = Field(None, description="Son échéance, si sa ligne la dit.")
    form: Literal["tableau", "liste", "phrase"] = Field(description="Comment elle est écrite.")
    section: list[str] = Field(description="Titres sous lesquels elle se trouve.")


class Addition(_Public):
    """Ce qu’un compte rendu marque comme ajouté."""

    line: Extract = Field(description="La ligne entière.")
    marked: list[Extract] = Field(description="Les mots marqués, dans l’ordre de la ligne.")
    whole: bool = Field(description="Vrai quand toute la ligne est marquée.")
    how: Literal["couleur", "mention"] = Field(
        description="`couleur` : la couleur que le document donne à ses ajouts ; `mention` : la "
        "ligne le dit (« Ajout : »)."
    )
    section: list[str] = Field(description="Titres sous lesquels elle se trouve.")


class Point(_Public):
    """Un point d’attention ou une proposition, sans décision ni action."""

    text: Extract = Field(description="La ligne.")
    kind: Literal["attention", "proposition"] = Field(description="Sa nature.")


class Participant(_Public):
    """Une personne ou un organisme de la liste de présence."""

    text: Extract = Field(description="La ligne.")
    presence: Literal["present", "excuse", "absent", "non_dit"] = Field(
        description="Sa présence, si le titre ou la ligne la dit."
    )


class Rhythm(Extract):
    """Le rythme du comité tel qu’il est écrit."""

    months: int = Field(ge=1, description="Nombre de mois entre deux séances.")


class NextMeeting(_Public):
    """Ce qui est écrit de la prochaine séance."""

    lines: list[Extract] = Field(min_length=1, description="Les lignes qui l’annoncent.")
    date: Due | None = Field(None, description="Sa date, si elle est écrite.")
    place: Extract | None = Field(None, description="Son lieu, s’il est écrit.")


class Unreadable(_Public):
    """Un titre d’actions ou de feuille de route sous lequel rien n’est lisible."""

    heading: Extract = Field(description="Le titre, et la ligne qui le précise s’il y en a une.")
    reason: str = Field(description="Ce que l’on en sait, en français.")


class MeetingDate(_Public):
    """La date d’une séance, et d’où elle vient."""

    iso: str = Field(description="ISO 8601, parfois partielle.")
    extract: Extract | None = Field(
        None, description="Où elle est écrite ; nul quand seule la description du document la dit."
    )


class Meeting(_Public):
    """Une séance, lue dans son compte rendu."""

    file: str = Field(description="Nom du fichier.")
    document: str = Field(description="Titre du document.")
    document_id: str = Field(description="Identifiant du document.")
    unit: str = Field(description="Ce qu’est une page du document : page, diapositive, section.")
    committee: int = Field(ge=0, description="Rang du comité : les comparer entre eux a un sens.")
    date: MeetingDate | None = Field(None, description="Sa date, si elle est connue.")
    number: Extract | None = Field(None, description="Son numéro, s’il est écrit (« n° 2 »).")
    place: Extract | None = Field(None, description="Son lieu, s’il est écrit.")
    participants: list[Participant] = Field(description="Qui est présent ou excusé.")
    decisions: list[Decision] = Field(description="Les décisions, dans l’ordre du document.")
    actions: list[Action] = Field(description="Les actions, dans l’ordre du document.")
    additions: list[Addition] = Field(description="Ce que le document marque comme ajouté.")
    points: list[Point] = Field(description="Points d’attention et propositions.")
    rhythm: list[Rhythm] = Field(description="Ce qui est dit du rythme du comité.")
    next: NextMeeting | None = Field(None, description="La prochaine séance, si elle est annoncée.")
    unreadable: list[Unreadable] = Field(description="Ce qui devrait être là et ne se lit pas.")
    notes: list[str] = Field(description="Remarques sur ce document, en français.")


class Change(_Public):
    """Un changement d’un compte rendu au suivant, prouvé par les deux."""

    kind: ChangeKind = Field(description="Nature du changement.")
    text: Extract = Field(
        description="L’action ou la décision, dans le compte rendu le plus récent qui en parle."
    )
    before: Extract | None = Field(None, description="Ce qui était écrit avant.")
    after: Extract | None = Field(None, description="Ce qui est écrit maintenant.")
    remark: str = Field("", description="Ce qu’il faut en savoir, en français.")


class Comparison(_Public):
    """Ce qui change d’une séance à la suivante."""

    previous: str = Field(description="Identifiant du document précédent.")
    current: str = Field(description="Identifiant du document suivant.")
    committee: int = Field(ge=0, description="Rang du comité.")
    changes: list[Change] = Field(description="Les changements, les plus importants d’abord.")


class Track(_Public):
    """Une action suivie d’une séance à l’autre, dans son dernier état connu."""

    committee: int = Field(ge=0, description="Rang du comité.")
    text: Extract = Field(description="Son dernier libellé.")
    number: Extract | None = Field(None, description="Son numéro, s’il est écrit.")
    owner: Extract | None = Field(None, description="Le dernier pilote écrit.")
    due: Due | None = Field(None, description="La dernière échéance écrite.")
    state: State | None = Field(None, description="Le dernier état écrit.")
    late: bool = Field(description="Vrai quand l’échéance est passée sans que rien la dise faite.")
    mentioned: bool = Field(description="Vrai quand le dernier compte rendu en parle encore.")
    mentions: list[str] = Field(
        description="Identifiants des mentions, de la plus ancienne à la plus récente."
    )


class FollowUp(_Public):
    """Le suivi d’un ou de plusieurs comités, à une date donnée."""

    schema_version: Literal[1] = Field(1, description="Version de ce format.")
    today: date = Field(description="Date à laquelle les échéances sont comparées.")
    committees: list[str] = Field(description="Noms des comités, dans l’ordre de leur rang.")
    meetings: list[Meeting] = Field(description="Les séances, de la plus ancienne à la dernière.")
    tracks: list[Track] = Field(description="Les actions suivies, dans leur dernier état.")
    comparisons: list[Comparison] = Field(
        description="Les changements entre deux séances qui se suivent, les derniers d’abord."
    )
    notes: list[str] = Field(description="Remarques sur l’ensemble, en français.")
    index_generation: str = Field(description="Génération de l’index qui a servi.")

    def meeting(self, document_id: str) -> Meeting:
        """A meeting by its document.

        Raises:
            KeyError: no meeting was read in this document.
        """
        for one in self.meetings:
            if one.document_id == document_id:
                return one
        raise KeyError(document_id)
