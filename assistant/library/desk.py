"""The library: files are deposited, indexed, described and removed while questions are answered.

One object a server process. Reading stays in the bounded processes of the pipeline; the work on
the index is done by one thread, in order; the engine turns to the new generation at once.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from assistant.access import current
from assistant.access.model import Permission
from assistant.audit import trail
from assistant.audit.model import Action
from assistant.coverage import corpus_state
from assistant.describing import Described, decide_link, describe_document, list_versions
from assistant.engine_port import Engine
from assistant.errors import IndexCorruptError, IndexMissingError
from assistant.index import generations
from assistant.index.catalogue import Catalogue, FileRow, unknown_document
from assistant.index.reading import READER_VERSION, content_id, hash_file
from assistant.library.deposits import Depot, Reception
from assistant.library.errors import DepositUnknownError
from assistant.library.jobs import Jobs, Progress
from assistant.library.model import Deposit, Job
from assistant.library.readmission import readmit
from assistant.library.work import IndexWork, catalogue_of
from assistant.settings import Settings

_DIGESTS: Final = 1000
"""Files whose digest is remembered."""


class Library:
    """What may be done to the corpus while the assistant serves. Safe to share between threads.

    Whoever changes something must be allowed to (`assistant.access.current.require`).
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        """Bind to the index, to the folder of deposits and to the engine that serves."""
        self._settings = settings
        self._engine = engine
        self._index = settings.index_dir
        self._jobs = Jobs()
        self.depot = Depot(settings.uploads_dir, max_bytes=settings.max_file_mb << 20)
        self._work = IndexWork(settings, engine, self.depot)
        self._digests: dict[tuple[str, int, int], str] = {}
        self._leaving: list[FileRow] = []
        self._leaving_lock = threading.Lock()
        if self._work.unfinished():
            self._jobs.submit("retrait", self._take_out)

    # Deposits

    def receive(
        self,
        name: str,
        chunks: Iterable[bytes],
        *,
        sha256: str | None = None,
        replace: bool = False,
    ) -> Deposit:
        """Receive a file; `start` then indexes it.

        Args:
            name: as its sender calls it.
            chunks: its content.
            sha256: of the content, when the sender says it.
            replace: take another content of the same name for its new version.

        Raises:
            DepositError: the file is refused; see `assistant.library.errors`.
            StorageError: the disk is full or refuses.
            ForbiddenError: the person may not.
        """
        with self.reception(name) as reception:
            for chunk in chunks:
                reception.write(chunk)
            return self.keep(reception, sha256=sha256, replace=replace)

    def reception(self, name: str) -> Reception:
        """Begin to receive a file piece by piece; `keep` ends it. Errors are those of `receive`."""
        current.require(Permission.MANAGE_CORPUS)
        return self.depot.reception(name)

    def keep(
        self, reception: Reception, *, sha256: str | None = None, replace: bool = False
    ) -> Deposit:
        """Check a file that has arrived and keep it. Errors are those of `receive`."""
        current.require(Permission.MANAGE_CORPUS)
        reception.finish(sha256)
        document_id = content_id(reception.sha256)
        catalogue = self._catalogue()
        for row in catalogue.files() if catalogue else ():
            if row.document_id == document_id:
                return Deposit(row.name, reception.size, reception.sha256, document_id, known=True)
        for waiting in self.pending():
            if waiting.size == reception.size and waiting.sha256 == reception.sha256:
                return waiting
        reception.keep(replace=replace)
        if catalogue is not None:
            # Depositing what was removed is asking for it again.
            path = str(self.depot.folder / reception.name)
            catalogue.readmit(path=path, document_id=document_id)
        trail.note(
            Action.UPLOAD,
            [document_id],
            details={"fichier": reception.name, "octets": reception.size},
        )
        return Deposit(reception.name, reception.size, reception.sha256)

    def pending(self) -> list[Deposit]:
        """Deposited files that wait to be indexed, those of a former run included."""
        catalogue = self._catalogue()
        known = {row.path: row for row in catalogue.files()} if catalogue else {}
        excluded = {row.path for row in catalogue.excluded()} if catalogue else set()
        served = self._served()
        found = []
        for name in self.depot.names():
            path = self.depot.folder / name
            row = known.get(str(path))
            if str(path) in excluded or (row is not None and not self._waits(row, path, served)):
                continue
            try:
                found.append(Deposit(name, path.stat().st_size, self._digest(path)))
            except OSError:
                continue  # it has just left
        return found

    def discard(self, name: str) -> None:
        """Delete a deposited file that is not indexed: it waits, or was refused.

        Raises:
            DepositUnknownError: there is none of this name, or it is indexed.
            StorageError: the disk refuses.
            ForbiddenError: the person may not.
        """
        current.require(Permission.MANAGE_CORPUS)
        catalogue = self._catalogue()
        path = self.depot.folder / name
        rows = catalogue.files() if catalogue else []
        indexed = any(row.path == str(path) and row.document_id for row in rows)
        if name not in self.depot.names() or indexed:
            raise DepositUnknownError(
                f"Aucun fichier en attente ou refusé ne s’appelle «\u00a0{name[:120]}\u00a0».",
                "Consultez la liste des fichiers déposés.",
            )
        self.depot.delete(name)
        trail.note(Action.REMOVE, details={"fichier": name})
        if catalogue is not None:
            catalogue.forget_files([str(path)])

    # Work

    def start(self) -> Job:
        """Index what was deposited; joins the work that waits to do it."""
        current.require(Permission.MANAGE_CORPUS)
        trail.note(Action.INDEX, details={"genre": "chargement"})
        return self._jobs.submit("chargement", self._load, join=True)

    def _load(self, progress: Progress) -> None:
        # What arrives from now on is read as well, and must be told of.
        waiting = {deposit.name for deposit in self.pending()}
        progress.past(name for name in self.depot.names() if name not in waiting)
        self._work.load(progress)

    def reindex(self, *, rebuild: bool = False) -> Job:
        """Look again at every folder of the corpus; `rebuild` publishes even without a change."""
        current.require(Permission.MANAGE_CORPUS)
        trail.note(Action.INDEX, details={"genre": "reindexation"})
        return self._jobs.submit(
            "reindexation", lambda progress: self._work.look_again(progress, rebuild=rebuild)
        )

    def remove(self, document_id: str) -> Job:
        """Take a document out of the index, and delete the files of it that were deposited.

        Removals asked for while one waits are one job.

        Raises:
            DocumentNotFoundError: unknown identifier.
            ForbiddenError: the person may not.
        """
        current.require(Permission.MANAGE_CORPUS)
        catalogue = self._catalogue()
        if catalogue is None or document_id not in catalogue.documents():
            raise unknown_document(document_id)
        trail.note(Action.REMOVE, [document_id])
        with self._leaving_lock:
            # Recorded at once: whatever happens to this process, it is ended at the next start.
            self._leaving += catalogue.exclude(document_id)
            return self._jobs.submit("retrait", self._take_out, join=True)

    def _take_out(self, progress: Progress) -> None:
        # Those asked for while the job waited leave together: publishing and wiping cost as much.
        with self._leaving_lock:
            left, self._leaving = self._leaving, []
        self._work.take_out(progress, left)

    def take_back(self, document_id: str) -> Job:
        """Index again a document that was removed and whose files stayed in their folders.

        Raises:
            DocumentNotFoundError: it was not removed.
            ForbiddenError: the person may not.
        """
        current.require(Permission.MANAGE_CORPUS)
        readmit(self._index, document_id)
        trail.note(Action.TAKE_BACK, [document_id])
        return self.reindex()

    def job(self, job_id: str | None = None) -> Job | None:
        """The work asked for; by default what is under way, else the latest.

        Raises:
            JobUnknownError: no work has this identifier.
        """
        return self._jobs.find(job_id)

    def wait(self, job: Job) -> Job:
        """The same work once nothing is left to do."""
        return self._jobs.wait(job.id)

    def jobs(self) -> list[Job]:
        """The latest works, newest first."""
        return self._jobs.all()

    def queue(self) -> tuple[int, int]:
        """How many works wait, and how many run."""
        return self._jobs.queue()

    def stop(self, job_id: str) -> Job:
        """Stop some work between two files; what was read is kept for the next one.

        Raises:
            JobUnknownError: no work has this identifier.
            ForbiddenError: the person may not.
        """
        current.require(Permission.MANAGE_CORPUS)
        return self._jobs.stop(job_id)

    def close(self, timeout: float | None = 5.0) -> None:
        """Stop all work; the index stays as it was published last."""
        self._jobs.close(timeout)

    # What is said of documents

    def describe(
        self, document_id: str, changes: Mapping[str, str], *, clear: bool = False
    ) -> Described:
        """Keep what the user says of a document; a new title is indexed at once.

        Raises:
            DocumentNotFoundError, DescriptionError: see `describe_document`.
            ForbiddenError: the person may not.
        """
        current.require(Permission.MANAGE_CORPUS)
        described = describe_document(self._index, document_id, changes, clear=clear)
        trail.note(Action.DESCRIBE, [document_id], details={"champs": ", ".join(sorted(changes))})
        self._engine.reload(force=True)
        if described.stale:
            self._jobs.submit("reindexation", self._work.publish, join=True)
        return described

    def link(self, older: str, newer: str, *, cut: bool = False) -> None:
        """Say that a document replaces another, or that the two are distinct.

        Raises:
            DocumentNotFoundError, DescriptionError: see `decide_link`.
            ForbiddenError: the person may not.
        """
        current.require(Permission.MANAGE_CORPUS)
        decide_link(self._index, older, newer, cut=cut)
        trail.note(Action.DESCRIBE, [older, newer], details={"champs": "version"})
        self._engine.reload(force=True)

    def versions(self) -> list[dict[str, Any]]:
        """Every link between two versions; see `list_versions`."""
        return list_versions(self._index)

    def revision(self, document_id: str) -> str:
        """What changes when a document, or what is said of it, changes.

        Raises:
            DocumentNotFoundError: unknown identifier.
        """
        catalogue = self._catalogue()
        document = catalogue.documents().get(document_id) if catalogue else None
        if document is None:
            raise unknown_document(document_id)
        facts = {**asdict(document), "path": ""}
        text = json.dumps(facts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    # The corpus as a whole

    def state(self, *, pages: bool = False) -> dict[str, Any]:
        """The coverage ledger, what waits and what was taken out.

        Keys are those of `corpus_state`, and `pending` (deposited files not indexed yet) and
        `excluded` (files left on the disk that the user took out).
        """
        try:
            state = corpus_state(self._index, pages=pages)
        except IndexMissingError:
            state = {"files": [], "documents": 0, "refused": 0, "duplicates": 0, "excluded": []}
        catalogue = self._catalogue()
        deposited = {str(self.depot.folder / name) for name in self.depot.names()}
        rows = {row.name: row.path for row in catalogue.files()} if catalogue else {}
        for entry in state["files"]:
            entry["deposited"] = rows.get(entry["file"]) in deposited
        state["pending"] = [asdict(deposit) for deposit in self.pending()]
        return state

    def sources(self) -> list[dict[str, Any]]:
        """The public sources, and the files that come from them; see `sources_state`."""
        from assistant.sources.report import sources_state

        return sources_state(self._settings.sources, self._settings.documents_dir)

    # Reading what is there

    def _catalogue(self) -> Catalogue | None:
        return catalogue_of(self._index)

    def _served(self) -> frozenset[str]:
        """Documents of the published generation."""
        identifier = generations.current_id(self._index)
        if identifier is None:
            return frozenset()
        try:
            return frozenset(generations.read_manifest(self._index, identifier)["documents"])
        except IndexCorruptError:
            return frozenset()  # another generation serves: all is to be published again

    def _digest(self, path: Path) -> str:
        """SHA-256 of a file, computed once for its size and time."""
        status = path.stat()
        key = (str(path), status.st_size, status.st_mtime_ns)
        if key not in self._digests:
            if len(self._digests) > _DIGESTS:
                self._digests.clear()
            self._digests[key] = hash_file(path)
        return self._digests[key]

    def _waits(self, row: FileRow, path: Path, served: frozenset[str]) -> bool:
        """Whether a deposited file changed since it was read, or was read but not published."""
        try:
            status = path.stat()
        except OSError:
            return False
        if (row.size, row.mtime_ns) != (status.st_size, status.st_mtime_ns):
            return True
        if row.reader_version != READER_VERSION:
            return True
        return bool(row.document_id) and row.document_id not in served and self._has_text(row)

    def _has_text(self, row: FileRow) -> bool:
        catalogue = self._catalogue()
        assert catalogue is not None and row.document_id is not None
        return bool(catalogue.document_summary(row.document_id)[1])
