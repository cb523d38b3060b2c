"""The form of one field: what of it stays, what is chosen, noted, written, said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.fiches.asking import author_name
from assistant.fiches.editing import MAX_CHARS
from assistant.fiches.errors import FicheConflictError
from assistant.fiches.model import Fiche, FicheField
from assistant.language.typography import NBSP, typeset
from ui.conversations import said, told
from ui.fiches import forms
from ui.fiches.desk import NAME_MISSING, Desk, refusal
from ui.fiches.forms import Editing, Form
from ui.fiches.history_view import comments_html, conflict_html
from ui.panel import html_panel
from ui.rendering import fragment, text


@dataclass(frozen=True, slots=True)
class Editor:
    """The components of the form."""

    panel: gr.Column
    title: gr.Markdown
    keep: gr.CheckboxGroup
    windows: gr.CheckboxGroup
    axis: gr.Radio
    functions: gr.CheckboxGroup
    criterion: gr.Dropdown
    level: gr.Radio
    argument: gr.Textbox
    typed: gr.Textbox
    status: gr.Radio
    save_row: gr.Row
    save: gr.Button
    close: gr.Button
    told: gr.Markdown
    alone: gr.Markdown
    alone_command: gr.Textbox
    conflict: gr.Markdown
    conflict_row: gr.Row
    mine: gr.Button
    both: gr.Button
    theirs: gr.Button
    comments: gr.Markdown
    comment: gr.Textbox
    send: gr.Button
    editing: gr.State

    @property
    def form(self) -> list[Any]:
        """Components of a `Form`, in the order of its attributes."""
        return [
            *(self.keep, self.windows, self.axis, self.functions),
            *(self.criterion, self.level, self.argument, self.typed, self.status),
        ]

    @property
    def components(self) -> list[Any]:
        """In the order of `shown`."""
        return [
            *(self.panel, self.title, *self.form, self.save_row, self.told, self.alone),
            *(self.conflict, self.conflict_row, self.comments, self.comment, self.editing),
        ]


def build_editor() -> Editor:
    """Lay the form out; hidden until a field is chosen."""
    with gr.Column(visible=False, elem_id="fiche-edition") as panel:
        title = html_panel("", elem_id="fiche-edition-titre")
        keep = gr.CheckboxGroup([], label="Extraits gardés", elem_id="fiche-extraits")
        windows = gr.CheckboxGroup([], label="Guichets gardés", elem_id="fiche-guichets")
        axis = gr.Radio([], label="Axe retenu", elem_id="fiche-axe")
        functions = gr.CheckboxGroup([], label="Fonctions d’IA retenues", elem_id="fiche-fonctions")
        criterion = gr.Dropdown(
            [],
            label="Critère à noter",
            info="Notez-en plusieurs à la suite\u00a0: un seul enregistrement les garde tous.",
            filterable=False,
            elem_id="fiche-critere",
        )
        level = gr.Radio([], label="Note", elem_id="fiche-note")
        argument = gr.Textbox(
            label="Argument de la note",
            lines=2,
            max_lines=8,
            max_length=MAX_CHARS,
            elem_id="fiche-argument",
        )
        typed = gr.Textbox(
            label="Votre texte",
            info="Une ligne vide sépare deux énoncés. Ce que vous écrivez est marqué «\u00a0saisie"
            "\u00a0»\u00a0: il n’est pas donné pour prouvé.",
            lines=5,
            max_lines=16,
            max_length=MAX_CHARS,
            elem_id="fiche-texte",
        )
        status = gr.Radio(
            forms.statuses(), value=forms.COMPUTED, label="Statut du champ", elem_id="fiche-statut"
        )
        with gr.Row(elem_classes="boutons") as save_row:
            save = gr.Button(
                "Enregistrer",
                variant="primary",
                scale=0,
                min_width=130,
                elem_id="fiche-enregistrer",
            )
            close = gr.Button("Fermer", size="sm", scale=0, min_width=90, elem_id="fiche-fermer")
        alone = html_panel("", elem_id="fiche-seul")
        # What is typed saves itself through it: `fiches.js` writes there which form it means.
        alone_command = gr.Textbox(
            "", label="Commande", elem_id="fiche-seul-commande", container=False, show_label=False
        )
        conflict = html_panel("", elem_id="fiche-conflit")
        with gr.Row(visible=False, elem_classes="boutons") as conflict_row:
            both = gr.Button(
                "Réunir les deux textes",
                variant="primary",
                scale=0,
                min_width=150,
                elem_id="conflit-reunir",
            )
            mine = gr.Button(
                "Enregistrer ma version",
                size="sm",
                scale=0,
                min_width=150,
                elem_id="conflit-mienne",
            )
            theirs = gr.Button(
                "Prendre l’autre version",
                size="sm",
                scale=0,
                min_width=150,
                elem_id="conflit-autre",
            )
        answer = html_panel("", elem_id="fiche-edition-retour")
        comments = html_panel("", elem_id="fiche-commentaires")
        comment = gr.Textbox(
            label="Commentaire sur ce champ",
            lines=1,
            max_lines=6,
            max_length=MAX_CHARS,
            elem_id="fiche-commentaire",
        )
        send = gr.Button("Commenter", size="sm", scale=0, min_width=110, elem_id="fiche-commenter")
    return Editor(
        panel=panel,
        title=title,
        keep=keep,
        windows=windows,
        axis=axis,
        functions=functions,
        criterion=criterion,
        level=level,
        argument=argument,
        typed=typed,
        status=status,
        save_row=save_row,
        save=save,
        close=close,
        told=answer,
        alone=alone,
        alone_command=alone_command,
        conflict=conflict,
        conflict_row=conflict_row,
        mine=mine,
        both=both,
        theirs=theirs,
        comments=comments,
        comment=comment,
        send=send,
        editing=gr.State(None),
    )


def closed() -> list[Any]:
    """New state of `Editor.components` when no field is edited."""
    return [
        *(gr.Column(visible=False), "", *[gr.skip()] * 9, gr.skip(), "", ""),
        *("", gr.Row(visible=False), "", "", None),
    ]


def opened(desk: Desk, fiche: Fiche, key: str, message: str = "", criterion: str = "") -> list[Any]:
    """New state of `Editor.components` for a field.

    Raises:
        FicheNotFoundError: no such field.
        StorageError: the disk refuses.
    """
    from assistant.fiches.editing import field_of

    field = field_of(fiche, key)
    editing = Editing(fiche.id, fiche.revision, field)
    score = next((one for one in field.scores if one.code == criterion), None)
    score = score or (field.scores[0] if field.scores else None)
    editing.sitting.criterion = score.code if score else None
    form = Form(
        keep=[value for _, value in forms.proofs(field)],
        windows=[value for _, value in forms.windows(field)],
        axis=next(iter(forms.chosen(field)), forms.NO_AXIS),
        functions=forms.chosen(field),
        criterion=score.code if score else None,
        level=(score.level or forms.NO_LEVEL) if score else None,
        argument=forms.argument(score) if score else "",
        typed=forms.typed(field),
    )
    return [
        *(gr.Column(visible=True), _title(desk, editing), *_fields(desk, editing, form)),
        *(gr.Row(visible=True), message, "", "", gr.Row(visible=False)),
        *(comments_html(desk.store.comments(fiche.id), key), "", editing),
    ]


def _title(desk: Desk, editing: Editing) -> str:
    field = editing.base
    spec = next((one for one in desk.method.fields if one.key == field.key), None)
    question = field.question if field.status != "documente" else None
    return fragment(
        f"<h2 class='titre-panneau' tabindex='-1' id='{text(editing.mark)}'>Modifier{NBSP}: "
        f"{text(field.label)}</h2>",
        f"<p class='discret'>{text(typeset(spec.help))}</p>" if spec and spec.help else "",
        f"<p>{text(typeset(question))}</p>" if question else "",
    )


def _fields(desk: Desk, editing: Editing, form: Form) -> list[Any]:
    """The components of the form, those that the field has no use for hidden."""
    field = editing.base
    proofs, windows, choices = forms.proofs(field), forms.windows(field), forms.choices(field)
    single = is_single(desk, field)
    score = next((one for one in field.scores if one.code == form.criterion), None)
    return [
        gr.CheckboxGroup(choices=proofs, value=list(form.keep), visible=bool(proofs)),
        gr.CheckboxGroup(choices=windows, value=list(form.windows), visible=bool(windows)),
        gr.Radio(
            choices=[*choices, (forms.UNATTACHED_LABEL, forms.NO_AXIS)],
            value=form.axis,
            visible=bool(choices) and single,
        ),
        gr.CheckboxGroup(
            choices=choices, value=list(form.functions), visible=bool(choices) and not single
        ),
        gr.Dropdown(
            choices=forms.criteria(field), value=form.criterion, visible=bool(field.scores)
        ),
        gr.Radio(
            choices=forms.levels(score, desk.method) if score else [],
            value=form.level,
            visible=score is not None,
        ),
        gr.Textbox(value=form.argument, visible=score is not None),
        gr.Textbox(value=form.typed, visible=True),
        gr.Radio(value=form.status),
    ]


def is_single(desk: Desk, field: FicheField) -> bool:
    """Whether a field retains one choice at most."""
    return any(one.key == field.key and one.kind == "axe" for one in desk.method.fields)


def noted(
    desk: Desk,
    editing: Editing | None,
    criterion: str | None,
    level: str | None,
    argument: str | None,
) -> list[Any]:
    """Scale and argument of the criterion chosen; those of the one left are kept for the save.

    Args:
        desk: the fiches.
        editing: the form that is open.
        criterion: code of the criterion chosen.
        level: note given to the criterion that the form showed.
        argument: what was written of it.
    """
    scores = editing.base.scores if editing else []
    score = next((one for one in scores if one.code == criterion), None)
    if editing is None or score is None:
        return [gr.skip(), gr.skip()]
    sitting = editing.sitting
    with sitting.lock:
        if sitting.criterion != score.code:
            left = Form(criterion=sitting.criterion, level=level, argument=argument or "")
            forms.jot(editing, left)
            sitting.criterion = score.code
        kept = sitting.notes.get(score.code)
    listed = forms.levels(score, desk.method)
    given, why = (kept.level, kept.argument) if kept else (score.level, forms.argument(score))
    return [
        gr.Radio(choices=listed, value=given or forms.NO_LEVEL),
        gr.Textbox(value=why or ""),
    ]


def only_said(message: str) -> list[Any]:
    """Only what is said changes."""
    return [*[gr.skip()] * 12, message, *[gr.skip()] * 6]


def conflicting(desk: Desk, editing: Editing, form: Form, error: FicheConflictError) -> list[Any]:
    """Both versions side by side; the form keeps what was typed, over the other's version."""
    moved, kept = forms.rebased(editing, form, error.theirs, error.revision)
    return [
        *(gr.skip(), gr.skip(), *_fields(desk, moved, kept), gr.Row(visible=False)),
        *(told(error), ""),
        *(conflict_html(error, desk.method), gr.Row(visible=True), gr.skip(), gr.skip(), moved),
    ]


def joined(editing: Editing | None, typed: str) -> list[Any]:
    """Both texts in the form, to be read again and saved."""
    if editing is None or editing.conflict is None:
        return [gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip()]
    return [
        forms.joined(editing.conflict, typed or ""),
        gr.Row(visible=True),
        gr.Row(visible=False),
        said("Les deux textes sont réunis ci-dessus : relisez, puis enregistrez."),
        replace(editing, conflict=None),
    ]


def commented(desk: Desk, editing: Editing | None, comment: str, author: str) -> list[Any]:
    """Keep a comment on the field; gives the comments, the box and what is said."""
    if editing is None:
        return [gr.skip(), gr.skip(), gr.skip()]
    try:
        if not author_name(author):
            raise NAME_MISSING
        desk.store.comment(editing.fiche_id, editing.base.key, comment or "", author)
        found = desk.store.comments(editing.fiche_id)
    except AssistantError as error:
        return [gr.skip(), gr.skip(), refusal(error)]
    return [comments_html(found, editing.base.key), "", said("Commentaire ajouté.")]
