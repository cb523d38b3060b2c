"""A question set found by its name, and asked of an index: what the command line does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.errors import AssistantError
from assistant.model import Mode
from eval.records import Conditions, Run
from eval.runner import Progress, run_set
from eval.sets import Question, SetNotFoundError, Split, load, test_journal

if TYPE_CHECKING:
    from assistant.engine import Assistant
    from assistant.settings import Settings
    from eval.runs import RunStore

DEMO: Final = "demo"


class NothingToAskError(AssistantError):
    """The half of the set is empty, or nothing of it can be asked of this index."""

    code = "jeu_vide"


@dataclass(frozen=True, slots=True)
class Plan:
    """A run ready to start.

    Attributes:
        questions: to ask.
        absent: documents of the set that are not indexed; their questions are not asked.
        left_out: how many these are.
        conditions: of the run.
    """

    questions: list[Question]
    absent: list[str]
    left_out: int
    conditions: Conditions


def questions_of(
    name: str, split: Split, index_dir: Path, *, by: str
) -> tuple[str, list[Question]]:
    """Name and questions of a set: one of ours, one of the house, or a file.

    A reading of the test half is written down beside the runs.

    Raises:
        SetNotFoundError: no such set.
        SetInvalidError: a line does not follow the schema; its number is told.
        StorageError: the reading of the test half cannot be written down.
    """
    from eval.questionnaires import QuestionnaireStore

    journal = test_journal(index_dir)
    house = QuestionnaireStore(index_dir)
    try:
        if house.is_own(name):
            return name, house.to_ask(name, split, by=by)
    except SetNotFoundError:
        pass  # no set of the house: a file, or nothing
    found = load(name, split, purpose="report", journal=journal, by=by)
    return Path(name).stem, found


def planned(
    settings: Settings,
    engine: Assistant,
    name: str,
    split: Split,
    *,
    mode: Mode = "extractive",
    workers: int = 2,
    by: str = "assistant evaluer",
) -> Plan:
    """Read a set and leave out what this index cannot answer.

    Raises:
        NothingToAskError: nothing is left to ask.
        As `questions_of`.
    """
    set_name, every = questions_of(name, split, settings.index_dir, by=by)
    return plan_of(settings, engine, set_name, split, every, mode=mode, workers=workers)


def plan_of(
    settings: Settings,
    engine: Assistant,
    set_name: str,
    split: Split,
    every: Sequence[Question],
    *,
    mode: Mode = "extractive",
    workers: int = 2,
) -> Plan:
    """What of some questions an engine can be asked, and under which conditions.

    Raises:
        NothingToAskError: nothing is left to ask.
    """
    from eval.run_conditions import conditions_of, indexed

    files = {document.file for document in engine.documents()}
    questions, absent = indexed(every, files)
    if not any(question.answerable for question in questions) and any(
        question.answerable for question in every
    ):
        raise NothingToAskError(
            f"Aucun document du jeu « {set_name} » n'est dans l'index « {settings.index_dir} ».",
            "Chargez-les d'abord : assistant ingerer DOSSIER.",
        )
    if not questions:
        raise NothingToAskError(
            f"La moitié « {split} » du jeu « {set_name} » ne contient aucune question.",
            "Choisissez l'autre moitié (--moitie), ou ajoutez-y des questions.",
        )
    conditions = conditions_of(
        settings,
        engine,
        set_name=set_name,
        split=split,
        questions=questions,
        mode=mode,
        workers=workers,
        left_out=absent,
    )
    return Plan(questions, absent, len(every) - len(questions), conditions)


def planned_then(run: Run, every: Sequence[Question]) -> list[Question]:
    """Questions of a set that a run was to ask: those it left out, it still leaves out."""
    from eval.run_conditions import indexed

    absent = set(run.conditions.settings.get("documents_absents", ()))
    files = {place.file for question in every for place in question.gold} - absent
    return indexed(every, files)[0]


def asked(
    engine: Assistant,
    plan: Plan,
    store: RunStore,
    *,
    workers: int = 2,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    name: str = "",
    resume: Run | None = None,
) -> Run:
    """Ask what was planned; see `run_set`."""
    return run_set(
        engine,
        plan.questions,
        store,
        conditions=plan.conditions,
        mode=plan.conditions.mode,
        workers=workers,
        progress=progress,
        cancelled=cancelled,
        name=name,
        resume=resume,
    )
