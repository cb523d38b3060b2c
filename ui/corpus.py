"""« Corpus » tab: what is indexed, and which pages could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import gradio as gr

from assistant.api.engine_port import Engine
from assistant.language.typography import NBSP
from assistant.model import KIND_LABELS, Document, PageStatus
from ui.rendering import fragment, french_date, number, pdf_link, plural, text

COMMAND = "assistant ingerer DOSSIER"


def corpus_html(documents: Sequence[Document]) -> str:
    """The table of documents, with pages read, recognised and unreadable."""
    if not documents:
        return fragment(
            f"<p>Aucun document n’est indexé. Lancez <code>{COMMAND}</code>, puis rechargez cette "
            "page.</p>"
        )
    pages = sum(document.page_count for document in documents)
    rows = "".join(_row(item) for item in sorted(documents, key=lambda item: item.file.casefold()))
    return fragment(
        f"<h2 class='titre-panneau'>{plural(len(documents), 'document')}, "
        f"{plural(pages, 'page')}</h2>",
        "<p class='discret'>Une page illisible (image sans texte reconnu) ne peut servir à aucune "
        f"réponse. Pour ajouter ou retirer des documents{NBSP}: <code>{COMMAND}</code>.</p>",
        "<div class='defilable'><table class='documents'><thead><tr>",
        "<th scope='col'>Document</th><th scope='col'>Type</th><th scope='col'>Éditeur</th>",
        "<th scope='col'>Date</th><th scope='col' class='nombre'>Pages</th>",
        "<th scope='col' class='nombre'>Lues</th><th scope='col' class='nombre'>OCR</th>",
        "<th scope='col' class='nombre'>Vides</th>",
        "<th scope='col' class='nombre'>Illisibles</th></tr></thead>",
        f"<tbody>{rows}</tbody></table></div>",
    )


def _row(document: Document) -> str:
    metadata, counts = document.metadata, document.status_counts
    unreadable = counts.get(PageStatus.UNREADABLE, 0)
    figures = [
        (document.page_count, ""),
        (counts.get(PageStatus.TEXT, 0), ""),
        (counts.get(PageStatus.OCR, 0), ""),
        (counts.get(PageStatus.EMPTY, 0), ""),
        (unreadable, " alerte" if unreadable else ""),
    ]
    return (
        f"<tr><th scope='row'><a href='{escape(pdf_link(document.id))}'>{text(metadata.title)}</a>"
        f"<br><span class='discret'>{text(document.file)}</span></th>"
        f"<td>{text(KIND_LABELS.get(metadata.kind, metadata.kind))}</td>"
        f"<td>{text(metadata.publisher or '–')}</td>"
        f"<td>{text(french_date(metadata.date) or '–')}</td>"
        + "".join(f"<td class='nombre{style}'>{number(value)}</td>" for value, style in figures)
        + "</tr>"
    )


def build(assistant: Engine, blocks: gr.Blocks) -> None:
    """Lay the tab out; to be called where it must stand."""
    table = gr.Markdown(corpus_html(assistant.documents()), elem_id="corpus")
    blocks.load(
        lambda: corpus_html(assistant.documents()),
        None,
        table,
        show_progress="hidden",
        api_visibility="private",
    )
