"""« Fiches » tab: its parts laid out and wired together."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.api.engine_port import Engine
from assistant.errors import AssistantError
from assistant.fiches.editing import MAX_AUTHOR
from assistant.fiches.errors import FicheStaleError
from assistant.fiches.model import Fiche, State
from assistant.fiches.shown import counts_of
from assistant.language.typography import typeset
from assistant.settings import Settings
from ui.asking import UNEXPECTED
from ui.conversations import told
from ui.fiches import copil, editor, forms, life, portfolio
from ui.fiches.desk import Desk
from ui.fiches.editor import Editor
from ui.fiches.life import Life
from ui.fiches.portfolio import Portfolio
from ui.fiches.portfolio_view import pack_html
from ui.fiches.view import NO_SOURCES, WELCOME, fiche_html, fiche_sources_html
from ui.rendering import error_html, fragment, pending_html, plural, text

logger = logging.getLogger("assistant.ui")

DRAFTING, PORTFOLIO, COPIL = "rediger", "portefeuille", "suivi"
EVERY_S = 1.0
"""Seconds between two signs of life while a fiche is drafted."""

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True, slots=True)
class _Screen:
    """The components of the tab."""

    tabs: gr.Tabs
    portfolio_tab: gr.Tab
    title: gr.Textbox
    need: gr.Textbox
    service: gr.Textbox
    constraints: gr.Textbox
    draft: gr.Button
    told: gr.Markdown
    fiche: gr.Markdown
    author: gr.Textbox
    sources: gr.Markdown
    editor: Editor
    life: Life
    portfolio: Portfolio
    current: gr.State
    command: gr.Textbox


def build(assistant: Engine, settings: Settings) -> None:
    """Lay the tab out and wire it; to be called where it must stand."""
    try:
        desk = Desk(assistant, settings)
    except AssistantError as error:
        gr.Markdown(error_html("", error), elem_id="fiches-erreur")
        return
    screen = _lay_out(desk)
    _wire(desk, screen)


def _lay_out(desk: Desk) -> _Screen:
    with gr.Tabs(elem_id="fiches-onglets", selected=DRAFTING) as tabs:
        with gr.Tab("Rédiger", id=DRAFTING), gr.Row(elem_classes="colonnes"):
            with gr.Column(scale=7, min_width=320, elem_id="colonne-fiche"):
                asked = _form()
                answer = gr.Markdown("", elem_id="fiche-annonce")
                fiche = gr.Markdown(WELCOME, elem_id="fiche")
            with gr.Column(scale=4, min_width=320, elem_id="panneau-fiche", elem_classes="panneau"):
                author = gr.Textbox(
                    label="Votre nom",
                    info="Gardé par ce navigateur et dans l’historique des fiches.",
                    max_lines=1,
                    max_length=MAX_AUTHOR,
                    visible=desk.opened is not None,
                    elem_id="fiche-auteur",
                )
                form = editor.build_editor()
                whole = life.build_life()
                sources = gr.Markdown(NO_SOURCES, elem_id="fiche-sources")
        with gr.Tab(
            "Portefeuille", id=PORTFOLIO, render_children=True, visible=desk.opened is not None
        ) as tab:
            listed = portfolio.build_portfolio(desk)
        with gr.Tab("COPIL", id=COPIL, render_children=True):
            copil.build(desk)
    # The links of a fiche speak through it: `assistant.js` writes what they ask.
    command = gr.Textbox(
        "", label="Commande", elem_id="fiche-commande", container=False, show_label=False
    )
    return _Screen(
        *(tabs, tab, *asked, answer, fiche, author, sources),
        *(form, whole, listed, gr.State(None), command),
    )


def _form() -> tuple[gr.Textbox, gr.Textbox, gr.Textbox, gr.Textbox, gr.Button]:
    with gr.Column(elem_id="fiche-demande"):
        title = gr.Textbox(
            label="Intitulé du cas d’usage",
            placeholder="Par exemple\u00a0: prévoir l’afflux aux urgences adultes",
            lines=1,
            max_lines=3,
            max_length=200,
            elem_id="fiche-intitule",
        )
        with gr.Accordion("Préciser (facultatif)", open=False, elem_id="fiche-precisions"):
            need = gr.Textbox(
                label="Besoin ou problème",
                lines=2,
                max_lines=8,
                max_length=5_000,
                elem_id="fiche-besoin",
            )
            service = gr.Textbox(
                label="Service ou établissement",
                max_lines=1,
                max_length=500,
                elem_id="fiche-service",
            )
            constraints = gr.Textbox(
                label="Contraintes",
                lines=2,
                max_lines=8,
                max_length=5_000,
                elem_id="fiche-contraintes",
            )
        draft = gr.Button(
            "Rédiger la fiche", variant="primary", scale=0, min_width=160, elem_id="rediger"
        )
    return title, need, service, constraints, draft


def _wire(desk: Desk, screen: _Screen) -> None:
    whole = [screen.fiche, screen.sources, screen.current, *screen.life.components]
    form = screen.editor.components
    everything = [*whole, *form]

    def show(fiche: Fiche | None, message: str = "") -> list[Any]:
        """New state of `whole`."""
        if fiche is None:
            return [WELCOME, NO_SOURCES, None, *life.shown(desk, None)]
        documents = desk.documents()
        return [
            fiche_html(fiche, documents, desk.method, editable=desk.editable(fiche)),
            fiche_sources_html(fiche, documents),
            fiche,
            *life.shown(desk, fiche, message),
        ]

    still = [gr.skip()] * len(whole)

    def draft(
        title: str, need: str, service: str, constraints: str, author: str
    ) -> Iterator[list[Any]]:
        count = plural(len(desk.assistant.documents()), "document")
        for done, waited in _under_way(
            lambda: desk.draft(title or "", need or "", service or "", constraints or "", author)
        ):
            if done is None:
                since = f" {waited:.0f}\u00a0s" if waited else ""
                message = f"Recherche des preuves, champ par champ, dans {count}…{since}"
                waiting = pending_html(title or "", message)
                yield [waiting, NO_SOURCES, None, *life.shown(desk, None), *editor.closed(), ""]
            elif isinstance(done, AssistantError):
                failed = error_html(title or "", done)
                yield [failed, *still[1:], *[gr.skip()] * len(form), ""]
            else:
                yield [*show(done), *[gr.skip()] * len(form), _drafted(done)]

    drafting = (
        [screen.title, screen.need, screen.service, screen.constraints, screen.author],
        [*everything, screen.told],
    )
    options = _QUIET | {"concurrency_limit": 8, "concurrency_id": "fiches"}
    screen.draft.click(draft, *drafting, **options)
    screen.title.submit(draft, *drafting, **options)

    def obey(command: str, fiche: Fiche | None) -> list[Any]:
        """Do what a link asks: « modifier:besoin#4 »; what follows the sharp only makes it new."""
        name, _, value = (command or "").rpartition("#")[0].partition(":")
        untouched = [gr.skip()] * len(everything)
        asking = [gr.skip()] * len(screen.portfolio.confirming)
        try:
            if name == "modifier" and fiche is not None:
                latest = desk.store.get(fiche.id)
                # Somebody may have changed it since: what is edited is what is shown.
                seen = still if latest.revision == fiche.revision else show(latest)
                return [*seen, *editor.opened(desk, latest, value), *asking, gr.skip(), gr.skip()]
            if name == "ouvrir":
                opened = show(desk.store.get(value))
                return [*opened, *editor.closed(), *asking, gr.Tabs(selected=DRAFTING), ""]
            if name == "supprimer":
                return [*untouched, *portfolio.asked(desk, value), gr.skip(), gr.skip()]
        except AssistantError as error:
            return [*untouched, *asking, gr.Tabs(selected=DRAFTING), told(error)]
        return [*untouched, *asking, gr.skip(), gr.skip()]

    screen.command.change(
        obey,
        [screen.command, screen.current],
        [*everything, *screen.portfolio.confirming, screen.tabs, screen.told],
        **_QUIET,
    )
    _wire_editor(desk, screen, show, whole)
    _wire_life(desk, screen, show, whole)
    _wire_portfolio(desk, screen, show, everything)


