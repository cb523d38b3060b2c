"""Outputs left as they are: sent as Gradio sends them, without building their components anew."""

from __future__ import annotations

import copy
import json
from typing import Any

import gradio as gr
import pytest
from gradio.components.base import _Keywords
from gradio.state_holder import SessionState

from tests import loops
from ui.panel import html_panel
from ui.skipping import spare

SKIP = gr.skip()


def screens() -> gr.Blocks:
    blocks: gr.Blocks = gr.Blocks(analytics_enabled=False)
    with blocks:
        button, text, kept = gr.Button("Demander"), gr.Textbox(), gr.State(1)
        button.click(lambda *_: None, None, [text, button, kept])
        button.click(lambda *_: None, None, text)
        panel, row, shelf = html_panel(elem_id="reponse"), gr.Row(), gr.Radio([])
        button.click(lambda *_: None, None, [panel, row, shelf])
        button.click(lambda *_: None, [text, shelf, kept], text)
    return blocks


async def sent(blocks: gr.Blocks, rank: int, predictions: Any, state: SessionState) -> list[Any]:
    made: list[Any] = await blocks.postprocess_data(blocks.fns[rank], predictions, state)
    return made


async def taken(blocks: gr.Blocks, inputs: list[Any], state: SessionState) -> list[Any]:
    read: list[Any] = await blocks.preprocess_data(blocks.fns[3], inputs, state)
    return read


def known(state: SessionState, outputs: list[Any]) -> list[Any]:
    """What the session knows of some components."""
    found = []
    for one in outputs:
        held = state[one._id]
        showing = (held,) if one.stateful else (held.visible, getattr(held, "interactive", None))
        # Gradio forgets the label of a button that it makes anew.
        found.append((state.config_values[one._id]["props"] | {"value": None}, showing))
    return found


@pytest.mark.parametrize(
    ("rank", "predictions"),
    [
        (0, [SKIP, SKIP, SKIP]),
        (0, ["réponse", SKIP, SKIP]),
        (0, [SKIP, gr.update(interactive=False), 2]),
        (0, [gr.Textbox("réponse", visible=False), gr.Button("Arrêter"), 2]),
        (0, ["", SKIP, ("question", "réponse")]),
        (0, ["", SKIP, {"un": 1}]),
        (0, [_Keywords.FINISHED_ITERATING] * 3),
        (0, SKIP),
        (0, ["réponse", gr.update(visible=False), SKIP]),
        (0, ["", gr.update(visible=True, interactive=True), SKIP]),
        (2, ["<b>réponse</b>", gr.update(visible=False), SKIP]),
        (2, ["", gr.update(visible="hidden"), gr.update(choices=[("Un", "1")], value="1")]),
        (2, ["", SKIP, gr.update(choices=["1", "2"], value=None)]),
        (1, SKIP),
        (1, "réponse"),
    ],
)
def test_the_browser_and_the_session_get_what_gradio_gives(rank: int, predictions: Any) -> None:
    found = []
    for spared in (False, True):
        blocks = screens()
        if spared:
            spare(blocks)
        state = SessionState(blocks)
        made = loops.run(sent(blocks, rank, copy.deepcopy(predictions), state))
        held = known(state, [*blocks.fns[0].outputs, *blocks.fns[2].outputs])
        found.append((json.dumps(made, sort_keys=True), held))
    assert found[0] == found[1]


def test_a_component_left_as_it_is_is_not_made_again() -> None:
    blocks = screens()
    spare(blocks)
    state = SessionState(blocks)
    _, button, _ = blocks.fns[0].outputs
    loops.run(sent(blocks, 0, ["réponse", SKIP, SKIP], state))
    assert state[button._id] is button
    loops.run(sent(blocks, 0, [SKIP, gr.Button("Arrêter"), SKIP], state))
    assert state[button._id] is not button


@pytest.mark.parametrize("inputs", [["2026", "1", None], ["2026", None, None], ["", "2", None]])
def test_fields_are_read_as_gradio_reads_them(inputs: list[Any]) -> None:
    found = []
    for spared in (False, True):
        blocks = screens()
        if spared:
            spare(blocks)
        state = SessionState(blocks)
        shown = gr.update(choices=[("Un", "1")], value=None)
        loops.run(sent(blocks, 2, ["", SKIP, shown], state))
        try:
            read: Any = loops.run(taken(blocks, inputs, state))
        except gr.Error as error:
            read = str(error)
        found.append((read, known(state, blocks.fns[3].inputs)))
    assert found[0] == found[1]


def test_too_few_values_are_told_as_gradio_tells_it() -> None:
    blocks = screens()
    spare(blocks)
    with pytest.raises(ValueError, match="enough output values"):
        loops.run(sent(blocks, 0, [SKIP, SKIP], SessionState(blocks)))
