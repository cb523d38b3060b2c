"""Passages already cut into units, kept: the same ones come back from a question to the next."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from assistant.generation.units import GetPage, Unit
from assistant.model import Block, Hit

_KEPT: Final = 2_048
"""Passages whose units are kept, some 10 kB each."""

Cut = Callable[[Hit, GetPage], tuple[Unit, ...]]
_Key = tuple[str, tuple[str, ...], tuple[str, ...]]


class Cuts:
    """Remembers the units of passages, the latest used. Safe to share between threads.

    A passage is known by all that its units are made of: its blocks, its headings and the text
    of its pages. What is read anew under the same name is therefore cut anew.
    """

    def __init__(self, cut: Cut) -> None:
        """Bind to what cuts one passage; it is given a page by its document and number."""
        self._cut = cut
        self._kept: OrderedDict[_Key, tuple[tuple[Block, ...], tuple[Unit, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, hit: Hit, get_page: GetPage) -> tuple[Unit, ...]:
        """Units of the passage of a hit; `hit` and `rank` are those of whoever asked first."""
        passage = hit.passage
        texts = tuple(get_page(passage.document_id, page).text for page in passage.pages)
        key = passage.id, passage.section, texts
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == passage.blocks:
                self._kept.move_to_end(key)
                return kept[1]
        units = self._cut(hit, get_page)
        with self._lock:
            self._kept[key] = passage.blocks, units
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return units
