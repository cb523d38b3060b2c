"""The real server and engine over two small PDFs, with the address of a language model.

Usage: `python -m tests.navigateur.serveur_redige FOLDER PORT LLM_URL`. Only the embedding is a
stand-in: what is written, checked and cited is the engine's own work.
"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest import mock

from reportlab.pdfgen.canvas import Canvas

from assistant import server
from assistant.index import embedding
from assistant.index.reading import ReadLimits
from assistant.settings import Settings
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here

PAGES = {
    "ami": [
        "Le montant du financement peut atteindre 20 000 euros par projet.",
        "Les dossiers sont remis avant le 4 mai 2031.",
    ],
    "prs": ["La telesurveillance concerne les patients insuffisants cardiaques de la region."],
}
LIMITS = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)


def main(folder: Path, port: int, llm_url: str) -> None:
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, lines in PAGES.items():
        canvas = Canvas(str(corpus / f"{name}.pdf"))
        for row, line in enumerate(lines):
            canvas.drawString(72, 740 - 40 * row, line)
        canvas.save()
    index = folder / "index"
    ingest_here(index, [corpus], embedder=WordHashEmbedder, limits=LIMITS)
    with mock.patch.object(embedding, "open_embedding", lambda *_, **__: WordHashEmbedder()):
        server.serve(Settings(port=port, index_dir=index, llm_url=llm_url))  # type: ignore[call-arg]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
