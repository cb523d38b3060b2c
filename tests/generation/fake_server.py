"""A scripted OpenAI-compatible server on loopback: it does what a test tells it to."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """How one request for an answer is met.

    Attributes:
        pieces: deltas sent, in order.
        status: HTTP status; the pieces are sent with 200 only.
        wait: seconds before the first piece.
        pause: seconds between pieces.
        finish: reason given at the end; `None` for none, as when a stream is truncated.
        dies_after: number of pieces after which the connection is dropped.
        comments: seconds during which only SSE comments are sent.
        raw: bytes sent in place of the events.
    """

    pieces: list[str] = field(default_factory=list)
    status: int = 200
    wait: float = 0.0
    pause: float = 0.0
    finish: str | None = "stop"
    dies_after: int | None = None
    comments: float = 0.0
    raw: bytes | None = None


def phrases(*texts: str | tuple[str, list[int]], size: int = 7) -> Reply:
    """A well-behaved reply: the JSON asked for, in pieces of `size` characters."""
    body = {
        "phrases": [
            {"texte": text, "sources": [1]}
            if isinstance(text, str)
            else {"texte": text[0], "sources": text[1]}
            for text in texts
        ]
    }
    return plain(json.dumps(body, ensure_ascii=False), size=size)


def plain(text: str, *, size: int = 7, **options: Any) -> Reply:
    """A reply made of any text."""
    return Reply([text[at : at + size] for at in range(0, len(text), size)], **options)


class FakeModelServer(ThreadingHTTPServer):
    """Meets requests with replies, in order; the last one goes on for ever.

    Attributes:
        requests: bodies of the requests for an answer.
        takes_schema: whether `response_format` is accepted.
        tokenizes: whether `/tokenize` exists; it counts four characters a token.
        context: context announced, in tokens.
        left: set when a client leaves before the end.
    """

    daemon_threads = True

    def __init__(self, *replies: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = list(replies)
        self.requests: list[dict[str, Any]] = []
        self.headers_seen: list[dict[str, str]] = []
        self.takes_schema = True
        self.tokenizes = True
        self.key = ""
        self.context = 4096
        self.left = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @property
    def prompt(self) -> str:
        """The last messages sent, one after the other."""
        return "\n".join(message["content"] for message in self.requests[-1]["messages"])


@contextlib.contextmanager
def serving(*replies: Reply) -> Iterator[FakeModelServer]:
    """A server for the time of a test."""
    server = FakeModelServer(*replies)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: FakeModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        if not self._authorised():
            return
        if self.path != "/v1/models":
            self._json(404, {"error": {"message": "not found"}})
            return
        self._json(
            200,
            {"data": [{"id": "dossier/essai-1b.gguf", "meta": {"n_ctx": self.server.context}}]},
        )

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        if not self._authorised():
            return
        if self.path == "/tokenize":
            if self.server.tokenizes:
                self._json(200, {"tokens": list(range(len(body["content"]) // 4 + 1))})
            else:
                self._json(404, {"error": {"message": "not found"}})
            return
        self.server.headers_seen.append(dict(self.headers))
        self.server.requests.append(body)
        if "response_format" in body and not self.server.takes_schema:
            self._json(400, {"error": {"message": "response_format is not supported"}})
            return
        self._answer(self.server.next_reply())

    def _authorised(self) -> bool:
        if self.server.key and self.headers.get("authorization") != f"Bearer {self.server.key}":
            self._json(401, {"error": {"message": "invalid api key"}})
            return False
        return True

    def _json(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, reply: Reply) -> None:
        if reply.status != 200:
            self._json(reply.status, {"error": {"message": "failure"}})
            return
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        try:
            self._events(reply)
        except OSError:
            self.server.left.set()

    def _events(self, reply: Reply) -> None:
        if reply.raw is not None:
            self._chunk(reply.raw)
            self._chunk(b"")
            return
        until = time.monotonic() + reply.comments
        while time.monotonic() < until:
            self._chunk(b": patience\n\n")
            time.sleep(0.02)
        time.sleep(reply.wait)
        for at, piece in enumerate(reply.pieces):
            if at == reply.dies_after:
                self.connection.close()
                return
            self._event({"delta": {"content": piece}, "finish_reason": None})
            time.sleep(reply.pause)
        if reply.finish is not None:
            self._event({"delta": {}, "finish_reason": reply.finish})
            self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, choice: dict[str, Any]) -> None:
        event = {
            "id": "essai",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "essai-1b",
            "choices": [{"index": 0, **choice}],
        }
        self._chunk(f"data: {json.dumps(event)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()
