"""Plain baselines on the same documents and questions, to know what our stages are worth.

- *bm25s*: bm25s with its own tokenisation and parameters, French stop words and stemming,
  accents kept;
- *llama_index*: llama-index as it comes: `SentenceSplitter` with its default chunks,
  `VectorStoreIndex` in memory, with the embedding model that our dense stage uses; a document
  is worth its best chunk;
- *hybrid*: reciprocal rank fusion of the two, k = 60 (Cormack, Clarke and Buettcher, 2009).

They read the title then the text of a document, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.beir import BeirDocument
from eval.etages import DEPTH
from eval.vecteurs import Embedder, RecalledQueries, VectorCache, text_key

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

REFERENCES = ("bm25s", "llama_index", "hybrid")
"""Names of the baselines."""

_RRF = 60
Rankings = dict[str, list[tuple[str, float]]]


def bm25s_rankings(
    documents: Sequence[BeirDocument], queries: Mapping[str, str], *, depth: int = DEPTH
) -> Rankings:
    """BM25 as bm25s does it, with PyStemmer's French stemmer."""
    import logging

    import bm25s
    import Stemmer

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    options: dict[str, Any] = {
        "stopwords": "fr",
        "stemmer": Stemmer.Stemmer("french"),
        "show_progress": False,
    }
    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(map(_whole, documents)), **options), show_progress=False)
    count = min(depth, len(documents))
    rankings: Rankings = {}
    for name, text in queries.items():
        words = bm25s.tokenize([text], return_ids=False, **options)
        if not words[0]:
            rankings[name] = []
            continue
        rows, scores = index.retrieve(words, k=count, show_progress=False)
        rankings[name] = [
            (documents[int(row)].id, float(score))
            for row, score in zip(rows[0], scores[0], strict=True)
            if score > 0
        ]
    return rankings


def llama_index_rankings(
    documents: Sequence[BeirDocument],
    queries: Mapping[str, str],
    embedding: BaseEmbedding,
    *,
    depth: int = DEPTH,
    advance: Callable[[int], None] = lambda _: None,
) -> Rankings:
    """llama-index's own index and retriever, all options as they come.

    Args:
        documents: the corpus.
        queries: text by identifier.
        embedding: the model.
        depth: length of the rankings.
        advance: called with the number of questions just asked.
    """
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter

    index = VectorStoreIndex.from_documents(
        [Document(id_=document.id, text=_whole(document)) for document in documents],
        embed_model=embedding,
        transformations=[SentenceSplitter()],
        show_progress=False,
    )
    chunks = len(index.index_struct.nodes_dict)
    # A long document may hold several of the best chunks: ask for more of them.
    retriever = index.as_retriever(similarity_top_k=min(chunks, 3 * depth))
    rankings: Rankings = {}
    for name, text in queries.items():
        best: dict[str, float] = {}
        for found in retriever.retrieve(text):
            best.setdefault(str(found.node.ref_doc_id), float(found.score or 0.0))
        rankings[name] = list(best.items())[:depth]
        advance(1)
    return rankings


def fuse(first: Rankings, second: Rankings, *, depth: int = DEPTH) -> Rankings:
    """Reciprocal rank fusion of two rankings: sum of 1 / (60 + rank)."""
    fused: Rankings = {}
    for name in first.keys() | second.keys():
        total: dict[str, float] = {}
        for ranking in (first.get(name, []), second.get(name, [])):
            for rank, (document, _) in enumerate(ranking, start=1):
                total[document] = total.get(document, 0.0) + 1 / (_RRF + rank)
        ordered = sorted(total.items(), key=lambda item: -item[1])
        fused[name] = ordered[:depth]
    return fused


def cached_embedding(
    embedder: Embedder,
    cache: VectorCache,
    recalled: RecalledQueries,
    advance: Callable[[int], None] = lambda _: None,
) -> BaseEmbedding:
    """The model as llama-index sees it, with the vectors of an evaluation's cache.

    Args:
        embedder: the model; a `TextEmbedding` is wrapped by our own llama-index class.
        cache: where vectors of chunks are kept.
        recalled: vectors of questions.
        advance: called with the number of chunks whose vector is known.
    """
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class Cached(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return _floats(recalled.embed_query(query))

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            keys = [text_key(text, "document") for text in texts]
            cache.fill(keys, texts, _embed)
            advance(len(texts))
            return [_floats(row) for row in cache.get(keys)]

    _embed = _through_llama_index(embedder)
    return Cached(model_name="cached", embed_batch_size=64)


def _through_llama_index(embedder: Embedder) -> Callable[[Sequence[str]], Any]:
    """Texts → vectors by the class that anyone of that ecosystem would use."""
    from assistant.index.embedding import TextEmbedding

    if not isinstance(embedder, TextEmbedding):
        return embedder.embed_documents
    from assistant.index.llama_embedding import SentenceTransformerEmbedding

    wrapped = SentenceTransformerEmbedding(embedder, embed_batch_size=64)
    return lambda texts: np.asarray(wrapped.get_text_embedding_batch(list(texts)), np.float32)


def _floats(vector: Any) -> list[float]:
    row: list[float] = vector.tolist()
    return row


def _whole(document: BeirDocument) -> str:
    return f"{document.title}\n{document.text}".strip()
