"""Whether two minutes speak of the same action.

Identity, in this order:

1. the same written number (« A3 », not the rank in a list) and wordings that share something:
   numbers may start again at each meeting;
2. else the same wording, but for inflexion: `likeness` of at least `SAME`.

Two wordings whose figures differ (« phase 1 », « phase 2 ») are never the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.language.analyser import analyse
from assistant.language.normalise import fold, squash
from assistant.suivi.dates import find_moments
from assistant.suivi.model import Action, Decision, Extract

SAME: Final = 0.6
"""Share of words in common (Jaccard) above which two wordings are one."""

_NUMBERED: Final = 0.15
"""The same, when the numbers agree."""

_RENUMBERED: Final = 0.9
"""The same, when both are numbered and the numbers differ."""

_WITHIN: Final = 0.99
"""Share of the words of the shorter wording found in the longer one, when it has enough."""

_ENOUGH: Final = 3
_PREFIX: Final = 5
_LABELS: Final = re.compile(
    r"^\s*action\b|\b(?:pilotes?|porteu(?:rs?|se)|responsables?|resp|échéances?|délai|état|statut"
    r"|avant le|avant|d.ici|au plus tard"
    r"|(?:port|pilot|men|assur|anim|coordonn|confi|suivi|conduit)(?:é|e)?e?s? (?:par|au|aux|à))\b",
    re.IGNORECASE,
)
"""Words that say what a part of a line is, and are none of its wording."""


def best_pairs(
    old: Sequence[Action | Decision], new: Sequence[Action | Decision]
) -> list[tuple[int, int]]:
    """Pairs (rank in old, rank in new) of the same thing, each used once, the surest first."""
    olds, news = [_read(one) for one in old], [_read(one) for one in new]
    scored = [
        (score, -abs(i - j), i, j)
        for i, one in enumerate(olds)
        for j, other in enumerate(news)
        if (score := _sameness(one, other)) > 0
    ]
    pairs: list[tuple[int, int]] = []
    left, right = set[int](), set[int]()
    for _, _, i, j in sorted(scored, reverse=True):
        if i not in left and j not in right:
            pairs.append((i, j))
            left.add(i)
            right.add(j)
    return sorted(pairs)


@dataclass(frozen=True, slots=True)
class _Read:
    """A mention, ready to be compared with many."""

    letters: str
    terms: tuple[str, ...]
    figures: frozenset[str]
    number: str


def _read(mention: Action | Decision) -> _Read:
    text = wording(mention)
    figures = frozenset(re.findall(r"\d+", text))
    return _Read(_letters(text), _terms(text), figures, _number(mention.number))


def _sameness(one: _Read, other: _Read) -> float:
    """How sure it is that two mentions are of one thing: 0 when they are not taken for it."""
    if one.figures != other.figures:
        return 0.0
    numbered = bool(one.number and other.number)
    same_number = numbered and one.number == other.number
    like = _likeness(one.letters, one.terms, other.letters, other.terms)
    if same_number:
        return 1.0 + like if like >= _NUMBERED else 0.0
    if numbered and like < _RENUMBERED:
        return 0.0
    return like if like >= SAME else 0.0


def wording(mention: Action | Decision) -> str:
    """The wording proper: number, owner, dates and state left out when the line holds them.

    A decision keeps its dates: « valide le plan de mars » is not « valide le plan de juin ».
    """
    text = re.sub(r"^\s*(?:\d{1,2}|[a-z])[.)]\s+", "", mention.text.text)
    if isinstance(mention, Decision):
        return text.replace(mention.number.text, " ") if mention.number else text
    parts: tuple[Extract | None, ...] = (mention.number, mention.owner, mention.due, mention.state)
    said = sorted((part for part in parts if part), key=lambda part: -len(part.text))
    for part in said:
        if part.text != text:
            text = text.replace(part.text, " ")
    for moment in reversed(find_moments(text)):
        text = f"{text[: moment.start]} {text[moment.end :]}"
    return _LABELS.sub(" ", text)


def likeness(first: str, second: str) -> float:
    """Share of words in common, from 0 to 1; « recenser » and « recensement » are one word."""
    return _likeness(_letters(first), _terms(first), _letters(second), _terms(second))


def _likeness(letters: str, one: Sequence[str], other_letters: str, other: Sequence[str]) -> float:
    # The same but for spaces: a narrow cell cuts words anywhere.
    if letters and letters == other_letters:
        return 1.0
    if not one or not other:
        return 0.0
    left = list(other)
    common = 0
    for term in one:
        match = next((word for word in left if _akin(term, word)), None)
        if match is not None:
            left.remove(match)
            common += 1
    jaccard = common / (len(one) + len(other) - common)
    shorter = min(len(one), len(other))
    if shorter >= _ENOUGH and common / shorter >= _WITHIN:
        return max(jaccard, 0.75)
    return jaccard


def _letters(text: str) -> str:
    return squash(text).replace(" ", "")


def _terms(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(analyse(text)))


def _akin(one: str, other: str) -> bool:
    if one == other:
        return True
    if one[:_PREFIX] != other[:_PREFIX]:
        return False
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return shared >= _PREFIX and shared >= 0.75 * min(len(one), len(other))


def _number(extract: Extract | None) -> str:
    """A written number, « A-3 » as « A3 »; plain ranks are not identities."""
    if extract is None:
        return ""
    return re.sub(r"[\W_]+", "", fold(extract.text)).lstrip("0")
