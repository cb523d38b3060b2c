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
from assistant.language.labels import labels_of
from assistant.language.normalise import fold
from assistant.language.words import words


class Expected(StrEnum):
    """The kind of answer a question calls for."""

    AMOUNT = "amount"
    DATE = "date"
    DURATION = "duration"
    FREQUENCY = "frequency"
    COUNT = "count"
    PERCENTAGE = "percentage"
    DEFINITION = "definition"
    LIST = "list"
    YES_NO = "yes_no"
    WHO = "who"
    PERSON = "person"
    ELIGIBLE = "eligible"
    PLACE = "place"
    PURPOSE = "purpose"
    CONTACT = "contact"
    HOW = "how"
    COMPARISON = "comparison"
    OPEN = "open"


FACTUAL = frozenset(
    {
        Expected.AMOUNT,
        Expected.DATE,
        Expected.DURATION,
        Expected.FREQUENCY,
        Expected.COUNT,
        Expected.PERCENTAGE,
        Expected.CONTACT,
    }
)
"""Kinds whose answer is one value that code can recognise."""
TELLING = FACTUAL | {Expected.DEFINITION, Expected.ELIGIBLE, Expected.PERSON}
"""Kinds whose answer can be told from a text that merely speaks of the same thing."""


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
        action: folded verb of « qui **pilote** », « par qui est-il **financé** », if any.
        labels: things told apart by a number (« l'**axe 4** »), see `labels_of`.
        listed: terms of what is to be listed (« quels sont les **grands axes** »).
        implied: verbs that an answer need not say again (who may **candidater**: « s'adresse
            aux établissements »).
    """

    text: str
    expected: Expected
    terms: tuple[str, ...]
    type_terms: frozenset[str]
    anchors: frozenset[str]
    entities: tuple[Entity, ...]
    plural: bool
    counted: str | None = None
    action: str | None = None
    labels: frozenset[tuple[str, str]] = frozenset()
    listed: frozenset[str] = frozenset()
    implied: frozenset[str] = frozenset()

    @property
    def content_terms(self) -> tuple[str, ...]:
        """Terms that say what the question is about."""
        return tuple(term for term in self.terms if term not in self.type_terms) or self.terms


_MONEY = (
    r"(?:montants?|budgets?|couts?|prix|enveloppes?|financements?|dotations?|sommes?|subventions?|"
    r"tarifs?|credits?|investissements?)"
)
_ROLE = (
    r"(?:direct(?:eur|rice)|president|vice-president|chef|cheffe|responsable|referent|ministre|"
    r"secretaire|delegue|coordinat(?:eur|rice)|coordonnat(?:eur|rice)|charge|pilote|medecin|"
    r"auteure?|autrice|intrapreneu\w+|prefet|maire|conseill\w+|contact|interlocut\w+|"
    r"signataire|rapport\w+|animat(?:eur|rice)|doyen|professeure?|porteu(?:r|se)|elue?)"
)
_THINGS = r"(?:depenses?|couts?|frais|charges?|postes?|travaux|equipements?|materiels?)"
"""What is eligible without anybody applying: a list of them is asked for."""
_APPLY = (
    r"(?:candidat|postul|repond|depos|benefici|particip|demand|pretend|sollicit|s'inscri|"
    r"soumission|acced|avoir acces|avoir droit|adher|rejoin|concour|obten|recev|integr|utilis)"
)
_CAN = r"(?:peut|peuvent|peut-il|pourra|pourront|pourrait|a le droit de?|ont le droit de?|a droit)"
_ASK_AS_VERB = (
    r"(?:finance|prevoit|propose|permet|apporte|change|couvre|comprend|contient|dit|demande|"
    r"exige|impose|recommande|fait|soutient|offre|interdit|garantit|concerne|implique|donne|"
    r"prevoient|permettent|disent|font|contiennent|est devenue?|va \w+|doit \w+|peut \w+)"
)
"""Verbs that tell « qu'est-ce que l'appel finance » from « qu'est-ce que la télésanté »."""
_THING = r"(?:(?:l[ea']s? ?|une? |des |du |de (?:la |l')?|d')?(?:[\w'’.&/+-]+ ?){1,6})"
_RULES: tuple[tuple[Expected, str], ...] = (
    (
        Expected.CONTACT,
        r"\bou (?:deposer|envoyer|transmettre|adresser|candidater|postuler|trouver|telecharger)"
        r"|\b(?:a quelle|quelle est l'|quelle) ?adresse|\bcontacts?\b(?<!le contact)"
        r"|\bcourriels?\b|\be-?mails?\b"
        r"|\bmails?\b|\btelephones?\b|a qui (?:s'adresser|envoyer|ecrire|transmettre|adresser)",
    ),
    (
        Expected.FREQUENCY,
        r"\bfrequences?\b|\bperiodicites?\b|\bquel (?:est le )?rythme|\brythme de reunion"
        r"|tous les combien|toutes les combien|combien de fois (?!plus|moins)"
        r"|\bchaque combien|a quel intervalle|combien de (?:reunions|seances|sessions) par",
    ),
    (
        Expected.DURATION,
        r"combien d(?:e |')(?:temps|jours|mois|annees|ans|semaines|heures|minutes)|\bdurees?\b"
        r"|quels? (?:est le |sont les )?delais?|\bcombien dure(?:nt)?\b",
    ),
    (
        Expected.PERCENTAGE,
        r"pourcentages?|quelle (?:est la )?(?:part|proportion)\b|quel (?:est le )?taux\b",
    ),
    (
        Expected.PURPOSE,
        r"^(?:et |mais )?(?:a quoi (?:sert|servent|vise|visent|ca sert|sert-)|pourquoi\b)"
        r"|, pourquoi\b|\bpourquoi\b[ ?]*$"
        r"|dans quel(?:le)?s? (?:but|objectif|optique|perspective|intention|dessein)s?\b"
        r"|\bquel(?:le)? (?:est |etait )?(?:le |la |l')?(?:but|finalite|objectif|raison d'etre|"
        r"interet|raison|motif)\b|pour quel(?:le)?s? (?:raison|motif)s?|en vue de quoi"
        r"|\ba quelles? fins?\b|\ba quoi \w+ (?:sert|servent)\b|\bsert a quoi\b",
    ),
    (
        Expected.AMOUNT,
        rf"combien (?:coute|d'euros|d'argent|d'investissement|de financement)"
        rf"|\bcombien\b(?! de\b| d').*\b(?:financ|dot|vers|allou|invest|budget|cout|euros?)"
        rf"|quel(?:le)?s? (?:est|sont|etait|sera|seront)?\s?(?:le|la|les|l')?\s?"
        rf"(?:\w+ )?{_MONEY}\b"
        rf"|\ba combien\b(?! d(?:e\b|'))|a hauteur de combien|a quelle hauteur|\bmontants?\b",
    ),
    (
        Expected.DATE,
        # « quand » asks when it opens the question; inside, it may only mean « lorsque ».
        r"^(?:.*, )?(?:et |depuis |jusqu'a |a partir de |pour |de )?quand\b"
        r"|(?:depuis|jusqu'a|a partir de|avant|pour|d'ici) quand\b|\bquand[ ?]*$"
        r"|quel(?:le)?s? (?:est la |sont les )?(?:\w+ )?dates?\b|date limite"
        r"|quelle (?:est l')?\s?(?:echeance|annee)|quel jour|en quelle annee|deadline"
        r"|dernier delai|\bdates? d|\bquel mois\b",
    ),
    (
        Expected.COUNT,
        r"\bcombien\b|quels? (?:est le |sont les )?(?:nombre|numero|code|score|seuil)s?\b",
    ),
    (
        Expected.COMPARISON,
        r"\bdifferences?\b|\bcompar(?!t)|\bdistingu|\bversus\b|\bvs\b|par rapport a"
        r"|en quoi .* differ"
        r"|(?:choisir|trancher|hesite\w*) entre\b"
        r"|^(?:le |la |les |l'|un |une )?(?:[\w'’.&/+-]+ ){1,6}ou (?:plutot )?"
        r"(?:le |la |les |l'|un |une )?(?:[\w'’.&/+-]+ ?){1,6}\?*$",
    ),
    (
        Expected.DEFINITION,
        r"\bdefini(?:tion|r|s|ssez|t)?\b|que (?:signifie|veut dire|veulent dire|designe|recouvre)"
        r"|signification|veu(?:t|lent) dire|signifie(?:nt)? quoi"
        r"|correspond(?:ent)? a quoi|\bqu'entend|qu'appelle[- ]t-?on|qu'appelle-t-on"
        rf"|qu'est[- ]ce (?:que |qu')(?:c'est )?(?:que |qu')?(?!.* {_ASK_AS_VERB} ?\??$)"
        rf"{_THING}\??$"
        r"|\bc'?est (?:quoi|koi)|est quoi au juste|\ba quoi correspond"
        r"|qu'est[- ]ce que (?:c'est|ca)\b"
        r"|(?:quel est le|le) sens d|(?:que sont|qu'est[- ]ce que sont) les? (?!\w+ devenu)"
        rf"|ce qu(?:e |')(?:sont |est |c'est (?:que |qu')){_THING}\??$"
        r"|(?:developpe|deplie|explicite)[rz]? (?:le |ce |l')?(?:sigle|acronyme|abreviation)"
        r"|(?:sigle|acronyme|abreviation) \w+ ?\??$|\bkesako\b|\bkezako\b",
    ),
    (
        Expected.PERSON,
        rf"\bqui (?:est|sont|etait|etaient|sera) "
        rf"(?:(?:donc )?(?:le |la |l'|les |votre |notre )(?:\w+ )?{_ROLE}|direct(?:eur|rice)|"
        r"president)\w*\b"
        rf"|\bnoms? (?:d[eu]s? |de la |de l')?{_ROLE}|comment s'appelle"
        rf"|^{_ROLE}(?:e|s)? (?:general\w* )?(?:d|a)\b.*\bqui est-ce|quelle personne\b"
        r"|\bqui (?:dirige|preside|a signe|a ecrit|a redige|signe)\b",
    ),
    (
        Expected.ELIGIBLE,
        rf"\bqui {_CAN}\b.{{0,30}}\b{_APPLY}|\bqui (?:est|sont|serait|sera) "
        r"(?:\w+ )?(?:eligible|concerne|vise|cible|admis|autorise a)"
        r"|\ba qui (?:s'adresse(?:nt)?\b(?!r)|sont|est|etait|cela|profite|est-ce)"
        r"|\ba quel(?:le)?s? [\w' -]{3,40} s'adress"
        r"|^(?:et )?pour qui\b|a destination de qui|, pour qui\b"
        rf"|quel(?:le)?s? (?!{_THINGS}\b)(?:[\w'-]+ ){{1,4}}(?:{_CAN} .{{0,20}}\b{_APPLY}|"
        r"(?:sont|est|seraient) (?:-ils |-elles )?(?:\w+ )?(?:eligibles?|concerne|vise|cible))"
        r"|quel(?:le)?s? (?:est |sont )?(?:le |la |les |l')?(?:publics?(?: cibles?)?|"
        r"beneficiaires?|destinataires?|candidats?)\b|\beligibilite\b|criteres? d'eligib",
    ),
    (
        Expected.WHO,
        r"^(?:.*\b(?:par|a|avec|pour|de|chez) )?qui\b|\bpar qui\b|\bavec qui\b"
        r"|quel(?:le)?s? (?:est |sont )?(?:le |la |l'|les )?(?:organismes?|acteurs?|operateurs?|"
        r"etablissements?|structures?|directions?|agences?|institutions?|partenaires?|pilotes?|"
        r"financeurs?|responsables?|porteurs?|editeurs?)\b",
    ),
    (
        Expected.PLACE,
        r"^(?:et |mais |d')?ou (?:[\w'-]+ )*\w|\bou$|a quel endroit|en quel lieu"
        r"|(?:dans|en|a|de|sur) quel(?:le)?s? (?:ville|lieu|salle|pays|region|departement|commune|"
        r"site|territoire|endroit|localite)s?\b|quel(?:le)? est (?:le lieu|la ville|l'endroit)",
    ),
    (Expected.HOW, r"\bcomment\b|de quelle (?:maniere|facon)|par quels? moyens?"),
    (
        Expected.LIST,
        r"\bquel(?:le)?s\b|\b(?:cite|citer|citez|liste|lister|listez|enumere|enumerer|enumerez|"
        r"donne|donner|donnez|rappelle|rappeler)\b.*\bles\b|\blesquel(?:le)?s\b|la liste",
    ),
    (
        Expected.YES_NO,
        r"^(?:.*, )?est[- ]ce \w|\b[a-z]+(?:-t)?-(?:il|elle|ils|elles|on)\b"
        r"|^(?:peut|doit|faut|existe)\b",
    ),
)
_COMPILED = tuple((expected, re.compile(pattern)) for expected, pattern in _RULES)
_COUNTED = re.compile(r"(?:combien|nombre) (?:de |d')(?:l[ae] |l'|les )?(.{2,60})")
_ACTION = re.compile(
    r"\b(?:par |avec |de |chez )?qui (?:est-ce qui |(?:est|sont|a|ont|doit|doivent|va|peut) )?"
    r"(?:(?:le|la|les|l'|en|y|ete|charge\w* de|responsable\w* d[eu]|principalement)\s?)*"
    r"(?P<verb>\w{4,})"
)
_PARTICIPLE = re.compile(
    r"\bqui .*?\b(?:est|sont|a|ont)(?:-t)?-(?:il|elle|ils|elles) (?:ete )?(?P<verb>\w{4,})"
)
_APPLYING = re.compile(
    r"\b(?:candidate|postule|repond|depose|soumission|concouri)\w*|\bpretendre\b"
)
_LISTED = re.compile(
    r"\b(?:quel(?:le)?s|lesquel(?:le)?s|cite[rz]?|liste[rz]?|enumere[rz]?|donne[rz]?|rappelle[rz]?)"
    r"(?:-moi)? (?:(?:sont|etaient|seront) )?(?:les )?(?P<noun>(?:[a-z-]+ ){0,2}[a-z-]+?)"
    r"(?= (?:de|du|des|dans|pour|en|sur|a|au|aux|qui|que)\b| [dlq]u?'|$)"
)
_WH = re.compile(r"^(?:que|qu'|ou|quand)\b|\b(?:comment|pourquoi|quel(?:le)?s?|quoi|combien)\b")
"""Words that ask for something else than yes or no; inside, « que », « quand » only link."""

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
        frequence periodicite rythme endroit
        """
    )
)
_PLURAL = re.compile(
    r"\bquel(?:le)?s\b|\bcite|\blist|\benumer|\blesquel|\bles (?:differents?|principaux)"
)


_PLEASE = r"(?:[ ,]*(?:svp|s'il (?:vous|te) plait)[ ,]*)?"
_COURTESY = re.compile(
    r"^(?:(?:bonjour|bonsoir|salut|merci|madame|monsieur)\b(?! de\b| d')[ ,!.;:]*)*"
    rf"{_PLEASE}"
    r"(?:(?:je |j'|nous |on |(?:notre|nos|mon|ma|mes) (?:[\w-]+ ){1,3}?)"
    r"(?:souhait|voudr|aimer|cherch|veu|me demand|se demand|nous demand)\w*\b"
    r"(?: bien| a| egalement| aussi)*(?: (?:savoir|connaitre|comprendre|verifier))?\b"
    r"|(?:est-ce que (?:vous |tu ))?(?:pouv|pourr|peux)\w*(?:[ -](?:vous|tu))?"
    rf"{_PLEASE} ?(?:me |nous |m'|lui )?(?:dire|rappeler|indiquer|preciser|confirmer|"
    r"expliquer|communiquer|donner)\b"
    r"|(?:merci|priere) (?:de |d')(?:me |nous |m')?(?:\w+er|dire)\b"
    r"|(?:dites|dis|rappelez|rappelle|indiquez|precisez)[ -](?:moi|nous)\b)?"
    rf"{_PLEASE}[ ,:;]*"
)
"""Courtesies and who asks, before what is asked (« Notre DRH souhaite savoir… »)."""


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
    asked = asked_part(text)
    folded = " ".join(fold(asked).split())
    expected = _expected(folded.rstrip(" ?!.…"))
    ordered = tuple(dict.fromkeys(analyse(asked)))
    terms = tuple(term for term in ordered if term not in _REQUEST) or ordered
    entities = (*find_sigles(asked), *find_names(asked), *find_quantities(asked))
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
        action=_action(folded) if expected is Expected.WHO else None,
        labels=labels_of(asked),
        listed=_listed(folded) if expected is Expected.LIST else frozenset(),
        implied=_implied(folded) if expected is Expected.ELIGIBLE else frozenset(),
    )


def asked_part(text: str) -> str:
    """A question without the courtesy that opens it, which says nothing of what is asked."""
    folded = fold(text).replace("’", "'")
    match = _COURTESY.match(folded)
    if match is None or len(folded) != len(text):
        return text
    rest = text[match.end() :]
    return rest if analyse(rest) else text


def _counted(folded: str) -> str | None:
    match = _COUNTED.search(folded)
    terms = analyse(match[1]) if match else []
    return terms[0] if terms else None


def _implied(folded: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _APPLYING.findall(folded))


def _listed(folded: str) -> frozenset[str]:
    match = _LISTED.search(folded.rstrip(" ?!.…").replace("’", "'"))
    return frozenset(analyse(match["noun"])) if match else frozenset()


def _action(folded: str) -> str | None:
    """The verb of « qui pilote », « par qui est-il financé »."""
    match = _PARTICIPLE.search(folded) or _ACTION.search(folded)
    return match["verb"] if match else None


def _expected(folded: str) -> Expected:
    for expected, pattern in _COMPILED:
        match = pattern.search(folded)
        if match is None:
            continue
        if expected is Expected.YES_NO and _WH.search(folded):
            continue
        return expected
    return Expected.OPEN
