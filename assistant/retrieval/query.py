"""From a question to weighted search terms: sigles expanded, typing errors mended.

Whatever is added to the reader's words is recorded, so that the interface can show it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.index.glossary import Glossary
from assistant.index.lexical import LexicalIndex
from assistant.language.analyser import analyse
from assistant.retrieval.expansion import Expander
from assistant.retrieval.spelling import Spelling


@dataclass(frozen=True, slots=True)
class Query:
    """An understood question.

    Attributes:
        question: as typed.
        terms: analysed terms of the question (mended), each with weight 1.
        expanded: further terms from the glossary, with lower weights.
        corrections: mistyped term → term searched instead.
        expansions: sigle or phrase found in the question → what it was expanded to.
        aliases: term → sets of terms, any of which, complete, says the same (« sas » and
            « service », « acces », « soin »; each term of the phrase and the sigle).
        dense_text: the text to embed.
    """

    question: str
    terms: dict[str, float]
    expanded: dict[str, float] = field(default_factory=dict)
    corrections: dict[str, str] = field(default_factory=dict)
    expansions: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, tuple[frozenset[str], ...]] = field(default_factory=dict)
    dense_text: str = ""


class QueryParser:
    """Understands questions with the vocabulary and glossary of one generation."""

    def __init__(self, lexical: LexicalIndex, glossary: Glossary, size: int) -> None:
        frequencies = lexical.vocabulary()
        self._spelling = Spelling(frequencies, glossary)
        self._expander = Expander(glossary, frequencies, size)

    def parse(self, question: str) -> Query:
        """Understand one question."""
        terms: dict[str, float] = {}
        corrections: dict[str, str] = {}
        for term in analyse(question):
            mended = self._spelling.mend(term)
            if mended != term:
                corrections[term] = mended
            terms[mended] = 1.0
        found = self._expander.expand(question, list(terms))
        spelled = " ; ".join(found.shown.values())
        return Query(
            question=question,
            terms=terms,
            expanded={term: w for term, w in found.weights.items() if term not in terms},
            corrections=corrections,
            expansions=found.shown,
            aliases={term: tuple(sets) for term, sets in found.aliases.items()},
            dense_text=f"{question} ({spelled})" if spelled else question,
        )
