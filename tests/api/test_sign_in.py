"""Signing in and out in a browser; being named by a proxy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.access.model import Role
from assistant.access.sign_in import SignIn
from assistant.settings import Settings, SettingsError
from tests.access.signed import BASE, signed_client

SAME = {"Origin": BASE}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, SignIn]:
    return signed_client(tmp_path_factory.mktemp("connexion"))


@pytest.fixture
def browser(signed: tuple[TestClient, SignIn]) -> TestClient:
    client, sign_in = signed
    client.cookies.clear()
    sign_in.failures._buckets.clear()
    return client


@pytest.fixture
def sign_in(signed: tuple[TestClient, SignIn]) -> SignIn:
    return signed[1]


def token_of(page: str) -> str:
    found = re.search(r"name='jeton' value='([^']+)'", page)
    assert found, page
    return found[1]


def enter(browser: TestClient, secret: str, **changes: str) -> Any:
    form = {"cle": secret, "jeton": token_of(browser.get("/connexion").text), **changes}
    return browser.post("/connexion", data=form, headers=SAME)


def test_a_key_opens_a_session_that_signing_out_ends(browser: TestClient, sign_in: SignIn) -> None:
    _, secret = sign_in.keys.create("Ada <b>", Role.LEAD)
    entered = enter(browser, f"  {secret} ")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    line = next(one for one in entered.headers.get_list("set-cookie") if "_session=" in one)
    assert "HttpOnly" in line
    assert "SameSite=strict" in line
    assert "Secure" not in line
    token = browser.cookies["assistant_session"]
    me = browser.get("/v1/moi").json()
    assert (me["nom"], me["moyen"], me["deconnexion"]) == ("Ada <b>", "session", "/connexion")
    page = browser.get("/connexion").text
    assert "Ada &lt;b&gt;" in page
    # Another page cannot sign somebody out, nor can one that does not know the token.
    for form in ({}, {"jeton": "0"}):
        assert browser.post("/deconnexion", data=form, headers=SAME).status_code == 403
    assert browser.get("/v1/moi").status_code == 200
    left = browser.post("/deconnexion", data={"jeton": token_of(page)}, headers=SAME)
    assert (left.status_code, left.headers["clear-site-data"]) == (303, '"cache"')
    assert browser.get("/v1/moi").status_code == 401
    # What the browser kept all the same is worth nothing.
    browser.cookies.set("assistant_session", token)
    assert browser.get("/v1/moi").status_code == 401


def test_a_session_planted_before_the_sign_in_is_not_the_one_after(
    browser: TestClient, sign_in: SignIn
) -> None:
    info, secret = sign_in.keys.create("Ada", Role.READER)
    planted = sign_in.sessions.open(info)
    token = token_of(browser.get("/connexion").text)
    browser.cookies.set("assistant_session", planted)
    entered = browser.post("/connexion", data={"cle": secret, "jeton": token}, headers=SAME)
    assert entered.status_code == 303
    assert planted not in entered.headers["set-cookie"]
    assert sign_in.sessions.find(planted) is None


def test_revoking_the_key_ends_the_session(browser: TestClient, sign_in: SignIn) -> None:
    info, secret = sign_in.keys.create("Ada", Role.READER)
    enter(browser, secret)
    assert browser.get("/v1/moi").status_code == 200
    sign_in.keys.revoke(info.id)
    assert browser.get("/v1/moi").status_code == 401


def test_a_wrong_key_is_said_on_the_page_and_counted(browser: TestClient) -> None:
    for _ in range(10):
        refused = enter(browser, "asst_1_secretfaux")
        assert refused.status_code == 401
    assert "role='alert'" in refused.text
    assert "aria-describedby='refus aide'" in refused.text
    assert "secretfaux" not in refused.text
    assert "assistant_session" not in browser.cookies
    last = enter(browser, "asst_1_secretfaux")
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0


def test_the_form_of_another_browser_is_refused(browser: TestClient, sign_in: SignIn) -> None:
    _, secret = sign_in.keys.create("Ada", Role.READER)
    foreign = token_of(browser.get("/connexion").text)
    browser.cookies.clear()
    form = {"cle": secret, "jeton": foreign}
    assert browser.post("/connexion", data=form, headers=SAME).status_code == 403
    assert enter(browser, secret, jeton="").status_code == 403
    elsewhere = {"Origin": "https://ailleurs.example"}
    assert browser.post("/connexion", data=form, headers=elsewhere).status_code == 403
    assert "assistant_session" not in browser.cookies


def test_the_page_runs_nothing_and_is_french(browser: TestClient) -> None:
    page = browser.get("/connexion")
    assert "<script" not in page.text
    assert "lang='fr'" in page.text
    assert "script-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


def test_over_tls_the_cookie_is_secure(tmp_path: Path) -> None:
    https = "https://assistant.test"
    client, sign_in = signed_client(tmp_path, base=https, public_url=https)
    _, secret = sign_in.keys.create("Ada", Role.READER)
    form = {"cle": secret, "jeton": token_of(client.get("/connexion").text)}
    entered = client.post("/connexion", data=form, headers={"Origin": https})
    line = next(one for one in entered.headers.get_list("set-cookie") if "_session=" in one)
    assert line.startswith("__Host-assistant_session=")
    assert "Secure" in line
    assert client.get("/v1/moi").status_code == 200


def test_without_sign_in_there_is_no_page_for_it(client: TestClient) -> None:
    assert client.get("/connexion").status_code == 404


# A proxy that names people

PROXY = {"sign_in": "mandataire", "trusted_proxies": ("10.1.0.0/24",)}
ADA = {"X-Remote-User": "ada", "X-Remote-Role": "lecteur, chef_de_projet"}


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, SignIn]:
    return signed_client(tmp_path_factory.mktemp("mandataire"), peer="10.1.0.7", **PROXY)


def test_a_trusted_proxy_says_who_it_is(behind: tuple[TestClient, SignIn]) -> None:
    client, _ = behind
    # As most proxies write it, then as HTTP would have it.
    for name in ("Zoé".encode(), "Zoé".encode("latin-1")):
        headers = [*ADA.items(), ("X-Remote-Name", name)]
        me = client.get("/v1/moi", headers=headers).json()  # type: ignore[arg-type]
        assert (me["nom"], me["role"], me["moyen"]) == ("Zoé", "chef_de_projet", "mandataire")
    assert client.get("/v1/moi").status_code == 401
    # Two names: one of them is not the proxy's.
    twice = [("X-Remote-User", "ada"), ("X-Remote-User", "ben"), ("X-Remote-Role", "lecteur")]
    assert client.get("/v1/moi", headers=twice).status_code == 401


@pytest.mark.parametrize("peer", ["10.1.1.7", "127.0.0.1", "::1", "2001:db8::1", "testclient"])
def test_anybody_else_cannot_say_who_they_are(behind: tuple[TestClient, SignIn], peer: str) -> None:
    client = TestClient(behind[0].app, base_url=BASE, client=(peer, 50_000))
    spoofed = {**ADA, "X-Remote-Role": "administrateur", "X-Forwarded-For": "10.1.0.7"}
    assert client.get("/v1/moi", headers=spoofed).status_code == 401
    assert (
        client.get("/v1/moi", headers={**spoofed, "Forwarded": "for=10.1.0.7"}).status_code == 401
    )


def test_headers_that_name_people_never_reach_what_answers(tmp_path: Path) -> None:
    client, sign_in = signed_client(tmp_path, sign_in="cles")
    seen: list[str] = []
    app: Any = client.app

    async def keep(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(name.decode() for name, _ in scope["headers"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    app.state.interface.app = keep
    _, secret = sign_in.keys.create("Ada", Role.READER)
    headers = {**ADA, "x-remote-USER": "ben", "Authorization": f"Bearer {secret}"}
    assert client.get("/config", headers=headers).status_code == 204
    assert "authorization" in seen
    assert not [name for name in seen if name.lower().startswith("x-remote")]


def test_the_roles_of_the_organisation_have_their_names(tmp_path: Path) -> None:
    options = {**PROXY, "role_names": {"GG-PILOTES": "chef_de_projet"}}
    client, _ = signed_client(tmp_path, peer="::ffff:10.1.0.7", **options)

    def role(value: str) -> object:
        headers = {"X-Remote-User": "ada", "X-Remote-Role": value}
        answer = client.get("/v1/moi", headers=headers).json()
        return answer.get("role", answer.get("code"))

    assert role("GG-PILOTES,GG-AUTRE") == "chef_de_projet"
    # Once names are given, those of the roles themselves mean nothing.
    assert role("administrateur") == "sans_role"
    assert role("") == "sans_role"


def test_programs_keep_their_keys_behind_a_proxy(behind: tuple[TestClient, SignIn]) -> None:
    client, sign_in = behind
    _, secret = sign_in.keys.create("Versement", Role.READER)
    key = {"Authorization": f"Bearer {secret}"}
    assert client.get("/v1/moi", headers=key).json()["moyen"] == "cle"
    # What the proxy uses that header for is its own business.
    other = {**ADA, "Authorization": "Bearer jeton-du-mandataire"}
    assert client.get("/v1/moi", headers=other).json()["moyen"] == "mandataire"


def test_where_a_request_comes_from_is_what_trusted_proxies_say(
    behind: tuple[TestClient, SignIn],
) -> None:
    sign_in = behind[1]
    assert sign_in.origin("10.1.0.7", ["1.2.3.4", "192.0.2.9", "10.1.0.8"]) == "192.0.2.9"
    assert sign_in.origin("192.0.2.9", ["1.2.3.4"]) == "192.0.2.9"
    assert sign_in.origin("10.1.0.7", ["n'importe quoi"]) == "10.1.0.7"


@pytest.mark.parametrize(
    "options",
    [
        {"sign_in": "mandataire"},
        {"sign_in": "mandataire", "trusted_proxies": ("0.0.0.0/0",)},
        {"sign_in": "mandataire", "trusted_proxies": ("mandataire.test",)},
        {"sign_in": "oidc"},
        {
            "sign_in": "oidc",
            "oidc_issuer": "http://fournisseur.test",
            "oidc_client_id": "a",
            "public_url": "https://assistant.test",
        },
        {"public_url": "assistant.test"},
        {"host": "0.0.0.0"},
    ],
)
def test_options_that_would_let_in_everybody_or_nobody_are_refused(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(SettingsError):
        SignIn(Settings(index_dir=tmp_path, **{"sign_in": "cles", **options}))  # type: ignore[call-arg]
