"""Whether the pages say what a generated sentence says.

A sentence is shown only when one proof, or one proof for each of its clauses, says it: every
figure with what it counts, every name, the same negations and obligations, most of its words,
and the same subject. A true number about another establishment is the commonest lie of small
models: what the sentence and the question are about must be what the proof is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.generation.aliases import aliases_of
from assistant.generation.claims import Claim, Named, read_claim
from assistant.generation.predicates import has_verb
from assistant.generation.proving import (
    DEFAULT_THRESHOLDS,
    SMALL,
    EvidenceText,
    Similarity,
    Support,
    SupportThresholds,
    UnitChecker,
)
from assistant.generation.question import Question
from assistant.generation.untrusted import is_suspect

__all__ = ["EvidenceText", "Similarity", "Support", "SupportThresholds", "check_support"]

_MAX_PROOFS = 3
_CLAUSES = re.compile(
    r"\s*;\s+|,?\s+(?:et|mais|puis|tandis que|alors que|ainsi que)\s+|\.\s+(?=[A-ZÀ-Ý«])"
)
_ELEMENTS = re.compile(r"\s*[,;]\s+(?:et\s+)?|\s+et\s+")
_MAX_ITEMS = 12


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
    texts = (one for unit in evidence for one in (unit.text, unit.context))
    checker = UnitChecker(
        question, thresholds, similarity, aliases_of((question.text, *texts), glossary)
    )
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
    return not claim.figures and len(said) <= SMALL and said <= set(question.terms)


def _by_clauses(
    claim: Claim, ranked: Sequence[tuple[float, EvidenceText]], checker: UnitChecker
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
    claim: Claim, ranked: Sequence[tuple[float, EvidenceText]], checker: UnitChecker
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
                checker.holds(read_claim(item).vocabulary, term, own.vocabulary)
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
        if has_verb(left) and has_verb(right):
            parts.append(left)
            position = match.end()
    parts.append(text[position:])
    return [part for part in parts if part.strip()]
