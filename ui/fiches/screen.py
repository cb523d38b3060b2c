"""The parts of the « Fiches » tab, laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.fiches.editing import MAX_AUTHOR
from ui.fiches import copil, editor, life, portfolio
from ui.fiches.desk import Desk
from ui.fiches.editor import Editor
from ui.fiches.life import Life
from ui.fiches.portfolio import Portfolio
from ui.fiches.view import NO_SOURCES, WELCOME
from ui.panel import html_panel

DRAFTING, PORTFOLIO, COPIL = "rediger", "portefeuille", "suivi"

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""Options of every event of the tab."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The components of the tab."""

    tabs: gr.Tabs
    portfolio_tab: gr.Tab
    title: gr.Textbox
    need: gr.Textbox
    service: gr.Textbox
    constraints: gr.Textbox
    mode: gr.Radio
    draft: gr.Button
    author: gr.Textbox
    told: gr.Markdown
    fiche: gr.Markdown
    sources: gr.Markdown
    editor: Editor
    life: Life
    portfolio: Portfolio
    current: gr.State
    command: gr.Textbox

    @property
    def whole(self) -> list[Any]:
        """What shows a fiche."""
        return [self.fiche, self.sources, self.current, *self.life.components]

    @property
    def everything(self) -> list[Any]:
        """What shows a fiche, and the form of a field."""
        return [*self.whole, *self.editor.components]


def lay_out(desk: Desk) -> Screen:
    """Lay the tab out where it must stand."""
    with gr.Tabs(elem_id="fiches-onglets", selected=DRAFTING) as tabs:
        with gr.Tab("Rédiger", id=DRAFTING), gr.Row(elem_classes="colonnes"):
            with gr.Column(scale=7, min_width=320, elem_id="colonne-fiche"):
                asked = _form(desk)
                answer = html_panel("", elem_id="fiche-annonce")
                fiche = html_panel(WELCOME, elem_id="fiche")
            with gr.Column(scale=4, min_width=320, elem_id="panneau-fiche", elem_classes="panneau"):
                form = editor.build_editor()
                whole = life.build_life()
                sources = html_panel(NO_SOURCES, elem_id="fiche-sources")
        with gr.Tab(
            "Portefeuille", id=PORTFOLIO, render_children=True, visible=desk.opened is not None
        ) as tab:
            listed = portfolio.build_portfolio(desk)
        with gr.Tab("COPIL", id=COPIL, render_children=True) as minutes:
            copil.build(desk, minutes)
    # The links of a fiche speak through it: `assistant.js` writes what they ask.
    command = gr.Textbox(
        "", label="Commande", elem_id="fiche-commande", container=False, show_label=False
    )
    return Screen(
        *(tabs, tab, *asked, answer, fiche, sources),
        *(form, whole, listed, gr.State(None), command),
    )


def _form(
    desk: Desk,
) -> tuple[gr.Textbox, gr.Textbox, gr.Textbox, gr.Textbox, gr.Radio, gr.Button, gr.Textbox]:
    with gr.Column(elem_id="fiche-demande"):
        title = gr.Textbox(
            label="Intitulé du cas d’usage",
            placeholder="Par exemple\u00a0: prévoir l’afflux aux urgences adultes",
            lines=1,
            max_lines=3,
            max_length=200,
            elem_id="fiche-intitule",
        )
        author = gr.Textbox(
            label="Votre nom",
            info="Gardé par ce navigateur et dans l’historique des fiches.",
            max_lines=1,
            max_length=MAX_AUTHOR,
            visible=desk.opened is not None,
            elem_id="fiche-auteur",
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
        mode = gr.Radio(
            [("Extraits seuls", "extractive"), ("Phrases d’un modèle local", "generative")],
            value="extractive",
            label="Forme de la fiche",
            info="Chaque phrase du modèle est vérifiée sur les pages, et les extraits restent "
            "dessous. Comptez plusieurs minutes sans carte graphique.",
            visible="generative" in desk.assistant.status().get("modes", ()),
            elem_id="fiche-forme",
        )
        draft = gr.Button(
            "Rédiger la fiche", variant="primary", scale=0, min_width=160, elem_id="rediger"
        )
    return title, need, service, constraints, mode, draft, author
