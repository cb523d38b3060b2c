"""Programs that speak the Model Context Protocol: the SDK's client against our tools."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from assistant.access.current import acting_as
from assistant.access.model import LOCAL, Person, Role
from assistant.api import mcp_tools
from assistant.api.app import create_app
from assistant.settings import Settings
from tests import loops
from tests.api.conftest import BASE
from tests.api.fake import AMI, FakeEngine
from tests.ui.fiche_essai import draft_sample

READER = Person("lectrice", "Lectrice", Role.READER)
QUESTION = {"question": "Quel soutien par projet ?"}

Talk = Callable[[Client], Awaitable[Any]]


def in_memory(folder: Path, talk: Talk, person: Person = LOCAL) -> Any:
    async def run() -> Any:
        engine = FakeEngine(folder)
        settings = Settings(index_dir=folder)  # type: ignore[call-arg]
        async with Client(mcp_tools.build(engine, settings, BASE)) as client:
            return await talk(client)

    with acting_as(person):
        return loops.run(run())


def over_http(folder: Path, talk: Talk, person: Person = LOCAL, **headers: str) -> Any:
    async def run() -> Any:
        app = create_app(FakeEngine(folder), Settings(index_dir=folder))  # type: ignore[call-arg]
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app), base_url=BASE, headers=headers
            ) as http,
            Client(streamable_http_client(f"{BASE}/mcp", http_client=http)) as client,
        ):
            return await talk(client)

    with acting_as(person):
        return loops.run(run())


@pytest.mark.parametrize("reach", [in_memory, over_http])
def test_a_program_searches_asks_and_reads(reach: Any, tmp_path: Path) -> None:
    async def talk(client: Client) -> tuple[Any, ...]:
        tools = await client.list_tools()
        found = await client.call_tool("rechercher", {**QUESTION, "limite": 3})
        answer = await client.call_tool("demander", QUESTION)
        page = await client.call_tool("lire_page", {"document_id": AMI, "page": 1})
        return tools.tools, found, answer, page

    tools, found, answer, page = reach(tmp_path, talk)
    assert {one.name for one in tools} == {"rechercher", "demander", "lire_page", "rediger_fiche"}
    assert all(one.description and one.output_schema for one in tools)
    assert [one.name for one in tools if not one.annotations.read_only_hint] == ["rediger_fiche"]
    (passage,) = found.structured_content["passages"]
    link = f"{BASE}/v1/documents/{AMI}/fichier#page=1"
    assert (passage["page"], passage["adresse"]) == (1, link)
    said = answer.structured_content
    assert not said["sans_reponse"]
    (note,) = said["citations"]
    assert (note["numero"], note["adresse"]) == (1, link)
    assert f"{note['extrait']} [1]" in said["texte"]
    assert note["extrait"] in page.structured_content["texte"]


def test_what_cannot_be_done_is_said_in_french(tmp_path: Path) -> None:
    async def talk(client: Client) -> list[str]:
        calls = [
            ("lire_page", {"document_id": "inconnu", "page": 1}),
            ("demander", {"question": "  "}),
            ("demander", {"question": "\ud800"}),
            ("lire_page", {"document_id": AMI, "page": 0}),
            ("demander", {"question": "Quel soutien ?", "mode": "poétique"}),
            ("effacer", {}),
        ]
        made = [await client.call_tool(name, arguments) for name, arguments in calls]
        assert all(one.is_error for one in made)
        return [one.content[0].text for one in made]

    unknown, empty, *refused, absent = in_memory(tmp_path, talk)
    assert unknown.startswith("Ce document n’est pas dans l’index.")
    assert empty.startswith("La question est vide.")
    assert all(one.startswith("Arguments non recevables.") for one in refused)
    assert refused[1].endswith("«\u00a0page\u00a0»\u00a0: la valeur minimale est 1.")
    assert absent.startswith("Cet outil n’existe pas.")


def test_a_defect_tells_nothing_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("secret")

    monkeypatch.setattr(FakeEngine, "ask", broken)

    async def talk(client: Client) -> Any:
        return await client.call_tool("demander", QUESTION)

    made = in_memory(tmp_path, talk)
    assert made.is_error
    assert "secret" not in made.content[0].text
    assert made.content[0].text.startswith("L’outil a rencontré une erreur inattendue.")


def test_a_fiche_needs_the_right_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.fiches.drafting.draft_fiche", draft_sample)
    asked = {"titre": "Trier les courriers entrants d’un service", "garder": True}

    async def talk(client: Client) -> Any:
        return await client.call_tool("rediger_fiche", asked)

    refused = in_memory(tmp_path, talk, READER)
    assert refused.is_error
    assert "rôle" in refused.content[0].text
    lead = replace(READER, role=Role.LEAD)
    made = in_memory(tmp_path, talk, lead).structured_content
    assert made["gardee"]
    assert made["identifiant"]
    cited = [
        one
        for field in made["champs"]
        for said in field["affirmations"]
        for one in said["citations"]
    ]
    assert all("/v1/documents/" in one["adresse"] for one in cited)
    assert cited


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://ailleurs.example"}, 403),
        ({"host": "ailleurs.example"}, 421),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_a_page_of_elsewhere_reaches_no_tool(
    client: Any, headers: dict[str, str], status: int
) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"accept": "application/json, text/event-stream"}
    assert client.post("/mcp", json=call, headers={**accept, **headers}).status_code == status
    assert client.get("/mcp", headers=accept).status_code == 405
    assert client.post("/mcp", content=b"x" * (1 << 21), headers=accept).status_code == 413


def test_the_server_starts_without_the_sdk() -> None:
    code = "import sys, assistant.api.app; sys.exit('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
