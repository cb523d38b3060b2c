"""`assistant glossaire …`: the sigles, what they stand for, and the administrator's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli_support import (
    IndexOption,
    JsonOption,
    french_errors,
    open_settings,
    print_json,
)
from assistant.language.typography import inert

if TYPE_CHECKING:
    from assistant.index.glossary_book import GlossaryBook, SenseView, SigleView

glossaire_app = typer.Typer(
    help="Sigles et ce qu'ils veulent dire : lire, ajouter, corriger, retirer.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SigleArgument = Annotated[str, typer.Argument(help="Le sigle, par exemple SAS.")]

ORIGINS = {"vous": "saisi par vous", "corpus": "corpus", "liste": "liste courante"}
SHOWN_PLACES = 3


@glossaire_app.command("lister")
def glossaire_lister(
    recherche: Annotated[
        str, typer.Argument(help="Ne montrer que les sigles qui contiennent ce mot.")
    ] = "",
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Tous les sigles connus, et les pages qui les définissent."""
    with french_errors():
        found = _book(index).sigles(recherche)
        _show(found, json_output=json_output)
        if not found and not json_output:
            typer.echo("Aucun sigle.", err=True)


@glossaire_app.command("chercher")
def glossaire_chercher(
    sigle: SigleArgument, index: IndexOption = None, json_output: JsonOption = False
) -> None:
    """Ce que veut dire un sigle, et qui le dit."""
    with french_errors():
        _show([_book(index).find(sigle)], json_output=json_output)


@glossaire_app.command("ajouter")
def glossaire_ajouter(
    sigle: SigleArgument,
    sens: Annotated[str, typer.Argument(help="Ce qu'il veut dire.")],
    remplacer: Annotated[
        bool, typer.Option("--remplacer", help="Remplacer ses autres sens au lieu de s'y ajouter.")
    ] = False,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ajouter un sigle, ou un sens à un sigle ; la question suivante en tient compte."""
    with french_errors():
        book = _book(index)
        made = book.put(sigle, [sens]) if remplacer else book.add(sigle, sens)
        _show([made], json_output=json_output)


@glossaire_app.command("retirer")
def glossaire_retirer(
    sigle: SigleArgument, index: IndexOption = None, json_output: JsonOption = False
) -> None:
    """Ne plus développer un sigle, quoi qu'en disent les documents."""
    with french_errors():
        _show([_book(index).withdraw(sigle)], json_output=json_output)


@glossaire_app.command("retablir")
def glossaire_retablir(
    sigle: SigleArgument, index: IndexOption = None, json_output: JsonOption = False
) -> None:
    """Oublier ce que vous aviez décidé d'un sigle."""
    with french_errors():
        left = _book(index).restore(sigle)
        _show([left] if left else [], json_output=json_output)
        if left is None and not json_output:
            typer.echo("Plus rien ne définit ce sigle.", err=True)


def _book(index: Path | None) -> GlossaryBook:
    from assistant.index.glossary_book import GlossaryBook

    return GlossaryBook(open_settings(index).index_dir)


def _show(found: Iterable[SigleView], *, json_output: bool) -> None:
    for view in found:
        if json_output:
            print_json(view.model_dump(mode="json"))
        else:
            typer.echo(sigle_text(view))


def sigle_text(view: SigleView) -> str:
    """A sigle and its senses, one a line: « SAS – service d'accès aux soins (srs.pdf, p. 12) »."""
    lines = [f"{view.sigle} – retiré\u00a0: n’est plus développé"] if view.withdrawn else []
    lines += [f"{view.sigle} – {sense_text(sense)}" for sense in view.senses]
    return inert("\n".join(lines))


def sense_text(sense: SenseView) -> str:
    """A sense, its pages or who says it, and whether it serves."""
    if sense.places:
        where = " ; ".join(
            f"{place.file}, p.\u00a0{place.page}" for place in sense.places[:SHOWN_PLACES]
        ).replace(" ;", "\u202f;")
        if len(sense.places) > SHOWN_PLACES:
            where += "…"
    else:
        where = ORIGINS[sense.origin]
    unused = "" if sense.used else " [non utilisé]"
    return f"{sense.text} ({where}){unused}"
