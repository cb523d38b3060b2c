"""`assistant evaluer [JEU]`: ask a question set, tell its figures, write and check its report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

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

    from assistant.settings import Settings
    from eval.asking import Plan
    from eval.records import Run
    from eval.reporting import Outcome
    from eval.runs import RunStore

CompareOption = Annotated[
    str | None,
    typer.Option(
        "--comparer",
        help="Comparer, question par question, avec cette évaluation (identifiant, son début, ou "
        "« dernier »).",
    ),
]
KeyOption = Annotated[
    Path | None, typer.Option("--signer", help="Signer le rapport avec cette clé privée (Ed25519).")
]
ThresholdsOption = Annotated[
    Path | None,
    typer.Option("--seuils", help="Fichier de seuils, au lieu de celui qui est fourni."),
]
ImagesOption = Annotated[
    bool,
    typer.Option(
        "--images", help="Montrer dans le rapport les pages de toutes les réponses, même justes."
    ),
]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="Identifiant, son début, ou « dernier ».")
]


def jeu(
    jeu: Annotated[
        str,
        typer.Argument(
            metavar="[JEU]",
            help="demo, reel, un jeu de la maison, ou un fichier JSONL de vos questions.",
        ),
    ] = "demo",
    moitie: Annotated[
        Literal["dev", "test"],
        typer.Option(
            "--moitie",
            help="dev : pour régler ; test : pour un rapport, chaque lecture en est notée.",
        ),
    ] = "dev",
    mode: Annotated[
        Literal["extractive", "generative"],
        typer.Option("--mode", help="Réponses faites d'extraits, ou rédigées par le modèle local."),
    ] = "extractive",
    modele: Annotated[
        str | None,
        typer.Option("--modele", help="Modèle de langue du serveur local (mode generative)."),
    ] = None,
    comparer: CompareOption = None,
    rapport: Annotated[
        Path | None,
        typer.Option("--rapport", help="Écrire le rapport (HTML, Markdown, JSON) dans ce dossier."),
    ] = None,
    signer: KeyOption = None,
    images: ImagesOption = False,
    reprendre: Annotated[
        bool,
        typer.Option("--reprendre", help="Reprendre l'évaluation interrompue, si rien n'a changé."),
    ] = False,
    liste: Annotated[
        bool, typer.Option("--liste", help="Montrer les évaluations conservées.")
    ] = False,
    verifier: Annotated[
        Path | None,
        typer.Option("--verifier", help="Vérifier le rapport de ce dossier, chiffres compris."),
    ] = None,
    cle: Annotated[
        Path | None,
        typer.Option("--cle", help="Clé publique qui doit avoir signé le rapport à vérifier."),
    ] = None,
    seuils: ThresholdsOption = None,
    ecrire_reference: Annotated[
        bool,
        typer.Option(
            "--ecrire-reference",
            help="Remplacer la référence de la barrière par les chiffres mesurés.",
        ),
    ] = False,
    nom: Annotated[str, typer.Option("--nom", help="Nom à donner à cette évaluation.")] = "",
    ouvriers: Annotated[
        int | None,
        typer.Option("--ouvriers", min=1, max=64, help="Questions posées à la fois (2)."),
    ] = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Poser un jeu de questions, mesurer les réponses et juger si l'on peut publier.

    Code de retour : 1 quand la barrière de publication est rouge, ou qu'un rapport vérifié a été
    modifié. Autres commandes : recherche (jeux BEIR, aussi --beir), rapport, exporter, importer,
    supprimer, cle ; « assistant evaluer rapport --help » les décrit.
    """
    with french_errors(), logs_apart():
        from assistant.egress import install, quiet_environment

        quiet_environment()
        install()
        settings = open_settings(index)
        if verifier is not None:
            _verify(verifier, cle, json_output)
            return
        from eval.runs import store_of

        store = store_of(settings)
        if liste:
            _list(store, json_output)
            return
        if modele is not None:
            settings = settings.model_copy(update={"llm_model": modele})
            mode = "generative"
        _run(
            settings, store, jeu, moitie, mode,
            comparer=comparer, rapport=rapport, signer=signer, images=images, reprendre=reprendre,
            seuils=seuils, ecrire_reference=ecrire_reference, nom=nom,
            workers=ouvriers or (2 if mode == "extractive" else 1), json_output=json_output,
        )  # fmt: skip


