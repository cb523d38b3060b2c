"""Whose page a session of the screens is: what one person sees never goes to another's page.

Gradio keeps the state of a page (answers shown, fiche being written) and sends its events under an
identifier that the page draws, and believes whoever presents it. Each is therefore tied here to
the first person who used it.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from typing import Final
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.access.current import ForbiddenError, person
from assistant.api import problems

_KEPT: Final = 10_000
"""Pages whose owner is remembered; the oldest are forgotten first."""

_HEARTBEAT: Final = re.compile(r"/gradio_api/heartbeat/([\w-]+)")


class ScreenSessions:
    """The owners of the pages that are open."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def pass_on(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request reach the screens, unless it speaks for somebody else's page."""
        body = None
        if scope["method"] == "POST":
            body = await _read(receive)
            if body is None:
                return
            receive = _again(body, receive)
        if all(self.belongs(one, person().id) for one in _named(scope, body)):
            await app(scope, receive, send)
            return
        error = ForbiddenError(
            "Cette page a été ouverte par quelqu’un d’autre.", "Rechargez-la, puis recommencez."
        )
        scope["assistant.refusal"] = error.code
        await problems.of_domain(error)(scope, receive, send)

    def belongs(self, session: str, someone: str) -> bool:
        """Whether a page is somebody's; it becomes so when it is nobody's yet."""
        owner = self._owners.setdefault(session, someone)
        self._owners.move_to_end(session)
        if len(self._owners) > _KEPT:
            self._owners.popitem(last=False)
        return owner == someone


def _named(scope: Scope, body: bytes | None) -> set[str]:
    """Pages that a request speaks for."""
    given = set(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", ()))
    if found := _HEARTBEAT.fullmatch(scope["path"]):
        given.add(found[1])
    if body:
        try:
            said = json.loads(body)
        except ValueError:
            return given  # no page for Gradio either
        if isinstance(said, dict) and isinstance(said.get("session_hash"), str):
            given.add(said["session_hash"])
    return given


async def _read(receive: Receive) -> bytes | None:
    """The body of a request; `None` when its sender left. Its size is bounded before."""
    pieces = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read, then what follows it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
