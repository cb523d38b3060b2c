"""`assistant corpus …`: what was read, what is said of it, and where more can be found."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli_support import (
    IndexOption,
    JsonOption,
    for_whoever_types,
    french_errors,
    open_settings,
    print_json,
)

corpus_app = typer.Typer(
    help="Documents chargés, leurs versions, et les sources publiques.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SourcesOption = Annotated[
    Path | None,
    typer.Option("--catalogue", help="Liste des sources (sinon corpus/catalogue.toml)."),
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--vers", help="Dossier des documents (sinon corpus/documents)."),
]


@corpus_app.command("etat")
def corpus_etat(
    pages: Annotated[bool, typer.Option("--pages", help="Détailler chaque page.")] = False,
    csv: Annotated[
        str | None,
        typer.Option("--csv", help="Écrire un tableau CSV dans ce fichier (« - » : ici)."),
    ] = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ce qui a été lu, page par page, et ce qui ne l'a pas été."""
    with french_errors():
        from assistant.coverage import corpus_state, print_state, state_csv

        state = corpus_state(open_settings(index).index_dir, pages=pages)
        if csv is not None:
            _write(csv, state_csv(state, pages=pages))
        elif json_output:
            print_json(state)
        else:
            print_state(state)


@corpus_app.command("decrire")
def corpus_decrire(
    fichier: Annotated[str, typer.Argument(help="Nom, chemin ou identifiant du document.")],
    titre: Annotated[str | None, typer.Option("--titre", help="Titre.")] = None,
    editeur: Annotated[str | None, typer.Option("--editeur", help="Organisme éditeur.")] = None,
    genre: Annotated[
        str | None, typer.Option("--type", help="Type (prs, strategie, guide, ami, copil…).")
    ] = None,
    region: Annotated[str | None, typer.Option("--region", help="Région.")] = None,
    date: Annotated[
        str | None, typer.Option("--date", help="Date : 2025, 2025-07, 2025-07-08 ou 08/07/2025.")
    ] = None,
    version: Annotated[str | None, typer.Option("--version", help="Version (« 1.2 »).")] = None,
    effacer: Annotated[
        bool, typer.Option("--effacer", help="Oublier d'abord ce que vous aviez indiqué.")
    ] = False,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Corriger ce qui est dit d'un document ; une valeur vide («  ») dit qu'il n'y en a pas."""
    with french_errors():
        from assistant.describing import describe_document

        given = {
            "title": titre,
            "publisher": editeur,
            "kind": genre,
            "region": region,
            "date": date,
            "version": version,
        }
        changes = {field: value for field, value in given.items() if value is not None}
        result = describe_document(open_settings(index).index_dir, fichier, changes, clear=effacer)
        if json_output:
            print_json(result.as_dict())
        else:
            typer.echo(result.text())


@corpus_app.command("versions")
def corpus_versions(
    lier: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--lier", metavar="ANCIEN NOUVEAU", help="Dire qu'un document en remplace un."
        ),
    ] = None,
    delier: Annotated[
        tuple[str, str] | None,
        typer.Option("--delier", metavar="A B", help="Dire que deux documents sont distincts."),
    ] = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Les documents dont une version plus récente est dans le corpus."""
    with french_errors():
        from assistant.describing import decide_link, list_versions, versions_text

        folder = open_settings(index).index_dir
        if lier is not None:
            decide_link(folder, *lier, cut=False)
        if delier is not None:
            decide_link(folder, *delier, cut=True)
        found = list_versions(folder)
        if json_output:
            for link in found:
                print_json(link)
        else:
            typer.echo(versions_text(found))


@corpus_app.command("retirer")
def corpus_retirer(
    fichier: Annotated[str, typer.Argument(help="Nom, chemin ou identifiant du document.")],
    oui: Annotated[bool, typer.Option("--oui", help="Ne pas demander confirmation.")] = False,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Retirer un document de l'index ; un fichier déposé est supprimé, un autre reste en place."""
    with french_errors():
        from assistant.describing import find_document
        from assistant.engine import Assistant
        from assistant.errors import AssistantError
        from assistant.index.catalogue import Catalogue
        from assistant.language.typography import inert
        from assistant.library.desk import Library

        settings = open_settings(index)
        document = find_document(Catalogue(settings.index_dir / "catalogue.sqlite"), fichier)
        if not oui:
            asked = f"Retirer «\u00a0{document.file}\u00a0» de l’index\u202f?"
            if not typer.confirm(inert(asked), err=True):
                raise typer.Exit(1)
        with for_whoever_types():
            library = Library(settings, Assistant.open(settings, empty=True))
            job = library.wait(library.remove(document.id))
        if job.failure:
            raise AssistantError(job.failure)
        for report in job.reports:
            if json_output:
                print_json(report.model_dump(mode="json"))
            else:
                typer.echo(inert(f"{report.file}\u00a0: {report.reason}"))


