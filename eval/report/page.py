"""The report as one page of HTML that loads nothing from anywhere."""

from __future__ import annotations

from eval.report import entries, sections, tables
from eval.report.content import Content
from eval.report.images import Pictures
from eval.report.look import POLICY, SCRIPT, STYLE
from eval.report.texts import ours, safe

_PARTS = {
    "chiffres": "Chiffres",
    "graphiques": "Graphiques",
    "differences": "Différences",
    "questions": "Questions",
    "conditions": "Conditions",
    "limites": "Limites",
}


def page(content: Content, pictures: Pictures) -> str:
    """Write the whole page.

    Args:
        content: what it says.
        pictures: pages shown under the questions.
    """
    return (
        '<!doctype html>\n<html lang="fr"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{safe(content.title)}</title><style>{STYLE}</style></head><body>"
        '<a class="evitement" href="#contenu">Aller au contenu</a>'
        f'<header class="bandeau"><div class="large"><h1>{safe(content.title)}</h1>'
        f"<p>{safe(content.measured())}</p></div></header>"
        f'<main class="large" id="contenu" tabindex="-1">{_body(content, pictures)}</main>'
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def _body(content: Content, pictures: Pictures) -> str:
    tone = "" if content.gate is None else " oui" if content.gate.passed else " non"
    links = "".join(f'<li><a href="#{key}">{name}</a></li>' for key, name in _PARTS.items())
    parts = [
        f'<nav class="sommaire" aria-label="Sommaire"><ul>{links}</ul></nav>',
        f'<p class="conclusion{tone}">{safe(content.said_of_gate())}</p>',
        tables.gate(content),
        *(f'<p class="avertissement">{safe(one)}</p>' for one in content.warnings()),
        entries.counted(content),
        _part(
            "chiffres", tables.headline(content), "<h3>Temps et mémoire</h3>", tables.times(content)
        ),
        _part(
            "graphiques",
            "<h3>Recherche, confiance et temps</h3>",
            sections.curves(content),
            "<h3>Par genre de question</h3>",
            f"<p class=discret>{ours(_DRAWN)}</p>",
            sections.by_kind(content),
            "<h3>Par document</h3>",
            f"<p class=discret>{ours(_DOCUMENTS)}</p>",
            sections.by_document(content),
        ),
        _part("differences", sections.comparison(content)),
        _part(
            "questions",
            f"<p>{ours(_FAILING)} {ours(pictures.said())}</p>",
            entries.questions(content, pictures),
        ),
        _part("conditions", f"<p>{ours(_CONDITIONS)}</p>", tables.conditions(content)),
        _part(
            "limites",
            "<ul>" + "".join(f"<li>{safe(one)}</li>" for one in content.limits()) + "</ul>",
            f"<p>{ours(_FILES)}</p>",
        ),
    ]
    return "".join(parts)


_DRAWN = (
    "Point : valeur ; trait : intervalle à 95 % ; entre parenthèses : cas comptés ; tireté : "
    "ensemble du jeu."
)
_DOCUMENTS = (
    "Questions rangées par document attendu, les moins bien servis d’abord ; celles que le corpus "
    "ne traite pas n’y sont pas."
)
_FAILING = "Les questions à reprendre viennent d’abord, les plus graves en tête."
_CONDITIONS = (
    "Deux mesures de réponses faites d’extraits, dans les mêmes conditions et sur la même machine, "
    "donnent les mêmes chiffres de qualité."
)
_FILES = (
    "À côté de cette page : rapport.md et rapport.json (les mêmes chiffres), questions.jsonl "
    "(chaque question avec sa réponse entière), jeu.qrels et jeu.run (format TREC) pour recalculer "
    "les chiffres de la recherche avec un autre outil."
)


def _part(key: str, *content: str) -> str:
    return (
        f'<section aria-labelledby="{key}"><h2 id="{key}">{_PARTS[key]}</h2>{"".join(content)}'
        "</section>"
    )
