"""« Question » tab: ask, read the cited answer, check each citation on its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from assistant.access.cited import kept_back
from assistant.conversations.store import ConversationStore, open_store
from assistant.engine_port import Engine
from assistant.model import Document, Mode
from assistant.settings import Settings
from ui.asking import NO_SOURCES, UnderWay, answering
from ui.conversations import (
    Shelf,
    Tools,
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
    Panel,
    Readings,
    Told,
    build_panel,
    build_readings,
    chosen_filters,
    field_choices,
    reading_updates,
    wire,
    year_choices,
)
from ui.modes import ModeChoice, build_mode, wire_mode
from ui.panel import html_panel
from ui.rendering import fragment, history_html, pending_html, plural, text
from ui.session import NO_CONVERSATION, Session, Thread

HISTORY = 20
"""Exchanges kept on the screen; each is sent again with every answer."""

EXAMPLES = 4

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


def examples(documents: Sequence[Document]) -> list[str]:
    """Example questions that suit the kinds of documents present, at most `EXAMPLES`."""
    present = {document.metadata.kind for document in documents}
    chosen = [question for kind, question in TEMPLATES.items() if kind in present]
    return [question.replace(" ?", "\u202f?") for question in chosen[:EXAMPLES]]


@dataclass(frozen=True, slots=True)
class _Screen:
    """The components of the tab."""

    question: gr.Textbox
    submit: gr.Button
    halt: gr.Button
    new: gr.Button
    choice: ModeChoice
    panel: Panel
    shelf: Shelf
    examples: list[gr.Button]
    examples_row: gr.Row
    readings: Readings
    answer: gr.Markdown
    tools: Tools
    history: gr.Markdown
    sources: gr.Markdown


def _lay_out(assistant: Engine, store: ConversationStore | None) -> _Screen:
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
                    submit, halt, new = _actions()
                choice = build_mode(assistant)
                panel = build_panel(documents)
                shelf = build_shelf(store)
            offered = examples(documents)
            with gr.Row(elem_id="exemples", visible=bool(offered)) as examples_row:
                buttons = [
                    gr.Button(
                        item,
                        size="sm",
                        min_width=80,
                        scale=0,
                        visible=bool(item),
                        elem_classes="exemple",
                    )
                    for item in (*offered, *[""] * (EXAMPLES - len(offered)))
                ]
            readings = build_readings()
            answer = html_panel(WELCOME, elem_id="reponse")
            tools = build_tools(kept=store is not None)
            history = html_panel("", elem_id="historique")
        with gr.Column(scale=5, min_width=320, elem_id="panneau"):
            sources = html_panel(NO_SOURCES, elem_id="sources")
    return _Screen(
        question=question,
        submit=submit,
        halt=halt,
        new=new,
        choice=choice,
        panel=panel,
        shelf=shelf,
        examples=buttons,
        examples_row=examples_row,
        readings=readings,
        answer=answer,
        tools=tools,
        history=history,
        sources=sources,
    )


def _actions() -> tuple[gr.Button, gr.Button, gr.Button]:
    """Ask, stop, begin anew; the second one is there while there is something to stop."""
    submit = gr.Button("Demander", variant="primary", min_width=120, scale=0, elem_id="demander")
    halt = gr.Button(
        "Arrêter", variant="stop", min_width=110, scale=0, interactive=False, elem_id="arreter"
    )
    new = gr.Button(
        "Nouvelle conversation", size="sm", min_width=120, scale=0, elem_id="conversation-nouvelle"
    )
    return submit, halt, new


def reopened(thread: Thread, said: str = "") -> list[Any]:
    """What the tab shows of a conversation reopened, or of a blank one.

    Args:
        thread: the conversation.
        said: a fragment to show above the last answer.
    """
    *earlier, last = thread.exchanges or (("", "" if said else WELCOME, NO_SOURCES),)
    return [
        *(said + last[1], last[2], history_html(earlier), thread, None),
        *(gr.update(interactive=False), thread.conversation_id or NO_CONVERSATION),
        *reading_updates(None),
        *tools_updates(thread, answered=bool(thread.exchanges), understood=False),
    ]


def build(
    assistant: Engine, settings: Settings, blocks: gr.Blocks
) -> tuple[Callable[..., list[Any]], list[Any], list[Any]]:
    """Lay the tab out and wire it; to be called where it must stand.

    Returns:
        What draws again all that the tab shows of the corpus: a function, what it takes and what
        it fills.
    """
    store = open_store(settings, unseen=kept_back(assistant))
    screen = _lay_out(assistant, store)
    question, panel, shelf, tools = screen.question, screen.panel, screen.shelf, screen.tools
    readings, choice = screen.readings, screen.choice
    exchanges, told = gr.State(Thread()), gr.State(None)
    # Which conversation this browser had open: a reload shows it again.
    remembered = gr.BrowserState(NO_CONVERSATION, storage_key="conversation", secret="assistant")  # noqa: S106
    under_way = UnderWay()

    def ask(
        request: gr.Request,
        asked: str,
        thread: Thread,
        mode: Mode,
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
        tab = str(request.session_hash)
        stop = under_way.begin(tab)
        yield [
            *(pending_html(asked, waiting), NO_SOURCES, earlier, thread, None),
            *(gr.update(interactive=True), gr.skip()),
            *reading_updates(None),
            *tools_updates(thread, answered=False, understood=False),
            *(gr.skip(), gr.skip()),
        ]
        session = Session(store, thread)
        for progress in answering(
            assistant,
            asked,
            filters=chosen_filters(*lists),
            recognise=recognise,
            mode=mode if choice.configured else "extractive",
            within=lambda typed, engine: session.ask(typed, engine, follow=follow),
            stop=stop,
        ):
            if stop.unseen:
                return
            if not progress.over:
                yield [*progress.shown[1:], *([gr.skip()] * (len(outputs) - 2))]
                continue
            under_way.end(tab, stop)
            if progress.failed:
                # The answer that was there stays, under what went wrong.
                yield [*reopened(thread, progress.shown[1]), gr.skip(), gr.skip()]
                return
            kept = replace(session.thread, exchanges=(*thread.exchanges, progress.shown)[-HISTORY:])
            yield [
                *(progress.shown[1], progress.shown[2], earlier, kept),
                Told(asked, progress.report) if progress.report else None,
                *(gr.update(interactive=False), kept.conversation_id or NO_CONVERSATION),
                *reading_updates(progress.report),
                *tools_updates(
                    kept,
                    answered=progress.answered,
                    understood=progress.answered and session.understood is not None,
                ),
                *(shelf_update(store, kept), title_update(store, kept, thread)),
            ]

    def as_typed(request: gr.Request, *asked: Any) -> Iterator[list[Any]]:
        yield from ask(request, *asked, follow=False)

    def halted(request: gr.Request) -> None:
        under_way.stop(str(request.session_hash))

    def left(request: gr.Request) -> None:
        under_way.leave(str(request.session_hash))

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    # The queue serialises nothing here: the engine accepts several questions at once.
    options = quiet | {"concurrency_limit": 16, "concurrency_id": "questions"}
    outputs = [
        *(screen.answer, screen.sources, screen.history),
        *(exchanges, told, screen.halt, remembered),
        *readings.components,
        *tools.components,
        *(shelf.chosen, shelf.title),
    ]
    inputs = [question, exchanges, choice.chosen, *panel.lists]
    question.submit(ask, inputs, outputs, **options)
    screen.submit.click(ask, inputs, outputs, **options)
    for button in screen.examples:
        # An example stands alone, whatever was asked before.
        button.click(lambda value: value, button, question, **quiet).then(
            as_typed, inputs, outputs, **options
        )
    tools.as_typed.click(
        lambda last: last.question if last else gr.skip(), told, question, **quiet
    ).then(as_typed, inputs, outputs, **options)

    screen.halt.click(halted, None, None, **quiet)
    # Another conversation takes the screen: what was being answered has no place on it.
    screen.new.click(left, None, None, **quiet)
    shelf.chosen.input(left, None, None, **quiet)
    blocks.unload(left)
    wire_mode(choice, settings)
    wire_tools(tools, store, exchanges)
    wiring = Wiring(exchanges, remembered, outputs[:-2], reopened, screen.new, blocks.load)
    wire_shelf(shelf, store, assistant, wiring)
    wire(panel, readings, Asking(question, told, inputs, outputs, ask, options))

    return _drawing_again(assistant, screen, blocks)


def _drawing_again(
    assistant: Engine, screen: _Screen, blocks: gr.Blocks
) -> tuple[Callable[..., list[Any]], list[Any], list[Any]]:
    """What `build` returns; done when the page opens, for the index may be a newer one."""

    def present(*chosen: Any) -> list[Any]:
        documents = assistant.documents()
        return [*filter_lists(documents, chosen), *example_updates(documents)]

    lists = screen.panel.lists
    shown = [*lists, screen.examples_row, *screen.examples]
    blocks.load(present, lists, shown, show_progress="hidden", api_visibility="private")
    return present, lists, shown


def example_updates(documents: Sequence[Document]) -> list[Any]:
    """New state of the row of examples and of its buttons."""
    offered = examples(documents)
    return [
        gr.Row(visible=bool(offered)),
        *(
            gr.Button(offered[rank], visible=True)
            if rank < len(offered)
            else gr.Button(visible=False)
            for rank in range(EXAMPLES)
        ),
    ]


def filter_lists(present: Sequence[Document], chosen: Sequence[Any]) -> list[Any]:
    """The lists of the filters for the documents there are now; what was chosen is kept."""
    updates = []
    for field, values in zip(LABELS, chosen, strict=False):
        offered = field_choices(field, present)
        known = {value for _, value in offered}
        updates.append(
            gr.Dropdown(choices=offered, value=[one for one in values or () if one in known])
        )
    years = year_choices(present)
    return [
        *updates,
        *(gr.Dropdown(choices=years, value=year or "") for year in chosen[len(LABELS) :]),
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
    if status.get("damaged"):
        parts.append(
            "index précédent, le dernier étant endommagé"
            if status.get("generation")
            else "index endommagé, à reconstruire"
        )
    state = "prêt" if assistant.ready else "chargement du modèle…"
    return fragment(
        f"<p class='etat'><span>{text(' · '.join(parts))}</span>"
        f"<span class='temoin {'pret' if assistant.ready else 'attente'}'>{state}</span></p>"
    )
