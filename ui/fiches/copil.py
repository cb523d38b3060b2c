"""« Suivi du COPIL »: what minutes decide and ask, and what changed from one to the next."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any, cast

import gradio as gr

from assistant.errors import AssistantError
from assistant.suivi.followup import KIND, follow_up
from ui.asking import UNEXPECTED
from ui.fiches.copil_view import follow_html, follow_sources_html
from ui.fiches.desk import Desk
from ui.panel import html_panel
from ui.rendering import error_html, fragment

logger = logging.getLogger("assistant.ui")

WELCOME = fragment(
    "<p class='accueil'>L’assistant relit les comptes rendus du corpus\u00a0: décisions, actions, "
    "pilotes, échéances, ajouts, et ce qui change d’une séance à l’autre. Chaque ligne ouvre sa "
    "page.</p>"
)
NO_SOURCES = fragment(
    "<h2 class='titre-panneau'>Sources</h2><p class='discret'>Les pages citées s’afficheront ici."
    "</p>"
)
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def build(desk: Desk, tab: gr.Tab) -> None:
    """Lay the sub-section out, in its tab, and wire it."""
    with gr.Row(elem_classes="colonnes"):
        with gr.Column(scale=7, min_width=320):
            files = gr.Dropdown(
                _files(desk),
                multiselect=True,
                label="Comptes rendus (tous ceux du corpus si rien n’est choisi)",
                elem_id="suivi-fichiers",
            )
            read = gr.Button(
                "Suivre les comptes rendus",
                variant="primary",
                scale=0,
                min_width=200,
                elem_id="suivre",
            )
            result = html_panel(WELCOME, elem_id="suivi")
        with gr.Column(scale=4, min_width=320, elem_id="panneau-suivi", elem_classes="panneau"):
            sources = html_panel(NO_SOURCES, elem_id="suivi-sources")

    def follow(names: Sequence[str] | None) -> Iterator[list[Any]]:
        yield [
            fragment("<p class='attente' role='status'>Lecture des comptes rendus…</p>"),
            NO_SOURCES,
        ]
        try:
            found = follow_up(cast("Any", desk.assistant), list(names) if names else None)
            documents = desk.documents()
            yield [follow_html(found, documents), follow_sources_html(found, documents)]
        except AssistantError as error:
            yield [error_html("", error), NO_SOURCES]
        except Exception:
            logger.exception("Erreur inattendue pendant un suivi de comité")
            yield [error_html("", UNEXPECTED), NO_SOURCES]

    # The list drawn with the page is what everybody may see: this one is the reader's own.
    tab.select(lambda: gr.Dropdown(choices=_files(desk)), None, files, **_QUIET)
    read.click(follow, files, [result, sources], **_QUIET)


def _files(desk: Desk) -> list[tuple[str, str]]:
    """Minutes first, then the other documents, which may be minutes too."""
    documents = sorted(
        desk.assistant.documents(),
        key=lambda one: (one.metadata.kind != KIND, one.metadata.title.casefold()),
    )
    return [(one.metadata.title, one.file) for one in documents]
