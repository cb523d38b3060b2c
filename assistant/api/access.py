"""Lets in whoever may come, and says to everything behind whom it serves.

Plain ASGI, because it covers the screens, their streams and the API alike. It stands outside of
all of them: what forgets to ask is protected all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final

import anyio
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from assistant.access.current import ForbiddenError, acting_as
from assistant.access.keys import PREFIX, InvalidKeyError, KeyNotFoundError
from assistant.access.model import LOCAL, NOBODY, Permission, Person
from assistant.access.restrictions import InvalidRestrictionError, UnknownRestrictionError
from assistant.access.schema import AccessFileError
from assistant.access.sign_in import (
    CredentialsRefusedError,
    NoRoleError,
    SignIn,
    SignInRequiredError,
    TooManyRequestsError,
)
from assistant.api import problems
from assistant.api.permissions import Anyone, is_screen, methods, needed
from assistant.errors import AssistantError

logger = logging.getLogger("assistant.api")

problems.DOMAIN[ForbiddenError] = (403, "Accès refusé")
problems.DOMAIN[NoRoleError] = (403, "Accès refusé")
problems.DOMAIN[SignInRequiredError] = (401, "Connexion requise")
problems.DOMAIN[CredentialsRefusedError] = (401, "Clé refusée")
problems.DOMAIN[TooManyRequestsError] = (429, "Trop de requêtes")
problems.DOMAIN[AccessFileError] = (503, "Droits d’accès illisibles")
problems.DOMAIN[InvalidKeyError] = (422, "Clé non recevable")
problems.DOMAIN[KeyNotFoundError] = (404, "Clé inconnue")
problems.DOMAIN[InvalidRestrictionError] = (422, "Restriction non recevable")
problems.DOMAIN[UnknownRestrictionError] = (404, "Restriction inconnue")

COOKIE: Final = "assistant_session"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PAGES: Final = frozenset({"/", "/docs"})
"""Where a person types the address: they are led to the sign-in rather than told off."""

_FORWARDED: Final = "x-forwarded-for"
_LOOKUPS: Final = 4
"""Threads that read the keys: never those that answer, which may all be busy."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request says of whom it comes from.

    Attributes:
        address: where it comes from.
        bearer: a key, or nothing.
        token: that of a session, or nothing.
        vouched: what a trusted proxy says: identifier, name, roles, groups; nothing otherwise.
    """

    address: str
    bearer: str = ""
    token: str = ""
    vouched: tuple[str, str, list[str], list[str]] | None = None


class AccessMiddleware:
    """Finds who asks, refuses what they may not do, and tells the rest whom it serves.

    Args:
        app: what answers.
        sign_in: how people are recognised.
    """

    def __init__(self, app: ASGIApp, sign_in: SignIn) -> None:
        self.app = app
        self.sign_in = sign_in
        settings = sign_in.settings
        self._identity = frozenset(
            name.lower().encode("latin-1")
            for name in (
                settings.proxy_user_header,
                settings.proxy_name_header,
                settings.proxy_role_header,
                settings.proxy_groups_header,
            )
        )
        self._threads: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        elif not self.sign_in.on:
            await self._serve(LOCAL, scope, receive, send)
        else:
            await self._guarded(scope, receive, send)

    async def _serve(self, someone: Person, scope: Scope, receive: Receive, send: Send) -> None:
        scope["assistant.person"] = someone
        with acting_as(someone):
            await self.app(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        presented = self._presented(scope)
        scope["assistant.address"] = presented.address
        # Read once, here: nothing behind may believe them again.
        scope["headers"] = [one for one in scope["headers"] if one[0].lower() not in self._identity]
        asked = needed(method, path)
        someone = NOBODY
        try:
            if Anyone.OPEN not in asked:
                someone = await self._recognised(presented)
                scope["assistant.person"] = someone  # who was refused is written down too
                if counted(path):
                    self.sign_in.count(someone, presented.address)
                _let_in(someone, asked)
        except AssistantError as error:
            # Written down by `assistant.api.observing`, without making the others wait.
            scope["assistant.refusal"] = error.code
            await refusal(error, scope, self.sign_in)(scope, receive, send)
            return
        if not asked:
            await _unknown(path)(scope, receive, send)
            return
        if presented.token and not presented.bearer and not _same_page(scope):
            await problems.of_http(403)(scope, receive, send)
            return
        await self._serve(someone, scope, receive, send)

    async def _recognised(self, presented: Presented) -> Person:
        """Whoever asks; `NOBODY` when nothing says it.

        Raises:
            AssistantError: what was presented opens nothing, or cannot be checked.
        """
        sign_in = self.sign_in
        if presented.vouched is not None and not presented.bearer:
            return sign_in.vouched("mandataire", *presented.vouched)
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_LOOKUPS)
        if presented.bearer:
            return await anyio.to_thread.run_sync(
                sign_in.by_key, presented.bearer, presented.address, limiter=self._threads
            )
        if presented.token:
            found = await anyio.to_thread.run_sync(
                sign_in.sessions.find, presented.token, limiter=self._threads
            )
            return found or NOBODY
        return NOBODY

    def _presented(self, scope: Scope) -> Presented:
        headers = Headers(scope=scope)
        peer = (scope.get("client") or ("", 0))[0]
        trusted = self.sign_in.trusts(peer)
        forwarded = ",".join(headers.getlist(_FORWARDED)).split(",") if trusted else []
        kind, _, value = headers.get("authorization", "").partition(" ")
        bearer = value.strip() if kind.lower() == "bearer" else ""
        vouched = None
        if trusted and self.sign_in.settings.sign_in == "mandataire":
            vouched = self._vouched(headers)
            # What a proxy puts in `Authorization` for its own use is not meant for us.
            if vouched is not None and not bearer.startswith(f"{PREFIX}_"):
                bearer = ""
        return Presented(
            address=self.sign_in.origin(peer, [one for one in forwarded if one.strip()]),
            bearer=bearer,
            token=cookie(headers, COOKIE),
            vouched=vouched,
        )

    def _vouched(self, headers: Headers) -> tuple[str, str, list[str], list[str]] | None:
        settings = self.sign_in.settings
        users = headers.getlist(settings.proxy_user_header)
        # Two of them: one is not the proxy's.
        if len(users) != 1 or not users[0].strip():
            return None
        names = headers.getlist(settings.proxy_name_header)
        return (
            _text(users[0]).strip(),
            _text(names[0]).strip() if len(names) == 1 else "",
            _listed(headers.getlist(settings.proxy_role_header)),
            _listed(headers.getlist(settings.proxy_groups_header)),
        )


def counted(path: str) -> bool:
    """Whether a request counts among those that are limited: what computes, not what is loaded."""
    return path.startswith(("/v1/", "/mcp", "/gradio_api/queue/join"))


def cookie(headers: Headers, name: str) -> str:
    """The value of a cookie, that of a secure one first; nothing when there is none."""
    for line in headers.getlist("cookie"):
        try:
            jar = SimpleCookie(line)
        except CookieError:
            continue
        for one in (f"__Host-{name}", name):
            if one in jar:
                return jar[one].value
    return ""


def refusal(error: AssistantError, scope: Scope, sign_in: SignIn) -> Response:
    """The response to whoever is not let in."""
    led = sign_in.settings.sign_in in {"cles", "oidc"}
    if isinstance(error, SignInRequiredError) and led and scope["path"] in PAGES:
        return RedirectResponse("/connexion", 303, headers={"Cache-Control": "no-store"})
    response: JSONResponse = problems.of_domain(error)
    if response.status_code == 401:
        wrong = isinstance(error, CredentialsRefusedError)
        said = ', error="invalid_token"' if wrong else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="assistant"{said}'
    if isinstance(error, TooManyRequestsError):
        response.headers["Retry-After"] = str(int(error.wait_s) + 1)
    return response


def _let_in(someone: Person, asked: Iterable[object]) -> None:
    """Let somebody go on.

    Raises:
        SignInRequiredError: they are nobody.
        ForbiddenError: they may not.
    """
    if someone.means == "aucun":
        raise SignInRequiredError(
            "Il faut se faire reconnaître pour faire cela.",
            "Connectez-vous à l’adresse /connexion ; un programme envoie sa clé dans l’en-tête "
            "« Authorization: Bearer … ».",
        )
    missing = [one for one in asked if isinstance(one, Permission) and not someone.may(one)]
    if missing:
        raise ForbiddenError(
            "Votre rôle ne permet pas cette action."
            if someone.scopes is None
            else "Votre clé ne permet pas cette action.",
            "Demandez à l’administrateur de l’assistant le rôle ou la clé qui convient.",
        )


def _unknown(path: str) -> Response:
    """The response where the table knows no such address: it leads nowhere, route or not."""
    accepted = methods(path)
    if accepted and not is_screen(path):
        return problems.of_http(405, {"Allow": ", ".join(accepted)})
    return problems.of_http(404)


def _same_page(scope: Scope) -> bool:
    """Whether what a cookie lets change is asked by a page of this server.

    `SecurityMiddleware` refuses the pages of others, which say where they come from; a browser
    too old to say it is refused here.
    """
    names = {name.lower() for name, _ in scope["headers"]}
    return scope["method"] in SAFE_METHODS or bool(names & {b"origin", b"sec-fetch-site"})


def _text(value: str) -> str:
    """A header as its sender wrote it: most write UTF-8, HTTP says Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def _listed(values: Iterable[str]) -> list[str]:
    return [one.strip() for value in values for one in _text(value).split(",") if one.strip()]
