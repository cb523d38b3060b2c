"""`assistant cles …`, `assistant acces …`: who may use the assistant, as what, and see what."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.access.model import ROLE_LABELS, Permission, Role
from assistant.cli_restrictions import add_restrictions
from assistant.cli_support import (
    IndexOption,
    JsonOption,
    french_errors,
    open_settings,
    print_json,
)
from assistant.language.typography import inert, typeset

if TYPE_CHECKING:
    from assistant.access.keys import KeyInfo, KeyStore

cles_app = typer.Typer(
    help="Clés d'accès : en créer pour une personne ou un programme, les lister, les révoquer.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

acces_app = typer.Typer(
    help="Documents réservés à des groupes : restreindre, ouvrir, lister.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
add_restrictions(acces_app)

STATES = {"active": "active", "expiree": "expirée", "revoquee": "révoquée"}


@cles_app.command("creer")
def cles_creer(
    nom: Annotated[str, typer.Argument(help="La personne ou le programme qui s'en servira.")],
    role: Annotated[Role, typer.Option("--role", help="Ce que sera qui la présente.")],
    groupe: Annotated[
        list[str] | None,
        typer.Option("--groupe", help="Groupe dont les documents réservés se voient ; répétable."),
    ] = None,
    portee: Annotated[
        list[Permission] | None,
        typer.Option("--portee", help="Réduire ce que le rôle permet à ceci ; répétable."),
    ] = None,
    jours: Annotated[
        int | None, typer.Option("--jours", min=1, help="Jours avant son expiration.")
    ] = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Créer une clé. Son secret s'affiche une seule fois : il n'est gardé nulle part."""
    with french_errors():
        settings = open_settings(index)
        info, secret = _keys(index).create(
            nom, role, groups=groupe or (), scopes=portee, days=jours
        )
        if json_output:
            print_json({**_described(info), "secret": secret})
        else:
            # Alone on standard output: it can be handed to another program.
            typer.echo(secret)
            _say(
                f"Clé {info.id} créée pour « {inert(info.name)} » ({ROLE_LABELS[info.role]}). "
                "Son secret ne sera plus affiché : gardez-le maintenant."
            )
        if settings.sign_in == "aucune":
            _say(
                'Pour qu\'elle soit demandée, ajoutez sign_in = "cles" à assistant.toml, puis '
                "relancez le serveur."
            )


@cles_app.command("lister")
def cles_lister(index: IndexOption = None, json_output: JsonOption = False) -> None:
    """Les clés, la dernière créée d'abord ; jamais leurs secrets."""
    with french_errors():
        found = _keys(index).list()
        if json_output:
            for info in found:
                print_json(_described(info))
            return
        for info in found:
            parts = [
                info.id,
                inert(info.name),
                ROLE_LABELS[info.role],
                STATES[info.state(time.time())],
                f"créée le {_day(info.created)}",
                f"expire le {_day(info.expires)}" if info.expires else "sans expiration",
            ]
            if info.groups:
                parts.append("groupes : " + ", ".join(inert(one) for one in sorted(info.groups)))
            if info.scopes is not None:
                parts.append("portée : " + ", ".join(sorted(info.scopes)))
            typer.echo(typeset(" · ".join(parts)))
        if not found:
            _say("Aucune clé. Pour en créer une : assistant cles creer NOM --role lecteur")


@cles_app.command("revoquer")
def cles_revoquer(
    identifiant: Annotated[str, typer.Argument(help="Celui que « lister » donne.")],
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Rendre une clé inutile aussitôt, et fermer les sessions qu'elle a ouvertes."""
    with french_errors():
        info = _keys(index).revoke(identifiant)
        if json_output:
            print_json(_described(info))
        else:
            _say(f"Clé {info.id} (« {inert(info.name)} ») révoquée.")


def _keys(index: Path | None) -> KeyStore:
    from assistant.access.keys import KeyStore

    return KeyStore(open_settings(index).index_dir)


def _described(info: KeyInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "nom": info.name,
        "role": info.role.value,
        "groupes": sorted(info.groups),
        "portee": None if info.scopes is None else sorted(info.scopes),
        "etat": info.state(time.time()),
        "creee": _instant(info.created),
        "expire": _instant(info.expires),
        "revoquee": _instant(info.revoked),
    }


def _instant(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _day(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%d/%m/%Y")


def _say(message: str) -> None:
    typer.echo(typeset(message), err=True)
