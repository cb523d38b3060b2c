"""The API describes itself, in French, from this machine only."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from fastapi.testclient import TestClient

ENGLISH = re.compile(r"\b(the|of|and|whether|which|where|with|successful)\b", re.IGNORECASE)


def described(document: dict[str, Any]) -> dict[str, str]:
    """Every text a reader of the documentation sees, by place."""
    texts = {"info": document["info"]["description"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            place = f"{method} {path}"
            texts[place] = operation.get("description", "")
            texts[f"{place} summary"] = operation.get("summary", "")
            for parameter in operation.get("parameters", []):
                texts[f"{place} {parameter['name']}"] = parameter.get("description", "")
    for name, schema in document["components"]["schemas"].items():
        texts[name] = schema.get("description", "")
        for field, value in schema.get("properties", {}).items():
            texts[f"{name}.{field}"] = value.get("description", "")
    return texts


def test_every_route_object_and_field_is_described_in_french(client: TestClient) -> None:
    texts = described(client.get("/openapi.json").json())
    assert [place for place, text in texts.items() if not text] == []
    english = {
        place: text
        for place, text in texts.items()
        if ENGLISH.search(re.sub(r"`[^`]*`|«[^»]*»", "", text))
    }
    assert english == {}


def test_errors_are_described_as_problems(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    responses = document["paths"]["/v1/questions"]["post"]["responses"]
    assert list(responses["422"]["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert document["openapi"].startswith("3.1")


class Loaded(HTMLParser):
    """Collects what a page loads or links to, and its anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.addresses.append(value)
            if name == "id" and value:
                self.ids.add(value)


def test_the_page_has_no_script_and_every_link_of_it_leads_somewhere(client: TestClient) -> None:
    response = client.get("/docs")
    page = Loaded()
    page.feed(response.text)
    assert "<html lang='fr'>" in response.text
    assert "script" not in page.tags
    assert all(address.startswith(("/", "#")) for address in page.addresses)
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= page.ids
    for address in page.addresses:
        if address.startswith("/") and address != "/":
            assert client.get(address).status_code == 200
    for path in ("/v1/questions", "/v1/documents/{document_id}/pages/{number}/image"):
        assert path in response.text


def test_a_problem_points_at_its_explanation(client: TestClient) -> None:
    page = Loaded()
    page.feed(client.get("/docs").text)
    for path in ("/v1/inconnu", "/v1/documents/inconnu"):
        address = client.get(path).json()["type"]
        assert address.removeprefix("/docs#") in page.ids
    address = client.post("/v1/questions", json={"question": ""}).json()["type"]
    assert address.removeprefix("/docs#") in page.ids
