"""An optional judge: a local language model asked « oui » or « non », calibrated on our labels.

Two questions are put to it: does the cited extract say this sentence; does the answer answer the
question, given the gold facts. It talks to the configured OpenAI-compatible server and to nothing
else. What it says is worth what its agreement with people on `questions/juge.jsonl` is worth:
`python -m eval.juge` measures it, `python -m eval.juge --passage RUN` then judges a stored run.

A server that fails, takes too long or replies anything but « oui » or « non » has failed: a
disagreement in the calibration, a « non » in the figures, counted apart in both.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import ModelServerError
from assistant.generation.prompts import load_prompt
from assistant.language.normalise import display_text
from eval.facts import ALTERNATIVES
from eval.intervalles import intervals
from eval.records import Asked
from eval.sets import FOLDER, read_lines

PROMPTS = Path(__file__).parent / "consignes"
PAIRS = FOLDER / "juge.jsonl"
_PROMPTS = ("juge-systeme", "juge-extrait", "juge-reponse")
_MOST = 200
"""Characters of a reply that are read; a verdict takes twenty."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": ["oui", "non"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}


class Opinion(StrEnum):
    """What the judge said; `FAILED` when it said nothing that can be read."""

    YES = "oui"
    NO = "non"
    FAILED = "échec"


