"""Whether one unit of a page says what a sentence says: the rules, one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.generation.agreement import (
    addresses,
    after_only,
    crossed,
    polarity,
    pull,
    reordered,
    same_bound,
    same_noun,
    same_value,
)
from assistant.generation.aliases import Aliases
from assistant.generation.claims import LIGHT, Claim, Named, read_claim
from assistant.generation.predicates import SAYING_LITTLE, has_verb, verbs
from assistant.generation.question import Expected, Question
from assistant.generation.wordings import related
from assistant.language.analyser import stem
from assistant.language.entities import EntityKind
from assistant.language.words import words
from assistant.model import Document, Span

Similarity = Callable[[str, str], float]
"""Nearness in meaning of a proof and a sentence, from 0 to 1 (a cosine, an entailment)."""


@dataclass(frozen=True, slots=True)
class EvidenceText:
    """One citable unit of a page: a sentence, a list item, a table row.

    Attributes:
        document: the document it belongs to.
        span: where it stands.
        text: display text; a list item comes with its introduction, a row with its headers.
        context: section path and title of the document.
    """

    document: Document
    span: Span
    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """What was found for a sentence.

    Attributes:
        supported: whether it may be shown.
        proofs: what to cite, the most telling first; empty when not supported.
        reasons: French phrases, why it may not be shown; empty when supported.
    """

    supported: bool
    proofs: tuple[EvidenceText, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SupportThresholds:
    """Where the line is drawn; chosen by `python -m eval.appui` on development halves.

    Attributes:
        coverage: share of the content words that the proof must hold.
        coverage_similar: the same when the meaning is near.
        similarity: nearness from which the meaning is near.
        similarity_floor: nearness below which nothing is accepted.
        question: share of the words of the question that proof and sentence must hold.
        context: what a word found only in headings or title counts.
        own: share of the content words, names left out, that the proof must hold by itself.
    """

    coverage: float = 0.75
    coverage_similar: float = 0.75
    similarity: float = 0.95
    similarity_floor: float = 0.0
    question: float = 0.25
    context: float = 0.7
    own: float = 0.5


DEFAULT_THRESHOLDS = SupportThresholds()

_MAX_CANDIDATES = 12

_FEW = 2
"""Content words under which a sentence needs those of the question (« Il est de 4 M€. »)."""

SMALL = 4


@dataclass(frozen=True, slots=True)
class UnitChecker:
    """Compares claims with units, for one question."""

    question: Question
    thresholds: SupportThresholds
    similarity: Similarity | None
    aliases: Aliases

    def rank(
        self, claim: Claim, evidence: Sequence[EvidenceText]
    ) -> list[tuple[float, EvidenceText]]:
        """The units that hold most of the claim, best first."""
        values = {figure.value for figure in claim.figures}

        def share(unit: EvidenceText) -> float:
            said = read_claim(unit.text)
            held = len(values & {figure.value for figure in said.figures})
            return self.coverage(claim, unit)[0] + 0.5 * held

        scored = [(share(unit), -rank, unit) for rank, unit in enumerate(evidence)]
        scored.sort(key=lambda one: (-one[0], -one[1]))
        return [(score, unit) for score, _, unit in scored[:_MAX_CANDIDATES]]

    def against(
        self, claim: Claim, unit: EvidenceText, *, subject: tuple[Named, ...] = ()
    ) -> list[str]:
        """Why a unit does not support a claim; empty when it does."""
        said = read_claim(unit.text)
        around = read_claim(_context(unit))
        reasons = [
            *self._figures(claim, said, around),
            *addresses(claim, said),
            *self._names(claim, said, around, subject),
            *self._subject_of_question(claim, said, around),
            *self._rivals(claim, said),
            *self._replaced(claim, said, _section_of(unit), around),
            *self._verbs(claim, said, _section_of(unit)),
            *reordered(claim, said),
            *polarity(claim, said),
        ]
        return reasons or self._own(claim, said) or self._words(claim, unit)

    def _words(self, claim: Claim, unit: EvidenceText) -> list[str]:
        """Whether the unit holds enough of the words, or comes near enough in meaning."""
        share, missing = self.coverage(claim, unit)
        limits = self.thresholds
        # In a few words, the one that is missing is the one that lies.
        small = len(claim.terms) <= SMALL
        if share < min(limits.coverage, limits.coverage_similar) or (small and missing):
            return [_not_said(missing)]
        if self.similarity is None:
            return [] if share >= limits.coverage else [_not_said(missing)]
        near = self.similarity(unit.text, claim.text)
        if near < limits.similarity_floor:
            return ["le sens s'éloigne de celui de l'extrait cité"]
        if share < limits.coverage and near < limits.similarity:
            return [_not_said(missing)]
        return []

    def coverage(self, claim: Claim, unit: EvidenceText) -> tuple[float, list[str]]:
        """Share of the content words of a claim that a unit holds, and the words it lacks."""
        said, around = read_claim(unit.text), read_claim(_context(unit))
        total, held = 0.0, 0.0
        missing: list[str] = []
        told = claim.vocabulary
        wanted = [(term, claim.text[start:end]) for term, start, end in claim.terms]
        if len(wanted) < _FEW or not has_verb(claim.text):
            # « Le 31 juillet 2025. »: the question says what it is about.
            told |= frozenset(self.question.terms)
            wanted += [(term, term) for term in self._asked_words()]
        for rank, (term, written) in enumerate(wanted):
            if self.holds(said.vocabulary, term, told):
                held += 1.0
            elif self.holds(around.vocabulary, term, told):
                held += self.thresholds.context
            elif term in SAYING_LITTLE:
                continue
            elif rank < len(claim.terms):
                missing.append(written)
            total += 1.0
        return (held / total if total else 1.0), missing

    def holds(self, vocabulary: frozenset[str], term: str, told: frozenset[str]) -> bool:
        """Whether a vocabulary holds a term of a text whose own vocabulary is `told`."""
        if term in vocabulary or any(related(term, other) for other in vocabulary):
            return True
        return self._spelt(vocabulary, term, told)

    def _spelt(self, vocabulary: frozenset[str], term: str, told: frozenset[str]) -> bool:
        """A sigle for its words, or one of all the words of a name for its sigle."""
        if any(terms <= vocabulary for terms in self.aliases.get(term, ())):
            return True
        return any(
            term in terms and terms <= told
            for sigle in vocabulary & self.aliases.keys()
            for terms in self.aliases[sigle]
        )

    def _named_in(self, name: Named, vocabulary: frozenset[str], told: frozenset[str]) -> bool:
        return all(term in vocabulary or self._spelt(vocabulary, term, told) for term in name.terms)

    def _figures(self, claim: Claim, said: Claim, around: Claim) -> list[str]:
        reasons = []
        for figure in claim.figures:
            same = [other for other in said.figures if same_value(figure, other)]
            if not same:
                # A year may stand in the title only (« Schéma 2023-2028 »).
                year = figure.kind is EntityKind.DATE and len(figure.value) == 4
                dated = any(one.kind is EntityKind.DATE for one in said.figures)
                told = any(same_value(figure, other) for other in around.figures)
                if year and not dated and told:
                    continue
                reasons.append(
                    f"{_KINDS[figure.kind]} « {figure.text} » ne figure pas dans la page citée"
                )
                continue
            matching = [other for other in same if same_noun(figure, other, said)]
            if not matching:
                reasons.append(f"« {figure.text} » se rapporte à autre chose dans la page citée")
                continue
            best = max(pull(figure, other) for other in matching)
            nearest = [other for other in matching if pull(figure, other) >= best]
            if not any(same_bound(figure, other) for other in nearest):
                reasons.append(f"la page citée ne borne pas « {figure.text} » de la même façon")
                continue
            if crossed(figure, matching, said) or after_only(claim, figure, matching, said):
                reasons.append(
                    f"dans la page citée, « {figure.text} » ne répond pas à ce que dit la phrase"
                )
        return reasons

    def _names(
        self, claim: Claim, said: Claim, around: Claim, subject: tuple[Named, ...]
    ) -> list[str]:
        everything = said.vocabulary | around.vocabulary
        return [
            f"l'extrait cité ne parle pas de « {name.text} »"
            for name in dict.fromkeys((*claim.names, *subject))
            if not self._named_in(name, everything, claim.vocabulary)
        ]

    def _subject_of_question(self, claim: Claim, said: Claim, around: Claim) -> list[str]:
        """The names of the question, unless the sentence chose among them."""
        asked = read_claim(self.question.text)
        everything = said.vocabulary | around.vocabulary
        if self.question.expected is not Expected.YES_NO:
            dates = [one for one in asked.figures if one.kind is EntityKind.DATE]
            known = (*said.figures, *around.figures, *claim.figures)
            for date in dates:
                if not any(same_value(date, one) for one in known):
                    return [
                        f"l'extrait cité ne parle pas de « {date.text} », "
                        "sur quoi porte la question"
                    ]
        chosen = [
            name for name in asked.names if self._named_in(name, claim.vocabulary, asked.vocabulary)
        ]
        several = self.question.expected is Expected.COMPARISON
        needed = chosen if (chosen and several) else list(asked.names)
        return [
            f"l'extrait cité ne parle pas de « {name.text} », sur quoi porte la question"
            for name in needed
            if not self._named_in(name, everything, asked.vocabulary)
        ] or self._question_words(claim, everything)

    def _asked_words(self) -> list[str]:
        """Words that say what the question is about."""
        empty = self.question.type_terms | LIGHT
        return [term for term in self.question.terms if term.isalpha() and term not in empty]

    def _question_words(self, claim: Claim, everything: frozenset[str]) -> list[str]:
        """The question must be about what the proof and the sentence are about."""
        asked = self._asked_words()
        told = frozenset(self.question.terms)
        held = [term for term in asked if self.holds(everything | claim.vocabulary, term, told)]
        few = len(held) < self.thresholds.question * len(asked)
        if asked and (few or self._unasked(claim, asked, everything)):
            return ["l'extrait cité ne parle pas de ce que demande la question"]
        return []

    def _unasked(self, claim: Claim, asked: Sequence[str], everything: frozenset[str]) -> bool:
        """A name alone answers « Qui pilote… ? » only by a proof that says « piloter ».

        The verbs of a question, and its first word, tell what is asked of its subject.
        """
        if has_verb(claim.text):
            return False
        telling = [term for term in asked if term not in _BOUNDING][:1]
        telling += [term for term, _ in verbs(self.question.text) if term not in LIGHT]
        told = frozenset(self.question.terms)
        return not all(self.holds(everything, term, told) for term in telling)

    def _own(self, claim: Claim, said: Claim) -> list[str]:
        """Headings name what a unit is about; what is said of it, the unit must say."""
        named = {term for name in claim.names for term in name.terms}
        terms = [term for term, _, _ in claim.terms if term not in named]
        held = [term for term in terms if self.holds(said.vocabulary, term, claim.vocabulary)]
        if len(held) < self.thresholds.own * len(terms):
            return ["seuls les titres de la page citée parlent de ce que dit la phrase"]
        return []

    def _verbs(self, claim: Claim, said: Claim, section: Claim) -> list[str]:
        """What is said of the subject must be said by the proof, or by the heading it is under."""
        known = said.vocabulary | section.vocabulary
        return [
            f"l'extrait cité ne dit pas « {written} »"
            for term, written in verbs(claim.text)
            if term not in LIGHT and not self.holds(known, term, claim.vocabulary)
        ][:1]

    def _rivals(self, claim: Claim, said: Claim) -> list[str]:
        """A head that the proof completes otherwise: « CHU de Besançon » for « CHU de Dijon »."""
        reasons = []
        for head, complement in claim.links:
            if self.holds(said.vocabulary, complement, claim.vocabulary):
                continue
            others = [
                other
                for first, other in said.links
                if first == head and not self.holds(claim.vocabulary, other, said.vocabulary)
            ]
            if others:
                reasons.append("l'extrait cité parle d'un autre objet que la phrase")
                break
        return reasons

    def _replaced(self, claim: Claim, said: Claim, section: Claim, around: Claim) -> list[str]:
        """A word put in the place of another: the same sentence with another subject.

        « Le schéma prévoit… » only says which document it is read in.
        """
        mine, theirs = claim.sequence, said.sequence
        # One number for words that say the same.
        keys: list[str] = [term for term, _, _ in theirs]
        ours = [
            next((key for key in keys if key == term or related(key, term)), term)
            for term, _, _ in mine
        ]
        matcher = SequenceMatcher(None, ours, keys, autojunk=False)
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag != "replace":
                continue
            new = [
                one
                for one in mine[a:b]
                if not self._known(said, one[0], claim)
                and not self._known(section, one[0], claim)
                and not (one[0] in _DOCUMENTS and self._known(around, one[0], claim))
            ]
            old = [one for one in theirs[c:d] if not self._known(claim, one[0], said)]
            if new and old:
                told = " ".join(claim.text[s:e] for _, s, e in new[:3])
                page = " ".join(said.text[s:e] for _, s, e in old[:3])
                return [f"l'extrait cité dit « {page} » et non « {told} »"]
        return []

    def _known(self, claim: Claim, term: str, other: Claim) -> bool:
        if term.startswith("#"):
            # « juillet 2025 » and « 31 juillet 2025 » are not put one for the other.
            return any(
                f"{one[0]}-".startswith(f"{term}-") or f"{term}-".startswith(f"{one[0]}-")
                for one in claim.sequence
            )
        return self.holds(claim.vocabulary, term, other.vocabulary)


_DOCUMENTS = frozenset(
    map(stem, words("srs prs schema plan strategie guide communique rapport synthese bulletin"))
)
"""What documents are called."""

_BOUNDING = frozenset(map(stem, ("maximal", "maximum", "minimal", "minimum")))
"""Words of a question that a proof may say otherwise (« jusqu'à »)."""

_KINDS = {
    EntityKind.AMOUNT: "le montant",
    EntityKind.PERCENTAGE: "le pourcentage",
    EntityKind.NUMBER: "le nombre",
    EntityKind.DATE: "la date",
    EntityKind.DURATION: "la durée",
}


def _context(unit: EvidenceText) -> str:
    """What the unit stands under: its sections, and what is known of its document."""
    known = unit.document.metadata
    parts = (unit.context, known.title, known.publisher, known.region)
    return ". ".join(part for part in dict.fromkeys(parts) if part)


def _section_of(unit: EvidenceText) -> Claim:
    """The sections a unit stands under, without the title of its document."""
    return read_claim(unit.context.replace(unit.document.metadata.title, " "))


def _not_said(missing: Sequence[str]) -> str:
    if not missing:
        return "le sens s'éloigne de celui de l'extrait cité"
    said = " », « ".join(dict.fromkeys(missing[:3]))
    return f"l'extrait cité ne dit rien de « {said} »"
