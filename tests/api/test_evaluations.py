"""Evaluations over HTTP: a set is written, asked, read, annotated, reported."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

ASKED = {
    "question": "Quel est le soutien par projet ?",
    "kind": "nombre",
    "file": "ami essai.pdf",
    "page": 1,
    "facts": ["40 000 euros"],
    "split": "dev",
}
ABSENT = {"question": "Qui préside le comité xyz ?", "kind": "absent", "split": "dev"}


@pytest.fixture
def made(client: TestClient, folder: Path) -> str:
    assert client.post("/v1/jeux", json={"nom": "Essai"}).json()["name"] == "essai"
    for body in (ASKED, ABSENT):
        assert client.post("/v1/jeux/essai/questions", json=body).status_code == 201
    return "essai"


def run(client: TestClient, **changes: Any) -> str:
    response = client.post("/v1/evaluations", json={"jeu": "essai", "moitie": "dev", **changes})
    assert response.status_code == 202, response.text
    where = response.headers["location"]
    limit = time.monotonic() + 60
    while client.get(where).json()["state"] == "en_cours":
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert client.get(where).json()["state"] == "complet"
    return where


def test_a_set_is_written_and_exchanged(client: TestClient, made: str) -> None:
    listed = client.get(f"/v1/jeux/{made}/questions").json()
    assert listed["total"] == 2
    first = listed["questions"][0]
    corrected = {**first, "facts": ["41 000 euros"]}
    found = client.post("/v1/jeux/verification", json=corrected).json()["findings"]
    assert [one["level"] for one in found] == ["ok", "erreur"]
    assert (
        client.put(f"/v1/jeux/{made}/questions/{first['id']}", json=corrected).json() == corrected
    )
    for name in ("csv", "xlsx"):
        table = client.get(f"/v1/jeux/{made}/export", params={"format": name})
        assert "attachment" in table.headers["content-disposition"]
        back = client.post(f"/v1/jeux/{made}/import", content=table.content)
        assert back.json() == {"read": 2, "total": 2}
    bad = client.post(f"/v1/jeux/{made}/import", content=b"Nature;Question\nx;y\n")
    assert bad.status_code == 422
    assert bad.json()["lines"][0].startswith("Ligne 2")
    assert client.delete(f"/v1/jeux/{made}/questions/{first['id']}").status_code == 204
    assert client.get(f"/v1/jeux/{made}/questions/{first['id']}").status_code == 405
    assert client.delete(f"/v1/jeux/{made}").status_code == 204
    for path in (f"/v1/jeux/{made}/questions", "/v1/jeux/..%2Fdemo/questions"):
        assert client.get(path).status_code == 404
    assert client.delete("/v1/jeux/demo").json()["code"] == "jeu_en_lecture_seule"
    shipped = client.get("/v1/jeux/demo/questions", params={"moitie": "test"}).json()
    assert shipped["total"] == 0


def test_a_run_is_followed_read_annotated_and_deleted(client: TestClient, made: str) -> None:
    where = run(client, nom="Avant")
    listed = client.get("/v1/evaluations").json()
    assert listed["total"] == 1
    assert listed["evaluations"][0]["done"] == 2
    figures = client.get(f"{where}/chiffres").json()
    assert figures["overall"]["right"]["value"] == 1
    assert figures["overall"]["right"]["count"] == 2
    asked = client.get(f"{where}/questions", params={"issue": "refus justifié"}).json()
    assert [one["question"]["kind"] for one in asked["questions"]] == ["absent"]
    question = asked["questions"][0]["question"]["id"]
    for name, mark in (("Anne", "juste"), ("Bruno", "faux")):
        body = {"question_id": question, "annotator": name, "mark": mark}
        assert client.put(f"{where}/annotations", json=body).status_code == 200
    agreed = client.get(f"{where}/annotations/accord?premier=Anne&second=Bruno").json()
    assert (agreed["count"], agreed["observed"]["value"], agreed["kappa"]["value"]) == (1, 0, 0)
    assert (
        client.put(
            f"{where}/annotations", json={"question_id": "x", "annotator": "A", "mark": "faux"}
        ).json()["code"]
        == "annotation_non_recevable"
    )
    other = run(client)
    compared = client.get(
        "/v1/evaluations/comparaison",
        params={"avant": where.rpartition("/")[2], "apres": other.rpartition("/")[2]},
    ).json()
    assert compared["same_questions"] == 2
    assert compared["changed"] == []
    assert client.delete(where).status_code == 204
    assert client.get(where).status_code == 404
    assert client.get("/v1/evaluations").json()["total"] == 1


def test_a_report_is_a_page_that_loads_nothing(client: TestClient, made: str) -> None:
    where = run(client)
    page = client.get(f"{where}/rapport/rapport.html")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "Quel est le soutien par projet" in page.text
    saved = client.get(f"{where}/rapport/rapport.html?telecharger=true")
    assert "attachment" in saved.headers["content-disposition"]
    assert client.get(f"{where}/rapport/rapport.json").json()
    assert client.get(f"{where}/rapport/..%2Fx").status_code == 404
    assert client.get(f"{where}/rapport/autre.txt").json()["code"] == "fichier_de_rapport_inconnu"


def test_what_cannot_begin_is_told(client: TestClient, made: str) -> None:
    body = {"jeu": "essai", "moitie": "test"}
    assert client.post("/v1/evaluations", json=body).json()["code"] == "jeu_vide"
    body = {"jeu": "rien", "moitie": "dev"}
    assert client.post("/v1/evaluations", json=body).json()["code"] == "jeu_inconnu"
    assert client.get("/v1/evaluations/rien").json()["code"] == "evaluation_inconnue"
