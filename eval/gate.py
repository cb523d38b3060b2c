"""The gate: may a version be released, from the figures of a run?

`seuils.toml` says, for a half of a set, the least (or the most) a figure may be, and how much it
may lose against a reference run kept beside it. A figure that is not measured fails its checks:
a gap is no pass.

`eval.porte` asks the test half of the demonstration set and judges it, as `.ci/run` does.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import AssistantError, StorageError, cause
from eval.records import Figure, Figures, GateCheck, GateResult, Run, RunState
from eval.sets import Split

THRESHOLDS: Final = Path(__file__).with_name("seuils.toml")
_HAIR: Final = 1e-9
"""Sums of the same numbers in another order are not quite equal."""


class ThresholdsError(AssistantError):
    """The file of thresholds, or a reference, cannot be read."""

    code = "seuils_invalides"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Thresholds(_Model):
    """What is asked of the figures of one half of a set.

    Attributes:
        reference: file of the reference, beside that of the thresholds; empty without any.
        minimum: least value, by figure.
        maximum: greatest value, by figure.
        recul: tolerated loss against the reference, by figure.
        folder: where `reference` is.
    """

    reference: str = ""
    minimum: dict[str, float] = Field(default_factory=dict)
    maximum: dict[str, float] = Field(default_factory=dict)
    recul: dict[str, float] = Field(default_factory=dict)
    folder: Path = THRESHOLDS.parent

    @property
    def reference_path(self) -> Path | None:
        """File of the reference."""
        return self.folder / self.reference if self.reference else None


class Reference(_Model):
    """The figures later runs are compared with, and what they were measured on."""

    format: int = 1
    run: str
    measured_at: datetime
    set: str
    split: Split
    questions: int
    questions_sha256: str
    corpus_sha256: str
    code_version: str
    figures: dict[str, Figure]


def load_thresholds(set_name: str, split: Split, path: Path | None = None) -> Thresholds | None:
    """Thresholds of one half of a set; `None` when the file asks nothing of it.

    Raises:
        ThresholdsError: the file is absent or badly formed.
    """
    path = path or THRESHOLDS
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        found = read.get(set_name, {}).get(split)
        return None if found is None else Thresholds.model_validate(found | {"folder": path.parent})
    except (OSError, UnicodeDecodeError) as error:
        raise ThresholdsError(
            f"Le fichier de seuils « {path} » ne peut pas être lu.",
            "Vérifiez son chemin ; eval/seuils.toml est le modèle.",
        ) from error
    except (tomllib.TOMLDecodeError, ValidationError, AttributeError, TypeError) as error:
        raise ThresholdsError(
            f"Le fichier de seuils « {path} » comporte une erreur ({_first(error)}).",
            "Suivez la forme de eval/seuils.toml : [JEU.MOITIE.minimum], puis « figure » = valeur.",
        ) from error


def load_reference(path: Path) -> Reference:
    """Read a reference.

    Raises:
        ThresholdsError: it is absent or badly formed.
    """
    try:
        return Reference.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ThresholdsError(
            f"La référence « {path} » est absente ou illisible.",
            "Écrivez-la : assistant evaluer JEU --moitie MOITIE --ecrire-reference.",
        ) from error


def write_reference(path: Path, run: Run, figures: Figures) -> None:
    """Keep the figures of a run as the reference.

    Raises:
        ThresholdsError: the run is partial: it would make the gate too easy.
        StorageError: the disk refuses.
    """
    conditions = run.conditions
    if run.state is not RunState.COMPLETE or conditions.settings.get("documents_absents"):
        raise ThresholdsError(
            "Une évaluation partielle ne peut pas servir de référence.",
            "Posez toutes les questions du jeu, sur un index complet.",
        )
    reference = Reference(
        run=run.id,
        measured_at=run.started_at,
        set=conditions.set,
        split=conditions.split,
        questions=run.questions,
        questions_sha256=conditions.questions_sha256,
        corpus_sha256=conditions.corpus_sha256,
        code_version=conditions.code_version,
        figures=figures.overall,
    )
    said = json.dumps(reference.model_dump(mode="json"), ensure_ascii=False, indent=1)
    try:
        path.write_text(said + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"La référence « {path} » ne peut pas être écrite ({cause(error)}).",
            "Vérifiez les droits sur ce dossier.",
        ) from error


def judge(
    figures: Figures,
    thresholds: Thresholds,
    reference: Reference | None = None,
    *,
    run: Run | None = None,
) -> GateResult:
    """Hold the figures of a run against thresholds and a reference.

    Args:
        figures: those of the run.
        thresholds: what is asked.
        reference: what regressions are measured from; those asked of no reference fail.
        run: the run itself, which must be whole and on the questions of the reference.

    Returns:
        Every check, in the order of the file; passed when all are.
    """
    checks = [] if run is None else _whole(run, reference)
    for name, wanted in thresholds.minimum.items():
        checks.append(_threshold(name, wanted, figures.overall, least=True))
    for name, wanted in thresholds.maximum.items():
        checks.append(_threshold(name, wanted, figures.overall, least=False))
    for name, tolerated in thresholds.recul.items():
        checks.append(_regression(name, tolerated, figures.overall, reference))
    return GateResult(passed=all(check.passed for check in checks), checks=tuple(checks))


def _whole(run: Run, reference: Reference | None) -> list[GateCheck]:
    """A part of a set, or another set, proves nothing."""
    checks = [
        _check("questions", "seuil", run.questions, run.done, run.done >= run.questions,
               f"{run.done} questions posées sur {run.questions}"),
    ]  # fmt: skip
    absent = run.conditions.settings.get("documents_absents", [])
    if absent:
        said = f"documents du jeu absents de l'index : {', '.join(absent)}"
        checks.append(_check("documents_absents", "seuil", 0, len(absent), False, said))
    if reference is not None and reference.questions_sha256 != run.conditions.questions_sha256:
        said = (
            "la référence a été mesurée sur d'autres questions : écrivez-la de nouveau "
            "(--ecrire-reference)"
        )
        checks.append(_check("jeu", "regression", reference.questions, run.questions, False, said))
    return checks


def _threshold(
    name: str, wanted: float, measured: Mapping[str, Figure], *, least: bool
) -> GateCheck:
    value = _value(measured, name)
    if value is None:
        return _check(name, "seuil", wanted, None, False, f"{label(name)} : non mesuré")
    passed = value >= wanted - _HAIR if least else value <= wanted + _HAIR
    bound = "au moins" if least else "au plus"
    said = f"{label(name)} : {_shown(value)} ({bound} {_shown(wanted)})"
    return _check(name, "seuil", wanted, value, passed, said)


def _regression(
    name: str, tolerated: float, measured: Mapping[str, Figure], reference: Reference | None
) -> GateCheck:
    from eval.figures import LOWER_IS_BETTER

    value = _value(measured, name)
    before = None if reference is None else _value(reference.figures, name)
    if value is None or before is None:
        said = f"{label(name)} : non mesuré {'ici' if value is None else 'dans la référence'}"
        return _check(name, "regression", tolerated, value, False, said)
    lower = name in LOWER_IS_BETTER
    wanted = before + tolerated if lower else before - tolerated
    passed = value <= wanted + _HAIR if lower else value >= wanted - _HAIR
    said = (
        f"{label(name)} : {_shown(value)}, contre {_shown(before)} à la référence "
        f"(recul toléré : {_shown(tolerated)})"
    )
    return _check(name, "regression", wanted, value, passed, said)


def label(name: str) -> str:
    """What a figure is called in French."""
    from eval.report.wording import LABELS

    found = LABELS.get(name)
    return name if found is None else found.label


def _check(
    name: str, kind: str, wanted: float, measured: float | None, passed: bool, said: str
) -> GateCheck:
    from assistant.language.typography import typeset

    return GateCheck.model_validate(
        {
            "name": name,
            "kind": kind,
            "wanted": wanted,
            "measured": measured,
            "passed": passed,
            "said": typeset(said),
        }
    )


def _value(figures: Mapping[str, Figure], name: str) -> float | None:
    found = figures.get(name)
    return None if found is None else found.value


def _shown(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        item = error.errors()[0]
        return ".".join(str(part) for part in item["loc"]) or "forme inattendue"
    return str(error)
