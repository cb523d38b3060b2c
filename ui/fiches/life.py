"""What is done with a whole fiche: moved from state to state, refreshed, saved, looked back at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.fiches.asking import author_name
from assistant.fiches.editing import MAX_CHARS
from assistant.fiches.model import STATE_LABELS, Fiche, State
from assistant.fiches.store import NEXT_STATES
from assistant.language.typography import NBSP, typeset
from ui.conversations import said, told
from ui.fiches.desk import NAME_MISSING, Desk
from ui.fiches.history_view import diff_html, history_html
from ui.fiches.portfolio_view import exports_html
from ui.panel import html_panel
from ui.rendering import fragment, text

if TYPE_CHECKING:
    from assistant.fiches.refresh import Change

MOVES: dict[State, str] = {
    "brouillon": "Rendre au brouillon",
    "en_revue": "Mettre en revue",
    "validee": "Valider",
    "archivee": "Archiver",
}


@dataclass(frozen=True, slots=True)
class Life:
    """The components of what is done with a whole fiche."""

    panel: gr.Column
    moves: dict[State, gr.Button]
    why: gr.Textbox
    refresh: gr.Button
    told: gr.Markdown
    exports: gr.Markdown
    history: gr.Markdown
    older: gr.Dropdown
    newer: gr.Dropdown
    compare: gr.Button
    diff: gr.Markdown

    @property
    def components(self) -> list[Any]:
        """In the order of `shown`."""
        return [
            *(self.panel, *self.moves.values(), self.why, self.refresh, self.told, self.exports),
            *(self.history, self.older, self.newer, self.diff),
        ]


def build_life() -> Life:
    """Lay it out; hidden until a fiche is kept."""
    with gr.Column(visible=False, elem_id="fiche-outils") as panel:
        exports = html_panel("", elem_id="fiche-exports")
        with gr.Accordion("État et preuves", open=False, elem_id="fiche-etat"):
            why = gr.Textbox(
                label="Commentaire (obligatoire pour revenir au brouillon)",
                lines=1,
                max_lines=6,
                max_length=MAX_CHARS,
                elem_id="fiche-motif",
            )
            with gr.Row(elem_classes="boutons"):
                moves = {
                    state: gr.Button(
                        label, size="sm", scale=0, min_width=120, elem_id=f"fiche-{state}"
                    )
                    for state, label in MOVES.items()
                }
            refresh = gr.Button(
                "Rafraîchir les preuves",
                size="sm",
                scale=0,
                min_width=160,
                elem_id="fiche-rafraichir",
            )
        answer = html_panel("", elem_id="fiche-retour")
        with gr.Accordion("Historique et commentaires", open=False, elem_id="fiche-historique"):
            history = html_panel("", elem_id="fiche-revisions")
            with gr.Row():
                older = gr.Dropdown([], label="De la révision", filterable=False, elem_id="diff-de")
                newer = gr.Dropdown([], label="à la révision", filterable=False, elem_id="diff-a")
            compare = gr.Button("Comparer", size="sm", scale=0, min_width=110, elem_id="comparer")
            diff = html_panel("", elem_id="fiche-diff")
    return Life(panel, moves, why, refresh, answer, exports, history, older, newer, compare, diff)


def shown(desk: Desk, fiche: Fiche | None, message: str = "") -> list[Any]:
    """New state of `Life.components` for a fiche; hidden when it is not kept."""
    if fiche is None or desk.opened is None or not fiche.id:
        return [
            gr.Column(visible=False),
            *[gr.skip()] * 4,
            "",
            gr.skip(),
            "",
            "",
            "",
            *[gr.skip()] * 2,
            "",
        ]
    looked_back, numbers = _looked_back(desk, fiche)
    listed = [(str(one), one) for one in numbers]
    last = numbers[-1] if numbers else None
    return [
        gr.Column(visible=True),
        *(gr.Button(visible=state in NEXT_STATES[fiche.state]) for state in MOVES),
        *("", gr.Button(visible=desk.editable(fiche)), message, exports_html(fiche), looked_back),
        gr.Dropdown(choices=listed, value=numbers[-2] if len(numbers) > 1 else last),
        gr.Dropdown(choices=listed, value=last),
        "",
    ]


def followed(desk: Desk, fiche: Fiche) -> list[Any]:
    """New state of `Life.components` once a fiche changed by itself: what is typed there stays."""
    looked_back, numbers = _looked_back(desk, fiche)
    listed = [(str(one), one) for one in numbers]
    return [
        *[gr.skip()] * (len(MOVES) + 5),
        looked_back,
        *(gr.Dropdown(choices=listed), gr.Dropdown(choices=listed)),
        gr.skip(),
    ]


def _looked_back(desk: Desk, fiche: Fiche) -> tuple[str, list[int]]:
    """The history as HTML, and the numbers of its revisions."""
    try:
        revisions = desk.store.history(fiche.id)
        labels = {one.key: one.label for one in fiche.fields}
        said_of = desk.store.comments(fiche.id)
    except AssistantError as error:
        return told(error), []
    return history_html(revisions, said_of, labels), [one.number for one in revisions]


def moved(desk: Desk, fiche: Fiche, state: State, why: str, author: str) -> tuple[Fiche, str]:
    """Bring a fiche to another state; gives the fiche and what is said.

    Raises:
        AssistantError: the fiche cannot go there, or changed since.
    """
    if not author_name(author):
        raise NAME_MISSING
    kept = desk.store.move(fiche.id, state, author, comment=why or "", revision=fiche.revision)
    return kept, said(f"La fiche est maintenant à l’état « {STATE_LABELS[kept.state]} ».")


def refreshed(desk: Desk, fiche: Fiche, author: str) -> tuple[Fiche, str]:
    """Search again for the proofs; gives the fiche and what changed.

    Raises:
        AssistantError: nothing was changed.
    """
    if not author_name(author):
        raise NAME_MISSING
    kept, changes, left = desk.refresh(fiche, author)
    return kept, _changes_html(kept, changes, left)


def _changes_html(fiche: Fiche, changes: Sequence[Change], left: Sequence[str]) -> str:
    labels = {one.key: one.label for one in fiche.fields}
    if not changes and not left:
        return said("Les preuves sont à jour : rien n’a changé.")
    items = "".join(
        f"<li><b>{text(labels.get(one.key, 'Fiche'))}</b>{NBSP}: {text(typeset(one.text))}</li>"
        for one in changes
    )
    kept = ", ".join(text(labels.get(key, key)) for key in left)
    return fragment(
        f"<div role='status'><p class='conforme'>Preuves rafraîchies{NBSP}: révision "
        f"{fiche.revision}.</p><ul>{items}</ul>",
        f"<p>Laissé tel quel, car modifié entre-temps{NBSP}: {kept}.</p>" if kept else "",
        "</div>",
    )


def compared(desk: Desk, fiche: Fiche | None, older: int | None, newer: int | None) -> str:
    """What changed from a revision to another."""
    if fiche is None or not older or not newer:
        return ""
    first, last = sorted((int(older), int(newer)))
    try:
        return diff_html(desk.store.diff(fiche.id, first, last), first, last, desk.method)
    except AssistantError as error:
        return told(error)
