"""The MCP server inside the HTTP one, at `/mcp`: built when a program first calls it.

Each request stands alone (no session is kept), answered in JSON. What guards the API guards it
too: host, origin, size, access. The SDK checks host and origin again.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from fastapi.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from assistant.engine_port import Engine
from assistant.settings import Settings, address

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATH: Final = "/mcp"


class McpMount:
    """The ASGI application of `/mcp`.

    Args:
        assistant: the engine.
        settings: the options.
        hosts: host names accepted, as for the API; `None` when any is.
    """

    def __init__(
        self, assistant: Engine, settings: Settings, hosts: Collection[str] | None
    ) -> None:
        self._assistant = assistant
        self._settings = settings
        self._hosts = hosts
        self._opening = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        manager = await self._opened()
        await manager.handle_request(scope, receive, send)

    async def stop(self) -> None:
        """Called when the server stops."""
        self._stop.set()
        if self._task is not None:
            await self._task
        self._task = self._manager = None
        self._opening, self._stop = asyncio.Lock(), asyncio.Event()

    async def _opened(self) -> StreamableHTTPSessionManager:
        async with self._opening:
            if self._manager is None:
                manager = await run_in_threadpool(self._build)
                started = asyncio.Event()
                # A context of its own: it must not stay the one of whoever called first.
                self._task = asyncio.create_task(
                    self._run(manager, started), context=contextvars.Context()
                )
                await started.wait()
                self._manager = manager
            return self._manager

    async def _run(self, manager: StreamableHTTPSessionManager, started: asyncio.Event) -> None:
        # One task opens and closes: the scopes inside may not change task in between.
        async with manager.run():
            started.set()
            await self._stop.wait()

    def _build(self) -> StreamableHTTPSessionManager:
        from mcp.server.transport_security import TransportSecuritySettings

        from assistant.api.mcp_tools import build

        names = [f"[{one}]" if ":" in one else one for one in self._hosts or ()]
        allowed = [form for one in names for form in (one, f"{one}:*")]
        server = build(
            self._assistant, self._settings, address(self._settings.host, self._settings.port)
        )
        server.streamable_http_app(
            json_response=True,
            stateless_http=True,
            transport_security=TransportSecuritySettings(
                enable_dns_rebinding_protection=self._hosts is not None,
                allowed_hosts=allowed,
                allowed_origins=[
                    f"{kind}://{one}" for kind in ("http", "https") for one in allowed
                ],
            ),
        )
        return server.session_manager
