"""What the components of the « Fiches » tab do."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.fiches.errors import FicheStaleError
from assistant.fiches.model import Fiche, State
from ui.asking import UNEXPECTED
from ui.conversations import told
from ui.fiches import editor, forms, life, portfolio, saving
from ui.fiches.desk import Desk, refusal
from ui.fiches.portfolio_view import pack_html
from ui.fiches.screen import DRAFTING, QUIET, Screen
from ui.rendering import fragment

logger = logging.getLogger("assistant.ui")

Shows = Callable[..., list[Any]]
"""Gives the state of `Screen.whole` for a fiche, with what is said of it."""


def wire_editor(desk: Desk, screen: Screen, show: Shows) -> None:
    """The form of a field."""
    whole = screen.whole
    form = screen.editor

    def save(editing: forms.Editing | None, author: str, *values: Any) -> list[Any]:
        result = saving.saved(desk, editing, author or "", values)
        shown = show(result.fiche) if result.fiche else [gr.skip()] * len(whole)
        return [*shown, *result.updates]

    inputs = ([form.editing, screen.author, *form.form], [*whole, *form.components])
    form.save.click(save, *inputs, **QUIET)
    form.mine.click(save, *inputs, **QUIET)

    def save_alone(
        command: str,
        editing: forms.Editing | None,
        current: Fiche | None,
        author: str,
        *values: Any,
    ) -> list[Any]:
        still: list[Any] = [gr.skip()] * len(whole)
        kept = saving.saved_alone(desk, command, editing, author or "", values)
        if kept is None:
            return [*still, gr.skip()]
        # The fiche is shown as it is now, and nothing of what is being typed is touched.
        if kept.fiche and current and current.id == kept.fiche.id:
            shown = show(kept.fiche)[:3]
            return [*shown, *life.followed(desk, kept.fiche), kept.said]
        return [*still, kept.said]

    form.alone_command.change(
        save_alone,
        [form.alone_command, form.editing, screen.current, screen.author, *form.form],
        [*whole, form.alone],
        **QUIET,
    )
    form.both.click(
        editor.joined,
        [form.editing, form.typed],
        [form.typed, form.save_row, form.conflict_row, form.told, form.editing],
        **QUIET,
    )

    def take_theirs(editing: forms.Editing | None) -> list[Any]:
        if editing is None:
            return [*[gr.skip()] * len(whole), *editor.closed()]
        try:
            fiche = desk.store.get(editing.fiche_id)
            return [*show(fiche), *editor.opened(desk, fiche, editing.base.key)]
        except AssistantError as error:
            return [*[gr.skip()] * len(whole), *editor.only_said(told(error))]

    form.theirs.click(take_theirs, form.editing, [*whole, *form.components], **QUIET)
    form.close.click(editor.closed, None, form.components, **QUIET)
    form.criterion.input(
        lambda *values: editor.noted(desk, *values),
        [form.editing, form.criterion, form.level, form.argument],
        [form.level, form.argument],
        **QUIET,
    )
    form.send.click(
        lambda editing, comment, author: editor.commented(desk, editing, comment, author or ""),
        [form.editing, form.comment, screen.author],
        [form.comments, form.comment, form.told],
        **QUIET,
    )


def wire_life(desk: Desk, screen: Screen, show: Shows) -> None:
    """What is done with a whole fiche."""
    whole = screen.whole
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
                return [*only(refusal(error)), *[gr.skip()] * len(screen.editor.components)]
            except AssistantError as error:
                return [*only(refusal(error)), *[gr.skip()] * len(screen.editor.components)]
            return [*show(kept, message), *editor.closed()]

        return move

    for state, button in tools.moves.items():
        button.click(
            moving(state),
            [screen.current, tools.why, screen.author],
            [*whole, *screen.editor.components],
            **QUIET,
        )

    def refresh(fiche: Fiche | None, author: str) -> list[Any]:
        if fiche is None:
            return still
        try:
            return show(*life.refreshed(desk, fiche, author or ""))
        except AssistantError as error:
            return only(refusal(error))
        except Exception:
            logger.exception("Erreur inattendue pendant un rafraîchissement")
            return only(told(UNEXPECTED))

    # Two events rather than a generator: see `ui.fiches.drafting.waiting`.
    tools.refresh.click(
        lambda: fragment("<p class='attente' role='status'>Recherche des preuves…</p>"),
        None,
        tools.told,
        **QUIET,
    ).then(refresh, [screen.current, screen.author], whole, **QUIET)
    tools.compare.click(
        lambda fiche, older, newer: life.compared(desk, fiche, older, newer),
        [screen.current, tools.older, tools.newer],
        tools.diff,
        **QUIET,
    )


def wire_portfolio(desk: Desk, screen: Screen, show: Shows) -> None:
    """What is done with all of them."""
    everything = screen.everything
    listed = screen.portfolio

    def update(search: str, axis: str, states: list[State]) -> list[Any]:
        return portfolio.updated(desk, search, axis, states)

    screen.portfolio_tab.select(update, listed.filters, listed.components, **QUIET)
    for item in listed.filters:
        item.change(update, listed.filters, listed.components, trigger_mode="always_last", **QUIET)
    listed.pack.input(lambda ids: pack_html(ids or []), listed.pack, listed.links, **QUIET)
    listed.cancel.click(
        lambda: [gr.Row(visible=False), "", "", None], None, listed.confirming, **QUIET
    )

    def receive(content: str, author: str) -> list[Any]:
        fiche, message = portfolio.imported(desk, content, author or "")
        if fiche is None:
            return [*[gr.skip()] * len(everything), message, gr.skip(), gr.skip()]
        opened = [*show(fiche), *editor.closed()]
        return [*opened, "", gr.Tabs(selected=DRAFTING), message]

    listed.file.change(
        receive,
        [listed.file, screen.author],
        [*everything, listed.received, screen.tabs, screen.told],
        **QUIET,
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
        **QUIET,
    )
