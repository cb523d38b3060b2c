"""Outputs left as they are cost nothing.

For each output of an event, `gr.skip()` included, Gradio 6 builds the component anew and describes
it again: half the work of a question is spent on what does not change. Outputs left as they are
are therefore set aside before Gradio sees them, and put back as it would have sent them.
"""

from __future__ import annotations

import copy
from typing import Any, Final

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

_SKIPPED: Final = gr.skip()


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
        changed = [
            rank
            for rank, value in enumerate(predictions)
            if not (isinstance(value, dict) and value == _SKIPPED)
        ]
        sent: list[Any] = [None if one.stateful else dict(_SKIPPED) for one in outputs]
        if changed:
            fewer = copy.copy(block_fn)
            fewer.outputs = [outputs[rank] for rank in changed]
            values = [predictions[rank] for rank in changed]
            made = await whole(fewer, values[0] if len(values) == 1 else values, state)
            for rank, value in zip(changed, made, strict=True):
                sent[rank] = value
        return sent

    # On this object rather than in a subclass: Gradio writes a .pyi file beside each subclass.
    blocks.postprocess_data = postprocess_data  # type: ignore[method-assign]
