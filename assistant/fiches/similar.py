"""Fiches of the portfolio that look like a new one, so that nobody writes the same twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from assistant.fiches.model import Fiche, Request, Similar
from assistant.fiches.port import FicheEngine
from assistant.fiches.subject import grams, subject_of

_CLOSE: Final = 0.86
"""Cosine of two short titles under which sense says nothing: any two titles reach it."""
_WORDS: Final = 0.6
"""Worth of the words in common; the rest is that of the sense."""
LIKE: Final = 0.5
SHOWN: Final = 5


def similar_to(
    request: Request,
    portfolio: Sequence[Fiche],
    engine: FicheEngine,
    idf: Callable[[str], float],
) -> list[Similar]:
    """Near-duplicates of a request, the closest first.

    The share adds what the titles have in common of their subjects, other names of the same thing
    included, and how near they are in sense.

    Args:
        request: what was typed.
        portfolio: the fiches kept; archived ones count too.
        engine: gives the vectors of titles.
        idf: rarity of a term in the corpus.
    """
    if not portfolio:
        return []
    titles = [fiche.request.title for fiche in portfolio]
    vectors = engine.embed_alike([request.title, *titles])
    found = []
    for fiche, vector in zip(portfolio, vectors[1:], strict=True):
        words = min(
            _share(request.title, fiche.request.title, idf),
            _share(fiche.request.title, request.title, idf),
        )
        sense = max(0.0, min(1.0, (float(vectors[0] @ vector) - _CLOSE) / (1 - _CLOSE)))
        share = _WORDS * words + (1 - _WORDS) * sense
        if share >= LIKE:
            found.append(
                Similar(id=fiche.id, title=fiche.request.title, share=round(min(1.0, share), 3))
            )
    return sorted(found, key=lambda one: (-one.share, one.title))[:SHOWN]


def _share(title: str, other: str, idf: Callable[[str], float]) -> float:
    return subject_of(title, idf).covered([(grams(other), 1.0)]).share
