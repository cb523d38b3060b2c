"""The real server, engine and library over one small PDF, for those who hold a key.

Usage: `python -m tests.navigateur.serveur_corpus FOLDER PORT`; FOLDER then holds the key of each
role, in a file of its name. Only the embedding is a stand-in.
"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest import mock

from reportlab.pdfgen.canvas import Canvas

from assistant import server
from assistant.access.keys import KeyStore
from assistant.access.model import Role
from assistant.index import embedding
from assistant.index.reading import ReadLimits
from assistant.settings import Settings
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here

LIMITS = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)


def write_pdf(path: Path, *lines: str) -> None:
    """A PDF of one page a line."""
    canvas = Canvas(str(path))
    canvas.setTitle(lines[0])
    for line in lines:
        canvas.drawString(72, 700, line)
        canvas.showPage()
    canvas.save()


def main(folder: Path, port: int) -> None:
    corpus, index = folder / "corpus", folder / "index"
    corpus.mkdir()
    write_pdf(corpus / "guide.pdf", "Guide des aides a la telesurveillance", "Suite du guide.")
    ingest_here(index, [corpus], embedder=WordHashEmbedder, limits=LIMITS)
    for role in (Role.ADMINISTRATOR, Role.READER):
        _, secret = KeyStore(index).create(role.value, role)
        (folder / role.value).write_text(secret, encoding="ascii")
    settings = Settings(  # type: ignore[call-arg]
        port=port, index_dir=index, uploads_dir=folder / "depots", sign_in="cles"
    )
    with mock.patch.object(embedding, "open_embedding", lambda *_, **__: WordHashEmbedder()):
        server.serve(settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
