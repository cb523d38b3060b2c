"""Fiches are kept with every change, edited by several people at once, and really deleted."""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant.errors import StorageError
from assistant.fiches.editing import FieldEdit, ScoreEdit
from assistant.fiches.errors import (
    FicheConflictError,
    FicheLockedError,
    FicheNotFoundError,
    FicheStaleError,
    FicheStateError,
    FichesUnreadableError,
    InvalidEditError,
    InvalidFicheError,
    RevisionNotFoundError,
)
from assistant.fiches.export import export_fiche
from assistant.fiches.history import changes_between
from assistant.fiches.listing import FicheFilter
from assistant.fiches.model import Fiche
from assistant.fiches.rereading import reread
from assistant.fiches.schema import MIGRATIONS
from assistant.fiches.shown import title_of
from assistant.fiches.store import FILE, FicheStore, open_store
from assistant.settings import Settings
from assistant.sqlite_file import prepare
from tests.fiches.samples import METHOD, a_fiche, extract, nowhere, pages_of
from tests.fiches.samples import typed as typed_statement


@pytest.fixture
def store(tmp_path: Path) -> FicheStore:
    return FicheStore(tmp_path / FILE)


def typed(*texts: str) -> FieldEdit:
    return FieldEdit(typed=list(texts))


def said(fiche: Fiche, key: str) -> list[str]:
    return [one.text for one in fiche.field(key).statements if one.origin == "saisie"]


def test_a_fiche_is_kept_as_drafted_with_an_identifier_of_its_own(store: FicheStore) -> None:
    drafted = a_fiche(id="")
    kept = store.add(drafted, "Mme Lefèvre")
    assert (kept.revision, kept.author) == (1, "Mme Lefèvre")
    assert kept.fields == drafted.fields
    assert store.get(kept.id) == kept
    (first,) = store.history(kept.id)
    assert (first.number, first.author, first.kind) == (1, "Mme Lefèvre", "creation")


def test_two_people_editing_different_fields_lose_nothing(store: FicheStore) -> None:
    read = store.add(a_fiche())
    store.set_field(read.id, "risques", typed("Panne."), revision=1, author="Anne")
    both = store.set_field(read.id, "suite", typed("Décider en mars."), revision=1, author="Ben")
    assert (said(both, "risques"), said(both, "suite")) == (["Panne."], ["Décider en mars."])
    assert (both.revision, both.field("risques").author) == (3, "Anne")


def test_two_people_editing_the_same_field_get_both_texts(store: FicheStore) -> None:
    read = store.add(a_fiche())
    store.set_field(read.id, "suite", typed("Anne écrit."), revision=1, author="Anne")
    with pytest.raises(FicheConflictError, match="par Anne") as refused:
        store.set_field(read.id, "suite", typed("Ben écrit."), revision=1, author="Ben")
    conflict = refused.value
    assert conflict.base == read.field("suite")
    assert [one.text for one in conflict.theirs.statements] == ["Anne écrit."]
    assert [one.text for one in conflict.yours.statements] == ["Ben écrit."]
    assert said(store.get(read.id), "suite") == ["Anne écrit."]
    # Having read both, Ben keeps both.
    kept = store.set_field(
        read.id,
        "suite",
        typed("Anne écrit.", "Ben écrit."),
        revision=conflict.revision,
        author="Ben",
    )
    assert said(kept, "suite") == ["Anne écrit.", "Ben écrit."]


def test_the_same_words_sent_twice_change_nothing(store: FicheStore) -> None:
    read = store.add(a_fiche())
    once = store.set_field(read.id, "suite", typed("Décider."), revision=1, author="Anne")
    again = store.set_field(read.id, "suite", typed("Décider."), revision=1, author="Anne")
    assert again == once
    assert len(store.history(read.id)) == 2


def test_two_criteria_of_a_field_are_noted_side_by_side(store: FicheStore) -> None:
    read = store.add(a_fiche(levels={}))
    first = FieldEdit(scores=[ScoreEdit(code="IMP_1", level="fort", argument="Mesuré.")])
    other = FieldEdit(scores=[ScoreEdit(code="IMP_2", level="moyen")])
    store.set_field(read.id, "impacts", first, revision=1, author="Anne")
    both = store.set_field(read.id, "impacts", other, revision=1, author="Ben")
    levels = {one.code: one.level for one in both.field("impacts").scores}
    assert levels["IMP_1"] == "fort" and levels["IMP_2"] == "moyen"
    against = FieldEdit(scores=[ScoreEdit(code="IMP_1", level="faible")])
    with pytest.raises(FicheConflictError):
        store.set_field(read.id, "impacts", against, revision=1, author="Ben")


