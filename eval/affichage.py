"""A run told in a terminal, in French: figures with their intervals, differences, gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from assistant.language.typography import inert, typeset
from eval.gate import label
from eval.records import Comparison, Figure, GateResult, Run, RunState
from eval.reporting import Outcome

STATES: Final = {
    RunState.RUNNING: "non terminé",
    RunState.INTERRUPTED: "interrompu",
    RunState.COMPLETE: "complet",
}
SHORT: Final = (
    "right",
    "page@1",
    "page@5",
    "facts",
    "items",
    "page_accuracy",
    "citation_precision",
    "citation_recall",
    "unverified",
    "abstention_precision",
    "abstention_recall",
    "abstention_f1",
    "risk_area",
)
"""Figures of the table on a terminal; the report has them all."""


def say(console: Console, text: str, style: str | None = None) -> None:
    """One line, shown as it is."""
    console.print(inert(typeset(text)), highlight=False, markup=False, style=style)


def show(console: Console, outcome: Outcome) -> None:
    """The whole of a run: figures, times, differences, gate."""
    run = outcome.run
    console.print(figures_table(outcome.figures.overall))
    latency = outcome.figures.latency_ms.get("wall") or {}
    if latency:
        memory = run.memory_peak_mb
        told = f"Temps de réponse : {_ms(latency['p50'])} en médiane, {_ms(latency['p95'])} au p95"
        told += f" ; {run.conditions.machine.get('workers', 1)} questions à la fois"
        say(console, told + (f" ; mémoire : {memory:.0f} Mo." if memory else "."), "dim")
    failed = [one for one in outcome.asked if one.error is not None]
    for one in failed[:5]:
        say(console, f"✗ {one.question.id} : {one.error}")
    if len(failed) > 5:
        say(console, f"✗ … et {len(failed) - 5} autres échecs.")
    if run.conditions.mode == "generative":
        say(console, _written(outcome))
    if outcome.comparison is not None:
        console.print(comparison_table(outcome.comparison))
        changed = outcome.comparison.changed
        better = sum(one.better is True for one in changed)
        worse = sum(one.better is False for one in changed)
        say(
            console,
            f"{len(changed)} questions changées : {better} en mieux, {worse} en moins bien.",
        )
    if outcome.gate is not None:
        for line in gate_lines(outcome.gate):
            say(console, line)


def figures_table(figures: dict[str, Figure]) -> Table:
    """Headline figures with their intervals."""
    table = Table(title="Résultats", title_justify="left")
    table.add_column("Mesure")
    table.add_column("Valeur", justify="right")
    table.add_column(typeset("Intervalle à 95 %"), justify="right")
    table.add_column("Questions", justify="right")
    for name in (name for name in SHORT if name in figures):
        one = figures[name]
        if one.value is None:
            table.add_row(label(name), "non mesuré", "", "0")
            continue
        known = one.low is not None and one.high is not None
        bounds = f"{_number(one.low)} – {_number(one.high)}" if known else ""
        table.add_row(label(name), _number(one.value), bounds, str(one.count))
    return table


def comparison_table(comparison: Comparison) -> Table:
    """Two runs side by side."""
    table = Table(title=f"Par rapport à {comparison.before}", title_justify="left")
    table.add_column("Mesure")
    for title in ("Avant", "Après", "Écart", "p"):
        table.add_column(title, justify="right")
    table.add_column("Verdict")
    for one in (one for one in comparison.differences if one.name in SHORT):
        if one.difference is None:
            continue
        table.add_row(
            label(one.name),
            _number(one.before),
            _number(one.after),
            f"{one.difference:+.3f}".replace(".", ","),
            "" if one.p is None else _number(one.p),
            one.verdict,
        )
    return table


def gate_lines(gate: GateResult) -> list[str]:
    """Whether the gate is open, and every check that failed."""
    failed = [check for check in gate.checks if not check.passed]
    if gate.passed:
        return [f"✓ Barrière de publication : {len(gate.checks)} contrôles réussis."]
    head = f"✗ Barrière de publication : {len(failed)} contrôles sur {len(gate.checks)} en échec."
    return [head, *(f"  ✗ {check.said}" for check in failed)]


def runs_table(runs: Sequence[Run]) -> Table:
    """Kept runs, one a line."""
    table = Table(title="Évaluations conservées", title_justify="left")
    for title in ("Identifiant", "Nom", "Jeu", "Moitié", "Mode", "Questions", "État"):
        table.add_column(title)
    for run in runs:
        table.add_row(
            run.id,
            inert(run.name),
            inert(run.conditions.set),
            run.conditions.split,
            "extraits" if run.conditions.mode == "extractive" else "rédigé",
            f"{run.done}/{run.questions}",
            STATES[run.state],
        )
    return table


def absent_line(files: Iterable[str], left_out: int) -> str:
    """What was not asked, and why."""
    names = list(files)
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return (
        f"! {left_out} questions ne sont pas posées : elles portent sur {len(names)} documents "
        f"absents de l'index ({shown})."
    )


def _written(outcome: Outcome) -> str:
    answered = [one.answer for one in outcome.asked if one.answer and not one.answer.abstained]
    written = sum(answer.mode == "generative" for answer in answered)
    return (
        f"{written} réponses sur {len(answered)} sont rédigées par le modèle ; les autres sont "
        "restées des extraits."
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".replace(".", ",")


def _ms(value: float) -> str:
    return f"{value:.0f} ms"
