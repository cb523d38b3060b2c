"""Who is present, excused or absent: by labels in a line, by columns in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, Literal

from assistant.language.normalise import fold
from assistant.model import BlockKind, Span
from assistant.suivi import wordings
from assistant.suivi.folded import folded
from assistant.suivi.lines import Line
from assistant.suivi.proof import Proof, trimmed

Presence = Literal["present", "excuse", "absent"]

_LABEL: Final = re.compile(
    r"(?:^|(?<=[.;·|–—\n]) ?|(?<=[.;·|–—\n] ))(?:etaient |sont )?"
    r"(?:presente?s?|excusee?s?|absente?s?)(?: et)?(?: (?:presente?s?|excusee?s?))?\s?:"
)
_MARK: Final = re.compile(r"(?:x|oui|✓|✔|☑)\.?")
_COLUMN_NAME: Final = re.compile(
    r"(?:noms?|prenoms?|nom et prenom|participants?|structures?|organismes?|fonctions?|qualite"
    r"|etablissements?|presences?|emargement|signature|presente?s?|excusee?s?|absente?s?"
    r"|[a-z]+\(e?\)s?|\W)*"
)


def presences(text: str) -> set[Presence]:
    """What some words say of a presence; several when they name a mixed list."""
    said = re.sub(r"\babsente?s? (?=excuse)", "", fold(text))
    return {_kind(match) for match in wordings.PRESENCE.finditer(said)}


def _kind(match: re.Match[str]) -> Presence:
    return "excuse" if match["e"] else "absent" if match["a"] else "present"


def column_names(line: Line) -> tuple[str, ...]:
    """Headers of a table of people, when a row holds nothing else."""
    cells = line.block.cells
    if not cells or any(cell.header for cell in cells):
        return ()
    names = tuple(cell.text for cell in cells)
    return names if all(_COLUMN_NAME.fullmatch(fold(name)) for name in names) else ()


def attendance(
    line: Line, proof: Proof, header: Sequence[str] = ()
) -> Iterator[tuple[Sequence[Span], set[Presence]]]:
    """People that a line names, with what it says itself of their presence.

    Args:
        line: which names people.
        proof: of the same document.
        header: headers of the columns, for a row whose cells do not know them.

    Yields:
        Where they stand, and what is said of them: nothing when only a heading says it.
    """
    if line.block.kind is BlockKind.TABLE_ROW and line.block.cells:
        yield from _row(line, header)
    elif len(line.spans) == 1 and len(parts := _labelled(line.spans[0], proof)) > 1:
        yield from (([span], kinds) for span, kinds in parts)
    else:
        yield line.spans, presences(line.text.split(":")[0])


def _row(line: Line, header: Sequence[str]) -> Iterator[tuple[Sequence[Span], set[Presence]]]:
    cells = line.block.cells
    names = header if len(header) == len(cells) else [cell.header for cell in cells]
    said: set[Presence] = set()
    columns: list[tuple[Sequence[Span], set[Presence]]] = []
    for cell, name in zip(cells, names, strict=True):
        above, own = presences(cell.header or name), presences(cell.text)
        if _MARK.fullmatch(fold(cell.text).strip()):
            said |= above
        elif own:
            said |= own
        elif above and cell.text.strip():  # a list of names under « Excusés »
            columns.append(([cell.span], above))
    if columns and not said:
        yield from columns
    else:
        yield line.spans, said


def _labelled(span: Span, proof: Proof) -> list[tuple[Span, set[Presence]]]:
    """« Présents : …. Excusés : … » as the two lists that it is."""
    raw = proof.raw(span)
    line = folded(raw)
    starts = [match.start() for match in _LABEL.finditer(line.text)]
    found = []
    for start, end in pairwise([*starts, len(line.text)]):
        first, last = line.raw(start, end)
        part = trimmed(Span(span.page, span.start + first, span.start + last), raw[first:last])
        if part is not None:
            found.append((part, presences(line.text[start:end].split(":")[0])))
    return found if starts and not line.text[: starts[0]].strip() else []
