"""One document: what is known of it, what was read of each page, and why some were not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final
from urllib.parse import quote

from assistant.coverage import UNREADABLE_REMEDY
from assistant.describing import Said
from assistant.language.typography import NBSP, typeset
from assistant.model import KIND_LABELS, Document, PageStatus
from ui.corpus.listing import counts_words
from ui.rendering import (
    Fragment,
    fragment,
    french_date,
    image_link,
    page_name,
    pdf_link,
    plural,
    text,
)

FIELDS: Final[Mapping[str, str]] = {
    "kind": "Type",
    "publisher": "Éditeur",
    "date": "Date",
    "region": "Région",
    "version": "Version",
}
FEW: Final = 40
"""Pages listed at once in a group; the others are folded."""
UNSURE: Final = 0.8
"""Mean confidence under which a recognised page is worth comparing with its image."""
NOTHING: Final = fragment(
    "<h2 class='titre-panneau'>Détail d’un document</h2>",
    "<p class='accueil'>Choisissez un document dans la liste : ce qui en a été lu s’affiche ici, "
    "page par page.</p>".replace(" :", f"{NBSP}:"),
)


def detail_html(
    document: Document,
    coverage: Mapping[str, Any] | None,
    said: Said | None,
    titles: Mapping[str, str],
    restricted: str = "",
) -> Fragment:
    """What is shown beside the list for one document.

    Args:
        document: the document.
        coverage: what `CorpusDesk.coverage` gives.
        said: where its description comes from.
        titles: titles of all documents, by identifier.
        restricted: who may see it, when not everybody may.
    """
    title = document.metadata.title
    return fragment(
        "<p class='retour-liste'><a class='commande' href='#corpus:fermer:'>← Retour à la liste",
        "</a></p>",
        f"<h2 class='titre-panneau' tabindex='-1'>{text(title)}</h2>",
        f"<p class='discret'>{text(document.file)} · "
        f"<a href='{escape(pdf_link(document.id))}' target='_blank'>ouvrir le fichier"
        f"<span class='hors-ecran'> (nouvel onglet)</span></a></p>",
        f"<p class='attention'>{text(restricted)}</p>" if restricted else "",
        _facts(document, said),
        _versions(document, titles),
        "<h3 class='sous-titre'>Ce qui a été lu</h3>",
        f"<p>{counts_words(document.status_counts)}.{_confidence(document)}</p>",
        "".join(_ledger(document, coverage)) if coverage else "",
    )


def _facts(document: Document, said: Said | None) -> str:
    metadata = document.metadata
    values = {
        "kind": KIND_LABELS.get(metadata.kind, metadata.kind),
        "publisher": metadata.publisher,
        "date": french_date(metadata.date),
        "region": metadata.region,
        "version": metadata.version,
    }
    user = said.user if said else {}
    marks = "".join(
        f"<dt>{label}</dt><dd>{text(values[field] or 'non précisé')}{_mark(field, user)}</dd>"
        for field, label in FIELDS.items()
    )
    titled = f"<p>Titre {_mark('title', user)}</p>" if "title" in user else ""
    return f"{titled}<dl class='fiche-document'>{marks}</dl>"


def _mark(field: str, user: Mapping[str, str]) -> str:
    return " <span class='marque'>indiqué par vous</span>" if field in user else ""


def _versions(document: Document, titles: Mapping[str, str]) -> str:
    said = []
    for label, other in (
        ("Remplacé par", document.superseded_by),
        ("Remplace", document.supersedes),
    ):
        if other and other in titles:
            link = f"#corpus:ouvrir:{quote(other, safe='')}"
            style = " class='alerte'" if label == "Remplacé par" else ""
            said.append(f"<p{style}>{label} <a href='{link}'>{text(titles[other])}</a></p>")
    return "".join(said)


def _confidence(document: Document) -> str:
    if document.ocr_confidence is None:
        return ""
    return f" Confiance moyenne de l’OCR{NBSP}: {100 * document.ocr_confidence:.0f}{NBSP}%."


def _ledger(document: Document, coverage: Mapping[str, Any]) -> Iterator[str]:
    pages: Sequence[Mapping[str, Any]] = coverage["ledger"]
    unread = [one for one in pages if one["status"] == PageStatus.UNREADABLE]
    noted = [
        one
        for one in pages
        if one["status"] != PageStatus.UNREADABLE
        and (one["warnings"] or (one["confidence"] is not None and one["confidence"] < UNSURE))
    ]
    if unread:
        yield _group(
            document, f"{plural(len(unread), 'page illisible', 'pages illisibles')}", unread
        )
        yield f"<p class='discret'>{text(typeset(UNREADABLE_REMEDY))}</p>"
    if noted:
        yield _group(document, f"{plural(len(noted), 'page')} à vérifier", noted)
    if coverage["warnings"]:
        remarks = "".join(f"<li>{text(typeset(one))}</li>" for one in coverage["warnings"])
        yield f"<h4>Remarques</h4><ul>{remarks}</ul>"
    if not unread and not noted:
        yield "<p class='conforme'>Aucune page ne pose problème.</p>"


def _group(document: Document, title: str, pages: Sequence[Mapping[str, Any]]) -> str:
    items = [_page(document, one) for one in pages]
    rest = (
        f"<details><summary>Voir les {len(items) - FEW} autres</summary>"
        f"<ul class='pages'>{''.join(items[FEW:])}</ul></details>"
        if len(items) > FEW
        else ""
    )
    return f"<h4>{title}</h4><ul class='pages'>{''.join(items[:FEW])}</ul>{rest}"


def _page(document: Document, page: Mapping[str, Any]) -> str:
    name = page_name(page["page"], page["label"], document.metadata.unit)
    reasons = list(page["warnings"])
    if page["confidence"] is not None:
        reasons.append(f"reconnue (OCR), confiance {100 * page['confidence']:.0f}{NBSP}%")
    why = typeset(" ".join(reasons)) or "aucun texte n’y a été reconnu"
    return (
        f"<li><a class='voir' href='{escape(image_link(document.id, page['page']))}'>{name}</a>"
        f"{NBSP}: {text(why)}</li>"
    )
