"""« Avis des lecteurs »: questions that readers judged, taken into a set or put aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from assistant.errors import AssistantError
from assistant.language.typography import NBSP, typeset
from eval.candidates import Candidate
from eval.desk import EvaluationDesk
from eval.gold_check import check_gold
from eval.question_rules import MAX_NOTE_CHARS, MAX_QUESTION_CHARS, checked
from eval.sets import KINDS
from ui.conversations import VERDICTS, said, told
from ui.evaluation.question_form import NO_DOCUMENT, documents_of, values_of
from ui.evaluation.runs import QUIET, chosen_of, set_choices
from ui.evaluation.views import findings_html
from ui.panel import html_panel
from ui.rendering import answer_html, fragment, plural, sources_html, text

CAUTION: Final = fragment(
    typeset(
        "<p class='discret'>Seules les questions sur lesquelles un lecteur a donné un avis sont "
        "montrées. Rien ne quitte cette machine. Relisez avant d’accepter : une question peut "
        "nommer quelqu’un, et celle qui entre dans un jeu y reste.</p>"
    )
)


@dataclass(frozen=True, slots=True)
class Readers:
    """The components of the part."""

    set: gr.Dropdown
    count: gr.Markdown
    candidate: gr.Radio
    about: gr.Markdown
    form: gr.Column
    fields: tuple[Any, ...]
    accept: gr.Button
    refuse: gr.Button
    told: gr.Markdown
    sources: gr.Markdown

    @property
    def listed(self) -> list[Any]:
        """In the order of `listing`."""
        return [self.count, self.candidate]

    @property
    def read(self) -> list[Any]:
        """In the order of `shown`."""
        return [self.about, self.sources, self.form, *self.fields]


def build_readers(desk: EvaluationDesk) -> Readers:
    """Lay the part out."""
    with gr.Row(elem_classes="colonnes"):
        with gr.Column(scale=7, min_width=320):
            html_panel(CAUTION)
            count = html_panel("", elem_id="avis-compte")
            candidate = gr.Radio([], label="Questions jugées", elem_id="avis-question")
            about = html_panel("", elem_id="avis-contenu")
            with gr.Column(visible=False, elem_id="avis-edition") as form:
                question = gr.Textbox(
                    label="Question à retenir",
                    lines=2,
                    max_lines=5,
                    max_length=MAX_QUESTION_CHARS,
                    elem_id="avis-texte",
                )
                with gr.Row():
                    kind = gr.Dropdown(
                        [(label.capitalize(), key) for key, label in KINDS.items()],
                        value="lexical",
                        label="Nature de la question",
                    )
                    file = gr.Dropdown(
                        documents_of(desk),
                        value=NO_DOCUMENT,
                        label="Document attendu",
                        allow_custom_value=True,
                    )
                    page = gr.Textbox(label="Page attendue", max_lines=1, max_length=60)
                facts = gr.Textbox(label="Faits à retrouver, un par ligne", lines=2, max_lines=8)
                note = gr.Textbox(
                    label="Remarque sur la question",
                    lines=1,
                    max_lines=4,
                    max_length=MAX_NOTE_CHARS,
                )
                set_name = gr.Dropdown(
                    [],
                    label="Jeu où la ranger",
                    info=typeset(
                        "Un jeu à vous ; créez-en un dans « Questions » s’il n’y en a pas."
                    ),
                    elem_id="avis-jeu",
                )
                with gr.Row(elem_classes="boutons"):
                    accept = gr.Button("Accepter dans le jeu", variant="primary")
                    refuse = gr.Button("Écarter")
            message = html_panel("", elem_id="avis-evaluation-retour")
        with gr.Column(scale=4, min_width=320, elem_id="panneau-avis", elem_classes="panneau"):
            sources = html_panel("", elem_id="avis-sources")
    return Readers(
        *(set_name, count, candidate, about, form, (question, kind, file, page, facts, note)),
        *(accept, refuse, message, sources),
    )


def candidate_label(one: Candidate) -> str:
    """A candidate in the list: its question, and how it was judged."""
    counts = ", ".join(
        f"{label.lower()} ×{one.verdicts[name]}" if one.verdicts[name] > 1 else label.lower()
        for name, label in VERDICTS.items()
        if name in one.verdicts
    )
    return f"{one.question} — {counts}"


def found_of(desk: EvaluationDesk, set_name: str | None) -> list[Candidate]:
    """The candidates for a set."""
    return desk.candidates(desk.sets.read(set_name) if set_name else ())


def listing(desk: EvaluationDesk, set_name: str | None) -> list[Any]:
    """The candidates to choose from, as `Readers.listed`."""
    try:
        found = found_of(desk, set_name)
    except AssistantError as error:
        return [told(error), gr.Radio([], value=None)]
    empty = " Les avis donnés sous les réponses, dans l’onglet « Question », viendront ici."
    more = "" if found else typeset(empty)
    return [
        fragment(
            f"<p class='discret' role='status'>{plural(len(found), 'question')} à lire.{more}</p>"
        ),
        gr.Radio([(candidate_label(one), one.key) for one in found], value=None),
    ]


def shown(desk: EvaluationDesk, set_name: str | None, key: str | None) -> list[Any]:
    """One candidate, as `Readers.read`."""
    nothing = ["", "", gr.Column(visible=False), *[gr.skip()] * 6]
    try:
        one = next((item for item in found_of(desk, set_name) if item.key == key), None)
        if one is None:
            return nothing
        documents = {document.id: document for document in desk.engine.documents()}
        question = checked({**one.values, "id": "x", "split": "dev"})
        checks = findings_html(check_gold(question, desk.engine))
    except AssistantError as error:
        return [told(error), *nothing[1:]]
    return [
        _about(one) + answer_html(one.answer, documents),
        checks + sources_html(one.answer, documents),
        gr.Column(visible=True),
        one.question,
        question.kind,
        gr.Dropdown(documents_of(desk), value=question.file or NO_DOCUMENT),
        "" if question.page is None else str(question.page),
        "",
        question.note,
    ]


def _about(one: Candidate) -> str:
    parts = [f"<li class='alerte'>{text(caution)}</li>" for caution in one.cautions]
    parts += [f"<li>Un lecteur écrit{NBSP}: {text(comment)}</li>" for comment in one.comments]
    if one.known_as:
        parts.append(f"<li>Déjà dans le jeu, sous l’identifiant {text(one.known_as)}.</li>")
    return fragment(f"<ul>{''.join(parts)}</ul>") if parts else ""


def wire_readers(desk: EvaluationDesk, part: Readers, tab: gr.Tab) -> None:
    """Give the part its actions."""

    def opened(set_name: str | None) -> list[Any]:
        sets = set_choices(desk, own=True)
        kept = chosen_of(sets, set_name)
        return [gr.Dropdown(sets, value=kept), *listing(desk, kept), *shown(desk, kept, None), ""]

    everything = [part.set, *part.listed, *part.read, part.told]
    tab.select(opened, part.set, everything, **QUIET)
    part.candidate.input(
        lambda *ids: [*shown(desk, *ids), ""],
        [part.set, part.candidate],
        [*part.read, part.told],
        **QUIET,
    )

    def decide(key: str | None, set_name: str | None, accepted: bool, typed: Any) -> list[Any]:
        still = [gr.skip()] * (len(everything) - 1)
        try:
            if not key:
                return [*still, said("Choisissez une question.", alert=True)]
            message = said("Question écartée : un nouvel avis la ferait revenir.")
            if accepted:
                if not set_name:
                    return [*still, said("Choisissez un jeu à vous.", alert=True)]
                question, kind, file, page, facts, note = typed
                values = values_of(question, kind, "", file, page, facts, "", "", "", note)
                kept = desk.sets.put(set_name, {**values, "source": "avis"})
                message = said(f"Question ajoutée au jeu « {set_name} » ({kept.id}).")
            desk.annotations.decide(key, accepted=accepted)
        except AssistantError as error:
            return [*still, told(error)]
        return [*opened(set_name)[:-1], message]

    inputs = [part.candidate, part.set, *part.fields]
    part.accept.click(
        lambda key, name, *typed: decide(key, name, True, typed), inputs, everything, **QUIET
    )
    part.refuse.click(
        lambda key, name, *typed: decide(key, name, False, typed), inputs, everything, **QUIET
    )
