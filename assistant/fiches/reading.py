"""Pieces of the corpus that may fill a fiche, each with how much of the use case it speaks of.

Passages found are cut as answers are (`generation.evidence`). A piece is judged with what names
it: the item it stands under, the introduction of its list, its headings, the title of its
document. On a card (« Exemple de cas d'usage : … Impact : … ») what stands under a label belongs
to the use case described just above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from assistant.attempt import Attempt
from assistant.fiches.model import Scope, Statement
from assistant.fiches.subject import Covered, Subject, Terms, grams, speaks_of_ai, subject_of
from assistant.generation.arithmetic import arithmetic_remark
from assistant.generation.evidence import units_of
from assistant.generation.units import Unit, UnitKind, terms_of
from assistant.generation.untrusted import is_suspect
from assistant.generation.verification import sentences_of
from assistant.language.analyser import is_shouting
from assistant.model import Block, BlockKind, Filters, Hit, Passage

ABOUT: Final = 0.6
"""Share of the strong concepts of the subject from which a piece speaks of the use case.

Chosen by reading the pieces of ten titles over the five starting documents: at 0.5 a title of two
things is met by a text on one of them.
"""
WHOLE: Final = 0.55
"""The same for the whole subject, weak concepts included: « planification » alone is not that of
teams."""
NO_AI: Final = 0.85
"""The same where nothing speaks of AI: a regional scheme has pages on cancer, on research…"""
OWN: Final = 0.5
"""Share of the strong concepts that a piece must hold itself, or in the cell or card it is of.

