"""`assistant sauvegarder`: everything an index holds, in one file, while it serves.

SQLite files are copied by SQLite's own backup, each as it was at one instant; the generation that
serves never changes once written. No ingestion runs meanwhile, so that the catalogue and the
generation agree; readers, questions and conversations go on.
"""

from __future__ import annotations

import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from assistant import __version__, archives
from assistant.errors import AssistantError, IndexMissingError, StorageError, cause
from assistant.index.in_use import writing
from assistant.settings import Settings

SQLITE_HEAD: Final = b"SQLite format 3\0"
_DERIVED: Final = ("vues", "generations")
"""Folders of an index that are rebuilt, or copied apart."""
_WAIT_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup that was written and read again.

    Attributes:
        path: the file.
        manifest: what it holds.
        elsewhere: indexed files that are in none of the folders saved.
        warning: what could not be saved, in French; empty when all was.
    """

    path: Path
    manifest: archives.Manifest
    elsewhere: int
    warning: str


def roots_of(settings: Settings) -> dict[str, Path]:
    """Folders that a backup holds, by name; one that is inside another is not listed apart."""
    found: dict[str, Path] = {}
    wanted = (settings.index_dir, settings.documents_dir, settings.uploads_dir)
    for name, folder in zip(archives.ROOTS, wanted, strict=True):
        place = folder.resolve()
        if not any(place.is_relative_to(other) for other in found.values()):
            found[name] = place
    return found


def save(settings: Settings, folder: Path, *, secrets: bool = False) -> Saved:
    """Write a backup in a folder, then read it again.

    Args:
        settings: says where everything is.
        folder: where the file goes; created when absent.
        secrets: keep the passwords and keys of `assistant.toml`.

    Raises:
        IndexMissingError: there is nothing to save.
        IndexLockedError: an ingestion lasts more than ten minutes.
        StorageError: the disk is full or refuses; nothing is left behind.
        ArchiveError: what was written reads otherwise.
    """
    roots = roots_of(settings)
    if not roots["index"].is_dir():
        raise IndexMissingError(
            f"Aucun index dans « {settings.index_dir} ».", "Il n'y a rien à sauvegarder."
        )
    now = datetime.now(UTC)
    target = folder / f"assistant-{now:%Y%m%d-%H%M%S-%f}.tar"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".sauvegarde-", dir=folder) as scratch:
            work = Path(scratch)
            partial = work / "archive.tar"
            with writing(roots["index"], wait_s=_WAIT_S):
                manifest, warning = _write(partial, work, roots, settings, now, secrets)
            if archives.check(partial) != manifest:
                raise archives.ArchiveError("La sauvegarde se relit autrement qu'écrite.")
            partial.replace(target)
            _sync(folder)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"La sauvegarde n'a pas pu être écrite ({cause(error)}).",
            f"Libérez de la place ou vérifiez les droits sur « {folder} » ; rien n'a été changé.",
        ) from error
    return Saved(target, manifest, _elsewhere(settings, roots), warning)


def _write(
    partial: Path,
    work: Path,
    roots: dict[str, Path],
    settings: Settings,
    now: datetime,
    secrets: bool,
) -> tuple[archives.Manifest, str]:
    # What people typed: no other account of the machine reads it.
    descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
            writer = archives.Writer(archive)
            generation, warning = _add_generation(writer, work, roots["index"])
            for name, folder in roots.items():
                for path in _files(folder, derived=_DERIVED if name == "index" else ()):
                    if path.parent == folder and name == "index" and path.name == "CURRENT":
                        continue
                    _add(writer, path, f"{name}/{path.relative_to(folder).as_posix()}", work)
            text = settings_text(Path("assistant.toml"), secrets=secrets)
            if text:
                kept = work / "assistant.toml"
                kept.write_text(text, encoding="utf-8")
                writer.add(kept, archives.SETTINGS)
            manifest = archives.Manifest(
                assistant=__version__,
                created=now.isoformat(timespec="seconds"),
                generation=generation,
                roots={name: str(folder) for name, folder in roots.items()},
                files=writer.files,
            )
            writer.close(manifest)
        stream.flush()
        os.fsync(stream.fileno())
    return manifest, warning


def _add_generation(writer: archives.Writer, work: Path, index: Path) -> tuple[str | None, str]:
    """Add the generation that serves, or the newest sound one."""
    from assistant.index import generations

    try:
        generation = generations.load(index, verify=True)
    except IndexMissingError:
        return None, ""
    except AssistantError as error:
        return None, f"{error.message} Elle n'est pas dans la sauvegarde\u00a0: {error.remedy}"
    for path in _files(generation.folder):
        inside = path.relative_to(generation.folder).as_posix()
        writer.add(path, f"index/generations/{generation.id}/{inside}")
    pointer = work / "CURRENT"
    pointer.write_text(generation.id, encoding="ascii")
    writer.add(pointer, "index/CURRENT")
    return generation.id, ""


def _add(writer: archives.Writer, path: Path, name: str, work: Path) -> None:
    """Add a file; one that has just left is passed over."""
    try:
        with path.open("rb") as stream:
            is_sqlite = stream.read(len(SQLITE_HEAD)) == SQLITE_HEAD
        if is_sqlite:
            copy = work / "copie.sqlite"
            copy_database(path, copy)
            writer.add(copy, name)
            copy.unlink()
        else:
            writer.add(path, name)
    except FileNotFoundError:
        return


def copy_database(path: Path, copy: Path) -> None:
    """Copy a SQLite file as it is at one instant, whoever writes in it, and check the copy.

    Raises:
        sqlite3.Error: the file, or its copy, is damaged.
    """
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
    with closing(source), closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without its log
        check_database(target)


def check_database(connection: sqlite3.Connection) -> None:
    """Refuse a damaged file.

    Raises:
        sqlite3.DatabaseError: it is.
    """
    if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("une base est endommagée")


def _files(folder: Path, derived: tuple[str, ...] = ()) -> Iterator[Path]:
    """Ordinary files of a folder, sorted; neither hidden ones, nor links, nor logs and locks."""
    for root, folders, names in os.walk(folder):
        here = Path(root)
        hidden = derived if here == folder else ()
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in hidden)
        for name in sorted(names):
            path = here / name
            passing = name.startswith(".") or name.endswith(("-wal", "-shm", ".verrou", ".lock"))
            if not passing and path.is_file() and not path.is_symlink():
                yield path


def secret_names() -> frozenset[str]:
    """Options whose value is never shown."""
    fields = Settings.model_fields.items()
    return frozenset(name for name, one in fields if SecretStr.__name__ in str(one.annotation))


def settings_text(path: Path, *, secrets: bool) -> str:
    """Content of the settings file, without its secrets unless asked; empty when there is none."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        text = path.read_text(encoding="utf-8")
        if secrets:
            return text
        document = tomlkit.parse(text)
    except (OSError, UnicodeDecodeError, TOMLKitError):
        return ""
    for name in secret_names():
        document.pop(name, None)
    return tomlkit.dumps(document)


def _elsewhere(settings: Settings, roots: dict[str, Path]) -> int:
    """How many indexed files are in none of the folders saved: their pages will not be drawn."""
    from assistant.index.catalogue import Catalogue

    try:
        rows = Catalogue(settings.index_dir / "catalogue.sqlite").files()
    except AssistantError:
        return 0
    return sum(
        not any(Path(row.path).is_relative_to(folder) for folder in roots.values()) for row in rows
    )


def _sync(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
