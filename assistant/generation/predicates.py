"""The verbs of a sentence, found by their form and by what stands before them.

What a sentence says of its subject is in its verb: « les établissements **financent** l'appel »
is not proved by a page that says all but that. There is no dictionary here: endings, auxiliaries
and the verbs of the lists of `wordings` find most of them. A verb that is missed only leaves the
sentence to the other rules.
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.generation.wordings import known_words
from assistant.language.analyser import analyse
from assistant.language.normalise import fold
from assistant.language.words import words

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[;:.,!?()«»]")

_BEING = words(
    "est sont était étaient sera seront serait seraient soit soient a ont avait avaient aura "
    "auront aurait auraient ait aient été être avoir fut furent"
)
_ABLE = words(
    "peut peuvent pourra pourront pourrait pourraient doit doivent devra devront devrait "
    "devraient faut faudra va vont permet permettent vise visent"
)
_BEFORE_NOUN = words(
    "le la les l un une des du de d au aux ce cet cette ces son sa ses leur leurs notre nos votre "
    "vos mon ma mes en a par pour sur dans sans avec sous entre vers chez chaque tout toute tous "
    "toutes aucun aucune plusieurs quel quelle quels quelles deux trois quatre cinq six "
    "sept huit neuf dix onze douze quinze vingt trente"
)
_JOINING = words("et ou ni") | {""}
_BETWEEN = words("pas plus jamais deja egalement aussi ainsi donc bien encore tous toutes ensuite")
_NOT_VERBS = words(
    "patient agent client referent president accident adolescent urgent permanent recent different "
    "equivalent frequent talent excellent antecedent argent competent souvent cent accent "
    "evident prudent pertinent coefficient contingent continent parent precedent quotient "
    "recipient present absent intelligent transparent element moment comment document segment "
    "lait trait portrait souhait retrait extrait fait bienfait forfait parfait attrait "
    "camera opera et qui ici ainsi aussi lui plus sous dessous depuis puis"
)
_ENDED = re.compile(r"(?:[^m]|[aeiou]m)ent$|[eidv]r(?:a|ont|ait|aient)$|.{2}(?:aient)$|.{3}ait$")
_NOUN_ENDED = re.compile(r"(?:e|i|a|u|o)ment$")
_MENT_VERBS = words(
    "forment informent transforment confirment affirment estiment animent expriment priment "
    "consomment nomment programment riment ferment suppriment reclament"
)
_PARTICIPLE = re.compile(r"(?:ée?s?|[^q]ue?s?|ie?s?|ite?s?|erte?s?|einte?s?|ainte?s?|orte?s?)$")
_INFINITIVE = re.compile(r"(?:er|ir|oir|re)$")

_PRESENT = words(
    "recoit couvre offre ouvre suit soutient obtient percoit definit reunit garantit choisit "
    "produit rend conduit transmet soumet remet elit fournit vend acquiert construit accroit "
    "accueille interdit exclut inclut repose releve depend gere emploie exerce dirige preside "
    "pilote finance organise heberge equipe evalue regroupe rassemble nomme preside suspend perd "
    "vit ecrit reduit detient possede appartient intervient revient comporte prend rejoint"
)
SAYING_LITTLE = frozenset(
    term
    for word in words(
        "faire fait faite font mettre met mettent mis mise prendre prend prennent pris prise "
        "rester situer situé permettre permet permettent viser vise visent fixer fixe fixé fixée "
        "fixés fixées définir défini définie présenter présente présenté présentée appeler "
        "nommer désigner désigne représenter représente inscrire inscrit inscrite aller servir "
        "sert servent pouvoir vouloir tenir tient tiennent atteindre atteint"
    )
    for term in analyse(word)
)
"""Terms of verbs that say little: a page need not have them (« est fixée au » for « date : »)."""


@lru_cache(maxsize=1)
def _of_lists() -> frozenset[str]:
    """Third persons of the verbs in -er of the lists of synonyms and contraries."""
    return frozenset(word[:-1] for word in known_words() if word.endswith("er") and len(word) > 5)


@lru_cache(maxsize=8192)
def verbs(text: str) -> tuple[tuple[str, str], ...]:
    """Find the verbs that say something.

    Args:
        text: a sentence.

    Returns:
        `(index term, as written)` of each, in order; auxiliaries, modal verbs and verbs that say
        little are left out.
    """
    found = [word for word, telling in _spotted(text) if telling]
    terms = ((term, word) for word in found for term in analyse(word)[:1])
    return tuple((term, word) for term, word in terms if term not in SAYING_LITTLE)


@lru_cache(maxsize=8192)
def has_verb(text: str) -> bool:
    """Whether a text has a verb of any kind, and so states something by itself."""
    return bool(_spotted(text))


def _spotted(text: str) -> list[tuple[str, bool]]:
    """The verbs of a text, and whether each is more than an auxiliary."""
    tokens = _TOKEN.findall(text)
    found: list[tuple[str, bool]] = []
    before = ""  # the word before, adverbs skipped
    for rank, token in enumerate(tokens):
        low = token.lower()
        folded = fold(token)
        previous, before = before, before if folded in _BETWEEN else low
        if folded in _BETWEEN or not token[0].isalpha():
            continue
        if low in _BEING or low in _ABLE:
            found.append((token, False))
        elif folded in _NOT_VERBS or _opens_noun(previous):
            continue
        elif (
            (previous in _BEING and len(low) > 2 and _PARTICIPLE.search(low))
            or (previous in _ABLE and _INFINITIVE.search(folded))
            or (rank > 0 and len(low) > 4 and _conjugated(folded))
            or (previous not in _JOINING and not token[0].isupper() and _present(folded))
        ):
            found.append((token, True))
    return found


def _opens_noun(before: str) -> bool:
    return before == "à" or (before != "a" and fold(before) in _BEFORE_NOUN)


def _conjugated(folded: str) -> bool:
    if folded in _MENT_VERBS:
        return True
    return bool(_ENDED.search(folded)) and not _NOUN_ENDED.search(folded)


def _present(folded: str) -> bool:
    return folded in _PRESENT or folded in _of_lists()
