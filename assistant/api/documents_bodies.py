"""What the routes that change the corpus receive and send; French, read in the documentation."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.api.schemas import Flag
from assistant.index.descriptions import FIELDS
from assistant.library.model import Deposit, Job
from assistant.model import FileReport


class ReportView(BaseModel):
    """Le dernier mot sur un fichier."""

    file: str = Field(description="Nom du fichier.")
    status: Literal["indexed", "unchanged", "replaced", "refused", "removed"] = Field(
        description="`indexed` : lu ; `replaced` : nouvelle version lue ; `unchanged` : déjà lu ; "
        "`refused` : refusé ; `removed` : retiré."
    )
    reason: str | None = Field(description="Motif d’un refus ou d’un retrait, et son remède.")
    reason_code: str | None = Field(description="Le même motif, sous forme d’identifiant stable.")
    pages: int = Field(description="Pages physiques.")
    pages_text: int = Field(description="Pages dont le texte a été lu.")
    pages_ocr: int = Field(description="Pages lues par reconnaissance de caractères.")
    pages_empty: int = Field(description="Pages sans contenu.")
    pages_unreadable: int = Field(description="Pages illisibles, absentes des réponses.")
    passages: int = Field(description="Passages indexés.")
    seconds: float = Field(description="Durée de lecture, en secondes.")
    warnings: list[str] = Field(description="Remarques sur la lecture.")

    @classmethod
    def of(cls, report: FileReport) -> ReportView:
        """Show the report of the pipeline."""
        return cls(**report.model_dump())


class JobView(BaseModel):
    """Un travail sur l’index, à l’instant de la lecture."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "8a1f0c2b9d3e4f56",
                    "kind": "chargement",
                    "started": "2026-11-20T09:30:00Z",
                    "finished": None,
                    "running": True,
                    "step": "Lecture des documents",
                    "done": 1200000,
                    "total": 4800000,
                    "unit": "octets",
                    "left_s": 42.0,
                    "reports": [],
                    "failure": "",
                    "code": "",
                }
            ]
        }
    )

    id: str = Field(description="Identifiant du travail.")
    kind: Literal["chargement", "retrait", "reindexation"] = Field(description="Ce qu’il fait.")
    started: datetime = Field(description="Date de la demande.")
    finished: datetime | None = Field(description="Date de fin ; absente tant qu’il continue.")
    running: bool = Field(description="Vrai tant qu’il attend ou continue.")
    step: str = Field(description="Étape en cours, en français.")
    done: int = Field(description="Avancement de l’étape, dans son unité.")
    total: int = Field(description="Total de l’étape ; 0 s’il n’est pas connu.")
    unit: str = Field(description="Unité de l’étape.")
    left_s: float | None = Field(description="Durée restante de l’étape, en secondes, estimée.")
    reports: list[ReportView] = Field(description="Le dernier mot sur chaque fichier.")
    failure: str = Field(description="Pourquoi il s’est arrêté, et que faire ; vide sinon.")
    code: str = Field(description="Code de cet arrêt ; vide sinon.")

    @classmethod
    def of(cls, job: Job) -> JobView:
        """Show a job of the library."""
        return cls(
            id=job.id,
            kind=job.kind,
            started=job.started,
            finished=job.finished,
            running=job.running,
            step=job.step,
            done=job.done,
            total=job.total,
            unit=job.unit,
            left_s=job.left_s,
            reports=[ReportView.of(report) for report in job.reports],
            failure=job.failure,
            code=job.code,
        )


class JobList(BaseModel):
    """Les derniers travaux sur l’index."""

    travaux: list[JobView] = Field(description="Le plus récent d’abord.")


