"""« Question » tab: ask, read the cited answer, check each citation on its page."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from assistant.api.engine_port import Engine
from assistant.errors import AssistantError
from assistant.model import KIND_LABELS, Document
from assistant.settings import Settings
from ui.rendering import (
    answer_html,
    error_html,
    fragment,
    history_html,
    pending_html,
    plural,
    sources_html,
    text,
)

logger = logging.getLogger("assistant.ui")

HISTORY = 20
"""Exchanges kept on the screen; each is sent again with every answer."""

EXAMPLES = 4

Exchange = tuple[str, str, str]
"""Question, answer fragment, sources fragment."""

TEMPLATES: dict[str, str] = {
    "ami": "Quelle est la date limite de candidature ?",
    "copil": "Quelles décisions le comité de pilotage a-t-il prises ?",
    "prs": "Quels sont les objectifs en matière de numérique en santé ?",
    "strategie": "Quels sont les axes de la stratégie ?",
    "guide": "Quelles sont les recommandations principales ?",
    "communique": "Qu’annonce le communiqué ?",
    "methode": "Quels critères permettent de comparer les cas d’usage ?",
}
"""A question that makes sense for each kind of document, whatever the document."""

WELCOME = fragment(
    "<p class='accueil'>Posez une question en français. La réponse reprend, mot pour mot, des "
    "phrases des documents indexés sur cette machine, et chaque numéro ouvre la page d’où vient "
    "la phrase. Si rien ne répond, l’assistant le dit.</p>"
)
NO_SOURCES = fragment(
    "<h2 class='titre-panneau'>Sources</h2><p class='discret'>Les pages citées s’afficheront ici."
    "</p>"
)
UNEXPECTED = AssistantError(
    "L’assistant a rencontré une erreur inattendue.",
    "Réessayez ; si l’erreur persiste, transmettez le journal du serveur à l’administrateur.",
)


def examples(documents: Sequence[Document]) -> list[str]:
    """Example questions that suit the kinds of documents present, at most `EXAMPLES`."""
    present = {document.metadata.kind for document in documents}
    chosen = [question for kind, question in TEMPLATES.items() if kind in present]
    return [question.replace(" ?", "\u202f?") for question in chosen[:EXAMPLES]]


def kind_choices(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """Kinds of documents present, as (label, value); the empty value means all."""
    present = {document.metadata.kind for document in documents}
    found = [(label, kind) for kind, label in KIND_LABELS.items() if kind in present]
    return [("Tous les types", ""), *found]


def file_choices(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """Documents present, as (title and file, file); the empty value means all."""
    found = [
        (f"{document.metadata.title} ({document.file})", document.file)
        for document in sorted(documents, key=lambda item: item.metadata.title.casefold())
    ]
    return [("Tous les documents", ""), *found]


def answer_question(
    assistant: Engine, question: str, *, kind: str | None, file: str | None
) -> Exchange:
    """Ask, and give what to show; an error becomes its message, never a stack trace."""
    try:
        answer = assistant.ask(question, file=file or None, kind=kind or None)
        documents = {document.id: document for document in assistant.documents()}
        return answer.question, answer_html(answer, documents), sources_html(answer, documents)
    except AssistantError as error:
        return question, error_html(question, error), NO_SOURCES
    except Exception:
        logger.exception("Erreur inattendue pendant une question")
        return question, error_html(question, UNEXPECTED), NO_SOURCES


def build(assistant: Engine, settings: Settings, blocks: gr.Blocks) -> None:
    """Lay the tab out; to be called where it must stand."""
    documents = assistant.documents()
    with gr.Row(elem_id="colonnes"):
        with gr.Column(scale=6, min_width=320, elem_id="colonne-reponse"):
            with gr.Column(elem_id="saisie"):
                question = gr.Textbox(
                    label="Votre question",
                    placeholder="Par exemple : quel est le montant maximal par projet\u202f?",
                    lines=1,
                    max_lines=6,
                    autofocus=True,
                    elem_id="question",
                )
                with gr.Row(elem_id="actions"):
                    kind = gr.Dropdown(
                        kind_choices(documents),
                        value="",
                        label="Type de documents",
                        filterable=False,
                        min_width=150,
                        scale=2,
                        elem_id="filtre-type",
                    )
                    file = gr.Dropdown(
                        file_choices(documents),
                        value="",
                        label="Document",
                        min_width=180,
                        scale=3,
                        elem_id="filtre-document",
                    )
                    submit = gr.Button(
                        "Demander", variant="primary", min_width=120, scale=1, elem_id="demander"
                    )
            suggestions = examples(documents)
            with gr.Row(elem_id="exemples", visible=bool(suggestions)):
                buttons = [
                    gr.Button(item, size="sm", min_width=80, scale=0, elem_classes="exemple")
                    for item in suggestions
                ]
            answer = gr.Markdown(WELCOME, elem_id="reponse")
            history = gr.Markdown("", elem_id="historique")
        with gr.Column(scale=5, min_width=320, elem_id="panneau"):
            sources = gr.Markdown(NO_SOURCES, elem_id="sources")
    exchanges: gr.State = gr.State([])

    def ask(
        asked: str, chosen_kind: str | None, chosen_file: str | None, past: list[Exchange]
    ) -> Iterator[tuple[Any, ...]]:
        count = plural(len(assistant.documents()), "document")
        waiting = (
            f"Recherche dans {count}…"
            if assistant.ready
            else "Le modèle de recherche se charge : la première réponse demande quelques secondes…"
        )
        earlier = history_html(past)
        yield pending_html(asked, waiting), NO_SOURCES, earlier, past
        exchange = answer_question(assistant, asked, kind=chosen_kind, file=chosen_file)
        kept = [*past, exchange][-HISTORY:]
        yield exchange[1], exchange[2], earlier, kept

    outputs = [answer, sources, history, exchanges]
    # The queue serialises nothing here: the engine accepts several questions at once.
    options: dict[str, Any] = {
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": 4,
        "concurrency_id": "questions",
    }
    inputs = [question, kind, file, exchanges]
    question.submit(ask, inputs, outputs, **options)
    submit.click(ask, inputs, outputs, **options)
    for button in buttons:
        button.click(
            lambda value: value, button, question, show_progress="hidden", api_visibility="private"
        ).then(ask, inputs, outputs, **options)

    def refresh() -> tuple[Any, ...]:
        present = assistant.documents()
        return (
            gr.Dropdown(choices=kind_choices(present), value=""),
            gr.Dropdown(choices=file_choices(present), value=""),
        )

    # A new generation of the index may have come since the screens were built.
    blocks.load(refresh, None, [kind, file], show_progress="hidden", api_visibility="private")


def status_html(assistant: Engine) -> str:
    """The status line: what the index holds and whether the model is loaded."""
    status = assistant.status()
    pages: dict[str, int] = status.get("pages", {})
    read = pages.get("text", 0) + pages.get("ocr", 0)
    parts = [
        plural(status.get("documents", 0), "document"),
        plural(read, "page lue", "pages lues"),
    ]
    unreadable = pages.get("unreadable", 0)
    if unreadable:
        parts.append(plural(unreadable, "page illisible", "pages illisibles"))
    state = "prêt" if assistant.ready else "chargement du modèle…"
    return fragment(
        f"<p class='etat'><span>{text(' · '.join(parts))}</span>"
        f"<span class='temoin {'pret' if assistant.ready else 'attente'}'>{state}</span></p>"
    )
