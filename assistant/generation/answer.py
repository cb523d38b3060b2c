"""From a question and the passages found to an answer with its proofs, or an honest « non »."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.errors import InvalidQuestionError
from assistant.generation.abstention import SURE, DecisionWeights, decide, features
from assistant.generation.arithmetic import arithmetic_remark, total_remark
from assistant.generation.definition import unknown_meaning
from assistant.generation.differing import differing, rivals
from assistant.generation.evidence import worth_reading
from assistant.generation.extractive import Selection, Shown, nearest, select
from assistant.generation.premise import unstated
from assistant.generation.question import (
    Expected,
    Question,
    understand,
)
from assistant.generation.refusal import ask_back, is_vague, refusal
from assistant.generation.scoring import Idf, Scored, vocabulary
from assistant.generation.units import GetPage
from assistant.generation.verification import BoxesForSpan, sentences_of
from assistant.language.entities import find_dates
from assistant.language.normalise import display_text, fold
from assistant.language.typography import typeset
from assistant.model import Answer, Differing, Document, Hit, ModelIds, Sentence, Source, Span
from assistant.retrieval.neighbours import Neighbourhood, widened

MAX_SOURCES = 8
_UNSURE = "Confiance faible : vérifiez que ces extraits répondent bien à la question."
_EXCERPT_CHARS = 320
_EVIDENCE_HITS = 12
_WIDENED = 5
"""Hits whose list is joined when one is asked for; joining for every question loses facts."""

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
    today: date | None = None,
    documents: Mapping[str, Document] | None = None,
    neighbourhood: Neighbourhood | None = None,
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
        today: date that deadlines are compared with; no remark on them when `None`.
        documents: documents of the corpus by identifier, to say which one replaces another.
        neighbourhood: where the rest of a list that passages cut is read; not joined when `None`.
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
    evidence = [hit for hit in hits if worth_reading(hit)][:_EVIDENCE_HITS]
    if neighbourhood is not None and asked.expected is Expected.LIST:
        evidence[:_WIDENED] = widened(evidence[:_WIDENED], neighbourhood)
    selection = select(asked, evidence, get_page=get_page, terms=terms)
    found = features(asked, [scored for scored, _ in selection.chosen], hits, terms)
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

    vague = is_vague(asked, hits)
    shown = [] if abstain or vague else proven(selection.chosen)
    # The best unit carries the decision: without it, the rest answers another question.
    abstain = abstain or not shown or shown[0][0] is not selection.chosen[0][0]
    reason, code = None, None
    meant = unknown_meaning(asked, shown[0][0].expected, expansions) if shown else None
    if meant is not None:
        abstain, shown, reason, code = True, [], meant, "absent"
    elif abstain:
        shown = []
        reason, code = (
            ask_back(hits) if vague else refusal(asked, hits, terms, unreadable_pages or {})
        )
    apart: list[Differing] = []
    if shown:
        known = [scored for scored, _ in shown]
        others = rivals(asked, selection.ranked, known, terms)
        against = [*shown, *proven([(one, one.unit.pieces) for one in others])]
        apart = differing(asked, against, terms, documents)
        compared = {value.citation.document_id for one in apart for value in one.values}
        # A value that differs is quoted as well, whatever its rank.
        shown += [
            group for group in against[len(shown) :] if group[0].unit.hit.document.id in compared
        ]
    sentences = [sentence for _, group in shown for sentence in group]
    sources = sources_of((*evidence, *hits), sentences, get_page=get_page)
    near = selection.near if shown else ()
    if abstain and not vague:
        near = nearest(selection)
    already = {sentence.text for sentence in sentences}
    sentences += [
        sentence
        for _, group in proven(near)
        if not already.issuperset(one.text for one in group)
        for sentence in group
    ]
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
                    *(unstated(asked, hits[:_EVIDENCE_HITS], terms) if shown else []),
                    *_notes(shown, today, differs=bool(apart)),
                )
            ],
            differing=apart,
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


def _notes(
    shown: Sequence[tuple[Scored, list[Sentence]]], today: date | None, *, differs: bool
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
    notes += [
        remark
        for scored, sentences in shown
        if (remark := total_remark(scored.unit.hit.passage, sentences))
    ]
    if differs:
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
