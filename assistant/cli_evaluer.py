"""`assistant evaluer …` (also `assistant eval …`): measure answers and retrieval.

JSON goes to standard output; on a terminal, a table is shown instead unless `--json` is given.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from assistant import cli_evaluer_jeu
from assistant.cli_support import (
    IndexOption,
    JsonOption,
    french_errors,
    logs_apart,
    open_settings,
    print_json,
)

if TYPE_CHECKING:
    from rich.console import Console


class Stage(StrEnum):
    """A stage of retrieval, as the JSON names it."""

    LEXICAL = "lexical"
    DENSE = "dense"
    FUSED = "fused"
    RERANKED = "reranked"


class _Group(TyperGroup):
    """`assistant evaluer reel --moitie dev`: a word that is no command names a question set."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if any(word == "--beir" or word.startswith("--beir=") for word in args):
            args = ["beir", *args]
        elif not args or args[0] not in self.commands:
            args = ["jeu", *args]
        return super().parse_args(ctx, args)


evaluer_app = typer.Typer(
    cls=_Group,
    help="Mesurer les réponses sur des jeux de questions, et la recherche sur des jeux publics.",
    rich_markup_mode=None,
)
for _command in (
    cli_evaluer_jeu.rapport,
    cli_evaluer_jeu.exporter,
    cli_evaluer_jeu.importer,
    cli_evaluer_jeu.supprimer,
    cli_evaluer_jeu.cle,
    cli_evaluer_jeu.jeu,
):
    evaluer_app.command()(_command)

RunOption = Annotated[
    Path | None,
    typer.Option(
        "--run",
        help="Écrire le classement dans ce fichier, au format TREC ; celui des autres étapes va "
        "à côté. Avec plusieurs jeux, un dossier.",
    ),
]
LimitOption = Annotated[
    int | None,
    typer.Option("--limite", min=1, help="Ne poser que N questions, tirées au hasard."),
]
SeedOption = Annotated[int, typer.Option("--graine", min=0, help="Graine des tirages au hasard.")]
StageOption = Annotated[
    list[Stage] | None,
    typer.Option("--etage", help="Étape à mesurer ; à répéter. Sinon toutes."),
]
ReferencesOption = Annotated[
    bool,
    typer.Option(
        "--references", help="Mesurer aussi bm25s, llama-index par défaut et leur fusion RRF."
    ),
]
CacheOption = Annotated[
    Path | None,
    typer.Option("--cache", help="Où garder les vecteurs (sinon « evaluation » dans l'index)."),
]


@evaluer_app.command("beir", hidden=True)
def beir(
    beir: Annotated[
        list[Path],
        typer.Option(
            "--beir",
            help="Dossier d'un jeu : corpus.jsonl, queries.jsonl, qrels.tsv ; à répéter.",
        ),
    ],
    run: RunOption = None,
    limite: LimitOption = None,
    graine: SeedOption = 1,
    etage: StageOption = None,
    references: ReferencesOption = False,
    cache: CacheOption = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Mesurer la recherche : chaque étape séparément, avec ses intervalles de confiance."""
    _evaluate(beir, run, limite, graine, etage, references, cache, index, json_output)


@evaluer_app.command("recherche")
def evaluer_recherche(
    dossiers: Annotated[
        list[Path],
        typer.Argument(help="Dossiers des jeux : corpus.jsonl, queries.jsonl, qrels.tsv."),
    ],
    run: RunOption = None,
    limite: LimitOption = None,
    graine: SeedOption = 1,
    etage: StageOption = None,
    references: ReferencesOption = False,
    cache: CacheOption = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Mesurer chaque étape de la recherche sur des jeux au format BEIR."""
    _evaluate(dossiers, run, limite, graine, etage, references, cache, index, json_output)


def _evaluate(
    folders: list[Path],
    run: Path | None,
    limit: int | None,
    seed: int,
    stages: list[Stage] | None,
    references: bool,
    cache: Path | None,
    index: Path | None,
    json_output: bool,
) -> None:
    with french_errors(), logs_apart():
        from rich.console import Console

        from assistant.index.embedding import open_embedding
        from assistant.progress import TerminalProgress
        from eval.recherche import Options, evaluate, run_paths

        settings = open_settings(index)
        chosen = tuple(stage.value for stage in Stage if not stages or stage in stages)
        options = Options(stages=chosen, references=references, limit=limit, seed=seed)
        runs = run_paths(run, folders)
        embedder = open_embedding(settings.embedding_model, threads=settings.threads)
        reranker = None
        if settings.reranker_model is not None:
            from assistant.retrieval.cross_encoder import open_reranker

            reranker = open_reranker(settings.reranker_model, threads=settings.threads)
        errors = Console(stderr=True)
        piped = not sys.stdout.isatty()
        console = errors if piped else Console()
        results: list[dict[str, Any]] = []
        for folder, path in zip(folders, runs, strict=True):
            with TerminalProgress(errors) as progress:
                result = evaluate(
                    folder,
                    embedder,
                    cache or settings.index_dir / "evaluation",
                    options=options,
                    run=path,
                    reranker=reranker,
                    progress=progress,
                )
            results.append(result)
            if json_output or piped:
                print_json(result)
            if not json_output:
                _show(console, result)
        if len(results) > 1 and not json_output:
            _show_all(console, results)


def _show(console: Console, result: dict[str, Any]) -> None:
    from eval.restitution import conditions, remarks, sentences, table_of

    console.print(table_of(result, width=console.width))
    for sentence in sentences(result):
        console.print(f"• {sentence}", highlight=False, markup=False)
    for remark in remarks(result):
        console.print(f"! {remark}", highlight=False, markup=False)
    for line in conditions(result):
        console.print(line, style="dim", highlight=False, markup=False)
    console.print()


def _show_all(console: Console, results: list[dict[str, Any]]) -> None:
    from eval.restitution import harmful, summary_table

    console.print(summary_table(results))
    losses = harmful(results)
    if not losses:
        console.print("Aucune étape ne fait perdre de façon établie sur ces jeux.")
    for loss in losses:
        console.print(f"• {loss}", highlight=False, markup=False)
