"""A kept answer once some of its documents are no longer for the person who asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from assistant.access.cited import Unseen, cited
from assistant.model import Answer, Citation, Sentence

HIDDEN: Final = "[Phrase tirée d’un document qui ne vous est pas ouvert.]"
_NAME: Final = "document non ouvert"


def for_reader(kept: str, unseen: Unseen) -> Answer:
    """An answer as it was kept, without what its reader may no longer see.

    A sentence that quotes a hidden document keeps its place and loses its words; its citation
    leads nowhere, so that it is told to be checked again. What may speak of the document without
    naming it (notes, filters, the completed question) goes with it.

    Args:
        kept: the answer in JSON.
        unseen: documents kept from the reader.

    Raises:
        ValidationError: this is no answer.
    """
    answer = Answer.model_validate_json(kept)
    if not cited(kept) & unseen.documents:
        return answer
    return answer.model_copy(
        update={
            "understood": None,
            "reason": answer.reason and "Les documents lus ne vous sont pas tous ouverts.",
            "sentences": [_sentence(one, unseen.documents) for one in answer.sentences],
            "sources": [one for one in answer.sources if one.document_id not in unseen.documents],
            "notes": [],
            "differing": [
                one
                for one in answer.differing
                if not any(value.citation.document_id in unseen.documents for value in one.values)
            ],
            "filters": None,
        }
    )


def _sentence(sentence: Sentence, unseen: Collection[str]) -> Sentence:
    if not any(one.document_id in unseen for one in sentence.citations):
        return sentence
    nowhere = Citation(
        file=_NAME,
        document=_NAME,
        document_id="",
        page=1,
        page_label="1",
        quote="",
        start=0,
        end=0,
    )
    return sentence.model_copy(update={"text": HIDDEN, "citations": [nowhere]})