def test_people_writing_at_once_all_keep_their_words(store: FicheStore) -> None:
    read = store.add(a_fiche())
    keys = ["processus", "objectifs", "donnees", "integration", "ethique", "risques"]
    failures: list[Exception] = []

    def write(key: str) -> None:
        try:
            for text in (f"Début de {key}.", f"Fin de {key}."):
                latest = store.get(read.id)
                store.set_field(
                    read.id, key, typed(text), revision=latest.revision, author=f"Auteur {key}"
                )
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    final = store.get(read.id)
    assert [said(final, key) for key in keys] == [[f"Fin de {key}."] for key in keys]
    assert final.revision == 1 + 2 * len(keys)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["intitule", "besoin", "suite", "impacts", "axe"]),
        st.text(st.characters(codec="utf-8"), min_size=4, max_size=40).map(
            lambda text: f"Mot {text}"
        ),
        st.sampled_from(["faible", "moyen", "fort", None]),
        st.sampled_from(["1", "8", "9"]),
    ),
    max_size=8,
)


@given(EDITS)
@hypothesis_settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_revision_can_be_read_again(
    tmp_path: Path, edits: list[tuple[str, str, str]]
) -> None:
    store = FicheStore(tmp_path / FILE)
    states = [store.add(a_fiche())]
    for key, text, level, axis in edits:
        edit = {
            "impacts": FieldEdit(scores=[ScoreEdit(code="IMP_1", level=level, argument=text)]),
            "axe": FieldEdit(chosen=[axis]),
        }.get(key, typed(text))
        last = states[-1]
        made = store.set_field(last.id, key, edit, revision=last.revision, author="Anne")
        if made.revision != last.revision:
            states.append(made)
    for state in states:
        assert store.at(state.id, state.revision) == state
    first, last = states[0], states[-1]
    found = store.diff(first.id, first.revision, last.revision)
    assert list(found) == changes_between(first, last)
    store.delete(first.id)


def test_the_history_says_who_changed_what_from_what(store: FicheStore) -> None:
    read = store.add(a_fiche(), "Anne")
    store.set_field(read.id, "besoin", FieldEdit(keep=[0], typed=[]), revision=1, author="Ben")
    change = {one.key: one for one in store.history(read.id)[1].changes}["besoin"]
    assert [one["text"] for one in change.before["statements"]][1] == "Constat du CHU d’exemple."
    assert len(change.after["statements"]) == 1
    assert store.history(read.id)[1].author == "Ben"
    with pytest.raises(RevisionNotFoundError):
        store.diff(read.id, 1, 7)


def test_the_life_of_a_fiche(store: FicheStore) -> None:
    read = store.add(a_fiche())
    with pytest.raises(FicheStateError, match="brouillon"):
        store.move(read.id, "validee", "Anne")
    store.move(read.id, "en_revue", "Anne", revision=1)
    validated = store.move(read.id, "validee", "Ben")
    with pytest.raises(FicheLockedError, match="validée"):
        store.set_field(read.id, "suite", typed("Non."), revision=3, author="Anne")
    with pytest.raises(FicheStateError, match="commentaire"):
        store.move(read.id, "brouillon", "Anne")
    with pytest.raises(FicheStaleError):
        store.move(read.id, "archivee", "Anne", revision=2)
    back = store.move(read.id, "brouillon", "Anne", comment="Budget à revoir.")
    assert (validated.state, back.state, back.revision) == ("validee", "brouillon", 4)
    last = store.history(read.id)[-1]
    assert (last.kind, last.comment, last.changes[0].after) == (
        "etat",
        "Budget à revoir.",
        "brouillon",
    )
    assert store.set_field(read.id, "suite", typed("Oui."), revision=4, author=None).revision == 5


def test_comments_stay_beside_the_fields(store: FicheStore) -> None:
    read = store.add(a_fiche())
    store.comment(read.id, "donnees", "Voir avec la DSI.", "Anne")
    store.comment(read.id, "", "Belle fiche.", None)
    assert [(one.key, one.author, one.revision) for one in store.comments(read.id)] == [
        ("donnees", "Anne", 1),
        ("", None, 1),
    ]
    assert store.get(read.id) == read
    for key, text, error in (
        ("donnees", "  ", InvalidEditError),
        ("inconnu", "Oui.", FicheNotFoundError),
        ("donnees", "\ud800", InvalidEditError),
        ("donnees", "é" * 20_001, InvalidEditError),
    ):
        with pytest.raises(error):
            store.comment(read.id, key, text, "Anne")


