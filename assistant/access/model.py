"""Persons, roles and what each may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

Means = Literal["local", "cle", "session", "mandataire", "oidc", "aucun"]
"""How a person was recognised."""


class Role(StrEnum):
    """What a person is for the assistant; the values are those that the commands take."""

    READER = "lecteur"
    LEAD = "chef_de_projet"
    EVALUATOR = "evaluateur"
    ADMINISTRATOR = "administrateur"


class Permission(StrEnum):
    """One thing that a role, or the scope of a key, allows."""

    ASK = "questions"
    """Ask, search, read the documents one may see, keep one's own conversations."""
    READ_FICHES = "fiches_lire"
    WRITE_FICHES = "fiches_ecrire"
    EVALUATE = "evaluation"
    MANAGE_CORPUS = "corpus"
    """Load, describe, remove, index documents."""
    ADMINISTER = "administration"
    """Metrics, audit log, keys."""


_READING: Final = frozenset({Permission.ASK, Permission.READ_FICHES})

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.READER: _READING,
    Role.LEAD: _READING | {Permission.WRITE_FICHES},
    Role.EVALUATOR: _READING | {Permission.EVALUATE},
    Role.ADMINISTRATOR: frozenset(Permission),
}

ROLE_LABELS: Final[Mapping[Role, str]] = {
    Role.READER: "lecteur",
    Role.LEAD: "chef de projet",
    Role.EVALUATOR: "évaluateur",
    Role.ADMINISTRATOR: "administrateur",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or a program, that asks something of the assistant.

    Attributes:
        id: stable identifier; what a person keeps (conversations) belongs to it.
        name: as it is shown; empty when nobody signed in.
        role: what they are.
        groups: which restricted documents they may see.
        means: how they were recognised.
        scopes: narrower than the role, for a key; `None` when the role alone decides.
    """

    id: str
    name: str
    role: Role
    groups: frozenset[str] = frozenset()
    means: Means = "local"
    scopes: frozenset[Permission] | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role, and the scopes if any, allow something."""
        if self.means == "aucun" or permission not in PERMISSIONS[self.role]:
            return False
        return self.scopes is None or permission in self.scopes

    @property
    def sees(self) -> frozenset[str] | None:
        """Groups whose documents are visible; `None` when every document is.

        Whoever manages the corpus sees all of it: they hold the files.
        """
        return None if self.may(Permission.MANAGE_CORPUS) else self.groups


LOCAL: Final = Person("local", "", Role.ADMINISTRATOR)
"""Whoever uses a machine that asks nobody to sign in."""

NOBODY: Final = Person("", "", Role.READER, means="aucun")
"""Somebody not recognised: may do nothing, sees no restricted document."""
