"""Loading, describing and removing documents over HTTP, as a program or the Corpus tab does."""

from __future__ import annotations

import hashlib
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient

from assistant.api.app import create_app
from assistant.api.upload_keys import KEPT_S, UploadKeys, UploadKeyUsedError
from assistant.index import pipeline
from assistant.settings import Settings
from eval.bancs.depots import HOSTILE_NAMES
from tests.indexing import read_all_here
from tests.library.conftest import small_engine

Pdf = Callable[..., bytes]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="module")
def api(root: Path, make_pdf: Callable[..., Path]) -> Iterator[TestClient]:
    """The application over a small real index, shared: each test takes its own names."""
    settings = Settings(  # type: ignore[call-arg]
        index_dir=root / "index", uploads_dir=root / "depots", max_file_mb=1
    )
    engine = small_engine(settings, root / "dossier", make_pdf)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "read_all", read_all_here)
        app = create_app(engine, settings)
        base = "http://127.0.0.1:7860"
        with TestClient(app, base_url=base, raise_server_exceptions=False) as client:
            yield client


@pytest.fixture(scope="module")
def pdf(root: Path, make_pdf: Callable[..., Path]) -> Pdf:
    def make(*lines: str) -> bytes:
        return make_pdf(root / "fait.pdf", [lines]).read_bytes()

    return make


def ended(api: TestClient, address: str) -> dict[str, Any]:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        job: dict[str, Any] = api.get(address).json()
        if not job["running"]:
            return job
        time.sleep(0.02)
    raise AssertionError("the job never ends")


def deposit(api: TestClient, name: str, data: bytes, **query: Any) -> httpx.Response:
    return api.post("/v1/documents", params={"nom": name, **query}, content=data)


def load(api: TestClient, name: str, data: bytes) -> str:
    """Deposit a file and wait until it is indexed; the address of its document."""
    response = deposit(api, name, data)
    assert response.status_code == 201, response.text
    job = ended(api, f"/v1/corpus/travaux/{response.json()['job']}")
    assert job["failure"] == ""
    return response.headers["location"]


def problem(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["detail"] and body["remedy"]
    return response.status_code, body["code"]


def test_a_deposit_is_indexed_then_found(api: TestClient, pdf: Pdf) -> None:
    data = pdf("La zirconication commence en mars 2029.")
    where = load(api, "zirconication 2029.pdf", data)
    document = api.get(where)
    assert document.json()["file"] == "zirconication 2029.pdf"
    found = api.post("/v1/recherche", json={"question": "zirconication"}).json()["results"]
    assert found[0]["document_id"] == document.json()["id"]
    again = deposit(api, "sous un autre nom.pdf", data)
    assert (again.status_code, again.json()["known"], again.json()["job"]) == (200, True, None)
    assert again.headers["location"] == where


def test_a_form_is_received_as_the_bytes_are(api: TestClient, root: Path, pdf: Pdf) -> None:
    data = pdf("Un formulaire.")
    form = {"note": (None, "un champ"), "fichier": ("é l’été.pdf", data, "application/pdf")}
    response = api.post("/v1/documents", files=form, params={"indexer": False})
    assert response.status_code == 201 and response.json()["job"] is None
    assert (root / "depots" / "é l’été.pdf").read_bytes() == data
    assert "é l’été.pdf" in [one["name"] for one in api.get("/v1/corpus/depots").json()["depots"]]
    assert api.delete(f"/v1/corpus/depots/{quote('é l’été.pdf')}").status_code == 204
    assert not (root / "depots" / "é l’été.pdf").exists()


@pytest.mark.parametrize(
    "form",
    [
        {"note": (None, "un champ")},
        [("a", ("a.txt", b"un", "text/plain")), ("b", ("b.txt", b"deux", "text/plain"))],
    ],
)
def test_a_form_without_one_file_is_refused(api: TestClient, root: Path, form: Any) -> None:
    response = api.post("/v1/documents", files=form)
    assert problem(response) == (422, "depot_mal_forme")
    assert not list((root / "depots").glob("*.txt")) + list((root / "depots").glob(".*"))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"n'importe quoi"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; filename=a.txt",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; filename="a.txt"\r\n\r\ncoup',
        ),
    ],
)
def test_a_broken_form_is_refused(api: TestClient, root: Path, kind: str, body: bytes) -> None:
    response = api.post("/v1/documents", content=body, headers={"Content-Type": kind})
    assert problem(response) == (422, "depot_mal_forme")
    assert not list((root / "depots").glob("*.txt")) + list((root / "depots").glob(".*"))


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if "\ud800" not in name])
def test_a_hostile_name_is_refused_as_a_problem(api: TestClient, root: Path, name: str) -> None:
    before = sorted(path.name for path in root.rglob("*"))
    status, code = problem(deposit(api, name, b"du texte"))
    assert (status, code) in {
        (422, "nom_de_fichier"),
        (415, "format_de_fichier"),
        (422, "depot_mal_forme"),
    }
    assert sorted(path.name for path in root.rglob("*")) == before


