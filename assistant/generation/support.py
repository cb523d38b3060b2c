"""Whether the pages say what a generated sentence says.

A sentence is shown only when one proof, or one proof for each of its clauses, says it: every
figure with what it counts, every name, the same negations and obligations, most of its words,
and the same subject. A true number about another establishment is the commonest lie of small
models: what the sentence and the question are about must be what the proof is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from assistant.generation.claims import LIGHT, Claim, Figure, Mark, MarkKind, Named, read_claim
from assistant.generation.question import Expected, Question
from assistant.generation.untrusted import is_suspect
from assistant.generation.wordings import opposites, related
from assistant.index.glossary import curated, written_sigle
from assistant.index.sigle_mining import find_in_text, sigle_key
from assistant.language.analyser import analyse
from assistant.language.entities import EntityKind
from assistant.language.normalise import fold
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
    """

    coverage: float = 0.75
    coverage_similar: float = 0.75
    similarity: float = 0.95
    similarity_floor: float = 0.0
    question: float = 0.25
    context: float = 0.7


DEFAULT_THRESHOLDS = SupportThresholds()

_MARGIN = 1.1
_OTHER_SIDE = 0.6
_MAX_PROOFS = 3
_MAX_CANDIDATES = 12
_SHORT = 3
_SMALL = 4
_CLAUSES = re.compile(
    r"\s*;\s+|,?\s+(?:et|mais|puis|tandis que|alors que|ainsi que)\s+|\.\s+(?=[A-ZÀ-Ý«])"
)
_ENDS = re.compile(r"[:;]|\.(?=\s)")
_STEP = re.compile(r"^[\s\u00a0\u202f]*(?:à|au|vers|puis)[\s\u00a0\u202f]*(?:le )?$")
_ELEMENTS = re.compile(r"\s*[,;]\s+(?:et\s+)?|\s+et\s+")
_MAX_ITEMS = 12
_FINITE = re.compile(
    r"(?<!\w)(?:est|sont|sera|seront|etait|a|ont|aura|doit|doivent|peut|peuvent|vise|visent|"
    r"permet|permettent|prevoit|prevoient|finance|financent|concerne|concernent|comprend|"
    r"comprennent|s'eleve|ouvre|ferme|dure|porte|compte|beneficie|[a-z]{3,}(?:ent|era|eront|ait|aient))"
    r"(?!\w)"
)


def check_support(
    text: str,
    evidence: Sequence[EvidenceText],
    *,
    question: Question,
    similarity: Similarity | None = None,
    thresholds: SupportThresholds = DEFAULT_THRESHOLDS,
    glossary: Mapping[str, Sequence[str]] | None = None,
) -> Support:
    """Check that the evidence says what a sentence says.

    Args:
        text: one generated sentence, without brackets of citation.
        evidence: everything that may be cited.
        question: what was asked: the sentence must be about its subject.
        similarity: nearness in meaning of a proof and a sentence, when a model is there.
        thresholds: where the line is drawn.
        glossary: senses of sigles, by key (`assistant.index.glossary`), besides those that
            the evidence and the question define and those of the usual list.

    Returns:
        The proofs, fewest first (at most three), or why there are none.
    """
    claim = read_claim(text)
    if _says_nothing(claim, question):
        return Support(False, (), ("la phrase ne dit rien de vérifiable",))
    # What gives orders to a model, or imitates us, proves nothing.
    evidence = [unit for unit in evidence if not is_suspect(unit.text)]
    if not evidence:
        return Support(False, (), ("aucun extrait ne peut être cité",))
    checker = _Checker(question, thresholds, similarity, _aliases(evidence, question, glossary))
    ranked = checker.rank(claim, evidence)
    failures: tuple[str, ...] = ()
    passed: list[tuple[float, EvidenceText]] = []
    for share, unit in ranked:
        reasons = checker.against(claim, unit)
        if not reasons:
            passed.append((share, unit))
            if similarity is None:
                break
        elif not failures:
            failures = tuple(reasons)
    if passed:
        return Support(True, (passed[0][1],))
    proofs = _by_clauses(claim, ranked, checker)
    proofs = proofs or _by_items(claim, ranked, checker)
    if proofs:
        return Support(True, proofs)
    return Support(False, (), failures or ("aucun extrait ne soutient la phrase",))


