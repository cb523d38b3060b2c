"""Files that could not be read: why, what can be done, and their removal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import gradio as gr

from assistant.access import current
from assistant.access.model import Permission
from assistant.errors import AssistantError
from assistant.index.catalogue import FileRow
from assistant.language.typography import NBSP, typeset
from ui.conversations import said, told
from ui.corpus.desk import CorpusDesk
from ui.panel import html_panel
from ui.rendering import Fragment, fragment, plural, text

LISTED: Final = 200
_FOLDER: Final = typeset(
    " <span class='discret'>(dans un dossier de cette machine : pour ne plus le voir ici, "
    " <span class='discret'>(dans un dossier de cette machine : pour ne plus le voir ici, "
    "retirez-le du dossier, puis « Relire les fichiers modifiés »)</span>"
)
QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}


def refused_html(files: Sequence[FileRow], deposited: Collection[str]) -> Fragment:
    """The list, each file with the reason and the remedy.

    Args:
        files: the files.
        deposited: names of those that were added here, and may be erased.
    """
    if not files:
        return fragment("<p class='conforme'>Aucun fichier n’a été refusé.</p>")
    items = "".join(
        f"<li><b>{text(one.name)}</b>{'' if one.name in deposited else _FOLDER}<br>"
        f"{text(typeset(one.reason or 'Le fichier n’a pas pu être lu.'))}</li>"
        for one in files[:LISTED]
    )
    rest = len(files) - LISTED
    more = f"<p>Et {plural(rest, 'autre fichier', 'autres fichiers')}.</p>" if rest > 0 else ""
    count = plural(len(files), "fichier refusé", "fichiers refusés")
    return fragment(
        f"<h2 class='titre-panneau'>{count}</h2>",
        "<p class='discret'>Rien de ces fichiers ne sert aux réponses. Corrigez le fichier, puis "
        "ajoutez-le de nouveau sous le même nom.</p>",
        f"<ul class='refuses'>{items}</ul>{more}",
    )


def build_refused(desk: CorpusDesk, tab: gr.Tab, changed: gr.State) -> None:
    """Lay the part out and wire it; read when its tab is opened, and when the corpus changes."""
    listed = html_panel("", elem_id="corpus-refuses")
    with gr.Row(elem_id="refus-retrait", visible=False) as row:
        chosen = gr.Dropdown([], label="Fichier à effacer de ce serveur", elem_id="refus-choisi")
        remove = gr.Button("Effacer", scale=0, min_width=120, elem_id="refus-retirer")
    answer = html_panel("", elem_id="refus-retour")
    outputs = [listed, row, chosen]

    def update() -> list[Any]:
        try:
            desk.managed()
            files = desk.refused()
        except AssistantError as error:
            return [told(error), gr.Row(visible=False), gr.skip()]
        names = [one.name for one in files if desk.deposited(one)]
        return [
            refused_html(files, names),
            gr.Row(visible=bool(names)),
            gr.Dropdown(names, value=names[0] if names else None),
        ]

    tab.select(update, None, outputs, **QUIET)

    def updated() -> list[Any]:
        # Heard in every page that is open on the corpus: only its managers have a list to draw.
        may = current.person().may(Permission.MANAGE_CORPUS)
        return update() if may else [gr.skip()] * len(outputs)

    changed.change(updated, None, outputs, **QUIET)

    def discard(name: str | None) -> list[Any]:
        try:
            library = desk.managed()
            if not name:
                return ["", *update()]
            library.discard(name)
            message = said(f"«{NBSP}{name}{NBSP}» est effacé.")
        except AssistantError as error:
            message = told(error)
        return [message, *update()]

    remove.click(discard, chosen, [answer, *outputs], **QUIET)
