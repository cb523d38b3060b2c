"""A corpus in memory: one document a text, searched by words alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from assistant.index.assemble import assemble
from assistant.index.generations import Generation
from assistant.model import Block, BlockKind, Document, DocumentMetadata, Passage, Span
from assistant.retrieval.cross_encoder import Reranker
from assistant.retrieval.search import PassageSearch


class MemoryStore:
    """Passages and documents held in dictionaries."""

    def __init__(self, passages: Sequence[Passage], documents: Mapping[str, Document]) -> None:
        self._passages = {passage.id: passage for passage in passages}
        self._documents = documents

    def passages(self, ids: Sequence[str]) -> Mapping[str, Passage]:
        return {key: self._passages[key] for key in ids if key in self._passages}

    def documents(self, ids: Collection[str] | None = None) -> Mapping[str, Document]:
        return self._documents


def search_over(texts: Mapping[str, str], *, reranker: Reranker | None = None) -> PassageSearch:
    """Search over texts by document identifier, without an embedding model."""
    passages = [
        Passage(key, key, 0, (), (Block(BlockKind.PARAGRAPH, (Span(1, 0, len(text)),), text),))
        for key, text in texts.items()
    ]
    documents = {
        key: Document(key, f"{key}.pdf", "", DocumentMetadata(title=""), 1) for key in texts
    }
    made = assemble(passages, dict.fromkeys(texts, ""))
    generation = Generation(
        id="essai",
        manifest={"model": "aucun"},
        passage_ids=made.ids,
        passage_documents=made.documents,
        windows=made.table(),
        lexical=made.lexical(),
        glossary={},
        folder=Path(),
    )
    return PassageSearch(generation, MemoryStore(passages, documents), None, reranker=reranker)
