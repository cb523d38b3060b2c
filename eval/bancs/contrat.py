"""Whether the API keeps to its description: `python -m eval.bancs.contrat INDEX [--exemples 30]`.

The index is copied, a real server answers over the copy on the loopback address, and schemathesis
sends it requests drawn from its own OpenAPI document, well formed and not, one after the other and
in sequences. What matters is that nothing breaks (no server error), that no answer departs from its
description and that nothing badly formed is taken. Deposits and removals act on the copy; the files
of an index made of a folder elsewhere stay where they are.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from eval.bancs.charge import serving

LEFT_OUT = "positive_data_acceptance"
"""The one check of schemathesis left out: this API refuses, with its reason, what a description
cannot say to be wrong (a sigle made of figures, a region that no document has, a page of text
under the name of a PDF)."""
SLOW = ("/v1/fiches/portefeuille/dossier", "/v1/fiches/portefeuille/tableau")
"""Files made of every fiche: asked for first, while there are few."""
_THINGS = r"\{(document_id|conversation_id|fiche_id|run_id|question_id)"
_QUESTION = "Quel est le montant maximal par projet ?"


def main() -> int:
    """Read the arguments, run; the exit status is that of schemathesis."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--exemples", type=int, default=30, help="requests a route")
    parser.add_argument("--graine", type=int, default=1)
    parser.add_argument("--rapport", type=Path, help="folder of the report of every request")
    arguments = parser.parse_args()
    reported = (
        ["--report", "ndjson", "--report-dir", str(arguments.rapport.resolve())]
        if arguments.rapport
        else []
    )
    with tempfile.TemporaryDirectory(prefix="contrat-") as place:
        copy = Path(place) / "index"
        shutil.copytree(arguments.index, copy)
        os.environ["ASSISTANT_UPLOADS_DIR"] = str(Path(place) / "depots")
        with serving(copy, Path(place) / "serveur.log") as (_, base):
            # Built at its first reading, which schemathesis does not await for long.
            httpx.get(f"{base}/openapi.json", timeout=120)
            slow = [f"--{{}}-path={path}" for path in SLOW]
            status = 0
            known = Path(place) / "connus.toml"
            known.write_text(_things(base), encoding="utf-8")
            for before, chosen in (
                ([], [option.format("include") for option in slow]),
                # Of things that are there: an identifier drawn at random names nothing.
                (
                    [f"--config-file={known}"],
                    [f"--include-path-regex={_THINGS}", "--exclude-method=DELETE"],
                ),
                ([], [option.format("exclude") for option in slow]),
            ):
                status |= subprocess.run(
                    [
                        str(Path(sys.executable).with_name("schemathesis")),
                        *before,
                        "run",
                        f"{base}/openapi.json",
                        *chosen,
                        f"--exclude-checks={LEFT_OUT}",
                        f"--max-examples={arguments.exemples}",
                        f"--seed={arguments.graine}",
                        "--request-timeout=300",
                        "--continue-on-failure",
                        "--generation-deterministic",
                        *reported,
                    ],
                    cwd=place,
                    check=False,
                ).returncode
            return status


def _things(base: str) -> str:
    """Make a conversation, a fiche, a set of questions and its evaluation; their identifiers.

    Returns:
        The parameters of paths, as schemathesis reads them (TOML).
    """
    with httpx.Client(base_url=base, timeout=120) as http:

        def post(path: str, **body: Any) -> dict[str, Any]:
            answer = http.post(path, json=body)
            answer.raise_for_status()
            made: dict[str, Any] = answer.json()
            return made

        document = http.get("/v1/documents").json()["documents"][0]
        conversation = post("/v1/conversations")["id"]
        post("/v1/questions", question=_QUESTION, conversation_id=conversation)
        post("/v1/jeux", nom="contrat")
        asked = {"question": _QUESTION, "kind": "lexical", "split": "dev", "page": 1}
        known = {
            "document_id": document["id"],
            "conversation_id": conversation,
            "fiche_id": post("/v1/fiches", title="Aide à la planification des équipes")["id"],
            "question_id": post("/v1/jeux/contrat/questions", **asked, file=document["file"])["id"],
            "run_id": post("/v1/evaluations", jeu="contrat", moitie="dev")["id"],
            "number": 1,
            "key": "besoin",
        }
        running = True
        while running:
            time.sleep(1)
            run = http.get(f"/v1/evaluations/{known['run_id']}").json()
            running = run["state"] == "en_cours"
    lines = [f'"path.{name}" = {json.dumps(value)}' for name, value in known.items()]
    return "\n".join(["[parameters]", *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
