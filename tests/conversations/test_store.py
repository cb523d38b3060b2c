"""Conversations are kept as shown, found again, bounded, and really deleted."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.access.current import ForbiddenError, acting_as
from assistant.access.model import NOBODY, Person, Role
from assistant.conversations import schema
from assistant.conversations.models import (
    ConversationNotFoundError,
    ConversationsUnreadableError,
    InvalidFeedbackError,
    InvalidTitleError,
)
from assistant.conversations.store import (
    FILE,
    UNTITLED,
    ConversationStore,
    everybody,
    open_store,
)
from assistant.errors import StorageError
from assistant.model import Answer
from assistant.settings import Settings
from assistant.sqlite_file import prepare
from tests.conversations.examples import an_answer

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    return ConversationStore(tmp_path / FILE)


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_an_answer_comes_back_exactly_as_it_was_shown(store: ConversationStore) -> None:
    made = store.create()
    answer = an_answer().model_copy(update={"understood": "Quel soutien, l’AMI ?"})
    assert store.add_turn(made.id, answer) == 1
    (turn,) = store.get(made.id).turns
    assert turn.answer == answer
    assert turn.feedback is None


def test_the_first_question_names_a_conversation_until_someone_does(
    store: ConversationStore,
) -> None:
    made = store.create()
    assert made.title == UNTITLED
    store.add_turn(made.id, an_answer("Quel soutien par projet ?"))
    store.add_turn(made.id, an_answer("et la durée ?"))
    assert store.get(made.id).title == "Quel soutien par projet ?"
    store.rename(made.id, "  Financements\n2026 ")
    assert store.get(made.id).title == "Financements 2026"
    named = store.create("Mes AMI")
    store.add_turn(named.id, an_answer())
    assert store.get(named.id).title == "Mes AMI"
    long = store.create()
    store.add_turn(long.id, an_answer("mot " * 100))
    assert store.get(long.id).title.endswith(" …")


@pytest.mark.parametrize("title", ["", " \n", "x" * 121])
def test_a_title_has_bounds(store: ConversationStore, title: str) -> None:
    made = store.create()
    with pytest.raises(InvalidTitleError):
        store.rename(made.id, title)


def test_the_list_shows_the_latest_used_first_and_is_searched(store: ConversationStore) -> None:
    first, second = store.create(), store.create()
    store.add_turn(second.id, an_answer("Combien d’établissements ?"))
    store.add_turn(first.id, an_answer("Quelle échéance ?"))
    assert [one.id for one in store.list()] == [first.id, second.id]
    assert [one.count for one in store.list()] == [1, 1]
    assert [one.id for one in store.list("ECHEANCE")] == [first.id]
    # Words of the answer, all of them wanted, in any exchange.
    assert len(store.list("40 000 euros")) == 2
    assert [one.id for one in store.list("euros etablissements")] == [second.id]
    assert store.list("zzz") == [] and store.count("zzz") == 0
    assert store.count() == 2 and len(store.list(limit=1, offset=1)) == 1


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=80))
def test_any_text_may_be_searched(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    store = ConversationStore(tmp_path_factory.mktemp("c") / FILE)
    made = store.create()
    store.add_turn(made.id, an_answer("Quel soutien ?"))
    assert len(store.list(text)) == store.count(text) <= 1


def test_an_opinion_replaces_the_former_one(store: ConversationStore) -> None:
    made = store.create()
    store.add_turn(made.id, an_answer())
    store.put_feedback(made.id, 1, "utile")
    store.put_feedback(made.id, 1, "incomplet", "  Il manque la date. ")
    said = store.turn(made.id, 1).feedback
    assert said is not None
    assert (said.verdict, said.comment) == ("incomplet", "Il manque la date.")
    with pytest.raises(InvalidFeedbackError):
        store.put_feedback(made.id, 1, "faux", "x" * 2001)
    with pytest.raises(ConversationNotFoundError):
        store.put_feedback(made.id, 2, "faux")


def test_nothing_of_a_deleted_conversation_stays_in_the_files(
    store: ConversationStore, tmp_path: Path
) -> None:
    kept, gone = store.create(), store.create()
    store.add_turn(kept.id, an_answer("Question gardée ?"))
    for number in range(1, 30):
        store.add_turn(gone.id, an_answer(f"SECRETQUESTION {number} ?", "SECRETREPONSE " * 50))
    store.put_feedback(gone.id, 3, "faux", "SECRETAVIS")
    store.rename(gone.id, "SECRETTITRE")
    assert b"SECRETAVIS" in bytes_on_disk(tmp_path)
    store.delete(gone.id)
    left = bytes_on_disk(tmp_path)
    assert b"SECRET" not in left.upper()
    assert "Question gardée".encode() in left
    with pytest.raises(ConversationNotFoundError):
        store.get(gone.id)
    assert store.delete_all() == 1
    assert store.list() == []


def test_an_opinion_changed_leaves_no_trace_of_the_former(
    store: ConversationStore, tmp_path: Path
) -> None:
    made = store.create()
    store.add_turn(made.id, an_answer())
    store.put_feedback(made.id, 1, "faux", "SECRETAVIS")
    store.put_feedback(made.id, 1, "utile", "")
    assert b"SECRETAVIS" not in bytes_on_disk(tmp_path)


def test_old_conversations_go_by_themselves(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 400 * 86_400)
    old = store.create()
    monkeypatch.setattr(time, "time", lambda: now - 10 * 86_400)
    recent = store.create()
    monkeypatch.setattr(time, "time", lambda: now)
    # A server that starts applies the limit at its first exchange.
    ConversationStore(store.path, max_days=0).create()
    assert store.count() == 3
    ConversationStore(store.path).add_turn(recent.id, an_answer())
    assert old.id not in {one.id for one in store.list()}
    assert store.purge(0) == 2


def test_a_conversation_keeps_its_last_exchanges(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / FILE, max_turns=3)
    made = store.create()
    numbers = [store.add_turn(made.id, an_answer(f"Question {n} ?")) for n in range(1, 6)]
    assert numbers == [1, 2, 3, 4, 5]
    assert [turn.number for turn in store.get(made.id).turns] == [3, 4, 5]
    assert [turn.number for turn in store.get(made.id, last=2).turns] == [4, 5]


def test_threads_lose_no_exchange(store: ConversationStore) -> None:
    store.owner = everybody  # threads started by hand serve nobody in particular
    made = store.create()
    errors: list[Exception] = []

    def work(rank: int) -> None:
        try:
            for step in range(5):
                store.add_turn(made.id, an_answer(f"Question {rank}-{step} ?"))
                store.list("question")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    turns = store.get(made.id).turns
    assert [turn.number for turn in turns] == list(range(1, 21))
    assert len({turn.answer.question for turn in turns}) == 20


PROCESS = """
import sys
from pathlib import Path
from assistant.conversations.store import ConversationStore, everybody
from tests.conversations.examples import an_answer
store = ConversationStore(Path(sys.argv[1]), owner=everybody)
for step in range(5):
    store.add_turn(sys.argv[2], an_answer(f"Question {sys.argv[3]}-{step} ?"))
