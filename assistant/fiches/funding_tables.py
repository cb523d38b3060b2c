"""Calls set side by side in a table, one column or one row each (« Montant », « Relève »).

The parts of a table that runs over several pages meet again by the names of its columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from assistant.fiches.funding_values import cited, day_in, state_of
from assistant.fiches.model import Window
from assistant.fiches.reading import ABOUT, Library
from assistant.fiches.subject import grams
from assistant.ingestion.table_values import row_labels
from assistant.language.normalise import display_text, fold
from assistant.model import Block, Document, Span

_ATTRIBUTES: Final = {
    "amount": re.compile(r"montant|budget|enveloppe|dotation"),
    "rate": re.compile(r"regles? de financement|taux|subvention|intensite"),
    "deadline": re.compile(r"releve|date limite|echeance|cloture|calendrier|fin de depot"),
    "holder": re.compile(r"porteur|beneficiaire|eligib|cible|candidat"),
    "theme": re.compile(r"thematique|theme|sujet|champ"),
}
_LABELS: Final = {"holder": "Porteur", "theme": "Thème", "deadline": "Dépôt"}
_ANY_THEME: Final = re.compile(r"\btoutes?\b|\btous\b|\blibre\b|sans restriction|non thematise")
_REMARK_CHARS: Final = 160


@dataclass(slots=True)
class _Call:
    """A call of a table: what its cells say, by attribute, and where."""

    title: str
    title_span: Span | None
    said: dict[str, str] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    terms: set[str] = field(default_factory=set)


def table_windows(
    library: Library, document: Document, today: date
) -> tuple[list[Window], list[Window]]:
    """Calls of the tables of a document.

    Args:
        library: where pages are read, and the subject of the use case.
        document: any document; one without a table of calls gives nothing.
        today: what deadlines are compared with.

    Returns:
        Windows for this use case or open to any, then those on another theme.
    """
    found: dict[str, _Call] = {}
    for passage in library.attempt.serving.catalogue.passages_of(document.id):
        for row in passage.blocks:
            for title, title_span, attribute, text, span in _cells(row):
                call = found.setdefault(title, _Call(title, title_span))
                call.title_span = call.title_span or title_span
                call.terms |= grams(text)
                if attribute and attribute not in call.said:
                    call.said[attribute], call.spans[attribute] = text, span
    mine: list[Window] = []
    others: list[Window] = []
    for call in found.values():
        if not call.said.keys() >= {"amount"} or not call.said.keys() & {"rate", "deadline"}:
            continue
        contexts = ((frozenset(call.terms), 1.0), (grams(call.title), 1.0))
        about = library.subject.covered(contexts).strong >= ABOUT
        window = _window(library, document, call, today, about=about)
        if window is None:
            continue
        theme = fold(call.said.get("theme", ""))
        (mine if about or not theme or _ANY_THEME.search(theme) else others).append(window)
    return mine, others


def _cells(row: Block) -> Iterator[tuple[str, Span | None, str | None, str, Span]]:
    """Cells of a row: call, where it is named, attribute if known, text, where."""
    if len(row.cells) < 2:
        return
    names = row_labels(row)
    attribute = next((one for cell in names if (one := _attribute(cell.text))), None)
    by_row = [cell for cell in row.cells if cell.header and _attribute(cell.header)]
    if len(by_row) >= 2 and names and attribute is None:
        for cell in by_row:
            name = names[0]
            if cell is not name:
                yield (
                    display_text(name.text),
                    name.span,
                    _attribute(cell.header),
                    display_text(cell.text),
                    cell.span,
                )
        return
    for cell in row.cells:
        if cell.header and cell not in names:
            yield (
                display_text(cell.header),
                cell.header_span,
                attribute,
                display_text(cell.text),
                cell.span,
            )


def _attribute(name: str) -> str | None:
    folded = fold(name)
    return next((key for key, said in _ATTRIBUTES.items() if said.search(folded)), None)


def _window(
    library: Library, document: Document, call: _Call, today: date, *, about: bool
) -> Window | None:
    wanted = [call.spans[key] for key in _ATTRIBUTES if key in call.spans]
    if call.title_span is not None:
        wanted.insert(0, call.title_span)
    citations = cited(library, document, wanted)
    if not citations:
        return None
    day = day_in(call.said.get("deadline", ""), today)
    told = [
        f"{_LABELS[key]}\u00a0: {call.said[key][:_REMARK_CHARS].rstrip(' ,;.')}"
        for key in ("holder", "theme", "deadline")
        if key in call.said and not (key == "deadline" and day)
    ]
    return Window(
        title=call.title,
        amount=call.said.get("amount"),
        rate=call.said.get("rate"),
        deadline=day,
        state=state_of(day, today),
        scope="sujet" if about else "general",
        remark=". ".join(told) + "." if told else None,
        citations=citations,
    )
