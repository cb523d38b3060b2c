"""The glossary over HTTP: read, corrected, withdrawn, with errors one can act upon."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.index.own_sigles import FILE


def used(client: TestClient, sigle: str) -> list[tuple[str, str]]:
    view = client.get(f"/v1/glossaire/{sigle}").json()
    return [(sense["text"], sense["origin"]) for sense in view["senses"] if sense["used"]]


def test_the_usual_sigles_are_listed_and_searched(client: TestClient) -> None:
    everything = client.get("/v1/glossaire").json()
    assert everything["total"] == len(everything["sigles"]) > 100
    found = client.get("/v1/glossaire", params={"recherche": "Accès aux SOINS"}).json()
    assert [view["sigle"] for view in found["sigles"]] == ["SAS"]
    assert client.get("/v1/glossaire", params={"recherche": "zzzz"}).json()["total"] == 0


def test_a_sigle_is_added_corrected_withdrawn_and_restored(client: TestClient) -> None:
    answer = client.put("/v1/glossaire/OTSIS", json={"senses": ["outil de suivi"]})
    assert answer.status_code == 200
    assert answer.json()["senses"][0]["origin"] == "vous"
    assert client.put("/v1/glossaire/sas", json={"senses": ["sas d’entrée"]}).status_code == 200
    assert used(client, "SAS") == [("sas d’entrée", "vous")]
    assert client.delete("/v1/glossaire/SAS").status_code == 204
    assert client.get("/v1/glossaire/SAS").json()["withdrawn"]
    assert client.delete("/v1/glossaire/SAS", params={"retablir": True}).status_code == 204
    assert used(client, "SAS") == [("service d'accès aux soins", "liste")]


def test_two_senses_make_an_ambiguous_sigle(client: TestClient) -> None:
    body = {"senses": ["éducation thérapeutique du patient", "équivalent temps plein"]}
    assert client.put("/v1/glossaire/ETP", json=body).json()["ambiguous"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/v1/glossaire/XQZW", None, 404, "sigle_inconnu"),
        ("DELETE", "/v1/glossaire/XQZW", None, 404, "sigle_inconnu"),
        ("DELETE", "/v1/glossaire/SAS?retablir=true", None, 404, "sigle_inconnu"),
        ("PUT", "/v1/glossaire/%3Cb%3E", {"senses": ["un deux"]}, 422, "sigle_invalide"),
        ("PUT", "/v1/glossaire/SAS", {"senses": []}, 422, "sigle_invalide"),
        ("PUT", "/v1/glossaire/SAS", {"senses": [" "]}, 422, "sigle_invalide"),
        ("PUT", "/v1/glossaire/SAS", {"sens": ["x"]}, 422, "requete_invalide"),
        ("POST", "/v1/glossaire/SAS", {"senses": ["x"]}, 405, "methode_refusee"),
    ],
)
def test_errors_are_problems_that_say_what_to_do(
    client: TestClient, method: str, path: str, body: object, status: int, code: str
) -> None:
    answer = client.request(method, path, json=body)
    assert answer.status_code == status
    problem = answer.json()
    assert problem["remedy"]
    assert problem["code"] == code


def test_a_damaged_file_is_said(client: TestClient, folder: Path) -> None:
    (folder / FILE).write_text("{", encoding="utf-8")
    answer = client.get("/v1/glossaire")
    assert (answer.status_code, answer.json()["code"]) == (503, "glossaire_illisible")
    assert client.put("/v1/glossaire/SAS", json={"senses": ["un deux"]}).status_code == 503
    assert (folder / FILE).read_text(encoding="utf-8") == "{"


def test_another_site_cannot_change_a_sigle(client: TestClient) -> None:
    answer = client.put(
        "/v1/glossaire/SAS",
        json={"senses": ["un deux"]},
        headers={"Origin": "https://ailleurs.example"},
    )
    assert answer.status_code == 403
    assert used(client, "SAS") == [("service d'accès aux soins", "liste")]
