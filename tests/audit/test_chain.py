"""Whatever is done to the file of the audit log behind its back shows."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.audit.chain import Anchor, Head, digest, linked, sealed_head, verify
from assistant.audit.model import Action, AuditKeyError, AuditUnavailableError, Event
from assistant.audit.store import FILE, AuditLog, now, open_log, read_key
from assistant.errors import StorageError
from assistant.settings import REPOSITORY, Settings

KEY = bytes(range(32))


def an_event(rank: int = 0, *, at: str | None = None) -> Event:
    return Event(Action.QUESTION, at or now(), "cle:a", "cle", (f"d{rank}",), details={"n": rank})


@pytest.fixture(params=[None, KEY], ids=["sans clé", "avec clé"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> AuditLog:
    found = AuditLog(tmp_path / FILE, key=request.param)
    for rank in range(1, 7):
        found.write(an_event(rank))
    return found


def tampered(log: AuditLog, *statements: str) -> tuple[str, ...]:
    """What the verification says after somebody opened the file with another program."""
    with closing(sqlite3.connect(log.path, isolation_level=None)) as connection:
        for name in ("nothing_changes", "nothing_goes_unsaid"):
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            connection.execute(statement)
    return log.verify().faults


def test_an_untouched_log_is_sound(log: AuditLog) -> None:
    verdict = log.verify()
    assert (verdict.entries, verdict.head.sequence, verdict.faults) == (6, 6, ())
    read = list(log.entries())
    assert [one.event.targets for one in read] == [(f"d{rank}",) for rank in range(1, 7)]
    assert [one.sequence for one in log.entries(last=2)] == [5, 6]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE entries SET person = 'cle:b' WHERE sequence = 3", "L’entrée 3 a été modifiée"),
        ("UPDATE entries SET at = '2020-01-01' WHERE sequence = 3", "L’entrée 3 a été modifiée"),
        ("UPDATE entries SET outcome = 'x' WHERE sequence = 6", "L’entrée 6 a été modifiée"),
        ("UPDATE entries SET details = '{}' WHERE sequence = 1", "L’entrée 1 a été modifiée"),
        ("DELETE FROM entries WHERE sequence = 3", "il en manque"),
        ("DELETE FROM entries WHERE sequence = 1", "il en manque"),
        ("DELETE FROM entries WHERE sequence = 6", "sa fin a été retirée"),
        ("DELETE FROM entries", "sa fin a été retirée"),
    ],
)
def test_a_change_a_removal_a_cut_are_found(log: AuditLog, statement: str, said: str) -> None:
    assert any(said in fault for fault in tampered(log, statement))


def test_an_entry_changed_with_its_own_hash_breaks_the_next_one(log: AuditLog) -> None:
    third = next(one for one in log.entries() if one.sequence == 3)
    changed = replace(third.event, person="cle:b")
    new = digest(3, changed, third.previous)
    faults = tampered(
        log, f"UPDATE entries SET person = 'cle:b', hash = '{new}' WHERE sequence = 3"
    )
    assert "L’entrée 4 ne suit pas celle qui la précède." in faults


def test_two_entries_exchanged_are_found(log: AuditLog) -> None:
    faults = tampered(
        log,
        "UPDATE entries SET sequence = -1 WHERE sequence = 3",
        "UPDATE entries SET sequence = 3 WHERE sequence = 4",
        "UPDATE entries SET sequence = 4 WHERE sequence = -1",
    )
    assert any("L’entrée 3 a été modifiée" in fault for fault in faults)


def test_a_first_part_removed_as_if_purged_is_found(log: AuditLog) -> None:
    faults = tampered(
        log,
        "UPDATE ends SET sequence = 2, hash = (SELECT hash FROM entries WHERE sequence = 2)"
        " WHERE which = 'ancre'",
        "DELETE FROM entries WHERE sequence <= 2",
    )
    assert any("Rien n’explique que les entrées 1 à 2 manquent" in fault for fault in faults)


def forged(log: AuditLog, key: bytes | None) -> tuple[str, ...]:
    """A whole new chain, computed as the software does, with one entry changed."""
    events = [entry.event for entry in log.entries()]
    events[2] = replace(events[2], person="cle:b")
    entries = list(linked(events, Head(), key))
    with closing(sqlite3.connect(log.path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER IF EXISTS nothing_changes")
        for one in entries:
            connection.execute(
                "UPDATE entries SET person = ?, previous = ?, hash = ?, seal = ?"
                " WHERE sequence = ?",
                (one.event.person, one.previous, one.hash, one.seal, one.sequence),
            )
        head = sealed_head(key, entries[-1].sequence, entries[-1].hash)
        connection.execute(
            "UPDATE ends SET hash = ?, seal = ? WHERE which = 'tete'", (head.hash, head.seal)
        )
    return log.verify().faults


def test_a_whole_new_chain_is_found_with_a_key_and_only_then(tmp_path: Path) -> None:
    # The limit is real, and said: it is what the key, or a hash noted elsewhere, is for.
    for key, found in ((None, False), (KEY, True)):
        log = AuditLog(tmp_path / f"{found}.sqlite", key=key)
        for rank in range(1, 7):
            log.write(an_event(rank))
        noted = {4: next(e.hash for e in log.entries() if e.sequence == 4)}
        assert bool(forged(log, None if found else key)) is found
        assert log.verify(noted).faults  # a witness finds both
        assert bool(forged(log, b"une autre cle, devinee au hasard")) is found


def test_a_cut_whose_head_is_put_back_is_found_with_a_key(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / FILE, key=KEY)
    for rank in range(1, 7):
        log.write(an_event(rank))
    faults = tampered(
        log,
        "DELETE FROM entries WHERE sequence = 6",
        "UPDATE ends SET sequence = 5, hash = (SELECT hash FROM entries WHERE sequence = 5),"
        " seal = (SELECT seal FROM entries WHERE sequence = 5) WHERE which = 'tete'",
    )
    assert faults == ("Le sceau de la fin du journal n’est pas celui de votre clé.",)


def test_an_old_copy_put_back_is_found_by_a_hash_noted_elsewhere(log: AuditLog) -> None:
    copy = log.path.with_suffix(".copie")
    with closing(sqlite3.connect(log.path)) as source, closing(sqlite3.connect(copy)) as old:
        source.backup(old)
    for rank in range(7, 9):
        log.write(an_event(rank))
    noted = {8: log.verify().head.hash}
    for name in (log.path, *log.path.parent.glob("*-wal"), *log.path.parent.glob("*-shm")):
        name.unlink(missing_ok=True)
    copy.replace(log.path)
    assert log.verify().sound  # the limit, as it is told
    assert log.verify(noted).faults == (
        "L’entrée 8, que vous aviez notée, n’est plus dans le journal.",
    )


def test_seals_begin_when_a_key_is_given_and_cannot_be_taken_off(tmp_path: Path) -> None:
    AuditLog(tmp_path / FILE).write(an_event(1))
    log = AuditLog(tmp_path / FILE, key=KEY)
    assert not log.verify().sound  # the head carries no seal yet
    log.write(an_event(2))
    log.write(an_event(3))
    assert (log.verify().unsealed, log.verify().sound) == (1, True)
    assert any(
        "sceau de l’entrée 3" in fault
        for fault in tampered(log, "UPDATE entries SET seal = '' WHERE sequence = 3")
    )
    assert not AuditLog(tmp_path / FILE, key=bytes(32)).verify().sound


def test_our_own_mistakes_cannot_change_the_past(log: AuditLog) -> None:
    with closing(sqlite3.connect(log.path)) as connection:
        for statement in ("UPDATE entries SET person = ''", "DELETE FROM entries"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)


# Purge


def test_what_stays_after_a_purge_is_still_verified(log: AuditLog) -> None:
    old = (datetime.now(UTC) - timedelta(days=40)).isoformat(timespec="microseconds")
    aged = AuditLog(log.path.with_name("ancien.sqlite"), key=log._key)
    for rank in range(1, 4):
        aged.write(an_event(rank, at=old))
    for rank in range(4, 6):
        aged.write(an_event(rank))
    noted = aged.verify().head
    assert (aged.purge(30), aged.purge(30)) == (3, 0)
    verdict = aged.verify({2: "0" * 64, noted.sequence: noted.hash})
    assert (verdict.entries, verdict.faults) == (3, ())
    assert [one.event.action for one in aged.entries()][-1] == Action.PURGE
    aged.write(an_event(6))
    assert aged.verify().sound
    assert any(
        "il en manque" in one for one in tampered(aged, "DELETE FROM entries WHERE sequence = 4")
    )


def test_a_clock_set_back_purges_nothing_from_the_middle(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / FILE)
    old = (datetime.now(UTC) - timedelta(days=40)).isoformat(timespec="microseconds")
    log.write(an_event(1))
    log.write(an_event(2, at=old))
    log.write(an_event(3))
    assert log.purge(30) == 0
    verdict = log.verify()
    assert (verdict.sound, verdict.backwards) == (True, (2,))


# Together


def test_threads_lose_nothing(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / FILE)
    threads = [
        threading.Thread(target=lambda: [log.write(an_event(rank)) for rank in range(10)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (log.verify().entries, log.verify().faults) == (80, ())


PROCESS = """
import sys
from pathlib import Path
from assistant.audit.model import Action, Event
from assistant.audit.store import AuditLog, now
log = AuditLog(Path(sys.argv[1]))
for rank in range(10):
    log.write(Event(Action.QUESTION, now(), sys.argv[2]))
