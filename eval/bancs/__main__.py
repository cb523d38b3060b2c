"""`python -m eval.bancs mesurer --json A.json`, then `… comparer A.json B.json`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from assistant.egress import install, quiet_environment
from assistant.errors import AssistantError


def main() -> int:
    """Read the arguments and do one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    take = commands.add_parser("mesurer", help="measure this machine and these sources")
    take.add_argument("--corpus", type=Path, help="documents to ingest; the demonstration corpus")
    take.add_argument("--index", type=Path, help="index to ask; the one just made of the corpus")
    take.add_argument("--repeter", type=int, default=5)
    take.add_argument("--json", type=Path, help="file to write")
    both = commands.add_parser("comparer", help="two files, of two commits")
    both.add_argument("before", type=Path)
    both.add_argument("after", type=Path)
    both.add_argument("--json", action="store_true")
    step = commands.add_parser("etape")
    step.add_argument("name")
    step.add_argument("corpus", type=Path)
    step.add_argument("index", type=Path)
    arguments = parser.parse_args()
    quiet_environment()
    install()
    try:
        if arguments.command == "mesurer":
            _take(arguments)
        elif arguments.command == "comparer":
            _compare(arguments)
        else:
            from eval.bancs.mesures import STEPS

            print(json.dumps(STEPS[arguments.name](arguments.corpus, arguments.index)))
    except AssistantError as error:
        print(f"Erreur : {error.message}\n→ {error.remedy}", file=sys.stderr)
        return 1
    return 0


def _take(arguments: argparse.Namespace) -> None:
    from assistant.settings import load_settings
    from eval.bancs.mesures import measure

    corpus = arguments.corpus or load_settings().demo_corpus
    found = measure(corpus, arguments.index, repeat=arguments.repeter)
    said = json.dumps(found, ensure_ascii=False, indent=1)
    if arguments.json:
        arguments.json.write_text(said + "\n", encoding="utf-8")
    print(said)


def _compare(arguments: argparse.Namespace) -> None:
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from eval.bancs.comparaison import compare, read, warnings

    before, after = read(arguments.before), read(arguments.after)
    changes = compare(before, after)
    if arguments.json:
        print(json.dumps([asdict(change) for change in changes], ensure_ascii=False))
        return
    table = Table()
    table.add_column("Mesure")
    for title in ("Avant", "Après", "Rapport", "p"):
        table.add_column(title, justify="right")
    table.add_column("Verdict")
    for one in changes:
        ratio = "" if one.ratio is None else _number(one.ratio)
        row = (f"{_number(one.before)} {one.unit}", f"{_number(one.after)} {one.unit}", ratio)
        table.add_row(one.name, *row, _number(one.p), one.verdict)
    console = Console()
    console.print(table)
    for line in warnings(before, after):
        console.print(f"! {line}", highlight=False, markup=False)


def _number(value: float) -> str:
    return f"{value:.3g}".replace(".", ",")


if __name__ == "__main__":
    sys.exit(main())
