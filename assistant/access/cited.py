"""Which documents a kept text quotes, so that it is shown only to who may see all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from assistant.access import current

_CITED: Final = re.compile(r'"document_id"\s*:\s*"([^"\\]*)"')


@dataclass(frozen=True, slots=True)
class Unseen:
    """Documents kept from somebody, those that left the corpus included.

    Attributes:
        documents: their identifiers.
        files: the names of their files.
    """

    documents: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.documents)


KeptBack = Callable[[], Unseen]
"""Gives the documents kept from the person served now."""


class Restricting(Protocol):
    """An engine that knows what is restricted."""

    def unseen(self, groups: frozenset[str] | None) -> Unseen:
        """Documents that these groups may not see; none for `None`."""


def nothing() -> Unseen:
    """What is kept from somebody who sees everything."""
    return Unseen()


def kept_back(engine: Restricting) -> KeptBack:
    """Gives, at each call, the documents that an engine keeps from the person served then."""
    return lambda: engine.unseen(current.person().sees)


def cited(text: str) -> frozenset[str]:
    """Identifiers of the documents that a text in JSON quotes."""
    return frozenset(found for found in _CITED.findall(text) if found)
