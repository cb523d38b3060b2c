"""What a question must be to be kept, be it typed, read in a table or proposed by a reader."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from assistant.errors import AssistantError
from assistant.exports.document import plain
from eval.sets import KINDS, Place, Question, Split, said

MAX_QUESTIONS: Final = 5_000
MAX_QUESTION_CHARS: Final = 2_000
MAX_FACT_CHARS: Final = 500
MAX_FACTS: Final = 50
MAX_NOTE_CHARS: Final = 2_000
WITHOUT_GOLD: Final = ("absent", "piege")
"""Kinds of questions that the corpus need not answer."""

_ID: Final = re.compile(r"[\w][\w.:-]{0,79}")
_LISTS: Final = ("facts", "items", "history")


class QuestionInvalidError(AssistantError):
    """A question, or a set of them, cannot be kept; `details` may hold the lines at fault."""

    code = "question_non_recevable"


def checked(values: Mapping[str, Any]) -> Question:
    """A question as it is kept: spaces tidied, every part in its bounds.

    Args:
        values: fields of `Question`; those left out keep their default.

    Raises:
        QuestionInvalidError: it cannot be kept; the message says which part.
    """
    made: dict[str, Any] = dict(values)
    for name in ("id", "question", "note", "kind", "standalone", "source"):
        made[name] = tidy(str(made.get(name) or ""))
    made["file"] = str(made.get("file") or "").strip() or None
    for name in _LISTS:
        made[name] = tuple(filter(None, (tidy(str(one)) for one in made.get(name) or ())))
    fault = fault_of(made)
    if fault:
        raise QuestionInvalidError(fault, "Corrigez la question, puis enregistrez de nouveau.")
    try:
        return Question.model_validate(made)
    except ValidationError as error:
        raise QuestionInvalidError(
            f"La question n’est pas recevable : {said(error)}.",
            "Corrigez-la, puis enregistrez de nouveau.",
        ) from error


def fault_of(values: Mapping[str, Any]) -> str:
    """Why a tidied question cannot be kept, in French; empty when nothing is seen."""
    kind, file, page = values["kind"], values["file"], values.get("page")
    parts = [*values["facts"], *values["items"]]
    said = {
        "L’identifiant compte de 1 à 80 lettres, chiffres, points et tirets.": _ID.fullmatch(
            values["id"]
        )
        is None,
        "La question est vide.": not values["question"],
        f"La question dépasse {MAX_QUESTION_CHARS} caractères.": len(values["question"])
        > MAX_QUESTION_CHARS,
        f"La nature « {kind[:40]} » n’existe pas.": kind not in KINDS,
        "Le document est donné sans sa page.": file is not None and page is None,
        "La page est donnée sans son document.": file is None and page is not None,
        "Une question sans document attendu est de nature « réponse absente » ou « piège ».": file
        is None
        and kind not in WITHOUT_GOLD,
        "Une question dont la réponse est absente n’a pas de document attendu.": file is not None
        and kind == "absent",
        "Une question sans document attendu n’a ni faits ni éléments attendus.": file is None
        and bool(parts),
        "Une suite de conversation rappelle au moins une question précédente.": kind == "suite"
        and not values["history"],
        f"Un fait ou un élément dépasse {MAX_FACT_CHARS} caractères.": any(
            len(one) > MAX_FACT_CHARS for one in parts
        ),
        f"La remarque dépasse {MAX_NOTE_CHARS} caractères.": len(values["note"]) > MAX_NOTE_CHARS,
        f"Il y a plus de {MAX_FACTS} faits, éléments ou pages.": max(
            len(values["facts"]), len(values["items"]), len(values.get("also") or ())
        )
        > MAX_FACTS,
    }
    return next((fault for fault, found in said.items() if found), "")


def check_together(questions: Sequence[Question]) -> None:
    """Check what only shows on the whole set.

    Raises:
        QuestionInvalidError: too many questions, or an identifier used twice.
    """
    if len(questions) > MAX_QUESTIONS:
        raise QuestionInvalidError(
            f"Le jeu compterait {len(questions)} questions.",
            f"Répartissez-les : un jeu en compte {MAX_QUESTIONS} au plus.",
        )
    seen: set[str] = set()
    for one in questions:
        if one.id in seen:
            raise QuestionInvalidError(
                f"Deux questions portent l’identifiant « {one.id} ».",
                "Donnez à chacune le sien, ou laissez-le vide.",
            )
        seen.add(one.id)


def free_id(name: str, questions: Sequence[Question]) -> str:
    """The next identifier of a set: `NAME-001`, then `NAME-002`."""
    used = {one.id for one in questions}
    number = len(questions) + 1
    while f"{name}-{number:03d}" in used:
        number += 1
    return f"{name}-{number:03d}"


def lighter_half(questions: Sequence[Question], kind: str) -> Split:
    """The half that a new question of a kind balances."""
    halves = [one.split for one in questions if one.kind == kind]
    return "test" if halves.count("test") < halves.count("dev") else "dev"


def place_of(text: str) -> Place:
    """A page written as « fichier.pdf p. 3 ».

    Raises:
        ValueError: it is not written so.
    """
    found = re.fullmatch(r"\s*(.+?)\s+p\.\s*(\d{1,6})\s*", text)
    if found is None:
        raise ValueError(text)
    return Place(file=found[1], page=int(found[2]))


def tidy(text: str) -> str:
    """One line without control characters; non-breaking spaces stay."""
    return re.sub(r"[ \t\n\r\f\v]+", " ", plain(text)).strip(" ")
