"""The real server around the fake engine, in a process of its own.

Usage: `python -m tests.navigateur.serveur FOLDER PORT`, the guard against outbound
connections installed as in every entry point.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from unittest import mock

from assistant import engine, server
from assistant.model import Answer, Citation, Differing, DifferingValue
from assistant.settings import Settings
from tests.api.fake import FakeEngine
from tests.ui.fiche_essai import draft_sample


class ScreenEngine(FakeEngine):
    """The fake engine, with what only the screens need: long, near and differing answers."""

    def ask(self, question: str, **options: Any) -> Answer:  # type: ignore[override]
        answer = super().ask(question, **options)
        said = list(answer.sentences)
        if "longue" in question:
            said = [said[0].model_copy(update={"role": "list_item"}) for _ in range(24)]
        if "proche" in question:
            near = [one.model_copy(update={"role": "near"}) for one in said]
            absent = {"abstained": True, "reason": "Rien n’y répond.", "sentences": near}
            return answer.model_copy(update=absent)
        if "diffèrent" in question:
            answer = answer.model_copy(update={"differing": [_differing(said[0].citations[0])]})
        return answer.model_copy(update={"sentences": said})


def _differing(citation: Citation) -> Differing:
    return Differing(
        attribute="Montant",
        kind="amount",
        values=[
            DifferingValue(
                value="40 000 euros au plus par projet",
                normalised="40000",
                scope="pour les établissements publics et privés d’intérêt collectif",
                citation=citation,
                date="2031-01",
                superseded_by="appel-a-manifestation-d-interet-version-definitive-2031.pdf",
            ),
            DifferingValue(value="4 M€", normalised="4000000", citation=citation, newest=True),
        ],
    )


def main(folder: Path, port: int) -> None:
    fake = ScreenEngine(folder, ready=False)
    with (
        mock.patch.object(engine.Assistant, "open", return_value=fake),
        mock.patch("assistant.fiches.drafting.draft_fiche", draft_sample),
        mock.patch("assistant.fiches.refresh.refresh", lambda fiche, *_, **__: (fiche, [])),
    ):
        server.serve(Settings(port=port, index_dir=folder))  # type: ignore[call-arg]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
