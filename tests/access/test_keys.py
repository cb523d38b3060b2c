"""Keys and sessions: what opens, for how long, and what ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.access.keys import InvalidKeyError, KeyNotFoundError, KeyStore
from assistant.access.limits import MOST_BUCKETS, Limiter
from assistant.access.model import Permission, Person, Role
from assistant.access.schema import FILE, AccessFileError
from assistant.access.sessions import SessionStore


class Clock:
    """A time that only passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> KeyStore:
    return KeyStore(tmp_path, clock=clock)


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> SessionStore:
    return SessionStore(tmp_path, hours=2, clock=clock)


def test_a_key_says_who_holds_it(keys: KeyStore) -> None:
    info, secret = keys.create(" Ada  L. ", Role.LEAD, groups=("copil", " copil ", ""))
    holder = keys.verify(secret)
    assert holder == Person(f"cle:{info.id}", "Ada L.", Role.LEAD, frozenset({"copil"}), "cle")
    assert holder.may(Permission.WRITE_FICHES)
    assert not holder.may(Permission.MANAGE_CORPUS)


def test_a_scope_narrows_the_role(keys: KeyStore) -> None:
    _, secret = keys.create("Versement", Role.ADMINISTRATOR, scopes=[Permission.MANAGE_CORPUS])
    holder = keys.verify(secret)
    assert holder is not None
    assert [one for one in Permission if holder.may(one)] == [Permission.MANAGE_CORPUS]


@pytest.mark.parametrize(
    ("name", "role", "options"),
    [
        ("", Role.READER, {}),
        ("a\x1b[31m", Role.READER, {}),
        ("x" * 121, Role.READER, {}),
        ("Ada", Role.READER, {"days": 0}),
        ("Ada", Role.READER, {"scopes": [Permission.ADMINISTER]}),
        ("Ada", Role.READER, {"scopes": []}),
    ],
)
def test_a_key_that_would_open_nothing_or_too_much_is_not_made(
    keys: KeyStore, name: str, role: Role, options: dict[str, object]
) -> None:
    with pytest.raises(InvalidKeyError):
        keys.create(name, role, **options)  # type: ignore[arg-type]
    assert not keys.list()


def test_only_the_whole_secret_opens(keys: KeyStore) -> None:
    info, secret = keys.create("Ada", Role.READER)
    _, other = keys.create("Ben", Role.READER)
    mixed = f"asst_{info.id}_{other.rpartition('_')[2]}"
    for wrong in ("", "asst", "asst__", secret[:-1], secret + "A", secret.upper(), mixed, "é" * 60):
        assert keys.verify(wrong) is None, wrong
    assert keys.verify(secret) is not None


def test_a_key_stops_the_day_it_expires(keys: KeyStore, clock: Clock) -> None:
    _, secret = keys.create("Ada", Role.READER, days=2)
    clock.now += 2 * 86_400 - 1
    assert keys.verify(secret)
    clock.now += 1
    assert keys.verify(secret) is None
    assert keys.list()[0].state(clock.now) == "expiree"


def test_a_revoked_key_opens_nothing_and_its_sessions_end(
    keys: KeyStore, sessions: SessionStore
) -> None:
    info, secret = keys.create("Ada", Role.READER)
    token = sessions.open(info)
    assert sessions.find(token)
    keys.revoke(info.id)
    assert keys.verify(secret) is None
    assert sessions.find(token) is None
    assert keys.list()[0].state(0) == "revoquee"
    # Nor does a sign-in that was under way meanwhile.
    assert sessions.find(sessions.open(info)) is None
    with pytest.raises(KeyNotFoundError):
        keys.revoke("absente")


def test_no_secret_is_on_the_disk(keys: KeyStore, sessions: SessionStore, tmp_path: Path) -> None:
    info, secret = keys.create("Ada", Role.READER)
    token = sessions.open(info)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert info.id.encode() in written
    assert secret.encode() not in written
    assert secret.rpartition("_")[2].encode() not in written
    assert token.encode() not in written
    # Nor can another account of the machine read the digests.
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_session_lasts_as_long_as_said_and_no_longer_than_its_key(
    keys: KeyStore, sessions: SessionStore, clock: Clock
) -> None:
    long, _ = keys.create("Ada", Role.READER)
    token = sessions.open(long)
    short, _ = keys.create("Ben", Role.READER, days=1)
    clock.now += 2 * 3600 - 1
    assert sessions.find(token) == long.person("session")
    late = sessions.open(short)
    clock.now += 1
    assert sessions.find(token) is None
    assert sessions.find(late)
    clock.now += 86_400
    assert sessions.find(late) is None


def test_a_session_ends_when_it_is_closed(sessions: SessionStore) -> None:
    someone = Person("oidc:7", "Ada", Role.LEAD, frozenset({"copil"}), "oidc")
    token = sessions.open(someone)
    assert sessions.find(token) == someone
    sessions.close(token)
    assert sessions.find(token) is None
    assert sessions.find("") is None


def test_a_damaged_file_lets_nobody_in(keys: KeyStore, tmp_path: Path) -> None:
    _, secret = keys.create("Ada", Role.READER)
    (tmp_path / FILE).write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(AccessFileError):
        keys.verify(secret)


def test_uses_come_back_with_time(clock: Clock) -> None:
    limiter = Limiter(3, 0.5, clock=clock)
    assert [limiter.use("Ada") for _ in range(4)] == [0, 0, 0, 2]
    assert limiter.use("Ben") == 0
    clock.now += 2
    assert limiter.use("Ada") == 0
    assert limiter.use("Ada") > 0
    clock.now += 3600
    assert [bool(limiter.use("Ada")) for _ in range(4)] == [False, False, False, True]


def test_a_crowd_does_not_fill_the_memory(clock: Clock) -> None:
    limiter = Limiter(1, 1, clock=clock)
    for number in range(MOST_BUCKETS + 50):
        limiter.use(str(number))
    assert len(limiter._buckets) == MOST_BUCKETS
