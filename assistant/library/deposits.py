"""The folder of deposits: a file arrives whole and sound, or leaves nothing."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from assistant.errors import StorageError, cause, is_full
from assistant.index.reading import hash_file
from assistant.library.content import check_content
from assistant.library.errors import (
    BusyError,
    FileDigestError,
    FileEmptyError,
    FileTooLargeError,
    NameTakenError,
)
from assistant.library.names import alike, safe_name

SIMULTANEOUS: Final = 8
"""Files received at one time: each may take the largest size on the disk."""

_PREFIX: Final = ".reception-"
_STALE_S: Final = 3600.0
"""Age after which a file being received belongs to a process that died."""


class Depot:
    """The folder where deposited files are kept, each under the name it was given."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        """Bind to a folder, created at the first deposit."""
        self.folder = folder.resolve()
        self.max_bytes = max_bytes
        self._places = threading.BoundedSemaphore(SIMULTANEOUS)
        self._naming = threading.Lock()

    def reception(self, name: str) -> Reception:
        """Begin to receive a file; to be used in a `with`.

        Raises:
            FileNameError, FileFormatError: the name is refused.
            BusyError: too many files are being received.
            StorageError: the disk refuses.
        """
        kept = safe_name(name)
        if not self._places.acquire(blocking=False):
            raise BusyError(
                f"{SIMULTANEOUS} fichiers sont déjà en cours de dépôt.",
                "Attendez qu’ils arrivent, puis recommencez.",
            )
        try:
            with disk_errors():
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self.sweep()
                return Reception(self, kept)
        except BaseException:
            self._places.release()
            raise

    def sweep(self) -> None:
        """Delete what a process that died was receiving."""
        limit = time.time() - _STALE_S
        for path in self.folder.glob(f"{_PREFIX}*"):
            with suppress(OSError):
                if path.stat().st_mtime < limit:
                    path.unlink()

    def names(self) -> list[str]:
        """Names of the deposited files."""
        try:
            return sorted(
                entry.name
                for entry in os.scandir(self.folder)
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
            )
        except FileNotFoundError:
            return []

    def path(self, name: str) -> Path:
        """Where a deposited file lies.

        Raises:
            FileNameError, FileFormatError: no deposited file can have this name.
        """
        return self.folder / safe_name(name)

    def place(self, temporary: Path, name: str, sha256: str, *, replace: bool) -> bool:
        """Give a received file its name; whether its content was not there yet.

        Raises:
            NameTakenError: another content has this name, or one alike, and `replace` is false.
            StorageError: the disk refuses.
        """
        target = self.folder / name
        with self._naming, disk_errors():
            for other in self.names():
                if alike(other) != alike(name):
                    continue
                if hash_file(self.folder / other) == sha256:
                    return False
                if other != name:
                    raise NameTakenError(
                        f"Un fichier déposé s’appelle déjà «\u00a0{other}\u00a0»\u00a0: ce nom ne "
                        "diffère que par la casse ou par l’écriture des accents.",
                        "Donnez le même nom pour en déposer une nouvelle version, ou un autre nom.",
                        taken=other,
                    )
                if not replace:
                    raise NameTakenError(
                        f"Un autre contenu est déjà déposé sous le nom «\u00a0{name}\u00a0».",
                        "Confirmez le remplacement, ou donnez un autre nom à ce fichier.",
                        taken=other,
                    )
            if replace:
                temporary.replace(target)
            else:
                _rename_anew(temporary, target)
            _sync_folder(self.folder)
        return True

    def delete(self, name: str) -> None:
        """Delete a deposited file; one that is already gone is no error.

        Raises:
            StorageError: the disk refuses.
        """
        with self._naming, disk_errors():
            (self.folder / name).unlink(missing_ok=True)
            _sync_folder(self.folder)

    def received(self) -> None:
        """One reception is over."""
        self._places.release()


class Reception:
    """One file on its way: written beside its place, deleted unless it is kept.

    Attributes:
        name: the name it will have.
        size: bytes received.
        path: where it is written.
    """

    def __init__(self, depot: Depot, name: str) -> None:
        self.name = name
        self.size = 0
        self.path = depot.folder / f"{_PREFIX}{secrets.token_hex(8)}.part"
        self._depot = depot
        self._digest = hashlib.sha256()
        descriptor = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb", buffering=1 << 18)
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._over:
            return
        self._over = True
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._depot.received()

    @property
    def sha256(self) -> str:
        """Of what was received, hexadecimal."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Take what just arrived.

        Raises:
            FileTooLargeError: the file passes the limit.
            StorageError: the disk is full or refuses.
        """
        self.size += len(chunk)
        if self.size > self._depot.max_bytes:
            raise too_large(self._depot.max_bytes)
        self._digest.update(chunk)
        with disk_errors():
            self._file.write(chunk)

    def finish(self, sha256: str | None = None) -> None:
        """Check what arrived, and have it on the disk for good; a second call does nothing.

        Raises:
            FileEmptyError, FileFormatError: see `check_content`.
            FileDigestError: it is not what was announced.
            StorageError: the disk is full or refuses.
        """
        if self._file.closed:
            return
        with disk_errors():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            if not self.size:
                raise FileEmptyError(
                    f"Le fichier «\u00a0{self.name[:80]}\u00a0» est vide.",
                    "Téléchargez-le de nouveau, puis déposez-le.",
                )
            if sha256 is not None and sha256.lower() != self.sha256:
                raise FileDigestError(
                    "Le fichier reçu n’a pas l’empreinte SHA-256 annoncée\u00a0: il a été abîmé en "
                    "chemin.",
                    "Déposez-le de nouveau.",
                )
            check_content(self.path, self.name)

    def keep(self, *, replace: bool) -> bool:
        """Give the file its name; see `Depot.place`."""
        return self._depot.place(self.path, self.name, self.sha256, replace=replace)


def too_large(max_bytes: int) -> FileTooLargeError:
    """The refusal of a file above the limit."""
    return FileTooLargeError(
        f"Le fichier dépasse la limite de {max_bytes / (1 << 20):.0f} Mo.",
        "Découpez ou allégez le document, ou demandez à l’administrateur d’augmenter "
        "ASSISTANT_MAX_FILE_MB.",
    )


@contextmanager
def disk_errors() -> Iterator[None]:
    """Tell the errors of the disk as ours.

    Raises:
        StorageError: the disk is full or refuses.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            "Le disque est plein\u00a0: le fichier n’a pas pu être déposé."
            if is_full(error)
            else f"Le dossier des dépôts refuse l’écriture ({cause(error)}).",
            "Libérez de la place ou vérifiez les droits du dossier, puis recommencez\u202f; rien "
            "n’a été gardé.",
        ) from error


def _rename_anew(source: Path, target: Path) -> None:
    """Rename without ever overwriting, another process included."""
    if os.name == "nt":
        source.rename(target)  # fails there when the target exists
        return
    try:
        os.link(source, target)
    except FileExistsError as error:
        raise NameTakenError(
            f"Un autre contenu est déjà déposé sous le nom «\u00a0{target.name}\u00a0».",
            "Confirmez le remplacement, ou donnez un autre nom à ce fichier.",
            taken=target.name,
        ) from error
    except OSError:
        source.rename(target)  # a file system without links
        return
    source.unlink()


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