class DepositView(BaseModel):
    """Un fichier déposé."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "projet régional de santé.pdf",
                    "size": 1843200,
                    "sha256": "3f0c…",
                    "document_id": None,
                    "known": False,
                    "job": "8a1f0c2b9d3e4f56",
                }
            ]
        }
    )

    name: str = Field(description="Nom sous lequel le fichier est gardé.")
    size: int = Field(description="Taille, en octets.")
    sha256: str = Field(description="Empreinte SHA-256 du contenu, en hexadécimal.")
    document_id: str | None = Field(description="Identifiant du document, s’il est déjà indexé.")
    known: bool = Field(
        description="Vrai quand le même contenu est déjà indexé : rien n’est gardé."
    )
    job: str | None = Field(description="Travail qui l’indexe, s’il est lancé.")

    @classmethod
    def of(cls, deposit: Deposit, job: str | None = None) -> DepositView:
        """Show a deposit of the library."""
        return cls(
            name=deposit.name,
            size=deposit.size,
            sha256=deposit.sha256,
            document_id=deposit.document_id,
            known=deposit.known,
            job=job,
        )


class DepositList(BaseModel):
    """Les fichiers déposés qui ne sont pas encore indexés."""

    depots: list[DepositView] = Field(description="Par nom.")


class DocumentChanges(BaseModel):
    """Ce que vous dites d’un document ; un champ absent n’est pas changé."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"publisher": "ARS Bretagne", "date": "2025-07-08"}]},
    )

    title: str | None = Field(None, max_length=1000, description="Titre.")
    publisher: str | None = Field(
        None, max_length=1000, description="Organisme éditeur ; vide : il n’y en a pas."
    )
    kind: str | None = Field(None, max_length=100, description="Type de document.")
    region: str | None = Field(None, max_length=1000, description="Région ; vide : aucune.")
    date: str | None = Field(
        None,
        max_length=100,
        description="Date : `2025`, `2025-07`, `2025-07-08` ou `08/07/2025` ; vide : aucune.",
    )
    version: str | None = Field(None, max_length=1000, description="Version ; vide : aucune.")
    effacer: Flag = Field(
        False, description="Oublier d’abord ce qui avait été dit : les valeurs lues reviennent."
    )

    def changes(self) -> dict[str, str]:
        """Values by field, those that were sent only."""
        sent = self.model_dump(include=set(FIELDS), exclude_unset=True)
        return {field: value or "" for field, value in sent.items()}


class ReindexRequest(BaseModel):
    """Comment relire le corpus."""

    model_config = ConfigDict(extra="forbid")

    reconstruire: Flag = Field(
        False, description="Publier un nouvel index même si aucun fichier n’a changé."
    )


class VersionSide(BaseModel):
    """Un document dans un lien entre versions."""

    document_id: str = Field(description="Identifiant du document.")
    file: str = Field(description="Nom du fichier.")
    title: str = Field(description="Titre du document.")
    version: str | None = Field(description="Version qu’il indique, si elle est connue.")
    date: str | None = Field(description="Date, si elle est connue.")


class VersionLinkView(BaseModel):
    """Un document et celui qui le remplace, ou deux documents dits distincts."""

    older: VersionSide = Field(description="Le plus ancien.")
    newer: VersionSide = Field(description="Le plus récent.")
    similarity: float | None = Field(description="Part de texte en commun, de 0 à 1.")
    decided_by: Literal["vous", "comparaison"] = Field(description="Qui l’a décidé.")
    cut: bool = Field(description="Vrai quand les deux documents sont dits distincts.")


class VersionList(BaseModel):
    """Les liens entre versions."""

    versions: list[VersionLinkView] = Field(description="Liens, les décisions de séparer en fin.")


class VersionRequest(BaseModel):
    """Une décision sur deux documents."""

    model_config = ConfigDict(extra="forbid")

    ancien: str = Field(min_length=1, max_length=64, description="Identifiant du plus ancien.")
    nouveau: str = Field(min_length=1, max_length=64, description="Identifiant du plus récent.")
    distincts: Flag = Field(False, description="Vrai pour dire que l’un ne remplace pas l’autre.")