"""


def test_processes_lose_no_exchange(store: ConversationStore) -> None:
    made = store.create()
    command = [sys.executable, "-c", PROCESS, str(store.path), made.id]
    running = [subprocess.Popen([*command, str(rank)], cwd=REPOSITORY) for rank in range(2)]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    assert [turn.number for turn in store.get(made.id).turns] == list(range(1, 11))


def full(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file grow no more, as on a full disk."""
    connect = store._connect

    def limited() -> sqlite3.Connection:
        connection = connect()
        count = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={count}")
        return connection

    monkeypatch.setattr(store, "_connect", limited)


def test_a_full_disk_is_said_and_loses_nothing(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = store.create()
    store.add_turn(made.id, an_answer("Question gardée ?"))
    full(store, monkeypatch)
    with pytest.raises(StorageError, match="disque est plein"):
        store.add_turn(made.id, an_answer("x" * 100_000))
    monkeypatch.undo()
    assert [turn.answer.question for turn in store.get(made.id).turns] == ["Question gardée ?"]
    assert store.add_turn(made.id, an_answer()) == 2


def test_a_damaged_file_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(b"SQLite format 3\x00" + b"\x07" * 4096)
    before = path.read_bytes()
    with pytest.raises(ConversationsUnreadableError):
        ConversationStore(path).list()
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version_is_left_alone(store: ConversationStore) -> None:
    store.create()
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(ConversationsUnreadableError, match="plus récente"):
        store.list()


def test_an_older_file_is_brought_up_to_date_once(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = store.create("Ancienne")
    later = (*schema.MIGRATIONS, ("ALTER TABLE conversations ADD COLUMN colour TEXT",))
    for _ in range(2):
        with sqlite3.connect(store.path, isolation_level=None) as connection:
            prepare(connection, later)
            assert connection.execute("SELECT title, colour FROM conversations").fetchall() == [
                ("Ancienne", None)
            ]
    assert made.id


def test_a_migration_that_fails_leaves_the_file_as_it_was(store: ConversationStore) -> None:
    store.create("Ancienne")
    broken = (*schema.MIGRATIONS, ("CREATE TABLE other (x)", "NOT SQL"))
    connection = sqlite3.connect(store.path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        prepare(connection, broken)
    connection.close()
    assert [one.title for one in store.list()] == ["Ancienne"]


def test_the_file_is_for_its_owner_alone(store: ConversationStore) -> None:
    store.create()
    assert store.path.stat().st_mode & 0o077 == 0


def test_the_administrator_may_keep_nothing(tmp_path: Path) -> None:
    off = Settings(index_dir=tmp_path, conversations=False)  # type: ignore[call-arg]
    assert open_store(off) is None
    assert list(tmp_path.iterdir()) == []


def test_an_answer_of_another_shape_is_said(store: ConversationStore) -> None:
    made = store.create()
    store.add_turn(made.id, an_answer())
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE turns SET answer = '{}'")
    with pytest.raises(ConversationsUnreadableError):
        store.get(made.id)
    assert Answer.model_validate(an_answer().model_dump())


def test_reading_creates_no_file(store: ConversationStore) -> None:
    assert store.list() == []
    assert store.count() == store.purge(0) == store.delete_all() == 0
    with pytest.raises(ConversationNotFoundError):
        store.get("x")
    assert not store.path.exists()


# Whose they are


ADA = Person("cle:ada", "Ada", Role.READER, means="cle")
BEN = Person("cle:ben", "Ben", Role.ADMINISTRATOR, means="cle")
"""An administrator: what others asked is not theirs to read either."""


def test_each_person_has_their_own_conversations(store: ConversationStore) -> None:
    with acting_as(ADA):
        hers = store.create("Dossier réservé").id
        store.add_turn(hers, an_answer())
    with acting_as(BEN):
        his = store.create("Dossier public").id
        assert [one.id for one in store.list()] == [his]
        assert (store.list("réservé"), store.count("réservé"), store.count()) == ([], 0, 1)
        assert store.delete_all() == 1
        assert store.purge(0) == 0
    assert [one.id for one in store.list()] == []
    with acting_as(ADA):
        assert [(one.id, one.count) for one in store.list()] == [(hers, 1)]


@pytest.mark.parametrize(
    "operation",
    [
        lambda store, one: store.get(one),
        lambda store, one: store.turn(one, 1),
        lambda store, one: store.add_turn(one, an_answer()),
        lambda store, one: store.rename(one, "À moi"),
        lambda store, one: store.put_feedback(one, 1, "faux"),
        lambda store, one: store.delete(one),
    ],
)
def test_that_of_another_is_unknown_like_one_that_never_was(
    store: ConversationStore, operation: Callable[[ConversationStore, str], object]
) -> None:
    with acting_as(ADA):
        hers = store.create("Dossier réservé").id
        store.add_turn(hers, an_answer())
    said = []
    with acting_as(BEN):
        for conversation_id in (hers, "aucune"):
            with pytest.raises(ConversationNotFoundError) as refused:
                operation(store, conversation_id)
            said.append((refused.value.message, refused.value.remedy))
    assert said[0] == said[1]
    with acting_as(ADA):
        assert store.get(hers).title == "Dossier réservé"
        assert store.turn(hers, 1).feedback is None


def test_conversations_kept_before_sign_in_are_the_local_persons(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        prepare(connection, schema.MIGRATIONS[:1])
        connection.execute(
            "INSERT INTO conversations VALUES ('a', 'Ancienne', 0, ?, ?, 'ancienne')",
            (time.time(), time.time()),
        )
        connection.execute(
            "INSERT INTO turns VALUES ('a', 1, 0, ?, '')", (an_answer().model_dump_json(),)
        )
    store = ConversationStore(path)
    assert [turn.number for turn in store.get("a").turns] == [1]
    with acting_as(ADA):
        assert store.list() == []


def test_the_age_limit_holds_for_everybody(store: ConversationStore) -> None:
    with acting_as(ADA):
        store.create("Ancienne")
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE conversations SET updated = 0")
    with acting_as(BEN):
        ConversationStore(store.path).create("Récente")
    assert [one.title for one in ConversationStore(store.path, owner=everybody).list()] == [
        "Récente"
    ]


def test_whoever_was_not_recognised_keeps_nothing(store: ConversationStore) -> None:
    store.create("Du poste")
    with acting_as(NOBODY):
        for operation in (store.create, store.list, store.count, store.delete_all):
            with pytest.raises(ForbiddenError):
                operation()
    assert store.count() == 1
