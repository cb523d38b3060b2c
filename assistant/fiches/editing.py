"""What a person changes in a field, and the field that results.

Nothing typed is passed off as proved: it is kept beside the extracts, under its own origin. What
is computed (status, place in the matrix) follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from assistant.fiches.errors import FicheNotFoundError, InvalidEditError
from assistant.fiches.matrix import place
from assistant.fiches.method import FieldKind, Method
from assistant.fiches.model import Choice, Fiche, FicheField, Score, Statement, Status
from assistant.fiches.sourcing import sources_of
from assistant.fiches.status import status_of

MAX_STATEMENTS: Final = 50
"""Typed statements of a field."""
MAX_CHARS: Final = 20_000
"""Characters of a typed statement."""
MAX_AUTHOR: Final = 100
TITLE_CHARS: Final = (3, 200)

_Item = TypeVar("_Item")

_OTHER_QUESTION: Final = "Que faut-il compléter\u00a0?"


def _encodable(value: str) -> str:
    """Refuse half a surrogate pair, which JSON can carry and no text can hold."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise PydanticCustomError("string_unicode", "not Unicode") from None
    return value


Typed = Annotated[str, AfterValidator(_encodable), Field(max_length=MAX_CHARS)]
Code = Annotated[str, AfterValidator(_encodable), Field(max_length=100)]


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScoreEdit(_Edit):
    """The note that somebody gives to a criterion.

    Attributes:
        level: code of a level of its scale; `None` takes the note away.
        argument: why; it replaces the former one, and `None` leaves it.
    """

    code: Code
    level: Code | None
    argument: Typed | None = None


class FieldEdit(_Edit):
    """An edit of one field; what is `None` is left as it is.

    Attributes:
        typed: every statement of people in the field, in order; it replaces the former ones.
        keep: ranks, from 0, of the statements that stay, those typed apart; the others go.
        windows: ranks, from 0, of the funding windows that stay; the others go.
        chosen: codes of the choices retained; none when empty.
        scores: notes given or taken away, by criterion; the other criteria are left.
        status: what the person says of the field; computed by default.
    """

    typed: list[Typed] | None = Field(None, max_length=MAX_STATEMENTS)
    keep: list[int] | None = Field(None, max_length=1_000)
    windows: list[int] | None = Field(None, max_length=1_000)
    chosen: list[Code] | None = Field(None, max_length=100)
    scores: list[ScoreEdit] | None = Field(None, max_length=100)
    status: Status | None = None

    @property
    def only_scores(self) -> bool:
        """Whether nothing but notes is changed, so that other criteria do not matter."""
        return self.scores is not None and all(
            one is None for one in (self.typed, self.keep, self.windows, self.chosen, self.status)
        )


def field_of(fiche: Fiche, key: str) -> FicheField:
    """A field of a fiche.

    Raises:
        FicheNotFoundError: it has no such field.
    """
    try:
        return fiche.field(key)
    except KeyError:
        raise FicheNotFoundError(
            f"Cette fiche n’a pas de champ « {key[:60]} ».",
            f"Champs possibles\u00a0: {', '.join(one.key for one in fiche.fields)}.",
        ) from None


def apply_edit(
    fiche: Fiche,
    key: str,
    edit: FieldEdit,
    method: Method,
    *,
    author: str | None,
    now: datetime,
) -> Fiche:
    """Change one field, and what is computed from it.

    Args:
        fiche: left as it is.
        key: the field.
        edit: what changes.
        method: the grid the fiche was drafted with.
        author: who changes it.
        now: when.

    Raises:
        FicheNotFoundError: no such field.
        InvalidEditError: the edit does not fit the field.
    """
    before = field_of(fiche, key)
    kind = kind_of(before, method)
    if kind == "matrice":
        raise InvalidEditError(
            "La position dans la matrice se calcule\u00a0: elle ne se saisit pas.",
            "Notez les critères d’impact et d’effort.",
        )
    changed = before.model_copy(
        update={
            "statements": _statements(before.statements, edit),
            "windows": _kept(before.windows, edit.windows),
            "choices": _choices(before.choices, edit.chosen, single=kind == "axe"),
            "scores": _scores(before.scores, edit.scores or [], fiche, method),
        }
    )
    title = _title(changed) if kind == "titre" else ""
    status = _status(before, changed, edit.status, title=bool(title))
    changed = changed.model_copy(
        update={
            "status": status,
            "question": None if status == "documente" else _question(before, method),
            "author": author,
            "updated": now,
        }
    )
    fields = [changed if one.key == key else one for one in fiche.fields]
    result = recomputed(fiche.model_copy(update={"fields": fields}), method)
    if title and title != fiche.request.title:
        asked = fiche.request.model_copy(update={"title": title})
        result = result.model_copy(update={"request": asked})
    # Copies are not validated: what is kept must be a fiche.
    return Fiche.model_validate(result.model_dump())


def recomputed(fiche: Fiche, method: Method) -> Fiche:
    """The fiche with what is computed from its other fields made again."""
    fields = _placed(fiche.fields, method) if fiche.method.id == method.id else fiche.fields
    return fiche.model_copy(update={"fields": _sourced(fields, method)})


def kind_of(field: FicheField, method: Method) -> FieldKind:
    """Kind of a field in the grid; by its content when the grid lacks it."""
    known = next((one.kind for one in method.fields if one.key == field.key), None)
    if known is not None:
        return known
    return "matrice" if field.position is not None else "texte"


def _kept(items: Sequence[_Item], ranks: Sequence[int] | None) -> list[_Item]:
    if ranks is None:
        return list(items)
    wrong = [rank for rank in ranks if not 0 <= rank < len(items)]
    if wrong:
        raise InvalidEditError(
            f"Le rang {wrong[0]} n’existe pas\u00a0: le champ compte {len(items)} élément(s).",
            "Relisez le champ\u00a0: les rangs se comptent à partir de 0.",
        )
    return [item for rank, item in enumerate(items) if rank in set(ranks)]


