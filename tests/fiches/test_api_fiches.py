"""Fiches over HTTP: drafted, edited by two people, moved, compared, exported, imported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from assistant.api.app import create_app
from assistant.fiches import drafting, refresh
from assistant.fiches.model import Fiche, Request
from assistant.fiches.refresh import Change
from assistant.settings import Settings
from tests.api.fake import FakeEngine
from tests.fiches.samples import a_fiche, extract

BASE = "http://127.0.0.1:7860"
TITLE = "Aide à la planification des équipes soignantes"
ACCENTS = "Aide-à-la-planification-des-équipes-soignantes"
ASCII = "aide-a-la-planification-des-equipes-soignantes"


def fake_draft(request: Request, method: Any, engine: Any, **options: Any) -> Fiche:
    """A fiche that says what it was asked, and what the portfolio holds."""
    return a_fiche(
        request.title,
        id="",
        revision=1,
        request=request,
        author=options["author"],
        today=options["today"],
        notes=[one.request.title for one in options["portfolio"]],
    )


def client_of(folder: Path, **options: Any) -> TestClient:
    settings = Settings(index_dir=folder, **options)
    app = create_app(FakeEngine(folder), settings)  # type: ignore[arg-type]
    return TestClient(app, base_url=BASE, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Path]]:
    """One application for all tests: building it costs more than what they ask of it."""
    folder = tmp_path_factory.mktemp("fiches")
    with client_of(folder, organisation="ARS Essai") as client:
        yield client, folder


@pytest.fixture
def client(served: tuple[TestClient, Path], monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(drafting, "draft_fiche", fake_draft)
    client, folder = served
    for path in folder.glob("fiches.sqlite*"):
        path.unlink()
    return client


def drafted(client: TestClient, title: str = TITLE, **more: Any) -> str:
    answer = client.post("/v1/fiches", json={"title": title, **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    found = str(answer.json()["id"])
    assert answer.headers["location"] == f"/v1/fiches/{found}"
    return found


def patch(client: TestClient, fiche: str, key: str, revision: int | str | None, **edit: Any) -> Any:
    headers = {} if revision is None else {"If-Match": f'"{revision}"'}
    return client.patch(f"/v1/fiches/{fiche}/champs/{key}", json=edit, headers=headers)


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["code"], body["type"]) == (code, f"/docs#erreur-{code}")
    assert body["detail"] and body["remedy"]
    return body


def test_a_fiche_is_drafted_kept_and_listed(client: TestClient) -> None:
    first = drafted(client, author="Anne", need=" Trop d’absences. ")
    answer = client.post("/v1/fiches", json={"title": "Prévoir les lits", "garder": False})
    assert (answer.json()["id"], answer.json()["notes"]) == ("", [TITLE])
    read = client.get(f"/v1/fiches/{first}")
    assert read.json()["request"]["need"] == "Trop d’absences."
    assert read.headers["etag"] == '"1"'
    assert client.get(f"/v1/fiches/{first}", headers={"If-None-Match": '"1"'}).status_code == 304
    listed = client.get("/v1/fiches").json()
    assert listed["total"] == 1
    (one,) = listed["fiches"]
    assert (one["id"], one["axis"], one["author"]) == (first, "8", "Anne")
    assert one["deadlines_passed"] == ["2025-07-31"]
    assert one["statuses"]["documente"] > 0


def test_lists_are_filtered_and_paged(client: TestClient) -> None:
    drafted(client)
    second = drafted(client, "Prévoir les lits", author="Ben")
    client.post(f"/v1/fiches/{second}/etat", json={"state": "en_revue"})

    def titles(**parameters: Any) -> list[str]:
        found = client.get("/v1/fiches", params=parameters).json()
        return [one["title"] for one in found["fiches"]]

    assert titles(recherche="lits") == ["Prévoir les lits"]
    assert titles(etat=["en_revue", "validee"]) == ["Prévoir les lits"]
    assert titles(auteur="ben") == ["Prévoir les lits"]
    assert titles(axe="3") == []
    assert titles(fonction="predictive", limite=1, debut=1) == [TITLE]
    assert len(titles(echeance_passee=True)) == 2
    assert titles(echeance_passee=False) == []
    problem(client.get("/v1/fiches", params={"etat": "perdue"}), 422, "requete_invalide")


def test_two_people_edit_and_nothing_is_lost(client: TestClient) -> None:
    fiche = drafted(client)
    first = patch(client, fiche, "suite", 1, typed=["Anne écrit."], author="Anne")
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    other = patch(client, fiche, "risques", 1, typed=["Panne."], author="Ben")
    assert other.headers["etag"] == '"3"'
    refused = problem(
        patch(client, fiche, "suite", 1, typed=["Ben écrit."], author="Ben"), 409, "conflit"
    )
    assert refused["theirs"]["statements"][0]["text"] == "Anne écrit."
    assert refused["yours"]["statements"][0]["text"] == "Ben écrit."
    assert refused["base"]["statements"] == []
    assert (refused["key"], refused["revision"]) == ("suite", 3)


def test_an_edit_names_the_revision_it_was_made_from(client: TestClient) -> None:
    fiche = drafted(client)
    for revision in (None, "*", "abc", ""):
        problem(patch(client, fiche, "suite", revision, typed=["x"]), 428, "revision_requise")
    problem(patch(client, fiche, "suite", 7, typed=["x"]), 404, "revision_inconnue")
    problem(patch(client, fiche, "inconnu", 1, typed=["x"]), 404, "fiche_inconnue")
    problem(patch(client, "inconnue", "suite", 1, typed=["x"]), 404, "fiche_inconnue")
    problem(patch(client, fiche, "matrice", 1, typed=["x"]), 422, "saisie_invalide")
    problem(patch(client, fiche, "suite", 1, inconnu=["x"]), 422, "requete_invalide")
    problem(patch(client, fiche, "suite", 1, status="parfait"), 422, "requete_invalide")
    for body in (b'{"typed": ["\\ud800"]}', b'{"chosen": ["\\ud800"]}', b'{"author": "\\ud800"}'):
        surrogate = client.patch(
            f"/v1/fiches/{fiche}/champs/suite",
            content=body,
            headers={"If-Match": '"1"', "Content-Type": "application/json"},
        )
        problem(surrogate, 422, "requete_invalide")
    # An entity tag weakened by a proxy is the same revision.
    weak = client.patch(
        f"/v1/fiches/{fiche}/champs/suite", json={"typed": ["x"]}, headers={"If-Match": 'W/"1"'}
    )
    assert weak.status_code == 200


def test_a_note_is_given_over_http(client: TestClient) -> None:
    fiche = drafted(client)
    scores = [{"code": "IMP_3", "level": "fort", "argument": "Deux postes."}]
    made = patch(client, fiche, "impacts", 1, scores=scores).json()
    fields = {one["key"]: one for one in made["fields"]}
    note = next(one for one in fields["impacts"]["scores"] if one["code"] == "IMP_3")
    assert (note["level"], note["origin"]) == ("fort", "saisie")
    assert "IMP_3 1" in fields["matrice"]["position"]["formula"]


def test_the_life_and_the_history_of_a_fiche(client: TestClient) -> None:
    fiche = drafted(client, author="Anne")
    patch(client, fiche, "suite", 1, typed=["Décider."], author="Ben")
    url = f"/v1/fiches/{fiche}"
    stale = client.post(f"{url}/etat", json={"state": "en_revue"}, headers={"If-Match": '"1"'})
    problem(stale, 412, "fiche_modifiee")
    assert client.post(f"{url}/etat", json={"state": "en_revue"}).json()["state"] == "en_revue"
    client.post(f"{url}/etat", json={"state": "validee"})
    problem(patch(client, fiche, "suite", 4, typed=["x"]), 409, "fiche_verrouillee")
    problem(client.post(f"{url}/etat", json={"state": "brouillon"}), 409, "etat_impossible")
    back = {"state": "brouillon", "comment": "À revoir.", "author": "Anne"}
    assert client.post(f"{url}/etat", json=back).headers["etag"] == '"5"'
    made = client.post(f"{url}/commentaires", json={"key": "suite", "text": "Quand ?"})
    assert (made.status_code, made.json()["revision"]) == (201, 5)
    assert len(client.get(f"{url}/commentaires").json()["comments"]) == 1
    revisions = client.get(f"{url}/historique").json()["revisions"]
    assert [one["kind"] for one in revisions] == ["creation", "saisie", "etat", "etat", "etat"]
    assert (revisions[1]["author"], revisions[4]["comment"]) == ("Ben", "À revoir.")
    diff = client.get(f"{url}/differences", params={"de": 1}).json()
    assert (diff["de"], diff["a"]) == (1, 5)
    assert "suite" in [one["key"] for one in diff["changes"]]
    assert client.get(url, params={"revision": 3}).json()["state"] == "en_revue"
    problem(client.get(url, params={"revision": 9}), 404, "revision_inconnue")


def test_proofs_are_searched_again_and_told_or_applied(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = extract("Une panne coûte une journée.")

    def found(fiche: Fiche, *_: Any, **options: Any) -> tuple[Fiche, list[Change]]:
        fields = [
            one.model_copy(update={"statements": [new], "status": "documente", "question": None})
            if one.key == "risques"
            else one
            for one in fiche.fields
        ]
        change = Change(kind="preuve_nouvelle", key="risques", text="Nouveau.", statement=new)
        changed = {"fields": fields, "today": options["today"], "index_generation": "g2"}
        return fiche.model_copy(update=changed), [change]

    monkeypatch.setattr(refresh, "refresh", found)
    url = f"/v1/fiches/{drafted(client)}"
    told = client.post(f"{url}/rafraichir", json={"appliquer": False}).json()
    assert (told["applied"], told["changes"][0]["kind"]) == (False, "preuve_nouvelle")
    assert told["fiche"]["index_generation"] == "g2"
    assert client.get(url).json()["revision"] == 1
    applied = client.post(f"{url}/rafraichir", json={"author": "Anne"}).json()
    assert (applied["applied"], applied["left"]) == (True, [])
    kept = client.get(url).json()
    assert (kept["revision"], kept["index_generation"]) == (2, "g2")
    assert "srs-exemple.pdf" in str(next(f for f in kept["fields"] if f["key"] == "sources"))
    assert client.get(f"{url}/historique").json()["revisions"][1]["kind"] == "rafraichissement"


def test_json_goes_out_and_comes_back(client: TestClient) -> None:
    fiche = drafted(client)
    exported = client.get(f"/v1/fiches/{fiche}/export", params={"format": "json"})
    assert 'filename="fiche-' in exported.headers["content-disposition"]
    assert client.delete(f"/v1/fiches/{fiche}").status_code == 204
    problem(client.get(f"/v1/fiches/{fiche}"), 404, "fiche_inconnue")
    back = client.post("/v1/fiches/import", content=exported.content, params={"auteur": "Anne"})
    assert (back.status_code, back.json()["id"]) == (201, fiche)
    # The corpus of this engine has none of its documents: nothing is believed on the file's word.
    need = next(one for one in back.json()["fields"] if one["key"] == "besoin")
    assert need["statements"][0]["remark"].startswith("Non vérifiée ici")
    assert need["status"] == "partiel"
    assert json.loads(exported.content)["request"] == back.json()["request"]
    newer = {**exported.json(), "schema_version": 9}
    said = problem(client.post("/v1/fiches/import", json=newer), 422, "fiche_invalide")
    assert "format 9" in said["detail"]
    problem(client.post("/v1/fiches/import", content=b"{"), 422, "fiche_invalide")
    # The last number of all would leave none for the next change.
    last = {**exported.json(), "revision": 10**9}
    problem(client.post("/v1/fiches/import", json=last), 422, "fiche_invalide")


@pytest.mark.parametrize("name", ["docx", "odt", "pdf", "md"])
def test_a_fiche_is_exported(client: TestClient, name: str) -> None:
    fiche = drafted(client)
    answer = client.get(f"/v1/fiches/{fiche}/export", params={"format": name})
    assert answer.status_code == 200
    start = {"docx": b"PK", "odt": b"PK", "pdf": b"%PDF"}.get(name, b"# ")
    assert answer.content.startswith(start)
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="fiche-{ASCII}.{name}"; '
        f"filename*=UTF-8''fiche-{quote(ACCENTS)}.{name}"
    )
    problem(
        client.get(f"/v1/fiches/{fiche}/export", params={"format": "exe"}), 422, "format_inconnu"
    )


@pytest.mark.parametrize(
    "path",
    ["?debut=%s", "/{id}?revision=%s", "/{id}/differences?de=%s", "/{id}/differences?de=1&a=%s"],
)
def test_a_number_that_no_list_has_is_refused(client: TestClient, path: str) -> None:
    url = "/v1/fiches" + path.replace("{id}", drafted(client)) % 10**30
    problem(client.get(url), 422, "requete_invalide")


def test_the_portfolio_is_exported_chosen_or_filtered(client: TestClient) -> None:
    first, second = drafted(client), drafted(client, "Prévoir les lits")
    root = "/v1/fiches/portefeuille"
    table = client.get(f"{root}/tableau", params={"format": "csv"}).content.decode("utf-8-sig")
    assert len(table.splitlines()) == 3
    one = client.get(f"{root}/tableau", params={"format": "csv", "id": second}).text
    assert "Prévoir les lits" in one and first not in one
    found = client.get(f"{root}/tableau", params={"format": "csv", "recherche": "lits"}).text
    assert second in found and first not in found
    assert client.get(f"{root}/tableau").content.startswith(b"PK")
    for name in ("matrice", "axes"):
        drawn = client.get(f"{root}/{name}")
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        assert drawn.text.lstrip().startswith("<")
    pack = client.get(f"{root}/dossier", params={"format": "md", "id": [second, first]})
    follow_up = client.get("/v1/copil/export?format=md")
    alone = client.get(f"/v1/fiches/{first}/export?format=md")
    for export in (pack, follow_up, alone):
        assert "_ARS Essai – " in export.text
    assert pack.text.index("Prévoir les lits") < pack.text.rindex(TITLE)
    problem(client.get(f"{root}/tableau", params={"id": "inconnue"}), 404, "fiche_inconnue")
    problem(client.get(f"{root}/matrice", params={"format": "gif"}), 422, "format_inconnu")


def test_the_contract_is_published(client: TestClient) -> None:
    schema = client.get("/v1/fiches/schema").json()
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["properties"]["schema_version"]["const"] == 1
    grid = client.get("/v1/fiches/methode").json()
    assert (len(grid["axes"]), len(grid["fields"])) == (9, 21)
    paths = client.get("/openapi.json").json()["paths"]
    answers = paths["/v1/fiches/{fiche_id}/champs/{key}"]["patch"]["responses"]
    assert {"409", "412", "428"} <= set(answers)


@pytest.mark.parametrize("title", ["", "  ", "ab", "é" * 201])
def test_a_title_that_cannot_be_is_said(client: TestClient, title: str) -> None:
    answer = client.post("/v1/fiches", json={"title": title})
    assert answer.status_code == 422
    assert "caractères" in answer.text


def test_another_grid_serves_without_code(tmp_path: Path) -> None:
    grid = Path(drafting.__file__).parent / "grilles" / "exemple-ars.toml"
    with client_of(tmp_path, fiche_method=grid) as client:
        assert client.get("/v1/fiches/methode").json()["id"] == "exemple-ars"
        assert client.get("/v1/fiches").json()["total"] == 0


def test_an_administrator_who_keeps_no_fiche(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "draft_fiche", fake_draft)
    with client_of(tmp_path, fiches=False) as client:
        problem(client.get("/v1/fiches"), 404, "fiches_desactivees")
        problem(client.post("/v1/fiches", json={"title": TITLE}), 404, "fiches_desactivees")
        made = client.post("/v1/fiches", json={"title": TITLE, "garder": False})
        assert (made.status_code, made.json()["today"]) == (201, date.today().isoformat())
    assert not (tmp_path / "fiches.sqlite").exists()
