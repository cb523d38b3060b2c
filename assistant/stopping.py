"""Whether the service is being stopped: what is under way then ends by itself, and says so."""

from __future__ import annotations

import threading
from typing import Final

from assistant.errors import AssistantError

_asked: Final = threading.Event()


class ServiceStoppingError(AssistantError):
    """The service was told to stop while it answered."""

    code = "service_arrete"
    retryable = True


def request() -> None:
    """Tell everything under way to end."""
    _asked.set()


def forget() -> None:
    """The service starts: nothing is to end."""
    _asked.clear()


def requested() -> bool:
    """Whether the service is being stopped."""
    return _asked.is_set()


def check() -> None:
    """Let what is under way go on.

    Raises:
        ServiceStoppingError: the service is being stopped.
    """
    if requested():
        raise ServiceStoppingError(
            "L’assistant s’arrête : la réponse n’a pas pu être terminée.",
            "Posez la question de nouveau dans quelques instants.",
        )
