"""Which files are new, changed or gone: an unchanged one costs a `stat`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.errors import EmptyFolderError, FolderNotFoundError
from assistant.index import reading
from assistant.index.catalogue import FileRow
from assistant.model import FileReport

_NOT_DOCUMENTS: Final = frozenset({"telechargements.json"})
"""What downloads leave in a folder of documents to speak of it (`assistant.sources`)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingestion has to do.

    Attributes:
        to_read: files to read, each after the folder it was found in.
        gone: files the catalogue knows that left the disk.
        reports: the last word on the files that need no reading.
    """

    to_read: list[tuple[Path, Path]]
    gone: list[FileRow]
    reports: list[FileReport]


def list_files(folder: Path) -> list[Path]:
    """Files below a folder (or the file itself); hidden, lock and unfinished files left out.

    Raises:
        FolderNotFoundError: the folder does not exist or cannot be listed.
    """
    if folder.is_file():
        return [folder.resolve()]
    if not folder.is_dir():
        raise FolderNotFoundError(
            f"Le dossier « {folder} » n'existe pas.",
            "Vérifiez le chemin, puis relancez : assistant ingerer DOSSIER.",
        )
    found: list[Path] = []

    def refuse(error: OSError) -> None:
        raise FolderNotFoundError(
            f"Le dossier « {error.filename} » ne peut pas être lu.",
            "Vérifiez les droits d'accès, puis relancez.",
        ) from error

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(parent, name).resolve()
            for name in sorted(names)
            if not (
                name.startswith((".", "~$")) or name in _NOT_DOCUMENTS or name.endswith(".part")
            )
        ]
    return list(dict.fromkeys(found))


def compare(
    listings: Sequence[tuple[Path, list[Path]]], known: dict[str, FileRow], *, allow_empty: bool
) -> Plan:
    """Compare folders with what the catalogue knows of them.

    Args:
        listings: each folder with its files.
        known: files of the catalogue, by path.
        allow_empty: accept that a folder once indexed now holds nothing.

    Raises:
        EmptyFolderError: it holds nothing and `allow_empty` is false.
    """
    plan = Plan([], [], [])
    seen: set[str] = set()
    for folder, paths in listings:
        root = folder.resolve()
        before = [row for row in known.values() if Path(row.path).is_relative_to(root)]
        indexed = [row for row in before if row.document_id]
        if folder.is_dir() and indexed and not paths and not allow_empty:
            raise EmptyFolderError(
                f"Le dossier « {folder} » est vide alors que l'index en contient "
                f"{len(indexed)} document(s) ; rien n'a été retiré.",
                "Vérifiez que le disque est bien monté, ou confirmez avec --accepter-vide.",
            )
        for path in paths:
            if str(path) in seen:
                continue
            seen.add(str(path))
            row = known.get(str(path))
            if row is None or not _same(row, path):
                plan.to_read.append((root, path))
        here = {str(path) for path in paths}
        plan.gone.extend(row for row in before if row.path not in here)
    unchanged = [known[path] for path in seen if path in known]
    pending = {str(path) for _, path in plan.to_read}
    plan.reports.extend(
        FileReport(
            file=row.name,
            status="unchanged" if row.document_id else "refused",
            reason=row.reason,
            reason_code=row.reason_code,
        )
        for row in sorted(unchanged, key=lambda row: row.name)
        if row.path not in pending
    )
    plan.reports.extend(
        FileReport(file=row.name, status="removed", reason="Le fichier n'est plus dans le dossier.")
        for row in plan.gone
    )
    return plan


def _same(row: FileRow, path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False  # it has just left: the reading will say so
    return (
        row.size == status.st_size
        and row.mtime_ns == status.st_mtime_ns
        and row.reader_version == reading.READER_VERSION
    )


def shown_name(root: Path, path: Path) -> str:
    """Name shown to people: the path below the folder that was given."""
    return path.name if root == path else path.relative_to(root).as_posix()