A heading names what a chapter is about; it does not make each of its sentences one on the use case,
unless it names that very use case (`Library.same`)."""
SURE: Final = 0.75
"""Share of the strong concepts from which a text describes this use case and no neighbour."""
NAMED: Final = 0.5
"""Share of what the name of something is about that the title must hold."""
_MANY_TERMS: Final = 30
"""Terms of a cell of a table from which it lists several things: none of them is its subject."""
_LABEL_WORDS: Final = 6
_SHORTEST, _LONGEST = 20, 700
_WORDS: Final = 4
_BESIDE: Final = re.compile(r"[:«»“”\"]")
_ENDS: Final = (".", "!", "?", ";")
_SINGLE: Final = frozenset({UnitKind.SENTENCE, UnitKind.ITEM, UnitKind.CELL})
_WORTH: Final = {"own": 1.0, "near": 0.95, "section": 0.85, "title": 0.75, "around": 0.4}
"""Worth of a term of the subject found in a piece, and in what stands around it."""


@dataclass(frozen=True, slots=True)
class Read:
    """A piece of a passage.

    Attributes:
        unit: the piece.
        named: terms of what names it: introduction, items above, use case of its card.
        label: text of the short line that it stands under (« Impact »), or empty.
        card: the use case whose card it is part of, as the document describes it, or empty.
        headings: terms of its two nearest headings.
        covered: how much of the subject it speaks of, with its surroundings.
        ai: whether it speaks of AI, itself, in what names it, or by its document.
        rank: rank of its passage in the search that found it, from 0.
        own: share of the strong concepts found in the piece, or in the cell or card it is of.
        placed: whether a heading above it, or the title of its document, names this use case.
    """

    unit: Unit
    named: Terms
    label: str
    card: str
    headings: Terms
    covered: Covered
    ai: bool
    rank: int
    own: float = 0.0
    placed: bool = False

    @property
    def about(self) -> bool:
        """Whether it speaks of this very use case."""
        if self.covered.strong < ABOUT or (self.own < OWN and not self.placed):
            return False
        if self.unit.kind is UnitKind.CELL and len(self.unit.own) > _MANY_TERMS:
            return False
        if not self.ai:
            return self.covered.share >= NO_AI
        return self.covered.share >= WHOLE or self.covered.named

    @property
    def tells(self) -> bool:
        """Whether it says something by itself, and to a reader."""
        text = self.text
        return (
            _SHORTEST <= len(text) <= _LONGEST
            and len(text.split()) >= _WORDS
            and not text.endswith((":", "?"))
            and not is_shouting(text)
            and not is_suspect(text)
        )

    @property
    def key(self) -> tuple[str, int, int]:
        """Where it stands: document, page, first character."""
        span = self.unit.pieces[0].span
        return self.unit.hit.document.id, span.page, span.start

    @property
    def text(self) -> str:
        """What is read."""
        return " ".join(piece.text for piece in self.unit.pieces)


class Library:
    """Passages found for one fiche, cut once each."""

    def __init__(
        self, attempt: Attempt, title: str, subject: Subject, known: frozenset[Terms]
    ) -> None:
        """Bind retrieval to the subject that pieces are judged against.

        Args:
            attempt: retrieval over the corpus.
            title: of the use case.
            subject: what it is about.
            known: expressions that tell one use case from another (`subject.telling`).
        """
        self.attempt = attempt
        self.title = grams(title)
        self.subject = subject
        self.known = known
        self.headings: dict[tuple[str, int, int], tuple[str, ...]] = {}
        """Place of each piece shown (document, page, first character) → headings above it."""
        self._cut: dict[str, list[Read]] = {}
        self._same: dict[tuple[str, int], bool] = {}

    def read(self, asked: str, filters: Filters, *, limit: int) -> list[Read]:
        """Pieces of the passages found for a question, best passage first."""
        return self.pieces(self.attempt.hits(asked, filters, limit=limit))

    def pieces(self, hits: Sequence[Hit]) -> list[Read]:
        """Cut passages into pieces that can be shown."""
        found: dict[str, list[Read]] = {}
        for rank, hit in enumerate(hits):
            key = hit.passage.id
            if key not in self._cut:
                self._cut[key] = [
                    self._judged(part, rank)
                    for unit in units_of([hit], self.attempt.pages.page)
                    if unit.kind in _SINGLE
                    for part in _parts(unit)
                ]
            found.setdefault(key, self._cut[key])
        return [one for pieces in found.values() for one in pieces]

    def _judged(self, unit: Unit, rank: int) -> Read:
        subject = self.subject
        named, label, card = _named(unit)
        sections = unit.hit.passage.section[-2:]
        headings = frozenset[str]().union(*(grams(one) for one in sections))
        text = " ".join(piece.text for piece in unit.pieces)
        own = grams(text)
        # What stands under a label is of the use case of its card, which may be another one.
        near = grams(label) if label and not self.same(card) else named
        contexts = [
            (own, _WORTH["own"]),
            (named, _WORTH["near"]),
            (headings, _WORTH["section"]),
            (unit.around, _WORTH["around"]),
        ]
        # A document on two things, in the part on the other one: its title says nothing here.
        elsewhere = (
            any(one <= headings for one in self.known)
            and not subject.covered([(headings, 1.0)]).strong
        )
        name = unit.hit.document.metadata.title
        title = grams(name)
        if not elsewhere:
            contexts.append((title, _WORTH["title"]))
        return Read(
            unit,
            named,
            label,
            card,
            headings,
            subject.covered(contexts),
            speaks_of_ai(own | named | headings | title),
            rank,
            subject.covered(
                [contexts[0], (near, _WORTH["near"])], other_names=not self._of_another(text)
            ).strong,
            any(map(self.names, sections)) or (not elsewhere and self.names(name)),
        )

    def _of_another(self, text: str) -> bool:
        """Whether a text names something else before it details it (« Command center : … »).

        It is then on the use case by its very words only, not by other names of what it is about.
        """
        head, mark, _ = text.partition(":")
        if not mark or self.same(text):
            return False
        idf = self.attempt.serving.search.idf
        return any(one.strong for one in subject_of(head, idf).concepts)

    def same(self, card: str) -> bool:
        """Whether a card describes this use case, not one that holds it or is part of it.

        Each must cover the other: the card what the title is about, the title what the card opens
        with (« Codage médical : … » names the use case before it details it). A card that holds
        several things of the title, each by its own word, is on it as well.
        """
        return self._is_same(card, card.partition(":")[:1])

    def names(self, heading: str) -> bool:
        """Whether a heading, or the title of a document, is the name of this use case.

        Judged as cards are, on either side of a colon or within quotes (« Appel à projets : … »).
        """
        return self._is_same(heading, _BESIDE.split(heading))

    def _is_same(self, described: str, parts: Sequence[str]) -> bool:
        key = (described, len(parts))
        if key not in self._same:
            self._same[key] = self._covers(grams(described), parts)
        return self._same[key]

    def _covers(self, text: Terms, parts: Sequence[str]) -> bool:
        if self.subject.covered([(text, 1.0)]).strong < SURE:
            return False
        strong = [one for one in self.subject.concepts if one.strong]
        if len(strong) > 1 and all(one.terms <= text for one in strong):
            return True
        idf = self.attempt.serving.search.idf
        return any(
            subject_of(part, idf).covered([(self.title, 1.0)]).strong >= NAMED for part in parts
        )

    def statements(self, read: Read, scope: Scope) -> list[Statement]:
        """A piece as verified statements; none when its quote is no longer on its page."""
        sentences = sentences_of(
            read.unit.hit,
            read.unit.pieces,
            get_page=self.attempt.pages.page,
            boxes_for_span=self.attempt.pages.boxes,
        )
        extracts = [one for one in sentences if one.kind == "extract"]
        for proof in (one.citations[0] for one in extracts):
            place = (proof.document_id, proof.page, proof.start)
            self.headings[place] = tuple(read.unit.hit.passage.section)
        return [
            Statement(
                text=one.text,
                origin="corpus",
                kind="extract",
                citations=one.citations,
                scope=scope,
                remark=_remark(read, one.text, self.newer_of),
            )
            for one in extracts
        ]

    def newer_of(self, document_id: str) -> str | None:
        """File of the document that replaces this one, if the corpus has it."""
        files = {one.id: one for one in self.attempt.documents}
        document = files.get(document_id)
        newer = files.get(document.superseded_by or "") if document else None
        return newer.file if newer else None


def _remark(read: Read, text: str, newer_of: Callable[[str], str | None]) -> str | None:
    remarks = [arithmetic_remark(text)]
    newer = newer_of(read.unit.hit.document.id)
    if newer:
        remarks.append(
            f"Document remplacé par une version plus récente\u00a0: «\u00a0{newer}\u00a0»."
        )
    label = read.unit.pieces[0].label.strip(" :\u00a0")
    if read.unit.kind is UnitKind.CELL and label:
        remarks.append(f"Tableau\u00a0: {label}.")
    return " ".join(one for one in remarks if one) or None


def _parts(unit: Unit) -> Iterator[Unit]:
    """The sentences of a long item, each judged for itself; any other piece whole."""
    if unit.kind is not UnitKind.ITEM or not all(
        piece.text.endswith(_ENDS) for piece in unit.pieces[:-1]
    ):
        yield unit
        return
    for piece in unit.pieces:
        yield replace(unit, pieces=(piece,), own=terms_of(piece.text), around=unit.own)


def _named(unit: Unit) -> tuple[Terms, str, str]:
    """Terms of what names a piece, the label it stands under, the use case of its card."""
    blocks = unit.hit.passage.blocks
    named, label, card = unit.near, "", ""
    at, level = unit.block, blocks[unit.block].level
    if blocks[at].kind is not BlockKind.LIST_ITEM:
        return named, label, card
    for index in range(at - 1, -1, -1):
        block = blocks[index]
        if block.kind is not BlockKind.LIST_ITEM:
            named |= grams(block.text)
            card = card or block.text
            break
        if block.level >= level:
            continue
        level = block.level
        if is_label(block):
            label = label or block.text
            card = card or _described(blocks, index)
        named |= grams(block.text)
    return named | grams(card), label, card


def _described(blocks: Sequence[Block], label: int) -> str:
    """The use case that the labels of a card detail: the item above that is no label."""
    for block in reversed(blocks[:label]):
        if block.kind is not BlockKind.LIST_ITEM:
            break
        if block.level == blocks[label].level and not is_label(block):
            return block.text
    return ""


def is_label(block: Block) -> bool:
    """Tell whether an item only names what stands under it (« Impact : »)."""
    return len(block.text.split()) <= _LABEL_WORDS


def passage_hits(passages: Iterable[Passage], attempt: Attempt) -> list[Hit]:
    """Passages read for themselves, as if they had been found, in order."""
    documents = {one.id: one for one in attempt.documents}
    return [
        Hit(passage, documents[passage.document_id], 0.0, passage.blocks[0].spans[0])
        for passage in passages
        if passage.document_id in documents and passage.blocks
    ]


def of_another(read: Read, known: frozenset[Terms]) -> bool:
    """Whether a piece, or what names it, speaks of one particular use case.

    Args:
        read: a piece that does not speak of this use case.
        known: expressions that tell one use case from another.
    """
    title = grams(read.unit.hit.document.metadata.title)
    said = grams(read.text) | read.named | read.headings | title
    return any(one <= said for one in known)
