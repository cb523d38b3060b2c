"""robots.txt, as RFC 9309 reads it: the longest rule wins, `*` and `$` are wildcards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

MAX_BYTES: Final = 500 * 1024
"""RFC 9309, section 2.5: a crawler must read at least this much, and may stop there."""


@dataclass(frozen=True, slots=True)
class Robots:
    """Rules of one host for us.

    Attributes:
        rules: (allowed, pattern) in the order of the file.
        delay: seconds asked for between two requests, 0 when nothing is asked.
    """

    rules: tuple[tuple[bool, str], ...] = ()
    delay: float = 0.0

    def allows(self, path: str) -> bool:
        """Whether a path, with its query, may be fetched; what no rule names is allowed."""
        best, allowed = -1, True
        for permitted, pattern in self.rules:
            if len(pattern) < best or not _match(pattern, path):
                continue
            # Between two rules of one length, the one that permits wins.
            if len(pattern) > best or permitted:
                best, allowed = len(pattern), permitted
        return allowed


NOTHING_ALLOWED: Final = Robots(((False, "/"),))


def parse(text: str, agent: str) -> Robots:
    """Rules for an agent: those of the groups that name it, else those for everybody.

    Args:
        text: content of robots.txt.
        agent: product token of our User-Agent, compared without case.
    """
    groups: list[tuple[set[str], list[tuple[bool, str]], list[float]]] = []
    heading = False
    for raw in text.splitlines():
        name, _, value = raw.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            if not heading:
                groups.append((set(), [], []))
            groups[-1][0].add(value.lower())
            heading = True
            continue
        if not groups or name not in {"allow", "disallow", "crawl-delay"}:
            continue
        heading = False
        if name == "crawl-delay":
            if re.fullmatch(r"\d+(?:\.\d+)?", value):
                groups[-1][2].append(float(value))
        elif value:  # an empty « Disallow » forbids nothing
            groups[-1][1].append((name == "allow", value))
    mine = [group for group in groups if agent.lower() in group[0]]
    chosen = mine or [group for group in groups if "*" in group[0]]
    return Robots(
        tuple(rule for group in chosen for rule in group[1]),
        max((delay for group in chosen for delay in group[2]), default=0.0),
    )


def _match(pattern: str, path: str) -> bool:
    end = pattern.endswith("$")
    pieces = [re.escape(unquote(piece)) for piece in pattern.removesuffix("$").split("*")]
    return re.match(".*".join(pieces) + ("$" if end else ""), unquote(path), re.S) is not None
