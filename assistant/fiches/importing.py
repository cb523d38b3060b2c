"""A fiche read from the JSON that an export wrote."""

from __future__ import annotations

import json
from typing import Final

from pydantic import ValidationError
from pydantic_core import from_json

from assistant.fiches.errors import InvalidFicheError
from assistant.fiches.model import SCHEMA_VERSION, Fiche

MAX_BYTES: Final = 8 << 20
"""More than three times a fiche with every field at its longest."""
MAX_REVISION: Final = 10**6
"""Far below what the format allows: the next changes must still be writable."""


def read_json(raw: bytes) -> Fiche:
    """The fiche that a JSON export holds.

    Raises:
        InvalidFicheError: it is no fiche, one of another version of the format, or far too long.
    """
    if len(raw) > MAX_BYTES:
        raise InvalidFicheError(
            f"Ce fichier dépasse {MAX_BYTES >> 20}\u00a0Mo\u00a0: aucune fiche n’est si longue.",
            "Donnez une fiche exportée au format JSON.",
        )
    try:
        found = from_json(raw)
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise InvalidFicheError(
            "Ce fichier n’est pas du JSON lisible.", "Donnez une fiche exportée au format JSON."
        ) from error
    version = found.get("schema_version") if isinstance(found, dict) else None
    if isinstance(version, int) and version != SCHEMA_VERSION:
        raise InvalidFicheError(
            f"Cette fiche est au format {version}\u00a0; cette version du logiciel lit le format "
            f"{SCHEMA_VERSION}.",
            "Mettez le logiciel à jour."
            if version > SCHEMA_VERSION
            else "Exportez-la de nouveau avec une version plus récente.",
        )
    try:
        if version is None:
            raise ValueError("schema_version")
        fiche = Fiche.model_validate_json(raw, strict=True)
    except ValueError as error:
        where = (
            ".".join(str(part) for part in error.errors()[0]["loc"])
            if isinstance(error, ValidationError)
            else "schema_version"
        )
        raise InvalidFicheError(
            "Ce n’est pas une fiche de l’assistant "
            f"(« {where[:80]} » manque ou n’est pas recevable).",
            "Donnez une fiche exportée au format JSON, telle quelle.",
        ) from error
    keys = [field.key for field in fiche.fields]
    if len(keys) != len(set(keys)) or any(key.startswith("@") for key in keys):
        raise InvalidFicheError(
            "Cette fiche a deux champs de même nom, ou un champ mal nommé.",
            "Donnez une fiche exportée au format JSON, telle quelle.",
        )
    if fiche.revision > MAX_REVISION:
        raise InvalidFicheError(
            f"Cette fiche dit avoir été modifiée {fiche.revision} fois\u00a0: c’est une erreur.",
            "Donnez une fiche exportée au format JSON, telle quelle.",
        )
    return fiche
