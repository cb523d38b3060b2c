"""FAISS store of window vectors, behind llama-index's vector store interface.

Two forms, chosen by size when written, both over normalised vectors and inner product:

- exact: a memory-mapped `IndexFlatIP` (float32). Every row is compared: nothing is missed.
- coded: one bit a component (RaBitQ, scanned with SIMD registers) finds some thousands of
  candidates, which are compared exactly with their float16 vectors, memory-mapped beside.

Scores come from FAISS's row-wise kernel rather than from a matrix product, whose result for a
row depends on where the row stands: here two equal windows have equal scores. Unlike
llama-index's own FAISS store it keeps its id map, deletes, and filters by metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryResult,
)
from pydantic import PrivateAttr

from assistant.index import columns
from assistant.index.filters import matches

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EXACT_UP_TO = 200_000
"""Windows above which the coded form is written: some 0.3 GB of float32 and 45 ms a question."""
_BLOCK = 65_536
_SCANNED = 20_000
"""Rows that a filter may leave for them to be compared one by one rather than searched."""
_SEARCHED = 100_000
"""Candidates that a search asks for at most when a filter then removes some: 0.1 s."""
_ENOUGH = 100
"""Candidates below which a filter is thought to leave what is far from the question."""
CANDIDATES = 4_000
"""Candidates that hold the ten best rows: all of them, measured among 320,000."""


class FaissWindowStore(BasePydanticVectorStore):
    """Window vectors with their node id, document id and filterable metadata.

    Vectors must be L2-normalised: the inner product is then the cosine. Rows keep the order
    in which they were added; `scores` returns one score a row. A store that was opened is
    shared with its files: it is copied to memory, in exact form, before its first change.
    """

    stores_text: bool = False

    _index: Any = PrivateAttr()
    _halves: npt.NDArray[np.float16] | None = PrivateAttr(default=None)
    _opened: bool = PrivateAttr(default=False)
    _ids: Sequence[str] = PrivateAttr(default_factory=list)
    _documents: Sequence[str] = PrivateAttr(default_factory=list)
    _metadata: list[dict[str, Any]] | None = PrivateAttr(default=None)

    def __init__(self, dimension: int = 0, index: Any = None) -> None:
        super().__init__(stores_text=False)
        import faiss

        self._index = faiss.IndexFlatIP(dimension) if index is None else index

    @classmethod
    def class_name(cls) -> str:
        """Name under which llama-index serialises this store."""
        return "FaissWindowStore"

    @property
    def client(self) -> Any:
        """The FAISS index itself."""
        return self._index

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return int(self._index.d)

    @property
    def exact(self) -> bool:
        """Whether every row is compared; otherwise `candidates` finds what `scores_of` compares."""
        return self._halves is None

    def __len__(self) -> int:
        return int(self._index.ntotal)

    # Changes

    def add_vectors(
        self,
        vectors: Vectors,
        ids: Sequence[str],
        documents: Sequence[str],
        metadata: Sequence[dict[str, Any]] | None = None,
    ) -> None:
        """Append rows; `vectors` has shape (n, dimension), the other arguments n items."""
        self._own()
        held = self._metadata or [{} for _ in self._ids]
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self._ids = [*self._ids, *ids]
        self._documents = [*self._documents, *documents]
        self._metadata = [*held, *(metadata or ({} for _ in ids))]

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Add llama-index nodes that carry their embedding."""
        if not nodes:
            return []
        vectors = np.array([node.get_embedding() for node in nodes], dtype=np.float32)
        self.add_vectors(
            vectors,
            [node.node_id for node in nodes],
            [node.ref_doc_id or node.node_id for node in nodes],
            [dict(node.metadata) for node in nodes],
        )
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Remove every row of a document."""
        self._remove(columns.mask(self._documents, [ref_doc_id]))

    def delete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **_: Any,
    ) -> None:
        """Remove rows by node id or by metadata."""
        doomed = columns.mask(self._ids, node_ids or ())
        if filters:
            doomed = doomed | self._matches(filters)
        self._remove(doomed)

    def _remove(self, doomed: Mask) -> None:
        rows = np.flatnonzero(doomed).astype(np.int64)
        if not len(rows):
            return
        self._own()
        self._index.remove_ids(rows)  # FAISS shifts the following rows down, as we do
        kept = np.flatnonzero(~doomed).tolist()
        self._ids = [self._ids[row] for row in kept]
        self._documents = [self._documents[row] for row in kept]
        if self._metadata is not None:
            self._metadata = [self._metadata[row] for row in kept]

    def _own(self) -> None:
        """Copy an opened store to memory: FAISS must not resize what it only maps."""
        if not self._opened:
            return
        import faiss

        index = faiss.IndexFlatIP(self.dimension)
        for start in range(0, len(self), _BLOCK):
            index.add(self._block(start, min(start + _BLOCK, len(self))))
        self._index, self._halves, self._opened = index, None, False
        self._ids, self._documents = list(self._ids), list(self._documents)

    def _block(self, start: int, end: int) -> Vectors:
        if self._halves is not None:
            return np.asarray(self._halves[start:end], dtype=np.float32)
        return np.asarray(self._index.reconstruct_n(start, end - start), dtype=np.float32)

    def _matches(self, filters: MetadataFilters) -> Mask:
        held = self._metadata if self._metadata is not None else [{}] * len(self)
        return np.array([matches(filters, metadata) for metadata in held], dtype=bool)

    # Search

    def scores(self, vector: Vectors) -> Vectors:
        """Cosine of every row with `vector`, in row order, shape (rows,): nothing approximate."""
        faiss = _faiss()
        found = np.zeros(len(self), dtype=np.float32)
        question = self._question(vector)
        if not len(found):
            return found
        if self._halves is None:
            faiss.fvec_inner_products_ny(
                faiss.swig_ptr(found),
                faiss.swig_ptr(question),
                self._index.get_xb(),
                self.dimension,
                len(found),
            )
            return found
        for start in range(0, len(found), _BLOCK):
            end = min(start + _BLOCK, len(found))
            found[start:end] = _products(question, self._block(start, end))
        return found

    def scores_of(self, rows: Rows, vector: Vectors) -> Vectors:
        """Cosine of some rows with `vector`, shape (len(rows),); equal to `scores` there."""
        faiss = _faiss()
        question = self._question(vector)
        if self._halves is not None:
            return _products(question, np.asarray(self._halves[rows], dtype=np.float32))
        chosen = np.ascontiguousarray(rows, dtype=np.int64)
        if len(chosen) and not 0 <= int(chosen.min()) <= int(chosen.max()) < len(self):
            raise IndexError("row out of range")  # FAISS would read outside of its memory
        found = np.zeros(len(chosen), dtype=np.float32)
        if len(chosen):
            faiss.fvec_inner_products_by_idx(
                faiss.swig_ptr(found),
                faiss.swig_ptr(question),
                self._index.get_xb(),
                faiss.swig_ptr(chosen),
                self.dimension,
                1,
                len(chosen),
            )
        return found

    def candidates(self, vector: Vectors, count: int, allowed: Mask | None = None) -> Rows:
        """Rows likely to hold the best ones, in no useful order.

        Args:
            vector: the question, shape (dimension,).
            count: number of rows wanted, out of all of them.
            allowed: rows that may be returned, shape (rows,); all when `None`. What a search
                then gives is about `count` again, fewer if few are close; and all of them when
                the filter leaves few rows, or rows so far that a search finds none.
        """
        every = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        if self.exact or len(every) <= max(count, _SCANNED if allowed is not None else 0):
            return every
        wanted = max(count, min(count * len(self) // len(every), _SEARCHED))
        _, found = self._index.search(self._question(vector)[None, :], wanted)
        rows = np.asarray(found[0][found[0] >= 0], dtype=np.int64)
        if allowed is None:
            return rows
        rows = rows[allowed[rows]]
        return rows if len(rows) >= _ENOUGH else every

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """The `similarity_top_k` best rows among those the query's filters allow."""
        if query.query_embedding is None:
            raise ValueError("query_embedding is required")
        vector = np.asarray(query.query_embedding, dtype=np.float32)
        allowed: Mask | None = None
        if query.filters:
            allowed = self._matches(query.filters)
        for names, column in ((query.doc_ids, self._documents), (query.node_ids, self._ids)):
            if names is not None:
                chosen = columns.mask(column, names)
                allowed = chosen if allowed is None else allowed & chosen
        if self.exact and allowed is None:
            rows, scores = np.arange(len(self)), self.scores(vector)
        else:
            rows = np.sort(
                self.candidates(vector, max(CANDIDATES, query.similarity_top_k), allowed)
            )
            scores = self.scores_of(rows, vector)
        best = np.argsort(-scores, kind="stable")[: query.similarity_top_k]
        return VectorStoreQueryResult(
            similarities=[float(score) for score in scores[best]],
            ids=[self._ids[int(row)] for row in rows[best]],
        )

    def _question(self, vector: Vectors) -> Vectors:
        question = np.ascontiguousarray(vector, dtype=np.float32)
        if question.shape != (self.dimension,):  # FAISS would read outside of its memory
            raise ValueError(f"a vector of {self.dimension} components is required")
        return question

    # Files

    def vectors(self) -> npt.NDArray[Any]:
        """Every stored vector, shape (rows, dimension); float16, mapped, in the coded form."""
        return self._halves if self._halves is not None else self._block(0, len(self))

    def save(self, path: Path) -> None:
        """Write the vectors; ids are the caller's to keep, in the same order."""
        write_vectors(path, self.vectors())

    @classmethod
    def load(cls, path: Path, ids: Sequence[str], documents: Sequence[str]) -> FaissWindowStore:
        """Open, memory-mapped, what `write_vectors` wrote, with its ids.

        Raises:
            RuntimeError: FAISS cannot read its file.
            OSError, ValueError: the float16 vectors cannot be read or are not those of the file.
        """
        import faiss

        halves_path = path.with_suffix(".npy")
        if halves_path.exists():
            store = cls(index=faiss.read_index(str(path)))
            halves = _at_random(np.load(halves_path, mmap_mode="r"))
            if halves.shape != (len(store), store.dimension):
                raise ValueError(f"{halves_path.name} and {path.name} do not go together")
            store._halves = halves
        else:
            store = cls(index=faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        store._ids, store._documents, store._opened = ids, documents, True
        return store


def write_vectors(path: Path, vectors: npt.NDArray[Any], exact_up_to: int = EXACT_UP_TO) -> str:
    """Write vectors in the form that suits their number.

    Args:
        path: of the FAISS index; the coded form also writes a `.npy` file beside it.
        vectors: L2-normalised, shape (rows, dimension), float32 or float16, possibly mapped.
        exact_up_to: number of rows up to which the exact form is written.

    Returns:
        The form: `exact` or `coded`.
    """
    import faiss

    rows, dimension = vectors.shape
    coded = rows > exact_up_to
    index: Any
    if coded:
        index = faiss.IndexRaBitQFastScan(dimension, faiss.METRIC_INNER_PRODUCT)
        # Only a centre is learnt: a fixed sample is plenty.
        index.train(np.ascontiguousarray(vectors[:: -(-rows // _BLOCK)], dtype=np.float32))
        halves = np.lib.format.open_memmap(
            path.with_suffix(".npy"), mode="w+", dtype=np.float16, shape=(rows, dimension)
        )
    else:
        index = faiss.IndexFlatIP(dimension)
    for start in range(0, rows, _BLOCK):
        block = np.ascontiguousarray(vectors[start : start + _BLOCK], dtype=np.float32)
        index.add(block)
        if coded:
            halves[start : start + _BLOCK] = block
    if coded:
        halves.flush()
    faiss.write_index(index, str(path))
    return "coded" if coded else "exact"


def _products(question: Vectors, block: Vectors) -> Vectors:
    """Inner product of a vector with each row of a C-contiguous float32 block."""
    faiss = _faiss()
    found = np.zeros(len(block), dtype=np.float32)
    if len(block):
        rows, dimension = block.shape
        faiss.fvec_inner_products_ny(
            faiss.swig_ptr(found), faiss.swig_ptr(question), faiss.swig_ptr(block), dimension, rows
        )
    return found


def _at_random(mapped: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A plain view of a mapped file, of which the system is told not to read rows ahead."""
    import mmap

    if isinstance(mapped.base, mmap.mmap) and hasattr(mmap, "MADV_RANDOM"):
        mapped.base.madvise(mmap.MADV_RANDOM)
    return mapped.view(np.ndarray)


def _faiss() -> Any:
    """FAISS, untyped: its stubs do not know the kernels that compare rows one by one."""
    import faiss

    return faiss
