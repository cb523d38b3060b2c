"""« Rafraîchir les preuves »: what the corpus says today of a fiche written earlier.

Nothing that a person wrote or chose is touched. A field that nobody edited takes the new
evidence; in the others the new evidence is told, for their author to judge. A statement whose
quote is no longer on its page is never kept silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from assistant.attempt import Attempt
from assistant.errors import PageNotFoundError
from assistant.fiches.drafting import draft_fiche
from assistant.fiches.funding_values import state_of
from assistant.fiches.matrix import place
from assistant.fiches.method import Method
from assistant.fiches.model import Fiche, FicheField, Score, Statement, Window
from assistant.fiches.port import FicheEngine
from assistant.fiches.status import status_of
from assistant.language.normalise import squash
from assistant.model import Citation

ChangeKind = Literal[
    "preuve_nouvelle",
    "preuve_disparue",
    "document_remplace",
    "echeance_passee",
    "guichet_nouveau",
]

CHANGE_LABELS: Final[dict[ChangeKind, str]] = {
    "preuve_nouvelle": "Preuve nouvelle",
    "preuve_disparue": "Citation qui ne se vérifie plus",
    "document_remplace": "Document remplacé",
    "echeance_passee": "Échéance passée",
    "guichet_nouveau": "Guichet nouveau",
}


class Change(BaseModel):
    """One thing that differs from when the fiche was last written.

    Attributes:
        kind: key of `CHANGE_LABELS`.
        key: field it concerns.
        text: what is read, in French.
        statement, window: what is new or gone, when it is one.
        applied: whether the fiche now says so; otherwise its author has to judge.
    """

    model_config = ConfigDict(extra="forbid")

    kind: ChangeKind
    key: str
    text: str
    statement: Statement | None = None
    window: Window | None = None
    applied: bool = True


def refresh(
    fiche: Fiche, method: Method, engine: FicheEngine, *, today: date
) -> tuple[Fiche, list[Change]]:
    """Read the corpus again for a fiche.

    Args:
        fiche: as kept.
        method: the grid it follows; fields that this one lacks are left as they are.
        engine: the assistant, over its current index.
        today: what deadlines are compared with from now on.

    Returns:
        The fiche as it would now be (same identifier and revision, not kept), and what changed.
    """
    fresh = {one.key: one for one in draft_fiche(fiche.request, method, engine, today=today).fields}
    attempt = engine.attempt()
    changes: list[Change] = []
    fields = [
        _refreshed(field, fresh.get(field.key), attempt, today, changes) for field in fiche.fields
    ]
    questions = {spec.key: spec.question for spec in method.fields}
    computed = {spec.key for spec in method.fields if spec.kind in ("titre", "sources")}
    scores = [score for field in fields for score in field.scores]
    settled = []
    for field in fields:
        placed = field.position and place(scores, method)
        now = field.model_copy(update={"position": placed})
        if now.key not in computed and now.author is None:
            status = status_of(now)
            question = None if status == "documente" else questions.get(now.key, now.question)
            now = now.model_copy(update={"status": status, "question": question})
        settled.append(now)
    return (
        fiche.model_copy(
            update={
                "fields": settled,
                "today": today,
                "index_generation": attempt.serving.generation,
                "updated": datetime.now(UTC) if changes else fiche.updated,
            }
        ),
        changes,
    )


def _refreshed(
    field: FicheField,
    fresh: FicheField | None,
    attempt: Attempt,
    today: date,
    changes: list[Change],
) -> FicheField:
    """One field with today's evidence; what differs is added to `changes`, in place."""
    mine = field.author is None
    statements = _statements(
        field.key, field.statements, fresh.statements if fresh else (), attempt, changes, mine=mine
    )
    windows = _windows(field, fresh.windows if fresh else (), today, changes, mine=mine)
    windows = [one for one in windows if _window_holds(field.key, one, attempt, changes)]
    new = {score.code: score for score in fresh.scores} if fresh else {}
    scores = []
    for score in field.scores:
        said = new[score.code].statements if score.code in new else []
        kept = _statements(field.key, score.statements, said, attempt, changes, mine=mine)
        scores.append(_supported(score, kept))
    return field.model_copy(update={"statements": statements, "windows": windows, "scores": scores})


