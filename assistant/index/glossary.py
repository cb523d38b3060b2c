"""Sigles and their expansions, mined from the corpus itself.

« Service d'Accès aux Soins (SAS) » and « SAS (service d'accès aux soins) » define a sigle
when its letters are the initials of the words, small words optional. A short curated list
of the health sector completes what the corpus does not spell out; the corpus wins.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from assistant.language.normalise import fold

_SIGLE = r"[A-ZÀ-Ö][A-Za-zÀ-Öà-ö]{0,3}[A-ZÀ-Ö][A-Za-zÀ-Öà-ö\d]{0,6}s?"
_IN_BRACKETS = re.compile(rf"\(\s*(?P<sigle>{_SIGLE})\s*\)")
_THEN_EXPANSION = re.compile(
    rf"(?<!\w)(?P<sigle>{_SIGLE})\s*(?:\(\s*(?P<inside>[^()]{{5,120}}?)\s*\)|\s:\s(?P<after>[^.;:()\n]{{5,120}}))"
)
_TOKEN = re.compile(r"[^\W_]+")
_SMALL = frozenset(
    {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "n", "ou"}
    | {"par", "pour", "qu", "s", "sur", "un", "une", "dans", "avec"}
)
_MAX_WORDS = 14

Glossary = dict[str, list[str]]
"""Folded sigle → expansions as written, most frequent first."""


def mine(texts: Iterable[str]) -> Glossary:
    """Find the sigles that texts define.

    Args:
        texts: display texts of passages.
    """
    found: dict[str, Counter[str]] = {}
    written: dict[str, str] = {}
    for text in texts:
        for match in _IN_BRACKETS.finditer(text):
            _add(found, written, match["sigle"], _suffix(match["sigle"], text[: match.start()]))
        for match in _THEN_EXPANSION.finditer(text):
            after = match["inside"] or match["after"]
            _add(found, written, match["sigle"], _prefix(match["sigle"], after))
    return {
        sigle: [written[expansion] for expansion, _ in counts.most_common(3)]
        for sigle, counts in sorted(found.items())
    }


@lru_cache(maxsize=1)
def curated() -> Glossary:
    """The sigles of the health sector that we list ourselves."""
    path = Path(__file__).with_name("sigles.toml")
    table: dict[str, list[str]] = tomllib.loads(path.read_text(encoding="utf-8"))["sigles"]
    return {fold(sigle): texts for sigle, texts in table.items()}


def merge(mined: Glossary) -> Glossary:
    """The mined glossary, completed by the curated one where the corpus is silent."""
    return {**curated(), **mined}


def _add(
    found: dict[str, Counter[str]], written: dict[str, str], sigle: str, expansion: str | None
) -> None:
    if expansion:
        folded = " ".join(fold(word) for word in _TOKEN.findall(expansion))
        written.setdefault(folded, expansion)
        found.setdefault(_letters(sigle), Counter())[folded] += 1


def _letters(sigle: str) -> str:
    letters = fold(sigle)
    return letters[:-1] if sigle.endswith("s") and len(sigle) > 2 else letters


def _suffix(sigle: str, before: str) -> str | None:
    """The last words of `before` whose initials spell the sigle, as written."""
    words = list(_TOKEN.finditer(before, max(0, len(before) - 200)))[-_MAX_WORDS:]
    letters = _letters(sigle)
    for size in range(2, len(words) + 1):
        candidate = [fold(word[0]) for word in words[-size:]]
        if candidate[0] not in _SMALL and _spells(letters, candidate):
            return " ".join(before[words[-size].start() : words[-1].end()].split())
    return None


def _prefix(sigle: str, after: str) -> str | None:
    """The first words of `after` whose initials spell the sigle, as written."""
    words = list(_TOKEN.finditer(after))[:_MAX_WORDS]
    letters = _letters(sigle)
    for size in range(2, len(words) + 1):
        candidate = [fold(word[0]) for word in words[:size]]
        if candidate[-1] not in _SMALL and _spells(letters, candidate):
            return " ".join(after[words[0].start() : words[size - 1].end()].split())
    return None


def _spells(letters: str, words: list[str]) -> bool:
    """Whether the initials of the words give the letters, small words being optional.

    A word may give more than one of its first letters (« GRADeS » takes « de » whole).
    """

    def match(position: int, index: int) -> bool:
        if index == len(words):
            return position == len(letters)
        word = words[index]
        if word in _SMALL and match(position, index + 1):
            return True
        return any(
            letters.startswith(word[:taken], position) and match(position + taken, index + 1)
            for taken in (1, 2)
            if taken <= len(word)
        )

    return len(letters) >= 2 and match(0, 0)
