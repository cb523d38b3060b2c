"""« Fiches » tab: its parts laid out and wired together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from assistant.engine_port import Engine
from assistant.errors import AssistantError
from assistant.fiches.model import Fiche
from assistant.model import Mode
from assistant.settings import Settings
from ui.conversations import told
from ui.fiches import editor, life, portfolio
from ui.fiches.desk import Desk
from ui.fiches.drafting import outcome, waiting
from ui.fiches.screen import DRAFTING, QUIET, Screen, lay_out
from ui.fiches.view import NO_SOURCES, WELCOME, fiche_html, fiche_sources_html
from ui.fiches.wiring import wire_editor, wire_life, wire_portfolio
from ui.panel import html_panel
from ui.rendering import error_html


def build(assistant: Engine, settings: Settings) -> None:
    """Lay the tab out and wire it; to be called where it must stand."""
    try:
        desk = Desk(assistant, settings)
    except AssistantError as error:
        html_panel(error_html("", error), elem_id="fiches-erreur")
        return
    screen = lay_out(desk)
    _wire(desk, screen)


def _wire(desk: Desk, screen: Screen) -> None:
    everything = screen.everything

    def show(fiche: Fiche | None, message: str = "") -> list[Any]:
        """New state of `Screen.whole`."""
        if fiche is None:
            return [WELCOME, NO_SOURCES, None, *life.shown(desk, None)]
        documents = desk.documents()
        return [
            fiche_html(fiche, documents, desk.method, editable=desk.editable(fiche)),
            fiche_sources_html(fiche, documents),
            fiche,
            *life.shown(desk, fiche, message),
        ]

    still = [gr.skip()] * len(screen.whole)

    def draft(mode: Mode, *asked: str | None) -> Iterator[list[Any]]:
        title, need, service, constraints, author = (one or "" for one in asked)
        yield from waiting(desk, screen, (title, need, service, constraints, author, mode))

    done = gr.State(None)
    gr.on(
        [screen.draft.click, screen.title.submit],
        draft,
        [
            *(screen.mode, screen.title, screen.need),
            *(screen.service, screen.constraints, screen.author),
        ],
        [*everything, screen.told, done],
        concurrency_limit=8,
        concurrency_id="fiches",
        **QUIET,
    ).then(
        lambda title, done: outcome(screen, show, title or "", done),
        [screen.title, done],
        [*everything, screen.told],
        **QUIET,
    )

    def obey(command: str, fiche: Fiche | None) -> list[Any]:
        """Do what a link asks: « modifier:besoin#4 »; what follows the sharp only makes it new."""
        name, _, value = (command or "").rpartition("#")[0].partition(":")
        untouched = [gr.skip()] * len(everything)
        asking = [gr.skip()] * len(screen.portfolio.confirming)
        here = [gr.skip()] * 3
        try:
            if name == "modifier" and fiche is not None:
                latest = desk.store.get(fiche.id)
                # Somebody may have changed it since: what is edited is what is shown.
                seen = still if latest.revision == fiche.revision else show(latest)
                return [*seen, *editor.opened(desk, latest, value), *asking, *here]
            if name == "ouvrir":
                opened = [*show(desk.store.get(value)), *editor.closed()]
                return [*opened, *asking, gr.Tabs(selected=DRAFTING), "", gr.skip()]
            if name == "supprimer":
                return [*untouched, *portfolio.asked(desk, value), *here]
            if name == "axe":
                # The list follows its filter.
                chosen = gr.Dropdown(value=value or portfolio.ALL)
                return [*untouched, *asking, gr.skip(), gr.skip(), chosen]
        except AssistantError as error:
            return [*untouched, *asking, gr.Tabs(selected=DRAFTING), told(error), gr.skip()]
        return [*untouched, *asking, *here]

    beside = [screen.tabs, screen.told, screen.portfolio.axis]
    screen.command.change(
        obey,
        [screen.command, screen.current],
        [*everything, *screen.portfolio.confirming, *beside],
        **QUIET,
    )
    wire_editor(desk, screen, show)
    wire_life(desk, screen, show)
    wire_portfolio(desk, screen, show)
