"""The reading room behind llama-index's seams: a reader and a node parser.

Not imported by the rest of the project: it is there for people who want our reading of
PDFs in their own llama-index pipeline.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llama_index.core.node_parser import NodeParser
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import BaseNode, Document, NodeRelationship, TextNode

from assistant.ingestion.chunking import split_passages
from assistant.ingestion.reader import read_file
from assistant.model import Passage, ReadDocument

_READ = "assistant_read_document"


def content_id(path: Path) -> str:
    """Hash of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class StructuredPdfReader(BaseReader):
    """Reads one PDF into one llama-index document that keeps its structure.

    The text is the raw text of the pages separated by form feeds; `PassageNodeParser` finds
    the pages and blocks beside it.
    """

    def __init__(self, max_bytes: int = 200_000_000, max_pages: int = 5000) -> None:
        self._max_bytes = max_bytes
        self._max_pages = max_pages

    def load_data(
        self, file: str | Path, extra_info: dict[str, Any] | None = None
    ) -> list[Document]:
        """Read a file.

        Args:
            file: path of the PDF.
            extra_info: metadata to add.

        Raises:
            UnreadableFileError: the file is damaged, encrypted, too large or no PDF.
        """
        path = Path(file)
        read = read_file(path, max_bytes=self._max_bytes, max_pages=self._max_pages)
        document = Document(
            id_=content_id(path),
            text="\f".join(page.text for page in read.pages),
            metadata={
                "file_name": path.name,
                "title": read.metadata.title,
                "kind": read.metadata.kind,
                **(extra_info or {}),
            },
        )
        _documents[document.id_] = read
        return [document]


_documents: dict[str, ReadDocument] = {}
"""Structures of the documents read in this process: llama-index documents only hold text."""


class PassageNodeParser(NodeParser):
    """Turns documents of `StructuredPdfReader` into one node a passage."""

    @classmethod
    def class_name(cls) -> str:
        """Name of the parser in llama-index's registries."""
        return "PassageNodeParser"

    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        parsed: list[BaseNode] = []
        for node in nodes:
            read = _documents.get(node.node_id)
            if read is None:
                raise ValueError("PassageNodeParser needs documents read by StructuredPdfReader")
            parsed.extend(
                passage_node(passage, node) for passage in split_passages(read, node.node_id)
            )
        return parsed


def passage_node(passage: Passage, source: BaseNode) -> TextNode:
    """One passage as a llama-index node: section and pages in its metadata."""
    return TextNode(
        id_=passage.id,
        text=passage.text,
        metadata={
            **source.metadata,
            "section": " > ".join(passage.section),
            "pages": list(passage.pages),
        },
        excluded_embed_metadata_keys=["file_name", "pages", "kind"],
        relationships={NodeRelationship.SOURCE: source.as_related_node_info()},
    )
