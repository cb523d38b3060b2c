"""The place of the web interface in the server: empty at first, filled when it is built.

Importing Gradio takes seconds. The port opens before, the API answers at once, and the
screen's address shows a waiting page that reloads itself until `InterfaceSlot.attach`.

The slot also keeps Gradio in its place. Of its fifty routes (uploads, proxies, file serving,
monitoring…) only those the screens use are reachable, and the page it generates is rewritten:
French, no address outside this server, a nonce for its inline scripts.
"""

from __future__ import annotations

import asyncio
import html
import logging
import re
import secrets
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.api import problems
from assistant.api.permissions import OWN_PATHS, OWN_PREFIXES
from assistant.api.screen_sessions import ScreenSessions
from assistant.api.security import page_policy
from assistant.language.typography import typeset

logger = logging.getLogger("assistant.api")

GRADIO_GET = re.compile(
    r"/|/config|/theme\.css|/gradio_api/(theme\.css|info|app_id|startup-events|queue/data"
    r"|heartbeat/[\w-]+)|/(assets|static)/[\w./@-]+"
)
GRADIO_POST = re.compile(r"/gradio_api/(queue/join|cancel|reset)")
"""Gradio's routes that the screens use; any other one answers 404."""

WAITING_PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="1"><title>Ouverture de l’assistant…</title>
<link rel="icon" href="/interface/favicon.svg">
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center;
  font: 1.05rem/1.6 system-ui, sans-serif; background: Canvas; color: CanvasText }
main { max-width: 32rem; padding: 2rem }
h1 { font-size: 1.4rem; margin: 0 0 .5rem }
p { margin: 0 }
</style></head><body><main role="status">
<h1>Ouverture de l’assistant…</h1>
<p>Les écrans se chargent. Cette page s’ouvrira d’elle-même dans quelques secondes.</p>
</main></body></html>
"""

_SOCIAL_META = re.compile(r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*', re.IGNORECASE)
_MANIFEST = re.compile(r'<link\s+rel="manifest"[^>]*>\s*', re.IGNORECASE)
_SCRIPT = re.compile(r"<script(?=[\s>])", re.IGNORECASE)
_HTML_LANG = re.compile(r'(<html\b[^>]*?\blang=)"[^"]*"', re.IGNORECASE)
_HEAD = re.compile(r"<head>", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)

SKIP_LINK = "<a class='evitement' href='#onglets'>Aller au contenu</a>"
OPENING = "<div id='ouverture' role='status'><p class='nom'>{title}</p><p>{said}</p></div>"
"""What is read until Gradio has drawn the screens; `assistant.js` takes it away."""
NO_SCRIPT = (
    "<noscript><p>Cette page a besoin de JavaScript. Sans lui, l’API et la commande "
    "« assistant demander » restent utilisables : voir <a href='/docs'>/docs</a>.</p></noscript>"
)


class _WithLifespan(Protocol):
    """An ASGI application whose start and stop can be run from outside."""

    @property
    def router(self) -> Any: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class InterfaceSlot:
    """Holds the screens once they exist, with their own start and stop."""

    def __init__(self) -> None:
        self.title = "Assistant"
        self.app: ASGIApp | None = None
        self._pending: _WithLifespan | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    def attach(self, interface: _WithLifespan, *, title: str) -> None:
        """Give the slot its screens; from any thread, before or after the server's start."""
        self.title = title
        self._pending = interface
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._launch)

    async def start(self) -> None:
        """Called when the server starts; returns once screens attached before are ready."""
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        if self._pending is not None:
            opened = self._launch()
            await opened.wait()

    async def stop(self) -> None:
        """Called when the server stops."""
        self._stop.set()
        if self._task is not None:
            await self._task
            self._task = None
        self._loop = None

    def _launch(self) -> asyncio.Event:
        opened = asyncio.Event()
        interface = self._pending
        assert interface is not None
        self._task = asyncio.create_task(self._run(interface, opened))
        return opened

    async def _run(self, interface: _WithLifespan, opened: asyncio.Event) -> None:
        # One task opens and closes: the scopes inside may not change task in between.
        lifespan: AbstractAsyncContextManager[Any] = interface.router.lifespan_context(interface)
        try:
            async with lifespan:
                self.app = interface
                opened.set()
                await self._stop.wait()
        except Exception:
            logger.exception("L’interface web n’a pas pu démarrer ou s’arrêter proprement.")
        finally:
            self.app = None
            opened.set()


