"""Evidence of the fields that the corpus fills: chosen piece by piece, shown once.

A piece on this very use case fills a field documented by it. Failing that, a field that allows it
shows what holds for any use case of AI, and says so. A piece goes to the field whose words it
holds best; what defines the method itself is in the grid already and proves nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from assistant.fiches.method import FieldSpec, Method
from assistant.fiches.model import Request, Scope, Statement
from assistant.fiches.reading import Library, Read, of_another
from assistant.fiches.subject import Terms, grams, phrase, speaks_of_ai
from assistant.generation.predicates import has_verb
from assistant.generation.units import UnitKind
from assistant.language.normalise import fold, squash
from assistant.model import Filters

HITS: Final = 20
GENERAL_SHOWN: Final = 2
"""Statements on any use case shown in one field: they are a reminder, not its content."""
_ASKED_CHARS: Final = 300
_LEAST_FIT: Final = 0.5
_ANY: Final = 0.1
"""Fit of any piece on the use case with a field that has no words of its own."""
_METHOD_KIND: Final = "methode"
TO_READ: Final = 6
"""Publications only named by the corpus, shown at most in a fiche."""
_READ_IT: Final = "À consulter\u00a0: le corpus n’en donne que le titre."
_LISTED: Final = re.compile(r"\bpublications?\b|\bbibliographie\b|\bressources\b|\bliens\b")
_QUOTED: Final = re.compile(r"«[^»]*»|\"[^\"]*\"|“[^”]*”")
_PURPOSE: Final = re.compile(
    r"(?:\W*(?:objectif|action|axe|priorite|orientation|ambition|mesure)s?\b[^:]{0,20}:)?"
    r"\W*(?:\d+\W+)?(?:[a-z]+(?:[b-hj-z]er|ir)|(?:per|trans|re)?mettre|\w{3,}(?:dre|ire|vre))\b"
)
"""An aim opens with its verb (« Objectif 1 : renforcer… »); « dossier » does not pass."""
_MEASURE: Final = re.compile(r"\d\s?(?:%|€|k€|m€|euros?\b)")
_FUNCTIONS: Final = re.compile(r"\bfonctions?\b")
_RESULTS: Final = re.compile(r"\bimpacts?\b|\bbenefices?\b|\bgains?\b|\bresultats?\b")


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a field: sets of index terms, and signs that have none (« % »)."""

    phrases: tuple[frozenset[str], ...]
    signs: tuple[str, ...]


@lru_cache(maxsize=512)
def words_of(words: tuple[str, ...]) -> Words:
    """Words of the grid as they are looked for in texts."""
    phrases = dict.fromkeys(phrase(word) for word in words)
    return Words(
        tuple(one for one in phrases if one),
        tuple(word for word in words if not phrase(word)),
    )


def fit(read: Read, words: Words, library: Library, *, near: bool = False) -> float:
    """How well a piece holds the words of a field; 0 when it holds none.

    A word counts for how rare it is, in full in the piece itself, for less in the label that it
    stands under. Those of the title are everywhere in what speaks of it: they count for nothing.

    Args:
        read: a piece.
        words: those of the field.
        library: gives the rarity of terms, and the title.
        near: whether a word counts in the introduction of a list as under a label.
    """
    text = grams(read.text)
    beside = grams(read.label) | (read.unit.near if near else frozenset())
    worth = sum(0.3 for sign in words.signs if sign in read.text)
    idf = library.attempt.serving.search.idf
    for one in words.phrases:
        if one <= library.title:
            continue
        terms = {term for pair in one for term in pair.split()}
        rarity = max(_LEAST_FIT, sum(idf(term) for term in terms) / len(terms))
        if one <= text:
            worth += rarity
        elif one <= beside:
            worth += 0.8 * rarity
    return worth


