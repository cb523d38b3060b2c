"""The screens, assembled, and how they enter the server.

Importing this module imports Gradio, which takes seconds: the server does it in a thread
while its port already answers.
"""

from __future__ import annotations

from assistant.egress import quiet_environment

# Gradio reads its variables when it is imported.
quiet_environment()

import gradio as gr  # noqa: E402
from fastapi import FastAPI  # noqa: E402

from assistant.api.app import attach_interface  # noqa: E402
from assistant.api.engine_port import Engine  # noqa: E402
from assistant.settings import Settings  # noqa: E402
from ui import a_propos, corpus, evaluation, fiches, glossaire, question  # noqa: E402
from ui.rendering import fragment  # noqa: E402
from ui.theme import theme  # noqa: E402

TITLE = "Assistant stratégie santé"


def build_interface(assistant: Engine, settings: Settings) -> gr.Blocks:
    """Build the screens.

    Args:
        assistant: the engine they question.
        settings: the options.
    """
    blocks: gr.Blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with blocks:
        with gr.Row(elem_id="bandeau"):
            gr.Markdown(
                fragment(
                    f"<h1>{TITLE}</h1>"
                    "<p class='devise'>Chaque phrase affichée se vérifie sur sa page.</p>"
                ),
                elem_id="titre",
            )
            state = gr.Markdown(question.status_html(assistant), elem_id="etat")
        with gr.Tabs(elem_id="onglets"):
            with gr.Tab("Question", id="question"):
                question.build(assistant, settings, blocks)
            with gr.Tab("Fiches", id="fiches", render_children=True):
                fiches.build(assistant, settings)
            with gr.Tab("Corpus", id="corpus", render_children=True):
                corpus.build(assistant, blocks)
            with gr.Tab("Évaluation", id="evaluation", render_children=True) as tab:
                evaluation.build(assistant, settings, tab)
            with gr.Tab("Glossaire", id="glossaire", render_children=True) as tab:
                glossaire.build(settings.index_dir, tab)
            with gr.Tab("À propos", id="a-propos", render_children=True):
                a_propos.build(assistant, blocks)
        blocks.load(
            lambda: question.status_html(assistant),
            None,
            state,
            show_progress="hidden",
            api_visibility="private",
        )
    return blocks


def mount(app: FastAPI, blocks: gr.Blocks) -> None:
    """Put the screens at the root of the server, before or after it has started.

    Gradio is mounted on a bare application of its own: at the root of ours it would answer in
    place of every route of the API that does not match exactly.
    """
    screens = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gr.mount_gradio_app(
        screens,
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
    )
    attach_interface(app, screens, title=TITLE)
