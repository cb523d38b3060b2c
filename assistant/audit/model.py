"""One line of the audit log, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from assistant.errors import AssistantError

MAX_TARGETS: Final = 20
"""Identifiers kept for one action; the others are counted in its details."""

MAX_TEXT: Final = 2000
"""Characters kept of one value."""

Value = str | int | float | bool | None


class Action(StrEnum):
    """What was done; the values are those that exports and commands show."""

    SIGN_IN = "connexion"
    SIGN_OUT = "deconnexion"
    REFUSED = "acces_refuse"
    QUESTION = "question"
    SEARCH = "recherche"
    PAGE = "page_ouverte"
    FILE = "fichier_ouvert"
    UPLOAD = "document_charge"
    REMOVE = "document_retire"
    TAKE_BACK = "document_repris"
    DESCRIBE = "document_decrit"
    GLOSSARY = "glossaire_modifie"
    INDEX = "indexation"
    EXPORT = "export"
    FICHE = "fiche_modifiee"
    FICHE_DELETED = "fiche_supprimee"
    CONVERSATION_DELETED = "conversation_supprimee"
    EVALUATION = "evaluation"
    KEY_CREATED = "cle_creee"
    KEY_REVOKED = "cle_revoquee"
    RESTRICTION = "restriction_modifiee"
    PURGE = "journal_purge"
    LOST = "journal_entrees_perdues"
    STOP = "arret"
    START = "demarrage"


ACTION_LABELS: Final[Mapping[Action, str]] = {
    Action.SIGN_IN: "Connexion",
    Action.SIGN_OUT: "Déconnexion",
    Action.REFUSED: "Accès refusé",
    Action.QUESTION: "Question",
    Action.SEARCH: "Recherche",
    Action.PAGE: "Page ouverte",
    Action.FILE: "Fichier ouvert",
    Action.UPLOAD: "Document chargé",
    Action.REMOVE: "Document retiré",
    Action.TAKE_BACK: "Document repris",
    Action.DESCRIBE: "Document décrit",
    Action.GLOSSARY: "Glossaire modifié",
    Action.INDEX: "Indexation",
    Action.EXPORT: "Export",
    Action.FICHE: "Fiche modifiée",
    Action.FICHE_DELETED: "Fiche supprimée",
    Action.CONVERSATION_DELETED: "Conversation supprimée",
    Action.EVALUATION: "Évaluation",
    Action.KEY_CREATED: "Clé créée",
    Action.KEY_REVOKED: "Clé révoquée",
    Action.RESTRICTION: "Restriction modifiée",
    Action.PURGE: "Journal purgé",
    Action.LOST: "Entrées perdues",
    Action.STOP: "Arrêt du service",
    Action.START: "Démarrage du service",
}


class Actor(Protocol):
    """Who does something, as far as the log cares."""

    @property
    def id(self) -> str:
        """Stable identifier; empty for somebody not recognised."""

    @property
    def means(self) -> str:
        """How they were recognised."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Somebody whom nothing recognises."""

    id: str = ""
    means: str = "aucun"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, before it takes its place in the log.

    Attributes:
        action: what was done.
        at: when, UTC, ISO 8601 with microseconds.
        person: identifier of who did it; empty for somebody not recognised.
        means: how they were recognised.
        targets: identifiers of what it was done to.
        outcome: how it ended, one word or an HTTP status.
        index: generation of the index that served, if any.
        models: models that served, by use.
        details: what else is worth keeping; never a secret, nor a text unless the settings say so.
    """

    action: str
    at: str
    person: str = ""
    means: str = ""
    targets: tuple[str, ...] = ()
    outcome: str = "ok"
    index: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log.

    Attributes:
        sequence: rank since the log began, from 1, never used twice.
        event: what happened.
        previous: hash of the line before; of the last purged one for the first.
        hash: SHA-256 of everything above, in hexadecimal.
        seal: HMAC-SHA-256 of the hash with the key of the administrator; empty without a key.
    """

    sequence: int
    event: Event
    previous: str
    hash: str
    seal: str


class AuditUnreadableError(AssistantError):
    """The file of the audit log is damaged or was written by a newer version."""

    code = "journal_illisible"


class AuditOffError(AssistantError):
    """The administrator chose to keep no audit log."""

    code = "journal_desactive"


class AuditUnavailableError(AssistantError):
    """Nothing may be done that cannot be written down, and the log cannot be written."""

    code = "journal_indisponible"
    retryable = True


class AuditKeyError(AssistantError):
    """The key that seals the log cannot be used."""

    code = "journal_cle"
