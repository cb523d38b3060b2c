"""What retrieval loses when a question is typed badly: `python -m eval.robustesse reel`.

Every question is typed again without accents, in capitals, in small letters, without
apostrophes nor hyphens, and with one typing error (several draws); each stage is judged on
each writing. The relative loss is that of the mean, against the question as it was written.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.egress import install, quiet_environment
from eval.perturbations import (
    glued_joints,
    lower_case,
    one_typo,
    upper_case,
    upper_case_without_accents,
    without_accents,
    without_joints,
)

if TYPE_CHECKING:
    from assistant.retrieval.search import PassageSearch

STAGES = ("lexical", "dense", "fused", "reranked")
_PLAIN: dict[str, Callable[[str], str]] = {
    "sans accents": without_accents,
    "capitales": upper_case,
    "capitales sans accents": upper_case_without_accents,
    "minuscules": lower_case,
    "sans ’ ni -": without_joints,
    "’ et - collés": glued_joints,
}

Page = tuple[str, int]
"""A page: what names its document, and its number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the pages that answer it, with their gain."""

    text: str
    gains: Mapping[Page, float]


def writings(text: str, seeds: int) -> dict[str, list[str]]:
    """The writings of a question under each perturbation; typing errors have several."""
    made = {name: [change(text)] for name, change in _PLAIN.items()}
    made["une faute"] = [one_typo(text, seed) for seed in range(seeds)]
    made["faute dans un sigle"] = [one_typo(text, seed, "sigle") for seed in range(seeds)]
    return made


def figures(ranked: Sequence[Page], gains: Mapping[Page, float]) -> tuple[float, float, float]:
    """nDCG@10 (Järvelin and Kekäläinen, linear gains), page@1 and page@5 of one ranking."""
    found = sum(gains.get(page, 0.0) / math.log2(at + 2) for at, page in enumerate(ranked[:10]))
    best = sum(
        gain / math.log2(at + 2)
        for at, gain in enumerate(sorted(gains.values(), reverse=True)[:10])
    )
    return (
        found / best if best else 0.0,
        float(bool(ranked) and ranked[0] in gains),
        float(any(page in gains for page in ranked[:5])),
    )


def rank(
    search: PassageSearch, question: str, names: Sequence[str], units: Sequence[Page]
) -> dict[str, list[Page]]:
    """Pages found by each stage, best first, each once.

    Args:
        search: what is judged.
        question: as typed.
        names: stages wanted, among `STAGES`.
        units: page of each unit that `stage_scores` scores.
    """
    query = search.parser.parse(question)
    found: dict[str, list[Page]] = {}
    stages = search.stage_scores(query)
    for name in names:
        if name == "reranked":
            hits = search.search(query, limit=40)
            pages = [(hit.document.file, hit.span.page) for hit in hits]
        else:
            scores = stages[name]
            order = np.argsort(-scores, kind="stable")[:60]
            pages = [units[row] for row in order if scores[row] > scores.min()]
        found[name] = list(dict.fromkeys(pages))
    return found


def measure(
    search: PassageSearch,
    asked: Sequence[Asked],
    units: Sequence[Page],
    *,
    seeds: int = 3,
    names: Sequence[str] = STAGES,
    details: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Figures of every stage under every perturbation.

    Returns:
        perturbation → `questions` it changes, and per stage nDCG@10, page@1, page@5, and
        `loss`: what is lost of the nDCG of those very questions, in per cent.
    """
    clean: dict[int, dict[str, tuple[float, float, float]]] = {}
    gathered: dict[str, dict[str, list[tuple[int, tuple[float, float, float]]]]] = {}
    mended = 0
    for number, question in enumerate(asked):
        pages = rank(search, question.text, names, units)
        clean[number] = {name: figures(pages[name], question.gains) for name in names}
        corrections = search.parser.parse(question.text).corrections
        mended += bool(corrections)
        if corrections and details:
            details(f"clean question changed: {question.text} {corrections}")
        for kind, texts in writings(question.text, seeds).items():
            for text in texts:
                if kind == "faute dans un sigle" and text == question.text:
                    continue
                pages = rank(search, text, names, units)
                for name in names:
                    row = number, figures(pages[name], question.gains)
                    gathered.setdefault(kind, {}).setdefault(name, []).append(row)
                    gap = clean[number][name][0] - row[1][0]
                    if details and name == names[-1] and gap > 0.3:
                        corrected = search.parser.parse(text).corrections
                        details(f"{kind}: -{gap:.2f} {text} {corrected}")
    result: dict[str, Any] = {
        "questions": len(asked),
        "clean_questions_corrected": mended,
        "intactes": {
            name: _means([figure[name] for figure in clean.values()], None) for name in names
        },
    }
    for kind, stages in gathered.items():
        result[kind] = {
            name: _means([row for _, row in rows], [clean[number][name] for number, _ in rows])
            for name, rows in stages.items()
        }
        result[kind]["questions"] = len({number for number, _ in stages[names[0]]})
    return result


