"""« Portefeuille »: find a fiche again, compare all of them, prepare a committee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.fiches.listing import FicheFilter
from assistant.fiches.model import STATE_LABELS, Fiche, State
from assistant.fiches.shown import coded, title_of
from assistant.language.typography import NBSP
from ui.conversations import said, told
from ui.fiches.charts_view import charts_html
from ui.fiches.desk import LISTED, Desk
from ui.fiches.portfolio_view import list_html, pack_html, table_links_html
from ui.panel import html_panel
from ui.rendering import fragment, text

ALL = ""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The components of the portfolio."""

    search: gr.Textbox
    axis: gr.Dropdown
    states: gr.CheckboxGroup
    file: gr.Textbox
    received: gr.Markdown
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
    answer = html_panel("", elem_id="portefeuille-retour")
    with gr.Row(
        visible=False, elem_id="fiche-confirmer", elem_classes=["boutons", "a-confirmer"]
    ) as confirm_row:
        question = html_panel("")
        confirm = gr.Button(
            "Supprimer définitivement",
            size="sm",
            variant="stop",
            scale=0,
            min_width=150,
            elem_id="fiche-oui",
        )
        cancel = gr.Button("Annuler", size="sm", scale=0, min_width=100, elem_id="fiche-non")
    with gr.Row(elem_id="portefeuille-import", elem_classes="boutons"):
        # `fiches.js` asks for the file and writes it in the box below: its rank, a line break, its
        # content. Gradio's own upload would need routes that this server keeps closed.
        gr.Button(
            "Importer une fiche (JSON)",
            size="sm",
            scale=0,
            min_width=190,
            elem_id="fiche-importer",
        )
        file = gr.Textbox(
            "", label="Fichier", elem_id="fiche-import-contenu", container=False, show_label=False
        )
        received = html_panel("", elem_id="fiche-import-retour")
    listed = html_panel("", elem_id="portefeuille-liste")
    tables = html_panel("", elem_id="portefeuille-tableaux")
    with gr.Accordion("Préparer un COPIL", open=False, elem_id="portefeuille-dossier"):
        pack = gr.CheckboxGroup(
            [], label="Fiches du dossier, dans l’ordre où vous les cochez", elem_id="dossier-fiches"
        )
        links = html_panel("", elem_id="dossier-liens")
    charts = html_panel("", elem_id="portefeuille-graphiques")
    return Portfolio(
        search,
        axis,
        states,
        file,
        received,
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
        # The other axes stay in sight, to go from one to another.
        among = desk.listed(replace(chosen, axis=None)) if chosen.axis else fiches
    except AssistantError as error:
        return [told(error), "", gr.CheckboxGroup(choices=[], value=[]), "", ""]
    ids = [one.id for one in fiches]
    return [
        list_html(fiches, total, desk.method),
        table_links_html(chosen) if fiches else "",
        gr.CheckboxGroup(choices=[(title_of(one), one.id) for one in fiches], value=ids),
        pack_html(ids),
        charts_html(fiches, desk.method, among=among, axis=chosen.axis),
    ]


def imported(desk: Desk, content: str, author: str) -> tuple[Fiche | None, str]:
    """Keep a fiche that was exported as JSON; gives it, or none, and what is said."""
    _, _, written = (content or "").partition("\n")
    try:
        fiche = desk.store.import_json(
            written.encode("utf-8", "replace"),
            author.strip() or None,
            get_page=desk.assistant.page,
        )
    except AssistantError as error:
        return None, told(error)
    return fiche, said(f"Fiche importée : « {title_of(fiche)} ».")


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
