"""Criteria of the matrix: arguments found in the corpus, and no note.

A note is a judgement: nothing here gives one. What the documents say of this use case stands
beside the criterion it supports, for the person who notes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from assistant.fiches.evidence_of_field import words_of
from assistant.fiches.method import Criterion, Method
from assistant.fiches.model import Score, Side, Statement
from assistant.fiches.port import FicheEngine
from assistant.fiches.reading import Library, Read
from assistant.fiches.subject import grams
from assistant.language.analyser import analyse
from assistant.language.normalise import squash

SHOWN: Final = 3
_SENSE: Final = 10.0
_SIDE_WORDS: Final[dict[Side, tuple[str, ...]]] = {
    "impact": (
        *("impact", "bénéfice", "gain", "réduction", "réduire", "améliorer", "amélioration"),
        *("renforcer", "efficience", "économie", "fidélisation", "gagner", "simplifier", "moins"),
        *("soulager", "libérer", "accélérer", "fluidifier", "meilleur", "meilleure"),
    ),
    "effort": (
        *("effort", "formation", "former", "accompagnement", "maturité", "prérequis", "contrainte"),
        *("intégration", "interopérabilité", "conformité", "coût", "appropriation", "adhésion"),
    ),
}


def argued(
    library: Library,
    pieces: Sequence[Read],
    method: Method,
    side: Side,
    engine: FicheEngine,
) -> tuple[list[Score], list[Statement]]:
    """Criteria of one side, each with what the corpus says for it of this use case.

    Only a word of the criterion ties an argument to it; sense then tells between the criteria that
    share words with it. Nearness of sense alone files a gain of time under the environment.

    Args:
        library: where pieces become statements.
        pieces: pieces read for the fiche.
        method: the grid.
        side: impact or effort.
        engine: tells the nearest criterion by sense.

    Returns:
        The criteria in order, and the arguments that no word ties to any of them.
    """
    criteria = method.criteria_of(side)
    found: dict[str, list[Read]] = {one.code: [] for one in criteria}
    loose: list[Read] = []
    named = [one for one in criteria if one.label]
    kept = _telling(pieces, side)
    if named and kept:
        vectors = engine.embed_alike(
            [*(f"{one.label} {one.query}" for one in named), *(read.text for read in kept)]
        )
        near = vectors[len(named) :] @ vectors[: len(named)].T
        shared = Counter(term for one in named for term in _terms(one))
        for read, cosines in zip(kept, near, strict=True):
            words = [sum(1 / shared[term] for term in _terms(one) & read.unit.own) for one in named]
            if not any(words):
                loose.append(read)
                continue
            points = [
                word + _SENSE * float(cosine - cosines.mean()) if word else float("-inf")
                for word, cosine in zip(words, cosines, strict=True)
            ]
            best = max(range(len(named)), key=lambda index: points[index])
            found[named[best].code].append(read)
    scores = [
        Score(
            code=one.code,
            label=one.label,
            side=one.side,
            statements=_said(library, found[one.code]),
        )
        for one in criteria
    ]
    told = {squash(one.text) for score in scores for one in score.statements}
    return scores, [one for one in _said(library, loose) if squash(one.text) not in told]


def _terms(criterion: Criterion) -> frozenset[str]:
    return frozenset(
        analyse(" ".join((criterion.label or "", criterion.query, *criterion.aspects)))
    )


def _telling(pieces: Sequence[Read], side: Side) -> list[Read]:
    """Pieces on this use case that speak of an impact, or of an effort."""
    words = words_of(_SIDE_WORDS[side]).phrases
    kept = [
        read
        for read in pieces
        if read.about
        and read.ai
        and read.tells
        and (
            any(word <= grams(read.text) for word in words)
            or any(word <= grams(read.label) for word in words[:1])
        )
    ]
    return sorted(kept, key=lambda read: -read.covered.share)


def _said(library: Library, reads: Sequence[Read]) -> list[Statement]:
    """The first statements that these pieces give, without repeats."""
    said: dict[str, Statement] = {}
    for read in reads:
        for one in library.statements(read, "sujet"):
            if len(said) < SHOWN:
                said.setdefault(squash(one.text), one)
    return list(said.values())
