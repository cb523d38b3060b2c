"""Correct what is said of a document, say which version it replaces, take it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import gradio as gr

from assistant.describing import Said, checked
from assistant.errors import AssistantError
from assistant.index.descriptions import FIELDS
from assistant.ingestion.places import REGIONS
from assistant.language.typography import NBSP, typeset
from assistant.model import KIND_LABELS, Document
from ui.conversations import said, told
from ui.corpus.desk import CorpusDesk
from ui.panel import html_panel
from ui.rendering import Fragment, fragment, french_date, plural, text

MAX_VALUE: Final = 300
OLDER, NEWER = "remplace", "remplace_par"
LABELS: Final[Mapping[str, str]] = {
    "title": "Titre",
    "publisher": "Éditeur",
    "kind": "Type",
    "region": "Région",
    "date": "Date",
    "version": "Version",
}
HINTS: Final[Mapping[str, str]] = {"date": "2025, 07/2025 ou 08/07/2025."}


@dataclass(frozen=True, slots=True)
class Editing:
    """The components that change one document.

    Attributes:
        whole: what holds them, for whoever manages the corpus.
        body: the same, there once a document is chosen.
        fields: one a field of `FIELDS`, in that order.
    """

    whole: gr.Column
    body: gr.Column
    fields: list[Any]
    save: gr.Button
    forget: gr.Button
    cut_older: gr.Button
    cut_newer: gr.Button
    relation: gr.Radio
    other: gr.Dropdown
    link: gr.Button
    remove: gr.Button
    confirm_row: gr.Column
    asked: gr.Markdown
    confirm: gr.Button
    cancel: gr.Button
    told: gr.Markdown

    @property
    def components(self) -> list[Any]:
        """In the order of `filled`."""
        return [
            *(self.body, *self.fields, self.forget, self.cut_older, self.cut_newer),
            *(self.other, self.confirm_row),
        ]


def build_editing() -> Editing:
    """Lay the part out; empty until a document is chosen."""
    with gr.Column(elem_id="corpus-modifier", visible=False) as whole:
        answer = html_panel("", elem_id="corpus-retour")
        with gr.Column(visible=False, elem_classes="corpus-outils") as body:
            with gr.Accordion("Corriger la description", open=False, elem_id="corpus-description"):
                fields = [_field(name) for name in FIELDS]
                with gr.Row(elem_classes="boutons"):
                    save = gr.Button("Enregistrer", variant="primary", elem_id="corpus-enregistrer")
                    forget = gr.Button(
                        "Revenir à ce qui a été lu", visible=False, elem_id="corpus-oublier"
                    )
            with gr.Accordion("Versions", open=False, elem_id="corpus-versions"):
                cut_older = gr.Button("", visible=False, elem_id="corpus-separer-ancien")
                cut_newer = gr.Button("", visible=False, elem_id="corpus-separer-recent")
                relation = gr.Radio(
                    [("remplace", OLDER), ("est remplacé par", NEWER)],
                    value=OLDER,
                    label="Ce document",
                    elem_id="corpus-relation",
                )
                other = gr.Dropdown([], label="Autre document", elem_id="corpus-autre")
                link = gr.Button("Relier", elem_id="corpus-relier")
            remove = gr.Button("Retirer du corpus…", elem_id="corpus-retirer")
            with gr.Column(
                visible=False, elem_id="corpus-confirmer", elem_classes="a-confirmer"
            ) as confirm_row:
                asked = html_panel("")
                with gr.Row(elem_classes="boutons"):
                    confirm = gr.Button(
                        "Retirer ce document", variant="stop", elem_id="corpus-retirer-oui"
                    )
                    cancel = gr.Button("Annuler", elem_id="corpus-retirer-non")
    return Editing(
        *(whole, body, fields, save, forget, cut_older, cut_newer, relation, other, link),
        *(remove, confirm_row, asked, confirm, cancel, answer),
    )


def _field(name: str) -> Any:
    label, where = LABELS[name], f"corpus-champ-{name}"
    if name == "kind":
        kinds = [(label_, key) for key, label_ in KIND_LABELS.items()]
        return gr.Dropdown(kinds, label=label, elem_id=where)
    if name == "region":
        return gr.Dropdown(
            [("Aucune", ""), *((region, region) for region, _ in REGIONS)],
            label=label,
            allow_custom_value=True,
            elem_id=where,
        )
    lines = 3 if name == "title" else 1
    return gr.Textbox(
        label=label,
        info=HINTS.get(name),
        lines=1,
        max_lines=lines,
        max_length=MAX_VALUE,
        elem_id=where,
    )


def blank() -> list[Any]:
    """New state of `Editing.components` without a document."""
    fields = [gr.skip()] * len(FIELDS)
    return [
        *(gr.Column(visible=False), *fields, gr.skip(), gr.skip(), gr.skip()),
        *(gr.skip(), gr.Column(visible=False)),
    ]


def filled(document: Document, origin: Said | None, documents: Sequence[Document]) -> list[Any]:
    """New state of `Editing.components` for a document."""
    known, user = asdict(document.metadata), origin.user if origin else {}
    titles = {one.id: _named(one) for one in documents}
    fields = [
        # Not a component: it would check the value against choices that it does not have.
        gr.update(
            value=_typed(name, known[name]),
            info=_info(name, origin) if name in user else HINTS.get(name),
        )
        for name in FIELDS
    ]
    others = [
        (label, key)
        for key, label in sorted(titles.items(), key=lambda item: item[1].casefold())
        if key != document.id
    ]
    return [
        gr.Column(visible=True),
        *fields,
        gr.Button(visible=bool(user)),
        _cutting("Ne remplace plus", document.supersedes, titles),
        _cutting("N’est plus remplacé par", document.superseded_by, titles),
        gr.Dropdown(others, value=None),
        gr.Column(visible=False),
    ]


def _named(document: Document) -> str:
    date = french_date(document.metadata.date)
    return f"{document.metadata.title} ({', '.join(filter(None, (document.file, date)))})"


def _typed(name: str, value: str | None) -> str:
    """A value as a person types it: a date the French way."""
    if name == "date" and value and value.count("-"):
        return "/".join(reversed(value.split("-")))
    return value or ""


def _info(name: str, origin: Said | None) -> str:
    """« Indiqué par vous. Lu dans le document : … »."""
    assert origin is not None
    read = _typed(name, asdict(origin.read)[name])
    if name == "kind":
        read = KIND_LABELS.get(read, read)
    known = "Selon la liste des sources" if name in origin.source else "Lu dans le document"
    return f"Indiqué par vous. {known}{NBSP}: {read or 'rien'}."


def _cutting(label: str, other: str | None, titles: Mapping[str, str]) -> Any:
    if not other or other not in titles:
        return gr.Button(visible=False)
    return gr.Button(f"{label} «{NBSP}{titles[other]}{NBSP}»", visible=True)


# --- What is done ----------------------------------------------------------------------------


def saved(desk: CorpusDesk, document_id: str, values: Mapping[str, str]) -> tuple[Fragment, bool]:
    """Keep what the user says of a document.

    Args:
        desk: what stands behind the tab.
        document_id: the document.
        values: all the fields of the form, by name.

    Returns:
        What is said of it, and whether the document changed.
    """
    try:
        library = desk.managed()
        origin = desk.said(document_id)
        clean = {name: checked(name, value or "") for name, value in values.items()}
        kept = origin.kept(clean) if origin else clean
        if origin and kept == dict(origin.user):
            return said("Rien n’a changé."), False
        done = library.describe(document_id, kept, clear=True)
    except AssistantError as error:
        return told(error), False
    if done.stale:
        return said("Description enregistrée. Le nouveau titre entre dans l’index."), True
    return said("Description enregistrée."), True


def forgotten(desk: CorpusDesk, document_id: str) -> tuple[Fragment, bool]:
    """Forget all that the user said of a document."""
    try:
        desk.managed().describe(document_id, {}, clear=True)
    except AssistantError as error:
        return told(error), False
    return said("La description est celle qui a été lue dans le document."), True


def linked(
    desk: CorpusDesk, document_id: str, relation: str, other: str | None, *, cut: bool = False
) -> tuple[Fragment, bool]:
    """Say that a document replaces another or is replaced by it, or that the two are apart."""
    try:
        library = desk.managed()
        if not other:
            return said("Choisissez l’autre document.", alert=True), False
        pair = (other, document_id) if relation == OLDER else (document_id, other)
        library.link(*pair, cut=cut)
    except AssistantError as error:
        return told(error), False
    return said("Les documents sont séparés." if cut else "Les documents sont reliés."), True


def removal_html(document: Document, deposited: Sequence[str], kept: Sequence[str]) -> Fragment:
    """What will happen if a document is taken out.

    Args:
        document: the document.
        deposited: names of its files that were deposited here: they are erased.
        kept: names of its files that stand in a folder of this machine: they stay.
    """
    effects = [
        "Plus aucune réponse ne s’appuiera sur lui.",
        "Les conversations et les fiches qui le citent restent ; leurs extraits tirés de ce "
        "document seront signalés « à revérifier », et ses pages ne s’ouvriront plus.",
        *(f"Le fichier « {name} » est effacé de ce serveur." for name in deposited),
        *(
            f"Le fichier « {name} » reste dans son dossier, mais n’est plus lu. Pour remettre le "
            "document, ajoutez ce fichier de nouveau."
            for name in kept
        ),
    ]
    items = "".join(f"<li>{text(typeset(one))}</li>" for one in effects)
    return fragment(
        f"<div role='alert'><p><b>Retirer «{NBSP}{text(document.metadata.title)}{NBSP}» "
        f"({plural(document.page_count, 'page')}){typeset(' ?')}</b></p><ul>{items}</ul></div>"
    )
