"""Where the reading of a file stands, told page by page to whoever supervises it.

A supervisor that knows which page was being read when a process hung or died can give up
that page and keep the rest of the file. Nobody listens by default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

OPEN: Final = "open"
SCAN: Final = "scan"
OCR: Final = "ocr"
STRUCTURE: Final = "structure"
LAYOUT: Final = "layout"
PASSAGES: Final = "passages"

_listeners: list[Callable[[str, int], None]] = []


def listen(listener: Callable[[str, int], None] | None) -> None:
    """Choose who is told of each step in this process; `None` for nobody."""
    _listeners[:] = [] if listener is None else [listener]


def step(name: str, page: int = 0) -> None:
    """Tell that a step begins, on a physical page from 1 (0: the whole file)."""
    for listener in _listeners:
        listener(name, page)
