"""A small BEIR-style set about health strategy, and a cache folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DOCUMENTS = [
    ("d1", "Télésurveillance", "La télésurveillance suit les patients atteints de diabète."),
    ("d2", "Urgences", "Le bureau zélé des urgences (BZU) régule les urgences du territoire."),
    ("d3", "Financement", "L'appel à manifestation d'intérêt est doté de deux millions d'euros."),
    ("d4", "Prévention", "Le dépistage du cancer colorectal commence à cinquante ans."),
    ("d5", "Numérique", "L'intelligence artificielle aide à planifier les blocs opératoires."),
]
QUERIES = {
    "q1": "Quels patients suit la télésurveillance ?",
    "q2": "Qui régule les urgences ?",
    "q3": "De combien est doté l'appel à manifestation d'intérêt ?",
    "q4": "À quel âge commence le dépistage ?",
    "q5": "Question sans jugement",
}
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\nq2\td5\t1\nq3\td3\t1\nq4\td4\t1\n"


@pytest.fixture
def beir_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "petit-jeu"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(
        "".join(
            json.dumps({"id": name, "title": title, "text": text}, ensure_ascii=False) + "\n"
            for name, title, text in DOCUMENTS
        ),
        encoding="utf-8",
    )
    (folder / "queries.jsonl").write_text(
        "".join(
            json.dumps({"_id": name, "text": text}, ensure_ascii=False) + "\n"
            for name, text in QUERIES.items()
        ),
        encoding="utf-8",
    )
    (folder / "qrels.tsv").write_text(QRELS, encoding="utf-8")
    return folder