"""


def test_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / FILE
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS, str(path), str(rank)], cwd=REPOSITORY)
        for rank in range(3)
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    verdict = AuditLog(path).verify()
    assert (verdict.entries, verdict.faults) == (30, ())


# A disk that refuses


def full(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make the disk refuse, until what is given back is called."""
    refused = True
    writing = log._append

    def append(events: list[Event]) -> None:
        if refused:
            raise StorageError("Le disque est plein.", "Libérez de la place.")
        writing(events)

    def freed() -> None:
        nonlocal refused
        refused, log._retry_at = False, 0.0

    monkeypatch.setattr(log, "_append", append)
    return freed


def test_entries_wait_for_a_full_disk_and_come_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AuditLog(tmp_path / FILE)
    freed = full(log, monkeypatch)
    for rank in range(3):
        log.write(an_event(rank))
    assert (log.late, log.failure is not None) == (3, True)
    freed()
    log.write(an_event(3))
    assert (log.late, log.failure) == (0, None)
    assert [one.event.details["n"] for one in log.entries()] == [0, 1, 2, 3]


def test_those_that_memory_cannot_keep_are_counted_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.audit.store._WAITING", 2)
    log = AuditLog(tmp_path / FILE)
    freed = full(log, monkeypatch)
    for rank in range(5):
        log.write(an_event(rank))
    freed()
    assert log.flush()
    first, *others = log.entries()
    assert (first.event.action, first.event.details) == (Action.LOST, {"nombre": 3})
    assert [one.event.details["n"] for one in others] == [3, 4]
    assert log.verify().sound


