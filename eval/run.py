"""Run a question set: `python -m eval.run demo --split test [--index DIR] [--details]`."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from functools import lru_cache
from pathlib import Path

from assistant.egress import install, quiet_environment


def main() -> None:
    """Read the arguments, run the set, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="question set, without .jsonl")
    parser.add_argument("--split", choices=("dev", "test"), required=True)
    parser.add_argument("--index", type=Path)
    parser.add_argument(
        "--files", help="keep questions on files whose name holds one of these, a|b"
    )
    parser.add_argument("--details", action="store_true", help="one line per question on stderr")
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
    from eval import citations
    from eval.metrics import judge, summary
    from eval.sets import load

    settings = load_settings()
    if arguments.index:
        settings = settings.model_copy(update={"index_dir": arguments.index.resolve()})
    assistant = Assistant.open(settings)
    assistant.warm_up()

    @lru_cache(maxsize=256)
    def page_text(document_id: str, page: int) -> str:
        return assistant.page(document_id, page).text

    questions = load(arguments.name, arguments.split)
    if arguments.files:
        wanted = arguments.files.split("|")
        questions = [
            q for q in questions if q.file is None or any(name in q.file for name in wanted)
        ]
    verdicts, times, cited, plainly = [], [], [], []
    for question in questions:
        started = time.perf_counter()
        answer = assistant.ask(question.question, mode=arguments.mode)
        times.append((time.perf_counter() - started) * 1000)
        verdict = judge(question, answer, page_text)
        verdicts.append(verdict)
        cited.append(citations.measure(answer, citations.checked))
        plainly.append(citations.measure(answer, citations.plain))
        if arguments.details:
            shown = " / ".join(sentence.text for sentence in answer.sentences)[:300]
            sys.stderr.write(
                f"{question.id} {question.kind} rank={verdict.rank} facts={verdict.facts} "
                f"items={verdict.items} abst={verdict.abstained} conf={answer.confidence:.2f}\n"
                f"    Q {question.question}\n    G {question.file} p.{question.page} "
                f"{question.facts or question.items}\n    A {shown}\n"
            )
    kinds = sorted({question.kind for question in questions})
    result = {
        **summary(verdicts),
        **citations.summary(cited),
        "citation_plain": citations.summary(plainly),
        "latency_ms": {
            "p50": round(statistics.median(times), 1),
            "p95": round(statistics.quantiles(times, n=20)[-1], 1),
        },
        "by_kind": {
            kind: summary([v for v in verdicts if v.question.kind == kind]) for kind in kinds
        },
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
