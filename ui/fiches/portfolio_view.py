"""The portfolio as HTML: the list, the charts, what can be saved of them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from assistant.access import current
from assistant.access.model import Permission
from assistant.fiches.listing import FicheFilter
from assistant.fiches.method import Method
from assistant.fiches.model import STATE_LABELS, Fiche
from assistant.fiches.shown import (
    choices_of,
    counts_of,
    day,
    named,
    title_of,
    windows_of,
)
from assistant.language.typography import NBSP
from ui.fiches.parts import command
from ui.rendering import fragment, plural, text

FORMATS = {
    "docx": "Word (DOCX)",
    "odt": "LibreOffice (ODT)",
    "pdf": "PDF",
    "md": "Markdown",
    "json": "JSON",
}
TABLES = {"xlsx": "Excel (XLSX)", "csv": "CSV"}


def exports_html(fiche: Fiche) -> str:
    """Links that save one fiche."""
    if not fiche.id:
        return ""
    return fragment(
        f"<p>Exporter cette fiche{NBSP}:</p>"
        f"{export_links(f'/v1/fiches/{fiche.id}/export', (), FORMATS, 'cette fiche')}"
    )


def export_links(
    address: str, query: Sequence[tuple[str, str]], formats: dict[str, str], about: str
) -> str:
    """Links that save something, one a format; `about` is only heard."""
    items = "".join(
        f"<li><a href='{text(_address(address, query, name))}'>{label}"
        f"<span class='hors-ecran'>, {text(about)}</span></a></li>"
        for name, label in formats.items()
    )
    return f"<ul class='liens'>{items}</ul>"


def _address(address: str, query: Sequence[tuple[str, str]], format_: str) -> str:
    return f"{address}?{urlencode([*query, ('format', format_)])}"


def table_links_html(chosen: FicheFilter) -> str:
    """Links that save the table of the fiches listed."""
    query = [("recherche", chosen.words)] if chosen.words else []
    query += [("axe", chosen.axis)] if chosen.axis else []
    query += [("etat", one) for one in chosen.states]
    return fragment(
        f"<p>Tableau des fiches de la liste{NBSP}:</p>",
        export_links("/v1/fiches/portefeuille/tableau", query, TABLES, "tableau des fiches"),
    )


def pack_html(ids: Sequence[str]) -> str:
    """Links that save the pack of a committee for the fiches chosen."""
    if not ids:
        return fragment("<p class='discret'>Choisissez au moins une fiche.</p>")
    query = [("id", one) for one in ids]
    return fragment(
        f"<p>Dossier du comité, {plural(len(ids), 'fiche')} et la matrice{NBSP}:</p>",
        export_links("/v1/fiches/portefeuille/dossier", query, FORMATS, "dossier du comité"),
    )


def list_html(fiches: Sequence[Fiche], total: int, method: Method) -> str:
    """The list, each fiche with what can be done of it."""
    if not fiches:
        return fragment(
            "<p class='discret'>Aucune fiche. Rédigez-en une dans «\u00a0Rédiger\u00a0», ou "
            "élargissez la recherche.</p>"
        )
    rows = "".join(_row(rank, one, method) for rank, one in enumerate(fiches, start=1))
    more = (
        f"<p class='discret'>Les {len(fiches)} dernières sont affichées{NBSP}: précisez la "
        "recherche.</p>"
        if total > len(fiches)
        else ""
    )
    return fragment(
        f"<h2 class='titre-panneau' tabindex='-1'>{plural(total, 'fiche')}</h2>{more}",
        f"<ol class='portefeuille'>{rows}</ol>",
    )


def _row(rank: int, fiche: Fiche, method: Method) -> str:
    title = title_of(fiche)
    axis = named(choices_of(fiche, "axe", method)) or "aucun axe retenu"
    counts = counts_of(fiche)
    passed = sum(one.state == "passe" for one in windows_of(fiche))
    facts = [
        f"<b>{STATE_LABELS[fiche.state]}</b>",
        text(axis),
        f"{plural(counts['documente'], 'champ documenté', 'champs documentés')} sur "
        f"{len(fiche.fields)}",
        f"modifiée le {day(fiche.updated)}",
    ]
    facts += [text(fiche.author)] if fiche.author else []
    late = (
        f" <span class='echeance passe'><span aria-hidden='true'>✕</span> "
        f"{plural(passed, 'échéance passée', 'échéances passées')}</span>"
        if passed
        else ""
    )
    delete = (
        command("supprimer", fiche.id, "Supprimer", title)
        if current.person().may(Permission.WRITE_FICHES)
        else ""
    )
    return (
        f"<li><div><a class='voir' href='#fiche:ouvrir:{text(fiche.id)}'>{rank}. {text(title)}</a>"
        f"{late}</div><p class='faits'>{' · '.join(facts)}</p>"
        f"{delete}</li>"
    )
