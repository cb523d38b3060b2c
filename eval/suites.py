"""Measure the rewriting of follow-ups: `python -m eval.suites [demo] [--index DIR]`.

The right page first, and among five, for follow-ups as typed, rewritten, and asked as a person
would ask them alone; then the share of questions that stand alone but are rewritten all the same,
when every development question of the other sets is put after another in random order.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.generation.followup import Turn, rewrite
from eval.intervalles import intervals
from eval.sets import Question, load

if TYPE_CHECKING:
    from assistant.engine import Assistant

DEPTHS = (1, 5)
"""Pages looked at: the first one, and those a reader sees."""

ORDERS = 5
"""Random orders in which standalone questions follow each other."""


SETS = ("demo", "reel")
"""Sets that hold follow-ups."""


def load_suites(name: str) -> list[Question]:
    """Follow-ups of the development half of a set."""
    return [one for one in load(name, "dev") if one.history]


def found(question: Question, places: Sequence[tuple[str, int]]) -> bool:
    """Whether a page that answers is among these."""
    return any(question.is_gold(*place) for place in places)


def false_rewritings(questions: Sequence[str], *, seed: int = 0) -> set[str]:
    """Questions that stand alone and are rewritten in one of `ORDERS` random orders."""
    wrong: set[str] = set()
    for order in range(ORDERS):
        shuffled = list(questions)
        random.Random(seed + order).shuffle(shuffled)  # noqa: S311 - no secret
        history: list[Turn] = []
        for question in shuffled:
            made = rewrite(question, history[-8:])
            if made.changed:
                wrong.add(question)
            history.append(Turn(question, made.text if made.changed else None))
    return wrong


def main() -> None:
    """Read the arguments, run the set, print the figures as JSON."""
    from assistant.egress import install, quiet_environment

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=SETS, default="demo", nargs="?", help="question set")
    parser.add_argument("--index", type=Path)
    parser.add_argument("--details", action="store_true", help="one line a follow-up on stderr")
    arguments = parser.parse_args()
    quiet_environment()
    install()

    from assistant.engine import Assistant
    from assistant.settings import load_settings

    settings = load_settings()
    if arguments.index:
        settings = settings.model_copy(update={"index_dir": arguments.index.resolve()})
    assistant = Assistant.open(settings)
    suites = load_suites(arguments.name)
    scores: dict[tuple[str, int], list[float]] = {
        (name, depth): [] for depth in DEPTHS for name in ("raw", "rewritten", "standalone")
    }
    for suite in suites:
        history: list[Turn] = []
        for question in suite.history:
            made = rewrite(question, history)
            answer = assistant.ask(made.text)
            history.append(Turn(question, made.text if made.changed else None, answer))
        made = rewrite(suite.question, history)
        asked = {
            "raw": suite.question,
            "rewritten": made.text,
            "standalone": suite.standalone,
        }
        for name, text in asked.items():
            places = _places(assistant, text)
            for depth in DEPTHS:
                scores[name, depth].append(float(found(suite, places[:depth])))
        if arguments.details:
            marks = " ".join(
                f"{key[0]}@{key[1]}={values[-1]:.0f}" for key, values in scores.items()
            )
            sys.stderr.write(f"{suite.id} {marks} « {suite.question} » → « {made.text} »\n")
    standalone = [q.question for name in SETS for q in load(name, "dev") if not q.history]
    wrong = false_rewritings(standalone)
    result = {
        "suites": len(suites),
        "page": {
            f"{name}@{depth}": interval.as_dict()
            for (name, depth), interval in intervals(
                {key: np.asarray(values) for key, values in scores.items()}, seed=0
            ).items()
        },
        "standalone_questions": len(standalone),
        "false_rewritings": round(len(wrong) / len(standalone), 4),
        "rewritten_wrongly": sorted(wrong),
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


def _places(assistant: Assistant, question: str) -> list[tuple[str, int]]:
    from assistant.errors import InvalidQuestionError

    try:
        answer = assistant.ask(question)
    except InvalidQuestionError:  # « Pourquoi ? » holds nothing to search
        return []
    return [(source.file, source.page) for source in answer.sources]


if __name__ == "__main__":
    main()
