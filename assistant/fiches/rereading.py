"""A fiche from outside, read again against this corpus: what it claims is not taken on trust.

Its citations must stand on the pages stored here and its extracts be their quotes; what does not
is kept, since somebody may need it, and says so in its remark. What the software computes is
computed again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeVar

from assistant.fiches.editing import recomputed
from assistant.fiches.funding_values import days_in, state_of
from assistant.fiches.matrix import place
from assistant.fiches.method import Method
from assistant.fiches.model import (
    UNVERIFIED,
    Fiche,
    FicheField,
    Score,
    Statement,
    Window,
    is_unverified,
)
from assistant.fiches.sourcing import sources_of
from assistant.fiches.status import status_of
from assistant.generation.rereading import GetPage, relocated, unproven, words_quoted
from assistant.language.typography import typeset
from assistant.model import Citation

_Said = TypeVar("_Said", Statement, Window)

_MARK: Final = re.compile(rf"{UNVERIFIED}[^.]*\.\s*")
_COMPUTED: Final = "Ce calcul n’est pas celui que la fiche donne."
_UNQUOTED: Final = "Le montant, le taux ou la date limite ne se lit pas dans ses citations."
_DROPPED: Final = "preuve non vérifiée ici, la note du fichier n’est pas reprise."


def reread(fiche: Fiche, get_page: GetPage, method: Method) -> Fiche:
    """Check what an imported fiche claims.

    Args:
        fiche: as the file gives it.
        get_page: gives the stored pages of this corpus.
        method: the grid in service; the place in the matrix is computed again when the fiche
            follows it.

    Returns:
        The fiche, with its quotes followed where they moved; the very same when everything it
        claims holds. A statement or a window that does not hold has a remark that begins with
        `UNVERIFIED`, and its field is not « documenté » on its account; a note that rested on it
        is taken away.
    """
    reader = _Reader(lru_cache(maxsize=64)(get_page), fiche)
    fields = [reader.field(field) for field in fiche.fields]
    found = fiche.model_copy(
        update={"fields": fields, "notes": [*fiche.notes, *reader.dropped(fiche.notes)]}
    )
    scores = [score for field in fields for score in field.scores]
    positions = [one.position for one in fields if one.position is not None]
    forged = fiche.method.id == method.id and any(one != place(scores, method) for one in positions)
    return recomputed(found, method) if forged else found


def unverified_count(fiche: Fiche) -> int:
    """Number of statements and windows whose proof this corpus does not confirm."""
    return sum(
        sum(map(is_unverified, field.statements))
        + sum(map(is_unverified, field.windows))
        + sum(is_unverified(said) for score in field.scores for said in score.statements)
        for field in fiche.fields
    )


class _Reader:
    """Reads the parts of one fiche again."""

    def __init__(self, read: GetPage, fiche: Fiche) -> None:
        self._read = read
        self._today = fiche.today
        self._fields = fiche.fields
        self._computed: set[str] = set()
        self._dropped: list[str] = []

    def field(self, field: FicheField) -> FicheField:
        """A field with what it claims read again, and no status that it does not deserve."""
        # The list of the sources tells of every field but its own.
        self._computed = {
            one.text for one in sources_of([one for one in self._fields if one is not field])
        }
        after = field.model_copy(
            update={
                "statements": [self._statement(one) for one in field.statements],
                "scores": [self._score(one) for one in field.scores],
                "windows": [self._window(one) for one in field.windows],
            }
        )
        doubted = any(map(is_unverified, after.statements)) or any(
            map(is_unverified, after.windows)
        )
        lost = [one.level for one in after.scores] != [one.level for one in field.scores]
        if field.status != "documente" or not (doubted or lost):
            return after
        return after.model_copy(update={"status": status_of(after)})

    def dropped(self, said: Sequence[str]) -> list[str]:
        """What is to be said of the notes taken away, unless the fiche says it already."""
        return [one for one in self._dropped if one not in said]

    def _statement(self, one: Statement) -> Statement:
        if one.origin == "saisie":
            return one
        if one.origin == "calcule" and not one.citations:
            why = "" if one.text in self._computed else _COMPUTED
            return _marked(one, one.citations, why)
        citations, why = self._citations(one.citations)
        return _marked(one, citations, why or unproven(one.kind, one.text, citations))

    def _window(self, one: Window) -> Window:
        citations, why = self._citations(one.citations)
        if not why and not _quoted(one, citations):
            why = _UNQUOTED
        state = state_of(one.deadline, self._today) if one.deadline else one.state
        return _marked(one, citations, why).model_copy(update={"state": state})

    def _score(self, score: Score) -> Score:
        statements = [self._statement(one) for one in score.statements]
        proved = any(one.citations and not is_unverified(one) for one in statements)
        taken = {}
        if score.origin == "corpus" and not proved:
            taken = {"level": None, "origin": None}
            self._dropped.append(typeset(f"{score.code} : {_DROPPED}"))
        return score.model_copy(update={"statements": statements, **taken})

    def _citations(self, citations: Sequence[Citation]) -> tuple[list[Citation], str]:
        found = [relocated(one, self._read) for one in citations]
        return [one for one, _ in found], next((why for _, why in found if why), "")


def _marked(said: _Said, citations: list[Citation], why: str) -> _Said:
    """What is said, with its citations as found and its mark as it now stands."""
    remark = _MARK.sub("", said.remark or "", count=1) if is_unverified(said) else said.remark
    if why:
        remark = f"{UNVERIFIED}{_sentence(why)} {remark or ''}".strip()
    return said.model_copy(update={"citations": citations, "remark": remark or None})


def _sentence(why: str) -> str:
    """A reason after a colon; it has no full stop but its own, so that it can be taken away."""
    said = typeset(why)
    return said[0].lower() + said[1:]


def _quoted(window: Window, citations: Sequence[Citation]) -> bool:
    values = (window.amount, window.per_project, window.rate)
    days = {day for one in citations for day in days_in(one.quote)}
    return all(words_quoted(one, citations) for one in values if one) and (
        window.deadline is None or window.deadline in days
    )