def test_the_administrator_may_want_nothing_done_unwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AuditLog(tmp_path / FILE, strict=True)
    freed = full(log, monkeypatch)
    with pytest.raises(AuditUnavailableError):
        log.write(an_event(1))
    with pytest.raises(AuditUnavailableError):
        log.check()
    freed()
    log.check()
    log.write(an_event(2))
    assert [one.event.details["n"] for one in log.entries()] == [1, 2]


def test_the_log_stands_below_all_that_writes_to_it() -> None:
    # Who may see what writes here too: the one must not need the other.
    for path in (REPOSITORY / "assistant" / "audit").glob("*.py"):
        above = re.findall(
            r"(?:from|import) assistant\.(access|api|index|library)", path.read_text()
        )
        assert above == [], path


# Settings


def test_the_settings_decide(tmp_path: Path) -> None:
    assert open_log(Settings(index_dir=tmp_path, audit=False)) is None  # type: ignore[call-arg]
    (tmp_path / "cle").write_bytes(b"courte")
    with pytest.raises(AuditKeyError):
        read_key(tmp_path / "cle")
    with pytest.raises(AuditKeyError):
        read_key(tmp_path / "absente")
    strict = Settings(index_dir=tmp_path, audit_failure="refuser")  # type: ignore[call-arg]
    found = open_log(strict)
    assert found is not None and found.strict and not found.questions
    assert not found.path.exists()
    found.write(an_event())
    assert found.path.stat().st_mode & 0o077 == 0


def test_an_empty_log_is_sound_and_reading_creates_no_file(tmp_path: Path) -> None:
    assert verify((), anchor=Anchor(), head=Head()).sound
    log = AuditLog(tmp_path / FILE)
    assert log.verify().sound and list(log.entries()) == []
    assert list(tmp_path.iterdir()) == []
