"""What is saved by itself: one line of history, nobody's words lost, no conflict with oneself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.fiches.editing import FieldEdit, ScoreEdit
from assistant.fiches.errors import FicheConflictError
from assistant.fiches.history import COALESCED, FieldChange, Revision, coalesced
from assistant.fiches.model import Fiche
from assistant.fiches.store import FILE, FicheStore
from tests.fiches.samples import a_fiche
from tests.fiches.test_store import said, typed


@pytest.fixture
def store(tmp_path: Path) -> FicheStore:
    return FicheStore(tmp_path / FILE)


@pytest.fixture
def read(store: FicheStore) -> Fiche:
    return store.add(a_fiche(filled=False), "Anne")


def auto(store: FicheStore, read: Fiche, own: int | None, *texts: str, key: str = "suite") -> Fiche:
    edit = typed(*texts) if texts else FieldEdit()
    return store.set_field(
        read.id, key, edit, revision=read.revision, author="Anne", own=own, automatic=True
    )


def test_successive_automatic_saves_are_one_line_of_history(store: FicheStore, read: Fiche) -> None:
    own = None
    for text in ("Déc", "Décider", "Décider en mai."):
        own = auto(store, read, own, text).revision
    (_, one) = store.history(read.id)
    assert (one.number, one.kind, one.author) == (4, "automatique", "Anne")
    (change,) = (change for change in one.changes if change.key == "suite")
    assert change.before["statements"] == []
    assert [text["text"] for text in change.after["statements"]] == ["Décider en mai."]
    # The save that the person asks for ends the sitting, under the same line.
    done = store.set_field(
        read.id, "suite", typed("Décider en juin."), revision=1, author="Anne", own=own
    )
    assert [(line.number, line.kind) for line in store.history(read.id)] == [
        (1, "creation"),
        (5, "saisie"),
    ]
    assert said(done, "suite") == ["Décider en juin."]
    # What is not told can still be read.
    assert said(store.at(read.id, 2), "suite") == ["Déc"]
    auto(store, done, None, "Décider en juillet.")
    assert [line.number for line in store.history(read.id)] == [1, 5, 6]


def test_what_was_saved_by_itself_may_be_taken_back(store: FicheStore, read: Fiche) -> None:
    own = auto(store, read, None, "Une erreur.").revision
    back = auto(store, read, own)
    assert back.field("suite").statements == read.field("suite").statements
    assert "suite" not in [one.key for one in store.history(read.id)[-1].changes]


def test_automatic_saves_never_write_over_somebody_else(store: FicheStore, read: Fiche) -> None:
    own = auto(store, read, None, "Anne écrit.").revision
    seen = store.get(read.id)
    store.set_field(read.id, "suite", typed("Ben écrit."), revision=seen.revision, author="Ben")
    with pytest.raises(FicheConflictError, match="par Ben") as refused:
        auto(store, read, own, "Anne écrit encore.")
    assert [one.text for one in refused.value.yours.statements] == ["Anne écrit encore."]
    assert said(store.get(read.id), "suite") == ["Ben écrit."]


def test_a_reader_of_an_automatic_save_meets_what_came_after(
    store: FicheStore, read: Fiche
) -> None:
    own = auto(store, read, None, "Anne é").revision
    seen = store.get(read.id)
    auto(store, read, own, "Anne écrit.")
    with pytest.raises(FicheConflictError, match="par Anne"):
        store.set_field(read.id, "suite", typed("Ben."), revision=seen.revision, author="Ben")
    both = store.set_field(read.id, "risques", typed("Panne."), revision=seen.revision, author="B")
    assert (said(both, "suite"), said(both, "risques")) == (["Anne écrit."], ["Panne."])


def test_criteria_noted_by_two_people_are_kept(store: FicheStore) -> None:
    read = store.add(a_fiche())
    codes = [one.code for one in read.field("impacts").scores]

    def note(code: str, level: str) -> FieldEdit:
        return FieldEdit(scores=[ScoreEdit(code=code, level=level)])

    def anne(level: str, own: int | None) -> Fiche:
        return store.set_field(
            *(read.id, "impacts", note(codes[0], level)),
            revision=1,
            author="Anne",
            own=own,
            automatic=True,
        )

    own = anne("fort", None).revision
    store.set_field(read.id, "impacts", note(codes[1], "moyen"), revision=own, author="Ben")
    done = anne("faible", own)
    assert [one.level for one in done.field("impacts").scores[:2]] == ["faible", "moyen"]


def test_only_the_same_person_on_the_same_field_goes_on() -> None:
    began = datetime(2031, 3, 1, 10, 0, tzinfo=UTC)

    def saved(number: int, minutes: float, author: str = "Anne", *keys: str) -> Revision:
        changes = [
            FieldChange(
                key=key, label=key, before={"key": key, "n": number - 1}, after={"n": number}
            )
            for key in keys or ("suite",)
        ]
        at = began + timedelta(minutes=minutes)
        return Revision(number=number, at=at, author=author, kind="automatique", changes=changes)

    apart = COALESCED.total_seconds() / 60 + 1
    told = coalesced(
        [
            *(saved(1, 0), saved(2, 1), saved(3, 2, "Ben"), saved(4, 3)),
            *(saved(5, 3 + apart), saved(6, 20, "Anne", "impacts", "matrice")),
            *(saved(7, 21, "Anne", "impacts"), saved(8, 22, "Anne", "efforts", "matrice")),
        ]
    )
    assert [one.number for one in told] == [2, 3, 4, 5, 7, 8]
    assert [change.key for change in told[4].changes] == ["impacts", "matrice"]
