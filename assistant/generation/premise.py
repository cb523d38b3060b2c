"""What a question takes for granted, when nothing that was found says it.

« Pourquoi l'appel a-t-il été annulé ? » supposes that it was; « Comment justifier les
200 000 euros ? » that they were granted. The answer quotes what the documents do say; a remark
in fixed words tells what they were not found to say. It never says that a thing did not happen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.generation.question import Expected, Question
from assistant.generation.scoring import Vocabulary, Weights, stands_for
from assistant.generation.units import terms_of
from assistant.generation.wanted import find_frequencies
from assistant.language.analyser import analyse
from assistant.language.entities import find_amounts, find_percentages
from assistant.language.normalise import display_text, fold
from assistant.model import Hit

_EVENT = re.compile(
    r"(?:\b(?:a|ont|est|sont|fut|furent)(?:-t)?-(?:il|elle|ils|elles|on)(?: (?:deja|enfin|donc|"
    r"finalement))?(?: ete)? |\b(?:a|ont) ete )(?P<event>\w{4,}(?:e|i|u|s|t)e?s?)\b"
)
_SUPPOSING = frozenset(
    {Expected.PURPOSE, Expected.DATE, Expected.WHO, Expected.PERSON, Expected.HOW, Expected.PLACE}
)
"""Kinds of question that take an event for granted; « a-t-il été… ? » alone asks whether."""
_LIGHT = frozenset(
    analyse(
        "lieu fait fallu dit mis pris eu vu donné prévu décidé choisi commencé permis pensé voulu "
        "demandé lancé créé publié présenté annoncé écrit"
    )
)
"""Events that pages state in many other words, or by their mere existence."""
_MATCH = Weights()


def unstated(question: Question, hits: Sequence[Hit], terms: Vocabulary) -> list[str]:
    """Say what a question supposes and no passage found says.

    Args:
        question: understood.
        hits: passages that the answer was drawn from.
        terms: weights and aliases of the question's terms.

    Returns:
        French remarks; none when all that is supposed stands somewhere, or when nothing is.
    """
    texts = [hit.passage.text for hit in hits]
    if not texts:
        return []
    remarks = []
    event = supposed_event(question)
    if event is not None:
        everywhere = frozenset[str]().union(*(terms_of(text) for text in texts))
        own = analyse(event)
        if own and not any(
            term in everywhere or stands_for(term, everywhere, terms, _MATCH) for term in own
        ):
            remarks.append(
                f"Les passages trouvés ne disent pas « {event} » : la question le suppose, sans "
                "que les documents cités l’établissent."
            )
    for value in _supposed_values(question):
        if not any(value in _values(text) for text in texts):
            remarks.append(
                f"Les passages trouvés ne donnent pas « {_written(question, value)} », que la "
                "question suppose."
            )
    return remarks


def supposed_event(question: Question) -> str | None:
    """The past participle of an event that a question takes for granted, as typed."""
    if question.expected not in _SUPPOSING:
        return None
    folded = fold(question.text)
    match = _EVENT.search(folded)
    if match is None or len(folded) != len(question.text):
        return None
    event = question.text[match.start("event") : match.end("event")]
    terms = analyse(event)
    return event if terms and not _LIGHT.intersection(terms) else None


def _supposed_values(question: Question) -> list[str]:
    """Values of a question that asks for something else than to confirm them."""
    if question.expected in (Expected.YES_NO, Expected.COMPARISON):
        return []
    return sorted(_values(question.text))


@lru_cache(maxsize=512)
def _values(text: str) -> frozenset[str]:
    found = (*find_amounts(text), *find_percentages(text), *find_frequencies(text))
    return frozenset(f"{entity.kind} {entity.value}" for entity in found)


def _written(question: Question, value: str) -> str:
    found = (
        *find_amounts(question.text),
        *find_percentages(question.text),
        *find_frequencies(question.text),
    )
    return next(
        display_text(entity.text) for entity in found if f"{entity.kind} {entity.value}" == value
    )
