"""What the OpenAPI document says of signing in, when it is asked for."""

from __future__ import annotations

from typing import Any, Final

from assistant.access.model import Permission
from assistant.api.access import COOKIE
from assistant.api.permissions import Anyone, needed
from assistant.api.problems import MEDIA_TYPE

SCHEMES: Final[dict[str, Any]] = {
    "cle": {
        "type": "http",
        "scheme": "bearer",
        "description": "Une clé d’accès (`asst_…`), créée par `assistant cles creer`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "La session d’un navigateur, ouverte à l’adresse /connexion ; sur une "
        "connexion chiffrée, le nom du cookie commence par `__Host-`.",
    },
}

REFUSALS: Final = {
    "401": "Connexion requise, ou clé refusée.",
    "403": "Action que le rôle ou la clé ne permet pas.",
    "429": "Trop de requêtes ; `Retry-After` dit quand réessayer.",
}


def declare(document: dict[str, Any]) -> None:
    """Add the ways of signing in, and what each operation asks for.

    Args:
        document: an OpenAPI document whose schemas hold `Problem`.
    """
    document["components"]["securitySchemes"] = SCHEMES
    schema = {"$ref": "#/components/schemas/Problem"}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            asked = needed(method.upper(), path)
            if Anyone.OPEN in asked:
                operation["security"] = []
                continue
            operation["security"] = [{"cle": []}, {"session": []}]
            rights = sorted(one.value for one in asked if isinstance(one, Permission))
            if rights:
                said = ", ".join(f"`{one}`" for one in rights)
                operation["description"] = f"{operation['description']}\n\nDroit demandé : {said}."
            for status, description in REFUSALS.items():
                operation["responses"].setdefault(
                    status,
                    {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}},
                )
