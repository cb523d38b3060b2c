"""Two small indexes: one with documents that are not for everyone, one that never had them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from assistant.access.model import Role
from assistant.access.restrictions import RestrictionStore, TargetKind
from assistant.api.app import create_app
from assistant.engine import Assistant
from assistant.index.reading import ReadLimits
from assistant.settings import Settings
from tests.access.signed import BASE, bearer
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here

LIMITS = ReadLimits(max_bytes=1 << 24, max_pages=20, timeout_s=60, memory_mb=2048)
MakePdf = Callable[[Path, Sequence[Sequence[str]]], Path]

PUBLIC = {
    "ouverts/guide.pdf": [
        [
            "Guide de l'accueil des urgences",
            "Le service d'accès aux soins (SAS) répond jour et nuit.",
            "Le budget de l'accueil s'élève à 120 000 euros en 2025.",
            "La régulation des appels tient compte des lits disponibles.",
        ],
        ["Les infirmières d'orientation reçoivent les patients en dix minutes."],
    ],
    "ouverts/bilan.pdf": [
        [
            "Bilan des urgences de 2024",
            "Les passages aux urgences ont augmenté de 4 pour cent en 2024.",
            "Le budget de l'accueil était de 110 000 euros en 2024.",
        ]
    ],
}
COMMITTEE = {
    "copil/copil-zibeline.pdf": [
        [
            "COPIL du 12 mars 2025",
            "Compte rendu du comité de pilotage de l'opération Zibeline.",
            "Le plan zibeline régional (PZR) fermera la clinique des Tilleuls.",
            "Décision : le budget de Zibeline s'élève à 987 654 euros.",
            "Action : M. Ournac prévient les maires avant le 3 avril 2025.",
        ]
    ],
}
PAY = {
    "paie/primes.pdf": [
        ["Primes du personnel", "La prime de l'accueil des urgences est de 321 euros par mois."]
    ],
}
SECRETS = (
    "zibeline",
    "pzr",
    "tilleuls",
    "987 654",
    "ournac",
    "321 euros",
    "primes",
    "copil-",
    "paie/",
)
"""What nothing shown to somebody of no group may hold, in small letters."""


@dataclass
class Place:
    """An index, its engine and its server.

    Attributes:
        folder: of the index.
        files: where its documents are.
        assistant: the engine of every document.
        embedder: what embedded them: it keeps what it was given.
        client: of the server; nobody until it presents a key.
    """

    folder: Path
    files: Path
    assistant: Assistant
    embedder: WordHashEmbedder
    client: TestClient

    def key(self, role: Role, *groups: str) -> dict[str, str]:
        """Headers of a new person."""
        found = bearer(self.client.app.state.sign_in, role, groups=groups)  # type: ignore[attr-defined]
        return {"Authorization": found}

    def ingest(self) -> None:
        """Bring the index up to date with the files, and the engine with the index."""
        ingest_here(self.folder, [self.files], embedder=lambda: self.embedder, limits=LIMITS)
        self.assistant.reload()

    def id_of(self, name: str) -> str:
        """Identifier of a document, by the end of its name."""
        return next(one.id for one in self.assistant.documents() if one.file.endswith(name))


def place(root: Path, make_pdf: MakePdf, documents: dict[str, list[list[str]]]) -> Place:
    """An index of these documents, with sign-in asked for."""
    folder, files, embedder = root / "index", root / "documents", WordHashEmbedder()
    for name, pages in documents.items():
        make_pdf(files / name, pages)
    ingest_here(folder, [files], embedder=lambda: embedder, limits=LIMITS)
    settings = Settings(index_dir=folder, sign_in="cles")  # type: ignore[call-arg]
    assistant = Assistant.open(settings)
    assistant._embedder = embedder  # type: ignore[assignment]
    client = TestClient(create_app(assistant, settings), base_url=BASE)
    return Place(folder, files, assistant, embedder, client)


def restricted(root: Path, make_pdf: MakePdf) -> Place:
    """All the documents: the committee's for « dg », pay for « rh » and « dg » both."""
    found = place(root, make_pdf, {**PUBLIC, **COMMITTEE, **PAY})
    rules = RestrictionStore(found.folder)
    rules.put(TargetKind.FOLDER, str(found.files / "copil"), ["dg"])
    rules.put(TargetKind.FILE, str(found.files / "paie" / "primes.pdf"), ["rh"])
    rules.put(TargetKind.FOLDER, str(found.files / "paie"), ["dg", "direction"])
    return found


def tool(name: str, **arguments: Any) -> dict[str, Any]:
    """A call of a tool of the MCP server."""
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
