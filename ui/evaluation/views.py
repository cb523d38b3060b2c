"""Evaluations as HTML: progress, figures, comparisons, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from assistant.language.typography import NBSP, typeset
from eval.agreement import Agreement, strength
from eval.annotations import MARKS, Annotation
from eval.background import Following
from eval.gold_check import Finding
from eval.intervalles import Interval
from eval.records import Asked, Comparison, Difference, Figures, Run, RunState
from eval.sets import KINDS, Question
from eval.verdict import Verdict
from ui.rendering import fragment, image_link, plural, text

HALVES: Final = {"dev": "réglage", "test": "test"}
MODES: Final = {"extractive": "extraits", "generative": "réponses rédigées"}
STATES: Final = {
    RunState.RUNNING: "en cours",
    RunState.INTERRUPTED: "interrompue",
    RunState.COMPLETE: "complète",
}
HEADLINE: Final = (
    *("right", "facts", "items", "page@1", "page@5"),
    *("citation_precision", "citation_recall", "unverified"),
    *("abstention_precision", "abstention_recall"),
)
"""Figures worth reading first; the report has them all."""

ICONS: Final = {"ok": "✓", "attention": "!", "erreur": "✕"}
STYLES: Final = {"ok": "conforme", "attention": "discret", "erreur": "alerte"}
NOTHING_YET = fragment(
    typeset(
        "<p class='accueil'>Aucune évaluation encore. Choisissez un jeu, puis lancez : "
        "chaque question est posée à l’assistant, et chaque réponse comparée à ce que le jeu "
        "attend.</p>"
    )
)


def run_label(run: Run, state: RunState) -> str:
    """A run in a list: its date, its set, its name."""
    name = f" «{NBSP}{run.name}{NBSP}»" if run.name else ""
    mode = ", rédigées" if run.conditions.mode == "generative" else ""
    partial = (
        "" if state is RunState.COMPLETE else f" ({STATES[state]}, {run.done}/{run.questions})"
    )
    return (
        f"{run.started_at.astimezone():%d/%m/%Y %H:%M} · {run.conditions.set}, "
        f"{HALVES[run.conditions.split]}{mode}{name}{partial}"
    )


def progress_html(following: Following | None, run: Run | None = None) -> str:
    """Where the run under way stands; empty without one."""
    if following is None:
        return ""
    left = "" if following.left_s is None else f", encore {duration(following.left_s)} environ"
    said = (
        "Arrêt demandé : les questions en cours se terminent."
        if following.stopping
        else f"{following.done} questions posées sur {following.total}{left}."
    )
    about = f"<p><b>{text(run_label(run, RunState.COMPLETE))}</b></p>" if run else ""
    return fragment(
        about,
        f"<progress max='{following.total}' value='{following.done}' "
        f"aria-label='Avancement de l’évaluation'></progress>",
        f"<p role='status'>{text(typeset(said))}</p>",
        "<p class='discret'>Vous pouvez fermer cette page : l’évaluation continue.</p>",
    )


def duration(seconds: float) -> str:
    """« 40 s », « 3 min »."""
    if seconds < 90:
        return f"{max(1, round(seconds))}{NBSP}s"
    return f"{round(seconds / 60)}{NBSP}min"


def figures_html(run: Run, state: RunState, figures: Figures) -> str:
    """The figures to read first, each with its interval and what it says."""
    from eval.report.texts import interval, number
    from eval.report.wording import LABELS

    rows = []
    for name in HEADLINE:
        figure = figures.overall.get(name)
        if figure is None:
            continue
        words = LABELS.get(name)
        label = words.label if words else name
        says = f"<br><span class='discret'>{text(typeset(words.says))}</span>" if words else ""
        rows.append(
            f"<tr><th scope='row'>{text(label)}{says}</th><td>{number(figure.value)}</td>"
            f"<td>{interval(figure.low, figure.high)}</td>"
            f"<td class='nombre'>{figure.count}</td></tr>"
        )
    partial = (
        ""
        if state is RunState.COMPLETE
        else f"<p class='alerte'>Évaluation {STATES[state]}{NBSP}: {run.done} questions sur "
        f"{run.questions}. Ces chiffres ne sont pas ceux du jeu entier.</p>"
    )
    return fragment(
        f"<h2 class='titre-panneau'>{text(run_label(run, state))}</h2>",
        f"<p class='discret'>{MODES[run.conditions.mode].capitalize()} · "
        f"{plural(run.done, 'question')} · index {text(run.conditions.index_generation)} · "
        f"version {text(run.conditions.code_version)}</p>",
        partial,
        "<div class='defilable' tabindex='0' role='group' aria-label='Chiffres principaux'>"
        "<table class='valeurs chiffres'><caption>Chiffres principaux</caption><thead><tr>"
        "<th scope='col'>Chiffre</th><th scope='col'>Valeur</th>"
        f"<th scope='col'>Intervalle à 95{NBSP}%</th><th scope='col'>Questions</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>",
        _latency(figures),
    )


def _latency(figures: Figures) -> str:
    wall = figures.latency_ms.get("wall") or {}
    if not wall:
        return ""
    names = {"p50": "médiane", "p95": f"95{NBSP}% en moins de", "max": "au plus"}
    said = ", ".join(f"{names.get(name, name)} {value:.0f}{NBSP}ms" for name, value in wall.items())
    return f"<p class='discret'>Durée d’une réponse{NBSP}: {said}.</p>"


def report_links(run: Run, against: Run | None) -> str:
    """Links to the report: read in another tab, or saved."""
    base = f"/v1/evaluations/{run.id}/rapport"
    query = f"?contre={against.id}" if against else ""
    join = "&amp;" if query else "?"
    saved = "".join(
        f"<li><a href='{base}/{name}{query}{join}telecharger=true'>{label}</a></li>"
        for name, label in (
            ("rapport.html", "Page HTML"),
            ("rapport.md", "Markdown"),
            ("rapport.json", "Chiffres (JSON)"),
            ("questions.jsonl", "Questions et réponses (JSONL)"),
        )
    )
    return fragment(
        f"<p><a href='{base}/rapport.html{query}' target='_blank' rel='noopener'>Ouvrir le rapport "
        "complet<span class='hors-ecran'> (nouvel onglet)</span></a></p>"
        f"<p>L’enregistrer{NBSP}:</p><ul class='liens'>{saved}</ul>"
    )


def comparison_html(comparison: Comparison) -> str:
    """Two runs side by side, then what changed."""
    from eval.report.texts import number, signed, signed_interval
    from eval.report.wording import LABELS

    def row(one: Difference) -> str:
        words = LABELS.get(one.name)
        style = {"mieux": "conforme", "moins bien": "alerte"}.get(one.verdict, "discret")
        gap = f"{signed(one.difference)} ({signed_interval(one.low, one.high)})"
        verdict: str = one.verdict
        if one.difference is None:
            gap = verdict = "—"
        return (
            f"<tr><th scope='row'>{text(words.label if words else one.name)}</th>"
            f"<td>{number(one.before)}</td><td>{number(one.after)}</td>"
            f"<td>{gap}</td><td><span class='{style}'>{text(verdict)}</span></td></tr>"
        )

    rows = "".join(row(one) for one in comparison.differences if one.name in HEADLINE)
    changed = "".join(
        f"<li><span class='{_better(one.better)}'>{text(one.before)} → {text(one.after)}</span>"
        f"{NBSP}: {text(one.question)}</li>"
        for one in comparison.changed
    )
    return fragment(
        f"<p>{plural(comparison.same_questions, 'question commune', 'questions communes')}"
        f"{NBSP}: mêmes mots, même réponse attendue.</p>",
        "<div class='defilable' tabindex='0' role='group' aria-label='Avant et après'>"
        "<table class='valeurs chiffres'><caption>Avant et après</caption><thead><tr>"
        "<th scope='col'>Chiffre</th><th scope='col'>Avant</th><th scope='col'>Après</th>"
        f"<th scope='col'>Écart (intervalle à 95{NBSP}%)</th><th scope='col'>Verdict</th></tr>"
        f"</thead><tbody>{rows}</tbody></table></div>",
        f"<h3 class='sous-titre'>Questions dont l’issue a changé</h3><ul>{changed}</ul>"
        if changed
        else "<p>Aucune question n’a changé d’issue.</p>",
    )


def _better(better: bool | None) -> str:
    return "discret" if better is None else "conforme" if better else "alerte"


def expected_html(question: Question, documents: Mapping[str, str]) -> str:
    """What a question expects, its pages linked.

    Args:
        question: with its gold.
        documents: identifier by file.
    """
    if not question.answerable:
        body = "<p>Un refus : le corpus ne contient pas la réponse.</p>"
    else:
        pages = "".join(
            f"<li>{page_link(one.file, one.page, documents)}</li>" for one in question.gold
        )
        facts = "".join(f"<li>{text(one)}</li>" for one in (*question.facts, *question.items))
        body = f"<p>Pages{NBSP}:</p><ul>{pages}</ul>"
        body += f"<p>Faits{NBSP}:</p><ul>{facts}</ul>" if facts else ""
    note = f"<p class='discret'>{text(question.note)}</p>" if question.note else ""
    kind = KINDS.get(question.kind, question.kind)
    return fragment(
        "<h2 class='titre-panneau'>Ce que le jeu attend</h2>",
        f"<p class='discret'>Nature{NBSP}: {text(kind)}</p>",
        typeset(body),
        note,
    )


def page_link(file: str, page: int, documents: Mapping[str, str]) -> str:
    """A page that opens beside, when its document is in the corpus."""
    said = f"{text(file)}, page{NBSP}{page}"
    if file not in documents:
        return f"{said} <span class='discret'>(absent du corpus)</span>"
    return f"<a class='voir' href='{text(image_link(documents[file], page))}'>{said}</a>"


def verdict_html(asked: Asked, verdict: Verdict) -> str:
    """How an answer was judged, and why."""
    good = "conforme" if verdict.right else "alerte"
    parts = [f"<p>Verdict automatique{NBSP}: <b class='{good}'>{text(verdict.outcome)}</b></p>"]
    if verdict.missing:
        missing = ", ".join(f"«{NBSP}{text(one)}{NBSP}»" for one in verdict.missing)
        parts.append(f"<p>Il manque{NBSP}: {missing}.</p>")
    if asked.error:
        parts.append(f"<p class='alerte'>{text(asked.error)}</p>")
    return fragment(*parts)


def findings_html(findings: Sequence[Finding]) -> str:
    """The comparison of a question with the corpus."""
    if not findings:
        return ""
    items = []
    for one in findings:
        link = ""
        if one.place is not None:
            address = text(image_link(*one.place))
            link = f" <a class='voir' href='{address}'>Voir la page {one.place[1]}</a>"
        items.append(
            f"<li><span class='{STYLES[one.level]}'><span aria-hidden='true'>{ICONS[one.level]}"
            f"</span> {text(one.text)}</span>{link}</li>"
        )
    return fragment(
        f"<h2 class='titre-panneau'>Dans le corpus</h2><ul class='constats'>{''.join(items)}</ul>"
    )


def annotations_html(annotations: Sequence[Annotation]) -> str:
    """What people said of one answer."""
    if not annotations:
        return ""
    items = "".join(
        f"<li><b>{text(one.annotator)}</b>{NBSP}: {MARKS[one.mark].lower()}"
        + (f" — {text(one.comment)}" if one.comment else "")
        + "</li>"
        for one in annotations
    )
    return fragment(f"<p>Déjà dit de cette réponse{NBSP}:</p><ul>{items}</ul>")


def agreement_html(found: Agreement, first: str, second: str) -> str:
    """How far two annotators agree, with the table it comes from."""
    from eval.agreement import CLASSES
    from eval.report.texts import interval, number

    def told(value: Interval | None) -> str:
        if value is None:
            return "—"
        return f"<b>{number(value.value)}</b> (de {interval(value.low, value.high)})"

    if found.observed is None:
        return fragment(f"<p role='status'>{text(typeset(found.undefined))}</p>")
    kappa = (
        f"<p>{text(typeset(found.undefined))}</p>"
        if found.kappa is None
        else f"<p>Kappa de Cohen{NBSP}: {told(found.kappa)}, accord "
        f"{strength(found.kappa.value)}. 0 est ce que le hasard donnerait, 1 un accord parfait.</p>"
    )
    head = "".join(f"<th scope='col'>{text(second)}{NBSP}: {one}</th>" for one in CLASSES)
    rows = "".join(
        f"<tr><th scope='row'>{text(first)}{NBSP}: {name}</th>"
        + "".join(f"<td class='nombre'>{int(cell)}</td>" for cell in row)
        + "</tr>"
        for name, row in zip(CLASSES, found.table, strict=True)
    )
    return fragment(
        f"<p role='status'>{plural(found.count, 'réponse')} en commun. Jugées de même{NBSP}: "
        f"{told(found.observed)}.</p>{kappa}",
        "<div class='defilable' tabindex='0' role='group' aria-label='Tableau croisé'>"
        "<table class='valeurs chiffres'><caption>Tableau croisé</caption><thead><tr>"
        f"<td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>",
    )
