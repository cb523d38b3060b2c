"""Questions that readers asked and judged, offered to evaluators for a question set.

Only exchanges that a reader gave an opinion on are read, nothing leaves the machine, and a
candidate enters a set only once a person has read it: what people type may name somebody.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from assistant.conversations.opinions import Opinion
from assistant.language.normalise import squash
from assistant.language.typography import typeset
from assistant.model import Answer
from eval.question_rules import MAX_NOTE_CHARS, MAX_QUESTION_CHARS
from eval.sets import Place, Question

SOURCE: Final = "avis"
"""Where such a question says that it comes from."""

_OTHER_PAGES: Final = 4
_PERSONAL: Final = (
    (re.compile(r"[\w.+-]+@[\w-]+\.\w+"), "une adresse électronique"),
    (re.compile(r"(?<!\d)(?:\+33|0)\s?[1-9](?:[\s.-]?\d{2}){4}(?!\d)"), "un numéro de téléphone"),
    (
        re.compile(r"(?<!\d)[12]\s?\d{2}\s?\d{2}\s?\d[\dAB](?:\s?\d{3}){2}(?:\s?\d{2})?(?!\d)"),
        "un numéro de sécurité sociale",
    ),
    (
        re.compile(r"\b(?:M\.|Mme|Mlle|Monsieur|Madame|Dr|Docteur|Pr)\s+[A-ZÉÈÀ]"),
        "un nom de personne",
    ),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that readers judged, each wording once.

    Attributes:
        key: stands for the question without telling it.
        question: as it was searched: completed, when it followed others.
        verdicts: how many readers said what.
        comments: what they wrote, the latest first.
        latest: when the last opinion was given.
        answer: the answer that the proposed page comes from.
        values: fields of the question proposed, for `eval.question_rules.checked`.
        cautions: what to look at before taking it, in French.
        known_as: identifier of the same question in the set it is meant for, if it is there.
    """

    key: str
    question: str
    verdicts: Mapping[str, int]
    comments: tuple[str, ...]
    latest: datetime
    answer: Answer
    values: Mapping[str, Any]
    cautions: tuple[str, ...]
    known_as: str | None = None


def candidates(
    opinions: Sequence[Opinion],
    *,
    decided: Mapping[str, datetime] | None = None,
    known: Sequence[Question] = (),
) -> list[Candidate]:
    """Turn opinions into candidate questions, the latest judged first.

    Args:
        opinions: of readers, the latest first.
        decided: when each key was taken or refused; a later opinion brings it back.
        known: questions of the set they are meant for.
    """
    by_key: dict[str, list[Opinion]] = {}
    for opinion in opinions:
        by_key.setdefault(key_of(asked(opinion.answer)), []).append(opinion)
    there = {squash(one.question): one.id for one in known}
    found = []
    for key, group in by_key.items():
        latest = max(one.at for one in group)
        if decided and key in decided and latest <= decided[key]:
            continue
        found.append(_candidate(key, group, latest, there))
    return found


def asked(answer: Answer) -> str:
    """The question that was searched."""
    return answer.understood or answer.question


def key_of(question: str) -> str:
    """The same for two writings of a question that differ by case, accents or signs."""
    return hashlib.sha256(squash(question).encode()).hexdigest()[:16]


def _candidate(
    key: str, group: Sequence[Opinion], latest: datetime, there: Mapping[str, str]
) -> Candidate:
    # The page comes from an answer found useful, else from the latest that cites one.
    best = min(
        group,
        key=lambda one: (one.verdict != "utile", not _cited(one.answer), group.index(one)),
    )
    comments = tuple(dict.fromkeys(one.comment for one in group if one.comment))
    question = asked(best.answer)
    verdicts = dict(Counter(str(one.verdict) for one in group))
    return Candidate(
        key=key,
        question=question,
        verdicts=verdicts,
        comments=comments,
        latest=latest,
        answer=best.answer,
        values=_proposed(question, best, comments),
        cautions=_cautions(question, best, comments, verdicts),
        known_as=there.get(squash(question)),
    )


def _proposed(question: str, best: Opinion, comments: Sequence[str]) -> dict[str, Any]:
    cited = _cited(best.answer)
    values: dict[str, Any] = {
        "question": question[:MAX_QUESTION_CHARS],
        "kind": "lexical" if cited else "absent",
        "note": " ; ".join(comments)[:MAX_NOTE_CHARS],
        "source": SOURCE,
    }
    if cited:
        first, *others = cited
        values |= {
            "file": first.file,
            "page": first.page,
            "also": tuple(others[:_OTHER_PAGES]),
        }
    return values


def _cited(answer: Answer) -> list[Place]:
    """Pages that an answer cites, in its order; what only comes near does not count."""
    pages = (
        Place(file=citation.file, page=citation.page)
        for sentence in answer.sentences
        if sentence.role != "near"
        for citation in sentence.citations
    )
    return [] if answer.abstained else list(dict.fromkeys(pages))


def _cautions(
    question: str, best: Opinion, comments: Sequence[str], verdicts: Mapping[str, int]
) -> tuple[str, ...]:
    said = []
    seen = [
        label for pattern, label in _PERSONAL if pattern.search(" ".join((question, *comments)))
    ]
    if seen:
        said.append(
            f"Donnée personnelle possible : {', '.join(seen)}. Retirez-la avant d’accepter."
        )
    if len(set(verdicts)) > 1:
        said.append("Les lecteurs ne sont pas d’accord entre eux.")
    if best.verdict == "faux":
        said.append("Réponse jugée fausse : la page proposée est celle qu’elle cite, à vérifier.")
    elif best.verdict == "incomplet":
        said.append("Réponse jugée incomplète : il manque sans doute des pages ou des éléments.")
    if best.answer.abstained:
        said.append("L’assistant n’a pas répondu : dites si le corpus contient la réponse, et où.")
    return tuple(map(typeset, said))
