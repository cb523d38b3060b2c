"""`assistant fiche "…"` and `assistant fiches …`: draft, keep, show, export fiches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli_conversations import corpus_of, format_of, save
from assistant.cli_support import (
    IndexOption,
    JsonOption,
    ModeOption,
    french_errors,
    logs_apart,
    open_settings,
    print_json,
)
from assistant.errors import AssistantError, cause
from assistant.language.typography import inert

if TYPE_CHECKING:
    from assistant.fiches.method import Method
    from assistant.fiches.model import Fiche, Request
    from assistant.fiches.store import FicheStore
    from assistant.model import Document, Mode
    from assistant.settings import Settings

fiches_app = typer.Typer(
    help="Fiches « cas d'usage IA » gardées sur cette machine : lister, montrer, exporter…",
    no_args_is_help=True,
    rich_markup_mode=None,
)

GridOption = Annotated[
    Path | None,
    typer.Option("--grille", help="Grille à suivre, en TOML (sinon ASSISTANT_FICHE_METHOD)."),
]
AuthorOption = Annotated[str, typer.Option("--auteur", help="Votre nom, gardé dans l'historique.")]
IdArgument = Annotated[
    str,
    typer.Argument(help="Identifiant de la fiche, ou son début (voir : assistant fiches liste)."),
]


def fiche(
    titre: Annotated[
        str, typer.Argument(help="Le cas d'usage : un verbe, un objet, un contexte.")
    ] = "",
    besoin: Annotated[str, typer.Option("--besoin", help="Le besoin, s'il est connu.")] = "",
    service: Annotated[str, typer.Option("--service", help="Le service.")] = "",
    contraintes: Annotated[str, typer.Option("--contraintes", help="Les contraintes.")] = "",
    sortie: Annotated[
        Path | None,
        typer.Option("--sortie", help="Écrire la fiche : .docx, .odt, .pdf, .md ou .json."),
    ] = None,
    garder: Annotated[
        bool, typer.Option("--garder", help="Garder la fiche dans le portefeuille.")
    ] = False,
    remplacer: Annotated[
        bool, typer.Option("--remplacer", help="Remplacer le fichier de --sortie s'il existe.")
    ] = False,
    auteur: AuthorOption = "",
    mode: ModeOption = "extractive",
    grille: GridOption = None,
    verifier: Annotated[
        bool, typer.Option("--verifier", help="Vérifier la grille, sans rien rédiger.")
    ] = False,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Rédiger une fiche « cas d'usage IA » : chaque affirmation citée, chaque manque nommé."""
    with french_errors(), logs_apart():
        settings = _with_grid(index, grille)
        if verifier:
            _check_grid(settings, json_output=json_output)
            return
        from assistant.fiches.asking import read_request

        if sortie is not None:
            _check_output(sortie, replace=remplacer)
        asked = read_request(titre, besoin, service, contraintes)
        made, documents = _draft(settings, asked, auteur, mode, keep=garder)
        if json_output:
            print_json(made.model_dump(mode="json"))
        elif sortie is None:
            typer.echo(_shown(made, _method(settings), documents))
        if garder:
            typer.echo(f"Fiche gardée : {made.id}", err=True)
        if sortie is not None:
            _export(sortie, made, settings, documents)


