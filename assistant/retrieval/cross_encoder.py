"""Third stage, when a model is configured: a cross-encoder reads question and passage together.

No French cross-encoder comes with a package, so none is there by default. Any local
sentence-transformers `CrossEncoder` directory will do; what it costs and brings is to be measured
with `assistant evaluer --beir`: see `docs/decisions/0003`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelMissingError

Scores = npt.NDArray[np.float32]

READ: Final = 16
"""Passages read by the model, to which its time is in proportion; not tuned."""

_BATCH: Final = 8


class Reranker(Protocol):
    """What retrieval asks of a model that reads a question with a passage."""

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """Relevance of each text, any scale, higher is better, shape (texts,)."""


class CrossEncoderReranker:
    """A local sentence-transformers cross-encoder. Safe to share between threads."""

    def __init__(self, model: Any, name: str) -> None:
        self.name = name
        self._model = model
        self._lock = threading.Lock()  # tokenizers of `transformers` are not reentrant

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """Relevance of each text, shape (texts,); longer texts are cut by the tokenizer."""
        if not texts:
            return np.zeros(0, dtype=np.float32)
        with self._lock:
            found = self._model.predict(
                [(question, text) for text in texts],
                batch_size=_BATCH,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(found, dtype=np.float32).reshape(len(texts))


def open_reranker(model_dir: Path, *, threads: int = 0) -> CrossEncoderReranker:
    """Open a local cross-encoder with one output; nothing is ever fetched.

    Args:
        model_dir: its directory.
        threads: computing threads, 0 for as many as cores.

    Raises:
        ModelMissingError: there is no readable model there, or it gives several scores a text.
    """
    if not (model_dir / "config.json").is_file():
        raise ModelMissingError(
            f"Aucun modèle de réordonnancement dans « {model_dir} ».",
            "Indiquez le dossier d'un « CrossEncoder » sentence-transformers par "
            "ASSISTANT_RERANKER_MODEL, ou retirez ce réglage : il est facultatif.",
        )
    # As for the embedding model: before PyTorch is imported, and no look-up anywhere.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    try:
        import torch
        from sentence_transformers import CrossEncoder

        if threads:
            torch.set_num_threads(threads)
        model = CrossEncoder(
            str(model_dir), device="cpu", local_files_only=True, trust_remote_code=False
        )
    except MemoryError:
        raise
    except Exception as error:  # each library has its own way of refusing a broken file
        raise ModelMissingError(
            f"Le modèle de réordonnancement « {model_dir} » ne s'ouvre pas "
            f"({type(error).__name__} : {error}).",
            "Vérifiez ce dossier, ou retirez le réglage ASSISTANT_RERANKER_MODEL.",
        ) from error
    if model.num_labels != 1:
        raise ModelMissingError(
            f"Le modèle « {model_dir.name} » donne {model.num_labels} notes par texte : "
            "ce n'est pas un modèle de réordonnancement.",
            "Indiquez un modèle à une seule sortie, ou retirez ASSISTANT_RERANKER_MODEL.",
        )
    return CrossEncoderReranker(model, model_dir.name)
