"""Answers wait their turn to be computed, and no more of them than people would wait for.

More answers at once than cores only slow each other down, each in turn giving up the interpreter
to the others, where the first ones could already be read. And whoever would wait behind too many
is told so at once, and when to come back, rather than left without an answer.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from assistant.errors import TooManyQuestionsError

AT_ONCE: Final = max(2, os.cpu_count() or 2)
WAITING: Final = 64
"""Questions that may wait: about a quarter of a minute at four answers a second."""


class Turns:
    """A limited number of turns, and of places to wait for one; first come, first served."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        """Set both numbers."""
        self._turns = threading.BoundedSemaphore(at_once)
        self._places = at_once + waiting
        self._taken = 0
        self._counting = threading.Lock()

    @property
    def full(self) -> bool:
        """Whether one more question would be refused now."""
        return self._taken >= self._places

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it.

        Raises:
            TooManyQuestionsError: too many wait already.
        """
        with self._counting:
            if self.full:
                raise TooManyQuestionsError(
                    "Trop de questions attendent déjà leur réponse.",
                    "Posez la vôtre de nouveau dans quelques secondes.",
                )
            self._taken += 1
        try:
            with self._turns:
                yield
        finally:
            with self._counting:
                self._taken -= 1
