"""The real server around the fake engine, in a process of its own.

Usage: `python -m tests.navigateur.serveur FOLDER PORT`, the guard against outbound
connections installed as in every entry point.
"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest import mock

from assistant import engine, server
from assistant.settings import Settings
from tests.api.fake import FakeEngine


def main(folder: Path, port: int) -> None:
    fake = FakeEngine(folder, ready=False)
    with mock.patch.object(engine.Assistant, "open", return_value=fake):
        server.serve(Settings(port=port, index_dir=folder))  # type: ignore[call-arg]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
