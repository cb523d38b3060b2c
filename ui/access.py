"""Who acts on the screens: each event runs for the person who caused it, if they may.

Gradio runs events in tasks and threads of its own, where nothing says whose they are but the
request that queued them. Once the screens are built, every function they call is therefore
replaced by one that looks the person up there, checks what the event needs, and only then runs.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import gradio as gr
from gradio.context import LocalContext

from assistant.access import current
from assistant.access.current import ForbiddenError, acting_as
from assistant.access.model import NOBODY, ROLE_LABELS, Permission, Person
from ui.rendering import Fragment, fragment, text

NEEDED: Final[Mapping[str, Permission]] = {
    # By module, then by the beginning of the name of the function; the longest one counts. What
    # is in none of these lines is refused to everyone.
    "ui.app": Permission.ASK,
    "ui.access": Permission.ASK,
    "ui.question": Permission.ASK,
    "ui.conversations": Permission.ASK,
    "ui.filters": Permission.ASK,
    "ui.modes": Permission.ASK,
    "ui.a_propos": Permission.ASK,
    "ui.about": Permission.ASK,
    "ui.glossaire": Permission.ASK,
    "ui.glossaire:build.<locals>.changing": Permission.MANAGE_CORPUS,
    "ui.corpus": Permission.MANAGE_CORPUS,
    "ui.corpus.documents:wire_documents": Permission.ASK,
    # Heard when the tab is opened; tells nothing of the work to whoever does not manage it.
    "ui.corpus.loading:wire_loading.<locals>.look": Permission.ASK,
    "ui.corpus.tab:build.<locals>.shown": Permission.ASK,
    "ui.evaluation": Permission.EVALUATE,
    "ui.fiches": Permission.WRITE_FICHES,
    "ui.fiches.copil": Permission.ASK,
    "ui.fiches.editor:closed": Permission.READ_FICHES,
    "ui.fiches.tab:_wire.<locals>.obey": Permission.READ_FICHES,
    "ui.fiches.wiring:wire_life.<locals>.<lambda>": Permission.READ_FICHES,
    "ui.fiches.wiring:wire_portfolio.<locals>.<lambda>": Permission.READ_FICHES,
    "ui.fiches.wiring:wire_portfolio.<locals>.update": Permission.READ_FICHES,
}
"""What each event of the screens asks of the person."""

PARTS: Final[Mapping[str, Permission]] = {
    "fiche-demande": Permission.WRITE_FICHES,
    "fiche-auteur": Permission.WRITE_FICHES,
    "fiche-etat": Permission.WRITE_FICHES,
    "portefeuille-import": Permission.WRITE_FICHES,
    "glossaire-ecrire": Permission.MANAGE_CORPUS,
}
"""Parts of the screens that only some may use, by the identifier of their element."""

_LEAVING: Final = frozenset({"session", "oidc"})
"""Means of those who signed in on a page, and may leave."""


def needed(function: Callable[..., Any]) -> Permission | None:
    """What an event asks of the person; `None` when nobody said."""
    plain = inspect.unwrap(function)
    while isinstance(plain, functools.partial):
        plain = plain.func
    name = f"{plain.__module__}:{plain.__qualname__}"
    said = [key for key in NEEDED if name == key or name.startswith((f"{key}.", f"{key}:"))]
    return NEEDED[max(said, key=len)] if said else None


def guard(blocks: gr.Blocks) -> None:
    """Have every event of the screens run for the person who caused it; to be called last."""
    for event in blocks.fns.values():
        if event.fn is not None:
            event.fn = guarded(event.fn)


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, run for the person who caused the event and refused to who may not."""
    permission = needed(function)

    def let_in() -> Person:
        someone = acting()
        try:
            if permission is None:
                raise ForbiddenError("Cette action n’est permise à personne.")
            with acting_as(someone):
                current.require(permission)
        except ForbiddenError as error:
            # The one error that Gradio shows as it is written.
            raise gr.Error(
                f"{error.message} {error.remedy}", print_exception=False, title="Erreur"
            ) from error
        return someone

    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def steps(*given: Any, **named: Any) -> Iterator[Any]:
            # Each step may run in another thread, and what is told of one is lost in the next.
            someone = let_in()
            made = function(*given, **named)
            try:
                while True:
                    with acting_as(someone):
                        try:
                            item = next(made)
                        except StopIteration:
                            return
                    yield item
            finally:
                with acting_as(someone):
                    made.close()

        return steps

    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function!r}: the screens have no asynchronous event")

    @functools.wraps(function)
    def once(*given: Any, **named: Any) -> Any:
        with acting_as(let_in()):
            return function(*given, **named)

    return once


def acting() -> Person:
    """The person whose event runs; whom the code serves where no event does."""
    request = LocalContext.request.get(None)
    if request is None:
        return NOBODY if LocalContext.blocks.get(None) is not None else current.person()
    inner = getattr(request, "request", None)
    found = inner.scope.get("assistant.person") if inner is not None else None
    return found if isinstance(found, Person) else NOBODY


def person_html(someone: Person) -> Fragment:
    """Who is signed in, and how to leave; nothing where nobody has to sign in."""
    if not someone.name:
        return Fragment()
    leave = " · <a href='/connexion'>Se déconnecter</a>" if someone.means in _LEAVING else ""
    return fragment(f"<p>{text(someone.name)}, {ROLE_LABELS[someone.role]}{leave}</p>")


def wire(
    blocks: gr.Blocks, shown: gr.Markdown, reserved: Sequence[tuple[Any, Permission]] = ()
) -> None:
    """When the page opens, say who is signed in, show what they may use and hide the rest.

    Args:
        blocks: the screens.
        shown: where the person is named.
        reserved: components that are hidden until then, and what they need, besides `PARTS`.
    """
    found = [
        (block, PARTS[str(block.elem_id)])
        for block in blocks.blocks.values()
        if getattr(block, "elem_id", None) in PARTS
    ]
    parts = [*reserved, *found]

    def present() -> list[Any]:
        someone = current.person()
        return [
            person_html(someone),
            *(gr.update(visible=someone.may(permission)) for _, permission in reserved),
            *(
                # What they may use stays as the screens made it; whoever signed in writes under
                # their own name.
                gr.update(visible=False)
                if not someone.may(permission) or (someone.name and block.elem_id == "fiche-auteur")
                else gr.skip()
                for block, permission in found
            ),
        ]

    blocks.load(
        present,
        None,
        [shown, *(part for part, _ in parts)],
        show_progress="hidden",
        api_visibility="private",
    )
