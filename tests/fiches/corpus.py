"""A small corpus of invented documents, indexed for real, with a stand-in for the model."""

from __future__ import annotations

from pathlib import Path

from assistant.engine import Assistant
from assistant.index.reading import ReadLimits
from assistant.settings import Settings
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here

LIMITS = ReadLimits(max_bytes=1 << 20, max_pages=50, timeout_s=60, memory_mb=2048)

CALL = """# Appel à manifestation d'intérêt : IA et tri des déchets de soins

## Contexte

Le tri des déchets de soins reste une difficulté des équipes, faute de repères sur les filières.

## Financement

L'AMI est doté d'un montant total de 3 millions d'euros.

Le montant du financement pourra aller jusqu'à 40 000 euros par projet.

## Calendrier

- Date limite de soumission : 31 juillet 2025
- Notification des projets retenus : 2 septembre 2025
- Restitution de l'évaluation : au plus tard le 31 décembre 2026
"""

PRESS = """# Trois AMI pour l'IA : tri des déchets, repas et linge

## Le financement

Le montant total de ces trois AMI pourra atteindre 7 millions d'euros.

Date limite de dépôt des candidatures : 31 juillet 2025
"""

MAP = """# Cartographie des cas d'usage IA

## AXE 7 : DÉVELOPPEMENT DURABLE

Exemple de cas d'usage :

- Tri des déchets de soins : reconnaissance des objets jetés et conseil de filière au soignant.
- Les fonctions IA mobilisées :
  - IA descriptive
  - IA prescriptive
- Impact :
  - Réduction du volume de DASRI (- 25 %)
  - Moins de piqûres pour les agents de collecte

## AXE 8 : RESSOURCES HUMAINES & QVCT

Exemple de cas d'usage :

- Recrutement des cadres : lecture des candidatures.
- Impact :
  - Réduction du temps de lecture de moitié
"""

ROADMAP = """# Feuille de route régionale IA en santé

## Objectifs

- Objectif 1 : promouvoir une intelligence artificielle éthique et souveraine.
- Objectif 2 : former les professionnels de la région à l'intelligence artificielle.

## Cancer

Le registre des cancers suit les tumeurs du territoire depuis trente ans.
"""

DOCUMENTS = {
    "ami-dechets.md": CALL,
    "communique.md": PRESS,
    "cartographie.md": MAP,
    "feuille-de-route.md": ROADMAP,
}


def index(folder: Path, documents: dict[str, str]) -> Settings:
    """Write and index documents; again over the same folder, to replace or add some."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for gone in set(corpus.iterdir()) - {corpus / name for name in documents}:
        gone.unlink()
    for name, text in documents.items():
        (corpus / name).write_text(text, encoding="utf-8")
    ingest_here(folder / "index", [corpus], embedder=WordHashEmbedder, limits=LIMITS, workers=1)
    return Settings(index_dir=folder / "index")  # type: ignore[call-arg]


def opened(settings: Settings) -> Assistant:
    """The assistant over this index, with the stand-in for its model."""
    assistant = Assistant.open(settings)
    assistant._embedder = WordHashEmbedder()  # type: ignore[assignment]
    return assistant
