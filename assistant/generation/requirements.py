"""How far an extract meets what a question demands.

A near miss is a true sentence about something else: the number of another thing, the head of
another house, the date of another event. Sharing words with the question is not enough; what is
asked for (« lits », « directeur général »), what is said of it (« retenus », « abrogé »), whom or
which one (« Besançon », « n° 4 », « 2023 ») must each stand in the extract or in what names it,
and a value must be that of what is asked. `abstention` weighs the results.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.generation.claims import read_claim
from assistant.generation.demands import Demand, demand_of
from assistant.generation.question import Expected, Question
from assistant.generation.scoring import Scored, Vocabulary, Weights, stands_for
from assistant.generation.units import Unit, UnitKind, terms_of
from assistant.generation.wanted import names_another
from assistant.generation.wordings import opposites, related, same_root
from assistant.language.analyser import analyse, stem
from assistant.language.entities import (
    EntityKind,
    find_amounts,
    find_dates,
    find_emails,
    find_percentages,
    find_phones,
    find_urls,
)
from assistant.language.normalise import fold
from assistant.language.words import words
from assistant.model import Hit

_MATCH = Weights()
_NOT_WORD = re.compile(r"[\W_]+|\.pdf$")
_KIN = 0.85
"""What a synonym or a word of the same family counts for, against 1 for the word itself."""

_SPARED = 0.3
"""Share of the words of a question that a paraphrase may lack."""
_NO_WORDS = Vocabulary({})

_SEVERAL = 2
_READ = 3
"""Extracts read, at most: those that follow add to the answer."""
_WHOLE_ROOT = 5
"""Letters from which a term that another opens with is of its family (« europ », « européen »)."""

# How much it counts that a demanded word stands there, the extract and what names it being 1.
_SECTION, _TITLE, _AROUND, _PASSAGE, _DOCUMENT = 0.75, 0.65, 0.5, 0.35, 0.25

_ROLE_OF = {
    stem(verb): stem(role)
    for verb, role in (("dirige", "directeur"), ("preside", "president"), ("anime", "animateur"))
}
_ROLE_SAID = re.compile(
    r"\b(?P<role>direct(?:eur|rice)s?|president(?:e|s|es)?|presidence|direction|responsables?|"
    r"chef(?:fe)?s?|secretaires?|delegue(?:e|s)?|coordi?n\w*t(?:eur|rice)s?|referent(?:e|s)?|"
    r"ministres?|animat(?:eur|rice)s?|pilotes?|charge(?:e|s)?)"
    r"(?: (?P<adjective>general|generale|adjointe?|technique|medical|medicale|executif|regional|"
    r"regionale))?(?: (?:de la |de l'|du |des |de |d')(?P<of>\w+))?"
)
_HOUSES = frozenset(
    stem(word)
    for word in words(
        "organisme structure entreprise societe institution agence acteur entite association "
        "hopital etablissement clinique laboratoire cabinet ministere universite groupe"
    )
)
"""Kinds of houses: the name of one need not say its kind (« PROTEOR »)."""
_BORNE = _HOUSES | frozenset(
    stem(word)
    for word in words(
        "logiciel outil application modele robot editeur prestataire fournisseur projet hotel "
        "plateforme produit marque solution"
    )
)
"""Kinds of things that bear a name: asked for in the singular, it is that name that is wanted."""
_UNNAMED = 0.3
_SOMEBODY = re.compile(
    rf"{_ROLE_SAID.pattern}|\bqui\b|\bpersonne\b|\bm(?:me|onsieur|adame)\b"
    r"|\b(?:auteur|medecin|maire|prefet)"
)
_PLACED = 0.6
"""What a name counts for when a place is asked: « marathon d'idées, Port-Vallier »."""
_COST = re.compile(r"\bcout|\bprix\b|\btarif|\bsalaire|\bfactur|\bdepens|\bpay(?:er|ant|e)\b")
_SUMS = frozenset(
    stem(word) for word in words("plafond salaire amende milliard million euro loyer recette")
)

