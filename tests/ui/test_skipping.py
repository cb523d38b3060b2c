"""Outputs left as they are: sent as Gradio sends them, without building their components anew."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from tests import loops
from ui.skipping import spare

SKIP = gr.skip()


def screens() -> gr.Blocks:
    blocks: gr.Blocks = gr.Blocks(analytics_enabled=False)
    with blocks:
        button, text, kept = gr.Button("Demander"), gr.Textbox(), gr.State(1)
        button.click(lambda: None, None, [text, button, kept])
        button.click(lambda: None, None, text)
    return blocks


async def sent(blocks: gr.Blocks, rank: int, predictions: Any, state: SessionState) -> list[Any]:
    made: list[Any] = await blocks.postprocess_data(blocks.fns[rank], predictions, state)
    return made


@pytest.mark.parametrize(
    ("rank", "predictions"),
    [
        (0, [SKIP, SKIP, SKIP]),
        (0, ["réponse", SKIP, SKIP]),
        (0, [SKIP, gr.update(interactive=False), 2]),
        (0, [gr.Textbox("réponse", visible=False), gr.Button("Arrêter"), 2]),
        (0, SKIP),
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
        _, button, kept = blocks.fns[0].outputs
        made = loops.run(sent(blocks, rank, predictions, state))
        found.append((made, state[kept._id], state[button._id].interactive))
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


def test_too_few_values_are_told_as_gradio_tells_it() -> None:
    blocks = screens()
    spare(blocks)
    with pytest.raises(ValueError, match="enough output values"):
        loops.run(sent(blocks, 0, [SKIP, SKIP], SessionState(blocks)))
