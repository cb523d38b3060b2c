"""What a run of a question set leaves behind: the types shared by runner, figures and report.

A run is a question set asked once, in one configuration. Everything a figure is computed from is
kept, so that anybody can compute it again: the answer as it was given, the ranking of the pages,
the gold, the times.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.model import Answer
from eval.sets import Question, Split

DEPTH = 20
"""Pages of the ranking that are kept for each question."""


class _Record(BaseModel):
    """Unknown fields are a mistake; a record does not change once made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RankedPage(_Record):
    """A page as retrieval ranks it; best first, each page once, scores never rising."""

    file: str
    page: int = Field(ge=1)
    score: float


class Asked(_Record):
    """One question asked once.

    Attributes:
        question: as the set has it, with its gold.
        answer: as the assistant gave it; `None` when asking failed.
        error: why asking failed, as told to a user. A failure is a failed question, never a gap.
        ranking: best pages of retrieval, at most `DEPTH`.
        unverified: displayed extracts that are not on their cited page word for word.
        wall_ms: until the whole answer was there.
        first_ms: until its first sentence was there; `None` when none was shown.
    """

    question: Question
    answer: Answer | None
    error: str | None = None
    ranking: tuple[RankedPage, ...] = ()
    unverified: int = 0
    wall_ms: float = Field(ge=0)
    first_ms: float | None = Field(default=None, ge=0)


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "en_cours"
    INTERRUPTED = "interrompu"
    COMPLETE = "complet"


class Conditions(_Record):
    """What decides of the figures; two runs of equal `key` must give equal quality figures.

    Attributes:
        set: name of the question set.
        split: half that was asked.
        questions_sha256: of the questions asked, in order, in their JSON form.
        corpus_sha256: of the digests of the indexed files, sorted.
        index_generation: identifier of the generation.
        index_sha256: of its manifest.
        models: identifier (and digest where known) of embedding, reranker, language model.
        prompts_sha256: of the files of `prompts/`.
        settings: those that change an answer, by name.
        mode: `extractive` or `generative`.
        code_version: of the package.
        code_sha256: of the sources of `assistant` and `eval`.
        machine: cores, processor, system, Python, libraries; not part of `key`.
    """

    set: str
    split: Split
    questions_sha256: str
    corpus_sha256: str
    index_generation: str
    index_sha256: str
    models: dict[str, str]
    prompts_sha256: str
    settings: dict[str, Any]
    mode: Literal["extractive", "generative"] = "extractive"
    code_version: str
    code_sha256: str
    machine: dict[str, Any]

    @property
    def key(self) -> str:
        """Digest of everything but the machine."""
        said = self.model_dump(mode="json", exclude={"machine"})
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class Run(_Record):
    """A run, without its answers (`RunStore.asked` gives them)."""

    id: str
    name: str = ""
    started_at: datetime
    finished_at: datetime | None = None
    state: RunState
    conditions: Conditions
    questions: int = Field(ge=0, description="Questions to ask.")
    done: int = Field(ge=0, description="Questions asked.")
    memory_peak_mb: float | None = None


class Figure(_Record):
    """A figure, its 95 % interval, and how many questions it is about.

    `value` is `None` where no question bears on it: it is then not zero, it is not measured.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    count: int = Field(ge=0)


class RiskPoint(_Record):
    """One operating point: answering only above a confidence.

    Attributes:
        threshold: confidence from which one answers.
        coverage: share of all questions answered.
        risk: share of those answers that are wrong (see `eval.figures`).
    """

    threshold: float
    coverage: float
    risk: float


class Figures(_Record):
    """All figures of a run.

    Attributes:
        overall: by name, in the order of the report.
        by_kind: the same, by kind of question.
        by_document: the same, by gold file; absent questions are not in it.
        risk_coverage: by decreasing threshold.
        latency_ms: `wall` and `first`: p50, p95, max.
        memory_peak_mb: of the process that asked; `None` where it is not known.
    """

    overall: dict[str, Figure]
    by_kind: dict[str, dict[str, Figure]]
    by_document: dict[str, dict[str, Figure]]
    risk_coverage: tuple[RiskPoint, ...]
    latency_ms: dict[str, dict[str, float]]
    memory_peak_mb: float | None = None


class Difference(_Record):
    """A figure in two runs over the same questions, compared question by question.

    Attributes:
        p: how often chance alone does as much (paired randomisation test); `None` when the two
            runs have no question in common that the figure is about.
        verdict: « mieux », « moins bien » below p = 0.05, else « non départagés ».
    """

    name: str
    before: float | None
    after: float | None
    difference: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    count: int
    verdict: Literal["mieux", "moins bien", "non départagés"]


class Changed(_Record):
    """A question whose outcome differs between two runs."""

    id: str
    question: str
    before: str
    after: str
    better: bool | None


class Comparison(_Record):
    """Two runs of one set: figures side by side, then the questions that changed."""

    before: str
    after: str
    same_questions: int
    differences: tuple[Difference, ...]
    changed: tuple[Changed, ...]
    conditions: dict[str, tuple[Any, Any]] = Field(
        description="Conditions that differ, by name: before, after."
    )


class GateCheck(_Record):
    """One threshold, or one tolerated regression, and what was measured."""

    name: str
    kind: Literal["seuil", "regression"]
    wanted: float
    measured: float | None
    passed: bool
    said: str


class GateResult(_Record):
    """Whether a run may be released; `checks` says why, in French."""

    passed: bool
    checks: tuple[GateCheck, ...]
