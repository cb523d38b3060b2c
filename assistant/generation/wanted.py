"""Whether a text holds the kind of thing a question asks for, when no entity alone tells.

Frequencies, places, purposes, beneficiaries, persons and organisations that act: each is
recognised by how French says it. The result weighs in the score of an extract; it never
answers by itself.
"""

from __future__ import annotations

import re

from assistant.generation.question import Expected, Question
from assistant.language.entities import Entity, EntityKind, find_durations, find_names, find_sigles
from assistant.language.normalise import fold

_OFTEN = re.compile(
    r"\b(?:mensuel|bimensuel|trimestriel|semestriel|annuel|hebdomadaire|quotidien|bimestriel|"
    r"biannuel|triennal|quinquennal|biennal)(?:le)?s?(?:ment)?\b"
)
_EVERY = re.compile(
    r"\bfois (?:par|dans l'annee|tou(?:s|tes) les|chaque|l'an)\b"
    r"|\b(?:chaque |tou(?:s|tes) les (?:\w+ ){0,2})(?:jour|semaine|mois|trimestre|semestre|an|"
    r"annee|lundi|mardi|mercredi|jeudi|vendredi)s?\b"
    r"|\b(?:reunions?|seances?|sessions?|comites?|copil|rencontres?|bilans?|points?) "
    r"(?:\w+ )?par (?:jour|semaine|mois|trimestre|semestre|an)\b|\bau fil de l'eau\b"
)
_PRIME = re.compile(r"(?<!\w)\d{1,3}\s?['’′](?!\w)")
"""Minutes as programmes write them: « (10') »."""
_PER = re.compile(r"\bpar (?:jour|semaine|mois|trimestre|semestre|an)\b")

