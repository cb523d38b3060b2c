"""The chain of the audit log: each line holds the hash of the one before.

What it proves: a line changed, removed, added or moved between two others breaks the chain, and
so does a file cut short, because the head of the log is written apart. What it does not prove:
without a key, whoever may write the file can compute a whole new chain; with one, only who holds
the key can. Whoever can put an old copy of the whole file back is found out only by somebody who
noted a later head elsewhere (`assistant journal verifier --temoin`). And nothing proves that what
never was written down did not happen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from assistant.audit.model import Action, Entry, Event

GENESIS: Final = "0" * 64
"""What comes before the first line ever written."""

_SHOWN: Final = 20
"""Faults told one by one; a broken chain may have thousands."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last line, written apart so that a log cut short shows."""

    sequence: int = 0
    hash: str = GENESIS
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last line purged: what the first one kept must follow."""

    sequence: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading the whole chain again found.

    Attributes:
        entries: lines read.
        head: the last one, to be noted elsewhere.
        faults: what is wrong, in French; empty for a sound chain.
        unsealed: first lines that carry no seal because there was no key yet.
        backwards: ranks of the lines dated before the one that precedes them: the clock of the
            machine went back, which is told and is no fault.
    """

    entries: int
    head: Head
    faults: tuple[str, ...] = ()
    unsealed: int = 0
    backwards: tuple[int, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


def digest(sequence: int, event: Event, previous: str) -> str:
    """Hash of a line: SHA-256 of its canonical JSON, in hexadecimal."""
    fields: dict[str, Any] = {
        "sequence": sequence,
        "at": event.at,
        "person": event.person,
        "means": event.means,
        "action": event.action,
        "targets": list(event.targets),
        "outcome": event.outcome,
        "index": event.index,
        "models": dict(event.models),
        "details": dict(event.details),
        "previous": previous,
    }
    canonical = json.dumps(fields, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def seal(key: bytes | None, what: str, sequence: int, hash_: str) -> str:
    """HMAC-SHA-256 of a line or of the head; empty without a key."""
    if key is None:
        return ""
    return hmac.new(key, f"{what}|{sequence}|{hash_}".encode(), hashlib.sha256).hexdigest()


def sealed_head(key: bytes | None, sequence: int, hash_: str) -> Head:
    """The head to write after a line."""
    return Head(sequence, hash_, seal(key, "tete", sequence, hash_))


def linked(events: Iterable[Event], head: Head, key: bytes | None) -> Iterator[Entry]:
    """Give events their place after a head."""
    sequence, previous = head.sequence, head.hash
    for event in events:
        sequence += 1
        hash_ = digest(sequence, event, previous)
        yield Entry(sequence, event, previous, hash_, seal(key, "entree", sequence, hash_))
        previous = hash_


@dataclass
class _Reading:
    """Where the reading of a chain stands."""

    key: bytes | None
    sequence: int
    hash: str
    faults: list[str] = field(default_factory=list)
    sealed: bool = False
    unsealed: int = 0
    last_at: str = ""
    backwards: list[int] = field(default_factory=list)
    purges: set[tuple[int, str]] = field(default_factory=set)

    def fault(self, said: str) -> None:
        if len(self.faults) < _SHOWN:
            self.faults.append(said)

    def read(self, entry: Entry) -> None:
        rank = entry.sequence
        if rank != self.sequence + 1:
            self.fault(
                f"Après l’entrée {self.sequence} vient l’entrée {rank} : "
                f"{'il en manque' if rank > self.sequence else 'l’ordre a changé'}."
            )
        if entry.previous != self.hash:
            self.fault(f"L’entrée {rank} ne suit pas celle qui la précède.")
        if digest(rank, entry.event, entry.previous) != entry.hash:
            self.fault(f"L’entrée {rank} a été modifiée : son empreinte ne correspond plus.")
        self._seal(entry)
        if entry.event.at < self.last_at:
            self.backwards.append(rank)
        if entry.event.action == Action.PURGE:
            through = entry.event.details.get("jusqu_a")
            if isinstance(through, int):
                self.purges.add((through, str(entry.event.details.get("empreinte"))))
        self.sequence, self.hash, self.last_at = rank, entry.hash, entry.event.at

    def _seal(self, entry: Entry) -> None:
        if self.key is None:
            return
        if not entry.seal and not self.sealed:
            self.unsealed += 1
            return
        self.sealed = True
        expected = seal(self.key, "entree", entry.sequence, entry.hash)
        if not hmac.compare_digest(expected, entry.seal):
            self.fault(f"Le sceau de l’entrée {entry.sequence} n’est pas celui de votre clé.")


def verify(
    entries: Iterable[Entry],
    *,
    anchor: Anchor,
    head: Head,
    key: bytes | None = None,
    witnesses: Mapping[int, str] | None = None,
) -> Verdict:
    """Read a whole chain again.

    Args:
        entries: the lines, in order.
        anchor: the last line purged.
        head: the head, as it is written apart.
        key: the key of the seals, if there is one.
        witnesses: hashes noted elsewhere, by rank.
    """
    reading = _Reading(key, anchor.sequence, anchor.hash)
    awaited = dict(witnesses or {})
    count = 0
    for entry in entries:
        count += 1
        reading.read(entry)
        noted = awaited.pop(entry.sequence, None)
        if noted is not None and noted != entry.hash:
            reading.fault(f"L’entrée {entry.sequence} n’est plus celle que vous aviez notée.")
    for rank in awaited:
        # Purged since, it cannot be compared any more; beyond the end, it was removed.
        if rank > anchor.sequence:
            reading.fault(f"L’entrée {rank}, que vous aviez notée, n’est plus dans le journal.")
    if anchor.sequence and (anchor.sequence, anchor.hash) not in reading.purges:
        reading.fault(
            f"Rien n’explique que les entrées 1 à {anchor.sequence} manquent : aucune entrée de "
            "purge ne le dit."
        )
    if (reading.sequence, reading.hash) != (head.sequence, head.hash):
        reading.fault(
            f"Le journal finit à l’entrée {reading.sequence} ; il devrait finir à l’entrée "
            f"{head.sequence} : sa fin a été retirée ou remplacée."
        )
    if key is not None and head.sequence:
        expected = sealed_head(key, head.sequence, head.hash).seal
        if head.seal and not hmac.compare_digest(expected, head.seal):
            reading.fault("Le sceau de la fin du journal n’est pas celui de votre clé.")
        elif not head.seal:
            reading.fault("La fin du journal n’est pas scellée, alors qu’une clé est configurée.")
    return Verdict(
        entries=count,
        head=head,
        faults=tuple(reading.faults),
        unsealed=reading.unsealed,
        backwards=tuple(reading.backwards[:_SHOWN]),
    )