def test_refusals_say_why(api: TestClient, pdf: Pdf) -> None:
    assert problem(api.post("/v1/documents", content=b"x")) == (422, "depot_mal_forme")
    assert problem(deposit(api, "vide.pdf", b"")) == (422, "fichier_vide")
    assert problem(deposit(api, "faux.pdf", b"<html>")) == (415, "format_de_fichier")
    large = b"a" * ((1 << 20) + 1)
    assert problem(deposit(api, "gros.txt", large)) == (413, "fichier_trop_gros")
    assert problem(deposit(api, "a.txt", b"un", sha256="0" * 64)) == (422, "empreinte_differente")
    taken = {"indexer": False}
    assert deposit(api, "pris.txt", b"un contenu", **taken).status_code == 201
    assert problem(deposit(api, "pris.txt", b"un autre", **taken)) == (409, "nom_deja_pris")
    replaced = deposit(api, "pris.txt", b"un autre", remplacer=True, **taken)
    assert replaced.status_code == 201


def test_a_digest_is_checked(api: TestClient) -> None:
    data = b"un texte dont on sait l'empreinte"
    right = b64encode(hashlib.sha256(data).digest()).decode()

    def send(header: str) -> httpx.Response:
        return api.post(
            "/v1/documents",
            params={"nom": "empreinte.txt", "indexer": False},
            content=data,
            headers={"Content-Digest": header},
        )

    wrong = b64encode(bytes(32)).decode()
    assert problem(send(f"sha-256=:{wrong}:")) == (422, "empreinte_differente")
    assert problem(send("sha-256=:abc:")) == (422, "empreinte_differente")
    assert send(f"sha-512=:xx:, sha-256=:{right}:").status_code == 201


def test_a_request_sent_twice_with_its_key_is_done_once(api: TestClient, root: Path) -> None:
    def send(data: bytes, key: str = "cle-1") -> httpx.Response:
        return api.post(
            "/v1/documents",
            params={"nom": "cle.txt", "indexer": False},
            content=data,
            headers={"Idempotency-Key": key},
        )

    first = send(b"contenu de la cle")
    assert first.status_code == 201 and "idempotent-replayed" not in first.headers
    (root / "depots" / "cle.txt").unlink()
    again = send(b"contenu de la cle")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert not (root / "depots" / "cle.txt").exists()
    assert problem(send(b"un autre contenu")) == (409, "cle_deja_utilisee")
    assert send(b"un autre contenu", "cle-2").status_code == 201
    assert problem(send(b"x", "une cle")) == (
        422,
        "cle_idempotence",
    )
    # A refusal is not an answer to keep: the same key may be used once the file is mended.
    assert problem(send(b"", "cle-3")) == (422, "fichier_vide")
    assert send(b"un autre contenu", "cle-3").status_code in {200, 201}


def test_a_key_is_forgotten_after_a_day(tmp_path: Path) -> None:
    keys = UploadKeys(tmp_path / "depots.sqlite")
    now = [1000.0]
    with keys.using("a", "k", lambda: now[0]) as used:
        used.keep("un", 201, "{}")
    with keys.using("a", "k", lambda: now[0]) as used, pytest.raises(UploadKeyUsedError):
        used.answered("deux")
    with keys.using("b", "k", lambda: now[0]) as used:
        assert used.answered("deux") is None  # somebody else's key
    now[0] += KEPT_S + 1
    with keys.using("a", "k", lambda: now[0]) as used:
        assert used.answered("deux") is None


