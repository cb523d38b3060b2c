"""A draft fiche from a title: what the corpus proves, what is suggested, what must be asked.

Statements are extracts whose place is verified; a local language model may say them again, when
it is asked to (`phrasing`). Axis and functions are suggestions unless a document states them of
this use case; no criterion is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from assistant.fiches.classify import suggest_axes, suggest_functions
from assistant.fiches.documented import documented_axis, documented_functions
from assistant.fiches.evidence_of_field import Evidence, evidence
from assistant.fiches.funding import Calls, calls
from assistant.fiches.matrix import place
from assistant.fiches.method import FieldSpec, Method
from assistant.fiches.model import Fiche, FicheField, Request, Score, Side, Statement
from assistant.fiches.phrasing import Shelf, phrased
from assistant.fiches.port import FicheEngine
from assistant.fiches.reading import Library
from assistant.fiches.scores import argued
from assistant.fiches.similar import similar_to
from assistant.fiches.sourcing import sources_of
from assistant.fiches.status import status_of
from assistant.fiches.subject import subject_of, telling
from assistant.model import Mode

_MANY_WINDOWS: Final = 6


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What one draft found, before it is set in fields."""

    library: Library
    engine: FicheEngine
    method: Method
    request: Request
    today: date
    evidence: Evidence
    calls: Calls


def draft_fiche(
    request: Request,
    method: Method,
    engine: FicheEngine,
    *,
    portfolio: Sequence[Fiche] = (),
    today: date,
    author: str | None = None,
    mode: Mode = "extractive",
) -> Fiche:
    """Draft a fiche.

    Args:
        request: title, and what else was typed.
        method: the grid that says the fields.
        engine: the assistant, over its current index.
        portfolio: fiches already kept, to point out near-duplicates.
        today: what deadlines are compared with.
        author: who asks for it.
        mode: `extractive`, or `generative`: fields are also said in sentences of the local
            language model, each verified; a note says why when there is none.

    Returns:
        A fiche that is not kept yet (its identifier is empty): every statement of the corpus is
        cited, and every field that is not documented has its question.
    """
    attempt = engine.attempt()
    subject = subject_of(request.title, attempt.serving.search.idf)
    known = telling(word for axis in method.axes for word in axis.words)
    library = Library(attempt, request.title, subject, known)
    read = evidence(library, request, method)
    spec = next((one for one in method.fields if one.kind == "financement"), None)
    found = calls(library, read.pieces, today, spec.limit) if spec else Calls([], [])
    gathered = _Gathered(library, engine, method, request, today, read, found)
    fields: list[FicheField] = []
    for one in method.fields:
        fields.append(_settled(_filled(one, gathered, fields), one))
    now = datetime.now(UTC)
    fiche = Fiche(
        request=request,
        method=method.identity,
        fields=fields,
        created=now,
        updated=now,
        author=author,
        today=today,
        index_generation=attempt.serving.generation,
        models=attempt.serving.models,
        similar=similar_to(request, portfolio, engine, attempt.serving.search.idf),
        notes=_notes(gathered),
    )
    if mode == "extractive":
        return fiche
    documents = {one.id: one for one in attempt.documents}
    return phrased(fiche, engine.pen, Shelf(attempt.pages.page, documents, library.headings))


def _settled(field: FicheField, spec: FieldSpec) -> FicheField:
    """Give a field its status, and its question when it is not documented."""
    status = "documente" if spec.kind in ("titre", "sources") else status_of(field)
    question = None if status == "documente" else spec.question
    return field.model_copy(update={"status": status, "question": question})


def _filled(spec: FieldSpec, found: _Gathered, before: Sequence[FicheField]) -> FicheField:
    """One field, as its kind is filled; `before` are the fields already made."""
    field = FicheField(key=spec.key, label=spec.label, status="a_completer")
    field.statements = [
        _typed(text) for part in spec.typed if (text := str(getattr(found.request, part)).strip())
    ]
    match spec.kind:
        case "titre":
            field.statements = [_typed(found.request.title)]
        case "axe":
            suggested = suggest_axes(found.request, found.method, found.engine.embed_alike)
            field.choices, said = documented_axis(
                found.library, found.evidence.pieces, found.method, suggested
            )
            field.statements += said
        case "fonctions":
            suggested = suggest_functions(found.request, found.method, found.engine.embed_alike)
            field.choices, said = documented_functions(
                found.library, found.evidence.pieces, found.method, suggested
            )
            field.statements += said
        case "impacts":
            field.scores, field.statements = _argued(found, "impact")
        case "efforts":
            field.scores, field.statements = _argued(found, "effort")
        case "matrice":
            scores = [score for one in before for score in one.scores]
            field.position = place(scores, found.method)
        case "financement":
            field.statements += found.evidence.statements.get(spec.key, [])
            field.windows = list(found.calls.windows)
        case "sources":
            field.statements = [*sources_of(before), *found.evidence.to_read]
        case "texte":
            field.statements += found.evidence.statements.get(spec.key, [])
    return field


def _argued(found: _Gathered, side: Side) -> tuple[list[Score], list[Statement]]:
    return argued(found.library, found.evidence.pieces, found.method, side, found.engine)


def _typed(text: str) -> Statement:
    return Statement(text=text, origin="saisie", kind="typed")


def _notes(found: _Gathered) -> list[str]:
    """Remarks on the whole fiche."""
    notes = []
    if found.calls.elsewhere:
        said = ", ".join(
            f"«\u00a0{one.title}\u00a0»" + (" (échéance passée)" if one.state == "passe" else "")
            for one in found.calls.elsewhere[:_MANY_WINDOWS]
        )
        notes.append(f"Appels à projets du corpus qui portent sur un autre sujet\u00a0: {said}.")
    if not any(read.about for read in found.evidence.pieces):
        notes.append(
            "Aucun passage du corpus ne parle précisément de ce cas d’usage\u00a0: ce qui est "
            "montré vaut pour tout projet d’IA."
        )
    return notes
