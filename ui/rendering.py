"""Answers, sources and documents as HTML, every piece of foreign text escaped.

The fragments go through Gradio's Markdown component with its sanitizer on, which is a second
barrier: it removes scripts, event handlers and data attributes. Whatever the screens need to
know therefore travels in ordinary links: `/v1/documents/ID/pages/N/image?debut=…&fin=…#y=…`
is what a citation is, opens without any script, and tells `assistant.js` what to show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote

from assistant.errors import AssistantError
from assistant.language.analyser import analyse, analyse_with_offsets
from assistant.language.typography import NBSP, THIN, place_name, typeset
from assistant.model import (
    KIND_LABELS,
    Answer,
    Citation,
    Document,
    FilterReport,
    Sentence,
    Source,
)
from assistant.retrieval.filters import describe

EXCERPT_CHARS = 360
"""Length of the excerpt of a source; the page itself is one click away."""

LONGEST_GLUED = 24
"""Longest word that may not be cut from its numbers: a web address would leave a phone's screen."""

_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def fragment(*parts: str) -> str:
    """Join pieces of HTML into one block that Markdown leaves alone.

    A block that starts with `<div` and holds no line break is never parsed as Markdown, so
    asterisks, dollars and underscores of a document stay what they are.
    """
    return f"<div class='bloc'>{''.join(parts)}</div>".replace("\r", "").replace("\n", " ")


def text(value: str) -> str:
    """Escape foreign text, and keep characters that draw outside their line out of the page."""
    visible = "".join(
        char for char in value if char.isprintable() or char in "\n\t\u00a0\u202f\u2009"
    )
    return escape(visible, quote=True)


def number(value: int) -> str:
    """A count as French writes it: « 1 690 »."""
    return f"{value:,}".replace(",", THIN)


def plural(count: int, one: str, many: str | None = None) -> str:
    """A counted noun: « 1 page », « 12 pages » (French puts 0 in the singular)."""
    return f"{number(count)}{NBSP}{one if count < 2 else many or one + 's'}"


def french_date(iso: str | None) -> str:
    """A possibly partial ISO 8601 date in words; what is no such date is shown as it is."""
    if not iso:
        return ""
    match = _ISO_DATE.fullmatch(iso)
    if not match:
        return iso
    year, month, day = match.groups()
    if not month or not 1 <= int(month) <= 12:
        return year
    name = _MONTHS[int(month) - 1]
    if not day:
        return f"{name} {year}"
    return f"{'1er' if int(day) == 1 else int(day)}{NBSP}{name} {year}"


def page_name(page: int, label: str, unit: str = "page") -> str:
    """A page as its reader finds it, escaped: « page iv (4e du fichier) », « diapositive 4 »."""
    return text(place_name(page, label, unit))


def image_link(document_id: str, page: int, citations: Iterable[Citation] = ()) -> str:
    """Address of a rendered page with its citations highlighted.

    The fragment gives the top of the first citation, in points, for the viewer to scroll to.
    """
    spans = sorted({(item.start, item.end) for item in citations})
    query = "&".join(f"debut={start}&fin={end}" for start, end in spans)
    tops = [box[1] for item in citations for box in item.boxes]
    return (
        f"/v1/documents/{quote(document_id, safe='')}/pages/{page}/image"
        + (f"?{query}" if query else "")
        + (f"#y={min(tops):.0f}" if tops else "")
    )


def pdf_link(document_id: str, page: int | None = None) -> str:
    """Address of a document's file, opened at a page."""
    where = f"#page={page}" if page else ""
    return f"/v1/documents/{quote(document_id, safe='')}/fichier{where}"


@dataclass(slots=True)
class Reference:
    """A page of the sources panel.

    Attributes:
        number: the number its citations carry, `None` when no sentence cites it.
        unit: what it is: `page`, `slide` or `section`.
        citations: the citations that stand on it.
        source: what retrieval said of it, if it did.
    """

    document_id: str
    document: str
    page: int
    page_label: str
    number: int | None = None
    unit: str = "page"
    citations: list[Citation] = field(default_factory=list)
    source: Source | None = None


def references(answer: Answer, documents: Mapping[str, Document] | None = None) -> list[Reference]:
    """Pages of an answer: cited ones numbered in reading order, then the other sources.

    Args:
        answer: the answer.
        documents: the documents by identifier, to say what their pages are; may miss some.
    """
    found: dict[tuple[str, int], Reference] = {}
    for sentence in answer.sentences:
        for citation in sentence.citations:
            reference = found.setdefault(
                (citation.document_id, citation.page),
                Reference(
                    citation.document_id,
                    citation.document,
                    citation.page,
                    citation.page_label,
                    number=len(found) + 1,
                ),
            )
            reference.citations.append(citation)
    for source in answer.sources:
        reference = found.setdefault(
            (source.document_id, source.page),
            Reference(source.document_id, source.document, source.page, source.page_label),
        )
        reference.source = reference.source or source
    for reference in found.values():
        document = (documents or {}).get(reference.document_id)
        reference.unit = document.metadata.unit if document else "page"
    return list(found.values())


