"""The screens: each event runs for whoever caused it, if they may."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from assistant.access.current import acting_as, person
from assistant.access.model import LOCAL, NOBODY, PERMISSIONS, Permission, Person, Role
from tests.access.visible import SECRETS, Place
from ui.access import guarded, needed, person_html


def test_every_event_says_what_it_needs(screens: tuple[Place, Any]) -> None:
    events = [event.fn for event in screens[1].fns.values() if event.fn is not None]
    assert len(events) > 100
    assert [f"{one.__module__}:{one.__qualname__}" for one in events if needed(one) is None] == []
    assert {needed(one) for one in events} == set(Permission) - {Permission.ADMINISTER}


@pytest.mark.parametrize("role", list(Role))
def test_every_event_is_refused_to_who_may_not(screens: tuple[Place, Any], role: Role) -> None:
    someone = Person("x", "X", role, means="session")
    for event in screens[1].fns.values():
        if event.fn is None or needed(event.fn) in PERMISSIONS[role]:
            continue
        with acting_as(someone), pytest.raises(gr.Error):
            made = event.fn()
            next(made)


def test_a_generator_runs_for_the_person_at_each_step() -> None:
    def steps() -> Iterator[str]:
        yield person().name
        yield person().name

    steps.__module__, steps.__qualname__ = "ui.question", "steps"
    reader = Person("x", "Mme Essai", Role.READER, means="session")
    with acting_as(reader):
        made = guarded(steps)()
        first = next(made)
    # The task of Gradio goes on elsewhere, perhaps started by somebody else.
    with acting_as(LOCAL):
        assert [first, *made] == ["Mme Essai", "Mme Essai"]
    with acting_as(NOBODY), pytest.raises(gr.Error):
        next(guarded(steps)())


def join(here: Place, headers: dict[str, str], session: str, number: int, data: list[Any]) -> Any:
    """Queue an event, as the page that opened under this name does."""
    body = {"data": data, "fn_index": number, "session_hash": session}
    return here.client.post("/gradio_api/queue/join", json=body, headers=headers)


def run_event(here: Place, headers: dict[str, str], number: int, data: list[Any]) -> dict[str, Any]:
    """Queue an event as the page does, and give how it ended."""
    session = f"s{number}{abs(hash(headers['Authorization']))}"
    assert join(here, headers, session, number, data).status_code == 200
    heard = here.client.get(f"/gradio_api/queue/data?session_hash={session}", headers=headers)
    messages = [json.loads(line[6:]) for line in heard.text.splitlines() if line[:5] == "data:"]
    return next(one for one in messages if one["msg"] == "process_completed")


def test_a_queued_event_runs_for_whoever_queued_it(screens: tuple[Place, Any]) -> None:
    here, blocks = screens
    numbers = {event.fn.__qualname__: at for at, event in blocks.fns.items() if event.fn}
    table = numbers["wire_portfolio.<locals>.update"]
    shown = numbers["wire.<locals>.present"]
    said = {}
    for role in (Role.ADMINISTRATOR, Role.READER, Role.EVALUATOR):
        headers = here.key(role)
        ended = run_event(here, headers, shown, [])
        assert ended["success"], ended
        hidden = [one for one in ended["output"]["data"][1:] if one.get("visible") is False]
        said[role] = len(hidden), ended["output"]["data"][0]
        assert run_event(here, headers, table, ["", "", []])["success"]
    # Whoever signed in writes under their own name: the field of the author is for the others.
    assert said[Role.ADMINISTRATOR][0] == 1
    assert 1 < said[Role.EVALUATOR][0] < said[Role.READER][0]
    assert "lecteur" in said[Role.READER][1]
    refused = run_event(
        here,
        here.key(Role.READER),
        numbers["wire_runs.<locals>.begin"],
        ["demo", "dev", "extractive", ""],
    )
    assert not refused["success"]
    assert "Votre rôle ne permet pas cette action." in json.dumps(refused, ensure_ascii=False)


def test_a_page_is_the_one_of_whoever_opened_it(screens: tuple[Place, Any]) -> None:
    here, blocks = screens
    shown = next(
        at
        for at, event in blocks.fns.items()
        if event.fn and event.fn.__qualname__ == "wire.<locals>.present"
    )
    owner, other = here.key(Role.READER, "dg"), here.key(Role.ADMINISTRATOR)
    session = f"page{abs(hash(owner['Authorization']))}"
    assert join(here, owner, session, shown, []).status_code == 200
    named = {"session_hash": session}
    given = {**named, "event_id": "1", "fn_index": shown}

    def refused(response: Any) -> None:
        assert (response.status_code, response.json()["code"]) == (403, "acces_refuse")

    refused(join(here, other, session, shown, []))
    for path in ("reset", "cancel"):
        refused(here.client.post(f"/gradio_api/{path}", json=given, headers=other))
    # Last: these two would never end if they were let in.
    refused(here.client.get("/gradio_api/queue/data", params=named, headers=other))
    refused(here.client.get(f"/gradio_api/heartbeat/{session}", headers=other))
    mine = here.client.get("/gradio_api/queue/data", params=named, headers=owner)
    assert "process_completed" in mine.text


def gradio_addresses(app: Any) -> set[tuple[str, str]]:
    """What Gradio would answer, if it were let."""
    found, waiting = set(), list(app.state.interface.app.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(getattr(route, "app", None), "routes", None) or getattr(
            getattr(route, "original_router", None), "routes", None
        )
        if inner:
            waiting += inner
        elif hasattr(route, "path"):
            found |= {(method, route.path) for method in getattr(route, "methods", None) or ()}
    return found


USED = {
    *("/", "/config", "/theme.css", "/assets/{path:path}", "/static/{path:path}"),
    *("/gradio_api/info", "/gradio_api/app_id", "/gradio_api/startup-events"),
    *("/gradio_api/theme.css", "/gradio_api/queue/join", "/gradio_api/queue/data"),
    *("/gradio_api/heartbeat/{session_hash}", "/gradio_api/cancel", "/gradio_api/reset"),
    *("/favicon.ico", "/openapi.json"),  # where ours answers
}


def test_of_gradio_only_what_the_screens_use_answers(screens: tuple[Place, Any]) -> None:
    here, _ = screens
    addresses = {one for one in gradio_addresses(here.client.app) if one[1] not in USED}
    assert len(addresses) > 50
    secret, admin = str(here.folder / "acces.sqlite"), here.key(Role.ADMINISTRATOR)
    known = {"path": secret, "path_or_url": secret, "url_path": secret}
    for method, path in sorted(addresses):
        filled = re.sub(r"\{(\w+)(?::\w+)?\}", lambda one: known.get(one[1], "1"), path)
        response = here.client.request(method, filled, headers=admin, follow_redirects=False)
        assert response.status_code == 404, (method, path)


def test_what_the_page_shows_first_tells_nothing_of_what_is_hidden(
    screens: tuple[Place, Any],
) -> None:
    # Lists, counts, examples of questions: all that is drawn without being asked for.
    here, blocks = screens
    alone = [
        event.fn
        for event in blocks.fns.values()
        if event.fn and not event.inputs and not inspect.signature(event.fn).parameters
    ]
    assert len(alone) > 5
    reader = Person("x", "X", Role.READER, means="session")
    told = ""
    with acting_as(reader):
        for event in alone:
            if needed(event) in PERMISSIONS[Role.READER]:
                told += repr(list(made) if inspect.isgenerator(made := event()) else made).lower()
        info = here.client.get("/gradio_api/info", headers=here.key(Role.READER)).text.lower()
    assert "guide" in told
    assert [one for one in SECRETS if one in told + info] == []


def test_what_the_screens_are_built_with_is_what_everybody_sees(screens: tuple[Place, Any]) -> None:
    config = json.dumps(screens[1].get_config_file(), ensure_ascii=False, default=str).lower()
    assert "zibeline" not in config
    assert "primes" not in config


def test_only_those_who_signed_in_on_a_page_may_leave() -> None:
    assert person_html(LOCAL) == ""
    assert "connexion" in person_html(Person("x", "<b>X", Role.LEAD, means="session"))
    proxied = person_html(Person("x", "<b>X", Role.LEAD, means="mandataire"))
    assert "connexion" not in proxied
    assert "<b>X" not in proxied
