"""The tabs, without a browser: their content, and the page Gradio generates once rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.api.app import create_app
from assistant.api.interface import rewrite
from assistant.egress import EgressGuard
from assistant.errors import NetworkForbiddenError
from assistant.identity import NAME
from assistant.model import FilterHint, FilterReport, Filters
from assistant.settings import Settings
from tests.api.fake import FakeEngine
from tests.ui.test_rendering import Parsed
from ui import a_propos, filters, question
from ui.app import build_interface, mount
from ui.asking import answering

# The names of XML vocabularies are no addresses.
FOREIGN = re.compile(r"https?://(?!127\.0\.0\.1|www\.w3\.org/(?:2000/svg|1999/xlink))[^\s\"'<>]+")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    engine = FakeEngine(tmp_path_factory.mktemp("ui"))
    settings = Settings()  # type: ignore[call-arg]
    app = create_app(engine, settings)
    mount(app, build_interface(engine, settings))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def test_the_page_is_french_and_knows_no_other_server(client: TestClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    page = response.text
    assert re.search(r"<html\s+lang=\"fr\"", page)
    assert f"<title>{NAME}</title>" in page
    assert "<noscript>" in page
    assert FOREIGN.findall(page) == []
    assert "og:" not in page
    assert "manifest" not in page


def test_its_inline_scripts_carry_the_nonce_of_the_policy_which_changes(client: TestClient) -> None:
    policies = set()
    for _ in range(2):
        response = client.get("/")
        policy = response.headers["content-security-policy"]
        nonce = re.search(r"'nonce-([\w-]{20,})'", policy)
        assert nonce
        scripts = re.findall(r"<script\b[^>]*>", response.text)
        assert scripts
        assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
        policies.add(policy)
    assert len(policies) == 2


def test_what_the_page_loads_is_served(client: TestClient) -> None:
    addresses = re.findall(r'(?:src|href)="(\.?/[^"]+)"', client.get("/").text)
    assert len(addresses) >= 4
    for address in addresses:
        assert client.get(f"/{address.lstrip('./')}").status_code == 200, address
    theme = client.get("/theme.css").text
    assert FOREIGN.findall(theme) == []
    for font in re.findall(r"url\('([^']+)'\)", theme):
        assert client.get(f"/{font}").status_code == 200, font


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/monitoring"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file=https://example.org/"),
        ("GET", "/gradio_api/proxy=https://example.org/"),
        ("GET", "/manifest.json"),
        ("GET", "/svelte/x.js"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/call/ask"),
        ("POST", "/gradio_api/run/predict"),
        ("POST", "/gradio_api/vibe-edit"),
        ("POST", "/login"),
    ],
)
def test_the_routes_of_gradio_that_the_screens_do_not_use_are_closed(
    client: TestClient, method: str, path: str
) -> None:
    response = client.request(method, path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_the_api_keeps_its_routes_under_the_screens(client: TestClient) -> None:
    assert client.get("/v1/questions").status_code == 405
    assert client.get("/v1/inconnu").json()["code"] == "adresse_inconnue"
    assert client.get("/docs").status_code == 200
    assert client.head("/").status_code == 200


def test_no_function_of_the_screens_is_a_public_api(client: TestClient) -> None:
    info = client.get("/gradio_api/info").json()
    assert info["named_endpoints"] == {}
    assert info["unnamed_endpoints"] == {}


def test_rewriting_survives_another_layout_of_the_page() -> None:
    page = (
        "<!DOCTYPE html><HTML dir='ltr' lang=\"en\"><HEAD>"
        '<meta name="twitter:image" content="https://x.example/y.png"><script>a()</script>'
        '<link rel="manifest" href="/manifest.json" /></HEAD><BODY class="x">b</BODY></HTML>'
    )
    done = rewrite(page, nonce="N", title="<T>")
    assert 'lang="fr"' in done
    assert "example" not in done
    assert "manifest" not in done
    assert '<script nonce="N">a()' in done
    assert "<title>&lt;T&gt;</title>" in done


def test_examples_suit_the_documents_present(tmp_path: Path) -> None:
    documents = FakeEngine(tmp_path).documents()
    shown = question.examples(documents)
    assert len(shown) == 2
    assert all(item.endswith("\u202f?") for item in shown)
    assert question.examples([]) == []


def test_filters_offer_what_is_present_with_counts(tmp_path: Path) -> None:
    documents = FakeEngine(tmp_path).documents()
    assert filters.field_choices("kinds", documents) == [
        ("AMI / AAP (1)", "ami"),
        ("Comptes rendus et COPIL (1)", "copil"),
    ]
    assert [value for _, value in filters.field_choices("regions", documents)] == ["Essai"]
    assert len(filters.field_choices("files", documents)) == 2
    # « <u>2031 » is no date: it makes no year.
    assert filters.year_choices(documents) == [("Toutes les dates", ""), ("2031 (1)", "2031")]


def test_lists_state_a_filter_and_back() -> None:
    chosen = Filters(kinds=("ami",), regions=("Essai",), since="2030")
    assert filters.chosen_filters(*filters.list_values(chosen)) == chosen
    assert not filters.chosen_filters(*filters.list_values(Filters()))


def test_removing_a_filter_read_in_the_question_keeps_the_others() -> None:
    report = FilterReport(
        recognised=[
            FilterHint(filters=Filters(kinds=("guide",)), label="type Guide", words="guide"),
            FilterHint(filters=Filters(publishers=("HAS",)), label="éditeur HAS", words="HAS"),
        ]
    )
    chosen = Filters(regions=("Essai",))
    assert filters.without_read(chosen, report, 0) == Filters(
        publishers=("HAS",), regions=("Essai",)
    )


def test_an_answer_says_where_it_was_looked_for(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path)
    *_, last = answering(engine, "Quel soutien par projet ?", filters=Filters(kinds=("copil",)))
    shown, report = Parsed(last.shown[1]).text, last.report
    assert "Non trouvé dans ce filtre" in shown
    assert "1 hors filtre" in shown
    assert "Recherche limitée à\u00a0: type Comptes rendus et COPIL" in shown
    assert report is not None
    assert report.outside == 1


def test_sovereignty_is_stated_and_attempts_are_listed() -> None:
    guard = EgressGuard()
    assert "Aucune tentative de connexion sortante" in a_propos.sovereignty_html(guard)
    with pytest.raises(NetworkForbiddenError):
        guard.check("socket.connect", (None, ("192.0.2.1", 443)))
    shown = a_propos.sovereignty_html(guard)
    assert "192.0.2.1:443" in shown
    assert "1\u00a0tentative bloquée" in shown
    assert "n’est pas actif" in a_propos.sovereignty_html(None)