_UNSAID = re.compile(
    r"\ba (?:confirmer|definir|preciser|completer|determiner|venir)\b"
    r"|\b(?:n'est|n'a|n'ont|ne sont|n'etait)\b[^.;]{0,20}\b(?:pas|jamais|ni)\b[^.;]{0,15}"
    r"\b(?:reproduit|precise|indique|communique|connu|publie|donne|mentionne|renseigne|fixe|"
    r"disponible|trouve|arrete)e?s?\b|\bnon (?:communique|renseigne|precise|connu|disponible)"
    r"|\bsans (?:les? |la |l')?(?:enumerer|preciser|indiquer|nommer|detailler|citer)\b"
    r"|\bne (?:precise|donne|mentionne|indique|figure)(?:nt)? (?:pas|ni|aucun)"
)
_DENIED = re.compile(r"\bnon\b|\bne?\b[^.;]{0,30}\b(?:pas|plus|aucune?|jamais)\b|\bn'")
_SHARES = re.compile(
    r"\b(?:moitie|tiers|quarts?|dixieme|majorite|minorite)\b|\b\w+ sur (?:\d+|deux|trois|quatre|"
    r"cinq|dix)\b|\b\d+ ?(?:%|pour cent)"
)


class Evidence:
    """Where the words of one extract stand, from the extract itself to its document."""

    def __init__(self, unit: Unit, hits: Sequence[Hit], terms: Vocabulary) -> None:
        """Gather what stands in an extract and around it.

        Args:
            unit: the extract.
            hits: passages found; those of its document speak for it, faintly.
            terms: aliases of the words of the question.
        """
        metadata = unit.hit.document.metadata
        title = " ".join(
            part for part in (metadata.title, metadata.publisher, metadata.region) if part
        )
        named = terms_of(title)
        self._naming = named | terms_of(_NOT_WORD.sub(" ", unit.hit.document.file)) | unit.section
        document = frozenset[str]().union(
            *(terms_of(hit.passage.text) for hit in hits if hit.document.id == unit.hit.document.id)
        )
        self._terms = terms
        self._places: tuple[tuple[frozenset[str], float], ...] = (
            (unit.own | unit.near, 1.0),
            (unit.section, _SECTION),
            (named, _TITLE),
            (unit.around, _AROUND),
            (terms_of(unit.hit.passage.text), _PASSAGE),
            (document, _DOCUMENT),
        )
        self._found = _by_document(hits)
        self._own = self._found.get(unit.hit.document.id, [])

    def level(self, term: str) -> float:
        """Tell how near a word of the question, or one that stands for it, is: in [0, 1]."""
        best = 0.0
        for place, weight in self._places:
            if weight <= best:
                break
            if term in place:
                best = max(best, weight)
            elif weight * _KIN > best and self._stands_for(term, place):
                best = max(best, weight * _KIN)
        return best

    def named(self, name: frozenset[str]) -> float:
        """The level of a name; one that all documents, or all of this one, speak of goes unsaid."""
        level = self.all_of(name)
        if level >= _TITLE:
            return level
        documents = [any(name <= place for place in places) for places in self._found.values()]
        passages = [name <= place for place in self._own]
        common = any(
            len(said) >= _SEVERAL and sum(said) * 2 >= len(said) for said in (documents, passages)
        )
        return _TITLE if common else level

    def source(self, name: frozenset[str]) -> float:
        """The level of a document that is to answer: what names it, its file included, is enough.

        A document called by what it is for (« le webinaire », « le SRS ») need not say so on
        each page.
        """
        if all(term in self._naming or self._stands_for(term, self._naming) for term in name):
            return 1.0
        return self.named(name)

    def _stands_for(self, term: str, place: frozenset[str]) -> bool:
        return bool(stands_for(term, place, self._terms, _MATCH)) or any(
            related(term, other) or (len(term) >= _WHOLE_ROOT and other.startswith(term))
            for other in place
        )

    def all_of(self, group: Iterable[str]) -> float:
        """The level of the farthest word of a group; 1 for none."""
        return min((self.level(term) for term in group), default=1.0)


def _by_document(hits: Sequence[Hit]) -> dict[str, list[frozenset[str]]]:
    found: dict[str, list[frozenset[str]]] = {}
    for hit in hits:
        metadata = hit.document.metadata
        said = terms_of(hit.passage.text) | terms_of(" ".join(hit.passage.section))
        found.setdefault(hit.document.id, []).append(said | terms_of(metadata.title))
    return found


