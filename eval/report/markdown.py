"""The report in short, as Markdown: headline, gate, differences, questions to mend."""

from __future__ import annotations

from assistant.exports.document import Block, ExportDocument, Heading, Items, Paragraph, Run, Table
from assistant.exports.markdown import markdown as written
from assistant.language.typography import typeset
from eval.report import texts
from eval.report.content import Content, Entry
from eval.report.wording import condition, kind_label, wording


def markdown(content: Content) -> str:
    """Write the report; every foreign text is escaped by the writer of the exports."""
    blocks: list[Block] = [_said(content.said_of_gate(), strong=True)]
    if content.gate is not None and content.gate.checks:
        checks = sorted(content.gate.checks, key=lambda one: one.passed)
        blocks.append(
            Items(
                tuple(
                    (
                        Run(f"{'Tenu' if one.passed else 'Échec'}\u00a0: ", strong=True),
                        Run(one.said),
                    )
                    for one in checks
                )
            )
        )
    blocks += [_said(one) for one in content.warnings()]
    blocks += [Heading("Chiffres"), _figures(content), *_times(content)]
    blocks += [Heading("Différences"), *_differences(content)]
    failing = content.failing
    blocks += [
        Heading("Questions à reprendre"),
        _said(f"{texts.plural(len(failing), 'question')} sur {texts.count(len(content.entries))}."),
        *(block for one in failing for block in _question(one)),
        Heading("Conditions"),
        _conditions(content),
        Heading("Limites"),
        Items(tuple((Run(one),) for one in content.limits())),
    ]
    return written(
        ExportDocument(title=content.title, subject=content.measured(), blocks=tuple(blocks))
    )


def _said(text: str, *, strong: bool = False) -> Paragraph:
    return Paragraph((Run(typeset(text), strong=strong),))


def _cells(*said: str) -> tuple[tuple[Run, ...], ...]:
    return tuple((Run(one),) for one in said)


def _figures(content: Content) -> Block:
    rows = tuple(
        _cells(
            wording(one.name).label,
            texts.number(one.value),
            texts.interval(one.low, one.high),
            texts.count(one.count),
        )
        for one in content.figures.overall.values()
    )
    if not rows:
        return _said("Rien n’est mesuré.")
    return Table(
        header=("Mesure", "Valeur", "Intervalle à 95\u00a0%", "Cas comptés"),
        rows=rows,
        caption="Tous les chiffres",
    )


def _times(content: Content) -> list[Block]:
    said = []
    wall = content.figures.latency_ms.get("wall")
    if wall:
        said.append(
            f"Temps de réponse : médiane {texts.duration(wall.get('p50'))}, 95e centile "
            f"{texts.duration(wall.get('p95'))}."
        )
    memory = content.figures.memory_peak_mb
    if memory is not None:
        said.append(f"Mémoire au plus : {texts.count(round(memory))} Mo.")
    return [_said(" ".join(said))] if said else []


def _differences(content: Content) -> list[Block]:
    compared = content.comparison
    if compared is None:
        return [_said("Cette mesure n’a été comparée à aucune autre.")]
    rows = tuple(
        _cells(
            wording(one.name).label,
            texts.number(one.before),
            texts.number(one.after),
            texts.signed(one.difference) if one.difference is not None else "—",
            texts.signed_interval(one.low, one.high),
            texts.chance(one.p),
            one.verdict,
        )
        for one in compared.differences
    )
    header = ("Mesure", "Avant", "Maintenant", "Écart", "Intervalle à 95\u00a0%", "p", "Conclusion")
    blocks: list[Block] = [_said(content.said_of_differences())]
    if rows:
        blocks.append(Table(header=header, rows=rows, caption="Chiffres des deux mesures"))
    for name, ones in content.changed().items():
        if ones:
            blocks.append(_said(f"Questions {name} : {texts.count(len(ones))}", strong=True))
            blocks.append(
                Items(
                    tuple(
                        (Run(f"{one.id}, {one.question}\u00a0: {one.before} → {one.after}"),)
                        for one in ones
                    )
                )
            )
    return blocks


def _question(entry: Entry) -> list[Block]:
    asked, answer = entry.asked, entry.asked.answer
    question = asked.question
    heading = f"{question.id}\u00a0: {texts.shortened(question.question, 300)}"
    lines = [
        (
            Run(f"{entry.verdict.outcome}\u00a0: ", strong=True),
            Run(typeset(", ".join(entry.remarks()))),
        ),
        (Run("Genre\u00a0: "), Run(kind_label(question.kind))),
    ]
    expected = (
        "; ".join(f"{one.file}, page\u00a0{one.page}" for one in question.gold)
        or "un refus, le corpus ne répond pas"
    )
    lines.append((Run("Attendu\u00a0: "), Run(expected)))
    if entry.verdict.missing:
        lines.append((Run("Manque\u00a0: "), Run(", ".join(entry.verdict.missing))))
    if answer is not None:
        shown = (
            answer.reason or "" if answer.abstained else " ".join(s.text for s in answer.sentences)
        )
        lines.append(
            (
                Run("Refus\u00a0: " if answer.abstained else "Réponse\u00a0: "),
                Run(texts.shortened(shown, 600)),
            )
        )
    if entry.cited:
        pages = "; ".join(f"{one.file}, page\u00a0{one.page}" for one in entry.cited)
        lines.append((Run("Cité\u00a0: "), Run(texts.shortened(pages, 600))))
    return [Heading(heading, level=2), Items(tuple(lines))]


def _conditions(content: Content) -> Items:
    known = content.run.conditions.model_dump(mode="json")
    lines = [("Mesure", content.run.id)]
    lines += [(condition(name), str(found)) for name, found in known.items()]
    return Items(tuple((Run(f"{name}\u00a0: "), Run(found)) for name, found in lines))