def _statements(before: Sequence[Statement], edit: FieldEdit) -> list[Statement]:
    """Extracts that stay, then what people typed."""
    typed = [one for one in before if one.origin == "saisie"]
    stay = [one for one in _kept(before, edit.keep) if one.origin != "saisie"]
    if edit.typed is None:
        return [*stay, *typed]
    known = {one.text: one for one in typed}
    texts = [text for raw in edit.typed if (text := raw.strip())]
    return [*stay, *(known.get(text) or said(text) for text in texts)]


def said(text: str) -> Statement:
    """A statement as a person types it."""
    return Statement(text=text, origin="saisie", kind="typed")


def _choices(before: Sequence[Choice], codes: list[str] | None, *, single: bool) -> list[Choice]:
    if codes is None:
        return list(before)
    known = [one.code for one in before]
    unknown = [code for code in codes if code not in known]
    if unknown or (single and len(set(codes)) > 1):
        raise InvalidEditError(
            f"Le choix « {unknown[0][:60]} » n’existe pas dans cette fiche."
            if unknown
            else "Une fiche n’a qu’un axe.",
            f"Choix possibles\u00a0: {', '.join(known) or 'aucun'}.",
        )
    return [
        one.model_copy(
            update={
                "chosen": one.code in codes,
                "origin": "saisie" if one.code in codes else "calcule",
            }
        )
        for one in before
    ]


def _scores(
    before: Sequence[Score], edits: Sequence[ScoreEdit], fiche: Fiche, method: Method
) -> list[Score]:
    if not edits:
        return list(before)
    if fiche.method.id != method.id:
        raise InvalidEditError(
            f"Cette fiche suit la grille « {fiche.method.title} », qui n’est pas celle en service.",
            "Remettez cette grille en service, ou rédigez une nouvelle fiche.",
        )
    found = {one.code: one for one in before}
    for edit in edits:
        score = found.get(edit.code)
        criterion = next((one for one in method.criteria if one.code == edit.code), None)
        if score is None or criterion is None:
            raise InvalidEditError(
                f"Ce champ n’a pas de critère « {edit.code[:60]} ».",
                f"Critères possibles\u00a0: {', '.join(found) or 'aucun'}.",
            )
        scale = method.scale_of(criterion)
        if edit.level is not None and scale.level(edit.level) is None:
            raise InvalidEditError(
                f"Le niveau « {edit.level[:60]} » n’est pas de l’échelle de {edit.code}.",
                f"Niveaux possibles\u00a0: {', '.join(one.code for one in scale.levels)}.",
            )
        found[edit.code] = _noted(score, edit)
    return [found[one.code] for one in before]


def _noted(score: Score, edit: ScoreEdit) -> Score:
    statements = score.statements
    if edit.argument is not None:
        text = edit.argument.strip()
        proofs = [one for one in statements if one.origin != "saisie"]
        statements = [*proofs, said(text)] if text else proofs
    # A note left as it is stays that of its evidence.
    origin = score.origin if edit.level == score.level else "saisie"
    if edit.level is None:
        origin = None
    return score.model_copy(
        update={"level": edit.level, "origin": origin, "statements": statements}
    )


def _title(field: FicheField) -> str:
    texts = [one.text for one in field.statements if one.origin == "saisie"] or [
        one.text for one in field.statements
    ]
    title = " ".join(texts[0].split()) if len(texts) == 1 else ""
    low, high = TITLE_CHARS
    if not low <= len(title) <= high:
        raise InvalidEditError(
            "L’intitulé doit tenir en un seul texte.",
            f"Donnez un intitulé de {low} à {high} caractères.",
        )
    return title


def _status(before: FicheField, after: FicheField, stated: Status | None, *, title: bool) -> Status:
    """What the person says, what was said before, or what the content gives."""
    filled = bool(
        after.statements
        or after.windows
        or any(one.chosen for one in after.choices)
        or any(one.level is not None for one in after.scores)
    )
    if stated == "documente" and not filled:
        raise InvalidEditError(
            "Un champ vide ne peut pas être dit documenté.", "Remplissez-le d’abord."
        )
    if stated is not None:
        return stated
    if title:
        return "documente"
    # A status that the content did not give was somebody's decision: typing goes on under it.
    if filled and not after.scores and before.status != status_of(before):
        return before.status
    return status_of(after)


def _question(field: FicheField, method: Method) -> str:
    asked = next((one.question for one in method.fields if one.key == field.key), None)
    return field.question or asked or _OTHER_QUESTION


def _placed(fields: Sequence[FicheField], method: Method) -> list[FicheField]:
    """Fields with the position in the matrix computed again from all the notes."""
    scores = [score for one in fields for score in one.scores]
    result = []
    position = place(scores, method)
    for field in fields:
        if kind_of(field, method) != "matrice" or field.position == position:
            result.append(field)
            continue
        moved = field.model_copy(update={"position": position})
        status = status_of(moved)
        question = None if status == "documente" else _question(field, method)
        result.append(moved.model_copy(update={"status": status, "question": question}))
    return result


def _sourced(fields: Sequence[FicheField], method: Method) -> list[FicheField]:
    """Fields with the list of the sources made again; what people added to it stays."""
    computed = sources_of([one for one in fields if kind_of(one, method) != "sources"])
    return [
        one.model_copy(
            update={
                "statements": [
                    *computed,
                    *(said for said in one.statements if said.origin == "saisie"),
                ]
            }
        )
        if kind_of(one, method) == "sources"
        else one
        for one in fields
    ]
