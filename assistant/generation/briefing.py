"""What the language model is given to read, and what may prove what it writes.

The model sees numbered passages, as many as its context surely holds, each between marks that
the text of a page cannot imitate. What may be cited is the same passages cut into units: a
sentence, an item with its introduction, a cell with its headers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from assistant.errors import ModelServerError
from assistant.generation.citing import Citable, Part
from assistant.generation.evidence import units_of
from assistant.generation.units import GetPage, Piece, Unit, UnitKind
from assistant.generation.untrusted import addresses_a_model
from assistant.language.normalise import display_text
from assistant.language.sentences import split_sentences
from assistant.language.typography import place_name
from assistant.model import FURNITURE, Block, BlockKind, Hit, Span

MAX_PASSAGES = 4
"""Passages given at most: beyond, small models mix them up and every token costs time."""

MARGIN_TOKENS = 96
"""Tokens left for the template that the server puts around the messages."""

FENCE = "<passage>"
"""How the instructions name what encloses a passage."""

Line = tuple[Block, str]
"""A block, and the text the model reads of it."""

CountTokens = Callable[[str], int]
"""Gives the number of tokens of a text, or more, never less."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """What one answer is written from.

    Attributes:
        passages: the numbered passages, as the model reads them.
        hits: the passages given, in the order of their numbers, from 1.
        evidence: units that may be cited, in the same order.
        lists: whole lists, for a sentence that enumerates.
        withheld: sentences left out because they address a model rather than a reader.
    """

    passages: str
    hits: tuple[Hit, ...]
    evidence: tuple[Citable, ...]
    lists: tuple[Citable, ...] = ()
    withheld: int = 0

    def hinted(self, numbers: Iterable[int]) -> tuple[Citable, ...]:
        """The units, those of the passages of these numbers first; unknown numbers do nothing."""
        named = {self.hits[one - 1].passage.id for one in numbers if 1 <= one <= len(self.hits)}
        spans = {
            (hit.document.id, page)
            for hit in self.hits
            if hit.passage.id in named
            for page in hit.passage.pages
        }
        first = [unit for unit in self.evidence if (unit.document.id, unit.span.page) in spans]
        kept = {id(unit) for unit in first}
        return (*first, *(unit for unit in self.evidence if id(unit) not in kept))


def brief(
    hits: Sequence[Hit],
    first: Sequence[tuple[str, int]],
    *,
    get_page: GetPage,
    count: CountTokens,
    room: int,
) -> Briefing:
    """Choose and number the passages.

    Args:
        hits: passages found, best first.
        first: documents and pages that the extractive answer cites: they come first.
        get_page: gives the stored pages.
        count: counts tokens.
        room: tokens the passages may take.

    Returns:
        At most `MAX_PASSAGES` passages, an equal share of the room each: one that is longer is
        shortened to whole blocks around its best one, and left out when none fits.

    Raises:
        ModelServerError: not even a sentence fits.
    """
    given: list[Hit] = []
    written: list[str] = []
    withheld = 0
    for hit in _ordered(hits, first):
        number = len(given) + 1
        lines, removed = _lines(hit)

        def cost(kept: Sequence[Line], number: int = number, hit: Hit = hit) -> int:
            return count(_passage(number, hit, kept))

        # What a short passage leaves, the next ones share.
        share = room // (MAX_PASSAGES - len(given))
        if lines and cost(lines) > share:
            lines = _shortened(hit, lines, cost, share) or _shortened(hit, lines, cost, room)[:1]
        if not lines:
            continue
        room -= cost(lines)
        withheld += removed
        given.append(hit)
        written.append(_passage(number, hit, lines))
        if len(given) == MAX_PASSAGES:
            break
    if not given:
        raise ModelServerError(
            "Le contexte du modèle de langue est trop petit pour un passage.",
            "Augmentez llm_context_tokens (et le contexte du serveur), ou réduisez llm_max_tokens.",
        )
    evidence, lists = _citable(given, get_page)
    return Briefing("\n\n".join(written), tuple(given), evidence, lists, withheld)


def _ordered(hits: Sequence[Hit], first: Sequence[tuple[str, int]]) -> list[Hit]:
    """Distinct passages, those that hold what the extractive answer cites before the others."""
    known: dict[str, Hit] = {}
    for hit in hits:
        known.setdefault(hit.passage.id, hit)
    cited = [
        next((hit for hit in known.values() if _stands_on(hit, name, page)), None)
        for name, page in first
    ]
    ranked = [hit for hit in cited if hit is not None] + list(known.values())
    return list({hit.passage.id: hit for hit in ranked}.values())


def _stands_on(hit: Hit, document_id: str, page: int) -> bool:
    return hit.document.id == document_id and page in hit.passage.pages


def neutral(text: str) -> str:
    """A text of a page or of a question that can imitate no mark of the prompt.

    Invisible characters go; what could open a tag, a code fence, a role or a title of section
    is written with a lookalike that no template knows. A comparison (« < 30 min ») stays.
    """
    text = display_text(_LOOKALIKES.sub("<", text))
    text = _OPENING.sub("‹", text).replace("```", "'''").replace("<<", "‹‹")
    return _ROLE.sub("(", _TITLE.sub("#", text))


_LOOKALIKES = re.compile("[＜﹤〈⟨❮ᐸ˂≺]")
_OPENING = re.compile(r"<(?=[^\s\d])")
_ROLE = re.compile(r"\[(?=/?(?:INST|SYS|/?s\]))", re.IGNORECASE)
_TITLE = re.compile(r"#{2,}")


def _lines(hit: Hit) -> tuple[list[Line], int]:
    """The blocks of a passage as the model reads them, and how many sentences were left out."""
    lines: list[Line] = []
    removed = 0
    for block in hit.passage.blocks:
        if block.kind in FURNITURE:
            continue
        text = block.text
        if block.cells:
            text = " ; ".join(
                f"{cell.header} : {cell.text}" if cell.header else cell.text for cell in block.cells
            )
        sentences = [text[start:end] for start, end in split_sentences(text)]
        kept = [one for one in sentences if not addresses_a_model(one)]
        removed += len(sentences) - len(kept)
        shown = neutral(" ".join(kept))
        if shown:
            bullet = "- " if block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW) else ""
            lines.append((block, bullet + shown))
    return lines, removed


def _passage(number: int, hit: Hit, lines: Sequence[Line]) -> str:
    metadata, page = hit.document.metadata, hit.span.page
    title = neutral(metadata.title).replace('"', "'")
    section = " › ".join(neutral(part) for part in hit.passage.section).replace('"', "'")
    head = f'<passage numero="{number}" document="{title}"'
    if metadata.date:
        head += f' date="{neutral(metadata.date)}"'
    head += f' place="{place_name(page, str(page), metadata.unit)}"'
    if section:
        head += f' section="{section}"'
    body = "\n".join(text for _, text in lines)
    return f"{head}>\n{body}\n</passage>"


def _shortened(
    hit: Hit,
    lines: list[Line],
    cost: Callable[[Sequence[Line]], int],
    room: int,
) -> list[Line]:
    """The blocks around the best one that fit, whole; a block that does not fit is left out."""

    def best(block: Block) -> bool:
        return any(
            span.page == hit.span.page and span.start < hit.span.end and hit.span.start < span.end
            for span in block.spans
        )

    centre = next((at for at, (block, _) in enumerate(lines) if best(block)), 0)
    kept: set[int] = set()
    for at in sorted(range(len(lines)), key=lambda at: (abs(at - centre), at)):
        if cost([lines[one] for one in sorted({*kept, at})]) > room:
            break
        kept.add(at)
    return [lines[at] for at in sorted(kept)]


def _citable(
    hits: Sequence[Hit], get_page: GetPage
) -> tuple[tuple[Citable, ...], tuple[Citable, ...]]:
    """Units that may be cited, and whole lists."""
    units = units_of(hits, get_page)
    intros = {
        (unit.hit.passage.id, unit.group): [
            piece for piece in unit.pieces if piece.role == "list_intro"
        ]
        for unit in units
        if unit.kind is UnitKind.LIST and unit.group >= 0
    }
    evidence: dict[tuple[str, Span], Citable] = {}
    lists: list[Citable] = []
    for unit in units:
        if addresses_a_model(unit.text):
            continue
        if unit.kind is UnitKind.LIST:
            lists.append(_unit_as_proof(unit, ()))
        elif unit.kind is not UnitKind.SECTION:
            intro = intros.get((unit.hit.passage.id, unit.group), ()) if unit.group >= 0 else ()
            proof = _unit_as_proof(unit, intro)
            evidence.setdefault((proof.document.id, proof.span), proof)
    return tuple(evidence.values()), tuple(lists)


def _unit_as_proof(unit: Unit, intro: Sequence[Piece]) -> Citable:
    parts: list[Part] = []
    for piece in (*intro, *unit.pieces):
        if piece.label:
            parts.append((piece.label_spans, piece.label))
        parts.append(((piece.span,), piece.text))
    document = unit.hit.document
    return Citable(
        document,
        unit.pieces[0].span,
        " ".join(text for _, text in parts),
        context=" — ".join((document.metadata.title, *unit.hit.passage.section)),
        parts=tuple(parts),
    )
