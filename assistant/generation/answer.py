"""From a question and the passages found to an answer with its proofs, or an honest « non »."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.errors import InvalidQuestionError
from assistant.generation.abstention import SURE, DecisionWeights, decide, features, unmentioned
from assistant.generation.arithmetic import arithmetic_remark
from assistant.generation.evidence import GetPage
from assistant.generation.extractive import Selection, Shown, select
from assistant.generation.question import (
    Expected,
    Question,
    understand,
)
from assistant.generation.scoring import Idf, Scored, Vocabulary, vocabulary
from assistant.generation.verification import BoxesForSpan, sentences_of
from assistant.language.entities import find_amounts, find_dates, find_percentages
from assistant.language.normalise import display_text, fold
from assistant.language.typography import typeset
from assistant.model import Answer, Hit, ModelIds, Sentence, Source, Span

MAX_SOURCES = 8
_UNSURE = "Confiance faible : vérifiez que ces extraits répondent bien à la question."
NEAR_BELOW = 0.7
"""Confidence under which extracts that come near are offered as well; chosen on dev questions."""
_EXCERPT_CHARS = 320
_EVIDENCE_HITS = 12

_DEADLINE = re.compile(
    r"date limite|au plus tard|\bavant l|jusqu'a|echeance|cloture|depot|soumission|\breleve|"
    r"candidature|dernier delai|\blimite\b"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer and what it was decided on, for evaluation and for fitting the weights."""

    answer: Answer
    question: Question
    selection: Selection
    features: Mapping[str, float]


def draft(
    question: str,
    hits: Sequence[Hit],
    *,
    get_page: GetPage,
    boxes_for_span: BoxesForSpan,
    idf: Idf,
    index_generation: str,
    models: ModelIds,
    expansions: Mapping[str, str] | None = None,
    corrections: Mapping[str, str] | None = None,
    unreadable_pages: Mapping[str, Sequence[int]] | None = None,
    outside_filter: int = 0,
    today: date | None = None,
    weights: DecisionWeights | None = None,
) -> Draft:
    """Answer a question with verbatim, verified extracts of the passages found.

    Args:
        question: accepted by `check_question`.
        hits: passages, best first.
        get_page: gives a stored page of a document.
        boxes_for_span: gives the boxes of a span on its page.
        idf: rarity of an index term in the corpus.
        index_generation: identifier of the index that gave the hits.
        models: models that took part.
        expansions: sigle or phrase of the question → what the glossary says it stands for.
        corrections: mistyped term → known term searched instead.
        unreadable_pages: document id → pages that could not be read.
        outside_filter: passages that would have been found without the reader's filter.
        today: date that deadlines are compared with; no remark on them when `None`.
        weights: weights of the decision to answer.

    Returns:
        The answer, `abstained` with a reason when the passages do not hold it, and what the
        decision rests on.

    Raises:
        InvalidQuestionError: the question holds nothing to search.
    """
    started = time.perf_counter()
    asked = understand(question.strip())
    if not asked.terms:
        raise InvalidQuestionError(
            "La question ne contient aucun mot à chercher.",
            "Nommez ce que vous cherchez\u00a0: un dispositif, un organisme, une date…",
        )
    terms = vocabulary(asked, idf, expansions=expansions, corrections=corrections)
    selection = select(asked, hits[:_EVIDENCE_HITS], get_page=get_page, terms=terms)
    found = features(asked, selection.ranked, hits, terms)
    confidence, abstain = decide(found, weights)

    def proven(units: Sequence[Shown]) -> list[tuple[Scored, list[Sentence]]]:
        groups = (
            (
                scored,
                sentences_of(
                    scored.unit.hit, pieces, get_page=get_page, boxes_for_span=boxes_for_span
                ),
            )
            for scored, pieces in units
        )
        return [(scored, sentences) for scored, sentences in groups if sentences]

    vague = _is_vague(asked, hits)
    shown = [] if abstain or vague else proven(selection.chosen)
    # The best unit carries the decision: without it, the rest answers another question.
    abstain = abstain or not shown or shown[0][0] is not selection.chosen[0][0]
    reason, code = None, None
    if abstain:
        shown = []
        reason, code = (
            _ask_back(hits)
            if vague
            else _reason(asked, hits, terms, unreadable_pages or {}, outside_filter)
        )
    sentences = [sentence for _, group in shown for sentence in group]
    sources = sources_of(hits, sentences, get_page=get_page)
    if shown and confidence < NEAR_BELOW:
        sentences += [sentence for _, group in proven(selection.near) for sentence in group]
    return Draft(
        Answer(
            question=asked.text,
            abstained=abstain,
            reason=typeset(reason) if reason else None,
            reason_code=code,
            confidence=round(confidence, 4),
            sentences=sentences,
            sources=sources,
            notes=[
                typeset(note)
                for note in (
                    *([_UNSURE] if shown and confidence < SURE else []),
                    *_notes(asked, shown, today),
                )
            ],
            index_generation=index_generation,
            models=models,
            timings_ms={"answer": round((time.perf_counter() - started) * 1000, 2)},
        ),
        asked,
        selection,
        found,
    )


