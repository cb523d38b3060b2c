"""Filters of the « Question » tab: where they are chosen, shown, and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.language.typography import typeset
from assistant.model import Document, FilterReport, Filters
from assistant.retrieval.filters import Choice, chips, choices, narrowed

CHOSEN_CHIPS = 12
"""Chips of chosen filters on the screen; more remain in their lists."""
READ_CHIPS = 4

LABELS: Mapping[str, str] = {
    "kinds": "Type de documents",
    "files": "Document",
    "publishers": "Éditeur",
    "regions": "Région",
}
ALL_YEARS = "Toutes les dates"


def counted(items: Sequence[Choice]) -> list[tuple[str, str]]:
    """Values as (label with its number of documents, value)."""
    return [(f"{item.label} ({item.documents})", item.value) for item in items]


def field_choices(field: str, documents: Sequence[Document]) -> list[tuple[str, str]]:
    """What the list of a field offers; a file is one document, which needs no count."""
    items = choices(documents)[field]
    if field == "files":
        return [(item.label, item.value) for item in items]
    return counted(items)


def year_choices(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """Years of the documents, newest first; the empty value means all."""
    return [(ALL_YEARS, ""), *counted(choices(documents)["years"])]


def chosen_filters(
    kinds: Sequence[str] | None,
    files: Sequence[str] | None,
    publishers: Sequence[str] | None,
    regions: Sequence[str] | None,
    since: str | None,
    until: str | None,
) -> Filters:
    """The filter that the lists state, in their order on the screen."""
    return Filters(
        kinds=tuple(kinds or ()),
        files=tuple(files or ()),
        publishers=tuple(publishers or ()),
        regions=tuple(regions or ()),
        since=since or None,
        until=until or None,
    )


def list_values(filters: Filters) -> list[Any]:
    """The values of the lists that state a filter: the inverse of `chosen_filters`."""
    return [
        list(filters.kinds),
        list(filters.files),
        list(filters.publishers),
        list(filters.regions),
        filters.since or "",
        filters.until or "",
    ]


def without_read(filters: Filters, report: FilterReport, removed: int) -> Filters:
    """The chosen filters once one of those read in the question is removed.

    The others become chosen ones: the question is then asked again without being read.
    """
    for rank, hint in enumerate(report.recognised):
        if rank != removed:
            filters = narrowed(filters, hint.filters)
    return filters


@dataclass(frozen=True, slots=True)
class Told:
    """The last question answered, and what was done of its filters."""

    question: str
    report: FilterReport


@dataclass(frozen=True, slots=True)
class Asking:
    """How the tab asks, for the chips that ask again.

    Attributes:
        question: where it is typed.
        told: holds the last `Told`.
        inputs: what `ask` takes after the request: the question, then the rest.
        outputs: what `ask` fills.
        ask: takes the request and the inputs.
        options: of every event that asks.
    """

    question: gr.Textbox
    told: gr.State
    inputs: list[Any]
    outputs: list[Any]
    ask: Callable[..., Iterator[list[Any]]]
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """The components of the filters.

    Attributes:
        lists: one a field, then the two years, in the order of `chosen_filters`.
        chosen: chips of the chosen filters.
        chosen_row: what holds them.
    """

    lists: list[gr.Dropdown]
    chosen: list[gr.Button]
    chosen_row: gr.Row
    folded: gr.Accordion


@dataclass(frozen=True, slots=True)
class Readings:
    """What the last answer says of filters: read in the question, offered, to be dropped."""

    row: gr.Row
    read: list[gr.Button]
    offered: list[gr.Button]
    everywhere: gr.Button

    @property
    def components(self) -> list[Any]:
        """In the order of `reading_updates`."""
        return [self.row, *self.read, *self.offered, self.everywhere]


def build_panel(documents: Sequence[Document]) -> Panel:
    """Lay the filters out; to be called where they must stand."""
    with gr.Row(elem_id="puces", elem_classes="puces", visible=False) as row:
        chips_ = _pool(CHOSEN_CHIPS, "puce retirable")
    with gr.Accordion("Filtres", open=False, elem_id="filtres") as folded:
        with gr.Row():
            lists = [
                gr.Dropdown(
                    field_choices(field, documents),
                    value=[],
                    multiselect=True,
                    label=label,
                    min_width=220,
                    elem_id=f"filtre-{field}",
                )
                for field, label in LABELS.items()
            ]
        with gr.Row():
            lists += [
                gr.Dropdown(
                    year_choices(documents),
                    value="",
                    label=label,
                    # A month or a day may be typed, or come from a question.
                    allow_custom_value=True,
                    min_width=160,
                    elem_id=f"filtre-{name}",
                )
                for name, label in (("since", "Daté depuis"), ("until", "Daté jusqu’à"))
            ]
    return Panel(lists, chips_, row, folded)


def build_readings() -> Readings:
    """Lay out what the last answer says of filters; empty until there is one."""
    with gr.Row(elem_id="filtres-lus", elem_classes="puces", visible=False) as row:
        read = _pool(READ_CHIPS, "puce retirable lue")
        offered = _pool(READ_CHIPS, "puce proposee")
        everywhere = gr.Button(
            "Chercher dans tout le corpus",
            size="sm",
            min_width=80,
            scale=0,
            visible=False,
            elem_id="tout-le-corpus",
            elem_classes="puce large",
        )
    return Readings(row, read, offered, everywhere)


def _pool(size: int, classes: str) -> list[gr.Button]:
    return [
        gr.Button("", size="sm", min_width=80, scale=0, visible=False, elem_classes=classes.split())
        for _ in range(size)
    ]


def panel_updates(filters: Filters) -> list[Any]:
    """New state of the chips of chosen filters, of their row and of the title of the lists."""
    shown = chips(filters)
    title = f"Filtres ({len(shown)})" if shown else "Filtres"
    return [
        *_filled([chip.label for chip in shown], CHOSEN_CHIPS),
        gr.Row(visible=bool(shown)),
        gr.Accordion(label=title),
    ]


def reading_updates(report: FilterReport | None) -> list[Any]:
    """New state of `Readings.components` for an answer; nothing to show without one."""
    read = [hint.label for hint in report.recognised] if report else []
    offered = [hint.label for hint in report.proposed] if report else []
    outside = report.outside if report else 0
    if not (read or offered or outside):
        # What stands in a hidden row needs no new state.
        return [gr.update(visible=False), *[gr.skip()] * (2 * READ_CHIPS + 1)]
    more = f" ({outside})" if outside else ""
    return [
        gr.update(visible=True),
        *_filled([typeset(f"Lu dans la question : {label}") for label in read], READ_CHIPS),
        *_filled([typeset(f"Limiter à : {label}") for label in offered], READ_CHIPS),
        gr.Button(f"Chercher dans tout le corpus{more}", visible=bool(read or outside)),
    ]


def _filled(labels: Sequence[str], size: int) -> list[Any]:
    """A pool of buttons showing these labels, the others hidden."""
    return [
        gr.Button(labels[rank], visible=True) if rank < len(labels) else gr.update(visible=False)
        for rank in range(size)
    ]


def wire(panel: Panel, readings: Readings, asking: Asking) -> None:
    """Make chips follow the lists, and each chip change them and ask again."""
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    inputs = asking.inputs
    for item in panel.lists:
        item.change(
            lambda *lists: panel_updates(chosen_filters(*lists)),
            panel.lists,
            [*panel.chosen, panel.chosen_row, panel.folded],
            **quiet,
        )

    def unread(request: gr.Request, *asked: Any) -> Iterator[list[Any]]:
        yield from asking.ask(request, *asked, recognise=False)

    def again(
        request: gr.Request, last: Told | None, asked: str, *rest: Any
    ) -> Iterator[list[Any]]:
        # A question being written is not asked before its author is done.
        if last is None or last.question != asked:
            yield [gr.skip()] * len(asking.outputs)
        else:
            yield from asking.ask(request, asked, *rest)

    for rank, button in enumerate(panel.chosen):
        button.click(_removing(rank), panel.lists, panel.lists, **quiet).then(
            again, [asking.told, *inputs], asking.outputs, **asking.options
        )
    changes: list[tuple[gr.Button, _Change, Callable[..., Iterator[list[Any]]]]] = [
        *((button, _unreading(rank), unread) for rank, button in enumerate(readings.read)),
        *((button, _accepting(rank), asking.ask) for rank, button in enumerate(readings.offered)),
        (readings.everywhere, lambda filters, report: Filters(), unread),
    ]
    for button, change, ask in changes:
        button.click(
            _changing(change),
            [asking.told, *panel.lists],
            [*panel.lists, asking.question],
            **quiet,
        ).then(ask, inputs, asking.outputs, **asking.options)


_Change = Callable[[Filters, FilterReport], Filters]


def _removing(rank: int) -> Callable[..., list[Any]]:
    """Remove the chosen filter of a chip."""

    def removed(*lists: Any) -> list[Any]:
        filters = chosen_filters(*lists)
        shown = chips(filters)
        return list_values(shown[rank].without if rank < len(shown) else filters)

    return removed


def _unreading(rank: int) -> _Change:
    return lambda filters, report: without_read(filters, report, rank)


def _accepting(rank: int) -> _Change:
    return lambda filters, report: narrowed(filters, report.proposed[rank].filters)


def _changing(change: _Change) -> Callable[..., list[Any]]:
    """Change the lists, and put the last question back to be asked again."""

    def changed(last: Told | None, *lists: Any) -> list[Any]:
        filters = chosen_filters(*lists)
        if last is None:
            return [*list_values(filters), gr.skip()]
        return [*list_values(change(filters, last.report)), last.question]

    return changed
