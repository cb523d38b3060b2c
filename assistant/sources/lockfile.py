"""`telechargements.json`: what was downloaded into a folder, from where, with which content.

It stands beside the documents so that they travel with their origin: copied on a machine
without network, a folder still says where each file comes from and whether it is intact.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from assistant.errors import AssistantError, cause

NAME: Final = "telechargements.json"


class LockFileError(AssistantError):
    """The record of downloads cannot be read or written."""

    code = "telechargements"


@dataclass(frozen=True, slots=True)
class Record:
    """A downloaded file.

    Attributes:
        id: its source.
        url: the address it was asked at.
        sha256: hash of its content, in hexadecimal.
        octets: its size.
        date: when, ISO 8601, UTC.
        etag, last_modified: validators the server gave.
    """

    id: str
    url: str
    sha256: str
    octets: int
    date: str
    etag: str = ""
    last_modified: str = ""


@dataclass(slots=True)
class Lock:
    """The record of a folder: files downloaded, and validators of unfinished ones."""

    folder: Path
    documents: dict[str, Record] = field(default_factory=dict)
    unfinished: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Lock:
        """Read the record of a folder; an absent one is empty.

        Raises:
            LockFileError: it is damaged.
        """
        path = folder / NAME
        if not path.is_file():
            return cls(folder)
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            documents = {
                name: Record(**entry) for name, entry in content.get("documents", {}).items()
            }
            return cls(folder, documents, dict(content.get("en_cours", {})))
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise LockFileError(
                f"Le relevé des téléchargements « {path} » est illisible ({error}).",
                "Supprimez-le : les documents présents seront téléchargés de nouveau.",
            ) from error

    def save(self) -> None:
        """Write the record, all or nothing.

        Raises:
            LockFileError: the disk refuses.
        """
        path = self.folder / NAME
        content = {
            "version": 1,
            "note": "Origine et empreinte des documents téléchargés dans ce dossier.",
            "documents": {name: asdict(self.documents[name]) for name in sorted(self.documents)},
            "en_cours": self.unfinished,
        }
        draft = path.with_suffix(".json.part")
        try:
            draft.write_text(
                json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
            draft.replace(path)
        except OSError as error:
            raise LockFileError(
                f"Le relevé « {path} » ne peut pas être écrit ({cause(error)}).",
                "Vérifiez les droits du dossier et la place disponible.",
            ) from error

    def hashes(self) -> dict[str, str]:
        """Source of each downloaded content, by SHA-256."""
        return {record.sha256: record.id for record in self.documents.values()}

    def of_source(self, source_id: str) -> tuple[str, Record] | None:
        """Name and record of the file of a source, if it was downloaded."""
        for name, record in self.documents.items():
            if record.id == source_id:
                return name, record
        return None
