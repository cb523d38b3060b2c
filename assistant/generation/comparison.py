"""Questions that set two things side by side: each side gets its own extract.

« Quelle différence entre A et B ? » is badly answered by the sentence that covers the whole
question best: it speaks of A only, or of neither. Each side is looked for by the words that
only it has, and the value that is compared (an amount, a duration, a date) must be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from assistant.generation.cells import cell_piece, names_of
from assistant.generation.question import Expected, Question
from assistant.generation.scoring import (
    WHOLE,
    Scored,
    Vocabulary,
    Weights,
    holds_expected,
    stands_for,
)
from assistant.generation.units import GetPage, Piece, Unit, UnitKind, terms_of
from assistant.language.analyser import analyse
from assistant.language.normalise import fold
from assistant.model import Block, Cell, Hit

_SIDES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bentre (?P<a>.+?) et (?P<b>.+)",
        r"(?P<a>.+?) (?:plus|moins|aussi|autant) (?:\w+ ){1,3}qu[e'] ?(?P<b>.+)",
        r"(?:compare[rz]?|comparaison d[eu]s?|distingue[rz]?) (?P<a>.+?) (?:et|avec) (?P<b>.+)",
        r"(?:compare[rz]?|distingue[rz]?) (?P<a>.+?) (?:a|de) (?P<b>.+)",
        r"(?P<a>.+?) (?:par rapport a|vs|versus|contrairement a|differe\w* de) (?P<b>.+)",
        r"(?P<a>.+?) et (?P<b>.+?) (?:sont|ont)(?:-ils|-elles)? .*\bmemes?\b",
        r"(?:le|la|les)?quel(?:le)?s? .*?(?:[,:]| entre) (?P<a>.+?) (?:ou|et) (?P<b>.+)",
    )
)

_OR = re.compile(r"^(?:plutot )?(?P<a>.+?) ou (?:plutot )?(?P<b>.+)")

# What is compared, when a word of the question says it.
_VALUES = (
    (
        Expected.AMOUNT,
        r"enveloppe|montant|budget|cout|prix|dotation|subvention|financement|cher|somme",
    ),
    (Expected.DURATION, r"\bdurees?\b|\blongs?\b|\blongues?\b|\bcourts?\b|\bdelais?\b|rythme"),
    (Expected.DATE, r"\bdates?\b|echeance|\btot\b|\btard\b"),
    (Expected.PERCENTAGE, r"\btaux\b|\bpart\b|pourcentage|proportion"),
)
_MATCH = Weights()
_TOGETHER = frozenset(analyse("seul seule ensemble réunis réunies confondus confondues total"))
"""Words that say how to count a side, not what it is."""
_COMPARING = frozenset(analyse("différence comparer comparaison distinguer entre choisir"))
_FEW = 0.6
"""Share of a side's own words, at least, that must name its extract."""
_LABEL_WORDS = 9
"""Words of a label at most: a longer cell is a text that mentions a side, not its name."""
_MAX_ROWS = 10
_LONGEST = 600
"""Characters of a question that compares: the time of these patterns grows as a power of it."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The two things compared.

    Attributes:
        first, second: terms that only this side has.
        value: the kind of value compared, `OPEN` when the question does not say.
    """

    first: frozenset[str]
    second: frozenset[str]
    value: Expected


def sides_of(question: Question) -> Sides | None:
    """Find what a question compares; `None` when it compares nothing that can be told apart."""
    folded = " ".join(fold(question.text).strip(" ?.!").split())
    if len(folded) > _LONGEST:
        return None
    patterns = (*_SIDES, _OR) if question.expected is Expected.COMPARISON else _SIDES
    for pattern in patterns:
        match = pattern.search(folded)
        if match is None:
            continue
        first, second = frozenset(analyse(match["a"])), frozenset(analyse(match["b"]))
        known = frozenset(question.terms)
        own_first, own_second = (first - second) & known, (second - first) & known
        own_first, own_second = (
            own - question.type_terms - _TOGETHER for own in (own_first, own_second)
        )
        if own_first and own_second:
            value = next(
                (kind for kind, words in _VALUES if re.search(words, folded)), Expected.OPEN
            )
            return Sides(own_first, own_second, value)
    return None