def test_a_refresh_never_writes_over_a_person(store: FicheStore) -> None:
    read = store.add(a_fiche())
    news = [
        one.model_copy(update={"statements": [*one.statements, extract("Preuve nouvelle.")]})
        if one.key in {"suite", "risques"}
        else one
        for one in read.fields
    ]
    found = read.model_copy(update={"fields": news, "index_generation": "g2", "state": "archivee"})
    store.set_field(read.id, "suite", typed("Anne écrit."), revision=1, author="Anne")
    merged, left = store.apply(read.id, found, revision=1, author=None)
    assert list(left) == ["suite"]
    assert [one.text for one in merged.field("suite").statements] == ["Anne écrit."]
    assert merged.field("risques").statements[-1].text == "Preuve nouvelle."
    assert (merged.index_generation, merged.state) == ("g2", "brouillon")
    assert store.history(read.id)[-1].kind == "rafraichissement"


def test_fiches_are_found_by_what_they_hold(store: FicheStore) -> None:
    planning = store.add(a_fiche(), "Mme Lefèvre")
    beds = store.add(a_fiche("Prévoir les lits", axis="5", filled=False), "M. Noël")
    store.move(beds.id, "en_revue", "M. Noël")

    def titles(**chosen: object) -> list[str]:
        fiches = store.list(FicheFilter(**chosen))  # type: ignore[arg-type]
        assert store.count(FicheFilter(**chosen)) >= len(fiches)  # type: ignore[arg-type]
        return [one.request.title for one in fiches]

    a, b = planning.request.title, beds.request.title
    assert titles() == [b, a]
    assert titles(words="PREVOIR lit") == [b]
    assert titles(words="100 %_") == []
    assert titles(axis="8") == [a]
    assert titles(function="predictive") == [b, a]
    assert titles(function="agentique") == []
    assert titles(states=("en_revue", "validee")) == [b]
    assert titles(author="lefevre") == [a]
    assert titles(deadline_passed=True, today=date(2026, 1, 1)) == [a]
    assert titles(deadline_passed=True, today=date(2025, 7, 31)) == []
    assert titles(deadline_passed=False, today=date(2026, 1, 1)) == [b]
    assert titles(limit=1, offset=1) == [a]
    assert store.count() == 2


def test_a_json_export_comes_back_exactly(store: FicheStore, tmp_path: Path) -> None:
    page = pages_of(a_fiche())
    kept = store.add(reread(a_fiche(), page, METHOD))
    kept = store.set_field(kept.id, "suite", typed("Œuvre 🗓."), revision=1, author="Anne")
    raw = export_fiche(kept, "json")
    elsewhere = FicheStore(tmp_path / "autre" / FILE)
    assert elsewhere.import_json(raw, "Ben", get_page=page) == kept
    assert elsewhere.get(kept.id) == kept
    assert export_fiche(elsewhere.get(kept.id), "json") == raw
    assert elsewhere.at(kept.id, 2) == kept
    # The same again is the same fiche; another content under its name is another fiche.
    assert elsewhere.import_json(raw, get_page=page) == kept
    assert elsewhere.count() == 1
    elsewhere.set_field(kept.id, "suite", typed("Autre."), revision=2, author="Ben")
    assert elsewhere.import_json(raw, get_page=page).id != kept.id
    assert elsewhere.count() == 2


def changed(**values: object) -> bytes:
    return json.dumps({**a_fiche().model_dump(mode="json"), **values}).encode()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "JSON lisible"),
        (b"\xff\xfe", "JSON lisible"),
        (b"[" * 100_000, "JSON lisible"),
        (b" " * ((8 << 20) + 1), "dépasse 8"),
        (b"[]", "schema_version"),
        (b"{}", "schema_version"),
        (changed(schema_version=2), "format 2"),
        (changed(schema_version=0), "format 0"),
        (changed(schema_version="1"), "schema_version"),
        (changed(inconnu=1), "inconnu"),
        (changed(notes=["\ud800"]), "JSON lisible"),
        (changed(fields=[one.model_dump(mode="json") for one in a_fiche().fields[:1]] * 2), "deux"),
    ],
)
def test_what_is_no_fiche_of_this_version_is_refused(
    store: FicheStore, raw: bytes, said: str
) -> None:
    with pytest.raises(InvalidFicheError, match=said):
        store.import_json(raw, get_page=nowhere)
    assert store.count() == 0


