"""The accessibility statement as one page: no script, nothing loaded from elsewhere.

It follows the model of the French decree 2019-768 (RGAA 4.1) and says no more than what is
checked: without an audit, a service is to be held as not compliant.
"""

from __future__ import annotations

from html import escape

from assistant import __version__
from assistant.identity import Identity
from assistant.language.typography import typeset

STATE = "non audité"
"""What the footer of the screens says, beside the link to the page."""

CHECKED = (
    "Chaque onglet et sous-onglet passe l'outil axe-core (règles WCAG 2.1 A et AA), en clair et "
    "en sombre, à chaque modification du logiciel : aucun défaut n'y est toléré.",
    "Le parcours principal (poser une question, lire la réponse, ouvrir la page citée, "
    "l'agrandir, passer à la suivante, rédiger une fiche, l'exporter) se fait au clavier seul ; "
    "il est rejoué à chaque modification.",
    "Aucun défilement horizontal de la page de 360 à 1 920 pixels de large, ce qui couvre un "
    "agrandissement de 200 % ; les tableaux larges défilent dans leur cadre, au clavier aussi.",
    "Les nouvelles phrases d'une réponse sont annoncées aux lecteurs d'écran une seule fois, sans "
    "déplacer la lecture.",
    "Les graphiques ont leur tableau de valeurs ; les pages affichées en image ont leur texte.",
    "Les animations respectent la préférence « réduire les animations » ; les couleurs forcées du "
    "système sont respectées.",
    "Les documents Word, PDF et OpenDocument exportés sont balisés : titres, listes, en-têtes de "
    "tableaux, langue.",
)

GAPS = (
    "Aucun audit par une personne extérieure, ni aucun essai par des personnes handicapées, n'a "
    "encore eu lieu ; les lecteurs d'écran NVDA, JAWS et VoiceOver n'ont pas été essayés.",
    "Les onglets, listes déroulantes et formulaires viennent de la bibliothèque Gradio : leur "
    "balisage ne dépend pas de cet assistant. Les listes déroulantes, en particulier, peuvent "
    "être annoncées de façon incomplète.",
    "Les documents du corpus sont montrés tels qu'ils ont été publiés : un PDF sans balises le "
    "reste. Son texte, lu par l'assistant, est proposé à côté de l'image ; l'ordre de lecture "
    "d'une page à plusieurs colonnes peut y être imparfait.",
    "Les écrans ont besoin de JavaScript. Sans lui restent l'API et la ligne de commande.",
)


def statement_page(identity: Identity) -> str:
    """Lay the statement out as HTML.

    Args:
        identity: who is responsible, and whom to write to.
    """
    who = identity.organisation or "L'organisation qui met cet assistant à disposition"
    contact = (
        f"Écrivez à : {identity.contact}."
        if identity.contact
        else "Adressez-vous à la personne qui a installé cet assistant dans votre organisation. "
        "(Elle peut donner ici son adresse : option « contact ».)"
    )
    title = f"Accessibilité – {identity.title}"
    parts = [
        "<!doctype html><html lang='fr'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{escape(title)}</title>",
        "<link rel='icon' href='/interface/favicon.svg'>",
        "<link rel='stylesheet' href='/interface/docs.css'>",
        "<link rel='stylesheet' href='/interface/identite.css'></head><body>",
        "<a class='skip' href='#contenu'>Aller au contenu</a>",
        "<header><h1>Déclaration d’accessibilité</h1>",
        "<p><a href='/'>Ouvrir l’assistant</a></p></header><main id='contenu'>",
        _said(
            f"{who} s'engage à rendre cet assistant accessible, comme le demande l'article 47 de "
            f"la loi n°\u00a02005-102 du 11 février 2005. Cette déclaration s'applique à ses "
            f"écrans, version {__version__}."
        ),
        "<h2>État de conformité</h2>",
        f"<p><strong>{_prose('Cet assistant n’est pas audité.')}</strong> "
        + _prose(
            "Sa conformité au référentiel général d'amélioration de l'accessibilité (RGAA), "
            "version 4.1, n'a pas été établie : en l'absence d'audit, il doit être tenu pour non "
            "conforme. Ce qui suit vient de nos propres vérifications ; elles laissent attendre "
            "une conformité partielle, que seul un audit peut constater."
        )
        + "</p>",
        "<h2>Ce qui est vérifié</h2>",
        _list(CHECKED),
        "<h2>Ce qui n’est pas accessible, ou n’est pas vérifié</h2>",
        _list(GAPS),
        "<h2>Signaler un obstacle</h2>",
        _said(
            f"Un contenu ou une commande vous est inaccessible ? {contact} Dites l'onglet, ce que "
            "vous vouliez faire et l'aide technique que vous employez."
        ),
        "<h2>Voies de recours</h2>",
        _said(
            "Si vous avez signalé un obstacle et n'avez pas reçu de réponse satisfaisante, vous "
            "pouvez écrire au Défenseur des droits ou saisir son délégué dans votre région : "
            "Défenseur des droits, Libre réponse 71120, 75342 Paris Cedex 07 (sans timbre)."
        ),
        "</main></body></html>",
    ]
    return "".join(parts)


def _prose(said: str) -> str:
    return escape(typeset(said).replace("'", "’"), quote=False)


def _said(said: str) -> str:
    return f"<p>{_prose(said)}</p>"


def _list(items: tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li>{_prose(item)}</li>" for item in items) + "</ul>"