def test_a_document_is_described_and_removed_from_the_state_that_was_read(
    api: TestClient, root: Path, pdf: Pdf
) -> None:
    where = load(api, "à décrire.pdf", pdf("La cryophanie se décrit."))
    read = api.get(where).headers["etag"]
    assert problem(api.patch(where, json={"publisher": "A"})) == (428, "revision_absente")
    assert problem(api.delete(where)) == (428, "revision_absente")
    said = api.patch(
        where,
        json={"publisher": "Agence d’essai", "date": "08/07/2025"},
        headers={"If-Match": read},
    )
    assert (said.json()["publisher"], said.json()["date"]) == ("Agence d’essai", "2025-07-08")
    assert said.headers["etag"] == api.get(where).headers["etag"] != read
    stale = {"If-Match": read}
    assert problem(api.patch(where, json={"publisher": "B"}, headers=stale)) == (
        412,
        "document_modifie",
    )
    assert problem(api.delete(where, headers=stale)) == (412, "document_modifie")
    fresh = {"If-Match": said.headers["etag"]}
    assert problem(api.patch(where, json={"kind": "x"}, headers=fresh)) == (422, "description")
    removed = api.delete(where, headers=fresh)
    assert removed.status_code == 202
    job = ended(api, removed.headers["location"])
    assert (job["kind"], job["failure"]) == ("retrait", "")
    assert problem(api.get(where)) == (404, "document_inconnu")
    assert not (root / "depots" / "à décrire.pdf").exists()
    assert problem(api.delete(where, headers={"If-Match": "*"})) == (404, "document_inconnu")


def test_the_list_is_cut_in_pages(api: TestClient, pdf: Pdf) -> None:
    load(api, "liste.pdf", pdf("Pour la liste."))
    everything = api.get("/v1/documents").json()
    assert everything["total"] == len(everything["documents"]) >= 2
    second = api.get("/v1/documents", params={"limite": 1, "debut": 1}).json()
    assert second["total"] == everything["total"]
    assert second["documents"] == everything["documents"][1:2]
    assert problem(api.get("/v1/documents", params={"limite": 0}))[0] == 422


def test_the_corpus_is_read_again_and_its_state_told(api: TestClient) -> None:
    deposit(api, "abîmé.pdf", b"%PDF-1.4\n" + b"rien de bon " * 50, indexer=False)
    started = api.post("/v1/corpus/reindexation", json={"reconstruire": True})
    assert started.status_code == 202
    job = ended(api, started.headers["location"])
    assert (job["kind"], job["failure"]) == ("reindexation", "")
    assert job["id"] in [one["id"] for one in api.get("/v1/corpus/travaux").json()["travaux"]]
    state = api.get("/v1/corpus/etat", params={"pages": True}).json()
    refused = next(one for one in state["files"] if one["file"] == "abîmé.pdf")
    assert (refused["status"], refused["reason_code"]) == ("refused", "endommage")
    base = next(one for one in state["files"] if one["file"] == "socle.pdf")
    assert not base["deposited"] and base["ledger"][0]["status"] == "text"
    assert api.delete(f"/v1/corpus/depots/{quote('abîmé.pdf')}").status_code == 204
    assert problem(api.delete("/v1/corpus/depots/socle.pdf")) == (404, "depot_inconnu")
    assert ended(api, api.post("/v1/corpus/chargement").headers["location"])["failure"] == ""
    assert problem(api.get("/v1/corpus/travaux/rien")) == (404, "travail_inconnu")
    assert problem(api.post("/v1/corpus/travaux/rien/arret")) == (404, "travail_inconnu")
    assert api.post(f"/v1/corpus/travaux/{job['id']}/arret").status_code == 202


def test_versions_are_linked_and_sources_listed(api: TestClient, pdf: Pdf) -> None:
    newer = load(api, "version.pdf", pdf("Une version plus récente.")).rpartition("/")[2]
    older = next(
        one["id"] for one in api.get("/v1/documents").json()["documents"] if one["id"] != newer
    )
    linked = api.put("/v1/corpus/versions", json={"ancien": older, "nouveau": newer})
    assert linked.json()["versions"][0]["newer"]["document_id"] == newer
    assert api.get(f"/v1/documents/{older}").json()["superseded_by"] == newer
    assert linked.json() == api.get("/v1/corpus/versions").json()
    same = api.put("/v1/corpus/versions", json={"ancien": newer, "nouveau": newer})
    assert problem(same) == (422, "description")
    sources = api.get("/v1/corpus/sources").json()["sources"]
    assert sources and all(one["url"] for one in sources)


def test_a_body_that_says_no_length_is_bounded_too(api: TestClient, root: Path) -> None:
    def unannounced() -> Iterator[bytes]:
        for _ in range(17):
            yield b"a" * 65536

    response = api.post("/v1/documents", params={"nom": "sans longueur.txt"}, content=unannounced())
    assert problem(response) == (413, "fichier_trop_gros")
    assert not list((root / "depots").glob(".*"))


def test_addresses_of_the_documentation_hold(api: TestClient) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    assert "multipart/form-data" in paths["/v1/documents"]["post"]["requestBody"]["content"]
    assert re.search(r"Idempotency-Key", str(paths["/v1/documents"]["post"]["parameters"]))
