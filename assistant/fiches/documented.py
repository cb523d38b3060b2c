"""Axis and functions that a document states of this very use case; they win over a suggestion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from assistant.fiches.method import AiFunction, Axis, Method
from assistant.fiches.model import Choice, Statement
from assistant.fiches.reading import Library, Read
from assistant.generation.units import make_piece
from assistant.generation.verification import cite
from assistant.language.analyser import analyse
from assistant.language.normalise import display_text, fold
from assistant.model import BlockKind

_STATED: Final = re.compile(r"\bia\b|\bintelligence artificielle\b|\bfonctions?\b")
_HEADINGS: Final = frozenset({BlockKind.HEADING, BlockKind.TITLE})


def documented_functions(
    library: Library, pieces: Sequence[Read], method: Method, suggested: Sequence[Choice]
) -> tuple[list[Choice], list[Statement]]:
    """Functions of AI that a document names for this use case.

    Args:
        library: where pieces become statements.
        pieces: pieces read for the fiche.
        method: the grid.
        suggested: what the words of the request suggest.

    Returns:
        The choices, those of the documents first and chosen, then the suggested ones, none
        chosen; and the statements that name them. `suggested` as it is when no document does.
    """
    named: dict[str, Statement] = {}
    for read in sorted(pieces, key=lambda one: -one.covered.strong):
        if not library.same(read.card) or not _STATED.search(fold(f"{read.label} {read.text}")):
            continue
        for function in method.functions:
            if function.code not in named and _names_function(read, function):
                made = library.statements(read, "sujet")
                if made:
                    named[function.code] = made[0]
    if not named:
        return list(suggested), []
    said = [
        one.model_copy(update={"chosen": one.code in named, "origin": "corpus"})
        if one.code in named
        else one.model_copy(update={"chosen": False})
        for one in suggested
    ]
    said.sort(key=lambda one: not one.chosen)
    return said, list({one.text: one for one in named.values()}.values())


def _names_function(read: Read, function: AiFunction) -> bool:
    """« IA prédictive : … »: the function is named after « IA », not met in passing."""
    name = fold(function.label)
    text = fold(read.text)
    return bool(re.search(rf"\b(?:ia|fonctions?)\s(?:\w+,?\s(?:et\s)?)?{re.escape(name)}\b", text))


def documented_axis(
    library: Library, pieces: Sequence[Read], method: Method, suggested: Sequence[Choice]
) -> tuple[list[Choice], list[Statement]]:
    """The axis under which a document describes this use case.

    Args and result are those of `documented_functions`, for one axis.
    """
    for read in sorted(pieces, key=lambda one: -one.covered.strong):
        if not read.about or read.label or not library.same(read.text):
            continue
        for axis in method.axes:
            proof = _under(library, read, axis)
            if proof is None:
                continue
            said = [
                one.model_copy(
                    update={
                        "chosen": one.code == axis.code,
                        "origin": "corpus" if one.code == axis.code else one.origin,
                    }
                )
                for one in suggested
            ]
            said.sort(key=lambda one: not one.chosen)
            return said, [proof, *library.statements(read, "sujet")[:1]]
    return list(suggested), []


def _under(library: Library, read: Read, axis: Axis) -> Statement | None:
    """The heading of an axis above a piece, quoted."""
    label = frozenset(analyse(axis.label))
    passage, document = read.unit.hit.passage, read.unit.hit.document
    for block in passage.blocks[: read.unit.block]:
        if block.kind not in _HEADINGS or not label <= frozenset(analyse(block.text)):
            continue
        span = block.spans[0]
        raw = library.attempt.pages.page(document.id, span.page).text[span.start : span.end]
        piece = make_piece(raw, span.page, span.start, "context")
        citation = piece and cite(
            document,
            piece.span,
            get_page=library.attempt.pages.page,
            boxes_for_span=library.attempt.pages.boxes,
        )
        if citation:
            return Statement(
                text=display_text(citation.quote),
                origin="corpus",
                kind="extract",
                citations=[citation],
            )
    return None
