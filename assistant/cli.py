"""Command line: the composition root.

Every heavy import happens inside a command, so that `assistant --help` answers at once.
Results go to standard output, everything else to standard error: `--json` can be piped.
Exit codes: 0 done, 1 domain error (message and remedy on standard error), 2 wrong usage.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from assistant import __version__
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.engine import Assistant
    from assistant.model import Answer, SearchResult
    from assistant.settings import Settings

app = typer.Typer(
    name="assistant",
    help="Assistant souverain pour la stratégie de santé : réponses et citations vérifiées.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
corpus_app = typer.Typer(help="Documents chargés.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(corpus_app, name="corpus")

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", help="Dossier de l'index (sinon ASSISTANT_INDEX_DIR, ou index/)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Écrire du JSON, une ligne par objet.")]


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
    with _french_errors(), _logs_apart():
        from rich.console import Console

        from assistant.index.embedding import open_embedding
        from assistant.index.pipeline import ingest
        from assistant.index.reading import ReadLimits
        from assistant.progress import TerminalProgress

        settings = _settings(index)
        console = Console(stderr=True)
        with TerminalProgress(console) as progress:
            result = ingest(
                settings.index_dir,
                dossiers,
                embedder=lambda: open_embedding(settings.embedding_model, threads=settings.threads),
                limits=ReadLimits(
                    max_bytes=settings.max_file_mb << 20,
                    max_pages=settings.max_pages,
                    timeout_s=settings.read_timeout_s,
                    memory_mb=settings.read_memory_mb,
                ),
                allow_empty=accepter_vide,
                rebuild=reconstruire,
                progress=progress,
            )
        if json_output:
            for report in result.reports:
                _print_json(report.model_dump(mode="json"))
        counts = {
            status: sum(report.status == status for report in result.reports)
            for status in ("indexed", "replaced", "unchanged", "refused", "removed")
        }
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
    document: Annotated[
        str | None, typer.Option("--document", help="Ne chercher que dans ce fichier.")
    ] = None,
    genre: Annotated[
        str | None, typer.Option("--type", help="Ne chercher que dans ce type de documents.")
    ] = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Poser une question : la réponse, ses citations, ou « non trouvé dans le corpus »."""
    with _french_errors(), _logs_apart():
        from assistant.errors import InvalidQuestionError

        questions = _questions(question, fichier)
        assistant = _open(index)
        for item in questions:
            try:
                result = assistant.ask(item, file=document, kind=genre)
            except InvalidQuestionError as error:
                if fichier is None:
                    raise
                _print_json({"question": item, "erreur": error.message, "remede": error.remedy})
                continue
            if json_output:
                _print_json(result.model_dump(mode="json"))
            else:
                _print_answer(result)


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
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Chercher des passages, du plus au moins proche."""
    with _french_errors(), _logs_apart():
        questions = _questions(question, fichier)
        assistant = _open(index)
        for item in questions:
            results = assistant.search(item, limit=limite)
            if json_output:
                _print_json(
                    {
                        "question": item,
                        "results": [found.model_dump(mode="json") for found in results],
                    }
                )
            else:
                _print_results(results, explain=expliquer)


@app.command()
def demarrer(
    port: Annotated[int | None, typer.Option("--port", help="Port d'écoute.")] = None,
    index: IndexOption = None,
) -> None:
    """Ouvrir le dialogue dans le navigateur et l'interface de programmation."""
    with _french_errors():
        from assistant.server import serve

        settings = _settings(index)
        if port is not None:
            settings = settings.model_copy(update={"port": port})
        serve(settings)


@corpus_app.command("etat")
def corpus_etat(
    pages: Annotated[bool, typer.Option("--pages", help="Détailler chaque page.")] = False,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ce qui a été lu, page par page, et ce qui ne l'a pas été."""
    with _french_errors():
        from assistant.coverage import corpus_state, print_state

        state = corpus_state(_settings(index).index_dir, pages=pages)
        if json_output:
            _print_json(state)
        else:
            print_state(state)


@app.command()
def diagnostic(index: IndexOption = None, json_output: JsonOption = False) -> None:
    """Vérifier l'installation : modèle, index, outils, réseau."""
    with _french_errors(), _logs_apart():
        from assistant.diagnostic import print_checks, run_checks

        checks = run_checks(_settings(index))
        if json_output:
            for check in checks:
                _print_json(check.as_dict())
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


def _settings(index: Path | None) -> Settings:
    from assistant.settings import load_settings

    settings = load_settings()
    if index is not None:
        settings = settings.model_copy(update={"index_dir": index.resolve()})
    return settings


def _open(index: Path | None) -> Assistant:
    from assistant.engine import Assistant

    return Assistant.open(_settings(index))


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


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _print_answer(answer: Answer) -> None:
    from assistant.terminal import answer_text

    typer.echo(answer_text(answer))


def _print_results(results: list[SearchResult], *, explain: bool) -> None:
    from assistant.terminal import results_text

    typer.echo(results_text(results, explain=explain))


@contextmanager
def _french_errors() -> Iterator[None]:
    """Turn domain errors into a French message and exit code 1."""
    try:
        yield
    except AssistantError as error:
        _fail(error)
    except KeyboardInterrupt:
        typer.echo("\nInterrompu. L'index précédent reste en service.", err=True)
        raise typer.Exit(130) from None
    except BrokenPipeError:
        # The reader of our output left (« | head »): nothing to tell anyone.
        sys.stderr.close()
        raise typer.Exit(0) from None


def _fail(error: AssistantError) -> NoReturn:
    typer.echo(f"Erreur : {error.message}", err=True)
    if error.remedy:
        typer.echo(f"→ {error.remedy}", err=True)
    raise typer.Exit(1)


@contextmanager
def _logs_apart() -> Iterator[None]:
    """Keep the libraries' chatter out of the way of a person or of a pipe."""
    import logging
    import warnings

    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    warnings.simplefilter("ignore")
    yield
