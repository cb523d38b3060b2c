"""Who holds an index: one writer at a time, any number of servers, or nobody but a restoration.

The system frees these locks when a process dies, however it dies.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from assistant.errors import AssistantError, IndexLockedError, StorageError

WRITING: Final = ".lock"
SERVING: Final = ".serveur.lock"
RESTORING: Final = ".restauration.json"
"""Says that a restoration began to move files; removed once it has ended."""


class IndexInUseError(AssistantError):
    """A server has this index open: its files cannot be replaced."""

    code = "index_en_service"
    retryable = True


class RestorationUnfinishedError(AssistantError):
    """A restoration was interrupted while it replaced the files of this index."""

    code = "restauration_inachevee"


@contextmanager
def writing(index_dir: Path, *, wait_s: float = 0) -> Iterator[None]:
    """Hold the index for writing.

    Args:
        index_dir: where the index lives; created when absent.
        wait_s: how long to wait for whoever writes.

    Raises:
        IndexLockedError: another process still holds it.
        StorageError: the folder refuses.
    """
    from filelock import FileLock, Timeout

    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index_dir / WRITING, timeout=wait_s)
        lock.acquire()
    except Timeout as error:
        raise IndexLockedError(
            f"Une autre ingestion est en cours sur l'index « {index_dir} ».",
            "Attendez qu'elle se termine, puis relancez.",
        ) from error
    except OSError as error:
        raise StorageError(
            f"Le dossier d'index « {index_dir} » n'est pas accessible en écriture.",
            "Vérifiez ses droits et la place disponible, ou choisissez --index AUTRE_DOSSIER.",
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def serving(index_dir: Path) -> Iterator[None]:
    """Say that a server uses this index; several may. A folder that is read-only says nothing.

    Raises:
        RestorationUnfinishedError: a restoration was interrupted here.
        IndexInUseError: a restoration is under way.
    """
    descriptor = _hold(index_dir, shared=True)
    try:
        if (index_dir / RESTORING).is_file():
            raise RestorationUnfinishedError(
                f"Une restauration de « {index_dir} » a été interrompue.",
                "Relancez la même commande « assistant restaurer » : elle remettra d'abord l'état "
                "précédent.",
            )
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def alone(index_dir: Path) -> Iterator[None]:
    """Hold the index against servers and writers, to replace its files.

    Raises:
        IndexInUseError: a server uses it.
        IndexLockedError: an ingestion is under way.
        StorageError: the folder refuses.
    """
    with writing(index_dir):
        descriptor = _hold(index_dir, shared=False)
        try:
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)


def _hold(index_dir: Path, *, shared: bool) -> int | None:
    """Lock the file of the servers; `None` where the system or the folder does not allow it."""
    if sys.platform == "win32":
        return None  # there, a file that a server has open cannot be moved anyway
    import fcntl

    try:
        descriptor = os.open(index_dir / SERVING, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            return None  # a file system without locks
        raise IndexInUseError(
            f"L'index « {index_dir} » est en cours de restauration."
            if shared
            else f"Un serveur utilise l'index « {index_dir} ».",
            "Attendez qu'elle se termine, puis relancez."
            if shared
            else "Arrêtez l'assistant (Ctrl + C, ou systemctl stop assistant), puis relancez.",
        ) from error
    return descriptor
