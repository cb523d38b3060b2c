"""Keep every connection on this machine: block, record and show any attempt to leave.

Documents on health strategy must not leave the organisation, and a library that calls home
does so silently. Two layers, both cheap enough to come before any heavy import:

- `quiet_environment` asks the libraries politely, through their own variables;
- `install` adds a CPython audit hook (PEP 578), which sees every connection and every name
  look-up that goes through the `socket` module, whoever makes it, and refuses it.

Limits: an audit hook sees Python's sockets of this process only. A child process needs its
own guard, and native code that opens sockets by itself is not seen; the suite therefore also
runs the server where the kernel has no route to anywhere.
"""

from __future__ import annotations

import ipaddress
import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assistant.errors import NetworkForbiddenError

QUIET: dict[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    # Who asked what when, counted again at each event, for a page that is not served.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SHARE": "False",
    "GRADIO_MCP_SERVER": "False",
    "GRADIO_SSR_MODE": "False",
    "DO_NOT_TRACK": "1",
    "LLAMA_INDEX_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    # Idle OpenMP threads that spin would take the second core away from the server.
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Variables set for every process, and what each library reads to stay quiet."""

HISTORY = 200
"""Number of attempts kept; the total is counted beyond it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A connection that was refused.

    Attributes:
        at: when, in UTC.
        address: host or address aimed at, with its port when known.
        action: the audit event, for instance `socket.connect`.
    """

    at: datetime
    address: str
    action: str


class EgressGuard:
    """Decides which addresses may be reached, and remembers the refusals.

    Loopback addresses, Unix sockets and the names in `allowed` pass. A literal address may be
    resolved (that sends nothing), but only connected to when it passes. No other name may be
    looked up: a name server is outside the machine, and a look-up alone can leak data.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self.since = datetime.now(UTC)
        self.total = 0
        self._allowed = {name.lower() for name in allowed}
        self._attempts: deque[Attempt] = deque(maxlen=HISTORY)
        self._lock = threading.Lock()

    def allow(self, names: Iterable[str]) -> None:
        """Add addresses or host names the administrator configured."""
        self._allowed |= {name.lower() for name in names}

    @contextmanager
    def allowing(self, names: Iterable[str]) -> Iterator[None]:
        """Let some names or addresses be reached for a while, and no longer.

        Only `assistant corpus telecharger` uses it, for the hosts of the chosen sources, in
        its own process: the server never opens the guard.
        """
        added = {name.lower() for name in names} - self._allowed
        self._allowed |= added
        try:
            yield
        finally:
            self._allowed -= added

    @property
    def attempts(self) -> list[Attempt]:
        """The latest refusals, oldest first."""
        with self._lock:
            return list(self._attempts)

    def is_allowed(self, host: str, *, look_up: bool = False) -> bool:
        """Tell whether a host may be reached, or only looked up when `look_up` is set."""
        name = host.lower().rstrip(".")
        if name in {"", "localhost"} or name in self._allowed:
            return True
        try:
            # A scope (« fe80::1%eth0 ») is part of the socket address, not of the number.
            address = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return look_up or address.is_loopback or bool(mapped and mapped.is_loopback)

    def check(self, event: str, args: tuple[Any, ...]) -> None:
        """Refuse a socket audit event that would leave the machine.

        Args:
            event: name of the audit event.
            args: its arguments, as CPython's table of audit events documents them.

        Raises:
            NetworkForbiddenError: the address is neither loopback nor allowed.
        """
        if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            address = args[1]
            # Unix sockets have a path; `sendmsg` on a connected socket has no address.
            if not isinstance(address, tuple) or len(address) < 2:
                return
            host, port = _text(address[0]), address[1]
            if not self.is_allowed(host):
                self._refuse(event, f"{host}:{port}")
        elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
            host = _text(args[0])
            if not self.is_allowed(host, look_up=event != "socket.gethostbyaddr"):
                port = args[1] if event == "socket.getaddrinfo" else None
                self._refuse(event, host if port is None else f"{host}:{_text(port)}")
        elif event == "socket.getnameinfo":
            host = _text(args[0][0])
            if not self.is_allowed(host):
                self._refuse(event, host)

    def _refuse(self, event: str, address: str) -> None:
        with self._lock:
            self.total += 1
            self._attempts.append(Attempt(datetime.now(UTC), address, event))
        raise NetworkForbiddenError(
            f"Une connexion vers « {address} » a été bloquée\u00a0: rien ne doit quitter "
            "cette machine.",
            "Si cette adresse est un service de votre réseau, l’administrateur doit "
            "l’autoriser dans la configuration.",
        )


_guard: EgressGuard | None = None


def quiet_environment() -> None:
    """Tell the libraries not to call home nor to spin; call it before importing them.

    An explicit choice of the user is only kept for `OMP_WAIT_POLICY` and
    `TOKENIZERS_PARALLELISM`, which say nothing about the network.
    """
    for name, value in QUIET.items():
        if name in {"OMP_WAIT_POLICY", "TOKENIZERS_PARALLELISM"}:
            os.environ.setdefault(name, value)
        else:
            os.environ[name] = value


def install(allowed: Iterable[str] = ()) -> EgressGuard:
    """Start refusing outbound connections in this process, for good.

    CPython offers no way to remove an audit hook, which is the point. Calling it again only
    adds `allowed` to what may be reached.

    Args:
        allowed: host names or addresses, besides loopback, that may be reached.

    Returns:
        The guard of this process.
    """
    global _guard  # noqa: PLW0603  # one hook per process, as CPython has it
    if _guard is not None:
        _guard.allow(allowed)
        return _guard
    guard = EgressGuard(allowed)
    check = guard.check

    def hook(event: str, args: tuple[Any, ...]) -> None:
        # Every import and every file opening comes through here: leave at once.
        if event.startswith("socket."):
            check(event, args)

    sys.addaudithook(hook)
    _guard = guard
    return guard


def guard() -> EgressGuard | None:
    """The guard of this process, or `None` when none is installed."""
    return _guard


def _text(value: object) -> str:
    """Host or port as text; both may come as bytes, and a host may be `None` (any)."""
    if value is None:
        return ""
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
