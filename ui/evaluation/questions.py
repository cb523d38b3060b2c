"""« Questions »: write and correct the questions of a set, with the page beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.language.typography import NBSP, typeset
from eval.desk import EvaluationDesk
from eval.gold_check import check_gold
from eval.question_rules import QuestionInvalidError, checked
from eval.sets import KINDS, Question
from ui.conversations import said, told
from ui.evaluation.question_form import (
    NO_DOCUMENT,
    documents_of,
    form_fields,
    form_of,
    values_of,
)
from ui.evaluation.runs import QUIET, chosen_of, set_choices
from ui.evaluation.views import findings_html
from ui.panel import html_panel
from ui.rendering import fragment, plural, text

EMPTY_PANEL = fragment(
    "<h2 class='titre-panneau'>Dans le corpus</h2><p class='discret'>Ce que la page contient des "
    "faits attendus s’affichera ici, et la page elle-même.</p>"
)

SUPPLIED = fragment(
    f"<p class='discret'>Ce jeu est fourni avec le logiciel{NBSP}: il ne se modifie pas. Pour y "
    f"ajouter vos questions, copiez-le d’abord («{NBSP}Créer, copier ou supprimer un jeu{NBSP}», "
    "plus haut).</p>"
)
"""Stands where the buttons that write would be."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The components of the part."""

    set: gr.Dropdown
    new_name: gr.Textbox
    create: gr.Button
    copy: gr.Button
    delete_set: gr.Button
    confirm_row: gr.Row
    confirm: gr.Button
    cancel: gr.Button
    links: gr.Markdown
    count: gr.Markdown
    question: gr.Radio
    fields: tuple[Any, ...]
    add: gr.Button
    save: gr.Button
    remove: gr.Button
    check: gr.Button
    told: gr.Markdown
    findings: gr.Markdown
    supplied: gr.Markdown
    seen: gr.State

    @property
    def listed(self) -> list[Any]:
        """In the order of `listing`."""
        return [
            *(self.count, self.question, self.links, self.save, self.remove, self.delete_set),
            *(self.add, self.supplied),
        ]


def build_questions(desk: EvaluationDesk) -> Questions:
    """Lay the part out."""
    with gr.Row(elem_classes="colonnes"):
        with gr.Column(scale=7, min_width=320):
            with gr.Row(elem_id="jeu-choix"):
                set_name = gr.Dropdown(set_choices(desk), label="Jeu", elem_id="jeu")
            with gr.Accordion(
                "Créer, copier ou supprimer un jeu", open=False, elem_id="jeu-outils"
            ):
                new_name = gr.Textbox(
                    label="Nom du nouveau jeu",
                    info="Lettres, chiffres et tirets.",
                    max_lines=1,
                    max_length=40,
                    elem_id="jeu-nom",
                )
                with gr.Row(elem_classes="boutons"):
                    create = gr.Button("Créer un jeu vide", elem_id="jeu-creer")
                    copy = gr.Button("Copier le jeu choisi", elem_id="jeu-copier")
                    delete_set = gr.Button("Supprimer le jeu choisi…", visible=False)
                with gr.Row(visible=False, elem_classes="boutons") as confirm_row:
                    html_panel(
                        fragment(f"<p>Supprimer ce jeu et ses questions, pour de bon{NBSP}?</p>")
                    )
                    confirm = gr.Button("Supprimer le jeu", variant="stop")
                    cancel = gr.Button("Annuler")
            links = html_panel("", elem_id="jeu-echanges")
            count = html_panel("", elem_id="jeu-compte")
            question = gr.Radio([], label="Questions du jeu", elem_id="jeu-question")
            with gr.Column(elem_id="question-edition"):
                fields = form_fields(desk)
                with gr.Row(elem_classes="boutons"):
                    add = gr.Button("Ajouter comme nouvelle", variant="primary", visible=False)
                    save = gr.Button(
                        "Corriger la question", visible=False, elem_id="question-garder"
                    )
                    remove = gr.Button("Supprimer la question", visible=False)
                    check = gr.Button("Vérifier dans le corpus", elem_id="question-verifier")
                supplied = html_panel("", elem_id="question-fourni")
                message = html_panel("", elem_id="question-retour")
        with gr.Column(scale=4, min_width=320, elem_id="panneau-questions", elem_classes="panneau"):
            findings = html_panel(EMPTY_PANEL, elem_id="question-constats")
    return Questions(
        *(set_name, new_name, create, copy, delete_set, confirm_row, confirm, cancel, links, count),
        *(question, fields, add, save, remove, check, message, findings, supplied, gr.State(None)),
    )


