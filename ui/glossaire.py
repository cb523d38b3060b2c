"""« Glossaire » tab: the sigles, where they are defined, and the administrator's own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.index.glossary_book import GlossaryBook, Place, Reader, SenseView, SigleView
from assistant.language.typography import NBSP, typeset
from ui.panel import html_panel
from ui.rendering import fragment, pdf_link, plural, text

ORIGINS = {"vous": "Saisi par l’administrateur", "corpus": "Corpus", "liste": "Liste courante"}
SHOWN_PLACES = 4
SHOWN_SIGLES = 400
"""Rows drawn at once; a search narrows the others."""


def glossary_html(found: Sequence[SigleView]) -> str:
    """The table of sigles, their senses and the pages that define them."""
    if not found:
        return fragment("<p>Aucun sigle ne correspond.</p>")
    rows = "".join(_rows(view) for view in found[:SHOWN_SIGLES])
    more = (
        f"<p class='discret'>Les {SHOWN_SIGLES} premiers sont affichés{NBSP}: précisez la "
        "recherche.</p>"
        if len(found) > SHOWN_SIGLES
        else ""
    )
    return fragment(
        f"<h2 class='titre-panneau'>{plural(len(found), 'sigle')}</h2>",
        "<div class='defilable'><table class='documents'><thead><tr>",
        "<th scope='col'>Sigle</th><th scope='col'>Sens</th><th scope='col'>Défini par</th>",
        f"</tr></thead><tbody>{rows}</tbody></table></div>{more}",
    )


def _rows(view: SigleView) -> str:
    marks = ""
    if view.withdrawn:
        marks = "<br><span class='alerte'>Retiré</span>"
    elif view.ambiguous:
        marks = "<br><span class='discret'>Plusieurs sens</span>"
    count = max(len(view.senses), 1)
    head = f"<th scope='rowgroup' rowspan='{count}'>{text(view.sigle)}{marks}</th>"
    cells = [_sense(sense) for sense in view.senses] or ["<td>–</td><td>–</td>"]
    return "".join(f"<tr>{'' if rank else head}{cell}</tr>" for rank, cell in enumerate(cells))


def _sense(sense: SenseView) -> str:
    said = text(sense.text)
    if not sense.used:
        said = f"<span class='discret'>{said} (non utilisé)</span>"
    places = "<br>".join(_place(place) for place in sense.places[:SHOWN_PLACES])
    if len(sense.places) > SHOWN_PLACES:
        places += "<br><span class='discret'>…</span>"
    return f"<td>{said}</td><td>{places or ORIGINS[sense.origin]}</td>"


def _place(place: Place) -> str:
    link = escape(pdf_link(place.document_id, place.page))
    return f"<a href='{link}'>{text(place.file)}, p.{NBSP}{place.page}</a>"


def said(message: str, *, alert: bool = False) -> str:
    """One sentence under the form."""
    style = "alerte" if alert else "conforme"
    return fragment(f"<p class='{style}' role='status'>{text(typeset(message))}</p>")


def change(book: GlossaryBook, action: str, sigle: str, sense: str) -> str:
    """Do what a button asks, and say what was done or why not.

    Args:
        book: the glossary.
        action: `ajouter`, `retirer` or `retablir`.
        sigle: as typed.
        sense: as typed; only `ajouter` reads it.
    """
    try:
        if action == "ajouter":
            view = book.add(sigle, sense)
            return said(f"« {view.sigle} » est à jour : la prochaine question en tiendra compte.")
        if action == "retirer":
            view = book.withdraw(sigle)
            return said(f"« {view.sigle} » ne sera plus développé.")
        book.restore(sigle)
        return said(f"Votre décision sur « {sigle.strip()[:40]} » est oubliée.")
    except AssistantError as error:
        return said(f"{error.message} {error.remedy}", alert=True)


def show(book: GlossaryBook, search: str) -> str:
    """The table, or why it cannot be shown."""
    try:
        return glossary_html(book.sigles(search[:200]))
    except AssistantError as error:
        return said(f"{error.message} {error.remedy}", alert=True)


def build(index_dir: Path, tab: gr.Tab, reader: Reader | None = None) -> None:
    """Lay the tab out; to be called where it must stand.

    Args:
        index_dir: the index.
        tab: the tab itself: the table is drawn when it is opened, not with the page.
        reader: the engine, as the person who reads sees it.
    """
    book = GlossaryBook(index_dir, reader)
    search = gr.Textbox(
        label="Chercher un sigle ou un mot", max_lines=1, elem_id="glossaire-recherche"
    )
    with gr.Accordion(
        "Ajouter, corriger ou retirer un sigle", open=False, elem_id="glossaire-ecrire"
    ):
        with gr.Row():
            sigle = gr.Textbox(label="Sigle", max_lines=1, scale=1, elem_id="glossaire-sigle")
            sense = gr.Textbox(label="Sens", max_lines=1, scale=3, elem_id="glossaire-sens")
        with gr.Row():
            buttons = {
                name: gr.Button(label, size="sm", scale=0, min_width=140, elem_id=f"sigle-{name}")
                for name, label in (
                    ("ajouter", "Ajouter ce sens"),
                    ("retirer", "Ne plus développer"),
                    ("retablir", "Oublier ma décision"),
                )
            }
        told = html_panel("", elem_id="glossaire-retour")
    table = html_panel("", elem_id="glossaire")

    def changing(action: str) -> Any:
        def act(typed: str, meant: str, wanted: str) -> tuple[str, str]:
            return change(book, action, typed or "", meant or ""), show(book, wanted or "")

        return act

    for name, button in buttons.items():
        button.click(
            changing(name), [sigle, sense, search], [told, table], api_visibility="private"
        )
    search.change(
        lambda wanted: show(book, wanted or ""),
        search,
        table,
        show_progress="hidden",
        trigger_mode="always_last",
        api_visibility="private",
    )
    tab.select(
        lambda wanted: show(book, wanted or ""),
        search,
        table,
        show_progress="hidden",
        api_visibility="private",
    )
