"""The sentences, lists and cells that answer a question, best first, verbatim.

Units are scored by `assistant.generation.scoring`; here is chosen what is shown: the unit that
answers, what adds to it, and, when other passages score nearly as well, what comes near.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from assistant.generation.comparison import choose_sides, side_by_side, sides_of, speaks_of_both
from assistant.generation.evidence import units_of
from assistant.generation.question import FACTUAL, Expected, Question
from assistant.generation.scoring import WHOLE, Scored, Vocabulary, Weights, cues_of, score_unit
from assistant.generation.units import (
    GetPage,
    Piece,
    Role,
    Unit,
    UnitKind,
    opens_with_reference,
    terms_of,
)
from assistant.language.labels import is_title
from assistant.language.normalise import fold
from assistant.model import Hit

Shown = tuple[Scored, tuple[Piece, ...]]
"""A unit and those of its pieces that are shown."""

MAX_SENTENCES = 6
MAX_ITEMS = 15
MAX_CELLS = 24
MAX_NEAR = 4
MAX_NEAREST = 3
_NEAREST_COVERAGE = 0.3
"""Share of the question, by rarity, from which an extract that does not answer comes near it."""
_RIVAL = 0.75
"""Share of the best score at which another passage is a rival.

On 230 development questions: facts shown .887 with what comes near, whether it is offered always or
to the half of the answers that have a rival, against .826 without.
"""
_NEAR_FLOOR = 0.6
_NEAR_WORDS = range(5, 61)
_NEAR_PIECES = 6

_TELLS = re.compile(r"[\d:=]")
"""What makes a few words say something: a value, or a name and what it is."""

_MOSTLY = 0.6
_SLIDE_PIECES = 9
_SLIDE_CHARS = 1200
_AS_WELL = 0.88

_PRECISE = FACTUAL | {
    Expected.WHO,
    Expected.PERSON,
    Expected.ELIGIBLE,
    Expected.YES_NO,
    Expected.DEFINITION,
}
_SEVERAL = frozenset(
    {Expected.LIST, Expected.OPEN, Expected.HOW, Expected.PURPOSE, Expected.ELIGIBLE}
)
"""Kinds that a whole list answers better than one of its items."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown, and all that was weighed.

    Attributes:
        chosen: in the order shown; the first unit is the one that answers.
        near: extracts that come near, offered apart when the answer is not alone.
        ranked: scored units, best first.
    """

    chosen: tuple[Shown, ...] = ()
    near: tuple[Shown, ...] = ()
    ranked: tuple[Scored, ...] = ()


def select(
    question: Question,
    hits: Sequence[Hit],
    *,
    get_page: GetPage,
    terms: Vocabulary,
    weights: Weights | None = None,
) -> Selection:
    """Choose what answers a question among the passages found.

    Args:
        question: understood.
        hits: passages, best first.
        get_page: gives the stored pages that the passages stand on.
        terms: what `vocabulary` gave for the question.
        weights: see `Weights`.

    Returns:
        The choice; empty when the hits hold no text.
    """
    weights = weights or Weights()
    cues = cues_of(question)
    units = units_of(hits, get_page)
    closest = max((unit.meaning for unit in units), default=0.0)
    scored = [
        score_unit(question, terms, unit, weights, cues, closest)
        for unit in units
        if unit.kind not in _UNSUITED.get(question.expected, frozenset())
    ]
    scored.sort(key=_order)
    if not scored:
        return Selection()
    sides = sides_of(question)
    chosen = side_by_side(question, sides, hits, terms, get_page) if sides is not None else []
    if sides is not None and chosen and speaks_of_both(sides, scored[0], terms):
        chosen.insert(0, (scored[0], _trim(scored[0].unit.pieces)))
    chosen = chosen or _choose(question, scored, terms)
    near = _near(question, scored, chosen) if _rivalled(scored, chosen[0][0]) else []
    return Selection(tuple(chosen), tuple(near), tuple(scored))


# One value is asked for: a whole section or list would bury it. A list can be counted.
_UNSUITED: dict[Expected, frozenset[UnitKind]] = {
    **dict.fromkeys(FACTUAL, WHOLE),
    Expected.COUNT: frozenset({UnitKind.SECTION}),
    Expected.WHO: frozenset({UnitKind.SECTION}),
    Expected.DEFINITION: frozenset({UnitKind.SECTION}),
    Expected.PERSON: frozenset({UnitKind.SECTION}),
    Expected.ELIGIBLE: frozenset({UnitKind.SECTION}),
    Expected.YES_NO: WHOLE,
}


def _order(scored: Scored) -> tuple[float, int, int, int]:
    unit = scored.unit
    return (-scored.score, unit.rank, unit.block, unit.pieces[0].span.start)


def _choose(question: Question, ranked: list[Scored], terms: Vocabulary) -> list[Shown]:
    """Order what is shown: the unit that answers, then what adds to it."""
    sides = sides_of(question)
    if sides is not None and (pair := choose_sides(question, sides, ranked, terms)):
        return [(one, _trim(one.unit.pieces)) for one in pair]
    best = _newest(_prefer_whole_list(question, ranked), ranked)
    chosen: list[Shown] = [(best, _trim(best.unit.pieces))]
    if best.unit.kind is UnitKind.CELL:
        chosen += _rest_of_row(best, ranked)
    shown = [best.unit.text]
    precise = question.expected in _PRECISE
    limit = 3 if precise else MAX_SENTENCES
    if best.unit.kind in (UnitKind.LIST, UnitKind.SECTION):
        limit = 2
    elif (before := _explained_by(best, ranked)) is not None:
        chosen.append((before, _as_context(before.unit.pieces)))
        shown.append(before.unit.text)
    floor = best.score * (0.85 if precise else 0.78)
    if best.unit.kind is UnitKind.CELL:
        # Another cell of the table is another fact, unless it answers as well.
        floor = 0.95 * best.score
    for other in ranked:
        if len(chosen) >= limit or other.score < floor:
            break
        if other is best or other.unit.kind in (UnitKind.LIST, UnitKind.SECTION):
            continue
        if question.expected in FACTUAL and not other.expected:
            continue
        if _redundant(other.unit, chosen, shown):
            continue
        chosen.append((other, other.unit.pieces))
        shown.append(other.unit.text)
    return chosen


def _rivalled(ranked: Sequence[Scored], best: Scored) -> bool:
    """Whether another passage answers nearly as well: the reader then judges."""
    return any(
        other.unit.hit.passage.id != best.unit.hit.passage.id and other.score >= _RIVAL * best.score
        for other in ranked
    )


def _near(question: Question, ranked: list[Scored], chosen: list[Shown]) -> list[Shown]:
    """The next best extracts, from other places than those already shown."""
    known = list(chosen)
    shown = [item.unit.text for item, _ in known]
    found: list[Shown] = []
    role: Role = "near"
    for other in ranked:
        if len(found) >= MAX_NEAR or other.score < _NEAR_FLOOR * chosen[0][0].score:
            break
        if (
            other.unit.kind is UnitKind.SECTION
            or (question.expected in FACTUAL and not other.expected)
            or len(other.unit.text.split()) not in _NEAR_WORDS
            or len(other.unit.pieces) > _NEAR_PIECES
            or _redundant(other.unit, known, shown)
        ):
            continue
        found.append(
            (other, tuple(replace(piece, role=role) for piece in _trim(other.unit.pieces)))
        )
        known.append(found[-1])
        shown.append(other.unit.text)
    return found


def nearest(selection: Selection) -> tuple[Shown, ...]:
    """The extracts that come nearest to a question that is refused, to be offered apart.

    Args:
        selection: what would have been shown.

    Returns:
        At most `MAX_NEAREST` that speak of what is asked, cut to what one reads at a glance.
        Bare titles and the first cells of a long table are left out: they say nothing.
    """
    role: Role = "near"
    titles = {
        fold(title)
        for hit in {one.unit.rank: one.unit.hit for one in selection.ranked}.values()
        for title in hit.passage.section
    }
    return tuple(
        (scored, tuple(replace(piece, role=role) for piece in pieces[:_NEAR_PIECES]))
        for scored, pieces in (*selection.chosen, *selection.near)[:MAX_NEAREST]
        if scored.coverage >= _NEAREST_COVERAGE and _says_something(scored.unit, titles)
    )


def _says_something(unit: Unit, titles: Collection[str]) -> bool:
    if unit.kind is UnitKind.LIST and unit.pieces[-1].role == "table":
        return len(unit.pieces) <= _NEAR_PIECES
    if unit.kind not in (UnitKind.SENTENCE, UnitKind.ITEM):
        return True
    text = unit.text
    short = len(text.split()) < _NEAR_WORDS.start and not _TELLS.search(text)
    return not short and not is_title(text) and fold(text) not in titles


def _prefer_whole_list(question: Question, ranked: list[Scored]) -> Scored:
    """Give the whole list rather than one of its items, when items are asked for."""
    best = ranked[0]
    if best.unit.kind is UnitKind.LIST:
        return best
    if question.expected is Expected.LIST:
        # A list is asked for: one that is nearly as good as a sentence is better.
        for other in ranked:
            if other.score < 0.78 * best.score:
                break
            if other.unit.kind is UnitKind.LIST and _named(question, other.unit):
                return best if _most_of(other, best) else other
    wants_all = question.expected in _SEVERAL or (
        question.plural and question.expected not in FACTUAL
    )
    if not wants_all:
        return best
    slide = next((other for other in ranked if _slide_of(best, other)), None)
    for other in ranked:
        if other is slide:
            return slide
        if other.unit.kind is not UnitKind.LIST or other.unit.rank != best.unit.rank:
            continue
        introduced = other.unit.block == best.unit.block
        item_of = best.unit.group >= 0 and other.unit.group == best.unit.group
        near_enough = other.score >= 0.6 * best.score
        if (introduced or item_of) and near_enough:
            return other
    return best


def _named(question: Question, unit: Unit) -> bool:
    """Whether a table is one of what is to be listed: a cell that mentions it is not enough."""
    if not question.listed or unit.pieces[-1].role != "table":
        return True
    said = sum(bool(question.listed & terms_of(piece.text)) for piece in unit.pieces)
    return said > 1 or bool(question.listed & (unit.near | unit.section))


def _most_of(part: Scored, whole: Scored) -> bool:
    """Whether a list is most of a short section: the lines left out may complete it."""
    return (
        whole.unit.kind is UnitKind.SECTION
        and whole.unit.hit.passage.id == part.unit.hit.passage.id
        and len(part.unit.pieces) >= _MOSTLY * len(whole.unit.pieces)
    )


def _slide_of(best: Scored, other: Scored) -> bool:
    """Whether a unit is the short section that a line stands in and answers as well."""
    return (
        other.unit.kind is UnitKind.SECTION
        and best.unit.kind in (UnitKind.SENTENCE, UnitKind.ITEM)
        and other.unit.hit.passage.id == best.unit.hit.passage.id
        and best.unit.pieces[0] in other.unit.pieces
        and len(other.unit.pieces) <= _SLIDE_PIECES
        and len(other.unit.text) <= _SLIDE_CHARS
        and other.score >= _AS_WELL * best.score
    )


def _newest(best: Scored, ranked: list[Scored]) -> Scored:
    """The same statement in a newer version of the document, when there is one."""
    documents = {item.unit.hit.document.id: item.unit.hit.document for item in ranked}
    newer: list[str] = []
    document = documents.get(best.unit.hit.document.superseded_by or "")
    while document is not None and document.id not in newer:
        newer.append(document.id)
        document = documents.get(document.superseded_by or "")
    found = {
        item.unit.hit.document.id: item
        for item in reversed(ranked)
        if item.unit.kind is best.unit.kind and item.score >= 0.93 * best.score
    }
    return next((found[key] for key in reversed(newer) if key in found), best)


def _rest_of_row(best: Scored, ranked: list[Scored]) -> list[Shown]:
    """The other cells, when the question quotes a cell: the answer is beside it."""
    quoted = sum(term in best.unit.own for term in best.matched)
    named = sum(term in best.unit.near and term not in best.unit.own for term in best.matched)
    if quoted <= named or best.expected:
        return []
    row = [
        other
        for other in ranked
        if other is not best
        and other.unit.kind is UnitKind.CELL
        and other.unit.hit.passage.id == best.unit.hit.passage.id
        and other.unit.block == best.unit.block
    ]
    row.sort(key=lambda other: other.unit.pieces[0].span.start)
    return [(other, other.unit.pieces) for other in row[: MAX_SENTENCES - 1]]


def _explained_by(best: Scored, ranked: list[Scored]) -> Scored | None:
    """The sentence before, when the answer opens with « Il » or « Ce montant »."""
    if best.unit.kind is not UnitKind.SENTENCE or not opens_with_reference(best.unit.text):
        return None
    start = best.unit.pieces[0].span
    before = [
        other
        for other in ranked
        if other.unit.rank == best.unit.rank
        and other.unit.kind is UnitKind.SENTENCE
        and other.unit.pieces[-1].span.page == start.page
        and other.unit.pieces[-1].span.end <= start.start
        and best.unit.block - other.unit.block in (0, 1)
    ]
    return max(before, key=lambda other: other.unit.pieces[-1].span.end, default=None)


def _as_context(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    role: Role = "context"
    return tuple(replace(piece, role=role) for piece in pieces)


def _redundant(unit: Unit, chosen: list[Shown], shown: list[str]) -> bool:
    """Tell whether a unit repeats what is shown, by place or by words."""
    places = {
        (scored.unit.hit.passage.document_id, piece.span)
        for scored, pieces in chosen
        for piece in pieces
    }
    document = unit.hit.passage.document_id
    if any((document, piece.span) in places for piece in unit.pieces):
        return True
    own = terms_of(unit.text)
    for text in shown:
        other = terms_of(text)
        if any(term[0].isdigit() for term in own - other):
            continue  # another figure is another fact
        common = len(own & other)
        if common >= 0.75 * min(len(own), len(other) or 1) and common >= 0.6 * len(own):
            return True
    return False


def _trim(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    intro = [piece for piece in pieces if piece.role == "list_intro"]
    rest = [piece for piece in pieces if piece.role != "list_intro"]
    # Cells are short, and a table cut in the middle of a row misleads: small ones read whole.
    most = MAX_ITEMS if any(piece.role != "table" for piece in rest) else MAX_CELLS
    return (*intro, *rest[:most])
