"""Questions that ask what a word or a sigle means, and the sentences that say it.

A definition opens with what it defines (« X est un… », « X : … », « on entend par X… »), or
spells a sigle out beside it (« … (X) »). A sentence that only mentions X defines nothing,
however well it covers the question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from assistant.generation.question import Expected, Question
from assistant.index.sigle_mining import find_in_text, sigle_key
from assistant.language.analyser import analyse
from assistant.language.entities import find_sigles
from assistant.language.normalise import fold

_ASKED = re.compile(
    r"(?:qu'?est[- ]ce (?:que |qu')(?: ?c'est (?:que |qu')?)?|\bc'?est (?:quoi|koi)"
    r"|\bque (?:signifie(?:nt)?|veu(?:len)?t dire|designe(?:nt)?|recouvre(?:nt)?|sont)"
    r"|\b(?:definition|signification) (?:d[eu]s? |d')|\bdefini(?:r|s|t|ssez)(?:-on)?\b"
    r"|\bqu'?enten(?:d|dez|dre)[- ](?:on|vous|t-on)?(?: par)?|\bqu'appelle[- ](?:t-)?on"
    r"|\ba quoi correspond(?:ent)?|\ble sens d[eu]?|\bce que (?:sont|c'est que)"
    r"|\bce qu'(?:est|on entend par)"
    r"|\b(?:signifie|veut dire) quoi\b|\bdeveloppe[rz]?\b|\bkesako\b)"
)
_NAMED = re.compile(
    r"^(?:(?:la |de la |de |du |des |d')?"
    r"(?:l'|le |la |les |un |une |des |ce |cet |cette |au |aux )?"
    r"(?:sigle|acronyme|abreviation|terme|mot|expression|notion|concept)s?\b ?(?:d[eu] |d')?)?"
    r"(?:(?:de la |du |des |de l'|de |d'|l'|le |la |les |un |une |au |aux |a la |a l')*)"
)
_PLACE = re.compile(
    r",? (?:dans|selon|d'apres|chez|au sein|pour|en (?:france|region|matiere)|annonce|prevu|"
    r"mentionne|cite|utilise|employe|concretement|exactement|au juste|s'il|svp|precisement|"
    r"et (?:ca|cela|comment|a quoi|qui|quel\w*|pourquoi|ou|quand))\b"
)
_OF_THE = re.compile(r" (?:du|de la|de l'|des) ")
_QUOTED = re.compile(r"[«\"“]\s*([^»\"”]{2,80}?)\s*[»\"”]")
_MEANING = re.compile(
    r"signifi|veu(?:len)?t dire|\bsigles?\b|\bacronyme|\babreviation|\bdeveloppe|a quoi correspond"
)
_DOTTED = re.compile(r"(?:\w\.){2,}\w?")
_POSTPOSED = re.compile(r"^(?P<x>.+?)(?:,| :| ca| cela)* *$")

_ARTICLE = r"(?:(?:le|la|les|un|une|des|ce|cet|cette|l'|d'|du|de la|de l')\s?)?"
_IS = (
    r"(?:,[^,;:]{1,90},)? ?(?:est|sont|etait|etaient|constitue(?:nt)?|represente(?:nt)?) "
    r"(?:donc |ainsi |egalement |avant tout |aujourd'hui )?(?:un|une|le|la|les|l'|des|du|ce|"
    r"definie?s? (?:comme|par)|compose\w*|destine\w*|charge\w*|celui|celle)\b"
)
_MEANS = (
    r"(?:,[^,;:]{1,90},)? ?(?:designe(?:nt)?|signifie(?:nt)?|veut dire|correspond(?:ent)? a|"
    r"se definit|se definissent|se dit d|consiste(?:nt)? (?:a|en)|vise(?:nt)? a|regroupe(?:nt)?|"
    r"recouvre(?:nt)?|comprend |rassemble(?:nt)?|renvoie a|permet(?:tent)? (?:de|d'|a)|"
    r"a pour (?:but|objet|objectif|mission|vocation)|ont pour|sert a|propose (?:un|une)|"
    r"s'entend comme|c'est-a-dire)"
)
_NOUN = r"(?:un|une|le|la|les|l'|des)\b"
_ENTEND = (
    r"(?:on entend par|on appelle|est appelee?s?|sont appelee?s?|dite?s?|appelee?s?|denommee?s?)"
)
_OPENING = 110
"""Characters in which a definition must have named what it defines and said that it defines."""
_SIGLE_LETTERS = 7


@dataclass(frozen=True, slots=True)
class Defined:
    """What a question wants defined.

    Attributes:
        words: folded, as the question writes it, without its article.
        terms: its index terms.
        sigle: key of the sigle that it is, or empty.
    """

    words: str
    terms: frozenset[str]
    sigle: str = ""


@lru_cache(maxsize=64)
def defined(question: Question) -> Defined | None:
    """Find what a question wants defined; `None` when nothing of it is left.

    « C'est quoi la plateforme Synapse du GRADeS ? » asks for the platform, not for the GRADeS.
    """
    folded = " ".join(fold(question.text).replace("’", "'").split()).strip(" ?.!")
    said = _QUOTED.search(folded)
    match = _ASKED.search(folded)
    if said is not None:
        named = said[1]
    elif match is None:
        named = re.split(r"[:,]", folded)[0]
    else:
        named = folded[match.end() :].strip(' ,:«»"')
        if not analyse(named) or _PLACE.match(f" {named}"):
            # « QVCT, ça veut dire quoi dans le communiqué »
            before = _POSTPOSED.match(folded[: match.start()].strip(" ,:"))
            named = before["x"] if before else ""
    named = _PLACE.split(named.strip(" ,:"))[0]
    named = _NAMED.sub("", named)
    named = _OF_THE.split(f"{named} ")[0].strip(' ,:«»"')
    if _DOTTED.fullmatch(named):
        # Its letters are no words that an extract could be about.
        return Defined(named, frozenset(), sigle_key(named))
    terms = frozenset(analyse(named)) & frozenset(question.terms)
    terms = terms or frozenset(question.content_terms)
    if not terms:
        return None
    sigles = [one for one in find_sigles(question.text) if set(analyse(one.text)) & terms]
    alone = len(sigles) == 1 and len(terms - set(analyse(sigles[0].text))) == 0
    # A sigle typed in small letters is one word that the glossary may know.
    key = sigles[0].text if alone else named if len(named.split()) == 1 else ""
    return Defined(named, terms, sigle_key(key))


def defines(question: Question, text: str, heading: frozenset[str] = frozenset()) -> float:
    """Tell how surely a text defines what a question asks for, in [0, 1].

    Args:
        question: of the `DEFINITION` kind.
        text: a sentence, a list item, a list with its introduction, or a cell with its labels.
        heading: terms of the introduction or heading that names it.

    Returns:
        1 for « X est un… », « X : … » or a sigle spelt out; 0.7 for what stands under a heading
        that names X alone; 0 otherwise.
    """
    wanted = defined(question)
    if wanted is None:
        return 0.0
    folded = " ".join(fold(text).replace("’", "'").split())
    said = _says(wanted.words, folded, sigle=bool(wanted.sigle)) if wanted.words else 0.0
    if wanted.sigle and said < 1.0 and spelt_out(wanted.sigle, text):
        # « Qu'est-ce que le ROR » wants to know what it is, rather than what it is short for.
        return max(said, 1.0 if asks_meaning(question) else 0.6)
    if said:
        return said
    if _names(heading, wanted.terms):
        return 0.7
    opening = frozenset(analyse(" ".join(folded.split()[:7])))
    if wanted.terms <= opening and re.search(rf"(?:{_IS}|{_MEANS})", folded[:_OPENING]):
        first = analyse(folded)[:2]
        return 0.8 if wanted.terms & set(first) else 0.0
    return 0.0


def asks_meaning(question: Question) -> bool:
    """Tell whether the words that a sigle stands for are asked (« que signifie »)."""
    return bool(_MEANING.search(fold(question.text)))


def unknown_meaning(
    question: Question, best: float, expansions: Mapping[str, str] | None
) -> str | None:
    """Say what the glossary knows of a sigle that no extract spells out.

    Args:
        question: understood.
        best: how surely the best extract holds what is asked.
        expansions: sigle of the question, as typed → what the glossary says it stands for.

    Returns:
        A French sentence that quotes the glossary; `None` when an extract answers, when
        something else is asked, or when the glossary knows nothing.
    """
    if question.expected is not Expected.DEFINITION or best or not asks_meaning(question):
        return None
    wanted = defined(question)
    if wanted is None or not wanted.sigle:
        return None
    for name, meant in (expansions or {}).items():
        if sigle_key(name) == wanted.sigle:
            return (
                f"Aucun passage trouvé ne dit ce que « {name} » veut dire. D’après le glossaire de "
                f"l’assistant : {meant}."
            )
    return None


def spelt_out(key: str, text: str) -> bool:
    """Tell whether a text spells a sigle out, by the rules that fill the glossary.

    Args:
        key: what `sigle_key` gives of the sigle.
        text: display text.
    """
    if key not in fold(text):
        return False
    return any(sigle_key(found.sigle) == key for found in find_in_text(text))


def _says(words: str, folded: str, *, sigle: bool) -> float:
    name = rf"{re.escape(words)}s?"
    opened = rf"^(?:[-•▪*\d.)\s]*){_ARTICLE}{name}"
    bracket = r"(?: ?\([^)]{2,80}\))?"
    if (
        re.search(rf"{opened}{bracket}(?:{_IS}|{_MEANS})", folded[:_OPENING])
        or re.search(rf"{_ENTEND} (?:par )?[«\"“ ]*{_ARTICLE}{name}\b", folded)
        or re.search(rf"\b{name},? (?:c'est-a-dire|autrement dit|a savoir)\b", folded)
    ):
        return 1.0
    known = len(words) == 1 or (sigle and len(words) <= _SIGLE_LETTERS)
    # « théranostique (contraction de…) »; what follows a sigle in brackets may be anything.
    if not known and re.search(rf"\b{name} \((?!s\)|es?\))[a-z][^)]{{8,}}", folded):
        return 1.0
    # « le GRADeS régional qui est « l’opérateur de… »
    if re.search(rf"\b{name}(?: [\w'-]+){{0,2}},? qui (?:est|sont) [«\"“ ]*{_NOUN}", folded):
        return 0.9
    # « HAS : recommandations » is a title rather than a definition.
    if re.search(rf"{opened}{bracket} ?(?::|=|–|—| - ) ?\S", folded):
        return 0.5 if known else 1.0
    return 0.0


def _names(heading: frozenset[str], subject: frozenset[str]) -> bool:
    """Tell whether a heading names the subject and hardly anything else."""
    return bool(subject) and subject <= heading and len(heading - subject) <= 2
