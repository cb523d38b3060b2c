"""The page where a person signs in, as HTML without a script."""

from __future__ import annotations

from html import escape

from assistant.access.model import ROLE_LABELS, Person
from assistant.language.typography import typeset


def form_page(title: str, *, token: str, provider: bool, error: str = "") -> str:
    """The page of whoever is not signed in.

    Args:
        title: name of the assistant.
        token: proof that the form comes from here.
        provider: whether an identity provider can be asked.
        error: why the last attempt failed.
    """
    said = f"<p role='alert' class='refus' id='refus'>{_prose(error)}</p>" if error else ""
    described = (
        "aria-invalid='true' aria-describedby='refus aide'" if error else "aria-describedby='aide'"
    )
    key = (
        "<form method='post' action='/connexion'>"
        f"<input type='hidden' name='jeton' value='{escape(token)}'>"
        "<label for='cle'>Votre clé d’accès</label>"
        "<input id='cle' name='cle' type='password' required autocomplete='current-password'"
        " spellcheck='false' autocapitalize='none' autofocus " + described + ">"
        "<p id='aide' class='aide'>"
        + _prose("Elle commence par « asst_ ». L’administrateur de l’assistant vous l’a remise.")
        + "</p><button type='submit'>Se connecter</button></form>"
    )
    if not provider:
        return _page("Connexion", title, said + key)
    ask = (
        "<p><a class='bouton' href='/connexion/fournisseur'>"
        "Se connecter avec le compte de votre organisation</a></p>"
        f"<details><summary>Se connecter avec une clé</summary>{key}</details>"
    )
    return _page("Connexion", title, said + ask)


def signed_in_page(title: str, someone: Person, *, token: str) -> str:
    """The page of whoever is signed in, where they sign out.

    Args:
        title: name of the assistant.
        someone: who.
        token: proof that the form comes from here.
    """
    role = ROLE_LABELS[someone.role]
    return _page(
        "Vous êtes connecté",
        title,
        f"<p>{_prose(f'{someone.name} ({role})')}</p>"
        "<p><a class='bouton' href='/'>Ouvrir l’assistant</a></p>"
        "<form method='post' action='/deconnexion'>"
        f"<input type='hidden' name='jeton' value='{escape(token)}'>"
        "<button type='submit' class='discret'>Se déconnecter</button></form>",
    )


def message_page(heading: str, title: str, message: str, *, next_url: str = "") -> str:
    """A page that says one thing.

    Args:
        heading: what it is about.
        title: name of the assistant.
        message: what it says.
        next_url: where it leads by itself at once; a redirection would not carry the cookie of a
            session that has just begun on the way back from another site.
    """
    link = next_url or "/connexion"
    refresh = f"<meta http-equiv='refresh' content='0;url={escape(next_url)}'>" if next_url else ""
    label = "Ouvrir l’assistant" if next_url else "Revenir à la connexion"
    return _page(
        heading,
        title,
        f"<p role='status'>{_prose(message)}</p>"
        f"<p><a class='bouton' href='{escape(link)}'>{label}</a></p>",
        head=refresh,
    )


def _page(heading: str, title: str, content: str, *, head: str = "") -> str:
    return "".join(
        (
            "<!doctype html><html lang='fr'><head><meta charset='utf-8'>",
            "<meta name='viewport' content='width=device-width, initial-scale=1'>",
            f"<title>{escape(heading)} – {escape(title)}</title>{head}",
            "<link rel='icon' href='/interface/favicon.svg'>",
            "<link rel='stylesheet' href='/interface/docs.css'>",
            "<link rel='stylesheet' href='/interface/connexion.css'>",
            "<link rel='stylesheet' href='/interface/identite.css'></head><body>",
            f"<main id='contenu'><p class='produit'>{escape(title)}</p>",
            f"<h1>{escape(heading)}</h1>{content}",
            "<p class='pied'><a href='/accessibilite'>Accessibilité</a></p>",
            "</main></body></html>",
        )
    )


def _prose(said: str) -> str:
    return escape(typeset(said), quote=False)
