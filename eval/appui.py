"""How well the checker of generated sentences tells true from false.

Two kinds of material: French inference and paraphrase sets (`rte3-fr`, `xnli-fr`, `pawsx-fr`,
one JSON a line with `premise`, `hypothesis`, `label`), where entailment or paraphrase counts as
supported; and sentences made from the demonstration corpus (`eval.appui_phrases`). Both are cut
in halves by a hash: thresholds are chosen on `dev`, `test` is reported.

Run: `python -m eval.appui [--nli FOLDER] [--split test --rapport] [--show KIND]`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.generation.question import understand
from assistant.generation.support import EvidenceText, Similarity, SupportThresholds, check_support
from assistant.model import Document, DocumentMetadata, Span
from eval.appui_phrases import Case, Said, false_cases, half_of, read_sources, true_cases
from eval.sets import add_split, chosen_split

SUPPORTED = frozenset({"entailment", "paraphrase"})
NEUTRAL = "Que dit le texte ?"
WRITTEN = Path(__file__).parent / "questions" / "appui.jsonl"


@dataclass
class Tally:
    """Decisions of one kind: kept and refused, true and false."""

    true_kept: int = 0
    true_refused: int = 0
    false_kept: int = 0
    false_refused: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, *, true: bool, kept: bool) -> None:
        """Count one decision."""
        name = f"{'true' if true else 'false'}_{'kept' if kept else 'refused'}"
        setattr(self, name, getattr(self, name) + 1)

    def line(self) -> str:
        """Figures in one line."""
        true, false = self.true_kept + self.true_refused, self.false_kept + self.false_refused
        parts = []
        if true:
            parts.append(f"vraies gardées {self.true_kept}/{true} = {self.true_kept / true:.3f}")
        if false:
            parts.append(
                f"fausses acceptées {self.false_kept}/{false} = {self.false_kept / false:.3f}"
            )
        if true and false:
            kept = self.true_kept + self.false_kept
            precision = self.true_kept / kept if kept else 1.0
            recall = self.true_kept / true
            both = precision + recall
            f1 = 2 * precision * recall / both if both else 0.0
            parts.append(f"précision {precision:.3f} rappel {recall:.3f} F1 {f1:.3f}")
        return " ; ".join(parts)


def _document(name: str, title: str = "") -> Document:
    return Document(name, f"{name}.pdf", name, DocumentMetadata(title), 1)


def _evidence(units: Iterable[Said]) -> tuple[EvidenceText, ...]:
    return tuple(
        EvidenceText(
            _document(unit.document, unit.title), Span(1, rank, rank + 1), unit.whole, unit.section
        )
        for rank, unit in enumerate(units)
    )


def measure_made(
    half: str, thresholds: SupportThresholds, similarity: Similarity | None, show: str | None
) -> dict[str, Tally]:
    """Decisions on the sentences made from the demonstration corpus, by kind."""
    units = read_sources()
    evidence: dict[str, tuple[EvidenceText, ...]] = {}
    for name in dict.fromkeys(unit.document for unit in units):
        evidence[name] = _evidence(unit for unit in units if unit.document == name)
    tallies: dict[str, Tally] = {}
    cases: list[Case] = [*true_cases(units), *false_cases(units)]
    for case in cases:
        if case.half != half:
            continue
        found = check_support(
            case.sentence,
            evidence[case.document],
            question=understand(case.question),
            similarity=similarity,
            thresholds=thresholds,
        )
        everything = "TOUT"
        for kind in (f"{'+' if case.true else '-'} {case.kind}", everything):
            tallies.setdefault(kind, Tally()).add(true=case.true, kept=found.supported)
        if show is not None and show in case.kind and case.true != found.supported:
            why = found.proofs[0].text if found.proofs else "; ".join(found.reasons)
            print(f"[{case.kind}] {case.sentence}\n    → {why}")
    return tallies


def measure_written(half: str, thresholds: SupportThresholds, show: str | None) -> Tally:
    """Decisions on sentences written by hand as a small model writes them, true and false."""
    units = read_sources()
    tally = Tally()
    for line in WRITTEN.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["split"] != half:
            continue
        found = check_support(
            row["sentence"],
            _evidence(unit for unit in units if unit.document == row["document"]),
            question=understand(row["question"]),
            thresholds=thresholds,
        )
        tally.add(true=row["supported"], kept=found.supported)
        if show is not None and row["supported"] != found.supported:
            why = found.proofs[0].text if found.proofs else "; ".join(found.reasons)
            print(f"[écrites] {row['sentence']}\n    → {why}")
    return tally


def measure_nli(
    path: Path, half: str, thresholds: SupportThresholds, similarity: Similarity | None
) -> Tally:
    """Decisions on an inference set."""
    tally = Tally()
    question = understand(NEUTRAL)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if half_of(row["premise"]) != half:
            continue
        unit = EvidenceText(_document("nli"), Span(1, 0, 1), row["premise"])
        found = check_support(
            row["hypothesis"],
            (unit,),
            question=question,
            similarity=similarity,
            thresholds=thresholds,
        )
        tally.add(true=row["label"] in SUPPORTED, kept=found.supported)
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of one half."""
    parser = argparse.ArgumentParser(prog="python -m eval.appui", description=__doc__)
    parser.add_argument("--nli", type=Path, help="dossier des jeux d'inférence (*.jsonl)")
    add_split(parser)
    parser.add_argument("--show", help="affiche les erreurs des genres qui contiennent ce mot")
    parser.add_argument("--coverage", type=float, action="append", help="part des mots à couvrir")
    parser.add_argument("--question", type=float, help="part des mots de la question à couvrir")
    options = parser.parse_args(arguments)
    chosen_split(options, "appui", by="eval.appui")
    for coverage in options.coverage or [SupportThresholds().coverage]:
        thresholds = SupportThresholds(coverage=coverage)
        if options.question is not None:
            thresholds = replace(thresholds, question=options.question)
        print(f"# {options.split}, couverture {coverage}")
        for kind, tally in sorted(
            measure_made(options.split, thresholds, None, options.show).items()
        ):
            print(f"{kind:28} {tally.line()}")
        written = measure_written(options.split, thresholds, options.show)
        print(f"{'écrites à la main':28} {written.line()}")
        for path in sorted(options.nli.glob("*.jsonl")) if options.nli else ():
            tally = measure_nli(path, options.split, thresholds, None)
            print(f"{path.stem:28} {tally.line()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
