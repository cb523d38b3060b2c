"""Axis and functions of AI suggested for a request, with the words that led there.

Two readings are added: the words of the grid found in the request, and its nearness by sense to
the examples of the grid when an embedding model is there. Both belong to the grid, so that
another grid classifies without code. The result is a suggestion: the reader sees the words and
the runner-up, and chooses.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assistant.fiches.method import AiFunction, Axis, Method
from assistant.fiches.model import Choice, Request
from assistant.language.analyser import analyse, analyse_with_offsets

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Embed = Callable[[Sequence[str]], "npt.NDArray[np.float32]"]
"""Short texts → vectors of norm 1, float32 [texts, dimensions], all embedded alike."""

_REST: Final = 0.35
"""Worth of a word of the description, against one of the title: descriptions name many things."""
_SENSE_AXIS: Final = 20.0
_SENSE_FUNCTION: Final = 10.0
"""Worth of a difference of cosine of 1, in words found. Cosines of the embedded model differ by
hundredths. Chosen with `_KEPT` on 56 titles of ours, where anything from 5 to 60 serves."""
_KEPT: Final = 0.6
"""A function is suggested when its points reach this share of those of the best one."""
_NEAREST: Final = 2
_SHORT: Final = 5


@dataclass(frozen=True, slots=True)
class _Found:
    """Words of one entry of the grid found in the request: their weight, and as typed."""

    weight: float
    words: tuple[str, ...]


def suggest_axes(request: Request, method: Method, embed: Embed | None = None) -> list[Choice]:
    """Rank the axes of the grid for a request.

    Args:
        request: what was typed.
        method: the grid.
        embed: the embedding model; words alone decide without it.

    Returns:
        Every axis, the best first and chosen, with shares that sum to 1 and the words typed that
        point to it. None is chosen when no word of the grid was found and there is no model.
    """
    found, points = _points(request, method.axes, embed, _SENSE_AXIS)
    order = sorted(range(len(points)), key=lambda i: (-points[i], i))
    known = embed is not None or any(one.words for one in found)
    shares = _shares(points)
    return [
        _choice(method.axes[i], shares[i], found[i], chosen=known and rank == 0)
        for rank, i in enumerate(order)
    ]


def suggest_functions(request: Request, method: Method, embed: Embed | None = None) -> list[Choice]:
    """Rank the functions of AI for a request; several may be chosen.

    Args:
        request: what was typed.
        method: the grid.
        embed: the embedding model; words alone decide without it.

    Returns:
        Every function, the best first, those that count chosen. None is when no word of the grid
        was found: nearness by sense alone tells functions apart too badly.
    """
    found, points = _points(request, method.functions, embed, _SENSE_FUNCTION)
    order = sorted(range(len(points)), key=lambda i: (-points[i], i))
    # What no word points to is never suggested: it does not set the measure of the others.
    best = max((one for one, at in zip(points, found, strict=True) if at.words), default=0.0)
    shares = _shares(points)
    return [
        _choice(
            method.functions[i],
            shares[i],
            found[i],
            chosen=bool(found[i].words) and points[i] >= _KEPT * best,
        )
        for i in order
    ]


def _choice(entry: Axis | AiFunction, share: float, found: _Found, *, chosen: bool) -> Choice:
    return Choice(
        code=entry.code,
        label=entry.label,
        share=round(share, 4),
        words=list(found.words),
        chosen=chosen,
    )


def _points(
    request: Request, entries: Sequence[Axis | AiFunction], embed: Embed | None, sense: float
) -> tuple[list[_Found], list[float]]:
    """What was found of each entry, and its points."""
    found = _found(request, entries)
    if embed is None:
        return found, [one.weight for one in found]
    near = _nearness(request.title, entries, embed)
    mean = sum(near) / len(near)
    return found, [
        one.weight + sense * (cosine - mean) for one, cosine in zip(found, near, strict=True)
    ]


def _found(request: Request, entries: Sequence[Axis | AiFunction]) -> list[_Found]:
    """Look for the words of each entry; a word that many entries share is worth less."""
    lexicon = [
        {key for word in entry.words if (key := tuple(map(_root, analyse(word))))}
        for entry in entries
    ]
    shared = Counter(terms for known in lexicon for terms in known)
    rest = "\n".join((request.need, request.service, request.constraints))
    read = [
        (text, [(_root(term), at, end) for term, at, end in analyse_with_offsets(text)], worth)
        for text, worth in ((request.title, 1.0), (rest, _REST))
    ]
    results: list[_Found] = []
    for known in lexicon:
        weight, words = 0.0, dict[str, None]()
        for text, terms, worth in read:
            taken: set[int] = set()
            for phrase in sorted(known, key=lambda one: (-len(one), one)):
                at = _place(phrase, terms, taken)
                if at is None:
                    continue
                places = range(at, at + len(phrase))
                taken.update(places)
                rarity = math.log(1 + len(entries) / shared[phrase])
                weight += worth * rarity * math.sqrt(len(phrase))
                words[text[terms[at][1] : terms[places[-1]][2]]] = None
        results.append(_Found(weight, tuple(words)))
    return results


def _root(term: str) -> str:
    """An index term without what a feminine participle adds (« ajuste », for « ajustée »)."""
    return term.rstrip("ei") if len(term) > _SHORT else term


def _place(
    phrase: tuple[str, ...], terms: Sequence[tuple[str, int, int]], taken: set[int]
) -> int | None:
    """First place of a phrase among the terms that no longer phrase has taken."""
    for at in range(len(terms) - len(phrase) + 1):
        if all(terms[at + i][0] == term for i, term in enumerate(phrase)) and taken.isdisjoint(
            range(at, at + len(phrase))
        ):
            return at
    return None


def _nearness(title: str, entries: Sequence[Axis | AiFunction], embed: Embed) -> list[float]:
    """Mean cosine of the title with the nearest examples of each entry."""
    texts = [[*entry.examples, f"{entry.label} : {entry.description}"] for entry in entries]
    vectors = embed([title, *(text for group in texts for text in group)])
    asked, at, near = vectors[0], 1, []
    for group in texts:
        cosines = sorted(
            (float(one @ asked) for one in vectors[at : at + len(group)]), reverse=True
        )
        near.append(sum(cosines[:_NEAREST]) / len(cosines[:_NEAREST]))
        at += len(group)
    return near


def _shares(points: Sequence[float]) -> list[float]:
    """Points → shares that sum to 1 (softmax)."""
    top = max(points)
    worth = [math.exp(one - top) for one in points]
    return [one / sum(worth) for one in worth]
