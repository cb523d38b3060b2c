"""Tables of the page: headline, times, by kind and by document, differences, conditions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.records import Difference, Figure
from eval.report import texts
from eval.report.content import Content
from eval.report.texts import breakable, digest, ours, safe
from eval.report.wording import (
    DETAILS,
    MODES,
    SPLITS,
    condition,
    grouped,
    kind_label,
    lower_is_better,
    wording,
)


def table(
    caption: str,
    header: Sequence[str],
    rows: Iterable[str],
    *,
    numbers: Sequence[int] = (),
    kind: str = "",
) -> str:
    """A table that stacks on a narrow screen; the roles keep it a table for a screen reader.

    Args:
        caption: HTML.
        header: HTML of the cells.
        rows: made by `row`.
        numbers: ranks of the columns of numbers, which are set to the right.
        kind: further class.
    """
    heads = "".join(
        f'<th scope="col" role="columnheader"{" class=n" if at in numbers else ""}>{one}</th>'
        for at, one in enumerate(header)
    )
    return (
        f'<table class="pile{kind}" role="table"><caption>{caption}</caption>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(rows)}</tbody></table>'
    )


def row(head: str, cells: Sequence[tuple[str, str, str]]) -> str:
    """A row: its header, then cells as class, name of the column on a narrow screen, HTML."""
    done = ""
    for kind, name, content in cells:
        label = f' data-l="{safe(name)}"' if name else ""
        done += f'<td role="cell" class="{kind}"{label}>{content}</td>'
    return f'<tr role="row"><th scope="row" role="rowheader">{head}</th>{done}</tr>'


def headline(content: Content) -> str:
    """Every figure of the run, with its interval, its count and what it means."""
    header = ["Mesure", "Valeur", "Intervalle à 95\u00a0%", "Cas", "Ce qu’elle dit, ne dit pas"]
    overall = content.figures.overall
    parts: list[str] = []
    for group, names in grouped(overall).items():
        caption = safe(group)
        if not parts:
            caption += (
                " <span>(de 0 à 1\u00a0; intervalle à 95\u00a0% par rééchantillonnage des "
                "questions)</span>"
            )
        rows = [_figure(overall[name]) for name in names]
        parts.append(table(caption, header, rows, numbers=(1, 2, 3), kind=" tete"))
    return "".join(parts) or "<p>Rien n’est mesuré.</p>"


def _figure(figure: Figure) -> str:
    said = wording(figure.name)
    meaning = "".join(f"<p>{ours(one)}</p>" for one in (said.says, said.silent) if one)
    better = lower_is_better(figure.name)
    return row(
        safe(said.label) + (f"<span class=m>{better.strip()}</span>" if better else ""),
        [
            ("n v", "Valeur", texts.number(figure.value)),
            ("n", "Intervalle à 95\u00a0%", texts.interval(figure.low, figure.high)),
            ("n", "Cas comptés", texts.count(figure.count)),
            ("sens", "", meaning),
        ],
    )


_TIMES = {
    "wall": "Jusqu’à la réponse entière",
    "first": "Jusqu’à la première phrase",
}
_MARKS = {"p50": "Médiane", "p95": "95e centile", "max": "Plus long"}


def times(content: Content) -> str:
    """Times and memory."""
    latency = content.figures.latency_ms
    rows = [
        row(
            safe(_TIMES.get(name, name)),
            [("n", label, texts.duration(found.get(key))) for key, label in _MARKS.items()],
        )
        for name, found in latency.items()
    ]
    memory = content.figures.memory_peak_mb
    said = "Mémoire de l’ordinateur occupée au plus par le programme\u00a0: " + (
        f"{texts.count(round(memory))}\u00a0Mo."
        if memory is not None
        else f"{texts.NOT_MEASURED}e."
    )
    body = (
        table(
            "Temps de réponse, question par question",
            ["Temps", *_MARKS.values()],
            rows,
            numbers=(1, 2, 3),
        )
        if rows
        else f"<p>Temps de réponse\u00a0: {texts.NOT_MEASURED}.</p>"
    )
    return f"{body}<p>{said}</p>"


def cell(figure: Figure | None) -> str:
    """A figure in a cell: value, interval and count."""
    if figure is None or figure.value is None:
        return "<span class=discret>—</span>"
    bounds = f"{texts.interval(figure.low, figure.high)}, " if figure.low is not None else ""
    return (
        f"{texts.number(figure.value)} <span class=m>{bounds}"
        f"n\u00a0=\u00a0{texts.count(figure.count)}</span>"
    )


def breakdown(
    caption: str, first: str, groups: Mapping[str, Mapping[str, Figure]], names: Sequence[str]
) -> str:
    """Chosen figures of each group, in the order of the charts.

    Args:
        caption: plain text.
        first: header of the first column.
        groups: label → figures by name.
        names: figures to show.
    """
    labels = [wording(name).label for name in names]
    rows = [
        row(
            breakable(label),
            [("", text, cell(found.get(name))) for name, text in zip(names, labels, strict=True)],
        )
        for label, found in groups.items()
    ]
    return table(safe(caption), [safe(first), *(safe(one) for one in labels)], rows)


def gate(content: Content) -> str:
    """Every threshold and what was measured; those that fail come first."""
    if content.gate is None or not content.gate.checks:
        return ""
    items = [
        f"<li><span class={'ok' if one.passed else 'ko'}>{'Tenu' if one.passed else 'Échec'}</span>"
        f"\u00a0: {safe(one.said)}</li>"
        for one in sorted(content.gate.checks, key=lambda one: one.passed)
    ]
    return f"<ul class=controles>{''.join(items)}</ul>"


def differences(content: Content) -> str:
    """Figures of the two runs side by side."""
    compared = content.comparison
    if compared is None:
        return ""
    rows = [
        row(
            safe(wording(one.name).label + lower_is_better(one.name)),
            [
                ("n", "Avant", texts.number(one.before)),
                ("n", "Maintenant", texts.number(one.after)),
                (
                    "n v",
                    "Écart",
                    texts.signed(one.difference) if one.difference is not None else "—",
                ),
                ("n", "Intervalle à 95\u00a0%", texts.signed_interval(one.low, one.high)),
                ("n", "Hasard (p)", texts.chance(one.p)),
                ("n", "Questions", texts.count(one.count)),
                ("", "Conclusion", said_of(one)),
            ],
        )
        for one in compared.differences
    ]
    header = [
        "Mesure",
        "Avant",
        "Maintenant",
        "Écart",
        "Intervalle à 95\u00a0%",
        "Hasard (p)",
        "Questions",
        "Conclusion",
    ]
    return table(
        "Chiffres des deux mesures <span>(question par question)</span>",
        header,
        rows,
        numbers=range(1, 7),
    )


def said_of(one: Difference) -> str:
    """Verdict of a difference, in a word and a colour."""
    kind = {"mieux": "ok", "moins bien": "ko"}.get(one.verdict, "discret")
    return f"<span class={kind}>{safe(one.verdict)}</span>"


def value(name: str, found: Any) -> str:
    """A condition as HTML: our words for our words, digests cut where they may be."""
    if name == "split":
        return ours(SPLITS.get(found, str(found)))
    if name == "mode":
        return ours(MODES.get(found, str(found)))
    if isinstance(found, Mapping):
        if not found:
            return "<span class=discret>aucun</span>"
        return "<br>".join(
            f"{breakable(DETAILS.get(str(key), str(key)))}\u00a0: {_bare(one)}"
            for key, one in found.items()
        )
    return _bare(found)


def _bare(found: Any) -> str:
    if found is None or found == "":
        return "<span class=discret>aucun</span>"
    if isinstance(found, bool):
        return "oui" if found else "non"
    if isinstance(found, str):
        return f"<code>{digest(found)}</code>"
    if isinstance(found, Mapping):
        return ", ".join(f"{breakable(str(key))}\u00a0{_bare(one)}" for key, one in found.items())
    return f"<code>{breakable(json.dumps(found, ensure_ascii=False, default=str))}</code>"


def conditions(content: Content) -> str:
    """Everything that decides of the figures."""
    run = content.run
    known = run.conditions.model_dump(mode="json")
    lines = [
        ("Mesure", f"<code>{digest(run.id)}</code>" + (f" {safe(run.name)}" if run.name else ""))
    ]
    lines.append(("Commencée le", texts.moment(run.started_at)))
    if run.finished_at is not None:
        lines.append(("Terminée le", texts.moment(run.finished_at)))
    lines += [(condition(name), value(name, found)) for name, found in known.items()]
    return (
        "<dl class=conditions>"
        + "".join(f"<dt>{safe(name)}</dt><dd>{said}</dd>" for name, said in lines)
        + "</dl>"
    )


def changed_conditions(content: Content) -> str:
    """Conditions that differ between the two runs."""
    compared = content.comparison
    if compared is None:
        return ""
    if not compared.conditions:
        return "<p>Les deux mesures ont été faites dans les mêmes conditions.</p>"
    rows = [
        row(
            safe(condition(name)),
            [("", "Avant", value(name, before)), ("", "Maintenant", value(name, after))],
        )
        for name, (before, after) in compared.conditions.items()
    ]
    return table("Conditions qui diffèrent", ["Condition", "Avant", "Maintenant"], rows)


def kinds_in_order(content: Content) -> dict[str, Mapping[str, Figure]]:
    """Figures by kind under their French names, in the order of our sets."""
    from eval.sets import KINDS

    order = {kind: rank for rank, kind in enumerate(KINDS)}
    found = sorted(content.figures.by_kind.items(), key=lambda one: (order.get(one[0], 99), one[0]))
    return {kind_label(kind): figures for kind, figures in found}
