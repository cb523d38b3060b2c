"""Every option of the assistant, in one place.

Values come, from the strongest to the weakest, from command-line options, from environment
variables `ASSISTANT_*`, then from `assistant.toml` in the working directory. An unknown key
is refused: a typo in a security setting must never be silently ignored.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.access.model import Role
from assistant.colours import checked_accent
from assistant.errors import AssistantError

REPOSITORY = Path(__file__).resolve().parent.parent
"""Root of the checkout: the default corpus, index and prompts live beside the package."""


class SettingsError(AssistantError):
    """An option is unknown or has a value outside its range."""

    code = "configuration"


class Settings(BaseSettings):
    """Options of the assistant. The descriptions feed the configuration reference."""

    model_config = SettingsConfigDict(
        env_prefix="ASSISTANT_", toml_file="assistant.toml", extra="forbid", frozen=True
    )

    index_dir: Path = Field(REPOSITORY / "index", description="Dossier de l'index.")
    demo_corpus: Path = Field(
        REPOSITORY / "corpus" / "demo" / "pdf", description="Corpus de démonstration."
    )
    sources: Path = Field(
        REPOSITORY / "corpus" / "catalogue.toml", description="Liste des sources publiques."
    )
    documents_dir: Path = Field(
        REPOSITORY / "corpus" / "documents", description="Dossier des documents téléchargés."
    )
    uploads_dir: Path = Field(
        REPOSITORY / "corpus" / "depots",
        description="Dossier des documents déposés par l'interface et par l'API.",
    )
    embedding_model: Path = Field(
        REPOSITORY / "models" / "e5-small",
        description="Dossier local d'un modèle sentence-transformers.",
    )
    reranker_model: Path | None = Field(
        None,
        description="Dossier local d'un modèle de réordonnancement (« CrossEncoder » de "
        "sentence-transformers), facultatif.",
    )
    prompts_dir: Path = Field(
        REPOSITORY / "prompts", description="Dossier des consignes données au modèle de langue."
    )
    llm_url: str = Field(
        "",
        description="Adresse d'un serveur de modèle de langue compatible OpenAI, sur cette "
        "machine (http://127.0.0.1:8080/v1) ; vide : réponses extractives seulement.",
    )
    llm_hosts: tuple[str, ...] = Field(
        (),
        description="Machines de votre réseau où ce serveur peut se trouver, en plus de celle-ci : "
        "noms ou adresses IP.",
    )
    llm_model: str = Field(
        "",
        description="Nom du modèle de langue ; vide : le premier que le serveur annonce.",
    )
    llm_api_key: SecretStr = Field(
        SecretStr(""), description="Clé d'accès au serveur de modèle, s'il en demande une."
    )
    # A prompt of 3,000 tokens takes a minute to be read by two cores, four when they are busy.
    llm_timeout_s: float = Field(
        300.0, gt=0, description="Durée maximale d'une rédaction par le modèle, en secondes."
    )
    llm_first_token_s: float = Field(
        180.0, gt=0, description="Attente maximale du premier mot du modèle, en secondes."
    )
    llm_context_tokens: int = Field(
        3072,
        ge=512,
        description="Contexte du modèle, en jetons : consignes, passages et réponse compris. Plus "
        "petit, il lit moins de texte et répond plus tôt.",
    )
    llm_max_tokens: int = Field(
        400, ge=32, description="Longueur maximale de ce que le modèle rédige, en jetons."
    )
    threads: int = Field(0, ge=0, description="Fils de calcul ; 0 : tous les cœurs.")

    host: str = Field("127.0.0.1", description="Adresse d'écoute du serveur.")
    port: int = Field(7860, ge=1, le=65535, description="Port d'écoute du serveur.")
    hosts: tuple[str, ...] = Field(
        (),
        description="Noms sous lesquels ce serveur est appelé, en plus de ceux de cette machine "
        "(assistant.ars.example) ; toute requête qui en porte un autre est refusée.",
    )
    public_url: str = Field(
        "",
        description="Adresse que les personnes tapent, quand ce n'est pas celle d'écoute "
        "(https://assistant.ars.example) ; son nom est accepté comme ceux de « hosts ».",
    )

    sign_in: Literal["aucune", "cles", "mandataire", "oidc"] = Field(
        "aucune",
        description="Comment les personnes se font reconnaître. aucune : tout est permis à qui "
        "utilise cette machine ; cles : par une clé (assistant cles creer) ; mandataire : par les "
        "en-têtes d'un serveur mandataire ; oidc : par un fournisseur d'identité OpenID Connect. "
        "Sauf avec « aucune », les clés valent toujours pour les programmes.",
    )
    session_hours: float = Field(
        8.0, gt=0, le=720, description="Durée d'une session dans le navigateur, en heures."
    )
    requests_per_minute: int = Field(
        1200,
        ge=0,
        description="Nombre de requêtes acceptées par minute et par personne, ou par adresse pour "
        "qui n'est pas reconnu ; 0 : sans limite. Sans effet avec « sign_in = aucune ».",
    )
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="Adresses IP ou réseaux (10.0.0.0/24) des serveurs mandataires dont les "
        "en-têtes sont crus ; ceux de toute autre adresse sont ignorés.",
    )
    proxy_user_header: str = Field(
        "X-Remote-User", min_length=1, description="En-tête qui porte l'identifiant d'une personne."
    )
    proxy_name_header: str = Field(
        "X-Remote-Name", min_length=1, description="En-tête qui porte son nom, facultatif."
    )
    proxy_role_header: str = Field(
        "X-Remote-Role",
        min_length=1,
        description="En-tête qui porte ses rôles, séparés par des virgules.",
    )
    proxy_groups_header: str = Field(
        "X-Remote-Groups",
        min_length=1,
        description="En-tête qui porte ses groupes, séparés par des virgules.",
    )
    oidc_issuer: str = Field(
        "",
        description="Adresse du fournisseur d'identité OpenID Connect ; la seule machine que le "
        "serveur contacte alors.",
    )
    oidc_client_id: str = Field("", description="Identifiant donné par ce fournisseur.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="Secret donné par ce fournisseur."
    )
    oidc_scopes: str = Field(
        "openid profile", description="Portées demandées au fournisseur, séparées par des espaces."
    )
    oidc_role_claim: str = Field(
        "roles", min_length=1, description="Attribut où lire les rôles d'une personne."
    )
    oidc_groups_claim: str = Field(
        "groups", min_length=1, description="Attribut où lire ses groupes."
    )
    role_names: dict[str, Role] = Field(
        default_factory=dict,
        description="Rôle que donne chaque valeur reçue du mandataire ou du fournisseur "
        '({"GG-SANTE-PILOTES" = "chef_de_projet"}) ; vide : les noms des rôles eux-mêmes.',
    )
    default_role: Role | None = Field(
        None,
        description="Rôle de qui est reconnu sans qu'aucun rôle lui soit donné ; par défaut, "
        "l'accès lui est refusé.",
    )

    max_file_mb: int = Field(200, ge=1, description="Taille maximale d'un fichier, en Mo.")
    max_pages: int = Field(5000, ge=1, description="Nombre maximal de pages d'un fichier.")
    read_timeout_s: float = Field(
        300.0,
        gt=0,
        description="Durée maximale de lecture d'un fichier, en secondes, par tranche de "
        "500 pages ; la reconnaissance optique n'est pas comptée.",
    )
    read_memory_mb: int = Field(
        3000, ge=256, description="Mémoire maximale de lecture d'un fichier, en Mo."
    )
    # A page, not the file, is given up when it hangs: one drawing of millions of strokes must
    # not cost the 400 other pages.
    read_page_timeout_s: float = Field(
        60.0, gt=0, description="Durée maximale de lecture d'une page, en secondes."
    )
    # Health agencies do send protected files; the password is known, the software to remove it
    # is not always there.
    pdf_passwords: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Mots de passe à essayer sur les PDF protégés : une liste dans "
        "assistant.toml, ou un par ligne dans la variable d'environnement.",
    )
    max_question_chars: int = Field(
        2000, ge=10, description="Longueur maximale d'une question, en caractères."
    )
    conversations: bool = Field(
        True,
        description="Garder les conversations (questions, réponses, avis) dans le dossier de "
        "l'index, sur cette machine seulement.",
    )
    conversation_turns: int = Field(
        200,
        ge=1,
        description="Nombre maximal d'échanges gardés par conversation ; les plus anciens sont "
        "effacés.",
    )
    conversation_days: int = Field(
        365,
        ge=0,
        description="Jours pendant lesquels une conversation est gardée après son dernier "
        "échange ; 0 : sans limite.",
    )

    fiches: bool = Field(
        True,
        description="Garder les fiches « cas d'usage IA », leur historique et leurs commentaires "
        "dans le dossier de l'index, sur cette machine seulement.",
    )
    fiche_method: Path | None = Field(
        None,
        description="Grille des fiches : un fichier TOML (axes, fonctions, critères, champs) ; "
        "par défaut, celle qui est fournie.",
    )

    organisation: str = Field(
        "", max_length=120, description="Nom de votre organisation, affiché dans le bandeau."
    )
    logo: Path | None = Field(
        None, description="Logo affiché dans le bandeau : un fichier PNG ou SVG de cette machine."
    )
    accent: str = Field(
        "",
        description="Couleur des écrans, par exemple #1c4b78 ; refusée si son contraste avec le "
        "fond clair est inférieur à 4,5 pour 1.",
    )
    contact: str = Field(
        "",
        max_length=200,
        description="À qui signaler un problème : une personne, un service, une adresse, un "
        "numéro ; affiché dans « À propos » et dans la déclaration d'accessibilité.",
    )

    audit: bool = Field(
        True,
        description="Tenir le journal d'audit (qui a fait quoi, quand, sur quoi) dans le dossier "
        "de l'index.",
    )
    audit_questions: bool = Field(
        False,
        description="Garder dans le journal d'audit le texte des questions, données personnelles "
        "masquées ; sinon leur longueur et une empreinte seulement.",
    )
    audit_days: int = Field(
        365, ge=0, description="Jours pendant lesquels une entrée du journal est gardée ; 0 : tous."
    )
    audit_key_file: Path | None = Field(
        None,
        description="Fichier de la clé qui scelle le journal d'audit (32 octets au moins), hors du "
        "dossier de l'index : sans elle, qui peut écrire le journal peut le refaire en entier.",
    )
    # What people are here for is to read; a full disk must not take that from them.
    audit_failure: Literal["continuer", "refuser"] = Field(
        "continuer",
        description="Quand le journal ne peut pas être écrit : « continuer » (les entrées "
        "attendent en mémoire, le diagnostic le dit) ou « refuser » toute action.",
    )
    log_format: Literal["texte", "json"] = Field(
        "texte", description="Forme du journal technique du serveur : texte, ou JSON par ligne."
    )

    @field_validator("pdf_passwords", mode="before")
    @classmethod
    def _split_passwords(cls, value: object) -> object:
        """An environment variable holds one password a line."""
        if isinstance(value, str):
            return tuple(line.strip("\r") for line in value.split("\n") if line.strip("\r"))
        return value

    @field_validator("accent")
    @classmethod
    def _readable_accent(cls, value: str) -> str:
        return checked_accent(value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources; no `.env` and no secret files: two places are enough."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the options once per process.

    Raises:
        SettingsError: a key is unknown or a value is out of range.
    """
    try:
        return Settings()
    except ValidationError as error:
        details = " ; ".join(
            f"{'.'.join(str(part) for part in item['loc'])} : "
            f"{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        )
        raise SettingsError(
            f"La configuration comporte une erreur ({details}).",
            "Corrigez assistant.toml ou la variable d'environnement ASSISTANT_… en cause.",
        ) from error


def address(host: str, port: int) -> str:
    """Address to type in a browser."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
