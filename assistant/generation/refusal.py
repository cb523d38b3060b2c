"""Why there is no answer, in words that tell the reader what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.generation.demands import demand_of
from assistant.generation.question import Question
from assistant.generation.scoring import Vocabulary, Weights, stands_for
from assistant.generation.units import terms_of
from assistant.generation.wordings import related
from assistant.language.analyser import analyse_with_offsets
from assistant.language.entities import find_sigles
from assistant.model import Hit

MAX_PROPOSED = 8
"""Passages whose documents and headings are proposed."""
_MATCH = Weights()


def is_vague(question: Question, hits: Sequence[Hit]) -> bool:
    """Tell whether a question names what it wants but of nothing (« Quel est le montant ? »).

    In a corpus of one document, that document is what it is about.
    """
    return (
        not question.anchors
        and question.type_terms | question.implied >= set(question.terms)
        and len({hit.document.id for hit in hits[:MAX_PROPOSED]}) > 1
    )


def ask_back(hits: Sequence[Hit]) -> tuple[str, str]:
    """Ask what a vague question is about, with what the corpus speaks of.

    Args:
        hits: passages found, best first: their documents, headings and sigles are proposed.

    Returns:
        The reason in French and its code.
    """
    first = hits[:MAX_PROPOSED]
    titles = dict.fromkeys(hit.document.metadata.title for hit in first)
    headings = dict.fromkeys(hit.passage.section[-1] for hit in first if hit.passage.section)
    headings = {name: None for name in headings if name not in titles}
    sigles = dict.fromkeys(
        found.text for hit in first for found in find_sigles(" ".join(hit.passage.section))
    )
    proposed = [
        ("documents", list(titles)),
        ("rubriques", list(headings)),
        ("sigles", list(sigles)),
    ]
    said = " ; ".join(
        f"{kind} {', '.join(f'« {name} »' for name in names[:3])}"
        for kind, names in proposed
        if names
    )
    return (
        "Question à préciser : plusieurs documents peuvent y répondre. Dites de quoi il s’agit ; "
        f"par exemple, d’après les pages les plus proches : {said}.",
        "a_preciser",
    )


def refusal(
    question: Question,
    hits: Sequence[Hit],
    terms: Vocabulary,
    unreadable_pages: Mapping[str, Sequence[int]],
) -> tuple[str, str]:
    """Say why there is no answer, telling apart what the reader can do about it.

    Args:
        question: understood.
        hits: passages found, best first.
        terms: aliases of the question's terms.
        unreadable_pages: document id → pages that could not be read.

    Returns:
        The reason in French and its code: `illisible` or `absent`.
    """
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
    # All of them: the pages listed under the refusal come from any, and would belie it.
    missing = unmentioned(question, hits, terms)
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


def unmentioned(question: Question, hits: Sequence[Hit], terms: Vocabulary) -> list[str]:
    """Names, then words that say what is asked, that no passage mentions, as written.

    Args:
        question: understood.
        hits: passages looked through.
        terms: aliases of the question's terms.
    """
    everywhere: frozenset[str] = frozenset().union(*(_terms(hit) for hit in hits))
    missing: list[str] = []
    for entity in question.entities:
        own = [term for term in terms_of(entity.text) if term in question.anchors]
        absent = [term for term in own if not _mentioned(term, everywhere, terms)]
        if absent and len(absent) == len(own):
            missing.append(entity.text)
    demand = demand_of(question)
    asked = {*demand.thing, *demand.subject, *([demand.action] if demand.action else [])}
    missing += [
        question.text[start:end]
        for term, start, end in analyse_with_offsets(question.text)
        if term in asked and not _mentioned(term, everywhere, terms)
    ]
    return [name for name in dict.fromkeys(missing) if not _inside_another(name, missing)]


def _inside_another(name: str, names: Sequence[str]) -> bool:
    return any(name != other and name in other for other in names)


def _mentioned(term: str, place: frozenset[str], terms: Vocabulary) -> bool:
    return (
        term in place
        or bool(stands_for(term, place, terms, _MATCH))
        or any(related(term, other) for other in place)
    )


def _terms(hit: Hit) -> frozenset[str]:
    metadata = hit.document.metadata
    named = " ".join(part for part in (metadata.title, metadata.publisher, metadata.region) if part)
    cells = " ".join(
        cell.header for block in hit.passage.blocks for cell in block.cells if cell.header
    )
    return (
        terms_of(hit.passage.text)
        | terms_of(" ".join(hit.passage.section))
        | terms_of(named)
        | terms_of(cells)
    )
