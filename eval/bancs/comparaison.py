"""Two files of benchmarks side by side: what changed more than it varies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean, median
from typing import Any, Literal

from assistant.errors import AssistantError
from eval.bancs.mesures import FORMAT, HIGHER_IS_BETTER

Verdict = Literal["mieux", "moins bien", "non départagés"]


class BenchError(AssistantError):
    """A file holds no benchmark."""

    code = "banc_invalide"


@dataclass(frozen=True, slots=True)
class Change:
    """One measure before and after.

    Attributes:
        before, after: medians.
        ratio: after ÷ before.
        p: exact permutation test on the means, two-sided.
        verdict: told apart below p = 0.05; four values each are the fewest that allow it.
    """

    name: str
    unit: str
    before: float
    after: float
    ratio: float | None
    p: float
    verdict: Verdict


def read(path: Path) -> dict[str, Any]:
    """A file written by `python -m eval.bancs mesurer`.

    Raises:
        BenchError: it is not one.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] == FORMAT and isinstance(found["measures"], dict):
            return found
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise BenchError(
        f"Le fichier « {path} » n'est pas un banc de mesure.",
        "Écrivez-le par : python -m eval.bancs mesurer --json FICHIER.",
    )


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Measures that both files have."""
    changes = []
    for name, first in before["measures"].items():
        second = after["measures"].get(name)
        if second is None:
            continue
        old, new = first["values"], second["values"]
        p = permutation_p(old, new)
        verdict: Verdict = "non départagés"
        if p < 0.05:
            gained = (fmean(new) > fmean(old)) == (name in HIGHER_IS_BETTER)
            verdict = "mieux" if gained else "moins bien"
        was, now = median(old), median(new)
        ratio = now / was if was else None
        changes.append(Change(name, first["unit"], was, now, ratio, p, verdict))
    return changes


def permutation_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Share of all the ways to share the values out that put the means at least as far apart.

    Fisher's randomisation test, exact: of two groups of n values, the smallest p is 2 ÷ C(2n, n).
    """
    values = [*first, *second]
    total, size = sum(values), len(first)
    seen = abs(fmean(first) - fmean(second))
    extreme = count = 0
    for chosen in combinations(values, size):
        mean = sum(chosen) / size
        other = (total - sum(chosen)) / (len(values) - size)
        count += 1
        extreme += abs(mean - other) >= seen - 1e-9
    return extreme / count


def warnings(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What makes two files hard to compare, in French."""
    told = []
    for key, name in (("processor", "processeur"), ("cores_usable", "nombre de cœurs")):
        if before["machine"].get(key) != after["machine"].get(key):
            told.append(f"Les deux mesures n'ont pas le même {name}.")
    if before["corpus"] != after["corpus"]:
        told.append("Les deux mesures ne portent pas sur le même corpus.")
    for which, found in (("première", before), ("seconde", after)):
        load, cores = found["machine"].get("load"), found["machine"].get("cores_usable")
        if load and cores and load > cores:
            told.append(f"La machine était chargée pendant la {which} mesure ({load}).")
    return told
