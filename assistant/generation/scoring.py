"""How well a sentence, a list or a cell answers a question.

A unit is scored by the share of the question it covers, each term weighted by how rare it
is in the corpus (inverse document frequency): a term counts fully in the unit itself, less
in what names it (introduction, column header), less again in headings, title and
neighbours. What the question expects (an amount, a date…) must be there. How close its meaning
comes to the closest of all, and the retrieval rank, complete it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.generation.definition import defines
from assistant.generation.question import TELLING, Expected, Question
from assistant.generation.units import Piece, Unit, UnitKind, terms_of
from assistant.generation.untrusted import is_suspect
from assistant.generation.wanted import holds, lasts
from assistant.generation.wordings import spellings
from assistant.language.analyser import analyse, stem
from assistant.language.entities import (
    find_amounts,
    find_dates,
    find_durations,
    find_emails,
    find_numbers,
    find_percentages,
    find_phones,
    find_urls,
)
from assistant.language.labels import labels_of, of_another
from assistant.language.normalise import fold
from assistant.model import Hit

Idf = Callable[[str], float]
"""Inverse document frequency of an index term in the corpus."""

FAR = 0.05
"""Cosine under that of the closest unit from which meaning says nothing for a unit any more."""

_SHORT, _LONG = 5, 70
"""Words of a sentence under and over which it answers less well."""
_NEW = 2
"""Terms that a unit must add to those of the question to answer it."""
_SOME = 0.5

WHOLE = frozenset({UnitKind.LIST, UnitKind.SECTION})
"""Units shown whole: their items answer together."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the extractive score; each is the value of the signal at its fullest.

    The match weights (`near` … `title`) say how much a term found there counts, against 1
    in the unit itself. `meaning` was chosen, with `FAR`, on 195 development questions: the unit
    that holds the fact comes first for 78 % of them instead of 74 %, 45 % of the paraphrases
    instead of 32 %; any weight from 0.3 to 0.5 does as well.
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
    meaning: float = 0.4
    best_span: float = 0.06
    fragment: float = 0.15
    counted: float = 0.15
    suspect: float = 0.3


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit with what its score is made of."""

    unit: Unit
    score: float
    coverage: float
    expected: float
    matched: Mapping[str, float]


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
    "responsable pilote referent",
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
_WHEN = re.compile(
    r"\b(?:en|fin|debut|courant|depuis|des|avant|d'ici|jusqu'en|annee|ete|automne|hiver|printemps|"
    r"trimestre|semestre) (?:de l'annee |de |fin |debut |l'annee )?((?:19|20)\d\d)(?!,?\d|[/-])"
)
"""A year that says when: « fin 2022 », « depuis 2016 », « avant la fin de l'année 2024 »."""
_YEAR = re.compile(r"(?<![\d.,/-])(?:1[0-9]|20)\d\d(?!,?\d|[/-]|\s?(?:€|euros?|%))")


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
    for term in question.type_terms | (question.implied & rarity.keys()):
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
    for term, meant in spellings(question.terms):
        if meant not in aliases.setdefault(term, []):
            aliases[term].append(meant)
    return Vocabulary(rarity, {term: tuple(found) for term, found in aliases.items()})


def cues_of(question: Question) -> list[re.Pattern[str]]:
    """Wordings that say what a question insists on (« au plus », « dès »…)."""
    asked = fold(question.text)
    return [said for asks, said in _COMPILED_CUES if asks.search(asked)]


def score_unit(
    question: Question,
    terms: Vocabulary,
    unit: Unit,
    weights: Weights,
    cues: Sequence[re.Pattern[str]] = (),
    closest: float = 0.0,
) -> Scored:
    """Score one unit; see the module's description.

    Args:
        question: understood.
        terms: what `vocabulary` gave for it.
        unit: what may answer.
        weights: see `Weights`.
        cues: what `cues_of` gave for the question.
        closest: highest `meaning` of all the units it is weighed against.
    """
    matched = match_terms(terms, unit, weights)
    another = _void_labels(question, unit, matched)
    total = sum(terms.weights.values()) or 1.0
    coverage = sum(terms.weights[term] * value for term, value in matched.items()) / total
    text = unit.text
    present = holds_expected(question, text, unit)
    score = coverage
    if question.expected in TELLING:
        score += weights.expected * present
        if not present:
            score -= weights.missing
    else:
        score += present * weights.expected / 2
    if cues and any(said.search(fold(text)) for said in cues):
        score += weights.cue
    score += weights.rank / (1 + 0.5 * unit.rank)
    if closest:
        score += weights.meaning * _closeness(unit, closest)
    if any(_overlaps(piece, unit.hit) for piece in unit.pieces):
        score += weights.best_span
    if unit.size and str(unit.size) in {entity.value for entity in question.entities}:
        # « Les neuf axes »: a list of nine items.
        score += weights.counted
    if unit.kind in WHOLE and unit.near:
        # A list named exactly as it is asked for, rather than one that mentions it.
        score += weights.named * len(unit.near & terms.weights.keys()) / len(unit.near)
    if unit.kind in (UnitKind.SENTENCE, UnitKind.ITEM):
        answers = present >= _SOME or question.expected is Expected.YES_NO
        score -= weights.fragment * _unsaying(unit, text, present)
        if not answers and len(unit.own - terms.weights.keys()) < _NEW:
            # Hardly more than the question, as a title says.
            score -= 2 * weights.fragment
    if another or _other_table(question, unit, terms, weights):
        score -= weights.missing
    # Orders to a model, code, heaps of key words: quoted only for want of anything else.
    score *= weights.suspect if is_suspect(text) else 1.0
    return Scored(unit, score, coverage, present, matched)


