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
        r"\b(?:ignor|oubli|neglig|desobe|disregard|forget|overrid)\w*\b.{0,60}"
        r"\b(?:consignes?|instructions?|regles? (?:precedentes?|ci-dessus)|prompts?|rules)\b",
        r"\bne (?:tiens|tenez|tenir) (?:aucun |pas )?compte\b.{0,40}"
        r"\b(?:consignes?|instructions?)\b",
        r"\b(?:prompt|message|invite|consignes?) (?:systeme|system)\b",
        r"\bsystem (?:prompt|message)\b",
        r"\b(?:tu es|vous etes|you are) (?:desormais|maintenant|now|dorenavant)\b",
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
)
_OUR_WORDING = re.compile(
    r"\b(?:reponse|citation|phrase)s? verifiees?\b|\bverifie\w* par l'assistant\b"
    r"|\breponse de l'assistant\b|\bnon trouve dans le corpus\b|\bextraits? mot pour mot\b"
    r"|\bconfiance ?: ?\d+ ?%|\[\d{1,2}\]\W.{0,40}\bp(?:age|\.) ?\d"
)
_WORD = re.compile(r"[^\W\d_]+")
_PAUSE = re.compile(r"[,;:.!?()«»|/–—<>≤≥=+*→•_]|\s-\s")

_HEAP_WORDS = 12
_HEAP_SMALL = 0.15
_HEAP_DISTINCT = 0.6
_SENTENCE_SMALL = 0.3


def addresses_a_model(text: str) -> bool:
    """Tell whether a sentence gives orders to a language model."""
    folded = fold(display_text(text))
    return any(order.search(folded) for order in _ORDERS)


@lru_cache(maxsize=20_000)
def is_suspect(text: str) -> bool:
    """Tell whether a text is written for something else than its reader."""
    folded = fold(display_text(text))
    return (
        _CODE.search(folded) is not None
        or _OUR_WORDING.search(folded) is not None
        or addresses_a_model(text)
        or _is_heap(text, folded)
    )


def _is_heap(text: str, folded: str) -> bool:
    """Tell whether a text is a heap of words: no pauses, and no small words or repetitions."""
    said = _WORD.findall(folded)
    if len(said) < _HEAP_WORDS or _PAUSE.search(text.strip().rstrip(".")):
        return False
    small = sum(word in STOP_WORDS for word in said) / len(said)
    terms = analyse(text)
    repeated = len(set(terms)) < _HEAP_DISTINCT * len(terms)
    return small < _HEAP_SMALL or (small < _SENTENCE_SMALL and repeated)
