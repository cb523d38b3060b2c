"""Whether two readings of text agree: figures, addresses, negations and modal verbs.

Small comparisons of a claim with what a page says, for `support`; each errs on the side of
refusing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.generation.claims import Claim, Figure, Mark, MarkKind
from assistant.generation.wordings import opposites, related
from assistant.language.entities import EntityKind
from assistant.language.normalise import fold

_MARGIN = 1.1

_OTHER_SIDE = 0.6

_STEP = re.compile(r"^[\s\u00a0\u202f]*(?:à|au|vers|puis)[\s\u00a0\u202f]*(?:le )?$")

_ENDS = re.compile(r"[:;]|\.(?=\s)")


def same_value(figure: Figure, other: Figure) -> bool:
    """Whether a proof states the figure of a claim; for dates, at least as precisely."""
    if figure.kind is EntityKind.DATE:
        if other.kind is not EntityKind.DATE:
            return False
        # A claim may say less than the page: « juillet 2025 » for « 31 juillet 2025 ».
        if figure.value.startswith("--"):
            return other.value.endswith(figure.value[1:])
        return other.value == figure.value or other.value.startswith(f"{figure.value}-")
    return figure.value == other.value and figure.kind is other.kind


def same_noun(figure: Figure, other: Figure, said: Claim) -> bool:
    """What a number counts; amounts, dates and durations carry their unit."""
    if figure.kind is not EntityKind.NUMBER or not figure.noun:
        return True
    if other.noun:
        # An adjective may stand on either side (« 30 grands établissements »).
        return _in(figure.noun[0], other.noun) or _in(other.noun[0], figure.noun)
    near = tuple(near for near, _ in other.near)
    if ";" in said.text:  # the first cell of a row names what its others count
        near += tuple(term for term, _, _ in said.terms)
    return any(_in(term, near) for term in figure.noun[:2])


def _in(term: str, others: tuple[str, ...]) -> bool:
    return any(related(term, other) for other in others)


def same_bound(figure: Figure, other: Figure) -> bool:
    """Whether two figures are bounded alike; a proof may leave a deadline unsaid."""
    if figure.kind is EntityKind.DATE:
        return figure.bound is None or other.bound in {figure.bound, None}
    return figure.bound is other.bound


def pull(figure: Figure, other: Figure) -> float:
    """How much the words around two figures are alike, the nearest counting most."""
    total = 0.0
    for term, place in figure.near:
        found = [
            (1.0 if place * far > 0 else _OTHER_SIDE) / abs(far)
            for near, far in other.near
            if related(term, near)
        ]
        total += max(found, default=0.0) / abs(place)
    return total


def crossed(figure: Figure, matching: Sequence[Figure], said: Claim) -> bool:
    """Tell whether another value of the proof answers better to the words of the claim."""
    own = max(pull(figure, other) for other in matching)
    return any(
        pull(figure, other) > _MARGIN * own
        for other in said.figures
        if other.kind is figure.kind and not same_value(figure, other)
    )


def after_only(claim: Claim, figure: Figure, matching: Sequence[Figure], said: Claim) -> bool:
    """A name told with a figure, that the proof gives only after the clause of the figure.

    « La région compte 40 cantons, répartis ainsi : la Brune… » says nothing of the Brune alone.
    """
    here = _ENDS.search(claim.text, figure.end)
    for name in claim.names:
        if here is not None and name.start > here.start():
            continue
        places = [start for term, start, _ in said.terms if term in name.terms]
        if places and all(
            (stop := _ENDS.search(said.text, other.end)) is not None
            and stop[0][0] != ";"
            and min(places) > stop.start()
            for other in matching
        ):
            return True
    return False


def reordered(claim: Claim, said: Claim) -> list[str]:
    """« De 150 à 120 » for « de 120 à 150 »."""
    steps = _steps(said)
    if any((second, first) in steps for first, second in _steps(claim)):
        return ["l'extrait cité donne ces valeurs dans l'autre sens"]
    return []


def _steps(claim: Claim) -> set[tuple[str, str]]:
    return {
        (first.value, second.value)
        for first, second in pairwise(claim.figures)
        if _STEP.match(claim.text[first.end : second.start]) and first.value != second.value
    }


def addresses(claim: Claim, said: Claim) -> list[str]:
    """The addresses of a claim that a proof lacks."""
    known = {found.value for found in said.addresses}
    return [
        f"l'adresse « {found.text} » ne figure pas dans la page citée"
        for found in claim.addresses
        if found.value not in known
    ]


def _meets(first: frozenset[str], second: frozenset[str]) -> bool:
    return any(related(a, b) for a in first for b in second)


def _of(claim: Claim, kind: MarkKind) -> list[Mark]:
    return [mark for mark in claim.marks if mark.kind is kind]


def polarity(claim: Claim, said: Claim) -> list[str]:
    """Negations, obligations and contraries that differ."""
    reasons: list[str] = []
    ours, theirs = _of(claim, MarkKind.NEGATION), _of(said, MarkKind.NEGATION)
    turned = _turned(claim.vocabulary, said.vocabulary)
    for mark in ours:
        if any(_meets(mark.scope, other.scope) for other in theirs) or turned:
            continue
        if [fold(one.text) for one in ours] == [fold(one.text) for one in theirs]:
            continue
        reasons.append("l'extrait cité ne porte pas cette négation")
    for mark in theirs:
        denied = frozenset(
            term for term in mark.scope if not any(related(term, b) for b in said.affirmed)
        )
        if not _meets(denied, claim.affirmed):
            continue
        if not any(_meets(mark.scope, other.scope) for other in ours) and not turned:
            reasons.append("l'extrait cité dit le contraire")
    if turned and len(ours) == len(theirs):
        reasons.append("l'extrait cité dit le contraire")
    reasons += _modality(claim, said)
    return list(dict.fromkeys(reasons))


def _modality(claim: Claim, said: Claim) -> list[str]:
    reasons: list[str] = []
    must, may = _of(claim, MarkKind.MUST), _of(claim, MarkKind.MAY)
    said_must, said_may = _of(said, MarkKind.MUST), _of(said, MarkKind.MAY)
    if any(not _likewise(mark, said_must, said_may) for mark in must):
        reasons.append("l'extrait cité n'en fait pas une obligation")
    if said_must and any(not _likewise(mark, said_may, said_must) for mark in may):
        reasons.append("l'extrait cité en fait une obligation")
    if not may and not must and any(_meets(_only(mark, said), claim.affirmed) for mark in said_may):
        reasons.append("l'extrait cité n'en fait qu'une possibilité")
    if (
        _of(claim, MarkKind.DONE)
        and not _of(claim, MarkKind.AIMED)
        and _of(said, MarkKind.AIMED)
        and not _of(said, MarkKind.DONE)
    ):
        reasons.append("l'extrait cité en fait un but, non un fait")
    if _of(claim, MarkKind.ONLY) and not _of(said, MarkKind.ONLY):
        reasons.append("l'extrait cité ne pose pas cette restriction")
    if _of(claim, MarkKind.ALL) and not _of(said, MarkKind.ALL):
        reasons.append("l'extrait cité n'est pas aussi général")
    for one, other in (
        (MarkKind.AT_LEAST, MarkKind.AT_MOST),
        (MarkKind.AT_MOST, MarkKind.AT_LEAST),
    ):
        if _of(claim, one) and not _of(said, one) and _of(said, other):
            reasons.append("l'extrait cité fixe une limite contraire")
    return reasons


def _only(mark: Mark, said: Claim) -> frozenset[str]:
    """Terms that stand under a mark and nowhere else.

    « Les établissements devraient soumettre un dossier : date limite de soumission : 31 juillet »
    says nothing doubtful of the date.
    """
    free = {term for term, start, _ in said.terms if start not in mark.places}
    return frozenset(term for term in mark.scope if not any(related(term, one) for one in free))


def _likewise(mark: Mark, same: Sequence[Mark], other: Sequence[Mark]) -> bool:
    """Whether a proof has a mark of the same kind, unless its other kind bears on this."""
    if any(_meets(mark.scope, one.scope) for one in same):
        return True
    return bool(same) and not any(_meets(mark.scope, one.scope) for one in other)


def _turned(claim: frozenset[str], said: frozenset[str]) -> bool:
    """Tell whether the proof uses the contrary of a word of the claim."""
    for left, right in opposites():
        for mine, contrary in ((left, right), (right, left)):
            if claim & mine and not claim & contrary and said & contrary and not said & mine:
                return True
    return False
