"""What every response carries and every request must satisfy, whoever answers it.

Written as plain ASGI because it must also cover the mounted Gradio interface, its streams
included, which request/response middlewares would buffer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.api import problems

MAX_BODY_BYTES = 1 << 20
"""Largest request body accepted: a question is at most a few kilobytes."""

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names a browser of this machine uses; any other one is a DNS rebinding attempt."""

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # named to be told apart
"""What is listened on to be reached by every address of the machine; no name to be called by."""

BODY_WITHIN_S = 60.0
"""Seconds within which each piece of a request's body must come: a client that sends a byte now
and then must not hold a place for ever."""

STRICT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For responses that are no page: they load nothing and nobody frames them."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Nothing to other sites. With « no-referrer », browsers send « Origin: null » with the form of
    # the sign-in page, which is then refused as foreign.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}


def page_policy(nonce: str | None = None) -> str:
    """Content security policy of an HTML page of this server.

    Scripts come from this origin or carry the nonce of the response; neither inline nor
    evaluated code runs, so text of a document that would reach the page unescaped stays dead.
    Inline styles are allowed because Gradio's components set them.

    Args:
        nonce: value given to the inline scripts of the page, if it has any.
    """
    scripts = f"'self' 'nonce-{nonce}'" if nonce else "'none'"
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'none'; "
        "object-src 'none'; frame-src 'none'; worker-src 'none'; manifest-src 'none'; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    )


def host_name(host: str) -> str:
    """Name in a `Host` header, without its port nor the brackets of an IPv6 address."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


class SecurityMiddleware:
    """Checks host, origin and size of requests; adds the security headers to responses.

    Args:
        app: what answers.
        hosts: accepted host names.
        max_body_bytes: largest accepted request body.
        larger: largest accepted body of the few addresses that take files, by method and path.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str] = LOOPBACK_NAMES,
        max_body_bytes: int = MAX_BODY_BYTES,
        larger: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        self.max_body_bytes = max_body_bytes
        self.larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        started = False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").partition(";")[0] != "application/pdf":
                    # A browser's PDF viewer is a page of its own that this would break.
                    headers.setdefault("Content-Security-Policy", STRICT_POLICY)
                # Says what the server is made of to whoever wants to attack it.
                del headers["server"]
            await send(message)

        headers = Headers(scope=scope)
        status = self._refusal(scope, headers)
        if status:
            await problems.of_http(status)(scope, receive, send_safely)
            return
        try:
            await self.app(scope, self._bounded(receive, self._most(scope)), send_safely)
        except Exception as error:
            # Here rather than in the framework's own handler, which stands outside of this
            # middleware and would answer without its headers.
            response = problems.of_unexpected(scope["path"], error)
            if not started:
                await response(scope, receive, send_safely)

    def _refusal(self, scope: Scope, headers: Headers) -> int:
        """Status of the refusal of a request, 0 when it may pass."""
        if host_name(headers.get("host", "")) not in self.hosts:
            return 421
        if scope["method"] not in {"GET", "HEAD", "OPTIONS"}:
            origin = headers.get("origin")
            if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
                return 403
            # Host and port together: another server of the same machine is another origin.
            if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
                return 403
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self._most(scope):
            return 413
        return 0

    def _most(self, scope: Scope) -> int:
        return self.larger.get((scope["method"], scope["path"]), self.max_body_bytes)

    def _bounded(self, receive: Receive, most: int) -> Receive:
        """Count what arrives (a chunked body announces no length), and wait no longer than is fair.

        Once the body is there, what follows is the client leaving, which has no hour.
        """
        received, over = 0, False

        async def receive_bounded() -> Message:
            nonlocal received, over
            if over:
                return await receive()
            try:
                async with asyncio.timeout(BODY_WITHIN_S):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            over = not message.get("more_body", False)
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > most:
                    raise HTTPException(413)
            return message

        return receive_bounded