def confidence_words(value: float) -> str:
    """Confidence in plain words; the figure itself means little to a reader."""
    if value >= 0.75:
        return "confiance élevée"
    if value >= 0.5:
        return "confiance moyenne"
    return "confiance faible, à vérifier dans la page"


def answer_html(answer: Answer, documents: Mapping[str, Document] | None = None) -> str:
    """The answer: question, sentences with their numbered citations, remarks.

    Args:
        answer: the answer.
        documents: the documents by identifier, to say what their pages are; may miss some.
    """
    return fragment(
        f"<h2 class='question-posee'>{text(answer.question)}</h2>",
        _understood(answer.understood),
        _scope(answer.filters),
        _absence(answer) if answer.abstained else _answer_body(answer, documents or {}),
    )


def _understood(question: str | None) -> str:
    """The question that was searched, when it completes the one typed."""
    if not question:
        return ""
    return f"<p class='comprise'>Question comprise{NBSP}: «{NBSP}{text(question)}{NBSP}»</p>"


def _scope(report: FilterReport | None) -> str:
    """Where the answer was looked for, when it is not the whole corpus."""
    # A filter read in the question has its own remark.
    if report is None or not report.applied or report.recognised:
        return ""
    return f"<p class='portee'>Recherche limitée à{NBSP}: {text(describe(report.applied))}</p>"


def _answer_body(answer: Answer, documents: Mapping[str, Document]) -> str:
    cards = {
        (reference.document_id, reference.page): reference
        for reference in references(answer, documents)
        if reference.number
    }
    mode = (
        "Phrases reprises mot pour mot des documents"
        if answer.mode == "extractive"
        else "Rédigé par le modèle local, vérifié phrase par phrase"
    )
    cited = plural(len(cards), *_cited_names(cards.values()))
    near = [sentence for sentence in answer.sentences if sentence.role == "near"]
    return "".join(
        [
            "<div class='texte-reponse'>",
            *_grouped([one for one in answer.sentences if one.role != "near"], cards),
            "</div>",
            _near(near, cards) if near else "",
            _notes(answer.notes),
            f"<p class='mode'>{mode} · {cited} · {confidence_words(answer.confidence)}</p>",
        ]
    )


def _cited_names(cited: Iterable[Reference]) -> tuple[str, str]:
    """How to count cited pages, whatever they are."""
    units = {reference.unit for reference in cited}
    if units == {"slide"}:
        return "diapositive citée", "diapositives citées"
    if units == {"section"}:
        return "section citée", "sections citées"
    return "page citée", "pages citées"


def _near(sentences: Sequence[Sentence], cards: Mapping[tuple[str, int], Reference]) -> str:
    """Extracts that come near an unsure answer, folded: they are not the answer."""
    count = sum(sentence.kind == "extract" for sentence in sentences)
    return (
        "<details class='extraits-proches'><summary>"
        f"{plural(count, 'autre extrait proche', 'autres extraits proches')}</summary>"
        f"{''.join(_grouped(sentences, cards))}</details>"
    )


_NUMBERED = re.compile(r"\s*\(?(?:\d{1,2}|[a-z])[.)°]\s")


def _grouped(
    sentences: Sequence[Sentence], cards: Mapping[tuple[str, int], Reference]
) -> Iterator[str]:
    """Sentences as paragraphs and lists, following their roles."""
    in_list = False
    for sentence in sentences:
        # The label of table cells is our wording: it introduces them, as a list's own does.
        label = sentence.role == "table" and sentence.kind == "template"
        item = sentence.role in {"list_item", "table"} and not label
        if item != in_list:
            yield "<ul>" if item else "</ul>"
            in_list = item
        body = _with_marks(sentence.text, _marks(sentence, cards))
        if item:
            # « 1. » is quoted with its item: a bullet before it would say it twice.
            numbered = " class='numerote'" if _NUMBERED.match(sentence.text) else ""
            yield f"<li{numbered}>{body}</li>"
        else:
            style = "intitule" if label else "contexte" if sentence.role == "context" else "phrase"
            yield f"<p class='{style}'>{body}</p>"
    if in_list:
        yield "</ul>"


