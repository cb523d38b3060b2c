"""« Portefeuille »: find a fiche again, compare all of them, prepare a committee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.fiches.listing import FicheFilter
from assistant.fiches.model import STATE_LABELS, State
from assistant.fiches.shown import coded, title_of
from assistant.language.typography import NBSP
from ui.conversations import said, told
from ui.fiches.desk import LISTED, Desk
from ui.fiches.portfolio_view import charts_html, list_html, pack_html, table_links_html
from ui.rendering import fragment, text

ALL = ""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The components of the portfolio."""

    search: gr.Textbox
    axis: gr.Dropdown
    states: gr.CheckboxGroup
    told: gr.Markdown
    confirm_row: gr.Row
    question: gr.Markdown
    confirm: gr.Button
    cancel: gr.Button
    listed: gr.Markdown
    tables: gr.Markdown
    pack: gr.CheckboxGroup
    links: gr.Markdown
    charts: gr.Markdown
    doomed: gr.State

    @property
    def filters(self) -> list[Any]:
        """What `updated` reads."""
        return [self.search, self.axis, self.states]

    @property
    def components(self) -> list[Any]:
        """In the order of `updated`."""
        return [self.listed, self.tables, self.pack, self.links, self.charts]

    @property
    def confirming(self) -> list[Any]:
        """In the order of `asked`."""
        return [self.confirm_row, self.question, self.told, self.doomed]


def build_portfolio(desk: Desk) -> Portfolio:
    """Lay the portfolio out."""
    axes = [("Tous les axes", ALL), *((coded(a.code, a.label), a.code) for a in desk.method.axes)]
    with gr.Row(elem_id="portefeuille-filtres"):
        search = gr.Textbox(
            label="Chercher dans les fiches", max_lines=1, elem_id="portefeuille-recherche"
        )
        axis = gr.Dropdown(
            axes, value=ALL, label="Axe", filterable=False, elem_id="portefeuille-axe"
        )
        states = gr.CheckboxGroup(
            [(label.capitalize(), key) for key, label in STATE_LABELS.items()],
            label="États (tous si rien n’est coché)",
            elem_id="portefeuille-etats",
        )
    answer = gr.Markdown("", elem_id="portefeuille-retour")
    with gr.Row(visible=False, elem_id="fiche-confirmer", elem_classes="boutons") as confirm_row:
        question = gr.Markdown("")
        confirm = gr.Button(
            "Supprimer définitivement",
            size="sm",
            variant="stop",
            scale=0,
            min_width=150,
            elem_id="fiche-oui",
        )
        cancel = gr.Button("Annuler", size="sm", scale=0, min_width=100, elem_id="fiche-non")
    listed = gr.Markdown("", elem_id="portefeuille-liste")
    tables = gr.Markdown("", elem_id="portefeuille-tableaux")
    with gr.Accordion("Préparer un COPIL", open=False, elem_id="portefeuille-dossier"):
        pack = gr.CheckboxGroup(
            [], label="Fiches du dossier, dans l’ordre où vous les cochez", elem_id="dossier-fiches"
        )
        links = gr.Markdown("", elem_id="dossier-liens")
    charts = gr.Markdown("", elem_id="portefeuille-graphiques")
    return Portfolio(
        search,
        axis,
        states,
        answer,
        confirm_row,
        question,
        confirm,
        cancel,
        listed,
        tables,
        pack,
        links,
        charts,
        gr.State(None),
    )


def chosen_filter(
    search: str | None, axis: str | None, states: Sequence[State] | None
) -> FicheFilter:
    """The filter that the components state."""
    return FicheFilter(
        words=(search or "")[:200], axis=axis or None, states=tuple(states or ()), limit=LISTED
    )


def updated(desk: Desk, search: str, axis: str, states: Sequence[State]) -> list[Any]:
    """New state of `Portfolio.components`."""
    chosen = chosen_filter(search, axis, states)
    try:
        fiches = desk.listed(chosen)
        total = desk.store.count(chosen) if len(fiches) == LISTED else len(fiches)
    except AssistantError as error:
        return [told(error), "", gr.CheckboxGroup(choices=[], value=[]), "", ""]
    ids = [one.id for one in fiches]
    return [
        list_html(fiches, total, desk.method),
        table_links_html(chosen) if fiches else "",
        gr.CheckboxGroup(choices=[(title_of(one), one.id) for one in fiches], value=ids),
        pack_html(ids),
        charts_html(fiches, desk.method),
    ]


def asked(desk: Desk, fiche_id: str) -> list[Any]:
    """Ask before a fiche is deleted; new state of `Portfolio.confirming`."""
    try:
        title = title_of(desk.store.get(fiche_id))
    except AssistantError as error:
        return [gr.Row(visible=False), "", told(error), None]
    question = fragment(
        f"<p role='alert'>Supprimer «{NBSP}{text(title)}{NBSP}», son historique et ses "
        f"commentaires{NBSP}? Rien n’en restera.</p>"
    )
    return [gr.Row(visible=True), question, "", fiche_id]


def deleted(desk: Desk, fiche_id: str | None) -> list[Any]:
    """Delete the fiche asked about; new state of `Portfolio.confirming`."""
    try:
        if fiche_id:
            desk.store.delete(fiche_id)
        message = said("La fiche est supprimée.")
    except AssistantError as error:
        message = told(error)
    return [gr.Row(visible=False), "", message, None]
