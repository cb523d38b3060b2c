"""What « À propos » says, as HTML: models, instructions, coverage, licences."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from assistant.errors import AssistantError
from assistant.generation.prompts import load_prompt
from assistant.language.typography import NBSP, typeset
from assistant.model import Document, PageStatus
from assistant.packaging.sbom import licence_of, model_facts
from assistant.settings import Settings
from ui.rendering import Fragment, fragment, french_date, number, pdf_link, plural, text

PROMPTS = {
    "reponse-systeme": "Réponses : le rôle du modèle et ses règles",
    "reponse-question": "Réponses : la demande",
    "fiche-systeme": "Fiches : le rôle du modèle et ses règles",
    "fiche-champ": "Fiches : la demande, champ par champ",
}
"""The instructions given to a language model, and what each is for."""


def row(name: str, value: str) -> str:
    """A line of a table of facts; the value is HTML."""
    return f"<tr><th scope='row'>{text(typeset(name))}</th><td>{value}</td></tr>"


def facts(caption: str, rows: Iterable[str]) -> str:
    """A table of facts."""
    return (
        f"<table class='fiche'><caption class='hors-ecran'>{text(caption)}</caption>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def models_html(settings: Settings, llm: str | None) -> str:
    """The models: what each does, where it comes from, its licence, its size.

    Args:
        settings: where the models are.
        llm: name of the language model, when one is known.
    """
    rows = [_local("Recherche par le sens", settings.embedding_model)]
    if settings.reranker_model:
        rows.append(_local("Réordonnancement", settings.reranker_model))
    if settings.llm_url:
        host = urlsplit(settings.llm_url).netloc
        said = f"<b>{text(llm or settings.llm_model or 'nom donné par le serveur')}</b>"
        where = f"servi par {text(host)}, sur votre réseau"
        rows.append(_model("Rédaction, sur demande", said, "voir ce serveur", where, "–"))
    else:
        rows.append(_model("Rédaction", "aucun modèle de langue", "–", "–", "–"))
    rows.append(
        _model(
            "Reconnaissance de caractères",
            "Tesseract, s’il est installé sur cette machine",
            "Apache-2.0",
            "paquets du système",
            "–",
        )
    )
    head = "".join(
        f"<th scope='col'>{name}</th>"
        for name in ("Ce qu’il fait", "Modèle", "Licence", "D’où il vient", "Taille")
    )
    return (
        "<div class='defilable' tabindex='0' role='group' aria-label='Modèles'>"
        f"<table class='fiche modeles'><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _local(role: str, folder: Path) -> str:
    known = model_facts(folder)
    source = known.get("source") or {}
    package = str(source.get("package") or "")
    origin = text(f"paquet Python {package.replace('==', ' ')}") if package else "non déclarée"
    size = sum(int(one.get("bytes", 0)) for one in known["files"].values())
    said = f"{number(round(size / 1_000_000))}{NBSP}Mo" if size else "–"
    name = f"<b>{text(str(known['model']))}</b>"
    return _model(role, name, text(str(known["licence"])), origin, said)


def _model(role: str, name: str, licence: str, origin: str, size: str) -> str:
    cells = "".join(f"<td>{cell}</td>" for cell in (name, licence, origin, size))
    return f"<tr><th scope='row'>{text(role)}</th>{cells}</tr>"


def prompts_html(folder: Path) -> str:
    """The instructions, folded, as they are sent."""
    parts = []
    for name, role in PROMPTS.items():
        try:
            prompt = load_prompt(folder, name)
        except AssistantError as error:
            parts.append(f"<p class='alerte'>{text(typeset(error.message))}</p>")
            continue
        # One block on one line: Markdown would read a blank line as its end.
        lines = "<br>".join(text(line) for line in prompt.text.splitlines())
        parts.append(
            f"<details class='consigne'><summary>{text(typeset(role))} "
            f"<span class='discret'>(version {text(str(prompt.version))})</span></summary>"
            f"<p class='texte-consigne'>{lines}</p></details>"
        )
    return "".join(parts)


def coverage_html(documents: Iterable[Document]) -> str:
    """Pages of each document: read, recognised, empty, unreadable."""
    rows = []
    for document in sorted(documents, key=lambda one: one.metadata.title.casefold()):
        counts = document.status_counts
        unreadable = counts.get(PageStatus.UNREADABLE, 0)
        cells = [
            (counts.get(PageStatus.TEXT, 0), ""),
            (counts.get(PageStatus.OCR, 0), ""),
            (counts.get(PageStatus.EMPTY, 0), ""),
            (unreadable, " alerte" if unreadable else ""),
        ]
        rows.append(
            f"<tr><th scope='row'><a href='{escape(pdf_link(document.id))}'>"
            f"{text(document.metadata.title)}</a></th>"
            + "".join(f"<td class='nombre{style}'>{number(count)}</td>" for count, style in cells)
            + "</tr>"
        )
    if not rows:
        return "<p class='discret'>Le corpus est vide.</p>"
    head = "".join(
        f"<th scope='col' class='nombre'>{name}</th>"
        for name in ("Avec texte", "Reconnues", "Vides", "Illisibles")
    )
    return (
        f"<details class='couverture'><summary>Pages lues, document par document "
        f"({plural(len(rows), 'document')})</summary>"
        "<div class='defilable' tabindex='0' role='group' aria-label='Couverture'>"
        f"<table class='fiche'><thead><tr><th scope='col'>Document</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def licences_html() -> Fragment:
    """The licence of the software and of every library it runs with."""
    from assistant.packaging.closure import project, runtime_closure

    found = runtime_closure()
    rows = "".join(
        f"<tr><th scope='row'>{text(name)}</th><td>{text(one.version)}</td>"
        f"<td>{text(licence_of(one))}</td></tr>"
        for name, one in found.items()
    )
    return fragment(
        "<h2 class='titre-panneau'>Licences</h2>",
        f"<p>Ce logiciel est publié sous licence {text(str(project()['license']))}.</p>"
        f"<details class='licences'><summary>Les {plural(len(found), 'bibliothèque')} avec "
        "lesquelles il fonctionne, et leur licence</summary>"
        "<div class='defilable' tabindex='0' role='group' aria-label='Licences'>"
        "<table class='fiche'><thead><tr><th scope='col'>Bibliothèque</th>"
        "<th scope='col'>Version</th><th scope='col'>Licence déclarée</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></details>",
    )


def report_html(contact: str, generation: str, version: str) -> str:
    """How to tell of a problem inside the organisation."""
    whom = (
        f"Écrivez à{NBSP}: <b>{text(contact)}</b>."
        if contact
        else "Adressez-vous à la personne qui a installé l’assistant dans votre organisation."
    )
    return (
        (
            f"<p>{whom} Rien n’est envoyé d’ici. Dites{NBSP}:</p><ul>"
            "<li>ce que vous faisiez, et ce qui s’est passé au lieu de ce que vous attendiez ;</li>"
            f"<li>la version {text(version)} et la génération de l’index {text(generation)} ;</li>"
            "<li>l’heure, pour retrouver l’incident dans le journal du serveur.</li></ul>"
            "<p class='discret'>Une réponse fausse ou incomplète se signale aussi sous la réponse "
            "(« Faux », « Incomplet »). Qui administre la machine vérifie l’installation avec la "
            "commande «\u00a0assistant diagnostic\u00a0».</p>"
        )
        .replace(" ;", "\u202f;")
        .replace("« ", f"«{NBSP}")
        .replace(" »", f"{NBSP}»")
    )


def created_words(created: str) -> str:
    """Date of a generation in words; written `20310301T…` or as ISO 8601."""
    day = created.replace("-", "")[:8]
    return french_date(f"{day[:4]}-{day[4:6]}-{day[6:]}") if len(day) == 8 else ""
