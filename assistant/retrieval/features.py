"""What reading a candidate passage tells: the features of the second stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from assistant.index.windows import context_text, index_text
from assistant.language.analyser import analyse, analyse_with_offsets
from assistant.language.contents import entries
from assistant.model import BlockKind, Document, Passage, Span
from assistant.retrieval.query import Query

_HEADINGS = frozenset({BlockKind.TITLE, BlockKind.HEADING})
_BARE_WORDS = 12
_BESIDE, _APART, _NEAR = 20, 40, 0.6
"""Characters between the starts of two words that are side by side, or close, which counts less."""


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage on one page, analysed: its blocks' terms, every term's place, its context."""

    blocks: tuple[tuple[Span, frozenset[str]], ...]
    located: tuple[tuple[str, int], ...]
    context: frozenset[str]
    words: int


def read_passage(passage: Passage, document: Document, page: int) -> ReadPassage:
    """Analyse what a passage has on one page, and the titles above it."""
    blocks: list[tuple[Span, frozenset[str]]] = []
    located: list[tuple[str, int]] = []
    words = offset = 0
    title = passage.section[-1] if passage.section else ""
    contents = entries([block.text for block in passage.blocks], title)
    for rank, block in enumerate(passage.blocks):
        span = next((span for span in block.spans if span.page == page), None)
        if span is None:
            continue
        text = index_text(block)
        found = analyse_with_offsets(text)
        blocks.append((span, frozenset(term for term, _, _ in found)))
        located += [(term, offset + start) for term, start, _ in found]
        offset += len(text) + 1
        if block.kind not in _HEADINGS and rank not in contents:
            words += text.count(" ") + 1
    section = " ".join(passage.section)
    named = f"{context_text(passage.section, document.metadata.title)} {section}"
    return ReadPassage(tuple(blocks), tuple(located), frozenset(analyse(named)), words)


def features_of(query: Query, read: ReadPassage, idf: Callable[[str], float]) -> dict[str, float]:
    """What reading a passage tells: each feature is between 0 and 1.

    - coverage: share of the question's terms (weighted by idf) found in the passage or in
      its section path;
    - pairs: share of the question's consecutive pairs of terms found side by side;
    - spared: idf of the rarest term not found, over that of the rarest term: of two passages
      that cover as much, the one that lacks a single word is better than the one that lacks
      several;
    - heading: share found in the section path and title (shown, not ranked by: coverage
      counts it);
    - bare: how little there is besides headings and the entries of a table of contents (a
      title-only slide answers nothing).
    """
    weights = {term: weight * idf(term) for term, weight in query.terms.items()}
    total = sum(weights.values()) or 1.0
    places: dict[str, list[int]] = {}
    for term, start in read.located:
        if term in weights or term in query.expanded:
            places.setdefault(term, []).append(start)
    inside = places.keys()
    around = inside | read.context

    def share(term: str) -> float:
        if term in inside:
            return 1.0
        sets = query.aliases.get(term, ())
        if any(alias <= inside for alias in sets):
            return 0.9
        return 0.7 if term in read.context or any(alias <= around for alias in sets) else 0.0

    covered = sum(weight * share(term) for term, weight in weights.items())
    missing = [weight for term, weight in weights.items() if term not in around]
    heading = sum(weight for term, weight in weights.items() if term in read.context)
    return {
        "coverage": covered / total,
        "pairs": _pairs(query, places, weights),
        "spared": max(missing, default=0.0) / max(weights.values(), default=1.0),
        "heading": heading / total,
        "bare": max(0.0, 1 - read.words / _BARE_WORDS),
    }


def _pairs(query: Query, places: dict[str, list[int]], weights: dict[str, float]) -> float:
    """Share of the consecutive pairs found side by side, in either order, by rarity.

    A question of one term has no pair: whether the term is there stands for it.
    """

    def places_of(term: str) -> list[int]:
        if term not in places:
            # The sigle stands where its words do, and each word where the sigle does.
            for alias in query.aliases.get(term, ()):
                if alias <= places.keys():
                    return [place for word in alias for place in places[word]]
        return places.get(term, [])

    found = total = 0.0
    for one, other in pairwise(weights):
        weight = weights[one] + weights[other]
        total += weight
        gap = min(
            (abs(first - second) for first in places_of(one) for second in places_of(other)),
            default=_APART + 1,
        )
        found += weight * (1.0 if gap <= _BESIDE else _NEAR if gap <= _APART else 0.0)
    if total:
        return found / total
    return float(all(term in places for term in weights))
