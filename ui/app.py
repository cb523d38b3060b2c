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

from assistant.access.engine import for_caller  # noqa: E402
from assistant.access.model import Permission  # noqa: E402
from assistant.api.app import attach_interface  # noqa: E402
from assistant.engine_port import Engine  # noqa: E402
from assistant.identity import NAME, Identity, read_identity  # noqa: E402
from assistant.library.desk import Library  # noqa: E402
from assistant.settings import Settings  # noqa: E402
from ui import a_propos, access, corpus, evaluation, fiches, glossaire, question  # noqa: E402
from ui.panel import html_panel  # noqa: E402
from ui.rendering import Fragment, fragment, text  # noqa: E402
from ui.skipping import spare  # noqa: E402
from ui.theme import theme  # noqa: E402

FOOTER = fragment(
    "<p><a href='/accessibilite'>Accessibilité</a> (non audité) · "
    "<a href='#onglet:a-propos'>À propos et signaler un problème</a></p>"
)


def heading(identity: Identity) -> Fragment:
    """The banner's title: the organisation, where it says its name, and the assistant."""
    # The name is read beside the logo, which therefore says nothing more.
    logo = "<img class='logo' src='/interface/logo' alt=''>" if identity.logo else ""
    who = f"<p class='organisation'>{text(identity.organisation)}</p>"
    return fragment(
        logo,
        f"<div>{who if identity.organisation else ''}<h1>{NAME}</h1>",
        "<p class='devise'>Chaque phrase affichée se vérifie sur sa page.</p></div>",
    )


def build_interface(
    assistant: Engine, settings: Settings, library: Library | None = None
) -> gr.Blocks:
    """Build the screens.

    Args:
        assistant: the engine they question.
        settings: the options.
        library: what changes the corpus; `None` when these screens only read it.
    """
    assistant = for_caller(assistant)
    identity = read_identity(settings)
    blocks: gr.Blocks = gr.Blocks(title=identity.title, analytics_enabled=False, fill_width=True)
    with blocks:
        with gr.Row(elem_id="bandeau"):
            html_panel(
                heading(identity),
                elem_id="titre",
            )
            state = html_panel(question.status_html(assistant), elem_id="etat")
            person = html_panel("", elem_id="personne")
        with gr.Tabs(elem_id="onglets"):
            with gr.Tab("Question", id="question"):
                filters = question.build(assistant, settings, blocks)
            with gr.Tab("Fiches", id="fiches", render_children=True):
                fiches.build(assistant, settings)
            with gr.Tab("Corpus", id="corpus", render_children=True) as tab:
                status: corpus.Elsewhere = (lambda: question.status_html(assistant), [], [state])
                managing = corpus.build(
                    assistant, settings, library, tab, [filters, status]
                ).managing
            # Shown when the page opens, to who may: a tab that was once shown cannot be hidden.
            with gr.Tab(
                "Évaluation", id="evaluation", render_children=True, visible=False
            ) as evaluating:
                evaluation.build(assistant, settings, evaluating)
            with gr.Tab("Glossaire", id="glossaire", render_children=True) as tab:
                glossaire.build(settings.index_dir, tab, assistant)
            with gr.Tab("À propos", id="a-propos", render_children=True) as tab:
                a_propos.build(assistant, settings, tab)
        html_panel(FOOTER, elem_id="pied")
        blocks.load(
            lambda: question.status_html(assistant),
            None,
            state,
            show_progress="hidden",
            api_visibility="private",
        )
        reserved = [(part, Permission.MANAGE_CORPUS) for part in managing]
        access.wire(blocks, person, [(evaluating, Permission.EVALUATE), *reserved])
    # Last: what is wired after it would run for nobody in particular.
    access.guard(blocks)
    spare(blocks)
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
    attach_interface(app, screens, title=str(blocks.title))
