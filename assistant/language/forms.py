"""How words are written: every spelling met of a word, with how often it was.

A word is looked up by its folded letters: « sante » gives « santé », « Santé », « SANTE ».
Two collections have this shape: the words of a corpus, and a list of French words, which
tells a right word that the corpus lacks from a typing error.

Words are kept in one sorted block of bytes (about 30 bytes a word) rather than in a
dictionary: a corpus has hundreds of thousands of them, and a question looks up ten.
"""

from __future__ import annotations

import gzip
import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.language.normalise import fold

_WORD = re.compile(r"[^\W\d_]+(?:[-‐‑][^\W\d_]+)*")
_JOINTS = re.compile(r"[^a-z]+")
_KEPT_SPELLINGS = 6


def letters(word: str) -> str:
    """What a word is looked up by: its folded letters (« Médico-sociaux » → `medicosociaux`)."""
    folded = fold(word)
    return folded if folded.isascii() and folded.isalpha() else _JOINTS.sub("", folded)


class WordForms:
    """Spellings of words by their folded letters."""

    def __init__(self, block: bytes) -> None:
        """Open what `dump` gave: one line a word, sorted, `letters TAB spelling count…`."""
        self._block = block
        ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
        self._starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
        self._size = len(ends)

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> WordForms:
        """Gather spellings: word as written → number of occurrences."""
        words: dict[str, list[tuple[int, str]]] = {}
        if not counts:
            return cls(b"")
        # Folding all at once is thirty times as fast as word by word.
        folded = fold("\n".join(counts)).split("\n")
        for (written, count), plain in zip(counts.items(), folded, strict=True):
            key = plain if plain.isascii() and plain.isalpha() else _JOINTS.sub("", plain)
            if len(key) > 1:
                words.setdefault(key, []).append((-count, written))
        lines = []
        for key in sorted(words):
            best = sorted(words[key])[:_KEPT_SPELLINGS]
            said = "\t".join(f"{written} {-count}" for count, written in best)
            lines.append(f"{key}\t{said}\n")
        return cls("".join(lines).encode("utf-8", "replace"))

    def dump(self) -> bytes:
        """Bytes from which the same collection can be opened."""
        return self._block

    def __len__(self) -> int:
        """Number of words, whatever their spellings."""
        return self._size

    def __contains__(self, key: object) -> bool:
        """Whether a word is known by its folded letters."""
        return isinstance(key, str) and self._find(key) is not None

    def key(self, row: int) -> str:
        """Folded letters of a word, by its rank in alphabetical order."""
        start = int(self._starts[row])
        return self._block[start : self._block.index(b"\t", start)].decode("ascii")

    def spellings(self, key: str) -> dict[str, int]:
        """Spelling → occurrences, the most frequent first; empty for an unknown word."""
        row = self._find(key)
        if row is None:
            return {}
        start = int(self._starts[row])
        line = self._block[start : self._block.index(b"\n", start)].decode("utf-8")
        pairs = (item.rpartition(" ") for item in line.split("\t")[1:])
        return {written: int(count) for written, _, count in pairs}

    def count(self, key: str) -> int:
        """Occurrences of a word, all spellings together."""
        return sum(self.spellings(key).values())

    def _find(self, key: str) -> int | None:
        row = bisect_left(range(self._size), key, key=self.key)
        return row if row < self._size and self.key(row) == key else None

    @cached_property
    def lengths(self) -> npt.NDArray[np.int16]:
        """Number of letters of each word, in alphabetical order; shape (words,)."""
        return np.asarray(self._letters_of_keys[0], dtype=np.int16)

    @cached_property
    def alphabets(self) -> npt.NDArray[np.uint32]:
        """Letters of each word as a set of 26 bits, in alphabetical order; shape (words,)."""
        lengths, joined = self._letters_of_keys
        if not len(lengths):
            return np.zeros(0, dtype=np.uint32)
        bits = np.uint32(1) << (joined - np.uint8(ord("a"))).astype(np.uint32)
        starts = np.cumsum(lengths) - lengths
        return np.bitwise_or.reduceat(bits, starts)

    @property
    def _letters_of_keys(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        block = np.frombuffer(self._block, dtype=np.uint8)
        tabs = np.flatnonzero(block == ord("\t"))
        first = tabs[np.searchsorted(tabs, self._starts)] if self._size else tabs
        lengths = first - self._starts
        # A letter of a key stands less than the key's length after the start of its line.
        rank = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return lengths, block[np.repeat(self._starts, lengths) + rank]


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Words of texts as written, with their number; a compound counts whole and in parts."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text))
    for written, count in list(counts.items()):
        parts = re.split("[-‐‑]", written)
        if len(parts) > 1:
            counts.update(dict.fromkeys(parts, count))
    return counts


@lru_cache(maxsize=1)
def french() -> WordForms:
    """About 140,000 French words with their frequency, from the `pyspellchecker` package.

    Without the package the list is empty: a right word that the corpus lacks may then be
    taken for a typing error.
    """
    try:
        packed = resources.files("spellchecker").joinpath("resources", "fr.json.gz").read_bytes()
    except (ModuleNotFoundError, OSError):
        return WordForms(b"")
    counts: dict[str, int] = json.loads(gzip.decompress(packed))
    return WordForms.of(counts)


def load_forms(path: Path) -> WordForms | None:
    """Open a saved collection; `None` when there is none."""
    try:
        return WordForms(path.read_bytes())
    except FileNotFoundError:
        return None