def _run(
    settings: Settings,
    store: RunStore,
    name: str,
    split: Literal["dev", "test"],
    mode: Literal["extractive", "generative"],
    *,
    comparer: str | None,
    rapport: Path | None,
    signer: Path | None,
    images: bool,
    reprendre: bool,
    seuils: Path | None,
    ecrire_reference: bool,
    nom: str,
    workers: int,
    json_output: bool,
) -> None:
    from rich.console import Console

    from assistant.engine import Assistant
    from assistant.errors import ModelServerError
    from eval import gate
    from eval.affichage import absent_line, say
    from eval.asking import planned
    from eval.reporting import outcome_of, report_of

    errors = Console(stderr=True)
    if mode == "generative" and not settings.llm_url.strip():
        raise ModelServerError(
            "Aucun serveur de modèle de langue n'est configuré (llm_url).",
            "Configurez-le, ou évaluez les réponses extractives.",
        )
    # Everything that may be refused is looked at before minutes of questions.
    before = None if comparer is None else store.get(comparer).id
    thresholds = gate.load_thresholds(name, split, seuils)
    engine = Assistant.open(settings)
    plan = planned(settings, engine, name, split, mode=mode, workers=workers)
    if plan.absent:
        say(errors, absent_line(plan.absent, plan.left_out))
    interrupted = store.resumable(plan.conditions)
    if interrupted is not None and not reprendre:
        say(errors, "Une évaluation interrompue peut être reprise : ajoutez --reprendre.")
    engine.warm_up()
    run = _asked(errors, engine, plan, store, workers, nom, interrupted if reprendre else None)
    if ecrire_reference:
        # Judged afterwards: against itself, thresholds alone speak.
        _write_reference(errors, store, run, thresholds)
    outcome = outcome_of(store, run.id, against=before, thresholds=seuils)
    if rapport is not None:
        report_of(
            outcome,
            rapport,
            index_dir=settings.index_dir,
            engine=engine,
            key=signer,
            every_image=images,
        )
    _tell(errors, outcome, json_output)
    say(errors, f"Évaluation conservée : {run.id}", "dim")
    if rapport is not None:
        say(errors, f"Rapport : {rapport / 'rapport.html'}")
    if outcome.gate is not None and not outcome.gate.passed:
        raise typer.Exit(1)


def _asked(
    errors: Console,
    engine: Any,
    plan: Plan,
    store: RunStore,
    workers: int,
    name: str,
    resume: Run | None,
) -> Run:
    from assistant.progress import TerminalProgress
    from eval.affichage import say
    from eval.asking import asked

    try:
        with TerminalProgress(errors) as bar:
            bar.start("Questions", len(plan.questions), "questions")
            already = 0

            def told(done: int, total: int) -> None:
                nonlocal already
                bar.advance(done - already)
                already = done

            return asked(
                engine, plan, store, workers=workers, progress=told, name=name, resume=resume
            )
    except KeyboardInterrupt:
        say(errors, "Évaluation interrompue ; ce qui est fait est gardé : ajoutez --reprendre.")
        raise typer.Exit(130) from None


def _write_reference(errors: Console, store: RunStore, run: Run, thresholds: Any) -> None:
    from eval import gate
    from eval.affichage import say
    from eval.figures import measure

    path = None if thresholds is None else thresholds.reference_path
    if path is None:
        raise gate.ThresholdsError(
            f"Les seuils du jeu « {run.conditions.set} », moitié « {run.conditions.split} », ne "
            "nomment aucune référence.",
            'Ajoutez-la au fichier de seuils : reference = "reference-JEU.json".',
        )
    gate.write_reference(path, run, measure(store.asked(run.id)))
    say(errors, f"Référence écrite : {path}")


def _tell(errors: Console, outcome: Outcome, json_output: bool) -> None:
    """JSON on standard output for a pipe; a table for people."""
    from rich.console import Console

    from eval.affichage import show

    piped = not sys.stdout.isatty()
    if json_output or piped:
        print_json(
            {
                "run": outcome.run.model_dump(mode="json"),
                "figures": outcome.figures.model_dump(mode="json"),
                "comparison": outcome.comparison and outcome.comparison.model_dump(mode="json"),
                "gate": outcome.gate and outcome.gate.model_dump(mode="json"),
            }
        )
    if not json_output:
        show(errors if piped else Console(), outcome)