class Pair(BaseModel):
    """A labelled example.

    Attributes:
        task: `extrait`: `evidence` is what is cited and `text` a sentence; `reponse`: `evidence`
            holds the gold facts and `text` an answer to `question`.
        label: whether the right word is « oui ».
        note: how it is wrong, in French.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    task: Literal["extrait", "reponse"]
    question: str = ""
    evidence: str = Field(min_length=1)
    text: str = Field(min_length=1)
    label: bool
    note: str = ""


class Model(Protocol):
    """What is needed of `assistant.generation.language_model.LanguageModel`."""

    def stream(
        self, system: str, user: str, *, schema: dict[str, Any] | None = None
    ) -> Iterable[str]:
        """Write an answer, piece by piece."""
        ...


class Judge:
    """Asks a language model; never raises for what the model or its server does."""

    def __init__(self, model: Model, prompts: Path = PROMPTS) -> None:
        """Read the instructions.

        Raises:
            PromptError: one of them is missing or wrong.
        """
        self._model = model
        self._system, self._extract, self._answer = (
            load_prompt(prompts, name) for name in _PROMPTS
        )

    @property
    def prompts(self) -> tuple[str, ...]:
        """Instructions used, with their version and digest."""
        return tuple(one.identity for one in (self._system, self._extract, self._answer))

    def says(self, evidence: str, sentence: str) -> Opinion:
        """Whether an extract says a sentence."""
        return self._asked(self._extract.fill({"extrait": evidence, "phrase": sentence}))

    def answers(self, question: str, facts: str, answer: str) -> Opinion:
        """Whether an answer answers a question, given the facts expected."""
        values = {"question": question, "faits": facts, "reponse": answer}
        return self._asked(self._answer.fill(values))

    def label(self, pair: Pair) -> Opinion:
        """What it says of a labelled example."""
        if pair.task == "extrait":
            return self.says(pair.evidence, pair.text)
        return self.answers(pair.question, pair.evidence, pair.text)

    def _asked(self, user: str) -> Opinion:
        said = ""
        try:
            for piece in self._model.stream(self._system.fill({}), user, schema=SCHEMA):
                said += piece
                if len(said) > _MOST:
                    return Opinion.FAILED
        except ModelServerError:
            return Opinion.FAILED
        return read(said)


def read(said: str) -> Opinion:
    """The verdict in a reply: the JSON asked for, or the word alone."""
    word: object = said
    try:
        found = json.loads(said)
        word = found.get("verdict") if isinstance(found, dict) else found
    except json.JSONDecodeError:
        pass
    cleaned = str(word).strip(" .!\n\t«»\"'\u00a0").lower()
    return Opinion(cleaned) if cleaned in {Opinion.YES, Opinion.NO} else Opinion.FAILED


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far the judge agrees with the labels.

    Attributes:
        count, failures: examples, and those it failed on; these count as disagreements.
        agreement: share of examples with the label's word, with its 95 % interval.
        kappa: Cohen's kappa over « oui », « non » and failures; 0 when chance does as well.
        wrong_accepted: share of the wrong examples that it accepts.
        right_refused: share of the right examples that it does not accept.
        disagreements: identifiers of the examples it is wrong on.
    """

    count: int
    failures: int
    agreement: dict[str, float]
    kappa: float
    wrong_accepted: float | None
    right_refused: float | None
    disagreements: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def calibrate(judge: Judge, pairs: Sequence[Pair], *, seed: int = 0) -> Calibration:
    """Compare the judge with the labels; `pairs` is not empty."""
    opinions = [judge.label(pair) for pair in pairs]
    labels = [Opinion.YES if pair.label else Opinion.NO for pair in pairs]
    alike = [float(said == label) for said, label in zip(opinions, labels, strict=True)]
    accepted = {True: [0, 0], False: [0, 0]}
    for said, pair in zip(opinions, pairs, strict=True):
        accepted[pair.label][0] += said == Opinion.YES
        accepted[pair.label][1] += 1
    right, wrong = accepted[True], accepted[False]
    return Calibration(
        count=len(pairs),
        failures=opinions.count(Opinion.FAILED),
        agreement=intervals({"a": np.asarray(alike)}, seed=seed)["a"].as_dict(),
        kappa=round(kappa(labels, opinions), 4),
        wrong_accepted=round(wrong[0] / wrong[1], 4) if wrong[1] else None,
        right_refused=round(1 - right[0] / right[1], 4) if right[1] else None,
        disagreements=tuple(pair.id for pair, same in zip(pairs, alike, strict=True) if not same),
    )


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa (1960): agreement beyond what the use of each word gives by chance.

    When both say one and the same word throughout, chance explains everything: 0.
    """
    count = len(first)
    observed = sum(one == other for one, other in zip(first, second, strict=True)) / count
    used, other_used = Counter(first), Counter(second)
    expected = sum(used[word] * other_used[word] for word in used) / count**2
    return (observed - expected) / (1 - expected) if expected < 1 else 0.0


def judge_run(judge: Judge, asked: Sequence[Asked]) -> dict[str, Any]:
    """What the judge says of a run.

    Returns:
        - `citations`: share of the displayed sentences with a citation that it accepts, and
          `sentences`, how many there are;
        - `answers`: share of the answered questions with gold facts or items that it accepts,
          and `questions`, how many there are; a question that failed is one it does not accept;
        - `failures`: how often it failed, a « non » in both.
        A share that nothing bears on is `None`.
    """
    said: list[Opinion] = []
    told: list[Opinion] = []
    unasked = 0
    for one in asked:
        question, answer = one.question, one.answer
        gold = [fact.replace(ALTERNATIVES, " ou ") for fact in (*question.facts, *question.items)]
        if answer is None:
            unasked += bool(gold)
            continue
        for sentence in answer.sentences:
            if sentence.citations:
                quotes = "\n".join(display_text(found.quote) for found in sentence.citations)
                said.append(judge.says(quotes, sentence.text))
        if gold and not answer.abstained:
            shown = "\n".join(sentence.text for sentence in answer.sentences)
            told.append(judge.answers(question.question, " ; ".join(gold), shown))
    return {
        "citations": _share(said, len(said)),
        "sentences": len(said),
        "answers": _share(told, len(told) + unasked),
        "questions": len(told) + unasked,
        "failures": said.count(Opinion.FAILED) + told.count(Opinion.FAILED),
    }


def _share(opinions: Sequence[Opinion], count: int) -> float | None:
    return round(opinions.count(Opinion.YES) / count, 4) if count else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate the judge of the settings, judge a stored run; print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m eval.juge", description=__doc__)
    parser.add_argument("--passage", help="identifiant d'un passage à juger aussi")
    options = parser.parse_args(arguments)

    from assistant.egress import install, quiet_environment
    from assistant.generation.language_model import LanguageModel, ServerOptions
    from assistant.settings import load_settings

    quiet_environment()
    install()
    settings = load_settings()
    server = ServerOptions.of(settings)
    if server is None:
        print("Aucun modèle de langue n'est configuré (llm_url).", file=sys.stderr)
        return 2
    model = LanguageModel(server)
    model.describe()
    judge = Judge(model)
    result: dict[str, Any] = {
        "model": model.name,
        "prompts": judge.prompts,
        "calibration": calibrate(judge, read_lines(PAIRS, Pair)).as_dict(),
    }
    if options.passage:
        from eval.runs import store_of

        result["run"] = judge_run(judge, store_of(settings).asked(options.passage))
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
