"""Conversations of the « Question » tab: kept, found again, judged, exported, deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.conversations.models import (
    MAX_COMMENT,
    MAX_TITLE,
    ConversationNotFoundError,
    Verdict,
)
from assistant.conversations.store import ConversationStore
from assistant.engine_port import Engine
from assistant.errors import AssistantError
from assistant.language.typography import NBSP, typeset
from ui.panel import html_panel
from ui.rendering import Fragment, fragment, plural, text
from ui.session import Thread, reopened

LISTED = 30
"""Conversations offered at once; a search narrows the others."""

VERDICTS: Mapping[Verdict, str] = {"utile": "Utile", "faux": "Faux", "incomplet": "Incomplet"}
FORMATS: Mapping[str, str] = {
    "docx": "Word (DOCX)",
    "odt": "LibreOffice (ODT)",
    "pdf": "PDF",
    "md": "Markdown",
    "json": "JSON",
}


def listing(store: ConversationStore | None, search: str = "") -> list[tuple[str, str]]:
    """Conversations as (label, identifier), the latest used first.

    Raises:
        StorageError: the disk refuses.
        ConversationsUnreadableError: the file is damaged.
    """
    if store is None:
        return []
    return [
        (
            f"{one.title} ({one.updated.astimezone():%d/%m/%Y %H:%M}, "
            f"{plural(one.count, 'échange')})",
            one.id,
        )
        for one in store.list(search[:200], limit=LISTED)
    ]


def exports_html(thread: Thread) -> str:
    """Links that save the last answer, then the whole conversation."""
    if thread.conversation_id is None or thread.number is None:
        return ""
    base = f"/v1/conversations/{thread.conversation_id}"
    parts = []
    for label, address in (
        ("Cette réponse", f"{base}/tours/{thread.number}/export"),
        ("Toute la conversation", f"{base}/export"),
    ):
        links = "".join(
            f"<li><a href='{address}?format={name}'>{said}"
            f"<span class='hors-ecran'>, {label.lower()}</span></a></li>"
            for name, said in FORMATS.items()
        )
        parts.append(f"<p>{label}{NBSP}:</p><ul>{links}</ul>")
    return fragment(
        f"<details class='exporter'><summary>Exporter</summary>{''.join(parts)}</details>"
    )


def said(message: str, *, alert: bool = False) -> Fragment:
    """One sentence that tells what was done."""
    style = "alerte" if alert else "conforme"
    return fragment(f"<p class='{style}' role='status'>{text(typeset(message))}</p>")


def told(error: AssistantError) -> Fragment:
    """An error under the buttons."""
    return said(f"{error.message} {error.remedy}", alert=True)


@dataclass(frozen=True, slots=True)
class Tools:
    """What comes under an answer: ask as typed, judge, copy, export."""

    as_typed: gr.Button
    row: gr.Row
    verdicts: dict[Verdict, gr.Button]
    comment_row: gr.Row
    comment: gr.Textbox
    send: gr.Button
    told: gr.Markdown
    exports: gr.Markdown
    verdict: gr.State

    @property
    def components(self) -> list[Any]:
        """In the order of `tools_updates`."""
        return [self.as_typed, self.row, self.comment_row, self.told, self.exports]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The list of conversations and what is done to them."""

    search: gr.Textbox
    chosen: gr.Radio
    title: gr.Textbox
    rename: gr.Button
    delete: gr.Button
    confirm_row: gr.Row
    question: gr.Markdown
    confirm: gr.Button
    cancel: gr.Button
    told: gr.Markdown


def build_tools(*, kept: bool) -> Tools:
    """Lay out what comes under an answer; hidden until there is one."""
    as_typed = gr.Button(
        "Poser la question telle quelle",
        size="sm",
        scale=0,
        min_width=80,
        visible=False,
        elem_id="telle-quelle",
        elem_classes=["puce", "large"],
    )
    with gr.Row(elem_id="outils-reponse", elem_classes="puces", visible=False) as row:
        gr.Button(
            "Copier avec citations",
            size="sm",
            scale=0,
            min_width=80,
            elem_id="copier",
            elem_classes=["puce"],
        )
        verdicts = {
            name: gr.Button(
                label,
                size="sm",
                scale=0,
                min_width=60,
                visible=kept,
                elem_id=f"avis-{name}",
                elem_classes=["puce", "avis"],
            )
            for name, label in VERDICTS.items()
        }
        exports = html_panel("", elem_id="exporter")
    with gr.Row(elem_id="avis-commentaire", visible=False) as comment_row:
        comment = gr.Textbox(
            label="Précisions sur votre avis (facultatif)",
            lines=1,
            max_lines=4,
            max_length=MAX_COMMENT,
            scale=3,
            elem_id="commentaire",
        )
        send = gr.Button("Ajouter", size="sm", scale=0, min_width=100, elem_id="commenter")
    answer = html_panel("", elem_id="avis-retour")
    return Tools(
        as_typed, row, verdicts, comment_row, comment, send, answer, exports, gr.State(None)
    )


