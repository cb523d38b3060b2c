"""Whether a kept answer still holds: its citations read again in the stored pages.

A file that changed or left makes the sentence one to check again.
"""

from __future__ import annotations

from functools import lru_cache

from assistant.conversations.models import Doubt
from assistant.generation.rereading import GetPage, relocated, unproven
from assistant.language.typography import typeset
from assistant.model import Answer, Citation, Sentence


def recheck(
    answer: Answer, get_page: GetPage, *, foreign: bool = False
) -> tuple[Answer, list[Doubt]]:
    """Read every citation of an answer again.

    Args:
        answer: as it was shown.
        get_page: gives the stored pages.
        foreign: whether the answer comes from outside, so that its wording proves nothing: then
            an extract must be its quote, and a sentence must have one.

    Returns:
        The answer, with the offsets of the quotes that moved on their page brought up to date,
        and the sentences whose proof does not hold any more.
    """
    read = lru_cache(maxsize=None)(get_page)
    doubts: list[Doubt] = []
    sentences: list[Sentence] = []
    for rank, sentence in enumerate(answer.sentences):
        citations: list[Citation] = []
        reason: tuple[Citation | None, str] | None = None
        for citation in sentence.citations:
            found, why = relocated(citation, read)
            citations.append(found)
            if why and reason is None:
                reason = citation, why
        if reason is None and foreign:
            why = unproven(sentence.kind, sentence.text, sentence.citations)
            reason = (sentence.citations[0] if sentence.citations else None, why) if why else None
        if reason is not None:
            cited, why = reason
            doubts.append(
                Doubt(
                    sentence=rank,
                    file=cited.file if cited else "",
                    page=cited.page if cited else 1,
                    reason=typeset(why),
                )
            )
        sentences.append(sentence.model_copy(update={"citations": citations}))
    return answer.model_copy(update={"sentences": sentences}), doubts
