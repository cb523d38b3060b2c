"""Sentences as paragraphs and lists, with numbered links to their proofs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from assistant.language.typography import NBSP
from assistant.model import Citation, Sentence
from ui.rendering.fragments import image_link, page_name, plural, text
from ui.rendering.references import Cards, Reference

LONGEST_GLUED = 24
"""Longest word that may not be cut from its numbers: a web address would leave a phone's screen."""

SHOWN_SENTENCES = 10
SHOWN_CHARS = 900
"""What a person wants to read at once; the rest waits under « Afficher plus »."""

LEFT_AT_LEAST = 3
"""Fewer sentences than these are not worth a click."""

_NUMBERED = re.compile(r"\s*\(?(?:\d{1,2}|[a-z])[.)°]\s")


def paragraphs(
    sentences: Sequence[Sentence], cards: Cards, *, name_extracts: bool = False
) -> Iterator[str]:
    """Sentences as paragraphs and lists, following their roles.

    Args:
        sentences: in reading order.
        cards: the numbered pages.
        name_extracts: say which ones are extracts, among sentences that a model wrote.
    """
    in_list = extract = False
    for group in _with_labels(sentences):
        *label, sentence = group
        item = not label and not _is_label(sentence) and sentence.role in {"list_item", "table"}
        if item != in_list:
            yield "<ul>" if item else "</ul>"
            in_list = item
        proofs = [citation for one in group for citation in one.citations]
        body = with_marks(sentence.text, marks(proofs, cards))
        # Said once a list: its items are what follows.
        if name_extracts and sentence.kind == "extract" and not (item and extract):
            body += " <span class='nature'>extrait mot pour mot</span>"
        extract = sentence.kind == "extract"
        if item:
            # « 1. » is quoted with its item: a bullet before it would say it twice.
            numbered = " class='numerote'" if _NUMBERED.match(sentence.text) else ""
            yield f"<li{numbered}>{body}</li>"
        elif label:
            named = f"<span class='intitule'>{text(label[0].text)}</span>"
            yield f"<p class='cellule'>{named} {body}</p>"
        else:
            yield f"<p class='{_style(sentence)}'>{body}</p>"
    if in_list:
        yield "</ul>"


def _style(sentence: Sentence) -> str:
    if _is_label(sentence):
        return "intitule"
    return "contexte" if sentence.role == "context" else "phrase"


def _is_label(sentence: Sentence) -> bool:
    """Whether it is our wording for the cells that follow."""
    return sentence.role == "table" and sentence.kind == "template"


def _with_labels(sentences: Sequence[Sentence]) -> Iterator[Sequence[Sentence]]:
    """Sentences one by one, the label of a lone cell with its cell: they read as one line."""

    def is_cell(rank: int) -> bool:
        inside = rank < len(sentences) and sentences[rank].role == "table"
        return inside and not _is_label(sentences[rank])

    rank = 0
    while rank < len(sentences):
        lone = _is_label(sentences[rank]) and is_cell(rank + 1) and not is_cell(rank + 2)
        yield sentences[rank : rank + 1 + lone]
        rank += 1 + lone


def marks(proofs: Iterable[Citation], cards: Cards) -> str:
    """Numbered links to the proofs of a sentence, one per page."""
    per_page: dict[tuple[str, int], list[Citation]] = {}
    for citation in proofs:
        per_page.setdefault((citation.document_id, citation.page), []).append(citation)
    links = []
    for key, citations in per_page.items():
        links.append(mark(cards[key], citations))
        if any(citation.addition for citation in citations):
            links.append("<span class='ajout'>ajout en couleur</span>")
    return "".join(links)


def mark(card: Reference, citations: Iterable[Citation]) -> str:
    """The numbered link to one page, these citations highlighted there."""
    where = f"{text(card.document)}, {page_name(card.page, card.page_label, card.unit)}"
    link = image_link(card.document_id, card.page, citations)
    return (
        f"<a class='renvoi' href='{escape(link)}'>"
        "<span class='hors-ecran'>Citation </span>"
        f"<span class='numero'>{card.number}</span>"
        f"<span class='hors-ecran'>{NBSP}: {where}</span></a>"
    )


def with_marks(sentence: str, marks: str) -> str:
    """A sentence and its numbers, the first of them kept on the line of the last word.

    A lone number at the start of a line belongs to nothing, and a non-breaking space does not
    hold back what has a box of its own.
    """
    if not marks:
        return text(sentence)
    head, space, last = sentence.rstrip().rpartition(" ")
    if len(last) > LONGEST_GLUED:
        return f"{text(sentence)} {marks}"
    return f"{text(head + space)}<span class='colle'>{text(last)}{NBSP}{marks}</span>"


def folded(
    sentences: Sequence[Sentence], cards: Cards, *, name_extracts: bool = False
) -> Iterator[str]:
    """The same, a long answer folded after its beginning: reading goes on where it stopped."""
    cut = _fold_at(sentences)
    yield from paragraphs(sentences[:cut], cards, name_extracts=name_extracts)
    if cut == len(sentences):
        return
    count = sum(one.kind != "template" for one in sentences[cut:])
    yield (
        "<details class='suite'><summary>"
        f"<span class='plus'>Afficher plus ({plural(count, 'autre phrase', 'autres phrases')})"
        "</span><span class='moins'>Afficher moins</span></summary>"
    )
    yield from paragraphs(sentences[cut:], cards, name_extracts=name_extracts)
    yield "</details>"


def _fold_at(sentences: Sequence[Sentence]) -> int:
    """Number of sentences shown at once."""
    cut, shown = 0, 0
    for sentence in sentences:
        shown += len(sentence.text)
        if cut and (cut >= SHOWN_SENTENCES or shown > SHOWN_CHARS):
            break
        cut += 1
    # What introduces the next sentence goes with it.
    while cut > 1 and _introduces(sentences[cut - 1]):
        cut -= 1
    return cut if len(sentences) - cut >= LEFT_AT_LEAST else len(sentences)


def _introduces(sentence: Sentence) -> bool:
    return sentence.kind == "template" or sentence.role in {"list_intro", "context"}