def tools_updates(thread: Thread, *, answered: bool, understood: bool) -> list[Any]:
    """New state of `Tools.components`.

    Args:
        thread: what the tab shows.
        answered: whether an answer is on the screen, rather than a wait or an error.
        understood: whether its question was completed.
    """
    return [
        gr.update(visible=answered and understood),
        gr.update(visible=answered),
        gr.update(visible=False),
        "",
        exports_html(thread) if answered else "",
    ]


def build_shelf(store: ConversationStore | None) -> Shelf:
    """Lay the list of conversations out; absent when none is kept."""
    with gr.Accordion(
        "Conversations", open=False, elem_id="conversations", visible=store is not None
    ):
        search = gr.Textbox(
            label="Chercher dans les conversations", max_lines=1, elem_id="conversations-recherche"
        )
        chosen = gr.Radio([], label="Reprendre une conversation", elem_id="conversations-liste")
        with gr.Row():
            title = gr.Textbox(
                label="Titre de la conversation ouverte",
                max_lines=1,
                max_length=MAX_TITLE,
                scale=3,
                elem_id="conversation-titre",
            )
            rename = gr.Button(
                "Renommer", size="sm", scale=0, min_width=110, elem_id="conversation-renommer"
            )
            delete = gr.Button(
                "Supprimer", size="sm", scale=0, min_width=110, elem_id="conversation-supprimer"
            )
        with gr.Row(
            visible=False, elem_id="conversation-confirmer", elem_classes="a-confirmer"
        ) as confirm_row:
            asked = html_panel("")
            confirm = gr.Button(
                "Supprimer définitivement",
                size="sm",
                variant="stop",
                scale=0,
                min_width=140,
                elem_id="conversation-oui",
            )
            cancel = gr.Button(
                "Annuler", size="sm", scale=0, min_width=100, elem_id="conversation-non"
            )
        answer = html_panel("", elem_id="conversations-retour")
    return Shelf(search, chosen, title, rename, delete, confirm_row, asked, confirm, cancel, answer)


def shelf_update(store: ConversationStore | None, thread: Thread, search: str = "") -> Any:
    """The list, with the open conversation marked; empty when it cannot be read."""
    try:
        items = listing(store, search)
    except AssistantError:
        items = []
    ids = {identifier for _, identifier in items}
    marked = thread.conversation_id if thread.conversation_id in ids else None
    return gr.update(choices=items, value=marked)


def searched(store: ConversationStore | None, thread: Thread, search: str) -> list[Any]:
    """The list, and what is said when nothing in it was found."""
    found = shelf_update(store, thread, search)
    nothing = search and not found["choices"]
    return [found, said("Aucune conversation ne contient ces mots.") if nothing else ""]


