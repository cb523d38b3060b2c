"""How kept fiches are found again: what of them is searched, and the filters of a list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from assistant.fiches.method import Method
from assistant.fiches.model import Fiche, FicheField, State
from assistant.fiches.shown import choices_of, retained
from assistant.language.normalise import squash

_SEARCHED_WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class FicheFilter:
    """Which fiches are listed; a field left out lets everything through.

    Attributes:
        words: words that the fiche must all hold, in its request or in what it says.
        axis, function: codes of a retained axis, of a retained function of AI.
        states: any of these.
        author: words of the name of somebody who wrote in it.
        deadline_passed: whether a funding window it names closed before `today`.
        today: the current date when `None`.
        limit: how many at most; all of them when `None`.
        offset: how many to skip.
    """

    words: str = ""
    axis: str | None = None
    function: str | None = None
    states: tuple[State, ...] = ()
    author: str = ""
    deadline_passed: bool | None = None
    today: date | None = None
    limit: int | None = 50
    offset: int = 0


def columns(fiche: Fiche, method: Method) -> tuple[Any, ...]:
    """Values of the columns of a fiche, in the order of the tables, its identifier apart."""
    axes = [one.code for one in retained(choices_of(fiche, "axe", method))]
    functions = [one.code for one in retained(choices_of(fiche, "fonctions", method))]
    deadlines = [one.deadline for field in fiche.fields for one in field.windows if one.deadline]
    texts = [fiche.request.text, *(_words(field) for field in fiche.fields)]
    return (
        fiche.revision,
        fiche.state,
        fiche.updated.timestamp(),
        axes[0] if axes else None,
        json.dumps(functions),
        min(deadlines).isoformat() if deadlines else None,
        squash(" ".join(texts)),
        fiche.model_dump_json(),
    )


def _words(field: FicheField) -> str:
    """What a reader may look for in a field."""
    statements = [*field.statements, *(one for score in field.scores for one in score.statements)]
    texts = [one.text for one in statements]
    texts += [one.label for one in field.choices if one.chosen]
    texts += [one.title for one in field.windows]
    return " ".join(texts)


def matching(chosen: FicheFilter) -> tuple[str, list[Any]]:
    """Condition of a filter and its values."""
    conditions: list[str] = []
    values: list[Any] = []
    # Squashed words hold letters and digits only: nothing that LIKE would read.
    for word in squash(chosen.words).split()[:_SEARCHED_WORDS]:
        conditions.append("f.searched LIKE ?")
        values.append(f"%{word}%")
    if chosen.axis:
        conditions.append("f.axis = ?")
        values.append(chosen.axis)
    if chosen.function:
        conditions.append("EXISTS (SELECT 1 FROM json_each(f.functions) WHERE value = ?)")
        values.append(chosen.function)
    if chosen.states:
        conditions.append(f"f.state IN ({', '.join('?' * len(chosen.states))})")
        values += chosen.states
    if author := squash(chosen.author):
        conditions.append(
            "EXISTS (SELECT 1 FROM revisions r WHERE r.fiche_id = f.id"
            " AND r.author_searched LIKE ?)"
        )
        values.append(f"%{author}%")
    if chosen.deadline_passed is not None:
        passed = "COALESCE(f.deadline < ?, 0)"
        conditions.append(passed if chosen.deadline_passed else f"NOT {passed}")
        values.append((chosen.today or date.today()).isoformat())
    return (f"WHERE {' AND '.join(conditions)}" if conditions else ""), values
