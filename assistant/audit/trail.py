"""What the rest of the software says to the audit log, from wherever a thing is really done.

A thing is written down where it is done (the store of the fiches, the library, the engine as
callers see it), not where it was asked for: the API, the screens, the MCP server and the commands
then all leave the same line. Whoever composes the software installs a log, and says how to know who
acts; without a log, nothing is written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from assistant.audit.model import MAX_TARGETS, MAX_TEXT, Action, Actor, Event, Unknown, Value
from assistant.audit.store import AuditLog, now
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.model import Answer

_installed: AuditLog | None = None
_opening: Callable[[], AuditLog | None] | None = None
_acting: Callable[[], Actor] = Unknown
_changing = threading.Lock()


def install(log: AuditLog | None, *, acting: Callable[[], Actor] = Unknown) -> None:
    """Write down what this process does.

    Args:
        log: where; `None` to write nothing any more.
        acting: gives whom the running code serves.
    """
    global _installed, _opening, _acting
    with _changing:
        _installed, _opening, _acting = log, None, acting


def install_later(opening: Callable[[], AuditLog | None], *, acting: Callable[[], Actor]) -> None:
    """The same, opened at the first thing to write down: most commands have none."""
    global _installed, _opening, _acting
    with _changing:
        _installed, _opening, _acting = None, opening, acting


def installed() -> AuditLog | None:
    """The log of this process.

    Raises:
        AuditKeyError: the key of its seals cannot be used.
    """
    global _installed, _opening
    with _changing:
        if _opening is not None:
            _installed, _opening = _opening(), None
        return _installed


def note(
    action: Action,
    targets: Iterable[str] = (),
    *,
    outcome: str = "ok",
    person: Actor | None = None,
    index: str = "",
    models: Mapping[str, str] | None = None,
    details: Mapping[str, Value] | None = None,
) -> None:
    """Write down what somebody did.

    Args:
        action: what.
        targets: identifiers of what it was done to.
        outcome: how it ended.
        person: who; by default, whom the running code serves.
        index: generation of the index that served.
        models: models that served, by use.
        details: what else is worth keeping, without any secret.

    Raises:
        AuditUnavailableError: it cannot be, and the settings want nothing done without it.
    """
    log = installed()
    if log is None:
        return
    who = person or _acting()
    named = [_bounded(one) for one in targets]
    said = {
        key: _bounded(one) if isinstance(one, str) else one for key, one in (details or {}).items()
    }
    if len(named) > MAX_TARGETS:
        said["nombre"] = len(named)
    log.write(
        Event(
            action=action,
            at=now(),
            person=_bounded(who.id),
            means=who.means,
            targets=tuple(named[:MAX_TARGETS]),
            outcome=_bounded(outcome),
            index=index,
            models={key: _bounded(value) for key, value in (models or {}).items()},
            details=said,
        )
    )


def asked(answer: Answer) -> None:
    """Write down a question that was answered.

    Raises:
        AuditUnavailableError: it cannot be, and the settings want nothing done without it.
    """
    log = installed()
    if log is None:
        return
    cited = {citation.document_id for one in answer.sentences for citation in one.citations}
    note(
        Action.QUESTION,
        sorted(cited),
        outcome="non_trouve" if answer.abstained else "repondu",
        index=answer.index_generation,
        models={key: value for key, value in answer.models.model_dump().items() if value},
        details={"mode": answer.mode, **_question(log, answer.question)},
    )


def failed(question: str, error: Exception) -> None:
    """Write down a question that got no answer.

    Raises:
        AuditUnavailableError: it cannot be, and the settings want nothing done without it.
    """
    log = installed()
    if log is None:
        return
    code = error.code if isinstance(error, AssistantError) else "erreur_interne"
    note(Action.QUESTION, outcome=code, details=_question(log, question))


def searched(question: str, found: Iterable[str]) -> None:
    """Write down a search, with the documents it gave."""
    log = installed()
    if log is not None:
        note(Action.SEARCH, dict.fromkeys(found), details=_question(log, question))


def _question(log: AuditLog, question: str) -> dict[str, Value]:
    """What is kept of a question: its length and a hash, or its text without personal data."""
    from assistant.language.personal import masked

    kept: dict[str, Value] = {"longueur": len(question)}
    if log.questions:
        kept["question"] = masked(question)
        return kept
    try:
        kept["empreinte_question"] = log.keyed(" ".join(question.split()))
    except AssistantError:
        kept["empreinte_question"] = None
    return kept


def _bounded(text: str) -> str:
    # A lone surrogate has no place in a file.
    plain = text.encode("utf-8", "replace").decode()
    return plain if len(plain) <= MAX_TEXT else f"{plain[: MAX_TEXT - 1]}…"
