"""The list of documents and, beside it, the one that is chosen."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import gradio as gr

from assistant.errors import AssistantError, DocumentNotFoundError
from assistant.index.descriptions import FIELDS
from assistant.language.typography import NBSP
from assistant.library.model import Job
from assistant.model import Document
from ui.asking import UNEXPECTED
from ui.conversations import said, told
from ui.corpus import editing
from ui.corpus.desk import CorpusDesk
from ui.corpus.detail import NOTHING, detail_html
from ui.corpus.editing import Editing, build_editing
from ui.corpus.listing import (
    ALL,
    PAGE,
    SORTS,
    chosen,
    kind_choices,
    list_html,
    state_choices,
    summary_html,
)
from ui.corpus.loading import Loading, follow
from ui.panel import html_panel
from ui.rendering import Fragment, fragment

logger = logging.getLogger("assistant.ui")

QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True, slots=True)
class Documents:
    """The components of the part.

    Attributes:
        command: the links of the list speak through it: `corpus.js` writes what they ask.
        opened: identifier of the document beside the list.
        rows: how many rows are drawn.
    """

    summary: gr.Markdown
    search: gr.Textbox
    kind: gr.Dropdown
    state: gr.Dropdown
    sort: gr.Dropdown
    listed: gr.Markdown
    more: gr.Button
    detail: gr.Markdown
    editing: Editing
    command: gr.Textbox
    opened: gr.State
    rows: gr.State

    @property
    def asked(self) -> list[Any]:
        """What chooses the documents listed, in the order that `drawn` takes."""
        return [self.opened, self.search, self.kind, self.state, self.sort, self.rows]

    @property
    def drawn(self) -> list[Any]:
        """In the order of `drawn`."""
        return [self.summary, self.kind, self.state, self.listed, self.more]


def build_documents(desk: CorpusDesk) -> Documents:
    """Lay the part out; filled when the tab is opened."""
    with gr.Row(elem_classes="colonnes", elem_id="corpus-colonnes"):
        with gr.Column(scale=7, min_width=320, elem_id="corpus-registre"):
            summary = html_panel("", elem_id="corpus-resume")
            with gr.Row(elem_id="corpus-filtres"):
                search = gr.Textbox(
                    label="Chercher un document",
                    placeholder="Titre, éditeur, nom du fichier…",
                    max_lines=1,
                    max_length=200,
                    min_width=200,
                    elem_id="corpus-recherche",
                )
                kind = gr.Dropdown(
                    kind_choices([]), value=ALL, label="Type", min_width=150, elem_id="corpus-type"
                )
                state = gr.Dropdown(
                    state_choices([]), value=ALL, label="État", min_width=150, elem_id="corpus-etat"
                )
                sort = gr.Dropdown(
                    [(label, key) for key, label in SORTS.items()],
                    value="titre",
                    label="Trier par",
                    min_width=150,
                    elem_id="corpus-tri",
                )
            listed = html_panel("", elem_id="corpus")
            more = gr.Button("Montrer la suite", visible=False, elem_id="corpus-suite")
        with gr.Column(scale=5, min_width=320, elem_id="panneau-corpus", elem_classes="panneau"):
            detail = html_panel(NOTHING, elem_id="corpus-document")
            form = build_editing()
    command = gr.Textbox(
        "", label="Commande", elem_id="corpus-commande", container=False, show_label=False
    )
    return Documents(
        *(summary, search, kind, state, sort, listed, more, detail, form, command),
        *(gr.State(None), gr.State(PAGE)),
    )


def drawn(
    desk: CorpusDesk,
    opened: str | None,
    search: str,
    kind: str,
    state: str,
    sort: str,
    rows: int,
) -> list[Any]:
    """New state of `Documents.drawn`."""
    documents = desk.documents()
    kinds, states = kind_choices(documents), state_choices(documents)
    kind = kind if kind in {key for _, key in kinds} else ALL
    state = state if state in {key for _, key in states} else ALL
    found = chosen(documents, search or "", kind, state, sort)
    titles = {one.id: one.metadata.title for one in documents}
    return [
        summary_html(documents, managed=desk.library is not None),
        gr.Dropdown(kinds, value=kind),
        gr.Dropdown(states, value=state),
        list_html(found, len(documents), rows, opened, titles),
        gr.Button(f"Montrer la suite ({len(found) - rows})", visible=len(found) > rows),
    ]


def document_html(desk: CorpusDesk, document: Document, documents: list[Document]) -> Fragment:
    """What is shown of one document."""
    titles = {one.id: one.metadata.title for one in documents}
    groups = desk.restricted_to(document)
    restricted = f"Réservé aux groupes{NBSP}: {', '.join(groups)}." if groups else ""
    return detail_html(
        document, desk.coverage(document.id), desk.said(document.id), titles, restricted
    )


def opening(desk: CorpusDesk, document_id: str | None) -> list[Any]:
    """The document beside the list, then `Editing.components`; nothing when it is gone."""
    if not document_id:
        return [NOTHING, *editing.blank()]
    try:
        document = desk.assistant.document(document_id)
        documents = desk.documents()
        shown = document_html(desk, document, documents)
        return [shown, *editing.filled(document, desk.said(document_id), documents)]
    except AssistantError as error:
        return [told(error), *editing.blank()]


def wire_documents(
    desk: CorpusDesk, part: Documents, loading: Loading, changed: gr.State, tabs: list[gr.Tab]
) -> None:
    """Give the part its actions; `tabs` draw it when they are opened."""
    form = part.editing
    beside = [part.detail, *form.components]

    def refreshed(*asked: Any) -> list[Any]:
        """The list again, and the document beside it without what is being typed of it."""
        opened = asked[0]
        still = [gr.skip()] * len(beside)
        if not opened:
            return [*drawn(desk, *asked), opened, gr.skip(), *still]
        try:
            document = desk.assistant.document(opened)
        except DocumentNotFoundError:
            message = said("Le document est retiré du corpus.")
            return [*drawn(desk, None, *asked[1:]), None, message, NOTHING, *editing.blank()]
        shown = document_html(desk, document, desk.documents())
        return [*drawn(desk, *asked), opened, gr.skip(), shown, *still[1:]]

    for event in (*(tab.select for tab in tabs), changed.change):
        event(refreshed, part.asked, [*part.drawn, part.opened, form.told, *beside], **QUIET)

    def narrowed(*asked: Any) -> list[Any]:
        opened, search, kind, state, sort, _ = asked
        return [*drawn(desk, opened, search, kind, state, sort, PAGE)[3:], PAGE]

    # Words pasted with the mouse, or dictated, press no key: Gradio's « input » does not hear them.
    chosen = (one.input for one in (part.kind, part.state, part.sort))
    for asked_for in (part.search.change, *chosen):
        asked_for(
            narrowed,
            part.asked,
            [part.listed, part.more, part.rows],
            trigger_mode="always_last",
            **QUIET,
        )

    def further(*asked: Any) -> list[Any]:
        opened, search, kind, state, sort, rows = asked
        rows += PAGE
        return [*drawn(desk, opened, search, kind, state, sort, rows)[3:], rows]

    part.more.click(further, part.asked, [part.listed, part.more, part.rows], **QUIET)

    def obey(command: str, *asked: Any) -> list[Any]:
        """Do what a link asks: « ouvrir:ID#4 »; what follows the sharp only makes it new."""
        name, _, value = (command or "").rpartition("#")[0].partition(":")
        opened = unquote(value) if name == "ouvrir" else None
        return [drawn(desk, opened, *asked[1:])[3], opened, "", *opening(desk, opened)]

    part.command.change(
        obey,
        [part.command, *part.asked],
        [part.listed, part.opened, form.told, *beside],
        **QUIET,
    )
    _wire_editing(desk, part, loading, changed)