def _means(
    rows: Sequence[tuple[float, float, float]],
    before: Sequence[tuple[float, float, float]] | None,
) -> dict[str, float]:
    ndcg, first, fifth = (statistics.fmean(column) for column in zip(*rows, strict=True))
    means = {"ndcg@10": round(ndcg, 4), "page@1": round(first, 4), "page@5": round(fifth, 4)}
    if before is not None:
        intact = statistics.fmean(row[0] for row in before)
        means["loss"] = round(100 * (1 - ndcg / intact), 2) if intact else 0.0
    return means


def table(result: Mapping[str, Any]) -> str:
    """The figures as a table: nDCG@10 (loss), then page@1 and page@5 of the last stage."""
    lines = [f"{'':24}" + "".join(f"{name:>18}" for name in STAGES) + "   page@1 page@5"]
    for kind, stages in result.items():
        if not isinstance(stages, dict) or STAGES[0] not in stages:
            continue
        cells = "".join(
            f"{stages[name]['ndcg@10']:>10.4f}"
            + (f" {stages[name]['loss']:>5.1f} %" if "loss" in stages[name] else " " * 8)
            for name in STAGES
        )
        last = stages[STAGES[-1]]
        lines.append(f"{kind:24}{cells}{last['page@1']:>9.3f}{last['page@5']:>7.3f}")
    return "\n".join(lines)


class Remembering:
    """An embedding model that never embeds the same question twice."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._known: dict[str, Any] = {}

    def embed_queries(self, texts: Sequence[str]) -> list[Any]:
        """Vectors of wordings of a question."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= zip(new, self._model.embed_queries(new), strict=True)
        return [self._known[text] for text in texts]


def units_of(search: PassageSearch, generation: Any, files: Mapping[str, str]) -> list[Page]:
    """Page of each unit, in the order of `stage_scores`."""
    windows = generation.windows
    rows = search.stage_scores(search.parser.parse(""))["window"]
    return [
        (files[generation.passage_documents[windows.passage[row]]], int(windows.page[row]))
        for row in rows
    ]


def main() -> None:
    """Read the arguments, run the set, print the table, or the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="question set, without .jsonl")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--files", help="keep questions on files whose name holds one of a|b")
    parser.add_argument("--seeds", type=int, default=3, help="typing errors drawn a question")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--details", action="store_true", help="questions that lose, on stderr")
    arguments = parser.parse_args()
    quiet_environment()
    install()

    from assistant.index import generations
    from assistant.index.catalogue import Catalogue
    from assistant.index.embedding import open_embedding
    from assistant.retrieval.search import PassageSearch
    from assistant.settings import load_settings
    from eval.sets import load

    generation = generations.load(arguments.index)
    catalogue = Catalogue(arguments.index / "catalogue.sqlite")
    model = Remembering(open_embedding(load_settings().embedding_model))
    search = PassageSearch(generation, catalogue, model)
    files = {key: document.file for key, document in catalogue.documents().items()}
    units = units_of(search, generation, files)
    pages = set(units)
    asked = []
    for question in load(arguments.name, "dev"):
        wanted = arguments.files.split("|") if arguments.files else [""]
        # A follow-up has no meaning alone.
        if (
            question.file is None
            or question.history
            or not any(name in question.file for name in wanted)
        ):
            continue
        gains = {page: 1.0 for page in pages if question.is_gold(*page)}
        if gains:
            asked.append(Asked(question.question, gains))
    started = time.process_time()
    result = measure(
        search,
        asked,
        units,
        seeds=arguments.seeds,
        details=(lambda line: print(line, file=sys.stderr)) if arguments.details else None,
    )
    result["cpu_seconds"] = round(time.process_time() - started, 1)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        print(table(result))
        print(f"{result['questions']} questions, {result['cpu_seconds']} s CPU")
        print(f"questions intactes corrigées : {result['clean_questions_corrected']}")


if __name__ == "__main__":
    main()
