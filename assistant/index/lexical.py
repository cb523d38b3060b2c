"""French BM25 over two fields: the passage itself, and where it stands.

bm25s holds the scores in sparse matrices, loaded once; the analyser is ours. Titles and
section paths form a second field with its own weight, because a question often names the
section rather than the sentence (« objectifs de l'axe 2 »).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

FIELDS = ("body", "context")


class LexicalIndex:
    """BM25 scores of every passage for analysed query terms."""

    def __init__(self, fields: dict[str, Any], size: int) -> None:
        self._fields = fields
        self._size = size
        self._frequencies = {name: _frequencies(index) for name, index in fields.items()}

    @classmethod
    def build(cls, bodies: Sequence[list[str]], contexts: Sequence[list[str]]) -> LexicalIndex:
        """Index analysed terms, one list per passage and per field."""
        bm25s = _bm25s()

        fields = {}
        for name, terms in zip(FIELDS, (bodies, contexts), strict=True):
            # bm25s cannot index a corpus without any term; a blank term keeps the shapes.
            corpus = [list(words) or ["\u0000"] for words in terms] or [["\u0000"]]
            index = bm25s.BM25(k1=1.2, b=0.6 if name == "body" else 0.3)
            index.index(corpus, show_progress=False)
            fields[name] = index
        return cls(fields, len(bodies))

    def save(self, folder: Path) -> None:
        """Write the fields under `folder`."""
        for name, index in self._fields.items():
            index.save(str(folder / f"lexical-{name}"), show_progress=False)

    @classmethod
    def load(cls, folder: Path, size: int) -> LexicalIndex:
        """Open the fields written by `save`, memory-mapped."""
        bm25s = _bm25s()

        return cls(
            {name: bm25s.BM25.load(str(folder / f"lexical-{name}"), mmap=True) for name in FIELDS},
            size,
        )

    def scores(self, terms: Mapping[str, float], field: str = "body") -> Scores:
        """Weighted sum of the BM25 scores of `terms` for every passage.

        Args:
            terms: analysed terms with their weight.
            field: one of `FIELDS`.

        Returns:
            float32 array of shape (passages,).
        """
        index = self._fields[field]
        total = np.zeros(self._size, dtype=np.float32)
        data, rows, starts = (index.scores[name] for name in ("data", "indices", "indptr"))
        for term, weight in terms.items():
            column = index.vocab_dict.get(term)
            if column is not None and self._size:
                here = slice(int(starts[column]), int(starts[column + 1]))
                total[rows[here]] += weight * data[here]
        return total

    def document_frequency(self, term: str) -> int:
        """Number of passages whose body or context holds the term (upper bound)."""
        return max(
            int(frequencies[self._fields[name].vocab_dict[term]])
            if term in self._fields[name].vocab_dict
            else 0
            for name, frequencies in self._frequencies.items()
        )

    def idf(self, term: str) -> float:
        """Inverse document frequency, ln(1 + (N - df + 0.5) / (df + 0.5)) (Robertson, Lucene)."""
        frequency = self.document_frequency(term)
        return math.log(1 + (max(self._size - frequency, 0) + 0.5) / (frequency + 0.5))

    def vocabulary(self) -> dict[str, int]:
        """Every known term with the number of passages that hold it."""
        merged: dict[str, int] = {}
        for name, frequencies in self._frequencies.items():
            for term, position in self._fields[name].vocab_dict.items():
                if term and term != "\u0000" and position < len(frequencies):
                    merged[term] = max(merged.get(term, 0), int(frequencies[position]))
        return merged


def _bm25s() -> Any:
    """Import bm25s without its debug messages, which it turns on when imported."""
    import logging

    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s


def _frequencies(index: Any) -> npt.NDArray[np.int64]:
    """Document frequencies: column lengths of the sparse score matrix."""
    starts: npt.NDArray[np.int64] = np.asarray(index.scores["indptr"]).astype(np.int64)
    return starts[1:] - starts[:-1]
