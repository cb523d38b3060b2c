"""Rankings of pages as TREC files, and their figures by trec_eval's definitions.

A page is a document named `FILE#pNUMBER`. All gold pages of a question are relevant alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from eval.beir import strictly_decreasing
from eval.classements import gains
from eval.records import Asked

MEASURES = {
    "recall@1": "R@1",
    "recall@3": "R@3",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "recall@20": "R@20",
    "mrr@10": "RR@10",
    "ndcg@10": "nDCG@10",
}
"""Name of a figure → name given to ir-measures."""


def document(file: str, page: int) -> str:
    """Name of a page in TREC files, without a space."""
    return f"{quote(file, safe='éèêëàâäîïôöùûüçœÉÈÊÀÂÎÔÛÇŒ’')}#p{page}"


def ranking_figures(asked: Sequence[Asked]) -> dict[str, npt.NDArray[np.float64]]:
    """Every measure for every question that has a gold page, in order; 0 for a failure."""
    qrels = {
        one.question.id: {document(gold.file, gold.page): 1 for gold in one.question.gold}
        for one in asked
        if one.question.answerable
    }
    if not qrels:
        return {name: np.zeros(0) for name in MEASURES}
    rankings = {
        one.question.id: [(document(page.file, page.page), page.score) for page in one.ranking]
        for one in asked
        if one.error is None
    }
    return gains(qrels, rankings, MEASURES)


def trec_qrels(asked: Sequence[Asked]) -> str:
    """The gold pages, as trec_eval reads them."""
    return "".join(
        f"{_identifier(one)} 0 {document(gold.file, gold.page)} 1\n"
        for one in asked
        for gold in one.question.gold
    )


def trec_run(asked: Sequence[Asked], tag: str = "assistant") -> str:
    """The rankings, as trec_eval reads them: scores strictly decreasing, for it sorts again."""
    lines = []
    for one in asked:
        if one.error is not None:
            continue
        scores = strictly_decreasing([page.score for page in one.ranking])
        lines += [
            f"{_identifier(one)} Q0 {document(page.file, page.page)} {rank} {score!r} {tag}\n"
            for rank, (page, score) in enumerate(zip(one.ranking, scores, strict=True), start=1)
        ]
    return "".join(lines)


def _identifier(one: Asked) -> str:
    return quote(one.question.id, safe="")
