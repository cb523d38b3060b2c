"""What a question demands of an answer, read by rules in general French.

« Quel est le taux d'occupation des EHPAD ? » demands a share *of occupation*; « qui est le
directeur général de l'agence ? » that role and not another; « l'AMI n° 4 » the fourth. These words
are told apart from those that only help to find the page: `requirements` looks for them in the
extract that would answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.generation.claims import LIGHT
from assistant.generation.phrases import ARTICLES, Phrase
from assistant.generation.question import Expected, Question, asked_part
from assistant.generation.units import terms_of
from assistant.language.analyser import analyse, stem
from assistant.language.entities import EntityKind
from assistant.language.normalise import fold
from assistant.language.words import STOP_WORDS, words


@dataclass(frozen=True, slots=True)
class Demand:
    """What a question demands of an answer, as index terms.

    Attributes:
        thing: what is asked for (« lits », « directeur general »), words that only name a kind
            of value (« montant », « date ») left out; empty when nothing more is said.
        of: what the thing is of (« critères **d'évaluation** »), if anything.
        action: what is said to happen (« a-t-il été **abrogé** »), if anything.
        acted_on: what it is done to, when one asks who does it (« qui pilote le **programme** »).
        names: each proper name and sigle.
        marks: each year, date and number (« 2023 », « n° 4 »): all its terms.
        ranks: each rank, in words or in digits (« dixième », « 10 »): any of its terms.
        subject: words of the phrases that names stand in (« l'AMI IA et **imagerie** »), and
            what a document is asked about (« que dit le SRS sur la **télémédecine** »).
        sources: names of the document that is to answer (« selon le **SRS** »).
    """

    thing: tuple[str, ...] = ()
    of: str | None = None
    action: str | None = None
    acted_on: str | None = None
    names: tuple[frozenset[str], ...] = ()
    marks: tuple[frozenset[str], ...] = ()
    ranks: tuple[frozenset[str], ...] = ()
    subject: frozenset[str] = frozenset()
    sources: tuple[frozenset[str], ...] = ()


_SOURCE = re.compile(
    r"\b(?:selon|d'apres|dans|au sens d|que (?:dit|disent|prevoit|prevoient|precise|recommande)|"
    r"ce que (?:dit|prevoit|precise))[eu]? (?:le |la |les |l'|un |une )?$"
)
"""What comes before the name of a document (« selon le GCS », « que dit le SRS »)."""
_ASKED = re.compile(
    r"\bquel(?:le)?s?(?: (?:est|sont|etait|etaient|sera|seront|fut|serait))?(?: (?:le|la|les)\b"
    r"| l['’])?\s?(?P<thing>.+)|\bcombien (?:de |d['’])(?P<count>.+)"
    r"|\bqui (?:est|sont|etait|sera) (?:le |la |les |l['’])(?P<role>.+)"
)
_TOPIC = re.compile(
    r"\bque (?:dit|disent|prevoit|prevoient|precise|recommande)\b.+?\b(?:sur|pour|concernant|"
    r"quant a|en matiere d[e'u]|a propos d[e'u]s?|au sujet d[e'u]s?) ?(?:le |la |les |l')?"
    r"(?P<topic>.+)"
)
_OF = re.compile(r"^(?:de la |de l'|du |des |de |d')(?:l[ae]s? |l')?(?P<of>.+)")
_PAST = re.compile(r"ée?s?$")
"""Ending of a participle that follows a name (« les rendez-vous **annoncés** »)."""
_PIECE = re.compile(r"[\w-]+['’]?|\S")
_ACTED = re.compile(
    r"\b(?:a|ont|est|sont|avait|avaient|etait|etaient|aura|auront|sera|seront)"
    r"(?:(?:-t)?-(?:il|elle|ils|elles|on))?(?: ete)? (?P<verb>\w+(?:e|i|u|is|it|ert)e?s?)\b"
)
_INVERTED = re.compile(r"\b(?P<verb>[a-z]{4,}?)(?:-t)?-(?:il|elle|ils|elles|on)\b")
_WHO_ACTS = re.compile(
    r"\bqui (?!est\b|sont\b|a\b|ont\b|doit\b|peut\b|y\b|sera\b)(?P<verb>[a-z]{4,})"
)
_ACTED_ON = re.compile(
    rf"{_WHO_ACTS.pattern} (?:(?:le|la|les|un|une|des|cet|cette|ce|ces) |l')(?P<said>.+)"
)
_RANKS = {
    stem(name): str(rank)
    for rank, names in enumerate(
        (
            "deuxieme second seconde",
            "troisieme",
            "quatrieme",
            "cinquieme",
            "sixieme",
            "septieme",
            "huitieme",
            "neuvieme",
            "dixieme",
            "onzieme",
            "douzieme",
        ),
        start=2,
    )
    for name in names.split()
}

_ROLES = frozenset(
    stem(word)
    for word in words(
        "directeur directrice president presidente vice responsable chef secretaire delegue "
        "coordinateur coordonnateur referent ministre charge"
    )
)
# A value of this kind is the thing itself: the amount of a call need not say « montant ».
_VALUES = frozenset(
    stem(word)
    for word in words(
        """
        montant budget enveloppe somme dotation financement subvention aide plafond credit date
        jour annee mois echeance delai duree nombre taux part proportion pourcentage adresse
        nom type nature genre sorte element maximum minimum total maximal minimal chiffre numero
        fourchette limite temps heure rythme frequence mail courriel electronique
        difference principal principale grand heure age jour milliard million euro cas
        principe raison motif sujet theme aspect piece matiere
        """
    )
)
_OF_VERBS = frozenset(
    stem(word) for word in words("main charge part place role decision avis tete suivi jour lien")
)
"""Nouns that belong to their verb more than they name a thing (« garder la main »)."""
_IDLE = LIGHT | frozenset(
    stem(word)
    for word in words(
        """
        prevu prevoir compte compter faire fait lieu aura servir correspondre dure durer
        devenu appelle appeler exister passer tenir tient trouver situe situer consister
        faudra mis pris compose composer mettre prendre sert obtient obtenir represente
        commence apporte vu organise cense sieger disposer atteindre attendre attendu exactement
        """
    )
)
"""Verbs that say nothing of what happens."""


def demand_of(question: Question) -> Demand:
    """Read what a question demands.

    Args:
        question: understood.
    """
    asked = asked_part(question.text)
    folded = " ".join(fold(asked).replace("’", "'").split())
    sources: list[frozenset[str]] = []
    names: list[frozenset[str]] = []
    marks: list[frozenset[str]] = []
    for entity in question.entities:
        own = terms_of(entity.text)
        if entity.kind in (EntityKind.NAME, EntityKind.SIGLE):
            named = own & question.anchors
            if named and _SOURCE.search(fold(asked[: entity.start]).replace("’", "'")):
                sources.append(named)
            elif named:
                names.append(named)
        elif any(char.isdigit() for char in entity.text):
            marks.append(own)
    ranks = tuple(frozenset({term, _RANKS[term]}) for term in analyse(asked) if term in _RANKS)
    held = frozenset[str]().union(*names, *sources)
    thing, of = _thing(folded)
    acted_on = _ACTED_ON.search(folded)
    objects = _opening(acted_on["said"])[0] if acted_on else []
    topic = _topic(folded)
    return Demand(
        thing=tuple(term for term in thing or topic if term not in held),
        of=of if of not in held else None,
        action=_action(folded, question),
        acted_on=next((term for term in objects[:1] if term not in held | _OF_VERBS), None),
        names=tuple(dict.fromkeys(names)),
        marks=tuple(dict.fromkeys(marks)),
        ranks=ranks,
        subject=(_subject(asked) | set(topic)) - held,
        sources=tuple(dict.fromkeys(sources)),
    )


def _thing(folded: str) -> tuple[tuple[str, ...], str | None]:
    """Terms of the noun asked for and of what it is: of its complement when it names a value."""
    match = _ASKED.search(folded)
    if match is None:
        return (), None
    said = match["count"] or match["role"] or match["thing"]
    for _ in range(3):
        group, rest = _opening(said)
        if group and group[0] not in _VALUES:
            inner = _OF.match(rest)
            others = _opening(inner["of"])[0] if inner else []
            of = others[0] if others and others[0] not in _VALUES else None
            return tuple(group) if match["role"] or group[0] in _ROLES else tuple(group[:1]), of
        inner = _OF.match(rest)
        if inner is None:
            return (), None
        said = inner["of"]
    return (), None


def _topic(folded: str) -> tuple[str, ...]:
    """What a document is asked about, as the thing asked for."""
    match = _TOPIC.search(folded)
    return tuple(_opening(match["topic"])[0][:1]) if match else ()


def _subject(text: str) -> frozenset[str]:
    """Content words of the noun phrases around the names and sigles of a question."""
    phrase = Phrase(text)
    found: set[str] = set()
    for at, token in enumerate(phrase.tokens):
        if phrase.in_anchor(token):
            _, last = phrase.extent(at)
            for place, other in enumerate(phrase.tokens[at:last], start=at):
                said = phrase.is_content(other) and not phrase.is_facet(other)
                # « Quand l'IA repère **les** images »: what an article follows is a verb.
                after = phrase.tokens[place + 1 : place + 2]
                said = said and not (after and fold(after[0].text) in ARTICLES | {"des"})
                if said and not _PAST.search(other.text):
                    found.update(analyse(other.text))
    return frozenset(found - _VALUES - _RANKS.keys())


def _opening(said: str) -> tuple[list[str], str]:
    """Terms of the noun that opens a phrase and of its adjectives, and what follows them."""
    end = 0
    for piece in _PIECE.finditer(said):
        word = piece[0]
        if word[-1] == "'" or word in STOP_WORDS or not word[0].isalpha() or _INVERTED.match(word):
            break
        end = piece.end()
    terms = [term for term in analyse(said[:end]) if not term.isdigit() and term not in _RANKS]
    return terms[:2], said[end:].lstrip()


def _action(folded: str, question: Question) -> str | None:
    if question.expected in (Expected.YES_NO, Expected.COMPARISON):
        return None
    for pattern in (_ACTED, _WHO_ACTS, _INVERTED):
        for match in pattern.finditer(folded):
            term = stem(match["verb"])
            if term not in _IDLE | _VALUES and term not in STOP_WORDS and term in question.terms:
                return term
    return None
