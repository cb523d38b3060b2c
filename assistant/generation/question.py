"""What a question asks for: the kind of answer, the words that matter, the names it gives.

Rules on folded French, no model: they are read, tested and corrected by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from assistant.errors import InvalidQuestionError
from assistant.language.analyser import analyse, stem
from assistant.language.entities import (
    Entity,
    find_names,
    find_quantities,
    find_sigles,
)
from assistant.language.normalise import fold
from assistant.language.words import words


class Expected(StrEnum):
    """The kind of answer a question calls for."""

    AMOUNT = "amount"
    DATE = "date"
    DURATION = "duration"
    COUNT = "count"
    PERCENTAGE = "percentage"
    DEFINITION = "definition"
    LIST = "list"
    YES_NO = "yes_no"
    WHO = "who"
    CONTACT = "contact"
    HOW = "how"
    COMPARISON = "comparison"
    OPEN = "open"


FACTUAL = frozenset(
    {
        Expected.AMOUNT,
        Expected.DATE,
        Expected.DURATION,
        Expected.COUNT,
        Expected.PERCENTAGE,
        Expected.CONTACT,
    }
)
"""Kinds whose answer is one value that code can recognise."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question once understood.

    Attributes:
        text: as asked.
        expected: the kind of answer it calls for.
        terms: its distinct index terms, in order, without request words (« cite », « donne »).
        type_terms: those of `terms` that only name the kind of answer (« montant »).
        anchors: terms an answer must be about: sigles, proper names, numbers, dates.
        entities: where those anchors come from.
        plural: whether several answers are expected (« quels sont »).
        counted: term of what is counted (« combien de **projets** »), if any.
    """

    text: str
    expected: Expected
    terms: tuple[str, ...]
    type_terms: frozenset[str]
    anchors: frozenset[str]
    entities: tuple[Entity, ...]
    plural: bool
    counted: str | None = None

    @property
    def content_terms(self) -> tuple[str, ...]:
        """Terms that say what the question is about."""
        return tuple(term for term in self.terms if term not in self.type_terms) or self.terms


_MONEY = (
    r"(?:montants?|budgets?|couts?|prix|enveloppes?|financements?|dotations?|sommes?|subventions?|"
    r"tarifs?|credits?|investissements?)"
)
_RULES: tuple[tuple[Expected, str], ...] = (
    (
        Expected.CONTACT,
        r"\bou (?:deposer|envoyer|transmettre|adresser|candidater|postuler|trouver|telecharger)"
        r"|\b(?:a quelle|quelle est l'|quelle) ?adresse|\bcontacts?\b|\bcourriels?\b|\be-?mails?\b"
        r"|\bmails?\b|\btelephones?\b|a qui (?:s'adresser|envoyer|ecrire|transmettre|adresser)",
    ),
    (
        Expected.DURATION,
        r"combien de (?:temps|jours|mois|annees|ans|semaines|heures|minutes)|\bdurees?\b"
        r"|quels? (?:est le |sont les )?delais?|frequence|periodicite|quel rythme|tous les combien",
    ),
    (
        Expected.PERCENTAGE,
        r"pourcentages?|quelle (?:est la )?(?:part|proportion)\b|quel (?:est le )?taux\b",
    ),
    (
        Expected.AMOUNT,
        rf"combien (?:coute|d'euros|d'argent|d'investissement|de financement)"
        rf"|\bcombien\b(?! de\b| d').*\b(?:financ|dot|vers|allou|invest|budget|cout|euros?)"
        rf"|quel(?:le)?s? (?:est|sont|etait|sera|seront)?\s?(?:le|la|les|l')?\s?"
        rf"(?:\w+ )?{_MONEY}\b"
        rf"|\ba combien\b|a hauteur de combien|a quelle hauteur|\bmontants?\b",
    ),
    (
        Expected.DATE,
        # « quand » asks when it opens the question; inside, it may only mean « lorsque ».
        r"^(?:.*, )?(?:et |depuis |jusqu'a |a partir de |pour |de )?quand\b"
        r"|(?:depuis|jusqu'a|a partir de) quand\b"
        r"|quelles? (?:est la |sont les )?(?:\w+ )?dates?\b|date limite"
        r"|quelle (?:est l')?\s?(?:echeance|annee)|quel jour|en quelle annee|deadline"
        r"|dernier delai|\bdates? d",
    ),
    (
        Expected.COUNT,
        r"\bcombien\b|quels? (?:est le |sont les )?(?:nombre|numero|code|score|seuil)s?\b",
    ),
    (
        Expected.COMPARISON,
        r"\bdifferences?\b|\bcompar|\bdistingu|\bversus\b|\bvs\b|par rapport a|en quoi .* differ",
    ),
    (
        Expected.DEFINITION,
        r"\bdefini(?:tion|r|s|ssez|t)?\b|que (?:signifie|veut dire|designe)|signification|veut dire"
        r"|qu'entend|qu'est[- ]ce (?:que |qu')(?:c'est )?(?:que |qu')?(?:l[ea']s? ?|une? |des )?"
        r"(?:[\w'-]+ ?){1,6}\??$|c'est quoi|a quoi correspond|que recouvre",
    ),
    (
        Expected.WHO,
        r"^(?:.*\b(?:par|a|avec|pour|de|chez) )?qui\b|\bpar qui\b|\bavec qui\b"
        r"|quel(?:le)?s? (?:est |sont )?(?:le |la |l'|les )?(?:organismes?|acteurs?|operateurs?|"
        r"etablissements?|structures?|directions?|agences?|institutions?|partenaires?|pilotes?|"
        r"financeurs?|responsables?|porteurs?|editeurs?|beneficiaires?)\b",
    ),
    (Expected.HOW, r"\bcomment\b|de quelle (?:maniere|facon)|par quels? moyens?"),
    (
        Expected.LIST,
        r"\bquel(?:le)?s\b|\b(?:cite|citer|citez|liste|lister|listez|enumere|enumerer|enumerez|"
        r"donne|donner|donnez|rappelle|rappeler)\b.*\bles\b|\blesquel(?:le)?s\b|la liste",
    ),
    (
        Expected.YES_NO,
        r"^(?:.*, )?est[- ]ce (?:que|qu')|\b(?:y a|a|est|sont|ont|peut|peuvent|doit|doivent|faut|"
        r"existe|exist\w*|[a-z]+e)(?:-t)?-(?:il|elle|ils|elles|on)\b|^(?:peut|doit|faut|existe)\b",
    ),
)
_COMPILED = tuple((expected, re.compile(pattern)) for expected, pattern in _RULES)
_COUNTED = re.compile(r"(?:combien|nombre) (?:de |d')(?:l[ae] |l'|les )?(.{2,60})")
_OPENS_WITH_WH = re.compile(r"\b(?:comment|pourquoi|quel(?:le)?s?|que|qu'|quoi|ou|quand|combien)\b")

_REQUEST = frozenset(
    stem(word)
    for word in words(
        """
        donne donner donnez cite citer citez liste lister listez enumere enumerer indique
        indiquer indiquez explique expliquer expliquez presente presenter decris decrire resume
        resumer rappelle rappeler dis dire dites dit
        precise preciser trouve trouver bonjour merci svp
        sais savoir voudrais aimerais souhaite connaitre question reponse lesquels lesquelles
        correspond correspondre signifie signification definir definis definition veut quoi existe
        exister actuellement concretement exactement precisement combien
        """
    )
)
_TYPE = frozenset(
    stem(word)
    for word in words(
        """
        montant budget somme date nombre pourcentage duree adresse delai echeance prix chiffre
        principal principaux principale grand grande different differents type nature
        prevoir prevoit prevu prevue prevus concerne concerner permet permettre propose proposer
        mentionne document texte corpus selon quel combien annee jour liste element point
        doivent devoir attendu partie cadre sein niveau euro maximal maximale maximum plafond
        minimal minimale minimum total totale global globale moyen moyenne actuel actuelle
        """
    )
)
_PLURAL = re.compile(
    r"\bquel(?:le)?s\b|\bcite|\blist|\benumer|\blesquel|\bles (?:differents?|principaux)"
)


def check_question(text: str, *, max_chars: int) -> str:
    """Refuse a question that cannot be searched.

    Args:
        text: as typed.
        max_chars: longest accepted question, in characters.

    Returns:
        The question without surrounding space.

    Raises:
        InvalidQuestionError: empty, only punctuation, or too long.
    """
    stripped = text.strip()
    if not any(char.isalnum() for char in stripped):
        raise InvalidQuestionError(
            "La question est vide.", "Écrivez votre question en quelques mots."
        )
    if len(text) > max_chars:
        raise InvalidQuestionError(
            f"La question compte {len(text)} caractères ; la limite est de {max_chars} caractères.",
            "Raccourcissez-la : une question à la fois.",
        )
    return stripped


def understand(text: str) -> Question:
    """Find what a question asks for.

    Args:
        text: a question already accepted by `check_question`.

    Returns:
        The question with its terms; `terms` is empty when it holds stop words only.
    """
    folded = " ".join(fold(text).split())
    expected = _expected(folded)
    ordered = tuple(dict.fromkeys(analyse(text)))
    terms = tuple(term for term in ordered if term not in _REQUEST) or ordered
    entities = (*find_sigles(text), *find_names(text), *find_quantities(text))
    anchors = {
        term for entity in entities for term in analyse(entity.text) if term in terms
    } - _TYPE
    return Question(
        text=text,
        expected=expected,
        terms=terms,
        type_terms=frozenset(terms) & _TYPE,
        anchors=frozenset(anchors),
        entities=entities,
        plural=bool(_PLURAL.search(folded)),
        counted=_counted(folded) if expected is Expected.COUNT else None,
    )


def _counted(folded: str) -> str | None:
    match = _COUNTED.search(folded)
    terms = analyse(match[1]) if match else []
    return terms[0] if terms else None


def _expected(folded: str) -> Expected:
    for expected, pattern in _COMPILED:
        match = pattern.search(folded)
        if match is None:
            continue
        if expected is Expected.YES_NO and _OPENS_WITH_WH.match(folded):
            continue
        return expected
    return Expected.OPEN
