"""The fiche: a typed draft whose every statement says where it comes from.

A fiche is public JSON (`schema_version` names its contract; `json_schema` publishes it). Nothing
in it is implicit: a statement taken from the corpus carries its citations, one typed by somebody
carries no proof and says so, one computed shows its formula. A field that nothing fills stays
« à compléter », with the question to ask.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assistant.model import Citation, ModelIds

SCHEMA_VERSION: Final = 1
UNVERIFIED: Final = "Non vérifiée ici\u00a0: "
"""How the remark begins of what an imported fiche cites and this corpus does not confirm."""

Origin = Literal["corpus", "saisie", "calcule"]
Status = Literal["documente", "partiel", "a_completer"]
State = Literal["brouillon", "en_revue", "validee", "archivee"]
Scope = Literal["sujet", "general"]
Side = Literal["impact", "effort"]

ORIGIN_LABELS: Final[dict[str, str]] = {
    "corpus": "corpus",
    "saisie": "saisie",
    "calcule": "calculé",
}
STATUS_LABELS: Final[dict[str, str]] = {
    "documente": "documenté",
    "partiel": "partiel",
    "a_completer": "à compléter",
}
STATE_LABELS: Final[dict[str, str]] = {
    "brouillon": "brouillon",
    "en_revue": "en revue",
    "validee": "validée",
    "archivee": "archivée",
}


class _Public(BaseModel):
    """Base of the JSON contract: unknown fields are a mistake, not a comment."""

    model_config = ConfigDict(extra="forbid")


class Statement(_Public):
    """One thing the fiche says.

    Attributes:
        text: what is read. An extract equals the display form of its cited span.
        kind: `extract` is verbatim; `generated` was phrased by a local model and verified;
            `template` is our own fixed wording around cited facts; `typed` was written by a person.
        scope: `sujet` when the evidence speaks of this use case, `general` when it is a frame that
            holds for any (a call for projects, a rule, the method).
        remark: our own remark on it, in French (« L'échéance est passée. »).
    """

    text: str = Field(min_length=1, max_length=20_000)
    origin: Origin
    kind: Literal["extract", "generated", "template", "typed"]
    citations: list[Citation] = Field(default_factory=list)
    scope: Scope = "sujet"
    remark: str | None = None

    @model_validator(mode="after")
    def _proved(self) -> Statement:
        """What comes from the corpus is cited; what a person typed is not passed off as proved."""
        if self.origin == "corpus" and not self.citations:
            raise ValueError("an affirmation taken from the corpus needs a citation")
        if (self.origin == "saisie") != (self.kind == "typed"):
            raise ValueError("what is typed is typed, what is not is not")
        return self


class Choice(_Public):
    """An axis or a function of AI, suggested or chosen.

    Attributes:
        share: how strongly the words of the request point to it, 0 to 1, comparable within a list.
        words: words of the title or description that led there, as typed.
        chosen: whether it is retained; the others are runners-up shown beside it.
    """

    code: str
    label: str
    share: float = Field(default=0.0, ge=0.0, le=1.0)
    words: list[str] = Field(default_factory=list)
    chosen: bool = False
    origin: Origin = "calcule"


class Score(_Public):
    """The note of one criterion; `level` is `None` until evidence or somebody gives it.

    `label` is `None` when the source of the method does not give the title of the criterion.
    """

    code: str
    label: str | None
    side: Side
    level: str | None = None
    origin: Origin | None = None
    statements: list[Statement] = Field(default_factory=list)

    @model_validator(mode="after")
    def _argued(self) -> Score:
        """A note comes from cited evidence or from a person, never from nowhere."""
        if (self.level is None) != (self.origin is None):
            raise ValueError("a note and its origin go together")
        if self.origin == "corpus" and not any(one.citations for one in self.statements):
            raise ValueError("a note taken from the corpus needs a citation")
        return self


class Position(_Public):
    """Place in the impact / effort matrix; every number is between 0 and 1.

    `impact` and `effort` are `None` while no criterion of that side is noted. The box holds every
    place that the missing notes could give.
    """

    impact: float | None
    impact_low: float
    impact_high: float
    effort: float | None
    effort_low: float
    effort_high: float
    quadrants: list[str]
    formula: str


class Window(_Public):
    """A funding window: what is offered, until when, and whether that day has passed.

    Attributes:
        amount, per_project, rate: as written in the documents, `None` when they do not say.
        deadline: the last day to apply; `state` compares it with the date of the fiche.
        scope: `sujet` when the call names this use case, `general` when it is open to any.
        remark: other conditions, as the documents give them (who may apply, theme).
    """

    title: str
    amount: str | None = None
    per_project: str | None = None
    rate: str | None = None
    deadline: date | None = None
    state: Literal["ouvert", "passe", "inconnu"] = "inconnu"
    scope: Scope = "general"
    remark: str | None = None
    citations: list[Citation] = Field(min_length=1)


def is_unverified(said: Statement | Window) -> bool:
    """Whether it was imported with a proof that the corpus does not confirm."""
    return (said.remark or "").startswith(UNVERIFIED)


class FicheField(_Public):
    """One field: its value, its evidence, where it comes from, what is missing.

    `question` is what to ask, and is there whenever the field is not documented. `author` and
    `updated` say who last wrote it; both are `None` for what drafting filled.
    """

    key: str
    label: str
    status: Status
    statements: list[Statement] = Field(default_factory=list)
    choices: list[Choice] = Field(default_factory=list)
    scores: list[Score] = Field(default_factory=list)
    windows: list[Window] = Field(default_factory=list)
    position: Position | None = None
    question: str | None = None
    author: str | None = None
    updated: datetime | None = None

    @property
    def origins(self) -> list[Origin]:
        """Origins of what the field holds, without repeats, in order."""
        found: list[Origin] = [one.origin for one in self.statements]
        found += [one.origin for one in self.choices if one.chosen]
        found += [one.origin for one in self.scores if one.origin]
        found += ["corpus" for _ in self.windows]
        found += ["calcule"] if self.position else []
        return list(dict.fromkeys(found))


class MethodId(_Public):
    """The grid a fiche was drafted with; `hash` is that of its content."""

    id: str
    version: str
    title: str
    hash: str


class Request(_Public):
    """What the project lead typed; only `title` is required."""

    title: str = Field(min_length=3, max_length=200)
    need: str = Field(default="", max_length=5_000)
    service: str = Field(default="", max_length=500)
    constraints: str = Field(default="", max_length=5_000)

    @property
    def text(self) -> str:
        """Everything typed, the title first."""
        return "\n".join(
            part for part in (self.title, self.need, self.service, self.constraints) if part
        )


class Fiche(_Public):
    """A fiche and what it was made from.

    Attributes:
        id: empty until it is kept.
        revision: number of the last change, from 1; what optimistic locking compares.
        today: the date deadlines were compared with.
        similar: titles and identifiers of near-duplicate fiches, the closest first.
        notes: remarks on the whole fiche, in French.
    """

    schema_version: Literal[1] = 1
    id: str = ""
    revision: int = Field(default=1, ge=1, le=10**9)
    state: State = "brouillon"
    request: Request
    method: MethodId
    fields: list[FicheField]
    created: datetime
    updated: datetime
    author: str | None = None
    today: date
    index_generation: str
    models: ModelIds
    similar: list[Similar] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)

    def field(self, key: str) -> FicheField:
        """One field by its key.

        Raises:
            KeyError: the method of this fiche has no such field.
        """
        for one in self.fields:
            if one.key == key:
                return one
        raise KeyError(key)


class Similar(_Public):
    """A fiche of the portfolio that resembles this one; `share` from 0 to 1."""

    id: str
    title: str
    share: float = Field(ge=0.0, le=1.0)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a fiche, as published."""
    schema = Fiche.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
