"""« Réponses »: each question of a run, its answer beside its pages, what people say of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from assistant.errors import AssistantError
from assistant.language.typography import NBSP
from eval.annotations import MARKS, MAX_COMMENT, MAX_NAME, Mark, marks_of
from eval.desk import EvaluationDesk
from eval.records import Asked
from eval.verdict import OUTCOMES, Verdict
from ui.asking import UNEXPECTED
from ui.conversations import said, told
from ui.evaluation.runs import QUIET, chosen_of, run_choices
from ui.evaluation.views import agreement_html, annotations_html, expected_html, verdict_html
from ui.panel import html_panel
from ui.rendering import answer_html, fragment, plural, sources_html

logger = logging.getLogger("assistant.ui")

ALL: Final = ""
WRONG: Final = "à tort"
TO_READ: Final = "à lire"
NO_ANSWER = fragment("<p class='accueil'>Choisissez une question pour lire sa réponse.</p>")
NO_RUN = fragment(
    "<p class='accueil'>Aucune évaluation encore. Lancez-en une dans «\u00a0Mesurer\u00a0»\u00a0: "
    "ses réponses se liront et s’annoteront ici, une par une.</p>"
)


@dataclass(frozen=True, slots=True)
class Answers:
    """The components of the part."""

    run: gr.Dropdown
    filter: gr.Dropdown
    count: gr.Markdown
    question: gr.Radio
    answer: gr.Markdown
    verdict: gr.Markdown
    form: gr.Column
    said: gr.Markdown
    annotator: gr.Textbox
    mark: gr.Radio
    comment: gr.Textbox
    save: gr.Button
    told: gr.Markdown
    expected: gr.Markdown
    sources: gr.Markdown
    first: gr.Dropdown
    second: gr.Dropdown
    agreement: gr.Markdown

    @property
    def read(self) -> list[Any]:
        """In the order of `shown`."""
        return [self.answer, self.verdict, self.form, self.said, self.expected, self.sources]

    @property
    def listed(self) -> list[Any]:
        """In the order of `listing`."""
        return [self.count, self.question]

    @property
    def people(self) -> list[Any]:
        """In the order of `people_of`."""
        return [self.first, self.second, self.agreement]


def build_answers() -> Answers:
    """Lay the part out."""
    with gr.Row(elem_classes="colonnes"):
        with gr.Column(scale=7, min_width=320):
            with gr.Row(elem_id="annotation-choix"):
                run = gr.Dropdown([], label="Évaluation", scale=3, elem_id="annotation-evaluation")
                filter_ = gr.Dropdown(
                    [
                        ("Toutes", ALL),
                        ("Celles qui ont échoué", WRONG),
                        ("Sans votre avis", TO_READ),
                        *((one.capitalize(), one) for one in OUTCOMES),
                    ],
                    value=ALL,
                    label="Questions à montrer",
                    scale=2,
                    elem_id="annotation-filtre",
                )
            count = html_panel("", elem_id="annotation-compte")
            question = gr.Radio([], label="Questions", visible=False, elem_id="annotation-question")
            answer = html_panel(NO_RUN, elem_id="annotation-reponse")
            verdict = html_panel("", elem_id="annotation-verdict")
            with gr.Column(visible=False, elem_id="annotation-formulaire") as form:
                said_ = html_panel("", elem_id="annotation-dits")
                with gr.Row():
                    annotator = gr.Textbox(
                        label="Annotateur",
                        info="Votre nom ou vos initiales, gardés par ce navigateur.",
                        max_lines=1,
                        max_length=MAX_NAME,
                        elem_id="annotation-nom",
                    )
                    mark = gr.Radio(
                        [(label, key) for key, label in MARKS.items()],
                        label="Votre avis sur la réponse",
                        elem_id="annotation-avis",
                    )
                comment = gr.Textbox(
                    label="Commentaire (facultatif)",
                    lines=1,
                    max_lines=4,
                    max_length=MAX_COMMENT,
                    elem_id="annotation-commentaire",
                )
                save = gr.Button(
                    "Enregistrer l’avis", variant="primary", scale=0, elem_id="annotation-garder"
                )
                message = html_panel("", elem_id="annotation-retour")
            with gr.Accordion("Accord entre deux annotateurs", open=False, elem_id="accord"):
                with gr.Row():
                    first = gr.Dropdown([], label="Un annotateur", elem_id="accord-premier")
                    second = gr.Dropdown([], label="L’autre", elem_id="accord-second")
                agreed = html_panel("", elem_id="accord-resultat")
        with gr.Column(
            scale=4, min_width=320, elem_id="panneau-annotation", elem_classes="panneau"
        ):
            expected = html_panel("", elem_id="annotation-attendu")
            sources = html_panel("", elem_id="annotation-sources")
    return Answers(
        *(run, filter_, count, question, answer, verdict, form, said_, annotator, mark, comment),
        *(save, message, expected, sources, first, second, agreed),
    )


def kept(
    desk: EvaluationDesk, run_id: str | None, wanted: str, name: str
) -> list[tuple[int, Asked, Verdict]]:
    """Questions of a run that a filter lets through, with their places from 1."""
    if not run_id:
        return []
    mine: set[str] = set()
    if wanted == TO_READ:
        who = " ".join(name.split())
        mine = {one.question_id for one in desk.annotations.of_run(run_id) if one.annotator == who}
    found = []
    for rank, (asked, verdict) in enumerate(desk.judged(desk.runs.get(run_id)), start=1):
        passes = {
            ALL: True,
            WRONG: not verdict.right,
            TO_READ: asked.question.id not in mine,
        }.get(wanted, verdict.outcome == wanted)
        if passes:
            found.append((rank, asked, verdict))
    return found


def listing(desk: EvaluationDesk, run_id: str | None, wanted: str, name: str) -> list[Any]:
    """The questions to choose from, as `Answers.listed`."""
    if not run_id:
        return ["", gr.Radio([], value=None, visible=False)]
    try:
        found = kept(desk, run_id, wanted, name)
    except AssistantError as error:
        return [told(error), gr.Radio([], value=None, visible=False)]
    choices = [
        (f"{rank}. {asked.question.question} — {verdict.outcome}", asked.question.id)
        for rank, asked, verdict in found
    ]
    return [
        fragment(f"<p class='discret' role='status'>{plural(len(found), 'question')}.</p>"),
        gr.Radio(choices, value=None, visible=bool(choices)),
    ]


def shown(desk: EvaluationDesk, run_id: str | None, question_id: str | None) -> list[Any]:
    """One question and its answer, as `Answers.read`."""
    nothing = [NO_ANSWER if run_id else NO_RUN, "", gr.Column(visible=False), "", "", ""]
    if not run_id or not question_id:
        return nothing
    try:
        documents = {one.id: one for one in desk.engine.documents()}
        for asked, verdict in desk.judged(desk.runs.get(run_id)):
            if asked.question.id == question_id:
                opinions = [
                    one for one in desk.annotations.of_run(run_id) if one.question_id == question_id
                ]
                answer = asked.answer
                return [
                    answer_html(answer, documents) if answer else fragment("<p>Sans réponse.</p>"),
                    verdict_html(asked, verdict),
                    gr.Column(visible=True),
                    annotations_html(opinions),
                    expected_html(asked.question, {one.file: one.id for one in documents.values()}),
                    sources_html(answer, documents) if answer else "",
                ]
    except AssistantError as error:
        return [told(error), *nothing[1:]]
    except Exception:
        logger.exception("Erreur inattendue à la lecture d’une réponse")
        return [told(UNEXPECTED), *nothing[1:]]
    return nothing


def people_of(
    desk: EvaluationDesk, run_id: str | None, first: str | None, second: str | None
) -> list[Any]:
    """Who annotated a run, and how far two of them agree, as `Answers.people`."""
    from eval.agreement import agreement

    marks = marks_of(desk.annotations.of_run(run_id)) if run_id else {}
    names = list(marks)
    first = first if first in names else next(iter(names), None)
    others = [one for one in names if one != first]
    second = second if second in others else next(iter(others), None)
    if first is None or second is None:
        body: str = fragment(
            "<p class='discret'>Il faut les avis de deux personnes sur cette évaluation.</p>"
        )
    else:
        body = agreement_html(agreement(marks[first], marks[second]), first, second)
    return [gr.Dropdown(names, value=first), gr.Dropdown(others, value=second), body]


def wire_answers(desk: EvaluationDesk, part: Answers, tab: gr.Tab) -> None:
    """Give the part its actions."""
    choosing = [part.run, part.filter, part.annotator]

    def opened(run_id: str | None, wanted: str, name: str) -> list[Any]:
        choices = run_choices(desk)
        chosen = chosen_of(choices, run_id)
        if chosen == run_id and run_id is not None:
            # What is being read stays.
            return [gr.Dropdown(choices), *[gr.skip()] * (len(part.listed) + len(part.read))]
        return [
            gr.Dropdown(choices, value=chosen),
            *listing(desk, chosen, wanted, name or ""),
            *shown(desk, chosen, None),
        ]

    tab.select(opened, choosing, [part.run, *part.listed, *part.read], **QUIET)
    tab.select(
        lambda *values: people_of(desk, *values),
        [part.run, part.first, part.second],
        part.people,
        **QUIET,
    )

    def narrowed(run_id: str | None, wanted: str, name: str) -> list[Any]:
        return [*listing(desk, run_id, wanted, name or ""), *shown(desk, run_id, None)]

    part.filter.input(narrowed, choosing, [*part.listed, *part.read], **QUIET)
    part.run.input(narrowed, choosing, [*part.listed, *part.read], **QUIET)

    def read(run_id: str | None, question_id: str | None, name: str) -> list[Any]:
        mark, comment = None, ""
        if run_id and question_id:
            who = " ".join((name or "").split())
            for one in desk.annotations.of_run(run_id):
                if one.question_id == question_id and one.annotator == who:
                    mark, comment = one.mark, one.comment
        return [*shown(desk, run_id, question_id), mark, comment, ""]

    part.question.input(
        read,
        [part.run, part.question, part.annotator],
        [*part.read, part.mark, part.comment, part.told],
        **QUIET,
    )

    def save(
        run_id: str | None, question_id: str | None, name: str, mark: Mark | None, comment: str
    ) -> list[Any]:
        if not run_id or not question_id or mark is None:
            return [said("Choisissez juste, incomplet ou faux.", alert=True), gr.skip()]
        try:
            desk.annotations.put(run_id, question_id, name or "", mark, comment or "")
        except AssistantError as error:
            return [told(error), gr.skip()]
        opinions = [
            one for one in desk.annotations.of_run(run_id) if one.question_id == question_id
        ]
        return [said(f"Avis enregistré{NBSP}: {MARKS[mark].lower()}."), annotations_html(opinions)]

    part.save.click(
        save,
        [part.run, part.question, part.annotator, part.mark, part.comment],
        [part.told, part.said],
        **QUIET,
    ).then(
        lambda *values: people_of(desk, *values),
        [part.run, part.first, part.second],
        part.people,
        **QUIET,
    )
    for one in (part.first, part.second):
        one.input(
            lambda *values: people_of(desk, *values),
            [part.run, part.first, part.second],
            part.people,
            **QUIET,
        )
