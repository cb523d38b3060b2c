"""How an answer is made: extracts, or text of the local language model when there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.engine_port import Engine
from assistant.errors import AssistantError
from assistant.language.typography import typeset
from assistant.model import Mode
from assistant.settings import Settings
from ui.panel import html_panel
from ui.rendering import fragment, text

LABELS: dict[Mode, str] = {
    "extractive": "Extraits",
    "generative": "Rédigée par le modèle local",
}
MEANING: dict[Mode, str] = {
    "extractive": "Les phrases des documents, mot pour mot.",
    "generative": "Un modèle de langue local reformule ce que disent les documents. Chaque phrase "
    "est vérifiée sur les pages ; sans preuve, elle est remplacée par un extrait ou écartée, et la "
    "réponse le dit. Comptez quelques minutes sans carte graphique.",
}
ABSENT = "Modèle absent : d’ici à son retour, les réponses sont faites d’extraits."


@dataclass(frozen=True, slots=True)
class ModeChoice:
    """The components of the choice.

    Attributes:
        chosen: the mode; hidden, and extractive, when no model is configured.
        state: what the mode means, and whether the model answers.
        configured: whether there is a choice at all.
    """

    chosen: gr.Radio
    state: gr.Markdown
    configured: bool


def build_mode(assistant: Engine) -> ModeChoice:
    """Lay the choice out; absent when no server of a language model is configured."""
    configured = "generative" in assistant.status().get("modes", ())
    with gr.Column(elem_id="forme", visible=configured):
        chosen = gr.Radio(
            [(label, mode) for mode, label in LABELS.items()],
            value="extractive",
            label="Forme de la réponse",
            elem_id="mode",
        )
        state = html_panel(meaning_html("extractive"), elem_id="mode-etat")
    return ModeChoice(chosen, state, configured)


def meaning_html(mode: Mode, state: str = "") -> str:
    """What a mode means, and the state of its model."""
    return fragment(f"<p>{text(typeset(MEANING[mode]))}</p>{state}")


def state_html(settings: Settings) -> str:
    """Whether the server of the model answers, and what happens when it does not."""
    # The client of the server is only imported where there is one.
    from assistant.generation.language_model import LanguageModel, ServerOptions

    try:
        options = ServerOptions.of(settings)
        if options is None:
            return ""
        model = LanguageModel(options)
        model.describe()
    except AssistantError as error:
        return (
            f"<p class='alerte'>{text(typeset(ABSENT))}</p>"
            f"<p>{text(typeset(f'{error.message} {error.remedy}'))}</p>"
        )
    return f"<p class='conforme'>{text(typeset(f'Modèle joignable : « {model.name} ».'))}</p>"


def wire_mode(choice: ModeChoice, settings: Settings) -> None:
    """Say what the chosen mode means, and look for its model when it needs one."""
    if not choice.configured:
        return
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

    def explain(mode: Mode) -> str:
        return meaning_html(mode, state_html(settings) if mode == "generative" else "")

    choice.chosen.change(explain, choice.chosen, choice.state, **quiet)
