"""Command line: the composition root.

Every heavy import happens inside a command, so that `assistant --help` answers at once.
Results go to standard output, everything else to standard error: `--json` can be piped.
Exit codes: 0 done, 1 domain error (message and remedy on standard error), 2 wrong usage.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant import __version__
from assistant.cli_acces import acces_app, cles_app
from assistant.cli_conversations import conversations_app, export_to, format_of
from assistant.cli_copil import copil
from assistant.cli_corpus import corpus_app
from assistant.cli_evaluer import evaluer_app
from assistant.cli_exploitation import register as register_exploitation
from assistant.cli_fiche import fiche, fiches_app
from assistant.cli_filters import (
    DocumentsOption,
    KindsOption,
    PublishersOption,
    RegionsOption,
    SinceOption,
    UnreadOption,
    UntilOption,
    filters_of,
)
from assistant.cli_glossaire import glossaire_app
from assistant.cli_journal import journal_app
from assistant.cli_support import (
    IndexOption,
    JsonOption,
    ModeOption,
    for_whoever_types,
    french_errors,
    logs_apart,
    open_settings,
    print_json,
)
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.engine_port import Engine
    from assistant.model import Answer, FilterReport, SearchResult

app = typer.Typer(
    name="assistant",
    help="Assistant souverain pour la stratégie de santé : réponses et citations vérifiées.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(corpus_app, name="corpus")
app.command("copil")(copil)
app.add_typer(glossaire_app, name="glossaire")
app.add_typer(conversations_app, name="conversations")
app.add_typer(journal_app, name="journal")
app.add_typer(cles_app, name="cles")
app.add_typer(acces_app, name="acces")
app.add_typer(fiches_app, name="fiches")
app.command("fiche")(fiche)
app.add_typer(evaluer_app, name="evaluer")
app.add_typer(evaluer_app, name="eval", hidden=True)
register_exploitation(app)


@app.command()
def ingerer(
    dossiers: Annotated[list[Path], typer.Argument(help="Dossiers ou fichiers à charger.")],
    index: IndexOption = None,
    json_output: JsonOption = False,
    accepter_vide: Annotated[
        bool, typer.Option("--accepter-vide", help="Accepter qu'un dossier soit devenu vide.")
    ] = False,
    reconstruire: Annotated[
        bool, typer.Option("--reconstruire", help="Reconstruire l'index même sans changement.")
    ] = False,
) -> None:
    """Lire des documents et mettre l'index à jour (seuls les changements sont relus)."""
    with french_errors(), logs_apart():
        from rich.console import Console

        from assistant.audit import trail
        from assistant.audit.model import Action
        from assistant.index.embedding import open_embedding
        from assistant.index.pipeline import ingest
        from assistant.library.ingestion import known_sources, read_limits
        from assistant.progress import TerminalProgress

        settings = open_settings(index)
        console = Console(stderr=True)
        with TerminalProgress(console) as progress:
            result = ingest(
                settings.index_dir,
                dossiers,
                embedder=lambda: open_embedding(settings.embedding_model, threads=settings.threads),
                limits=read_limits(settings),
                allow_empty=accepter_vide,
                rebuild=reconstruire,
                known_source=known_sources(settings),
                progress=progress,
            )
        if json_output:
            for report in result.reports:
                print_json(report.model_dump(mode="json"))
        counts = {
            status: sum(report.status == status for report in result.reports)
            for status in ("indexed", "replaced", "unchanged", "refused", "removed")
        }
        trail.note(Action.INDEX, details={"genre": "commande", **counts})
        console.print(
            f"Terminé : {counts['indexed']} document(s) lu(s), {counts['replaced']} remplacé(s), "
            f"{counts['unchanged']} inchangé(s), {counts['refused']} refusé(s), "
            f"{counts['removed']} retiré(s).",
            highlight=False,
        )


