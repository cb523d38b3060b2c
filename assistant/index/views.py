"""Views: an index of part of the documents, for who may not see the others.

A view is a generation of its own, written under `index/vues/` as generations are. Word
statistics, spelling, sigles and their places come from the passages of its documents alone, so
that nothing of the others shows, neither in an order nor in a suggestion. Vectors are copied from
the generation it is a part of: nothing is embedded again. Its folder is named after that
generation and after its documents: another generation, or other documents, is another view.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexCorruptError, IndexMissingError
from assistant.index import generations
from assistant.index.assemble import assemble, publish_assembled
from assistant.index.catalogue import Catalogue, unknown_document
from assistant.index.generations import Generation
from assistant.index.glossary import Definition, gather, noting
from assistant.index.rows import FileRow
from assistant.model import Document, Page, PageStatus, Passage, Word

FOLDER: Final = "vues"
_KEPT: Final = 16
"""Views of the generation that serves kept on disk; the one used longest ago goes first."""


class SeenCatalogue(Catalogue):
    """The catalogue as somebody sees it who sees only some documents."""

    def __init__(self, whole: Catalogue, seen: Collection[str]) -> None:
        """Bind to a catalogue, whose connections are shared, and to the documents seen."""
        self.path = whole.path
        self._local = whole._local
        self._seen = frozenset(seen)

    def files(self) -> list[FileRow]:
        """Files of the documents seen; a refused file is nobody's."""
        return [row for row in super().files() if row.document_id in self._seen]

    def has_document(self, document_id: str, reader_version: int) -> bool:
        """Whether a document seen was read by this version of the reader."""
        return document_id in self._seen and super().has_document(document_id, reader_version)

    def documents(self, ids: Iterable[str] | None = None) -> dict[str, Document]:
        """Documents seen, by identifier; a version that is not seen is not named."""
        wanted = super().documents() if ids is None else ids
        # Asked for by identifier in any case: links are drawn between those given only.
        return super().documents(self._seen.intersection(wanted))

    def version_links(self) -> list[tuple[str, str]]:
        """Pairs (older, newer) of versions, both seen."""
        return [pair for pair in super().version_links() if self._seen.issuperset(pair)]

    def descriptions(self) -> dict[str, Any]:
        """What is said of the documents seen."""
        return {key: said for key, said in super().descriptions().items() if key in self._seen}

    def document_summary(self, document_id: str) -> tuple[dict[str, int], int, tuple[str, ...]]:
        """As for an unknown document when it is not seen."""
        return super().document_summary(self._known(document_id))

    def page(self, document_id: str, number: int, *, words: bool = True) -> Page:
        """A page of a document seen.

        Raises:
            DocumentNotFoundError: unknown, or not seen: nothing tells one from the other.
            PageNotFoundError: no such page.
        """
        if document_id not in self._seen:
            raise unknown_document(document_id)
        return super().page(document_id, number, words=words)

    def words(self, document_id: str, number: int, start: int, end: int) -> tuple[Word, ...]:
        """Words of a page; none when its document is not seen."""
        return super().words(self._known(document_id), number, start, end)

    def pages_with_status(self, status: PageStatus) -> dict[str, list[int]]:
        """Numbers of the pages of the documents seen that have a status."""
        found = super().pages_with_status(status)
        return {key: pages for key, pages in found.items() if key in self._seen}

    def page_ledger(self, document_id: str) -> list[sqlite3.Row]:
        """No page when the document is not seen."""
        return super().page_ledger(self._known(document_id))

    def active_passages(self) -> Iterator[Passage]:
        """Passages of every document seen."""
        for document_id in sorted(self._seen):
            yield from super().passages_of(document_id)

    def passages_of(self, document_id: str) -> Iterator[Passage]:
        """Passages of one document; none when it is not seen."""
        return super().passages_of(self._known(document_id))

    def passages_at(self, document_id: str, first: int, last: int) -> list[Passage]:
        """Passages between two positions; none when the document is not seen."""
        return super().passages_at(self._known(document_id), first, last)

    def passages_with(self, document_id: str, word: str) -> list[Passage]:
        """Passages that hold a word; none when the document is not seen."""
        return super().passages_with(self._known(document_id), word)

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages of documents seen."""
        found = super().passages(ids)
        return {key: one for key, one in found.items() if one.document_id in self._seen}

    def _known(self, document_id: str) -> str:
        """The identifier, or one that no document has."""
        return document_id if document_id in self._seen else ""


def open_view(
    index_dir: Path, whole: Generation, catalogue: SeenCatalogue, seen: Collection[str]
) -> Generation:
    """The part of a generation that holds some documents only; written at the first need.

    Args:
        index_dir: where the index lives.
        whole: the generation that serves.
        catalogue: the same documents, as they are seen.
        seen: identifiers of the documents.

    Raises:
        StorageError: it cannot be written.
    """
    folder = index_dir / FOLDER / _name(whole.id, seen)
    try:
        found = generations.load(folder)
        folder.touch()
    except (IndexMissingError, IndexCorruptError):
        # Derived files: what cannot be opened is built again.
        shutil.rmtree(folder, ignore_errors=True)
        _build(folder, whole, catalogue, seen)
        found = generations.load(folder)
        _prune(index_dir, whole.id)
    return found


def collect_garbage(index_dir: Path) -> None:
    """Remove the views of generations that are gone."""
    kept = {path.name for path in (index_dir / "generations").glob("*")}
    for path in _folders(index_dir):
        if path.name.rpartition(".")[0] not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _build(
    folder: Path, whole: Generation, catalogue: SeenCatalogue, seen: Collection[str]
) -> None:
    rows = {key: row for row, key in enumerate(whole.passage_ids)}
    first = np.searchsorted(whole.windows.passage, np.arange(len(rows) + 1))
    titles = {key: one.metadata.title for key, one in catalogue.documents().items()}
    definitions: list[Definition] = []
    passages = (
        passage
        for passage in catalogue.active_passages()
        # Read again since the generation was made: it comes with the next one.
        if passage.id in rows and passage.document_id in titles
    )
    made = assemble(noting(passages, definitions), titles)
    counts = np.bincount(np.array(made.rows, dtype=np.int64), minlength=len(made.ids))
    taken: list[npt.NDArray[np.int64]] = []
    for key, count in zip(made.ids, counts.tolist(), strict=True):
        start, end = (int(bound) for bound in first[rows[key] : rows[key] + 2])
        # As many windows as were embedded, unless the passage was read again since: the last one
        # then stands for those in excess, until the next generation.
        taken.append(np.minimum(np.arange(start, start + count), max(start, end - 1)))
    wanted = np.concatenate(taken) if taken else np.zeros(0, dtype=np.int64)
    publish_assembled(
        folder,
        content=_name(whole.id, seen).rpartition(".")[2],
        model=whole.model,
        made=made,
        sigles=gather(definitions),
        vectors=whole.vectors.vectors()[wanted],
    )


def _name(generation: str, seen: Collection[str]) -> str:
    digest = hashlib.sha256(" ".join(sorted(seen)).encode())
    return f"{generation}.{digest.hexdigest()[:32]}"


def _prune(index_dir: Path, generation: str) -> None:
    """Keep the views used lately; the folders of other generations go with them."""
    own = [path for path in _folders(index_dir) if path.name.rpartition(".")[0] == generation]
    own.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in own[_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def _folders(index_dir: Path) -> list[Path]:
    root = index_dir / FOLDER
    return [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
