"""Nothing may leave the machine: what the guard lets through, refuses and remembers."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from assistant.egress import HISTORY, QUIET, EgressGuard, quiet_environment
from assistant.errors import NetworkForbiddenError


@pytest.mark.parametrize(
    "address",
    [
        ("127.0.0.1", 7860),
        ("127.8.8.8", 80),
        ("::1", 7860, 0, 0),
        ("::ffff:127.0.0.1", 80, 0, 0),
        ("localhost", 80),
        "/run/assistant.sock",
        b"\0abstract",
    ],
)
def test_loopback_and_unix_sockets_pass(address: object) -> None:
    guard = EgressGuard()
    guard.check("socket.connect", (None, address))
    assert guard.total == 0


@pytest.mark.parametrize(
    ("event", "args", "recorded"),
    [
        ("socket.connect", (None, ("192.0.2.1", 443)), "192.0.2.1:443"),
        ("socket.connect", (None, ("2001:db8::1", 443, 0, 0)), "2001:db8::1:443"),
        ("socket.connect", (None, ("fe80::1%eth0", 443, 0, 2)), "fe80::1%eth0:443"),
        ("socket.connect", (None, ("::ffff:192.0.2.1", 443, 0, 0)), "::ffff:192.0.2.1:443"),
        ("socket.connect", (None, ("0.0.0.0", 80)), "0.0.0.0:80"),
        ("socket.sendto", (None, ("192.0.2.1", 53)), "192.0.2.1:53"),
        ("socket.sendmsg", (None, ("192.0.2.1", 53)), "192.0.2.1:53"),
        ("socket.getaddrinfo", ("huggingface.co", 443, 0, 0, 0), "huggingface.co:443"),
        ("socket.getaddrinfo", (b"huggingface.co", b"https", 0, 0, 0), "huggingface.co:https"),
        ("socket.getaddrinfo", ("127.0.0.1.example.org", None, 0, 0, 0), "127.0.0.1.example.org"),
        ("socket.getaddrinfo", ("localhost.example.org", None, 0, 0, 0), "localhost.example.org"),
        ("socket.gethostbyname", ("example.org",), "example.org"),
        ("socket.gethostbyaddr", ("192.0.2.1",), "192.0.2.1"),
        ("socket.getnameinfo", (("192.0.2.1", 80),), "192.0.2.1"),
    ],
)
def test_anything_else_is_refused_and_recorded(
    event: str, args: tuple[object, ...], recorded: str
) -> None:
    guard = EgressGuard()
    with pytest.raises(NetworkForbiddenError) as refusal:
        guard.check(event, args)
    assert recorded in refusal.value.message
    assert [(attempt.address, attempt.action) for attempt in guard.attempts] == [(recorded, event)]


def test_numbers_may_be_resolved_because_that_sends_nothing() -> None:
    guard = EgressGuard()
    guard.check("socket.getaddrinfo", ("0.0.0.0", 7860, 0, 0, 0))
    guard.check("socket.getaddrinfo", (None, 7860, 0, 0, 0))
    assert guard.total == 0


def test_an_address_of_the_organisation_can_be_allowed() -> None:
    guard = EgressGuard({"Modele.ars.test", "192.0.2.7"})
    guard.check("socket.getaddrinfo", ("modele.ars.test", 8000, 0, 0, 0))
    guard.check("socket.connect", (None, ("192.0.2.7", 8000)))
    with pytest.raises(NetworkForbiddenError):
        guard.check("socket.connect", (None, ("192.0.2.8", 8000)))


def test_the_record_is_bounded_but_the_count_is_not() -> None:
    guard = EgressGuard()
    for _ in range(HISTORY + 5):
        with pytest.raises(NetworkForbiddenError):
            guard.check("socket.connect", (None, ("192.0.2.1", 443)))
    assert len(guard.attempts) == HISTORY
    assert guard.total == HISTORY + 5


def test_the_environment_overrides_a_library_that_was_told_to_talk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in QUIET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "True")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    quiet_environment()
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


def test_the_installed_hook_stops_real_sockets_of_every_kind() -> None:
    # In a process of its own: an audit hook cannot be removed.
    program = textwrap.dedent("""
        import socket, sys, urllib.request
        from assistant import egress
        from assistant.errors import NetworkForbiddenError

        guard = egress.install()
        assert egress.install({"autre.test"}) is guard is egress.guard()

        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname(), timeout=5)
        client.close()

        def refused(call):
            try:
                call()
            except NetworkForbiddenError:
                return True
            return False

        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket()
        results = [
            refused(lambda: tcp.connect(("192.0.2.1", 443))),
            refused(lambda: tcp.connect_ex(("192.0.2.1", 443))),
            refused(lambda: udp.sendto(b"x", ("192.0.2.1", 53))),
            refused(lambda: socket.create_connection(("example.org", 80), timeout=5)),
            refused(lambda: urllib.request.urlopen("http://example.org/", timeout=5)),
        ]
        print(results, guard.total)
        sys.exit(0 if all(results) and guard.total == len(results) else 1)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
