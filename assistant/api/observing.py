"""What is kept of each request: its identifier, its duration, and a line in the audit log.

The outermost of all: what the others refuse is seen too. The audit log is told here of what only
HTTP knows (a page or a file opened, an export, an access refused); the rest is told where it is
done (`assistant.audit.trail`).
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.access.model import NOBODY, Person
from assistant.api import problems
from assistant.api.security import HEADERS, STRICT_POLICY
from assistant.audit import trail
from assistant.audit.model import Action, AuditUnavailableError, Value
from assistant.counters import counters
from assistant.logs import accepted_id, request_id

_AT_ONCE: Final = 20
_WINDOW_S: Final = 60.0
_ADDRESSES: Final = 1000

ID_HEADER: Final = "X-Request-ID"
REFUSED: Final = frozenset({401, 403, 421, 429})

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PART: Final = r"([^/]+)"

READ: Final[tuple[tuple[re.Pattern[str], Action], ...]] = tuple(
    (re.compile(pattern), action)
    for pattern, action in (
        (rf"/v1/documents/{_PART}/pages/(\d+)(?:/image)?", Action.PAGE),
        (rf"/v1/documents/{_PART}/fichier", Action.FILE),
        (rf"/v1/conversations/{_PART}(?:/tours/(\d+))?/export", Action.EXPORT),
        (r"/v1/reponses/export", Action.EXPORT),
        (rf"/v1/fiches/{_PART}/export", Action.EXPORT),
        (rf"/v1/fiches/portefeuille/{_PART}", Action.EXPORT),
        (r"/v1/copil/export", Action.EXPORT),
        (rf"/v1/evaluations/{_PART}/rapport/{_PART}", Action.EXPORT),
        (rf"/v1/jeux/{_PART}/export", Action.EXPORT),
    )
)
"""What is read that must be written down; the groups are what it is done to."""


class ObservingMiddleware:
    """Identifies, measures and writes down each request.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._flood = Flood()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = accepted_id(Headers(scope=scope).get(ID_HEADER)) or uuid.uuid4().hex
        token = request_id.set(given)
        counted = counters()
        counted.under_way.inc()
        started = time.perf_counter()
        response = _Response(scope, send, given, self._flood)
        try:
            if trail.installed() is not None and not await response.possible():
                return
            await self.app(scope, receive, response.send)
        finally:
            counted.under_way.dec()
            route = template(scope)
            method = scope["method"] if scope["method"] in _METHODS else "AUTRE"
            counted.requests.labels(method, route, str(response.status)).inc()
            counted.durations.labels(route).observe(time.perf_counter() - started)
            request_id.reset(token)


class _Response:
    """A response on its way out."""

    def __init__(self, scope: Scope, send: Send, identifier: str, flood: Flood) -> None:
        self._flood = flood
        self.status = 500
        self._scope = scope
        self._send = send
        self._identifier = identifier
        self._replaced = False

    async def possible(self) -> bool:
        """Whether the log can take what will be said; the refusal is sent when it cannot."""
        log = trail.installed()
        if log is None or log.failure is None or self._scope["path"].startswith("/v1/sante"):
            return True
        try:
            await run_in_threadpool(log.check)
        except AuditUnavailableError as error:
            await self._refuse(error)
            return False
        return True

    async def send(self, message: Message) -> None:
        """Pass a message on, once what it answers is written down."""
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            said = noted(self._scope, self.status, self._flood)
            if said is not None and trail.installed() is not None:
                try:
                    await run_in_threadpool(trail.note, **said)
                except AuditUnavailableError as error:
                    self._replaced = True
                    await self._refuse(error)
                    return
            MutableHeaders(scope=message)[ID_HEADER] = self._identifier
        await self._send(message)

    async def _refuse(self, error: AuditUnavailableError) -> None:
        response = problems.of_domain(error)
        self.status = response.status_code
        for name, value in {**HEADERS, ID_HEADER: self._identifier}.items():
            response.headers[name] = value
        response.headers["Content-Security-Policy"] = STRICT_POLICY

        async def nothing() -> Message:
            return {"type": "http.disconnect"}

        await response(self._scope, nothing, self._send)


def template(scope: Scope) -> str:
    """Address that a request asked, without what it names: never what somebody typed."""
    route = scope.get("route")
    path = getattr(route, "path", "")
    if path.startswith(("/v1", "/mcp", "/docs", "/connexion", "/deconnexion", "/openapi")):
        return str(path)
    if scope["path"].startswith("/v1"):
        return "/v1/…"
    return "ecrans"


class Flood:
    """Keeps whoever is refused again and again from filling the log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nobody refused."""
        self._clock = clock
        self._seen: dict[str, tuple[float, int]] = {}

    def unsaid(self, address: str) -> int | None:
        """How many refusals of an address were not written before this one; `None` to be silent."""
        now = self._clock()
        began, count = self._seen.get(address, (now, 0))
        silenced = 0
        if now - began >= _WINDOW_S:
            silenced = max(0, count - _AT_ONCE)
            began, count = now, 0
        self._seen.pop(address, None)
        self._seen[address] = began, count + 1
        if len(self._seen) > _ADDRESSES:
            del self._seen[next(iter(self._seen))]
        return silenced if count < _AT_ONCE else None


def noted(scope: Scope, status: int, flood: Flood) -> dict[str, Any] | None:
    """What the audit log is told of a request; `None` for nothing."""
    someone: Person = scope.get("assistant.person") or NOBODY
    # A provider that does not recognise somebody is a fault of a gateway, and a refusal.
    if status in REFUSED or "assistant.refusal" in scope:
        unsaid = flood.unsaid(str(scope.get("assistant.address", "")))
        if unsaid is None:
            return None
        # The address as the table knows it, or only where it begins: a path may hold anything.
        details: Mapping[str, Value] = {
            "methode": scope["method"] if scope["method"] in _METHODS else "AUTRE",
            "adresse": template(scope),
            "motif": scope.get("assistant.refusal"),
            **({"non_inscrits": unsaid} if unsaid else {}),
        }
        return _said(Action.REFUSED, [], status, someone, details, scope)
    if scope["method"] not in {"GET", "POST"} or status >= 400:
        return None
    for pattern, action in READ:
        found = pattern.fullmatch(scope["path"])
        if found is not None:
            targets = [one for one in found.groups() if one]
            address = {"adresse": template(scope)}
            return _said(action, targets, status, someone, address, scope)
    return None


def _said(
    action: Action,
    targets: list[str],
    status: int,
    someone: Person,
    details: Mapping[str, Value],
    scope: Scope,
) -> dict[str, Any]:
    kept = {**details, "requete": request_id.get()}
    if address := scope.get("assistant.address"):
        kept["origine"] = address
    return {
        "action": action,
        "targets": targets,
        "outcome": str(status),
        "person": someone,
        "details": kept,
    }