def choose_sides(
    question: Question, sides: Sides, ranked: Sequence[Scored], terms: Vocabulary
) -> list[Scored]:
    """The best extract of each side, in the order of the question.

    Args:
        question: understood.
        sides: what `sides_of` gave for it.
        ranked: scored units, best first.
        terms: weights of the question's terms.

    Returns:
        One unit a side, after the one that speaks of both if it is best; none when a side has no
        extract of its own, or when a whole list or section already speaks of both.
    """
    both = (sides.first, sides.second)

    def holds(scored: Scored) -> bool:
        return sides.value is Expected.OPEN or _holds(question, sides.value, scored)

    if not ranked:
        return []
    together = holds(ranked[0]) and all(_share(own, ranked[0], terms) >= _FEW for own in both)
    if together and (ranked[0].unit.kind in WHOLE or sides.value is not Expected.OPEN):
        return []
    best: list[Scored] = [ranked[0]] if together else []
    for own, other in (both, both[::-1]):
        found = max(
            (
                (_fit(own, other, scored, terms) + scored.score, -place, scored)
                for place, scored in enumerate(ranked)
                if scored not in best
                and _share(own, scored, terms) >= _FEW
                and holds(scored)
                and not (together and _share(other, scored, terms) >= _FEW)
            ),
            key=lambda item: item[:2],
            default=None,
        )
        if found is None:
            return []
        best.append(found[2])
    return best


def speaks_of_both(sides: Sides, scored: Scored, terms: Vocabulary) -> bool:
    """Tell whether one sentence or item names both sides: it says what tells them apart."""
    return scored.unit.kind in (UnitKind.SENTENCE, UnitKind.ITEM) and all(
        _weigh(own & scored.unit.own, terms) >= _FEW * _weigh(own, terms)
        for own in (sides.first, sides.second)
    )


def _holds(question: Question, value: Expected, scored: Scored) -> bool:
    asked = replace(question, expected=value)
    return holds_expected(asked, scored.unit.text, scored.unit) >= 1.0


def _fit(own: frozenset[str], other: frozenset[str], scored: Scored, terms: Vocabulary) -> float:
    return _share(own, scored, terms) - 0.5 * _share(other, scored, terms)


def _share(own: frozenset[str], scored: Scored, terms: Vocabulary) -> float:
    """Share of a side's own terms, by rarity, in the extract or in what names it."""
    unit = scored.unit
    close = unit.own | unit.near
    title = terms_of(unit.hit.document.metadata.title)

    def found(term: str) -> float:
        if term in close:
            return 1.0
        # The title says what the whole document is about, a related word what is compared.
        return max(
            0.8 * (term in title),
            0.4 * (term in unit.section),
            0.5 * (stands_for(term, close, terms, _MATCH) > 0),
        )

    total = sum(terms.weights.get(term, 1.0) for term in own) or 1.0
    return sum(terms.weights.get(term, 1.0) * found(term) for term in own) / total


_Named = TypeVar("_Named")


@dataclass(frozen=True, slots=True)
class _Pair:
    """What a table says of both sides for one attribute.

    Attributes:
        order: where it stands: document rank, page, offset.
        attribute: the cells that name it.
        cells: one a side, in the order of the question.
        names: what names each of them besides its header.
        hit, block: where they were found.
    """

    order: tuple[int, int, int]
    attribute: str
    cells: tuple[Cell, Cell]
    names: tuple[tuple[Cell, ...], tuple[Cell, ...]]
    hit: Hit
    rank: int
    block: int


def side_by_side(
    question: Question,
    sides: Sides,
    hits: Sequence[Hit],
    terms: Vocabulary,
    get_page: GetPage,
) -> list[tuple[Scored, tuple[Piece, ...]]]:
    """The lines of one table that hold both sides, attribute by attribute.

    Sides may be columns (« Guichet A », « Guichet B ») or rows of the table; only their own
    cells are taken. When the question names an attribute, or a kind of value, the others are
    left out.

    Args:
        question: understood.
        sides: what `sides_of` gave for it.
        hits: passages, best first.
        terms: weights of the question's terms.
        get_page: gives the stored pages.

    Returns:
        One unit an attribute with a piece for each side, in the order of the page; none when no
        table names both sides.
    """
    pairs = _asked_of(question, sides, list(_pairs(sides, hits, terms)))
    shown: list[tuple[Scored, tuple[Piece, ...]]] = []
    for pair in sorted(pairs, key=lambda one: one.order)[:_MAX_ROWS]:
        made = [
            cell_piece(cell, names, pair.hit.passage, get_page)
            for cell, names in zip(pair.cells, pair.names, strict=True)
        ]
        pieces = tuple(piece for piece in made if piece is not None)
        if len(pieces) < len(made):
            continue
        said = " ".join(f"{piece.label} {piece.text}" for piece in pieces)
        unit = Unit(
            kind=UnitKind.CELL,
            hit=pair.hit,
            rank=pair.rank,
            block=pair.block,
            pieces=pieces,
            own=terms_of(" ".join(piece.text for piece in pieces)),
            near=terms_of(" ".join(piece.label for piece in pieces)),
            section=terms_of(" ".join(pair.hit.passage.section)),
        )
        shown.append((Scored(unit, 1.0, 1.0, 1.0, dict.fromkeys(terms_of(said), 1.0)), pieces))
    return shown


