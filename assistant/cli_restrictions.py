"""`assistant acces restreindre | ouvrir | lister`: which documents are not for everyone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli_support import IndexOption, JsonOption, french_errors, open_settings, print_json
from assistant.language.typography import inert

if TYPE_CHECKING:
    from assistant.access.restrictions import Restriction, TargetKind
    from assistant.index.rows import FileRow

TargetArgument = Annotated[
    str,
    typer.Argument(
        metavar="CIBLE",
        help="Un dossier, un fichier (son chemin ou son nom dans l'index) ou l'identifiant d'un "
        "document.",
    ),
]


def add_restrictions(acces: typer.Typer) -> None:
    """Add the commands to the group `acces`."""
    acces.command("restreindre")(restreindre)
    acces.command("ouvrir")(ouvrir)
    acces.command("lister")(lister)


def restreindre(
    cible: TargetArgument,
    groupe: Annotated[
        list[str],
        typer.Option("--groupe", help="Groupe qui garde l'accès ; se répète."),
    ],
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Réserver un document, un fichier ou un dossier à des groupes.

    Un document que plusieurs restrictions désignent n'est montré qu'à qui satisfait chacune. Un
    serveur en marche en tient compte à la question suivante.
    """
    with french_errors():
        from assistant.access.restrictions import RestrictionStore, TargetKind

        folder = open_settings(index).index_dir
        files = _files(folder)
        kind, target = found_target(cible, files)
        paths = [one.path for one in files if one.document_id == target]
        store = RestrictionStore(folder)
        rule = store.put(kind, target, groupe, paths if kind is TargetKind.DOCUMENT else ())
        store.remember((one.document_id, one.path, one.name) for one in files if one.document_id)
        _show(rule, files, json_output=json_output)


def ouvrir(
    cible: TargetArgument, index: IndexOption = None, json_output: JsonOption = False
) -> None:
    """Lever la restriction d'un document, d'un fichier ou d'un dossier."""
    with french_errors():
        from assistant.access.restrictions import RestrictionStore

        folder = open_settings(index).index_dir
        store, files = RestrictionStore(folder), _files(folder)
        known = {(rule.kind, rule.target) for rule in store.list()}
        # A rule outlives what it names: its target may be on the disk no more.
        exact = [pair for pair in known if pair[1] in {cible, str(Path(cible).resolve())}]
        kind, target = exact[0] if exact else found_target(cible, files)
        store.remove(kind, target)
        left = [rule for rule in store.list() if _names_any(rule, kind, target, files)]
        if json_output:
            print_json({"ouvert": target, "reste": [rule.target for rule in left]})
            return
        typer.echo(inert(f"Restriction levée\u00a0: {target}."))
        for rule in left:
            typer.echo(inert(f"Reste restreint par\u00a0: {_line(rule)}"))


def lister(index: IndexOption = None, json_output: JsonOption = False) -> None:
    """Montrer les restrictions et le nombre de documents que chacune désigne."""
    with french_errors():
        from assistant.access.restrictions import RestrictionStore

        folder = open_settings(index).index_dir
        rules, files = RestrictionStore(folder).list(), _files(folder)
        for rule in rules:
            _show(rule, files, json_output=json_output)
        if not rules and not json_output:
            typer.echo("Aucune restriction\u00a0: chacun voit tous les documents.")


def found_target(typed: str, files: list[FileRow]) -> tuple[TargetKind, str]:
    """What a person names: a document, a folder, or a file.

    A folder that does not exist yet may be named with a final slash: what comes into it will be
    restricted.

    Raises:
        InvalidRestrictionError: nothing is called so.
    """
    from assistant.access.restrictions import InvalidRestrictionError, TargetKind, comparable

    if any(row.document_id == typed for row in files):
        return TargetKind.DOCUMENT, typed
    path = Path(typed).resolve()
    if path.is_dir() or (typed.endswith(("/", os.sep)) and not path.exists()):
        return TargetKind.FOLDER, str(path)
    named = {row.path for row in files if comparable(row.name) == comparable(typed)}
    known = {row.path for row in files if comparable(row.path) == comparable(str(path))}
    if known or path.is_file():
        return TargetKind.FILE, next(iter(known), str(path))
    if len(named) == 1:
        return TargetKind.FILE, named.pop()
    raise InvalidRestrictionError(
        f"Plusieurs fichiers s’appellent « {typed} »."
        if named
        else f"Ni fichier, ni dossier, ni document ne s’appelle « {typed} ».",
        "Donnez un chemin, un nom de la liste « assistant corpus etat », un identifiant, ou un "
        "dossier à venir suivi de « / ».",
    )


def _files(index_dir: Path) -> list[FileRow]:
    from assistant.index.catalogue import Catalogue

    return Catalogue(index_dir / "catalogue.sqlite").files()


def _named(rule: Restriction, files: list[FileRow]) -> int:
    """How many documents a rule names."""
    from assistant.access.restrictions import comparable

    paths: dict[str, set[str]] = {}
    for row in files:
        if row.document_id:
            paths.setdefault(row.document_id, set()).add(comparable(row.path))
    return sum(rule.names(key, found) for key, found in paths.items())


def _names_any(rule: Restriction, kind: TargetKind, target: str, files: list[FileRow]) -> bool:
    """Whether a rule still names something of what was just opened."""
    from assistant.access.restrictions import Restriction as Rule

    opened = Rule(kind, target, frozenset())
    about = [row for row in files if _named(opened, [row])]
    return bool(about) and _named(rule, about) > 0


def _line(rule: Restriction) -> str:
    return f"{rule.kind.value} « {rule.target} » → {', '.join(sorted(rule.groups))}"


def _show(rule: Restriction, files: list[FileRow], *, json_output: bool) -> None:
    count = _named(rule, files)
    if json_output:
        print_json(
            {
                "nature": rule.kind.value,
                "cible": rule.target,
                "groupes": sorted(rule.groups),
                "documents": count,
                "depuis": rule.added.isoformat() if rule.added else None,
            }
        )
        return
    typer.echo(inert(f"{_line(rule)} ({count} document{'s' if count > 1 else ''})"))
