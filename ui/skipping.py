"""Events cost what they change.

For each output of an event, Gradio 6 builds the component anew and describes it twice, `gr.skip()`
included, and it hands every value, taken or given, to a thread: half the work of a question is
spent on what hardly changes. Some outputs are therefore settled here, and sent as Gradio would
have sent them: those left as they are, those shown, hidden, enabled or disabled, our panels of
HTML and lists of choices. Fields that hold words or numbers are read here as well.
"""

from __future__ import annotations

import contextlib
import copy
from datetime import datetime
from typing import Any, Final

import gradio as gr
from gradio import utils
from gradio.block_function import BlockFunction
from gradio.blocks import Block
from gradio.components.base import _Keywords
from gradio.state_holder import SessionState

_SKIPPED: Final = gr.skip()
_FIELDS: Final = (gr.Textbox, gr.Dropdown, gr.Radio, gr.Checkbox, gr.Number, gr.State)
_SHOWING: Final = frozenset({"visible", "interactive"})


def spare(blocks: gr.Blocks) -> None:
    """Have the events of these screens pay only for the outputs that they change."""
    whole = blocks.postprocess_data

    async def postprocess_data(
        block_fn: BlockFunction, predictions: list[Any] | Any, state: SessionState | None
    ) -> list[Any]:
        outputs = list(block_fn.outputs)
        alone = len(outputs) == 1 or not isinstance(predictions, (list, tuple))
        if alone or block_fn.batch or len(predictions) != len(outputs):
            # Nothing to set aside, or Gradio's own to judge.
            return await whole(block_fn, predictions, state)
        sent: list[Any] = []
        left: list[int] = []
        for rank, (block, value) in enumerate(zip(outputs, predictions, strict=True)):
            done = _settled(block, value, state)
            sent.append(done)
            if done is _LEFT:
                left.append(rank)
        if left:
            fewer = copy.copy(block_fn)
            fewer.outputs = [outputs[rank] for rank in left]
            values = [predictions[rank] for rank in left]
            made = await whole(fewer, values[0] if len(values) == 1 else values, state)
            for rank, value in zip(left, made, strict=True):
                sent[rank] = value
        return sent

    reading = blocks.preprocess_data

    async def preprocess_data(
        block_fn: BlockFunction,
        inputs: list[Any],
        state: SessionState | None,
        explicit_call: bool = False,
    ) -> list[Any]:
        read = _read(block_fn, inputs, state)
        if read is None:
            return list(await reading(block_fn, inputs, state, explicit_call))
        return read

    tracked = blocks.get_state_ids_to_track
    watched = {target for fn in blocks.fns.values() for target in fn.targets}

    def get_state_ids_to_track(
        block_fn: BlockFunction, state: SessionState | None
    ) -> tuple[list[int], list[Any]]:
        # Gradio goes through every event of the page to find whether one follows a change.
        if any((output._id, "change") in watched for output in block_fn.outputs):
            return tracked(block_fn, state)
        return [], []

    # On this object rather than in a subclass: Gradio writes a .pyi file beside each subclass.
    blocks.postprocess_data = postprocess_data  # type: ignore[method-assign]
    blocks.preprocess_data = preprocess_data  # type: ignore[method-assign]
    blocks.get_state_ids_to_track = get_state_ids_to_track  # type: ignore[method-assign]
    # Around each step of an event, Gradio looks for a library of charts that no screen uses.
    utils.MatplotlibBackendMananger = contextlib.nullcontext  # type: ignore[misc, assignment]


_LEFT: Final = object()
"""Gradio's own to settle."""


def _read(
    block_fn: BlockFunction, inputs: list[Any], state: SessionState | None
) -> list[Any] | None:
    """What an event takes from the page; `None` when it is Gradio's own to read, or to refuse."""
    if state is None or len(inputs) != len(block_fn.inputs) or block_fn.component_prop_inputs:
        return None
    if not block_fn.preprocess or not all(type(block) in _FIELDS for block in block_fn.inputs):
        return None
    read: list[Any] = []
    for block, value in zip(block_fn.inputs, inputs, strict=True):
        if block.stateful:
            read.append(state[block._id])
            continue
        if not _plain(value):
            return None
        field = state.get(block._id, block)
        try:
            read.append(field.preprocess(value))
        except Exception:
            return None
        state._update_value_in_config(block._id, value)
    return read


def _plain(value: Any) -> bool:
    """Whether a value is words or numbers, so that it cannot name a file."""
    if isinstance(value, list):
        return all(isinstance(one, str | int | float) for one in value)
    return value is None or isinstance(value, str | int | float)


def _settled(block: Block, value: Any, state: SessionState | None) -> Any:
    """What to send for an output, or `_LEFT`."""
    if isinstance(value, dict) and value == _SKIPPED:
        return None if block.stateful else dict(_SKIPPED)
    if state is None or isinstance(value, _Keywords):
        return _LEFT
    if type(block) is gr.State and not isinstance(value, dict):
        # What Gradio would describe anew is the component, which no value changes.
        state.state_data[block._id] = value
        state._state_ttl[block._id] = (block.time_to_live, datetime.now())
        return None
    if isinstance(value, str) and type(block) is gr.Markdown:
        panel = state.get(block._id, block)
        text = panel.postprocess(value)
        state._update_value_in_config(block._id, text)
        return text
    if isinstance(value, dict) and value.get("__type__") == "update":
        changed = {key: one for key, one in value.items() if key != "__type__"}
        if changed.keys() <= _SHOWING or (type(block) is gr.Radio and _listed(changed)):
            _note(block, changed, state)
            return changed | {"__type__": "update"}
    return _LEFT


def _listed(changed: dict[str, Any]) -> bool:
    """Whether a list of choices is given as Gradio keeps it: labels and values in pairs."""
    pairs = changed.get("choices")
    return (
        changed.keys() == {"choices", "value"}
        and isinstance(pairs, list)
        and all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs)
    )


def _note(block: Block, changed: dict[str, Any], state: SessionState) -> None:
    """Note in the session what an event changes of a component."""
    made = copy.copy(state.get(block._id, block))
    lasting = {key: one for key, one in changed.items() if key != "value"}
    made._constructor_args = [made.constructor_args | lasting]
    for key, one in lasting.items():
        setattr(made, key, one)
    # The session's own blocks, those of others being left alone.
    state.blocks_config.blocks[block._id] = made
    config = state.config_values[block._id]
    state.config_values[block._id] = config | {"props": config["props"] | changed}
