"""A generation opens as it was published, is never believed blindly, and outlives its format."""

from __future__ import annotations

import hashlib
import json
import os

import numpy as np
import pytest

from assistant.errors import IndexCorruptError
from assistant.index import generations
from assistant.index.lexical import LexicalIndex
from assistant.index.reading import ReadLimits
from assistant.index.vectors import FaissWindowStore
from tests.indexing import ingest_here

LIMITS = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)
BODIES = [["soin", "axe"], ["soin"], ["montant"]]
CONTEXTS = [["titr"], ["titr"], ["axe"]]


def publish(index, size=3):
    rows = np.arange(size, dtype=np.int32)
    vectors = np.eye(4, dtype=np.float32)[:size]
    digest = np.array([f"{row:016d}" for row in rows], dtype="S16")
    return generations.publish(
        index,
        content="c" * 64,
        model="mots-1",
        passage_ids=[f"p{row}" for row in rows],
        passage_documents=["b", "a", "b"][:size],
        windows=generations.WindowTable(rows, rows + 1, rows, rows + 9, digest),
        vectors=vectors,
        lexical=LexicalIndex.build(BODIES[:size], CONTEXTS[:size]),
        glossary={"sas": ["service d'accès aux soins"]},
    )


def to_format_1(index):
    """Write the current generation again as the first version of the software did."""
    import bm25s

    now = generations.load(index)
    folder = now.folder
    store = FaissWindowStore(dimension=now.vectors.dimension)
    vectors = np.array(now.vectors.vectors())
    if len(vectors):
        store.add_vectors(vectors, [""] * len(vectors), [""] * len(vectors))
    passages = {"ids": list(now.passage_ids), "documents": list(now.passage_documents)}
    table = {name: np.array(values) for name, values in vars(now.windows).items()}
    for path in folder.iterdir():
        if path.name not in ("manifest.json", "glossary.json"):
            path.unlink()
    store.save(folder / "vectors.faiss")
    np.savez(folder / "windows.npz", **table)
    (folder / "passages.json").write_text(json.dumps(passages), encoding="utf-8")
    size = len(passages["ids"])
    for name, terms in (("body", BODIES), ("context", CONTEXTS)):
        plain = bm25s.BM25(k1=1.2, b=0.6 if name == "body" else 0.3)
        plain.index((terms * size)[:size], show_progress=False)
        plain.save(folder / f"lexical-{name}", show_progress=False)
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"]
    manifest = {
        **now.manifest,
        "format": 1,
        "files": {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_generation_opens_as_it_was_published(tmp_path):
    publish(tmp_path)
    opened = generations.load(tmp_path)
    assert opened.passage_ids == ["p0", "p1", "p2"]
    assert opened.passage_documents == ["b", "a", "b"]
    assert opened.windows.page.tolist() == [1, 2, 3]
    assert opened.manifest["vectors"] == "exact"
    assert opened.vectors.scores(np.eye(4, dtype=np.float32)[1]).tolist() == [0, 1, 0]
    assert opened.lexical.scores({"montant": 1.0}).argmax() == 2
    assert opened.glossary == {"sas": ["service d'accès aux soins"]}


def test_a_generation_without_any_passage_opens(tmp_path):
    publish(tmp_path, size=0)
    opened = generations.load(tmp_path)
    assert not len(opened.passage_ids)
    assert opened.vectors.scores(np.ones(4, dtype=np.float32)).tolist() == []


def test_a_generation_of_the_former_format_serves_the_same(tmp_path):
    publish(tmp_path)
    new = generations.load(tmp_path)
    vectors = np.array(new.vectors.vectors())
    scores = new.lexical.scores({"soin": 1.0})
    to_format_1(tmp_path)

    old = generations.load(tmp_path)

    assert old.manifest["format"] == 1
    assert old.passage_ids == ["p0", "p1", "p2"]
    assert old.passage_documents == ["b", "a", "b"]
    assert old.windows.digest.tolist() == new.windows.digest.tolist()
    assert np.array_equal(old.vectors.vectors(), vectors)
    assert np.array_equal(old.lexical.scores({"soin": 1.0}), scores)


def test_the_former_format_is_left_at_the_next_change_without_embedding_again(
    tmp_path, make_pdf, embedder
):
    folder, index = tmp_path / "corpus", tmp_path / "index"
    make_pdf(folder / "ami.pdf", [["Appel a manifestation", "Le montant est de 20 000 euros."]])

    def run():
        return ingest_here(index, [folder], embedder=lambda: embedder, limits=LIMITS, workers=1)

    run()
    to_format_1(index)
    embedder.embedded.clear()
    assert not run().changed
    make_pdf(folder / "srs.pdf", [["Schema regional de sante"]])
    assert run().changed
    assert generations.load(index).manifest["format"] == generations.FORMAT_VERSION
    assert embedder.embedded
    assert not any("montant" in text for text in embedder.embedded)


def test_an_unknown_format_is_said_with_its_remedy(tmp_path):
    publish(tmp_path)
    path = generations.load(tmp_path).folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")
    with pytest.raises(IndexCorruptError, match=r"autre version du logiciel.*--reconstruire"):
        generations.load(tmp_path)


@pytest.mark.parametrize(
    "name", ["vectors.faiss", "lexical-body-rows.npy", "passage-ids.npy", "windows-page.npy"]
)
def test_a_changed_file_is_noticed(tmp_path, name):
    publish(tmp_path)
    path = generations.load(tmp_path).folder / name
    path.write_bytes(path.read_bytes()[:-2] + b"??")
    with pytest.raises(IndexCorruptError, match="endommagée"):
        generations.load(tmp_path)


def test_a_large_file_is_summed_again_when_asked_or_when_its_size_or_time_changed(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(generations, "_TRUSTED_BYTES", 0)
    publish(tmp_path)
    path = generations.load(tmp_path).folder / "windows-page.npy"
    time = path.stat().st_mtime_ns
    path.write_bytes(path.read_bytes()[:-2] + b"??")
    os.utime(path, ns=(time, time))  # what a failing disk does, and nothing else
    assert generations.load(tmp_path).id
    with pytest.raises(IndexCorruptError):
        generations.load(tmp_path, verify=True)
    os.utime(path, ns=(time, time + 1))
    with pytest.raises(IndexCorruptError):
        generations.load(tmp_path)
    path.write_bytes(path.read_bytes()[:-2])
    os.utime(path, ns=(time, time))
    with pytest.raises(IndexCorruptError):
        generations.load(tmp_path)
