"""Being recognised by an identity provider: what is asked of it, and what is believed of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from assistant import egress
from assistant.access.oidc import Provider, ProviderError, _Contact
from assistant.settings import Settings
from tests.access.issuer import CLIENT, OTHER_KEY, SECRET, Issuer, issuing
from tests.access.signed import BASE, signed_client


@pytest.fixture(scope="module")
def running() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def issuer(running: Issuer) -> Issuer:
    vars(running).update(vars(Issuer(running.url)))
    return running


@pytest.fixture(scope="module")
def options(running: Issuer) -> dict[str, Any]:
    return {
        "sign_in": "oidc",
        "oidc_issuer": running.url,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "public_url": BASE,
        "role_names": {"Pilotes": "chef_de_projet"},
    }


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, options: dict[str, Any]) -> TestClient:
    return signed_client(tmp_path_factory.mktemp("oidc"), **options)[0]


@pytest.fixture
def browser(served: TestClient, issuer: Issuer) -> TestClient:
    served.cookies.clear()
    return served


@pytest.fixture
def provider(tmp_path: Path, options: dict[str, Any], issuer: Issuer) -> Provider:
    return Provider(Settings(index_dir=tmp_path, **options))  # type: ignore[call-arg]


def sent(browser: TestClient) -> str:
    """Where the browser is sent."""
    response = browser.get("/connexion/fournisseur")
    assert response.status_code == 303, response.text
    return response.headers["location"]


def test_whoever_the_provider_names_has_a_session(browser: TestClient, issuer: Issuer) -> None:
    issuer.claims = {"name": "Ada <b>", "roles": ["Pilotes", "administrateur"], "groups": ["copil"]}
    address = sent(browser)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{BASE}/connexion/retour"]
    assert SECRET not in address
    back = browser.get("/connexion/retour", params=issuer.approve(address))
    assert back.status_code == 200
    # A page, not a redirection: the cookie would not follow one that began elsewhere.
    assert "url=/'" in back.text
    assert "Ada &lt;b&gt;" in back.text
    line = next(one for one in back.headers.get_list("set-cookie") if "_session=" in one)
    assert "SameSite=strict" in line
    me = browser.get("/v1/moi").json()
    assert (me["nom"], me["role"], me["moyen"]) == ("Ada <b>", "chef_de_projet", "oidc")
    # What served once does not serve again.
    again = browser.get("/connexion/retour", params=issuer.approve(address))
    assert again.status_code == 502


def test_whoever_has_no_role_here_is_told_so(browser: TestClient, issuer: Issuer) -> None:
    back = browser.get("/connexion/retour", params=issuer.approve(sent(browser)))
    assert back.status_code == 403
    assert "aucun rôle" in back.text
    assert browser.get("/v1/moi").status_code == 401


def test_the_way_back_of_another_browser_leads_nowhere(browser: TestClient, issuer: Issuer) -> None:
    issuer.claims = {"roles": "Pilotes"}
    theirs = issuer.approve(sent(browser))
    browser.cookies.clear()
    assert browser.get("/connexion/retour", params=theirs).status_code == 502
    mine = issuer.approve(sent(browser))
    assert browser.get("/connexion/retour", params={**mine, "state": "x"}).status_code == 502
    assert browser.get("/v1/moi").status_code == 401
    assert issuer.asked == []


Lie = Callable[[Issuer], None]


def says(**claims: Any) -> Lie:
    return lambda issuer: issuer.claims.update(claims)


def signs_otherwise(issuer: Issuer) -> None:
    issuer.key = OTHER_KEY


def hashes(issuer: Issuer) -> None:
    from joserfc.jwk import OctKey

    issuer.key, issuer.header = OctKey.import_key(SECRET), {"alg": "HS256"}  # type: ignore[assignment]


@pytest.mark.parametrize(
    "lie",
    [
        says(iss="http://127.0.0.1:1"),
        says(aud="autre"),
        says(aud=[CLIENT, "autre"]),
        says(nonce="autre"),
        says(exp=1),
        says(iat=4_000_000_000),
        signs_otherwise,
        hashes,
    ],
)
def test_an_identity_that_does_not_hold_is_not_believed(
    browser: TestClient, issuer: Issuer, lie: Lie
) -> None:
    issuer.claims = {"roles": "Pilotes"}
    lie(issuer)
    params = issuer.approve(sent(browser))
    back = browser.get("/connexion/retour", params=params)
    assert back.status_code == 502, back.text
    assert issuer.asked
    assert params["code"] not in back.text
    assert browser.get("/v1/moi").status_code == 401


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"token_endpoint": "http://ailleurs.test/jeton"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_leads_to_no_other_machine(
    provider: Provider, issuer: Issuer, description: dict[str, str]
) -> None:
    issuer.description = description
    with pytest.raises(ProviderError, match="n’est pas crue"):
        provider.begin()


def test_an_absent_provider_is_said(tmp_path: Path, options: dict[str, Any]) -> None:
    settings = Settings(  # type: ignore[call-arg]
        index_dir=tmp_path, **{**options, "oidc_issuer": "http://127.0.0.1:9"}
    )
    with pytest.raises(ProviderError, match="ne répond pas") as said:
        Provider(settings).begin()
    assert SECRET not in str(said.value)


def test_only_the_host_of_the_provider_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = egress.EgressGuard()
    monkeypatch.setattr(egress, "_guard", guard)
    found = [(2, 1, 6, "", ("192.0.2.7", 0))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: found)
    with _Contact("fournisseur.test"):
        pass
    assert guard.is_allowed("fournisseur.test")
    assert guard.is_allowed("192.0.2.7")
    assert not guard.is_allowed("ailleurs.test")
    assert not guard.is_allowed("192.0.2.8")


def test_a_connection_begun_too_long_ago_is_forgotten(
    tmp_path: Path, options: dict[str, Any], issuer: Issuer
) -> None:
    now = [1_000_000.0]
    settings = Settings(index_dir=tmp_path, **options)  # type: ignore[call-arg]
    provider = Provider(settings, clock=lambda: now[0])
    address, kept = provider.begin()
    now[0] += 601
    with pytest.raises(ProviderError, match="trop longtemps"):
        provider.finish(kept, **issuer.approve(address))
