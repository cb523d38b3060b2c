"""« Question » tab: ask, read the cited answer, check each citation on its page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from assistant.api.engine_port import Engine
from assistant.conversations.store import open_store
from assistant.errors import AssistantError
from assistant.model import Answer, Document, FilterReport, Filters
from assistant.settings import Settings
from ui.conversations import (
    Wiring,
    build_shelf,
    build_tools,
    shelf_update,
    title_update,
    tools_updates,
    wire_shelf,
    wire_tools,
)
from ui.filters import (
    LABELS,
    Asking,
    Told,
    build_panel,
    build_readings,
    chosen_filters,
    field_choices,
    reading_updates,
    wire,
    year_choices,
)
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
from ui.session import Ask, Session, Thread

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


def answer_question(
    assistant: Engine,
    question: str,
    *,
    filters: Filters | None = None,
    recognise: bool = True,
    within: Callable[[str, Ask], Answer] | None = None,
) -> tuple[Exchange, FilterReport | None]:
    """Ask, and give what to show; an error becomes its message, never a stack trace.

    Args:
        assistant: the engine.
        question: as typed.
        filters: what the reader chose to search in.
        recognise: apply the filters that the question states.
        within: asks the question in a conversation, given how to ask the engine.
    """

    def ask(asked: str) -> Answer:
        return assistant.ask(asked, filters=filters, recognise=recognise)

    try:
        answer = within(question, ask) if within else ask(question)
        documents = {document.id: document for document in assistant.documents()}
        shown = answer.question, answer_html(answer, documents), sources_html(answer, documents)
    except AssistantError as error:
        return (question, error_html(question, error), NO_SOURCES), None
    except Exception:
        logger.exception("Erreur inattendue pendant une question")
        return (question, error_html(question, UNEXPECTED), NO_SOURCES), None
    return shown, answer.filters


def build(assistant: Engine, settings: Settings, blocks: gr.Blocks) -> None:
    """Lay the tab out; to be called where it must stand."""
    documents = assistant.documents()
    store = open_store(settings)
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
                    submit = gr.Button(
                        "Demander", variant="primary", min_width=120, scale=0, elem_id="demander"
                    )
                    new = gr.Button(
                        "Nouvelle conversation",
                        size="sm",
                        min_width=120,
                        scale=0,
                        elem_id="conversation-nouvelle",
                    )
                panel = build_panel(documents)
                shelf = build_shelf(store)
            suggestions = examples(documents)
            with gr.Row(elem_id="exemples", visible=bool(suggestions)):
                buttons = [
                    gr.Button(item, size="sm", min_width=80, scale=0, elem_classes="exemple")
                    for item in suggestions
                ]
            readings = build_readings()
            answer = gr.Markdown(WELCOME, elem_id="reponse")
            tools = build_tools(kept=store is not None)
            history = gr.Markdown("", elem_id="historique")
        with gr.Column(scale=5, min_width=320, elem_id="panneau"):
            sources = gr.Markdown(NO_SOURCES, elem_id="sources")
    exchanges: gr.State = gr.State(Thread())
    told: gr.State = gr.State(None)

    def ask(
        asked: str,
        thread: Thread,
        *lists: Any,
        recognise: bool = True,
        follow: bool = True,
    ) -> Iterator[list[Any]]:
        count = plural(len(assistant.documents()), "document")
        waiting = (
            f"Recherche dans {count}…"
            if assistant.ready
            else "Le modèle de recherche se charge : la première réponse demande quelques secondes…"
        )
        earlier = history_html(thread.exchanges)
        yield [
            *(pending_html(asked, waiting), NO_SOURCES, earlier, thread, None),
            *reading_updates(None),
            *tools_updates(thread, answered=False, understood=False),
            *(gr.skip(), gr.skip()),
        ]
        session = Session(store, thread)
        exchange, report = answer_question(
            assistant,
            asked,
            filters=chosen_filters(*lists),
            recognise=recognise,
            within=lambda typed, engine: session.ask(typed, engine, follow=follow),
        )
        kept = replace(session.thread, exchanges=(*thread.exchanges, exchange)[-HISTORY:])
        last = Told(asked, report) if report else None
        yield [
            *(exchange[1], exchange[2], earlier, kept, last),
            *reading_updates(report),
            *tools_updates(
                kept, answered=report is not None, understood=session.understood is not None
            ),
            *(shelf_update(store, kept), title_update(store, kept, thread)),
        ]

    def as_typed(asked: str, thread: Thread, *lists: Any) -> Iterator[list[Any]]:
        yield from ask(asked, thread, *lists, follow=False)

    def show(thread: Thread) -> list[Any]:
        """A conversation reopened, or a blank one."""
        *earlier, last = thread.exchanges or (("", WELCOME, NO_SOURCES),)
        return [
            *(last[1], last[2], history_html(earlier), thread, None),
            *reading_updates(None),
            *tools_updates(thread, answered=bool(thread.exchanges), understood=False),
        ]

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    # The queue serialises nothing here: the engine accepts several questions at once.
    options = quiet | {"concurrency_limit": 4, "concurrency_id": "questions"}
    outputs = [
        *(answer, sources, history, exchanges, told),
        *readings.components,
        *tools.components,
        *(shelf.chosen, shelf.title),
    ]
    inputs = [question, exchanges, *panel.lists]
    question.submit(ask, inputs, outputs, **options)
    submit.click(ask, inputs, outputs, **options)
    for button in buttons:
        # An example stands alone, whatever was asked before.
        button.click(lambda value: value, button, question, **quiet).then(
            as_typed, inputs, outputs, **options
        )
    tools.as_typed.click(
        lambda last: last.question if last else gr.skip(), told, question, **quiet
    ).then(as_typed, inputs, outputs, **options)

    wire_tools(tools, store, exchanges)
    wire_shelf(shelf, store, assistant, Wiring(exchanges, outputs[:-2], show, new, blocks.load))
    wire(panel, readings, Asking(question, told, exchanges, outputs, ask, options))

    # A new generation of the index may have come since the screens were built.
    blocks.load(lambda: filter_lists(assistant.documents()), None, panel.lists, **quiet)


def filter_lists(present: Sequence[Document]) -> list[Any]:
    """The lists of the filters, for the documents there are now."""
    return [
        *(gr.Dropdown(choices=field_choices(field, present), value=[]) for field in LABELS),
        *(gr.Dropdown(choices=year_choices(present), value="") for _ in range(2)),
    ]


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
