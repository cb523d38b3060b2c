"""Texts → vectors, with any local sentence-transformers model.

Two engines give the same vectors (cosine at least 0.9999, checked when the graph is made):

- *onnx*: an exported graph beside the model, when there is one that comes from exactly these
  weights. Ready in about a second; serves questions and documents.
- *torch*: sentence-transformers itself, for every other model, and the reference that the
  graph is made from and compared with.

Vectors are float32 of norm 1, so that an inner product is a cosine. Prompts (« query: »,
« passage: » for e5) are those of the model's own configuration.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from assistant.errors import ModelMissingError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]

_log = logging.getLogger(__name__)

Engine = Literal["auto", "onnx", "torch"]

BATCH_TEXTS: Final = 4
"""Texts a batch. Measured on two cores with 50- and 220-word texts, both engines: the
throughput per core is flat from 1 to 8 and falls beyond, while memory grows with the batch."""

QUERY_CACHE: Final = 256
"""Questions whose vector is kept: paging, filters and re-asking cost nothing."""

_CHECKSUMS: Final = ".checksums.json"
_NOT_PART_OF_THE_MODEL: Final = frozenset({"README.md", "manifest.json", ".gitattributes"})
_SURROGATES_AND_NUL: Final = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Remove what breaks tokenizers: NUL cuts the text, a lone surrogate raises."""
    return _SURROGATES_AND_NUL.sub(" ", text).strip()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read by pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksums(model_dir: Path, files: Sequence[Path]) -> dict[str, str]:
    """SHA-256 of each file; computed again only when its size or its date has changed."""
    store = model_dir / _CHECKSUMS
    try:
        known: dict[str, Any] = json.loads(store.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    fresh: dict[str, list[Any]] = {}
    for path in files:
        name, stat = path.relative_to(model_dir).as_posix(), path.stat()
        entry = known.get(name)
        if not (isinstance(entry, list) and entry[:2] == [stat.st_size, stat.st_mtime_ns]):
            entry = [stat.st_size, stat.st_mtime_ns, sha256_of(path)]
        fresh[name] = entry
    if any(known.get(name) != entry for name, entry in fresh.items()):
        try:
            partial = store.with_name(f"{_CHECKSUMS}.{os.getpid()}")
            partial.write_text(json.dumps({**known, **fresh}), encoding="utf-8")
            partial.replace(store)
        except OSError:
            _log.debug("checksums of %s not kept: read-only directory", model_dir)
    return {name: entry[2] for name, entry in fresh.items()}


def model_fingerprint(model_dir: Path) -> str:
    """Identify a model by its weights and configuration, wherever its directory is.

    The exported graph is left out: both engines give the same vectors.
    """
    files = [
        path
        for path in sorted(model_dir.rglob("*"))
        if path.is_file()
        and path.name not in _NOT_PART_OF_THE_MODEL
        and not any(part.startswith(".") for part in path.relative_to(model_dir).parts)
        and path.relative_to(model_dir).parts[0] != "onnx"
    ]
    digest = hashlib.sha256()
    for name, checksum in sorted(_checksums(model_dir, files).items()):
        digest.update(f"{name}\0{checksum}\n".encode())
    return digest.hexdigest()


def graph_is_usable(model_dir: Path) -> bool:
    """Tell whether an intact graph, exported from these very weights, is beside the model."""
    graph = model_dir / "onnx" / "encoder.onnx"
    try:
        description = json.loads(graph.with_suffix(".json").read_text(encoding="utf-8"))
        if _checksums(model_dir, [graph])["onnx/encoder.onnx"] != description["sha256"]:
            return False
        return bool(description["model_fingerprint"] == model_fingerprint(model_dir))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _prompts(model_dir: Path) -> tuple[str, str]:
    """Return the question and document prompts of a model's configuration."""
    try:
        content = json.loads((model_dir / "config_sentence_transformers.json").read_text("utf-8"))
        prompts: dict[str, str] = content.get("prompts") or {}
    except (OSError, ValueError):
        prompts = {}
    document = next(
        (prompts[key] for key in ("document", "passage", "corpus") if key in prompts), ""
    )
    return prompts.get("query", ""), document


class Backend(Protocol):
    """An engine: texts already cleaned → vectors."""

    max_tokens: int

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each document, prompt and special tokens included, never cut."""

    def encode_documents(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> FloatArray:
        """One vector a row, in the order given."""

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """One vector a row, in the order given."""


def _by_length(lengths: Sequence[int]) -> list[list[int]]:
    """Batches of neighbours in length, longest first: padding is work for nothing."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    return [order[start : start + BATCH_TEXTS] for start in range(0, len(order), BATCH_TEXTS)]


class OnnxBackend:
    """The exported graph."""

    def __init__(self, model_dir: Path, *, threads: int = 0) -> None:
        from assistant.index.onnx_encoder import OnnxEncoder

        self._encoder = OnnxEncoder(model_dir, threads=threads)
        self._query_prompt, self._document_prompt = _prompts(model_dir)
        self.max_tokens = self._encoder.max_tokens

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def _tokens(self, texts: Sequence[str], prompt: str) -> list[list[int]]:
        # The end marker stays last, as sentence-transformers does.
        return [
            tokens
            if len(tokens) <= self.max_tokens
            else [*tokens[: self.max_tokens - 1], tokens[-1]]
            for tokens in self._encoder.tokenize([prompt + text for text in texts])
        ]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each document, prompt and special tokens included, never cut."""
        return [
            len(tokens)
            for tokens in self._encoder.tokenize([self._document_prompt + text for text in texts])
        ]

    def encode_documents(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> FloatArray:
        """One vector a row, in the order given."""
        import numpy as np

        tokens = self._tokens(texts, self._document_prompt)
        vectors = np.empty((len(texts), self.dimension), np.float32)
        batches = _by_length([len(ids) for ids in tokens])
        for number, batch in enumerate(batches, start=1):
            vectors[batch] = self._encoder.run(
                [tokens[index] for index in batch], release=number == len(batches)
            )
            if progress is not None:
                progress(len(batch))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """One vector a row, in the order given; all in one batch."""
        return self._encoder.run(self._tokens(texts, self._query_prompt))


class TorchBackend:
    """sentence-transformers itself, on the processor, without any network access."""

    def __init__(self, model_dir: Path, *, threads: int = 0) -> None:
        # Before PyTorch is imported: waiting workers must not burn the other cores (a query
        # beside a busy process goes from 50 to 1,700 ms without it), and no hub look-up.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["TRANSFORMERS_OFFLINE"] = "1"
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if threads:
            torch.set_num_threads(threads)
        self.model = SentenceTransformer(
            str(model_dir),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"dtype": torch.float32},
        )
        self._query_prompt, self._document_prompt = _prompts(model_dir)
        self.max_tokens = int(self.model.max_seq_length or 512)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.model.get_embedding_dimension() or 0)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each document, prompt and special tokens included, never cut."""
        encoded = self.model.tokenizer(
            [self._document_prompt + text for text in texts], truncation=False, verbose=False
        )
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_documents(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> FloatArray:
        """One vector a row, in the order given."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), np.float32)
        for batch in _by_length([len(text) for text in texts]):
            vectors[batch] = self._encode([texts[index] for index in batch], self._document_prompt)
            if progress is not None:
                progress(len(batch))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """One vector a row, in the order given."""
        return self._encode(list(texts), self._query_prompt)

    def _encode(self, texts: list[str], prompt: str) -> FloatArray:
        vectors: FloatArray = self.model.encode(
            texts,
            prompt=prompt or None,
            batch_size=BATCH_TEXTS,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return vectors


class TextEmbedding:
    """A model, ready to turn texts into vectors. Safe to share between threads.

    Attributes:
        name: name of the model's directory, shown to the reader.
        engine: « onnx » or « torch ».
        fingerprint: identifies weights and configuration; an index is bound to it.
    """

    def __init__(self, model_dir: Path, backend: Backend, engine: str, fingerprint: str) -> None:
        self.name = model_dir.name
        self.path = model_dir
        self.engine = engine
        self.fingerprint = fingerprint
        self._backend = backend
        self._lock = threading.Lock()
        self._queries: OrderedDict[str, FloatArray] = OrderedDict()

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return self._backend.dimension

    @property
    def max_tokens(self) -> int:
        """Tokens the model reads, prompt included; what is beyond does not count."""
        return self._backend.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each document, prompt included, to compare with `max_tokens`."""
        return self._backend.count_tokens([clean_text(text) for text in texts])

    def embed_documents(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> FloatArray:
        """Embed passages.

        Args:
            texts: any strings; an empty one gives the vector of the prompt alone.
            progress: called with the number of texts just done.

        Returns:
            float32 array of shape (texts, dimension), rows of norm 1.
        """
        return self._backend.encode_documents([clean_text(text) for text in texts], progress)

    def embed_query(self, text: str) -> FloatArray:
        """Embed a question: `embed_queries` of one."""
        return self.embed_queries([text])[0]

    def embed_queries(self, texts: Sequence[str]) -> list[FloatArray]:
        """Embed questions, or wordings of the same one: a batch costs less than one by one.

        Args:
            texts: a few strings, of like lengths; the shorter ones are padded.

        Returns:
            Read-only float32 arrays of shape (dimension,), of norm 1, in the order given.
        """
        keys = [clean_text(text) for text in texts]
        with self._lock:
            found = {key: self._queries[key] for key in keys if key in self._queries}
        fresh = [key for key in dict.fromkeys(keys) if key not in found]
        if fresh:
            vectors = self._backend.encode_queries(fresh)
            vectors.flags.writeable = False
            found |= zip(fresh, vectors, strict=True)
        with self._lock:
            for key, vector in found.items():
                self._queries[key] = vector
                self._queries.move_to_end(key)
            while len(self._queries) > QUERY_CACHE:
                self._queries.popitem(last=False)
        return [found[key] for key in keys]


def open_embedding(model_dir: Path, *, threads: int = 0, engine: Engine = "auto") -> TextEmbedding:
    """Open a local sentence-transformers model.

    Args:
        model_dir: its directory; nothing is ever fetched.
        threads: computing threads, 0 for as many as cores.
        engine: « auto » takes the exported graph when an intact one matches the weights.

    Raises:
        ModelMissingError: there is no readable model there, or no usable graph for « onnx ».
    """
    if not (model_dir / "modules.json").is_file():
        raise ModelMissingError(
            f"Aucun modèle de représentation dans « {model_dir} ».",
            "Lancez « python3 lancer.py », qui installe le modèle embarqué, ou indiquez le dossier "
            "d'un modèle sentence-transformers par ASSISTANT_EMBEDDING_MODEL.",
        )
    usable = engine != "torch" and graph_is_usable(model_dir)
    if engine == "onnx" and not usable:
        raise ModelMissingError(
            f"Le modèle « {model_dir} » n'a pas de graphe de calcul à jour.",
            "Lancez : python -m assistant.index.onnx_export DOSSIER_DU_MODELE",
        )
    try:
        fingerprint = model_fingerprint(model_dir)
        backend: Backend = (
            OnnxBackend(model_dir, threads=threads)
            if usable
            else TorchBackend(model_dir, threads=threads)
        )
    except MemoryError:
        raise
    except Exception as error:  # each library has its own way of refusing a broken file
        raise ModelMissingError(
            f"Le modèle de « {model_dir} » ne s'ouvre pas ({type(error).__name__} : {error}).",
            "Supprimez ce dossier puis relancez « python3 lancer.py » pour le réinstaller.",
        ) from error
    return TextEmbedding(model_dir, backend, "onnx" if usable else "torch", fingerprint)