def _says_nothing(claim: Claim, question: Question) -> bool:
    """Tell whether a few words only say again what the question names (« Fonds Boréal. »)."""
    said = {term for term, _, _ in claim.terms}
    return not claim.figures and len(said) <= _SMALL and said <= set(question.terms)


def _by_clauses(
    claim: Claim, ranked: Sequence[tuple[float, EvidenceText]], checker: _Checker
) -> tuple[EvidenceText, ...]:
    """One proof for each clause, each saying the whole of its clause; empty when one has none."""
    clauses = _clauses(claim.text)
    if not 2 <= len(clauses) <= _MAX_PROOFS:
        return ()
    proofs: list[EvidenceText] = []
    subject: tuple[Named, ...] = ()
    for clause in clauses:
        part = read_claim(clause)
        # « Le CHU reçoit 2 M€ et emploie 30 agents »: the second clause has the same subject.
        subject = part.names or subject
        for _, unit in ranked:
            if not checker.against(part, unit, subject=subject):
                proofs.append(unit)
                break
        else:
            return ()
    kept: list[EvidenceText] = []
    for proof in proofs:
        if not any(proof is other for other in kept):
            kept.append(proof)
    return tuple(kept)


def _by_items(
    claim: Claim, ranked: Sequence[tuple[float, EvidenceText]], checker: _Checker
) -> tuple[EvidenceText, ...]:
    """« Introduction : one, two and three » proved by items of one list; empty when it is not."""
    head, mark, tail = claim.text.partition(":")
    if not mark:
        return ()
    elements = [one for one in _ELEMENTS.split(tail) if one.strip(" .")]
    proofs: list[EvidenceText] = []
    for element in elements:
        part = read_claim(f"{head}: {element}")
        own = read_claim(element)
        if not own.terms:  # a bare date or number would be taken from any item
            return ()
        for _, unit in ranked:
            _, mark, item = unit.text.partition(":")
            if not mark or (proofs and _intro(proofs[0]) != _intro(unit)):
                continue
            # What the item adds to its introduction must be what the element says.
            if all(
                checker._holds(read_claim(item).vocabulary, term, own.vocabulary)
                for term, _, _ in own.terms
            ) and not checker.against(part, unit):
                proofs.append(unit)
                break
        else:
            return ()
        if len(proofs) > _MAX_ITEMS:
            return ()
    return tuple(proofs)


def _intro(unit: EvidenceText) -> tuple[str, str]:
    return unit.document.id, unit.text.partition(":")[0]


def _clauses(text: str) -> list[str]:
    """Cut a sentence into parts that each hold a verb of their own."""
    parts: list[str] = []
    position = 0
    for match in _CLAUSES.finditer(text):
        left, right = text[position : match.start()], text[match.end() :]
        if _has_verb(left) and _has_verb(right):
            parts.append(left)
            position = match.end()
    parts.append(text[position:])
    return [part for part in parts if part.strip()]


def _has_verb(text: str) -> bool:
    return bool(_FINITE.search(fold(text)))


Aliases = dict[str, tuple[frozenset[str], ...]]
"""Index term of a sigle → sets of terms, any of which, complete, says the same."""


def _aliases(
    evidence: Sequence[EvidenceText],
    question: Question,
    glossary: Mapping[str, Sequence[str]] | None,
) -> Aliases:
    senses: dict[str, list[str]] = {}
    for key, said in (*curated().items(), *(glossary or {}).items()):
        senses.setdefault(key, []).extend(said)
    for text in dict.fromkeys(
        [question.text, *(one.text for one in evidence), *(one.context for one in evidence)]
    ):
        for sigle, expansion in _definitions(text):
            senses.setdefault(sigle_key(sigle), []).append(expansion)
    found: dict[str, list[frozenset[str]]] = {}
    for key, expansions in senses.items():
        letters = _sigle_terms(written_sigle(key))
        for expansion in expansions:
            spelt = _terms_of(expansion)
            if len(letters) == 1 and len(spelt) > 1:
                found.setdefault(letters[0], []).append(spelt)
    return {key: tuple(dict.fromkeys(sets)) for key, sets in found.items()}


