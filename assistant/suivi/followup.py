"""The follow-up of committees: which minutes, in which order, and what they say together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from assistant.errors import DocumentNotFoundError
from assistant.ingestion.dates import without_dates
from assistant.language.analyser import analyse
from assistant.language.typography import typeset
from assistant.model import Document
from assistant.suivi.comparison import compare
from assistant.suivi.minutes import read_meeting
from assistant.suivi.model import FollowUp, Meeting
from assistant.suivi.port import Minutes
from assistant.suivi.proof import Proof

KIND = "copil"
"""Kind of the documents read when none is named; see `assistant.model.KIND_LABELS`."""

_COMMON = frozenset(
    analyse(
        "copil comité pilotage compte rendu relevé décisions conclusions réunion séance support "
        "ajouts procès verbal numéro document version présentation diaporama projet validé"
    )
)
"""Words of a title that do not name the committee."""


def follow_up(
    engine: Minutes, files: Sequence[str] | None = None, *, today: date | None = None
) -> FollowUp:
    """Read minutes and follow what they say from one to the next.

    Args:
        engine: where documents are read.
        files: names of the files, of any kind, taken for minutes of one committee; every
            document of kind `copil` when none is given, grouped by committee.
        today: what due dates are compared with; the date of this day when `None`.

    Raises:
        DocumentNotFoundError: no document has one of these names.
    """
    named = [*dict.fromkeys(files or ())]
    documents = _named(engine, named) if named else _minutes(engine)
    groups = [documents] if named and documents else _committees(documents)
    notes: list[str] = []
    if not documents:
        notes.append(
            "Aucun compte rendu dans le corpus : aucun document n’est rangé sous « Comptes rendus "
            "et COPIL »."
        )
    follow = FollowUp(
        today=today or date.today(),
        committees=[_name(group) for group in groups],
        meetings=[],
        tracks=[],
        comparisons=[],
        notes=[],
        index_generation=str(engine.status().get("generation", "")),
    )
    for rank, group in enumerate(groups):
        meetings = [
            read_meeting(
                sorted(engine.passages(document.id), key=lambda passage: passage.position),
                Proof(engine, document),
            ).model_copy(update={"committee": rank})
            for document in group
        ]
        notes += _one_group(follow, meetings, in_given_order=bool(named))
    follow.notes = [typeset(note) for note in notes]
    return follow


def _named(engine: Minutes, files: Sequence[str]) -> list[Document]:
    by_name = {document.file: document for document in engine.documents()}
    missing = [file for file in files if file not in by_name]
    if missing:
        raise DocumentNotFoundError(
            f"Aucun document ne s’appelle « {missing[0]} ».",
            "Voir les noms : assistant corpus lister.",
        )
    return [by_name[file] for file in files]


def _minutes(engine: Minutes) -> list[Document]:
    return [document for document in engine.documents() if document.metadata.kind == KIND]


def _one_group(follow: FollowUp, meetings: Sequence[Meeting], *, in_given_order: bool) -> list[str]:
    """Add the meetings of one committee to the follow-up; remarks on their order."""
    notes: list[str] = []
    undated = [meeting for meeting in meetings if meeting.date is None]
    ordered = sorted(
        (meeting for meeting in meetings if meeting.date is not None),
        key=lambda meeting: meeting.date.iso if meeting.date else "",
    )
    if undated and len(meetings) > 1:
        names = ", ".join(f"« {meeting.file} »" for meeting in undated)
        if in_given_order:
            ordered = [*meetings]
            notes.append(
                f"Sans date de séance : {names}. Les comptes rendus sont comparés dans l’ordre où "
                "vous les avez donnés."
            )
        else:
            notes.append(
                f"Sans date de séance : {names}. Rien ne dit quand il se place : il est lu, mais "
                "comparé à aucun autre. Donnez les fichiers dans l’ordre pour les comparer."
            )
    elif undated:
        notes.append(f"Sans date de séance : « {undated[0].file} ».")
    if len(ordered) == 1:
        alone = follow.committees[ordered[0].committee]
        notes.append(f"Un seul compte rendu à comparer pour « {alone} » : rien n’est comparé.")
    apart = [meeting for meeting in undated if meeting not in ordered]
    compared = _distinct(ordered, notes)
    tracks, comparisons = compare(compared, follow.today)
    follow.meetings += [*ordered, *apart]
    follow.tracks += tracks
    follow.comparisons += comparisons
    for meeting in (*apart, *(one for one in ordered if one not in compared)):
        follow.tracks += compare([meeting], follow.today)[0]
    return notes


def _distinct(ordered: Sequence[Meeting], notes: list[str]) -> list[Meeting]:
    """One document a date: two of one date are not two meetings that follow each other."""
    kept: list[Meeting] = []
    for meeting in ordered:
        before = kept[-1] if kept else None
        same = (
            before is not None
            and before.date is not None
            and meeting.date is not None
            and before.date.iso == meeting.date.iso
        )
        if not same:
            kept.append(meeting)
        elif before is not None:
            better = max(before, meeting, key=lambda one: len(one.actions) + len(one.decisions))
            other = meeting if better is before else before
            kept[-1] = better
            notes.append(
                f"« {before.file} » et « {meeting.file} » portent la même date : seul « "
                f"{better.file} » est comparé aux autres séances, « {other.file} » est lu à part."
            )
    return kept


# Committees


def _committees(documents: Sequence[Document]) -> list[list[Document]]:
    """Documents of one committee together: same publisher, same region, same name.

    Conservative: two committees are never compared; the minutes of one may stay apart when their
    titles differ, and naming the files compares them.
    """
    groups: list[list[Document]] = []
    for document in documents:
        home = next(
            (group for group in groups if all(_together(document, one) for one in group)), None
        )
        if home is None:
            groups.append([document])
        else:
            home.append(document)
    return groups


def _together(one: Document, other: Document) -> bool:
    for name in ("publisher", "region"):
        said = getattr(one.metadata, name), getattr(other.metadata, name)
        if all(said) and said[0] != said[1]:
            return False
    first, second = _words(one), _words(other)
    if not first or not second:
        return first == second
    common = len(first & second)
    return first <= second or second <= first or common / len(first | second) >= 0.5


def _words(document: Document) -> frozenset[str]:
    """Words of a title that name the committee: those before its subtitle, dates left out."""
    title = re.split(r"\s[:–—|]\s|\u00a0:\s", document.metadata.title)[0]
    terms = {term for term in analyse(without_dates(title)) if not term.isdigit()}
    left = frozenset(terms - _COMMON)
    if left:
        return left
    every = set(analyse(without_dates(document.metadata.title)))
    return frozenset(term for term in every - _COMMON if not term.isdigit())


def _name(group: Sequence[Document]) -> str:
    """The title that its documents share the most of: their common beginning, or the first."""
    titles = [document.metadata.title for document in group]
    if len(titles) == 1:
        return titles[0]
    words = [title.split() for title in titles]
    shared: list[str] = []
    for column in zip(*words, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    name = re.sub(
        r"(?:\s(?:n°|du|de|le|la|des|séance|réunion|–|-|:|·))+$", "", " ".join(shared)
    ).strip(" ,:–-·")
    return name or titles[-1]
