"""What the project needs to run, directly or not, as installed here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from assistant.settings import REPOSITORY

BUILDER: Final = "setuptools"
"""Builds the editable install: not imported at run time, but installed with the rest."""


def project(root: Path = REPOSITORY) -> dict[str, Any]:
    """The `project` table of `pyproject.toml`."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)["project"]
    return table


def needed(
    requirements: Iterable[str],
    extras: Iterable[str] = (),
    seen: dict[str, metadata.Distribution] | None = None,
) -> dict[str, metadata.Distribution]:
    """Distributions that these requirements need on this platform, by canonical name.

    Args:
        requirements: as in a `pyproject.toml`.
        extras: extras for which their markers are true.
        seen: where the distributions are added; a new dictionary by default.

    Raises:
        importlib.metadata.PackageNotFoundError: one of them is not installed.
    """
    found = {} if seen is None else seen
    for line in requirements:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            continue
        name = canonicalize_name(requirement.name)
        if name in found and not requirement.extras:
            continue
        distribution = metadata.distribution(name)
        found[name] = distribution
        needed(distribution.requires or [], requirement.extras, found)
    return found


def direct_needs(distribution: metadata.Distribution, known: Iterable[str]) -> list[str]:
    """Names, among `known`, that a distribution asks for on this platform."""
    among = set(known)
    names = set()
    for line in distribution.requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            names.add(canonicalize_name(requirement.name))
    return sorted(names & among)


def runtime_closure(root: Path = REPOSITORY) -> dict[str, metadata.Distribution]:
    """What runs the assistant, without the tools of its developers, by canonical name."""
    return dict(sorted(needed([*project(root)["dependencies"], BUILDER]).items()))
