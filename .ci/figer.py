"""Rewrites `requirements.txt` and `requirements-dev.txt` from the environment just tested.

    .venv/bin/python .ci/figer.py

Only what the project needs, directly or not, is written: a package tried by hand in the
environment does not slip in. Reasons beside a version are kept from `REASONS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from assistant.packaging.closure import needed, project, runtime_closure

ROOT = Path(__file__).resolve().parent.parent

REASONS = {
    "torch": "processor build, installed first by lancer.py",
    "onnxruntime": "runs the exported encoder (docs/decisions/0002)",
    "onnx": "exports that encoder once, at set-up",
    "setuptools": "builds the editable install without a second download",
}

_HAS_TREC_EVAL = (
    "(sys_platform == 'linux' and platform_machine == 'x86_64') or "
    "(sys_platform == 'win32' and platform_machine == 'AMD64') or "
    "(sys_platform == 'darwin' and platform_machine == 'arm64')"
)
# Where a wheel exists; elsewhere these would need a compiler.
MARKERS = {"ir-measures": _HAS_TREC_EVAL, "pytrec-eval-terrier": _HAS_TREC_EVAL}


def pins_of(found: Mapping[str, metadata.Distribution]) -> dict[str, str]:
    """Versions to write: 2.13.0+cpu is asked for as 2.13.0, the build depends on the machine."""
    return {name: one.version.split("+")[0] for name, one in found.items()}


def lines(pins: dict[str, str]) -> str:
    """Format pins, one a line, sorted, with their reasons."""
    rows = []
    for name, version in sorted(pins.items()):
        reason = f"  # {REASONS[name]}" if name in REASONS else ""
        marker = f" ; {MARKERS[name]}" if name in MARKERS else ""
        rows.append(f"{name}=={version}{marker}{reason}\n")
    return "".join(rows)


def main() -> None:
    """Write both files."""
    installed = runtime_closure(ROOT)
    runtime = pins_of(installed)
    developers = project(ROOT)["optional-dependencies"]["dev"]
    everything = pins_of(needed(developers, seen=dict(installed)))
    (ROOT / "requirements.txt").write_text(
        "# Exact versions the tests ran with; written by .ci/figer.py, do not edit by hand.\n"
        + lines(runtime),
        encoding="utf-8",
    )
    (ROOT / "requirements-dev.txt").write_text(
        "# What the tests and checks add; written by .ci/figer.py, do not edit by hand.\n"
        + lines({name: pin for name, pin in everything.items() if name not in runtime}),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
