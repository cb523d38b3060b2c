"""Whom the code that runs now serves.

Set once where a request enters (API, screens), read where documents are looked up, so that no
function in between has to pass it on, nor can forget to. It follows asyncio tasks and the threads
of the pool; a thread started by hand must be given a copy of the context
(`contextvars.copy_context().run`). Where nobody said, it is `NOBODY`: what is forgotten hides
documents rather than shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from assistant.access.model import NOBODY, Permission, Person
from assistant.errors import AssistantError

_person: ContextVar[Person] = ContextVar("person", default=NOBODY)


class ForbiddenError(AssistantError):
    """The person may not do this."""

    code = "acces_refuse"


def person() -> Person:
    """Whom the running code serves."""
    return _person.get()


@contextmanager
def acting_as(someone: Person) -> Iterator[None]:
    """Run what follows for somebody."""
    token = _person.set(someone)
    try:
        yield
    finally:
        _person.reset(token)


def require(permission: Permission) -> None:
    """Let the person go on.

    Raises:
        ForbiddenError: they may not.
    """
    if not person().may(permission):
        raise ForbiddenError(
            "Votre rôle ne permet pas cette action.",
            "Demandez à l’administrateur de l’assistant le rôle qui convient.",
        )
