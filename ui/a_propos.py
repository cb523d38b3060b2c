"""« À propos » tab: models, index, and whether anything tried to leave the machine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import gradio as gr

from assistant import __version__, egress
from assistant.api.engine_port import Engine
from assistant.language.typography import NBSP
from ui.rendering import fragment, french_date, number, plural, text

SHOWN = 20
"""Refused connections listed; the total is always given."""


def about_html(status: dict[str, Any], guard: egress.EgressGuard | None) -> str:
    """What serves the answers, and the sovereignty state."""
    models = status.get("models", {})
    pages = status.get("pages", {})
    rows = [
        ("Version de l’assistant", __version__),
        ("Mode de réponse", "extractif : les phrases affichées sont celles des documents"),
        ("Modèle de recherche", models.get("embedding") or "–"),
        ("Modèle de réordonnancement", models.get("reranker") or "aucun"),
        ("Modèle de langue", models.get("llm") or "aucun"),
        ("Génération de l’index", status.get("generation") or "–"),
        ("Documents", number(status.get("documents", 0))),
        (
            "Pages",
            " · ".join(
                [
                    f"{number(pages.get('text', 0))} avec texte",
                    f"{number(pages.get('ocr', 0))} par reconnaissance de caractères",
                    plural(pages.get("empty", 0), "vide"),
                    plural(pages.get("unreadable", 0), "illisible"),
                ]
            ),
        ),
        ("Passages indexés", number(status.get("passages", 0))),
    ]
    table = "".join(
        f"<tr><th scope='row'>{text(name)}</th><td>{text(str(value))}</td></tr>"
        for name, value in rows
    )
    return fragment(
        "<h2 class='titre-panneau'>Ce qui répond</h2>",
        f"<table class='fiche'><tbody>{table}</tbody></table>",
        "<h2 class='titre-panneau'>Souveraineté</h2>",
        sovereignty_html(guard),
        "<h2 class='titre-panneau'>Utiliser l’API</h2>",
        "<p>Les mêmes réponses sont disponibles pour d’autres logiciels de cette machine"
        f"{NBSP}: <a href='/docs'>documentation de l’API</a>.</p>",
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


def build(assistant: Engine, blocks: gr.Blocks) -> None:
    """Lay the tab out; to be called where it must stand."""
    about = gr.Markdown(about_html(assistant.status(), egress.guard()), elem_id="a-propos")
    blocks.load(
        lambda: about_html(assistant.status(), egress.guard()),
        None,
        about,
        show_progress="hidden",
        api_visibility="private",
    )
