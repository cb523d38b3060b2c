"""Figures of a question set while tuning: `python -m eval.run demo --split dev [--details]`.

The same questions asked in the same way as by `assistant evaluer`, whose runs are kept, compared
and reported; here nothing is kept, and `--details` writes one question after the other.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from assistant.egress import install, quiet_environment
from eval.records import Asked, Figure


def main() -> None:
    """Read the arguments, run the set, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="question set, or a file")
    # The other half is for reports: `assistant evaluer`.
    parser.add_argument("--split", choices=("dev",), default="dev")
    parser.add_argument("--index", type=Path)
    parser.add_argument(
        "--files", help="keep questions on files whose name holds one of these, a|b"
    )
    parser.add_argument("--details", action="store_true", help="one line per question on stderr")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--mode",
        choices=("extractive", "generative"),
        default="extractive",
        help="generative: written by the model server of the settings",
    )
    arguments = parser.parse_args()
    quiet_environment()
    install()

    from assistant.engine import Assistant
    from assistant.settings import load_settings
    from eval.asking import questions_of
    from eval.figures import measure
    from eval.run_conditions import conditions_of
    from eval.runner import run_set
    from eval.runs import RunStore

    settings = load_settings()
    if arguments.index:
        settings = settings.model_copy(update={"index_dir": arguments.index.resolve()})
    name, questions = questions_of(
        arguments.name, arguments.split, settings.index_dir, by="eval.run"
    )
    if arguments.files:
        wanted = arguments.files.split("|")
        questions = [
            q for q in questions if q.file is None or any(part in q.file for part in wanted)
        ]
    assistant = Assistant.open(settings)
    assistant.warm_up()
    conditions = conditions_of(
        settings,
        assistant,
        set_name=name,
        split=arguments.split,
        questions=questions,
        mode=arguments.mode,
        workers=arguments.workers,
    )
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "evaluations.sqlite")
        run = run_set(
            assistant,
            questions,
            store,
            conditions=conditions,
            mode=arguments.mode,
            workers=arguments.workers,
        )
        asked = store.asked(run.id)
    if arguments.details:
        for one in asked:
            sys.stderr.write(_details(one))
    figures = measure(asked, memory_peak_mb=run.memory_peak_mb)
    result = {
        "questions": len(asked),
        **_values(figures.overall),
        "unverified_extracts": sum(one.unverified for one in asked),
        "latency_ms": figures.latency_ms.get("wall"),
        "by_kind": {
            kind: _values({name: one for name, one in found.items() if one.count})
            for kind, found in figures.by_kind.items()
        },
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


def _values(figures: Mapping[str, Figure]) -> dict[str, float | None]:
    return {
        name: None if one.value is None else round(one.value, 4) for name, one in figures.items()
    }


def _details(one: Asked) -> str:
    from eval.verdict import verdict

    question, found = one.question, verdict(one)
    gold = f"    G {question.file} p.{question.page} {question.facts or question.items}\n"
    if one.answer is None:
        return f"{question.id} {found.outcome}\n    Q {question.question}\n    A {one.error}\n"
    shown = " / ".join(sentence.text for sentence in one.answer.sentences)[:300]
    return (
        f"{question.id} {question.kind} {found.outcome} rank={found.rank} facts={found.facts} "
        f"items={found.items} abst={found.abstained} conf={one.answer.confidence:.2f}\n"
        f"    Q {question.question}\n{gold}    A {shown}\n"
    )


if __name__ == "__main__":
    main()
