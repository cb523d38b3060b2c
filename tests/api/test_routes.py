"""What a program gets from the API when it asks properly."""

from __future__ import annotations

import io

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from assistant.api.app import content_disposition
from assistant.model import Answer
from tests.api.fake import AMI, HOSTILE, HOSTILE_TITLE, FakeEngine


def test_a_question_gets_a_cited_answer(client: TestClient) -> None:
    response = client.post("/v1/questions", json={"question": "Quel soutien par projet ?"})
    assert response.status_code == 200
    answer = Answer.model_validate(response.json())
    (citation,) = answer.sentences[0].citations
    page = client.get(f"/v1/documents/{citation.document_id}/pages/{citation.page}").json()
    # The promise of the contract: offsets point into the raw text this route returns.
    assert page["text"][citation.start : citation.end] == citation.quote


def test_offsets_count_characters_even_after_an_emoji(client: TestClient) -> None:
    answer = client.post("/v1/questions", json={"question": "dossiers déposés ?"}).json()
    citation = answer["sentences"][0]["citations"][0]
    page = client.get(f"/v1/documents/{AMI}/pages/1").json()
    assert "🗓" in citation["quote"]
    assert page["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_filters_reach_the_engine(client: TestClient, engine: FakeEngine) -> None:
    body = {"question": "Quel soutien ?", "file": "ami essai.pdf", "kind": "ami"}
    assert client.post("/v1/questions", json=body).status_code == 200
    assert engine.asked[-1] == ("Quel soutien ?", "ami essai.pdf", "ami")


def test_filters_are_given_together_and_told(client: TestClient, engine: FakeEngine) -> None:
    chosen = {"kinds": ["AMI"], "regions": ["essai"], "since": "01/2031"}
    body = {"question": "Quel soutien par projet ?", "filtres": chosen}
    answer = client.post("/v1/questions", json=body).json()
    applied = answer["filters"]["applied"]
    # Values come back as the corpus writes them.
    assert (applied["kinds"], applied["regions"]) == (["ami"], ["Essai"])
    assert applied["since"] == "2031-01"
    found = client.post("/v1/recherche", json=body).json()
    assert found["filters"]["applied"] == applied
    assert engine.searched[-1] == engine.searched[-2]


def test_a_filter_read_in_the_question_can_be_refused_or_accepted(client: TestClient) -> None:
    body = {"question": "Selon l’Agence d’essai, quel soutien par projet ?"}
    (hint,) = client.post("/v1/questions", json=body).json()["filters"]["recognised"]
    assert hint["label"] == "éditeur Agence d’essai"
    refused = client.post("/v1/questions", json=body | {"reconnaitre": False}).json()
    assert refused["filters"]["recognised"] == []
    # A hint is sent back as it came.
    chosen = client.post("/v1/questions", json=body | {"filtres": hint["filters"]}).json()
    assert chosen["filters"]["applied"]["publishers"] == ["Agence d’essai"]


def test_an_empty_filter_counts_what_is_outside(client: TestClient) -> None:
    body = {"question": "Quel soutien par projet ?", "filtres": {"kinds": ["copil"]}}
    answer = client.post("/v1/questions", json=body).json()
    assert answer["abstained"]
    assert answer["reason_code"] == "filtre"
    assert answer["filters"]["outside"] == 1


def test_an_unknown_filter_is_a_problem_that_lists_the_values(client: TestClient) -> None:
    body = {"question": "Quel soutien ?", "filtres": {"publishers": ["Agense d’essai"]}}
    response = client.post("/v1/questions", json=body)
    assert response.status_code == 422
    problem = response.json()
    assert problem["code"] == "filtre_inconnu"
    assert "Agence d’essai" in problem["remedy"]
    body = {"question": "Quel soutien ?", "filtres": {"genres": ["ami"]}}
    assert client.post("/v1/questions", json=body).status_code == 422
    half = '{"question": "Quel soutien ?", "filtres": {"regions": ["\\ud800"]}}'
    headers = {"Content-Type": "application/json"}
    assert client.post("/v1/questions", content=half, headers=headers).status_code == 422


def test_the_values_to_filter_by_are_listed_with_their_documents(client: TestClient) -> None:
    listed = client.get("/v1/filtres").json()
    assert listed["kinds"][0] == {"value": "ami", "label": "AMI / AAP", "documents": 1}
    assert [item["value"] for item in listed["regions"]] == ["Essai"]
    assert listed["unknown"] == {"publishers": 0, "regions": 1, "date": 1}


def test_not_found_is_an_answer_not_an_error(client: TestClient) -> None:
    answer = client.post("/v1/questions", json={"question": "Inexistant zzz ?"}).json()
    assert answer["abstained"] is True
    assert answer["sentences"] == []
    assert answer["reason"]


def test_a_search_gives_passages_up_to_the_limit(client: TestClient) -> None:
    body = {"question": "soutien dossiers", "limite": 1}
    results = client.post("/v1/recherche", json=body).json()["results"]
    assert [result["rank"] for result in results] == [1]
    assert results[0]["document_id"] == AMI


def test_documents_are_listed_without_their_place_on_the_disk(
    client: TestClient, engine: FakeEngine
) -> None:
    response = client.get("/v1/documents")
    documents = {item["id"]: item for item in response.json()["documents"]}
    assert documents[AMI]["pages"] == 2
    assert documents[AMI]["pages_text"] == 1
    assert documents[AMI]["pages_unreadable"] == 1
    assert documents[AMI]["kind_label"] == "AMI / AAP"
    assert documents[HOSTILE]["title"] == HOSTILE_TITLE
    assert str(engine.pdf_path(AMI).parent) not in response.text
    assert client.get(f"/v1/documents/{AMI}").json() == documents[AMI]


def test_an_unreadable_page_says_so(client: TestClient) -> None:
    page = client.get(f"/v1/documents/{AMI}/pages/2").json()
    assert page["status"] == "unreadable"
    assert page["label"] == "ii"
    assert page["warnings"]


def _yellow(image: bytes) -> int:
    pixels = Image.open(io.BytesIO(image)).convert("RGB")
    return sum(
        count
        for count, (red, green, blue) in pixels.getcolors(1 << 20) or []
        if red > 200 and green > 180 and blue < 150
    )


def test_the_image_of_a_page_highlights_the_cited_spans(client: TestClient) -> None:
    address = f"/v1/documents/{AMI}/pages/1/image"
    plain = client.get(address)
    one = client.get(address, params={"debut": 0, "fin": 10})
    two = client.get(address, params={"debut": [0, 60], "fin": [10, 70]})
    assert plain.headers["content-type"] == "image/png"
    assert _yellow(plain.content) == 0 < _yellow(one.content) < _yellow(two.content)


def test_an_image_is_not_sent_twice(client: TestClient) -> None:
    address = f"/v1/documents/{AMI}/pages/1/image?debut=0&fin=10"
    first = client.get(address)
    assert "private" in first.headers["cache-control"]
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(f"{address}&echelle=1", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_the_pdf_opens_in_place_and_by_parts(client: TestClient) -> None:
    response = client.get(f"/v1/documents/{AMI}/fichier")
    assert response.content.startswith(b"%PDF")
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-disposition"].startswith("inline;")
    assert response.headers["x-content-type-options"] == "nosniff"
    # The browser's PDF viewer is a page of its own: our policy would break it.
    assert "content-security-policy" not in response.headers
    part = client.get(f"/v1/documents/{AMI}/fichier", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"%PDF")


def test_a_file_that_is_no_pdf_has_text_but_no_image(
    client: TestClient, engine: FakeEngine
) -> None:
    assert client.get(f"/v1/documents/{AMI}/pages/1").json()["image"] is True
    engine.drawn = False
    page = client.get(f"/v1/documents/{AMI}/pages/1").json()
    assert (page["image"], page["unit"]) == (False, "page")
    assert page["text"]
    response = client.get(f"/v1/documents/{AMI}/pages/1/image", params={"debut": 0, "fin": 10})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "page_sans_image"


def test_a_file_that_is_no_pdf_is_saved_never_opened_in_place(
    client: TestClient, engine: FakeEngine
) -> None:
    engine.drawn = False
    response = client.get(f"/v1/documents/{AMI}/fichier")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment;")
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_hostile_file_name_stays_in_its_header(client: TestClient) -> None:
    response = client.get(f"/v1/documents/{HOSTILE}/fichier")
    assert response.status_code == 200
    assert "x-injected" not in response.headers
    assert "<svg" not in response.headers["content-disposition"]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("ami.pdf", "inline; filename=\"ami.pdf\"; filename*=UTF-8''ami.pdf"),
        (
            "Stratégie « 2030 ».pdf",
            'inline; filename="Strategie  2030 .pdf"; '
            "filename*=UTF-8''Strat%C3%A9gie%20%C2%AB%202030%20%C2%BB.pdf",
        ),
        ('a";b\r\n.pdf', "inline; filename=\"a__b__.pdf\"; filename*=UTF-8''a%22%3Bb%0D%0A.pdf"),
        ("../../etc/passwd", "inline; filename=\"passwd\"; filename*=UTF-8''passwd"),
        ("日本.pdf", "inline; filename=\".pdf\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.pdf"),
        ("", "inline; filename=\"document.pdf\"; filename*=UTF-8''document.pdf"),
    ],
)
def test_a_file_keeps_its_name_whatever_it_holds(name: str, header: str) -> None:
    assert content_disposition(name) == header


def test_health_tells_loading_from_ready(client: TestClient, engine: FakeEngine) -> None:
    engine.ready = False
    health = client.get("/v1/sante").json()
    assert (health["etat"], health["pret"]) == ("chargement du modèle", False)
    assert client.get("/v1/sante/vivant").json() == {"vivant": True}
    assert client.get("/v1/sante/pret").status_code == 503
    engine.ready = True
    health = client.get("/v1/sante").json()
    assert (health["etat"], health["pret"]) == ("prêt", True)
    assert health["index"]["documents"] == 2
    assert client.get("/v1/sante/pret").status_code == 204
