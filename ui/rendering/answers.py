"""An answer as HTML: its sentences with their numbered citations, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from assistant.generation.wire import INTERRUPTED
from assistant.language.personal import WARNING
from assistant.language.typography import NBSP, typeset
from assistant.model import Answer, Document, FilterReport
from assistant.retrieval.filters import describe
from ui.rendering.differences import differing_html
from ui.rendering.fragments import fragment, plural, text
from ui.rendering.references import Cards, Reference, cards_of, numbered, references
from ui.rendering.sentences import folded, paragraphs

_FIRST: Final = (INTERRUPTED, WARNING)
"""How the remarks that come above the answer begin."""


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
        _refusal(answer, documents or {})
        if answer.abstained
        else _answer_body(answer, documents or {}),
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
    cards = cards_of(references(answer, documents))
    written = answer.mode == "generative"
    mode = (
        "Rédigé par le modèle local, vérifié phrase par phrase"
        if written
        else "Phrases reprises mot pour mot des documents"
    )
    main = [sentence for sentence in answer.sentences if sentence.role != "near"]
    cited = cards_of(numbered(main, (), documents))
    pages = plural(len(cited), *_cited_names(cited.values()))
    return "".join(
        [
            _first_said(answer.notes),
            *(differing_html(one, cards, documents) for one in answer.differing),
            "<div class='texte-reponse'>",
            *folded(main, cards, name_extracts=written),
            "</div>",
            _near(answer, cards),
            _notes(answer.notes),
            f"<p class='mode'>{mode} · {pages} · {confidence_words(answer.confidence)}</p>",
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


_NOT_KEPT = {
    False: "Ces extraits n’ont pas été retenus dans la réponse : lisez-les sur leur page.",
    True: "Ce n’est pas une réponse : ces extraits parlent du sujet sans répondre à la question.",
}
"""What extracts that come near are, under an answer and under a refusal."""


def _near(answer: Answer, cards: Cards) -> str:
    """Extracts that come near, folded, and said not to be the answer."""
    near = [sentence for sentence in answer.sentences if sentence.role == "near"]
    if not near:
        return ""
    count = plural(sum(one.kind == "extract" for one in near), "extrait")
    return (
        f"<details class='extraits-proches'><summary>Ce qui s’en approche ({count})</summary>"
        f"<p class='avertissement'>{typeset(_NOT_KEPT[answer.abstained])}</p>"
        f"{''.join(paragraphs(near, cards))}</details>"
    )


def _first_said(notes: Sequence[str]) -> str:
    """That the answer was stopped, that the question names somebody: what cannot be missed."""
    said = "".join(f"<p>{text(note)}</p>" for note in notes if note.startswith(_FIRST))
    return f"<div class='interrompue'>{said}</div>" if said else ""


def _notes(notes: Sequence[str]) -> str:
    items = "".join(f"<li>{text(note)}</li>" for note in notes if not note.startswith(_FIRST))
    if not items:
        return ""
    return f"<div class='remarques'><h3>À savoir</h3><ul>{items}</ul></div>"


def _refusal(answer: Answer, documents: Mapping[str, Document]) -> str:
    """« Non trouvé », what comes near without answering, and what the reader must know."""
    near = _near(answer, cards_of(references(answer, documents)))
    return _first_said(answer.notes) + _absence(answer) + near + _notes(answer.notes)


def _absence(answer: Answer) -> str:
    """« Non trouvé », why, and what to try next."""
    filtered = answer.reason_code == "filtre"
    if answer.reason_code == "a_preciser":
        return (
            f"<div class='absence'><h3>Question à préciser</h3><p>{text(answer.reason or '')}</p>"
            "</div>"
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
            "elles s’approchent de la question sans y répondre.",
        )
    title = f"Non trouvé dans {'ce filtre' if filtered else 'le corpus'}"
    said = (answer.reason or "").removeprefix(f"{title}.").strip()
    reason = f"<p>{text(said)}</p>" if said else ""
    items = "".join(f"<li>{typeset(step)}</li>" for step in steps)
    return (
        f"<div class='absence'><h3>{title}</h3>"
        f"{reason}<p>Vous pouvez{NBSP}:</p><ul>{items}</ul></div>"
    )
