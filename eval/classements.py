"""Figures of rankings, question by question, computed by ir-measures.

ir-measures calls trec_eval (through pytrec_eval) and the MS MARCO script: the definitions are
those of published results. nDCG uses the relevance itself as gain (Järvelin and Kekäläinen,
2002, as trec_eval computes it); Recall@k is the share of the relevant documents in the first
k; MRR@10 is the inverse of the rank of the first relevant document, 0 beyond the tenth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import AssistantError
from eval.beir import strictly_decreasing

MEASURES = {
    "nDCG@10": "nDCG@10",
    "MRR@10": "RR@10",
    "R@1": "R@1",
    "R@5": "R@5",
    "R@10": "R@10",
    "R@100": "R@100",
}
"""Name shown → name given to ir-measures."""

MAIN = "nDCG@10"
"""The figure that stages are compared on."""

Rankings = Mapping[str, Sequence[tuple[str, float]]]
"""Documents with their score, best first, by question."""


def require_measures() -> Any:
    """The ir-measures library, which some machines have to compile.

    Raises:
        AssistantError: it is not installed.
    """
    try:
        import ir_measures
    except ImportError as error:
        raise AssistantError(
            "La bibliothèque ir-measures, qui calcule les mesures, n'est pas installée.",
            'Avec un compilateur C, lancez\u00a0: .venv/bin/pip install "ir-measures<0.5".',
        ) from error
    return ir_measures


def gains(
    qrels: Mapping[str, Mapping[str, int]],
    rankings: Rankings,
    measures: Mapping[str, str] = MEASURES,
) -> dict[str, npt.NDArray[np.float64]]:
    """Every measure for every question.

    Args:
        qrels: relevance by document, by question; each has a relevant document.
        rankings: their order counts, not their scores. A question without ranking has 0.
        measures: name shown → name given to ir-measures.

    Returns:
        By measure, one value a question, in the order of `qrels`.
    """
    ir_measures = require_measures()
    run = {
        query: dict(
            zip(
                (document for document, _ in rankings[query]),
                strictly_decreasing([score for _, score in rankings[query]]),
                strict=True,
            )
        )
        for query in qrels
        if rankings.get(query)
    }
    at = {query: row for row, query in enumerate(qrels)}
    parsed = {ir_measures.parse_measure(given): name for name, given in measures.items()}
    values = {name: np.zeros(len(qrels)) for name in measures}
    judged = {query: dict(documents) for query, documents in qrels.items()}
    for metric in ir_measures.iter_calc(list(parsed), judged, run):
        values[parsed[metric.measure]][at[metric.query_id]] = metric.value
    return values
