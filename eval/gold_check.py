"""What a question expects, compared with the corpus: said beside it while it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from assistant.errors import AssistantError
from assistant.language.typography import typeset
from assistant.model import Document, Page
from eval.facts import holds
from eval.sets import Place, Question

SEARCHED_PAGES: Final = 400
"""Pages of a document searched for a fact that its gold page does not hold."""


class Pages(Protocol):
    """What is asked of the engine: documents and their pages."""

    def documents(self) -> list[Document]:
        """List the documents of the index."""

    def page(self, document_id: str, number: int) -> Page:
        """Give one page as it was read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing checked.

    Attributes:
        level: `ok`, `attention` (worth a look), `erreur` (the question cannot be won).
        text: in French.
        place: the page to open, when there is one.
    """

    level: Literal["ok", "attention", "erreur"]
    text: str
    place: tuple[str, int] | None = None


def check_gold(question: Question, corpus: Pages) -> list[Finding]:
    """Compare gold pages and facts with what was read of the corpus.

    Args:
        question: with its gold.
        corpus: the engine.

    Returns:
        What was found, page by page, then fact by fact; `place` is (document identifier, page).
    """
    by_file = {document.file: document for document in corpus.documents()}
    findings: list[Finding] = []
    texts: list[tuple[Document, int, str]] = []
    for place in question.gold or question.also:
        findings += _check_place(place, by_file, corpus, texts)
    if question.answerable and not question.facts and not question.items:
        findings.append(
            _finding(
                "attention",
                "Aucun fait attendu : seule la page sera jugée, jamais le contenu de la réponse.",
            )
        )
    for fact in (*question.facts, *question.items):
        findings.append(_check_fact(fact, question, by_file, corpus, texts))
    if not question.answerable:
        findings.append(
            _finding("ok", "La réponse attendue est un refus : « non trouvé dans le corpus ».")
        )
    return findings


def _check_place(
    place: Place,
    by_file: dict[str, Document],
    corpus: Pages,
    texts: list[tuple[Document, int, str]],
) -> list[Finding]:
    document = by_file.get(place.file)
    if document is None:
        return [_finding("erreur", f"Le document « {place.file} » n’est pas dans le corpus.")]
    if place.page > document.page_count:
        return [
            _finding(
                "erreur",
                f"« {place.file} » n’a pas de page {place.page} : il en compte "
                f"{document.page_count}.",
            )
        ]
    text = _text(corpus, document.id, place.page)
    texts.append((document, place.page, text))
    if not text.strip():
        return [
            _finding(
                "erreur",
                f"Aucun texte n’a été lu à la page {place.page} de « {place.file} ».",
                (document.id, place.page),
            )
        ]
    return [
        _finding("ok", f"Page {place.page} de « {place.file} » : lue.", (document.id, place.page))
    ]


def _check_fact(
    fact: str,
    question: Question,
    by_file: dict[str, Document],
    corpus: Pages,
    texts: Sequence[tuple[Document, int, str]],
) -> Finding:
    for document, number, text in texts:
        if holds(text, fact):
            return _finding(
                "ok", f"« {fact} » se trouve à la page {number}.", (document.id, number)
            )
    expected = by_file.get(question.file or "")
    if expected is not None:
        for number in _likely(expected.page_count, question.page or 1):
            if holds(_text(corpus, expected.id, number), fact):
                return _finding(
                    "erreur",
                    f"« {fact} » n’est pas sur la page attendue, mais à la page {number}.",
                    (expected.id, number),
                )
    return _finding(
        "erreur",
        f"« {fact} » ne se trouve pas sur la page attendue : reprenez les mots de la page.",
    )


def _likely(count: int, page: int) -> list[int]:
    """Pages of a document, the nearest first."""
    pages = sorted(range(1, count + 1), key=lambda number: (abs(number - page), number))
    return pages[:SEARCHED_PAGES]


def _text(corpus: Pages, document_id: str, number: int) -> str:
    try:
        return corpus.page(document_id, number).text
    except AssistantError:
        return ""


def _finding(
    level: Literal["ok", "attention", "erreur"], said: str, place: tuple[str, int] | None = None
) -> Finding:
    return Finding(level, typeset(said), place)
