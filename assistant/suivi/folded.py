"""Folded text whose every character knows where it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.language.normalise import CUT_MARKS, fold


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the offset, in the raw text, of each of its characters.

    Attributes:
        text: folded; every white space is one space, invisible hyphens are gone.
        at: raw offset of each character, and that of the end: one more than `text` has.
    """

    text: str
    at: tuple[int, ...]

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """Raw offsets of a range of the folded text."""
        return self.at[start], self.at[end - 1] + 1 if end > start else self.at[start]

    def search(self, pattern: re.Pattern[str], start: int = 0) -> re.Match[str] | None:
        """First match at or after a folded offset."""
        return pattern.search(self.text, start)


def folded(raw: str) -> Folded:
    """Fold a raw text and keep its offsets."""
    letters: list[str] = []
    offsets: list[int] = []
    for offset, char in enumerate(raw):
        if char in CUT_MARKS:
            continue
        piece = " " if char.isspace() else fold(char)
        if piece == " " and letters and letters[-1] == " ":
            continue
        for letter in piece:
            letters.append(letter)
            offsets.append(offset)
    return Folded("".join(letters), (*offsets, len(raw)))
