"""« Corpus » tab: what is indexed, and which pages could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    by_id = {document.id: document for document in documents}
    rows = "".join(
        _row(item, by_id) for item in sorted(documents, key=lambda item: item.file.casefold())
    )
    return fragment(
        f"<h2 class='titre-panneau'>{plural(len(documents), 'document')}, "
        f"{plural(pages, 'page')}</h2>",
        "<p class='discret'>Une page illisible (image sans texte reconnu) ne peut servir à aucune "
        f"réponse. Pour ajouter ou retirer des documents{NBSP}: <code>{COMMAND}</code>.</p>",
        "<div class='defilable'><table class='documents'><thead><tr>",
        "<th scope='col'>Document</th><th scope='col'>Type</th><th scope='col'>Éditeur</th>",
        "<th scope='col'>Date</th><th scope='col'>Version</th>",
        "<th scope='col' class='nombre'>Pages</th>",
        "<th scope='col' class='nombre'>Lues</th><th scope='col' class='nombre'>OCR</th>",
        "<th scope='col' class='nombre'>Confiance de l’OCR</th>",
        "<th scope='col' class='nombre'>Vides</th>",
        "<th scope='col' class='nombre'>Illisibles</th></tr></thead>",
        f"<tbody>{rows}</tbody></table></div>",
    )


def _version(document: Document, by_id: Mapping[str, Document]) -> str:
    """Printed version, and the document that replaces or is replaced."""
    parts = [text(document.metadata.version)] if document.metadata.version else []
    newer = by_id.get(document.superseded_by or "")
    older = by_id.get(document.supersedes or "")
    if newer is not None:
        parts.append(f"<span class='alerte'>Remplacé par {_link(newer)}</span>")
    if older is not None:
        parts.append(f"<span class='discret'>Remplace {_link(older)}</span>")
    return "<br>".join(parts) or "–"


def _link(document: Document) -> str:
    return f"<a href='{escape(pdf_link(document.id))}'>{text(document.file)}</a>"


def _row(document: Document, by_id: Mapping[str, Document]) -> str:
    metadata, counts = document.metadata, document.status_counts
    unreadable = counts.get(PageStatus.UNREADABLE, 0)
    confidence = document.ocr_confidence
    figures = [
        (number(document.page_count), ""),
        (number(counts.get(PageStatus.TEXT, 0)), ""),
        (number(counts.get(PageStatus.OCR, 0)), ""),
        ("–" if confidence is None else f"{100 * confidence:.0f}{NBSP}%", ""),
        (number(counts.get(PageStatus.EMPTY, 0)), ""),
        (number(unreadable), " alerte" if unreadable else ""),
    ]
    return (
        f"<tr><th scope='row'><a href='{escape(pdf_link(document.id))}'>{text(metadata.title)}</a>"
        f"<br><span class='discret'>{text(document.file)}</span></th>"
        f"<td>{text(KIND_LABELS.get(metadata.kind, metadata.kind))}</td>"
        f"<td>{text(metadata.publisher or '–')}</td>"
        f"<td>{text(french_date(metadata.date) or '–')}</td>"
        f"<td>{_version(document, by_id)}</td>"
        + "".join(f"<td class='nombre{style}'>{value}</td>" for value, style in figures)
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