Deed = Callable[..., tuple[Fragment, bool]]


def _wire_editing(desk: CorpusDesk, part: Documents, loading: Loading, changed: gr.State) -> None:
    form = part.editing
    outputs = [form.told, part.detail, *form.components, *loading.followed, changed]

    def doing(deed: Deed) -> Callable[..., list[Any]]:
        """Do something to the document beside the list, and show it as it then is."""

        def done(document_id: str | None, following: str, *values: Any) -> list[Any]:
            still = [gr.skip()] * (1 + len(form.components))
            if not document_id:
                return ["", *still, *follow(desk, following)]
            try:
                message, altered = deed(desk, document_id, *values)
            except Exception:
                logger.exception("Erreur inattendue sur un document du corpus")
                return [told(UNEXPECTED), *still, *follow(desk, following)]
            shown = opening(desk, document_id) if altered else still
            return [message, *shown, *follow(desk, following, changed=altered)]

        return done

    who = [part.opened, loading.following]
    form.save.click(
        doing(
            lambda desk, one, *values: editing.saved(
                desk, one, dict(zip(FIELDS, values, strict=True))
            )
        ),
        [*who, *form.fields],
        outputs,
        **QUIET,
    )
    form.forget.click(doing(editing.forgotten), who, outputs, **QUIET)
    form.link.click(doing(editing.linked), [*who, form.relation, form.other], outputs, **QUIET)

    def cut_from(relation: str) -> Deed:
        def cut(desk: CorpusDesk, document_id: str) -> tuple[Fragment, bool]:
            try:
                document = desk.assistant.document(document_id)
            except AssistantError as error:
                return told(error), False
            other = document.supersedes if relation == editing.OLDER else document.superseded_by
            return editing.linked(desk, document_id, relation, other, cut=True)

        return cut

    form.cut_older.click(doing(cut_from(editing.OLDER)), who, outputs, **QUIET)
    form.cut_newer.click(doing(cut_from(editing.NEWER)), who, outputs, **QUIET)

    def asked(document_id: str | None) -> list[Any]:
        try:
            desk.managed()
            document = desk.assistant.document(document_id or "")
        except AssistantError as error:
            return [gr.Column(visible=False), fragment(""), told(error)]
        return [
            gr.Column(visible=True),
            editing.removal_html(document, *desk.places(document.id)),
            "",
        ]

    form.remove.click(asked, part.opened, [form.confirm_row, form.asked, form.told], **QUIET)
    form.cancel.click(lambda: gr.Column(visible=False), None, form.confirm_row, **QUIET)

    def remove(document_id: str | None, following: str) -> list[Any]:
        job: Job | None = None
        message: Fragment | str = ""
        try:
            if document_id:
                job = desk.managed().remove(document_id)
                message = said("Retrait en cours…")
        except AssistantError as error:
            message = told(error)
        return [
            *(message, gr.Column(visible=False)),
            *follow(desk, job.id if job else following),
        ]

    form.confirm.click(
        remove,
        [part.opened, loading.following],
        [form.told, form.confirm_row, *loading.followed, changed],
        **QUIET,
    )