def test_a_deleted_fiche_leaves_no_word_in_the_files(store: FicheStore) -> None:
    kept = store.add(a_fiche("Secret xylophone"), "Mme Kazakhstan")
    store.comment(kept.id, "", "Clavecin", None)
    store.set_field(kept.id, "suite", typed("Mandoline"), revision=1, author="Anne")
    store.delete(kept.id)
    left = b"".join(path.read_bytes() for path in store.path.parent.iterdir())
    for word in (b"xylophone", b"Kazakhstan", b"Clavecin", b"Mandoline"):
        assert word not in left
    with pytest.raises(FicheNotFoundError):
        store.get(kept.id)


def test_a_damaged_or_newer_file_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(b"SQLite format 3\x00" + b"\x07" * 4096)
    before = path.read_bytes()
    with pytest.raises(FichesUnreadableError, match="endommagé"):
        FicheStore(path).list()
    assert path.read_bytes() == before
    newer = FicheStore(tmp_path / "x.sqlite")
    kept = newer.add(a_fiche())
    with sqlite3.connect(newer.path) as connection:
        connection.execute("UPDATE fiches SET body = '{}'")
    with pytest.raises(FichesUnreadableError):
        newer.get(kept.id)
    with sqlite3.connect(newer.path) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(FichesUnreadableError, match="plus récente"):
        newer.list()


def test_a_disk_that_refuses_keeps_what_was_there(
    store: FicheStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = store.add(a_fiche())
    connect = store._connect

    def limited() -> sqlite3.Connection:
        connection = connect()
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
        return connection

    monkeypatch.setattr(store, "_connect", limited)
    with pytest.raises(StorageError, match="disque est plein"):
        store.set_field(kept.id, "suite", typed("x" * 20_000), revision=1, author="Anne")
    monkeypatch.undo()
    assert store.get(kept.id) == kept


def test_an_older_file_is_brought_up_to_date(store: FicheStore) -> None:
    kept = store.add(a_fiche())
    later = (*MIGRATIONS, ("ALTER TABLE fiches ADD COLUMN colour TEXT",))
    with sqlite3.connect(store.path, isolation_level=None) as connection:
        prepare(connection, later)
        found = connection.execute("SELECT id, colour FROM fiches").fetchall()
    assert found == [(kept.id, None)]


def test_the_file_is_for_its_owner_alone_and_reading_creates_none(store: FicheStore) -> None:
    assert store.list() == [] and store.count() == 0
    with pytest.raises(FicheNotFoundError):
        store.get("x")
    assert not store.path.exists()
    store.add(a_fiche())
    assert store.path.stat().st_mode & 0o077 == 0


def test_the_administrator_may_keep_nothing(tmp_path: Path) -> None:
    off = Settings(index_dir=tmp_path, fiches=False)  # type: ignore[call-arg]
    assert open_store(off) is None
    assert list(tmp_path.iterdir()) == []


def test_a_grid_that_renames_its_fields_filters_too(tmp_path: Path) -> None:
    renamed = {"axe": "domaine", "fonctions": "usages", "intitule": "nom"}
    grid = METHOD.model_copy(
        update={
            "fields": tuple(
                one.model_copy(update={"key": renamed.get(one.key, one.key)})
                for one in METHOD.fields
            )
        }
    )
    fiche = a_fiche("Prévoir")
    fields = [one.model_copy(update={"key": renamed.get(one.key, one.key)}) for one in fiche.fields]
    other = FicheStore(tmp_path / FILE, grid)
    other.add(fiche.model_copy(update={"fields": fields}))
    other.add(a_fiche("D’une autre grille"))  # found by the keys it has
    assert other.count(FicheFilter(axis="8", function="predictive")) == 2
    assert other.count(FicheFilter(axis="1")) == 0
    renamed_title = fields[0].model_copy(update={"statements": [typed_statement("Corrigé")]})
    corrected = fiche.model_copy(update={"fields": [renamed_title, *fields[1:]]})
    assert title_of(corrected, grid) == "Corrigé"