def met(
    question: Question, scored: Scored, hits: Sequence[Hit], terms: Vocabulary
) -> dict[str, float]:
    """Tell how far an extract meets what a question demands; every value is in [0, 1].

    - `value`: a value of the kind asked is there, and of the right thing as far as one sees;
    - `names`: the farthest of the names and sigles;
    - `marks`: the farthest of the years, numbers and ranks;
    - `unsaid`: 1 when the extract says that this is unknown (« à confirmer »);
    - `subject`: the farthest of the words in the phrases of its names (« l'AMI **imagerie** »);
    - `void`: share, by rarity, of the words of the question found nowhere, nor any of their kin
    - `together`: all of these at once, with what is asked for (« lits ») and what is said of it
      (« fermés »): one that fails fails the whole.

    Args:
        question: understood.
        scored: an extract.
        hits: passages found.
        terms: weights and aliases of the question's terms.
    """
    unit = scored.unit
    demand = demand_of(question)
    evidence = Evidence(unit, hits, terms)
    folded = fold(unit.text).replace("’", "'")
    weights = {term: terms.weights.get(term, 1.0) for term in question.content_terms}
    void = sum(weight for term, weight in weights.items() if not evidence.level(term))
    # Each side of a comparison stands in an extract of its own.
    sides = question.expected is Expected.COMPARISON
    worst = max if sides else min
    thing = _given(question, demand, evidence, unit)
    action = _acted(demand.action, evidence, folded, unit)
    found = {
        "value": _value(question, scored, demand),
        "names": worst(
            (
                *(evidence.named(name) for name in demand.names),
                *(evidence.source(name) for name in demand.sources),
            ),
            default=1.0,
        ),
        "marks": worst(
            (
                *(evidence.all_of(mark) for mark in demand.marks),
                *(max(evidence.level(term) for term in rank) for rank in demand.ranks),
            ),
            default=1.0,
        ),
        "subject": 1.0 if sides else evidence.all_of(demand.subject),
        # « Le plafond est-il fixé ? » is answered by « le plafond n'est pas fixé ».
        "unsaid": float(question.expected is not Expected.YES_NO and bool(_UNSAID.search(folded))),
        "void": void / (sum(weights.values()) or 1.0),
    }
    # « Pourquoi X a-t-il quitté » asks of nothing else than X having left; elsewhere another verb
    # often says the same.
    if question.expected is Expected.WHO:
        action = 0.25 + 0.75 * action
        if demand.acted_on:
            # Who leads another thing is a true sentence too.
            action *= evidence.level(demand.acted_on)
    elif question.expected is not Expected.PURPOSE:
        action = (1.0 + action) / 2
    if not (sides or demand.thing or demand.action):
        # Nothing says what is asked but the words themselves: most must be found somewhere.
        thing = min(1.0, _SPARED + 1.0 - found["void"])
    found["together"] = (
        thing
        * (evidence.level(demand.of) if demand.of else 1.0)
        * action
        * found["value"]
        * found["names"]
        * found["marks"]
        * (1.0 + found["subject"])
        / 2
    )
    return found


def best_met(
    question: Question, shown: Sequence[Scored], hits: Sequence[Hit], terms: Vocabulary
) -> dict[str, float]:
    """What the best of the first extracts meets, as `met` gives it.

    The reader sees them together: the one that answers need not come first.

    Args:
        question: understood.
        shown: extracts, best first; one at least.
        hits: passages found.
        terms: weights and aliases of the question's terms.
    """
    measured = [met(question, one, hits, terms) for one in shown[:_READ]]
    return max(
        measured,
        key=lambda found: sum(found[name] for name in ("together", "value", "names", "marks")),
    )


def _given(question: Question, demand: Demand, evidence: Evidence, unit: Unit) -> float:
    """How near what is asked for is; a kind of house or of product is answered by a name."""
    level = evidence.all_of(demand.thing)
    borne = bool(demand.thing) and demand.thing[0] in _BORNE
    if not borne or question.expected not in (Expected.OPEN, Expected.WHO, Expected.LIST):
        return level
    if names_another(question, unit.text):
        return max(level, _KIN) if demand.thing[0] in _HOUSES else level
    return level if question.plural else level * _UNNAMED


def _acted(action: str | None, evidence: Evidence, folded: str, unit: Unit) -> float:
    """How near the action is, or its contrary denied (« rejeté », « non retenu »)."""
    if action is None:
        return 1.0
    level = evidence.level(action)
    if level < _KIN and _DENIED.search(folded):
        for one, other in opposites():
            for here, there in ((one, other), (other, one)):
                if action in here and there & unit.own:
                    return _KIN
    return level