def _wire_editor(
    desk: Desk, screen: _Screen, show: Callable[..., list[Any]], whole: list[Any]
) -> None:
    form = screen.editor

    def save(editing: forms.Editing | None, author: str, *values: Any) -> list[Any]:
        result = editor.saved(desk, editing, author or "", values)
        shown = show(result.fiche) if result.fiche else [gr.skip()] * len(whole)
        return [*shown, *result.updates]

    saving = ([form.editing, screen.author, *form.form], [*whole, *form.components])
    form.save.click(save, *saving, **_QUIET)
    form.mine.click(save, *saving, **_QUIET)
    form.both.click(
        editor.joined,
        [form.editing, form.typed],
        [form.typed, form.save_row, form.conflict_row, form.told, form.editing],
        **_QUIET,
    )

    def take_theirs(editing: forms.Editing | None) -> list[Any]:
        if editing is None:
            return [*[gr.skip()] * len(whole), *editor.closed()]
        try:
            fiche = desk.store.get(editing.fiche_id)
            return [*show(fiche), *editor.opened(desk, fiche, editing.base.key)]
        except AssistantError as error:
            return [*[gr.skip()] * len(whole), *editor.only_said(told(error))]

    form.theirs.click(take_theirs, form.editing, [*whole, *form.components], **_QUIET)
    form.close.click(editor.closed, None, form.components, **_QUIET)
    form.criterion.input(
        lambda editing, criterion: editor.noted(desk, editing, criterion),
        [form.editing, form.criterion],
        [form.level, form.argument],
        **_QUIET,
    )
    form.send.click(
        lambda editing, comment, author: editor.commented(desk, editing, comment, author or ""),
        [form.editing, form.comment, screen.author],
        [form.comments, form.comment, form.told],
        **_QUIET,
    )


