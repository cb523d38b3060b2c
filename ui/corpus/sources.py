"""Official sources: those that the corpus holds, those that it lacks and how to get them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import gradio as gr

from assistant.errors import AssistantError
from assistant.ingestion.places import fold
from assistant.language.typography import NBSP, THIN, typeset
from assistant.model import KIND_LABELS
from assistant.sources.listing import load_sources
from assistant.sources.report import UNCHECKED, sources_state
from ui.conversations import told
from ui.corpus.desk import CorpusDesk
from ui.panel import html_panel
from ui.rendering import Fragment, fragment, number, plural, text

PRESENCE: Final = (("Toutes", "toutes"), ("Absentes", "absentes"), ("Présentes", "presentes"))
HOW: Final = (
    "Pour en ajouter : ouvrez l’adresse dans votre navigateur, enregistrez le document, puis "
    "ajoutez-le dans l’onglet « Documents ». Ou lancez la commande sur une machine reliée à "
    "Internet."
)
QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}


def sources_html(
    sources: Sequence[Mapping[str, Any]], indexed: Collection[str], search: str, presence: str
) -> Fragment:
    """The catalogue, filtered.

    Args:
        sources: what `sources_state` gives.
        indexed: identifiers of the sources that the corpus holds.
        search: words that the title, the publisher or the region must hold.
        presence: « toutes », « presentes » or « absentes ».
    """
    words = fold(search[:200]).split()
    items = []
    for source in sources:
        here = source["id"] in indexed
        searched = fold(f"{source['title']} {source['publisher']} {source['region'] or ''}")
        if presence != "toutes" and here != (presence == "presentes"):
            continue
        if all(word in searched for word in words):
            items.append(_source(source, here=here))
    present = f"{number(len(set(indexed)))} sur {number(len(sources))} dans le corpus"
    shown = plural(len(items), "source affichée", "sources affichées")
    head = f"<p role='status'>{shown}{THIN}; {present}.</p>"
    return fragment(head, f"<ul class='sources-officielles'>{''.join(items)}</ul>")


def _source(source: Mapping[str, Any], *, here: bool) -> str:
    facts = [
        source["publisher"],
        KIND_LABELS[source["kind"]] if source["kind"] != "autre" else "",
        str(source["year"] or ""),
        source["region"] or "",
    ]
    if here:
        state = "<span class='statut documente'>dans le corpus</span>"
    elif source["file"]:
        state = "<span class='statut partiel'>téléchargée, pas encore indexée</span>"
    else:
        state = "<span class='statut a_completer'>absente</span>"
    command = f"assistant corpus telecharger {source['id']}"
    how = "" if here or source["file"] else _copied("Commande", command)
    note = f"<p class='discret'>{text(typeset(source['note']))}</p>" if source["note"] else ""
    return (
        f"<li><p><b>{text(source['title'])}</b> {state}</p>"
        f"<p class='discret'>{text(' · '.join(fact for fact in facts if fact))}</p>{note}"
        f"{_copied('Adresse', source['url'])}{how}</li>"
    )


def _copied(label: str, value: str) -> str:
    """Text that one click selects, with a button of `corpus.js` that copies it."""
    return (
        f"<p class='a-copier'>{label}{NBSP}: <code>{text(value)}</code> "
        f"<button type='button' class='copier'>Copier<span class='hors-ecran'> "
        f"{text(label.lower())} {text(value)}</span></button></p>"
    )


def build_sources(desk: CorpusDesk, tab: gr.Tab) -> None:
    """Lay the part out and wire it; read when its tab is opened."""
    html_panel(
        fragment(
            "<p>Documents publics utiles à la stratégie en santé. <b>Ce serveur ne télécharge rien "
            "et n’ouvre aucune de ces adresses.</b></p>",
            f"<p>{typeset(HOW)}</p>",
            f"<p class='discret'>{UNCHECKED}</p>",
        )
    )
    with gr.Row(elem_id="sources-filtres"):
        search = gr.Textbox(
            label="Chercher une source", max_lines=1, max_length=200, elem_id="sources-recherche"
        )
        presence = gr.Radio(
            list(PRESENCE), value="absentes", label="Montrer", elem_id="sources-presence"
        )
    listed = html_panel("", elem_id="sources-liste")

    def update(search: str, presence: str) -> Fragment:
        try:
            state = sources_state(desk.settings.sources, desk.settings.documents_dir)
            known = desk.source_titles()
            sources = load_sources(desk.settings.sources)
        except AssistantError as error:
            return told(error)
        indexed = {
            one.id
            for one in sources
            if (said := one.description()) and (said.get("title", ""), one.publisher) in known
        }
        return sources_html(state, indexed, search or "", presence)

    tab.select(update, [search, presence], listed, **QUIET)
    search.change(update, [search, presence], listed, trigger_mode="always_last", **QUIET)
    presence.change(update, [search, presence], listed, **QUIET)