def _supported(score: Score, statements: list[Statement]) -> Score:
    """A criterion with today's arguments; a note that rested on the corpus needs one."""
    lost = score.origin == "corpus" and not any(one.citations for one in statements)
    gone = {"level": None, "origin": None} if lost else {}
    return score.model_copy(update={"statements": statements, **gone})


def _statements(
    key: str,
    old: Sequence[Statement],
    fresh: Sequence[Statement],
    attempt: Attempt,
    changes: list[Change],
    *,
    mine: bool,
) -> list[Statement]:
    """What stands of the old statements, then the new ones when nobody edited the field."""
    kept: list[Statement] = []
    documents = {one.id: one for one in attempt.documents}
    for one in old:
        if one.origin == "calcule":
            continue
        if not all(verifies(citation, attempt) for citation in one.citations):
            text = (
                f"«\u00a0{one.text}\u00a0» n’est plus à sa place dans «\u00a0{_files(one)}\u00a0»."
            )
            changes.append(Change(kind="preuve_disparue", key=key, text=text, statement=one))
            continue
        for citation in one.citations:
            newer = documents.get(documents[citation.document_id].superseded_by or "")
            if newer is not None:
                text = (
                    f"«\u00a0{citation.file}\u00a0» est remplacé par «\u00a0{newer.file}\u00a0»"
                    "\u00a0: vérifiez que l’affirmation tient encore."
                )
                changes.append(
                    Change(
                        kind="document_remplace", key=key, text=text, statement=one, applied=False
                    )
                )
        kept.append(one)
    known = {squash(one.text) for one in old}
    for one in fresh:
        if one.origin == "calcule":
            kept.append(one)
        elif one.origin == "corpus" and squash(one.text) not in known:
            changes.append(
                Change(
                    kind="preuve_nouvelle",
                    key=key,
                    text=f"«\u00a0{one.text}\u00a0» ({_files(one)})",
                    statement=one,
                    applied=mine,
                )
            )
            if mine:
                kept.append(one)
    return kept


def _windows(
    field: FicheField,
    fresh: Sequence[Window],
    today: date,
    changes: list[Change],
    *,
    mine: bool,
) -> list[Window]:
    """Windows of today: deadlines compared again, and the new ones."""
    kept: list[Window] = []
    for one in field.windows:
        state = state_of(one.deadline, today) if one.deadline else one.state
        if state == "passe" and one.state != "passe":
            text = f"L’échéance de «\u00a0{one.title}\u00a0» est passée."
            changes.append(Change(kind="echeance_passee", key=field.key, text=text, window=one))
        kept.append(one.model_copy(update={"state": state}))
    known = {squash(one.title) for one in field.windows}
    for one in fresh:
        if squash(one.title) not in known:
            text = f"Guichet trouvé\u00a0: «\u00a0{one.title}\u00a0»."
            changes.append(
                Change(kind="guichet_nouveau", key=field.key, text=text, window=one, applied=mine)
            )
            if mine:
                kept.append(one)
    return kept


def _window_holds(key: str, window: Window, attempt: Attempt, changes: list[Change]) -> bool:
    if all(verifies(citation, attempt) for citation in window.citations):
        return True
    text = f"Ce qui est dit de «\u00a0{window.title}\u00a0» n’est plus à sa place."
    changes.append(Change(kind="preuve_disparue", key=key, text=text, window=window))
    return False


def _files(statement: Statement) -> str:
    return ", ".join(
        dict.fromkeys(f"{one.file}, p.\u00a0{one.page}" for one in statement.citations)
    )


def verifies(citation: Citation, attempt: Attempt) -> bool:
    """Whether a quote still stands where it was, in a document of the corpus."""
    if all(one.id != citation.document_id for one in attempt.documents):
        return False
    try:
        page = attempt.pages.page(citation.document_id, citation.page)
    except PageNotFoundError:
        return False
    return page.text[citation.start : citation.end] == citation.quote