def title_update(store: ConversationStore | None, thread: Thread, before: Thread) -> Any:
    """The title of a conversation that has just begun; what is being typed is left alone."""
    if store is None or thread.conversation_id in {None, before.conversation_id}:
        return gr.skip()
    try:
        return store.get(_open(thread), last=0).title
    except AssistantError:
        return gr.skip()


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the tab gives to the conversations, to show and to ask.

    Attributes:
        thread: holds the `Thread`.
        remembered: identifier of the conversation that this browser had open.
        outputs: what `show` fills.
        show: what to put in `outputs` for a thread, blank or reopened.
        new: the button that begins a conversation.
        load: runs a function when the page opens.
    """

    thread: gr.State
    remembered: gr.BrowserState
    outputs: list[Any]
    show: Callable[[Thread], list[Any]]
    new: gr.Button
    load: Callable[..., Any]


def wire_tools(tools: Tools, store: ConversationStore | None, thread: gr.State) -> None:
    """Make the buttons under an answer keep the opinion of the reader."""
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

    def judging(verdict: Verdict) -> Callable[[Thread], list[Any]]:
        def judge(current: Thread) -> list[Any]:
            message = _judged(store, current, verdict, "")
            return [message, gr.Row(visible="conforme" in message), verdict, ""]

        return judge

    def comment(current: Thread, verdict: Verdict | None, written: str) -> list[Any]:
        if verdict is None:
            return [gr.skip(), gr.skip()]
        message = _judged(store, current, verdict, written or "")
        return [message, gr.Row(visible="conforme" not in message)]

    outputs = [tools.told, tools.comment_row, tools.verdict, tools.comment]
    for verdict, button in tools.verdicts.items():
        button.click(judging(verdict), thread, outputs, **quiet)
    inputs = [thread, tools.verdict, tools.comment]
    tools.send.click(comment, inputs, outputs[:2], **quiet)
    tools.comment.submit(comment, inputs, outputs[:2], **quiet)


def _judged(store: ConversationStore | None, thread: Thread, verdict: Verdict, comment: str) -> str:
    if store is None or thread.conversation_id is None or thread.number is None:
        return said("Cette réponse n’est pas enregistrée : l’avis ne peut pas l’être.", alert=True)
    try:
        store.put_feedback(thread.conversation_id, thread.number, verdict, comment)
    except AssistantError as error:
        return told(error)
    return said(f"Avis enregistré : {VERDICTS[verdict].lower()}. Merci.")


def wire_shelf(
    shelf: Shelf, store: ConversationStore | None, assistant: Engine, wiring: Wiring
) -> None:
    """Make the list open, rename and delete conversations."""
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    everything = [*wiring.outputs, shelf.title, shelf.told]

    def start(search: str) -> list[Any]:
        blank = Thread()
        return [*wiring.show(blank), "", "", shelf_update(store, blank, search or "")]

    wiring.new.click(start, shelf.search, [*everything, shelf.chosen], **quiet)
    if store is None:
        return

    def reopen(conversation_id: str | None) -> list[Any]:
        untouched = [gr.skip()] * len(wiring.outputs)
        if not conversation_id:
            return [*untouched, gr.skip(), gr.skip()]
        try:
            thread = reopened(store, assistant, conversation_id)
            title = store.get(conversation_id, last=0).title
        except AssistantError as error:
            return [*untouched, gr.skip(), told(error)]
        return [*wiring.show(thread), title, ""]

    def again(conversation_id: str | None, search: str) -> list[Any]:
        """What the browser had open, when the page opens; nothing is said if it is gone."""
        try:
            thread = reopened(store, assistant, conversation_id or "")
            title = store.get(_open(thread), last=0).title
        except AssistantError:
            untouched = [gr.skip()] * (len(wiring.outputs) + 2)
            return [*untouched, shelf_update(store, Thread(), search or "")]
        return [*wiring.show(thread), title, "", shelf_update(store, thread, search or "")]

    def rename(current: Thread, title: str, search: str) -> list[Any]:
        try:
            store.rename(_open(current), title or "")
            message = said("La conversation est renommée.")
        except AssistantError as error:
            message = told(error)
        return [shelf_update(store, current, search or ""), message]

    def asked(current: Thread) -> list[Any]:
        try:
            found = store.get(_open(current), last=0)
        except AssistantError as error:
            return [gr.Row(visible=False), "", told(error)]
        question = fragment(
            f"<p role='alert'>Supprimer «{NBSP}{text(found.title)}{NBSP}», ses réponses et vos "
            f"avis{NBSP}? Rien n’en restera.</p>"
        )
        return [gr.Row(visible=True), question, ""]

    def delete(current: Thread, search: str) -> list[Any]:
        try:
            store.delete(_open(current))
            message = said("La conversation est supprimée.")
        except AssistantError as error:
            unchanged = [gr.skip()] * len(wiring.outputs)
            return [*unchanged, gr.skip(), told(error), gr.skip(), gr.Row(visible=False)]
        blank = Thread()
        listed = shelf_update(store, blank, search or "")
        return [*wiring.show(blank), "", message, listed, gr.Row(visible=False)]

    shelf.chosen.input(reopen, shelf.chosen, everything, **quiet)
    renaming = ([wiring.thread, shelf.title, shelf.search], [shelf.chosen, shelf.told])
    shelf.rename.click(rename, *renaming, **quiet)
    shelf.title.submit(rename, *renaming, **quiet)
    shelf.delete.click(
        asked, wiring.thread, [shelf.confirm_row, shelf.question, shelf.told], **quiet
    )
    shelf.confirm.click(
        delete,
        [wiring.thread, shelf.search],
        [*everything, shelf.chosen, shelf.confirm_row],
        **quiet,
    )
    shelf.cancel.click(lambda: gr.Row(visible=False), None, shelf.confirm_row, **quiet)
    shelf.search.change(
        lambda current, search: searched(store, current, search or ""),
        [wiring.thread, shelf.search],
        [shelf.chosen, shelf.told],
        trigger_mode="always_last",
        **quiet,
    )
    wiring.load(again, [wiring.remembered, shelf.search], [*everything, shelf.chosen], **quiet)


def _open(thread: Thread) -> str:
    if thread.conversation_id is None:
        raise ConversationNotFoundError(
            "Aucune conversation n’est ouverte.", "Posez une question, ou choisissez-en une."
        )
    return thread.conversation_id
