"""What every command shares: its options, its settings, its errors told in French."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from assistant.errors import AssistantError
from assistant.language.typography import inert

if TYPE_CHECKING:
    from assistant.settings import Settings

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", help="Dossier de l'index (sinon ASSISTANT_INDEX_DIR, ou index/)."),
]
ModeOption = Annotated[
    Literal["extractive", "generative"],
    typer.Option(
        "--mode",
        help="extractive : des extraits mot pour mot ; generative : un texte rédigé par un modèle "
        "de langue local (llm_url), vérifié phrase par phrase.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Écrire du JSON, une ligne par objet.")]


def open_settings(index: Path | None) -> Settings:
    """Settings of this run; `index` replaces the folder of the index."""
    from assistant.settings import load_settings

    found = load_settings()
    if index is not None:
        found = found.model_copy(update={"index_dir": index.resolve()})
    _write_down(found)
    return found


def _write_down(settings: Settings) -> None:
    """Let the audit log of the index know what this command does."""
    from functools import partial

    from assistant.access.model import LOCAL
    from assistant.audit import trail
    from assistant.audit.store import open_log

    trail.install_later(partial(open_log, settings), acting=lambda: LOCAL)


def print_json(value: Any) -> None:
    """Write one JSON object on one line of standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@contextmanager
def for_whoever_types() -> Iterator[None]:
    """Run a command for whoever typed it on this machine, who may read the files anyway."""
    from assistant.access.current import acting_as
    from assistant.access.model import LOCAL

    with acting_as(LOCAL):
        yield


@contextmanager
def french_errors() -> Iterator[None]:
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
    typer.echo(f"Erreur : {inert(error.message)}", err=True)
    if error.remedy:
        typer.echo(f"→ {inert(error.remedy)}", err=True)
    raise typer.Exit(1)


@contextmanager
def logs_apart() -> Iterator[None]:
    """Keep the libraries' chatter out of the way of a person or of a pipe."""
    import logging
    import warnings

    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    warnings.simplefilter("ignore")
    yield