_NAMED_RHYTHMS = {
    "hebdomadaire": 52,
    "mensuel": 12,
    "bimestriel": 6,
    "trimestriel": 4,
    "semestriel": 2,
    "annuel": 1,
}
_PERIODS = {"semaine": 52, "mois": 12, "trimestre": 4, "semestre": 2, "an": 1, "annee": 1}
_NUMBERS = {"deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "douze": 12}
_RHYTHM = re.compile(
    rf"\b(?P<named>{'|'.join(_NAMED_RHYTHMS)})(?:le)?s?(?:ment)?\b"
    r"|\b(?P<times>une|deux|trois|quatre|cinq|six|\d{1,2}) fois (?:par |l')"
    r"(?P<per>semaine|mois|trimestre|semestre|annee|an)\b"
    r"|\b(?:tou(?:s|tes) les (?P<every>deux |trois |quatre |six |\d{1,2} )?|chaque )"
    r"(?P<unit>semaine|mois|trimestre|semestre|annee|an)s?\b"
)

_ELIGIBLE = re.compile(
    r"\beligib|\bs'adresse(?:nt)?\b|\b(?:a|en) destination d|\bdestinee?s? (?:a|aux)\b"
    r"|\bouverte?s? (?:a|aux)\b|\bbeneficiaires?\b|\breservee?s? (?:a|aux)\b"
    r"|\bpeu(?:t|vent) (?:\w+ )?(?:candidater|repondre|deposer|postuler|beneficier|participer|"
    r"pretendre|solliciter|adherer)|\bpublics? (?:vise|cible|concerne|eligible|prioritaire)"
    r"|\b(?:public|porteurs?|candidats?|cibles?|beneficiaires?)(?: de projets?)?(?: \w+)? ?:"
    r"|\bporteurs? de projets?\b|\bcandidats? (?:eligible|doi|peuv|son|est)"
    r"|\bs(?:ont|era|eront) concerne|\bcible(?:nt)? les\b"
    r"|\b(?:candidate|depose|soumette|presente|transmette|envoie)nt (?:leurs?|un|une|des) "
    r"(?:\w+ )?(?:projet|dossier|candidature|demande|offre|proposition|reponse)s?\b"
    r"|\bconcerne(?:nt)? (?:les|tous|toute|l'ensemble)|\binvitee?s? a (?:candidater|repondre|"
    r"transmettre|deposer|consulter)|\bconditions? d'(?:acces|eligib)"
)
_PURPOSE = re.compile(
    r"\bafin d|\bpour (?:l[ea']s? ?|s'|se |mieux |ne |y |en )?\w+(?:er|ir|re)\b|\bvise(?:nt)? a\b"
    r"|\bvisant a\b|\bobjectifs?\b|\bbuts?\b|\bfinalites?\b|\bambition|\ben vue d|\bpermet|\bcar\b"
    r"|\bparce qu|\ben raison\b|\bface a\b|\benjeux?\b|\braisons?\b|\bmotifs?\b|\brepond(?:re)? a\b"
    r"|\ben effet\b|\bpuisqu|\bsouhaite|\bpour (?:but|objet|objectif)\b|\bs'inscri|\bpermettra"
)
_PLACE = re.compile(
    r"(?:\b(?:à|À|au|aux|en|chez|dans|sur|hors|depuis|de)|\bd['’])\s(?:l[ae]s?\s|l['’])?"
    r"[A-ZÀ-Ý][\w’'-]+|\b\d{5}\b|\b(?:rue|avenue|boulevard|place|quai|salle|amphith\w+|locaux|"
    r"siège|adresse|distanciel|visioconférence|présentiel|territoire|Union européenne)\b"
)
_TITLED = re.compile(
    r"\b(?:M\.|MM\.|Mme|Mmes|Monsieur|Madame|Dr|Docteure?|Pr|Professeure?|Me)\s+[A-ZÀ-Ý]"
)
_FULL_NAME = re.compile(
    r"\b[A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)?\s(?:(?:de|du|le|la|d['’]|El|Le|De)\s?)?"
    r"(?:[A-ZÀ-Ý][A-ZÀ-Ý'’-]{2,}|[A-ZÀ-Ý][a-zà-ÿ]{2,}(?:-[A-ZÀ-Ý][a-zà-ÿ]+)?)\b"
)
_BODY = re.compile(
    r"\b(?:agence|direction|ministere|region|centre|institut|haute|autorite|conseil|comite|caisse|"
    r"federation|groupe|groupement|hopita\w+|chu|universit\w+|observatoire|plan|feuille|strategie|"
    r"france|sante|europe\w*|franche|comte|messagerie|espace|dossier|systeme|service|delegation|"
    r"numerique|programme|projet|guide|article|chapitre|axe|annexe|saint\w*|banque|data)\b"
)
"""Words of a capitalised name that is no person's."""
_HEADS = re.compile(r"\bqui (?P<verb>presid|dirig)e")
_SHORT_ROOT = 5


def holds(question: Question, text: str) -> float:  # noqa: PLR0911  # one return per kind
    """Tell how surely a text holds what a question asks for, in [0, 1].

    Args:
        question: of one of the kinds `FREQUENCY`, `PLACE`, `PURPOSE`, `ELIGIBLE`, `PERSON`,
            `WHO`; 0 for any other.
        text: display text of an extract, with its labels.
    """
    match question.expected:
        case Expected.FREQUENCY:
            return _frequency(text)
        case Expected.PLACE:
            return float(bool(_PLACE.search(text)))
        case Expected.PURPOSE:
            return float(bool(_PURPOSE.search(fold(text))))
        case Expected.ELIGIBLE:
            return float(bool(_ELIGIBLE.search(fold(text))))
        case Expected.PERSON:
            return _person(question, text)
        case Expected.WHO:
            return _actor(question, text)
        case _:
            return 0.0


def lasts(text: str) -> bool:
    """Tell whether a text gives a length of time, and not only how often something comes."""
    return any(found.value[:1].isdigit() for found in find_durations(text)) or bool(
        _PRIME.search(text)
    )


def find_frequencies(text: str) -> list[Entity]:
    """Find how often something comes (« trimestriel », « deux fois par an »).

    Values are times a year (« 4 par an »), so that two wordings of one rhythm are equal.
    """
    folded = fold(text)
    if len(folded) != len(text):  # a ligature: places would not be those of the text
        return []
    found = []
    for match in _RHYTHM.finditer(folded):
        times = _times_a_year(match)
        if times:
            start, end = match.span()
            value = f"{times:g} par an"
            found.append(Entity(EntityKind.DURATION, text[start:end], start, end, value))
    return found


def _times_a_year(match: re.Match[str]) -> float:
    if match["named"]:
        return _NAMED_RHYTHMS[match["named"]]
    count = _count(match["times"] or match["every"] or "1")
    year = _PERIODS[match["per"] or match["unit"]]
    return count * year if match["per"] else year / count if count else 0.0


def _count(word: str) -> float:
    return float(word) if word.isdigit() else float(_NUMBERS.get(word.strip(), 1))


def _frequency(text: str) -> float:
    folded = fold(text)
    if _EVERY.search(folded):
        return 1.0
    if _OFTEN.search(folded):
        return 0.9
    return 0.5 * bool(_PER.search(folded))


def _person(question: Question, text: str) -> float:
    if _TITLED.search(text):
        return 1.0
    asked = fold(question.text)
    for found in _FULL_NAME.finditer(text):
        folded = fold(found[0])
        if folded not in asked and not _BODY.search(folded):
            return 1.0
    if not names_another(question, text):
        return 0.0
    headed = _HEADS.search(asked)
    # An agency presides too (« présidé par l'ARS »): who heads it says so.
    return 1.0 if headed and re.search(rf"\b{headed['verb']}\w* par\b", fold(text)) else 0.4


def _actor(question: Question, text: str) -> float:
    """A name is surest in a sentence that says the same action (« pilote », « piloté par »)."""
    if not names_another(question, text):
        return 0.0
    if question.action is None:
        return 1.0
    root = question.action[:_SHORT_ROOT]
    return 1.0 if re.search(rf"\b{re.escape(root)}", fold(text)) else 0.6


def names_another(question: Question, text: str) -> bool:
    """Tell whether a text gives a name or sigle that the question does not.

    Args:
        question: understood.
        text: display text of an extract.
    """
    asked = {entity.value for entity in question.entities}
    return any(found.value not in asked for found in (*find_names(text), *find_sigles(text)))
