"""From a question to weighted search terms: sigles expanded, typing errors mended.

Whatever is added to the reader's words is recorded, so that the interface can show it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.index.glossary import Glossary, written_sigle
from assistant.index.lexical import LexicalIndex
from assistant.index.own_sigles import Decisions, OwnSigles, overlay
from assistant.language.analyser import analyse
from assistant.retrieval.expansion import Expander
from assistant.retrieval.mending import Mender


@dataclass(frozen=True, slots=True)
class Query:
    """An understood question.

    Attributes:
        question: as typed.
        terms: analysed terms of the question (mended), with weight 1; less for the words of
            a spelt-out name, which together weigh what its sigle weighs.
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
        self._lexical = lexical
        self._frequencies = lexical.vocabulary()
        self._glossary = glossary
        self._size = size
        self._own: OwnSigles | None = None
        self._decisions: Decisions | None = None
        self._expander = Expander(glossary, self._frequencies, size)
        self._mender = Mender(lexical, self._expander.sigle_terms)

    def follow(self, own: OwnSigles) -> None:
        """Obey the administrator's sigles from now on, as they change."""
        self._own = own

    def _refresh(self) -> None:
        """Read the administrator's sigles again if they changed since the last question."""
        decisions = self._own.serving() if self._own else None
        if decisions is self._decisions or not (decisions or self._decisions):
            return
        decisions = decisions or {}
        said = {key: made.sigle for key, made in decisions.items()}
        self._expander = Expander(
            overlay(self._glossary, decisions),
            self._frequencies,
            self._size,
            written=lambda key: said.get(key) or written_sigle(key),
        )
        self._mender = Mender(self._lexical, self._expander.sigle_terms)
        self._decisions = decisions

    def parse(self, question: str) -> Query:
        """Understand one question."""
        self._refresh()
        mended = self._mender.mend(question)
        terms = dict.fromkeys(analyse(mended.text), 1.0)
        found = self._expander.expand(mended.text)
        terms |= found.importance
        spelled = " ; ".join(dict.fromkeys(found.spelled))
        return Query(
            question=question,
            terms=terms,
            expanded={term: w for term, w in found.weights.items() if term not in terms},
            corrections=mended.corrections,
            expansions=found.shown,
            aliases={term: tuple(sets) for term, sets in found.aliases.items()},
            dense_text=f"{mended.dense} ({spelled})" if spelled else mended.dense,
        )
