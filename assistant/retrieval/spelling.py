"""Typing errors: a term the corpus does not know is searched as its closest known word."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein


class Spelling:
    """Mends query terms with the vocabulary of one generation."""

    def __init__(self, frequencies: Mapping[str, int], known: Collection[str]) -> None:
        """Prepare the vocabulary.

        Args:
            frequencies: term → number of passages that hold it.
            known: terms that are never mended though the corpus lacks them (sigles).
        """
        self._frequencies = frequencies
        self._words = [term for term in frequencies if term.isalpha() and len(term) >= 3]
        self._known = known

    def mend(self, term: str) -> str:
        """The closest known word, within one error per four letters; the term itself if none."""
        if term in self._frequencies:
            return term
        if not term.isalpha() or len(term) < 4 or term in self._known:
            return term
        cutoff = 1 if len(term) < 8 else 2
        close = process.extract(
            term,
            self._words,
            scorer=DamerauLevenshtein.distance,
            score_cutoff=cutoff,
            limit=8,
        )
        if not close:
            return term
        best = min(
            close, key=lambda item: (item[1], item[0][:1] != term[:1], -self._frequencies[item[0]])
        )
        return str(best[0])
