"""A server in a process of its own, and Debian's Chromium driven by Playwright."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
REPOSITORY = Path(__file__).resolve().parents[2]
START_WITHIN_S = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_open(address: str, process: subprocess.Popen[str]) -> None:
    """Wait for the screens; the API and a waiting page answer before."""
    limit = time.monotonic() + START_WITHIN_S
    while time.monotonic() < limit:
        assert process.poll() is None, process.communicate()
        try:
            with urlopen(address, timeout=5) as response:
                if response.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"{address} ne répond pas")


@contextlib.contextmanager
def running(module: str, *arguments: str) -> Iterator[str]:
    """A server of these tests in a process of its own; gives its address.

    Args:
        module: what to run, with `{port}` among its arguments for the port.
        arguments: its arguments.
    """
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", module, *(one.format(port=port) for one in arguments)],
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_open(address, process)
        yield address
    finally:
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the server, around the fake engine."""
    folder = tmp_path_factory.mktemp("serveur")
    with running("tests.navigateur.serveur", str(folder), "{port}") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    if CHROMIUM is None:
        pytest.skip("Chromium n’est pas installé (paquet Debian « chromium »)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Journal:
    """What a page did: hosts it asked, what it complained about."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def open_page(browser, address):  # type: ignore[no-untyped-def]
    """Open the screens at a size and in a colour scheme; checks hosts and console at the end."""
    journal = Journal()
    contexts = []

    def open_(width: int = 1280, height: int = 800, scheme: str = "light", at: str = address):  # type: ignore[no-untyped-def]
        # An English browser: labels must be French by themselves.
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-US"
        )
        contexts.append(context)
        page = context.new_page()
        # A loaded machine is slow, not wrong.
        page.set_default_timeout(90_000)
        context.on("request", lambda request: _note(journal, request.url))
        page.on(
            "console",
            lambda message: (
                journal.complaints.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )
        page.on("pageerror", lambda error: journal.complaints.append(str(error)))
        page.goto(at)
        page.get_by_role("button", name="Demander").wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert journal.complaints == []
    assert journal.hosts <= {"127.0.0.1"}


def _note(journal: Journal, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"data", "blob"}:
        journal.hosts.add(parts.hostname or url)
