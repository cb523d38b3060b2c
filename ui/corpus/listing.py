"""The list of documents: searched, filtered, sorted, and what was read of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from assistant.ingestion.places import fold
from assistant.language.typography import NBSP, typeset
from assistant.model import KIND_LABELS, Document, PageStatus
from ui.rendering import Fragment, fragment, french_date, number, plural, text

PAGE: Final = 50
"""Documents shown at once; a button shows more."""
ALL: Final = ""
COMMAND: Final = "assistant ingerer DOSSIER"

SORTS: Final[Mapping[str, str]] = {
    "titre": "Titre",
    "recent": "Date du document",
    "pages": "Nombre de pages",
    "manques": "Pages illisibles d’abord",
}
STATES: Final[Mapping[str, str]] = {
    "complet": "Entièrement lus",
    "ocr": "Avec des pages reconnues (OCR)",
    "manques": "Avec des pages illisibles",
    "remplace": "Remplacés par une version plus récente",
}
_KEYS: Final[Mapping[str, Callable[[Document], Any]]] = {
    "titre": lambda one: (),
    "recent": lambda one: _descending(one.metadata.date or ""),
    "pages": lambda one: -one.page_count,
    "manques": lambda one: -_count(one, PageStatus.UNREADABLE),
}


def _descending(value: str) -> tuple[int, ...]:
    return tuple(-ord(char) for char in value) or (1,)


def _count(document: Document, status: PageStatus) -> int:
    return document.status_counts.get(status, 0)


def in_state(document: Document, state: str) -> bool:
    """Whether a document is one of those that a key of `STATES` names."""
    if state == "complet":
        return not _count(document, PageStatus.UNREADABLE)
    if state == "ocr":
        return _count(document, PageStatus.OCR) > 0
    if state == "manques":
        return _count(document, PageStatus.UNREADABLE) > 0
    return state != "remplace" or document.superseded_by is not None


def chosen(
    documents: Sequence[Document], search: str, kind: str, state: str, sort: str
) -> list[Document]:
    """Documents that hold every word of a search, of one kind and state, in order."""
    words = fold(search[:200]).split()
    found = [
        one
        for one in documents
        if (not kind or one.metadata.kind == kind)
        and in_state(one, state)
        and all(word in _searched(one) for word in words)
    ]
    found.sort(key=lambda one: fold(one.metadata.title))
    found.sort(key=_KEYS.get(sort, _KEYS["titre"]))
    return found


def _searched(document: Document) -> str:
    metadata = document.metadata
    parts = (metadata.title, document.file, metadata.publisher, metadata.region, metadata.version)
    return fold(" ".join(part for part in parts if part))


def kind_choices(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """Kinds present as (label with its number, key), after the one that means all."""
    counts: dict[str, int] = {}
    for document in documents:
        counts[document.metadata.kind] = counts.get(document.metadata.kind, 0) + 1
    present = [(f"{KIND_LABELS.get(key, key)} ({n})", key) for key, n in sorted(counts.items())]
    return [("Tous les types", ALL), *present]


def state_choices(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """States present as (label with its number, key), after the one that means all."""
    counts = {key: sum(in_state(one, key) for one in documents) for key in STATES}
    present = [(f"{STATES[key]} ({n})", key) for key, n in counts.items() if n]
    return [("Tous les états", ALL), *present]


def summary_html(documents: Sequence[Document], *, managed: bool) -> Fragment:
    """How much was read of the whole corpus."""
    if not documents:
        how = "Ajoutez-en ci-dessus." if managed else f"Pour en ajouter : <code>{COMMAND}</code>."
        return fragment(
            "<h2 class='titre-panneau'>Aucun document</h2>",
            f"<p>{typeset(f'Aucun document n’est indexé. {how}')}</p>",
        )
    pages = sum(document.page_count for document in documents)
    counts = {status: sum(_count(one, status) for one in documents) for status in PageStatus}
    unread = counts[PageStatus.UNREADABLE]
    lost = (
        "<p class='discret'>Une page illisible ne peut servir à aucune réponse. Ouvrez un document "
        "pour voir lesquelles, et pourquoi.</p>"
        if unread
        else ""
    )
    return fragment(
        f"<h2 class='titre-panneau'>{plural(len(documents), 'document')}, "
        f"{plural(pages, 'page')}</h2>",
        f"<p>{counts_words(counts)}</p>{lost}",
    )


def counts_words(counts: Mapping[PageStatus, int] | Mapping[str, int]) -> str:
    """« 20 lues dans le texte, 2 par OCR, 1 vide, 1 illisible », as HTML; zeros are left out."""
    known: Mapping[str, int] = {str(key): n for key, n in counts.items()}
    read, ocr, empty, unread = (
        known.get(one, 0)
        for one in (PageStatus.TEXT, PageStatus.OCR, PageStatus.EMPTY, PageStatus.UNREADABLE)
    )
    parts = [
        f"{plural(read, 'page lue', 'pages lues')} dans le texte" if read else "",
        f"{number(ocr)} par reconnaissance (OCR)" if ocr else "",
        plural(empty, "vide") if empty else "",
        f"<b class='alerte'>{plural(unread, 'illisible')}</b>" if unread else "",
    ]
    return ", ".join(part for part in parts if part) or "Aucune page"


def list_html(
    found: Sequence[Document], total: int, shown: int, opened: str | None, titles: Mapping[str, str]
) -> Fragment:
    """The ledger of the documents found.

    Args:
        found: those that the search and the filters let through.
        total: how many there are in all.
        shown: how many rows to draw.
        opened: identifier of the one beside the list.
        titles: titles of all documents, by identifier.
    """
    if not total:
        return fragment("")
    if not found:
        return fragment(
            "<p role='status'>Aucun document ne correspond. Effacez la recherche ou choisissez "
            "d’autres filtres.</p>"
        )
    rows = "".join(_row(one, one.id == opened, titles) for one in found[:shown])
    count = plural(len(found), "document trouvé", "documents trouvés") if len(found) < total else ""
    return fragment(
        f"<p class='hors-ecran' role='status'>{count}</p>",
        f"<p class='discret' aria-hidden='true'>{count}</p>" if count else "",
        "<table class='documents registre'><caption class='hors-ecran'>Documents et ce qui en a "
        "été lu</caption><thead><tr><th scope='col'>Document</th>",
        "<th scope='col' class='nombre'>Pages</th><th scope='col' class='nombre'>Lues</th>",
        "<th scope='col' class='nombre'>OCR</th><th scope='col' class='nombre'>Vides</th>",
        "<th scope='col' class='nombre'>Illisibles</th></tr></thead>",
        f"<tbody>{rows}</tbody></table>",
    )


def _row(document: Document, opened: bool, titles: Mapping[str, str]) -> str:
    metadata = document.metadata
    facts = [
        KIND_LABELS.get(metadata.kind, metadata.kind),
        metadata.publisher or "",
        french_date(metadata.date),
        f"version{NBSP}{metadata.version}" if metadata.version else "",
    ]
    said = text(" · ".join(fact for fact in facts if fact))
    newer = titles.get(document.superseded_by or "")
    replaced = f"<br><span class='alerte'>Remplacé par {text(newer)}</span>" if newer else ""
    figures = [
        (document.page_count, ""),
        (_count(document, PageStatus.TEXT), ""),
        (_count(document, PageStatus.OCR), ""),
        (_count(document, PageStatus.EMPTY), ""),
        (_count(document, PageStatus.UNREADABLE), " alerte"),
    ]
    cells = "".join(
        f"<td class='nombre{style if value else ''}'>{number(value)}</td>"
        for value, style in figures
    )
    current = " aria-current='true'" if opened else ""
    return (
        f"<tr{' class=ouvert' if opened else ''}><th scope='row'>"
        f"<a class='commande' href='#corpus:ouvrir:{quote(document.id, safe='')}'{current}>"
        f"{text(metadata.title)}</a><br>"
        f"<span class='discret'>{text(document.file)}<br>{said}</span>{replaced}"
        f"<span class='etroit'>{plural(document.page_count, 'page')}{NBSP}: "
        f"{counts_words(document.status_counts)}</span></th>{cells}</tr>"
    )
