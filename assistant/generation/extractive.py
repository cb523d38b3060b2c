"""The sentences, lists and cells that answer a question, best first, verbatim.

A unit is scored by the share of the question it covers, each term weighted by how rare it
is in the corpus (inverse document frequency): a term counts fully in the unit itself, less
in what names it (introduction, column header), less again in headings, title and
neighbours. What the question expects (an amount, a date…) must be there. The retrieval
score and, when given, the similarity of meaning complete it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.generation.evidence import (
    GetPage,
    Piece,
    Role,
    Unit,
    UnitKind,
    opens_with_reference,
    terms_of,
    units_of,
)
from assistant.generation.question import FACTUAL, Expected, Question
from assistant.language.analyser import analyse, stem
from assistant.language.entities import (
    EntityKind,
    find_amounts,
    find_dates,
    find_durations,
    find_emails,
    find_names,
    find_numbers,
    find_percentages,
    find_phones,
    find_sigles,
    find_urls,
)
from assistant.language.normalise import fold
from assistant.language.words import MONTHS
from assistant.model import Document, Hit

Idf = Callable[[str], float]
"""Inverse document frequency of an index term in the corpus."""

Similarity = Callable[[str, Sequence[str]], Any]
"""Similarity of meaning of a question with texts: an array, or `None` when unavailable."""

MAX_SENTENCES = 6
MAX_ITEMS = 15


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the extractive score; each is the value of the signal at its fullest.

    The match weights (`near` … `title`) say how much a term found there counts, against 1
    in the unit itself.
    """

    near: float = 0.85
    section: float = 0.6
    title: float = 0.5
    around: float = 0.35
    alias: float = 0.9
    relative: float = 0.5
    type_term: float = 0.4
    anchor: float = 1.3

    expected: float = 0.25
    missing: float = 0.35
    cue: float = 0.10
    named: float = 0.25
    rank: float = 0.2
    best_span: float = 0.06
    similarity: float = 0.25
    fragment: float = 0.15
    counted: float = 0.15


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit with what its score is made of."""

    unit: Unit
    score: float
    coverage: float
    expected: float
    matched: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown, and all that was weighed.

    Attributes:
        pieces: `(unit, pieces)` in the order shown; the first unit is the one that answers.
        ranked: scored units, best first.
    """

    chosen: tuple[tuple[Scored, tuple[Piece, ...]], ...] = ()
    ranked: tuple[Scored, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How the terms of a question weigh and what else may stand for them.

    Attributes:
        weights: term → weight.
        aliases: term → sets of terms, any of which, when complete, stands for it.
    """

    weights: Mapping[str, float]
    aliases: Mapping[str, tuple[frozenset[str], ...]] = field(default_factory=dict)


# Words that project leads use for one another; a match through them counts less than a word
# in common. General administrative French, not the vocabulary of any document.
_RELATED = (
    "financer financement budget dotation doter credit subvention enveloppe montant somme cout "
    "argent",
    "candidater candidature candidat deposer depot soumettre soumission postuler dossier envoyer "
    "transmettre adresser",
    "echeance delai limite calendrier date",
    "debut demarrer demarrage lancer lancement commencer",
    "fin terme cloture achever",
    "piloter pilotage gouvernance comite instance copil",
    "objectif but finalite viser ambition enjeu",
    "risque danger menace vigilance biais",
    "avantage benefice apport interet gain",
    "evaluer evaluation mesurer indicateur suivi",
    "critere condition exigence prerequis",
    "etape phase jalon demarche",
    "selectionner retenir laureat choisir choix selection",
    "professionnel soignant personnel agent equipe",
    "etablissement hopital structure",
    "former formation sensibiliser sensibilisation",
    "outil solution logiciel application dispositif",
    "obstacle frein difficulte limite",
    "aider aide soutenir soutien accompagner accompagnement appui",
    "deployer deploiement generaliser diffusion",
    "priorite prioritaire axe orientation",
    "mission role tache fonction",
    "publier publication annoncer annonce",
    "usage utilisation utiliser",
    "patient usager malade",
    "donnee information",
)
_RELATED_OF: dict[str, frozenset[str]] = {}
for _group in _RELATED:
    _stems = frozenset(stem(_word) for _word in _group.split())
    for _term in _stems:
        _RELATED_OF[_term] = _RELATED_OF.get(_term, frozenset()) | _stems

# What the question insists on, and how a text says it.
_CUES = (
    (r"\bmaxim|\bplafon|\bau plus\b", r"jusqu'|\bau plus\b|maxim|plafon|dans la limite|atteindre"),
    (r"\bminim|\bau moins\b", r"\bau moins\b|minim|a partir de"),
    (r"\btotal|\bglobal|\benveloppe", r"total|global|ensemble|\bdote|enveloppe"),
    (
        r"date limite|avant quand|jusqu'a quand|delai|echeance|cloture|au plus tard",
        r"date limite|au plus tard|\bavant le\b|jusqu'au|echeance|cloture|delai",
    ),
    (r"\bdebut|demarr|commenc|\blanc", r"\bdebut|demarr|a partir d|a compter d|\blanc|\bdes le"),
    (
        r"objectif|\bbut\b|finalite|\bvis(?:e|ent)\b|pourquoi|raison|enjeu",
        r"objectif|\bvis(?:e|ent)\b|\bafin d|permet|\bpour\b|finalite|ambition|\bcar\b|enjeu",
    ),
    (r"comment|maniere|facon|moyen", r"\bpar\b|grace|\bafin|s'appu|a travers|\ben \w+ant\b|via"),
    (r"differen|distingu|compar", r"differen|distingu|contrairement|tandis|alors que|\bplus\b"),
)
_COMPILED_CUES = tuple((re.compile(asked), re.compile(said)) for asked, said in _CUES)
_YEAR = re.compile(r"(?<![\d.,/-])(?:1[0-9]|20)\d\d(?![\d,/-]|\s?(?:€|euros?|%))")
_PRECISE = FACTUAL | {Expected.WHO, Expected.YES_NO, Expected.DEFINITION}
_DEFINES = re.compile(
    r"\b(?:est|sont|designe(?:nt)?|signifie|correspond(?:ent)? a|se definit|definie? comme|"
    r"consiste|regroupe|constitue|vise|a pour (?:but|objet|objectif|mission))\b"
)


def vocabulary(
    question: Question,
    idf: Idf,
    *,
    expansions: Mapping[str, str] | None = None,
    corrections: Mapping[str, str] | None = None,
    weights: Weights | None = None,
) -> Vocabulary:
    """Weigh the terms of a question.

    Args:
        question: understood.
        idf: rarity of a term in the corpus.
        expansions: sigle or phrase of the question → what the glossary says it stands for.
        corrections: mistyped term → known term searched instead.
        weights: see `Weights`.
    """
    weights = weights or Weights()
    # A term of the question may be in every passage: it still counts for a little.
    rarity = {term: max(0.2, float(idf(term))) for term in question.terms}
    for term in question.type_terms:
        rarity[term] *= weights.type_term
    for term in question.anchors:
        rarity[term] *= weights.anchor
    aliases: dict[str, list[frozenset[str]]] = {}
    for mistyped, mended in (corrections or {}).items():
        if mistyped in rarity:
            aliases.setdefault(mistyped, []).append(frozenset({mended}))
            rarity[mistyped] = max(0.2, float(idf(mended)))
    for name, stands_for in (expansions or {}).items():
        meant = frozenset(analyse(stands_for))
        # The glossary names a phrase by its terms, already stemmed.
        named = set(analyse(name)) | set(fold(name).split())
        for term in named & rarity.keys():
            if meant and term not in meant:
                aliases.setdefault(term, []).append(meant)
    return Vocabulary(rarity, {term: tuple(found) for term, found in aliases.items()})


def select(
    question: Question,
    hits: Sequence[Hit],
    *,
    get_page: GetPage,
    terms: Vocabulary,
    similarity: Similarity | None = None,
    weights: Weights | None = None,
) -> Selection:
    """Choose what answers a question among the passages found.

    Args:
        question: understood.
        hits: passages, best first.
        get_page: gives the stored pages that the passages stand on.
        terms: what `vocabulary` gave for the question.
        similarity: optional similarity of meaning; asked for the best few units only.
        weights: see `Weights`.

    Returns:
        The choice; empty when the hits hold no text.
    """
    weights = weights or Weights()
    asked = fold(question.text)
    cues = [said for asks, said in _COMPILED_CUES if asks.search(asked)]
    scored = [
        score_unit(question, terms, unit, weights, cues)
        for unit in units_of(hits, get_page)
        if unit.kind not in _UNSUITED.get(question.expected, frozenset())
    ]
    scored.sort(key=_order)
    if similarity is not None and scored:
        scored = _with_similarity(question, scored, similarity, weights)
    if not scored:
        return Selection()
    return Selection(tuple(_choose(question, scored)), tuple(scored))


_WHOLE = frozenset({UnitKind.LIST, UnitKind.SECTION})
# One value is asked for: a whole section or list would bury it. A list can be counted.
_UNSUITED: dict[Expected, frozenset[UnitKind]] = {
    **dict.fromkeys(FACTUAL, _WHOLE),
    Expected.COUNT: frozenset({UnitKind.SECTION}),
    Expected.WHO: frozenset({UnitKind.SECTION}),
    Expected.YES_NO: _WHOLE,
}


def _order(scored: Scored) -> tuple[float, int, int, int]:
    unit = scored.unit
    return (-scored.score, unit.rank, unit.block, unit.pieces[0].span.start)


def score_unit(
    question: Question,
    terms: Vocabulary,
    unit: Unit,
    weights: Weights,
    cues: Sequence[re.Pattern[str]] = (),
) -> Scored:
    """Score one unit; see the module's description.

    `cues` are the wordings that say what the question insists on (« au plus », « dès »…).
    """
    matched = match_terms(terms, unit, weights)
    total = sum(terms.weights.values()) or 1.0
    coverage = sum(terms.weights[term] * value for term, value in matched.items()) / total
    text = unit.text
    present = holds_expected(question, text, unit)
    score = coverage
    if question.expected in FACTUAL or question.expected is Expected.DEFINITION:
        strength = weights.expected if question.expected in FACTUAL else weights.expected / 2
        score += strength * present
        if not present:
            score -= weights.missing * (strength / weights.expected)
    else:
        score += present * weights.expected / 2
    if cues and any(said.search(fold(text)) for said in cues):
        score += weights.cue
    score += weights.rank / (1 + 0.5 * unit.rank)
    if any(_overlaps(piece, unit.hit) for piece in unit.pieces):
        score += weights.best_span
    if unit.size and str(unit.size) in {entity.value for entity in question.entities}:
        # « Les neuf axes »: a list of nine items.
        score += weights.counted
    if unit.kind in _WHOLE and unit.near:
        # A list named exactly as it is asked for, rather than one that mentions it.
        score += weights.named * len(unit.near & terms.weights.keys()) / len(unit.near)
    if unit.kind in (UnitKind.SENTENCE, UnitKind.ITEM):
        length = len(text.split())
        if length < 5 and not present and ":" not in text:
            score -= weights.fragment
        if length > 70:
            score -= weights.fragment / 2
        if unit.kind is UnitKind.SENTENCE and text.endswith(":"):
            # An introduction alone announces an answer without giving it.
            score -= weights.fragment
        if text.endswith("?"):
            # A question, as slides use for headings, answers nothing.
            score -= 2 * weights.fragment
    return Scored(unit, score, coverage, present, matched)


def _overlaps(piece: Piece, hit: Hit) -> bool:
    span, best = piece.span, hit.span
    return span.page == best.page and span.start < best.end and best.start < span.end


def match_terms(terms: Vocabulary, unit: Unit, weights: Weights) -> dict[str, float]:
    """Tell how well each term of the question is found in a unit and around it, in [0, 1]."""
    title = terms_of(unit.hit.document.metadata.title)
    own_weight = 1.0
    places: list[tuple[frozenset[str], float]] = [
        (unit.own, own_weight),
        (unit.near, weights.near),
        (unit.section, weights.section),
        (title, weights.title),
        (unit.around, weights.around),
    ]
    if unit.kind in (UnitKind.LIST, UnitKind.SECTION):
        # What a list is about stands in its introduction or its heading, not in its items.
        places[0] = (unit.own, 0.7)
        places[1] = (unit.near, 1.0)
        places[2] = (unit.section, weights.near if not unit.near else weights.section)
    if unit.kind is UnitKind.CELL:
        places[1] = (unit.near, 1.0)
    matched: dict[str, float] = {}
    everywhere = unit.own | unit.near
    for term in terms.weights:
        best = max((weight for found, weight in places if term in found), default=0.0)
        if best < own_weight:
            for found, weight in places[:2]:
                best = max(best, weight * stands_for(term, found, terms, weights))
            context = everywhere | unit.section | title
            if any(alias <= context for alias in terms.aliases.get(term, ())):
                best = max(best, weights.section)
        if best:
            matched[term] = best
    return matched


def stands_for(term: str, found: frozenset[str], terms: Vocabulary, weights: Weights) -> float:
    """Tell how well other words stand for a term: glossary, same family, related words."""
    if any(alias <= found for alias in terms.aliases.get(term, ())):
        return weights.alias
    if _RELATED_OF.get(term, frozenset()) & found or _same_family(term, found):
        return weights.relative
    return 0.0


def _same_family(term: str, found: frozenset[str]) -> bool:
    """Tell whether a word of the same family is there (« candidature », « candidat »)."""
    if len(term) < 6 or not term.isalpha():
        return False
    root = term[: max(6, len(term) - 3)]
    return any(other.startswith(root) for other in found)


def holds_expected(  # noqa: PLR0911  # one return per kind
    question: Question, text: str, unit: Unit | None = None
) -> float:
    """Tell how surely a text holds the kind of thing the question asks for, in [0, 1]."""
    asked = {entity.value for entity in question.entities}
    match question.expected:
        case Expected.AMOUNT:
            return float(any(found.value not in asked for found in find_amounts(text)))
        case Expected.PERCENTAGE:
            return 1.0 if find_percentages(text) else 0.5 * bool(find_durations(text))
        case Expected.DATE:
            if any(found.value not in asked for found in find_dates(text)):
                return 1.0
            return 0.6 * any(year not in asked for year in _YEAR.findall(text))
        case Expected.DURATION:
            return 1.0 if find_durations(text) else 0.5 * bool(find_dates(text))
        case Expected.COUNT:
            return _counts(question, text, asked)
        case Expected.CONTACT:
            return float(
                bool(find_emails(text) or find_urls(text) or find_phones(text) or "@" in text)
                or "[email" in text
            )
        case Expected.WHO:
            named = (*find_names(text), *find_sigles(text))
            return float(any(found.value not in asked for found in named))
        case Expected.DEFINITION:
            return float(_defines(question, text, unit))
        case Expected.LIST:
            several = unit is not None and unit.kind in _WHOLE
            return float(several or text.count(",") + text.count(";") >= 2)
        case _:
            return 0.0


def _counts(question: Question, text: str, asked: set[str]) -> float:
    """A number is surest just before what is counted (« 506 cas d'usage »)."""
    if question.counted:
        terms = analyse(text)
        for place, term in enumerate(terms):
            near = terms[place + 1 : place + 4]
            if term.isdigit() and term not in asked and question.counted in near:
                return 1.0
    numbers = {found.value for found in find_numbers(text)} - asked
    return 0.5 * bool(numbers - set(_YEAR.findall(text)))


def _defines(question: Question, text: str, unit: Unit | None) -> bool:
    """Tell whether a text defines what is asked: « X est… », « X : … », « … (X) »."""
    folded = fold(text)
    subject = frozenset(question.content_terms)
    for entity in question.entities:
        if entity.kind is EntityKind.SIGLE:
            name = re.escape(entity.value)
            # Spelt out next to it, on either side of the brackets.
            if re.search(rf"\(\s*{name}s?\s*\)|\b{name}s? \([a-z' -]{{6,}}\)", folded):
                return True
    for word in folded_subject(question):
        # « théranostique (contraction de … ) »
        if re.search(rf"\b{re.escape(word)}s? \((?!s\)|es?\))[a-z]", folded):
            return True
    if unit is not None and unit.kind is not UnitKind.CELL and _names(unit.near, subject):
        return True
    head, colon, rest = folded.partition(":")
    if colon and rest.strip() and len(head) < 80 and _names(terms_of(head), subject):
        return True
    opening = analyse(" ".join(folded.split()[:8]))
    return bool(opening and opening[0] in subject and _DEFINES.search(folded[:160]))


def folded_subject(question: Question) -> list[str]:
    """Words of the question, folded, that say what it is about."""
    subject = set(question.content_terms)
    return [
        word for word in re.findall(r"\w{4,}", fold(question.text)) if subject & set(analyse(word))
    ]


def _names(heading: frozenset[str], subject: frozenset[str]) -> bool:
    """Tell whether a heading names the subject and hardly anything else."""
    return bool(subject) and subject <= heading and len(heading - subject) <= 2


def _with_similarity(
    question: Question, scored: list[Scored], similarity: Similarity, weights: Weights
) -> list[Scored]:
    """Weigh the meaning of the best units; words alone chose them."""
    best = scored[:12]
    values = similarity(question.text, [item.unit.text[:600] for item in best])
    if values is None:
        return scored
    numbers = [float(value) for value in values]
    low, high = min(numbers), max(numbers)
    scale = (high - low) or 1.0
    raised = [
        replace(item, score=item.score + weights.similarity * ((number - low) / scale - 0.5))
        for item, number in zip(best, numbers, strict=True)
    ]
    return sorted(raised, key=_order) + scored[12:]


def _choose(question: Question, ranked: list[Scored]) -> list[tuple[Scored, tuple[Piece, ...]]]:
    """Order what is shown: the unit that answers, then what adds to it."""
    best = _newest(_prefer_whole_list(question, ranked), ranked)
    chosen: list[tuple[Scored, tuple[Piece, ...]]] = [(best, _trim(best.unit.pieces))]
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
            if other.unit.kind is UnitKind.LIST:
                return other
    wants_all = question.expected in (Expected.LIST, Expected.OPEN, Expected.HOW) or (
        question.plural and question.expected not in FACTUAL
    )
    if not wants_all:
        return best
    for other in ranked:
        if other.unit.kind is not UnitKind.LIST or other.unit.rank != best.unit.rank:
            continue
        introduced = other.unit.block == best.unit.block
        item_of = best.unit.group >= 0 and other.unit.group == best.unit.group
        near_enough = other.score >= 0.6 * best.score
        if (introduced or item_of) and near_enough:
            return other
    return best


def _newest(best: Scored, ranked: list[Scored]) -> Scored:
    """The same statement in a newer version of the document, when there is one."""
    newest = best
    for other in ranked:
        if other.score < 0.93 * best.score:
            break
        if (
            other.unit.kind is best.unit.kind
            and _is_version(other.unit.hit.document, best.unit.hit.document)
            and (other.unit.hit.document.metadata.date or "")
            > (newest.unit.hit.document.metadata.date or "")
        ):
            newest = other
    return newest


def _is_version(one: Document, other: Document) -> bool:
    """Tell whether two documents look like versions of one: same kind, titles alike."""
    if one.id == other.id or one.metadata.kind != other.metadata.kind:
        return False
    first, second = (
        {term for term in terms_of(title) if term.isalpha()} - _DATE_TERMS
        for title in (one.metadata.title, other.metadata.title)
    )
    return len(first & second) >= 0.5 * max(1, len(first | second))


_DATE_TERMS = frozenset(stem(month) for month in MONTHS)


def _rest_of_row(best: Scored, ranked: list[Scored]) -> list[tuple[Scored, tuple[Piece, ...]]]:
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


def _redundant(
    unit: Unit, chosen: list[tuple[Scored, tuple[Piece, ...]]], shown: list[str]
) -> bool:
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
    return (*intro, *[piece for piece in pieces if piece.role != "list_intro"][:MAX_ITEMS])


KIND_OF_EXPECTED: dict[Expected, EntityKind] = {
    Expected.AMOUNT: EntityKind.AMOUNT,
    Expected.DATE: EntityKind.DATE,
    Expected.PERCENTAGE: EntityKind.PERCENTAGE,
    Expected.DURATION: EntityKind.DURATION,
}