@dataclass(frozen=True, slots=True)
class _Candidate:
    read: Read
    key: str
    fit: float
    scope: Scope

    @property
    def order(self) -> tuple[float, int, tuple[str, int, int]]:
        score = 2 * self.read.covered.share + 0.15 * self.fit - 0.03 * self.read.rank
        return -score, self.read.rank, self.read.key


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the corpus gives for a fiche.

    Attributes:
        statements: field key → verified statements, the best first.
        pieces: every piece read on the way, those on this use case first.
        to_read: publications that the corpus only names, for the fields that have nothing better.
    """

    statements: dict[str, list[Statement]]
    pieces: list[Read]
    to_read: list[Statement]


def evidence(library: Library, request: Request, method: Method) -> Evidence:
    """Read the corpus for each field that is filled from it.

    Args:
        library: retrieval, and the subject of the use case.
        request: what was typed.
        method: the grid, whose fields say what is searched.
    """
    grid = _criteria(method)
    asked = " ".join(f"{request.title} {request.need}".split())[:_ASKED_CHARS]
    pool = {one.key: one for one in library.read(asked, Filters(), limit=2 * HITS)}
    general: dict[str, list[Read]] = {}
    specs = [one for one in method.fields if one.queries]
    for spec in specs:
        filters = Filters(kinds=spec.kinds)
        for query in spec.queries:
            found = library.read(query.replace("{titre}", asked), filters, limit=HITS)
            for one in found:
                pool.setdefault(one.key, one)
            if "{titre}" not in query:
                general.setdefault(spec.key, []).extend(found)
    read = [one for one in pool.values() if not _of_grid(one, grid)]
    pieces = sorted(read, key=lambda one: (not one.about, one.rank, one.key))
    chosen = _placed(library, specs, pieces)
    to_read = _add_general(library, specs, general, chosen)
    return Evidence(chosen, pieces, to_read)


def _criteria(method: Method) -> list[Terms]:
    """What the criteria of the grid and their aspects are called."""
    named = (name for one in method.criteria for name in (one.label or "", *one.aspects))
    return [one for one in map(phrase, named) if any(" " in term for term in one)]


def _of_grid(read: Read, grid: Sequence[Terms]) -> bool:
    """Whether a piece explains a criterion of the grid: it is so of every use case."""
    above = grams(" ".join(read.unit.hit.passage.section[-2:]))
    return any(one <= above for one in grid)


def allowed(spec: FieldSpec, read: Read) -> bool:
    """Whether a document of this kind may fill a field."""
    return not spec.kinds or read.unit.hit.document.metadata.kind in spec.kinds


def _placed(
    library: Library, specs: Sequence[FieldSpec], pieces: Sequence[Read]
) -> dict[str, list[Statement]]:
    """Pieces on this use case, each in the field whose words it holds best."""
    best: dict[tuple[str, int, int], _Candidate] = {}
    for read in pieces:
        if not read.about or not read.tells or _FUNCTIONS.search(fold(read.label)):
            continue
        result = bool(_RESULTS.search(fold(read.label)))
        for spec in specs:
            if not read.ai and not spec.without_ai:
                continue
            # What a card lists as impacts argues for a note; with a figure, it is an objective.
            if not allowed(spec, read) or (result and not _measured(spec, read)):
                continue
            worth = fit(read, words_of(spec.terms), library) if spec.terms else _ANY
            known = best.get(read.key)
            if worth > 0 and (known is None or worth > known.fit):
                best[read.key] = _Candidate(read, spec.key, worth, "sujet")
    limits = {spec.key: spec.limit for spec in specs}
    chosen: dict[str, list[Statement]] = {}
    for one in sorted(best.values(), key=lambda candidate: candidate.order):
        _keep(library, one, chosen, limits[one.key])
    return chosen


def _measured(spec: FieldSpec, read: Read) -> bool:
    return any(sign in read.text for sign in words_of(spec.terms).signs)


def _keep(
    library: Library, one: _Candidate, chosen: dict[str, list[Statement]], limit: int
) -> None:
    """Show a candidate, unless its field is full or the same words are shown already."""
    said = chosen.setdefault(one.key, [])
    if len(said) >= limit:
        return
    shown = {squash(statement.text) for kept in chosen.values() for statement in kept}
    made = library.statements(one.read, one.scope)
    if made and not any(squash(statement.text) in shown for statement in made):
        said += made[: limit - len(said)]


def _add_general(
    library: Library,
    specs: Sequence[FieldSpec],
    general: Mapping[str, Sequence[Read]],
    chosen: dict[str, list[Statement]],
) -> list[Statement]:
    """What holds for any use case, in the fields that allow it and have nothing better.

    Returns:
        Publications that the corpus names without saying anything of what they hold.
    """
    candidates: list[_Candidate] = []
    named: list[_Candidate] = []
    for spec in specs:
        if not spec.general or chosen.get(spec.key):
            continue
        words = words_of(spec.terms)
        for read in general.get(spec.key, ()):
            if read.about or not read.tells or not holds_for_any(read, library.known):
                continue
            worth = fit(read, words, library, near=True)
            if worth >= _LEAST_FIT:
                told = spec.kind == "financement" or states(read)
                (candidates if told else named).append(_Candidate(read, spec.key, worth, "general"))
    for found in (candidates, named):
        found.sort(key=lambda one: (0.1 * one.read.rank - one.fit, one.read.key))
    for one in candidates:
        _keep(library, one, chosen, GENERAL_SHOWN)
    to_read: dict[str, list[Statement]] = {}
    for one in named:
        if not chosen.get(one.key):
            _keep(library, one, to_read, GENERAL_SHOWN)
    said = [one for found in to_read.values() for one in found][:TO_READ]
    return [one.model_copy(update={"remark": _READ_IT}) for one in said]


def states(read: Read) -> bool:
    """Whether a piece says something: a verb of its own, an aim, a figure.

    The title of a publication says nothing of what it holds, nor does an item of a list of
    publications.
    """
    if _LISTED.search(fold(" ".join(read.unit.hit.passage.section[-1:]))):
        return False
    text = _QUOTED.sub(" ", read.text)
    plain = fold(text)
    return has_verb(text) or bool(_PURPOSE.match(plain) or _MEASURE.search(plain))


def holds_for_any(read: Read, known: frozenset[Terms]) -> bool:
    """Whether a piece speaks of AI without speaking of one use case.

    Args:
        read: a piece.
        known: expressions that tell one use case from another.
    """
    if read.unit.kind is UnitKind.CELL:
        return False
    if read.unit.hit.document.metadata.kind == _METHOD_KIND:
        return False
    # The title of a document does not make each of its sentences one on AI.
    near = grams(read.text) | read.unit.near | read.headings
    return speaks_of_ai(near) and not of_another(read, known)
