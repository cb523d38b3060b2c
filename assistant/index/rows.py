"""What is stored in the catalogue, ready to be written or as it was read."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.model import DocumentMetadata


@dataclass(frozen=True, slots=True)
class FileRow:
    """What the catalogue remembers of a file on disk."""

    path: str
    root: str
    name: str
    size: int
    mtime_ns: int
    document_id: str | None
    reason: str | None
    reason_code: str | None
    reader_version: int


@dataclass(frozen=True, slots=True)
class ExcludedFile:
    """A file that the user took out of the index and that stays on the disk."""

    path: str
    name: str
    document_id: str


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page ready to be stored; `words` is encoded by `assistant.index.codec`."""

    number: int
    label: str
    width: float
    height: float
    status: str
    text: str
    words: bytes
    warnings: tuple[str, ...]
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage ready to be stored; `blocks` is encoded by `assistant.index.codec`."""

    id: str
    position: int
    section: tuple[str, ...]
    blocks: str


@dataclass(frozen=True, slots=True)
class DocumentRows:
    """Everything read from one content, ready to be stored in one transaction."""

    document_id: str
    sha256: str
    metadata: DocumentMetadata
    pages: tuple[PageRow, ...]
    passages: tuple[PassageRow, ...]
    warnings: tuple[str, ...]