def sources_of(
    hits: Sequence[Hit], sentences: Sequence[Sentence], *, get_page: GetPage
) -> list[Source]:
    """List the pages worth opening: those cited first, then those of the hits in order.

    Args:
        hits: passages, best first.
        sentences: what is shown.
        get_page: gives the stored pages, for their labels and excerpts.

    Returns:
        At most `MAX_SOURCES` distinct pages.
    """
    places: dict[tuple[str, int], tuple[Hit, Span]] = {}
    for sentence in sentences:
        for citation in sentence.citations:
            key = (citation.document_id, citation.page)
            owner = next(
                (
                    hit
                    for hit in hits
                    if hit.passage.document_id == citation.document_id
                    and citation.page in hit.passage.pages
                ),
                None,
            )
            if owner is not None and sentence.kind != "template":
                places.setdefault(key, (owner, Span(citation.page, citation.start, citation.end)))
    for hit in hits:
        places.setdefault((hit.passage.document_id, hit.span.page), (hit, hit.span))
    sources: list[Source] = []
    for (document_id, number), (hit, span) in list(places.items())[:MAX_SOURCES]:
        page = get_page(document_id, number)
        sources.append(
            Source(
                rank=len(sources) + 1,
                file=hit.document.file,
                document=hit.document.metadata.title,
                document_id=document_id,
                kind=hit.document.metadata.kind,
                page=number,
                page_label=page.label,
                section=list(hit.passage.section),
                excerpt=_excerpt(page.text, span),
                score=round(hit.score, 4),
                passage_id=hit.passage.id,
            )
        )
    return sources


def _excerpt(text: str, span: Span) -> str:
    """The words of the span, completed to a readable length and cut at words."""
    start, end = span.start, min(len(text), max(span.end, span.start + _EXCERPT_CHARS))
    if end - start > _EXCERPT_CHARS:
        end = start + _EXCERPT_CHARS
    while end < len(text) and end > start and not text[end - 1].isspace():
        end -= 1
    shown = display_text(text[start : end if end > start else span.end])
    return f"{shown} …" if end < span.end else shown


def _is_vague(question: Question, hits: Sequence[Hit]) -> bool:
    """Tell whether a question names what it wants but of nothing (« Quel est le montant ? »).

    In a corpus of one document, that document is what it is about.
    """
    return (
        not question.anchors
        and all(term in question.type_terms for term in question.terms)
        and len({hit.document.id for hit in hits[:MAX_SOURCES]}) > 1
    )


def _ask_back(hits: Sequence[Hit]) -> tuple[str, str]:
    """Ask what a vague question is about, with what the corpus speaks of."""
    titles = dict.fromkeys(hit.document.metadata.title for hit in hits[:MAX_SOURCES])
    names = ", ".join(f"« {title} »" for title in list(titles)[:3])
    return (
        "Question à préciser : plusieurs documents peuvent y répondre. Dites de quoi il s’agit ; "
        f"par exemple, d’après les documents les plus proches : {names}.",
        "a_preciser",
    )


