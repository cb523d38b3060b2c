"""The vector cache computes nothing twice, and survives a kill."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.errors import IndexLockedError, StorageError
from eval.vecteurs import KEY_BYTES, RecalledQueries, VectorCache, text_key


def open_cache(folder, fingerprint="m", dimension=64):
    return VectorCache(folder, fingerprint=fingerprint, dimension=dimension)


def fill(cache, embedder, texts):
    keys = [text_key(text, "document") for text in texts]
    return keys, cache.fill(keys, texts, embedder.embed_documents)


def test_what_was_computed_is_not_computed_again(tmp_path, embedder):
    texts = [f"texte {number}" for number in range(150)]
    with open_cache(tmp_path) as cache:
        keys, computed = fill(cache, embedder, texts)
        assert computed == 150
        expected = cache.get(keys)
    with open_cache(tmp_path) as cache:
        keys, computed = fill(cache, embedder, [*texts, "nouveau"])
        assert computed == 1
        np.testing.assert_array_equal(cache.get(keys)[:150], expected)
        np.testing.assert_array_equal(expected[:2], embedder.embed_documents(texts[:2]))
    assert len(embedder.embedded) == 153


def test_equal_texts_are_computed_once(tmp_path, embedder):
    with open_cache(tmp_path) as cache:
        keys, computed = fill(cache, embedder, ["même", "même"])
        assert computed == 1
        assert cache.get(keys).shape == (2, 64)


@pytest.mark.parametrize(("name", "torn"), [("keys.bin", KEY_BYTES + 5), ("vectors.f32", 70)])
def test_what_a_kill_cut_is_computed_again(tmp_path, embedder, name, torn):
    with open_cache(tmp_path) as cache:
        keys, _ = fill(cache, embedder, ["un", "deux", "trois"])
        expected, folder = cache.get(keys), cache.folder
    path = folder / name
    path.write_bytes(path.read_bytes()[:-torn])
    with open_cache(tmp_path) as cache:
        kept = len(cache)
        assert 0 < kept < 3
        keys, computed = fill(cache, embedder, ["un", "deux", "trois"])
        assert computed == 3 - kept
        np.testing.assert_array_equal(cache.get(keys), expected)


def test_two_models_never_share_their_vectors(tmp_path, embedder):
    with open_cache(tmp_path, "m1") as one, open_cache(tmp_path, "m2") as two:
        fill(one, embedder, ["texte"])
        assert len(two) == 0


def test_two_evaluations_do_not_write_at_once(tmp_path):
    with open_cache(tmp_path), pytest.raises(IndexLockedError, match="Une autre évaluation"):
        open_cache(tmp_path)


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(StorageError, match="--cache"):
        open_cache(tmp_path / "cache")


def test_a_question_is_embedded_once_and_apart_from_documents(tmp_path, embedder):
    with open_cache(tmp_path) as cache:
        recalled = RecalledQueries(cache, embedder)
        first = recalled.embed_query("Qui régule ?")
        np.testing.assert_array_equal(first, embedder.embed_query("Qui régule ?"))
        again = RecalledQueries(cache, embedder)
        np.testing.assert_array_equal(again.embed_query("Qui régule ?"), first)
        assert (recalled.computed, again.computed) == (1, 0)
        assert text_key("Qui régule ?", "document") not in cache