@lru_cache(maxsize=4096)
def _terms_of(text: str) -> frozenset[str]:
    return frozenset(analyse(text))


@lru_cache(maxsize=4096)
def _sigle_terms(written: str) -> tuple[str, ...]:
    # Alone, a sigle would be taken for a text in capitals.
    return tuple(analyse(f"le sigle {written}")[1:])


@lru_cache(maxsize=8192)
def _definitions(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((found.sigle, found.expansion) for found in find_in_text(text))


@dataclass(frozen=True, slots=True)
class _Checker:
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
            *_addresses(claim, said),
            *self._names(claim, said, around, subject),
            *self._subject_of_question(claim, said, around),
            *self._rivals(claim, said),
            *self._replaced(claim, said, _section_of(unit)),
            *_reordered(claim, said),
            *_polarity(claim, said),
        ]
        if reasons:
            return reasons
        share, missing = self.coverage(claim, unit)
        limits = self.thresholds
        # In a few words, the one that is missing is the one that lies.
        small = len(claim.terms) <= _SMALL
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
        if len(wanted) < _SHORT:
            # « Le 31 juillet 2025. »: the question says what it is about.
            told |= frozenset(self.question.terms)
            wanted += [(term, term) for term in self._asked_words()]
        for rank, (term, written) in enumerate(wanted):
            total += 1.0
            if self._holds(said.vocabulary, term, told):
                held += 1.0
            elif self._holds(around.vocabulary, term, told):
                held += self.thresholds.context
            elif rank < len(claim.terms):
                missing.append(written)
        return (held / total if total else 1.0), missing

    def _holds(self, vocabulary: frozenset[str], term: str, told: frozenset[str]) -> bool:
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
            same = [other for other in said.figures if _same_value(figure, other)]
            if not same:
                # A year may stand in the title only (« Schéma 2023-2028 »).
                year = figure.kind is EntityKind.DATE and len(figure.value) == 4
                dated = any(one.kind is EntityKind.DATE for one in said.figures)
                told = any(_same_value(figure, other) for other in around.figures)
                if year and not dated and told:
                    continue
                reasons.append(
                    f"{_KINDS[figure.kind]} « {figure.text} » ne figure pas dans la page citée"
                )
                continue
            matching = [other for other in same if _same_noun(figure, other, said)]
            if not matching:
                reasons.append(f"« {figure.text} » se rapporte à autre chose dans la page citée")
                continue
            best = max(_pull(figure, other) for other in matching)
            nearest = [other for other in matching if _pull(figure, other) >= best]
            if not any(_same_bound(figure, other) for other in nearest):
                reasons.append(f"la page citée ne borne pas « {figure.text} » de la même façon")
                continue
            if _crossed(figure, matching, said) or _after_only(claim, figure, matching, said):
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
                if not any(_same_value(date, one) for one in known):
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
        words = self._asked_words()
        told = frozenset(self.question.terms)
        held = [term for term in words if self._holds(everything | claim.vocabulary, term, told)]
        if words and len(held) < self.thresholds.question * len(words):
            return ["l'extrait cité ne parle pas de ce que demande la question"]
        return []

    def _rivals(self, claim: Claim, said: Claim) -> list[str]:
        """A head that the proof completes otherwise: « CHU de Besançon » for « CHU de Dijon »."""
        reasons = []
        for head, complement in claim.links:
            if self._holds(said.vocabulary, complement, claim.vocabulary):
                continue
            others = [
                other
                for first, other in said.links
                if first == head and not self._holds(claim.vocabulary, other, said.vocabulary)
            ]
            if others:
                reasons.append("l'extrait cité parle d'un autre objet que la phrase")
                break
        return reasons

    def _replaced(self, claim: Claim, said: Claim, section: Claim) -> list[str]:
        """A word put in the place of another: the same sentence with another subject."""
        mine, theirs = claim.sequence, said.sequence
        # One number for words that say the same.
        keys: list[str] = [term for term, _, _ in theirs]
        words = []
        for term, _, _ in mine:
            same = next((key for key in keys if key == term or related(key, term)), term)
            words.append(same)
        matcher = SequenceMatcher(None, words, keys, autojunk=False)
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag != "replace":
                continue
            new = [
                one
                for one in mine[a:b]
                if not self._known(said, one[0], claim) and not self._known(section, one[0], claim)
            ]
            old = [one for one in theirs[c:d] if not self._known(claim, one[0], said)]
            if new and old:
                ours = " ".join(claim.text[s:e] for _, s, e in new[:3])
                page = " ".join(said.text[s:e] for _, s, e in old[:3])
                return [f"l'extrait cité dit « {page} » et non « {ours} »"]
        return []

    def _known(self, claim: Claim, term: str, other: Claim) -> bool:
        if term.startswith("#"):
            # « juillet 2025 » and « 31 juillet 2025 » are not put one for the other.
            return any(
                f"{one[0]}-".startswith(f"{term}-") or f"{term}-".startswith(f"{one[0]}-")
                for one in claim.sequence
            )
        return self._holds(claim.vocabulary, term, other.vocabulary)


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