def _void_labels(question: Question, unit: Unit, matched: dict[str, float]) -> bool:
    """Take back, in place, what only the number or the noun of another thing matched.

    Returns:
        Whether the unit is about « axe 3 » when « axe 4 » is asked about.
    """
    if not (question.labels or question.listed):
        return False
    found = frozenset[tuple[str, str]]().union(*map(labels_of, unit.hit.passage.section))
    for noun, _ in found - question.labels:
        if noun in question.listed and noun not in unit.own | unit.near:
            # What stands under « Axe 3 » is not the list of the axes.
            matched.pop(noun, None)
    if question.labels and unit.kind not in WHOLE:
        found |= labels_of(unit.text)
    if not of_another(question.labels, found):
        return False
    for _, number in question.labels:
        matched.pop(number, None)
    return True


def _other_table(question: Question, unit: Unit, terms: Vocabulary, weights: Weights) -> bool:
    """Whether a whole table lists something else: no heading of it names what is asked for.

    The words of a question are easily found here and there in its rows.
    """
    if unit.kind is not UnitKind.LIST or unit.pieces[0].role != "table" or not question.listed:
        return False
    # A first row that nothing marks as a header may be one (« 9 axes »).
    named = unit.near | unit.section | terms_of(unit.pieces[0].text)
    return not any(
        noun in named or stands_for(noun, named, terms, weights) for noun in question.listed
    )


def _closeness(unit: Unit, closest: float) -> float:
    """How near a unit comes to the closest meaning of all, in [0, 1]."""
    if not unit.meaning:
        return 0.5  # not compared: a passage read besides those found
    return max(0.0, 1 - (closest - unit.meaning) / FAR)


def _overlaps(piece: Piece, hit: Hit) -> bool:
    span, best = piece.span, hit.span
    return span.page == best.page and span.start < best.end and best.start < span.end


def _unsaying(unit: Unit, text: str, present: float) -> float:
    """How much the form of a sentence or item makes it a poor answer, in fragments."""
    length = len(text.split())
    poor = 0.0
    if length < _SHORT and not present and ":" not in text:
        poor += 1
    if length > _LONG:
        poor += 0.5
    if unit.kind is UnitKind.SENTENCE and text.endswith(":"):
        poor += 1  # an introduction alone announces an answer without giving it
    if text.endswith("?"):
        poor += 2  # a question, as slides use for headings, answers nothing
    return poor


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
    everywhere = unit.own | unit.near | unit.section | title
    heaviest = sorted(places, key=lambda place: -place[1])
    for term in terms.weights:
        best = 0.0
        for found, weight in heaviest:
            if term in found:
                best = weight
                break
        if best < own_weight:
            for found, weight in places[:2]:
                if weight > best:
                    best = max(best, weight * stands_for(term, found, terms, weights))
            if any(alias <= everywhere for alias in terms.aliases.get(term, ())):
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
            if any(year not in asked for year in _WHEN.findall(fold(text))):
                return 0.9
            bare = 0.6 * any(year not in asked for year in _YEAR.findall(text))
            # « Dans les dix ans » answers « à quelle échéance ».
            return bare or 0.4 * bool(find_durations(text))
        case Expected.DURATION:
            return 1.0 if lasts(text) else 0.5 * bool(find_dates(text))
        case Expected.COUNT:
            counted = _counts(question, text, asked)
            # Any list holds some number: it says how many of what only beside the word.
            loose = unit is not None and unit.kind in WHOLE and counted < 1
            return counted / 2 if loose else counted
        case Expected.CONTACT:
            return float(
                bool(find_emails(text) or find_urls(text) or find_phones(text) or "@" in text)
                or "[email" in text
            )
        case Expected.DEFINITION:
            # Beside the name of a row, words may define it; a figure does not.
            named = unit is not None and (unit.kind is not UnitKind.CELL or len(unit.own) > 1)
            return defines(question, text, unit.near if unit and named else frozenset())
        case Expected.LIST:
            several = unit is not None and unit.kind in WHOLE
            return float(several or text.count(",") + text.count(";") >= 2)
        case _:
            return holds(question, text)


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
