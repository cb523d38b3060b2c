"""Whether the API keeps to its description: `python -m eval.bancs.contrat INDEX [--exemples 30]`.

The index is copied, a real server answers over the copy on the loopback address, and schemathesis
sends it requests drawn from its own OpenAPI document, well formed and not. What matters is that
nothing breaks (no server error) and that no answer departs from its description. Deposits and
removals act on the copy; the files of an index made of a folder elsewhere stay where they are.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from eval.bancs.charge import serving

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def main() -> int:
    """Read the arguments, run; the exit status is that of schemathesis."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--exemples", type=int, default=30, help="requests a route")
    parser.add_argument("--graine", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="contrat-") as place:
        copy = Path(place) / "index"
        shutil.copytree(arguments.index, copy)
        with serving(copy, Path(place) / "serveur.log") as (_, base):
            # Built at its first reading, which schemathesis does not await for long.
            httpx.get(f"{base}/openapi.json", timeout=120)
            return subprocess.run(
                [
                    str(Path(sys.executable).with_name("schemathesis")),
                    "run",
                    f"{base}/openapi.json",
                    "--checks",
                    ",".join(CHECKS),
                    "--phases",
                    "examples,coverage,fuzzing",
                    "--max-examples",
                    str(arguments.exemples),
                    "--seed",
                    str(arguments.graine),
                    "--request-timeout",
                    "120",
                    "--continue-on-failure",
                    "--generation-deterministic",
                ],
                cwd=place,
                check=False,
            ).returncode


if __name__ == "__main__":
    sys.exit(main())