def _same_value(figure: Figure, other: Figure) -> bool:
    if figure.kind is EntityKind.DATE:
        if other.kind is not EntityKind.DATE:
            return False
        # A claim may say less than the page: « juillet 2025 » for « 31 juillet 2025 ».
        if figure.value.startswith("--"):
            return other.value.endswith(figure.value[1:])
        return other.value == figure.value or other.value.startswith(f"{figure.value}-")
    return figure.value == other.value and figure.kind is other.kind


def _same_noun(figure: Figure, other: Figure, said: Claim) -> bool:
    """What a number counts; amounts, dates and durations carry their unit."""
    if figure.kind is not EntityKind.NUMBER or not figure.noun:
        return True
    if other.noun:
        # An adjective may stand on either side (« 30 grands établissements »).
        return _in(figure.noun[0], other.noun) or _in(other.noun[0], figure.noun)
    near = tuple(near for near, _ in other.near)
    if ";" in said.text:  # the first cell of a row names what its others count
        near += tuple(term for term, _, _ in said.terms)
    return any(_in(term, near) for term in figure.noun[:2])


def _in(term: str, others: tuple[str, ...]) -> bool:
    return any(related(term, other) for other in others)


def _same_bound(figure: Figure, other: Figure) -> bool:
    if figure.kind is EntityKind.DATE:
        return figure.bound is None or other.bound in {figure.bound, None}
    return figure.bound is other.bound


def _pull(figure: Figure, other: Figure) -> float:
    """How much the words around two figures are alike, the nearest counting most."""
    total = 0.0
    for term, place in figure.near:
        found = [
            (1.0 if place * far > 0 else _OTHER_SIDE) / abs(far)
            for near, far in other.near
            if related(term, near)
        ]
        total += max(found, default=0.0) / abs(place)
    return total


def _crossed(figure: Figure, matching: Sequence[Figure], said: Claim) -> bool:
    """Tell whether another value of the proof answers better to the words of the claim."""
    own = max(_pull(figure, other) for other in matching)
    return any(
        _pull(figure, other) > _MARGIN * own
        for other in said.figures
        if other.kind is figure.kind and not _same_value(figure, other)
    )


def _after_only(claim: Claim, figure: Figure, matching: Sequence[Figure], said: Claim) -> bool:
    """A name told with a figure, that the proof gives only after the clause of the figure.

    « La région compte 40 cantons, répartis ainsi : la Brune… » says nothing of the Brune alone.
    """
    here = _ENDS.search(claim.text, figure.end)
    for name in claim.names:
        if here is not None and name.start > here.start():
            continue
        places = [start for term, start, _ in said.terms if term in name.terms]
        if places and all(
            (stop := _ENDS.search(said.text, other.end)) is not None
            and stop[0][0] != ";"
            and min(places) > stop.start()
            for other in matching
        ):
            return True
    return False


def _reordered(claim: Claim, said: Claim) -> list[str]:
    """« De 150 à 120 » for « de 120 à 150 »."""
    steps = _steps(said)
    if any((second, first) in steps for first, second in _steps(claim)):
        return ["l'extrait cité donne ces valeurs dans l'autre sens"]
    return []


