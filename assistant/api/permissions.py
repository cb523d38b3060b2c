"""What each address asks of whoever calls it: one table, and nothing that is not in it passes.

An address that several lines describe (`/v1/fiches/schema` is also `/v1/fiches/{fiche_id}`) asks
for all that they ask for: which of them the router prefers does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from assistant.access.model import Permission

OWN_PREFIXES = ("/v1/", "/interface/")
SIGN_IN_PATHS = frozenset(
    {"/connexion", "/connexion/fournisseur", "/connexion/retour", "/deconnexion"}
)
OWN_PATHS = SIGN_IN_PATHS | {
    "/v1",
    "/mcp",
    "/docs",
    "/accessibilite",
    "/openapi.json",
    "/favicon.ico",
}
"""What the API itself answers; everything else belongs to the screens."""


class Anyone(Enum):
    """What asks for no permission."""

    OPEN = auto()
    """Nobody is asked who they are."""
    KNOWN = auto()
    """Whoever is recognised, whatever they may do."""


Needed = Permission | Anyone

_ASK: Final = Permission.ASK
_READ: Final = Permission.READ_FICHES
_WRITE: Final = Permission.WRITE_FICHES
_EVALUATE: Final = Permission.EVALUATE
_MANAGE: Final = Permission.MANAGE_CORPUS
_ADMINISTER: Final = Permission.ADMINISTER

ROUTES: Final[Mapping[str, Needed]] = {
    # Service
    "GET /v1/sante/vivant": Anyone.OPEN,
    "GET /v1/sante/pret": Anyone.OPEN,
    "GET /v1/sante": _ASK,
    "GET /v1/moi": Anyone.KNOWN,
    "GET /v1/metriques": _ADMINISTER,
    # Questions
    "POST /v1/questions": _ASK,
    "POST /v1/questions/flux": _ASK,
    "POST /v1/recherche": _ASK,
    "GET /v1/filtres": _ASK,
    "POST /v1/reponses/export": _ASK,
    "POST /v1/chat/completions": _ASK,
    "GET /v1/models": _ASK,
    "GET /v1/models/{name}": _ASK,
    "GET /mcp": _ASK,
    "POST /mcp": _ASK,
    "DELETE /mcp": _ASK,
    # Documents
    "GET /v1/documents": _ASK,
    "GET /v1/documents/{document_id}": _ASK,
    "GET /v1/documents/{document_id}/pages/{number}": _ASK,
    "GET /v1/documents/{document_id}/pages/{number}/image": _ASK,
    "GET /v1/documents/{document_id}/fichier": _ASK,
    "POST /v1/documents": _MANAGE,
    "PATCH /v1/documents/{document_id}": _MANAGE,
    "DELETE /v1/documents/{document_id}": _MANAGE,
    # Conversations: each sees their own
    "GET /v1/conversations": _ASK,
    "POST /v1/conversations": _ASK,
    "DELETE /v1/conversations": _ASK,
    "GET /v1/conversations/{conversation_id}": _ASK,
    "PATCH /v1/conversations/{conversation_id}": _ASK,
    "DELETE /v1/conversations/{conversation_id}": _ASK,
    "GET /v1/conversations/{conversation_id}/export": _ASK,
    "POST /v1/conversations/{conversation_id}/tours/{number}/avis": _ASK,
    "GET /v1/conversations/{conversation_id}/tours/{number}/export": _ASK,
    # Committees
    "GET /v1/copil": _ASK,
    "GET /v1/copil/export": _ASK,
    # Glossary
    "GET /v1/glossaire": _ASK,
    "GET /v1/glossaire/{sigle}": _ASK,
    "PUT /v1/glossaire/{sigle}": _MANAGE,
    "DELETE /v1/glossaire/{sigle}": _MANAGE,
    # Fiches
    "GET /v1/fiches": _READ,
    "POST /v1/fiches": _WRITE,
    "GET /v1/fiches/schema": _READ,
    "GET /v1/fiches/methode": _READ,
    "POST /v1/fiches/import": _WRITE,
    "GET /v1/fiches/portefeuille/tableau": _READ,
    "GET /v1/fiches/portefeuille/matrice": _READ,
    "GET /v1/fiches/portefeuille/axes": _READ,
    "GET /v1/fiches/portefeuille/dossier": _READ,
    "GET /v1/fiches/{fiche_id}": _READ,
    "DELETE /v1/fiches/{fiche_id}": _WRITE,
    "PATCH /v1/fiches/{fiche_id}/champs/{key}": _WRITE,
    "POST /v1/fiches/{fiche_id}/etat": _WRITE,
    "GET /v1/fiches/{fiche_id}/commentaires": _READ,
    "POST /v1/fiches/{fiche_id}/commentaires": _WRITE,
    "GET /v1/fiches/{fiche_id}/historique": _READ,
    "GET /v1/fiches/{fiche_id}/differences": _READ,
    "POST /v1/fiches/{fiche_id}/rafraichir": _WRITE,
    "GET /v1/fiches/{fiche_id}/export": _READ,
    # Evaluations
    "GET /v1/evaluations": _EVALUATE,
    "POST /v1/evaluations": _EVALUATE,
    "GET /v1/evaluations/comparaison": _EVALUATE,
    "GET /v1/evaluations/{run_id}": _EVALUATE,
    "DELETE /v1/evaluations/{run_id}": _EVALUATE,
    "POST /v1/evaluations/{run_id}/arret": _EVALUATE,
    "POST /v1/evaluations/{run_id}/reprise": _EVALUATE,
    "GET /v1/evaluations/{run_id}/chiffres": _EVALUATE,
    "GET /v1/evaluations/{run_id}/questions": _EVALUATE,
    "GET /v1/evaluations/{run_id}/rapport/{name}": _EVALUATE,
    "GET /v1/evaluations/{run_id}/annotations": _EVALUATE,
    "PUT /v1/evaluations/{run_id}/annotations": _EVALUATE,
    "GET /v1/evaluations/{run_id}/annotations/accord": _EVALUATE,
    "DELETE /v1/evaluations/{run_id}/annotations/{question_id}": _EVALUATE,
    "GET /v1/jeux": _EVALUATE,
    "POST /v1/jeux": _EVALUATE,
    "POST /v1/jeux/verification": _EVALUATE,
    "DELETE /v1/jeux/{name}": _EVALUATE,
    "GET /v1/jeux/{name}/questions": _EVALUATE,
    "POST /v1/jeux/{name}/questions": _EVALUATE,
    "PUT /v1/jeux/{name}/questions/{question_id}": _EVALUATE,
    "DELETE /v1/jeux/{name}/questions/{question_id}": _EVALUATE,
    "GET /v1/jeux/{name}/export": _EVALUATE,
    "POST /v1/jeux/{name}/import": _EVALUATE,
    # Corpus
    "GET /v1/corpus/etat": _MANAGE,
    "POST /v1/corpus/reindexation": _MANAGE,
    "POST /v1/corpus/retraits/{document_id}/reprise": _MANAGE,
    "GET /v1/corpus/travaux": _MANAGE,
    "GET /v1/corpus/travaux/{job_id}": _MANAGE,
    "POST /v1/corpus/travaux/{job_id}/arret": _MANAGE,
    "POST /v1/corpus/chargement": _MANAGE,
    "GET /v1/corpus/depots": _MANAGE,
    "DELETE /v1/corpus/depots/{nom}": _MANAGE,
    "GET /v1/corpus/versions": _MANAGE,
    "PUT /v1/corpus/versions": _MANAGE,
    "GET /v1/corpus/sources": _MANAGE,
    # Pages and files
    "GET /docs": _ASK,
    "GET /openapi.json": _ASK,
    "GET /accessibilite": Anyone.OPEN,
    "GET /favicon.ico": Anyone.OPEN,
    "GET /interface/{name}": Anyone.OPEN,
    "GET /connexion": Anyone.OPEN,
    "POST /connexion": Anyone.OPEN,
    "POST /deconnexion": Anyone.OPEN,
    "GET /connexion/fournisseur": Anyone.OPEN,
    "GET /connexion/retour": Anyone.OPEN,
}
"""Method and path of every address of the API, as the routes write them."""

SCREENS: Final[Needed] = Permission.ASK
"""What the screens ask for, their scripts included; each event asks for more by itself."""

_BRACED: Final = re.compile(r"\{\w+\}")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("([^/]+)".join(re.escape(part) for part in _BRACED.split(path)))


_PATTERNS: Final = tuple(
    (method, _pattern(path), needed)
    for (method, _, path), needed in ((line.partition(" "), need) for line, need in ROUTES.items())
)


def is_screen(path: str) -> bool:
    """Whether an address belongs to the screens rather than to the API."""
    return path not in OWN_PATHS and not path.startswith(OWN_PREFIXES)


@lru_cache(maxsize=4096)
def needed(method: str, path: str) -> frozenset[Needed]:
    """All that an address asks for; empty when it is not in the table.

    Args:
        method: the HTTP method; HEAD is GET.
        path: the path, decoded as the router sees it.
    """
    method = "GET" if method == "HEAD" else method
    found = frozenset(
        need for verb, pattern, need in _PATTERNS if verb == method and pattern.fullmatch(path)
    )
    return found or (frozenset({SCREENS}) if is_screen(path) else frozenset())


def methods(path: str) -> list[str]:
    """Methods that an address of the API accepts.

    Those of the line that names it best: `/v1/jeux/verification` is no set of questions.
    """
    found = [(verb, pattern) for verb, pattern, _ in _PATTERNS if pattern.fullmatch(path)]
    unnamed = min((pattern.groups for _, pattern in found), default=0)
    return sorted({verb for verb, pattern in found if pattern.groups == unnamed})
