"""How often somebody may do something: a bucket that fills with time and empties with use."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MOST_BUCKETS: Final = 10_000
"""Buckets kept; the one used longest ago goes first, so that memory stays bounded."""


class Limiter:
    """Counts uses by somebody. Safe to share between threads.

    Attributes:
        clock: seconds, never going back.
    """

    def __init__(
        self, capacity: float, per_second: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Make a limiter.

        Args:
            capacity: uses allowed at once.
            per_second: uses given back each second.
            clock: seconds, never going back.
        """
        self.clock = clock
        self._capacity = capacity
        self._per_second = per_second
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def use(self, who: str) -> float:
        """Count one use; 0 when it is allowed, else the seconds to wait for the next one."""
        now = self.clock()
        with self._lock:
            left, at = self._buckets.pop(who, (self._capacity, now))
            left = min(self._capacity, left + (now - at) * self._per_second)
            allowed = left >= 1.0
            self._buckets[who] = (left - 1.0 if allowed else left, now)
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / self._per_second
