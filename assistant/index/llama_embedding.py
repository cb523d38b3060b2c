"""The embedding as llama-index sees it, for whoever takes this room elsewhere.

Kept apart because importing llama-index costs two seconds that a question does not need.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from assistant.index.embedding import TextEmbedding, open_embedding


class SentenceTransformerEmbedding(BaseEmbedding):
    """A local sentence-transformers model behind llama-index's `BaseEmbedding`.

    >>> embedding = SentenceTransformerEmbedding(Path("models/e5-small"))  # doctest: +SKIP
    >>> len(embedding.get_query_embedding("télésurveillance"))  # doctest: +SKIP
    384
    """

    _model: TextEmbedding = PrivateAttr()

    def __init__(self, model: Path | TextEmbedding, *, threads: int = 0, **options: Any) -> None:
        """Open a model directory, or wrap a model already open.

        Raises:
            ModelMissingError: there is no readable model in this directory.
        """
        opened = (
            model if isinstance(model, TextEmbedding) else open_embedding(model, threads=threads)
        )
        super().__init__(model_name=opened.name, **options)
        self._model = opened

    @classmethod
    def class_name(cls) -> str:
        """Name under which llama-index serialises it."""
        return "SentenceTransformerEmbedding"

    @property
    def fingerprint(self) -> str:
        """Identifies weights and configuration."""
        return self._model.fingerprint

    @property
    def max_tokens(self) -> int:
        """Tokens the model reads, prompt included."""
        return self._model.max_tokens

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(value) for value in self._model.embed_query(query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self._model.embed_documents(texts).tolist()
        return rows