def _list(store: RunStore, json_output: bool) -> None:
    from rich.console import Console

    from eval.affichage import runs_table, say

    runs = store.list(limit=200)
    if json_output:
        for run in runs:
            print_json(run.model_dump(mode="json"))
        return
    console = Console()
    if runs:
        console.print(runs_table(runs))
    else:
        say(console, "Aucune évaluation n'est conservée.")


def _verify(folder: Path, key: Path | None, json_output: bool) -> None:
    from rich.console import Console

    from eval.affichage import say
    from eval.signature import verify

    found = verify(folder, key)
    if json_output:
        print_json(
            {name: getattr(found, name) for name in found.__slots__} | {"passed": found.passed}
        )
    else:
        console = Console()
        for line in found.lines:
            say(console, line)
        verdict = (
            "Le rapport est tel qu'il a été fait."
            if found.passed
            else ("Le rapport n'est plus tel qu'il a été fait.")
        )
        say(console, verdict)
    if not found.passed:
        raise typer.Exit(1)


@contextmanager
def _kept(index: Path | None) -> Iterator[tuple[Settings, RunStore]]:
    with french_errors(), logs_apart():
        from eval.runs import store_of

        settings = open_settings(index)
        yield settings, store_of(settings)


def rapport(
    run: RunArgument,
    dossier: Annotated[Path, typer.Argument(help="Dossier à écrire.")],
    comparer: CompareOption = None,
    signer: KeyOption = None,
    seuils: ThresholdsOption = None,
    images: ImagesOption = False,
    index: IndexOption = None,
) -> None:
    """Écrire le rapport d'une évaluation conservée."""
    with _kept(index) as (settings, store):
        from rich.console import Console

        from assistant.engine import Assistant
        from assistant.errors import AssistantError
        from eval.affichage import say
        from eval.reporting import outcome_of, report_of

        outcome = outcome_of(store, run, against=comparer, thresholds=seuils)
        try:
            engine = Assistant.open(settings)
        except AssistantError:
            engine = None  # an imported run: its documents are elsewhere
        report_of(
            outcome,
            dossier,
            index_dir=settings.index_dir,
            engine=engine,
            key=signer,
            every_image=images,
        )
        say(Console(), f"Rapport : {dossier / 'rapport.html'}")


def exporter(
    run: RunArgument,
    fichier: Annotated[Path, typer.Argument(help="Fichier JSON à écrire.")],
    index: IndexOption = None,
) -> None:
    """Écrire une évaluation entière (questions, réponses, conditions) dans un fichier."""
    with _kept(index) as (_, store):
        from assistant.errors import StorageError, cause

        try:
            fichier.write_text(store.export(run), encoding="utf-8")
        except OSError as error:
            raise StorageError(
                f"Le fichier « {fichier} » ne peut pas être écrit ({cause(error)}).",
                "Donnez un autre chemin.",
            ) from error


def importer(
    fichier: Annotated[Path, typer.Argument(help="Fichier écrit par « exporter ».")],
    index: IndexOption = None,
) -> None:
    """Reprendre ici une évaluation faite ailleurs, pour la lire ou la comparer."""
    with _kept(index) as (_, store):
        from eval.runs import RunInvalidError

        try:
            text = fichier.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RunInvalidError(
                f"Le fichier « {fichier} » ne peut pas être lu.", "Vérifiez son chemin."
            ) from error
        typer.echo(store.load(text).id)


def supprimer(run: RunArgument, index: IndexOption = None) -> None:
    """Supprimer une évaluation et ses réponses."""
    with _kept(index) as (_, store):
        store.delete(store.get(run).id)


def cle(
    fichier: Annotated[Path, typer.Argument(help="Fichier de la clé privée, par exemple CLE.pem.")],
) -> None:
    """Créer une paire de clés Ed25519 pour signer les rapports."""
    with french_errors(), logs_apart():
        from eval.signature import generate_key

        public = generate_key(fichier)
        typer.echo(f"Clé privée, à garder pour vous : {fichier}")
        typer.echo(f"Clé publique, à donner à ceux qui vérifient : {public}")
