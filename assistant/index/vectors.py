"""FAISS store of window vectors, behind llama-index's vector store interface.

Exact inner product (`IndexFlatIP`) over normalised vectors: up to a few hundred thousand
windows it answers in milliseconds and never misses. Unlike llama-index's own FAISS store it
keeps its id map, deletes, and filters by metadata.
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
    FilterOperator,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryResult,
)
from pydantic import PrivateAttr

Vectors = npt.NDArray[np.float32]


class FaissWindowStore(BasePydanticVectorStore):
    """Window vectors with their node id, document id and filterable metadata.

    Vectors must be L2-normalised: the inner product is then the cosine. Rows keep the order
    in which they were added; `scores` returns one score a row.
    """

    stores_text: bool = False

    _index: Any = PrivateAttr()
    _ids: list[str] = PrivateAttr(default_factory=list)
    _documents: list[str] = PrivateAttr(default_factory=list)
    _metadata: list[dict[str, Any]] = PrivateAttr(default_factory=list)

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

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add_vectors(
        self,
        vectors: Vectors,
        ids: Sequence[str],
        documents: Sequence[str],
        metadata: Sequence[dict[str, Any]] | None = None,
    ) -> None:
        """Append rows; `vectors` has shape (n, dimension), the other arguments n items."""
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self._ids += ids
        self._documents += documents
        self._metadata += metadata or [{} for _ in ids]

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
        self._keep([document != ref_doc_id for document in self._documents])

    def delete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **_: Any,
    ) -> None:
        """Remove rows by node id or by metadata."""
        doomed = set(node_ids or ())
        matches = self._matches(filters) if filters else [False] * len(self._ids)
        self._keep(
            [
                not (identifier in doomed or match)
                for identifier, match in zip(self._ids, matches, strict=True)
            ]
        )

    def _keep(self, kept: list[bool]) -> None:
        rows = np.flatnonzero(np.array([not keep for keep in kept], dtype=bool)).astype(np.int64)
        if not len(rows):
            return
        self._index.remove_ids(rows)  # FAISS shifts the following rows down, as we do
        for name in ("_ids", "_documents", "_metadata"):
            values = getattr(self, name)
            setattr(self, name, [value for value, keep in zip(values, kept, strict=True) if keep])

    def _matches(self, filters: MetadataFilters) -> list[bool]:
        def match(metadata: dict[str, Any]) -> bool:
            verdicts = []
            for item in filters.filters:
                if isinstance(item, MetadataFilters):
                    raise NotImplementedError("nested filters are not supported")
                value = metadata.get(item.key)
                if item.operator is FilterOperator.EQ:
                    verdicts.append(value == item.value)
                elif item.operator is FilterOperator.NE:
                    verdicts.append(value != item.value)
                elif item.operator is FilterOperator.IN:
                    verdicts.append(value in (item.value or []))  # type: ignore[operator]
                else:
                    raise NotImplementedError(f"operator {item.operator} is not supported")
            condition = filters.condition.value if filters.condition else "and"
            return any(verdicts) if condition == "or" else all(verdicts)

        return [match(metadata) for metadata in self._metadata]

    def scores(self, vector: Vectors) -> Vectors:
        """Cosine of every row with `vector`, in row order, shape (rows,)."""
        if not len(self):
            return np.zeros(0, dtype=np.float32)
        found, rows = self._index.search(np.asarray(vector, np.float32)[None, :], len(self))
        ordered = np.zeros(len(self), dtype=np.float32)
        ordered[rows[0]] = found[0]
        return ordered

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """The `similarity_top_k` best rows among those the query's filters allow."""
        import faiss

        if query.query_embedding is None:
            raise ValueError("query_embedding is required")
        allowed = np.ones(len(self), dtype=bool)
        if query.filters:
            allowed &= np.array(self._matches(query.filters), dtype=bool)
        if query.doc_ids is not None:
            allowed &= np.isin(self._documents, query.doc_ids)
        if query.node_ids is not None:
            allowed &= np.isin(self._ids, query.node_ids)
        rows = np.flatnonzero(allowed).astype(np.int64)
        if not len(rows):
            return VectorStoreQueryResult(nodes=[], similarities=[], ids=[])
        selector = faiss.IDSelectorBatch(rows)
        found, positions = self._index.search(
            np.asarray([query.query_embedding], dtype=np.float32),
            min(query.similarity_top_k, len(rows)),
            # faiss generates this signature at import; its stubs do not know it.
            params=faiss.SearchParameters(sel=selector),  # type: ignore[call-arg]
        )
        kept = [(float(s), int(p)) for s, p in zip(found[0], positions[0], strict=True) if p >= 0]
        return VectorStoreQueryResult(
            similarities=[score for score, _ in kept],
            ids=[self._ids[position] for _, position in kept],
        )

    def vectors(self) -> Vectors:
        """Every stored vector, shape (rows, dimension)."""
        return np.asarray(self._index.reconstruct_n(0, len(self)), dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write the FAISS index; ids are the caller's to keep, in the same order."""
        import faiss

        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path, ids: Sequence[str], documents: Sequence[str]) -> FaissWindowStore:
        """Open an index written by `save`, with its ids."""
        import faiss

        store = cls(index=faiss.read_index(str(path)))
        store._ids = list(ids)
        store._documents = list(documents)
        store._metadata = [{} for _ in ids]
        return store
