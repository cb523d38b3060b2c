"""Charts of the page, each with its table: by depth, by confidence, by time, by kind, by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from assistant.language.typography import typeset
from eval.records import Figure, RiskPoint
from eval.report import charts, tables, texts
from eval.report.content import Content
from eval.report.texts import breakable, ours, safe
from eval.report.wording import wording

BROKEN_DOWN: Final = (
    "right",
    "recall@5",
    "facts",
    "items",
    "citation_recall",
    "abstention_recall",
)
"""Figures shown by kind and by document, those that the run has."""
_DRAWN: Final = 20
"""Documents drawn at most; the table has them all."""


def _figure(caption: str, says: str, svg: str) -> str:
    return (
        f"<figure><figcaption>{ours(caption)}<span>{ours(says)}</span></figcaption>{svg}</figure>"
    )


def _with_tables(figures: str, tables: str, summary: str, kind: str = "") -> str:
    """Drawings, then what they show as tables, folded."""
    return (
        f'<div class="figures{kind}">{figures}</div><details class=chiffres>'
        f"<summary>{summary}</summary>{tables}</details>"
    )


def curves(content: Content) -> str:
    """Recall by depth, errors by coverage, times: what can be drawn of them."""
    drawn = [*_recall(content), *_risk(content), *_times(content)]
    if not drawn:
        return f"<p>Rien à tracer\u00a0: {texts.NOT_MEASURED}.</p>"
    return _with_tables(
        "".join(figure for figure, _ in drawn),
        f"<div class=deux>{''.join(data for _, data in drawn)}</div>",
        "Les chiffres de ces graphiques",
        " paires",
    )


Drawn = tuple[str, str]
"""A drawing with its caption, and its table."""


def _recall(content: Content) -> list[Drawn]:
    found = sorted(
        (int(name.partition("@")[2]), figure)
        for name, figure in content.figures.overall.items()
        if name.startswith("recall@") and figure.value is not None
    )
    if not found:
        return []
    rows = [
        tables.row(str(depth), [("n", "Rappel", tables.cell(figure))]) for depth, figure in found
    ]
    figure = _figure(
        "Pages attendues retrouvées selon la profondeur",
        "Part des pages attendues parmi les premières du classement ; trait : intervalle à 95 %.",
        charts.recall_curve(found, name="g-rappel"),
    )
    header = ["Premières pages", "Rappel"]
    return [(figure, tables.table("Rappel selon la profondeur", header, rows, numbers=(1,)))]


def _risk(content: Content) -> list[Drawn]:
    points = content.figures.risk_coverage
    if not points:
        return []
    rows = [
        tables.row(
            texts.number(one.threshold),
            [
                ("n", "Questions répondues", texts.percent(one.coverage)),
                ("n", "Réponses fausses", texts.percent(one.risk)),
            ],
        )
        for one in _thinned(points)
    ]
    figure = _figure(
        "Erreurs selon la part de questions répondues",
        "On répond d’abord aux questions les plus sûres : la courbe doit rester basse aussi loin "
        "que possible. Tout à droite, les refus comptent comme des erreurs.",
        charts.risk_curve(points, name="g-risque"),
    )
    header = ["Confiance exigée", "Questions répondues", "Réponses fausses"]
    return [(figure, tables.table("Seuils de confiance", header, rows, numbers=(1, 2)))]


def _thinned(points: Sequence[RiskPoint], most: int = 25) -> list[RiskPoint]:
    """As many points as a table can hold, evenly chosen, both ends kept."""
    if len(points) <= most:
        return list(points)
    return [points[round(at * (len(points) - 1) / (most - 1))] for at in range(most)]


def _times(content: Content) -> list[Drawn]:
    drawn = []
    given = {
        "wall": ("Temps jusqu’à la réponse entière", [e.asked.wall_ms for e in content.entries]),
        "first": (
            "Temps jusqu’à la première phrase",
            [e.asked.first_ms for e in content.entries if e.asked.first_ms is not None],
        ),
    }
    for name, (caption, times) in given.items():
        if not times:
            continue
        found = content.figures.latency_ms.get(name, {})
        names = {"p50": "médiane", "p95": "95\u00a0%"}
        marks = {said: found[key] for key, said in names.items() if key in found}
        rows = [
            tables.row(safe(one.label), [("n", "Questions", texts.count(one.count))])
            for one in charts.bins(times)
        ]
        figure = _figure(
            caption,
            "Nombre de questions par durée ; 95 % sont à gauche du second repère.",
            charts.histogram(times, marks, name=f"g-temps-{name}", title=caption),
        )
        drawn.append((figure, tables.table(caption, ["Durée", "Questions"], rows, numbers=(1,))))
    return drawn


def by_kind(content: Content) -> str:
    """Small drawings by kind of question, one a figure, then their table."""
    return _broken_down(content, tables.kinds_in_order(content), "genre", "Genre de question")


def by_document(content: Content) -> str:
    """Small drawings by document, the least well served first, then their table."""
    found = content.figures.by_document
    ordered = sorted(found, key=lambda file: (_rank(found[file]), file))
    return _broken_down(content, {file: found[file] for file in ordered}, "document", "Document")


def _rank(figures: Mapping[str, Figure]) -> float:
    first = figures.get("right")
    return first.value if first is not None and first.value is not None else 2.0


def _broken_down(
    content: Content, groups: Mapping[str, Mapping[str, Figure]], key: str, first: str
) -> str:
    names = [
        name
        for name in BROKEN_DOWN
        if any(name in found and found[name].value is not None for found in groups.values())
    ]
    if not names:
        return f"<p>Par {key}\u00a0: {texts.NOT_MEASURED}.</p>"
    parts, flat = [], []
    for name in names:
        rows = [
            charts.Row(label, found[name])
            for label, found in groups.items()
            if name in found and found[name].value is not None
        ]
        said = wording(name)
        values = {texts.number(row.figure.value) for row in rows}
        if len(values) == 1 and len(groups) > 1:
            # The same everywhere, or known of one only: a sentence says it better.
            where = f"{rows[0].label} seulement" if len(rows) == 1 else f"partout par {key}"
            flat.append(f"{said.label} : {values.pop()} ({where})")
            continue
        whole = content.figures.overall.get(name)
        cut = (
            f" Les {_DRAWN} documents les moins bien servis sur {len(rows)} ; tous sont dans le "
            "tableau."
            if len(rows) > _DRAWN
            else ""
        )
        parts.append(
            _figure(
                said.label,
                said.says + cut,
                charts.dots(
                    rows[:_DRAWN],
                    name=f"g-{key}-{BROKEN_DOWN.index(name)}",
                    title=f"{said.label}, par {key}",
                    overall=whole.value if whole else None,
                ),
            )
        )
    same = f"<p>Sans graphique\u00a0: {safe(typeset(' ; '.join(flat)))}.</p>" if flat else ""
    data = tables.breakdown(f"Chiffres par {key}", first, groups, names)
    return same + _with_tables("".join(parts), data, f"Les chiffres par {key}")


def comparison(content: Content) -> str:
    """What changed since the other run: in a sentence, by figure, by question, by condition."""
    compared = content.comparison
    if compared is None:
        return "<p>Cette mesure n’a été comparée à aucune autre.</p>"
    places = {one.asked.question.id: one.anchor for one in content.entries}
    parts = [
        f"<p>{ours(content.said_of_differences())}</p>",
        f"<p class=discret>Avant\u00a0: <code>{breakable(compared.before)}</code>. "
        f"Maintenant\u00a0: <code>{breakable(compared.after)}</code>.</p>",
        tables.differences(content),
    ]
    groups = content.changed()
    if not any(groups.values()):
        parts.append("<p>Aucune question n’a changé de résultat.</p>")
    for name, ones in groups.items():
        if not ones:
            continue
        items = []
        for one in ones:
            asked = safe(texts.shortened(one.question, 300))
            place = places.get(one.id)
            linked = f'<a href="#{place}">{asked}</a>' if place else asked
            items.append(
                f"<li>{linked}<br><span class=discret>{breakable(one.id)}\u00a0: "
                f"{safe(one.before)} → {safe(one.after)}</span></li>"
            )
        count = texts.plural(len(ones), "question")
        parts.append(f"<h3>{count} {_agreed(name, len(ones))}</h3><ul>{''.join(items)}</ul>")
    parts.append(tables.changed_conditions(content))
    return "".join(parts)


def _agreed(name: str, number: int) -> str:
    """« gagnées », « gagnée »."""
    if number > 1:
        return name
    return (
        name.replace("gagnées", "gagnée")
        .replace("perdues", "perdue")
        .replace("changées", "changée")
    )
