"""The screens: each event runs for whoever caused it, if they may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from assistant.access.current import acting_as, person
from assistant.access.model import LOCAL, NOBODY, PERMISSIONS, Permission, Person, Role
from tests.access.visible import MakePdf, Place, restricted
from ui.access import guarded, needed, person_html
from ui.app import build_interface, mount


@pytest.fixture(scope="module")
def screens(
    tmp_path_factory: pytest.TempPathFactory, make_pdf: MakePdf
) -> Iterator[tuple[Place, Any]]:
    """The server and its screens, built as it does: for nobody."""
    here = restricted(tmp_path_factory.mktemp("ecrans"), make_pdf)
    with acting_as(NOBODY):
        app: Any = here.client.app
        blocks = build_interface(here.assistant, app.state.sign_in.settings, app.state.library)
        mount(app, blocks)
    with here.client:
        yield here, blocks


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


def run_event(here: Place, headers: dict[str, str], number: int, data: list[Any]) -> dict[str, Any]:
    """Queue an event as the page does, and give how it ended."""
    session = f"s{number}{abs(hash(headers['Authorization']))}"
    body = {"data": data, "fn_index": number, "session_hash": session}
    joined = here.client.post("/gradio_api/queue/join", json=body, headers=headers)
    assert joined.status_code == 200
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
    assert said[Role.ADMINISTRATOR][0] == 0
    assert 0 < said[Role.EVALUATOR][0] < said[Role.READER][0]
    assert "lecteur" in said[Role.READER][1]
    refused = run_event(
        here,
        here.key(Role.READER),
        numbers["wire_runs.<locals>.begin"],
        ["demo", "dev", "extractive", ""],
    )
    assert not refused["success"]
    assert "Votre rôle ne permet pas cette action." in json.dumps(refused, ensure_ascii=False)


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
