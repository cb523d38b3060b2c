"""A fiche drafted while the screen says how long it has been."""

from __future__ import annotations

import contextvars
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.fiches.model import Fiche
from assistant.fiches.shown import counts_of
from assistant.language.typography import typeset
from assistant.model import Mode
from ui.asking import UNEXPECTED
from ui.fiches import editor, life
from ui.fiches.desk import Desk
from ui.fiches.screen import Screen
from ui.fiches.view import NO_SOURCES
from ui.rendering import error_html, fragment, pending_html, plural, text

logger = logging.getLogger("assistant.ui")

EVERY_S = 1.0
"""Seconds between two signs of life while a fiche is drafted."""


def waiting(
    desk: Desk, screen: Screen, asked: tuple[str, str, str, str, str, Mode]
) -> Iterator[list[Any]]:
    """States of `Screen.everything`, of what is announced and of the outcome, while it is drafted.

    The last one holds the fiche, or why there is none, and does not show it: Gradio sends the last
    state of a generator twice, the second time once somebody may have used what the first showed,
    and one of skips may drop what comes just before it. `outcome` is shown by an event of its own.

    Args:
        desk: the fiches.
        screen: the components.
        asked: title, need, service, constraints, name of the author and mode.
    """
    title = asked[0]
    count = plural(len(desk.assistant.documents()), "document")
    still = [NO_SOURCES, None, *life.shown(desk, None), *editor.closed(), ""]
    message = ""
    for done, waited in _under_way(lambda: desk.draft(*asked)):
        if done is None:
            since = f" {waited:.0f}\u00a0s" if waited else ""
            message = f"Recherche des preuves, champ par champ, dans {count}…{since}"
        yield [pending_html(title, message), *still, done]


def outcome(
    screen: Screen,
    show: Callable[..., list[Any]],
    title: str,
    done: Fiche | AssistantError | None,
) -> list[Any]:
    """State of `Screen.everything` and of what is announced, once there is a fiche or a refusal.

    Args:
        screen: the components.
        show: gives the state of `Screen.whole` for a fiche.
        title: of the use case.
        done: what `waiting` ended with.
    """
    form = [gr.skip()] * len(screen.editor.components)
    if isinstance(done, Fiche):
        return [*show(done), *form, _announced(done)]
    failed = error_html(title, done if done is not None else UNEXPECTED)
    return [failed, *[gr.skip()] * (len(screen.whole) - 1), *form, ""]


def _announced(fiche: Fiche) -> str:
    """What is announced once a fiche is there."""
    counts = counts_of(fiche)
    message = (
        f"Fiche rédigée : {counts['documente']} documentés, {counts['partiel']} partiels, "
        f"{counts['a_completer']} à compléter."
    )
    return fragment(f"<p class='hors-ecran' role='status'>{text(typeset(message))}</p>")


def _under_way(
    make: Callable[[], Fiche],
) -> Iterator[tuple[Fiche | AssistantError | None, float]]:
    """Run in a thread; gives nothing but the time passed, then the fiche or why there is none."""
    results: queue.SimpleQueue[Fiche | AssistantError] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put(make())
        except AssistantError as error:
            results.put(error)
        except Exception:
            logger.exception("Erreur inattendue pendant une rédaction de fiche")
            results.put(UNEXPECTED)

    began = time.monotonic()
    # Whom it serves goes with it.
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), name="fiche-ecran", daemon=True).start()
    yield None, 0.0
    while True:
        try:
            yield results.get(timeout=EVERY_S), time.monotonic() - began
        except queue.Empty:
            yield None, time.monotonic() - began
        else:
            return
