"""From folders to a published generation: incremental, resumable, atomic.

1. Compare the folders with the catalogue (an unchanged file costs a `stat`).
2. Read what is new in child processes; each document is stored in one transaction.
3. Forget files that left; refuse to forget a whole folder that suddenly looks empty.
4. Embed the windows that no earlier generation embedded; publish a new generation.

A kill at any point loses at most the file being read: the next run resumes, and readers
keep the previous generation.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.errors import (
    IndexCorruptError,
    IndexMissingError,
    UnreadableFileError,
    cause,
)
from assistant.index import generations, glossary, reading, views
from assistant.index.assemble import assemble, publish_assembled
from assistant.index.catalogue import Catalogue, FileRow
from assistant.index.described import replace_sources
from assistant.index.descriptions import Description
from assistant.index.in_use import writing
from assistant.index.reading import (
    ReadLimits,
    ReadOutcome,
    content_id,
    hash_file,
    read_all,
)
from assistant.index.scan import Plan, compare, list_files, shown_name
from assistant.index.versions import update_versions
from assistant.index.windows import Window
from assistant.language.analyser import ANALYSER_VERSION
from assistant.model import FileReport

Vectors = npt.NDArray[np.float32]

_EMBED_CHUNK = 64

EXCLUDED = (
    "Ce contenu a été retiré de l'index ; pour le reprendre : assistant corpus reprendre FICHIER."
)


class Embedder(Protocol):
    """What the pipeline asks of an embedding model."""

    @property
    def fingerprint(self) -> str:
        """Identifies the weights and the way they are used."""

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """L2-normalised vectors, shape (texts, dimension)."""


class Progress(Protocol):
    """Where the pipeline tells how far it is; see `assistant.progress`."""

    def start(self, step: str, total: int, unit: str) -> None:
        """A step begins: `total` units of work, 0 when unknown."""

    def advance(self, amount: int = 1) -> None:
        """Some units of the current step are done."""

    def report(self, report: FileReport) -> None:
        """A file has its last word."""


class SilentProgress:
    """Tells nobody."""

    def start(self, step: str, total: int, unit: str) -> None:
        """Do nothing."""

    def advance(self, amount: int = 1) -> None:
        """Do nothing."""

    def report(self, report: FileReport) -> None:
        """Do nothing."""


KnownSource = Callable[[Path, str], Description]
"""What the list of public sources says of a file, by path and SHA-256; empty if nothing."""


@dataclass(frozen=True, slots=True)
class IngestionResult:
    """What an ingestion did: one report a file, and the generation that now serves."""

    reports: list[FileReport] = field(default_factory=list)
    generation: str | None = None
    changed: bool = False


def ingest(
    index_dir: Path,
    folders: Sequence[Path],
    *,
    embedder: Callable[[], Embedder],
    limits: ReadLimits,
    workers: int = 0,
    allow_empty: bool = False,
    rebuild: bool = False,
    known_source: KnownSource | None = None,
    withdrawn: Callable[[Catalogue], None] | None = None,
    progress: Progress | None = None,
) -> IngestionResult:
    """Bring the index up to date with folders (or single files).

    Args:
        index_dir: where the index lives; created when absent.
        folders: folders, searched recursively, or files.
        embedder: called only when something must be embedded or checked.
        limits: bounds of the reading of each file.
        workers: reading processes; 0 for one per core.
        allow_empty: accept that a folder once indexed now holds nothing.
        rebuild: publish a new generation even when no file changed.
        known_source: what the list of public sources says of a file, given its path and
            the SHA-256 of its content; `None` leaves what it said before.
        withdrawn: called first, once the index is held: takes documents out of the catalogue.
        progress: told of each step.

    Raises:
        FolderNotFoundError: a folder does not exist or cannot be listed.
        EmptyFolderError: a folder once indexed is now empty and `allow_empty` is false.
        IndexLockedError: another ingestion is running on this index.
        StorageError: the disk is full or refuses.
    """
    progress = progress or SilentProgress()
    listings = [(folder, list_files(folder)) for folder in folders]
    with writing(index_dir):
        catalogue = Catalogue(index_dir / "catalogue.sqlite", create=True)
        if withdrawn is not None:
            withdrawn(catalogue)
        known = {row.path: row for row in catalogue.files()}
        excluded = {row.path for row in catalogue.excluded()}
        listings = [
            (folder, [path for path in paths if str(path) not in excluded])
            for folder, paths in listings
        ]
        plan = compare(listings, known, allow_empty=allow_empty)
        reports = [*plan.reports]
        for report in reports:
            progress.report(report)
        for report in _read(catalogue, plan, known, limits, workers, progress):
            reports.append(report)
            progress.report(report)
        if plan.gone:
            catalogue.forget_files(row.path for row in plan.gone)
        if known_source is not None:
            _describe_sources(catalogue, known_source)
        update_versions(catalogue)
        generation = _current(index_dir)
        stored = {row.document_id for row in catalogue.files() if row.document_id}
        model = embedder() if stored else None
        stale = (
            generation is None
            or generation.damaged is not None
            or (model is not None and generation.model != model.fingerprint)
        )
        content = _content(catalogue)
        served = generation.manifest.get("content") if generation else _content(None)
        changed = rebuild or content != served or (stale and bool(stored))
        identifier = generation.id if generation else None
        if changed and model is not None:
            identifier = _build(index_dir, catalogue, content, model, generation, progress)
        elif changed and generation is not None:
            identifier = _build(
                index_dir, catalogue, content, _NoModel(generation), generation, progress
            )
        catalogue.purge(generations.collect_garbage(index_dir))
        views.collect_garbage(index_dir)
        return IngestionResult(reports, identifier, changed)


def purge(index_dir: Path) -> None:
    """Leave nothing on the disk of the documents that were taken out.

    Older generations go, and with them the last reason to keep their text; whoever reads one
    must have turned to the current one before.

    Raises:
        IndexLockedError: an ingestion is running on this index.
        StorageError: the disk refuses.
    """
    with writing(index_dir):
        catalogue = Catalogue(index_dir / "catalogue.sqlite")
        catalogue.purge(generations.collect_garbage(index_dir, keep=1))
        views.collect_garbage(index_dir)
        catalogue.scrub()


def _read(
    catalogue: Catalogue,
    plan: Plan,
    known: dict[str, FileRow],
    limits: ReadLimits,
    workers: int,
    progress: Progress,
) -> Iterator[FileReport]:
    roots = {path: root for root, path in plan.to_read}
    hashes: dict[Path, str] = {}
    to_read: list[tuple[Path, str]] = []
    twins: list[Path] = []
    scheduled: set[str] = set()
    excluded = {row.document_id for row in catalogue.excluded()}
    sizes = {path: _file_row(root, path, None).size for path, root in roots.items()}
    progress.start("Lecture des documents", sum(sizes.values()), "octets")
    for path, root in roots.items():
        try:
            hashes[path] = hash_file(path)
        except OSError as error:
            yield _refuse(
                catalogue,
                root,
                path,
                UnreadableFileError(
                    f"Le fichier ne peut pas être ouvert ({cause(error)}).",
                    "Vérifiez ses droits d'accès, puis relancez.",
                    code="acces",
                ),
            )
            progress.advance(sizes[path])
            continue
        document_id = content_id(hashes[path])
        if document_id in excluded:
            name = shown_name(root, path)
            catalogue.exclude_file(str(path), name, document_id)
            yield FileReport(file=name, status="removed", reason=EXCLUDED)
            progress.advance(sizes[path])
        elif document_id in scheduled or catalogue.has_document(
            document_id, reading.READER_VERSION
        ):
            twins.append(path)
        else:
            scheduled.add(document_id)
            to_read.append((path, hashes[path]))
    # Longest first: the last worker to finish then finishes soon.
    to_read.sort(key=lambda item: sizes[item[0]], reverse=True)
    count = workers or os.cpu_count() or 1
    for outcome in read_all(to_read, limits, workers=count):
        yield _store(catalogue, roots[outcome.path], outcome, hashes[outcome.path], known)
        progress.advance(sizes[outcome.path])
    for path in twins:
        document_id = content_id(hashes[path])
        if catalogue.has_document(document_id, reading.READER_VERSION):
            row = _file_row(roots[path], path, document_id)
            catalogue.put_file(row)
            yield _report(catalogue, row, known, 0.0)
        else:  # its twin was refused: same content, same reason
            first = next(other for other, digest in to_read if digest == hashes[path])
            reason = next(row for row in catalogue.files() if row.path == str(first))
            yield _refuse(
                catalogue,
                roots[path],
                path,
                UnreadableFileError(
                    reason.reason or "", code=reason.reason_code or "fichier_illisible"
                ),
            )
        progress.advance(sizes[path])


def _describe_sources(catalogue: Catalogue, known_source: KnownSource) -> None:
    hashes = {
        row["id"]: row["sha256"] for row in catalogue.rows("SELECT id, sha256 FROM documents")
    }
    known: dict[str, Description] = {}
    for row in catalogue.files():
        if row.document_id and not known.get(row.document_id):
            known[row.document_id] = known_source(Path(row.path), hashes[row.document_id])
    replace_sources(catalogue, {key: said for key, said in known.items() if said})


def _store(
    catalogue: Catalogue, root: Path, outcome: ReadOutcome, sha256: str, known: dict[str, FileRow]
) -> FileReport:
    if outcome.rows is None:
        assert outcome.error is not None
        return _refuse(catalogue, root, outcome.path, outcome.error, outcome.seconds)
    row = _file_row(root, outcome.path, content_id(sha256))
    catalogue.put_document(outcome.rows, row)
    return _report(catalogue, row, known, outcome.seconds)


def _refuse(
    catalogue: Catalogue,
    root: Path,
    path: Path,
    error: UnreadableFileError,
    seconds: float = 0.0,
) -> FileReport:
    """Refuse a file: what it held before is no longer on disk and leaves the index."""
    reason = f"{error.message} {error.remedy}".strip()
    catalogue.put_file(_file_row(root, path, None, reason, error.code))
    return FileReport(
        file=shown_name(root, path),
        status="refused",
        reason=reason,
        reason_code=error.code,
        seconds=round(seconds, 3),
    )


def _report(
    catalogue: Catalogue, row: FileRow, known: dict[str, FileRow], seconds: float
) -> FileReport:
    assert row.document_id is not None
    statuses, passages, warnings = catalogue.document_summary(row.document_id)
    before = known.get(row.path)
    return FileReport(
        file=row.name,
        status="replaced" if before and before.document_id else "indexed",
        pages=sum(statuses.values()),
        pages_text=statuses.get("text", 0),
        pages_ocr=statuses.get("ocr", 0),
        pages_empty=statuses.get("empty", 0),
        pages_unreadable=statuses.get("unreadable", 0),
        passages=passages,
        seconds=round(seconds, 3),
        warnings=list(warnings),
    )


def _file_row(
    root: Path,
    path: Path,
    document_id: str | None,
    reason: str | None = None,
    reason_code: str | None = None,
) -> FileRow:
    try:
        status = path.stat()
        size, mtime = status.st_size, status.st_mtime_ns
    except OSError:
        size = mtime = 0
    return FileRow(
        path=str(path),
        root=str(root),
        name=shown_name(root, path),
        size=size,
        mtime_ns=mtime,
        document_id=document_id,
        reason=reason,
        reason_code=reason_code,
        reader_version=reading.READER_VERSION,
    )


def _current(index_dir: Path) -> generations.Generation | None:
    try:
        return generations.load(index_dir)
    except (IndexMissingError, IndexCorruptError):
        return None  # derived files: what cannot be opened is built again


class _NoModel:
    """Stands for the model when nothing is left to embed."""

    def __init__(self, generation: generations.Generation) -> None:
        self.fingerprint = generation.model
        self.dimension = generation.vectors.dimension

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError("an empty corpus has nothing to embed")


def _build(
    index_dir: Path,
    catalogue: Catalogue,
    content: str,
    model: Embedder,
    previous: generations.Generation | None,
    progress: Progress,
) -> str:
    titles = {key: document.metadata.title for key, document in catalogue.documents().items()}
    definitions: list[glossary.Definition] = []
    made = assemble(glossary.noting(catalogue.active_passages(), definitions), titles)
    sigles = glossary.gather(definitions)
    vectors = _embed(catalogue, model, previous, made.windows, progress)
    progress.start("Écriture de l’index", 0, "")
    return publish_assembled(
        index_dir,
        content=content,
        model=model.fingerprint,
        made=made,
        sigles=sigles,
        vectors=vectors,
    )


def _content(catalogue: Catalogue | None) -> str:
    """Fingerprint of all that is indexed: it tells whether a generation is up to date."""
    digest = hashlib.sha256()
    if catalogue is not None:
        digest.update(f"{ANALYSER_VERSION}".encode())
        titles = {key: document.metadata.title for key, document in catalogue.documents().items()}
        for passage in catalogue.active_passages():
            digest.update(repr((passage.id, titles[passage.document_id], passage.section)).encode())
    return digest.hexdigest()


def _embed(
    catalogue: Catalogue,
    model: Embedder,
    previous: generations.Generation | None,
    windows: Sequence[Window],
    progress: Progress,
) -> Vectors:
    """Vectors of all windows; only texts never embedded with this model are computed."""
    vectors = np.zeros((len(windows), model.dimension), dtype=np.float32)
    # numpy's "S16" drops trailing NUL bytes: digests are compared after the same padding.
    digests = np.array([window.digest for window in windows], dtype="S16").tolist()
    known: dict[bytes, Vectors] = {}
    if previous is not None and previous.model == model.fingerprint and len(previous.vectors):
        stored = previous.vectors.vectors()
        known = dict(zip(previous.windows.digest.tolist(), stored, strict=True))
    for digest, blob in catalogue.pending_vectors(model.fingerprint).items():
        known[digest] = np.frombuffer(blob, dtype=np.float32)
    todo: dict[bytes, list[int]] = {}
    for position, digest in enumerate(digests):
        if digest in known:
            vectors[position] = known[digest]
        else:
            todo.setdefault(digest, []).append(position)
    progress.start("Calcul des vecteurs", len(todo), "extraits")
    # Neighbours in length share a batch: padding is work for nothing.
    ordered = sorted(todo.items(), key=lambda item: len(windows[item[1][0]].text))
    for start in range(0, len(ordered), _EMBED_CHUNK):
        chunk = ordered[start : start + _EMBED_CHUNK]
        found = model.embed_documents([windows[where[0]].text for _, where in chunk])
        for (_, where), vector in zip(chunk, found, strict=True):
            vectors[where] = vector
        catalogue.put_pending_vectors(
            model.fingerprint,
            (
                (digest, np.asarray(vector, np.float32).tobytes())
                for (digest, _), vector in zip(chunk, found, strict=True)
            ),
        )
        progress.advance(len(chunk))
    return vectors
