"""What evaluators do, for the screens and the API alike: run, read, annotate, write questions."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from assistant.access import current
from assistant.access.cited import kept_back
from assistant.conversations.opinions import open_opinions
from assistant.model import Mode
from assistant.settings import Settings
from eval.annotations import AnnotationStore, open_annotations
from eval.asking import planned_then
from eval.background import Background, RunUnderWayError, background_of, state_of
from eval.candidates import Candidate, candidates
from eval.questionnaires import QuestionnaireStore
from eval.records import Asked, Comparison, Figures, Run, RunState
from eval.runs import RunStore, store_of
from eval.sets import Question, SetInvalidError, Split

if TYPE_CHECKING:
    from assistant.engine_port import Engine
    from eval.verdict import Verdict

REPORT: Final = "rapport.html"
REPORT_FILES: Final[dict[str, str]] = {
    REPORT: "text/html; charset=utf-8",
    "rapport.md": "text/markdown; charset=utf-8",
    "rapport.json": "application/json",
    "questions.jsonl": "application/x-ndjson",
    "jeu.qrels": "text/plain; charset=utf-8",
    "jeu.run": "text/plain; charset=utf-8",
    "manifeste.json": "application/json",
    "passage.json": "application/json",
}
"""Files of a report that can be read from here, with their media type."""


class EvaluationDesk:
    """The evaluations of one index."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        """Bind to the engine; nothing is read yet."""
        self.engine = engine
        self.background: Background = background_of(engine, settings)
        self.runs: RunStore = store_of(settings, kept_back(engine))
        self.sets = QuestionnaireStore(settings.index_dir, engine)
        self.annotations: AnnotationStore = open_annotations(settings)
        self._opinions = open_opinions(settings)
        self._index_dir = settings.index_dir
        self._drawing = threading.Lock()

    # Runs

    def start(self, set_name: str, split: Split, mode: Mode, name: str, *, by: str) -> Run:
        """Begin a run of one half of a set.

        Raises:
            SetNotFoundError, SetInvalidError: what is to be asked.
            RunUnderWayError, NothingToAskError: it cannot begin.
            StorageError: the disk refuses.
        """
        self.background.refuse_another()  # before the reading of the test half is written down
        questions = self.sets.to_ask(set_name, split, by=by)
        return self.background.start(set_name, split, questions, mode=mode, name=name)

    def resume(self, run_id: str, *, by: str) -> Run:
        """Go on with a run that was interrupted.

        Raises:
            SetInvalidError: its questions are no longer the same.
            As `start`.
        """
        from eval.run_conditions import questions_digest

        run = self.runs.get(run_id)
        conditions = run.conditions
        every = self.sets.to_ask(conditions.set, conditions.split, by=by)
        questions = planned_then(run, every)
        if questions_digest(questions) != conditions.questions_sha256:
            raise SetInvalidError(
                f"Le jeu « {conditions.set} » a changé depuis le début de cette évaluation.",
                "Lancez une nouvelle évaluation : mêler deux versions fausserait les chiffres.",
            )
        return self.background.resume(run, questions)

    def state(self, run: Run) -> RunState:
        """Where a run really stands."""
        return state_of(run, self.runs, self.background.following())

    def figures(self, run: Run) -> Figures:
        """Figures of a run; computed once for the answers it has."""
        return _figures(self.runs, run.id, run.done)

    def judged(self, run: Run) -> list[tuple[Asked, Verdict]]:
        """Each question of a run and its verdict, in the order of the set."""
        return list(_judged(self.runs, run.id, run.done))

    def compare(self, before: Run, after: Run) -> Comparison:
        """Two runs, question by question."""
        from eval.figures import compare

        return compare(before, self.runs.asked(before.id), after, self.runs.asked(after.id))

    def previous(self, run: Run) -> Run | None:
        """The latest complete run of the same half begun before this one."""
        for one in self.runs.list(run.conditions.set, limit=200):
            same = one.conditions.split == run.conditions.split
            if same and one.state is RunState.COMPLETE and one.started_at < run.started_at:
                return one
        return None

    def report(self, run: Run, against: Run | None = None) -> Path:
        """Folder of the report of a run, written at the first need.

        Raises:
            RunUnderWayError: the run is not over.
            StorageError: the disk refuses.
        """
        from eval.reporting import outcome_of, report_of

        if self.state(run) is RunState.RUNNING:
            raise RunUnderWayError(
                "Cette évaluation n’est pas terminée.", "Le rapport se lit une fois qu’elle l’est."
            )
        # A run that went on has other answers: another report.
        name = f"{run.id}-{run.done}" + (f"-{against.id}" if against else "")
        folder = self._reports / name
        with self._drawing:
            if not (folder / "manifeste.json").is_file():
                shutil.rmtree(folder, ignore_errors=True)
                outcome = outcome_of(
                    self.runs, run.id, against=None if against is None else against.id
                )
                report_of(
                    outcome, folder, index_dir=self._index_dir, engine=cast("Any", self.engine)
                )
        return folder

    def delete(self, run: Run) -> None:
        """Delete a run, its annotations and its reports, for good.

        Raises:
            RunUnderWayError: it is not over.
        """
        if self.state(run) is RunState.RUNNING:
            raise RunUnderWayError("Cette évaluation est en cours.", "Arrêtez-la d’abord.")
        self.runs.delete(run.id)
        self.annotations.delete_run(run.id)
        if self._reports.is_dir():
            for folder in self._reports.iterdir():
                if run.id in folder.name:
                    shutil.rmtree(folder, ignore_errors=True)

    @property
    def _reports(self) -> Path:
        return self._index_dir / "evaluation" / "rapports"

    # Candidates

    def candidates(self, known: Sequence[Question] = ()) -> list[Candidate]:
        """Questions that readers judged and nobody decided about; none when none is kept.

        Whoever may not see a document does not learn what was answered from it.
        """
        if self._opinions is None:
            return []
        visible = None
        if current.person().sees is not None:
            visible = {document.id for document in self.engine.documents()}
        return candidates(
            self._opinions.opinions(visible), decided=self.annotations.decided(), known=known
        )


def page_policy(page: str) -> str:
    """Content security policy for a report: the one it carries, and nobody frames it."""
    carried = re.search(
        r"<meta[^>]+Content-Security-Policy[\"'][^>]+content=\"([^\"]+)\"", page[:5000]
    )
    strict = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    said = carried[1].replace("&#x27;", "'").replace("&#39;", "'") if carried else strict
    # A directive said twice is ignored the second time, with a complaint of the browser.
    added = [one for one in ("frame-ancestors", "base-uri", "form-action") if one not in said]
    return "; ".join([said.strip().rstrip(";"), *(f"{one} 'none'" for one in added)])


@lru_cache(maxsize=8)
def _figures(store: RunStore, run_id: str, done: int) -> Figures:
    """`done` makes the figures of a run that goes on others."""
    from eval.figures import measure

    assert done >= 0
    run = store.get(run_id)
    return measure(store.asked(run_id), memory_peak_mb=run.memory_peak_mb)


@lru_cache(maxsize=4)
def _judged(store: RunStore, run_id: str, done: int) -> tuple[tuple[Asked, Verdict], ...]:
    from eval.verdict import verdict

    assert done >= 0
    return tuple((one, verdict(one)) for one in store.asked(run_id))
