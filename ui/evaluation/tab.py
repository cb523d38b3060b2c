"""« Évaluation » tab: its parts laid out and wired together."""

from __future__ import annotations

import gradio as gr

from assistant.engine_port import Engine
from assistant.settings import Settings
from eval.desk import EvaluationDesk
from ui.evaluation.answers import build_answers, wire_answers
from ui.evaluation.questions import build_questions, wire_questions
from ui.evaluation.readers import build_readers, wire_readers
from ui.evaluation.runs import build_runs, wire_runs


def build(assistant: Engine, settings: Settings, tab: gr.Tab) -> None:
    """Lay the tab out and wire it; to be called where it must stand.

    Args:
        assistant: the engine that answers.
        settings: the options.
        tab: the tab itself: what it lists is read when it is opened.
    """
    desk = EvaluationDesk(assistant, settings)
    with gr.Tabs(elem_id="evaluation-onglets"):
        with gr.Tab("Mesurer", id="mesurer") as measuring:
            runs = build_runs(desk, written=bool(settings.llm_url))
        with gr.Tab("Réponses", id="reponses", render_children=True) as reading:
            answers = build_answers()
        with gr.Tab("Questions", id="questions", render_children=True) as writing:
            questions = build_questions(desk)
        with gr.Tab("Avis des lecteurs", id="avis", render_children=True) as hearing:
            readers = build_readers(desk)
    # `evaluation.js` writes in it once a table has been read into a set.
    command = gr.Textbox(
        "", label="Commande", elem_id="evaluation-commande", container=False, show_label=False
    )
    wire_runs(desk, runs, [tab, measuring])
    wire_answers(desk, answers, reading)
    wire_questions(desk, questions, writing, command)
    wire_readers(desk, readers, hearing)
