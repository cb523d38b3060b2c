"""What the jobs of the library do to the index; one at a time, in the order of the queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from assistant.engine_port import Engine
from assistant.errors import IndexCorruptError, IndexLockedError, IndexMissingError, StorageError
from assistant.index import pipeline
from assistant.index.catalogue import Catalogue, FileRow
from assistant.index.lost import check_present
from assistant.library.deposits import Depot
from assistant.library.ingestion import known_sources, read_limits, reading_processes
from assistant.library.jobs import Progress
from assistant.model import FileReport
from assistant.settings import Settings

_LOCKED_EVERY_S: Final = 2.0
"""Seconds between two tries when another process writes to the index."""


_STAYS: Final = "Le document quitte l’index\u202f; le fichier reste dans son dossier."


def catalogue_of(index_dir: Path) -> Catalogue | None:
    """The catalogue of an index, `None` before the first ingestion."""
    try:
        return Catalogue(index_dir / "catalogue.sqlite")
    except IndexMissingError:
        return None


class IndexWork:
    """Ingestions and removals, published then taken up by the engine at once."""

    def __init__(self, settings: Settings, engine: Engine, depot: Depot) -> None:
        """Bind to the index, to the engine that serves it and to the deposits."""
        self._settings = settings
        self._engine = engine
        self._depot = depot
        self._index = settings.index_dir

    def load(self, progress: Progress) -> None:
        """Index what was deposited."""
        self._depot.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._ingest(progress, [self._depot.folder])

    def publish(self, progress: Progress) -> None:
        """Publish what the catalogue says, without reading anything."""
        self._ingest(progress, [])

    def look_again(self, progress: Progress, *, rebuild: bool) -> None:
        """Compare every folder of the corpus that can be reached with the index."""
        catalogue = catalogue_of(self._index)
        roots = {Path(row.root) for row in catalogue.files()} if catalogue else set()
        present = []
        for root in sorted(roots):
            if root.exists():
                present.append(root)
                continue
            progress.report(
                FileReport(
                    file=root.name,
                    status="unchanged",
                    reason="Ce dossier n’est pas accessible\u00a0: ses documents restent indexés "
                    "tels quels.",
                    reason_code="dossier_introuvable",
                )
            )
        if self._depot.folder.is_dir() and self._depot.folder not in present:
            present.append(self._depot.folder)
        self._ingest(progress, present, rebuild=rebuild)

    def take_out(self, progress: Progress, left: Sequence[FileRow] = ()) -> None:
        """End removals: publish without what is excluded, delete it, leave nothing of its text.

        Those that a stop of the server interrupted are ended as well.

        Args:
            progress: told of each file.
            left: files of the documents just excluded.
        """

        def withdrawn(catalogue: Catalogue) -> None:
            for row in left:
                if not self._deposited(row.path):
                    progress.report(_removed(row.name, _STAYS))
            excluded = catalogue.excluded()
            # An ingestion under way at that moment may have named them again.
            catalogue.forget_files(row.path for row in excluded)
            for gone in excluded:
                if self._deposited(gone.path):
                    progress.report(_removed(gone.name, self._delete(catalogue, gone.path)))

        self._ingest(progress, [], withdrawn=withdrawn)

    def unfinished(self) -> bool:
        """Whether a removal was interrupted: a file to delete, or text to wipe out."""
        try:
            catalogue = catalogue_of(self._index)
            return catalogue is not None and (
                catalogue.scrub_due()
                or any(self._deposited(row.path) for row in catalogue.excluded())
            )
        except IndexCorruptError:
            return False  # nobody can tell; it is said when the index is opened

    def _deposited(self, path: str) -> bool:
        return Path(path).parent == self._depot.folder

    def _delete(self, catalogue: Catalogue, path: str) -> str:
        """Delete a deposited file that was taken out; what became of it, in French."""
        try:
            self._depot.delete(Path(path).name)
        except StorageError as error:
            # It stays excluded: the next start of the server tries again.
            return f"Le document quitte l’index, mais pas son fichier\u00a0: {error.message}"
        catalogue.readmit(path=path)
        return "Le fichier déposé est supprimé."

    def _ingest(
        self,
        progress: Progress,
        folders: Sequence[Path],
        *,
        rebuild: bool = False,
        withdrawn: Callable[[Catalogue], None] | None = None,
    ) -> None:
        check_present(self._index / "catalogue.sqlite")
        self._in_turn(
            progress,
            lambda: pipeline.ingest(
                self._index,
                folders,
                embedder=self._engine.embedder,
                limits=read_limits(self._settings),
                workers=reading_processes(),
                rebuild=rebuild,
                known_source=known_sources(self._settings),
                withdrawn=withdrawn,
                progress=progress,
            ),
        )
        self._engine.reload(force=True)
        catalogue = catalogue_of(self._index)
        if catalogue is not None and catalogue.scrub_due():
            progress.start("Effacement des textes retirés", 0, "")
            self._in_turn(progress, lambda: pipeline.purge(self._index))

    def _in_turn(self, progress: Progress, work: Callable[[], object]) -> None:
        """Do some work once no other process writes to the index."""
        while True:
            try:
                work()
            except IndexLockedError:
                progress.start("En attente\u00a0: une autre ingestion est en cours", 0, "")
                progress.wait(_LOCKED_EVERY_S)
            else:
                return


def _removed(name: str, reason: str) -> FileReport:
    return FileReport(file=name, status="removed", reason=reason)