def listing(desk: EvaluationDesk, name: str | None, chosen: str | None = None) -> list[Any]:
    """The questions of a set, as `Questions.listed`."""
    hidden = [*[gr.Button(visible=False)] * 4, ""]
    if not name:
        return ["", gr.Radio([], value=None), "", *hidden]
    try:
        own, found = desk.sets.is_own(name), desk.sets.read(name)
    except AssistantError as error:
        return [told(error), gr.Radio([], value=None), "", *hidden]
    choices = [(f"{one.question} — {KINDS.get(one.kind, one.kind)}", one.id) for one in found]
    about = (
        ""
        if own
        else (" Ce jeu est fourni : il se copie, sans se modifier. Sa moitié « test » est cachée.")
    )
    value = chosen if chosen in {one.id for one in found} else None
    return [
        fragment(
            f"<p class='discret' role='status'>{plural(len(found), 'question')}."
            f"{text(typeset(about))}</p>"
        ),
        gr.Radio(choices, value=value),
        exchange_html(name, own=own),
        gr.Button(visible=own and value is not None),
        gr.Button(visible=own and value is not None),
        gr.Button(visible=own),
        gr.Button(visible=own),
        "" if own else SUPPLIED,
    ]


def exchange_html(name: str, *, own: bool) -> str:
    """Links that save a set, and the one that reads a table into it (`evaluation.js`)."""
    links = "".join(
        f"<li><a href='/v1/jeux/{name}/export?format={one}'>Exporter ({label})</a></li>"
        for one, label in (("xlsx", "Excel, XLSX"), ("csv", "CSV"))
    )
    if own:
        links += f"<li><a class='importer' href='#importer:{name}'>Importer un tableau</a></li>"
    return fragment(f"<ul class='liens'>{links}</ul>")


def findings_of(desk: EvaluationDesk, values: dict[str, Any]) -> str:
    """The question compared with the corpus.

    Raises:
        QuestionInvalidError: it is not a question yet.
    """
    question = checked({**values, "id": "x", "split": values.get("split") or "dev"})
    return findings_html(check_gold(question, desk.engine))