@fiches_app.command("liste")
def fiches_liste(
    recherche: Annotated[
        str, typer.Argument(help="Ne montrer que celles qui contiennent ces mots.")
    ] = "",
    axe: Annotated[str, typer.Option("--axe", help="Code de l'axe retenu.")] = "",
    fonction: Annotated[str, typer.Option("--fonction", help="Code d'une fonction d'IA.")] = "",
    etat: Annotated[
        str, typer.Option("--etat", help="brouillon, en_revue, validee ou archivee.")
    ] = "",
    auteur: Annotated[str, typer.Option("--auteur", help="Nom de quelqu'un qui y a écrit.")] = "",
    echeance_passee: Annotated[
        bool | None,
        typer.Option(
            "--echeance-passee/--sans-echeance-passee", help="Selon les financements cités."
        ),
    ] = None,
    limite: Annotated[int, typer.Option("--limite", min=1, max=1000, help="Nombre.")] = 50,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Les fiches, la dernière modifiée d'abord."""
    with french_errors():
        from assistant.fiches.listing import FicheFilter
        from assistant.fiches.model import STATE_LABELS
        from assistant.fiches.shown import counts_of, title_of

        states = tuple(state for state in STATE_LABELS if state == etat)
        if etat and not states:
            raise typer.BadParameter(f"État inconnu ; choix : {', '.join(STATE_LABELS)}.")
        chosen = FicheFilter(
            words=recherche,
            axis=axe or None,
            function=fonction or None,
            states=states,  # type: ignore[arg-type]
            author=auteur,
            deadline_passed=echeance_passee,
            limit=limite,
        )
        found = _store(open_settings(index)).list(chosen)
        for one in found:
            if json_output:
                print_json(one.model_dump(mode="json"))
            else:
                counts = counts_of(one)
                typer.echo(
                    f"{one.id[:8]}  {one.updated.astimezone():%d/%m/%Y %H:%M}  "
                    f"{STATE_LABELS[one.state]}  rév. {one.revision}  "
                    f"{counts['documente']}/{len(one.fields)} documentés  {inert(title_of(one))}"
                )
        if not found and not json_output:
            typer.echo("Aucune fiche.", err=True)


@fiches_app.command("montrer")
def fiches_montrer(
    fiche_id: IdArgument,
    historique: Annotated[
        bool, typer.Option("--historique", help="Montrer aussi qui a changé quoi.")
    ] = False,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Une fiche, champ par champ."""
    with french_errors():
        settings = open_settings(index)
        store = _store(settings)
        found = store.get(_whole_id(store, fiche_id))
        revisions = store.history(found.id) if historique else []
        if json_output:
            print_json(found.model_dump(mode="json"))
            for one in revisions:
                print_json(one.model_dump(mode="json"))
            return
        typer.echo(_shown(found, store.method, _documents(settings)))
        for one in revisions:
            parts = ", ".join(change.label for change in one.changes)
            who = f", {one.author}" if one.author else ""
            why = f" ({one.comment})" if one.comment else ""
            typer.echo(
                inert(
                    f"rév. {one.number}, {one.at.astimezone():%d/%m/%Y %H:%M}{who} : "
                    f"{one.kind}{why}{' – ' if parts else ''}{parts}"
                )
            )


@fiches_app.command("rafraichir")
def fiches_rafraichir(
    fiche_id: IdArgument,
    appliquer: Annotated[
        bool, typer.Option("--appliquer", help="Mettre la fiche à jour, sans toucher aux saisies.")
    ] = False,
    auteur: AuthorOption = "",
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Chercher de nouveau les preuves d'une fiche, et dire ce qui a changé."""
    with french_errors(), logs_apart():
        from datetime import date

        from assistant.engine import Assistant
        from assistant.fiches.refresh import CHANGE_LABELS, refresh

        settings = open_settings(index)
        store = _store(settings)
        before = store.get(_whole_id(store, fiche_id))
        after, changes = refresh(before, store.method, Assistant.open(settings), today=date.today())
        for one in changes:
            if json_output:
                print_json(one.model_dump(mode="json"))
            else:
                mark = "" if one.applied else " (à vous d'en juger)"
                typer.echo(inert(f"{CHANGE_LABELS[one.kind]}{mark} [{one.key}] : {one.text}"))
        if not changes:
            typer.echo("Aucune preuve n'a changé.", err=True)
        if appliquer:
            made, left = store.apply(
                before.id, after, revision=before.revision, author=auteur or None
            )
            typer.echo(f"Fiche à jour : révision {made.revision}.", err=True)
            if left:
                typer.echo(f"Laissés tels quels : {', '.join(left)}.", err=True)


@fiches_app.command("exporter")
def fiches_exporter(
    fiche_id: IdArgument,
    fichier: Annotated[
        Path, typer.Argument(help="Fichier à écrire : .docx, .odt, .pdf, .md ou .json.")
    ],
    index: IndexOption = None,
) -> None:
    """Écrire une fiche avec ses preuves ; le JSON se réimporte tel quel."""
    with french_errors():
        settings = open_settings(index)
        store = _store(settings)
        format_of(fichier)
        found = store.get(_whole_id(store, fiche_id))
        _export(fichier, found, settings, _documents(settings))


@fiches_app.command("importer")
def fiches_importer(
    fichiers: Annotated[list[Path], typer.Argument(help="Fiches exportées en JSON.")],
    auteur: AuthorOption = "",
    index: IndexOption = None,
) -> None:
    """Garder des fiches exportées en JSON, leurs citations relues dans les pages."""
    with french_errors():
        from assistant.fiches.rereading import unverified_count

        settings = open_settings(index)
        store, (get_page, _) = _store(settings), corpus_of(index)
        for path in fichiers:
            try:
                raw = path.read_bytes()
            except OSError as error:
                raise AssistantError(
                    f"Le fichier « {path} » ne peut pas être lu ({cause(error)}).",
                    "Vérifiez son nom et ses droits.",
                ) from error
            made = store.import_json(raw, auteur or None, get_page=get_page)
            typer.echo(f"{made.id}  {inert(made.request.title)}")
            if count := unverified_count(made):
                typer.echo(
                    f"{count} élément(s) non vérifié(s) ici\u00a0: voir les remarques de la fiche.",
                    err=True,
                )


@fiches_app.command("supprimer")
def fiches_supprimer(
    fiche_id: IdArgument,
    oui: Annotated[bool, typer.Option("--oui", help="Ne pas demander de confirmation.")] = False,
    index: IndexOption = None,
) -> None:
    """Supprimer une fiche, son historique et ses commentaires, pour de bon."""
    with french_errors():
        store = _store(open_settings(index))
        found = store.get(_whole_id(store, fiche_id))
        question = f"Supprimer « {inert(found.request.title)} » ?"
        if not oui and not typer.confirm(question, err=True):
            raise typer.Exit(1)
        store.delete(found.id)
        typer.echo("Fiche supprimée.", err=True)


def _shown(made: Fiche, method: Method, documents: dict[str, Document]) -> str:
    from assistant.terminal_fiche import fiche_text

    units = {one.id: one.metadata.unit for one in documents.values()}
    return fiche_text(made, method, units)


def _check_grid(settings: Settings, *, json_output: bool) -> None:
    method = _method(settings)
    if json_output:
        print_json(method.model_dump(mode="json"))
        return
    typer.echo(
        f"Grille valide : {inert(method.title)}, version {method.version} – "
        f"{len(method.axes)} axes, {len(method.functions)} fonctions, "
        f"{len(method.criteria)} critères, {len(method.fields)} champs."
    )
    for criterion in method.criteria:
        if criterion.label is None:
            typer.echo(f"Critère {criterion.code} : intitulé non connu.")


def _draft(
    settings: Settings, asked: Request, author: str, mode: Mode, *, keep: bool
) -> tuple[Fiche, dict[str, Document]]:
    from assistant.engine import Assistant
    from assistant.fiches.ordering import order_fiche
    from assistant.fiches.store import open_store

    # Before the work: a store switched off or a grid that is not valid is said at once.
    store = _store(settings) if keep else open_store(settings)
    method = _method(settings)
    assistant = Assistant.open(settings)
    made = order_fiche(asked, method, assistant, store, keep=keep, author=author or None, mode=mode)
    return made, {one.id: one for one in assistant.documents()}


def _check_output(path: Path, *, replace: bool) -> None:
    """Refuse a file that could not be written, before the work rather than after it.

    Raises:
        InvalidFormatError: its name says no format.
        StorageError: its folder is missing or closed, or the file is already there.
    """
    import os

    from assistant.errors import StorageError

    format_of(path)
    if path.exists() and not replace:
        raise StorageError(
            f"Le fichier « {path} » existe déjà.",
            "Donnez un autre nom, ou ajoutez --remplacer pour l'écraser.",
        )
    if not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
        raise StorageError(
            f"Le dossier « {path.parent} » n'existe pas, ou ne peut pas être écrit.",
            "Créez-le, vérifiez ses droits, ou choisissez un autre dossier.",
        )


def _export(path: Path, made: Fiche, settings: Settings, documents: dict[str, Document]) -> None:
    from assistant.fiches.export import export_fiche

    content = export_fiche(
        made,
        format_of(path),
        method=_method(settings),
        documents=documents,
        organisation=settings.organisation,
    )
    save(path, content)


def _with_grid(index: Path | None, grid: Path | None) -> Settings:
    settings = open_settings(index)
    if grid is not None:
        settings = settings.model_copy(update={"fiche_method": grid.resolve()})
    return settings


def _method(settings: Settings) -> Method:
    from assistant.fiches.method import load_method

    return load_method(settings.fiche_method)


def _documents(settings: Settings) -> dict[str, Document]:
    """The documents of the index; none without it: an export does not need them."""
    from assistant.index.catalogue import Catalogue

    try:
        return dict(Catalogue(settings.index_dir / "catalogue.sqlite").documents())
    except AssistantError:
        return {}


def _store(settings: Settings) -> FicheStore:
    from assistant.fiches.errors import FichesOffError
    from assistant.fiches.store import open_store

    store = open_store(settings)
    if store is None:
        raise FichesOffError(
            "Les fiches ne sont pas gardées : la configuration l'a choisi.",
            "Activez l'option « fiches » (ASSISTANT_FICHES=true).",
        )
    return store


def _whole_id(store: FicheStore, start: str) -> str:
    """The fiche whose identifier begins so; the start itself when none or several do."""
    from assistant.fiches.listing import FicheFilter

    found = [one.id for one in store.list(FicheFilter(limit=None)) if one.id.startswith(start)]
    return found[0] if start and len(found) == 1 else start
