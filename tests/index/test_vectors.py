"""The FAISS store does what llama-index's own cannot: delete and filter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
)

from assistant.index.vectors import FaissWindowStore


def unit(*values):
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def node(name, document, vector, **metadata):
    return TextNode(
        id_=name,
        text=name,
        embedding=unit(*vector).tolist(),
        metadata=metadata,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)},
    )


@pytest.fixture
def store():
    store = FaissWindowStore(dimension=2)
    store.add(
        [
            node("a", "srs", (1, 0), kind="prs"),
            node("b", "srs", (1, 1), kind="prs"),
            node("c", "ami", (0, 1), kind="ami"),
        ]
    )
    return store


def ids(store, vector, **options):
    query = VectorStoreQuery(query_embedding=unit(*vector).tolist(), similarity_top_k=2, **options)
    return store.query(query).ids


def test_the_closest_come_first(store):
    assert ids(store, (1, 0.1)) == ["a", "b"]
    assert ids(store, (0, 1)) == ["c", "b"]


def test_a_deleted_document_is_never_found_again(store):
    store.delete("srs")
    assert ids(store, (1, 0)) == ["c"]
    assert len(store) == 1


def test_nodes_can_be_deleted_by_name_or_by_metadata(store):
    store.delete_nodes(["a"])
    assert ids(store, (1, 0)) == ["b", "c"]
    store.delete_nodes(filters=MetadataFilters(filters=[MetadataFilter(key="kind", value="ami")]))
    assert ids(store, (1, 0)) == ["b"]


def test_filters_apply_before_the_best_are_taken(store):
    kinds = MetadataFilters(
        filters=[MetadataFilter(key="kind", value=["ami"], operator=FilterOperator.IN)]
    )
    assert ids(store, (1, 0), filters=kinds) == ["c"]
    assert ids(store, (1, 0), doc_ids=["ami"]) == ["c"]
    assert ids(store, (1, 0), doc_ids=["inconnu"]) == []


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0.1, 1)), min_size=1, max_size=12))
def test_scores_are_cosines_in_row_order(rows):
    vectors = np.array([unit(*row) for row in rows], dtype=np.float32)
    store = FaissWindowStore(dimension=2)
    store.add_vectors(vectors, [str(row) for row in range(len(rows))], ["d"] * len(rows))
    question = unit(0.3, 0.7)
    assert np.allclose(store.scores(question), vectors @ question, atol=1e-5)


def test_a_saved_store_opens_the_same(store, tmp_path):
    store.save(tmp_path / "vectors.faiss")
    opened = FaissWindowStore.load(tmp_path / "vectors.faiss", ["a", "b", "c"], ["srs"] * 3)
    assert np.array_equal(opened.vectors(), store.vectors())
    assert ids(opened, (0, 1)) == ["c", "b"]
