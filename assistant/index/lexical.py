"""French BM25 over two fields: the passage itself, and where it stands.

As in bm25s, scores are computed once, when an index is built; they are then sparse columns, one
a term, that are memory-mapped and only added up. Titles and section paths form a second field
with its own weight, because a question often names the section rather than the sentence
(« objectifs de l'axe 2 »). Both fields share one vocabulary.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.language.forms import WordForms, load_forms

Scores = npt.NDArray[np.float32]

FIELDS = ("body", "context")
_BLANK = "\u0000"
"""Stands in an empty field: every passage then has a length."""
_TERMS = "lexical-terms.json"
_K1 = 1.2
_BLOCK = 1 << 14
"""Texts counted at once."""
_FORMS = "lexical-forms.txt"


@dataclass(frozen=True, slots=True)
class _Field:
    """BM25 scores by term: those of term `t` are `data[begin[t]:end[t]]`, at `rows[…]`."""

    data: npt.NDArray[np.float32]
    rows: npt.NDArray[np.int32]
    begin: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]


class Frequencies(Mapping[str, int]):
    """Every known term with the number of passages that hold it; a view, nothing is copied."""

    def __init__(self, columns: Mapping[str, int], counts: npt.NDArray[np.int64]) -> None:
        self._columns = columns
        self._counts = counts

    def __getitem__(self, term: str) -> int:
        if term == _BLANK:
            raise KeyError(term)
        return int(self._counts[self._columns[term]])

    def __contains__(self, term: object) -> bool:
        return term in self._columns and term != _BLANK

    def __iter__(self) -> Iterator[str]:
        return (term for term in self._columns if term != _BLANK)

    def __len__(self) -> int:
        return len(self._columns) - (_BLANK in self._columns)


class LexicalIndex:
    """BM25 scores of every passage for analysed query terms."""

    def __init__(
        self,
        columns: Mapping[str, int],
        fields: Mapping[str, _Field],
        size: int,
        forms: WordForms | None = None,
    ) -> None:
        """Hold what `build` or `load` made; `forms` are the words of the corpus as written."""
        self.forms = forms
        self._columns = columns
        self._fields = fields
        self._size = size
        self._counts = np.max([field.end - field.begin for field in fields.values()], axis=0)

    @classmethod
    def build(
        cls,
        bodies: Iterable[Sequence[str]],
        contexts: Iterable[Sequence[str]],
        forms: WordForms | None = None,
    ) -> LexicalIndex:
        """Index analysed terms, one list per passage and per field; each is read once."""
        columns: dict[str, int] = {_BLANK: 0}
        coded = {
            name: _Coded(terms, columns)
            for name, terms in zip(FIELDS, (bodies, contexts), strict=True)
        }
        fields = {
            name: _build(texts, len(columns), b=0.6 if name == "body" else 0.3)
            for name, texts in coded.items()
        }
        return cls(columns, fields, len(coded["body"].lengths), forms)

    def save(self, folder: Path) -> None:
        """Write the vocabulary and the fields in `folder`."""
        (folder / _TERMS).write_text(json.dumps(list(self._columns)), encoding="ascii")
        if self.forms is not None:
            (folder / _FORMS).write_bytes(self.forms.dump())
        for name, field in self._fields.items():
            starts = np.append(field.begin, field.end[-1:])
            for part, values in (("data", field.data), ("rows", field.rows), ("starts", starts)):
                np.save(folder / f"lexical-{name}-{part}.npy", values)

    @classmethod
    def load(cls, folder: Path, size: int) -> LexicalIndex:
        """Open the fields written by `save`, memory-mapped.

        Raises:
            OSError, ValueError: a file is absent or unreadable.
        """
        terms = json.loads((folder / _TERMS).read_text(encoding="ascii"))
        fields = {}
        for name in FIELDS:
            starts = np.load(folder / f"lexical-{name}-starts.npy")
            fields[name] = _Field(
                _mapped(folder / f"lexical-{name}-data.npy"),
                _mapped(folder / f"lexical-{name}-rows.npy"),
                starts[:-1],
                starts[1:],
            )
        columns = {term: column for column, term in enumerate(terms)}
        return cls(columns, fields, size, load_forms(folder / _FORMS))

    @classmethod
    def load_bm25s(cls, folder: Path, size: int) -> LexicalIndex:
        """Open the fields of a generation of format 1, which bm25s wrote, one vocabulary each.

        Raises:
            OSError, ValueError: a file is absent or unreadable.
        """
        words = {
            name: json.loads((folder / f"lexical-{name}" / "vocab.index.json").read_bytes())
            for name in FIELDS
        }
        columns: dict[str, int] = {_BLANK: 0}
        for vocabulary in words.values():
            for term in vocabulary:
                if term:  # bm25s adds an empty term, which no passage holds
                    columns.setdefault(term, len(columns))
        fields = {}
        for name, vocabulary in words.items():
            place = folder / f"lexical-{name}"
            starts = np.load(place / "indptr.csc.index.npy").astype(np.int64)
            begin, end = np.zeros((2, len(columns)), dtype=np.int64)
            for term, old in vocabulary.items():
                if term:
                    begin[columns[term]], end[columns[term]] = starts[old], starts[old + 1]
            fields[name] = _Field(
                _mapped(place / "data.csc.index.npy"),
                _mapped(place / "indices.csc.index.npy"),
                begin,
                end,
            )
        return cls(columns, fields, size)

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
        for term, weight in terms.items():
            column = self._columns.get(term)
            if column is not None and self._size:
                here = slice(int(index.begin[column]), int(index.end[column]))
                # A passage stands once in a column, so that no addition is lost.
                total[index.rows[here]] += weight * index.data[here]
        return total

    def rows(self, term: str) -> npt.NDArray[np.int32]:
        """Rows of the passages whose body holds a term."""
        column = self._columns.get(term)
        if column is None:
            return np.zeros(0, dtype=np.int32)
        field = self._fields["body"]
        return field.rows[int(field.begin[column]) : int(field.end[column])]

    def document_frequency(self, term: str) -> int:
        """Number of passages whose body or context holds the term (lower bound)."""
        column = self._columns.get(term)
        return 0 if column is None else int(self._counts[column])

    def idf(self, term: str) -> float:
        """Inverse document frequency, ln(1 + (N - df + 0.5) / (df + 0.5)) (Robertson, Lucene)."""
        frequency = self.document_frequency(term)
        return math.log(1 + (max(self._size - frequency, 0) + 0.5) / (frequency + 0.5))

    def vocabulary(self) -> Frequencies:
        """Every known term with the number of passages that hold it."""
        return Frequencies(self._columns, self._counts)


class _Coded:
    """Texts as numbers of terms, four bytes each; new terms are added to the vocabulary."""

    def __init__(self, texts: Iterable[Sequence[str]], columns: dict[str, int]) -> None:
        terms, lengths = array("i"), array("q")
        for text in texts:
            words = text or (_BLANK,)
            terms.extend(columns.setdefault(word, len(columns)) for word in words)
            lengths.append(len(words))
        self.terms = np.frombuffer(terms, dtype=np.int32) if terms else np.zeros(0, np.int32)
        self.lengths = np.array(lengths, dtype=np.int64)


def _build(texts: _Coded, vocabulary: int, b: float) -> _Field:
    """Score every term of every text, as bm25s does (method « lucene », same roundings).

    Score: idf · tf / (tf + k1 · (1 - b + b · length / mean length)). bm25s loops over texts in
    Python; counting blocks of them at once takes half of its time.

    Args:
        texts: one field of every passage.
        vocabulary: number of terms of both fields.
        b: penalty of long texts.
    """
    size = len(texts.lengths)
    if not size:
        bounds = np.zeros(vocabulary, dtype=np.int64)
        return _Field(np.zeros(0, np.float32), np.zeros(0, np.int32), bounds, bounds)
    mean = texts.lengths.mean()
    length_norm = _K1 * ((1 - b) + b * texts.lengths / mean)
    blocks, frequencies = [], np.zeros(vocabulary, dtype=np.int64)
    text_ends = np.cumsum(texts.lengths)
    for first in range(0, size, _BLOCK):
        lengths = texts.lengths[first : first + _BLOCK]
        end = int(text_ends[first + len(lengths) - 1])
        words = texts.terms[end - int(lengths.sum()) : end].astype(np.int64)
        # Sorted by term, then text: the order of the columns.
        keys = words * _BLOCK + np.repeat(np.arange(len(lengths)), lengths)
        found, counts = np.unique(keys, return_counts=True)
        terms = (found // _BLOCK).astype(np.int32)
        rows = (found % _BLOCK + first).astype(np.int32)
        frequencies += np.bincount(terms, minlength=vocabulary)
        blocks.append((terms, rows, counts.astype(np.float32)))
    idf = np.array(
        [math.log(1 + (size - df + 0.5) / (df + 0.5)) for df in frequencies.tolist()], np.float32
    )
    bounds = np.cumsum(frequencies)
    begin = bounds - frequencies
    data, places = np.empty(int(bounds[-1]), np.float32), np.empty(int(bounds[-1]), np.int32)
    cursor = begin.copy()
    for terms, rows, times in blocks:
        mine = np.bincount(terms, minlength=vocabulary)
        start = np.cumsum(mine) - mine
        target = (cursor - start)[terms] + np.arange(len(terms))
        data[target] = idf[terms] * (times / (length_norm[rows] + times))
        places[target] = rows
        cursor += mine
    return _Field(data, places, begin, bounds)


def _mapped(path: Path) -> npt.NDArray[Any]:
    """A memory-mapped array, as a plain array: slices of `memmap` cost ten times more."""
    values: npt.NDArray[Any] = np.load(path, mmap_mode="r").view(np.ndarray)
    return values