@app.command()
def demander(
    question: Annotated[str, typer.Argument(help="La question, en français.")] = "",
    fichier: Annotated[
        Path | None, typer.Option("--fichier", help="Un fichier : une question par ligne.")
    ] = None,
    document: DocumentsOption = None,
    genre: KindsOption = None,
    editeur: PublishersOption = None,
    region: RegionsOption = None,
    depuis: SinceOption = None,
    jusqua: UntilOption = None,
    sans_filtre_reconnu: UnreadOption = False,
    mode: ModeOption = "extractive",
    exporter: Annotated[
        Path | None,
        typer.Option(
            "--exporter", help="Écrire aussi la réponse : .docx, .odt, .pdf, .md ou .json."
        ),
    ] = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Poser une question : la réponse, ses citations, ou « non trouvé dans le corpus »."""
    with french_errors(), logs_apart(), for_whoever_types():
        from assistant.errors import InvalidQuestionError

        if exporter is not None:
            if fichier is not None:
                raise typer.BadParameter("--exporter vaut pour une seule question.")
            format_of(exporter)
        questions = _questions(question, fichier)
        filters = filters_of(document, genre, editeur, region, depuis, jusqua)
        assistant = _open(index)
        units = _units(assistant)
        for item in questions:
            try:
                result = assistant.ask(
                    item, filters=filters, recognise=not sans_filtre_reconnu, mode=mode
                )
            except InvalidQuestionError as error:
                if fichier is None:
                    raise
                print_json({"question": item, "erreur": error.message, "remede": error.remedy})
                continue
            if json_output:
                print_json(result.model_dump(mode="json"))
            else:
                _print_answer(result, units)
            if exporter is not None:
                export_to(
                    exporter,
                    result,
                    {one.id: one for one in assistant.documents()},
                    open_settings(index).organisation,
                )


@app.command()
def chercher(
    question: Annotated[str, typer.Argument(help="Les mots ou la question à chercher.")] = "",
    fichier: Annotated[
        Path | None, typer.Option("--fichier", help="Un fichier : une question par ligne.")
    ] = None,
    limite: Annotated[
        int, typer.Option("--limite", min=1, max=100, help="Nombre de passages.")
    ] = 10,
    expliquer: Annotated[
        bool, typer.Option("--expliquer", help="Dire pourquoi chaque passage est là.")
    ] = False,
    document: DocumentsOption = None,
    genre: KindsOption = None,
    editeur: PublishersOption = None,
    region: RegionsOption = None,
    depuis: SinceOption = None,
    jusqua: UntilOption = None,
    sans_filtre_reconnu: UnreadOption = False,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Chercher des passages, du plus au moins proche."""
    with french_errors(), logs_apart(), for_whoever_types():
        questions = _questions(question, fichier)
        filters = filters_of(document, genre, editeur, region, depuis, jusqua)
        assistant = _open(index)
        units = _units(assistant)
        for item in questions:
            results, report = assistant.find(
                item, limit=limite, filters=filters, recognise=not sans_filtre_reconnu
            )
            if json_output:
                print_json(
                    {
                        "question": item,
                        "results": [found.model_dump(mode="json") for found in results],
                        "filters": report.model_dump(mode="json"),
                    }
                )
            else:
                _print_filters(report, empty=not results)
                _print_results(results, explain=expliquer, units=units)


@app.command()
def demarrer(
    port: Annotated[int | None, typer.Option("--port", help="Port d'écoute.")] = None,
    index: IndexOption = None,
) -> None:
    """Ouvrir le dialogue dans le navigateur et l'interface de programmation."""
    with french_errors():
        from assistant.server import serve

        settings = open_settings(index)
        if port is not None:
            settings = settings.model_copy(update={"port": port})
        serve(settings)


@app.command()
def mcp(index: IndexOption = None) -> None:
    """Servir les outils MCP au programme qui lance cette commande (entrée et sortie standard)."""
    with french_errors(), logs_apart():
        from assistant.api.mcp_tools import serve_stdio

        serve_stdio(open_settings(index))


@app.command()
def diagnostic(index: IndexOption = None, json_output: JsonOption = False) -> None:
    """Vérifier l'installation : modèle, index, outils, réseau."""
    with french_errors(), logs_apart():
        from assistant.diagnostic import print_checks, run_checks

        checks = run_checks(open_settings(index))
        if json_output:
            for check in checks:
                print_json(check.as_dict())
        else:
            print_checks(checks)
        if any(check.severity == "erreur" for check in checks):
            raise typer.Exit(1)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"assistant {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    """Assistant souverain pour la stratégie de santé : réponses et citations vérifiées."""
    from assistant.egress import install, quiet_environment

    quiet_environment()
    install()


def _open(index: Path | None) -> Engine:
    """The engine as callers see it, so that what is asked here is written down too."""
    from assistant.access.engine import for_caller
    from assistant.engine import Assistant

    return for_caller(Assistant.open(open_settings(index)))


def _questions(question: str, file: Path | None) -> list[str]:
    if file is None:
        return [question]
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AssistantError(
            f"Le fichier de questions « {file} » ne peut pas être lu.",
            "Donnez un fichier texte en UTF-8, une question par ligne.",
        ) from error
    return [line.strip() for line in lines if line.strip()]


def _units(assistant: Engine) -> dict[str, str]:
    """What the pages of each document are: they are not named alike."""
    return {document.id: document.metadata.unit for document in assistant.documents()}


def _print_answer(answer: Answer, units: dict[str, str]) -> None:
    from assistant.terminal import answer_text

    typer.echo(answer_text(answer, units))


def _print_filters(report: FilterReport, *, empty: bool) -> None:
    from assistant.retrieval.filter_plan import report_notes

    for note in report_notes(report, empty=empty):
        typer.echo(note)


def _print_results(results: list[SearchResult], *, explain: bool, units: dict[str, str]) -> None:
    from assistant.terminal import results_text

    typer.echo(results_text(results, explain=explain, units=units))
