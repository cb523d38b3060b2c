"""Measure of drafted fiches: `python -m eval.fiches [--index DIR] [--details]`.

Each line of `questions/fiches.jsonl` is the title of a use case with our own reading of its axis
and functions of AI. Drafting is measured besides: share of fields filled, proofs that verify,
seconds. Whether a statement speaks of the use case is for a reader to judge (`--details` prints
them).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.egress import install, quiet_environment
from eval.sets import FOLDER, Split, add_split, chosen_split

if TYPE_CHECKING:
    from assistant.fiches.model import Choice, Fiche


class Title(BaseModel):
    """A title, its axis and its functions of AI, by the codes of the grid that is shipped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str = Field(min_length=3)
    axis: str
    functions: tuple[str, ...] = Field(min_length=1)
    split: Split


def load(split: Split, path: Path = FOLDER / "fiches.jsonl") -> list[Title]:
    """Titles of one half of the set.

    Raises:
        ValueError: a line is not valid, or an identifier comes twice.
    """
    found: dict[str, Title] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            title = Title.model_validate_json(line)
        except ValidationError as error:
            raise ValueError(f"{path.name}, ligne {number} : {error}") from error
        if title.id in found:
            raise ValueError(f"{path.name}, ligne {number} : {title.id} en double")
        found[title.id] = title
    return [one for one in found.values() if one.split == split]


def main() -> None:
    """Draft every title, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_split(parser)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--titles", nargs="*", help="draft these titles instead; no gold")
    parser.add_argument("--today", type=date.fromisoformat, default=date.today())
    parser.add_argument("--details", action="store_true", help="every statement on stderr")
    arguments = parser.parse_args()
    quiet_environment()
    install()

    from assistant.engine import Assistant
    from assistant.fiches.drafting import draft_fiche
    from assistant.fiches.method import load_method
    from assistant.fiches.model import Request
    from assistant.settings import load_settings

    settings = load_settings()
    if arguments.index:
        settings = settings.model_copy(update={"index_dir": arguments.index.resolve()})
    assistant, method = Assistant.open(settings), load_method()
    assistant.warm_up()
    titles: Sequence[Title | str] = arguments.titles or load(
        chosen_split(arguments, "fiches", by="eval.fiches")
    )
    drafted: list[tuple[Title | str, Fiche]] = []
    spent: list[tuple[float, float]] = []
    for title in titles:
        started, cpu = time.perf_counter(), time.process_time()
        name = title if isinstance(title, str) else title.title
        fiche = draft_fiche(Request(title=name), method, assistant, today=arguments.today)
        spent.append((time.perf_counter() - started, time.process_time() - cpu))
        drafted.append((title, fiche))
        if arguments.details:
            print(described(fiche), file=sys.stderr)
    print(json.dumps(figures(drafted, spent, assistant), ensure_ascii=False, indent=1))


def figures(
    drafted: Sequence[tuple[Title | str, Fiche]],
    spent: Sequence[tuple[float, float]],
    engine: Any,
) -> dict[str, object]:
    """Sums over the fiches; `spent` is (seconds, CPU seconds) for each."""
    statuses = Counter(one.status for _, fiche in drafted for one in fiche.fields)
    said = [one for _, fiche in drafted for one in _citations(fiche)]
    total = sum(statuses.values())
    report: dict[str, object] = {
        "titles": len(drafted),
        "statuses": {name: round(count / total, 3) for name, count in sorted(statuses.items())},
        "citations": len(said),
        "citations_verified": sum(
            engine.page(document, page).text[start:end] == quote
            for document, page, start, end, quote in said
        ),
        "seconds_max": round(max(seconds for seconds, _ in spent), 2),
        "cpu_first": round(spent[0][1], 2),
        "cpu_mean": round(sum(cpu for _, cpu in spent) / len(spent), 2),
    }
    gold = [(title, fiche) for title, fiche in drafted if isinstance(title, Title)]
    if gold:
        report |= _classified(gold)
    return report


def _citations(fiche: Fiche) -> list[tuple[str, int, int, int, str]]:
    found = [
        citation
        for one in fiche.fields
        for source in (
            *one.statements,
            *one.windows,
            *(said for score in one.scores for said in score.statements),
        )
        for citation in source.citations
    ]
    return [(one.document_id, one.page, one.start, one.end, one.quote) for one in found]


def _of_kind(fiche: Fiche, key: str) -> list[Choice]:
    return fiche.field(key).choices


def _classified(gold: Sequence[tuple[Title, Fiche]]) -> dict[str, object]:
    first = second = right = kept = wanted = 0
    wrong: list[str] = []
    for title, fiche in gold:
        axes = [one.code for one in _of_kind(fiche, "axe")]
        chosen = {one.code for one in _of_kind(fiche, "fonctions") if one.chosen}
        first += axes[:1] == [title.axis]
        second += title.axis in axes[:2]
        right += len(chosen & set(title.functions))
        kept += len(chosen)
        wanted += len(title.functions)
        if axes[:1] != [title.axis] or chosen != set(title.functions):
            wrong.append(f"{title.title} : {axes[:2]} {sorted(chosen)}")
    return {
        "axis_at_1": round(first / len(gold), 3),
        "axis_at_2": round(second / len(gold), 3),
        "functions_f1": round(2 * right / max(1, kept + wanted), 3),
        "differences": wrong,
    }


def described(fiche: Fiche) -> str:
    """A fiche as lines that one reads to judge it."""
    lines = [f"\n##### {fiche.request.title}"]
    for one in fiche.fields:
        lines.append(f"[{one.status}] {one.label}")
        lines += [
            f"    {choice.code} {choice.share:.2f} {choice.words} {choice.origin}"
            for choice in one.choices
            if choice.chosen
        ]
        said = [*one.statements, *(item for score in one.scores for item in score.statements)]
        for item in said:
            places = ", ".join(f"{c.file[:12]} p. {c.page}" for c in item.citations)
            lines.append(f"    - ({item.scope}) {item.text} [{places}] {item.remark or ''}")
        lines += [
            f"    > ({window.scope}) {window.title} | {window.amount} | {window.per_project} | "
            f"{window.rate} | {window.deadline} {window.state} | {window.remark or ''}"
            for window in one.windows
        ]
    return "\n".join([*lines, *(f"note : {note}" for note in fiche.notes)])


if __name__ == "__main__":
    main()