def _pairs(sides: Sides, hits: Sequence[Hit], terms: Vocabulary) -> Iterator[_Pair]:
    """Every attribute that a table gives for both sides, best table first."""
    seen: set[tuple[str, int, int]] = set()
    tables: dict[tuple[str, int], list[tuple[int, Hit, int, Block]]] = {}
    for rank, hit in enumerate(hits):
        for index, block in enumerate(hit.passage.blocks):
            place = (hit.document.id, block.spans[0].page, block.spans[0].start)
            if len(block.cells) > 1 and place not in seen:
                seen.add(place)
                tables.setdefault(place[:2], []).append((rank, hit, index, block))
    for rows in tables.values():
        found = [*_in_columns(sides, rows, terms), *_in_rows(sides, rows, terms)]
        if found:
            yield from found
            return


def _in_columns(
    sides: Sides, rows: Sequence[tuple[int, Hit, int, Block]], terms: Vocabulary
) -> Iterator[_Pair]:
    for rank, hit, index, block in rows:
        cells = [cell for cell in block.cells if cell.header]
        first, second = (
            _called(own, other, [(cell.header, cell) for cell in cells], terms)
            for own, other in _both(sides)
        )
        if first is None or second is None or first is second:
            continue
        # A row without a name of its own opens with the cell of its first column.
        names = tuple(name for name in names_of(block) if not name.header)
        yield _Pair(
            (0, block.spans[0].page, block.spans[0].start),
            " ".join(name.text for name in names),
            (first, second),
            (names, names),
            hit,
            rank,
            index,
        )


def _in_rows(
    sides: Sides, rows: Sequence[tuple[int, Hit, int, Block]], terms: Vocabulary
) -> Iterator[_Pair]:
    labelled = [(" ".join(name.text for name in names_of(row[3])), row) for row in rows]
    first, second = (_called(own, other, labelled, terms) for own, other in _both(sides))
    if first is None or second is None or first is second:
        return
    other_names, others = names_of(second[3]), {cell.header: cell for cell in second[3].cells}
    names = names_of(first[3])
    for cell in first[3].cells:
        pair = others.get(cell.header)
        if not cell.header or cell in names or pair is None or pair in other_names:
            continue
        yield _Pair(
            (0, cell.span.page, cell.span.start),
            cell.header,
            (cell, pair),
            (names, other_names),
            # Both rows must be of the document that is cited; they are of one page.
            first[1],
            first[0],
            first[2],
        )


def _both(sides: Sides) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    return (sides.first, sides.second), (sides.second, sides.first)


def _called(
    own: frozenset[str],
    other: frozenset[str],
    labelled: Sequence[tuple[str, _Named]],
    terms: Vocabulary,
) -> _Named | None:
    """What is labelled with the name of a side; the shortest label when several are."""
    best: tuple[float, int, _Named] | None = None
    for label, what in labelled:
        words = terms_of(label)
        if not words or len(label.split()) > _LABEL_WORDS or other & words - own:
            continue
        share = _weigh(own & words, terms) / (_weigh(own, terms) or 1.0)
        if share >= _FEW and (best is None or (share, -len(words)) > best[:2]):
            best = (share, -len(words), what)
    return None if best is None else best[2]


def _weigh(some: frozenset[str], terms: Vocabulary) -> float:
    return sum(terms.weights.get(term, 1.0) for term in some)


def _asked_of(question: Question, sides: Sides, pairs: list[_Pair]) -> list[_Pair]:
    """Those that the question asks for: by name, else by the kind of their values."""
    wanted = frozenset(question.terms) - sides.first - sides.second - _COMPARING
    named = [pair for pair in pairs if wanted & terms_of(pair.attribute)]
    if named:
        return named
    if sides.value is Expected.OPEN:
        return pairs
    asked = replace(question, expected=sides.value)
    valued = [
        pair
        for pair in pairs
        if all(holds_expected(asked, cell.text) >= 1.0 for cell in pair.cells)
    ]
    return valued or pairs
