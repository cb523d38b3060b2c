"""What people type around a fiche, checked: the request, their name, their remarks."""

from __future__ import annotations

from pydantic import ValidationError

from assistant.access import current
from assistant.fiches.editing import MAX_AUTHOR, MAX_CHARS
from assistant.fiches.errors import InvalidEditError, InvalidRequestError
from assistant.fiches.model import Request


def read_request(title: str, need: str = "", service: str = "", constraints: str = "") -> Request:
    """What is asked of drafting, without idle spaces.

    Raises:
        InvalidRequestError: the title is empty or too short, or a text is too long.
    """
    title = " ".join(title.split())
    try:
        return Request(
            title=title, need=need.strip(), service=service.strip(), constraints=constraints.strip()
        )
    except ValidationError as error:
        first = error.errors()[0]
        name = {
            "title": "titre",
            "need": "besoin",
            "service": "service",
            "constraints": "texte des contraintes",
        }[str(first["loc"][0])]
        size = "trop long" if first["type"] == "string_too_long" else "vide ou trop court"
        raise InvalidRequestError(
            f"Le {name} de la fiche est {size}.",
            "Donnez un titre de 3 à 200 caractères\u00a0: un verbe, un objet, un contexte. Le "
            "besoin et les contraintes tiennent en 5\u202f000 caractères, le service en 500.",
        ) from error


def author_name(name: str | None) -> str | None:
    """The name of somebody, on one line; `None` when it is not given.

    Whoever signed in writes under their own name, whatever is typed.

    Raises:
        InvalidEditError: too long, or no valid Unicode.
    """
    if signed := " ".join(current.person().name.split()):
        return signed[:MAX_AUTHOR]
    plain = " ".join((name or "").split())
    if len(plain) > MAX_AUTHOR:
        raise InvalidEditError(
            "Le nom de l’auteur est trop long.", f"Donnez {MAX_AUTHOR} caractères au plus."
        )
    check_text(plain)
    return plain or None


def check_text(text: str) -> None:
    """Refuse what cannot be kept.

    Raises:
        InvalidEditError: too long, or no valid Unicode.
    """
    if len(text) > MAX_CHARS:
        raise InvalidEditError("Le texte est trop long.", f"Donnez {MAX_CHARS} caractères au plus.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidEditError(
            "Ce texte n’est pas de l’Unicode valide.", "Resaisissez-le."
        ) from error
