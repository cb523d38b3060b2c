"""A server in a process of its own, and Debian's Chromium driven by Playwright."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
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
# Limits are for what will never come: a loaded machine is slow, not wrong.
START_WITHIN_S = 300.0
STOP_WITHIN_S = 120.0
PATIENCE_MS = 180_000

# Below the ports that the system gives to outgoing connections (32768 and above): between the
# choice and the server that listens, nobody takes one. Two processes begin at different places.
_PORTS = itertools.cycle(range(20_000, 32_000))
for _ in range(os.getpid() * 97 % 12_000):
    next(_PORTS)


def free_port() -> int:
    """A port nobody listens on, never given twice by this process."""
    for port in itertools.islice(_PORTS, 12_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


def wait_until_open(address: str, process: subprocess.Popen[str]) -> None:
    """Wait for the screens; the API and a waiting page answer before."""
    limit = time.monotonic() + START_WITHIN_S
    while time.monotonic() < limit:
        assert process.poll() is None, process.communicate()
        try:
            with urlopen(address, timeout=30) as response:
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
    address = f"http://127.0.0.1:{port}"
    # A file, not a pipe: a server that says much would wait for a reader who never comes.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *(one.format(port=port) for one in arguments)],
            cwd=REPOSITORY,
            stderr=said,
            text=True,
        )
        try:
            wait_until_open(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=STOP_WITHIN_S)
            said.seek(0)
            told = said.read()
        assert process.returncode == 0, told


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


CUT = ("AbortError", "Connection errored out")
"""What Gradio says of a stream that leaving the page has cut."""

_JOURNALS: dict[Any, Journal] = {}


def reload(page: Any) -> None:
    """Load the screens again; what the page left behind says of its cut streams is no fault."""
    complaints = _JOURNALS[page].complaints
    before = len(complaints)
    page.reload()
    page.get_by_role("button", name="Demander").wait_for()
    complaints[before:] = [
        said for said in complaints[before:] if not any(word in said for word in CUT)
    ]


def _open(browser, journal: Journal, at: str, width: int, height: int, scheme: str):  # type: ignore[no-untyped-def]
    """The screens in a browser that knows nothing of them."""
    # An English browser: labels must be French by themselves.
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-US"
    )
    context.set_default_timeout(PATIENCE_MS)
    context.on("request", lambda request: _note(journal, request.url))
    page = context.new_page()
    _JOURNALS[page] = journal
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


@pytest.fixture
def open_page(browser, address):  # type: ignore[no-untyped-def]
    """Open the screens at a size and in a colour scheme; checks hosts and console at the end."""
    journal = Journal()
    contexts = []

    def open_(width: int = 1280, height: int = 800, scheme: str = "light", at: str = address):  # type: ignore[no-untyped-def]
        page = _open(browser, journal, at, width, height, scheme)
        contexts.append(page.context)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert journal.complaints == []
    assert journal.hosts <= {"127.0.0.1"}


@contextlib.contextmanager
def pages_in_turn() -> Iterator[list[Any]]:
    """Holds the page that tests take in turn, once one of them has opened it, and its journal."""
    opened: list[Any] = []
    yield opened
    for page, _ in opened:
        page.context.close()


@contextlib.contextmanager
def taken(request, browser, opened: list[Any], at: str) -> Iterator[Any]:  # type: ignore[no-untyped-def]
    """The page held there, opened at this address by the first who takes it; left as it was."""
    if not opened:
        journal = Journal()
        opened.append((_open(browser, journal, at, 1280, 800, "light"), journal))
    page, journal = opened[0]
    failed = request.session.testsfailed
    yield page
    if request.session.testsfailed > failed:
        # Nobody knows where it stopped.
        opened.clear()
        page.context.close()
        return
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    page.get_by_role("tab", name="Question", exact=True).click()
    page.keyboard.press("Escape")
    page.evaluate(
        "document.querySelectorAll('#visionneuse details').forEach(it => it.open = false)"
    )
    if page.get_by_label("Chercher dans les conversations").is_visible():
        page.locator("#conversations > button").click()
    page.get_by_role("button", name="Nouvelle conversation").click()
    page.locator("#reponse .accueil").wait_for()
    page.get_by_label("Votre question").fill("")
    complaints, journal.complaints = journal.complaints, []
    assert complaints == []
    assert journal.hosts <= {"127.0.0.1"}


@pytest.fixture(scope="session")
def _opened() -> Iterator[list[Any]]:
    with pages_in_turn() as opened:
        yield opened


@pytest.fixture
def page(request, browser, address, _opened):  # type: ignore[no-untyped-def]
    """The screens on a new conversation; opened once, for loading them costs seconds.

    For tests that leave nothing else behind than a conversation, a tab or a size of window:
    the others open their own with `open_page`.
    """
    with taken(request, browser, _opened, address) as page:
        yield page


def _note(journal: Journal, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"data", "blob"}:
        journal.hosts.add(parts.hostname or url)
