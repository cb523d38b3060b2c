"""How files are read and known, as the options say: for the command line and for the server."""

from __future__ import annotations

import os

from assistant.index.pipeline import KnownSource
from assistant.index.reading import ReadLimits
from assistant.settings import Settings
from assistant.sources.listing import known_source, load_sources


def read_limits(settings: Settings) -> ReadLimits:
    """Bounds of the reading of each file."""
    return ReadLimits(
        max_bytes=settings.max_file_mb << 20,
        max_pages=settings.max_pages,
        timeout_s=settings.read_timeout_s,
        memory_mb=settings.read_memory_mb,
        page_timeout_s=settings.read_page_timeout_s,
    )


def known_sources(settings: Settings) -> KnownSource | None:
    """What the list of public sources says of files; `None` without a list.

    Raises:
        SourceListError: the list cannot be read.
    """
    if not settings.sources.is_file():
        return None
    return known_source(load_sources(settings.sources))


def reading_processes() -> int:
    """Processes that read while questions are answered: one core stays theirs."""
    return max(1, (os.cpu_count() or 1) - 1)