def wire_questions(desk: EvaluationDesk, part: Questions, tab: gr.Tab, command: gr.Textbox) -> None:
    """Give the part its actions; `command` says that a table has been read in."""
    whole = [part.set, *part.listed]
    after = [part.told, part.findings, *part.listed, *part.fields, part.seen]

    def opened(name: str | None, chosen: str | None) -> list[Any]:
        sets = set_choices(desk)
        kept = chosen_of(sets, name)
        return [gr.Dropdown(sets, value=kept), *listing(desk, kept, chosen)]

    tab.select(opened, [part.set, part.question], whole, **QUIET)
    tab.select(
        lambda file: gr.Dropdown(documents_of(desk), value=file or NO_DOCUMENT),
        part.fields[3],
        part.fields[3],
        **QUIET,
    )
    command.change(opened, [part.set, part.question], whole, **QUIET)

    def other_set(name: str | None) -> list[Any]:
        return ["", EMPTY_PANEL, *listing(desk, name), *form_of(None), None]

    part.set.input(other_set, part.set, after, **QUIET)

    def read(name: str | None, chosen: str | None) -> list[Any]:
        try:
            question = desk.sets.get(name or "", chosen or "")
            found = findings_html(check_gold(question, desk.engine))
            own = desk.sets.is_own(name or "")
        except AssistantError as error:
            return [told(error), EMPTY_PANEL, *[gr.skip()] * len(part.listed), *form_of(None), None]
        updates = [gr.skip(), gr.skip(), gr.skip(), gr.Button(visible=own), gr.Button(visible=own)]
        return ["", found, *updates, *[gr.skip()] * 3, *form_of(question), question]

    part.question.input(read, [part.set, part.question], after, **QUIET)

    def write(name: str | None, seen: Question | None, *typed: Any) -> list[Any]:
        still = [gr.skip()] * (len(part.listed) + len(part.fields) + 1)
        try:
            if not name or not desk.sets.is_own(name):
                raise QuestionInvalidError(
                    "Ce jeu est fourni avec le logiciel : il ne se modifie pas.",
                    "Copiez-le, ou créez un jeu, puis ajoutez-y la question.",
                )
            values = values_of(*typed)
            if seen is not None:
                values |= {"source": seen.source, "standalone": seen.standalone}
            kept = desk.sets.put(
                name, values, replacing=seen.id if seen is not None else None, seen=seen
            )
        except AssistantError as error:
            return [told(error), gr.skip(), *still]
        done = f"Question {'corrigée' if seen is not None else 'ajoutée'} au jeu « {name} »."
        found = findings_html(check_gold(kept, desk.engine))
        return [said(done), found, *listing(desk, name, kept.id), *form_of(kept), kept]

    part.add.click(
        lambda name, *typed: write(name, None, *typed), [part.set, *part.fields], after, **QUIET
    )
    part.save.click(write, [part.set, part.seen, *part.fields], after, **QUIET)

    def remove(name: str | None, seen: Question | None) -> list[Any]:
        try:
            if name and seen is not None:
                desk.sets.remove(name, seen.id)
        except AssistantError as error:
            return [told(error), *[gr.skip()] * (len(after) - 1)]
        return [
            said("Question supprimée."),
            EMPTY_PANEL,
            *listing(desk, name),
            *form_of(None),
            None,
        ]

    part.remove.click(remove, [part.set, part.seen], after, **QUIET)

    def check(*typed: Any) -> list[Any]:
        try:
            return ["", findings_of(desk, values_of(*typed))]
        except AssistantError as error:
            return [told(error), gr.skip()]

    part.check.click(check, list(part.fields), [part.told, part.findings], **QUIET)
    _wire_sets(desk, part, whole, after)


def _wire_sets(desk: EvaluationDesk, part: Questions, whole: list[Any], after: list[Any]) -> None:
    def create(new_name: str, copied: str | None) -> list[Any]:
        try:
            name = desk.sets.create(new_name or "", desk.sets.read(copied) if copied else ())
        except AssistantError as error:
            return [told(error), *[gr.skip()] * len(whole), gr.skip()]
        sets = set_choices(desk)
        message = said(f"Jeu « {name} » créé.")
        return [message, gr.Dropdown(sets, value=name), *listing(desk, name), ""]

    outputs = [part.told, *whole, part.new_name]
    part.create.click(lambda name: create(name, None), part.new_name, outputs, **QUIET)
    part.copy.click(create, [part.new_name, part.set], outputs, **QUIET)
    part.delete_set.click(lambda: gr.Row(visible=True), None, part.confirm_row, **QUIET)
    part.cancel.click(lambda: gr.Row(visible=False), None, part.confirm_row, **QUIET)

    def delete(name: str | None) -> list[Any]:
        message = said("Jeu supprimé.")
        try:
            if name:
                desk.sets.delete(name)
        except AssistantError as error:
            message = told(error)
        sets = set_choices(desk)
        kept = chosen_of(sets, name)
        return [
            gr.Row(visible=False),
            gr.Dropdown(sets, value=kept),
            message,
            EMPTY_PANEL,
            *listing(desk, kept),
            *form_of(None),
            None,
        ]

    part.confirm.click(delete, part.set, [part.confirm_row, part.set, *after], **QUIET)