@corpus_app.command("reprendre")
def corpus_reprendre(
    fichier: Annotated[
        str, typer.Argument(help="Nom, chemin ou identifiant ; sans lui, la liste.")
    ] = "",
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Reprendre un fichier retiré de l'index et resté dans son dossier."""
    with french_errors():
        from dataclasses import asdict

        from assistant.language.typography import inert
        from assistant.library.readmission import excluded_files, readmit

        folder = open_settings(index).index_dir
        rows = readmit(folder, fichier) if fichier else excluded_files(folder)
        if json_output:
            for row in rows:
                print_json(asdict(row))
            return
        for row in rows:
            typer.echo(inert(f"{row.name} ({row.path})"))
        if fichier:
            typer.echo("Relancez «\u00a0assistant ingerer DOSSIER\u00a0» pour l’indexer.")
        elif not rows:
            typer.echo("Aucun fichier n’a été retiré de l’index.")


@corpus_app.command("sources")
def corpus_sources(
    catalogue: SourcesOption = None,
    vers: FolderOption = None,
    json_output: JsonOption = False,
) -> None:
    """Les sources publiques connues, et celles qui sont déjà là."""
    with french_errors():
        from assistant.sources.report import print_sources, sources_state

        settings = open_settings(None)
        state = sources_state(catalogue or settings.sources, vers or settings.documents_dir)
        if json_output:
            for entry in state:
                print_json(entry)
        else:
            print_sources(state)


@corpus_app.command("telecharger")
def corpus_telecharger(
    identifiants: Annotated[
        list[str] | None, typer.Argument(help="Identifiants des sources (« src001 »).")
    ] = None,
    tous: Annotated[bool, typer.Option("--tous", help="Toutes les sources de la liste.")] = False,
    vers: FolderOption = None,
    catalogue: SourcesOption = None,
    remplacer: Annotated[
        bool, typer.Option("--remplacer", help="Reprendre un fichier modifié sur place.")
    ] = False,
    mandataire: Annotated[
        str | None,
        typer.Option("--mandataire", help="Serveur mandataire (proxy) : http://hôte:port."),
    ] = None,
    locales: Annotated[
        bool,
        typer.Option("--adresses-locales", help="Accepter les adresses de votre réseau (miroir)."),
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Télécharger des documents publics : la seule commande qui utilise le réseau."""
    with french_errors():
        from assistant.sources.report import download_sources

        settings = open_settings(None)
        failed = download_sources(
            catalogue or settings.sources,
            vers or settings.documents_dir,
            identifiants or [],
            everything=tous,
            overwrite=remplacer,
            proxy=mandataire,
            local=locales,
            max_bytes=settings.max_file_mb << 20,
            show=print_json if json_output else None,
        )
        if failed:
            raise typer.Exit(1)


def _write(target: str, content: str) -> None:
    """Write text into a file, or on standard output for « - »."""
    from assistant.errors import StorageError, cause

    if target == "-":
        sys.stdout.write(content)
        return
    try:
        # A byte-order mark: without it, spreadsheets read UTF-8 as another encoding.
        Path(target).write_text(content, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise StorageError(
            f"Le fichier « {target} » ne peut pas être écrit ({cause(error)}).",
            "Vérifiez le dossier et ses droits, ou écrivez dans « - ».",
        ) from error
