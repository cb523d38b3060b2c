"""Funding windows: calls for projects read in the corpus, their deadline compared with today.

A call is a document of its own (an AMI), whose amounts and dates are never mixed with those of
another, or a column or a row of a table of calls (`funding_tables`). What is written is kept as
written; only the deadline is understood, to be compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from assistant.fiches.funding_tables import table_windows
from assistant.fiches.funding_values import is_day, state_of
from assistant.fiches.model import Window
from assistant.fiches.reading import ABOUT, Library, Read, of_another, passage_hits
from assistant.language.entities import find_amounts, find_dates, find_percentages
from assistant.language.normalise import fold
from assistant.model import Document

CALL: Final = re.compile(
    r"\b(?:ami|aap|aac|appels? a (?:manifestations?|projets?|candidatures?|contributions?)|"
    r"guichets?)\b"
)
_TOTAL: Final = re.compile(r"total|global|enveloppe|\bdote|budget de|credits")
_EACH: Final = re.compile(
    r"par (?:projet|etablissement|dossier|laureat|candidat|structure|porteur|beneficiaire)|"
    r"(?:chaque|aide maximale|plafond|limite de|subvention)"
)
_RATE: Final = re.compile(r"taux|subvention|financ|hauteur|couts?\b|pris en charge|depenses")
_DEADLINE: Final = re.compile(
    r"date limite|cloture|avant le|jusqu.au|au plus tard|echeance|derniere? (?:date|delai)|"
    r"depot|candidature|soumission|releve"
)
_NOT_DEADLINE: Final = re.compile(
    r"notification|debut|demarrage|restitution|evaluation|resultats?|annonce|ouverture|lancement|"
    r"publication|jury|selection"
)
_LIMIT: Final = re.compile(r"date limite|cloture|derniere? (?:date|delai)")
PASSAGES: Final = 60
"""Passages read of one document, at most."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls found.

    Attributes:
        windows: those for this use case, then those open to any; open before past.
        elsewhere: titles of calls on another subject, with whether they are past.
    """

    windows: list[Window]
    elsewhere: list[Window]


def calls(library: Library, pieces: Sequence[Read], today: date, limit: int) -> Calls:
    """Read the calls of the corpus.

    Args:
        library: retrieval, and the subject of the use case.
        pieces: pieces found for the field, which say where calls are.
        today: what deadlines are compared with.
        limit: windows at most.
    """
    windows: list[Window] = []
    elsewhere: list[Window] = []
    documents = {one.unit.hit.document.id: one.unit.hit.document for one in pieces}
    for document in library.attempt.documents:
        if document.metadata.kind == "ami":
            documents.setdefault(document.id, document)
    for document in documents.values():
        found, others = table_windows(library, document, today)
        windows += found
        elsewhere += others
        if found or others or not is_call(document):
            continue
        reads = _whole(library, document)
        window = _window(library, document, reads, today)
        if window is None:
            continue
        if any(read.covered.strong >= ABOUT for read in reads):
            windows.append(window.model_copy(update={"scope": "sujet"}))
        elif any(of_another(read, library.known) for read in reads[:3]):
            elsewhere.append(window)
        else:
            windows.append(window)
    windows.sort(key=_order)
    return Calls(windows[:limit], sorted(elsewhere, key=_order))


def _order(window: Window) -> tuple[bool, int, str]:
    states = ("ouvert", "inconnu", "passe")
    return window.scope != "sujet", states.index(window.state), window.title


def is_call(document: Document) -> bool:
    """Whether a document is a call itself, by its kind or its title."""
    return document.metadata.kind == "ami" or bool(CALL.search(fold(document.metadata.title)))


def _whole(library: Library, document: Document) -> list[Read]:
    passages = list(library.attempt.serving.catalogue.passages_of(document.id))[:PASSAGES]
    return library.pieces(passage_hits(passages, library.attempt))


def _window(
    library: Library, document: Document, reads: Sequence[Read], today: date
) -> Window | None:
    """The window that a document offers; `None` when nothing of it can be cited."""
    amount, each, rate = _money(reads)
    deadline = _deadline(reads, today)
    proofs = [
        citation
        for read in {
            one.read.key: one.read for one in (amount, each, rate, deadline) if one is not None
        }.values()
        for statement in library.statements(read, "general")
        for citation in statement.citations
    ]
    if not proofs:
        return None
    day = date.fromisoformat(deadline.text) if deadline else None
    return Window(
        title=document.metadata.title,
        amount=amount.text if amount else None,
        per_project=each.text if each else None,
        rate=rate.text if rate else None,
        deadline=day,
        state=state_of(day, today),
        citations=proofs,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A value, as written (ISO 8601 for a date), and where it is said."""

    text: str
    read: Read
    worth: int


def _money(reads: Sequence[Read]) -> tuple[_Told | None, _Told | None, _Told | None]:
    """Amount of the whole call, amount for one project, rate."""
    totals: list[_Told] = []
    each: list[_Told] = []
    rates: list[_Told] = []
    for read in reads:
        text = read.text
        folded = fold(text)
        amounts = find_amounts(text)
        for one in amounts:
            after = folded[one.end : one.end + 40]
            told = _Told(one.text, read, len(_TOTAL.findall(folded)))
            if _EACH.search(after) or (not _TOTAL.search(folded) and _EACH.search(folded)):
                each.append(told)
            elif _TOTAL.search(folded) or "financement" in folded or "montant" in folded:
                totals.append(told)
        if _RATE.search(folded):
            rates += [_Told(one.text, read, 1) for one in find_percentages(text)]
    return _best(totals), _best(each), _best(rates)


def _best(told: Iterable[_Told]) -> _Told | None:
    """The first of those that say best what they are."""
    return max(told, key=lambda one: one.worth, default=None)


def _deadline(reads: Sequence[Read], today: date) -> _Told | None:
    """The last day to apply; of several ends of the same worth, the next one, else the last."""
    found: list[_Told] = []
    for read in reads:
        folded = fold(read.text)
        if not _DEADLINE.search(folded) or (
            _NOT_DEADLINE.search(folded) and not _LIMIT.search(folded)
        ):
            continue
        found += [
            _Told(one.value, read, 2 if _LIMIT.search(folded) else 1)
            for one in find_dates(read.text)
            if is_day(one.value)
        ]
    if not found:
        return None
    worth = max(one.worth for one in found)
    days = sorted((one for one in found if one.worth == worth), key=lambda one: one.text)
    coming = [one for one in days if date.fromisoformat(one.text) >= today]
    return coming[0] if coming else days[-1]
