"""The gate of the test command: `python -m eval.porte [--ecrire-reference]`.

Asks the test half of the demonstration set, judges it by `seuils.toml`, and ends with status 1
when a version may not be released. The index is that of the settings when it holds the
demonstration corpus and nothing else, as after `lancer.py`; otherwise one of its own, kept beside.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from assistant.engine import Assistant
    from assistant.settings import Settings

_FILE: Final = "porte.sqlite"
_OWN: Final = "porte"


def main() -> int:
    """Run the gate; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, help="index to ask, taken as it is")
    parser.add_argument(
        "--ecrire-reference", action="store_true", help="replace the reference by what is measured"
    )
    arguments = parser.parse_args()

    from assistant.egress import install, quiet_environment
    from assistant.errors import AssistantError

    quiet_environment()
    install()
    try:
        return _gate(arguments.index, arguments.ecrire_reference)
    except AssistantError as error:
        print(f"Erreur : {error.message}\n→ {error.remedy}", file=sys.stderr)
        return 1


def _gate(index: Path | None, write: bool) -> int:
    from rich.console import Console

    from assistant.settings import load_settings
    from eval.affichage import show
    from eval.asking import DEMO, asked, planned
    from eval.figures import measure
    from eval.gate import load_thresholds, write_reference
    from eval.reporting import outcome_of
    from eval.runs import RunStore, folder_of

    began = time.monotonic()
    settings = load_settings()
    if index is not None:
        settings = settings.model_copy(update={"index_dir": index.resolve()})
    store = RunStore(folder_of(settings) / _FILE)
    settings, engine = _opened(settings, as_it_is=index is not None)
    plan = planned(settings, engine, DEMO, "test", by="barrière de publication")
    engine.warm_up()
    for earlier in store.list():
        store.delete(earlier.id)
    run = asked(engine, plan, store)
    if write:
        thresholds = load_thresholds(DEMO, "test")
        assert thresholds is not None
        assert thresholds.reference_path is not None
        write_reference(thresholds.reference_path, run, measure(store.asked(run.id)))
        print(f"Référence écrite : {thresholds.reference_path}")
    outcome = outcome_of(store, run.id)
    show(Console(), outcome)
    print(f"{run.done} questions posées en {time.monotonic() - began:.0f} s.")
    assert outcome.gate is not None, "seuils.toml asks something of this half"
    return 0 if outcome.gate.passed else 1


def _opened(settings: Settings, *, as_it_is: bool) -> tuple[Settings, Assistant]:
    """The index of the settings when it is that of the demonstration; else one of our own."""
    from assistant.engine import Assistant
    from assistant.errors import IndexMissingError

    wanted = {path.name for path in settings.demo_corpus.glob("*.pdf")}
    try:
        engine = Assistant.open(settings)
        if as_it_is or {document.file for document in engine.documents()} == wanted:
            return settings, engine
    except IndexMissingError:
        if as_it_is:
            raise
    own = settings.model_copy(update={"index_dir": settings.index_dir / "evaluation" / _OWN})
    _ingest(own)
    return own, Assistant.open(own)


def _ingest(settings: Settings) -> None:
    """Read the demonstration corpus; what is already read is not read again."""
    from assistant.index.embedding import open_embedding
    from assistant.index.pipeline import ingest
    from assistant.index.reading import ReadLimits

    print("Lecture du corpus de démonstration…", flush=True)
    ingest(
        settings.index_dir,
        [settings.demo_corpus],
        embedder=lambda: open_embedding(settings.embedding_model, threads=settings.threads),
        limits=ReadLimits(
            max_bytes=settings.max_file_mb << 20,
            max_pages=settings.max_pages,
            timeout_s=settings.read_timeout_s,
            memory_mb=settings.read_memory_mb,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
