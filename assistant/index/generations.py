"""Generations: immutable sets of derived files, swapped atomically.

`index/generations/<id>/` holds the FAISS vectors, the window table, the two BM25 fields and
a manifest with their checksums. `index/CURRENT` names the one that serves. A generation is
written under a temporary name, synchronised to disk, renamed, and only then named by
CURRENT: a kill or a full disk at any instant leaves the previous one serving. Readers keep
the generation they opened.

What grows with the corpus is memory-mapped: opening reads what is small. Generations of
format 1 (one vocabulary a field, names in JSON) still open; the next ingestion that changes
something takes their vectors over and writes format 2.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexCorruptError, StorageError, cause, is_full, no_index
from assistant.index.columns import Coded, Gathered, Strings
from assistant.index.glossary import PLACES_FILE, Entries, Glossary, load_places
from assistant.index.lexical import LexicalIndex

if TYPE_CHECKING:
    from assistant.index.vectors import FaissWindowStore, Vectors

FORMAT_VERSION = 2
_READABLE = (1, 2)
_KEPT = 2
_TRUSTED_BYTES = 32 << 20
"""Larger files whose size and time are those of their publication are not summed again."""
_POINTER = "CURRENT"
_STAMP = "%Y%m%dT%H%M%S.%f"
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
    """An opened generation. Passages are rows, in the order of `passage_ids`.

    `damaged` names what could not be opened, when this older generation serves in its place.
    `id` is empty when none was opened (see `nothing`).
    """

    id: str
    manifest: dict[str, Any]
    passage_ids: Sequence[str]
    passage_documents: Sequence[str]
    windows: WindowTable
    lexical: LexicalIndex
    glossary: Glossary
    folder: Path
    damaged: str | None = None

    @cached_property
    def sigles(self) -> Entries:
        """Sigles that the corpus defines, with the pages; none in a generation without them."""
        try:
            return load_places((self.folder / PLACES_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    @cached_property
    def vectors(self) -> FaissWindowStore:
        """The window vectors, opened at the first search: llama-index takes seconds to import.

        Raises:
            IndexCorruptError: its files cannot be read.
        """
        from assistant.index.vectors import FaissWindowStore

        if not self.id:
            return FaissWindowStore()
        rows = self.windows.passage
        try:
            return FaissWindowStore.load(
                self.folder / _VECTORS,
                Gathered(self.passage_ids, rows),
                Gathered(self.passage_documents, rows),
            )
        except (RuntimeError, OSError, ValueError) as error:
            raise _damaged(self.id) from error

    @property
    def model(self) -> str:
        """Fingerprint of the embedding model that made the vectors."""
        return str(self.manifest["model"])


def current_id(index_dir: Path) -> str | None:
    """Identifier of the generation that serves, `None` when there is none."""
    try:
        return (index_dir / _POINTER).read_text(encoding="ascii").strip("\0 \r\n") or None
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def is_latest(index_dir: Path, generation: Generation) -> bool:
    """Whether opening the index again would give this generation again."""
    served = generation.id or _POINTER
    return (current_id(index_dir) or _POINTER) in (served, generation.damaged)


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
    places: str = "{}",
) -> str:
    """Write a generation and make it the current one.

    `places` says where the corpus defines its sigles (`glossary.dump_places`).

    Returns:
        The identifier of the new generation.

    Raises:
        StorageError: the disk is full or refuses; the previous generation still serves.
    """
    from assistant.index.vectors import write_vectors

    root = index_dir / "generations"
    stamp = datetime.now(UTC).strftime(_STAMP)
    identifier = f"{_later(stamp, published_ids(index_dir))}-{content[:8]}"
    work = root / f".{identifier}.{os.getpid()}.tmp"
    try:
        work.mkdir(parents=True)
        form = write_vectors(work / _VECTORS, vectors)
        for column in fields(WindowTable):
            np.save(work / f"windows-{column.name}.npy", getattr(windows, column.name))
        documents = Coded.of(passage_documents)
        np.save(work / "passage-ids.npy", Strings.of(passage_ids).values)
        np.save(work / "passage-documents.npy", documents.codes)
        lexical.save(work)
        (work / "glossary.json").write_text(json.dumps(glossary), encoding="utf-8")
        (work / PLACES_FILE).write_text(places, encoding="utf-8")
        manifest = {
            "format": FORMAT_VERSION,
            "id": identifier,
            "created": stamp,
            "model": model,
            "content": content,
            "passages": len(passage_ids),
            "windows": len(windows.passage),
            "vectors": form,
            "documents": documents.names,
            "files": {path.name: _file_facts(path) for path in sorted(work.iterdir())},
        }
        (work / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        for path in work.iterdir():
            _sync(path)
        _sync(work)
        final = root / identifier
        work.rename(final)
        _sync(root)
        pointer = index_dir / f".{_POINTER}.{os.getpid()}.tmp"
        pointer.write_text(identifier, encoding="ascii")
        _sync(pointer)
        pointer.replace(index_dir / _POINTER)
        _sync(index_dir)
    except OSError as error:
        shutil.rmtree(work, ignore_errors=True)
        raise StorageError(
            "Le disque est plein : le nouvel index n'a pas pu être écrit."
            if is_full(error)
            else f"Le nouvel index n'a pas pu être écrit ({cause(error)}).",
            "Libérez de la place ou vérifiez les droits, puis relancez ; "
            "l'index précédent reste en service.",
        ) from error
    return identifier


def load(index_dir: Path, *, verify: bool = False) -> Generation:
    """Open the current generation, or the newest sound one if the current is damaged.

    Args:
        index_dir: where the index lives.
        verify: sum every file again; by default a large one is believed when its size and
            time are those of its publication.

    Raises:
        IndexMissingError: nothing was ever published here.
        IndexCorruptError: no generation is sound.
    """
    wanted = current_id(index_dir)
    candidates = [name for name in published_ids(index_dir) if name != wanted]
    if wanted is not None:
        candidates.insert(0, wanted)
    if not candidates:
        raise no_index(index_dir)
    failure: IndexCorruptError | None = None
    for identifier in candidates:
        try:
            found = _open(index_dir / "generations" / identifier, verify=verify)
            return found if identifier == wanted else replace(found, damaged=wanted or _POINTER)
        except IndexCorruptError as error:
            failure = failure or error
    assert failure is not None
    raise failure


def nothing(index_dir: Path) -> Generation:
    """What serves while nothing can be opened: no passage, in memory only.

    `damaged` names the generation that should serve, when there is one.
    """
    none = np.zeros(0, dtype=np.int32)
    return Generation(
        "",
        {"created": "", "model": "", "content": None, "documents": []},
        [],
        [],
        WindowTable(none, none, none, none, np.zeros(0, dtype="S1")),
        LexicalIndex.build([], []),
        {},
        index_dir / "generations",
        (current_id(index_dir) or _POINTER) if published_ids(index_dir) else None,
    )


def collect_garbage(index_dir: Path, *, keep: int = _KEPT) -> list[str]:
    """Remove old generations and unfinished ones; return documents still referenced."""
    root = index_dir / "generations"
    current = current_id(index_dir)
    published = published_ids(index_dir)
    kept = [name for name in published if name == current]
    kept += [name for name in published if name != current][: keep - len(kept)]
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


def published_ids(index_dir: Path) -> list[str]:
    """Identifiers of the generations of an index, the newest first."""
    root = index_dir / "generations"
    if not root.is_dir():
        return []
    names = [path.name for path in root.iterdir() if not path.name.startswith(".")]
    return sorted(names, reverse=True)  # identifiers start with their UTC date


def _later(stamp: str, published: Sequence[str]) -> str:
    """A stamp after those already published, whatever the clock did: names tell the order."""
    latest = published[0].partition("-")[0] if published else ""
    if stamp > latest:
        return stamp
    try:
        after = datetime.strptime(latest, _STAMP) + timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return stamp  # not a name of ours
    return after.strftime(_STAMP)


def _open(folder: Path, *, verify: bool) -> Generation:
    manifest = read_manifest(folder.parent.parent, folder.name)
    if manifest.get("format") not in _READABLE:
        raise IndexCorruptError(
            f"La génération d'index « {folder.name} » vient d'une autre version du logiciel.",
            _REBUILD,
        )
    try:
        if not all(
            _is_sound(folder / name, facts, verify) for name, facts in manifest["files"].items()
        ):
            raise _damaged(folder.name)
        read = _read_format_1 if manifest["format"] == 1 else _read
        generation = read(folder, manifest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder.name) from error
    return generation


def _read(folder: Path, manifest: dict[str, Any]) -> Generation:
    def column(name: str) -> npt.NDArray[Any]:
        # A plain array on the mapped file: slices of `memmap` cost ten times more.
        values: npt.NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray)
        return values

    ids = Strings(column("passage-ids"))
    return Generation(
        folder.name,
        manifest,
        ids,
        Coded(column("passage-documents"), manifest["documents"]),
        WindowTable(*(column(f"windows-{each.name}") for each in fields(WindowTable))),
        LexicalIndex.load(folder, len(ids)),
        _glossary(folder),
        folder,
    )


def _read_format_1(folder: Path, manifest: dict[str, Any]) -> Generation:
    passages = json.loads((folder / "passages.json").read_text(encoding="utf-8"))
    with np.load(folder / "windows.npz") as arrays:
        windows = WindowTable(*(arrays[each.name] for each in fields(WindowTable)))
    ids = Strings.of(passages["ids"])
    return Generation(
        folder.name,
        manifest,
        ids,
        Coded.of(passages["documents"]),
        windows,
        LexicalIndex.load_bm25s(folder, len(ids)),
        _glossary(folder),
        folder,
    )


def _glossary(folder: Path) -> Glossary:
    glossary: Glossary = json.loads((folder / "glossary.json").read_text(encoding="utf-8"))
    return glossary


def _file_facts(path: Path) -> dict[str, Any]:
    status = path.stat()
    return {"sha256": _checksum(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}


def _is_sound(path: Path, facts: dict[str, Any] | str, verify: bool) -> bool:
    """Whether a file is what was published; format 1 recorded nothing but its checksum."""
    if not path.is_file():
        return False
    known = {"sha256": facts} if isinstance(facts, str) else facts
    status = path.stat()
    if known.get("size", status.st_size) != status.st_size:
        return False
    if (
        not verify
        and status.st_size > _TRUSTED_BYTES
        and known.get("mtime_ns") == status.st_mtime_ns
    ):
        return True
    return bool(_checksum(path) == known["sha256"])


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
