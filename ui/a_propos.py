"""« À propos » tab: models, index, and whether anything tried to leave the machine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import gradio as gr

from assistant import __version__, egress
from assistant.engine_port import Engine
from assistant.language.typography import NBSP
from assistant.settings import Settings
from ui.about import (
    coverage_html,
    created_words,
    facts,
    licences_html,
    models_html,
    prompts_html,
    report_html,
    row,
)
from ui.panel import html_panel
from ui.rendering import Fragment, fragment, french_date, number, plural, text

SHOWN = 20
"""Refused connections listed; the total is always given."""

LICENCES_PENDING = fragment(
    "<h2 class='titre-panneau'>Licences</h2><p class='discret'>Lecture des licences…</p>"
)


def about_html(engine: Engine, settings: Settings, guard: egress.EgressGuard | None) -> Fragment:
    """All of the tab but the licences, which take longer to read."""
    status = engine.status()
    generation = str(status.get("generation") or "–")
    llm = (status.get("models") or {}).get("llm")
    return fragment(
        "<h2 class='titre-panneau'>Ce qui répond</h2>",
        serving_html(status),
        "<h3 class='sous-titre'>Modèles</h3>",
        models_html(settings, llm),
        "<h3 class='sous-titre'>Consignes données au modèle de langue</h3>",
        "<p class='discret'>Elles ne servent que pour une réponse ou une fiche rédigée par un "
        f"modèle{NBSP}; les extraits, eux, sont repris mot pour mot.</p>".replace(
            f"{NBSP};", "\u202f;"
        ),
        prompts_html(settings.prompts_dir),
        "<h2 class='titre-panneau'>Couverture du corpus</h2>",
        coverage_html(engine.documents()),
        "<p><a href='#onglet:corpus'>Ouvrir l’onglet «\u00a0Corpus\u00a0»</a></p>",
        "<h2 class='titre-panneau'>Souveraineté</h2>",
        sovereignty_html(guard),
        "<h2 class='titre-panneau'>Signaler un problème</h2>",
        report_html(settings.contact, generation, __version__),
        "<h2 class='titre-panneau'>Accessibilité et API</h2>",
        "<p><a href='/accessibilite'>Déclaration d’accessibilité</a>"
        f"{NBSP}: non audité.</p>"
        "<p>Les mêmes réponses sont disponibles pour d’autres logiciels de cette machine"
        f"{NBSP}: <a href='/docs'>documentation de l’API</a>.</p>",
    )


def serving_html(status: dict[str, Any]) -> str:
    """Version, index and corpus in a table."""
    pages = status.get("pages", {})
    created = created_words(str(status.get("created") or ""))
    damaged = status.get("damaged")
    meanwhile = (
        f"Le précédent sert à sa place{NBSP}: les derniers documents chargés peuvent y manquer."
        if status.get("generation")
        else f"Aucun autre ne peut servir{NBSP}: les questions sont refusées jusqu’à ce qu’il soit "
        "reconstruit."
    )
    said = (
        f"<p class='alerte'>L’index le plus récent ({text(str(damaged))}) est endommagé. "
        f"{meanwhile}</p>"
        if damaged
        else ""
    )
    generation = text(str(status.get("generation") or "–"))
    made = f" <span class='discret'>(du {text(created)})</span>" if created else ""
    written = "generative" in status.get("modes", [])
    modes = "extraits mot pour mot" + (", ou rédaction vérifiée phrase par phrase" * written)
    counts = [
        f"{number(pages.get('text', 0))} avec texte",
        f"{number(pages.get('ocr', 0))} par reconnaissance de caractères",
        plural(pages.get("empty", 0), "vide"),
        plural(pages.get("unreadable", 0), "illisible"),
    ]
    return said + facts(
        "Version, index et corpus",
        [
            row("Version de l’assistant", text(__version__)),
            row("Réponses", modes),
            row("Génération de l’index", generation + made),
            row("Documents", number(status.get("documents", 0))),
            row("Pages", " · ".join(counts)),
            row("Passages indexés", number(status.get("passages", 0))),
        ],
    )


def sovereignty_html(guard: egress.EgressGuard | None) -> str:
    """What the egress guard saw."""
    if guard is None:
        return (
            "<p class='alerte'>Le contrôle des connexions sortantes n’est pas actif dans ce "
            "processus.</p>"
        )
    since = _when(guard.since)
    rule = (
        "<p class='discret'>Les connexions du serveur sont limitées à cette machine ; toute "
        "autre est refusée et inscrite ici.</p>"
    ).replace(" ;", "\u202f;")
    if not guard.total:
        return (
            f"<p class='conforme'>Aucune tentative de connexion sortante depuis {since}.</p>{rule}"
        )
    items = "".join(
        f"<li>{_when(attempt.at)}{NBSP}: {text(attempt.address)}</li>"
        for attempt in guard.attempts[-SHOWN:]
    )
    blocked = plural(guard.total, "tentative bloquée", "tentatives bloquées")
    return f"<p class='alerte'>{blocked} depuis {since}.</p><ul>{items}</ul>{rule}"


def _when(moment: datetime) -> str:
    local = moment.astimezone()
    return f"le {french_date(local.date().isoformat())} à {local:%H}{NBSP}h{NBSP}{local:%M}"


def build(assistant: Engine, settings: Settings, tab: gr.Tab) -> None:
    """Lay the tab out; to be called where it must stand.

    Args:
        assistant: the engine.
        settings: the options.
        tab: the tab itself: what it says is read when it is opened.
    """
    about = html_panel("", elem_id="a-propos")
    licences = html_panel(LICENCES_PENDING, elem_id="licences")
    options: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    tab.select(
        lambda: about_html(assistant, settings, egress.guard()), None, about, **options
    ).then(licences_html, None, licences, **options)
