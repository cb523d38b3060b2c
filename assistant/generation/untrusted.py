"""Sentences of a page that are not written for its reader.

Orders to a language model, imitations of our own wording, code, heaps of key words: a page may
hold them and a reader may open it, but none of them is the best answer to a question, nor the
proof of anything.
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.language.analyser import analyse
from assistant.language.normalise import display_text, fold
from assistant.language.words import STOP_WORDS

_ORDERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:ignor|oubli|neglig|desobe|disregard|forget|overrid)\w*\b.{0,40}"
        r"\b(?:consignes?|instructions?|regles? (?:precedentes?|ci-dessus)|prompts?|rules)\b",
        r"\bne (?:tiens|tenez|tenir) (?:aucun |pas )?compte\b.{0,40}"
        r"\b(?:consignes?|instructions?)\b",
        r"\b(?:prompt|message|invite|consignes?) (?:systeme|system)\b",
        r"\bsystem (?:prompt|message)\b",
        r"\b(?:tu es|you are) (?:desormais|maintenant|now|dorenavant)\b",
        r"\bvous etes (?:desormais|maintenant|dorenavant)\b.{0,30}"
        r"\b(?:assistant|chatbot|robot|ia|modele|mode|sans regles?)\b",
        r"\b(?:reponds|answer|reply|respond)\b.{0,15}\b(?:uniquement|toujours|only|always)\b",
        r"\b(?:tu dois|you must) (?:repondre|dire|affirmer|answer|say|reply|claim)\b",
        r"\b(?:n'obei|do not (?:follow|obey)|don't (?:follow|obey))\w*\b.{0,30}"
        r"\b(?:consignes?|instructions?|regles?|rules)\b",
        r"\b(?:nouvelles?|new) (?:consignes?|instructions?|directives?) ?:",
        r"#{2,} ?(?:instructions?|consignes?|system|systeme|assistant|user)\b",
        r"\b(?:repete|repetez|recopie|recopiez|repeat|print|output)\b.{0,20}"
        r"\b(?:tout ce qui precede|everything above|(?:text|words|lines?) above)\b",
        r"\b(?:tell|give|show|donne|donnez|montre|montrez|dis|dites)\b.{0,12}"
        r"\b(?:your|tes|ton|vos|votre) (?:instructions?|consignes?|prompts?|rules)\b",
        r"\ba l'attention (?:de l'ia|des ia|des llm|de l'assistant|du modele|du chatbot)\b",
        r"\b(?:note|message|instructions?) (?:for|to) (?:the )?(?:ai|llm|assistants?|language "
        r"models?|chatbot)s?\b",
        r"\b(?:dear|cher) (?:assistant|ai|llm|chatbot|model)\b ?[,:!]",
        r"\b(?:ne citez? (?:plus|que|aucun)|(?:do not|don't|never) cite)\b",
        r"\b(?:agis|agissez|act|behave|pretend|fais comme)\b.{0,40}\b(?:sans (?:aucune )?(?:regle|"
        r"limite|restriction)s?|unrestricted|no rules|without (?:any )?(?:rules|restrictions?))\b",
        r"\b(?:repondez|reponds|reply|respond|answer)\b.{0,20}(?:\bque\b|\bqu'|\bthat\b|\bwith\b|:)",
        r"\b(?:revele|revelez|affiche|affichez|repete|repetez|reveal|print|repeat)\b.{0,40}"
        r"\b(?:consignes?|instructions?|prompt|cle|key|password|mot de passe)\b",
        r"\b(?:assistant|chatbot|modele de langue|language model|llm)\b.{0,40}\b(?:doit|dois|devez|"
        r"must|should) (?:repondre|dire|ecrire|answer|say|write|ignore)\w* (?:que|qu'|that|with)\b",
    )
)
_CODE = re.compile(
    r"<\s?/?\s?(?:script|img|iframe|svg|style|object|embed|form|link|meta|body|html)\b"
    r"|\bjavascript:|\bon(?:error|load|click|mouseover)\s?=|!\[[^\]]*\]\("
    r"|<\|\s?\w+\s?\|>|\[/?(?:inst|sys)\]|<<\s?/?sys\s?>>"
    r"|<\s?/?\s?(?:passage|question|system|user|assistant|start_of_turn|end_of_turn|think)\b"
    r"|\b(?:human|user|utilisateur) ?:.{0,200}\b(?:assistant|ai|ia) ?:"
    r"|\bdata:text/|(?<!\w)[=+@-](?:hyperlink|importxml|importdata|webservice|cmd)\b"
)
_OUR_WORDING = re.compile(
    r"\b(?:reponse|citation|phrase)s? verifiees?\b|\bverifie\w* par l'assistant\b"
    r"|\breponse de l'assistant\b|\bnon trouve dans le corpus\b|\bextraits? mot pour mot\b"
    r"|\bconfiance ?: ?\d+ ?%|\[\d{1,2}\]\W.{0,40}\bp(?:age|\.) ?\d"
)
# Cyrillic and Greek letters that look like Latin ones, folded: words are read as they are seen.
_LOOKALIKES = str.maketrans(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u043a\u04cf\u043e\u0440\u051b\u0455\u0442\u0475\u0461"
    "\u0445\u0443\u03b1\u03bf\u03c1\u03bd\u03b9\u03c5\u0261\u0131",
    "acdehijklopqstvwxyaopviugi",
)
_SPACED = re.compile(r"(?<!\w)(?:\w ){4,}\w(?!\w)")

_WORD = re.compile(r"[^\W\d_]+")
_PAUSE = re.compile(r"[,;:.!?()«»|/–—<>≤≥=+*→•_]|\s-\s")

_HEAP_WORDS = 12
_HEAP_SMALL = 0.15
_HEAP_DISTINCT = 0.6
_SENTENCE_SMALL = 0.3


def addresses_a_model(text: str) -> bool:
    """Tell whether a sentence gives orders to a language model."""
    folded = _as_seen(text)
    return any(order.search(folded) for order in _ORDERS)


@lru_cache(maxsize=20_000)
def is_suspect(text: str) -> bool:
    """Tell whether a text is written for something else than its reader."""
    folded = _as_seen(text)
    return (
        _CODE.search(folded) is not None
        or _OUR_WORDING.search(folded) is not None
        or addresses_a_model(text)
        or _is_heap(text, folded)
    )


def _as_seen(text: str) -> str:
    """Folded text, its letters of other alphabets and its s p a c e d words read as they look."""
    folded = fold(display_text(text))
    if not folded.isascii():
        folded = folded.translate(_LOOKALIKES)
    return _SPACED.sub(lambda found: found[0].replace(" ", ""), folded)


def _is_heap(text: str, folded: str) -> bool:
    """Tell whether a text is a heap of words: no pauses, and no small words or repetitions."""
    said = _WORD.findall(folded)
    if len(said) < _HEAP_WORDS or _PAUSE.search(text.strip().rstrip(".")):
        return False
    small = sum(word in STOP_WORDS for word in said) / len(said)
    terms = analyse(text)
    repeated = len(set(terms)) < _HEAP_DISTINCT * len(terms)
    return small < _HEAP_SMALL or (small < _SENTENCE_SMALL and repeated)
