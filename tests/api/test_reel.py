"""The API over a real index: PDF to page image, nothing faked."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from assistant.api.app import create_app
from assistant.settings import Settings

pytestmark = pytest.mark.modele


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    from assistant.engine import Assistant
    from assistant.index.embedding import open_embedding
    from assistant.index.pipeline import ingest
    from assistant.index.reading import ReadLimits

    folder = tmp_path_factory.mktemp("corpus")
    canvas = Canvas(str(folder / "notice été.pdf"))
    canvas.setTitle("Notice du dispositif Alizé")
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(72, 760, "Financement du dispositif Alizé")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(
        72, 730, "Le montant maximal du dispositif Alizé est de 35 000 euros par projet."
    )
    canvas.drawString(
        72, 715, "Les <script>alert(1)</script> dossiers sont remis avant le 4 mai 2031."
    )
    canvas.showPage()
    canvas.save()

    index = tmp_path_factory.mktemp("index")
    settings = Settings(index_dir=index)  # type: ignore[call-arg]
    if not settings.embedding_model.is_dir():
        pytest.skip("le modèle de recherche n’est pas sur cette machine")
    ingest(
        index,
        [folder],
        embedder=lambda: open_embedding(settings.embedding_model),
        limits=ReadLimits(
            max_bytes=settings.max_file_mb << 20,
            max_pages=settings.max_pages,
            timeout_s=settings.read_timeout_s,
            memory_mb=settings.read_memory_mb,
        ),
    )
    assistant = Assistant.open(settings)
    app = create_app(assistant, settings)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def test_from_a_question_to_the_highlighted_words(client: TestClient) -> None:
    body = {"question": "Quel est le montant maximal du dispositif Alizé ?"}
    answer = client.post("/v1/questions", json=body).json()
    assert answer["abstained"] is False
    citation = next(
        item
        for sentence in answer["sentences"]
        for item in sentence["citations"]
        if "35 000 euros" in item["quote"]
    )
    base = f"/v1/documents/{citation['document_id']}"
    page = client.get(f"{base}/pages/{citation['page']}").json()
    assert page["text"][citation["start"] : citation["end"]] == citation["quote"]

    def image(**span: int) -> Image.Image:
        response = client.get(f"{base}/pages/1/image", params=span | {"echelle": 1})
        assert response.headers["content-type"] == "image/png"
        return Image.open(io.BytesIO(response.content)).convert("RGB")

    plain, marked = image(), image(debut=citation["start"], fin=citation["end"])
    assert plain.size == marked.size
    # One pixel per point; the renderer rounds up.
    assert abs(plain.width - page["width"]) < 1 > abs(plain.height - page["height"])
    changed = [
        (x, y)
        for y in range(plain.height)
        for x in range(plain.width)
        if plain.getpixel((x, y)) != marked.getpixel((x, y))
    ]
    assert changed
    left, top, right, bottom = citation["boxes"][0]
    # What changed on the image is where the citation says it stands.
    margin = 4
    assert all(left - margin <= x <= right + margin for x, _ in changed)
    assert all(top - margin <= y <= bottom + margin for _, y in changed)


def test_the_file_and_the_bad_calls(client: TestClient) -> None:
    (document,) = client.get("/v1/documents").json()["documents"]
    file = client.get(f"/v1/documents/{document['id']}/fichier")
    assert file.content.startswith(b"%PDF")
    assert "notice%20%C3%A9t%C3%A9.pdf" in file.headers["content-disposition"]
    for question, code in (("", 422), ("é" * 20_000, 422), ("?!", 422)):
        response = client.post("/v1/questions", json={"question": question})
        assert response.status_code == code
        assert response.json()["code"] == "question_invalide"
    assert client.get("/v1/documents/inconnu").status_code == 404
    assert client.get(f"/v1/documents/{document['id']}/pages/2").status_code == 404
    for body in ({"question": "Alizé", "kind": "inconnu"}, {"question": "Alizé", "file": "x.pdf"}):
        response = client.post("/v1/questions", json=body)
        assert response.status_code in {404, 422}
        assert response.json()["remedy"]


def test_a_search_explains_itself(client: TestClient) -> None:
    results = client.post("/v1/recherche", json={"question": "dossiers"}).json()["results"]
    assert results
    assert results[0]["explain"]
    assert "<script>" in results[0]["text"] or results[0]["page"] == 1
