"""From a kept run to what people read: figures, comparison, gate, report, signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import StorageError, cause
from eval import gate
from eval.records import Asked, Comparison, Figures, GateResult, Run
from eval.sets import readings, test_journal

if TYPE_CHECKING:
    from assistant.engine import Assistant
    from eval.report import PageImage
    from eval.runs import RunStore


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is said of a run."""

    run: Run
    asked: Sequence[Asked]
    figures: Figures
    comparison: Comparison | None = None
    gate: GateResult | None = None


def outcome_of(
    store: RunStore, run_id: str, *, against: str | None = None, thresholds: Path | None = None
) -> Outcome:
    """Measure a run, compare it with another, and judge it by the thresholds of its half.

    Args:
        store: where both are.
        run_id: the run.
        against: an earlier run.
        thresholds: file of thresholds; the one that is shipped by default.

    Raises:
        RunNotFoundError: no such run.
        ThresholdsError: thresholds or reference cannot be read.
    """
    from eval.figures import compare, measure

    run = store.get(run_id)
    asked = store.asked(run.id)
    figures = measure(asked, memory_peak_mb=run.memory_peak_mb)
    comparison = None
    if against is not None:
        earlier = store.get(against)
        comparison = compare(earlier, store.asked(earlier.id), run, asked)
    return Outcome(run, asked, figures, comparison, _judged(run, figures, thresholds))


def _judged(run: Run, figures: Figures, path: Path | None) -> GateResult | None:
    found = gate.load_thresholds(run.conditions.set, run.conditions.split, path)
    if found is None:
        return None
    # Thresholds are those of extracts: a written answer is another product.
    if run.conditions.mode != "extractive":
        return None
    reference = None if found.reference_path is None else gate.load_reference(found.reference_path)
    return gate.judge(figures, found, reference, run=run)


def report_of(
    outcome: Outcome,
    folder: Path,
    *,
    index_dir: Path,
    engine: Assistant | None = None,
    key: Path | None = None,
    every_image: bool = False,
) -> list[Path]:
    """Write the report of a run and its manifest.

    Args:
        outcome: of the run.
        folder: created; must be empty or hold an earlier report.
        index_dir: where the readings of the test half are written down.
        engine: draws the pages; without it the report has no image.
        key: private key that signs.
        every_image: the pages of right answers too.

    Raises:
        StorageError: the folder holds something else, or the disk refuses.
        SignatureError: the key cannot be read.
    """
    from eval import signature
    from eval.report import write_report

    if key is not None:
        signature.read_private(key)  # before a minute of drawing
    if folder.is_dir() and any(folder.iterdir()) and not (folder / signature.MANIFEST).is_file():
        raise StorageError(
            f"Le dossier « {folder} » contient autre chose qu'un rapport.",
            "Donnez un dossier vide ou nouveau : tout ce qu'il contient est signé.",
        )
    name = outcome.run.conditions.set
    try:
        written = write_report(
            folder,
            run=outcome.run,
            asked=outcome.asked,
            figures=outcome.figures,
            comparison=outcome.comparison,
            gate=outcome.gate,
            page_image=None if engine is None else _drawer(engine),
            readings=[one for one in readings(test_journal(index_dir)) if one.get("set") == name],
            every_image=every_image,
        )
    except OSError as error:
        raise StorageError(
            f"Le rapport ne peut pas être écrit dans « {folder} » ({cause(error)}).",
            "Vérifiez la place et les droits sur ce dossier.",
        ) from error
    manifest = signature.sign(folder, outcome.run, outcome.asked, outcome.figures, key=key)
    return [*written, manifest]


def _drawer(engine: Assistant) -> PageImage:
    def draw(document_id: str, page: int, spans: Sequence[tuple[int, int]]) -> bytes:
        return engine.page_image(document_id, page, spans=spans, scale=1.2)

    return draw
