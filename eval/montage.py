"""A BEIR-style set, indexed as production indexes: same windows, analyser, sigles, BM25.

One document gives one passage on one page. The generation is published then opened as any
other (same files, same form of the vectors), in a folder that goes away with the evaluation.
Documents are assembled by pieces and vectors stay on disk, so that a hundred thousand
documents never stand in memory twice.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.errors import StorageError, cause
from assistant.index import generations, glossary
from assistant.index.assemble import Assembled, assemble
from assistant.index.generations import Generation, WindowTable
from assistant.language.normalise import display_text
from assistant.model import Block, BlockKind, Document, DocumentMetadata, Passage, Span
from eval.beir import BeirDocument, BeirSet
from eval.vecteurs import Embedder, VectorCache, Vectors

_BATCH = 1000
_PARAGRAPH = re.compile(r"(?:[^\n]|\n(?!\s*\n))+")


def passage_of(document: BeirDocument) -> Passage:
    """The only passage of a document: one block a paragraph (blank lines part them)."""
    blocks = []
    for match in _PARAGRAPH.finditer(document.text):
        text = display_text(match[0])
        if text:
            span = Span(1, match.start(), match.end())
            blocks.append(Block(BlockKind.PARAGRAPH, (span,), text))
    if not blocks:
        # A title alone can be found: production gives such a passage a window too.
        blocks.append(Block(BlockKind.PARAGRAPH, (Span(1, 0, len(document.text)),), ""))
    return Passage(document.id, document.id, 0, (), tuple(blocks))


class BeirStore:
    """Passages and documents of a set, for `PassageSearch`; passages are made when asked."""

    def __init__(self, documents: Sequence[BeirDocument]) -> None:
        self._documents = {document.id: document for document in documents}

    def passages(self, ids: Sequence[str]) -> Mapping[str, Passage]:
        """Passages by identifier; unknown ones are left out."""
        return {name: passage_of(self._documents[name]) for name in ids if name in self._documents}

    def documents(self, ids: Collection[str] | None = None) -> Mapping[str, Document]:
        """Documents by identifier."""
        wanted = self._documents if ids is None else ids
        return {
            name: Document(name, name, "", DocumentMetadata(title=_title(self._documents[name])), 1)
            for name in wanted
            if name in self._documents
        }


@dataclass(slots=True)
class Built:
    """An indexed set.

    Attributes:
        windows: embedded windows; `computed` of them were not in the cache.
        seconds: wall time by step.
    """

    generation: Generation
    store: BeirStore
    windows: int
    computed: int
    seconds: dict[str, float] = field(default_factory=dict)


def build(
    beir: BeirSet,
    embedder: Embedder,
    cache: VectorCache,
    folder: Path,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> Built:
    """Index a set.

    Args:
        beir: the set.
        embedder: the model that vectors come from.
        cache: where its vectors are kept.
        folder: where to write the index; it must outlive the result.
        advance: called with the number of documents just indexed.

    Raises:
        StorageError: the disk is full or refuses.
    """
    whole = Assembled()
    tables: list[WindowTable] = []
    ordered = folder / "vectors.f32"
    content = hashlib.sha256(embedder.fingerprint.encode())
    seconds = {"assemble": 0.0, "embed": 0.0, "lexical": 0.0, "glossary": 0.0}
    computed = 0
    for batch in _batches(beir.documents):
        started = time.perf_counter()
        part = assemble(
            [passage_of(document) for document in batch],
            {document.id: _title(document) for document in batch},
        )
        table = part.table()
        tables.append(dataclasses.replace(table, passage=table.passage + len(whole.ids)))
        keys = [window.digest for window in part.windows]
        for name, key in zip(part.rows, keys, strict=True):
            content.update(part.ids[name].encode("utf-8", "replace") + key)
        whole.ids += part.ids
        whole.documents += part.documents
        whole.texts += part.texts
        # Each word is kept once, however many documents hold it.
        whole.bodies += [[sys.intern(term) for term in terms] for terms in part.bodies]
        whole.contexts += [[sys.intern(term) for term in terms] for terms in part.contexts]
        assembled = time.perf_counter()
        computed += cache.fill(
            keys, [window.text for window in part.windows], embedder.embed_documents
        )
        _append(ordered, cache.get(keys))
        seconds["assemble"] += assembled - started
        seconds["embed"] += time.perf_counter() - assembled
        advance(len(batch))
    started = time.perf_counter()
    lexical = whole.lexical()
    indexed = time.perf_counter()
    sigles = glossary.merge(glossary.mine(whole.texts))
    seconds["lexical"] = indexed - started
    seconds["glossary"] = time.perf_counter() - indexed
    started = time.perf_counter()
    windows = _joined(tables)
    generations.publish(
        folder,
        content=content.hexdigest(),
        model=embedder.fingerprint,
        passage_ids=whole.ids,
        passage_documents=whole.documents,
        windows=windows,
        vectors=_mapped(ordered, embedder.dimension),
        lexical=lexical,
        glossary=sigles,
    )
    ordered.unlink()
    count = len(windows.passage)
    del whole, tables, windows, lexical
    generation = generations.load(folder)
    seconds["publish"] = time.perf_counter() - started
    return Built(
        generation,
        BeirStore(beir.documents),
        windows=count,
        computed=computed,
        seconds={name: round(value, 2) for name, value in seconds.items()},
    )


def _append(path: Path, vectors: Vectors) -> None:
    try:
        with path.open("ab") as stream:
            stream.write(vectors.tobytes())
    except OSError as error:
        raise StorageError(
            f"L'index d'évaluation ne peut pas être écrit ({cause(error)}).",
            "Libérez de la place, ou indiquez un autre dossier par --cache.",
        ) from error


def _mapped(path: Path, dimension: int) -> Vectors:
    """Vectors left on disk; an empty file cannot be mapped."""
    if not path.stat().st_size:
        return np.zeros((0, dimension), np.float32)
    return np.memmap(path, np.float32, "r").reshape(-1, dimension)


def _title(document: BeirDocument) -> str:
    return display_text(document.title)


def _batches(documents: Sequence[BeirDocument]) -> Iterator[Sequence[BeirDocument]]:
    for start in range(0, len(documents), _BATCH):
        yield documents[start : start + _BATCH]


def _joined(tables: Sequence[WindowTable]) -> WindowTable:
    return WindowTable(
        **{
            item.name: np.concatenate([getattr(table, item.name) for table in tables])
            for item in dataclasses.fields(WindowTable)
        }
    )