def _value(question: Question, scored: Scored, demand: Demand) -> float:  # noqa: PLR0911
    text = scored.unit.text
    asked = {entity.value for entity in question.entities}
    if _SUMS & set(question.terms) and question.expected in (Expected.OPEN, Expected.COUNT):
        return _sum(question, text, asked)
    match question.expected:
        case Expected.COUNT:
            counted = _count(question, scored.unit, asked)
            # « Combien peut-on obtenir ? » counts nothing: a sum answers.
            return max(counted, 0.0 if question.counted else _sum(question, text, asked))
        case Expected.AMOUNT:
            return _sum(question, text, asked)
        case Expected.PERCENTAGE:
            said = 0.8 * bool(_SHARES.search(fold(text)))
            return 1.0 if find_percentages(text) else said
        case Expected.DATE:
            return _dated(scored, demand, asked)
        case Expected.CONTACT:
            return float(bool(find_emails(text) or find_urls(text) or find_phones(text)))
        case Expected.PERSON:
            return _person(question, scored, demand)
        case Expected.PLACE:
            return max(scored.expected, _PLACED * names_another(question, text))
        case Expected.DURATION | Expected.FREQUENCY:
            return scored.expected
        case Expected.WHO | Expected.LIST:
            named = any(char.isalpha() for piece in scored.unit.pieces for char in piece.text)
            return named * (scored.expected if question.expected is Expected.WHO else 1.0)
        case _:
            return 1.0


def _sum(question: Question, text: str, asked: set[str]) -> float:
    """A sum of money; what a call grants is not what a thing costs."""
    present = any(found.value not in asked for found in find_amounts(text))
    other = _COST.search(fold(question.text)) and not _COST.search(fold(text))
    return 0.3 * present if other else float(present)


def _person(question: Question, scored: Scored, demand: Demand) -> float:
    """Somebody's name beside the role asked for; the name of a thing when no role is."""
    folded = fold(question.text).replace("’", "'")
    if not _SOMEBODY.search(folded):
        return 1.0 if scored.expected else 0.3
    named = 1.0 if scored.expected >= 1 else scored.expected**2
    return min(named, _held(question, demand, scored.unit.text))


def _held(question: Question, demand: Demand, text: str) -> float:
    """Whether a text gives the role asked for, and not that of something else.

    « Directrice des soins » is another role than « directeur du centre hospitalier ».
    """
    asked = demand.action or (demand.thing[0] if demand.thing else None)
    if asked is None:
        return 1.0
    folded = fold(text).replace("’", "'")
    wanted = _ROLE_OF.get(asked, asked)
    seen = False
    for match in _ROLE_SAID.finditer(folded):
        role = stem(match["role"])
        if not (related(role, wanted) or related(role, asked)):
            continue
        seen = True
        adjective, of = match["adjective"], match["of"]
        said = set(analyse(f"{adjective or ''} {of or ''}"))
        extra = set(demand.thing[1:])
        if said <= set(question.terms) and (not extra or extra & said):
            return 1.0
    if seen:
        return 0.2
    terms = analyse(text)
    if any(term == asked or same_root(term, asked) for term in terms):
        return 0.6
    return 0.2 * any(related(asked, term) for term in terms)


def _count(question: Question, unit: Unit, asked: set[str]) -> float:
    """A number that counts what is asked, in words or by the names of its cell."""
    figures = [
        figure
        for figure in read_claim(unit.text).figures
        if figure.kind is EntityKind.NUMBER and figure.value not in asked
    ]
    if not figures:
        return 0.5 * bool(unit.size)
    if question.counted is None:
        return 0.8
    nouns = frozenset(term for figure in figures for term in figure.noun[:3])
    if unit.kind is UnitKind.CELL:
        nouns |= unit.near
    if any(related(question.counted, term) for term in nouns):
        return 1.0
    if stands_for(question.counted, nouns, _NO_WORDS, _MATCH):
        return _KIN
    if any(related(question.counted, term) for figure in figures for term, _ in figure.near):
        return 0.6
    return 0.2


def _dated(scored: Scored, demand: Demand, asked: set[str]) -> float:
    """A date in the clause of what is said to happen, rather than a date."""
    text = scored.unit.text
    figures = [
        figure
        for figure in read_claim(text).figures
        if figure.kind is EntityKind.DATE and figure.value not in asked
    ]
    if not figures and not any(found.value not in asked for found in find_dates(text)):
        return 0.6 * bool(scored.expected)
    wanted = (*demand.thing, *([demand.action] if demand.action else []))
    if not wanted:
        return 1.0
    clause = {term for figure in figures for term, _ in figure.near} | scored.unit.near
    held = [any(related(term, other) for other in clause) for term in wanted]
    # The event also counts by itself, in `together`.
    return 0.65 + 0.35 * sum(held) / len(held)
