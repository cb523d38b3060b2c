"""Citation precision and recall of displayed sentences, by the definitions of ALCE.

- **Recall** of a sentence: 1 when what it cites, put together, says what it says.
- **Precision** of a citation: 1 when its sentence has recall 1 and the citation is not
  irrelevant. It is irrelevant when it does not say the sentence by itself while the others say
  it without it.

Both are averaged over the sentences, or the citations, of an answer, then over the answers that
show something (Gao et al., « Enabling Large Language Models to Generate Text with Citations »,
2023, section 3). ALCE asks an inference model whether a text says a sentence. Here two judges
without a model answer, of which the second shares nothing with what wrote the answer:

- `checked`: the rules that decide what may be shown (`assistant.generation.support`);
- `plain`: all numbers and names of the sentence stand in the text, and nearly all of its words.

A text says what it holds word for word, for both. A label (« Montant — AMI urgences : ») states
nothing: all its words must stand in what it cites, as often as it has them. As in ALCE, the title
of a document is part of what it says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.generation.question import understand
from assistant.generation.support import EvidenceText, check_support
from assistant.language.normalise import display_text, squash
from assistant.language.words import STOP_WORDS
from assistant.model import Answer, Citation, Document, DocumentMetadata, Sentence, Span

Says = Callable[[Sequence[Citation], Sentence], bool]
"""Whether citations, put together, say a sentence."""


@dataclass(frozen=True, slots=True)
class Cited:
    """Figures of one answer.

    Attributes:
        recall: mean over its sentences.
        precision: mean over its citations; 0 when it has none.
        sentences: sentences displayed.
        citations: citations displayed.
        unsupported: texts of the sentences that their citations do not say.
        irrelevant: texts of the sentences of irrelevant citations, one a citation.
    """

    recall: float
    precision: float
    sentences: int
    citations: int
    unsupported: tuple[str, ...] = ()
    irrelevant: tuple[str, ...] = ()


def measure(answer: Answer, says: Says) -> Cited | None:
    """Citation figures of an answer; `None` when it shows nothing.

    Args:
        answer: as the assistant gave it.
        says: the judge.
    """
    if not answer.sentences:
        return None
    supported, precise = 0, 0
    unsupported: list[str] = []
    useless: list[str] = []
    for sentence in answer.sentences:
        if not _recalled(sentence, says):
            unsupported.append(sentence.text)
            continue
        supported += 1
        found = irrelevant(sentence, says)
        useless += [sentence.text] * len(found)
        precise += len(sentence.citations) - len(found)
    citations = sum(len(sentence.citations) for sentence in answer.sentences)
    return Cited(
        recall=supported / len(answer.sentences),
        precision=precise / citations if citations else 0.0,
        sentences=len(answer.sentences),
        citations=citations,
        unsupported=tuple(unsupported),
        irrelevant=tuple(useless),
    )


def _recalled(sentence: Sentence, says: Says) -> bool:
    return bool(sentence.citations) and says(sentence.citations, sentence)


def irrelevant(sentence: Sentence, says: Says) -> list[Citation]:
    """Citations that do not say the sentence while the others say it without them."""
    cited = sentence.citations
    return [
        citation
        for rank, citation in enumerate(cited)
        if len(cited) > 1
        and not says([citation], sentence)
        and says([*cited[:rank], *cited[rank + 1 :]], sentence)
    ]


_ANYTHING = understand("Que dit le document ?")


def checked(citations: Sequence[Citation], sentence: Sentence) -> bool:
    """Judge by the rules that decide what may be shown."""
    decided = _literally(citations, sentence)
    if decided is not None:
        return decided
    titles = " — ".join(dict.fromkeys(one.document for one in citations))
    quotes = _joined(citations)
    document = Document("cité", "cité.pdf", "", DocumentMetadata(titles), 1)
    unit = EvidenceText(document, Span(1, 0, max(1, len(quotes))), quotes, titles)
    return check_support(sentence.text, [unit], question=_ANYTHING).supported


_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[ \u00a0\u202f.]\d{3})*(?:,\d+)?")
_OPENING = 4
"""Letters by which words of one family are recognised."""
_SHARE = 0.75


def plain(citations: Sequence[Citation], sentence: Sentence) -> bool:
    """Judge by numbers, names and words alone, without the rules of the assistant."""
    decided = _literally(citations, sentence)
    if decided is not None:
        return decided
    text = sentence.text
    said = " ".join([_joined(citations), *(one.document for one in citations)])
    known = set(squash(said).split())
    if not _numbers(text) <= _numbers(said):
        return False
    words = [found[0] for found in _WORD.finditer(text)]
    names = [
        word
        for rank, word in enumerate(words)
        if word[0].isupper() and (rank > 0 or word[:2].isupper()) and not word.isdigit()
    ]
    if not all(part in known for name in names for part in squash(name).split()):
        return False
    content = [
        part
        for part in squash(text).split()
        if len(part) > _OPENING and part not in STOP_WORDS and not part.isdigit()
    ]
    openings = {word[:_OPENING] for word in known}
    held = sum(part[:_OPENING] in openings for part in content)
    return held >= _SHARE * len(content) and bool(content or names or _numbers(text))


def _numbers(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"[ \u00a0\u202f.]", "", one) for one in _NUMBER.findall(text))


def _joined(citations: Sequence[Citation]) -> str:
    """The quotes in the order of the pages, as they are displayed."""
    ranked = sorted(citations, key=lambda one: (one.document_id, one.page, one.start))
    return " ".join(display_text(one.quote) for one in ranked)


def _literally(citations: Sequence[Citation], sentence: Sentence) -> bool | None:
    """What the letters alone decide: a label, or a sentence that the quotes hold in order."""
    quoted, said = squash(_joined(citations)), squash(sentence.text)
    if sentence.kind == "template":
        return Counter(said.split()) <= Counter(quoted.split())
    held = bool(said) and said.replace(" ", "") in quoted.replace(" ", "")
    return True if held else None
