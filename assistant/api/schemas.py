"""What the HTTP interface receives and sends besides the shared contract of `assistant.model`.

Field names stay those of the contract; descriptions and examples are French because they are
read in the API documentation.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from assistant.model import (
    KIND_LABELS,
    Document,
    FilterReport,
    Filters,
    Mode,
    Page,
    PageStatus,
    PageUnit,
    SearchResult,
)

DEFAULT_RESULTS = 10
MAX_RESULTS = 50

KIND_LIST = ", ".join(f"`{key}` ({label})" for key, label in KIND_LABELS.items())


def _encodable(value: str) -> str:
    """Refuse half a surrogate pair, which JSON can carry and no text can hold."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise PydanticCustomError("string_unicode", "not Unicode") from None
    return value


Text = Annotated[str, AfterValidator(_encodable)]

Flag = Annotated[bool, Field(strict=True)]
"""True or false in a JSON body, and nothing that looks like it (1, « oui »)."""


_Values = Annotated[list[Text], Field(max_length=200)]


class FiltersBody(BaseModel):
    """Où chercher : les valeurs d’un champ s’ajoutent, les champs se combinent."""

    model_config = ConfigDict(extra="forbid")

    files: _Values = Field([], description="Noms de fichiers.")
    kinds: _Values = Field([], description=f"Types de documents : {KIND_LIST}.")
    publishers: _Values = Field(
        [], description="Éditeurs, tels que `GET /v1/filtres` les donne ; la casse est libre."
    )
    regions: _Values = Field([], description="Régions, en toutes lettres ou en sigle (`PACA`).")
    since: Text | None = Field(
        None,
        description="Documents datés d’au plus tôt : `2024`, `2024-07` ou `2024-07-08`. Un "
        "document dont la date n’est pas connue est hors de toute période.",
    )
    until: Text | None = Field(None, description="Documents datés d’au plus tard, inclus.")

    def filters(self) -> Filters:
        """The same for the engine."""
        return Filters(**self.model_dump())


FILTERS_FIELD = "Documents dans lesquels chercher ; tous par défaut."
READ_FIELD = (
    "Appliquer les filtres que la question énonce sans ambiguïté (« dans le PRS ») ; la réponse "
    "dit lesquels."
)


MODE_FIELD = (
    "`extractive` : des phrases reprises mot pour mot des documents. `generative` : un texte "
    "rédigé par un modèle de langue local, dont chaque phrase est vérifiée dans les documents ; "
    "si le modèle est absent ou si rien n’est prouvé, la réponse est extractive et une note le dit."
)


class QuestionRequest(BaseModel):
    """Une question posée au corpus."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"question": "Quel est le montant maximal par projet ?"}],
        },
    )

    question: Text = Field(description="La question, en français, telle qu’on la poserait.")
    file: Text | None = Field(
        None, description="Ne chercher que dans ce fichier (son nom, par exemple `ami.pdf`)."
    )
    kind: Text | None = Field(
        None, description=f"Ne chercher que dans ce type de documents : {KIND_LIST}."
    )
    filtres: FiltersBody | None = Field(None, description=FILTERS_FIELD)
    reconnaitre: Flag = Field(True, description=READ_FIELD)
    mode: Mode = Field("extractive", description=MODE_FIELD)
    conversation_id: Text | None = Field(
        None,
        max_length=100,
        description="Conversation dans laquelle poser la question (`POST /v1/conversations`) : "
        "l’échange y est gardé.",
    )
    suite: Flag = Field(
        True,
        description="Dans une conversation, compléter une question qui dépend des précédentes "
        "(« et pour les urgences ? ») ; `understood` dit alors ce qui a été compris. Faux : la "
        "poser telle quelle.",
    )


class SearchRequest(BaseModel):
    """Une recherche de passages, sans rédaction de réponse."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "gouvernance de l’IA", "limite": 5}]},
    )

    question: Text = Field(description="Les mots ou la question à chercher.")
    limite: Annotated[int, Field(strict=True)] = Field(
        DEFAULT_RESULTS, ge=1, le=MAX_RESULTS, description="Nombre maximal de passages rendus."
    )
    file: Text | None = Field(None, description="Ne chercher que dans ce fichier.")
    kind: Text | None = Field(
        None, description=f"Ne chercher que dans ce type de documents : {KIND_LIST}."
    )
    filtres: FiltersBody | None = Field(None, description=FILTERS_FIELD)
    reconnaitre: Flag = Field(True, description=READ_FIELD)


class SearchResponse(BaseModel):
    """Les passages trouvés, du meilleur au moins bon."""

    results: list[SearchResult] = Field(description="Passages trouvés.")
    filters: FilterReport | None = Field(None, description="Ce qui a été fait des filtres.")


class FilterChoice(BaseModel):
    """Une valeur selon laquelle filtrer."""

    value: str = Field(description="La valeur à envoyer.")
    label: str = Field(description="La valeur en clair.")
    documents: int = Field(description="Nombre de documents qui la portent.")


class FilterChoices(BaseModel):
    """Les valeurs présentes dans le corpus, champ par champ."""

    files: list[FilterChoice] = Field(description="Documents, par titre.")
    kinds: list[FilterChoice] = Field(description="Types de documents.")
    publishers: list[FilterChoice] = Field(description="Éditeurs.")
    regions: list[FilterChoice] = Field(description="Régions.")
    years: list[FilterChoice] = Field(description="Années des documents, de la plus récente.")
    unknown: dict[str, int] = Field(
        description="Documents dont l’éditeur (`publishers`), la région (`regions`) ou la date "
        "(`date`) ne sont pas connus : aucun filtre sur ce champ ne les retient."
    )


