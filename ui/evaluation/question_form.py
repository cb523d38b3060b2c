"""The form of a question of a set, and the question that it says."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from assistant.language.typography import NBSP, typeset
from eval.desk import EvaluationDesk
from eval.question_rules import (
    MAX_NOTE_CHARS,
    MAX_QUESTION_CHARS,
    QuestionInvalidError,
    place_of,
)
from eval.sets import KINDS, Question
from ui.evaluation.views import HALVES

NO_DOCUMENT: Final = ""
AUTOMATIC: Final = ""


def form_fields(desk: EvaluationDesk) -> tuple[Any, ...]:
    """The form of a question, in the order of `values_of`."""
    asked = gr.Textbox(
        label="Question",
        info="Comme on la poserait à l’assistant.",
        lines=2,
        max_lines=5,
        max_length=MAX_QUESTION_CHARS,
        elem_id="question-texte",
    )
    with gr.Row():
        kind = gr.Dropdown(
            [(label.capitalize(), key) for key, label in KINDS.items()],
            value="lexical",
            label="Nature",
            elem_id="question-nature",
        )
        split = gr.Radio(
            [("La moins remplie", AUTOMATIC), *((label, key) for key, label in HALVES.items())],
            value=AUTOMATIC,
            label="Moitié",
            elem_id="question-moitie",
        )
    with gr.Row():
        file = gr.Dropdown(
            documents_of(desk),
            value=NO_DOCUMENT,
            label="Document qui répond",
            allow_custom_value=True,  # one that is not indexed here stays as it is
            elem_id="question-document",
        )
        page = gr.Textbox(
            label="Page",
            info=typeset("Numéro dans le fichier ; plusieurs : 3, 4."),
            max_lines=1,
            max_length=60,
            elem_id="question-page",
        )
    facts = gr.Textbox(
        label="Faits attendus, un par ligne",
        info=typeset(
            "Une réponse juste les contient tous. « 2 M€ | deux millions » : l’un ou l’autre."
        ),
        lines=2,
        max_lines=8,
        elem_id="question-faits",
    )
    with gr.Accordion("Liste, autres pages, conversation, remarque", open=False):
        items = gr.Textbox(
            label="Éléments d’une liste, un par ligne",
            lines=2,
            max_lines=12,
            elem_id="question-elements",
        )
        also = gr.Textbox(
            label="Autres pages qui répondent, une par ligne",
            placeholder="guide.pdf p. 3",
            lines=1,
            max_lines=6,
            elem_id="question-aussi",
        )
        history = gr.Textbox(
            label="Questions précédentes de la conversation, une par ligne",
            lines=1,
            max_lines=6,
            elem_id="question-precedentes",
        )
        note = gr.Textbox(
            label="Remarque",
            lines=1,
            max_lines=4,
            max_length=MAX_NOTE_CHARS,
            elem_id="question-remarque",
        )
    return asked, kind, split, file, page, facts, items, also, history, note


def documents_of(desk: EvaluationDesk) -> list[tuple[str, str]]:
    """Documents as (label, file), the refusal first."""
    files = sorted(one.file for one in desk.engine.documents())
    return [
        (f"Aucun{NBSP}: la réponse est absente", NO_DOCUMENT),
        *((one, one) for one in files),
    ]


def values_of(
    asked: str,
    kind: str,
    split: str,
    file: str,
    page: str,
    facts: str,
    items: str,
    also: str,
    history: str,
    note: str,
) -> dict[str, Any]:
    """Fields of the question that the form says.

    Raises:
        QuestionInvalidError: a page cannot be read.
    """
    pages = _pages(page or "")
    places = []
    for line in _lines(also):
        try:
            places.append(place_of(line))
        except ValueError as error:
            raise QuestionInvalidError(
                f"« {line[:60]} » ne dit pas une page.", "Écrivez par exemple « guide.pdf p. 3 »."
            ) from error
    return {
        "question": asked or "",
        "kind": kind or "",
        "split": split or None,
        "file": file or None,
        "page": pages[0] if pages else None,
        "pages": tuple(pages) if len(pages) > 1 else (),
        "facts": tuple(_lines(facts)),
        "items": tuple(_lines(items)),
        "also": tuple(places),
        "history": tuple(_lines(history)),
        "note": note or "",
    }


def _pages(typed: str) -> list[int]:
    parts = typed.replace(";", ",").replace(" ", ",").split(",")
    try:
        return list(dict.fromkeys(int(one) for one in parts if one.strip()))
    except ValueError as error:
        raise QuestionInvalidError(
            f"« {typed[:40]} » n’est pas un numéro de page.", "Écrivez par exemple 3, ou 3, 4."
        ) from error


def _lines(typed: str | None) -> list[str]:
    return [line.strip() for line in (typed or "").splitlines() if line.strip()]


def form_of(question: Question | None) -> list[Any]:
    """The form filled with a question, or empty."""
    if question is None:
        return ["", "lexical", AUTOMATIC, NO_DOCUMENT, "", "", "", "", "", ""]
    pages = question.pages or ((question.page,) if question.page is not None else ())
    return [
        question.question,
        question.kind,
        question.split,
        question.file or NO_DOCUMENT,
        ", ".join(map(str, pages)),
        "\n".join(question.facts),
        "\n".join(question.items),
        "\n".join(f"{one.file} p. {one.page}" for one in question.also),
        "\n".join(question.history),
        question.note,
    ]
