"""What to cite for a proved sentence: all it needs, and nothing that it does not.

A proof is made of parts: an item and the introduction of its list, a cell and its headers, the
two halves of a sentence that runs over a page. A part is cited only when the sentence is no
longer proved without it (the « irrelevant » citations of ALCE are left out).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.generation.proving import EvidenceText
from assistant.model import Document, Span

MAX_PARTS = 24
"""Parts tried at most; a proof of more parts is cited whole."""

Part = tuple[tuple[Span, ...], str]
"""Where a stretch of a proof stands, and its text."""

Proves = Callable[[Sequence[EvidenceText]], bool]
"""Tells whether some evidence proves the sentence."""


@dataclass(frozen=True, slots=True)
class Citable(EvidenceText):
    """A unit that may be cited.

    Attributes:
        parts: what it is made of, in the order of its text; `span` is that of one of them.
    """

    parts: tuple[Part, ...] = ()


def places(proofs: Sequence[EvidenceText], proves: Proves) -> list[tuple[Document, Span]]:
    """Where the sentence is proved, each place once, the most telling first.

    Args:
        proofs: what proves it together.
        proves: checks the sentence again with fewer parts.
    """
    kept = list(proofs)
    for rank, proof in enumerate(kept):
        if not isinstance(proof, Citable) or not 1 < len(proof.parts) <= MAX_PARTS:
            continue
        for part in proof.parts:
            lighter = without(kept[rank], part)
            if lighter is not None and proves([*kept[:rank], lighter, *kept[rank + 1 :]]):
                kept[rank] = lighter
    found: dict[tuple[str, Span], tuple[Document, Span]] = {}
    for proof in kept:
        for span in spans_of(proof):
            found.setdefault((proof.document.id, span), (proof.document, span))
    return list(found.values())


def without(proof: EvidenceText, part: Part) -> Citable | None:
    """The proof less one of its parts; `None` when it would be left with nothing."""
    if not isinstance(proof, Citable):
        return None
    left = tuple(one for one in proof.parts if one is not part)
    if not left:
        return None
    return replace(proof, parts=left, text=" ".join(text for _, text in left))


def spans_of(proof: EvidenceText) -> list[Span]:
    """All that a proof stands on, its own span first."""
    if not isinstance(proof, Citable) or not proof.parts:
        return [proof.span]
    spans = list(dict.fromkeys(span for held, _ in proof.parts for span in held))
    return sorted(spans, key=lambda span: span != proof.span)