def _reason(
    question: Question,
    hits: Sequence[Hit],
    terms: Vocabulary,
    unreadable_pages: Mapping[str, Sequence[int]],
    outside_filter: int,
) -> tuple[str, str]:
    """Say why there is no answer, telling apart what the reader can do about it."""
    if outside_filter and not hits:
        count = "1 passage" if outside_filter == 1 else f"{outside_filter} passages"
        return (
            f"Non trouvé dans les documents choisis. {count} hors du filtre : "
            "retirez un filtre pour élargir la recherche.",
            "filtre",
        )
    unread = {
        hit.document.file: unreadable_pages[hit.document.id]
        for hit in hits[:5]
        if unreadable_pages.get(hit.document.id)
    }
    if unread:
        where = " ; ".join(
            f"{file}, page{'s' if len(pages) > 1 else ''} "
            + ", ".join(str(page) for page in list(pages)[:10])
            for file, pages in unread.items()
        )
        return (
            "Non trouvé dans les pages lisibles du corpus. Des pages des documents les plus "
            f"proches n’ont pas pu être lues ({where}) : la réponse peut s’y trouver.",
            "illisible",
        )
    missing = unmentioned(question, hits[:MAX_SOURCES], terms)
    if missing:
        names = ", ".join(f"« {name} »" for name in missing[:3])
        return (
            f"Non trouvé dans le corpus. Les passages les plus proches ne mentionnent pas {names}.",
            "absent",
        )
    return (
        "Non trouvé dans le corpus. Les pages les plus proches sont indiquées ; elles ne "
        "répondent pas à la question."
        if hits
        else "Non trouvé dans le corpus.",
        "absent",
    )


def _notes(
    question: Question, shown: Sequence[tuple[Scored, list[Sentence]]], today: date | None
) -> list[str]:
    """Remarks in our own fixed words: deadlines past or to come, documents that differ."""
    notes: list[str] = []
    if today is not None:
        for _, sentences in shown:
            text = " ".join(sentence.text for sentence in sentences)
            if len(sentences) == 1 or sentences[0].kind == "template":
                notes += _deadline_notes(text, today)
            else:
                for sentence in sentences:
                    notes += _deadline_notes(sentence.text, today)
    notes += [
        remark
        for _, sentences in shown
        for sentence in sentences
        if sentence.kind == "extract" and (remark := arithmetic_remark(sentence.text))
    ]
    if _disagree(question, shown):
        notes.append(
            "Les documents cités donnent des valeurs différentes : vérifiez l’objet et la date "
            "de chacun."
        )
    return list(dict.fromkeys(notes))


def _deadline_notes(text: str, today: date) -> list[str]:
    if not _DEADLINE.search(fold(text)):
        return []
    notes = []
    for found in find_dates(text):
        try:
            deadline = date.fromisoformat(found.value)
        except ValueError:
            continue  # without a year or a day, nothing can be said
        written = display_text(found.text)
        if deadline < today:
            notes.append(f"L’échéance du {written} est passée.")
        else:
            days = (deadline - today).days
            left = "aujourd’hui" if not days else f"dans {days} jour{'s' if days > 1 else ''}"
            notes.append(f"L’échéance du {written} est à venir ({left}).")
    return notes


def _disagree(question: Question, shown: Sequence[tuple[Scored, list[Sentence]]]) -> bool:
    finder = {
        Expected.AMOUNT: find_amounts,
        Expected.DATE: find_dates,
        Expected.PERCENTAGE: find_percentages,
    }.get(question.expected)
    if finder is None:
        return False
    values: dict[str, set[str]] = {}
    for scored, sentences in shown:
        found = {entity.value for sentence in sentences for entity in finder(sentence.text)}
        if found:
            values.setdefault(scored.unit.hit.document.id, set()).update(found)
    sets = list(values.values())
    return any(not one & other for index, one in enumerate(sets) for other in sets[index + 1 :])
