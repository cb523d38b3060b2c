"""The wire to a model server: what opens it, bounds it, cuts it, and names what went wrong."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from assistant.errors import ModelServerError

if TYPE_CHECKING:
    import httpx

CONNECT_S = 5.0
"""Seconds to open a connection: the server is on this machine or beside it."""

MAX_RECEIVED_BYTES = 8 << 20
"""Bytes of an answer after which the server is no longer listened to."""

ADVICE = (
    "Vérifiez que le serveur de modèle est démarré et que llm_url donne son adresse "
    "(assistant diagnostic le dit), ou demandez une réponse extractive."
)
BUSY = (
    "Réessayez quand la machine est moins chargée, augmentez llm_timeout_s, ou prenez un modèle "
    "plus petit."
)

INTERRUPTED = "Réponse interrompue"
"""How the note of an answer that the reader stopped begins."""


def split_address(url: str) -> SplitResult:
    """The parts of the address of a server.

    Raises:
        ModelServerError: it is no http address, or it carries a password.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = None, None
    if parts is None or not host or parts.scheme not in {"http", "https"} or parts.username:
        raise ModelServerError(
            "L’adresse du serveur de modèle (llm_url) n’est pas une adresse http.",
            "Écrivez-la comme http://127.0.0.1:8080/v1, sans identifiant ; la clé se met dans "
            "llm_api_key.",
        )
    return parts


class Cancellation:
    """Stops an answer under way, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether the answer is no longer wanted."""
        return self._cancelled

    def cancel(self) -> None:
        """Stop now; a blocked read wakes up."""
        with self._lock:
            self._cancelled = True
            stops = list(self._stops)
        for stop in stops:
            stop()

    @contextlib.contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Call `stop` if the answer is cancelled meanwhile, or was already."""
        with self._lock:
            self._stops.append(stop)
            late = self._cancelled
        if late:
            stop()
        try:
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """The authorities that this machine trusts, those of the organisation included."""
    return ssl.create_default_context()


class Wire:
    """The sockets of one client: they can be cut from another thread, and are counted.

    Attributes:
        overflowed: whether more came than `MAX_RECEIVED_BYTES`.
    """

    def __init__(self) -> None:
        self.overflowed = False
        self._sockets: list[socket.socket] = []
        self._cut = False
        self._lock = threading.Lock()

    def cut(self) -> None:
        """Shut the connections down: whoever reads them wakes up."""
        with self._lock:
            self._cut = True
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def transport(self) -> httpx.BaseTransport:
        """A transport whose connections are these."""
        import httpx

        wire = self

        class Counted(httpx.SyncByteStream):
            def __init__(self, stream: httpx.SyncByteStream) -> None:
                self._stream = stream

            def __iter__(self) -> Iterator[bytes]:
                received = 0
                for chunk in self._stream:
                    received += len(chunk)
                    if received > MAX_RECEIVED_BYTES:
                        wire.overflowed = True
                        raise httpx.ReadError("too much")
                    yield chunk

            def close(self) -> None:
                self._stream.close()

        class Transport(httpx.HTTPTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                request.extensions["trace"] = wire._opened
                response = super().handle_request(request)
                assert isinstance(response.stream, httpx.SyncByteStream)
                response.stream = Counted(response.stream)
                return response

        return Transport(verify=_certificates(), trust_env=False)

    def _opened(self, event: str, info: dict[str, Any]) -> None:
        """Remember each socket as httpcore opens it (its `trace` extension)."""
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        found = info["return_value"].get_extra_info("socket")
        if found is not None:
            with self._lock:
                self._sockets.append(found)
                cut = self._cut
            if cut:
                self.cut()


def open_http(wire: Wire, *, read_s: float) -> httpx.Client:
    """A client over `wire`, whose every read may take `read_s` seconds."""
    import httpx

    return httpx.Client(
        transport=wire.transport(),
        timeout=httpx.Timeout(read_s, connect=min(CONNECT_S, read_s)),
        # No proxy of the environment, no redirection: the configured machine or nothing.
        trust_env=False,
        follow_redirects=False,
    )


def refused(status: int) -> ModelServerError:
    """The error for a status of 400 or more."""
    if status in {401, 403}:
        return ModelServerError(
            "Le serveur de modèle refuse la clé d’accès.", "Corrigez llm_api_key."
        )
    if status == 404:
        return ModelServerError(
            "Le serveur de modèle ne connaît pas cette adresse ou ce modèle (404).",
            "Corrigez llm_url (elle finit souvent par /v1) ou llm_model.",
        )
    if status < 500:
        return ModelServerError(
            f"Le serveur de modèle a refusé la demande ({status}).",
            "Réduisez llm_context_tokens si son contexte est plus petit, et vérifiez llm_model.",
        )
    return ModelServerError(f"Le serveur de modèle a échoué ({status}).", ADVICE)


def too_long(what: str = "") -> ModelServerError:
    """The error for a server that takes too long; `what` says what it did not do."""
    return ModelServerError(f"Le serveur de modèle{what} a dépassé le temps accordé.", BUSY)


def died() -> ModelServerError:
    """The error for an answer that stops in the middle."""
    return ModelServerError("Le serveur de modèle s’est interrompu en cours de réponse.", ADVICE)
