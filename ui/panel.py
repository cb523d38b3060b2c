"""The one component that shows HTML, and what it lets through.

Gradio's Markdown component cleans what it shows with a list that knows neither `aria-*` nor
`role`: decorative signs would be read aloud and labels lost. Its cleaning is therefore off, and
only a `Fragment` is shown as HTML: it is made by `ui.rendering.fragment` from our own tags and
from foreign text escaped by `ui.rendering.text`. Any other string is shown as text. (Gradio's
HTML component compiles its content as a JavaScript template, which the policy of the page
forbids.) Behind that stands the policy itself: no inline script, handler or `javascript:`
address runs.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.rendering import Fragment, fragment, text


def shown(value: object) -> str | None:
    """What is sent to the browser: a fragment as it is, anything else as text."""
    if value is None or value == "":
        return value
    return value if isinstance(value, Fragment) else fragment(text(str(value)))


def html_panel(value: str = "", **options: Any) -> gr.Markdown:
    """A place of the screen that shows fragments.

    Args:
        value: a fragment, or nothing yet.
        options: those of Gradio's component (`elem_id`, `visible`…).
    """
    component: gr.Markdown = gr.Markdown(
        shown(value) or "", sanitize_html=False, latex_delimiters=[], **options
    )
    # On this object rather than in a subclass: Gradio writes a .pyi file beside each subclass.
    component.postprocess = shown  # type: ignore[method-assign]
    return component
