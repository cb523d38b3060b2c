"""The FAISS store does what llama-index's own cannot: delete and filter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
)

from assistant.index.columns import Coded, Gathered, Strings, mask
from assistant.index.filters import matches
from assistant.index.vectors import FaissWindowStore, write_vectors


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


@settings(max_examples=25, deadline=None)
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


def test_equal_windows_have_equal_scores_wherever_they_stand():
    rows = np.random.default_rng(1).standard_normal((103, 48)).astype(np.float32)
    rows[[50, 101, 102]] = rows[3]
    store = FaissWindowStore(dimension=48)
    store.add_vectors(rows, [str(row) for row in range(103)], ["d"] * 103)
    scores = store.scores(rows[7])
    assert len(set(scores[[3, 50, 101, 102]].tolist())) == 1
    assert np.array_equal(store.scores_of(np.array([102, 3]), rows[7]), scores[[102, 3]])


@pytest.mark.parametrize("wrong", [[0, 3], [-1]])
def test_a_row_or_a_vector_that_does_not_fit_is_refused(store, wrong):
    with pytest.raises(IndexError):
        store.scores_of(np.array(wrong), unit(1, 0))
    with pytest.raises(ValueError, match="2 components"):
        store.scores(unit(1, 0, 0))


def filtered(key, operator, value):
    return MetadataFilters(filters=[MetadataFilter(key=key, operator=operator, value=value)])


METADATA = {"kind": "prs", "year": 2025, "tags": ["santé", "e-santé"], "title": "Axe 1 : Soins"}


@pytest.mark.parametrize(
    ("key", "operator", "passes", "fails"),
    [
        ("kind", FilterOperator.EQ, "prs", "ami"),
        ("kind", FilterOperator.NE, "ami", "prs"),
        ("year", FilterOperator.GT, 2024, 2025),
        ("year", FilterOperator.GTE, 2025, 2026),
        ("year", FilterOperator.LT, 2026, 2025),
        ("year", FilterOperator.LTE, 2025, 2024),
        ("kind", FilterOperator.IN, ["prs"], ["ami"]),
        ("kind", FilterOperator.NIN, ["ami"], ["prs"]),
        ("tags", FilterOperator.ANY, ["santé", "x"], ["x"]),
        ("tags", FilterOperator.ALL, ["santé", "e-santé"], ["santé", "x"]),
        ("tags", FilterOperator.CONTAINS, "santé", "sant"),
        ("title", FilterOperator.TEXT_MATCH, "Soins", "soins"),
        ("title", FilterOperator.TEXT_MATCH_INSENSITIVE, "soins", "axe 2"),
    ],
)
def test_every_operator_of_llama_index_is_understood(key, operator, passes, fails):
    assert matches(filtered(key, operator, passes), METADATA)
    assert not matches(filtered(key, operator, fails), METADATA)


def test_what_is_absent_or_of_another_kind_passes_no_comparison():
    assert not matches(filtered("absent", FilterOperator.GT, 1), METADATA)
    assert not matches(filtered("kind", FilterOperator.GT, 1), METADATA)
    assert matches(filtered("absent", FilterOperator.IS_EMPTY, None), METADATA)
    assert not matches(filtered("kind", FilterOperator.IS_EMPTY, None), METADATA)


def test_filters_nest(store):
    either = MetadataFilters(
        filters=[
            filtered("kind", FilterOperator.EQ, "ami"),
            MetadataFilters(
                filters=[filtered("kind", FilterOperator.EQ, "ami")], condition=FilterCondition.NOT
            ),
        ],
        condition=FilterCondition.OR,
    )
    assert ids(store, (1, 0), filters=either) == ["a", "b"]
    neither = MetadataFilters(filters=[either], condition=FilterCondition.NOT)
    assert ids(store, (1, 0), filters=neither) == []


def test_an_opened_store_can_change_without_touching_its_file(store, tmp_path):
    store.save(tmp_path / "vectors.faiss")
    before = (tmp_path / "vectors.faiss").read_bytes()
    opened = FaissWindowStore.load(
        tmp_path / "vectors.faiss", ["a", "b", "c"], Coded.of(["srs", "srs", "ami"])
    )
    opened.delete("srs")
    opened.add([node("d", "copil", (1, 0))])
    assert ids(opened, (1, 0)) == ["d", "c"]
    assert (tmp_path / "vectors.faiss").read_bytes() == before


# Large corpora


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """A store in coded form, the vectors it was made of, and a question close to one."""
    generator = np.random.default_rng(1)
    # RaBitQ needs directions enough for one bit of each to tell them apart.
    centres = np.repeat(generator.standard_normal((600, 96)), 5, axis=0)
    rows = (centres + 0.7 * generator.standard_normal((3000, 96))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    path = tmp_path_factory.mktemp("codes") / "vectors.faiss"
    assert write_vectors(path, rows, exact_up_to=2999) == "coded"
    names = Strings.of([f"w{row}" for row in range(3000)])
    documents = Coded.of([f"d{row // 10}" for row in range(3000)])
    question = rows[1234] + 0.05 * generator.standard_normal(96).astype(np.float32)
    return FaissWindowStore.load(path, names, documents), rows, question / np.linalg.norm(question)


def test_a_large_store_finds_what_an_exact_one_does(coded):
    store, rows, question = coded
    assert not store.exact
    best = np.argsort(-(rows @ question))[:5]
    assert set(best) <= set(store.candidates(question, 300))
    assert len(store.candidates(question, 300)) == 300
    found = store.query(VectorStoreQuery(query_embedding=question.tolist(), similarity_top_k=5))
    assert found.ids == [f"w{row}" for row in best]
    assert np.allclose(found.similarities, rows[best] @ question, atol=1e-3)


def test_a_large_store_scores_rows_the_same_alone_or_together(coded):
    store, rows, question = coded
    every = store.scores(question)
    assert np.allclose(every, rows @ question, atol=1e-3)
    some = np.array([2999, 0, 1234])
    assert np.array_equal(store.scores_of(some, question), every[some])


def test_a_filter_leaves_candidates_in_a_large_store(coded):
    store, rows, question = coded
    allowed = np.zeros(3000, dtype=bool)
    allowed[:20] = True  # far from the question: no search without filter would find them
    assert store.candidates(question, 5, allowed).tolist() == list(range(20))
    query = VectorStoreQuery(
        query_embedding=question.tolist(), similarity_top_k=1, doc_ids=["d0", "d1"]
    )
    assert store.query(query).ids == [f"w{int(np.argmax(rows[:20] @ question))}"]


def test_a_large_store_gives_its_vectors_back_for_the_next_generation(coded, tmp_path):
    store, rows, _ = coded
    assert np.allclose(store.vectors(), rows, atol=1e-3)
    write_vectors(tmp_path / "vectors.faiss", store.vectors(), exact_up_to=10)
    again = FaissWindowStore.load(tmp_path / "vectors.faiss", [], [])
    assert np.array_equal(again.vectors(), store.vectors()), "no loss from one to the next"


def test_a_large_store_can_change_too(coded):
    store, _, question = coded
    changed = FaissWindowStore(index=store.client)
    changed._halves, changed._opened = store._halves, True
    changed._ids, changed._documents = store._ids, store._documents
    changed.delete("d123")
    assert len(changed) == 2990
    assert changed.exact
    assert "w1234" not in ids(changed, question)
    assert len(store) == 3000


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "é", "a long name"]), max_size=8), st.data())
def test_columns_read_like_lists(names, data):
    wanted = data.draw(st.sets(st.sampled_from(["a", "é", "z"])))
    rows = data.draw(st.lists(st.integers(0, len(names) - 1))) if names else []
    gathered = [names[row] for row in rows]
    for column, expected in (
        (Strings.of(names), names),
        (Coded.of(names), names),
        (Gathered(Coded.of(names), np.array(rows, dtype=np.int32)), gathered),
    ):
        assert list(column) == expected
        assert column == expected
        assert column[1:] == expected[1:]
        assert mask(column, wanted).tolist() == [name in wanted for name in expected]
