"""Tables of actions and of decisions, read by the headers of their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from assistant.language.normalise import fold
from assistant.model import BlockKind, Cell, Span
from assistant.suivi.fields import LineReader, as_due, as_state
from assistant.suivi.lines import Line, section_topic
from assistant.suivi.model import Action, Decision, Extract, State
from assistant.suivi.proof import Proof
from assistant.suivi.wordings import Column, column

_RENEWED: Final = re.compile(r"\b(?:nouvel|revise|actualis|report|modifi|recal)")
"""The column of a date that replaces the one first set."""

_DONE_HEADER: Final = re.compile(r"(?:fait|realise|termine|solde|clos)e?(?:\(e\))?s?\s*\??$")


@dataclass
class TableResult:
    """What the tables of a document hold.

    Attributes:
        used: spans of the rows that were read or were headers.
    """

    actions: list[Action] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    used: set[tuple[Span, ...]] = field(default_factory=set)


def read_tables(lines: Sequence[Line], proof: Proof) -> TableResult:
    """Read every table whose columns name actions or decisions."""
    result = TableResult()
    for rows in _tables(lines):
        roles: tuple[Column, ...] = ()
        previous: Line | None = None
        for line in rows:
            cells = line.block.cells
            if (found := _header_roles(cells)) and _serves(found, line):
                roles = found
                result.used.add(line.spans)
                continue
            named = [(column(cell.header), cell) for cell in cells]
            if not any(name for name, _ in named):
                if len(cells) != len(roles):
                    continue
                named = list(zip(roles, cells, strict=True))
            elif not _serves(tuple(name for name, _ in named), line):
                continue
            if previous is not None and _goes_on(line, named, proof, result):
                continue
            count = len(result.actions)
            _row(line, named, proof, result)
            previous = line if len(result.actions) > count else None
    return result


def _goes_on(
    line: Line, named: Sequence[tuple[Column, Cell]], proof: Proof, result: TableResult
) -> bool:
    """Whether a row is the second line of the action above; it is then put at its end.

    In a table without borders nothing else tells the two lines of a cell from two rows: no other
    cell is filled, and the words do not begin as a sentence does.
    """
    filled = [(role, cell) for role, cell in named if cell.text.strip()]
    if len(filled) != 1 or filled[0][0] not in ("action", "thing"):
        return False
    cell = filled[0][1]
    action = result.actions[-1]
    if not cell.text.strip()[0].islower() or action.text.citations[-1].page != cell.span.page:
        return False
    spans = [Span(one.page, one.start, one.end) for one in action.text.citations]
    text = proof.extract([*spans, cell.span], line.block.coloured)
    if text is None:
        return False
    result.actions[-1] = action.model_copy(update={"text": text})
    result.used.add(line.spans)
    return True


def _tables(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Runs of rows of one section: headings and text between them end a table."""
    for (is_row, _), run in groupby(
        lines, key=lambda line: (line.block.kind is BlockKind.TABLE_ROW, line.section)
    ):
        if is_row:
            yield [*run]


def _header_roles(cells: Sequence[Cell]) -> tuple[Column, ...]:
    """Roles of the columns when a row holds their headers; empty when it does not."""
    if any(cell.header for cell in cells):
        return ()
    roles = tuple(column(cell.text) for cell in cells)
    return roles if sum(bool(role) for role in roles) >= max(2, len(roles) - 1) else ()


def _serves(roles: Sequence[Column], line: Line) -> bool:
    """Whether a table with these columns is one of actions or of decisions.

    « Sujet », « Objet » name actions only beside an owner and a date or a state, or under a
    heading that announces actions.
    """
    sides = sum(role in roles for role in ("owner", "due", "state"))
    announced = _announced(line) in ("actions", "roadmap", "decisions")
    if "decision" in roles:
        return True
    if "action" in roles:
        return sides > 0 or announced
    return "thing" in roles and (sides >= 2 or (sides == 1 and announced))


def _announced(line: Line) -> str:
    found = line.topic
    return found or section_topic(line.section)


def _row(
    line: Line, named: Sequence[tuple[Column, Cell]], proof: Proof, result: TableResult
) -> None:
    cells: dict[Column, Cell] = {}
    for role, cell in named:
        if role and cell.text.strip(" -–—/.…"):
            if role == "due" and _RENEWED.search(fold(cell.header)):
                cells[role] = cell
            cells.setdefault(role, cell)
    result.used.add(line.spans)
    coloured = line.block.coloured

    def extract(role: Column) -> Extract | None:
        cell = cells.get(role)
        return None if cell is None else proof.extract([cell.span], coloured)

    deciding = "decision" in cells and ("action" not in cells or _announced(line) == "decisions")
    main: Column = "decision" if deciding else "action" if "action" in cells else "thing"
    text = extract(main)
    if text is None:
        return
    number, owner = extract("number"), extract("owner")
    reader = LineReader(proof, cells[main].span, coloured)
    if number is None:
        number = reader.number(decision=deciding)
    due_text, state_text = extract("due"), extract("state")
    due = as_due(due_text) if due_text else None
    key = f"{proof.document.id}:{text.citation.page}:{text.citation.start}"
    section = list(line.section)
    if deciding:
        result.decisions.append(
            Decision(
                key=key, text=text, number=number, owner=owner, due=due, form="tableau",
                section=section,
            )
        )  # fmt: skip
        if "action" not in cells:
            return
        text = extract("action")
        if text is None:
            return
        key = f"{proof.document.id}:{text.citation.page}:{text.citation.start}"
        number = None
    result.actions.append(
        Action(
            key=key,
            text=text,
            number=number,
            owner=owner or reader.owner(),
            due=due or reader.due(),
            state=_state(cells["state"], state_text) if state_text else reader.state(),
            form="tableau",
            section=section,
        )
    )


def _state(cell: Cell, extract: Extract) -> State:
    """The state of a cell; a mark under « Fait » says what its header says."""
    if _DONE_HEADER.match(fold(cell.header).strip()):
        text = fold(extract.text).strip(" .")
        if text in ("x", "oui", "o"):
            return as_state(extract, "fait")
        if text in ("non", "n"):
            return as_state(extract, "a_faire")
    return as_state(extract)
