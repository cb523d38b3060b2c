"""The pages of an answer as HTML: what they are, where they speak of the question, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from assistant.language.analyser import analyse, analyse_with_offsets
from assistant.language.typography import NBSP, THIN
from assistant.model import KIND_LABELS, Answer, Document, Source
from ui.rendering.fragments import fragment, french_date, image_link, page_name, text
from ui.rendering.references import Reference, references

EXCERPT_CHARS = 360
"""Length of the excerpt of a source; the page itself is one click away."""


def sources_html(answer: Answer, documents: Mapping[str, Document]) -> str:
    """The sources panel: cited pages first, with their numbers, then the other ones.

    Args:
        answer: the answer.
        documents: the documents by identifier, for publishers and dates; may miss some.
    """
    return panel_html(answer.question, references(answer, documents), documents)


def panel_html(question: str, cards: Sequence[Reference], documents: Mapping[str, Document]) -> str:
    """The same for pages that make no whole answer yet.

    Args:
        question: its words are marked in the excerpts.
        cards: the pages, numbered when cited.
        documents: as for `sources_html`.
    """
    cited = [item for item in cards if item.number]
    other = [item for item in cards if not item.number]
    terms = set(analyse(question))
    parts = ["<h2 class='titre-panneau'>Sources</h2>"]
    if not cited and not other:
        parts.append("<p class='discret'>Aucune page du corpus ne se rapproche de la question.</p>")
    for heading, group in (("", cited), ("Autres pages proches", other)):
        if not group:
            continue
        if heading:
            said = heading if cited else "Pages les plus proches"
            parts.append(f"<h3 class='sous-titre'>{said}</h3>")
        shown = (_source_card(item, documents.get(item.document_id), terms) for item in group)
        parts.append(f"<ul class='sources'>{''.join(shown)}</ul>")
    return fragment(*parts)


def _source_card(reference: Reference, document: Document | None, terms: set[str]) -> str:
    source = reference.source
    link = escape(image_link(reference.document_id, reference.page, reference.citations))
    badge = (
        f"<span class='numero'><span class='hors-ecran'>Source </span>{reference.number}</span>"
        if reference.number
        else ""
    )
    facts = []
    kind = document.metadata.kind if document else (source.kind if source else "autre")
    if kind != "autre":
        facts.append(text(KIND_LABELS.get(kind, kind)))
    if document and document.metadata.publisher:
        facts.append(text(document.metadata.publisher))
    if document and document.metadata.date:
        facts.append(text(french_date(document.metadata.date)))
    section = ""
    if source and source.section:
        path = " <span aria-hidden='true'>›</span> ".join(text(part) for part in source.section)
        section = f"<p class='section'><span class='hors-ecran'>Section{NBSP}: </span>{path}</p>"
    quoted = " […] ".join(dict.fromkeys(item.quote for item in reference.citations))
    excerpt = source.excerpt if source else quoted
    page = page_name(reference.page, reference.page_label, reference.unit)
    return (
        f"<li class='source{' citee' if reference.number else ''}'>"
        f"<p class='titre-source'>{badge}<a class='voir' href='{link}'>"
        f"{text(reference.document)}, {page}</a></p>"
        f"<p class='faits'>{' · '.join(facts)}</p>"
        f"{section}<p class='extrait'>{highlighted(excerpt, terms)}</p>"
        f"{_why(source, f'{text(reference.document)}, {page}')}"
        "</li>"
    )


def _why(source: Source | None, place: str) -> str:
    """Why a page was found, folded; the heading names the page for those who hear it alone."""
    if source is None or not source.reasons:
        return ""
    items = "".join(f"<li>{text(reason)}</li>" for reason in source.reasons)
    return (
        f"<details class='pourquoi'><summary>Pourquoi{THIN}?"
        f"<span class='hors-ecran'> ({place})</span></summary><ul>{items}</ul></details>"
    )


def highlighted(excerpt: str, terms: set[str], *, limit: int = EXCERPT_CHARS) -> str:
    """An excerpt, cut around the words of the question, those words marked.

    Args:
        excerpt: any text.
        terms: index terms of the question.
        limit: longest length kept, in characters.
    """
    excerpt = " ".join(excerpt.split())
    places = sorted(
        {(start, end) for term, start, end in analyse_with_offsets(excerpt) if term in terms}
    )
    first, last = _window(excerpt, places[0][0] if places else 0, limit)
    parts, cursor = ["… " if first else ""], first
    for start, end in places:
        # Several terms may share a place or overlap: each character is shown once.
        if start < cursor or end > last:
            continue
        parts.append(text(excerpt[cursor:start]))
        parts.append(f"<mark>{text(excerpt[start:end])}</mark>")
        cursor = end
    parts.append(text(excerpt[cursor:last]))
    parts.append(" …" if last < len(excerpt) else "")
    return "".join(parts)


def _window(excerpt: str, focus: int, limit: int) -> tuple[int, int]:
    """Bounds, on whole words, of about `limit` characters that show `focus` near their start."""
    if len(excerpt) <= limit:
        return 0, len(excerpt)
    first = 0
    if focus > limit // 2:
        first = excerpt.rfind(" ", 0, focus - limit // 4) + 1
    last = min(len(excerpt), first + limit)
    if last < len(excerpt):
        cut = excerpt.rfind(" ", first, last)
        last = cut if cut > first else last
    return first, last