class SourceView(BaseModel):
    """Une source publique connue."""

    id: str = Field(description="Identifiant de la source.")
    title: str = Field(description="Titre du document.")
    publisher: str = Field(description="Organisme éditeur.")
    kind: str = Field(description="Type de document.")
    year: int | None = Field(description="Année, si elle est connue.")
    region: str | None = Field(description="Région, si elle est connue.")
    official: bool = Field(description="Vrai pour une source officielle.")
    url: str = Field(description="Adresse du document, non vérifiée.")
    format: str = Field(description="Format annoncé.")
    licence: str | None = Field(description="Licence annoncée.")
    note: str | None = Field(description="Remarque.")
    file: str | None = Field(description="Fichier téléchargé, s’il est là.")
    sha256: str | None = Field(description="Empreinte de ce fichier.")


class SourceList(BaseModel):
    """Les sources publiques ; rien n’est téléchargé par le serveur."""

    sources: list[SourceView] = Field(description="Dans l’ordre de la liste.")


class PageLedger(BaseModel):
    """Ce que la lecture d’une page a donné."""

    page: int = Field(description="Numéro physique, à partir de 1.")
    label: str = Field(description="Numéro imprimé.")
    status: str = Field(description="`text`, `ocr`, `empty` ou `unreadable`.")
    characters: int = Field(description="Caractères lus.")
    passages: int = Field(description="Passages qui s’y trouvent.")
    confidence: float | None = Field(description="Confiance de la reconnaissance, de 0 à 1.")
    warnings: list[str] = Field(description="Remarques.")


class FileState(BaseModel):
    """L’état d’un fichier connu de l’index."""

    file: str = Field(description="Nom du fichier.")
    document_id: str | None = Field(description="Identifiant du document ; absent s’il est refusé.")
    status: Literal["indexed", "refused"] = Field(
        description="`indexed` : lu ; `refused` : refusé."
    )
    reason: str | None = Field(description="Motif du refus et remède.")
    reason_code: str | None = Field(description="Le même motif, sous forme d’identifiant stable.")
    deposited: bool = Field(description="Vrai pour un fichier déposé, que le retrait supprime.")
    title: str | None = Field(None, description="Titre.")
    duplicate_of: str | None = Field(None, description="Autre nom du même contenu.")
    pages: int = Field(0, description="Pages physiques.")
    pages_text: int = Field(0, description="Pages dont le texte a été lu.")
    pages_ocr: int = Field(0, description="Pages lues par reconnaissance de caractères.")
    pages_empty: int = Field(0, description="Pages sans contenu.")
    pages_unreadable: int = Field(0, description="Pages illisibles.")
    passages: int = Field(0, description="Passages indexés.")
    ocr_confidence: float | None = Field(None, description="Confiance de la reconnaissance.")
    warnings: list[str] = Field(default=[], description="Remarques sur la lecture.")
    unreadable: list[str] = Field(default=[], description="Numéros imprimés des pages illisibles.")
    ledger: list[PageLedger] | None = Field(None, description="Page par page, sur demande.")


class ExcludedView(BaseModel):
    """Un fichier resté dans son dossier, que vous avez retiré de l’index."""

    file: str = Field(description="Nom du fichier.")
    document_id: str = Field(description="Identifiant qu’il avait.")


class CorpusState(BaseModel):
    """Ce qui a été lu du corpus, fichier par fichier."""

    documents: int = Field(description="Documents indexés.")
    refused: int = Field(description="Fichiers refusés.")
    duplicates: int = Field(description="Fichiers en double.")
    pages: int = Field(0, description="Pages physiques.")
    pages_text: int = Field(0, description="Pages dont le texte a été lu.")
    pages_ocr: int = Field(0, description="Pages lues par reconnaissance de caractères.")
    pages_empty: int = Field(0, description="Pages sans contenu.")
    pages_unreadable: int = Field(0, description="Pages illisibles.")
    passages: int = Field(0, description="Passages indexés.")
    files: list[FileState] = Field(description="Par nom.")
    pending: list[DepositView] = Field(description="Fichiers déposés qui attendent d’être indexés.")
    excluded: list[ExcludedView] = Field(description="Fichiers retirés de l’index par vous.")

    @classmethod
    def of(cls, state: dict[str, Any]) -> CorpusState:
        """Show the state that the library gives."""
        pending = [{**deposit, "job": None} for deposit in state["pending"]]
        return cls.model_validate({**state, "pending": pending})
