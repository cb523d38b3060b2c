"""Generations: immutable sets of derived files, swapped atomically.

`index/generations/<id>/` holds the FAISS vectors, the window table, the two BM25 fields and
a manifest with their checksums. `index/CURRENT` names the one that serves. A generation is
written under a temporary name, synchronised to disk, renamed, and only then named by
CURRENT: a kill or a full disk at any instant leaves the previous one serving. Readers keep
the generation they opened.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexCorruptError, IndexMissingError, StorageError
from assistant.index.glossary import Glossary
from assistant.index.lexical import LexicalIndex

if TYPE_CHECKING:
    from assistant.index.vectors import FaissWindowStore, Vectors

FORMAT_VERSION = 1
_KEPT = 2
_MANIFEST = "manifest.json"
_VECTORS = "vectors.faiss"
_REBUILD = "Reconstruisez-le : assistant ingerer DOSSIER --reconstruire."


@dataclass(frozen=True)
class WindowTable:
    """Where each embedded window stands; arrays of equal length, one row a window."""

    passage: npt.NDArray[np.int32]
    page: npt.NDArray[np.int32]
    start: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    digest: npt.NDArray[np.bytes_]


@dataclass(frozen=True)
class Generation:
    """An opened generation. Passages are rows, in the order of `passage_ids`."""

    id: str
    manifest: dict[str, Any]
    passage_ids: list[str]
    passage_documents: list[str]
    windows: WindowTable
    lexical: LexicalIndex
    glossary: Glossary
    folder: Path

    @cached_property
    def vectors(self) -> FaissWindowStore:
        """The window vectors, opened at the first search: llama-index takes seconds to import.

        Raises:
            IndexCorruptError: FAISS cannot read its file.
        """
        from assistant.index.vectors import FaissWindowStore

        rows = self.windows.passage.tolist()
        try:
            return FaissWindowStore.load(
                self.folder / _VECTORS,
                [self.passage_ids[row] for row in rows],
                [self.passage_documents[row] for row in rows],
            )
        except RuntimeError as error:
            raise _damaged(self.id) from error

    @property
    def model(self) -> str:
        """Fingerprint of the embedding model that made the vectors."""
        return str(self.manifest["model"])


def current_id(index_dir: Path) -> str | None:
    """Identifier of the generation that serves, `None` when there is none."""
    try:
        return (index_dir / "CURRENT").read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def read_manifest(index_dir: Path, generation: str) -> dict[str, Any]:
    """Manifest of a generation.

    Raises:
        IndexCorruptError: it is absent or unreadable.
    """
    path = index_dir / "generations" / generation / _MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexCorruptError(
            f"La génération d'index « {generation} » est illisible.", _REBUILD
        ) from error
    return manifest


def publish(
    index_dir: Path,
    *,
    content: str,
    model: str,
    passage_ids: Sequence[str],
    passage_documents: Sequence[str],
    windows: WindowTable,
    vectors: Vectors,
    lexical: LexicalIndex,
    glossary: Glossary,
) -> str:
    """Write a generation and make it the current one.

    Returns:
        The identifier of the new generation.

    Raises:
        StorageError: the disk is full or refuses; the previous generation still serves.
    """
    from assistant.index.vectors import FaissWindowStore

    root = index_dir / "generations"
    # Microseconds keep two generations of one second apart, and their names in order.
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    identifier = f"{stamp}-{content[:8]}"
    work = root / f".{identifier}.{os.getpid()}.tmp"
    try:
        work.mkdir(parents=True)
        store = FaissWindowStore(dimension=vectors.shape[1])
        if len(vectors):
            store.add_vectors(vectors, [""] * len(vectors), [""] * len(vectors))
        store.save(work / _VECTORS)
        np.savez(
            work / "windows.npz",
            passage=windows.passage,
            page=windows.page,
            start=windows.start,
            end=windows.end,
            digest=windows.digest,
        )
        (work / "passages.json").write_text(
            json.dumps({"ids": list(passage_ids), "documents": list(passage_documents)}),
            encoding="utf-8",
        )
        lexical.save(work)
        (work / "glossary.json").write_text(json.dumps(glossary), encoding="utf-8")
        manifest = {
            "format": FORMAT_VERSION,
            "id": identifier,
            "created": stamp,
            "model": model,
            "content": content,
            "passages": len(passage_ids),
            "windows": len(windows.passage),
            "documents": sorted(set(passage_documents)),
            "files": {
                str(path.relative_to(work)): _checksum(path)
                for path in sorted(work.rglob("*"))
                if path.is_file()
            },
        }
        (work / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        for path in work.rglob("*"):
            _sync(path)
        _sync(work)
        final = root / identifier
        work.rename(final)
        _sync(root)
        pointer = index_dir / f".CURRENT.{os.getpid()}.tmp"
        pointer.write_text(identifier, encoding="ascii")
        _sync(pointer)
        pointer.replace(index_dir / "CURRENT")
        _sync(index_dir)
    except OSError as error:
        shutil.rmtree(work, ignore_errors=True)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StorageError(
            "Le disque est plein : le nouvel index n'a pas pu être écrit."
            if full
            else f"Le nouvel index n'a pas pu être écrit ({error.strerror or error}).",
            "Libérez de la place ou vérifiez les droits, puis relancez ; "
            "l'index précédent reste en service.",
        ) from error
    return identifier


def load(index_dir: Path, *, verify: bool = True) -> Generation:
    """Open the current generation, or the newest sound one if the current is damaged.

    Raises:
        IndexMissingError: nothing was ever published here.
        IndexCorruptError: no generation is sound.
    """
    wanted = current_id(index_dir)
    if wanted is None:
        raise IndexMissingError(
            f"Aucun index dans « {index_dir} ».",
            "Chargez d'abord des documents : assistant ingerer DOSSIER.",
        )
    candidates = [wanted] + [name for name in _published(index_dir) if name != wanted]
    failure: IndexCorruptError | None = None
    for identifier in candidates:
        try:
            return _open(index_dir / "generations" / identifier, verify=verify)
        except IndexCorruptError as error:
            failure = failure or error
    assert failure is not None
    raise failure


def collect_garbage(index_dir: Path) -> list[str]:
    """Remove old generations and unfinished ones; return documents still referenced."""
    root = index_dir / "generations"
    current = current_id(index_dir)
    published = _published(index_dir)
    kept = [name for name in published if name == current]
    kept += [name for name in published if name != current][: _KEPT - len(kept)]
    for path in root.iterdir() if root.is_dir() else ():
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
    documents: set[str] = set()
    for name in kept:
        try:
            documents.update(read_manifest(index_dir, name)["documents"])
        except (IndexCorruptError, KeyError):
            continue
    return sorted(documents)


def _published(index_dir: Path) -> list[str]:
    root = index_dir / "generations"
    if not root.is_dir():
        return []
    names = [path.name for path in root.iterdir() if not path.name.startswith(".")]
    return sorted(names, reverse=True)  # identifiers start with their UTC date


def _open(folder: Path, *, verify: bool) -> Generation:
    manifest = read_manifest(folder.parent.parent, folder.name)
    if manifest.get("format") != FORMAT_VERSION:
        raise IndexCorruptError(
            f"La génération d'index « {folder.name} » vient d'une autre version du logiciel.",
            _REBUILD,
        )
    for name, checksum in manifest["files"].items():
        path = folder / name
        if not path.is_file() or (verify and _checksum(path) != checksum):
            raise _damaged(folder.name)
    try:
        passages = json.loads((folder / "passages.json").read_text(encoding="utf-8"))
        with np.load(folder / "windows.npz") as arrays:
            windows = WindowTable(
                arrays["passage"], arrays["page"], arrays["start"], arrays["end"], arrays["digest"]
            )
        ids: list[str] = passages["ids"]
        documents: list[str] = passages["documents"]
        lexical = LexicalIndex.load(folder, len(ids))
        glossary: Glossary = json.loads((folder / "glossary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError) as error:
        raise _damaged(folder.name) from error
    return Generation(folder.name, manifest, ids, documents, windows, lexical, glossary, folder)


def _damaged(identifier: str) -> IndexCorruptError:
    return IndexCorruptError(f"La génération d'index « {identifier} » est endommagée.", _REBUILD)


def _checksum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Flush a file or a folder entry to disk; folders cannot be opened on Windows."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