class InterfaceMiddleware:
    """Sends each request to the API or to the screens."""

    def __init__(self, app: ASGIApp, slot: InterfaceSlot) -> None:
        self.app = app
        self.slot = slot
        self._sessions = ScreenSessions()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: str = scope.get("path", "")
        if scope["type"] != "http" or path in OWN_PATHS or path.startswith(OWN_PREFIXES):
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        allowed = GRADIO_POST if method == "POST" else GRADIO_GET
        if method not in {"GET", "HEAD", "POST"} or not allowed.fullmatch(path) or ".." in path:
            await problems.of_http(404)(scope, receive, send)
        elif self.slot.app is None:
            await waiting(path)(scope, receive, send)
        elif path == "/":
            await self._page(scope, receive, send)
        else:
            await self._sessions.pass_on(self.slot.app, scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with Gradio's page, rewritten."""
        assert self.slot.app is not None
        plain = dict(scope)
        # Neither compressed (it is rewritten) nor with Gradio's own parameters (deep links).
        plain["headers"] = [
            (name, value) for name, value in scope["headers"] if name != b"accept-encoding"
        ]
        plain["query_string"] = b""
        # Asked as GET even for HEAD: the length announced is that of the rewritten page.
        plain["method"] = "GET"
        status, chunks = 500, []

        async def keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))

        await self.slot.app(plain, receive, keep)
        if status != 200:
            await problems.of_http(status)(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(18)
        page = rewrite(b"".join(chunks).decode("utf-8"), nonce=nonce, title=self.slot.title)
        response = HTMLResponse(
            page,
            headers={
                "Content-Security-Policy": page_policy(nonce),
                "Cache-Control": "no-store",
            },
        )
        # Its description of the screens weighs ten times less once compressed.
        await GZipMiddleware(response, compresslevel=5)(scope, receive, send)


def waiting(path: str) -> HTMLResponse:
    """The page shown while the screens load: a real 503, so that scripts can wait for it."""
    headers = {
        "Retry-After": "1",
        "Cache-Control": "no-store",
        "Content-Security-Policy": page_policy(),
    }
    return HTMLResponse(WAITING_PAGE if path == "/" else "", 503, headers=headers)


_PARTS = ("assistant", "fiches", "evaluation", "corpus")
SCRIPTS = tuple(f"/interface/{name}.js" for name in _PARTS)
# The colour of the organisation comes last: it stands above ours.
STYLES = (*(f"/interface/{name}.css" for name in _PARTS), "/interface/identite.css")


def rewrite(
    page: str,
    *,
    nonce: str,
    title: str,
    scripts: Sequence[str] = SCRIPTS,
    styles: Sequence[str] = STYLES,
) -> str:
    """Turn the page Gradio generates into ours.

    Args:
        page: Gradio's HTML.
        nonce: value for its inline scripts, the same as in the policy.
        title: title of the page.
        scripts: our scripts, run before Gradio's: those are modules, which wait for them.
        styles: our style sheets.
    """
    page = _SOCIAL_META.sub("", page)
    page = _MANIFEST.sub("", page)
    page = _SCRIPT.sub(f'<script nonce="{nonce}"', page)
    page = _HTML_LANG.sub(r'\1"fr"', page, count=1)
    ours = [
        "<head>",
        f"<title>{html.escape(title)}</title>",
        '<link rel="icon" href="/interface/favicon.svg" type="image/svg+xml">',
        *(f'<link rel="stylesheet" href="{html.escape(href)}">' for href in styles),
        *(f'<script defer nonce="{nonce}" src="{html.escape(src)}"></script>' for src in scripts),
    ]
    page = _HEAD.sub(lambda _: "\n".join(ours), page, count=1)
    opening = OPENING.format(title=html.escape(title), said="Ouverture des écrans…")
    first = SKIP_LINK + typeset(NO_SCRIPT) + opening
    return _BODY.sub(lambda match: match[0] + first, page, count=1)
