"""`assistant restaurer`: put a backup back, after having checked it, or change nothing.

Everything is unpacked and checked beside what is there. Then files are only renamed: what was
there is put aside and kept. A journal written before the first renaming lets the next command put
everything back if this one is killed.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from assistant import archives
from assistant.backup import SQLITE_HEAD, check_database, roots_of
from assistant.errors import AssistantError, StorageError, cause
from assistant.index.in_use import RESTORING, alone
from assistant.settings import Settings

_STAGE: Final = ".restauration-"
_ASIDE: Final = ".avant-restauration-"
_MARGIN: Final = 64 << 20


class RestorationRefusedError(AssistantError):
    """The backup would replace what is there, and nobody said that it may."""

    code = "restauration_refusee"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoration did.

    Attributes:
        manifest: what the backup held.
        aside: where what was there is kept.
        undone: whether a former restoration, interrupted, was undone first.
        settings: whether the settings of the backup were written.
    """

    manifest: archives.Manifest
    aside: list[Path]
    undone: bool
    settings: bool


def restore(
    settings: Settings, archive: Path, *, replace: bool = False, with_settings: bool = False
) -> Restored:
    """Put a backup back.

    Args:
        settings: says where everything goes.
        archive: a file written by `assistant.backup.save`.
        replace: accept that what is there is put aside.
        with_settings: write its `assistant.toml` too, where there is none.

    Raises:
        ArchiveError: the backup is damaged or hostile; nothing is changed.
        RestorationRefusedError: something is there and `replace` is false.
        IndexInUseError: a server uses the index.
        IndexLockedError: an ingestion is under way.
        StorageError: the disk is full or refuses; what was there is still there.
    """
    roots = roots_of(settings)
    # Checked before anything is created, were it an empty folder.
    manifest = archives.check(archive)
    try:
        with alone(roots["index"]):
            undone = undo_interrupted(roots["index"])
            used = {
                name: folder
                for name, folder in roots.items()
                if any(path.startswith(f"{name}/") for path in manifest.files)
            }
            _check_room(manifest, used, replace=replace)
            aside = _replace(archive, manifest, used, roots["index"])
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"La restauration a échoué ({cause(error)}).",
            "Libérez de la place ou vérifiez les droits, puis relancez ; l'état précédent est "
            "toujours en place.",
        ) from error
    written = with_settings and _write_settings(archive, manifest)
    return Restored(manifest, aside, undone, written)


def undo_interrupted(index: Path) -> bool:
    """Put back what an interrupted restoration had put aside; whether there was one.

    Raises:
        OSError: the disk refuses.
    """
    journal = index / RESTORING
    if not journal.is_file():
        return False
    said = json.loads(journal.read_text(encoding="utf-8"))
    for root in said["racines"]:
        _undo(root, said["date"])
    journal.unlink()
    return True


def _check_room(manifest: archives.Manifest, used: Mapping[str, Path], *, replace: bool) -> None:
    taken = [folder for folder in used.values() if _visible(folder, but=("README.md",))]
    if taken and not replace:
        names = " et ".join(f"« {folder} »" for folder in taken)
        raise RestorationRefusedError(
            f"Il y a déjà des données dans {names}.",
            "Ajoutez --remplacer : elles seront mises de côté, pas effacées.",
        )
    for folder in used.values():
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < manifest.size + _MARGIN:
            raise StorageError(
                f"Il n'y a pas assez de place dans « {folder} » : il faut "
                f"{(manifest.size + _MARGIN) / 1e6:.0f} Mo.",
                "Libérez de la place, puis relancez ; rien n'a été changé.",
            )


def _replace(
    archive: Path, manifest: archives.Manifest, used: Mapping[str, Path], index: Path
) -> list[Path]:
    date = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    stages = {name: folder / f"{_STAGE}{date}" for name, folder in used.items()}
    try:
        for name, stage in stages.items():
            archives.unpack(archive, manifest, name, stage)
            _check_unpacked(stage, manifest, is_index=name == "index")
        moves = [
            {
                "dossier": str(folder),
                "avant": _visible(folder),
                "apres": _visible(stages[name]),
            }
            for name, folder in used.items()
        ]
        _write_journal(index, {"date": date, "racines": moves})
        try:
            for move in moves:
                _swap(move, date)
        except BaseException:
            undo_interrupted(index)
            raise
        (index / RESTORING).unlink()
    finally:
        for stage in stages.values():
            shutil.rmtree(stage, ignore_errors=True)
    places = [folder / f"{_ASIDE}{date}" for folder in used.values()]
    return [place for place in places if place.is_dir()]


def _check_unpacked(stage: Path, manifest: archives.Manifest, *, is_index: bool) -> None:
    """Open what was unpacked, before it replaces anything.

    Raises:
        ArchiveError: a generation does not open.
        sqlite3.Error: a file of SQLite is damaged.
    """
    for path in stage.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                is_sqlite = stream.read(len(SQLITE_HEAD)) == SQLITE_HEAD
            if is_sqlite:
                with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
                    check_database(connection)
    if is_index and manifest.generation is not None:
        from assistant.index import generations

        generation = generations.load(stage, verify=True).id
        if generation != manifest.generation:
            raise archives.ArchiveError("L'index de cette sauvegarde est incomplet.")


def _swap(move: Mapping[str, Any], date: str) -> None:
    folder = Path(move["dossier"])
    aside, stage = folder / f"{_ASIDE}{date}", folder / f"{_STAGE}{date}"
    if move["avant"]:
        aside.mkdir(mode=0o700)
    for name in move["avant"]:
        (folder / name).rename(aside / name)
    for name in move["apres"]:
        (stage / name).rename(folder / name)


def _undo(move: Mapping[str, Any], date: str) -> None:
    folder = Path(move["dossier"])
    aside, stage = folder / f"{_ASIDE}{date}", folder / f"{_STAGE}{date}"
    for name in move["apres"]:
        still_there = name in move["avant"] and not (aside / name).exists()
        if not still_there and not (stage / name).exists():
            new = folder / name
            if new.is_dir():
                shutil.rmtree(new)
            else:
                new.unlink(missing_ok=True)
    for name in move["avant"]:
        if (aside / name).exists():
            (aside / name).rename(folder / name)
    if aside.is_dir():
        aside.rmdir()
    shutil.rmtree(stage, ignore_errors=True)


def _visible(folder: Path, but: tuple[str, ...] = ()) -> list[str]:
    """Entries of a folder, without hidden ones."""
    if not folder.is_dir():
        return []
    names = (path.name for path in folder.iterdir())
    return sorted(name for name in names if not name.startswith(".") and name not in but)


def _write_journal(index: Path, content: Mapping[str, Any]) -> None:
    partial = index / f"{RESTORING}.{os.getpid()}.tmp"
    with partial.open("w", encoding="utf-8") as stream:
        json.dump(content, stream, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(index / RESTORING)


def _write_settings(archive: Path, manifest: archives.Manifest) -> bool:
    target = Path("assistant.toml")
    if archives.SETTINGS not in manifest.files or target.exists():
        return False
    text = archives.read_text(archive, archives.SETTINGS)
    try:
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise StorageError(
            f"Les réglages n'ont pas pu être écrits ({cause(error)}).",
            "Les données, elles, sont restaurées.",
        ) from error
    return True
