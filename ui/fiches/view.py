"""A whole fiche on the screen: its summary, its fields, its sources."""

from __future__ import annotations

import re

from assistant.fiches.method import Method
from assistant.fiches.model import STATE_LABELS, STATUS_LABELS, Fiche
from assistant.fiches.shown import choices_of, cited, counts_of, day, named, title_of, windows_of
from assistant.language.typography import NBSP, typeset
from ui.fiches.parts import STATUS_ICONS, Documents, command, field_html
from ui.rendering import fragment, plural, text
from ui.rendering.references import Reference, cards_of, numbered
from ui.rendering.sources import panel_html

WELCOME = fragment(
    "<p class='accueil'>La fiche que vous rédigez, ou que vous ouvrez dans le portefeuille, "
    "s’affiche ici. L’assistant cherche, champ par champ, ce que les documents disent d’un cas "
    "d’usage, cite la page de chaque phrase, et laisse «\u00a0à compléter\u00a0» ce qu’ils ne "
    "disent pas, avec la question à poser.</p>"
)
NO_SOURCES = fragment(
    "<h2 class='titre-panneau'>Sources</h2><p class='discret'>Les pages citées par la fiche "
    "s’afficheront ici.</p>"
)
LEGEND = (
    "<details class='legende'><summary>Comment lire cette fiche</summary><ul>"
    "<li><b>✓ documenté</b> : une preuve citée parle de ce cas d’usage, ou une personne l’a "
    "établi.</li>"
    "<li><b>◐ partiel</b> : un cadre général, une proposition ou une saisie sans preuve.</li>"
    "<li><b>○ à compléter</b> : les documents n’en disent rien ; la question à poser est "
    "donnée.</li>"
    "<li><b>corpus</b> : tiré d’un document cité ; <b>saisie</b> : écrit par une personne ; "
    "<b>calculé</b> : déduit, avec le calcul ou les mots qui y mènent.</li>"
    "<li><b>cadre général</b> : vaut pour tout projet (règle, appel à projets, objectif régional) "
    "et ne parle pas de ce cas d’usage en particulier.</li></ul></details>"
)


def pages_of(fiche: Fiche, documents: Documents) -> list[Reference]:
    """The pages a fiche cites, numbered in the order of reading."""
    return numbered((), (), documents, compared=[citation for _, citation in cited(fiche)])


def fiche_html(
    fiche: Fiche, documents: Documents, method: Method | None = None, *, editable: bool = True
) -> str:
    """A fiche: what it is, how far it is filled, then its fields.

    Args:
        fiche: as drafted or kept.
        documents: by identifier; may miss some.
        method: the grid in service.
        editable: whether its fields offer to be changed.
    """
    cards = cards_of(pages_of(fiche, documents))
    fields = (
        field_html(fiche, field, rank, cards, documents, method, editable=editable)
        for rank, field in enumerate(fiche.fields, start=1)
    )
    return fragment(
        f"<h2 class='titre-fiche' tabindex='-1'>{text(title_of(fiche))}</h2>",
        _facts(fiche, method),
        _counts(fiche),
        _passed(fiche),
        _remarks(fiche),
        _contents(fiche),
        typeset(LEGEND),
        *fields,
        _trace(fiche),
    )


def fiche_sources_html(fiche: Fiche, documents: Documents) -> str:
    """The pages that a fiche cites, as the sources panel of an answer."""
    return panel_html(title_of(fiche), pages_of(fiche, documents), documents)


def _facts(fiche: Fiche, method: Method | None) -> str:
    axis = named(choices_of(fiche, "axe", method)) or "aucun axe retenu"
    functions = named(choices_of(fiche, "fonctions", method)) or "aucune fonction retenue"
    kept = f"révision {fiche.revision}, {day(fiche.updated)}" if fiche.id else "non enregistrée"
    parts = [f"État{NBSP}: <b>{STATE_LABELS[fiche.state]}</b>", kept]
    parts += [f"auteur{NBSP}: {text(fiche.author)}"] if fiche.author else []
    return (
        f"<p class='faits'>{' · '.join(parts)}</p>"
        f"<p class='axe-retenu'>{text(axis)} · {text(functions)}</p>"
    )


def _counts(fiche: Fiche) -> str:
    items = "".join(
        f"<li class='statut {status}'><span aria-hidden='true'>{STATUS_ICONS[status]}</span> "
        f"{plural(count, 'champ', 'champs')} {_agreed(STATUS_LABELS[status], count)}</li>"
        for status, count in counts_of(fiche).items()
    )
    return f"<ul class='comptes'>{items}</ul>"


def _agreed(label: str, count: int) -> str:
    """A status agreed with a number of fields."""
    return label if label.startswith("à ") or count < 2 else f"{label}s"


def _passed(fiche: Fiche) -> str:
    passed = [one.title for one in windows_of(fiche) if one.state == "passe"]
    if not passed:
        return ""
    titles = list(dict.fromkeys(passed))
    # Quotes within quotes are the English ones.
    quoted = [re.sub(r"«\s*(.*?)\s*»", "“\\1”", title) for title in titles]
    listed = ", ".join(f"«{NBSP}{text(title)}{NBSP}»" for title in quoted)
    said = "Échéances passées" if len(titles) > 1 else "Échéance passée"
    return (
        f"<p class='echeance passe'><span aria-hidden='true'>✕</span> {said} au "
        f"{day(fiche.today)}{NBSP}: {listed}.</p>"
    )


def _remarks(fiche: Fiche) -> str:
    items = [f"<li>{text(typeset(note))}</li>" for note in fiche.notes]
    items += [
        f"<li>Une fiche du portefeuille lui ressemble à {round(100 * one.share)}{NBSP}%{NBSP}: "
        f"«{NBSP}{text(one.title)}{NBSP}». {command('ouvrir', one.id, 'L’ouvrir', one.title)}</li>"
        for one in fiche.similar
    ]
    if not items:
        return ""
    return f"<div class='remarques'><h3>À savoir</h3><ul>{''.join(items)}</ul></div>"


def _contents(fiche: Fiche) -> str:
    items = "".join(
        f"<li><a href='#champ-{text(one.key)}'>{text(one.label)}</a> "
        f"<span class='discret'>{STATUS_LABELS[one.status]}</span></li>"
        for one in fiche.fields
    )
    return (
        f"<details class='sommaire'><summary>Sommaire des {len(fiche.fields)} champs</summary>"
        f"<ol>{items}</ol></details>"
    )


def _trace(fiche: Fiche) -> str:
    return (
        f"<p class='mode'>Grille{NBSP}: {text(fiche.method.title)} (version "
        f"{text(fiche.method.version)}) · échéances comparées au {day(fiche.today)}</p>"
    )
