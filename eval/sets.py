"""Question sets: one JSON object a line, validated when read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).parent / "questions"

Split = Literal["dev", "test"]


class Place(BaseModel):
    """A page of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    page: int


class Question(BaseModel):
    """A question with its gold page and facts.

    `file` is `None` when the corpus does not answer: the right answer is then a refusal.
    A trap (`piege`) with a file must be answered with `facts`, which correct its premise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    question: str = Field(min_length=1)
    kind: str
    split: Split
    file: str | None = None
    page: int | None = None
    pages: tuple[int, ...] = ()
    facts: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    also: tuple[Place, ...] = ()
    note: str = ""

    @property
    def answerable(self) -> bool:
        """Whether the corpus holds the answer."""
        return self.file is not None

    def is_gold(self, file: str, page: int) -> bool:
        """Whether this page answers; `also` and `note` (« aussi : X.pdf p. 3 ») name equals."""
        if file == self.file and page in (self.pages or (self.page,)):
            return True
        if Place(file=file, page=page) in self.also:
            return True
        return f"{file} p. {page}" in self.note


def load(name: str, split: Split) -> list[Question]:
    """Questions of one half of a set.

    The half must be named: tuning reads `dev`, only reports read `test`.

    Raises:
        ValueError: a line does not follow the schema, or an identifier is repeated.
    """
    path = FOLDER / f"{name}.jsonl"
    questions: list[Question] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                questions.append(Question.model_validate_json(line))
            except ValidationError as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error
    identifiers = [question.id for question in questions]
    if len(identifiers) != len(set(identifiers)):
        raise ValueError(f"{path.name}: repeated identifier")
    return [question for question in questions if question.split == split]