def _wire_life(
    desk: Desk, screen: _Screen, show: Callable[..., list[Any]], whole: list[Any]
) -> None:
    tools = screen.life
    still = [gr.skip()] * len(whole)
    rank = whole.index(tools.told)

    def only(message: str) -> list[Any]:
        return [*still[:rank], message, *still[rank + 1 :]]

    def moving(state: State) -> Callable[..., list[Any]]:
        def move(fiche: Fiche | None, why: str, author: str) -> list[Any]:
            if fiche is None:
                return [*still, *editor.closed()]
            try:
                kept, message = life.moved(desk, fiche, state, why, author or "")
            except FicheStaleError as error:
                # What somebody else changed is shown, to be read before deciding again.
                with contextlib.suppress(AssistantError):
                    return [*show(desk.store.get(fiche.id), told(error)), *editor.closed()]
                return [*only(told(error)), *[gr.skip()] * len(screen.editor.components)]
            except AssistantError as error:
                return [*only(told(error)), *[gr.skip()] * len(screen.editor.components)]
            return [*show(kept, message), *editor.closed()]

        return move

    for state, button in tools.moves.items():
        button.click(
            moving(state),
            [screen.current, tools.why, screen.author],
            [*whole, *screen.editor.components],
            **_QUIET,
        )

    def refresh(fiche: Fiche | None, author: str) -> Iterator[list[Any]]:
        if fiche is None:
            return
        yield only(fragment("<p class='attente' role='status'>Recherche des preuves…</p>"))
        try:
            kept, message = life.refreshed(desk, fiche, author or "")
        except AssistantError as error:
            yield only(told(error))
            return
        except Exception:
            logger.exception("Erreur inattendue pendant un rafraîchissement")
            yield only(told(UNEXPECTED))
            return
        yield show(kept, message)

    tools.refresh.click(refresh, [screen.current, screen.author], whole, **_QUIET)
    tools.compare.click(
        lambda fiche, older, newer: life.compared(desk, fiche, older, newer),
        [screen.current, tools.older, tools.newer],
        tools.diff,
        **_QUIET,
    )


def _wire_portfolio(
    desk: Desk, screen: _Screen, show: Callable[..., list[Any]], everything: list[Any]
) -> None:
    listed = screen.portfolio

    def update(search: str, axis: str, states: list[State]) -> list[Any]:
        return portfolio.updated(desk, search, axis, states)

    screen.portfolio_tab.select(update, listed.filters, listed.components, **_QUIET)
    for item in listed.filters:
        item.change(update, listed.filters, listed.components, trigger_mode="always_last", **_QUIET)
    listed.pack.input(lambda ids: pack_html(ids or []), listed.pack, listed.links, **_QUIET)
    listed.cancel.click(
        lambda: [gr.Row(visible=False), "", "", None], None, listed.confirming, **_QUIET
    )

    def delete(doomed: str | None, fiche: Fiche | None, *filters: Any) -> list[Any]:
        done = portfolio.deleted(desk, doomed)
        gone = fiche is not None and fiche.id == doomed
        blank = [*show(None), *editor.closed()] if gone else [gr.skip()] * len(everything)
        return [*done, *update(*filters), *blank]

    listed.confirm.click(
        delete,
        [listed.doomed, screen.current, *listed.filters],
        [*listed.confirming, *listed.components, *everything],
        **_QUIET,
    )


def _drafted(fiche: Fiche) -> str:
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
    threading.Thread(target=run, name="fiche-ecran", daemon=True).start()
    yield None, 0.0
    while True:
        try:
            yield results.get(timeout=EVERY_S), time.monotonic() - began
        except queue.Empty:
            yield None, time.monotonic() - began
        else:
            return