def _marks(sentence: Sentence, cards: Mapping[tuple[str, int], Reference]) -> str:
    """Numbered links to the proofs of a sentence, one per page."""
    per_page: dict[tuple[str, int], list[Citation]] = {}
    for citation in sentence.citations:
        per_page.setdefault((citation.document_id, citation.page), []).append(citation)
    links = []
    for key, citations in per_page.items():
        card = cards[key]
        where = f"{text(card.document)}, {page_name(card.page, card.page_label, card.unit)}"
        links.append(
            f"<a class='renvoi' href='{escape(image_link(*key, citations))}'>"
            "<span class='hors-ecran'>Citation </span>"
            f"<span class='numero'>{card.number}</span>"
            f"<span class='hors-ecran'>{NBSP}: {where}</span></a>"
        )
        if any(citation.addition for citation in citations):
            links.append("<span class='ajout'>ajout en couleur</span>")
    return "".join(links)


def _with_marks(sentence: str, marks: str) -> str:
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


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    items = "".join(f"<li>{text(note)}</li>" for note in notes)
    return f"<div class='remarques'><h3>À savoir</h3><ul>{items}</ul></div>"


def _absence(answer: Answer) -> str:
    """« Non trouvé », why, and what to try next."""
    filtered = answer.reason_code == "filtre"
    if answer.reason_code == "a_preciser":
        return (
            f"<div class='absence'><h3>Question à préciser</h3><p>{text(answer.reason or '')}</p>"
            f"</div>{_notes(answer.notes)}"
        )
    steps = [
        "Reformulez avec les mots que le document emploierait, ou développez les sigles.",
        "Posez une seule question à la fois.",
        "Vérifiez dans l’onglet « Corpus » que le document attendu est présent et bien lu.",
    ]
    if filtered:
        steps[-1] = "Retirez un filtre, ou cherchez dans tout le corpus."
        steps.reverse()
    elif answer.sources:
        steps.insert(
            0,
            "Ouvrez les pages les plus proches, parmi les sources : "
            "elles parlent du sujet sans répondre à la question.",
        )
    reason = f"<p>{text(answer.reason)}</p>" if answer.reason else ""
    items = "".join(f"<li>{typeset(step)}</li>" for step in steps)
    return (
        f"<div class='absence'><h3>Non trouvé dans {'ce filtre' if filtered else 'le corpus'}</h3>"
        f"{reason}<p>Vous pouvez{NBSP}:</p><ul>{items}</ul></div>{_notes(answer.notes)}"
    )


def sources_html(answer: Answer, documents: Mapping[str, Document]) -> str:
    """The sources panel: cited pages first, with their numbers, then the other ones.

    Args:
        answer: the answer.
        documents: the documents by identifier, for publishers and dates; may miss some.
    """
    cards = references(answer, documents)
    cited = [item for item in cards if item.number]
    other = [item for item in cards if not item.number]
    terms = set(analyse(answer.question))
    parts = ["<h2 class='titre-panneau'>Sources</h2>"]
    if not cited and not other:
        parts.append("<p class='discret'>Aucune page du corpus ne se rapproche de la question.</p>")
    for heading, group in (("", cited), ("Autres pages proches", other)):
        if not group:
            continue
        if heading and cited:
            parts.append(f"<h3 class='sous-titre'>{heading}</h3>")
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


def error_html(question: str, error: AssistantError) -> str:
    """A domain error in the place of the answer."""
    asked = question.strip()
    title = f"<h2 class='question-posee'>{text(asked[:200])}{'…' if len(asked) > 200 else ''}</h2>"
    return fragment(
        title if asked else "",
        f"<div class='erreur'><p><b>{typeset(text(error.message))}</b></p>",
        f"<p>{typeset(text(error.remedy))}</p></div>",
    )


def pending_html(question: str, message: str) -> str:
    """What is shown while the answer is being sought."""
    return fragment(
        f"<h2 class='question-posee'>{text(question.strip()[:200])}</h2>",
        f"<p class='attente'>{text(message)}</p>",
    )


def history_html(exchanges: Sequence[tuple[str, str, str]]) -> str:
    """Earlier questions, the latest first, each folded with its answer and sources.

    Args:
        exchanges: question, answer fragment and sources fragment of each.
    """
    if not exchanges:
        return ""
    items = (
        f"<details class='precedente'><summary>{text(question)}</summary>{answer}"
        f"<div class='sources-precedentes'>{sources}</div></details>"
        for question, answer, sources in reversed(exchanges)
    )
    return fragment("<h2 class='titre-panneau'>Questions précédentes</h2>", *items)
