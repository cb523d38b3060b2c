"""The report of a run: one page to read, and the files to compute everything again.

`write_report` is a pure function of what it is given: the same run gives the same files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.records import Asked, Comparison, Figures, GateResult, Run
from eval.report.content import Content, gather
from eval.report.images import PageImage, Pictures, pictures

__all__ = ["FILES", "PageImage", "write_report"]

FILES = (
    "rapport.html",
    "rapport.md",
    "rapport.json",
    "questions.jsonl",
    "jeu.qrels",
    "jeu.run",
)
"""Files of a report, in the order in which they are written."""

FORMAT = 1
"""Version of the schema of `rapport.json` (see `docs/evaluation.md`)."""


def write_report(
    folder: Path,
    *,
    run: Run,
    asked: Sequence[Asked],
    figures: Figures,
    comparison: Comparison | None = None,
    gate: GateResult | None = None,
    page_image: PageImage | None = None,
    readings: Sequence[Mapping[str, Any]] = (),
    every_image: bool = False,
) -> list[Path]:
    """Write every file of the report of a run.

    Args:
        folder: made when it does not exist; files of the same names are replaced, one by one.
        run: the run, with its conditions.
        asked: its questions, in the order of the set.
        figures: its figures.
        comparison: with another run.
        gate: thresholds, and whether they hold.
        page_image: gives the image of a page; what it raises means that there is none.
        readings: readings of the test half so far, as `eval.sets.readings` gives them.
        every_image: whether right answers show their pages too.

    Returns:
        The files written, in the order of `FILES`.

    Raises:
        OSError: the folder cannot be written.
    """
    from eval.ranking import trec_qrels, trec_run
    from eval.report.markdown import markdown
    from eval.report.page import page

    content = gather(run, asked, figures, comparison, gate, readings)
    shown = pictures(content, page_image, every=every_image)
    texts = {
        "rapport.html": page(content, shown),
        "rapport.md": markdown(content),
        "rapport.json": json.dumps(_machine(content, shown), ensure_ascii=False, indent=1) + "\n",
        "questions.jsonl": "".join(f"{one.model_dump_json()}\n" for one in asked),
        "jeu.qrels": trec_qrels(asked),
        "jeu.run": trec_run(asked),
    }
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / name, texts[name]) for name in FILES]


def _write(path: Path, text: str) -> Path:
    """Replace a file at once: a reader never sees half of one."""
    part = path.with_name(f".{path.name}.part")
    # A lone surrogate, in an answer or in a file name, must not lose the report.
    part.write_bytes(text.encode("utf-8", errors="replace"))
    part.replace(path)
    return path


def _machine(content: Content, shown: Pictures) -> dict[str, Any]:
    """The report for programs: figures, verdicts, conditions, comparison, gate."""
    return {
        "format": FORMAT,
        "run": content.run.model_dump(mode="json"),
        "gate": content.gate.model_dump(mode="json") if content.gate else None,
        "warnings": content.warnings(),
        "figures": content.figures.model_dump(mode="json"),
        "outcomes": content.outcomes,
        "comparison": content.comparison.model_dump(mode="json") if content.comparison else None,
        "questions": [
            {
                "id": one.asked.question.id,
                "kind": one.asked.question.kind,
                "file": one.asked.question.file,
                "page": one.asked.question.page,
                "outcome": one.verdict.outcome,
                "right": one.right,
                "remarks": one.remarks(),
                "rank": one.verdict.rank,
                "ranked": one.verdict.ranked,
                "abstained": one.verdict.abstained,
                "facts": one.verdict.facts,
                "items": one.verdict.items,
                "missing": list(one.verdict.missing),
                "page_accuracy": one.verdict.page_accuracy,
                "citation_precision": one.verdict.citation_precision,
                "citation_recall": one.verdict.citation_recall,
                "unverified": one.verdict.unverified,
                "wall_ms": one.asked.wall_ms,
                "anchor": one.anchor,
            }
            for one in content.entries
        ],
        "readings_of_test_half": [dict(one) for one in content.readings],
        "pictures": {"missing": shown.missing, "over_budget": shown.over},
        "limits": content.limits(),
    }