def _steps(claim: Claim) -> set[tuple[str, str]]:
    return {
        (first.value, second.value)
        for first, second in pairwise(claim.figures)
        if _STEP.match(claim.text[first.end : second.start]) and first.value != second.value
    }


def _addresses(claim: Claim, said: Claim) -> list[str]:
    known = {found.value for found in said.addresses}
    return [
        f"l'adresse « {found.text} » ne figure pas dans la page citée"
        for found in claim.addresses
        if found.value not in known
    ]


def _meets(first: frozenset[str], second: frozenset[str]) -> bool:
    return any(related(a, b) for a in first for b in second)


def _of(claim: Claim, kind: MarkKind) -> list[Mark]:
    return [mark for mark in claim.marks if mark.kind is kind]


def _polarity(claim: Claim, said: Claim) -> list[str]:
    """Negations, obligations and contraries that differ."""
    reasons: list[str] = []
    ours, theirs = _of(claim, MarkKind.NEGATION), _of(said, MarkKind.NEGATION)
    turned = _turned(claim.vocabulary, said.vocabulary)
    for mark in ours:
        if any(_meets(mark.scope, other.scope) for other in theirs) or turned:
            continue
        if [fold(one.text) for one in ours] == [fold(one.text) for one in theirs]:
            continue
        reasons.append("l'extrait cité ne porte pas cette négation")
    for mark in theirs:
        denied = frozenset(
            term for term in mark.scope if not any(related(term, b) for b in said.affirmed)
        )
        if not _meets(denied, claim.affirmed):
            continue
        if not any(_meets(mark.scope, other.scope) for other in ours) and not turned:
            reasons.append("l'extrait cité dit le contraire")
    if turned and len(ours) == len(theirs):
        reasons.append("l'extrait cité dit le contraire")
    reasons += _modality(claim, said)
    return list(dict.fromkeys(reasons))


def _modality(claim: Claim, said: Claim) -> list[str]:
    reasons: list[str] = []
    must, may = _of(claim, MarkKind.MUST), _of(claim, MarkKind.MAY)
    said_must, said_may = _of(said, MarkKind.MUST), _of(said, MarkKind.MAY)
    if any(not _likewise(mark, said_must, said_may) for mark in must):
        reasons.append("l'extrait cité n'en fait pas une obligation")
    if said_must and any(not _likewise(mark, said_may, said_must) for mark in may):
        reasons.append("l'extrait cité en fait une obligation")
    if not may and not must and any(_meets(mark.scope, claim.affirmed) for mark in said_may):
        reasons.append("l'extrait cité n'en fait qu'une possibilité")
    if (
        _of(claim, MarkKind.DONE)
        and not _of(claim, MarkKind.AIMED)
        and _of(said, MarkKind.AIMED)
        and not _of(said, MarkKind.DONE)
    ):
        reasons.append("l'extrait cité en fait un but, non un fait")
    if _of(claim, MarkKind.ONLY) and not _of(said, MarkKind.ONLY):
        reasons.append("l'extrait cité ne pose pas cette restriction")
    if _of(claim, MarkKind.ALL) and not _of(said, MarkKind.ALL):
        reasons.append("l'extrait cité n'est pas aussi général")
    for one, other in (
        (MarkKind.AT_LEAST, MarkKind.AT_MOST),
        (MarkKind.AT_MOST, MarkKind.AT_LEAST),
    ):
        if _of(claim, one) and not _of(said, one) and _of(said, other):
            reasons.append("l'extrait cité fixe une limite contraire")
    return reasons


def _likewise(mark: Mark, same: Sequence[Mark], other: Sequence[Mark]) -> bool:
    """Whether a proof has a mark of the same kind, unless its other kind bears on this."""
    if any(_meets(mark.scope, one.scope) for one in same):
        return True
    return bool(same) and not any(_meets(mark.scope, one.scope) for one in other)


def _turned(claim: frozenset[str], said: frozenset[str]) -> bool:
    """Tell whether the proof uses the contrary of a word of the claim."""
    for left, right in opposites():
        for mine, contrary in ((left, right), (right, left)):
            if claim & mine and not claim & contrary and said & contrary and not said & mine:
                return True
    return False