class DocumentView(BaseModel):
    """Un document du corpus."""

    id: str = Field(description="Identifiant stable, calculé sur le contenu du fichier.")
    file: str = Field(description="Nom du fichier.")
    title: str = Field(description="Titre du document.")
    publisher: str | None = Field(description="Organisme éditeur, s’il est connu.")
    kind: str = Field(description=f"Type de document : {KIND_LIST}.")
    kind_label: str = Field(description="Type de document, en clair.")
    region: str | None = Field(description="Région concernée, si elle est connue.")
    date: str | None = Field(description="Date ISO 8601, parfois partielle (`2025`, `2025-07`).")
    version: str | None = Field(
        None, description="Version que le document indique (« 1.2 »), si elle est connue."
    )
    superseded_by: str | None = Field(
        None, description="Identifiant de la version suivante, si le corpus la contient."
    )
    supersedes: str | None = Field(
        None, description="Identifiant de la version précédente, si le corpus la contient."
    )
    pages: int = Field(description="Nombre de pages physiques.")
    pages_text: int = Field(description="Pages dont le texte a été lu.")
    pages_ocr: int = Field(description="Pages lues par reconnaissance de caractères.")
    ocr_confidence: float | None = Field(
        None, description="Confiance moyenne de cette reconnaissance, de 0 à 1."
    )
    pages_empty: int = Field(description="Pages sans contenu.")
    pages_unreadable: int = Field(description="Pages illisibles, donc absentes des réponses.")

    @classmethod
    def of(cls, document: Document) -> DocumentView:
        """Show a document of the catalogue; its path on the disk stays private."""
        metadata, counts = document.metadata, document.status_counts
        return cls(
            id=document.id,
            file=document.file,
            title=metadata.title,
            publisher=metadata.publisher,
            kind=metadata.kind,
            kind_label=KIND_LABELS.get(metadata.kind, metadata.kind),
            region=metadata.region,
            date=metadata.date,
            version=metadata.version,
            superseded_by=document.superseded_by,
            supersedes=document.supersedes,
            pages=document.page_count,
            pages_text=counts.get(PageStatus.TEXT, 0),
            pages_ocr=counts.get(PageStatus.OCR, 0),
            ocr_confidence=document.ocr_confidence,
            pages_empty=counts.get(PageStatus.EMPTY, 0),
            pages_unreadable=counts.get(PageStatus.UNREADABLE, 0),
        )


class DocumentList(BaseModel):
    """Les documents du corpus, par titre."""

    total: int = Field(description="Nombre de documents, sans la limite.")
    documents: list[DocumentView] = Field(description="Documents indexés.")


class PageView(BaseModel):
    """Une page telle qu’elle a été lue."""

    document_id: str = Field(description="Identifiant du document.")
    number: int = Field(description="Numéro physique de la page, à partir de 1.")
    label: str = Field(
        description="Numéro imprimé sur la page (« iv », « 12 »), ou repère de la section "
        "(« § 2 »)."
    )
    unit: PageUnit = Field(
        "page",
        description="Ce qu’est une page de ce document : `page`, `slide` (diapositive) ou "
        "`section` (partie d’un texte sans pages).",
    )
    image: bool = Field(
        True, description="L’image de la page existe : c’est le cas des seuls fichiers PDF."
    )
    pages: int = Field(description="Nombre de pages du document.")
    width: float = Field(description="Largeur, en points.")
    height: float = Field(description="Hauteur, en points.")
    status: PageStatus = Field(
        description="`text` : texte lu ; `ocr` : texte reconnu ; `empty` : page vide ; "
        "`unreadable` : page illisible."
    )
    text: str = Field(
        description="Texte brut de la page. Les positions `start` et `end` des citations se "
        "comptent en caractères Unicode dans ce texte."
    )
    warnings: list[str] = Field(description="Remarques de lecture, en français.")
    confidence: float | None = Field(
        None, description="Confiance moyenne de la reconnaissance de caractères, de 0 à 1."
    )

    @classmethod
    def of(cls, document: Document, page: Page, *, image: bool = True) -> PageView:
        """Show a page: its raw text, what its reading gave, whether it can be drawn."""
        return cls(
            document_id=document.id,
            number=page.number,
            label=page.label,
            unit=document.metadata.unit,
            image=image,
            pages=document.page_count,
            width=page.width,
            height=page.height,
            status=page.status,
            text=page.text,
            warnings=list(page.warnings),
            confidence=page.confidence,
        )


class Health(BaseModel):
    """État du service."""

    etat: str = Field(description="« prêt » ou « chargement du modèle ».")
    pret: bool = Field(description="Vrai quand une question obtient sa réponse sans attendre.")
    version: str = Field(description="Version de l’assistant.")
    index: dict[str, Any] = Field(
        description="Génération de l’index, nombre de documents, de pages par état et de passages."
    )
    connexions_bloquees: int = Field(
        description="Tentatives de connexion hors de la machine, toutes refusées, depuis le "
        "démarrage."
    )


class Alive(BaseModel):
    """Le processus répond."""

    vivant: bool = Field(description="Toujours vrai.")


class Problem(BaseModel):
    """Une erreur, au format « problem details » (RFC 9457)."""

    type: str = Field(description="Adresse de l’explication de cette sorte d’erreur.")
    title: str = Field(description="Sorte d’erreur, en quelques mots.")
    status: int = Field(description="Code HTTP.")
    detail: str = Field(description="Ce qui s’est passé.")
    remedy: str = Field(description="Ce que l’on peut faire.")
    code: str = Field(description="Identifiant stable de la sorte d’erreur.")
    retryable: bool = Field(description="Le même appel peut réussir plus tard, sans changement.")
    errors: list[dict[str, str]] = Field(
        default_factory=list, description="Champs refusés et pourquoi, s’il y a lieu."
    )
