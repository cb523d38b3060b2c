"""Where a page is read on this server, for programs that only show text."""

from __future__ import annotations

from assistant.engine_port import Engine
from assistant.errors import AssistantError


def page_path(assistant: Engine, document_id: str, page: int) -> str:
    """Path of a page: in its file, which browsers open, when that is a PDF; as text otherwise."""
    try:
        drawn = assistant.has_page_images(document_id)
    except AssistantError:
        # Removed since the answer was made: the address says so itself.
        drawn = False
    root = f"/v1/documents/{document_id}"
    return f"{root}/fichier#page={page}" if drawn else f"{root}/pages/{page}"
