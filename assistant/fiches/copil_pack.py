"""One document for a committee: chosen fiches, compared then whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter

from assistant.exports.answer import write
from assistant.exports.document import (
    Block,
    ExportDocument,
    Heading,
    Items,
    Paragraph,
    Picture,
    Run,
    Table,
)
from assistant.fiches.charts import axes_svg, axes_text, axis_counts, matrix_svg, matrix_text
from assistant.fiches.export import Documents, fiche_blocks
from assistant.fiches.matrix import number
from assistant.fiches.method import Method
from assistant.fiches.model import STATE_LABELS, STATUS_LABELS, Fiche
from assistant.fiches.shown import (
    choices_of,
    counts_of,
    day,
    named,
    plural,
    position_of,
    quadrant_of,
    title_of,
    windows_of,
)
from assistant.language.typography import typeset


def copil_pack(
    fiches: Sequence[Fiche],
    format_: str,
    *,
    title: str = "Cas d’usage IA : dossier du comité de pilotage",
    method: Method | None = None,
    documents: Documents | None = None,
    made: datetime | None = None,
    organisation: str = "",
) -> bytes:
    """Write the pack of a committee.

    Args:
        fiches: in the order they are presented; their numbers are those of the charts.
        format_: « docx », « odt », « pdf », « md », or « json » for the list of the fiches.
        title: of the document.
        method: the grid, for axes that no fiche considered and for the meaning of the notes.
        documents: documents by identifier, to say what their pages are; may miss some.
        made: when the document is made; now when `None`.
        organisation: whose document it is, said at its foot; nobody's when empty.

    Raises:
        InvalidFormatError: another format.
    """
    if format_ == "json":
        return TypeAdapter(list[Fiche]).dump_json(list(fiches), indent=1) + b"\n"
    when = made or datetime.now()
    return write(
        format_, lambda: _document(fiches, typeset(title), when, method, documents), organisation
    )


def _document(
    fiches: Sequence[Fiche],
    title: str,
    made: datetime,
    method: Method | None,
    documents: Documents | None,
) -> ExportDocument:
    blocks: list[Block] = [*_cover(fiches)]
    if fiches:
        blocks += [Heading("Vue d’ensemble", new_page=True), _overview(fiches, method)]
        blocks += _charts(fiches, method)
    for rank, fiche in enumerate(fiches, start=1):
        blocks.append(Heading(f"Fiche {rank} – {title_of(fiche, method)}", new_page=True))
        blocks += fiche_blocks(fiche, level=2, method=method, documents=documents)
    return ExportDocument(
        title=title,
        subject=f"{plural(len(fiches), 'fiche', 'fiches')}, dossier du {day(made)}",
        blocks=tuple(blocks),
        made=made,
        footer=title,
    )


def _cover(fiches: Sequence[Fiche]) -> list[Block]:
    if not fiches:
        return [Paragraph((Run("Aucune fiche n’a été choisie."),))]
    fields = sum(len(one.fields) for one in fiches)
    documented = sum(counts_of(one)["documente"] for one in fiches)
    passed = sum(window.state == "passe" for one in fiches for window in windows_of(one))
    said = [
        f"Champs documentés : {documented} sur {fields}.",
        "Chaque extrait est repris mot pour mot du document cité en note.",
        "Ce que les documents ne disent pas est laissé « à compléter », avec la question à poser.",
    ]
    if passed:
        noun = plural(passed, "mention de guichet dont", "mentions de guichets dont")
        said.insert(1, f"Attention : {noun} la date limite est passée.")
    listed = tuple(
        (Run(f"Fiche {rank} – {title_of(one)} ({STATE_LABELS[one.state]})"),)
        for rank, one in enumerate(fiches, start=1)
    )
    return [
        Heading("Contenu"),
        Items(listed),
        Heading("À savoir"),
        Items(tuple((Run(typeset(line)),) for line in said)),
    ]


def _overview(fiches: Sequence[Fiche], method: Method | None) -> Table:
    return Table(
        header=("N°", "Fiche", "État", "Axe", "Fonctions d’IA", "Champs"),
        rows=tuple(
            (
                (Run(str(rank)),),
                (Run(title_of(one, method)),),
                (Run(STATE_LABELS[one.state]),),
                (Run(named(choices_of(one, "axe", method)) or "aucun retenu"),),
                (Run(named(choices_of(one, "fonctions", method)) or "aucune retenue"),),
                (
                    Run(
                        ", ".join(
                            f"{STATUS_LABELS[status]}\u00a0: {count}"
                            for status, count in counts_of(one).items()
                        )
                    ),
                ),
            )
            for rank, one in enumerate(fiches, start=1)
        ),
        caption="Les fiches du dossier",
        widths=(0.5, 2.2, 1.0, 2.6, 1.4, 1.3),
    )


def _charts(fiches: Sequence[Fiche], method: Method | None) -> list[Block]:
    counts = axis_counts(fiches, method)
    return [
        Heading("Impacts attendus et efforts requis", 2),
        Picture(
            svg=matrix_svg(fiches, legend=False),
            caption="Matrice des fiches, par leur numéro",
            alt=matrix_text(fiches),
        ),
        Table(
            header=("N°", "Fiche", "Impact", "Effort", "Quadrant"),
            rows=tuple(_place(rank, one) for rank, one in enumerate(fiches, start=1)),
            caption="Les mêmes valeurs en tableau, de 0 (faible) à 1 (fort)",
            widths=(0.5, 3.2, 1.5, 1.5, 2.3),
        ),
        Heading("Répartition par axe", 2),
        Picture(
            svg=axes_svg(fiches, method),
            caption="Nombre de fiches par axe",
            alt=axes_text(counts),
        ),
        Table(
            header=("Axe", "Fiches"),
            rows=tuple(((Run(name),), (Run(str(count)),)) for name, count in counts),
            caption="Les mêmes nombres en tableau",
            widths=(6.0, 1.0),
        ),
    ]


def _place(rank: int, fiche: Fiche) -> tuple[tuple[Run, ...], ...]:
    position = position_of(fiche)
    if position is None:
        said = ["sans position"] * 2 + ["–"]
    else:
        said = [
            _interval(position.impact, position.impact_low, position.impact_high),
            _interval(position.effort, position.effort_low, position.effort_high),
            quadrant_of(position),
        ]
    return tuple((Run(text),) for text in (str(rank), title_of(fiche), *said))


def _interval(point: float | None, low: float, high: float) -> str:
    if point is None:
        return "non noté"
    between = f" (de {number(low)} à {number(high)})" if low < high else ""
    return number(point) + between
