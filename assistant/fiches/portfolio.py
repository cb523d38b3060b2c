"""The portfolio: every fiche in one table, and the documents that compare them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from assistant.errors import InvalidFormatError
from assistant.exports.spreadsheet import Sheet, Value, csv_bytes, xlsx_bytes
from assistant.fiches.charts import axes_chart, matrix_chart
from assistant.fiches.copil_pack import copil_pack
from assistant.fiches.method import Method
from assistant.fiches.model import ORIGIN_LABELS, STATE_LABELS, STATUS_LABELS, Fiche, FicheField
from assistant.fiches.shown import (
    WINDOW_LABELS,
    choices_of,
    counts_of,
    criterion_name,
    day,
    level_name,
    named,
    position_of,
    retained,
    title_of,
    windows_of,
)
from assistant.language.typography import typeset

__all__ = ["TABLE_MEDIA_TYPES", "axes_chart", "copil_pack", "matrix_chart", "portfolio_table"]

TableFormat = Literal["csv", "xlsx"]
TABLE_MEDIA_TYPES: Final[dict[TableFormat, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_HEADER: Final = (
    *("Identifiant", "Titre", "État", "Révision", "Numéro d’axe", "Axe", "Fonctions d’IA"),
    *("Impact", "Impact au plus bas", "Impact au plus haut"),
    *("Effort", "Effort au plus bas", "Effort au plus haut", "Quadrants"),
    *("Champs documentés", "Champs partiels", "Champs à compléter", "À compléter"),
    *("Guichets", "Prochaine date limite", "Échéances comparées au"),
    *("Auteur", "Créée le", "Mise à jour le", "Grille", "Version de la grille"),
)
_WIDTHS: Final = (
    *(14, 42, 12, 9, 10, 26, 26),
    *(9, 9, 9, 9, 9, 9, 30),
    *(13, 10, 13, 42),
    *(42, 13, 13),
    *(18, 12, 12, 22, 10),
)
_FIELDS: Final = (
    *("Identifiant", "Titre de la fiche", "Champ", "Statut", "Origine", "Contenu"),
    *("Question à poser", "Dernier auteur", "Écrit le"),
)


def portfolio_table(
    fiches: Sequence[Fiche],
    format_: str,
    *,
    method: Method | None = None,
    made: datetime | None = None,
) -> bytes:
    """Write every fiche as a line of a table.

    Args:
        fiches: in the order of the lines.
        format_: « csv », or « xlsx » which has a second tab with a line a field.
        method: the grid, where fields have other keys than in the one of the software.
        made: when the file is made, kept in its properties; now when `None`.

    Raises:
        InvalidFormatError: another format.
    """
    rows = tuple(_row(one, method) for one in fiches)
    if format_ == "csv":
        return csv_bytes(_HEADER, rows)
    if format_ == "xlsx":
        fields = tuple(_field_row(one, field, method) for one in fiches for field in one.fields)
        sheets = (
            Sheet("Portefeuille", _HEADER, rows, _WIDTHS),
            Sheet("Champs", _FIELDS, fields, (14, 42, 26, 14, 14, 90, 50, 18, 12)),
        )
        return xlsx_bytes(
            sheets, title="Portefeuille des fiches cas d’usage IA", made=made or datetime.now()
        )
    raise InvalidFormatError(
        f"Le format « {format_[:20]} » n'existe pas.",
        f"Formats possibles\u00a0: {', '.join(TABLE_MEDIA_TYPES)}.",
    )


def _row(fiche: Fiche, method: Method | None) -> tuple[Value, ...]:
    axes = retained(choices_of(fiche, "axe", method))
    code: Value = axes[0].code if axes else None
    functions = choices_of(fiche, "fonctions", method)
    position = position_of(fiche)
    counts = counts_of(fiche)
    windows = windows_of(fiche)
    # An open window whose last day is not known has no date to give.
    coming = sorted(one.deadline for one in windows if one.deadline and one.state == "ouvert")
    where: tuple[Value, ...] = (None,) * 7
    if position:
        where = (
            *(position.impact, position.impact_low, position.impact_high),
            *(position.effort, position.effort_low, position.effort_high),
            " / ".join(position.quadrants),
        )
    return (
        *(fiche.id, title_of(fiche, method), STATE_LABELS[fiche.state], fiche.revision),
        int(code) if isinstance(code, str) and code.isdigit() else code,
        *(axes[0].label if axes else None, named(functions)),
        *where,
        *counts.values(),
        ", ".join(one.label for one in fiche.fields if one.status == "a_completer"),
        " | ".join(dict.fromkeys(_window(one.title, one.state) for one in windows)),
        coming[0] if coming else None,
        *(fiche.today, fiche.author, fiche.created, fiche.updated),
        *(fiche.method.title, fiche.method.version),
    )


def _window(title: str, state: str) -> str:
    return f"{title} ({WINDOW_LABELS[state]})"


def _field_row(fiche: Fiche, field: FicheField, method: Method | None) -> tuple[Value, ...]:
    return (
        *(fiche.id, title_of(fiche, method), field.label, STATUS_LABELS[field.status]),
        ", ".join(ORIGIN_LABELS[one] for one in field.origins),
        _content(field, method),
        field.question if field.status != "documente" else None,
        *(field.author, field.updated),
    )


def _content(field: FicheField, method: Method | None) -> str:
    """Everything a field holds, a part after the other."""
    parts = [named(field.choices)] if retained(field.choices) else []
    parts += [
        f"«\u00a0{one.text}\u00a0»" if one.kind == "extract" else one.text
        for one in field.statements
    ]
    parts += [
        typeset(f"{criterion_name(one)} : {level_name(one, method)}")
        for one in field.scores
        if one.level
    ]
    parts += [
        _window(one.title, one.state) + (f", {day(one.deadline)}" if one.deadline else "")
        for one in field.windows
    ]
    parts += [field.position.formula] if field.position else []
    return " | ".join(parts)
