"""« Corpus » tab: its parts laid out and wired together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.access import current
from assistant.access.model import Permission
from assistant.engine_port import Engine
from assistant.settings import Settings
from ui.corpus import sources
from ui.corpus.desk import CorpusDesk
from ui.corpus.documents import build_documents, wire_documents
from ui.corpus.loading import build_loading, wire_loading
from ui.corpus.refused import build_refused

Elsewhere = tuple[Callable[..., Any], list[Any], list[Any]]
"""What another tab shows of the corpus: a function, what it takes and what it fills."""


@dataclass(frozen=True, slots=True)
class CorpusTab:
    """The tab, for whoever decides who sees what.

    Attributes:
        managing: what is for whoever manages the corpus only, besides the two tabs that this one
            shows by itself; nothing here changes whether these are visible.
    """

    managing: list[Any]


def build(
    assistant: Engine,
    settings: Settings,
    library: Any,
    tab: gr.Tab,
    elsewhere: Sequence[Elsewhere] = (),
) -> CorpusTab:
    """Lay the tab out and wire it; to be called where it must stand.

    Args:
        assistant: the engine.
        settings: the options.
        library: what changes the corpus (`assistant.library.desk.Library`), or `None`.
        tab: the tab itself: what it lists is read when it is opened.
        elsewhere: what other tabs show of the corpus, drawn again when it changes.
    """
    desk = CorpusDesk(assistant, settings, library)
    # Another value each time the corpus changed: whatever shows it is then drawn again.
    changed = gr.State(0)
    with gr.Tabs(elem_id="corpus-onglets"):
        with gr.Tab("Documents", id="documents") as first:
            loading = build_loading(desk)
            documents = build_documents(desk)
        with gr.Tab("Fichiers refusés", id="refuses", visible=False) as second:
            build_refused(desk, second, changed)
        with gr.Tab("Sources officielles", id="sources", visible=False) as third:
            sources.build_sources(desk, third)
    wire_loading(desk, loading, changed, [tab, first])
    wire_documents(desk, documents, loading, changed, [tab, first])
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    for function, inputs, outputs in elsewhere:
        changed.change(function, inputs, outputs, **quiet)

    def shown() -> list[Any]:
        may = current.person().may(Permission.MANAGE_CORPUS)
        return [gr.Tab(visible=may), gr.Tab(visible=may)]

    # Not when the page opens: tabs inside a tab that was never opened hear of no change.
    tab.select(shown, None, [second, third], **quiet)
    return CorpusTab([loading.whole, documents.editing.whole])
