"""Every option of the assistant, in one place.

Values come, from the strongest to the weakest, from command-line options, from environment
variables `ASSISTANT_*`, then from `assistant.toml` in the working directory. An unknown key
is refused: a typo in a security setting must never be silently ignored.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

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

    @field_validator("pdf_passwords", mode="before")
    @classmethod
    def _split_passwords(cls, value: object) -> object:
        """An environment variable holds one password a line."""
        if isinstance(value, str):
            return tuple(line.strip("\r") for line in value.split("\n") if line.strip("\r"))
        return value

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
            f"{'.'.join(str(part) for part in item['loc'])} : {item['msg']}"
            for item in error.errors()
        )
        raise SettingsError(
            f"La configuration comporte une erreur ({details}).",
            "Corrigez assistant.toml ou la variable d'environnement ASSISTANT_… en cause.",
        ) from error
