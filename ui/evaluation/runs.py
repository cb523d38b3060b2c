"""« Mesurer »: run a set, follow it, read the figures, compare two runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from assistant.errors import AssistantError
from assistant.language.typography import NBSP, typeset
from eval.background import MAX_NAME
from eval.desk import EvaluationDesk
from eval.records import RunState
from ui.asking import UNEXPECTED
from ui.conversations import said, told
from ui.evaluation.views import (
    NOTHING_YET,
    comparison_html,
    figures_html,
    progress_html,
    report_links,
    run_label,
)
from ui.panel import html_panel
from ui.rendering import fragment

logger = logging.getLogger("assistant.ui")

LISTED: Final = 100
EVERY_S: Final = 1.5
"""Seconds between two looks at the run under way."""
NO_OTHER: Final = ""
COMPARING: Final = fragment("<p class='attente' role='status'>Comparaison en cours…</p>")
QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True, slots=True)
class Runs:
    """The components of the part."""

    set: gr.Dropdown
    split: gr.Radio
    mode: gr.Radio
    name: gr.Textbox
    start: gr.Button
    stop: gr.Button
    told: gr.Markdown
    progress: gr.Markdown
    chosen: gr.Dropdown
    against: gr.Dropdown
    resume: gr.Button
    delete: gr.Button
    confirm_row: gr.Row
    confirm: gr.Button
    cancel: gr.Button
    figures: gr.Markdown
    comparison: gr.Markdown
    links: gr.Markdown
    timer: gr.Timer

    @property
    def followed(self) -> list[Any]:
        """In the order of `follow`."""
        return [self.progress, self.start, self.stop, self.timer]

    @property
    def read(self) -> list[Any]:
        """In the order of `shown`."""
        return [self.figures, self.comparison, self.links, self.resume, self.delete]


def build_runs(desk: EvaluationDesk, *, written: bool) -> Runs:
    """Lay the part out.

    Args:
        desk: the evaluations.
        written: whether a language model may write answers.
    """
    with gr.Column(elem_id="evaluation-demande"):
        with gr.Row():
            set_name = gr.Dropdown(
                set_choices(desk), label="Jeu de questions", elem_id="evaluation-jeu"
            )
            split = gr.Radio(
                [("Réglage (dev)", "dev"), ("Test", "test")],
                value="dev",
                label="Moitié du jeu",
                info=typeset(
                    "On règle sur la première ; la seconde ne sert qu’à rendre compte, et chaque "
                    "lecture en est notée."
                ),
                elem_id="evaluation-moitie",
            )
            mode = gr.Radio(
                [("Extraits", "extractive"), ("Réponses rédigées", "generative")],
                value="extractive",
                label="Forme des réponses",
                visible=written,
                elem_id="evaluation-mode",
            )
            name = gr.Textbox(
                label="Nom (facultatif)",
                placeholder="Par exemple\u00a0: avant la version 2",
                max_lines=1,
                max_length=MAX_NAME,
                elem_id="evaluation-nom",
            )
        with gr.Row(elem_classes="boutons"):
            start = gr.Button("Lancer l’évaluation", variant="primary", elem_id="evaluation-lancer")
            stop = gr.Button("Arrêter", visible=False, elem_id="evaluation-arreter")
        message = html_panel("", elem_id="evaluation-retour")
        progress = html_panel("", elem_id="evaluation-progres")
    with gr.Row(elem_id="evaluation-choix"):
        chosen = gr.Dropdown([], label="Évaluation à lire", elem_id="evaluation-lue")
        against = gr.Dropdown(
            [("Aucune", NO_OTHER)],
            value=NO_OTHER,
            label="Comparer avec une plus ancienne",
            elem_id="evaluation-contre",
        )
    with gr.Row(elem_classes="boutons"):
        resume = gr.Button("Reprendre", visible=False, elem_id="evaluation-reprendre")
        delete = gr.Button("Supprimer…", visible=False, elem_id="evaluation-supprimer")
    with gr.Row(visible=False, elem_classes=["boutons", "a-confirmer"]) as confirm_row:
        html_panel(
            fragment(
                "<p role='alert'>Supprimer cette évaluation, ses annotations et ses rapports, "
                f"pour de bon{NBSP}?</p>"
            )
        )
        confirm = gr.Button("Supprimer", variant="stop", elem_id="evaluation-supprimer-oui")
        cancel = gr.Button("Annuler", elem_id="evaluation-supprimer-non")
    # What was asked last comes first: below the figures, nobody would see it arrive.
    comparison = html_panel("", elem_id="evaluation-comparaison")
    figures = html_panel(NOTHING_YET, elem_id="evaluation-chiffres")
    links = html_panel("", elem_id="evaluation-rapport")
    return Runs(
        *(set_name, split, mode, name, start, stop, message, progress, chosen, against),
        *(resume, delete, confirm_row, confirm, cancel, figures, comparison, links),
        timer=gr.Timer(EVERY_S, active=False),
    )


def set_choices(desk: EvaluationDesk, *, own: bool = False) -> list[tuple[str, str]]:
    """Sets as (label, name); those of the house only when asked so."""
    return [
        (
            f"{one.name} ({'à vous' if one.own else 'fourni'}{NBSP}: "
            f"{one.dev} en réglage, {one.test} en test)",
            one.name,
        )
        for one in desk.sets.names()
        if one.own or not own
    ]


def run_choices(desk: EvaluationDesk) -> list[tuple[str, str]]:
    """Runs as (label, identifier), the latest first."""
    return [(run_label(one, desk.state(one)), one.id) for one in desk.runs.list(limit=LISTED)]


def chosen_of(choices: list[tuple[str, str]], wanted: str | None) -> str | None:
    """The value to show among choices: what was shown, else the first."""
    values = [value for _, value in choices]
    return wanted if wanted in values else next(iter(values), None)


def follow(desk: EvaluationDesk) -> list[Any]:
    """New state of the run under way, as `Runs.followed`."""
    following = desk.background.following()
    if following is None:
        failure = desk.background.failure
        over = told(failure) if failure else ""
        return [over, gr.Button(interactive=True), gr.Button(visible=False), gr.Timer(active=False)]
    run = desk.runs.get(following.run_id)
    return [
        progress_html(following, run),
        gr.Button(interactive=False),
        gr.Button(visible=True, interactive=not following.stopping),
        gr.Timer(active=True),
    ]


def shown(desk: EvaluationDesk, run_id: str | None, against: str | None) -> list[Any]:
    """What is read of a run, as `Runs.read`."""
    nothing = [NOTHING_YET, "", "", gr.Button(visible=False), gr.Button(visible=False)]
    if not run_id:
        return nothing
    try:
        run = desk.runs.get(run_id)
        state = desk.state(run)
        other = desk.runs.get(against) if against and against != run_id else None
        compared = comparison_html(desk.compare(other, run)) if other else ""
        over = state is not RunState.RUNNING
        return [
            figures_html(run, state, desk.figures(run)),
            compared,
            report_links(run, other) if over else "",
            gr.Button(visible=state is RunState.INTERRUPTED),
            gr.Button(visible=over),
        ]
    except AssistantError as error:
        return [told(error), *nothing[1:]]
    except Exception:
        logger.exception("Erreur inattendue à la lecture d’une évaluation")
        return [told(UNEXPECTED), *nothing[1:]]


def reading(desk: EvaluationDesk, run_id: str | None, against: str | None) -> Iterator[list[Any]]:
    """What is read of a run, as `Runs.read`; says first that a comparison takes seconds."""
    if run_id and against:
        # What was compared before is not what is chosen now.
        nothing = [gr.skip()] * 3
        yield [gr.skip(), COMPARING, *nothing]
    yield shown(desk, run_id, against)


def left_out(files: Sequence[str]) -> str:
    """Which documents the questions not asked are about."""
    shown = ", ".join(f"« {name} »" for name in files[:3]) + ("…" if len(files) > 3 else "")
    return f"Les questions sur des documents absents de l’index ne sont pas posées : {shown}."


def wire_runs(desk: EvaluationDesk, part: Runs, tabs: list[gr.Tab]) -> None:
    """Give the part its actions; `tabs` show it again when they are opened."""
    lists = [part.chosen, part.against]

    def drawn(run_id: str | None, against: str | None) -> list[Any]:
        """New state of the two lists, then of what is read."""
        choices = run_choices(desk)
        run_id = chosen_of(choices, run_id)
        others = [("Aucune", NO_OTHER), *(one for one in choices if one[1] != run_id)]
        kept = against if against in {value for _, value in others} else NO_OTHER
        chosen = [gr.Dropdown(choices, value=run_id), gr.Dropdown(others, value=kept)]
        return [*chosen, *shown(desk, run_id, kept)]

    def everything(set_name: str | None, run_id: str | None, against: str | None) -> list[Any]:
        sets = set_choices(desk)
        chosen = gr.Dropdown(sets, value=chosen_of(sets, set_name))
        return [chosen, *follow(desk), *drawn(run_id, against)]

    for tab in tabs:
        tab.select(
            everything,
            [part.set, *lists],
            [part.set, *part.followed, *lists, *part.read],
            **QUIET,
        )

    def begin(set_name: str | None, split: Any, mode: Any, name: str) -> list[Any]:
        try:
            if not set_name:
                return [said("Choisissez un jeu de questions.", alert=True), *follow(desk)]
            run = desk.start(set_name, split, mode, name or "", by="écran")
        except AssistantError as error:
            return [told(error), *follow(desk)]
        except Exception:
            logger.exception("Erreur inattendue au lancement d’une évaluation")
            return [told(UNEXPECTED), *follow(desk)]
        absent = run.conditions.settings.get("documents_absents")
        return [said(left_out(absent)) if absent else "", *follow(desk)]

    part.start.click(
        begin,
        [part.set, part.split, part.mode, part.name],
        [part.told, *part.followed],
        **QUIET,
    )

    def tick(run_id: str | None, against: str | None) -> list[Any]:
        updates = follow(desk)
        if desk.background.following() is not None:
            return [*updates, *[gr.skip()] * (2 + len(part.read))]
        # Over: the run that has just ended is the one to read.
        return [*updates, *drawn(None, against)]

    part.timer.tick(tick, lists, [*part.followed, *lists, *part.read], **QUIET)

    def stop() -> list[Any]:
        desk.background.stop()
        return follow(desk)

    part.stop.click(stop, None, part.followed, **QUIET)

    def read(*ids: str | None) -> Iterator[list[Any]]:
        yield from reading(desk, *ids)

    for one in lists:
        one.input(read, lists, part.read, **QUIET)

    def resume(run_id: str | None) -> list[Any]:
        try:
            if run_id:
                desk.resume(run_id, by="écran")
        except AssistantError as error:
            return [told(error), *follow(desk)]
        return ["", *follow(desk)]

    part.resume.click(resume, part.chosen, [part.told, *part.followed], **QUIET)
    part.delete.click(lambda: gr.Row(visible=True), None, part.confirm_row, **QUIET)
    part.cancel.click(lambda: gr.Row(visible=False), None, part.confirm_row, **QUIET)

    def delete(run_id: str | None) -> list[Any]:
        message = ""
        try:
            if run_id:
                desk.delete(desk.runs.get(run_id))
                message = said("Évaluation supprimée.")
        except AssistantError as error:
            message = told(error)
        return [message, gr.Row(visible=False), *drawn(None, None)]

    part.confirm.click(
        delete, part.chosen, [part.told, part.confirm_row, *lists, *part.read], **QUIET
    )
