"""A fiche laid out for a terminal, in plain text."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence

from assistant.fiches.method import Method
from assistant.fiches.model import (
    STATE_LABELS,
    STATUS_LABELS,
    Fiche,
    FicheField,
    Statement,
    Window,
)
from assistant.fiches.shown import (
    coded,
    criterion_name,
    level_name,
    named,
    placed,
    quadrant_of,
    retained,
    title_of,
)
from assistant.language.typography import inert, place_mark, typeset
from assistant.model import Citation

_ORIGINS = {"saisie": "saisi", "calcule": "calculé"}
_WINDOWS = {"ouvert": "ouvert", "passe": "échéance passée", "inconnu": "date limite non connue"}


def fiche_text(
    fiche: Fiche, method: Method | None = None, units: Mapping[str, str] | None = None
) -> str:
    """A fiche field by field: what it says, its pages, and the questions left.

    Args:
        fiche: the fiche.
        method: its grid, for the names of the notes.
        units: what the pages of each document are, by identifier; pages when it is missing.
    """
    head = f"Fiche cas d’usage IA – {STATE_LABELS[fiche.state]}, révision {fiche.revision}"
    lines = ["", title_of(fiche), head]
    for field in fiche.fields:
        lines += ["", f"{field.label} [{STATUS_LABELS[field.status]}]"]
        lines += _field(field, method, units or {})
    if fiche.similar:
        lines += ["", "Fiches proches\u00a0:"]
        lines += [f"  - {one.title} ({one.id[:8]})" for one in fiche.similar]
    for note in fiche.notes:
        lines += ["", *_wrap(note, "")]
    return inert("\n".join(lines))


def _field(field: FicheField, method: Method | None, units: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    if chosen := retained(field.choices):
        words = ", ".join(f"«\u00a0{word}\u00a0»" for one in chosen for word in one.words)
        lines += _wrap(named(chosen) + (f" (d’après {words})" if words else ""))
        others = [one for one in field.choices if not one.chosen][:1]
        lines += [line for one in others for line in _wrap(f"sinon : {coded(one.code, one.label)}")]
    for one in field.statements:
        lines += _statement(one, units)
    for window in field.windows:
        lines += _window(window, units)
    for score in field.scores:
        lines += _wrap(f"{criterion_name(score)} : {level_name(score, method)}")
        for one in score.statements:
            lines += _statement(one, units, "    ")
    if field.position:
        lines += _wrap(f"{placed(field.position)} : {quadrant_of(field.position)}")
        lines += _wrap(field.position.formula)
    if field.question:
        lines += _wrap(f"→ {field.question}")
    return lines


def _statement(one: Statement, units: Mapping[str, str], indent: str = "  ") -> list[str]:
    marks = [_place(citation, units) for citation in one.citations]
    if one.scope == "general":
        marks.append("cadre général")
    if origin := _ORIGINS.get(one.origin):
        marks.append(origin)
    if one.kind == "generated":
        marks.append("rédigé par le modèle local, vérifié")
    lines = _wrap(f"- {one.text}{_within(marks)}", indent)
    return [*lines, *(_wrap(f"({one.remark})", f"{indent}  ") if one.remark else [])]


def _window(one: Window, units: Mapping[str, str]) -> list[str]:
    told = [
        one.amount and f"montant : {one.amount}",
        one.per_project and f"par projet : {one.per_project}",
        one.rate and f"taux : {one.rate}",
        one.deadline and f"date limite : {one.deadline:%d/%m/%Y}",
        _WINDOWS[one.state],
        one.remark,
    ]
    facts = " ; ".join(part for part in told if part)
    marks = [_place(citation, units) for citation in one.citations]
    return _wrap(f"- {one.title} : {facts}{_within(marks)}")


def _place(citation: Citation, units: Mapping[str, str]) -> str:
    unit = units.get(citation.document_id, "page")
    return f"{citation.file}, {place_mark(citation.page_label, unit)}"


def _within(marks: Sequence[str]) -> str:
    return f" [{' ; '.join(dict.fromkeys(marks))}]" if marks else ""


def _wrap(text: str, indent: str = "  ") -> list[str]:
    width = min(shutil.get_terminal_size().columns, 100)
    return textwrap.wrap(
        typeset(text),
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
