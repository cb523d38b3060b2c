"""What reading a candidate passage tells: the features of the second stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.index.windows import context_text, index_text
from assistant.language.analyser import analyse, analyse_with_offsets
from assistant.model import BlockKind, Document, Passage, Span
from assistant.retrieval.query import Query

_HEADINGS = frozenset({BlockKind.TITLE, BlockKind.HEADING})
_BARE_WORDS = 12
_RUN_CHARACTERS = 220


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
    for block in passage.blocks:
        span = next((span for span in block.spans if span.page == page), None)
        if span is None:
            continue
        text = index_text(block)
        found = analyse_with_offsets(text)
        blocks.append((span, frozenset(term for term, _, _ in found)))
        located += [(term, offset + start) for term, start, _ in found]
        offset += len(text) + 1
        if block.kind not in _HEADINGS:
            words += text.count(" ") + 1
    section = " ".join(passage.section)
    named = f"{context_text(passage.section, document.metadata.title)} {section}"
    return ReadPassage(tuple(blocks), tuple(located), frozenset(analyse(named)), words)


def features_of(query: Query, read: ReadPassage, idf: Callable[[str], float]) -> dict[str, float]:
    """What reading a passage tells: each feature is between 0 and 1.

    - coverage: share of the question's terms (weighted by idf) found in the passage or in
      its section path;
    - proximity: the same share within the best run of about thirty words;
    - heading: share found in the section path and title;
    - bare: how little there is besides headings (a title-only slide answers nothing).
    """
    weights = {term: idf(term) for term in query.terms}
    total = sum(weights.values()) or 1.0
    located = [
        (term, start) for term, start in read.located if term in weights or term in query.expanded
    ]
    inside = {term for term, _ in located}
    around = inside | read.context

    def share(term: str) -> float:
        if term in inside:
            return 1.0
        sets = query.aliases.get(term, ())
        if any(alias <= inside for alias in sets):
            return 0.9
        return 0.7 if term in read.context or any(alias <= around for alias in sets) else 0.0

    covered = sum(weight * share(term) for term, weight in weights.items())
    heading = sum(weight for term, weight in weights.items() if term in read.context)
    return {
        "coverage": covered / total,
        "proximity": _proximity(located, weights) / total,
        "heading": heading / total,
        "bare": max(0.0, 1 - read.words / _BARE_WORDS),
    }


def _proximity(located: Sequence[tuple[str, int]], weights: dict[str, float]) -> float:
    best = 0.0
    for first, (_, start) in enumerate(located):
        seen: set[str] = set()
        for term, position in located[first:]:
            if position - start > _RUN_CHARACTERS:
                break
            seen.add(term)
        best = max(best, sum(weights.get(term, 0.0) for term in seen))
    return best
